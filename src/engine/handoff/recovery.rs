//! Handoffs that a crash has cut short: each gets the end in the audit log that it still lacks.
//!
//! What certainly had not left is told as that. What may have left is followed by reading, as after a
//! request whose answer was lost; nothing is ever sent again.

use std::sync::Arc;

use tokio::time::Instant;

use super::{CLAIM, Desk, Handoff, Reins, Terrain, after::write_of};
use crate::{
    domain::{flight::Flight, handoff::Stage},
    engine::reception::Halt,
    genesys::{Error, Genesys, error::Kind},
    store::{Claim, Claimed, Store, StoreError},
};

/// What has been cut short.
const STOPPED: &str = "floorwalker stopped while the request was on its way";

/// Settles every handoff whose owner is gone. The ends of those it has settled, once all are.
///
/// # Errors
/// If the store does not tell which those are.
pub async fn recover<G: Genesys, S: Store>(
    desk: &Arc<Desk<G, S>>,
    terrain: impl Fn(&Flight) -> Terrain,
) -> Result<Vec<(Flight, Stage)>, StoreError> {
    let mut settling = tokio::task::JoinSet::new();
    for flight in desk.store.flights().await? {
        let here = flight.context == desk.context && *flight.dialect == *desk.genesys.dialect();
        if !here || flight.owner == desk.owner || !is_ours_to_settle(desk, &flight).await? {
            continue;
        }
        let handoff = Handoff::resume(Arc::clone(desk), flight.clone(), terrain(&flight));
        settling.spawn(async move { (flight, handoff.settle_down().await) });
    }
    Ok(settling.join_all().await)
}

/// Takes over what nobody else sees to.
async fn is_ours_to_settle<G: Genesys, S: Store>(
    desk: &Desk<G, S>,
    flight: &Flight,
) -> Result<bool, StoreError> {
    let now = desk.clock.now();
    if !flight.owner.is_gone(&desk.owner, runs) {
        // On another machine only the time of its claim tells.
        let claim = Claim {
            session: flight.order.session.canonical(),
            handoff: flight.order.id.clone(),
            owner: desk.owner.clone(),
        };
        if desk.store.claim(&claim, now, CLAIM).await? != Claimed::Ours {
            return Ok(false);
        }
    }
    desk.store.take_over(flight, &desk.owner, now, CLAIM).await
}

impl<G: Genesys, S: Store> Handoff<G, S> {
    fn resume(desk: Arc<Desk<G, S>>, flight: Flight, terrain: Terrain) -> Self {
        let mut handoff = Self::new(desk, flight.order, terrain, Reins::default());
        let age = handoff.desk.clock.now().duration_since(flight.taken);
        let age = std::time::Duration::try_from(age).unwrap_or_default();
        handoff.started = Instant::now().checked_sub(age).unwrap_or(handoff.started);
        handoff.taken = flight.taken;
        (handoff.announced, handoff.resumed) = (true, true);
        let owed = flight.departure.iter().flat_map(|left| &left.owed);
        handoff.after = owed.filter_map(write_of).collect();
        handoff.departure = flight.departure;
        handoff
    }

    async fn settle_down(mut self) -> Stage {
        if self.departure.is_none() {
            // The customer still waits for it, if a bot has asked.
            self.halt = Some(Halt::Unreached);
            let reason = "floorwalker stopped before it left: the session was not moved".into();
            return self.wind_up(Stage::Failed { reason }).await.stage;
        }
        self.returning = self.departure.as_ref().is_some_and(|d| d.onward.is_some());
        self.error = Some(Error::new("hand over", Kind::Network, STOPPED));
        let end = self.follow().await;
        self.wind_up(end).await.stage
    }
}

/// Whether a process of this number runs on this machine.
#[cfg(unix)]
pub(in crate::engine) fn runs(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    let asked = pid.map(rustix::process::test_kill_process);
    // One that belongs to somebody else answers too, with a refusal.
    asked.is_some_and(|answer| answer != Err(rustix::io::Errno::SRCH))
        && !pid.is_some_and(has_ended)
}

/// Whether a process has ended and only waits for somebody to ask how: its number still answers, and in
/// a container nobody may ever ask.
#[cfg(unix)]
fn has_ended(pid: rustix::process::Pid) -> bool {
    let told = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let state = told.ok().and_then(|told| {
        let (_, after) = told.rsplit_once(')')?;
        after.trim_start().chars().next()
    });
    matches!(state, Some('Z' | 'X'))
}

#[cfg(not(unix))]
pub(in crate::engine) fn runs(_: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn a_process_that_was_killed_does_not_run_though_nobody_has_asked_how_it_ended() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        assert!(runs(child.id()) && runs(std::process::id()));
        child.kill().unwrap();
        let end = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while runs(child.id()) {
            assert!(std::time::Instant::now() < end, "it answers still");
        }
        child.wait().unwrap();
        assert!(!runs(child.id()));
    }
}

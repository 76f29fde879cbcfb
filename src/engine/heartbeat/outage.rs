//! Trouble that is ours: beats pause, nobody is disconnected, and one session at a time is tried until
//! it is over.

use std::{collections::HashSet, time::Duration};

use tokio::time::Instant;

use super::{Beater, News, keeper::Keeper};
use crate::{
    domain::{id::SessionId, text::Plain},
    policy::heartbeat::is_ours,
};

/// The longest time between two tries; where a session has a shorter interval, that.
const PROBE: Duration = Duration::from_secs(5);
/// The shortest.
const SHORTEST_PROBE: Duration = Duration::from_secs(1);

/// A pause.
#[derive(Debug)]
pub struct Outage {
    cause: Cause,
    since: Instant,
    probe_at: Instant,
    /// The session that is being tried.
    probing: Option<SessionId>,
    /// Those that were tried in vain: one that is dead must not keep the others from being tried.
    tried: HashSet<SessionId>,
}

/// How it was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Over half of the sessions failed together.
    Together,
    /// We were told.
    Link,
    /// We may not beat: nothing that is sent tells when that is over.
    Leases,
}

impl Outage {
    /// When the next session is tried; `None` while one is.
    pub fn next_probe(&self) -> Option<Instant> {
        (self.probing.is_none() && self.cause != Cause::Leases).then_some(self.probe_at)
    }
}

impl<B: Beater> Keeper<B> {
    /// Takes note of the link, as others see it.
    pub fn link(&mut self, up: bool) {
        let before = self.link_up.replace(up);
        if before == Some(up) || (before.is_none() && up) {
            return;
        }
        match &mut self.outage {
            None if !up => self.pause(Cause::Link, "the link is down: heartbeats pause".into()),
            Some(outage) if up && outage.cause == Cause::Link => self.resume(),
            Some(outage) if up => outage.probe_at = Instant::now(),
            _ => {}
        }
    }

    /// Takes note of whether we may beat at all.
    pub fn leases(&mut self, renewed: bool) {
        match &mut self.outage {
            None if !renewed => {
                self.pause(Cause::Leases, "leases can't be renewed: heartbeats pause".into());
            }
            Some(outage) if !renewed => outage.cause = Cause::Leases,
            Some(outage) if outage.cause == Cause::Leases => match self.link_up {
                // That may be over too by now, which a try will tell.
                Some(false) => (outage.cause, outage.probe_at) = (Cause::Link, Instant::now()),
                _ => self.resume(),
            },
            _ => {}
        }
    }

    /// Pauses if over half of the sessions failed at their last beat. One whose policy has acted already
    /// tells nothing new.
    pub fn pause_if_ours(&mut self) -> bool {
        let told = self.register.entries.values().filter(|entry| entry.told && !entry.lost);
        let (mut sessions, mut failing) = (0, 0);
        for entry in told {
            sessions += 1;
            failing += usize::from(!entry.failed.is_empty());
        }
        let ours = is_ours(failing, sessions);
        if ours {
            let text = format!(
                "{failing} of {sessions} sessions failed together: the trouble is ours, heartbeats \
                 pause and we disconnect nobody"
            );
            self.pause(Cause::Together, text.into());
        }
        ours
    }

    fn pause(&mut self, cause: Cause, text: Plain) {
        let now = Instant::now();
        self.register.dial.stop(true, now);
        self.outage = Some(Outage {
            cause,
            since: now,
            probe_at: now + self.between_probes(),
            probing: None,
            tried: HashSet::new(),
        });
        let taken_back = self.take_back(now);
        self.tell(News::Paused { text, taken_back });
    }

    /// Takes back the failures that the trouble has caused: those of the time that it takes to notice,
    /// which is one round of beats and the wait for their answers.
    fn take_back(&mut self, now: Instant) -> Vec<(SessionId, u32)> {
        let round = self.register.dial.lasts(self.register.longest()) + self.settings.patience;
        let mut taken_back = Vec::new();
        for (session, entry) in &mut self.register.entries {
            let before = entry.failed.len();
            entry.failed.retain(|&sent| sent + round < now);
            if entry.failed.len() < before {
                entry.told = false;
                entry.lost = false;
                let left = u32::try_from(entry.failed.len()).unwrap_or(u32::MAX);
                taken_back.push((session.clone(), left));
            }
        }
        taken_back
    }

    /// A pause must not outlast the session that dies first of it.
    fn between_probes(&self) -> Duration {
        self.register.shortest().clamp(SHORTEST_PROBE, PROBE)
    }

    /// Tries a session if it is time to.
    pub fn beat_probe(&mut self) {
        let now = Instant::now();
        let next = now + self.between_probes();
        let Some(outage) = &mut self.outage else { return };
        if outage.next_probe().is_none_or(|at| at > now) {
            return;
        }
        outage.probe_at = next;
        outage.probing = self.register.take_probe(&mut outage.tried);
        if let Some(session) = outage.probing.clone() {
            self.send(&session, now, Duration::ZERO);
        }
    }

    /// Ends the pause if this was the session being tried, and it was answered.
    pub fn probed(&mut self, session: &SessionId, answered: bool) {
        let Some(outage) = &mut self.outage else { return };
        if outage.probing.as_ref() != Some(session) {
            return;
        }
        outage.probing = None;
        if answered && outage.cause != Cause::Leases {
            self.resume();
        }
    }

    /// Beats go on from where the dial stood. What was already overdue then waits for its next slot:
    /// nothing is sent in a heap.
    fn resume(&mut self) {
        let Some(outage) = self.outage.take() else { return };
        let now = Instant::now();
        self.register.dial.stop(false, now);
        self.register.skip_overdue(now);
        self.mended = now;
        self.tell(News::Resumed { after: now.duration_since(outage.since) });
    }
}

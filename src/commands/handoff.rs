//! `floorwalker handoff`: from the command line to results and an exit code.
//!
//! ```text
//!  wish (checked without asking anybody) → desk → recover → floor → ledger → orders ─┬→ dry run
//!                                                                                    └→ plan → carry → report
//! ```
//! What a handoff does, and what refuses it, is the engine's, here as in the console; this only makes
//! orders and reads their ends.

mod carry;
pub(super) mod desk;
mod dry_run;
mod ids;
mod ledger;
pub(super) mod names;
mod orders;
mod plan;
mod report;
mod resume;
mod wish;

use std::{collections::HashMap, process::ExitCode, sync::Arc};

use self::{
    carry::carry_out,
    desk::{Counter, open},
    ledger::Ledger,
    orders::{Fate, orders},
    report::report,
    resume::resume,
    wish::Wish,
};
use super::{
    Connection, Failure,
    listing::{runtime_of_two, warn, watched},
};
use crate::{
    args::Handoff,
    config::{Config, Context},
    domain::{
        handoff::Stage,
        id::{HandoffId, SessionId},
    },
    engine::{
        handoff::{Terrain, recover},
        snapshot::{Snapshot, Want, snapshot_with},
    },
    genesys::Genesys,
    store::Store,
};

/// Hands sessions over.
///
/// # Errors
/// If it could not be begun; what becomes of single sessions is printed.
pub fn run(org: &Context, config: &Config, arguments: Handoff) -> Result<ExitCode, Failure> {
    let wish = Wish::new(arguments)?;
    if org.read_only() && !wish.dry_run {
        return Err(Failure::refused(format!(
            "{} hands nothing over; --dry-run shows what it would",
            org.read_only_by()
        )));
    }
    wish.require_consent()?;
    let connection = Connection::of(org)?;
    // A second process on the same ledger must not even look.
    let ledger = match &wish.ledger {
        Some(path) if wish.dry_run => Ledger::peek(path)?,
        Some(path) => Some(Ledger::open(path)?),
        None => None,
    };
    runtime_of_two()?.block_on(async {
        let counter = open(connection, config, wish.defer).await?;
        work(&counter, &wish, watched(org, &wish.sessions), ledger).await
    })
}

async fn work<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    wish: &Wish,
    watched: Vec<SessionId>,
    ledger: Option<Ledger>,
) -> Result<ExitCode, Failure> {
    // What an earlier process left on its way is settled before anything begins.
    let settled = if wish.dry_run { HashMap::new() } else { settle(counter).await? };
    let shot = look_around(counter, &watched).await?;
    let ledger = ledger.map(Arc::new);
    let known = resume(counter, ledger.as_deref(), &settled, wish.dry_run).await?;
    let items = orders(counter, shot, wish, known).await?;
    if wish.dry_run {
        return dry_run::show(counter, wish, items).await;
    }
    let begun = items.list.iter().any(|item| matches!(item.fate, Fate::Order(_)));
    if begun && !wish.yes && !plan::confirm(&items, wish)? {
        return Err(Failure::other("Nothing was handed off"));
    }
    let lines = carry_out(counter, wish, items, ledger).await?;
    report(wish.output, &lines)
}

/// Settles what somebody has left behind.
async fn settle<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
) -> Result<HashMap<HandoffId, Stage>, Failure> {
    let ended = recover(&counter.desk, |_| Terrain::default()).await?;
    Ok(ended.into_iter().map(|(flight, stage)| (flight.order.id, stage)).collect())
}

/// Reads the floor and shows it to the gate.
async fn look_around<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    watched: &[SessionId],
) -> Result<Snapshot, Failure> {
    let want = Want { levels: false, profiles: true, histories: true };
    let shot = snapshot_with(&*counter.desk.genesys, want, watched).await?;
    shot.gaps.iter().for_each(|gap| warn(gap));
    counter.show(&shot);
    Ok(shot)
}

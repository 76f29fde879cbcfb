//! `floorwalker audit purge`: what is personal in old records goes, and so does what is over beside them.
//! The chain stays: that something was purged, by whom and how far, is a record itself.

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use jiff::Timestamp;
use serde_json::json;

use crate::{
    args::Purge,
    commands::{
        Failure,
        listing::{put, runtime, warn},
        prompt, store, who,
    },
    config::{Config, Context},
    domain::audit::{AuditEntry, AuditEvent},
    engine::deeds,
    store::{Database, Forgotten, Journal, Retention},
};

/// What the audit log has for org and dialect of what is done on the store alone.
const NONE: &str = "none";

/// Removes what is older.
///
/// # Errors
/// If nobody agrees, or the store can't be written.
pub fn run(org: &Context, config: &Config, purge: &Purge) -> Result<ExitCode, Failure> {
    let (before, now) = (purge.before.0, Timestamp::now());
    if org.read_only() {
        return Err(Failure::refused(format!("{} removes nothing", org.read_only_by())));
    }
    if before > now {
        return Err(Failure::usage(format!("--before {before:.0} is still to come")));
    }
    runtime()?.block_on(async {
        let store = store::open(config).await?;
        // Clocks differ: what lies between records of before was written by those whose clock was ahead.
        let written = store.written(i64::MIN, before.as_millisecond()).await?;
        let through = written.map_or(0, |(_, last)| last);
        if !purge.yes && !agreed(before, through)? {
            return Err(Failure::refused("Nothing was removed"));
        }
        let entry = AuditEntry {
            details: json!({ "before": format!("{before:.3}") }),
            ..AuditEntry::of(AuditEvent::AuditPurged, who::actor(), NONE.into(), NONE)
        };
        let (records, record) = store.purge(through, entry, now).await?;
        // Whatever fails from here on, the words must not stay in the index.
        forget_index(&store).await;
        let lapsed = deeds::lapse_all(&store, &who::actor(), now).await?;
        let forgotten = store.forget(before, now).await?;
        let forgotten = Forgotten { deeds: forgotten.deeds + lapsed, ..forgotten };
        if !forgotten.overwritten {
            warn("Others read the store just now: what was removed is overwritten once they have done so");
        }
        tell(records, through, record.seq, &forgotten)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Asks whoever is there.
fn agreed(before: Timestamp, through: i64) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("Nobody can be asked here: --yes removes without a question"));
    }
    prompt::agrees(&format!(
        "Remove for ever who acted, and the words, from all records up to {through} (before {before:.0}), \
         and what is over beside them?"
    ))
}

/// The index of the search holds the words of old records too; it is filled anew by whoever runs for long.
async fn forget_index(store: &Database) {
    if let Err(error) = store.erase_index().await {
        warn(&format!(
            "The search index may still hold what was removed: purge again while nothing runs ({error})"
        ));
    }
}

fn tell(records: u64, through: i64, seq: i64, forgotten: &Forgotten) -> Result<(), Failure> {
    let Forgotten { letters, requests, turns, sessions, handoffs, deeds, .. } = *forgotten;
    put(|out| {
        writeln!(out, "{records} records lost their personal part, up to record {through}")?;
        writeln!(out, "the purge itself is record {seq}")?;
        for (many, what) in [
            (letters, "letters that were told or given up"),
            (requests, "requests that were decided"),
            (turns, "turns that bots told"),
            (sessions, "supervised sessions that ended"),
            (handoffs, "handoffs as they were ordered"),
            (deeds, "acts of persons that never got an end"),
        ] {
            writeln!(out, "{many} {what} were removed")?;
        }
        Ok(())
    })
}

//! The real binary as a process, against `floorwalker simulate` as another, through a proxy that checks
//! every answer: what is printed, with which exit code, and what never is.

#[cfg(test)]
#[path = "commands/alarms.rs"]
mod alarms;
#[cfg(test)]
#[path = "commands/checkpoints.rs"]
mod checkpoints;
#[cfg(test)]
#[path = "commands/codes.rs"]
mod codes;
#[cfg(test)]
#[path = "commands/failures.rs"]
mod failures;
#[cfg(test)]
#[path = "commands/figures.rs"]
mod figures;
#[cfg(test)]
#[path = "commands/floors.rs"]
mod floors;
#[cfg(test)]
#[path = "commands/guests.rs"]
mod guests;
#[cfg(test)]
#[path = "commands/handoffs.rs"]
mod handoffs;
#[cfg(test)]
#[path = "commands/judged.rs"]
mod judged;
#[cfg(test)]
#[path = "commands/keymaps.rs"]
mod keymaps;
#[cfg(test)]
#[path = "commands/ledgers.rs"]
mod ledgers;
#[cfg(test)]
#[path = "commands/lists.rs"]
mod lists;
#[cfg(test)]
#[path = "commands/outboxes.rs"]
mod outboxes;
#[cfg(test)]
#[path = "commands/processes.rs"]
mod processes;
#[cfg(test)]
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/pty.rs"]
#[expect(dead_code, reason = "a command has no full screen")]
mod pty;
#[cfg(test)]
#[path = "commands/recorder.rs"]
mod recorder;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "commands/stops.rs"]
mod stops;
#[cfg(test)]
#[path = "commands/webhooks.rs"]
mod webhooks;

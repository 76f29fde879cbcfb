//! Proving the audit log: whatever was done to it is found at the right record, by us and by a program that
//! shares no line with us; and `serve`'s checkpoints reach their places.

#[cfg(test)]
#[path = "proof/checkpoints.rs"]
mod checkpoints;
#[cfg(test)]
#[path = "proof/command.rs"]
mod command;
#[cfg(test)]
#[path = "proof/crimes.rs"]
mod crimes;
#[cfg(test)]
#[path = "support/ledger.rs"]
mod ledger;
#[cfg(test)]
#[path = "proof/stranger.rs"]
mod stranger;

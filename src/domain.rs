//! The vocabulary of the floor: what queues, agents, sessions and handoffs are.
//!
//! Plain values only. Nothing here waits, reads a clock or knows how Genesys Cloud spells things:
//! the wire is mapped in [`crate::genesys`], the rules are in [`crate::policy`].
//!
//! *Unknown is a value.* What has not been read, or can't be, is `None`; the console shows `-` for
//! it, never 0.

pub mod agent;
pub mod alarm;
pub mod audit;
pub mod deed;
pub mod detail;
pub mod dialect;
pub mod figures;
pub mod flight;
pub mod floor;
pub mod guest;
pub mod handoff;
pub mod id;
pub mod inbox;
pub mod language;
pub mod lease;
pub mod nearest;
pub mod outbox;
pub mod payload;
pub mod query;
pub mod queue;
pub mod rights;
pub mod session;
pub mod stats;
pub mod supervision;
pub mod text;
pub mod trend;

//! The rules, as pure functions: values in, verdicts out. No I/O, no clock, no randomness.

pub mod address;
pub mod deed;
pub mod delivery;
pub mod distribution;
pub mod guard;
pub mod guest_session;
pub mod handbook;
pub mod heartbeat;
pub mod intake;
pub mod lack;
pub mod language;
pub mod lateness;
pub mod mask;
pub mod outcome;
pub mod payload;
pub mod privacy;
pub mod qualification;
pub mod rank;
pub mod signature;
pub mod skills;
pub mod span;
#[cfg(test)]
mod testing;
pub mod trigger;

pub use handbook::Handbook;

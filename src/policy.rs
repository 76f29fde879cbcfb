//! The rules, as pure functions: values in, verdicts out. No I/O, no clock, no randomness.

pub mod language;
pub mod outcome;
pub mod qualification;

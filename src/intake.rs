//! What comes in by HTTP, and what is told there.

pub mod metrics;

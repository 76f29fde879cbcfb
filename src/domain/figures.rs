//! The few numbers that say how the floor is doing.

use jiff::Timestamp;
use serde::Serialize;

/// Counted over the whole floor.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Sessions that wait in a queue.
    pub waiting: u32,
    /// Since when the one that waits longest has waited.
    pub longest_since: Option<Timestamp>,
    /// Sessions a bot holds.
    pub bots: u32,
    /// Sessions with an agent.
    pub connected: u32,
    /// Agents on any queue.
    pub on_queue: u32,
    /// Agents on a queue with nothing to do.
    pub idle: u32,
    /// Share of sessions answered in time, 0 to 1, over all queues with traffic.
    pub service_level: Option<f64>,
}

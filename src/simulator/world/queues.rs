//! Queues, and things that are nothing but an id and a name. Not who waits in them: sessions know that.

use super::figures::Figures;
use crate::simulator::stamp::Millis;

/// A thing with an id and a name: a skill, a language, a division.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// A queue and its settings.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) topic: usize,
    pub(crate) created: Millis,
    /// Indexes of the agents who belong to it.
    pub(crate) members: Vec<usize>,
    pub(crate) alerting_seconds: u32,
    pub(crate) target: f64,
    pub(crate) target_ms: Millis,
    pub(crate) manual_assignment: bool,
    pub(crate) inactivity_seconds: Option<u32>,
    pub(crate) figures: Figures,
    /// Takes nothing new until somebody says so.
    pub(crate) paused: bool,
}

/// The queue that takes what belongs nowhere else.
pub(crate) const GENERAL: usize = 0;

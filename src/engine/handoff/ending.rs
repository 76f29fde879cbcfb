//! How a handoff ended, for whoever has waited for it: more than its stage tells, because a script has
//! to know what kind of failure it was.

use std::time::Duration;

use super::{DUPLICATE, Owed};
use crate::{
    domain::handoff::Stage,
    genesys::{Error, error::Kind},
};

/// The end of one handoff.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// How far it has come.
    pub stage: Stage,
    /// What went wrong on the way, where something did that counts.
    pub error: Option<Error>,
    /// The request alone; `None` where it was not answered.
    pub request_took: Option<Duration>,
    /// From the order to the outcome.
    pub took: Duration,
    /// What should have followed and did not.
    pub owed: Vec<Owed>,
}

impl Ending {
    /// An end that came before there was anything to measure.
    pub fn early(stage: Stage) -> Self {
        Self { stage, error: None, request_took: None, took: Duration::ZERO, owed: Vec::new() }
    }

    /// True if somebody else is moving the session already.
    pub fn is_duplicate(&self) -> bool {
        let conflict = self.error.as_ref().is_some_and(|e| e.kind == Kind::Conflict);
        match &self.stage {
            Stage::Rejected { reason } => conflict || reason.contains(DUPLICATE),
            Stage::Failed { .. } => conflict,
            _ => false,
        }
    }
}

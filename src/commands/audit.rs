//! `floorwalker audit`: the audit log, one file for each thing that can be done with it.

pub mod anchor;
pub mod keep;
pub mod key;
mod trusted;
pub mod verify;

use std::process::ExitCode;

use super::Failure;
use crate::args::AuditAct;

/// Carries out what concerns the audit log. No org is asked.
///
/// # Errors
/// If it can't be done.
pub fn run(act: AuditAct) -> Result<ExitCode, Failure> {
    match act {
        AuditAct::Key => key::run(),
    }
}

//! `floorwalker audit`: the audit log, one file for each thing that can be done with it.

pub mod anchor;
pub mod keep;
pub mod key;
mod trusted;
pub mod verify;

use std::process::ExitCode;

use super::{Failure, listing::runtime, paths};
use crate::{args::AuditAct, store::Database};

/// Carries out what concerns the audit log. No org is asked.
///
/// # Errors
/// If it can't be done.
pub fn run(act: AuditAct) -> Result<ExitCode, Failure> {
    match act {
        AuditAct::Key => key::run(),
        AuditAct::Anchor(anchor) => {
            let key = key::own()?;
            runtime()?.block_on(async { anchor::sign(&open().await?, &key, &anchor).await })
        }
        AuditAct::Verify(verify) => {
            let own = key::present()?.map(|key| key.verifier().clone());
            workers()?.block_on(async {
                verify::prove(open().await?, own.into_iter().collect(), &verify).await
            })
        }
    }
}

async fn open() -> Result<Database, Failure> {
    Ok(Database::open(&paths::store()?).await?)
}

/// What checks records on every core.
fn workers() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|e| Failure::other(e.to_string()))
}

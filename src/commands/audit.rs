//! `floorwalker audit`: the audit log, one file for each thing that can be done with it.

pub mod anchor;
mod bar;
mod export;
mod import;
pub mod keep;
pub mod key;
mod purge;
mod search;
mod show;
mod source;
mod tail;
mod trusted;
pub mod verify;

use std::process::ExitCode;

use super::{Failure, listing::runtime, store};
use crate::{
    args::AuditAct,
    config::{Config, Context},
};

/// Carries out what concerns the audit log. No org is asked.
///
/// # Errors
/// If it can't be done.
pub fn run(org: &Context, config: &Config, act: AuditAct) -> Result<ExitCode, Failure> {
    match act {
        AuditAct::Key => key::run(),
        AuditAct::Show(show) => show::run(config, &show),
        AuditAct::Search(search) => search::run(config, &search),
        AuditAct::Tail(tail) => tail::run(config, &tail),
        AuditAct::Export(export) => export::run(config, &export),
        AuditAct::Import(import) => import::run(org, config, &import),
        AuditAct::Purge(purge) => purge::run(org, config, &purge),
        AuditAct::Anchor(anchor) => {
            let key = key::own()?;
            runtime()?
                .block_on(async { anchor::sign(&store::open(config).await?, &key, &anchor).await })
        }
        AuditAct::Verify(verify) => {
            let own = key::present()?.map(|key| key.verifier().clone());
            workers()?.block_on(async {
                let store = source::open(&verify.source, config).await?;
                verify::prove(store, own.into_iter().collect(), &verify).await
            })
        }
    }
}

/// What checks records on every core.
fn workers() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|e| Failure::other(e.to_string()))
}

//! `floorwalker doctor`: whether everything is in place that the console needs, line by line, and what to do
//! where it is not. Nothing is changed in the org.
//!
//! ```text
//!  configuration ─┬─ credentials ───────────────┬─ token ─ organisation ─ rights, rate limit
//!                 ├─ dns ─ tcp ─ tls ─ clock ───┘
//!                 ├─ store ─ audit log, letters, free space
//!                 ├─ intake, outbox
//!  terminal       ┘
//! ```
//! What depends on something that failed is not looked at, and says so.

mod bounded;
mod doors;
mod finding;
mod org;
mod reach;
mod rights;
mod store;
mod terminal;

use std::{path::Path, process::ExitCode};

use self::finding::{Finding, State, none_of};
use super::{
    Failure, context, keymap,
    listing::{put, runtime_of_two, show},
    network,
};
use crate::{
    args::{Looks, Org, Output},
    config::{Config, Context, network::ProxyAt, secret::Manner},
    console::keys::Keymap,
    genesys::reach::Reach,
};

/// What can be looked at without an org.
const HERE: [&str; 4] = ["store", "audit log", "intake", "outbox"];

/// What the command line, the environment and the files say.
struct Settled {
    config: Config,
    org: Context,
    keymap: Keymap,
    says: String,
}

/// Looks at everything. The exit code is 0 where nothing fails, else that of the first thing that does.
///
/// # Errors
/// Of the place the findings are printed to.
pub fn run(
    org: &Org,
    at: Option<&Path>,
    looks: Looks,
    output: Output,
) -> Result<ExitCode, Failure> {
    let settled = settle(org, at, looks);
    let ascii = settled.as_ref().ok().and_then(|it| it.config.console.ascii);
    let runtime = runtime_of_two()?;
    let findings = runtime.block_on(examine(settled));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    match output {
        Output::Table => sheet(&findings, ascii)?,
        other => show(other, &findings)?,
    }
    let failed = findings.iter().find(|finding| finding.state == State::Fail);
    Ok(ExitCode::from(failed.map_or(0, |finding| finding.code)))
}

fn settle(org: &Org, at: Option<&Path>, looks: Looks) -> Result<Settled, Failure> {
    let mut config = Config::load(at, &context::variable)?;
    looks.change(&mut config.console);
    let org = context::resolve(org, &config)?;
    let keymap = keymap::load(at)?;
    let file = at.map_or("no file: the defaults hold".into(), |at| at.display().to_string());
    let name = org.name.as_ref().map(|name| format!(", context {}", name.value));
    let read_only = if org.read_only() { ", read-only" } else { "" };
    let says = format!("{file}{}{read_only}", name.unwrap_or_default());
    let config = config.in_context(&org);
    Ok(Settled { config, org, keymap, says })
}

async fn examine(settled: Result<Settled, Failure>) -> Vec<Finding> {
    let mut all = Vec::new();
    match settled {
        Err(failure) => {
            all.push(org::unusable(&failure));
            let why = "the configuration can't be used";
            all.extend(none_of(&org::CHECKS, why).chain(none_of(&HERE, why)));
        }
        Ok(settled) => {
            let reach = reached(&settled.org).await;
            let (org, store, doors) = tokio::join!(
                org::look(&settled, &reach),
                store::look(&settled.config, settled.org.read_only()),
                doors::look(&settled.config, reach.as_ref().ok()),
            );
            all.extend(org.into_iter().chain(store).chain(doors));
        }
    }
    all.push(terminal::look(&context::variable));
    all
}

/// The way to other machines, as the configuration says.
async fn reached(org: &Context) -> Result<Reach, Failure> {
    let source = match &org.network.proxy {
        Some(ProxyAt::Secret(source)) => Some(source.clone()),
        _ => None,
    };
    let said = org.network.clone();
    let read = move || network::reach(&said, Manner::AtTerminal);
    bounded::fetched(source.as_ref(), "the program that prints network.proxy", read).await
}

/// For people: state, check and finding on a line, the remedy below it.
fn sheet(findings: &[Finding], ascii: Option<bool>) -> Result<(), Failure> {
    let plain = ascii.unwrap_or_else(|| !terminal::knows_unicode(&context::variable));
    let spelt = |text: &str| if plain { terminal::in_ascii(text) } else { text.to_owned() };
    let width = findings.iter().map(|it| it.check.chars().count()).max().unwrap_or(0);
    put(|out| {
        for Finding { check, state, says, remedy, .. } in findings {
            writeln!(out, "{:9}  {check:width$}  {}", spelt(state.shown()), spelt(says))?;
            if let Some(remedy) = remedy {
                writeln!(out, "{:9}  {:width$}  {}", "", "", spelt(&format!("→ {remedy}")))?;
            }
        }
        Ok(())
    })
}

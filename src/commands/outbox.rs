//! `floorwalker outbox`: what other systems have not been told, and how an engine is told whom to tell.

use std::{process::ExitCode, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::{
    Failure,
    listing::{Reader, Row, runtime, show, warn},
    store, who,
};
use crate::{
    args::{OutboxAct, Output},
    config::{Config, Context, Telling, secret::Manner},
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        outbox::{Posted, Whereabouts},
    },
    engine::outbox::OutboxTerms,
    policy::signature::Key,
    store::{
        Database, Deliveries,
        deliveries::{Choice, Replayed},
    },
};

/// What the audit log has for the dialect of what is done on the store alone.
const NO_DIALECT: &str = "none";

/// Whom an engine is to tell. One that may change nothing tells nobody.
///
/// # Errors
/// If there is somebody to tell and the secret can't be had.
pub fn terms(config: &Config, read_only: bool, manner: Manner) -> Result<OutboxTerms, Failure> {
    let Telling { targets, secret, timeout, max_age } = config.outbox.clone();
    if read_only || targets.is_empty() {
        return Ok(OutboxTerms { timeout, max_age, ..OutboxTerms::default() });
    }
    let key = secret.map(|source| source.read_by(manner).and_then(|text| Key::new(&text)));
    let key = key.transpose();
    let key = key.map_err(|why| Failure::usage(format!("outbox.secret: {why}")))?;
    Ok(OutboxTerms { targets, key: key.map(Arc::new), timeout, max_age, ..OutboxTerms::default() })
}

/// Carries out what concerns the outbox. It needs the store alone: no org, and nobody else to stop.
///
/// # Errors
/// If it was not done.
pub fn run(org: &Context, config: &Config, act: OutboxAct) -> Result<ExitCode, Failure> {
    if org.read_only() && matches!(act, OutboxAct::Replay { .. }) {
        return Err(Failure::refused(format!("{} has nothing told", org.read_only_by())));
    }
    runtime()?.block_on(async {
        let store = store::open(config).await?;
        match act {
            OutboxAct::List { dead, waiting, listing } => {
                list(&store, config, (dead, waiting), listing.output).await
            }
            OutboxAct::Replay { ids, listing, .. } => {
                replay(&store, config, &ids, listing.output).await
            }
        }
    })
}

async fn list(
    store: &Database,
    config: &Config,
    (dead, waiting): (bool, bool),
    output: Output,
) -> Result<ExitCode, Failure> {
    let wanted = |posted: &Posted| match posted.state {
        Whereabouts::Dead => !waiting,
        _ => !dead,
    };
    let all = store.untold().await?;
    let (lines, untold): (Vec<Line>, Vec<Line>) = all
        .into_iter()
        .filter(wanted)
        .map(Line)
        .partition(|line| line.0.state == Whereabouts::Dead || line.has_target(config));
    if !untold.is_empty() {
        let many = untold.len();
        warn(&format!("{many} more are for systems that this configuration does not name"));
    }
    show(output, &lines)?;
    Ok(ExitCode::SUCCESS)
}

async fn replay(
    store: &Database,
    config: &Config,
    ids: &[String],
    output: Output,
) -> Result<ExitCode, Failure> {
    let choice = match ids {
        [] => Choice::AllDead,
        ids => Choice::Events(ids.iter().map(|id| id.trim().into()).collect()),
    };
    let actor = who::actor();
    let entry = |posted: &Posted| replayed(&actor, posted);
    match store.replay(&choice, entry, Timestamp::now()).await? {
        Replayed::Done(letters) => {
            let lines: Vec<Line> = letters.into_iter().map(Line).collect();
            if lines.is_empty() {
                warn("Nothing was given up");
            } else if lines.iter().any(|line| !line.has_target(config)) {
                warn("Some are for systems that this configuration does not name: nobody is told");
            }
            show(output, &lines)?;
            Ok(ExitCode::SUCCESS)
        }
        Replayed::Unknown(id) => Err(Failure::usage(format!(
            "There is no letter «{id}»: `floorwalker outbox list` has their ids. Nothing was replayed"
        ))),
        Replayed::NotDead(posted) => Err(Failure::conflict(format!(
            "{} was not given up ({}): nothing was replayed",
            posted.id,
            posted.state.word()
        ))),
    }
}

fn replayed(actor: &Actor, posted: &Posted) -> AuditEntry {
    let (actor, context) = (actor.clone(), posted.context.clone());
    AuditEntry {
        session: Some(posted.conversation.clone()),
        details: json!({
            "event": posted.id, "destination": posted.destination, "attempts": posted.attempts,
            "status": posted.status,
        }),
        ..AuditEntry::of(AuditEvent::OutboxReplayed, actor, context, NO_DIALECT)
    }
}

/// A letter as a script sees it.
#[derive(Serialize)]
#[serde(transparent)]
struct Line(Posted);

impl Line {
    fn has_target(&self, config: &Config) -> bool {
        config.outbox.targets.contains_key(&self.0.destination)
    }
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "destination",
        "conversation",
        "context",
        "state",
        "age_seconds",
        "attempts",
        "again_seconds",
        "status",
        "error",
    ];

    fn cells(&self, reader: Reader) -> Vec<Option<String>> {
        let (it, now) = (&self.0, Timestamp::now());
        let span = |from: Timestamp, to: Timestamp| {
            reader.seconds(u64::try_from(to.duration_since(from).as_secs()).unwrap_or_default())
        };
        vec![
            Some(it.id.to_string()),
            Some(it.destination.name().into()),
            Some(it.conversation.to_string()),
            Some(it.context.to_string()),
            Some(it.state.word().into()),
            Some(span(it.written, now)),
            Some(it.attempts.to_string()),
            it.again.map(|again| span(now, again)),
            it.status.map(|status| status.to_string()),
            it.error.as_ref().map(ToString::to_string),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::secret::SecretSource, domain::outbox::Destination, policy::address::Address,
    };

    fn config(secret: &str) -> Config {
        let address = Address::parse("https://crm.example/hook").unwrap();
        let outbox = Telling {
            targets: [(Destination::CrmHandoff, address)].into(),
            secret: Some(SecretSource::Command(format!("echo {secret}").as_str().into())),
            ..Telling::default()
        };
        Config { outbox, ..Config::default() }
    }

    #[test]
    fn who_is_named_is_told_and_it_is_signed() {
        let terms = terms(&config("hunter2"), false, Manner::AtTerminal).unwrap();
        assert_eq!((terms.targets.len(), terms.key.is_some()), (1, true));
        assert!(!format!("{terms:?}").contains("hunter2"));
    }

    #[test]
    fn one_that_may_change_nothing_tells_nobody() {
        assert!(terms(&config("hunter2"), true, Manner::AtTerminal).unwrap().targets.is_empty());
    }

    #[test]
    fn without_its_secret_nothing_is_told_unsigned() {
        let refused = terms(&config("whsec_*hunter2*"), false, Manner::Apart).unwrap_err();
        assert_eq!(refused.code, 2);
        assert!(
            refused.message.starts_with("outbox.secret: ") && !refused.message.contains("hunter2")
        );
    }
}

//! `floorwalker evaluate`: the guards, applied to one session (SPEC section 6), for people or in the
//! shape that scripts know from before.

use std::process::ExitCode;

use serde::Serialize;

use super::{
    Connection, Failure,
    listing::{self, Reader, Row, put, runtime, show, warn},
};
use crate::{
    args::{Evaluate, Form, Output},
    config::{Config, Context},
    domain::id::SessionId,
    engine::snapshot::{Want, snapshot_with},
    genesys::Genesys,
    policy::{
        guard::{Evaluation, Facts, Guard, GuardOutcome, evaluate, guards},
        payload::check_conversation,
    },
};

/// A guard as a person sees it.
#[derive(Serialize)]
struct Line {
    guard: String,
    outcome: &'static str,
    says: String,
}

/// Applies the guards: exit code 0 if the session passes, 3 if not.
///
/// # Errors
/// Of the org, or if the id is none.
pub fn run(org: &Context, config: &Config, arguments: &Evaluate) -> Result<ExitCode, Failure> {
    let session = check_conversation(arguments.session.trim())?.canonical();
    let genesys = Connection::of(org)?.open()?;
    let facts = runtime()?.block_on(read(&genesys, &session))?;
    let limits = config.handbook.limits;
    let evaluation = evaluate(facts.depth, facts.confidence, facts.sentiment, &limits);
    match arguments.output {
        Form::Table => {
            let lines: Vec<Line> = guards(facts, false, &limits).into_iter().map(line).collect();
            show(Output::Table, &lines)?;
        }
        Form::Json => json(&evaluation)?,
    }
    Ok(ExitCode::from(if evaluation.evaluation_passed { 0 } else { 3 }))
}

fn json(evaluation: &Evaluation) -> Result<(), Failure> {
    put(|out| listing::json(out, evaluation))
}

/// The session itself tells depth and sentiment. What its bot believes is told by the floor.
async fn read<G: Genesys>(genesys: &G, id: &SessionId) -> Result<Facts, Failure> {
    let detail = genesys.detail(id).await?;
    detail.gaps.iter().for_each(|gap| warn(gap));
    let close = Facts::from(&detail.session);
    if close.confidence.is_some() && close.depth.is_some() {
        return Ok(close);
    }
    let want = Want { histories: true, ..Want::default() };
    let far = match snapshot_with(genesys, want, std::slice::from_ref(id)).await {
        Ok(shot) => {
            shot.gaps.iter().for_each(|gap| warn(gap));
            shot.floor.session(id).map(Facts::from).unwrap_or_default()
        }
        Err(error) => {
            warn(&error.explained());
            Facts::default()
        }
    };
    Ok(Facts {
        depth: close.depth.or(far.depth),
        confidence: close.confidence.or(far.confidence),
        sentiment: close.sentiment.or(far.sentiment),
    })
}

fn line(guard: Guard) -> Line {
    let outcome = match guard.outcome {
        GuardOutcome::Passes => "passes",
        GuardOutcome::Fails => "fails",
        GuardOutcome::Unknown => "unknown",
        GuardOutcome::Waived(_) => "does not apply",
    };
    Line { guard: format!("{:?}", guard.kind).to_lowercase(), outcome, says: guard.says }
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &["guard", "outcome", "says"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        vec![Some(self.guard.clone()), Some(self.outcome.into()), Some(self.says.clone())]
    }
}

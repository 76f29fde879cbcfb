//! `floorwalker audit verify`: whether the log is what was written, and if not, where it begins not to be.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use serde_json::json;
use tokio::sync::watch;

use super::{bar::Bar, trusted};
use crate::{
    args::{ProofForm, Verify},
    commands::{
        Failure,
        listing::{self, put, warn},
    },
    domain::audit::VerifierKey,
    engine::proof::{self, Claimed, Progress, Trust, Unproved, Verified},
    store::Journal,
};

/// The exit code where the log is not what was written.
pub const WRONG: u8 = 9;
/// The exit code where all is as it was written, and a checkpoint was refused.
const REFUSED: u8 = 3;

/// Checks `journal`; `own` are the keys that are known without being named.
///
/// # Errors
/// If it can't be read, or a file of checkpoints is none.
pub async fn prove<J: Journal>(
    journal: J,
    own: Vec<VerifierKey>,
    verify: &Verify,
) -> Result<ExitCode, Failure> {
    let mut known = own;
    known.extend(trusted::keys(&verify.keys)?);
    let (checkpoints, mut refused) = trusted::checkpoints(&verify.anchors, &known)?;
    if verify.anchors.is_empty() {
        warn(
            "No checkpoint was given: a tail that was cut off is not seen, nor a log that was \
             computed anew (--anchor FILE)",
        );
    }
    let (told, progress) = watch::channel(Progress::default());
    let bar = Bar::of(progress);
    let claimed = Claimed { from: verify.from, checkpoints };
    let verified = proof::verify(&Arc::new(journal), &claimed, &told).await;
    drop(told);
    bar.end().await;
    let verified = verified.map_err(failed)?;
    // They prove nothing of this log, and keep nobody from proving it with the others.
    let others = verified.strangers.iter();
    refused.extend(others.map(|other| format!("A checkpoint is refused: {other}")));
    refused.iter().for_each(|why| warn(why));
    match verify.output {
        ProofForm::Text => put(|out| writeln!(out, "{}", text(&verified, &verify.anchors)))?,
        ProofForm::Json => put(|out| listing::json(out, &json(&verified, &refused)))?,
    }
    Ok(match (verified.finding, refused.is_empty()) {
        (Some(_), _) => ExitCode::from(WRONG),
        (None, false) => ExitCode::from(REFUSED),
        (None, true) => ExitCode::SUCCESS,
    })
}

fn failed(why: Unproved) -> Failure {
    match why {
        Unproved::Beyond { .. } => Failure::usage(format!("--from: {why}")),
        Unproved::Store(error) => error.into(),
        Unproved::Broken(_) => Failure::other(why.to_string()),
    }
}

/// What was found, for people.
fn text(verified: &Verified, anchors: &[PathBuf]) -> String {
    let Verified { head, from, sound, trust, told, finding, .. } = verified;
    let mut lines = Vec::new();
    match finding {
        Some(finding) => lines.push(format!("NOT as it was written: {finding}")),
        None => {
            lines.push(format!("as it was written: {sound} records, the last is {}", head.size))
        }
    }
    lines.push(format!("log    {}", head.log));
    lines.push(format!("head   {}", head.hash));
    if finding.is_some() {
        lines.push(format!("sound  {sound} records from {from} on"));
    }
    match trust {
        Trust::Beginning => {}
        Trust::Checkpoint(size) => {
            lines.push(format!("before {from}: vouched for by the checkpoint of {size} records"));
        }
        Trust::Store => {
            lines.push(format!("before {from}: not checked, and no checkpoint vouches"))
        }
    }
    match (verified.signed, verified.agreed) {
        (Some(size), 1) => lines.push(format!("signed up to record {size}: 1 checkpoint agrees")),
        (Some(size), n) => lines.push(format!("signed up to record {size}: {n} checkpoints agree")),
        (None, _) if !anchors.is_empty() => lines.push("signed none: no checkpoint agrees".into()),
        (None, _) => {}
    }
    let purged: Vec<_> =
        told.purges().iter().map(|r| format!("{}–{}", r.start(), r.end())).collect();
    if !purged.is_empty() {
        lines.push(format!("purged {}: only their links were checked", purged.join(", ")));
    }
    lines.join("\n")
}

/// What was found, for programs.
fn json(verified: &Verified, refused: &[String]) -> serde_json::Value {
    let Verified { head, from, sound, trust, signed, agreed, told, finding, .. } = verified;
    let trust = match trust {
        Trust::Beginning => "beginning",
        Trust::Checkpoint(_) => "checkpoint",
        Trust::Store => "store",
    };
    let finding = finding.as_ref().map(|finding| {
        json!({ "seq": finding.seq, "what": finding.word(), "message": finding.to_string() })
    });
    let purged: Vec<_> = told.purges().iter().map(|range| [*range.start(), *range.end()]).collect();
    json!({
        "ok": finding.is_none() && refused.is_empty(),
        "log": head.log.as_str(),
        "head": { "size": head.size, "hash": head.hash.to_string() },
        "from": from,
        "records": sound,
        "rests_on": trust,
        "signed": signed,
        "agreed": agreed,
        "refused": refused,
        "purged": purged,
        "finding": finding,
    })
}

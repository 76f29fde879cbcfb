//! `floorwalker audit verify`: whether the log is what was written, and if not, where it begins not to be.

use std::{process::ExitCode, sync::Arc};

use serde_json::json;
use tokio::sync::watch;

use super::{bar::Bar, trusted};
use crate::{
    args::{ProofForm, Verify},
    commands::{
        Failure,
        listing::{put, warn},
    },
    domain::audit::VerifierKey,
    engine::proof::{self, Claimed, Progress, Trust, Unproved, Verified},
    store::Journal,
};

/// The exit code where the log is not what was written.
pub const WRONG: u8 = 9;

/// Checks `journal`; `own` are the keys that are known without being named.
///
/// # Errors
/// If it can't be read, or a checkpoint can't be relied on.
pub async fn prove<J: Journal>(
    journal: J,
    own: Vec<VerifierKey>,
    verify: &Verify,
) -> Result<ExitCode, Failure> {
    let mut known = own;
    known.extend(trusted::keys(&verify.keys)?);
    let checkpoints = trusted::checkpoints(&verify.anchors, &known)?;
    if checkpoints.is_empty() {
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
    match verify.output {
        ProofForm::Text => {
            put(|out| writeln!(out, "{}", text(&verified, claimed.checkpoints.len())))?
        }
        ProofForm::Json => put(|out| {
            serde_json::to_writer_pretty(&mut *out, &json(&verified))?;
            writeln!(out)
        })?,
    }
    Ok(verified.finding.map_or(ExitCode::SUCCESS, |_| ExitCode::from(WRONG)))
}

fn failed(why: Unproved) -> Failure {
    match why {
        Unproved::OtherLog { .. } => Failure::refused(format!("A checkpoint is refused: {why}")),
        Unproved::Beyond { .. } => Failure::usage(format!("--from: {why}")),
        Unproved::Store(error) => error.into(),
        Unproved::Broken(_) => Failure::other(why.to_string()),
    }
}

/// What was found, for people.
fn text(verified: &Verified, checkpoints: usize) -> String {
    let Verified { head, from, sound, trust, signed, told, finding } = verified;
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
    if checkpoints > 0 {
        let signed = signed.map_or("none".into(), |size| format!("up to record {size}"));
        lines.push(format!("signed {signed} ({checkpoints} checkpoints)"));
    }
    let purged: Vec<_> = told.bare.iter().map(|r| format!("{}–{}", r.start(), r.end())).collect();
    if !purged.is_empty() {
        lines.push(format!("purged {}: only their links were checked", purged.join(", ")));
    }
    lines.join("\n")
}

/// What was found, for programs.
fn json(verified: &Verified) -> serde_json::Value {
    let Verified { head, from, sound, trust, signed, told, finding } = verified;
    let trust = match trust {
        Trust::Beginning => "beginning",
        Trust::Checkpoint(_) => "checkpoint",
        Trust::Store => "store",
    };
    let finding = finding.as_ref().map(|finding| {
        json!({ "seq": finding.seq, "what": finding.word(), "message": finding.to_string() })
    });
    let purged: Vec<_> = told.bare.iter().map(|range| [*range.start(), *range.end()]).collect();
    json!({
        "ok": finding.is_none(),
        "log": head.log.as_str(),
        "head": { "size": head.size, "hash": head.hash.to_string() },
        "from": from,
        "records": sound,
        "rests_on": trust,
        "signed": signed,
        "purged": purged,
        "finding": finding,
    })
}

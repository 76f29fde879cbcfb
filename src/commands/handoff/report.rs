//! What became of each session: a row for people and programs, and the exit code of all of them.

use std::process::ExitCode;

use serde::Serialize;

use crate::{
    args::Output,
    commands::{
        Failure,
        failure::code_of,
        listing::{Reader, Row, show},
    },
    domain::{
        handoff::{Stage, Target},
        id::{HandoffId, SessionId},
        text::Plain,
    },
    engine::handoff::Ending,
    genesys::Error,
};

/// The exit code of a batch of which some failed.
const SOME: u8 = 7;
/// The exit code of what nobody knows.
pub const UNKNOWN: u8 = 8;

/// Which session, and where to.
#[derive(Clone, Debug, Serialize)]
pub struct Head {
    /// The session.
    pub id: SessionId,
    /// Its guest's name.
    pub guest: Option<Plain>,
    /// Where it goes, where that is known.
    pub target: Option<Target>,
    /// The name of that.
    pub target_name: Option<Plain>,
}

impl Head {
    /// The target for a person.
    pub fn target(&self) -> Option<String> {
        let (kind, id) = match self.target.as_ref()? {
            Target::Agent(id) => ("agent", id.to_string()),
            Target::Queue(id) => ("queue", id.to_string()),
        };
        let name = self.target_name.as_ref().map_or(id, ToString::to_string);
        Some(format!("{kind} {name}"))
    }
}

/// How it ended.
#[derive(Clone, Debug, Serialize)]
pub struct End {
    /// The outcome's word.
    pub outcome: Plain,
    /// Why, where there is more to say than the word.
    pub reason: Option<Plain>,
    /// The handoff's id, as the audit log has it.
    pub handoff: Option<HandoffId>,
    /// The request alone, in milliseconds with two decimals.
    pub latency_ms: Option<f64>,
    /// From the order to the outcome, in whole milliseconds.
    #[serde(rename = "latencyMs")]
    pub whole_ms: Option<u64>,
    /// How long it took until a person had it.
    pub seconds_to_human: Option<f64>,
    /// What should have followed and did not: `routing`, `reason`, `context`.
    pub owed: Vec<&'static str>,
    /// What a script is told.
    #[serde(skip)]
    pub code: u8,
}

impl End {
    /// An end that nothing was measured of.
    pub fn untried(outcome: &str, reason: impl Into<Option<Plain>>, code: u8) -> Self {
        Self {
            outcome: Plain::new(outcome),
            reason: reason.into(),
            handoff: None,
            latency_ms: None,
            whole_ms: None,
            seconds_to_human: None,
            owed: Vec::new(),
            code,
        }
    }

    /// A read that failed before there was an order.
    pub fn unread(error: &Error) -> Self {
        Self::untried("failed", error.explained(), code_of(error.kind))
    }

    /// The end of a handoff.
    pub fn of(handoff: &HandoffId, ending: &Ending) -> Self {
        let human = matches!(ending.stage, Stage::Accepted { .. });
        Self {
            handoff: Some(handoff.clone()),
            latency_ms: ending.request_took.map(|took| decimals(took.as_secs_f64() * 1000.0)),
            whole_ms: u64::try_from(ending.took.as_millis()).ok(),
            seconds_to_human: human.then(|| decimals(ending.took.as_secs_f64())),
            owed: ending.owed.iter().map(|owed| owed.step.word()).collect(),
            ..Self::untried(ending.stage.word(), reason(ending), code(ending))
        }
    }
}

/// Why it ended so; of one that has arrived, what it lacks.
fn reason(ending: &Ending) -> Option<Plain> {
    let lacks = || {
        let each: Vec<_> = ending
            .owed
            .iter()
            .map(|o| format!("without its {}: {}", o.step.word(), o.why))
            .collect();
        (!each.is_empty()).then(|| Plain::new(&format!("it arrived {}", each.join("; "))))
    };
    ending.stage.reason().cloned().or_else(lacks)
}

fn decimals(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// What a script is told of one end.
pub fn code(ending: &Ending) -> u8 {
    match &ending.stage {
        Stage::Accepted { .. } | Stage::Queued => 0,
        Stage::Unknown { .. } => UNKNOWN,
        _ if ending.is_duplicate() => 5,
        Stage::Rejected { .. } => 3,
        Stage::Failed { .. } => ending.error.as_ref().map_or(1, |e| code_of(e.kind)),
        _ => 1,
    }
}

/// What a script is told of all of them.
pub fn exit_code(codes: &[u8]) -> u8 {
    if codes.contains(&UNKNOWN) {
        return UNKNOWN;
    }
    let first = codes.first().copied().unwrap_or(0);
    if codes.iter().all(|code| *code == first) { first } else { SOME }
}

/// A session's row.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Which session.
    #[serde(flatten)]
    pub head: Head,
    /// How it ended.
    #[serde(flatten)]
    pub end: End,
}

/// Prints the rows; their exit code.
///
/// # Errors
/// Of the place they are printed to.
pub fn report(output: Output, lines: &[Line]) -> Result<ExitCode, Failure> {
    show(output, lines)?;
    let codes: Vec<u8> = lines.iter().map(|line| line.end.code).collect();
    Ok(ExitCode::from(exit_code(&codes)))
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "guest",
        "target",
        "outcome",
        "request_ms",
        "total_ms",
        "human_seconds",
        "handoff",
        "reason",
    ];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        let Self { head, end } = self;
        vec![
            Some(head.id.to_string()),
            head.guest.as_ref().map(ToString::to_string),
            head.target(),
            Some(end.outcome.to_string()),
            end.latency_ms.map(|ms| format!("{ms:.2}")),
            end.whole_ms.map(|ms| ms.to_string()),
            end.seconds_to_human.map(|s| format!("{s:.2}")),
            end.handoff.as_ref().map(ToString::to_string),
            end.reason.as_ref().map(ToString::to_string),
        ]
    }
}

/// A handoff whose task has ended without an end.
pub fn lost(handoff: &HandoffId) -> End {
    let reason = "its task has ended early: look at the session".into();
    End::of(handoff, &Ending::early(Stage::Unknown { reason }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesys::error::Kind;

    fn failed(kind: Kind) -> Ending {
        let error = Some(Error::new("test", kind, "no"));
        Ending { error, ..Ending::early(Stage::Failed { reason: "no".into() }) }
    }

    #[test]
    fn every_end_has_its_exit_code() {
        let early = |stage| code(&Ending::early(stage));
        assert_eq!(early(Stage::Queued), 0);
        assert_eq!(early(Stage::Accepted { agent: "a".into() }), 0);
        assert_eq!(early(Stage::Refused), 1);
        assert_eq!(early(Stage::TimedOut), 1);
        assert_eq!(early(Stage::Rejected { reason: "full".into() }), 3);
        assert_eq!(early(Stage::Unknown { reason: "left".into() }), 8);
        let duplicate = "Conversation already in transfer state. Preventing duplicate handoff.";
        assert_eq!(early(Stage::Rejected { reason: duplicate.into() }), 5);
        for (kind, exit) in [
            (Kind::Auth, 4),
            (Kind::Permission, 4),
            (Kind::Conflict, 5),
            (Kind::RateLimited, 6),
            (Kind::Server, 1),
        ] {
            assert_eq!(code(&failed(kind)), exit, "{kind:?}");
        }
    }

    #[test]
    fn a_batch_has_the_code_that_all_share_or_one_for_some() {
        for (codes, exit) in [
            ([].as_slice(), 0),
            (&[0, 0], 0),
            (&[3, 3], 3),
            (&[4], 4),
            (&[0, 3], 7),
            (&[5, 6], 7),
            (&[0, 8], 8),
        ] {
            assert_eq!(exit_code(codes), exit, "{codes:?}");
        }
    }
}

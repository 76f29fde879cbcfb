//! `floorwalker sessions`.

use std::process::ExitCode;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Failure,
    listing::{Reader, Row, print},
};
use crate::{
    args::Output,
    config::Context,
    domain::{floor::seconds_since, session::Session, text::Plain},
    engine::snapshot::Want,
};

/// A session as a script sees it.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    session: Session,
    queue_name: Option<Plain>,
    agent_name: Option<Plain>,
    seconds_in_state: Option<u64>,
}

/// Lists the open sessions: those that wait first, the longest wait on top.
///
/// # Errors
/// Of the org.
pub fn run(org: &Context, output: Output) -> Result<ExitCode, Failure> {
    let want = Want { levels: false, profiles: false, histories: true };
    print(org, output, want, |floor| {
        let now = Timestamp::now();
        let mut sessions = floor.sessions.clone();
        sessions.sort_by(|a, b| a.state.cmp(&b.state).then_with(|| a.since.cmp(&b.since)));
        let line = |session: Session| Line {
            queue_name: session
                .queue
                .as_ref()
                .and_then(|id| floor.queue(id))
                .map(|q| q.name.clone()),
            agent_name: session
                .agent
                .as_ref()
                .and_then(|id| floor.agent(id))
                .and_then(|a| a.name.clone()),
            seconds_in_state: session.since.map(|since| seconds_since(since, now)),
            session,
        };
        sessions.into_iter().map(line).collect()
    })
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "guest",
        "channel",
        "state",
        "since_seconds",
        "queue",
        "agent",
        "intent",
        "confidence",
        "language",
        "depth",
    ];

    fn cells(&self, reader: Reader) -> Vec<Option<String>> {
        let session = &self.session;
        let plain = |text: &Option<Plain>| text.as_ref().map(ToString::to_string);
        vec![
            Some(session.id.to_string()),
            plain(&session.guest),
            plain(&session.channel),
            Some(session.state.word().into()),
            self.seconds_in_state.map(|s| reader.seconds(s)),
            plain(&self.queue_name),
            plain(&self.agent_name),
            plain(&session.intent),
            session.confidence.map(|c| format!("{c:.2}")),
            session.language.as_ref().map(|l| l.name.to_string()),
            session.depth.map(|d| d.to_string()),
        ]
    }
}

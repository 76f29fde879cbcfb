//! `floorwalker agents`: by name, or measured against a session.

mod measured;

use std::process::ExitCode;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Failure,
    listing::{Reader, Row, print},
};
use crate::{
    args::{Agents, Output},
    config::{Config, Context},
    domain::{agent::Agent, floor::seconds_since, text::Plain},
    engine::snapshot::Want,
};

/// An agent as a script sees it.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    agent: Agent,
    queue_names: Vec<Plain>,
    seconds_in_status: Option<u64>,
}

/// Lists the agents.
///
/// # Errors
/// Of the org.
pub fn run(org: &Context, config: &Config, arguments: &Agents) -> Result<ExitCode, Failure> {
    let output = arguments.listing.output;
    match &arguments.session {
        Some(session) => measured::run(org, config, session, output),
        None => by_name(org, output),
    }
}

fn by_name(org: &Context, output: Output) -> Result<ExitCode, Failure> {
    let want = Want { levels: false, profiles: true, histories: false };
    print(org, output, want, |floor| {
        let now = Timestamp::now();
        let mut agents = floor.agents.clone();
        agents.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        let line = |agent: Agent| Line {
            queue_names: agent
                .queues
                .iter()
                .filter_map(|id| floor.queue(id))
                .map(|q| q.name.clone())
                .collect(),
            seconds_in_status: agent.since.map(|since| seconds_since(since, now)),
            agent,
        };
        agents.into_iter().map(line).collect()
    })
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "presence",
        "routing",
        "since_seconds",
        "sessions",
        "languages",
        "skills",
        "queues",
    ];

    fn cells(&self, reader: Reader) -> Vec<Option<String>> {
        let agent = &self.agent;
        let languages = agent.languages.as_ref();
        let skills = agent.skills.as_ref();
        vec![
            Some(agent.id.to_string()),
            agent.name.as_ref().map(ToString::to_string),
            agent.presence.as_ref().map(|p| p.word().to_owned()),
            agent.routing.as_ref().map(|r| r.word().to_owned()),
            self.seconds_in_status.map(|s| reader.seconds(s)),
            held(agent),
            languages.map(|all| joined(all.iter().map(|l| &l.name))),
            skills.map(|all| joined(all.iter().map(|s| &s.name))),
            Some(joined(self.queue_names.iter())),
        ]
    }
}

/// Sessions held of those that can be.
fn held(agent: &Agent) -> Option<String> {
    match (agent.sessions, agent.capacity) {
        (Some(held), Some(capacity)) => Some(format!("{held}/{capacity}")),
        (Some(held), None) => Some(held.to_string()),
        _ => None,
    }
}

fn joined<'a>(names: impl Iterator<Item = &'a Plain>) -> String {
    names.map(Plain::as_str).collect::<Vec<_>>().join(", ")
}

//! `floorwalker agents --for`: every agent, measured against one session, with each number explained
//! (SPEC section 5).

use std::{collections::HashMap, process::ExitCode};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    args::Output,
    commands::{
        Connection, Failure,
        listing::{Reader, Row, runtime, show, warn},
        store,
    },
    config::{Config, Context},
    domain::{
        agent::Agent,
        id::{AgentId, SessionId},
        session::Session,
    },
    engine::{
        SHIFT,
        snapshot::{Snapshot, Want, snapshot_with},
    },
    genesys::{Genesys, Lane},
    policy::{
        Handbook,
        lack::lack,
        payload::check_conversation,
        qualification::{Need, Qualification, qualify},
        rank::{Circumstances, Rank, Term, order, rank},
    },
    store::{Store, StoreError},
};

/// Agents whose own capacity is read, the best first: one request each.
const CLOSE_READS: usize = 20;

/// An agent beside a session.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    agent: Agent,
    /// The gate's score, 0 to 100.
    score: Option<i32>,
    /// The same before it is clamped.
    raw: Option<i32>,
    passes: bool,
    verdict: String,
    rank: Option<f64>,
    terms: [Term; 5],
    missing: Option<String>,
    remedy: Option<String>,
}

/// Prints the agents, the best first.
///
/// # Errors
/// Of the org, or if the session is none or is not known there.
pub fn run(
    org: &Context,
    config: &Config,
    session: &str,
    output: Output,
) -> Result<ExitCode, Failure> {
    let id = check_conversation(session.trim())?.canonical();
    let genesys = Connection::of(org)?.open()?;
    let lines = runtime()?.block_on(measured(&genesys, config, &id))?;
    show(output, &lines)?;
    Ok(ExitCode::SUCCESS)
}

async fn measured<G: Genesys>(
    genesys: &G,
    config: &Config,
    id: &SessionId,
) -> Result<Vec<Line>, Failure> {
    let book = &config.handbook;
    let want = Want { levels: false, profiles: true, histories: true };
    let mut shot = snapshot_with(genesys, want, std::slice::from_ref(id)).await?;
    let session = match shot.floor.session(id) {
        Some(session) => session.clone(),
        None => genesys.look(id, Lane::Operator).await?.session,
    };
    let handed = handed(config).await.unwrap_or_else(|error| {
        warn(&format!("handoffs of the shift are not counted: {error}"));
        HashMap::new()
    });
    let first = compared(&shot, &session, &handed, book);
    let best: Vec<AgentId> = first.into_iter().take(CLOSE_READS).map(|l| l.agent.id).collect();
    shot.measure(genesys, &best).await?;
    shot.gaps.iter().for_each(|gap| warn(gap));
    Ok(compared(&shot, &session, &handed, book))
}

/// What everybody on this store was handed in the shift.
async fn handed(config: &Config) -> Result<HashMap<AgentId, u32>, Failure> {
    let store = store::open(config).await?;
    let now = Timestamp::now();
    let shift = SignedDuration::try_from(SHIFT).unwrap_or_default();
    let counted: Result<_, StoreError> = store.handed(now.checked_sub(shift).unwrap_or(now)).await;
    Ok(counted?)
}

fn compared(
    shot: &Snapshot,
    session: &Session,
    handed: &HashMap<AgentId, u32>,
    book: &Handbook,
) -> Vec<Line> {
    let now = Timestamp::now();
    let need = Need::from(session);
    let last_agent = session.last_agent.as_ref();
    let last_agent_read = session.last_agent_read;
    let c = Circumstances { now, last_agent, last_agent_read, handed, data_from: Some(now) };
    let measure = |agent: &Agent| {
        let qualification = qualify(agent, need, book.rules);
        let rank = rank(agent, need, &c, &book.weights);
        (agent.clone(), qualification, rank)
    };
    let mut all: Vec<_> = shot.floor.agents.iter().map(measure).collect();
    all.sort_by(|a, b| order((&a.0, &a.1, &a.2), (&b.0, &b.1, &b.2)));
    let line = |(agent, qualification, rank): (Agent, Qualification, Rank)| {
        let lack = lack(&agent, need, &qualification, now, book.rules);
        Line {
            score: qualification.shown(),
            raw: qualification.raw,
            passes: qualification.verdict.passes(),
            verdict: qualification.verdict.reason(),
            rank: rank.score,
            terms: rank.terms,
            missing: lack.as_ref().map(|l| l.short.clone()),
            remedy: lack.map(|l| l.remedy),
            agent,
        }
    };
    all.into_iter().map(line).collect()
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] =
        &["id", "score", "rank", "name", "status", "held", "fit"];

    fn cells(&self, reader: Reader) -> Vec<Option<String>> {
        let agent = &self.agent;
        let rank = |rank: f64| match reader {
            Reader::Person => format!("{rank:.0}"),
            Reader::Program => format!("{rank:.1}"),
        };
        let fit = self.missing.clone().unwrap_or_else(|| "qualified".into());
        vec![
            Some(agent.id.to_string()),
            self.score.map(|score| score.to_string()),
            self.rank.map(rank),
            agent.name.as_ref().map(ToString::to_string),
            agent.routing.as_ref().map(|r| r.word().to_owned()),
            super::held(agent),
            Some(fit),
        ]
    }
}

//! What is wanted, checked as far as that goes without asking anybody.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, stdin},
    path::PathBuf,
    time::Duration,
};

use super::ids::sessions;
use crate::{
    args::{self, Output},
    commands::Failure,
    domain::{
        id::SessionId,
        payload::{HISTORY, Payload, Summary},
        text::Plain,
    },
    engine::batch::Pace,
    policy::payload::{check_attributes, check_target, parse_history},
};

/// The command, checked.
#[derive(Debug)]
pub struct Wish {
    /// The sessions, each once, in the order in which they were given.
    pub sessions: Vec<SessionId>,
    /// Where they are to go.
    pub to: Destination,
    /// Skills, as they were given.
    pub skills: Vec<String>,
    /// The language, as it was given.
    pub language: Option<String>,
    /// The priority.
    pub priority: Option<i64>,
    /// What travels with them.
    pub payload: Payload,
    /// Why.
    pub reason: Plain,
    /// Why a guard is overridden.
    pub waiver: Option<Plain>,
    /// How long a full queue is waited for.
    pub defer: Duration,
    /// Show it, and send nothing.
    pub dry_run: bool,
    /// Do not ask.
    pub yes: bool,
    /// Standard input holds ids and so can't hold an answer.
    pub stdin: bool,
    /// What has been done is kept here.
    pub ledger: Option<PathBuf>,
    /// How they are gone through.
    pub pace: Pace,
    /// How the results are printed.
    pub output: Output,
}

/// Where sessions are to go, as it was given.
#[derive(Debug)]
pub enum Destination {
    /// An agent's id or name.
    Agent(String),
    /// A queue's id or name.
    Queue(String),
    /// Whoever is best.
    Best,
}

impl Wish {
    /// Checks the arguments, and reads ids from standard input where they ask for it.
    ///
    /// # Errors
    /// With the text of the first rule that is broken.
    pub fn new(arguments: args::Handoff) -> Result<Self, Failure> {
        let args::Handoff { sessions: given, to, demands, context, pace, output } = arguments;
        let waiver = context.waiver.as_deref().map(str::trim);
        if waiver == Some("") {
            return Err(Failure::usage("--override needs a reason: it is audited"));
        }
        if pace.dry_run && output == Output::Csv {
            return Err(Failure::usage("A dry run is printed as table, json or jsonl, not as csv"));
        }
        Ok(Self {
            to: destination(to)?,
            payload: payload(&context)?,
            reason: Plain::new(context.reason.as_deref().unwrap_or_default().trim()),
            waiver: waiver.map(Plain::new),
            sessions: sessions(&given, pace.stdin)?,
            skills: demands.skills,
            language: demands.language,
            priority: demands.priority,
            defer: Duration::from_secs(pace.defer),
            dry_run: pace.dry_run,
            yes: pace.yes,
            stdin: pace.stdin,
            ledger: pace.ledger,
            pace: Pace { at_once: pace.at_once, stop_after: pace.stop_after },
            output,
        })
    }

    /// Somebody must have said yes, or be there to say it.
    pub fn require_consent(&self) -> Result<(), Failure> {
        if self.dry_run || self.yes || (!self.stdin && stdin().is_terminal()) {
            return Ok(());
        }
        Err(Failure::usage(
            "Nobody can be asked here: give --yes to hand over without a question, or --dry-run to \
             see what would be sent.\nUsage: floorwalker handoff ID… (--agent ID|--queue ID|--best) --yes",
        ))
    }
}

fn destination(to: args::To) -> Result<Destination, Failure> {
    Ok(match (to.agent, to.queue) {
        (Some(agent), _) => {
            check_target("user", &agent)?;
            Destination::Agent(agent)
        }
        (None, Some(queue)) => {
            check_target("queue", &queue)?;
            Destination::Queue(queue)
        }
        (None, None) => Destination::Best,
    })
}

fn payload(context: &args::Context) -> Result<Payload, Failure> {
    let mut attributes = BTreeMap::new();
    for (key, value) in &context.attributes {
        if attributes.insert(key.clone(), value.clone()).is_some() {
            return Err(Failure::usage(format!("The attribute {key} is given twice")));
        }
    }
    check_attributes(&attributes)?;
    let history = context.history.as_deref().map_or(Ok(HISTORY), parse_history)?;
    let summary = context.summary.clone().map(|text| Summary { text, by_hand: true });
    Ok(Payload { history, summary, attributes, guest: None })
}

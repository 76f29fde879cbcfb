//! What the user wrote, validated: the numbers of the rules and of a handoff.
//!
//! `assets/config.toml` holds every option with its default and one line of why; what a file leaves out
//! keeps its default, and what it spells wrong is refused with the place.

pub mod alarms;
mod audit;
pub mod console;
pub mod context;
mod door;
mod doors;
mod environment;
mod fault;
mod handoff;
mod heartbeat;
pub mod intake;
pub mod network;
pub mod origin;
mod outbox;
mod privacy;
pub mod quoted;
mod reading;
pub mod region;
mod safety;
pub mod secret;
pub mod shown;
mod store;

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use crate::policy::{
    Handbook,
    guard::Limits,
    privacy::Privacy,
    qualification::Rules,
    rank::{BadWeights, Weights},
    trigger::{THRESHOLD, Thresholds},
};

pub use self::{
    audit::Checkpoints,
    context::{Context, Contexts},
    doors::{Own, Withheld},
    environment::Overrides,
    fault::Fault,
    outbox::Telling,
    reading::ConfigError,
    safety::{Colour, Safety},
    store::StoreAt,
};

/// The embedded defaults, as they are written.
pub const DEFAULTS: &str = include_str!("../assets/config.toml");

/// What the user wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The numbers of the rules.
    pub handbook: Handbook,
    /// How long a handoff can be called back before anything leaves.
    pub grace: Duration,
    /// How long a handoff waits for a place in a full queue before it is refused.
    pub defer: Duration,
    /// How long the effect of a request is looked for that nobody has answered.
    pub late: Duration,
    /// Where guests come in whose sessions are opened here, if they can.
    pub messaging: Option<Messaging>,
    /// Where and how bots' webhooks are taken in.
    pub intake: intake::Intake,
    /// Whom to tell what happens.
    pub outbox: Telling,
    /// What of these three the file has, but not for this org.
    pub withheld: Withheld,
    /// The three of them, as they are for each org that the file names.
    pub own: Own,
    /// When and where heads of the audit log are signed.
    pub checkpoints: Checkpoints,
    /// What the audit log keeps of people.
    pub privacy: Privacy,
    /// The columns of the console's panes, by their names.
    pub columns: BTreeMap<String, Vec<String>>,
    /// Where the store is.
    pub store: StoreAt,
    /// What the console may do with a terminal.
    pub console: console::Console,
    /// What keeps a hand from doing what it did not mean.
    pub safety: Safety,
    /// What a supervisor is to be told as soon as it is so.
    pub alarms: Vec<alarms::Alarm>,
    /// The orgs that the file names.
    pub contexts: Contexts,
    /// What the environment has said in place of the file.
    pub overrides: Overrides,
    /// Variables of the environment that hold secrets: nothing that is started gets them.
    pub hidden: Vec<String>,
}

/// A web messaging deployment (the platform's dialect alone has any).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messaging {
    /// Its id.
    pub deployment: String,
    /// Where the guests' page is said to come from.
    pub origin: String,
    /// The address of the guests' socket, where it does not follow from the API's.
    pub socket_url: Option<String>,
    /// What a guest says first.
    pub greeting: String,
}

/// SPEC section 7's grace time.
const GRACE: Duration = Duration::from_secs(3);
/// Longer than a full queue keeps most people waiting, and a customer waits meanwhile.
const DEFER: Duration = Duration::from_secs(300);
/// Proxies give up on a server after 30 to 60 seconds.
const LATE: Duration = Duration::from_secs(90);

impl Default for Config {
    fn default() -> Self {
        Self {
            handbook: Handbook::default(),
            grace: GRACE,
            defer: DEFER,
            late: LATE,
            messaging: None,
            intake: intake::Intake::default(),
            outbox: Telling::default(),
            withheld: Withheld::default(),
            own: Own::default(),
            checkpoints: Checkpoints::default(),
            privacy: Privacy::default(),
            columns: BTreeMap::new(),
            store: StoreAt::default(),
            console: console::Console::default(),
            safety: Safety::default(),
            alarms: Vec::new(),
            contexts: Contexts::default(),
            overrides: Overrides::default(),
            hidden: secret::VARIABLES.map(str::to_owned).into(),
        }
    }
}

/// The file, as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    store: String,
    default_context: String,
    contexts: BTreeMap<String, context::Written>,
    gate: Gate,
    rank: RankWeights,
    guards: Guards,
    triggers: Triggers,
    handoff: handoff::Handoff,
    messaging: door::Door,
    heartbeat: heartbeat::Heartbeat,
    privacy: privacy::Privacy,
    network: network::Written,
    intake: intake::Written,
    outbox: outbox::Outbox,
    audit: audit::Audit,
    console: console::Written,
    safety: safety::Written,
    alarms: Vec<alarms::Written>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Gate {
    skill_penalty: i32,
    language_penalty: i32,
    minimum: i32,
}

impl Default for Gate {
    fn default() -> Self {
        let Rules { skill_penalty, language_penalty, minimum } = Rules::default();
        Self { skill_penalty, language_penalty, minimum }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RankWeights {
    proficiency: f64,
    capacity: f64,
    idle: f64,
    affinity: f64,
    fairness: f64,
}

impl Default for RankWeights {
    fn default() -> Self {
        let Weights { proficiency, capacity, idle, affinity, fairness } = Weights::default();
        Self { proficiency, capacity, idle, affinity, fairness }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Guards {
    max_depth: u32,
    min_confidence: f64,
    min_sentiment: f64,
}

impl Default for Guards {
    fn default() -> Self {
        let Limits { max_depth, min_confidence, min_sentiment } = Limits::default();
        Self { max_depth, min_confidence, min_sentiment }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Triggers {
    threshold: f64,
    queues: BTreeMap<String, f64>,
    intents: BTreeMap<String, f64>,
}

impl Default for Triggers {
    fn default() -> Self {
        Self { threshold: THRESHOLD, queues: BTreeMap::new(), intents: BTreeMap::new() }
    }
}

impl Written {
    fn put(&mut self, said: &Overrides) {
        doors::overrule(&mut self.intake, &mut self.outbox, said);
    }

    fn validate(self) -> Result<Config, String> {
        let Self { gate, rank, guards, triggers, handoff, messaging, .. } = self;
        let Self { heartbeat, privacy, intake, outbox, audit, store, console, .. } = self;
        let Self { safety, .. } = self;
        let penalties = [
            ("gate.skill_penalty", gate.skill_penalty),
            ("gate.language_penalty", gate.language_penalty),
        ];
        for (key, penalty) in penalties {
            if penalty < 0 {
                return Err(format!("{key} is {penalty}: it must be at least 0"));
            }
        }
        let RankWeights { proficiency, capacity, idle, affinity, fairness } = rank;
        let weights = Weights { proficiency, capacity, idle, affinity, fairness };
        let weights = weights.checked().map_err(|e: BadWeights| format!("[rank]: {e}"))?;
        share("guards.min_confidence", guards.min_confidence)?;
        share("guards.min_sentiment", guards.min_sentiment)?;
        share("triggers.threshold", triggers.threshold)?;
        for (name, threshold) in triggers.queues.iter().chain(&triggers.intents) {
            share(&format!("the threshold of {name}"), *threshold)?;
        }
        handoff.check()?;
        let Gate { skill_penalty, language_penalty, minimum } = gate;
        let Guards { max_depth, min_confidence, min_sentiment } = guards;
        let queues = triggers.queues.iter().map(|(id, t)| (id.as_str().into(), *t)).collect();
        Ok(Config {
            handbook: Handbook {
                rules: Rules { skill_penalty, language_penalty, minimum },
                weights,
                limits: Limits { max_depth, min_confidence, min_sentiment },
                thresholds: Thresholds {
                    default: triggers.threshold,
                    queues,
                    intents: triggers.intents,
                },
                heartbeat: heartbeat.validate()?,
                masking: privacy.masking(),
            },
            grace: Duration::from_secs(handoff.grace_seconds),
            defer: Duration::from_secs(handoff.defer_seconds),
            late: Duration::from_secs(handoff.late_seconds),
            messaging: messaging.validate()?,
            intake: intake.validate()?,
            outbox: outbox.validate()?,
            withheld: Withheld::default(),
            own: Own::default(),
            checkpoints: audit.validate()?,
            safety: safety.read()?,
            privacy: privacy.kept(),
            columns: console.columns.clone(),
            alarms: Vec::new(),
            store: StoreAt::parse(&store)?,
            console: console.settled(),
            contexts: Contexts::default(),
            overrides: Overrides::default(),
            hidden: Vec::new(),
        })
    }
}

fn share(key: &str, value: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(format!("{key} is {value}: it must be a number from 0 to 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Config, String> {
        Config::parse(text, "config.toml").map_err(|e| e.to_string())
    }

    #[test]
    fn the_embedded_file_says_the_defaults_and_leaves_none_out() {
        assert_eq!(parsed(DEFAULTS).unwrap(), Config::default());
        let table: toml::Table = toml::from_str(DEFAULTS).unwrap();
        let keys = |section: &str| table[section].as_table().unwrap().len();
        let sections = [
            ("gate", 3),
            ("rank", 5),
            ("guards", 3),
            ("triggers", 3),
            ("handoff", 3),
            ("messaging", 4),
            ("heartbeat", 5),
            ("privacy", 5),
            ("network", 9),
            ("intake", 12),
            ("outbox", 6),
            ("audit", 1),
            ("console", 6),
            ("safety", 3),
        ];
        for (section, options) in sections {
            assert_eq!(keys(section), options, "{section}");
        }
        assert_eq!(table["store"].as_str(), Some(""));
        assert_eq!(table["default_context"].as_str(), Some(""));
        assert_eq!(table.len(), sections.len() + 2);
    }

    #[test]
    fn what_is_left_out_keeps_its_default() {
        let config = parsed("[gate]\nminimum = 40\n[triggers.intents]\nrefund = 0.9").unwrap();
        assert_eq!(config.handbook.rules, Rules { minimum: 40, ..Rules::default() });
        assert_eq!(config.handbook.thresholds.of(None, Some("refund")), 0.9);
        assert_eq!(config.handbook.weights, Weights::default());
    }

    #[test]
    fn a_deployment_lets_guests_in() {
        let text = "[messaging]\ndeployment = 'd'\norigin = 'https://shop.example'";
        let messaging = parsed(text).unwrap().messaging.unwrap();
        assert_eq!((messaging.deployment.as_str(), messaging.greeting.as_str()), ("d", "Hello"));
        assert_eq!(
            (messaging.origin.as_str(), messaging.socket_url),
            ("https://shop.example", None)
        );
        assert_eq!(parsed("").unwrap().messaging, None);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, expected) in [
            (
                "[gate]\nminimun = 40",
                ":2: there is no option gate.minimun; did you mean gate.minimum?",
            ),
            ("[rank]\nidle = -1", "idle"),
            ("[rank]\nidle = nan", "idle"),
            ("[guards]\nmin_sentiment = 3", "guards.min_sentiment is 3"),
            ("[triggers]\nthreshold = nan", "triggers.threshold"),
            ("[handoff]\ngrace_seconds = 11", "0 to 10"),
            ("[handoff]\ndefer_seconds = 3601", "0 to 3600"),
            ("[handoff]\nlate_seconds = 14", "15 to 300"),
            ("[gate]\nskill_penalty = -5", "gate.skill_penalty"),
            ("[messaging]\ndeployment = 'd'", "both a deployment and an origin"),
            ("[messaging]\nsocket_url = 'wss://x.example'", "both a deployment and an origin"),
            ("[messaging]\ndeployment='d'\norigin='o'\ngreeting=''", "messaging.greeting"),
            ("[heartbeat]\nfloor_seconds = 0", "1 to 30"),
            ("[heartbeat]\nfloor_seconds = 31", "1 to 30"),
            ("[heartbeat]\nstretch_limit = 0.5", "heartbeat.stretch_limit is 0.5"),
            ("[heartbeat]\nstretch_limit = nan", "heartbeat.stretch_limit"),
            ("[heartbeat]\nallowance_percent = 91", "1 to 90"),
            ("[heartbeat]\npolicy = \"close\"", ":2: "),
            ("[privacy]\nmask = \"no\"", ":2: "),
            ("[privacy]\nmasks = false", ":2: "),
            ("[privacy]\ntexts = \"hide\"", ":2: "),
            ("[intake]\nlisten = '8700'", "127.0.0.1:8700"),
            ("[intake]\nsecret = 'hunter2'", "intake.secret must be env:NAME"),
            ("[intake]\nwait_seconds = 0", "1 to 60"),
            ("[intake]\nwindow_seconds = 301", "10 to 300"),
            ("[intake.modes]\nq = 'always'", ":2: "),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(expected) && error.starts_with("config.toml"), "{error}");
        }
    }
}

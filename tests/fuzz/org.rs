//! An org that answers everything with the same bytes, and what must hold of whatever is read of it.
//!
//! A transport without sockets on a clock that stands still, so that a case takes microseconds.

use std::{
    fs,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use floorwalker::{
    domain::{guest::GuestToken, id::SessionId, supervision::Hold},
    genesys::{
        Ask, Dialect, Error, Feed, Genesys, Lane, Patch, Seen, auth,
        client::Settings,
        org::Org,
        retry::Policy,
        transport::{Answer, Failure, Headers, Request, Transport},
    },
    policy::guest_session::plain_order,
};
use proptest::{prelude::*, sample::Index};
use serde_json::Value;

use crate::{
    odd,
    run::{self, Hand},
};

/// The session that is looked at.
pub const SESSION: &str = "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c";
/// What must never be said back.
pub const GUEST: &str = "jwt_5d0c7b1e9a3f4c2d8e6b0f1a2c3d4e5f";
pub const BEARER: &str = "bearer-Zk3vT9qLw2XnR7sYb5Hc";
pub const SECRET: &str = "secret-Qp8mV4dGh6JtF1kWz0Ux";
/// Nobody asks more often for one read.
const MOST_REQUESTS: usize = 3_000;

/// An org that says one thing.
#[derive(Clone, Debug)]
struct Echo {
    status: u16,
    body: Arc<[u8]>,
    asked: Arc<AtomicUsize>,
}

impl Transport for Echo {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        if request.url.ends_with("/oauth/token") {
            let token = format!(r#"{{"access_token":"{BEARER}","expires_in":3600}}"#);
            return Ok(Answer { status: 200, body: token.into(), ..Answer::default() });
        }
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        assert!(asked < MOST_REQUESTS, "it asks without end: {}", request.url);
        let path = request.url.strip_prefix("https://api.test/api/v2/").expect(&request.url);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_~/%?&=".contains(c);
        assert!(path.chars().all(plain) && !path.contains("//"), "{path}");
        let headers = Headers { retry_after: Some(Duration::from_secs(1)), ..Headers::default() };
        Ok(Answer { status: self.status, headers, body: self.body.to_vec().into() })
    }
}

/// An org that answers everything so.
pub struct Asked {
    org: Org<Echo>,
    echo: Echo,
}

impl Asked {
    pub fn new(dialect: Dialect, status: u16, body: &[u8]) -> Self {
        let echo = Echo { status, body: body.into(), asked: Arc::default() };
        let client = auth::Client {
            token_url: "https://login.test/oauth/token".into(),
            id: "client".into(),
            secret: SECRET.into(),
        };
        let settings = Settings {
            base_url: "https://api.test".into(),
            client,
            allowed: 1_000_000,
            retry: Policy::default(),
            timeout: Duration::from_secs(15),
            token_timeout: Duration::from_secs(10),
        };
        Self { org: Org::new(dialect, echo.clone(), settings), echo }
    }

    fn ask(&self) -> Ask {
        Ask {
            now: "2026-11-21T10:00:00Z".parse().unwrap(),
            queues: ["q-1".into(), "q/2 ?".into()].into(),
            flows: vec!["flow".into()],
            agents: vec!["agent".into()],
            newcomers: vec![SESSION.into()],
            watched: vec![SESSION.into()],
            page: 1,
            seen: Seen::default(),
        }
    }

    /// One read of a feed: each has as many requests as it may.
    pub fn read(&self, feed: Feed, ask: &Ask) -> Result<Patch, Error> {
        self.echo.asked.store(0, Ordering::Relaxed);
        done(self.org.read(feed, ask, Lane::Operator))
    }

    /// One read of a feed, for whether there is one.
    pub fn feed(&self, feed: Feed) -> Result<(), Error> {
        self.read(feed, &self.ask()).map(drop)
    }

    /// One look at the session.
    pub fn look(&self) -> Result<(), Error> {
        done(self.org.look(&SESSION.into(), Lane::Operator)).map(drop)
    }

    /// All that is read of a floor.
    fn floor(&self, dialect: Dialect) {
        let mut ask = self.ask();
        for (feed, _) in self.org.feeds() {
            ask.seen = Seen::default();
            let patch = match self.read(*feed, &ask) {
                Err(error) => {
                    sound(&error);
                    continue;
                }
                Ok(patch) => patch,
            };
            tame(&patch);
            let known = matches!(feed, Feed::Sessions | Feed::Agents | Feed::Queues);
            if known && dialect == Dialect::Platform {
                assert_eq!(self.read(*feed, &ask), Ok(Patch::Same), "it is the same again");
            }
            // What one read has told, the next asks about.
            if let Patch::Agents(agents) | Patch::Members { agents, .. } = &patch {
                ask.agents = agents.iter().map(|agent| agent.id.clone()).take(150).collect();
            }
            if let Patch::Bots(bots) = &patch {
                ask.flows.extend(bots.iter().rev().filter_map(|bot| bot.flow.clone()));
                ask.flows.reverse();
            }
        }
    }

    /// All that is read of one session, and what is done about a guest's.
    fn session(&self) {
        let (id, token) = (SessionId::from(SESSION), GuestToken::from(GUEST.to_owned()));
        for asked in [done(self.org.look(&id, Lane::Operator)), done(self.org.detail(&id))] {
            match asked {
                Ok(detail) => {
                    assert_eq!((&detail.id, &detail.session.id), (&id, &id), "another's");
                    let mut told = serde_json::to_value(&detail).unwrap();
                    // What the org says of a guest is handed on as it came.
                    told["guest"].take();
                    tame_values(&told);
                }
                Err(error) => sound(&error),
            }
        }
        let order = plain_order(token.clone(), "q-1".into());
        let errors = [
            done(self.org.summarise(&id, Lane::Look)).err(),
            done(self.org.rights(Lane::Operator)).err(),
            done(self.org.beat(&id, Hold::Patch, 1, Some(&token))).err(),
            done(self.org.beat(&id, Hold::Read, 1, Some(&token))).err(),
            done(self.org.disconnect(&id, Hold::Patch, Some(&token))).err(),
            done(self.org.open_guest(&order)).err(),
        ];
        errors.iter().flatten().for_each(sound);
    }
}

/// What must hold of whatever is read in these bytes.
pub fn check(dialect: Dialect, body: &[u8]) {
    let asked = Asked::new(dialect, 200, body);
    asked.floor(dialect);
    asked.session();
    // Refusals of all kinds with the same bytes.
    const REFUSALS: [u16; 9] = [400, 401, 403, 404, 409, 410, 429, 500, 302];
    let status = REFUSALS[body.len() % REFUSALS.len()];
    let refused = Asked::new(dialect, status, body);
    sound(&refused.read(Feed::Directory, &refused.ask()).unwrap_err());
    refused.session();
}

/// An error says what was tried, in a few words that can be shown.
fn sound(error: &Error) {
    let told = format!("{error}\n{}\n{error:?}", error.explained());
    assert!(told.lines().all(odd::is_tame), "{told:?}");
    assert!(!error.operation.is_empty() && error.message.chars().count() <= 501, "{told}");
}

fn tame(patch: &Patch) {
    let ids: Vec<String> = match patch {
        Patch::Sessions(of) | Patch::Bots(of) | Patch::Histories { of, .. } => {
            tame_values(&serde_json::to_value(of).unwrap());
            of.iter().map(|session| session.id.to_string()).collect()
        }
        Patch::Agents(agents) | Patch::Members { agents, .. } => {
            let queues = agents.iter().flat_map(|agent| &agent.queues).map(ToString::to_string);
            queues.chain(agents.iter().map(|agent| agent.id.to_string())).collect()
        }
        Patch::Directory(told) => {
            let names = told.skills.values().chain(told.languages.values()).chain(&told.gaps);
            let names = names.chain(&told.org).map(ToString::to_string);
            let queues = told.queues.iter();
            names.chain(queues.flat_map(|q| [q.id.to_string(), q.name.to_string()])).collect()
        }
        Patch::Profiles(profiles) => {
            let skills = profiles.iter().flat_map(|profile| profile.skills.iter().flatten());
            skills.flat_map(|skill| [skill.id.to_string(), skill.name.to_string()]).collect()
        }
        _ => Vec::new(),
    };
    ids.iter().for_each(|id| assert!(odd::is_tame(id), "{id:?}"));
}

fn tame_values(value: &Value) {
    for place in odd::places(value) {
        if let Some(text) = value.pointer(&place).and_then(Value::as_str) {
            assert!(odd::is_tame(text), "{place}: {text:?}");
        }
    }
}

/// What comes of it, on a clock that stands still.
pub fn done<F: Future>(future: F) -> F::Output {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// Servers say back what they were told: in whatever refusal, wherever in it and however spelled, none of
/// our secrets is said again, whole or cut short.
pub fn no_secret_is_said_back(dialect: Dialect, hand: &mut Hand) {
    let before = prop_oneof![0..70_usize, 470..510_usize];
    let status = proptest::sample::select(vec![200_u16, 400, 401, 403, 404, 409, 410, 429, 500]);
    // The published API is told of no guest's token: that goes over sockets.
    let secrets = if dialect == Dialect::Gateway { vec![GUEST, BEARER] } else { vec![BEARER] };
    let secret = proptest::sample::select(secrets);
    let strategy = (status, before, secret, 0..4_usize, 0..4_usize);
    hand.all(&strategy, |(status, before, secret, spelled, place)| {
        // What a request that was answered carries is only looked for where that is no session.
        if *status == 200 && *secret != GUEST {
            return;
        }
        let body = saying(&"x".repeat(*before), secret, *spelled, *place);
        let asked = Asked::new(dialect, *status, body.as_bytes());
        let (id, token) = (SessionId::from(SESSION), GuestToken::from(GUEST.to_owned()));
        let order = plain_order(token.clone(), "q-1".into());
        let errors = [
            done(asked.org.open_guest(&order)).err(),
            done(asked.org.beat(&id, Hold::Patch, 1, Some(&token))).err(),
            done(asked.org.beat(&id, Hold::Read, 1, Some(&token))).err(),
            done(asked.org.disconnect(&id, Hold::Patch, Some(&token))).err(),
            asked.read(Feed::Directory, &asked.ask()).err().filter(|_| *secret != GUEST),
        ];
        for error in errors.into_iter().flatten() {
            absent(secret, &format!("{error} {} {error:?}", error.explained()));
        }
    });
}

/// No piece of a secret that would help anybody is in a text.
pub fn absent(secret: &str, text: &str) {
    let text = text.to_lowercase();
    let secret = secret.to_lowercase();
    for from in 0..=secret.len() - 10 {
        let piece = &secret[from..from + 10];
        assert!(!text.contains(piece), "{piece} of a secret is in {text}");
    }
}

/// A body that says a secret in one place or another.
fn saying(before: &str, secret: &str, spelled: usize, place: usize) -> String {
    let uuid = uuid::Uuid::try_parse(secret.trim_start_matches("jwt_")).ok();
    let escaped = |text: &str| -> String {
        text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
    };
    let spelled = match (spelled, uuid) {
        (0, _) => secret.to_owned(),
        (1, Some(uuid)) => uuid.to_string().to_uppercase(),
        (2, _) => escaped(secret),
        _ => format!("Bearer {secret}, and {secret}"),
    };
    match place {
        0 => format!("{before} {spelled}"),
        1 => format!(r#"{{"message":"{before} {spelled}","code":"{spelled}"}}"#),
        2 => format!(r#"{{"id":7,"entities":"{before}{spelled}","contextId":"{spelled}"}}"#),
        _ => format!(r#"{{"id":"x","participants":"{before}{spelled}","error":"{spelled}"}}"#),
    }
}

/// Something that is read of an org.
pub type Reading = fn(&Asked) -> Result<(), Error>;

/// A time or a number of the wrong kind is unknown, and fails nothing.
pub fn a_time_that_is_none_is_unknown(dialect: Dialect, of: &[(&str, Reading)], hand: &mut Hand) {
    let dialect_name = if dialect == Dialect::Platform { "platform" } else { "gateway" };
    let document = |name: &str| fs::read(run::corpus(dialect_name).join(name)).unwrap();
    let docs: Vec<(Reading, Value)> = of
        .iter()
        .map(|(name, read)| (*read, serde_json::from_slice(&document(name)).unwrap()))
        .collect();
    let strategy = (any::<Index>(), any::<Index>(), odd::json());
    hand.all(&strategy, |(which, at, other)| {
        let (read, whole) = which.get(&docs);
        let mut told = whole.clone();
        let lenient = |place: &String| {
            let name = place.rsplit('/').next().unwrap_or_default();
            LENIENT.iter().any(|end| name.ends_with(end))
        };
        let places: Vec<String> = odd::places(&told).into_iter().filter(lenient).collect();
        let place: &String = at.get(&places);
        *told.pointer_mut(place).unwrap() = other.clone();
        let asked = Asked::new(dialect, 200, told.to_string().as_bytes());
        let read = read(&asked);
        assert!(read.is_ok(), "{told}: {}", read.unwrap_err());
    });
}

/// How the names of times and numbers end.
const LENIENT: [&str; 15] = [
    "Date",
    "Time",
    "Start",
    "End",
    "Timeout",
    "Seconds",
    "Priority",
    "Created",
    "Completed",
    "proficiency",
    "confidence",
    "count",
    "sentiment",
    "numerator",
    "calculatedMetricValue",
];

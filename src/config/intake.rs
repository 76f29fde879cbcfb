//! `[intake]`: what bots may ask for, and how they prove who they are.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use serde::Deserialize;

use super::secret::SecretSource;
use crate::{domain::inbox::Mode, policy::intake::Rules};

/// How far the time in a signature may be off.
const WINDOW: u64 = 300;
/// A bot's own timeout is seldom longer.
const WAIT: u64 = 10;
/// A customer who has waited for half an hour has left, or has been helped otherwise.
const EXPIRE: u64 = 1_800;

/// Where and how webhooks are taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    /// Where to listen; `None` takes nothing in.
    pub listen: Option<SocketAddr>,
    /// The secret that calls are signed with.
    pub secret: Option<SecretSource>,
    /// The token that calls may carry instead.
    pub token: Option<SecretSource>,
    /// How far the time in a signature may be off.
    pub window: Duration,
    /// What is done with requests.
    pub rules: Rules,
    /// How long an answer waits for a handoff by rule.
    pub wait: Duration,
    /// How long a request waits for a person or a place.
    pub expire: Duration,
    /// Whether a new proposal rings the terminal's bell.
    pub bell: bool,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            listen: None,
            secret: None,
            token: None,
            window: Duration::from_secs(WINDOW),
            rules: Rules::default(),
            wait: Duration::from_secs(WAIT),
            expire: Duration::from_secs(EXPIRE),
            bell: false,
        }
    }
}

impl Intake {
    /// Where others than this machine could call without proving who they are, which nothing listens at; `None`
    /// where nobody could.
    pub fn exposed(&self) -> Option<SocketAddr> {
        let is_open = self.secret.is_none() && self.token.is_none();
        self.listen.filter(|listen| is_open && !listen.ip().is_loopback())
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Written {
    listen: String,
    secret: String,
    token: String,
    window_seconds: u64,
    pub(super) queue: String,
    pub(super) skill: String,
    mode: Mode,
    wait_seconds: u64,
    expire_seconds: u64,
    bell: bool,
    modes: BTreeMap<String, Mode>,
    routes: BTreeMap<String, String>,
}

impl Default for Written {
    fn default() -> Self {
        let [listen, secret, token, queue, skill] = [const { String::new() }; 5];
        let Intake { window, wait, expire, bell, .. } = Intake::default();
        Self {
            listen,
            secret,
            token,
            window_seconds: window.as_secs(),
            queue,
            skill,
            mode: Mode::default(),
            wait_seconds: wait.as_secs(),
            expire_seconds: expire.as_secs(),
            bell,
            modes: BTreeMap::new(),
            routes: BTreeMap::new(),
        }
    }
}

impl Written {
    pub(super) fn validate(self) -> Result<Intake, String> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let listen = given(&self.listen).map(|text| {
            let wrong =
                |_| format!("intake.listen is {text}: it must be ADDRESS:PORT, as 127.0.0.1:8700");
            text.parse::<SocketAddr>().map_err(wrong)
        });
        let rules = Rules {
            queue: given(&self.queue).map(|id| id.as_str().into()),
            skill: given(&self.skill).map(|id| id.as_str().into()),
            mode: self.mode,
            modes: self.modes.iter().map(|(id, mode)| (id.as_str().into(), *mode)).collect(),
            routes: self.routes.into_iter().map(|(word, id)| (word, id.as_str().into())).collect(),
        };
        Ok(Intake {
            listen: listen.transpose()?,
            secret: SecretSource::parse("intake.secret", &self.secret)?,
            token: SecretSource::parse("intake.token", &self.token)?,
            window: seconds("window_seconds", self.window_seconds, 10..=300)?,
            wait: seconds("wait_seconds", self.wait_seconds, 1..=60)?,
            expire: seconds("expire_seconds", self.expire_seconds, 60..=86_400)?,
            bell: self.bell,
            rules,
        })
    }
}

fn seconds(
    key: &str,
    value: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<Duration, String> {
    if range.contains(&value) {
        return Ok(Duration::from_secs(value));
    }
    let (least, most) = range.into_inner();
    Err(format!("intake.{key} is {value}: it must be {least} to {most}"))
}

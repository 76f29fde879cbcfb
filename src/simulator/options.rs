//! What a simulator can be told before it starts. Not the command line: that parses into this.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use secrecy::SecretString;

use super::fault::Fault;

/// Which set of routes is spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Dialect {
    /// The published API.
    #[default]
    Platform,
    /// A messaging gateway's own routes.
    Gateway,
    /// Both; where they share a path, the published answer with the gateway's fields added.
    Both,
}

impl Dialect {
    pub(super) fn speaks_platform(self) -> bool {
        self != Self::Gateway
    }

    pub(super) fn speaks_gateway(self) -> bool {
        self != Self::Platform
    }
}

/// How the simulated contact centre is built and how its API behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Which routes exist.
    pub dialect: Dialect,
    /// The same seed and the same steps give the same floor.
    pub seed: u64,
    /// How many queues exist.
    pub queues: usize,
    /// How many agents exist.
    pub agents: usize,
    /// About how many sessions are open at any time.
    pub sessions: usize,
    /// How fast things happen: 2.0 halves every wait. The clock itself stays the wall clock, so that a
    /// "waiting since" never lies in a client's future.
    pub speed: f64,
    /// How long an access token is good for.
    pub token_ttl: Duration,
    /// Requests a token may make in one wall-clock minute.
    pub rate_limit: u32,
    /// Every answer is held back for a time drawn from this range.
    pub latency: RangeInclusive<Duration>,
    /// What goes wrong, and how often.
    pub faults: Vec<Fault>,
    /// What the client is allowed to do.
    pub permissions: Permissions,
    /// The floor does not move by itself; handoffs asked for through the API still take their course.
    pub frozen: bool,
    /// Whom the bots call; without it they call nobody and let customers into queues themselves.
    pub webhooks: Option<Webhooks>,
}

/// Whom the bots call.
#[derive(Debug, Clone)]
pub struct Webhooks {
    /// Where; the routes' own paths come after it.
    pub url: String,
    /// What calls are signed with, as Standard Webhooks has it; without it they are not.
    pub secret: Option<SecretString>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dialect: Dialect::default(),
            seed: 1,
            queues: 12,
            agents: 120,
            sessions: 60,
            speed: 1.0,
            token_ttl: Duration::from_secs(86_400),
            rate_limit: 300,
            latency: Duration::ZERO..=Duration::ZERO,
            faults: Vec::new(),
            permissions: Permissions::default(),
            frozen: false,
            webhooks: None,
        }
    }
}

/// The rights of the simulated OAuth client: everything, except what was taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    denied: BTreeSet<String>,
}

impl Permissions {
    /// Every right.
    pub fn all() -> Self {
        Self::default()
    }

    /// Every right but the named ones, such as `conversation:communication:blindTransfer`.
    pub fn all_but<I, S>(denied: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self { denied: denied.into_iter().map(Into::into).collect() }
    }

    /// Whether the client holds this right.
    pub fn hold(&self, permission: &str) -> bool {
        !self.denied.contains(permission)
    }
}

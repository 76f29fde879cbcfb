//! Where figures are read, by dialect (SPEC sections 2 and 4).

use jiff::Timestamp;

use crate::engine::Reads;

/// What is asked for a figure.
#[derive(Debug)]
pub struct Source {
    /// By the platform's routes.
    pub platform: &'static str,
    /// By a gateway's.
    pub gateway: &'static str,
    /// How often it is asked for, where that is not all the time.
    pub every: &'static str,
    /// How old it is.
    pub age: Age,
}

/// What tells how old a figure is.
#[derive(Clone, Copy, Debug)]
pub enum Age {
    /// When it was read last; before that is known, the age of the data on the screen.
    Shown(fn(&Reads) -> Option<Timestamp>),
    /// When it was read last.
    Read(fn(&Reads) -> Option<Timestamp>),
    /// Nothing: it is told as it changes.
    None,
}

type When = fn(&Reads) -> Option<Timestamp>;

const fn live(platform: &'static str, gateway: &'static str, when: When) -> Source {
    Source { platform, gateway, every: "", age: Age::Shown(when) }
}

const fn slow(
    platform: &'static str,
    gateway: &'static str,
    every: &'static str,
    when: When,
) -> Source {
    Source { platform, gateway, every, age: Age::Read(when) }
}

/// The list of queues.
pub const DIRECTORY: Source = slow(
    "GET /api/v2/routing/queues",
    "GET /api/v2/routing/queues",
    "at the start, then rarely",
    |read| read.directory,
);

/// The counts of queues.
pub const OBSERVED: Source = live(
    "POST /api/v2/analytics/queues/observations/query",
    "GET /api/v2/routing/queues/{id}",
    |read| read.queues,
);

/// Sessions in queues and with agents.
pub const SESSIONS: Source = live(
    "POST /api/v2/analytics/conversations/activity/query",
    "GET /api/v2/conversations/messaging/{id}",
    |read| read.sessions,
);

/// What agents do.
pub const AGENTS: Source = live(
    "POST /api/v2/analytics/routing/activity/query",
    "GET /api/v2/routing/queues/{id}/members",
    |read| read.agents,
);

/// Service levels.
pub const LEVELS: Source = slow(
    "POST /api/v2/analytics/conversations/aggregates/query",
    "no route of a gateway tells it",
    "every 60 s",
    |read| read.levels,
);

/// Names, skills and languages.
pub const PROFILES: Source = slow(
    "GET /api/v2/users?expand=skills,languages",
    "GET /api/v2/users/{id}",
    "once, then rarely",
    |read| read.profiles,
);

/// Places of agents.
pub const CAPACITY: Source = slow(
    "GET /api/v2/routing/users/{id}/utilization; ? marks the org's default",
    "GET /api/v2/routing/users/{id}/availability",
    "once, then rarely",
    |read| read.capacity,
);

/// What only the slow source knows of sessions.
pub const DETAILS: Source = slow(
    "POST /api/v2/analytics/conversations/details/query",
    "GET /api/v2/conversations/messaging/{id}",
    "for newcomers at once, for all every 5 min",
    |read| read.details,
);

/// What bots believe.
pub const INTENTS: Source = slow(
    "GET /api/v2/analytics/botflows/{id}/… , and webhooks",
    "GET /api/v2/conversations/messaging/{id}, and webhooks",
    "as bots go on",
    |read| read.intents,
);

/// The store that floorwalkers share.
pub const STORE: Source = Source {
    platform: "the store",
    gateway: "the store",
    every: "read as it changes",
    age: Age::None,
};

/// What bots' requests say.
pub const ASKED: Source = Source {
    platform: "the bot's webhook, kept in the store",
    gateway: "the bot's webhook, kept in the store",
    every: "read as it changes",
    age: Age::None,
};

/// What is worked out from the rows.
pub const HERE: Source = Source {
    platform: "worked out here, from what is on the screen",
    gateway: "worked out here, from what is on the screen",
    every: "",
    age: Age::Shown(|_| None),
};

/// What is kept in memory.
pub const SEEN: Source = Source {
    platform: "kept by this console since its start, a value a minute; blank where nothing was read",
    gateway: "kept by this console since its start, a value a minute; blank where nothing was read",
    every: "",
    age: Age::Shown(|_| None),
};

/// What every answer carries.
pub const HEADERS: Source = Source {
    platform: "counted here, corrected by inin-ratelimit-count, -allowed and -reset of every answer",
    gateway: "counted here, corrected by X-RateLimit-Remaining of every answer",
    every: "",
    age: Age::Read(Reads::newest),
};

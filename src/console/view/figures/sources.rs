//! Where figures are read, by dialect (SPEC sections 2 and 4).

/// What is asked for a figure.
#[derive(Debug)]
pub struct Source {
    /// By the platform's routes.
    pub platform: &'static str,
    /// By a gateway's.
    pub gateway: &'static str,
    /// How often; empty for what the age of the data on the screen counts, `None` for what is not read
    /// but worked out.
    pub every: Option<&'static str>,
}

const fn live(platform: &'static str, gateway: &'static str) -> Source {
    Source { platform, gateway, every: Some("") }
}

const fn slow(platform: &'static str, gateway: &'static str, every: &'static str) -> Source {
    Source { platform, gateway, every: Some(every) }
}

/// The list of queues.
pub const DIRECTORY: Source = slow(
    "GET /api/v2/routing/queues",
    "GET /api/v2/routing/queues",
    "read at the start, then rarely",
);

/// The counts of queues.
pub const OBSERVED: Source =
    live("POST /api/v2/analytics/queues/observations/query", "GET /api/v2/routing/queues/{id}");

/// Sessions in queues and with agents.
pub const SESSIONS: Source = live(
    "POST /api/v2/analytics/conversations/activity/query",
    "GET /api/v2/conversations/messaging/{id}",
);

/// What agents do.
pub const AGENTS: Source = live(
    "POST /api/v2/analytics/routing/activity/query",
    "GET /api/v2/routing/queues/{id}/members",
);

/// Service levels.
pub const LEVELS: Source = slow(
    "POST /api/v2/analytics/conversations/aggregates/query",
    "no route of a gateway tells it",
    "read every 60 s",
);

/// Names, skills and languages.
pub const PROFILES: Source = slow(
    "GET /api/v2/users?expand=skills,languages",
    "GET /api/v2/users/{id}",
    "read once, then rarely",
);

/// Places of agents.
pub const CAPACITY: Source = slow(
    "GET /api/v2/routing/users/{id}/utilization; ? marks the org's default",
    "GET /api/v2/routing/users/{id}/availability",
    "read once, then rarely",
);

/// What only the slow source knows of sessions.
pub const DETAILS: Source = slow(
    "POST /api/v2/analytics/conversations/details/query",
    "GET /api/v2/conversations/messaging/{id}",
    "read for newcomers at once, for all every 5 min",
);

/// What bots believe.
pub const INTENTS: Source = slow(
    "GET /api/v2/analytics/botflows/{id}/… , and webhooks",
    "GET /api/v2/conversations/messaging/{id}, and webhooks",
    "read as bots go on",
);

/// The store that floorwalkers share.
pub const STORE: Source = slow("the store", "the store", "read as it changes");

/// What is worked out from the rows.
pub const HERE: Source = Source {
    platform: "worked out here, from what is on the screen",
    gateway: "worked out here, from what is on the screen",
    every: None,
};

/// What is kept in memory.
pub const SEEN: Source = Source {
    platform: "kept by this console since its start, a value a minute; blank where nothing was read",
    gateway: "kept by this console since its start, a value a minute; blank where nothing was read",
    every: None,
};

/// What every answer carries.
pub const HEADERS: Source = Source {
    platform: "counted here, corrected by inin-ratelimit-count, -allowed and -reset of every answer",
    gateway: "counted here, corrected by X-RateLimit-Remaining of every answer",
    every: None,
};

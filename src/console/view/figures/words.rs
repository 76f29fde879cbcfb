//! The figures of each table, in the order of its columns.

use super::{Figure, Source, sources as from};

const fn of(means: &'static str, from: &'static Source) -> Figure {
    Figure { means, from }
}

/// The queues'.
pub const QUEUE: &[Figure] = &[
    of("the queue's name", &from::DIRECTORY),
    of(
        "open: a member on the queue has a free place; full: none has; unstaffed: nobody is on the queue; \
         a gateway tells paused itself",
        &from::AGENTS,
    ),
    of("sessions that wait for an agent in this queue", &from::OBSERVED),
    of(
        "now − since when the session waits that waits longest; △ from 1:00, ▲ from 3:00",
        &from::SESSIONS,
    ),
    of("sessions that are being offered to an agent", &from::OBSERVED),
    of("sessions with an agent", &from::OBSERVED),
    of("members on the queue = idle + with a customer + not responding + on a call", &from::AGENTS),
    of("members on the queue with nothing to do", &from::AGENTS),
    of(
        "free places / all places of the members on the queue; who does not respond or is on a call \
         has none that is free; - while the places of one of them are not known",
        &from::CAPACITY,
    ),
    of("100 × (places − free places) / places", &from::HERE),
    of(
        "100 × answered in time / answered, in the current half hour, / the queue's own goal; ▾ below it",
        &from::LEVELS,
    ),
    of(
        "waiting in each of the last 60 minutes; a bar of several is the greatest of them",
        &from::SEEN,
    ),
    of("the service level in each of the last 60 minutes; a full bar is 100%", &from::SEEN),
];

/// The sessions'.
pub const SESSION: &[Figure] = &[
    of(
        "where the session is: with a bot, in a queue, ringing, or with an agent; before it ! says that its \
         bot asks for a person, and * that it is marked",
        &from::SESSIONS,
    ),
    of("the customer's name, or the start of the id while nobody knows it", &from::DETAILS),
    of(
        "now − since when it has been in that state; when waiting △ from 1:00, ▲ from 3:00",
        &from::SESSIONS,
    ),
    of(
        "until it ends by itself: nobody writes, or its duration limit; whichever is first; △ below 5:00, \
         ▲ below 1:00",
        &from::DETAILS,
    ),
    of("the queue it waits in or came from", &from::SESSIONS),
    of("the agent who has it or is being alerted", &from::SESSIONS),
    of(
        "what the bot believes the customer wants; while it is handed off, how that goes",
        &from::INTENTS,
    ),
    of("how sure the bot is, 0 to 1; ▾ below 0.75, where a person is needed", &from::INTENTS),
    of(
        "how the customer feels, 0 to 1; ▾ below 0.3, where nothing is handed off by itself",
        &from::DETAILS,
    ),
    of("the language that routing, or else the bot, says it is in", &from::SESSIONS),
    of("the channel the customer writes on", &from::SESSIONS),
    of("transfers so far; from 3 on a person is asked before the next", &from::DETAILS),
    of("how its heartbeats fare, for those that floorwalkers on this store keep", &from::STORE),
];

/// The agents'.
pub const AGENT: &[Figure] = &[
    of(
        "100 − 25 for each required skill the agent does not have − 50 without the language; the numbers \
         are the config's; ✓ if the gate lets them have the session under the cursor",
        &from::HERE,
    ),
    of(
        "of 100, the weighted mean of proficiency, free places, idle time, last agent and fairness; only \
         for those who pass",
        &from::HERE,
    ),
    of("the agent's name", &from::PROFILES),
    of("the routing status; off the queue the agent's own presence", &from::AGENTS),
    of("now − since when that has been so", &from::AGENTS),
    of("messaging sessions that ring or are connected / places", &from::CAPACITY),
    of("the one thing that keeps them from passing the gate", &from::HERE),
    of("languages, as the agent's profile has them", &from::PROFILES),
    of("skills, as the agent's profile has them", &from::PROFILES),
    of("queues of which the agent is a member, joined or not", &from::AGENTS),
];

/// What the health pane tells, each with its name there.
pub const HEALTH: &[(&str, Figure)] = &[
    (
        "link",
        of(
            "live: every source on the screen answers in time; stale: one does not; again in …: none does. \
             The age is that of the oldest answer",
            &from::HERE,
        ),
    ),
    (
        "token",
        of(
            "until the access token is replaced: 60 s before it expires, at most after half its lifetime; and \
             as whom things are done, where a person has signed in",
            &from::HERE,
        ),
    ),
    (
        "budget",
        of(
            "requests left of those a token may spend in a minute, and what each lane has spent of them: \
             operator before beats before screen before background",
            &from::HEADERS,
        ),
    ),
    (
        "heartbeats",
        of(
            "sessions kept, and beats sent, late and failed since the start; intervals = min(30 s, \
             duration / 10), stretched where the budget does not carry them",
            &from::STORE,
        ),
    ),
    ("intake", of("the address at which bots' webhooks are taken in", &from::HERE)),
    ("inbox", of("what bots have asked for, by how it stands", &from::STORE)),
    (
        "outbox",
        of(
            "for each other system: letters waiting, told, and given up; latency = the mean of those told",
            &from::STORE,
        ),
    ),
    ("store", of("audit records, and what they take on the disk", &from::STORE)),
    (
        "shift",
        of(
            "acceptance = accepted / (accepted + refused + timed out); p50 and p95 by nearest rank; sessions \
             ended / opened; all from the audit log of the last 8 h, by everybody on this store",
            &from::STORE,
        ),
    ),
];

/// The sums in the header and on the wallboard, each with its name there.
pub const SUMS: &[(&str, Figure)] = &[
    ("waiting", of("sessions that wait for an agent, in all queues", &from::SESSIONS)),
    (
        "longest",
        of(
            "now − since when the session waits that waits longest; △ from 1:00, ▲ from 3:00",
            &from::SESSIONS,
        ),
    ),
    ("bot", of("sessions that a bot has", &from::SESSIONS)),
    ("talking", of("sessions with an agent", &from::SESSIONS)),
    (
        "on queue",
        of("agents who are on the queue, each counted once, of whatever queues", &from::AGENTS),
    ),
    ("idle", of("of those, who have nothing to do", &from::AGENTS)),
    (
        "SL",
        of(
            "100 × answered in time / answered, of all queues together, in the current half hour",
            &from::LEVELS,
        ),
    ),
];

/// The requests' of bots.
pub const REQUEST: &[Figure] = &[
    of(
        "proposed: a person answers it; deferred and queued: it is asked or tried again later; handing: it is \
         handed off; done, failed, declined or expired: it has ended",
        &from::ASKED,
    ),
    of("the customer's name, or the start of the session's id", &from::DETAILS),
    of(
        "now − since when the request is here; of one that has ended, until then; △ from 1:00, ▲ from 3:00",
        &from::ASKED,
    ),
    of("the queue in which the bot, or a rule of the configuration, wants it", &from::ASKED),
    of("how sure the bot was, 0 to 1; ▾ below 0.75, where a person is needed", &from::ASKED),
    of("why the bot asks for a person, in its words", &from::ASKED),
    of("how often the bot has asked since", &from::ASKED),
    of(
        "how the customer feels, 0 to 1; ▾ below 0.3, where nothing is handed off by itself",
        &from::ASKED,
    ),
    of("the customer's language, as the bot says", &from::ASKED),
];

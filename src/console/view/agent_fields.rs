//! What agents can be looked for by, in their pane and where one is chosen.

use super::{
    Ctx,
    candidates::scorer,
    fields::{self, Passes},
    words,
};
use crate::{
    domain::{
        agent::{Agent, Presence, RoutingStatus},
        query::{Field, Kind},
    },
    policy::qualification::Need,
};

/// What a status can be: routing's word, and off the queue the agent's own.
const STATUSES: [&str; 14] = {
    let ([idle, busy, ringing, calling, off], own) = (RoutingStatus::WORDS, Presence::WORDS);
    [
        idle, busy, ringing, calling, off, own[0], own[1], own[2], own[3], own[4], own[5], own[6],
        own[7], own[9],
    ]
};

/// The fields.
pub const FIELDS: [Field; 15] = [
    Field::new("name", Kind::Text, "the name").or(&["agent"]),
    Field::new("status", Kind::Text, "idle, interacting, meal, …").or(&["state"]).among(&STATUSES),
    Field::new("presence", Kind::Text, "what the agent says: available, busy, …")
        .among(&Presence::WORDS),
    Field::new("queue", Kind::Text, "a queue that the agent has joined"),
    Field::new("skill", Kind::Text, "a skill").or(&["skills"]),
    Field::new("lang", Kind::Text, "a language").or(&["language", "languages"]).of_language(),
    Field::new("id", Kind::Text, "the id"),
    Field::new("score", Kind::Number, "for the session under the cursor, 0 to 100"),
    Field::new("rank", Kind::Number, "for the session under the cursor, 0 to 100"),
    Field::new("time", Kind::Span { unit: 1_000 }, "how long in this status").or(&["for"]),
    Field::new("held", Kind::Number, "sessions held now").or(&["sessions"]),
    Field::new("capacity", Kind::Number, "sessions that can be held").or(&["places"]),
    Field::new("free", Kind::Number, "places left"),
    Field::new("load", Kind::Number, "taken places, in per cent"),
    Field::new("queues", Kind::Number, "how many queues were joined"),
];

/// True if one of the texts in a field passes.
pub fn text(row: &Agent, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
    match field {
        "name" => fields::text(row.name.as_ref(), passes),
        "status" => {
            let routing = row.routing.as_ref().map(|routing| routing.word());
            passes(words::agent(row).1) || routing.is_some_and(passes)
        }
        "presence" => row.presence.as_ref().is_some_and(|presence| passes(presence.word())),
        "queue" => row.queues.iter().any(|id| fields::queue(id, cx, passes)),
        "skill" => fields::any(row.skills.iter().flatten().map(|skill| &skill.name), passes),
        "lang" => fields::any(row.languages.iter().flatten().map(|lang| &lang.name), passes),
        "id" => row.id.with_str(passes),
        _ => false,
    }
}

/// The number in a field.
pub fn number(row: &Agent, field: &str, cx: &Ctx) -> Option<f64> {
    match field {
        "score" => cx.score(row)?.shown().map(f64::from),
        "rank" => ranked(row, cx),
        "time" => fields::seconds(cx.elapsed(row.since)),
        "held" => fields::count(row.sessions),
        "capacity" => fields::count(row.capacity),
        "free" => fields::count(row.free()),
        "load" => {
            let (held, places) = (row.sessions?, row.capacity.filter(|places| *places > 0)?);
            Some(f64::from(held) * 100.0 / f64::from(places))
        }
        "queues" => u32::try_from(row.queues.len()).ok().map(f64::from),
        _ => None,
    }
}

/// How well the agent ranks for the session under the cursor, if the gate lets them have it.
pub fn ranked(row: &Agent, cx: &Ctx) -> Option<f64> {
    let session = cx.current().filter(|_| cx.score(row).is_some_and(|q| q.verdict.passes()))?;
    scorer(session, cx).score(row, Need::from(session))
}

/// True if a text on the row passes: as the columns have it, but without writing them.
pub fn word(row: &Agent, cx: &Ctx, passes: Passes<'_>) -> bool {
    let named = match &row.name {
        Some(name) => passes(name),
        None => passes(&row.id.short()),
    };
    let (shape, word, _) = words::agent(row);
    named
        || passes(word)
        || passes(shape)
        || text(row, "lang", cx, passes)
        || text(row, "skill", cx, passes)
}

//! What sessions can be looked for by.

use crate::{
    console::view::{
        Ctx,
        deeds::{self, Listener},
        fields::{self, Passes},
        handoffs, words,
    },
    domain::{
        handoff::Stage,
        query::{Field, Kind},
        session::{Session, SessionState},
    },
};

/// A number without a unit is so many seconds.
const SECONDS: Kind = Kind::Span { unit: 1_000 };

/// The fields.
pub const FIELDS: [Field; 21] = [
    Field::new("state", Kind::Text, "waiting, bot, alerting, connected, …")
        .among(&SessionState::WORDS),
    Field::new("queue", Kind::Text, "the queue's name"),
    Field::new("agent", Kind::Text, "the agent's name"),
    Field::new("guest", Kind::Text, "the customer's name").or(&["customer", "name"]),
    Field::new("intent", Kind::Text, "what the bot believes the customer wants"),
    Field::new("handoff", Kind::Text, "how its handoff is doing").among(&Stage::WORDS),
    Field::new("monitor", Kind::Text, "you, or who else listens in").or(&["monitored"]),
    Field::new("lang", Kind::Text, "its language").or(&["language"]).of_language(),
    Field::new("channel", Kind::Text, "webmessaging, whatsapp, …"),
    Field::new("skill", Kind::Text, "a skill that it asks for").or(&["skills"]),
    Field::new("kept", Kind::Text, "here, the machine that keeps it, or no").or(&["beats"]),
    Field::new("marked", Kind::Text, "yes or no").or(&["mark"]).among(&["yes", "no"]),
    Field::new("id", Kind::Text, "its id").or(&["session", "conversation"]),
    Field::new("wait", SECONDS, "how long it has waited, if it waits"),
    Field::new("time", SECONDS, "how long it has been in its state"),
    Field::new("age", SECONDS, "since it began"),
    Field::new("left", SECONDS, "until it ends by itself"),
    Field::new("conf", Kind::Number, "how sure the bot is, 0 to 1").or(&["sure", "confidence"]),
    Field::new("sentiment", Kind::Number, "how the customer feels, 0 to 1").or(&["mood"]),
    Field::new("moves", Kind::Number, "transfers so far").or(&["depth"]),
    Field::new("priority", Kind::Number, "its priority in the routing").or(&["prio"]),
];

/// True if one of the texts in a field passes.
pub fn text(row: &Session, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
    match field {
        "state" => passes(row.state.word()),
        "queue" => row.queue.as_ref().is_some_and(|id| fields::queue(id, cx, passes)),
        "agent" => row.agent.as_ref().is_some_and(|id| fields::agent(id, cx, passes)),
        "guest" => fields::text(row.guest.as_ref(), passes),
        "intent" => fields::text(row.intent.as_ref(), passes),
        "handoff" => cx.handoffs.of(&row.id).is_some_and(|it| passes(it.stage.word())),
        "monitor" => match deeds::listener(row, cx) {
            Some(Listener::Me) => passes("you monitor"),
            Some(Listener::Other(who)) => passes("monitored") || passes(&who),
            None => false,
        },
        "lang" => fields::text(row.language.as_ref().map(|language| &language.name), passes),
        "channel" => fields::text(row.channel.as_ref(), passes),
        "skill" => fields::any(row.skills.iter().map(|skill| &skill.name), passes),
        "kept" => match cx.kept(&row.id) {
            Some(kept) if kept.here => passes("here"),
            Some(kept) => passes(&kept.it.keeper.host.name),
            None => passes("no"),
        },
        "marked" => passes(if cx.marked.contains(&row.id) { "yes" } else { "no" }),
        "id" => row.id.with_str(passes),
        _ => false,
    }
}

/// The number in a field.
#[expect(clippy::cast_precision_loss, reason = "priorities are far below 2^53")]
pub fn number(row: &Session, field: &str, cx: &Ctx) -> Option<f64> {
    let since = |since| fields::seconds(cx.elapsed(since));
    match field {
        "wait" if row.state == SessionState::Waiting => since(row.since),
        "time" => since(row.since),
        "age" => since(row.started),
        "left" => fields::seconds(cx.left(row)),
        "conf" => row.confidence,
        "sentiment" => row.sentiment,
        "moves" => fields::count(row.depth),
        "priority" => row.priority.map(|priority| priority as f64),
        _ => None,
    }
}

/// True if a text on the row passes. As the columns have it, but without writing them: thousands of rows are
/// asked with each letter that is typed.
pub fn word(row: &Session, cx: &Ctx, lent: &mut String, passes: Passes<'_>) -> bool {
    let mut beat = |passes: Passes<'_>| {
        lent.clear();
        super::beats::cell(row, cx, lent);
        passes(lent)
    };
    let guest = match &row.guest {
        Some(guest) => passes(guest),
        None => passes(&row.id.short()),
    };
    guest
        || passes(row.state.word())
        || passes(words::session(row.state).0)
        || text(row, "queue", cx, passes)
        || text(row, "agent", cx, passes)
        || text(row, "lang", cx, passes)
        || text(row, "channel", cx, passes)
        || text(row, "monitor", cx, passes)
        || (cx.kept(&row.id).is_some() && beat(passes))
        || match cx.handoffs.of(&row.id) {
            Some(progress) => {
                lent.clear();
                handoffs::badge(progress, cx, lent);
                passes(lent)
            }
            None => fields::text(row.intent.as_ref(), passes),
        }
}

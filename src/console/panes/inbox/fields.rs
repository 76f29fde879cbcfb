//! What bots' requests can be looked for by.

use crate::{
    console::view::{
        Ctx,
        fields::{self, Passes},
        requests,
    },
    domain::{
        inbox::{Mode, Request, State},
        query::{Field, Kind},
    },
};

/// The fields.
pub const FIELDS: [Field; 15] = [
    Field::new("state", Kind::Text, "proposed, queued, deferred, done, failed, …")
        .among(&State::WORDS),
    Field::new("guest", Kind::Text, "the customer's name").or(&["customer", "name"]),
    Field::new("queue", Kind::Text, "the queue it is wanted in").or(&["wanted"]),
    Field::new("mode", Kind::Text, "auto, propose or off").among(&Mode::WORDS),
    Field::new("reason", Kind::Text, "why a person is asked for").or(&["because"]),
    Field::new("intent", Kind::Text, "what the bot believes the customer wants"),
    Field::new("lang", Kind::Text, "the customer's language").or(&["language"]).of_language(),
    Field::new("skill", Kind::Text, "the skill that it asks for"),
    Field::new("outcome", Kind::Text, "why it is as it is"),
    Field::new("session", Kind::Text, "the session's id").or(&["id", "conversation"]),
    Field::new("wait", Kind::Span { unit: 1_000 }, "how long it waits for a person").or(&["waits"]),
    Field::new("age", Kind::Span { unit: 1_000 }, "how long it waits, or has waited"),
    Field::new("conf", Kind::Number, "how sure the bot was, 0 to 1").or(&["sure", "confidence"]),
    Field::new("sentiment", Kind::Number, "how the customer feels, 0 to 1").or(&["mood"]),
    Field::new("asked", Kind::Number, "how often the bot has asked"),
];

/// True if one of the texts in a field passes.
pub fn text(row: &Request, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
    let plea = &row.plea;
    match field {
        "state" => passes(row.state.word()),
        "guest" => passes(&requests::guest(row, cx)),
        "queue" => row.queue.as_ref().is_some_and(|id| fields::queue(id, cx, passes)),
        "mode" => passes(row.mode.word()),
        // As it is shown: what is masked there can't be found out by looking for it.
        "reason" => passes(&requests::reason(row, cx)),
        "intent" => fields::text(plea.intent.as_ref(), passes),
        "lang" => plea.language().is_some_and(passes),
        "skill" => plea.skill.as_ref().is_some_and(|id| id.with_str(passes)),
        "outcome" => {
            let masked = |reason| cx.handbook.masking.plain(reason);
            row.state.reason().is_some_and(|reason| passes(&masked(reason)))
        }
        "session" => row.session.with_str(passes),
        _ => false,
    }
}

/// The number in a field.
pub fn number(row: &Request, field: &str, cx: &Ctx) -> Option<f64> {
    let waited = || fields::seconds(Some(requests::waited(row, cx)));
    match field {
        "wait" if matches!(row.state, State::Proposed { .. }) => waited(),
        "age" => waited(),
        "conf" => row.plea.confidence,
        "sentiment" => row.plea.sentiment(),
        "asked" => Some(f64::from(row.asked)),
        _ => None,
    }
}

//! What machines make of the talk: bot turns with their confidence, summaries, sentiment.

use serde_json::{Value, json};

use super::conversations::session;
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::stamp::{self, Stamp};
use crate::simulator::world::World;
use crate::simulator::world::sessions::{BotTurn, Session};

/// A turn's place in the listing: newest first, ties by conversation.
type Row<'a> = (&'a Session, &'a BotTurn);

/// The turns of a bot flow, newest first, by cursor.
pub(super) fn turns(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let flow = world
        .flows
        .iter()
        .position(|flow| flow.id == call.parameter(0))
        .ok_or_else(|| Failure::not_found("bot flow"))?;
    let size = call.query.count("pageSize", 50, 250)?;
    let after = call.query.one("after").map(|cursor| cursor.parse::<usize>());
    let after = after
        .transpose()
        .map_err(|_| Failure::new(400, "invalid.query.param.value", "The cursor is not valid"))?
        .unwrap_or(0);
    let interval = match call.query.one("interval") {
        None => None,
        Some(text) => Some(
            stamp::interval(text)
                .ok_or_else(|| Failure::new(400, "invalid.date", "The interval is not valid"))?,
        ),
    };
    let wanted_session = call.query.one("sessionId");
    let results = call.query.list("askActionResults");
    let world = &*world;
    let mut rows: Vec<Row> = world
        .sessions
        .values()
        .filter(|session| {
            session.flow == flow
                && wanted_session.is_none_or(|id| session.participants[1].communication == id)
        })
        .flat_map(|session| session.turns.iter().map(move |turn| (session, turn)))
        .filter(|(_, turn)| interval.is_none_or(|(start, end)| (start..end).contains(&turn.at)))
        .filter(|(_, turn)| results.is_empty() || results.contains(&result(turn)))
        .collect();
    rows.sort_by_key(|(session, turn)| (std::cmp::Reverse(turn.at), session.key));
    let entities: Vec<Value> =
        rows.iter().skip(after).take(size).map(|row| turn_row(*row, world)).collect();
    let rest = call.query.without("after");
    let uri = |cursor: usize| format!("{}?after={cursor}{rest}", call.path);
    let mut listing = json!({"entities": entities, "selfUri": uri(after)});
    if after + size < rows.len() {
        listing["nextUri"] = json!(uri(after + size));
    }
    if after > 0 {
        listing["previousUri"] = json!(uri(after.saturating_sub(size)));
    }
    Answer::ok(&listing)
}

fn result(turn: &BotTurn) -> &'static str {
    if turn.understood { "SuccessCollection" } else { "NoMatchCollection" }
}

fn turn_row((session, turn): Row, world: &World) -> Value {
    let lines = world.cast.lines(session.language);
    let prompts = &world.cast.utterances.bot;
    json!({
        "userInput": lines[turn.input % lines.len()], "botPrompts": [prompts[turn.prompt % prompts.len()]],
        "sessionId": session.participants[1].communication,
        "conversation": {"id": session.id, "selfUri": format!("/api/v2/conversations/{}", session.id)},
        "askAction": {"actionId": "1", "actionName": "Ask for intent", "actionNumber": 1, "actionType": "AskForNLUIntentAction"},
        "intent": {"name": world.cast.floor.intent[session.intent].name, "confidence": turn.confidence, "slots": []},
        "dateCreated": Stamp(turn.at - 1500), "dateCompleted": Stamp(turn.at), "askActionResult": result(turn),
    })
}

/// A summary exists once the bot has heard enough; before that there is none, which is a 404.
pub(super) fn summary_text(session: &Session, world: &World) -> Result<String, Failure> {
    if session.turns.len() < 2 {
        return Err(Failure::not_found("conversation summary"));
    }
    let intent = world.cast.floor.intent[session.intent].name.replace('_', " ");
    let mood = if session.sentiment < -0.25 { "is upset" } else { "is calm" };
    Ok(format!(
        "The customer asks about '{intent}' and {mood}. The assistant asked {} questions; the entry ends in ****21.",
        session.turns.len()
    ))
}

pub(super) fn summaries(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let session = session(call, world)?;
    let text = summary_text(session, world)?;
    let at = session.turns.last().map_or(session.start, |turn| turn.at);
    let summary = |id: &str| {
        json!({
            "id": id, "text": text, "confidence": session.confidence, "status": "Completed", "mediaType": "Message", "language": "en-us",
            "dateCreated": Stamp(at), "reason": {"text": world.cast.floor.intent[session.intent].name, "confidence": session.confidence},
            "participants": [{"id": session.participants[0].id}],
        })
    };
    let mut part = summary(&session.participants[1].id);
    part["communication"] = json!({"id": session.participants[1].communication});
    Answer::ok(&json!({
        "conversation": {"id": session.id, "selfUri": format!("/api/v2/conversations/{}", session.id)},
        "summary": summary(&session.id), "sessionSummaries": [part],
    }))
}

pub(super) fn virtual_agent(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let session = session(call, world)?;
    let text = summary_text(session, world)?;
    let at = session.turns.last().map_or(session.start, |turn| turn.at);
    Answer::ok(&json!({"entities": [{
        "summaryType": "VirtualAgent", "mediaType": "Message", "language": "en-us", "summaryId": session.participants[1].id,
        "sourceId": session.participants[1].communication, "summary": text, "generated": true, "dateCreated": Stamp(at),
        "insights": [{"type": "Reason", "title": world.cast.floor.intent[session.intent].name, "description": text}],
    }]}))
}

/// The scale is the vendor's screens': -100 to 100. Not analysed before the customer said something.
pub(super) fn sentiment(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let session = session(call, world)?;
    if session.utterances.is_empty() {
        return Err(Failure::not_found("conversation analytics"));
    }
    let trend = session.sentiment - session.sentiment_start;
    let class = match trend {
        trend if trend < -0.4 => "Declining",
        trend if trend < -0.1 => "SlightlyDeclining",
        trend if trend <= 0.1 => "NoChange",
        trend if trend <= 0.4 => "SlightlyImproving",
        _ => "Improving",
    };
    Answer::ok(&json!({
        "conversation": {"id": session.id, "selfUri": format!("/api/v2/conversations/{}", session.id)},
        "sentimentScore": (session.sentiment * 100.0).round(), "sentimentTrend": (trend * 100.0).round(), "sentimentTrendClass": class,
        "empathyScores": [], "participantMetrics": {"agentDurationPercentage": 0.0, "customerDurationPercentage": 0.0},
    }))
}

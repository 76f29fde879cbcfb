//! The simulator's own routes: what really happened, what the floor really looks like, and the handles
//! for tests. No token, no faults.

mod bots;
mod guests;
mod persons;

use serde_json::{Map, Value, json};

use crate::simulator::call::{Answer, Call, Failure, tidy};
use crate::simulator::fault::Fault;
use crate::simulator::server::{Stand, lock};
use crate::simulator::stamp::Stamp;
use crate::simulator::world::Scope;
use crate::simulator::world::beats::{Beat, Watch};
use crate::simulator::world::lanes::AlertEnd;
use crate::simulator::world::reroutes::Reroute;
use crate::simulator::world::transfers::{Handoff, Script};

type Fields = Map<String, Value>;

const TRANSCRIPT: &str = "/_simulator/transcript/";
/// An hour at most in one step.
const LONGEST_STEP: i64 = 3_600_000;
/// More than any listing needs to be turned over.
const MOST_EXCHANGES: u64 = 10_000;

pub(crate) fn answer(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/_simulator/ledger") => ledger(stand),
        ("GET", "/_simulator/world") => {
            let dump = lock(&stand.world).dump();
            Answer::ok(&tidy(dump))
        }
        ("POST", "/_simulator/fault") => fault(stand, call),
        ("POST", "/_simulator/answers") => answers(stand, call),
        ("POST", "/_simulator/step") => step(stand, call),
        ("POST", "/_simulator/talk") => talk(stand, call),
        ("POST", "/_simulator/queue") => queue(stand, call),
        ("POST", "/_simulator/persons") => persons::act(stand, call),
        ("POST", "/_simulator/ask") => bots::ask(stand, call),
        ("POST", "/_simulator/cut") => guests::cut(stand, call),
        ("POST", "/_simulator/say") => guests::say(stand, call),
        ("POST", "/_simulator/end") => guests::end(stand, call),
        ("GET", path) if path.starts_with(TRANSCRIPT) => {
            guests::transcript(stand, path.trim_start_matches(TRANSCRIPT))
        }
        ("GET", path) if path.starts_with(bots::PICK) => {
            bots::pick(stand, path.trim_start_matches(bots::PICK))
        }
        _ => Err(Failure::not_found("witness route")),
    }
}

fn ledger(stand: &Stand) -> Result<Answer, Failure> {
    let (handoffs, reroutes, events, beats, deeds) = {
        let world = lock(&stand.world);
        let handoffs: Vec<Value> = world.handoffs.iter().map(handoff).collect();
        let reroutes: Vec<Value> = world.reroutes.iter().map(reroute).collect();
        let beats: Vec<Value> = world.watches.iter().map(watch).collect();
        let deeds: Vec<Value> = world.deeds.iter().map(super::deeds::row).map(tidy).collect();
        (handoffs, reroutes, world.reported.clone(), beats, deeds)
    };
    let (requests, faults, calls) = {
        let ledger = lock(&stand.ledger);
        (ledger.requests(), ledger.faults(), ledger.calls().clone())
    };
    let tokens = lock(&stand.access).issued();
    Answer::ok(&json!({
        "handoffs": handoffs, "reroutes": reroutes, "events": events, "beats": beats, "deeds": deeds, "requests": requests,
        "faults": faults, "calls": calls, "tokens": tokens,
    }))
}

fn handoff(handoff: &Handoff) -> Value {
    let mut row = tidy(json!({
        "at": Stamp(handoff.at), "conversation": handoff.conversation, "participant": handoff.participant, "by": "api",
        "operation": handoff.operation, "from": {"kind": handoff.from.kind, "id": handoff.from.id},
        "to": {"kind": handoff.to.kind, "id": handoff.to.id}, "outcome": handoff.outcome.map(|outcome| outcome.name()),
        "settled": handoff.settled.map(Stamp),
    }));
    // Not tidied: what was sent is told exactly.
    if let Some(context) = &handoff.context {
        row["context"] = context.clone();
    }
    row
}

/// In milliseconds since 1970, for those who measure with them.
fn watch((conversation, watch): (&String, &Watch)) -> Value {
    let beat = |beat: &Beat| {
        json!({
            "at": beat.at, "sequence": beat.sequence, "increases": beat.increases, "program": beat.sender.program,
            "owner": beat.sender.owner,
        })
    };
    let granted = watch.granted.as_ref();
    tidy(json!({
        "conversation": conversation, "opened": granted.map(|grant| grant.opened),
        "silence": granted.map(|grant| grant.silence), "until": granted.map(|grant| grant.until),
        "received": watch.received, "beats": watch.beats.iter().map(beat).collect::<Vec<_>>(),
        "ended": watch.ended.map(|(at, how)| json!({"at": at, "how": how})),
    }))
}

fn reroute(reroute: &Reroute) -> Value {
    json!({
        "at": Stamp(reroute.at), "operation": "reroute", "conversation": reroute.conversation,
        "queue": reroute.queue, "skills": reroute.skills, "priority": reroute.priority,
    })
}

fn fault(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let texts = body
        .get("faults")
        .and_then(Value::as_array)
        .ok_or_else(|| Failure::bad_request("'faults' is required"))?;
    let parse = |text: &Value| {
        text.as_str()
            .unwrap_or_default()
            .parse::<Fault>()
            .map_err(|error| Failure::bad_request(error.to_string()))
    };
    let faults: Vec<Fault> = texts.iter().map(parse).collect::<Result<_, _>>()?;
    let names: Vec<String> = faults.iter().map(Fault::to_string).collect();
    let routes = body.get("routes").and_then(Value::as_array).into_iter().flatten();
    let routes = routes.filter_map(Value::as_str).map(str::to_owned).collect();
    let mut trouble = lock(&stand.trouble);
    (trouble.faults, trouble.routes) = (faults, routes);
    Answer::ok(&json!({"faults": names}))
}

/// Writes down how agents answer the next handoffs.
fn answers(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let read = |value: &Value| {
        let wrong =
            || Failure::bad_request(format!("{value} is not accepted, refused or timed_out"));
        value.as_str().unwrap_or_default().parse::<AlertEnd>().map_err(|()| wrong())
    };
    let next = body.get("next").and_then(Value::as_array).into_iter().flatten().map(read);
    let next = next.collect::<Result<_, _>>()?;
    let always = body.get("always").filter(|value| !value.is_null()).map(read).transpose()?;
    lock(&stand.world).script = Script { next, always };
    Answer::ok(&json!({}))
}

fn step(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let ms = body.get("ms").and_then(Value::as_i64).filter(|ms| (0..=LONGEST_STEP).contains(ms));
    let ms = ms.ok_or_else(|| {
        Failure::bad_request(format!("'ms' must be a number from 0 to {LONGEST_STEP}"))
    })?;
    let mut world = lock(&stand.world);
    world.advance(ms, Scope::Everything);
    Answer::ok(&json!({"now": Stamp(world.now)}))
}

/// Lets customer and server exchange so many messages at once.
fn talk(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let mut world = lock(&stand.world);
    let id = body.get("conversation").and_then(Value::as_str).unwrap_or_default();
    let key = world.session(id).ok_or_else(|| Failure::not_found("conversation"))?;
    let exchanges = body.get("exchanges").and_then(Value::as_u64);
    let exchanges = exchanges.filter(|count| *count <= MOST_EXCHANGES).ok_or_else(|| {
        Failure::bad_request(format!("'exchanges' must be a number from 0 to {MOST_EXCHANGES}"))
    })?;
    for _ in 0..exchanges {
        world.talk(key);
    }
    Answer::ok(&json!({}))
}

/// Pauses a queue, or opens it again.
fn queue(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let mut world = lock(&stand.world);
    let id = body.get("id").and_then(Value::as_str).unwrap_or_default();
    let queue = world.queue(id).ok_or_else(|| Failure::not_found("queue"))?;
    let paused = body.get("paused").and_then(Value::as_bool);
    let paused = paused.ok_or_else(|| Failure::bad_request("'paused' must be true or false"))?;
    world.queues[queue].paused = paused;
    Answer::ok(&json!({}))
}

//! A conversation as the details query writes it: participants, sessions, segments, as of a moment. What
//! came later than that moment is not there yet, for the real index lags too.

use serde_json::{Value, json};

use super::rest_wire;
use crate::simulator::call::tidy;
use crate::simulator::stamp::{Millis, Stamp};
use crate::simulator::world::World;
use crate::simulator::world::participants::{Participant, Purpose, Segment};
use crate::simulator::world::sessions::Session;

/// When something had ended, seen from `as_of`.
pub(super) fn ended(end: Option<Millis>, as_of: Millis) -> Option<Millis> {
    end.filter(|end| *end <= as_of)
}

pub(super) fn conversation(session: &Session, world: &World, as_of: Millis) -> Value {
    let seen = session.participants.iter().filter(|party| party.start <= as_of);
    let participants: Vec<Value> =
        seen.map(|party| participant(session, party, world, as_of)).collect();
    tidy(json!({
        "conversationId": session.id, "conversationStart": Stamp(session.start), "conversationEnd": ended(session.end, as_of).map(Stamp),
        "originatingDirection": "inbound", "conversationInitiator": "customer", "customerParticipation": true,
        "externalTag": session.tag, "divisionIds": [world.division.id], "inactivityTimeout": world.quiet_deadline(session).map(Stamp),
        "participants": participants,
    }))
}

fn participant(session: &Session, party: &Participant, world: &World, as_of: Millis) -> Value {
    json!({
        "participantId": party.id, "participantName": rest_wire::name(session, party, world), "purpose": party.purpose.name(),
        "userId": party.agent.map(|agent| &world.agents[agent].id),
        "sessions": [analytics_session(session, party, world, as_of)],
    })
}

fn analytics_session(
    session: &Session,
    party: &Participant,
    world: &World,
    as_of: Millis,
) -> Value {
    let customer = &session.participants[0].communication;
    let routed = party.queue.map(|_| json!(["Standard"]));
    let used = party.agent.map(|_| if session.manual { "Manual" } else { "Standard" });
    let segments: Vec<Value> = seen(party, as_of)
        .map(|segment| segment_row(session, party, segment, world, as_of))
        .collect();
    json!({
        "sessionId": party.communication, "mediaType": "message", "messageType": session.channel, "direction": "inbound",
        "provider": "PureCloud Messaging", "addressFrom": session.address, "addressTo": world.organization.id, "remote": session.guest,
        "monitoredParticipantId": party.monitors, "peerId": (party.purpose != Purpose::Customer).then_some(customer), "authenticated": false,
        "requestedRoutings": routed, "usedRouting": used, "selectedAgentId": party.agent.map(|agent| &world.agents[agent].id),
        "flow": flow(session, party, world), "metrics": metrics(party, as_of), "segments": segments,
    })
}

fn seen(party: &Participant, as_of: Millis) -> impl Iterator<Item = &Segment> {
    party.segments.iter().filter(move |segment| segment.start <= as_of)
}

fn flow(session: &Session, party: &Participant, world: &World) -> Value {
    if party.purpose != Purpose::Bot {
        return Value::Null;
    }
    let flow = &world.flows[session.flow];
    let language = "en-us";
    json!({
        "flowId": flow.id, "flowName": flow.name, "flowVersion": "4.0", "flowType": flow.kind, "entryType": "flow",
        "entryReason": "Inbound message", "startingLanguage": language, "endingLanguage": language, "outcomes": [],
        "exitReason": party.end.map(|_| "TRANSFER"),
    })
}

fn metrics(party: &Participant, as_of: Millis) -> Vec<Value> {
    let Some(end) = ended(party.end, as_of) else { return Vec::new() };
    let metric =
        |name: &str, value: Millis| json!({"name": name, "value": value, "emitDate": Stamp(end)});
    match (party.purpose, party.connected) {
        (Purpose::Acd, _) => vec![metric("tAcd", end - party.start)],
        (Purpose::Agent, Some(connected)) => {
            vec![metric("tAlert", connected - party.start), metric("tTalk", end - connected)]
        }
        (Purpose::Agent, None) => vec![metric("tNotResponding", end - party.start)],
        (Purpose::Customer | Purpose::Bot | Purpose::Supervisor, _) => Vec::new(),
    }
}

fn segment_row(
    session: &Session,
    party: &Participant,
    segment: &Segment,
    world: &World,
    as_of: Millis,
) -> Value {
    let end = ended(segment.end, as_of);
    let acd = party.purpose == Purpose::Acd;
    let skills: Vec<&String> =
        session.skills.iter().map(|skill| &world.skills[*skill].id).collect();
    json!({
        "segmentStart": Stamp(segment.start), "segmentEnd": end.map(Stamp), "segmentType": segment.kind.analytics(),
        "queueId": party.queue.map(|queue| &world.queues[queue].id), "conference": false,
        "requestedRoutingSkillIds": (acd && !skills.is_empty()).then_some(skills),
        "requestedLanguageId": acd.then(|| &world.languages[session.language].id),
        "disconnectType": end.and(segment.disconnect).map(|disconnect| disconnect.analytics()),
    })
}

//! A conversation as the conversation operations write it: the full view, and the flatter one of messages.
//! Analytics has a third: analytics_wire.

use serde_json::{Value, json};

use super::people_wire;
use crate::simulator::call::tidy;
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::participants::{Participant, Purpose, Segment};
use crate::simulator::world::sessions::Session;
use crate::simulator::world::transfers::{Target, Transfer};

/// The full view, `GET /conversations/{id}`.
pub(super) fn conversation(session: &Session, world: &World) -> Value {
    let participants: Vec<Value> =
        (0..session.participants.len()).map(|index| participant(session, index, world)).collect();
    tidy(json!({
        "id": session.id, "startTime": Stamp(session.start), "endTime": session.end.map(Stamp), "address": session.address,
        "externalTag": session.tag, "inactivityTimeout": world.quiet_deadline(session).map(Stamp), "recordingState": "NONE", "securePause": false,
        "divisions": [{"division": {"id": world.division.id, "selfUri": format!("/api/v2/authorization/divisions/{}", world.division.id)},
                       "entities": []}],
        "recentTransfers": transfers(session, world), "participants": participants,
        "selfUri": format!("/api/v2/conversations/{}", session.id),
    }))
}

/// The flatter view, `GET /conversations/messages/{id}`.
pub(super) fn message_conversation(session: &Session, world: &World) -> Value {
    let participants: Vec<Value> = (0..session.participants.len())
        .map(|index| flat_participant(session, index, world))
        .collect();
    tidy(json!({
        "id": session.id, "inactivityTimeout": world.quiet_deadline(session).map(Stamp), "otherMediaUris": [],
        "recentTransfers": transfers(session, world), "participants": participants,
        "selfUri": format!("/api/v2/conversations/messages/{}", session.id),
    }))
}

fn transfers(session: &Session, world: &World) -> Vec<Value> {
    session.transfers.iter().map(|transfer| transfer_row(transfer, world)).collect()
}

fn transfer_row(transfer: &Transfer, world: &World) -> Value {
    let destination = match transfer.target {
        Target::Agent(agent) => json!({"userId": world.agents[agent].id}),
        Target::Queue(queue) => json!({"address": world.queues[queue].id}),
    };
    json!({
        "id": transfer.id, "state": transfer.progress.name(), "dateIssued": Stamp(transfer.issued), "destination": destination,
        "transferType": "Unattended",
    })
}

/// What a participant is called: customers and agents by name, queues and bots by theirs.
pub(super) fn name<'a>(session: &'a Session, party: &Participant, world: &'a World) -> &'a str {
    match (party.purpose, party.agent, party.queue) {
        (Purpose::Customer, ..) => &session.guest,
        (Purpose::Bot, ..) => &world.flows[session.flow].name,
        (Purpose::Agent | Purpose::Supervisor, Some(agent), _) => &world.agents[agent].name,
        (Purpose::Acd, _, Some(queue)) => &world.queues[queue].name,
        (Purpose::Agent | Purpose::Acd | Purpose::Supervisor, ..) => "unknown",
    }
}

fn kind(party: &Participant) -> &'static str {
    match party.purpose {
        Purpose::Customer => "External",
        Purpose::Bot | Purpose::Acd => "System",
        Purpose::Agent | Purpose::Supervisor => "Internal",
    }
}

fn role(party: &Participant) -> &'static str {
    if party.monitors.is_some() { "monitor" } else { "full" }
}

fn routing_data(session: &Session, party: &Participant, world: &World) -> Value {
    let Some(queue) = party.queue else { return Value::Null };
    let reference =
        |path: &str, id: &str| json!({"id": id, "selfUri": format!("/api/v2/routing/{path}/{id}")});
    let skills: Vec<Value> =
        session.skills.iter().map(|skill| reference("skills", &world.skills[*skill].id)).collect();
    json!({
        "queue": reference("queues", &world.queues[queue].id), "language": reference("languages", &world.languages[session.language].id),
        "priority": session.priority, "skills": skills, "scoredAgents": [],
    })
}

fn wrapup(party: &Participant, world: &World) -> Value {
    let Some(code) = party.wrapup else { return Value::Null };
    json!({"code": world.organization.id, "name": world.cast.floor.wrapups[code], "durationSeconds": 12})
}

/// What was said in the name of one participant.
fn said(session: &Session, index: usize) -> Vec<Value> {
    let own = session.utterances.iter().filter(|utterance| utterance.speaker == index);
    let row = |utterance: &crate::simulator::world::sessions::Utterance| {
        json!({
            "messageId": utterance.id, "messageStatus": if index == 0 { "received" } else { "delivery-success" },
            "messageURI": format!("/api/v2/conversations/messages/{}/messages/{}", session.id, utterance.id),
            "messageSegmentCount": 1, "messageTime": Stamp(utterance.at), "messageMetadata": {"type": "Text", "events": [], "content": []},
        })
    };
    own.map(row).collect()
}

fn segments(segments: &[Segment]) -> Vec<Value> {
    let row = |segment: &Segment| {
        let how = segment.disconnect.map(|disconnect| disconnect.rest());
        json!({"startTime": Stamp(segment.start), "endTime": segment.end.map(Stamp), "type": segment.kind.rest(),
               "howEnded": segment.end.map(|_| "Disconnect"), "disconnectType": how})
    };
    segments.iter().map(row).collect()
}

fn participant(session: &Session, index: usize, world: &World) -> Value {
    let party = &session.participants[index];
    let agent = party.agent.map(|agent| &world.agents[agent]);
    let queue = party.queue.map(|queue| &world.queues[queue]);
    json!({
        "id": party.id, "name": name(session, party, world), "purpose": party.purpose.name(), "participantType": kind(party),
        "startTime": Stamp(party.start), "connectedTime": party.connected.map(Stamp), "endTime": party.end.map(Stamp),
        "userId": agent.map(|agent| &agent.id), "userUri": agent.map(|agent| format!("/api/v2/users/{}", agent.id)),
        "queueId": queue.map(|queue| &queue.id), "queueName": queue.map(|queue| &queue.name),
        "address": (index == 0).then_some(&session.address), "wrapupRequired": agent.is_some(),
        "wrapupPrompt": agent.map(|_| "optional"), "wrapup": wrapup(party, world), "mediaRoles": [role(party)],
        "monitoredParticipantId": party.monitors,
        "alertingTimeoutMs": agent.map(|_| u64::from(world.alerting_seconds(party.queue)) * 1000),
        "attributes": party.attributes, "conversationRoutingData": routing_data(session, party, world),
        "messages": [communication(session, index, world)],
    })
}

fn communication(session: &Session, index: usize, world: &World) -> Value {
    let party = &session.participants[index];
    let outbound = party.purpose != Purpose::Customer;
    let first = if party.alert_start().is_some() { "alerting" } else { "connected" };
    let address =
        |id: &str, name: &str| json!({"name": name, "addressNormalized": id, "addressRaw": id});
    json!({
        "id": party.communication, "state": party.state.name(), "initialState": first, "held": false,
        "direction": if outbound { "outbound" } else { "inbound" }, "type": session.channel, "provider": "PureCloud Messaging",
        "connectedTime": party.connected.map(Stamp), "startAlertingTime": party.alert_start().map(Stamp),
        "disconnectedTime": party.end.map(Stamp), "disconnectType": party.disconnect.map(|disconnect| disconnect.rest()),
        "segments": segments(&party.segments), "authenticated": false,
        "peerId": (index > 0).then(|| &session.participants[0].communication),
        "fromAddress": address(&session.address, &session.guest), "toAddress": address(&world.organization.id, &world.organization.name),
        "queueMediaSettings": party.queue.map(|queue| json!({"alertingTimeoutSeconds": world.queues[queue].alerting_seconds, "enableAutoAnswer": false})),
        "parkTime": park_time(party), "messages": said(session, index),
    })
}

fn park_time(party: &Participant) -> Option<Stamp> {
    use crate::simulator::world::participants::State;
    let last = party.segments.last().filter(|_| party.state == State::Parked)?;
    Some(Stamp(last.start))
}

fn flat_participant(session: &Session, index: usize, world: &World) -> Value {
    let party = &session.participants[index];
    let agent = party.agent.map(|agent| &world.agents[agent]);
    let queue = party.queue.map(|queue| &world.queues[queue]);
    json!({
        "id": party.id, "name": name(session, party, world), "purpose": party.purpose.name(),
        "address": (index == 0).then_some(&session.address), "startTime": Stamp(party.start),
        "startAlertingTime": party.alert_start().map(Stamp), "connectedTime": party.connected.map(Stamp), "endTime": party.end.map(Stamp),
        "state": party.state.name(), "direction": if index == 0 { "inbound" } else { "outbound" },
        "disconnectType": party.disconnect.map(|disconnect| disconnect.rest()), "held": false,
        "wrapupRequired": agent.is_some(), "wrapupPrompt": agent.map(|_| "optional"), "wrapup": wrapup(party, world),
        "mediaRoles": [role(party)], "monitoredParticipantId": party.monitors, "user": agent.map(people_wire::reference),
        "queue": queue.map(|queue| json!({"id": queue.id, "name": queue.name, "selfUri": format!("/api/v2/routing/queues/{}", queue.id)})),
        "attributes": party.attributes, "conversationRoutingData": routing_data(session, party, world),
        "alertingTimeoutMs": agent.map(|_| u64::from(world.alerting_seconds(party.queue)) * 1000),
        "provider": "PureCloud Messaging", "type": session.channel, "authenticated": false, "parkTime": park_time(party),
        "messages": said(session, index),
    })
}

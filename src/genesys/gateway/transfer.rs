//! The four ways to hand a session over, each as its document writes it.
//!
//! ```text
//!  to an agent                                     S0  messaging/conversations/{id}/transfer
//!  to a queue   with skills, perhaps a priority    S2  PUT conversations/messaging/{id}
//!               with attributes, guest or reason   S1  conversations/{id}/actions/transfer, then the reason
//!               with nothing of that               S3  conversations/{id}/participants/{pid}/transfer
//! ```
//! S1 names the guest. Where none is known, a reason alone is not worth a refusal and S3 is taken, but
//! attributes have no other way. What a way can't carry is refused and never left behind unsaid.

use serde_json::{Map, Value, json};

use super::wire::part;
use crate::{
    domain::{
        handoff::{Demands, Step, Target},
        id::{AgentId, QueueId},
        payload::Guest,
    },
    genesys::{Error, Plan, Transfer, Write, error::Kind, transport::Method},
    policy::payload::{MAX_SUMMARY, MAX_VALUE, check_attributes, check_history, fit_summary},
};

/// S0's transfer, in errors.
pub const TO_AGENT: &str = "transfer to an agent";
/// S1's transfer, in errors.
pub const WITH_CONTEXT: &str = "transfer with context";
/// S2's update, in errors.
pub const WITH_SKILLS: &str = "update the routing metadata";
/// S3's transfer, in errors.
pub const BY_PARTICIPANT: &str = "transfer the participant";

/// S0's own word for a handoff that nobody gave a reason for.
const NO_REASON: &str = "skill_based_handoff";
/// S2's own number for a skill that nobody gave a priority.
const PRIORITY: i64 = 1;

/// The requests of a transfer.
pub fn plan(transfer: &Transfer) -> Result<Plan, Error> {
    let queue = match &transfer.target {
        Target::Agent(agent) => return to_agent(transfer, agent),
        Target::Queue(queue) => queue,
    };
    let attributes = !transfer.payload.attributes.is_empty();
    if transfer.demands.routes() {
        return with_skills(transfer, queue);
    }
    let guest = transfer.payload.guest.as_ref().and_then(|guest| Some((guest, guest.id()?)));
    match guest {
        Some(guest) => with_context(transfer, queue, guest),
        None if attributes => {
            let text = "the guest is not known, and this gateway takes attributes with the guest only: give the guest, or hand off without attributes";
            Err(refused(WITH_CONTEXT, text))
        }
        None => Ok(by_participant(transfer, queue)),
    }
}

fn refused(operation: &'static str, why: &str) -> Error {
    Error::new(operation, Kind::Invalid, why)
}

fn moved(how: &'static str, transfer: Write) -> Plan {
    Plan { how, in_place: false, before: Vec::new(), transfer, after: Vec::new() }
}

fn post(operation: &'static str, path: String, body: Value) -> Write {
    Write { step: Step::Transfer, operation, method: Method::Post, path, body, required: true }
}

/// S0: with history and summary.
fn to_agent(transfer: &Transfer, agent: &AgentId) -> Result<Plan, Error> {
    if !transfer.payload.attributes.is_empty() {
        let text = "this gateway takes attributes with a handoff to a queue only";
        return Err(refused(TO_AGENT, text));
    }
    let history = check_history(transfer.payload.history.into())
        .map_err(|error| refused(TO_AGENT, &error.to_string()))?;
    let reason = match transfer.reason.as_str() {
        "" => NO_REASON,
        given => given,
    };
    let path = format!("/api/v2/messaging/conversations/{}/transfer", part(&transfer.session));
    let body = json!({
        "transferTo": {"id": agent, "type": "user"},
        "historySize": history,
        "includeHistory": true,
        "summary": fit_summary(&transfer.summary, MAX_SUMMARY).sent,
        "reason": reason,
    });
    Ok(moved("gateway_transfer", post(TO_AGENT, path, body)))
}

/// S2: the routing as it is to be. Who waits in that queue stays in line.
fn with_skills(transfer: &Transfer, queue: &QueueId) -> Result<Plan, Error> {
    if !transfer.payload.attributes.is_empty() {
        let text = "this gateway carries either skills or a context, not both: leave out the skills and the priority, or the attributes";
        return Err(refused(WITH_SKILLS, text));
    }
    let Demands { skills, language, priority } = &transfer.demands;
    if language.is_some() {
        let text = "this gateway can't be told a language: leave it out, or hand over to an agent";
        return Err(refused(WITH_SKILLS, text));
    }
    // S2 writes a priority beside each skill and nowhere else; with no skill there is no place for it, and
    // the empty list would take away those that the session asks for.
    if skills.is_empty() {
        let text = "this gateway takes a priority with skills only: give the skills as well, or leave out the priority";
        return Err(refused(WITH_SKILLS, text));
    }
    let ids: Option<Vec<_>> = skills.iter().map(|skill| skill.id.as_ref()).collect();
    let ids = ids.ok_or_else(|| refused(WITH_SKILLS, "the id of a skill is not known"))?;
    let priority = priority.unwrap_or(PRIORITY);
    let skills: Vec<Value> =
        ids.into_iter().map(|id| json!({"id": id, "priority": priority})).collect();
    let path = format!("/api/v2/conversations/messaging/{}", part(&transfer.session));
    let body = json!({"routingMetadata": {"queue": {"id": queue}, "skills": skills}});
    let write = Write { method: Method::Put, ..post(WITH_SKILLS, path, body) };
    let in_place = transfer.waits_in.as_ref() == Some(queue);
    Ok(Plan { in_place, ..moved("routing_metadata", write) })
}

/// S1: with the guest as received and what the bot found out; then the reason, for the reports.
fn with_context(
    transfer: &Transfer,
    queue: &QueueId,
    (guest, guest_id): (&Guest, &str),
) -> Result<Plan, Error> {
    let mut attributes = transfer.payload.attributes.clone();
    if !transfer.reason.is_empty() {
        attributes.insert("bot_handoff_reason".into(), cut(&transfer.reason));
    }
    check_attributes(&attributes).map_err(|error| refused(WITH_CONTEXT, &error.to_string()))?;
    let path = format!("/api/v2/conversations/{}/actions/transfer", part(&transfer.session));
    let body = json!({
        "type": "webchat",
        "queueId": queue,
        "customAttributes": attributes.into_iter().map(|(k, v)| (k, v.into())).collect::<Map<_, Value>>(),
        "guestInfo": guest,
    });
    let reason = (!transfer.reason.is_empty()).then(|| reported(transfer, queue, guest_id));
    let after = reason.into_iter().collect();
    Ok(Plan { after, ..moved("actions_transfer", post(WITH_CONTEXT, path, body)) })
}

/// S1's event. Its id is the handoff's, so that sending it twice reports one handoff.
fn reported(transfer: &Transfer, queue: &QueueId, guest: &str) -> Write {
    let body = json!([{
        "id": format!("handoff-{}", transfer.handoff),
        "eventType": "botHandoff",
        "timestamp": format!("{:.3}", transfer.at),
        "eventPayload": {
            "conversationId": transfer.session,
            "handoffReason": transfer.reason,
            "queueId": queue,
            "guestId": guest,
        },
    }]);
    let write = post("report the reason", "/api/v2/analytics/events".into(), body);
    Write { step: Step::Reason, ..write }
}

/// S3: in place of whoever serves the guest now.
fn by_participant(transfer: &Transfer, queue: &QueueId) -> Plan {
    let path = format!(
        "/api/v2/conversations/{}/participants/{}/transfer",
        part(&transfer.session),
        part(&transfer.participant)
    );
    let body = json!({"transfer_type": "queue", "queue_id": queue});
    moved("participant_transfer", post(BY_PARTICIPANT, path, body))
}

/// With a mark where it was cut; the whole is in the audit log and in the report.
fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_VALUE {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_VALUE - 1).collect();
    format!("{kept}…")
}

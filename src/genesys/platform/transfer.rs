//! Moving a session. Every answer is 202 with an empty body: accepted, not done.
//!
//! ```text
//!  to an agent   waits, and its queue allows it   assign
//!                otherwise                        participants/{pid}/replace/agent
//!  to a queue    waits there already              routing/conversations/{id}, in place
//!                otherwise                        participants/{pid}/replace/queue, then the same
//! ```
//! Context goes before, as attributes of the customer's participant, so that flows, scripts and the
//! agent's screen have it when it rings.

use serde_json::{Map, Value, json};

use crate::{
    domain::handoff::{Demands, Target},
    genesys::{Error, Plan, Transfer, Write, error::Kind, transport::Method},
};

/// The attribute that says why a session was handed over (S1's name for it).
const REASON: &str = "bot_handoff_reason";
/// The attribute for a summary that a person has written.
const SUMMARY: &str = "handoff_summary";
/// The most that an attribute holds (SPEC section 7).
const ATTRIBUTE: usize = 256;

/// The requests of a transfer.
pub fn plan(transfer: &Transfer) -> Result<Plan, Error> {
    let Transfer { session, participant, target, .. } = transfer;
    let base = format!("/api/v2/conversations/{session}");
    let replace = format!("{base}/participants/{participant}/replace");
    let before: Vec<Write> = context(transfer).into_iter().collect();
    let moved = |how, operation, path, body| Plan {
        how,
        in_place: false,
        before: before.clone(),
        transfer: post(operation, path, body),
        after: Vec::new(),
    };
    const TO_AGENT: &str = "hand over to an agent";
    Ok(match target {
        // Assigning keeps the routing with the queue; it is only for a session that waits.
        Target::Agent(id) if transfer.assignable => {
            moved("assign", TO_AGENT, format!("{base}/assign"), json!({"id": id}))
        }
        Target::Agent(id) => {
            moved("replace_agent", TO_AGENT, format!("{replace}/agent"), json!({"userId": id}))
        }
        Target::Queue(id) if transfer.waits_in.as_ref() == Some(id) => {
            let transfer = reroute(transfer)?.ok_or_else(same_queue)?;
            Plan { how: "reroute", in_place: true, before, transfer, after: Vec::new() }
        }
        Target::Queue(id) => {
            let path = format!("{replace}/queue");
            let plan = moved("replace_queue", "hand over to a queue", path, json!({"queueId": id}));
            // Skills and priority are not said to carry over: they are set once it waits there.
            Plan { after: reroute(transfer)?.into_iter().collect(), ..plan }
        }
    })
}

fn post(operation: &'static str, path: String, body: Value) -> Write {
    Write { operation, method: Method::Post, path, body, required: true }
}

fn same_queue() -> Error {
    let text =
        "it already waits in that queue: give skills or a priority to change its place there";
    Error::new("hand over to a queue", Kind::Invalid, text)
}

/// What a waiting session is routed by; `None` where nothing is asked for.
fn reroute(transfer: &Transfer) -> Result<Option<Write>, Error> {
    const OPERATION: &str = "change the routing";
    let Demands { skills, language, priority } = &transfer.demands;
    if !transfer.demands.routes() {
        return Ok(None);
    }
    let mut body = Map::new();
    if let Some(priority) = priority {
        body.insert("priority".into(), json!(priority));
    }
    if !skills.is_empty() {
        let ids: Option<Vec<_>> = skills.iter().map(|s| s.id.as_ref()).collect();
        let ids = ids.ok_or_else(|| {
            Error::new(OPERATION, Kind::Invalid, "the id of a skill is not known")
        })?;
        body.insert("skillIds".into(), json!(ids));
    }
    if let Some(id) = language.as_ref().and_then(|l| l.id.as_ref()) {
        body.insert("languageId".into(), json!(id));
    }
    let path = format!("/api/v2/routing/conversations/{}", transfer.session);
    let body = Value::Object(body);
    Ok(Some(Write { operation: OPERATION, method: Method::Patch, path, body, required: true }))
}

/// What the customer's participant is told to carry. Without attributes of the person's own choice it
/// is the reason alone, and not worth a customer's waiting for.
fn context(transfer: &Transfer) -> Option<Write> {
    let customer = transfer.customer.as_ref()?;
    let mut attributes: Map<String, Value> =
        transfer.payload.attributes.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    let summary = transfer.payload.summary.as_ref().filter(|s| s.by_hand && !s.text.is_empty());
    let required = !attributes.is_empty() || summary.is_some();
    if !transfer.reason.is_empty() {
        attributes.insert(REASON.into(), json!(cut(&transfer.reason)));
    }
    if let Some(summary) = summary {
        attributes.insert(SUMMARY.into(), json!(cut(&summary.text)));
    }
    if attributes.is_empty() {
        return None;
    }
    let path =
        format!("/api/v2/conversations/{}/participants/{customer}/attributes", transfer.session);
    let body = json!({ "attributes": attributes });
    Some(Write { operation: "send the context", method: Method::Patch, path, body, required })
}

/// With a mark where it was cut; the whole is in the audit log.
fn cut(text: &str) -> String {
    match text.char_indices().nth(ATTRIBUTE) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(ATTRIBUTE - 1).collect();
            format!("{kept}…")
        }
    }
}

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
    domain::handoff::{Demands, Step, Target},
    genesys::{Error, Plan, Transfer, Write, error::Kind, path::part, transport::Method},
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
    let base = format!("/api/v2/conversations/{}", part(session));
    let replace = format!("{base}/participants/{}/replace", part(participant));
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
            let write = reroute(transfer)?.ok_or_else(same_queue)?;
            let transfer = Write { step: Step::Transfer, ..write };
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
    Write { step: Step::Transfer, operation, method: Method::Post, path, body, required: true }
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
    if let Some(language) = language {
        let id = language.id.as_ref().ok_or_else(|| {
            Error::new(OPERATION, Kind::Invalid, "the id of the language is not known")
        })?;
        body.insert("languageId".into(), json!(id));
    }
    let path = format!("/api/v2/routing/conversations/{}", part(&transfer.session));
    let body = Value::Object(body);
    let (step, method) = (Step::Routing, Method::Patch);
    Ok(Some(Write { step, operation: OPERATION, method, path, body, required: true }))
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
    let (session, customer) = (part(&transfer.session), part(customer));
    let path = format!("/api/v2/conversations/{session}/participants/{customer}/attributes");
    let body = json!({ "attributes": attributes });
    let (step, operation) = (Step::Context, "send the context");
    Some(Write { step, operation, method: Method::Patch, path, body, required })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        payload::{Payload, Summary},
        session::{Language, Requirement},
    };

    const CONVERSATION: &str = "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c";

    fn transfer(target: Target) -> Transfer {
        Transfer {
            handoff: "handoff".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            session: CONVERSATION.into(),
            participant: "pid".into(),
            customer: Some("guest".into()),
            target,
            waits_in: None,
            assignable: false,
            demands: Demands::default(),
            payload: Payload::default(),
            summary: String::new(),
            reason: "".into(),
        }
    }

    /// Each request as a line, and its body.
    fn wire(transfer: &Transfer) -> Vec<(String, Value)> {
        let plan = plan(transfer).unwrap();
        plan.writes().map(|w| (format!("{} {}", w.method.name(), w.path), w.body.clone())).collect()
    }

    fn path(rest: &str) -> String {
        format!("/api/v2/conversations/{CONVERSATION}{rest}")
    }

    #[test]
    fn an_agent_is_put_in_the_place_of_whoever_holds_it() {
        let sent = wire(&transfer(Target::Agent("ada".into())));
        let line = format!("POST {}", path("/participants/pid/replace/agent"));
        assert_eq!(sent, [(line, json!({"userId": "ada"}))]);
    }

    #[test]
    fn who_waits_where_that_is_allowed_is_assigned() {
        let order = transfer(Target::Agent("ada".into()));
        let sent = wire(&Transfer { assignable: true, waits_in: Some("q".into()), ..order });
        assert_eq!(sent, [(format!("POST {}", path("/assign")), json!({"id": "ada"}))]);
    }

    #[test]
    fn a_queue_is_told_the_language_too() {
        let language =
            |id: Option<&str>| Language { id: id.map(Into::into), name: "German".into() };
        let of = |id| Transfer {
            demands: Demands { language: Some(language(id)), ..Demands::default() },
            ..transfer(Target::Queue("q2".into()))
        };
        assert_eq!(wire(&of(Some("l1")))[1].1, json!({"languageId": "l1"}));
        let error = plan(&of(None)).unwrap_err();
        assert!(error.message.contains("id of the language"), "{}", error.message);
    }

    #[test]
    fn context_goes_before_a_move_to_a_queue_and_routing_after_it() {
        let payload = Payload {
            attributes: [("order".into(), "4711".into())].into(),
            summary: Some(Summary { text: "wants a refund".into(), by_hand: true }),
            ..Payload::default()
        };
        let skills = vec![Requirement { id: Some("s1".into()), name: "billing".into() }];
        let demands = Demands { skills, language: None, priority: Some(5) };
        let order = transfer(Target::Queue("q2".into()));
        let sent = wire(&Transfer { payload, demands, reason: "a dispute".into(), ..order });
        let attributes = json!({
            "bot_handoff_reason": "a dispute", "handoff_summary": "wants a refund", "order": "4711",
        });
        assert_eq!(
            sent,
            [
                (
                    format!("PATCH {}", path("/participants/guest/attributes")),
                    json!({"attributes": attributes})
                ),
                (
                    format!("POST {}", path("/participants/pid/replace/queue")),
                    json!({"queueId": "q2"})
                ),
                (
                    format!("PATCH /api/v2/routing/conversations/{CONVERSATION}"),
                    json!({"priority": 5, "skillIds": ["s1"]})
                ),
            ]
        );
    }

    #[test]
    fn in_its_own_queue_only_the_routing_changes_and_needs_something_to_change_to() {
        let order = transfer(Target::Queue("q".into()));
        let order = Transfer { waits_in: Some("q".into()), ..order };
        assert_eq!(plan(&order).unwrap_err().kind, Kind::Invalid);
        let demands = Demands { priority: Some(-3), ..Demands::default() };
        let order = Transfer { demands, ..order };
        assert!(plan(&order).unwrap().in_place);
        let line = format!("PATCH /api/v2/routing/conversations/{CONVERSATION}");
        assert_eq!(wire(&order), [(line, json!({"priority": -3}))]);
    }

    #[test]
    fn a_reason_alone_is_not_worth_a_customers_waiting() {
        let order = transfer(Target::Agent("ada".into()));
        let order = Transfer { reason: "a dispute".into(), ..order };
        assert!(!plan(&order).unwrap().before[0].required);
        let attributes = [("order".into(), "4711".into())].into();
        let payload = Payload { attributes, ..Payload::default() };
        assert!(plan(&Transfer { payload, ..order }).unwrap().before[0].required);
    }

    #[test]
    fn what_is_too_long_for_an_attribute_is_cut_with_a_mark() {
        assert_eq!(cut(&"é".repeat(256)), "é".repeat(256));
        let long = cut(&"é".repeat(257));
        assert_eq!((long.chars().count(), long.ends_with('…')), (256, true));
    }
}

//! What would be sent, held against the bodies that the documents show. Nothing is sent here.

use std::collections::BTreeMap;

use floorwalker::{
    domain::{
        handoff::{Demands, Target},
        payload::{Guest, Payload},
        session::{Language, Requirement},
    },
    genesys::{
        Dialect, Error, Genesys, Plan, Transfer, Write, auth,
        client::Settings,
        error::Kind,
        org::Org,
        retry::Policy,
        transport::{Http, Method},
    },
};
use serde_json::{Value, json};

const CONVERSATION: &str = "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c";
const AGENT: &str = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";
const QUEUE: &str = "billing-support-queue-id";

fn plan(transfer: &Transfer) -> Result<Plan, Error> {
    let client = auth::Client {
        token_url: "http://127.0.0.1:9/oauth/token".into(),
        id: "id".into(),
        secret: "secret".into(),
    };
    let settings = Settings {
        base_url: "http://127.0.0.1:9".into(),
        client,
        allowed: 300,
        retry: Policy::default(),
        timeout: std::time::Duration::from_secs(15),
        token_timeout: std::time::Duration::from_secs(10),
    };
    Org::new(Dialect::Gateway, Http::new().unwrap(), settings).plan(transfer)
}

fn transfer(target: Target) -> Transfer {
    Transfer {
        handoff: "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c".into(),
        at: "2024-05-20T14:32:10Z".parse().unwrap(),
        session: CONVERSATION.into(),
        participant: "participant-1".into(),
        customer: None,
        target,
        waits_in: None,
        assignable: true,
        demands: Demands::default(),
        payload: Payload::default(),
        summary: String::new(),
        reason: "".into(),
    }
}

fn to_agent() -> Transfer {
    transfer(Target::Agent(AGENT.into()))
}

fn to_queue() -> Transfer {
    transfer(Target::Queue(QUEUE.into()))
}

fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn guest() -> Guest {
    let fields = json!({
        "id": "guest-8842-xyz", "name": "Jane Doe", "email": "jane.doe@example.com",
    });
    serde_json::from_value(fields).unwrap()
}

fn skill(id: &str) -> Requirement {
    Requirement { id: Some(id.into()), name: id.into() }
}

/// That a request is exactly this one.
fn assert_is(write: &Write, method: Method, path: &str, body: &Value) {
    assert_eq!((write.method, write.path.as_str()), (method, path));
    assert_eq!(write.body, *body);
}

fn refusal(transfer: &Transfer) -> String {
    let error = plan(transfer).expect_err("a refusal");
    assert_eq!(error.kind, Kind::Invalid);
    error.message.to_string()
}

#[test]
fn an_agent_is_handed_history_and_summary() {
    let plan = plan(&Transfer {
        summary: "Customer escalated billing inquiry. Requires premium tier support.".into(),
        ..to_agent()
    })
    .unwrap();
    let path = format!("/api/v2/messaging/conversations/{CONVERSATION}/transfer");
    let body = json!({
        "transferTo": { "id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "type": "user" },
        "historySize": 150,
        "includeHistory": true,
        "summary": "Customer escalated billing inquiry. Requires premium tier support.",
        "reason": "skill_based_handoff"
    });
    assert_is(&plan.transfer, Method::Post, &path, &body);
    assert_eq!((plan.how, plan.in_place), ("gateway_transfer", false));
    assert_eq!(plan.writes().count(), 1);
}

#[test]
fn an_agent_is_told_the_reason_and_a_summary_that_fits() {
    let mut order = Transfer { reason: "angry customer".into(), ..to_agent() };
    order.payload.history = 500;
    let body = plan(&order).unwrap().transfer.body;
    assert_eq!((&body["reason"], &body["historySize"]), (&json!("angry customer"), &json!(500)));
    assert_eq!(body["summary"], "Automated context summary");
    order.summary = "\u{1}".repeat(600_000);
    let body = plan(&order).unwrap().transfer.body;
    assert!(body.to_string().len() < 512_000);
    assert!(body["summary"].as_str().unwrap().ends_with("[…]"));
    order.payload.history = 501;
    let text = "History size 501 exceeds gateway limits. Must be between 1 and 500.";
    assert_eq!(refusal(&order), text);
    order.payload = Payload { attributes: attributes(&[("a", "b")]), ..Payload::default() };
    assert!(refusal(&order).contains("to a queue only"));
}

#[test]
fn a_queue_is_handed_the_context_and_the_guest_and_the_reason_is_reported() {
    let mut order = Transfer { reason: "complex_billing_dispute".into(), ..to_queue() };
    order.payload.attributes = attributes(&[
        ("attempted_resolution", "refund_policy_explained"),
        ("sentiment_score", "0.32"),
        ("preferred_language", "en-US"),
    ]);
    order.payload.guest = Some(guest());
    let plan = plan(&order).unwrap();
    let path = format!("/api/v2/conversations/{CONVERSATION}/actions/transfer");
    let body = json!({
        "type": "webchat",
        "queueId": "billing-support-queue-id",
        "customAttributes": {
            "attempted_resolution": "refund_policy_explained",
            "sentiment_score": "0.32",
            "preferred_language": "en-US",
            "bot_handoff_reason": "complex_billing_dispute"
        },
        "guestInfo": {
            "id": "guest-8842-xyz", "name": "Jane Doe", "email": "jane.doe@example.com"
        }
    });
    assert_is(&plan.transfer, Method::Post, &path, &body);
    assert_eq!((plan.how, plan.before.len(), plan.after.len()), ("actions_transfer", 0, 1));
    let event = json!([{
        "id": "handoff-0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c",
        "eventType": "botHandoff",
        "timestamp": "2024-05-20T14:32:10.000Z",
        "eventPayload": {
            "conversationId": CONVERSATION,
            "handoffReason": "complex_billing_dispute",
            "queueId": "billing-support-queue-id",
            "guestId": "guest-8842-xyz",
        },
    }]);
    assert_is(&plan.after[0], Method::Post, "/api/v2/analytics/events", &event);
}

#[test]
fn the_guest_travels_field_by_field_as_it_was_received() {
    let odd = json!({"id": "g", "externalId": "crm-7", "email": null, "tags": [1, {"a": true}]});
    let mut order = to_queue();
    order.payload.guest = Some(serde_json::from_value(odd.clone()).unwrap());
    let plan = plan(&order).unwrap();
    assert_eq!(plan.transfer.body["guestInfo"], odd);
    assert_eq!(plan.transfer.body["customAttributes"], json!({}), "no reason, no attribute");
    assert_eq!(plan.after, [], "and nothing to report");
}

#[test]
fn attributes_are_not_handed_on_without_the_guest_and_no_more_than_fifty() {
    let mut order = to_queue();
    order.payload.attributes = attributes(&[("a", "b")]);
    assert!(refusal(&order).contains("the guest is not known"));
    order.payload.guest = serde_json::from_value(json!({"name": "without an id"})).unwrap();
    assert!(refusal(&order).contains("the guest is not known"));
    order.payload.guest = Some(guest());
    order.payload.attributes = (0..50).map(|n| (n.to_string(), String::new())).collect();
    assert!(plan(&order).is_ok());
    order.reason = "one more".into();
    assert_eq!(refusal(&order), "51 attributes exceed the limit of 50");
    order.payload.attributes.clear();
    order.reason = "é".repeat(300).as_str().into();
    let body = plan(&order).unwrap().transfer.body;
    let reason = body["customAttributes"]["bot_handoff_reason"].as_str().unwrap();
    assert_eq!((reason.chars().count(), reason.ends_with('…')), (256, true));
}

#[test]
fn a_queue_is_told_the_skills_by_the_routing_metadata() {
    let mut order = to_queue();
    order.demands.skills = vec![skill("handoff-skill-id")];
    let first = plan(&order).unwrap();
    let path = format!("/api/v2/conversations/messaging/{CONVERSATION}");
    let body = json!({
        "routingMetadata": {
            "queue": { "id": QUEUE },
            "skills": [{ "id": "handoff-skill-id", "priority": 1 }]
        }
    });
    assert_is(&first.transfer, Method::Put, &path, &body);
    assert_eq!((first.how, first.in_place), ("routing_metadata", false));
    order.demands.priority = Some(7);
    order.waits_in = Some(QUEUE.into());
    let again = plan(&order).unwrap();
    let skills = &again.transfer.body["routingMetadata"]["skills"];
    assert_eq!(*skills, json!([{"id": "handoff-skill-id", "priority": 7}]));
    assert!(again.in_place, "it waits there already");
    order.waits_in = Some("another".into());
    assert!(!plan(&order).unwrap().in_place);
}

#[test]
fn a_priority_without_a_skill_is_refused_for_the_body_has_no_place_for_it() {
    let mut order = to_queue();
    order.demands.priority = Some(7);
    for waits_in in [None, Some(QUEUE.into())] {
        order.waits_in = waits_in;
        assert!(refusal(&order).contains("takes a priority with skills only"));
    }
    order.demands.skills = vec![skill("a"), skill("b")];
    let body = plan(&order).unwrap().transfer.body;
    let skills = json!([{"id": "a", "priority": 7}, {"id": "b", "priority": 7}]);
    assert_eq!(body, json!({"routingMetadata": {"queue": {"id": QUEUE}, "skills": skills}}));
}

#[test]
fn a_language_is_refused_for_the_body_has_no_place_for_it() {
    let mut order = to_queue();
    order.demands.language = Some(Language { id: Some("de-DE".into()), name: "German".into() });
    assert!(refusal(&order).contains("can't be told a language"));
    order.demands.skills = vec![skill("a")];
    assert!(refusal(&order).contains("can't be told a language"));
}

#[test]
fn skills_and_context_do_not_go_together() {
    let mut order = to_queue();
    order.demands.skills = vec![skill("s")];
    order.payload.attributes = attributes(&[("a", "b")]);
    order.payload.guest = Some(guest());
    assert!(refusal(&order).contains("either skills or a context, not both"));
    order.payload.attributes.clear();
    assert_eq!(plan(&order).unwrap().how, "routing_metadata");
    order.demands.skills = vec![Requirement { id: None, name: "billing".into() }];
    assert_eq!(refusal(&order), "the id of a skill is not known");
}

#[test]
fn with_nothing_to_tell_the_participant_is_transferred() {
    let plain = plan(&to_queue()).unwrap();
    let path = format!("/api/v2/conversations/{CONVERSATION}/participants/participant-1/transfer");
    let body = json!({"transfer_type": "queue", "queue_id": QUEUE});
    assert_is(&plain.transfer, Method::Post, &path, &body);
    assert_eq!((plain.how, plain.writes().count()), ("participant_transfer", 1));
    let reason = Transfer { reason: "why".into(), ..to_queue() };
    let how = plan(&reason).unwrap().how;
    assert_eq!(how, "participant_transfer", "a reason alone is not worth a refusal");
}

#[test]
fn a_conversation_is_named_as_it_was_given() {
    let shouted = CONVERSATION.to_uppercase();
    let order = Transfer { session: shouted.as_str().into(), ..to_queue() };
    assert!(plan(&order).unwrap().transfer.path.contains(&shouted));
}

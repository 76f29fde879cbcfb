//! What is decided on calls, and what their callers are told.

use jiff::Timestamp;

use super::*;
use crate::domain::id::RequestId;

fn said(said: Said) -> Asked {
    let route = match said {
        Said::Handoff { .. } => Route::BotHandoff,
        Said::Turn { .. } => Route::Messaging,
    };
    Asked { key: [0; 32], digest: [0; 32], route, session: "c".into(), said }
}

fn turned(intent: Value) -> Asked {
    said(Said::Turn { event: None, intent: Some(intent), text: Some("hm".into()) })
}

fn handoff(reason: &str) -> Asked {
    let (guest, attributes) = Default::default();
    said(Said::Handoff { reason: reason.into(), guest, attributes })
}

fn rules() -> Rules {
    Rules {
        queue: Some("general".into()),
        routes: BTreeMap::from([("refund".into(), "billing".into())]),
        modes: HashMap::from([("billing".into(), Mode::Auto)]),
        ..Rules::default()
    }
}

fn request(mode: Mode, state: State) -> Request {
    Request {
        id: RequestId::from("r"),
        session: "c".into(),
        route: Route::Messaging,
        received: Timestamp::UNIX_EPOCH,
        heard: Timestamp::UNIX_EPOCH,
        asked: 1,
        queue: Some("q".into()),
        mode,
        plea: Plea { reason: "unsure".into(), skill: Some("s".into()), ..Plea::default() },
        state,
        since: Timestamp::UNIX_EPOCH,
        expires: Timestamp::UNIX_EPOCH,
        tries: 0,
    }
}

#[test]
fn a_bot_that_is_sure_goes_on() {
    let sure = turned(json!({"intent": "refund", "confidence": 0.75}));
    let Verdict::Continue { answer } = decide(&sure, &rules(), &Thresholds::default()) else {
        panic!("it asks for a person");
    };
    let body = r#"{"status":"bot_continuing","decision":"Intent 'refund' confidence 0.75 meets threshold"}"#;
    let same: Value = serde_json::from_str(body).unwrap();
    assert_eq!((answer.status, serde_json::from_str::<Value>(&answer.body).unwrap()), (200, same));
}

#[test]
fn intent_and_reason_choose_the_queue_and_that_who_decides() {
    let verdict = |asked: &Asked| match decide(asked, &rules(), &Thresholds::default()) {
        Verdict::Ask { queue, mode, plea } => (queue.unwrap().to_string(), mode, *plea),
        Verdict::Continue { .. } => panic!("the bot goes on"),
    };
    let (queue, mode, plea) = verdict(&turned(json!({"intent": "refund", "confidence": "0.6"})));
    assert_eq!((queue.as_str(), mode), ("billing", Mode::Auto));
    assert_eq!(&*plea.reason, "Intent 'refund' confidence 0.6 is below threshold 0.75");
    assert_eq!((plea.confidence, plea.threshold), (Some(0.6), Some(0.75)));
    assert_eq!(plea.text.as_deref(), Some("hm"));
    let (queue, mode, plea) = verdict(&turned(json!({})));
    assert_eq!((queue.as_str(), mode), ("general", Mode::Propose));
    assert_eq!(&*plea.reason, "Intent 'unknown' confidence 0 is below threshold 0.75");
    let (queue, _, plea) = verdict(&turned(json!({"confidence": 7})));
    assert_eq!((queue.as_str(), plea.confidence, plea.warning.is_some()), ("general", None, true));
    assert_eq!(verdict(&handoff("refund")).0, "billing");
    assert_eq!(verdict(&handoff("complex")).0, "general");
}

#[test]
fn a_queue_of_its_own_threshold_counts() {
    let thresholds =
        Thresholds { queues: HashMap::from([("billing".into(), 0.9)]), ..Thresholds::default() };
    let unsure = turned(json!({"intent": "refund", "confidence": 0.8}));
    assert!(matches!(decide(&unsure, &rules(), &thresholds), Verdict::Ask { .. }));
}

#[test]
fn a_new_request_stands_as_its_queue_wants() {
    let queue = QueueId::from("q");
    assert_eq!(first_state(Some(&queue), Mode::Auto), State::Queued);
    assert_eq!(first_state(Some(&queue), Mode::Propose), State::Proposed { because: None });
    assert!(matches!(first_state(Some(&queue), Mode::Off), State::Declined { .. }));
    let State::Proposed { because } = first_state(None, Mode::Auto) else { panic!() };
    assert!(because.unwrap().contains("names no queue"));
}

#[test]
fn each_route_is_answered_in_its_own_words() {
    let told = |route, mode, state| {
        let answer = reply(route, &request(mode, state), 5).unwrap();
        (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap(), answer.retry_after)
    };
    let (bot, messaging) = (Route::BotHandoff, Route::Messaging);
    let done = || State::Done { handoff: "h".into() };
    assert_eq!(told(bot, Mode::Auto, done()), (200, json!({"status": "success"}), None));
    let metadata = json!({"queue": {"id": "q"}, "skills": [{"id": "s", "priority": 1}]});
    let initiated = json!({"status": "handoff_initiated", "routingMetadata": metadata});
    assert_eq!(told(messaging, Mode::Auto, done()), (200, initiated, None));
    let proposed = || State::Proposed { because: None };
    let body = json!({"status": "proposed", "id": "r"});
    assert_eq!(told(bot, Mode::Propose, proposed()), (202, body, None));
    let body = json!({"status": "handoff_proposed", "id": "r"});
    assert_eq!(told(messaging, Mode::Propose, proposed()), (202, body, None));
    let failed = || State::Failed { reason: "why".into() };
    let body = json!({"status": "error", "message": "why"});
    assert_eq!(told(bot, Mode::Auto, failed()), (500, body, None));
    let body = json!({"error": "Internal processing error", "message": "why"});
    assert_eq!(told(messaging, Mode::Auto, failed()), (500, body, None));
    let full = || State::Deferred { until: Timestamp::UNIX_EPOCH, because: AT_CAPACITY.into() };
    let body = json!({"status": "error", "message": AT_CAPACITY});
    assert_eq!(told(bot, Mode::Auto, full()), (503, body, Some(5)));
    assert_eq!(told(bot, Mode::Propose, full()).0, 202);
    let off = || State::Declined { reason: "off".into() };
    let body = json!({"status": "bot_continuing", "decision": "unsure; off"});
    assert_eq!(told(messaging, Mode::Off, off()), (200, body, None));
    assert_eq!(told(bot, Mode::Off, off()).0, 500);
    assert_eq!(told(bot, Mode::Propose, State::Expired { because: None }).0, 500);
    assert_eq!(reply(bot, &request(Mode::Auto, State::Queued), 5), None);
}

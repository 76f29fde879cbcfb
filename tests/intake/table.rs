//! Every request of SPEC section 10 against both routes: status, body, what was stored, what was sent.

use floorwalker::domain::inbox::Mode;
use serde_json::{Value, json};

use crate::hall::{BOT_HANDOFF, Hall, JSON, MESSAGING, Told, bot_handoff, turn};

/// One request, and what is told.
struct Row {
    what: &'static str,
    path: &'static str,
    headers: Vec<String>,
    body: Vec<u8>,
    status: u16,
    /// A part of the answer.
    says: &'static str,
}

fn row(
    what: &'static str,
    path: &'static str,
    body: impl Into<Vec<u8>>,
    (status, says): (u16, &'static str),
) -> Row {
    Row { what, path, headers: vec![JSON.into()], body: body.into(), status, says }
}

fn without(mut body: Value, field: &str) -> String {
    body.as_object_mut().unwrap().remove(field);
    body.to_string()
}

fn with(mut body: Value, field: &str, value: Value) -> String {
    body[field] = value;
    body.to_string()
}

const ID: &str = "11111111-2222-4333-8444-555555555555";

/// What is refused, on the first route.
fn refused_handoffs() -> Vec<Row> {
    let s1 = || bot_handoff(&ID.into());
    let of = |what, body: String, told| row(what, BOT_HANDOFF, body, told);
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let wide = |n: usize| json!(vec!["x"; n]).to_string();
    let many: Value =
        (0..51).map(|i| (i.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    vec![
        of("no object", "[]".into(), (400, "Invalid payload structure: expected object")),
        of("a text", "\"hi\"".into(), (400, "Invalid payload structure: expected object")),
        of("null", "null".into(), (400, "Invalid payload structure: expected object")),
        of("nothing of it", "{}".into(), (400, "Missing required field: conversationId")),
        of(
            "all but the first",
            without(s1(), "conversationId"),
            (400, "Missing required field: conversationId"),
        ),
        of("no guest", without(s1(), "guestInfo"), (400, "Missing required field: guestInfo")),
        of(
            "no reason",
            without(s1(), "handoffReason"),
            (400, "Missing required field: handoffReason"),
        ),
        of(
            "no context",
            without(s1(), "customContext"),
            (400, "Missing required field: customContext"),
        ),
        of(
            "the first that is missing is named",
            json!({"customContext": {}, "conversationId": ID}).to_string(),
            (400, "Missing required field: guestInfo"),
        ),
        of(
            "no UUID",
            with(s1(), "conversationId", json!("chat-1")),
            (400, "Invalid conversation ID format: chat-1"),
        ),
        of(
            "an id that is a number",
            with(s1(), "conversationId", json!(7)),
            (400, "conversationId must be"),
        ),
        of(
            "a guest that is a text",
            with(s1(), "guestInfo", json!("Avery")),
            (400, "guestInfo must be"),
        ),
        of(
            "too large a guest",
            with(s1(), "guestInfo", json!({"id": "x".repeat(16_384)})),
            (400, "guestInfo has"),
        ),
        of(
            "a reason that is a list",
            with(s1(), "handoffReason", json!([])),
            (400, "handoffReason must be"),
        ),
        of(
            "a context that is a list",
            with(s1(), "customContext", json!([])),
            (400, "customContext must be"),
        ),
        of(
            "a context within a context",
            with(s1(), "customContext", json!({"a": {"b": 1}})),
            (400, "customContext.a must be"),
        ),
        of("too many attributes", with(s1(), "customContext", many), (400, "51 attributes exceed")),
        of(
            "too long an attribute",
            with(s1(), "customContext", json!({"a": "x".repeat(257)})),
            (400, "257"),
        ),
        of("no JSON", "{".into(), (400, "Invalid JSON")),
        of("empty", String::new(), (400, "Invalid JSON")),
        of("two of them", format!("{} {}", s1(), s1()), (400, "Invalid JSON: trailing")),
        of(
            "two conversations in one",
            s1().to_string().replacen('{', &format!("{{\"conversationId\":\"{ID}\","), 1),
            (400, "a key is given twice"),
        ),
        of("1e400", "{\"conversationId\":1e400}".into(), (400, "out of range")),
        of("deep nesting", deep, (400, "levels of nesting")),
        of("a long list", wide(100_000), (400, "expected object")),
        row(
            "no UTF-8",
            BOT_HANDOFF,
            b"{\"conversationId\":\"\xff\"}".as_slice(),
            (400, "Invalid JSON"),
        ),
        row("512,001 bytes", BOT_HANDOFF, vec![b' '; 512_001], (413, "512000")),
        row("512,000 bytes of nothing", BOT_HANDOFF, vec![b' '; 512_000], (400, "Invalid JSON")),
    ]
}

/// What is refused, on the second.
fn refused_turns() -> Vec<Row> {
    let s2 = || turn(&ID.into(), 0.5);
    let of = |what, body: String, told| row(what, MESSAGING, body, told);
    vec![
        of("no object", "7".into(), (400, "Invalid payload structure: expected object")),
        of(
            "no id",
            without(s2(), "conversationId"),
            (400, "Missing required field: conversationId"),
        ),
        of(
            "no UUID",
            with(s2(), "conversationId", json!("x")),
            (400, "Invalid conversation ID format: x"),
        ),
        of(
            "an intent that is a text",
            with(s2(), "intent", json!("refund")),
            (400, "intent must be"),
        ),
        of(
            "an intent without a name",
            with(s2(), "intent", json!({"intent": 7})),
            (400, "intent.intent"),
        ),
        of(
            "too large an intent",
            with(s2(), "intent", json!({"x": "y".repeat(5_000)})),
            (400, "intent has"),
        ),
        of("an event that is a number", with(s2(), "event", json!(1)), (400, "event must be")),
        of("a text that is a list", with(s2(), "text", json!([])), (400, "text must be")),
        of(
            "confidence twice",
            s2().to_string().replace("\"confidence\"", "\"confidence\":1,\"confidence\""),
            (400, "given twice"),
        ),
        row("too long", MESSAGING, vec![b' '; 512_001], (413, "512000")),
    ]
}

fn odd_ways() -> Vec<Row> {
    let body = || bot_handoff(&ID.into()).to_string().into_bytes();
    let typed = |what, headers: &[&str], told| Row {
        headers: headers.iter().map(|h| (*h).to_owned()).collect(),
        ..row(what, BOT_HANDOFF, body(), told)
    };
    vec![
        typed("no type", &[], (415, "application/json")),
        typed(
            "a form",
            &["content-type: application/x-www-form-urlencoded"],
            (415, "application/json"),
        ),
        typed("text", &["content-type: text/plain; x=application/json"], (415, "application/json")),
        typed("compressed", &[JSON, "content-encoding: gzip"], (415, "not compressed")),
        typed("an empty id", &[JSON, "webhook-id:"], (400, "webhook-id")),
        row("nowhere", "/webhooks", body(), (404, "nothing here")),
        row("a slash too many", "/webhooks/bot-handoff/", body(), (404, "nothing here")),
    ]
}

async fn check(hall: &Hall, rows: Vec<Row>) {
    for row in rows {
        let headers: Vec<&str> = row.headers.iter().map(String::as_str).collect();
        let told = hall.call("POST", row.path, &headers, &row.body).await;
        let (what, path) = (row.what, row.path);
        assert_eq!(
            (told.status, told.body.contains(row.says)),
            (row.status, true),
            "{what} at {path}: {told:?}"
        );
        if path != "/webhooks" && told.status != 404 {
            let shape = told.json();
            let key = if path == MESSAGING { "error" } else { "status" };
            assert!(shape[key].is_string() && shape["message"].is_string(), "{what}: {told:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_refused_by_name_and_leaves_nothing_behind() {
    let mut hall = Hall::open(Mode::Auto).await;
    check(&hall, refused_handoffs()).await;
    check(&hall, refused_turns()).await;
    check(&hall, odd_ways()).await;
    for path in [BOT_HANDOFF, MESSAGING] {
        for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
            let told = hall.call(method, path, &[], b"").await;
            assert_eq!((told.status, told.header("allow")), (405, Some("POST")), "{method} {path}");
        }
    }
    let told = hall.call("POST", "/healthz", &[], b"").await;
    assert_eq!((told.status, told.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(hall.call("GET", "/healthz", &[], b"").await.body, "ok\n");
    assert_eq!(hall.inbox(|_| true).await.requests, []);
    assert_eq!(hall.history(&ID.into()).await, Vec::<Value>::new());
    assert_eq!(hall.spy.writes(&ID.into()), []);
}

/// A handoff by rule, as each source has it; what is told and what went over the wire.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handoff_by_rule_goes_out_and_is_answered_as_its_source_has_it() {
    let mut hall = Hall::open(Mode::Auto).await;
    let (first, second, third) = (hall.bots[0].clone(), hall.bots[1].clone(), hall.bots[2].clone());

    let told = hall.post(BOT_HANDOFF, &hall.handoff(&first)).await;
    assert_eq!((told.status, told.json()), (200, json!({"status": "success"})), "{told:?}");
    let sent = hall.spy.writes(&first);
    let transfer = sent.iter().find(|sent| sent.path.ends_with("/actions/transfer")).expect("S1's");
    let guest = hall.handoff(&first)["guestInfo"].clone();
    let attributes = json!({
        "attempted_resolution": "refund_policy_explained", "sentiment_score": "0.62",
        "preferred_language": "en-US", "bot_handoff_reason": "complex_billing_dispute",
    });
    assert_eq!(transfer.body["queueId"], json!(hall.queue));
    assert_eq!(
        (&transfer.body["guestInfo"], &transfer.body["customAttributes"]),
        (&guest, &attributes)
    );
    let event = sent.iter().find(|sent| sent.path.ends_with("/events")).expect("S1's reason");
    assert_eq!(event.body[0]["eventPayload"]["guestId"], guest["id"]);
    let done = hall.request(&first, "done").await;
    assert_eq!((done.asked, done.tries), (1, 1));

    let told = hall.post(MESSAGING, &turn(&second, 0.74)).await;
    let metadata = json!({"queue": {"id": hall.queue}, "skills": []});
    let initiated = json!({"status": "handoff_initiated", "routingMetadata": metadata});
    assert_eq!((told.status, told.json()), (200, initiated), "{told:?}");
    let history = hall.history(&second).await;
    assert_eq!(
        (&history[0]["event"], &history[0]["text"]),
        (&json!("message"), &json!("that is not what I asked"))
    );
    assert_eq!(
        (&history[1]["event"], &history[1]["metadata"]),
        (&json!("HANDOFF_TRIGGERED"), &metadata)
    );
    assert_eq!(hall.spy.writes(&second).len(), 2, "the transfer and its reason");

    let told = hall.post(MESSAGING, &turn(&third, 0.75)).await;
    let goes_on = json!({
        "status": "bot_continuing", "decision": "Intent 'refund' confidence 0.75 meets threshold",
    });
    assert_eq!((told.status, told.json()), (200, goes_on));
    assert_eq!((hall.spy.writes(&third), hall.history(&third).await.len()), (vec![], 1));
    assert_eq!(hall.site.applied(&json!(first)).await.len(), 1);
    assert_eq!(hall.site.applied(&json!(second)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_skill_goes_the_way_of_its_source() {
    let skill = "33333333-2222-4333-8444-555555555555";
    let mut hall = Hall::with(Mode::Auto, Default::default(), |site| {
        site.intake.rules.skill = Some(skill.into());
    })
    .await;
    let session = hall.bots[0].clone();
    let told = hall.post(MESSAGING, &turn(&session, 0.2)).await;
    // The contact centre does not know the skill; what matters is that it was asked for, and how.
    let put =
        hall.spy.writes(&session).into_iter().find(|sent| sent.method == "PUT").expect("S2's");
    let metadata = json!({"queue": {"id": hall.queue}, "skills": [{"id": skill, "priority": 1}]});
    assert_eq!(put.body, json!({"routingMetadata": metadata}), "{told:?}");
    let _: Told = told;
    let _ = hall.inbox(|inbox| inbox.requests.iter().all(|r| !r.state.is_open())).await;
}

//! The same call is one call, however often it comes, and wherever.

use std::time::Duration;

use floorwalker::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        flight::{Flight, Machine, Owner},
        handoff::{HandoffOrder, Target},
        inbox::{Asked, Mode, Route, Said, State},
        lease::Tenancy,
        session::{SessionState, Standing},
    },
    intake::Limits,
    policy::intake::Verdict,
    store::{Call, Engaged, Received, Requests, Store},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

use crate::hall::{BOT_HANDOFF, Hall, JSON, MESSAGING, Told, answer, keys, request, serve, turn};

/// Sends a body to these addresses in turn, all at once.
async fn all_at_once(
    addresses: Vec<std::net::SocketAddr>,
    path: &'static str,
    body: &Value,
) -> Vec<Told> {
    let bytes = request("POST", path, &[JSON], body.to_string().as_bytes());
    let mut calls = JoinSet::new();
    for address in addresses {
        let bytes = bytes.clone();
        calls.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
            answer(&mut stream).await
        });
    }
    calls.join_all().await
}

fn equal(all: &[Told]) -> &Told {
    assert!(
        all.iter().all(|told| (told.status, &told.body) == (all[0].status, &all[0].body)),
        "{all:?}"
    );
    &all[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_equal_calls_are_one_handoff_and_twenty_equal_answers() {
    let hall = Hall::open(Mode::Auto).await;
    let here = hall.server.address();
    for (session, path, body) in [
        (&hall.bots[0], BOT_HANDOFF, hall.handoff(&hall.bots[0])),
        (&hall.bots[1], MESSAGING, turn(&hall.bots[1], 0.3)),
    ] {
        let told = all_at_once(vec![here; 20], path, &body).await;
        assert_eq!(equal(&told).status, 200, "{:?}", told[0]);
        assert_eq!(hall.site.applied(&json!(session)).await.len(), 1);
        // … and again later.
        let again = all_at_once(vec![here; 3], path, &body).await;
        assert_eq!(equal(&again).body, told[0].body);
        assert_eq!(hall.site.applied(&json!(session)).await.len(), 1);
    }
    let heard = hall.history(&hall.bots[1]).await;
    assert_eq!(heard.len(), 2, "one turn and one trigger: {heard:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_on_one_store_hand_over_once() {
    let hall = Hall::open(Mode::Auto).await;
    let mut second = hall.site.engine_on(floorwalker::genesys::gateway::Gateway::new(
        hall.spy.clone(),
        hall.site.settings(),
    ));
    crate::site::live(&mut second).await;
    let there = serve(&second, keys(None, None), Limits::of(Duration::from_secs(10))).await;
    let both = [hall.server.address(), there.address()];
    for session in &hall.bots[..4] {
        let addresses = both.iter().copied().cycle().take(20).collect();
        let told = all_at_once(addresses, BOT_HANDOFF, &hall.handoff(session)).await;
        assert_eq!(equal(&told).json(), json!({"status": "success"}));
        assert_eq!(hall.site.applied(&json!(session)).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_calls_for_one_customer_are_one_handoff() {
    let hall = Hall::open(Mode::Auto).await;
    let session = hall.bots[0].clone();
    let (first, second) = (hall.handoff(&session), turn(&session, 0.2));
    let (told, too) = tokio::join!(hall.post(BOT_HANDOFF, &first), hall.post(MESSAGING, &second));
    assert_eq!(told.json(), json!({"status": "success"}), "{told:?}");
    // Whichever came later heard what became of the other, or that it came too late.
    let body = too.json();
    let late =
        body["message"] == "Conversation already in transfer state. Preventing duplicate handoff.";
    assert!(body["status"] == "handoff_initiated" || late, "{too:?}");
    assert_eq!(hall.site.applied(&json!(session)).await.len(), 1);
    // And long after it: no second handoff either.
    let told = hall.post(MESSAGING, &turn(&session, 0.1)).await;
    assert_eq!((told.status, hall.site.applied(&json!(session)).await.len()), (500, 1), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_of_the_callers_own_names_the_call() {
    let hall = Hall::open(Mode::Propose).await;
    let session = &hall.bots[0];
    let call = |id: &'static str, body: Value| {
        let header = format!("webhook-id: {id}");
        let hall = &hall;
        async move { hall.call("POST", MESSAGING, &[JSON, &header], body.to_string().as_bytes()).await }
    };
    let first = call("a", turn(session, 0.9)).await;
    assert_eq!((first.status, hall.history(session).await.len()), (200, 1));
    assert_eq!(call("a", turn(session, 0.9)).await, first);
    assert_eq!(hall.history(session).await.len(), 1, "the same call");
    assert_eq!(call("b", turn(session, 0.9)).await.body, first.body);
    assert_eq!(hall.history(session).await.len(), 2, "the customer said it twice");
    let other = call("a", turn(session, 0.1)).await;
    assert_eq!((other.status, hall.history(session).await.len()), (409, 2), "{other:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_does_not_wait_for_ever() {
    let hall = Hall::with(Mode::Auto, keys(None, None), |site| {
        site.intake.wait = Duration::from_millis(300);
    })
    .await;
    hall.site.faults(&["slow=1.0"], &["transfer"]).await;
    let session = hall.bots[0].clone();
    let body = hall.handoff(&session);
    let told = all_at_once(vec![hall.server.address(); 5], BOT_HANDOFF, &body).await;
    let told = equal(&told);
    assert_eq!((told.status, &told.json()["status"]), (202, &json!("accepted")), "{told:?}");
    let mut hall = hall;
    assert_eq!(json!(hall.request(&session, "done").await.id), told.json()["id"]);
    assert_eq!(hall.post(BOT_HANDOFF, &body).await.body, told.body, "the first answer again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_in_is_done_by_whoever_comes_next() {
    let mut hall = Hall::with(Mode::Auto, keys(None, None), |site| {
        site.intake.wait = Duration::from_millis(200);
        // This one takes calls in and does nothing about them.
        site.intake.acts = false;
    })
    .await;
    let session = hall.bots[0].clone();
    let told = hall.post(BOT_HANDOFF, &hall.handoff(&session)).await;
    assert_eq!(told.status, 202);
    assert_eq!(hall.request(&session, "queued").await.tries, 0);
    hall.site.intake.acts = true;
    let mut next = hall.site.engine_on(floorwalker::genesys::gateway::Gateway::new(
        hall.spy.clone(),
        hall.site.settings(),
    ));
    crate::site::live(&mut next).await;
    hall.request(&session, "done").await;
    assert_eq!(hall.site.applied(&json!(session)).await.len(), 1);
}

/// The number of a process that has certainly ended.
fn dead() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = child.id();
    child.wait().unwrap();
    pid
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_has_left_on_its_way_is_settled_by_what_the_log_says() {
    let mut hall = Hall::with(Mode::Auto, keys(None, None), |site| {
        site.intake.wait = Duration::from_millis(200);
        site.intake.acts = false;
        site.place = Some("boot 1".into());
    })
    .await;
    let crashed = Owner {
        host: Machine { name: "here".into(), place: hall.site.place.clone() },
        pid: dead(),
        mark: "crashed".into(),
    };
    // One that it had only taken: nothing can have left.
    let session = hall.bots[0].clone();
    hall.post(BOT_HANDOFF, &hall.handoff(&session)).await;
    let request = hall.request(&session, "queued").await.id;
    let (handoff, owner) = ("never announced".into(), crashed.clone());
    let engaged = Engaged { request, handoff, owner };
    assert!(hall.site.store.engage(&engaged, &["queued"], Timestamp::now()).await.unwrap());
    hall.site.intake.acts = true;
    let mut next = hall.site.engine_on(floorwalker::genesys::gateway::Gateway::new(
        hall.spy.clone(),
        hall.site.settings(),
    ));
    crate::site::live(&mut next).await;
    let done = hall.request(&session, "done").await;
    assert_eq!((done.tries, hall.site.applied(&json!(session)).await.len()), (2, 1));
    let State::Done { handoff } = done.state else { panic!() };
    let records = hall.site.audit(&handoff).await;
    assert_eq!(records.last().map(|record| &*record.event), Some("handoff_completed"));

    // One that it had announced, and that had not left: the customer still waits for it.
    hall.site.intake.acts = false;
    let second = hall.bots[1].clone();
    let order = HandoffOrder::new(
        second.clone(),
        Standing { state: SessionState::Bot, queue: None, agent: None },
        Target::Queue(hall.queue.clone()),
    );
    let store = &hall.site.store;
    let org = Tenancy { context: "test".into(), dialect: "gateway".into() };
    let said = Said::Turn { event: None, intent: None, text: None };
    let asked = Asked {
        key: [1; 32],
        digest: [1; 32],
        route: Route::Messaging,
        session: second.clone(),
        said,
    };
    let verdict =
        Verdict::Ask { queue: Some(hall.queue.clone()), mode: Mode::Auto, plea: Box::default() };
    let now = Timestamp::now();
    let expires = now.checked_add(jiff::SignedDuration::from_mins(30)).unwrap();
    // In one piece with its taking: whoever else is there would otherwise be faster.
    let call = Call { asked, verdict, expires };
    let Received::Waits(request) = store.receive(&org, &[call], now).await.unwrap().remove(0)
    else {
        panic!()
    };
    let engaged =
        Engaged { request: request.clone(), handoff: order.id.clone(), owner: crashed.clone() };
    assert!(store.engage(&engaged, &["queued"], now).await.unwrap());
    let flight = Flight {
        order: HandoffOrder { request: Some(request), ..order },
        taken: now,
        owner: crashed,
        context: "test".into(),
        dialect: "gateway".into(),
        departure: None,
    };
    let entry = AuditEntry {
        handoff: Some(flight.order.id.clone()),
        ..AuditEntry::of(AuditEvent::HandoffInitiated, Default::default(), "test".into(), "gateway")
    };
    store.begin(entry, &flight, now).await.unwrap();
    hall.site.intake.acts = true;
    let mut third = hall.site.engine_on(floorwalker::genesys::gateway::Gateway::new(
        hall.spy.clone(),
        hall.site.settings(),
    ));
    crate::site::live(&mut third).await;
    let done = hall.request(&second, "done").await;
    assert_eq!((done.tries, hall.site.applied(&json!(second)).await.len()), (2, 1));
}

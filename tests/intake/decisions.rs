//! Who decides, and what becomes of that: a rule, a guard, a full queue, a person.

use std::time::Duration;

use floorwalker::{
    domain::{
        handoff::{HandoffOrder, Target},
        inbox::{Mode, Request, State},
        session::Standing,
    },
    engine::Command,
    store::Store,
};
use serde_json::json;

use crate::{
    hall::{BOT_HANDOFF, Hall, MESSAGING, turn},
    site::{end, floor},
};

/// A bot's own session, as a person finds it.
fn order(hall: &Hall, request: &Request, seen: Standing) -> HandoffOrder {
    let target = Target::Queue(hall.queue.clone());
    let waiver = Some("whatever their mood".into());
    let order = HandoffOrder::new(request.session.clone(), seen, target);
    HandoffOrder { request: Some(request.id.clone()), waiver, ..order }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_proposed_waits_for_a_person_and_is_settled_by_their_handoff() {
    let mut hall = Hall::open(Mode::Propose).await;
    let session = hall.bots[0].clone();
    let told = hall.post(BOT_HANDOFF, &hall.handoff(&session)).await;
    let request = hall.request(&session, "proposed").await;
    assert_eq!((told.status, told.json()), (202, json!({"status": "proposed", "id": request.id})));
    assert_eq!(&*request.plea.reason, "complex_billing_dispute");
    let guest = hall.handoff(&session)["guestInfo"].clone();
    assert_eq!(request.plea.guest.as_ref().unwrap().name(), guest["name"].as_str());
    assert_eq!((request.plea.sentiment(), request.queue.as_ref()), (Some(0.62), Some(&hall.queue)));

    // The bot asks again: the same request, with its newest words.
    let told = hall.post(MESSAGING, &turn(&session, 0.3)).await;
    assert_eq!((told.status, &told.json()["id"]), (202, &json!(request.id)));
    let asked = |inbox: &floorwalker::domain::inbox::Inbox| inbox.requests[0].asked == 2;
    assert_eq!(hall.inbox(asked).await.requests.len(), 1);
    assert_eq!(hall.spy.writes(&session), [], "nobody has decided");

    // On a gateway's floor it is only because it was asked for.
    let seen = floor(&mut hall.handle, |floor| floor.session(&session).is_some()).await;
    let order = order(&hall, &request, seen.session(&session).unwrap().standing());
    let stages = crate::site::carry_out(&mut hall.handle, std::slice::from_ref(&order)).await;
    assert_eq!(end(&stages[0]), "queued", "{stages:?}");
    assert_eq!(
        hall.request(&session, "done").await.state,
        State::Done { handoff: order.id.clone() }
    );
    let records = hall.site.audit(&order.id).await;
    assert!(records.iter().all(|record| record.details["request"] == json!(request.id)));
    // What a person has settled is told to whoever asks the same again.
    let told = hall.post(BOT_HANDOFF, &hall.handoff(&session)).await;
    assert_eq!(told.status, 202, "the first answer again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_cannot_take_one_request() {
    let mut hall = Hall::open(Mode::Propose).await;
    let session = hall.bots[0].clone();
    hall.post(BOT_HANDOFF, &hall.handoff(&session)).await;
    let request = hall.request(&session, "proposed").await;
    let seen = floor(&mut hall.handle, |floor| floor.session(&session).is_some()).await;
    let seen = seen.session(&session).unwrap().standing();
    let orders = [order(&hall, &request, seen.clone()), order(&hall, &request, seen)];
    let stages = crate::site::carry_out(&mut hall.handle, &orders).await;
    let mut ends = [end(&stages[0]), end(&stages[1])];
    ends.sort_unstable();
    assert_eq!(ends, ["queued", "rejected"], "{stages:?}");
    hall.request(&session, "done").await;
    assert_eq!(hall.site.applied(&json!(session)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_off_stays_with_the_bot() {
    let mut hall = Hall::open(Mode::Off).await;
    let (first, second) = (hall.bots[0].clone(), hall.bots[1].clone());
    let told = hall.post(BOT_HANDOFF, &hall.handoff(&first)).await;
    assert_eq!((told.status, &told.json()["status"]), (500, &json!("error")));
    let told = hall.post(MESSAGING, &turn(&second, 0.1)).await;
    let said = told.json()["decision"].as_str().unwrap().to_owned();
    assert!(said.starts_with("Intent 'refund' confidence 0.1 is below threshold 0.75"), "{said}");
    assert_eq!((told.status, &told.json()["status"]), (200, &json!("bot_continuing")));
    hall.request(&first, "declined").await;
    // It says so at every message: that is one line in the inbox, not one each time.
    hall.post(MESSAGING, &turn(&second, 0.2)).await;
    hall.post(MESSAGING, &turn(&second, 0.3)).await;
    assert_eq!(hall.request(&second, "declined").await.session, second);
    assert_eq!((hall.spy.writes(&first), hall.spy.writes(&second)), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guard_stops_is_put_to_a_person() {
    let mut hall = Hall::with(Mode::Auto, Default::default(), |site| {
        site.handbook.limits.min_sentiment = 1.0;
    })
    .await;
    let session = hall.bots[0].clone();
    // The org knows how they feel; the bot has not said.
    let mut body = hall.handoff(&session);
    body["customContext"] = json!({});
    let told = hall.post(BOT_HANDOFF, &body).await;
    let request = hall.request(&session, "proposed").await;
    assert_eq!((told.status, told.json()), (202, json!({"status": "proposed", "id": request.id})));
    let reason = request.state.reason().unwrap();
    assert!(reason.contains("override"), "{reason}");
    assert_eq!(hall.spy.writes(&session), []);
}

/// Closes the queue or opens it, until the floor shows it.
async fn pause(hall: &mut Hall, paused: bool) {
    let body = json!({"id": hall.queue, "paused": paused});
    hall.site.floor.post("/_simulator/queue", body).await;
    // A gateway's queues are read one by one: those on screen first, when somebody asks.
    hall.handle.commands.send(Command::Refresh).await.unwrap();
    let (queue, word) = (hall.queue.clone(), if paused { "paused" } else { "open" });
    floor(&mut hall.handle, |floor| floor.queue(&queue).unwrap().state.word() == word).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_takes_nobody_defers_and_is_tried_again() {
    let mut hall = Hall::open(Mode::Auto).await;
    let session = hall.bots[0].clone();
    pause(&mut hall, true).await;
    let body = hall.handoff(&session);
    let told = hall.post(BOT_HANDOFF, &body).await;
    let full =
        json!({"status": "error", "message": "Target queue is at capacity. Handoff deferred."});
    assert_eq!((told.status, told.json()), (503, full), "{told:?}");
    let again: u32 = told.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&again));
    hall.request(&session, "deferred").await;
    assert_eq!(hall.spy.writes(&session), []);
    pause(&mut hall, false).await;
    hall.request(&session, "done").await;
    // Who was asked to come again is told how it has ended.
    let told = hall.post(BOT_HANDOFF, &body).await;
    assert_eq!((told.status, told.json()), (200, json!({"status": "success"})));
    assert_eq!(hall.site.applied(&json!(session)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_declines_defers_and_has_it_done_after_all() {
    let mut hall = Hall::with(Mode::Propose, Default::default(), |site| {
        site.intake.expire = Duration::from_secs(3);
    })
    .await;
    let (first, second) = (hall.bots[0].clone(), hall.bots[1].clone());
    hall.post(BOT_HANDOFF, &hall.handoff(&first)).await;
    let request = hall.request(&first, "proposed").await.id;
    let decline = Command::Decline { request: request.clone(), reason: "a prank".into() };
    hall.handle.commands.send(decline).await.unwrap();
    let declined = hall.request(&first, "declined").await;
    assert_eq!(declined.state.reason().map(|r| &**r), Some("a prank"));
    // It is decided: who comes later is told.
    let pause = Duration::from_millis(1_500);
    hall.handle.commands.send(Command::Defer { request, pause }).await.unwrap();
    assert!(hall.warning().await.contains("somebody else has just dealt with it"));

    hall.post(BOT_HANDOFF, &hall.handoff(&second)).await;
    let request = hall.request(&second, "proposed").await.id;
    hall.handle.commands.send(Command::Defer { request: request.clone(), pause }).await.unwrap();
    hall.request(&second, "deferred").await;
    hall.request(&second, "proposed").await;
    hall.request(&second, "expired").await;
    hall.handle.commands.send(Command::Replay(request)).await.unwrap();
    hall.request(&second, "done").await;
    assert_eq!(hall.site.applied(&json!(second)).await.len(), 1);
    let mut events: Vec<_> = hall.site.store.page(None, 100).await.unwrap();
    events.retain(|record| record.event.starts_with("request_"));
    events.reverse();
    let events: Vec<&str> = events.iter().map(|record| &*record.event).collect();
    let all = ["request_declined", "request_deferred", "request_expired", "request_replayed"];
    assert_eq!(events, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_a_bot_no_longer_has_no_rule_moves() {
    let mut hall = Hall::open(Mode::Auto).await;
    let world = hall.site.floor.anonymous("/_simulator/world").await.json();
    let all = world["sessions"].as_array().unwrap();
    let with_agent = all.iter().find(|s| s["state"] == "connected").unwrap();
    let session = with_agent["id"].as_str().unwrap().into();
    let told = hall.post(BOT_HANDOFF, &hall.handoff(&session)).await;
    let said = json!({"status": "error", "message": "an agent has the customer already"});
    assert_eq!((told.status, told.json()), (500, said));
    // Nobody by that id.
    let nobody = "11111111-2222-4333-8444-555555555555".into();
    let told = hall.post(MESSAGING, &turn(&nobody, 0.2)).await;
    let body = told.json();
    assert_eq!((told.status, &body["error"]), (500, &json!("Internal processing error")), "{body}");
    assert!(hall.request(&nobody, "failed").await.state.reason().is_some());
    assert_eq!(hall.spy.writes(&session), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_whom_the_bot_has_upset_is_put_to_a_person() {
    let mut hall = Hall::with(Mode::Auto, Default::default(), |site| {
        site.handbook.limits.min_sentiment = 0.3;
    })
    .await;
    let session = hall.bots[0].clone();
    let mut body = hall.handoff(&session);
    body["customContext"]["sentiment_score"] = json!("0.29");
    let told = hall.post(BOT_HANDOFF, &body).await;
    let request = hall.request(&session, "proposed").await;
    assert_eq!((told.status, told.json()), (202, json!({"status": "proposed", "id": request.id})));
    let reason = request.state.reason().unwrap();
    assert!(reason.contains("0.29"), "{reason}");
    assert_eq!(hall.spy.writes(&session), []);
}

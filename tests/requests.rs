//! The store of what bots ask for: what counts as the same, what is kept and for how long.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on should stop there")]

use std::{collections::BTreeMap, time::Duration};

use floorwalker::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        flight::{Flight, Owner},
        handoff::{HandoffOrder, Target},
        id::{HandoffId, SessionId},
        inbox::{Asked, Mode, Plea, Route, Said, State},
        lease::Tenancy,
        payload::Guest,
        session::{SessionState, Standing},
    },
    policy::intake::{Verdict, accepted},
    store::{
        Call, Database, Engaged, Fate, KEPT, LINES, MOST_OPEN, Received, Requests, SAME, Store,
        TurnedRequest,
    },
};
use jiff::{SignedDuration, Timestamp};

use self::stores::{Home, in_both_engines};

#[cfg(test)]
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "what only tests that restart the server need")]
mod server;
#[cfg(test)]
#[path = "support/stores.rs"]
#[expect(dead_code, reason = "what only tests that start others need")]
mod stores;

fn org() -> Tenancy {
    Tenancy { context: "test".into(), dialect: "gateway".into() }
}

fn at(seconds: u64) -> Timestamp {
    let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    start.checked_add(SignedDuration::try_from(Duration::from_secs(seconds)).unwrap()).unwrap()
}

fn print(n: u64) -> [u8; 32] {
    let mut print = [0; 32];
    print[..8].copy_from_slice(&n.to_le_bytes());
    print
}

/// Call number `n` of a conversation, asking for a person.
fn asks(n: u64, session: &str, mode: Mode) -> Call {
    let said = Said::Turn { event: Some("message".into()), intent: None, text: None };
    let (key, digest) = (print(n), print(n));
    let asked = Asked { key, digest, route: Route::Messaging, session: session.into(), said };
    let verdict = Verdict::Ask { queue: Some("q".into()), mode, plea: Box::new(Plea::default()) };
    Call { asked, verdict, expires: at(1_800) }
}

async fn one(store: &Database, call: &Call, now: Timestamp) -> Received {
    store.receive(&org(), std::slice::from_ref(call), now).await.unwrap().remove(0)
}

async fn the_same_call_counts_as_the_same_for_ten_minutes(home: Home) {
    let store = home.open().await;
    let call = asks(1, "c", Mode::Propose);
    let first = one(&store, &call, at(0)).await;
    assert!(matches!(&first, Received::Answered(answer) if answer.status == 202));
    assert_eq!(one(&store, &call, at(SAME.as_secs() - 1)).await, first);
    assert_eq!(store.history(&org(), &"c".into()).await.unwrap().len(), 1);
    one(&store, &call, at(SAME.as_secs())).await;
    assert_eq!(store.history(&org(), &"c".into()).await.unwrap().len(), 2, "another call");
    let mut other = asks(1, "c", Mode::Propose);
    other.asked.digest = print(2);
    assert_eq!(one(&store, &other, at(700)).await, Received::Mistaken);
    // Another org on the same store has calls of its own.
    let theirs = Tenancy { context: "theirs".into(), ..org() };
    let received = store.receive(&theirs, &[other], at(700)).await.unwrap();
    assert!(matches!(received[0], Received::Answered(_)));
}

async fn the_first_answer_stands(home: Home) {
    let store = home.open().await;
    let call = asks(1, "c", Mode::Auto);
    let Received::Waits(request) = one(&store, &call, at(0)).await else { panic!() };
    assert_eq!(store.answers(&org(), &[print(1)]).await.unwrap(), [None]);
    let late = accepted(&request);
    assert_eq!(store.answer(&org(), &print(1), &late).await.unwrap(), late);
    let done = State::Failed { reason: "why".into() };
    let turn = TurnedRequest::new(request, &["queued"], done);
    assert!(store.turn_request(turn, at(1)).await.unwrap().is_some());
    assert_eq!(store.answers(&org(), &[print(1)]).await.unwrap(), [Some(late.clone())]);
    assert_eq!(one(&store, &call, at(2)).await, Received::Answered(late));
}

async fn no_more_is_taken_in_than_can_be_kept(home: Home) {
    let store = home.open().await;
    let most = u64::try_from(MOST_OPEN).unwrap();
    let calls: Vec<Call> = (0..=most).map(|n| asks(n, &format!("c{n}"), Mode::Propose)).collect();
    let received = store.receive(&org(), &calls, at(0)).await.unwrap();
    let (last, before) = received.split_last().unwrap();
    assert!(before.iter().all(|received| matches!(received, Received::Answered(_))));
    assert_eq!(*last, Received::Crowded);
    // Who is known may go on asking, and one that has ended makes room.
    let again = asks(most + 1, "c7", Mode::Propose);
    assert!(matches!(one(&store, &again, at(1)).await, Received::Answered(_)));
    let changes = store.changes(&org(), 0, 10_000).await.unwrap();
    assert_eq!(changes.len(), usize::try_from(MOST_OPEN).unwrap());
    let expired = TurnedRequest::new(
        changes[0].request.id.clone(),
        &["proposed"],
        State::Expired { because: None },
    );
    assert!(store.turn_request(expired, at(2)).await.unwrap().is_some());
    assert!(matches!(one(&store, &calls[calls.len() - 1], at(3)).await, Received::Answered(_)));
}

async fn what_is_old_is_forgotten_and_what_is_open_is_not(home: Home) {
    let store = home.open().await;
    for n in 0..u64::from(LINES) + 5 {
        one(&store, &asks(n, "talkative", Mode::Propose), at(n)).await;
    }
    assert_eq!(store.history(&org(), &"talkative".into()).await.unwrap().len(), LINES as usize);
    one(&store, &asks(9_000, "off", Mode::Off), at(600)).await;
    one(&store, &asks(9_001, "newest", Mode::Propose), at(600)).await;
    let day = KEPT.as_secs();
    store.tidy(at(600 + day)).await.unwrap();
    let words = |changes: Vec<floorwalker::store::Change>| -> Vec<String> {
        let each =
            changes.iter().map(|c| format!("{} {}", c.request.session, c.request.state.word()));
        each.collect()
    };
    let kept = words(store.changes(&org(), 0, 100).await.unwrap());
    assert_eq!(kept, ["talkative proposed", "off declined", "newest proposed"]);
    store.tidy(at(601 + day)).await.unwrap();
    let kept = words(store.changes(&org(), 0, 100).await.unwrap());
    assert_eq!(kept, ["talkative proposed", "newest proposed"]);
    assert!(store.history(&org(), &"talkative".into()).await.unwrap().is_empty());
}

async fn one_handoff_takes_a_request_and_the_log_says_what_became_of_it(home: Home) {
    let store = home.open().await;
    one(&store, &asks(1, "c", Mode::Propose), at(0)).await;
    let request = store.changes(&org(), 0, 1).await.unwrap()[0].request.id.clone();
    let owner = Owner { host: "here".into(), pid: 1, mark: "m".into() };
    let handoff = HandoffId::random();
    let engaged = Engaged { request: request.clone(), handoff: handoff.clone(), owner };
    let other = Engaged { handoff: HandoffId::random(), ..engaged.clone() };
    let from = &["proposed", "deferred"];
    assert!(store.engage(&engaged, from, at(1)).await.unwrap());
    assert!(!store.engage(&other, from, at(2)).await.unwrap(), "somebody has it");
    assert!(store.engage(&engaged, from, at(3)).await.unwrap(), "and that somebody may ask again");
    assert_eq!(store.changes(&org(), 0, 1).await.unwrap()[0].request.tries, 1);
    // Another handoff's end is none of this request's.
    let mut turn = TurnedRequest::new(request, &["handing"], State::Expired { because: None });
    turn.handoff = Some(other.handoff);
    assert!(store.turn_request(turn, at(4)).await.unwrap().is_none());

    assert_eq!(store.fate(&handoff).await.unwrap(), Fate::Unannounced);
    let seen = Standing { state: SessionState::Bot, queue: None, agent: None };
    let session = SessionId::from("c");
    let order = HandoffOrder::new(session, seen, Target::Queue("q".into()));
    let flight = Flight {
        order: HandoffOrder { id: handoff.clone(), ..order },
        taken: at(5),
        owner: engaged.owner,
        context: "test".into(),
        dialect: "gateway".into(),
        departure: None,
    };
    let entry = |event| AuditEntry {
        handoff: Some(handoff.clone()),
        ..AuditEntry::of(event, Default::default(), "test".into(), "gateway")
    };
    store.begin(entry(AuditEvent::HandoffInitiated), &flight, at(5)).await.unwrap();
    assert_eq!(store.fate(&handoff).await.unwrap(), Fate::UnderWay);
    store.finish(entry(AuditEvent::HandoffCompleted), &[], &handoff, at(6)).await.unwrap();
    let ended = Fate::Ended { event: "handoff_completed".into(), error: None, left: false };
    assert_eq!(store.fate(&handoff).await.unwrap(), ended);
}

async fn what_was_asked_outright_is_not_unsaid_by_the_next_message(home: Home) {
    let store = home.open().await;
    let plea = |plea: Plea, queue: &str, mode| {
        let verdict = Verdict::Ask { queue: Some(queue.into()), mode, plea: Box::new(plea) };
        move |n| Call { verdict: verdict.clone(), ..asks(n, "c", Mode::Propose) }
    };
    let guest = Guest(serde_json::json!({"id": "g"}).as_object().unwrap().clone());
    let attributes = BTreeMap::from([("order".to_owned(), "4711".to_owned())]);
    let outright = Plea {
        reason: "a dispute".into(),
        guest: Some(guest.clone()),
        attributes: attributes.clone(),
        ..Plea::default()
    };
    let unsure = Plea {
        reason: "unsure".into(),
        intent: Some("refund".into()),
        confidence: Some(0.4),
        ..Plea::default()
    };
    one(&store, &plea(outright, "first", Mode::Auto)(1), at(0)).await;
    one(&store, &plea(unsure, "second", Mode::Propose)(2), at(1)).await;
    let request = store.changes(&org(), 0, 10).await.unwrap().remove(0).request;
    assert_eq!((request.asked, &*request.plea.reason), (2, "a dispute"));
    assert_eq!((&request.plea.guest, &request.plea.attributes), (&Some(guest), &attributes));
    assert_eq!(
        (request.plea.intent.as_deref(), request.plea.confidence),
        (Some("refund"), Some(0.4))
    );
    assert_eq!(&*request.plea.driver(), "a dispute");
    // It is on its way: neither where to nor who decides changes under it.
    assert_eq!(
        (request.state, request.queue, request.mode),
        (State::Queued, Some("first".into()), Mode::Auto)
    );
}

async fn another_queue_brings_its_own_rule(home: Home) {
    let store = home.open().await;
    one(&store, &asks(1, "c", Mode::Auto), at(0)).await;
    let request = store.changes(&org(), 0, 10).await.unwrap().remove(0).request;
    let full = State::Deferred { until: at(5), because: "full".into() };
    let turn = TurnedRequest::new(request.id, &["queued"], full);
    store.turn_request(turn, at(1)).await.unwrap();
    let verdict =
        Verdict::Ask { queue: Some("b".into()), mode: Mode::Propose, plea: Default::default() };
    let told = one(&store, &Call { verdict, ..asks(2, "c", Mode::Auto) }, at(2)).await;
    assert!(matches!(told, Received::Answered(answer) if answer.status == 202), "a person decides");
    let request = store.changes(&org(), 0, 10).await.unwrap().remove(0).request;
    assert_eq!((request.queue, request.mode), (Some("b".into()), Mode::Propose));
}

async fn what_comes_back_does_not_push_aside_what_was_asked_since(home: Home) {
    let store = home.open().await;
    one(&store, &asks(1, "c", Mode::Propose), at(0)).await;
    let first = store.changes(&org(), 0, 10).await.unwrap().remove(0).request.id;
    let failed = State::Failed { reason: "why".into() };
    store
        .turn_request(TurnedRequest::new(first.clone(), &["proposed"], failed), at(1))
        .await
        .unwrap();
    one(&store, &asks(2, "c", Mode::Propose), at(2)).await;
    let again = TurnedRequest::new(first, &["failed"], State::Queued);
    assert_eq!(store.turn_request(again, at(3)).await.unwrap(), None);
}

in_both_engines! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    the_same_call_counts_as_the_same_for_ten_minutes
    the_first_answer_stands
    no_more_is_taken_in_than_can_be_kept
    what_is_old_is_forgotten_and_what_is_open_is_not
    one_handoff_takes_a_request_and_the_log_says_what_became_of_it
    what_was_asked_outright_is_not_unsaid_by_the_next_message
    another_queue_brings_its_own_rule
    what_comes_back_does_not_push_aside_what_was_asked_since
}

//! Handoffs taken back while they ring, and handoffs that a crash has cut short.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

use std::time::Duration;

use floorwalker::{
    domain::{
        detail::{Attendance, Participant},
        flight::{Departure, Errand, Flight, Owner},
        handoff::{HandoffOrder, Stage, Step, Target},
        session::{SessionState, Standing},
    },
    engine::{Command, Event, Handle},
    genesys::error::Kind,
};

use super::{
    NO_GRACE,
    fake::{Agent, Fake, Fate, agent_id, order, owner, queue_id, ready, session_id, stages},
    somebody_elses, words,
};

/// Sends an order and waits until it rings.
async fn ringing(handle: &mut Handle, order: HandoffOrder) {
    let id = order.id.clone();
    handle.commands.send(Command::Handoff(Box::new(order))).await.unwrap();
    loop {
        match handle.events.recv().await {
            Some(Event::Handoff(p)) if p.order.id == id && p.stage.can_take_back() => return,
            Some(Event::Handoff(p)) => assert!(!p.stage.is_final(), "{:?}", p.stage),
            other => assert!(other.is_some()),
        }
    }
}

fn events(fake: &Fake) -> Vec<String> {
    fake.state().records.iter().map(|r| r.event.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_still_rings_can_be_taken_back_to_its_queue() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.state().agent = Agent::DoesNotAnswer;
    let order = order(1, 4);
    let id = order.id.clone();
    ringing(&mut handle, order).await;
    handle.commands.send(Command::Cancel(id.clone())).await.unwrap();
    assert_eq!(words(&stages(&mut handle, &id).await), ["taking back", "taken back"]);
    let state = fake.state();
    let back = &state.transfers.last().unwrap().1;
    assert_eq!((state.transfers.len(), &back.target), (2, &Target::Queue(queue_id(0))));
    assert_eq!(state.sessions[&session_id(1)].session.state, SessionState::Waiting);
    assert!(state.claims.is_empty() && state.flights.is_empty());
    drop(state);
    assert_eq!(
        events(&fake),
        ["handoff_initiated", "compensation_initiated", "handoff_compensated"]
    );
}

#[tokio::test(start_paused = true)]
async fn taking_back_that_is_refused_leaves_the_handoff_as_it_was() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let order = order(1, 4);
    let id = order.id.clone();
    ringing(&mut handle, order).await;
    fake.state().fate = Fate::Refused(Kind::Invalid);
    handle.commands.send(Command::Cancel(id.clone())).await.unwrap();
    let seen = stages(&mut handle, &id).await;
    assert_eq!(words(&seen), ["taking back", "alerting", "accepted"]);
    assert_eq!(events(&fake).last().unwrap(), "handoff_completed");
}

#[tokio::test(start_paused = true)]
async fn what_rings_at_somebody_else_by_now_is_not_taken_back() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.state().agent = Agent::DoesNotAnswer;
    let order = order(1, 4);
    let id = order.id.clone();
    ringing(&mut handle, order).await;
    {
        // Routing has gone on to the next one.
        let mut state = fake.state();
        let parties = &mut state.sessions.get_mut(&session_id(1)).unwrap().participants;
        let missed = parties.last_mut().unwrap();
        let next = Participant { id: "routed".into(), agent: Some(agent_id(5)), ..missed.clone() };
        (missed.presence, missed.ended_by) = (Attendance::Gone, Some("transfer.noanswer".into()));
        parties.push(next);
    }
    handle.commands.send(Command::Cancel(id.clone())).await.unwrap();
    let why = loop {
        match handle.events.recv().await {
            Some(Event::Notice(notice)) => break notice.text,
            other => assert!(other.is_some()),
        }
    };
    assert!(why.contains("it no longer rings"), "{why}");
    assert_eq!(words(&stages(&mut handle, &id).await).last(), Some(&"timed out"));
    assert_eq!(fake.state().transfers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_was_faster_than_the_way_back_has_it() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let order = order(1, 4);
    let id = order.id.clone();
    ringing(&mut handle, order).await;
    // It is sent and never arrives: three seconds later the agent answers.
    fake.state().fate = Fate::LostBefore(Kind::Timeout);
    handle.commands.send(Command::Cancel(id.clone())).await.unwrap();
    let seen = stages(&mut handle, &id).await;
    assert_eq!(seen.last(), Some(&Stage::Accepted { agent: agent_id(4) }));
}

#[tokio::test(start_paused = true)]
async fn a_bot_is_not_given_back_what_it_handed_over() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let bots = Standing { state: SessionState::Bot, queue: None, agent: None };
    fake.state().sessions.get_mut(&session_id(1)).unwrap().session.state = SessionState::Bot;
    let order = HandoffOrder { seen: bots, ..order(1, 4) };
    let id = order.id.clone();
    ringing(&mut handle, order).await;
    handle.commands.send(Command::Cancel(id.clone())).await.unwrap();
    let why = loop {
        match handle.events.recv().await {
            Some(Event::Notice(notice)) => break notice.text,
            other => assert!(other.is_some()),
        }
    };
    assert!(why.contains("came from a bot"), "{why}");
    assert_eq!(fake.state().transfers.len(), 1);
}

/// A handoff that a process of this machine has left behind.
fn left_behind(fake: &Fake, departed: bool) -> Flight {
    let order = order(1, 4);
    // No process has this number: the kernel gives out far smaller ones.
    let gone = Owner { pid: i32::MAX as u32, ..owner() };
    let departure = departed.then(|| Departure {
        at: fake.clock().now(),
        known: vec!["participant-1".into()],
        participant: "participant-1".into(),
        how: "replace_agent".into(),
        in_place: false,
        target: order.target.clone(),
        summary: String::new(),
        onward: None,
        owed: Vec::new(),
    });
    let flight = Flight { order, taken: fake.clock().now(), owner: gone, departure };
    fake.state().flights.push(flight.clone());
    flight
}

#[tokio::test(start_paused = true)]
async fn what_had_not_left_before_a_crash_is_a_failure_and_nothing_is_sent() {
    let fake = Fake::new(3, 10, 5);
    let flight = left_behind(&fake, false);
    let mut handle = fake.engine(NO_GRACE);
    let end = stages(&mut handle, &flight.order.id).await;
    let reason = end.last().and_then(Stage::reason).cloned().unwrap_or_default();
    assert!(reason.contains("was not moved"), "{reason}");
    assert!(fake.state().transfers.is_empty());
    assert_eq!(events(&fake), ["handoff_failed"]);
    assert!(fake.state().flights.is_empty() && fake.state().claims.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_had_left_before_a_crash_is_settled_by_reading() {
    let fake = Fake::new(3, 10, 5);
    let flight = left_behind(&fake, true);
    fake.take_effect(&flight.order);
    let mut handle = fake.engine(NO_GRACE);
    let end = stages(&mut handle, &flight.order.id).await;
    assert_eq!(end.last(), Some(&Stage::Accepted { agent: agent_id(4) }));
    assert!(fake.state().transfers.is_empty(), "nothing is ever sent again");
    assert_eq!(events(&fake), ["handoff_completed"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_to_follow_follows_after_a_crash_too() {
    let fake = Fake::new(3, 10, 5);
    let flight = left_behind(&fake, true);
    fake.take_effect(&flight.order);
    let errand = |step| Errand {
        step,
        method: "PATCH".into(),
        path: "/after".into(),
        body: serde_json::Value::Null,
    };
    let mut flights = fake.state().flights.clone();
    flights[0].departure.as_mut().unwrap().owed = vec![errand(Step::Routing), errand(Step::Reason)];
    fake.state().flights = flights;
    let mut handle = fake.engine(NO_GRACE);
    let end = stages(&mut handle, &flight.order.id).await;
    assert_eq!(end.last(), Some(&Stage::Accepted { agent: agent_id(4) }));
    let sent: Vec<String> = fake.state().history.clone();
    let sent: Vec<_> = sent.iter().filter(|line| !line.starts_with("audit")).collect();
    assert_eq!(sent, ["change the routing", "report the reason"]);
}

#[tokio::test(start_paused = true)]
async fn what_never_arrived_before_a_crash_is_a_failure() {
    let fake = Fake::new(3, 10, 5);
    let flight = left_behind(&fake, true);
    let mut handle = fake.engine(NO_GRACE);
    let end = stages(&mut handle, &flight.order.id).await;
    assert_eq!(end.last().map(Stage::word), Some("failed"));
    assert!(fake.state().transfers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_another_console_sees_to_is_left_to_it() {
    let fake = Fake::new(3, 10, 5);
    let flight = left_behind(&fake, true);
    let theirs = somebody_elses(1);
    let flight = Flight { owner: theirs.owner.clone(), ..flight };
    fake.state().flights = vec![flight];
    fake.state().claims.insert(session_id(1), theirs);
    let _handle = ready(&fake, NO_GRACE).await;
    tokio::time::sleep(Duration::from_secs(130)).await;
    assert_eq!(fake.state().flights.len(), 1);
    assert!(events(&fake).is_empty());
}

//! Handoffs on bad days: called back late, unreadable, unwritable, left behind.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

use std::time::Duration;

use floorwalker::{
    domain::{
        agent::RoutingStatus,
        detail::Purpose,
        handoff::{Demands, GuardKind, HandoffOrder, Stage, Target},
        id::HandoffId,
        payload::Payload,
        queue::QueueState,
        session::{SessionState, Standing},
    },
    engine::{Command, Event, Handle},
    genesys::error::Kind,
};

use super::{
    GRACE, NO_GRACE,
    fake::{
        Agent, Fake, Fate, agent_id, carry_out, floor, order, queue_id, ready, session_id, stages,
    },
    reason, words,
};

fn end(stages: &[Stage]) -> &'static str {
    stages.last().map_or("nothing", Stage::word)
}

/// Waits until a handoff has reached a stage.
async fn reached(handle: &mut Handle, word: &str) -> HandoffId {
    loop {
        match handle.events.recv().await {
            Some(Event::Handoff(p)) if p.stage.word() == word => return p.order.id,
            Some(_) => {}
            None => unreachable!("the engine has gone"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn calling_back_holds_until_the_moment_it_leaves() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    fake.state().look_takes = Duration::from_secs(2);
    handle.commands.send(Command::Handoff(Box::new(order(1, 4)))).await.unwrap();
    let id = reached(&mut handle, "grace").await;
    // The grace time is over and the session is being read for the last time.
    tokio::time::sleep(GRACE + Duration::from_secs(1)).await;
    handle.commands.send(Command::Cancel(id.clone())).await.unwrap();
    assert_eq!(end(&stages(&mut handle, &id).await), "cancelled");
    assert!(fake.state().transfers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn calling_back_too_late_is_answered() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    handle.commands.send(Command::Handoff(Box::new(order(1, 4)))).await.unwrap();
    let id = reached(&mut handle, "accepted").await;
    handle.commands.send(Command::Cancel(id)).await.unwrap();
    let told = loop {
        match handle.events.recv().await {
            Some(Event::Notice(notice)) => break notice.text,
            other => assert!(other.is_some()),
        }
    };
    assert!(told.contains("too late"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_cannot_be_read_is_waited_for() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let order = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    reached(&mut handle, "alerting").await;
    fake.state().look_fails = true;
    tokio::time::sleep(Duration::from_secs(200)).await;
    fake.state().look_fails = false;
    assert_eq!(end(&stages(&mut handle, &order.id).await), "accepted");
    assert_eq!(fake.state().transfers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_can_never_be_read_is_unknown_and_says_why() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let order = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    reached(&mut handle, "requested").await;
    fake.state().look_fails = true;
    let stages = stages(&mut handle, &order.id).await;
    assert_eq!(end(&stages), "unknown");
    assert!(reason(&stages).contains("no answer in time"), "{}", reason(&stages));
    assert_eq!(fake.state().transfers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn leaving_while_it_rings_is_written_down() {
    let fake = Fake::new(3, 10, 5);
    fake.state().agent = Agent::DoesNotAnswer;
    let mut handle = ready(&fake, NO_GRACE).await;
    handle.commands.send(Command::Handoff(Box::new(order(1, 4)))).await.unwrap();
    reached(&mut handle, "alerting").await;
    drop(handle);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let state = fake.state();
    let last = state.records.last().unwrap();
    assert_eq!((last.event.as_str(), last.status.as_deref()), ("handoff_failed", Some("unknown")));
    assert!(last.error.as_deref().unwrap().contains("left before"));
    assert!(state.claims.is_empty());
}

#[tokio::test(start_paused = true)]
async fn leaving_in_the_grace_time_calls_back() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    handle.commands.send(Command::Handoff(Box::new(order(1, 4)))).await.unwrap();
    reached(&mut handle, "grace").await;
    drop(handle);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let state = fake.state();
    assert!(state.transfers.is_empty());
    assert_eq!(state.records.last().unwrap().event.as_str(), "handoff_cancelled");
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_has_gone_meanwhile_gets_nothing() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, Duration::from_secs(8)).await;
    let order = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    reached(&mut handle, "grace").await;
    fake.state().routing = RoutingStatus::OffQueue;
    let stages = stages(&mut handle, &order.id).await;
    assert_eq!(end(&stages), "rejected");
    assert!(reason(&stages).contains("Agent is not in Available state"), "{}", reason(&stages));
    assert!(fake.state().transfers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_nobody_serves_or_that_is_not_there_gets_nothing() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    for (target, says) in [
        // No agent is on this one.
        (Target::Queue(queue_id(1)), "queue-1 is unstaffed"),
        (Target::Queue("elsewhere".into()), "Queue not found"),
        (Target::Agent(agent_id(99)), "no member of any queue"),
    ] {
        let stages = carry_out(&mut handle, HandoffOrder { target, ..order(1, 0) }).await;
        assert_eq!(end(&stages), "rejected");
        assert!(reason(&stages).contains(says), "{}", reason(&stages));
    }
    assert!(fake.state().transfers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_end_that_could_not_be_written_is_written_later() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let order = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    reached(&mut handle, "alerting").await;
    fake.state().store_broken = true;
    assert_eq!(end(&stages(&mut handle, &order.id).await), "accepted");
    loop {
        if let Event::Notice(notice) = handle.events.recv().await.expect("it runs") {
            assert!(notice.text.contains(&session_id(1).to_string()), "{}", notice.text);
            break;
        }
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    fake.state().store_broken = false;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let state = fake.state();
    assert_eq!(state.records.last().unwrap().event.as_str(), "handoff_completed");
    assert_eq!(state.records.len(), 2);
}

/// A session that has been passed on three times.
fn deep(fake: &Fake) {
    fake.state().sessions.get_mut(&session_id(1)).unwrap().session.depth = Some(3);
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_fails_stops_it_before_the_grace_time() {
    let fake = Fake::new(3, 10, 5);
    deep(&fake);
    let mut handle = ready(&fake, GRACE).await;
    let stages = carry_out(&mut handle, order(1, 4)).await;
    assert_eq!(words(&stages), ["claimed", "recorded", "rejected"]);
    assert!(reason(&stages).contains("3 transfers so far, must be fewer than 3"), "{stages:?}");
    assert!(fake.state().transfers.is_empty());
    assert_eq!(fake.state().records.last().unwrap().event.as_str(), "handoff_rejected");
}

#[tokio::test(start_paused = true)]
async fn a_guard_is_overridden_with_a_reason_that_the_audit_keeps() {
    let fake = Fake::new(3, 10, 5);
    deep(&fake);
    let mut handle = ready(&fake, NO_GRACE).await;
    let order = HandoffOrder { waiver: Some("the lead agreed".into()), ..order(1, 4) };
    assert_eq!(end(&carry_out(&mut handle, order).await), "accepted");
    for record in &fake.state().records {
        assert_eq!(record.waiver.as_deref(), Some("the lead agreed"), "{}", record.event);
    }
    let details = fake.state().records.last().unwrap().details.clone();
    assert_eq!(details["guards"][0]["outcome"], "fails");
    assert!(details["steps_ms"]["transfer"].as_f64().unwrap() >= 60.0, "{details}");
}

#[tokio::test(start_paused = true)]
async fn low_confidence_stops_what_an_agent_has_and_nobody_who_waits_after_a_bot() {
    let fake = Fake::new(3, 10, 5);
    for n in [1, 2] {
        let mut state = fake.state();
        let detail = state.sessions.get_mut(&session_id(n)).unwrap();
        detail.session.confidence = Some(0.4);
        if n == 2 {
            detail.session.state = SessionState::Connected;
            detail.session.agent = Some(agent_id(0));
            detail.participants[0].purpose = Purpose::Agent;
        }
    }
    let mut handle = ready(&fake, NO_GRACE).await;
    assert_eq!(end(&carry_out(&mut handle, order(1, 4)).await), "accepted");
    let guards = fake.state().records.last().unwrap().details["guards"].clone();
    assert_eq!(guards[1]["outcome"], "waived", "{guards}");
    let seen = Standing {
        state: SessionState::Connected,
        queue: Some(queue_id(0)),
        agent: Some(agent_id(0)),
    };
    let stages = carry_out(&mut handle, HandoffOrder { seen, ..order(2, 4) }).await;
    assert!(reason(&stages).contains("confidence 0.4, must be at least 0.75"), "{stages:?}");
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_takes_nobody_else_and_keeps_whom_it_has() {
    let fake = Fake::new(3, 10, 5);
    fake.state().full = vec![queue_id(0), queue_id(2)];
    let mut handle = ready(&fake, NO_GRACE).await;
    floor(&mut handle, |f| f.queue(&queue_id(2)).is_some_and(|q| q.state == QueueState::Full))
        .await;
    let to = |n, demands: &Demands| {
        let target = Target::Queue(queue_id(n));
        HandoffOrder { target, demands: demands.clone(), ..order(1, 0) }
    };
    let urgent = Demands { priority: Some(7), ..Demands::default() };
    let stages = carry_out(&mut handle, to(2, &urgent)).await;
    assert!(reason(&stages).contains("queue-2 is full"), "{stages:?}");
    // It waits in the first one already: only its place there changes.
    assert_eq!(carry_out(&mut handle, to(0, &urgent)).await.last(), Some(&Stage::Queued));
    let stages = carry_out(&mut handle, to(0, &Demands::default())).await;
    assert!(reason(&stages).contains("queue-0 is full"), "nothing is to change: {stages:?}");
    assert_eq!(fake.state().transfers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_payload_may_not_be_is_refused_before_anything_is_written() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let long = [("note".to_owned(), "x".repeat(257))];
    for (payload, expected) in [
        (Payload { history: 0, ..Payload::default() }, "History size 0 exceeds gateway limits"),
        (Payload { history: 501, ..Payload::default() }, "Must be between 1 and 500."),
        (Payload { attributes: long.into(), ..Payload::default() }, "note"),
    ] {
        let stages = carry_out(&mut handle, HandoffOrder { payload, ..order(1, 4) }).await;
        assert_eq!(words(&stages), ["rejected"]);
        assert!(reason(&stages).contains(expected), "{stages:?}");
    }
    assert!(fake.state().transfers.is_empty());
    let events: Vec<_> = fake.state().records.iter().map(|r| r.event.to_string()).collect();
    assert_eq!(events, ["handoff_rejected"; 3]);
}

#[tokio::test(start_paused = true)]
async fn context_that_cannot_be_sent_stops_the_handoff_before_it_moves() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.state().beside.push_back(Kind::Permission);
    let attributes = [("order".to_owned(), "4711".to_owned())].into();
    let payload = Payload { attributes, ..Payload::default() };
    let stages = carry_out(&mut handle, HandoffOrder { payload, ..order(1, 4) }).await;
    assert_eq!(end(&stages), "failed");
    assert!(reason(&stages).contains("it was not handed off"), "{stages:?}");
    assert!(fake.state().transfers.is_empty() && fake.state().claims.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reason_that_fails_is_sent_again_and_the_handoff_stays_a_success() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.state().beside.extend([Kind::Server, Kind::Timeout]);
    let order = HandoffOrder { reason: "a dispute".into(), ..order(1, 4) };
    assert_eq!(end(&carry_out(&mut handle, order).await), "accepted");
    let recorded =
        |f: &Fake| f.state().records.iter().any(|r| r.event.as_str() == "reason_recorded");
    while !recorded(&fake) {
        assert!(handle.events.recv().await.is_some());
    }
    let sent = fake.state().history.iter().filter(|h| *h == "send the reason").count();
    assert_eq!((sent, fake.state().transfers.len()), (3, 1));
}

/// The guards' answer to an order, after a closer look has told depth and sentiment.
async fn weighed(facts: (Option<u32>, Option<f64>), order: HandoffOrder) -> Vec<Stage> {
    let fake = Fake::new(3, 10, 5);
    fake.state().weighed = facts;
    let mut handle = ready(&fake, NO_GRACE).await;
    let stages = carry_out(&mut handle, order).await;
    assert_eq!(fake.state().transfers.len(), usize::from(end(&stages) == "accepted"));
    stages
}

#[tokio::test(start_paused = true)]
async fn what_only_a_closer_look_tells_counts_for_the_guards() {
    let deep = weighed((Some(3), None), order(1, 4)).await;
    assert!(reason(&deep).contains("3 transfers so far, must be fewer than 3"), "{deep:?}");
    let upset = weighed((None, Some(0.29)), order(1, 4)).await;
    assert!(reason(&upset).contains("sentiment 0.29, must be at least 0.3"), "{upset:?}");
    assert_eq!(end(&weighed((Some(2), Some(0.3)), order(1, 4)).await), "accepted");
}

#[tokio::test(start_paused = true)]
async fn an_override_is_for_the_guards_that_were_seen_failing() {
    let waiver = Some("the lead agreed".into());
    let of = |waived| HandoffOrder { waiver: waiver.clone(), waived, ..order(1, 4) };
    let both = (Some(3), Some(0.1));
    assert_eq!(end(&weighed(both, of(None)).await), "accepted", "whatever failed then");
    let half = weighed(both, of(Some(vec![GuardKind::Depth]))).await;
    assert!(reason(&half).contains("sentiment") && !reason(&half).contains("transfers so far"));
}

#[tokio::test(start_paused = true)]
async fn an_override_does_not_hold_for_a_guard_that_fails_in_the_grace_time() {
    let fake = Fake::new(3, 10, 5);
    fake.state().weighed = (None, Some(0.1));
    let mut handle = ready(&fake, GRACE).await;
    let order = HandoffOrder { waiver: Some("the lead agreed".into()), ..order(1, 4) };
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    reached(&mut handle, "grace").await;
    fake.state().sessions.get_mut(&order.session).unwrap().session.depth = Some(3);
    let stages = stages(&mut handle, &order.id).await;
    assert!(reason(&stages).contains("3 transfers so far"), "{stages:?}");
    assert!(fake.state().transfers.is_empty());
}

/// An order to a queue that is full.
fn to_full_queue(fake: &Fake) -> HandoffOrder {
    fake.state().full = vec![queue_id(2)];
    HandoffOrder { target: Target::Queue(queue_id(2)), ..order(1, 4) }
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_is_waited_for() {
    let fake = Fake::new(3, 10, 5);
    let order = to_full_queue(&fake);
    let mut handle = ready(&fake, NO_GRACE).await;
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    reached(&mut handle, "deferred").await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert!(fake.state().transfers.is_empty(), "nothing leaves for a full queue");
    fake.state().full.clear();
    assert_eq!(end(&stages(&mut handle, &order.id).await), "queued");
    assert_eq!(fake.state().transfers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_stays_full_is_given_up_in_time() {
    let fake = Fake::new(3, 10, 5);
    let order = to_full_queue(&fake);
    let mut handle = ready(&fake, NO_GRACE).await;
    let began = tokio::time::Instant::now();
    let stages = carry_out(&mut handle, order).await;
    assert!(reason(&stages).contains("queue-2 is full"), "{stages:?}");
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(60) && waited < Duration::from_secs(65), "{waited:?}");
    assert!(fake.state().transfers.is_empty() && fake.state().claims.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_full_queue_can_be_called_back() {
    let fake = Fake::new(3, 10, 5);
    let order = to_full_queue(&fake);
    let mut handle = ready(&fake, NO_GRACE).await;
    handle.commands.send(Command::Handoff(Box::new(order))).await.unwrap();
    let id = reached(&mut handle, "deferred").await;
    handle.commands.send(Command::Cancel(id.clone())).await.unwrap();
    assert_eq!(end(&stages(&mut handle, &id).await), "cancelled");
    assert!(fake.state().transfers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_place_in_line_was_given_also_if_somebody_has_answered_since() {
    let fake = Fake::new(3, 10, 5);
    fake.state().fate = Fate::LostBefore(Kind::Timeout);
    let demands = Demands { priority: Some(7), ..Demands::default() };
    let order = HandoffOrder { target: Target::Queue(queue_id(0)), demands, ..order(1, 0) };
    let mut handle = ready(&fake, NO_GRACE).await;
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    reached(&mut handle, "requesting").await;
    fake.state().sessions.get_mut(&order.session).unwrap().session.priority = Some(7);
    fake.state().sessions.get_mut(&order.session).unwrap().session.state = SessionState::Connected;
    assert_eq!(end(&stages(&mut handle, &order.id).await), "queued");
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_fails_while_a_full_queue_is_waited_for_stops_it() {
    let fake = Fake::new(3, 10, 5);
    let order = to_full_queue(&fake);
    let mut handle = ready(&fake, NO_GRACE).await;
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    reached(&mut handle, "deferred").await;
    fake.state().weighed = (None, Some(0.1));
    fake.state().full.clear();
    let stages = stages(&mut handle, &order.id).await;
    assert!(reason(&stages).contains("sentiment 0.1"), "{stages:?}");
    assert!(fake.state().transfers.is_empty());
}

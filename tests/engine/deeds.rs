//! What a signed-in person does in sessions themselves: done once, told as it is, and settled by reading where
//! nobody has answered.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

use std::time::Duration;

use floorwalker::{
    domain::{
        audit::{Account, AuditEvent},
        deed::{Deed, DeedFlight, DeedOrder, DeedStage, Saying, Seat},
        detail::{Attendance, Purpose, SessionDetail},
        flight::Owner,
        session::{SessionState, Standing},
    },
    engine::{Command, Event, Handle, Me},
    genesys::error::Kind,
    store::Deeds,
};
use jiff::ToSpan;
use serde_json::Value;

use super::{
    NO_GRACE,
    fake::{Fake, Fate, agent_id, done::me, floor, owner, queue_id, ready, session_id},
};

/// An org whose first session its first agent has, with somebody signed in.
fn org() -> Fake {
    let fake = Fake::new(3, 10, 5);
    let account = Account { id: "robin".into(), name: Some("Robin Vale".into()) };
    fake.state().account = Some(account);
    fake.connect(1);
    fake
}

fn order(deed: Deed) -> DeedOrder {
    let serving = if matches!(deed, Deed::Say(_)) { me() } else { agent_id(0) };
    let (state, queue) = (SessionState::Connected, Some(queue_id(0)));
    DeedOrder::new(session_id(1), Standing { state, queue, agent: Some(serving) }, deed)
}

fn say() -> Deed {
    Deed::Say(Saying::new("It left on Monday.".into()))
}

/// The org for what is to be done: its own agent writes.
fn org_for(deed: &Deed) -> Fake {
    let fake = org();
    if let Deed::Say(_) = deed {
        fake.serve(1, me());
    }
    fake
}

async fn carry_out(handle: &mut Handle, order: &DeedOrder) -> Vec<DeedStage> {
    handle.commands.send(Command::Deed(Box::new(order.clone()))).await.unwrap();
    stages(handle, order).await
}

/// The stages of one deed to its end.
async fn stages(handle: &mut Handle, order: &DeedOrder) -> Vec<DeedStage> {
    let mut stages = Vec::new();
    while let Some(event) = handle.events.recv().await {
        if let Event::Deed(news) = event
            && news.order.id == order.id
        {
            stages.push(news.stage.clone());
            if news.stage.is_final() {
                break;
            }
        }
    }
    stages
}

fn words(stages: &[DeedStage]) -> Vec<&'static str> {
    stages.iter().map(DeedStage::word).collect()
}

fn reason(stages: &[DeedStage]) -> String {
    stages.last().and_then(DeedStage::reason).map(ToString::to_string).unwrap_or_default()
}

fn history(fake: &Fake) -> Vec<String> {
    fake.state().history.clone()
}

#[tokio::test(start_paused = true)]
async fn each_is_announced_before_it_is_asked_for_and_written_down_at_its_end() {
    for (deed, lines) in [
        (Deed::Monitor, ["audit monitoring_initiated", "monitor", "audit monitoring_begun"]),
        (say(), ["audit message_initiated", "send", "audit message_sent"]),
    ] {
        let fake = org_for(&deed);
        let mut handle = ready(&fake, NO_GRACE).await;
        let order = order(deed);
        let seen = carry_out(&mut handle, &order).await;
        assert_eq!(words(&seen), ["asked", "requesting", "done"]);
        assert_eq!(history(&fake), lines);
        let state = fake.state();
        let done = state.records.last().unwrap();
        assert_eq!(done.details["genesys_user"], "robin");
        assert_eq!(
            (done.session.clone(), done.status.as_deref()),
            (Some(session_id(1)), Some("done"))
        );
        assert_eq!(done.request_ms, Some(60.0));
        assert_eq!(done.correlation.as_deref(), Some("corr-2"));
        assert_eq!(done.details["deed"], order.id.to_string());
        if let Deed::Say(text) = &order.deed {
            assert_eq!(done.details["letters"], 18);
            assert_eq!(done.details["message_id"], "m0");
            assert_eq!(done.details["message"], text.expose(), "the store drops it, if it is to");
        }
        assert!(state.deeds.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_row_says_who_listens_before_the_next_poll_and_no_longer_once_they_have_left() {
    let fake = org();
    let mut handle = ready(&fake, NO_GRACE).await;
    let pulse = handle.pulse.wait_for(|pulse| pulse.me.is_some()).await.unwrap().me.clone();
    assert!(matches!(pulse, Some(Me::Person(account)) if account.id.as_str() == "robin"));
    fake.fail(floorwalker::genesys::Feed::Sessions, Kind::Timeout);
    carry_out(&mut handle, &order(Deed::Monitor)).await;
    let heard =
        |f: &floorwalker::domain::floor::Floor| f.session(&session_id(1)).unwrap().monitor.clone();
    floor(&mut handle, |f| heard(f) == Some(me())).await;
    let left = carry_out(&mut handle, &order(Deed::Leave)).await;
    assert_eq!(words(&left).last(), Some(&"done"));
    floor(&mut handle, |f| heard(f).is_none()).await;
    let last = fake.state().records.last().unwrap().event.clone();
    assert_eq!(last.as_str(), AuditEvent::MonitoringEnded.name());
}

/// The ends of listening in that are in the audit log, each with who ended it.
fn ends(fake: &Fake) -> Vec<Value> {
    let records = &fake.state().records;
    let name = AuditEvent::MonitoringEnded.name();
    let ended = records.iter().filter(|record| record.event.as_str() == name);
    ended.map(|record| record.details["ended_by"].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn listening_in_that_ends_by_itself_is_written_down_and_told() {
    let end = |detail: &mut SessionDetail| detail.session.state = SessionState::Disconnected;
    let leave = |detail: &mut SessionDetail| {
        let own = detail.participants.iter_mut().filter(|part| part.purpose == Purpose::Listener);
        own.for_each(|part| part.presence = Attendance::Gone);
        detail.session.monitor = None;
    };
    for (way, why) in [
        (end as fn(&mut SessionDetail), "the session has ended"),
        (leave, "it has ended, not from here"),
    ] {
        let fake = org();
        let mut handle = ready(&fake, NO_GRACE).await;
        let order = order(Deed::Monitor);
        carry_out(&mut handle, &order).await;
        tokio::time::sleep(Duration::from_secs(90)).await;
        assert_eq!(ends(&fake), [] as [Value; 0], "they listen still");
        // Who asks once more is refused, and watched as before.
        let again = DeedOrder::new(session_id(1), order.seen.clone(), Deed::Monitor);
        let refused = carry_out(&mut handle, &again).await;
        assert_eq!(words(&refused).last(), Some(&"rejected"));
        let guest = handle.floor.borrow().session(&session_id(1)).unwrap().label();
        way(fake.state().sessions.get_mut(&session_id(1)).unwrap());
        let told = async {
            loop {
                if let Event::Notice(notice) = handle.events.recv().await.unwrap()
                    && notice.text.contains("You no longer monitor")
                {
                    return notice.text;
                }
            }
        };
        let told = told.await;
        assert!(told.ends_with(&format!("monitor {guest}: {why}")), "{told}");
        assert_eq!(ends(&fake), [why]);
        let last = fake.state().records.last().unwrap().clone();
        assert_eq!(last.session, Some(session_id(1)));
        assert!(last.details["listened_at_most_s"].as_u64().unwrap() >= 90, "{:?}", last.details);
        assert_eq!((last.request_ms, last.correlation), (None, None), "no request has ended it");
        // Once is enough.
        tokio::time::sleep(Duration::from_secs(90)).await;
        assert_eq!(ends(&fake).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_from_here_is_written_down_once() {
    let fake = org();
    let mut handle = ready(&fake, NO_GRACE).await;
    carry_out(&mut handle, &order(Deed::Monitor)).await;
    fake.state().fate = Fate::DoneButLost(Kind::Timeout);
    carry_out(&mut handle, &order(Deed::Leave)).await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert_eq!(ends(&fake), [Value::Null]);
}

#[tokio::test(start_paused = true)]
async fn what_was_done_is_done_though_its_answer_was_lost() {
    for deed in [Deed::Monitor, say()] {
        for kind in [Kind::Timeout, Kind::Network] {
            let fake = org_for(&deed);
            let mut handle = ready(&fake, NO_GRACE).await;
            fake.state().fate = Fate::DoneButLost(kind);
            let seen = carry_out(&mut handle, &order(deed.clone())).await;
            assert_eq!(words(&seen), ["asked", "requesting", "doubtful", "done"], "{deed:?}");
            assert_eq!(history(&fake).len(), 3, "asked for once: {:?}", history(&fake));
            assert_eq!(fake.state().records.last().unwrap().error, None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_done_long_after_nobody_answered_is_still_seen() {
    for deed in [Deed::Monitor, say()] {
        let fake = org_for(&deed);
        let mut handle = ready(&fake, NO_GRACE).await;
        fake.state().fate = Fate::DoneLate(Duration::from_secs(60));
        let seen = carry_out(&mut handle, &order(deed)).await;
        assert_eq!(words(&seen).last(), Some(&"done"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_arrived_is_a_failure_and_of_a_message_nobody_can_know() {
    for (deed, word, event) in
        [(Deed::Monitor, "failed", "monitoring_failed"), (say(), "unknown", "message_failed")]
    {
        let fake = org_for(&deed);
        let mut handle = ready(&fake, NO_GRACE).await;
        fake.state().fate = Fate::LostBefore(Kind::Timeout);
        let seen = carry_out(&mut handle, &order(deed.clone())).await;
        assert_eq!(words(&seen).last(), Some(&word));
        let sent = history(&fake).iter().filter(|line| !line.starts_with("audit")).count();
        assert_eq!(sent, 1, "it is not sent again: {:?}", history(&fake));
        let state = fake.state();
        let last = state.records.last().unwrap();
        assert_eq!((last.event.as_str(), last.status.as_deref()), (event, Some(word)));
        if word == "unknown" {
            assert!(reason(&seen).contains("read the transcript before"), "{}", reason(&seen));
        }
    }
}

/// Words of the same customer, or of somebody else, are not taken for ours.
#[tokio::test(start_paused = true)]
async fn only_the_same_words_of_the_same_agent_show_that_a_message_was_sent() {
    let fake = org_for(&say());
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.state().fate = Fate::LostBefore(Kind::Timeout);
    let order = order(say());
    handle.commands.send(Command::Deed(Box::new(order.clone()))).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let other = DeedOrder { deed: Deed::Say(Saying::new("One moment.".into())), ..order.clone() };
    fake.deed_apply(&other, &seat());
    // Another agent says the same by other means.
    fake.deed_apply(&order, &Seat { me: agent_id(3), ..seat() });
    let seen = stages(&mut handle, &order).await;
    assert_eq!(words(&seen).last(), Some(&"unknown"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_with_what_helps() {
    for deed in [Deed::Monitor, say()] {
        let fake = org_for(&deed);
        let mut handle = ready(&fake, NO_GRACE).await;
        fake.state().fate = Fate::Refused(Kind::Permission);
        let seen = carry_out(&mut handle, &order(deed)).await;
        assert_eq!(words(&seen), ["asked", "requesting", "failed"]);
        assert!(reason(&seen).contains("add the permission"), "{}", reason(&seen));
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_done() {
    let fake = org();
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.state().store_broken = true;
    let order = order(Deed::Monitor);
    let seen = carry_out(&mut handle, &order).await;
    assert_eq!(words(&seen), ["asked", "failed"]);
    assert!(reason(&seen).contains("nothing was sent"), "{}", reason(&seen));
    assert!(history(&fake).is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_it_may_not_be_done_nothing_leaves() {
    let fake = org();
    fake.state().account = None;
    let mut handle = ready(&fake, NO_GRACE).await;
    assert_eq!(handle.pulse.borrow().me, Some(Me::Client));
    let seen = carry_out(&mut handle, &order(Deed::Monitor)).await;
    assert!(reason(&seen).contains("floorwalker login"), "{}", reason(&seen));
    for (deed, why) in
        [(say(), "you are not its connected agent"), (Deed::Leave, "you do not monitor it")]
    {
        let fake = org();
        let mut handle = ready(&fake, NO_GRACE).await;
        let seen = Standing { agent: Some(agent_id(0)), ..order(deed.clone()).seen };
        let order = DeedOrder { seen, ..order(deed) };
        let seen = carry_out(&mut handle, &order).await;
        assert_eq!(words(&seen), ["asked", "rejected"]);
        assert!(reason(&seen).contains(why), "{}", reason(&seen));
        assert_eq!(history(&fake).len(), 1, "one record: {:?}", history(&fake));
    }
    // The session is not any more what was looked at.
    let fake = org();
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.serve(1, agent_id(3));
    let seen = carry_out(&mut handle, &order(Deed::Monitor)).await;
    assert!(reason(&seen).contains("has changed since you looked"), "{}", reason(&seen));
    assert_eq!(history(&fake), ["audit monitoring_failed"]);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_comes_twice_is_one() {
    let fake = org_for(&say());
    let mut handle = ready(&fake, NO_GRACE).await;
    let order = order(say());
    handle.commands.send(Command::Deed(Box::new(order.clone()))).await.unwrap();
    carry_out(&mut handle, &order).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(history(&fake).iter().filter(|line| *line == "send").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn leaving_before_it_is_known_is_written_down() {
    let fake = org_for(&say());
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.state().fate = Fate::LostBefore(Kind::Timeout);
    handle.commands.send(Command::Deed(Box::new(order(say())))).await.unwrap();
    loop {
        match handle.events.recv().await {
            Some(Event::Deed(news)) if news.stage == DeedStage::Doubtful => break,
            other => assert!(other.is_some()),
        }
    }
    drop(handle);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let state = fake.state();
    let last = state.records.last().unwrap();
    assert_eq!((last.event.as_str(), last.status.as_deref()), ("message_failed", Some("unknown")));
    assert!(last.error.as_deref().unwrap().contains("left before"));
    assert!(state.deeds.is_empty());
}

/// One's own part in the session, as the fake knows it.
fn seat() -> Seat {
    Seat {
        me: me(),
        participant: "participant-501".into(),
        agent: Some(me()),
        communication: Some("talk".into()),
        known: vec![],
    }
}

/// A deed that a process of this machine has left behind.
async fn left_behind(fake: &Fake, deed: Deed) -> DeedFlight {
    let gone = Owner { pid: i32::MAX as u32, ..owner() };
    let flight = DeedFlight {
        order: order(deed),
        seat: seat(),
        taken: fake.clock().now(),
        owner: gone,
        context: "test".into(),
        dialect: "fake".into(),
    };
    fake.state().deeds.push(flight.clone());
    flight
}

#[tokio::test(start_paused = true)]
async fn what_a_crash_left_behind_is_settled_by_reading_alone() {
    for (deed, done, word, event) in [
        (Deed::Monitor, true, "done", "monitoring_begun"),
        (Deed::Monitor, false, "failed", "monitoring_failed"),
        (say(), true, "done", "message_sent"),
        (say(), false, "unknown", "message_failed"),
    ] {
        let fake = org_for(&deed);
        let flight = left_behind(&fake, deed).await;
        if done {
            fake.deed_apply(&flight.order, &flight.seat);
        }
        let mut handle = fake.engine(NO_GRACE);
        let seen = stages(&mut handle, &flight.order).await;
        assert_eq!(words(&seen), [word], "{event}");
        assert_eq!(history(&fake), [format!("audit {event}")], "nothing is ever sent again");
        assert!(fake.deeds().await.unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_console_or_org_has_begun_is_not_settled_here() {
    let fake = org();
    let mut flight = left_behind(&fake, Deed::Monitor).await;
    flight.owner = Owner { host: "elsewhere".into(), ..owner() };
    fake.state().deeds[0] = flight.clone();
    let mut other = left_behind(&fake, Deed::Monitor).await;
    other.context = "another org".into();
    fake.state().deeds[1] = other;
    let _handle = ready(&fake, NO_GRACE).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert!(history(&fake).is_empty(), "{:?}", history(&fake));
    assert_eq!(fake.deeds().await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_settle_any_more_is_ended_as_unknown_once() {
    let fake = org();
    let hours = |n: i64| fake.clock().now() - n.hours();
    let mut flight = left_behind(&fake, say()).await;
    (flight.context, flight.dialect) = ("renamed".into(), "platform".into());
    // The machine that began it is another one, and nobody knows what runs there.
    flight.owner = Owner { host: "elsewhere".into(), ..owner() };
    let fresh = DeedFlight { order: order(say()), taken: hours(1), ..flight.clone() };
    flight.taken = hours(2);
    fake.state().deeds = vec![flight.clone(), fresh.clone()];
    let _handle = ready(&fake, NO_GRACE).await;
    while fake.deeds().await.unwrap().len() > 1 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(fake.deeds().await.unwrap(), [fresh], "that one may be followed yet");
    assert_eq!(history(&fake), ["audit message_failed"], "nothing was sent");
    let state = fake.state();
    let last = state.records.last().unwrap();
    assert_eq!((&*last.context, last.dialect.as_ref()), ("renamed", "platform"));
    assert_eq!(
        (last.status.as_deref(), last.session.clone()),
        (Some("unknown"), Some(session_id(1)))
    );
    assert!(last.error.as_deref().unwrap().contains("nobody has opened this org since"));
    assert_eq!(last.details["deed"], flight.order.id.to_string());
    assert_eq!(
        (&last.details["begun_by"], &last.details["genesys_user"]),
        (&"robin".into(), &Value::Null)
    );
}

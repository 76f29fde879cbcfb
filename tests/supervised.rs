//! The engine keeps guests' sessions, on a paused clock: opened, kept, lost, ended, handed over, each act
//! announced before it (SPEC sections 8 and 9).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test may fail like one"
)]

#[path = "support/fake.rs"]
#[expect(dead_code, reason = "what only handoffs need")]
mod fake;

use std::{sync::Arc, time::Duration};

use fake::{Fake, queue_id, session_id};
use floorwalker::{
    domain::{
        flight::Owner,
        floor::Floor,
        guest::GuestOrder,
        id::SessionId,
        lease::{Kept, Lease, Phase},
        supervision::{End, Hold, Supervised},
    },
    engine::{
        Command, Event, Handle,
        supervision::{Turn, Ward},
    },
    genesys::error::Kind,
    policy::guest_session::plain_order,
};
use tokio::time::{Instant, sleep, timeout};

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn guest(duration: i64) -> GuestOrder {
    let token = "jwt_0123456789".to_owned().into();
    GuestOrder { duration, ..plain_order(token, queue_id(0)) }
}

/// Waits for what happens next to a supervision.
async fn next(handle: &mut Handle) -> (Option<SessionId>, Turn) {
    let told = async {
        loop {
            match handle.events.recv().await.expect("an engine that runs") {
                Event::Supervision(news) => return (news.session, news.turn),
                _ => continue,
            }
        }
    };
    // The paused clock would otherwise run on for ever.
    timeout(secs(14_400), told).await.expect("news of a supervision")
}

async fn opened(fake: &Fake, duration: i64) -> (Handle, SessionId) {
    let mut handle = fake.engine(Duration::ZERO);
    handle.commands.send(Command::Open(guest(duration))).await.unwrap();
    let (session, turn) = next(&mut handle).await;
    assert!(matches!(turn, Turn::Opened { queue, .. } if queue == queue_id(0)));
    (handle, session.unwrap())
}

async fn ward(handle: &mut Handle, holds: impl Fn(&Ward) -> bool) -> Arc<Ward> {
    let there = |pulse: &Arc<floorwalker::engine::Pulse>| {
        pulse.ward.as_ref().is_some_and(|ward| holds(ward))
    };
    let found = timeout(secs(600), handle.pulse.wait_for(there)).await;
    found.expect("such a ward").unwrap().ward.clone().unwrap()
}

fn history(fake: &Fake) -> Vec<String> {
    fake.state().history.clone()
}

fn told(fake: &Fake) -> Vec<String> {
    let state = fake.state();
    state.letters.iter().map(|l| l.body["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_session_is_announced_opened_kept_and_told() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 60).await;
    let acts = ["audit session_initialized", "open", "audit supervision_begun"];
    assert_eq!(history(&fake), acts);
    assert_eq!(told(&fake), ["connected"]);
    sleep(secs(30)).await;
    let beats: Vec<Instant> = fake.state().beats.iter().map(|beat| beat.0).collect();
    assert!((4..=6).contains(&beats.len()), "every 6 s: {beats:?}");
    let seen = ward(&mut handle, |ward| ward.kept.values().any(|kept| kept.beaten.is_some())).await;
    let kept: &Kept = &seen.kept[&session];
    assert_eq!((kept.here, kept.words(), kept.it.hold), (true, "kept by heartbeat", Hold::Patch));
    assert!(kept.left(fake.clock().now()).unwrap() <= secs(31));
    assert!(kept.age(fake.clock().now()).unwrap() <= secs(7));
    let floor = handle.floor.wait_for(|floor| floor.session(&session).is_some());
    let found = timeout(secs(600), floor).await.expect("it is on the floor");
    found.unwrap();
    let state = fake.state();
    let said = format!("{:?} {:?}", state.records, state.letters);
    assert!(!said.contains("jwt_"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_may_not_be_opened_is_refused_before_any_request() {
    let fake = Fake::new(1, 1, 0);
    let mut handle = fake.engine(Duration::ZERO);
    handle.commands.send(Command::Open(guest(2701))).await.unwrap();
    let (_, turn) = next(&mut handle).await;
    let Turn::NotOpened { reason, .. } = turn else { panic!("{turn:?}") };
    assert!(reason.starts_with("Validation 400 Constraint Violated"), "{reason}");
    assert!(history(&fake).is_empty());
    fake.state().store_broken = true;
    handle.commands.send(Command::Open(guest(600))).await.unwrap();
    assert!(matches!(next(&mut handle).await.1, Turn::NotOpened { .. }));
    assert!(history(&fake).is_empty(), "what can't be written down is not sent");
}

#[tokio::test(start_paused = true)]
async fn an_announcement_gets_an_end_though_nothing_was_opened() {
    let fake = Fake::new(1, 1, 0);
    fake.state().beside.push_back(Kind::Permission);
    let mut handle = fake.engine(Duration::ZERO);
    handle.commands.send(Command::Open(guest(600))).await.unwrap();
    assert!(matches!(next(&mut handle).await, (None, Turn::NotOpened { .. })));
    let acts = ["audit session_initialized", "open", "audit session_terminated"];
    assert_eq!(history(&fake), acts);
    assert!(fake.state().leases.is_empty(), "its place is free again");
}

#[tokio::test(start_paused = true)]
async fn warnings_come_and_the_limit_ends_it_gracefully() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 600).await;
    let begun = fake.clock().now();
    let mut turns = Vec::new();
    while turns.len() < 3 {
        let (of, turn) = next(&mut handle).await;
        assert_eq!(of.as_ref(), Some(&session));
        turns.push((fake.clock().now().duration_since(begun).as_secs(), turn));
    }
    let (at, what): (Vec<i64>, Vec<Turn>) = turns.into_iter().unzip();
    assert!((299..=301).contains(&at[0]) && (539..=541).contains(&at[1]), "{at:?}");
    assert!((599..=601).contains(&at[2]), "{at:?}");
    assert!(matches!(what[0], Turn::Warning { left } if left.as_secs_f64().round() == 300.0));
    assert!(matches!(what[1], Turn::Warning { left } if left.as_secs_f64().round() == 60.0));
    assert_eq!(what[2], Turn::Ended { why: End::Expired });
    let acts = history(&fake);
    assert_eq!(acts[acts.len() - 2..], ["audit session_terminated", "disconnect"]);
    assert_eq!(told(&fake), ["connected", "terminated"]);
    assert!(fake.state().leases.is_empty());
}

#[tokio::test(start_paused = true)]
async fn three_failures_disconnect_it_and_that_is_audited_before() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 600).await;
    handle.commands.send(Command::Supervise(session_id(9000))).await.unwrap();
    let (_, refused) = next(&mut handle).await;
    assert!(matches!(refused, Turn::Refused { .. }), "it is kept already: {refused:?}");
    sleep(secs(31)).await;
    fake.state().heartless.insert(session.clone());
    assert_eq!(next(&mut handle).await, (Some(session), Turn::Ended { why: End::Lost }));
    let acts = history(&fake);
    assert_eq!(acts[acts.len() - 2..], ["audit session_disconnected", "disconnect"]);
    assert_eq!(told(&fake), ["connected", "terminated"]);
}

#[tokio::test(start_paused = true)]
async fn another_sessions_failures_are_told_and_it_is_left_alone() {
    let fake = Fake::new(1, 1, 1);
    let mut handle = fake.engine(Duration::ZERO);
    handle.commands.send(Command::Supervise(session_id(0))).await.unwrap();
    assert_eq!(next(&mut handle).await, (Some(session_id(0)), Turn::Begun));
    fake.state().heartless.insert(session_id(0));
    assert_eq!(next(&mut handle).await, (Some(session_id(0)), Turn::Failing));
    let seen = ward(&mut handle, |ward| ward.kept[&session_id(0)].it.failures == 3).await;
    assert!(seen.beats.failed >= 3);
    assert!(fake.state().disconnected.is_empty());
    handle.commands.send(Command::Release(session_id(0))).await.unwrap();
    assert_eq!(next(&mut handle).await.1, Turn::Released);
    let sent = fake.state().beats.len();
    fake.state().heartless.clear();
    sleep(secs(100)).await;
    assert_eq!(fake.state().beats.len(), sent, "no beat after that");
    assert_eq!(history(&fake).last().unwrap(), "audit supervision_released");
}

#[tokio::test(start_paused = true)]
async fn ending_it_tells_everybody_once() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 600).await;
    for _ in 0..2 {
        handle.commands.send(Command::End(session.clone())).await.unwrap();
    }
    assert_eq!(next(&mut handle).await.1, Turn::Ended { why: End::Released });
    sleep(secs(60)).await;
    let acts = ["audit session_initialized", "open", "audit supervision_begun"];
    let end = ["audit session_terminated", "disconnect"];
    assert_eq!(history(&fake), [acts.as_slice(), &end].concat());
    assert_eq!(told(&fake), ["connected", "terminated"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_hands_over_and_the_next_beats_on() {
    let fake = Fake::new(1, 1, 0);
    let (handle, session) = opened(&fake, 60).await;
    sleep(secs(20)).await;
    drop(handle);
    // One on another machine: of this one's process it knows nothing but the lease.
    sleep(Duration::from_millis(300)).await;
    let before = fake.state().beats.len();
    sleep(secs(20)).await;
    assert_eq!(fake.state().beats.len(), before, "who has left sends nothing");
    let mut heir = fake.engine(Duration::ZERO);
    let (of, turn) = next(&mut heir).await;
    assert!(matches!(turn, Turn::TakenOver { .. }), "{turn:?}");
    assert_eq!(of.as_ref(), Some(&session));
    sleep(Duration::from_millis(100)).await;
    let state = fake.state();
    assert_eq!(state.beats.len(), before + 1, "it was overdue");
    assert!(state.beats.windows(2).all(|two| two[0].2 < two[1].2), "numbers increase");
}

#[tokio::test(start_paused = true)]
async fn no_beat_is_sent_past_the_end_of_a_lease_that_could_not_be_renewed() {
    let fake = Fake::new(1, 1, 0);
    let (_handle, _) = opened(&fake, 60).await;
    sleep(secs(12)).await;
    fake.state().store_broken = true;
    // It may hold for the rest of an interval, less the time between two looks.
    sleep(secs(5)).await;
    let sent = fake.state().beats.len();
    assert!(sent >= 2);
    sleep(secs(20)).await;
    assert_eq!(fake.state().beats.len(), sent, "somebody else may send them now");
    fake.state().store_broken = false;
    sleep(secs(12)).await;
    assert!(fake.state().beats.len() > sent, "nobody took it, and it is kept on");
}

#[tokio::test(start_paused = true)]
async fn a_session_with_a_short_interval_is_kept_beside_one_with_a_long_one() {
    let fake = Fake::new(1, 1, 1);
    let mut handle = fake.engine(Duration::ZERO);
    handle.commands.send(Command::Supervise(session_id(0))).await.unwrap();
    assert_eq!(next(&mut handle).await, (Some(session_id(0)), Turn::Begun));
    // Another moment than that of a renewal, which comes every five seconds until now.
    sleep(secs(13)).await;
    handle.commands.send(Command::Open(guest(50))).await.unwrap();
    let (session, _) = next(&mut handle).await;
    for _ in 0..40 {
        sleep(Duration::from_millis(500)).await;
        let state = fake.state();
        let lease = state.leases.iter().find(|lease| Some(&lease.it.id) == session.as_ref());
        assert!(lease.unwrap().until > fake.clock().now(), "its lease has run out");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_refused_is_told_to_nobody_else_and_the_session_is_kept_on() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 60).await;
    fake.state().refuses_ending = Some(Kind::Permission);
    handle.commands.send(Command::End(session.clone())).await.unwrap();
    let (of, turn) = next(&mut handle).await;
    assert_eq!(of.as_ref(), Some(&session));
    assert!(matches!(turn, Turn::NotEnded { .. }), "{turn:?}");
    assert_eq!(told(&fake), ["connected"], "the CRM must not hear of an end that was none");
    let before = fake.state().beats.len();
    sleep(secs(20)).await;
    assert!(fake.state().beats.len() > before, "its heartbeat goes on");
    fake.state().refuses_ending = None;
    handle.commands.send(Command::End(session)).await.unwrap();
    assert_eq!(next(&mut handle).await.1, Turn::Ended { why: End::Released });
    assert_eq!(told(&fake), ["connected", "terminated"]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_can_not_be_carried_out_leaves_the_session_open_and_counted() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 20).await;
    fake.state().refuses_ending = Some(Kind::Permission);
    let (of, turn) = next(&mut handle).await;
    assert_eq!(of.as_ref(), Some(&session));
    assert!(matches!(turn, Turn::NotEnded { .. }), "{turn:?}");
    assert_eq!(told(&fake), ["connected"]);
    assert_eq!(fake.state().leases[0].phase, Phase::Released);
    assert!(history(&fake).ends_with(&["disconnect".into(), "audit session_terminated".into()]));
}

#[tokio::test(start_paused = true)]
async fn an_end_that_could_not_be_announced_is_not_asked_for_and_the_session_is_kept() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 60).await;
    fake.state().store_broken = true;
    handle.commands.send(Command::End(session)).await.unwrap();
    let (_, turn) = next(&mut handle).await;
    assert!(matches!(&turn, Turn::NotEnded { reason } if reason.contains("nothing was sent")));
    fake.state().store_broken = false;
    let before = fake.state().beats.len();
    sleep(secs(20)).await;
    assert!(fake.state().beats.len() > before && fake.state().disconnected.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_ours_and_was_let_fall_is_taken_up_again() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 100).await;
    // Its limit comes while nothing can be written down: the end can't be announced.
    sleep(secs(95)).await;
    fake.state().store_broken = true;
    let (_, turn) = loop {
        let news = next(&mut handle).await;
        if !matches!(news.1, Turn::Warning { .. }) {
            break news;
        }
    };
    assert!(matches!(turn, Turn::NotEnded { .. }), "{turn:?}");
    fake.state().store_broken = false;
    assert_eq!(next(&mut handle).await, (Some(session), Turn::Ended { why: End::Expired }));
    assert_eq!(told(&fake), ["connected", "terminated"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_let_go_still_counts_and_is_kept_again_with_all_that_was_known() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 600).await;
    handle.commands.send(Command::Release(session.clone())).await.unwrap();
    assert_eq!(next(&mut handle).await.1, Turn::Released);
    sleep(secs(60)).await;
    let lease = fake.state().leases[0].clone();
    assert_eq!((lease.phase, lease.it.token.is_some()), (Phase::Released, true));
    let kept = ward(&mut handle, |ward| ward.kept.is_empty()).await;
    assert!(kept.kept.is_empty());
    handle.commands.send(Command::Supervise(session.clone())).await.unwrap();
    assert_eq!(next(&mut handle).await, (Some(session.clone()), Turn::Begun));
    let kept = ward(&mut handle, |ward| ward.kept.contains_key(&session)).await;
    let it = &kept.kept[&session].it;
    assert_eq!((it.opened_here, it.limit), (true, Some(secs(600))), "its limit holds");
    // Left alone it goes when its time is up, and that is written down.
    handle.commands.send(Command::Release(session)).await.unwrap();
    assert_eq!(next(&mut handle).await.1, Turn::Released);
    sleep(secs(610)).await;
    assert!(fake.state().leases.is_empty());
    assert_eq!(told(&fake), ["connected"], "it is open, as far as a look tells");
    assert_eq!(history(&fake).last().unwrap(), "audit session_terminated");
}

#[tokio::test(start_paused = true)]
async fn an_opening_whose_answer_was_lost_is_found_and_kept() {
    let fake = Fake::new(1, 1, 0);
    fake.state().openings_lost = 1;
    let mut handle = fake.engine(Duration::ZERO);
    let order = guest(600);
    handle.commands.send(Command::Open(order.clone())).await.unwrap();
    let (_, turn) = next(&mut handle).await;
    assert!(matches!(&turn, Turn::NotOpened { reason, .. } if reason.contains("nobody knows")));
    assert_eq!(fake.state().leases.len(), 1, "it counts");
    assert_eq!(next(&mut handle).await, (Some(order.id.clone()), Turn::Begun));
    assert_eq!(told(&fake), ["connected"]);
    let before = fake.state().beats.len();
    sleep(secs(60)).await;
    assert!(fake.state().beats.len() > before);
}

#[tokio::test(start_paused = true)]
async fn what_others_keep_takes_of_the_same_budget() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, _) = opened(&fake, 600).await;
    // Another floorwalker keeps as many as the budget carries, all at the shortest interval.
    let lease = fake.state().leases[0].clone();
    for n in 0..90 {
        let keeper = Owner { host: "elsewhere".into(), ..lease.it.keeper.clone() };
        let (id, interval) = (SessionId::from(format!("theirs-{n}").as_str()), secs(5));
        let it = Supervised { id, interval, keeper, ..lease.it.clone() };
        let until = fake.clock().after(secs(100_000));
        fake.state().leases.push(Lease { it, until, ..lease.clone() });
    }
    handle.commands.send(Command::Open(guest(50))).await.unwrap();
    let (_, turn) = next(&mut handle).await;
    let Turn::NotOpened { reason, .. } = turn else { panic!("{turn:?}") };
    assert!(reason.starts_with("Supervision refused: it would take 1094 heartbeats"), "{reason}");
}

/// A place that somebody who has gone took a while ago.
fn abandoned(fake: &Fake, like: &Lease) -> SessionId {
    let id = SessionId::from("place");
    let keeper = Owner { host: "elsewhere".into(), ..like.it.keeper.clone() };
    let it = Supervised { id: id.clone(), keeper, ..like.it.clone() };
    let lease = Lease { it, until: fake.clock().now(), phase: Phase::Opening, ..like.clone() };
    fake.state().leases.push(lease);
    id
}

#[tokio::test(start_paused = true)]
async fn an_opening_that_never_arrived_gives_its_place_back_once_it_can_not_arrive_any_more() {
    let fake = Fake::new(1, 1, 0);
    let (_handle, _) = opened(&fake, 600).await;
    let like = fake.state().leases[0].clone();
    let place = abandoned(&fake, &like);
    let there = || fake.state().leases.iter().any(|lease| lease.it.id == place);
    sleep(secs(80)).await;
    assert!(there(), "the request may be on its way");
    sleep(secs(30)).await;
    assert!(!there());
    assert_eq!(told(&fake), ["connected"], "the other one's");
    assert!(history(&fake).contains(&"audit session_terminated".into()));
}

#[tokio::test(start_paused = true)]
async fn an_opening_of_which_nobody_can_tell_counts_until_its_time_is_up() {
    let fake = Fake::new(1, 1, 0);
    let (_handle, _) = opened(&fake, 600).await;
    fake.state().fate_unknown = true;
    let like = fake.state().leases[0].clone();
    let place = abandoned(&fake, &like);
    let phase = || {
        let state = fake.state();
        state.leases.iter().find(|lease| lease.it.id == place).map(|lease| lease.phase)
    };
    sleep(secs(10)).await;
    assert_eq!(phase(), Some(Phase::Released));
    sleep(secs(610)).await;
    assert_eq!(phase(), None);
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_carried_out_once_the_trouble_is_over_however_long_that_takes() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 20).await;
    fake.state().refuses_ending = Some(Kind::Server);
    let (_, turn) = next(&mut handle).await;
    assert!(matches!(turn, Turn::NotEnded { .. }), "{turn:?}");
    sleep(secs(200)).await;
    assert_eq!(fake.state().leases[0].phase, Phase::Ending(End::Expired));
    assert_eq!(told(&fake), ["connected"]);
    fake.state().refuses_ending = None;
    loop {
        match next(&mut handle).await {
            (of, Turn::Ended { why: End::Expired }) => break assert_eq!(of, Some(session)),
            (_, Turn::NotEnded { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told(&fake), ["connected", "terminated"]);
    let announced = history(&fake).iter().filter(|act| *act == "audit session_terminated").count();
    assert_eq!(announced, 2, "that it is asked for, and once that it was not done");
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_refused_does_not_undo_a_release() {
    let fake = Fake::new(1, 1, 0);
    let (mut handle, session) = opened(&fake, 600).await;
    handle.commands.send(Command::Release(session.clone())).await.unwrap();
    assert_eq!(next(&mut handle).await.1, Turn::Released);
    fake.state().refuses_ending = Some(Kind::Permission);
    handle.commands.send(Command::End(session)).await.unwrap();
    assert!(matches!(next(&mut handle).await.1, Turn::NotEnded { .. }));
    sleep(secs(30)).await;
    assert_eq!(fake.state().leases[0].phase, Phase::Released);
}

#[tokio::test(start_paused = true)]
async fn a_guest_has_the_name_that_was_given_and_leaves_the_floor_at_once() {
    let fake = Fake::new(1, 1, 0);
    let mut handle = fake.engine(Duration::ZERO);
    let order = GuestOrder { name: "Ines".into(), ..guest(600) };
    handle.commands.send(Command::Open(order)).await.unwrap();
    let session = next(&mut handle).await.0.unwrap();
    let named = |floor: &Floor| {
        let row = floor.session(&session)?;
        row.guest.clone().filter(|guest| guest.as_str() == "Ines")
    };
    let found = handle.floor.wait_for(|floor| named(floor).is_some());
    timeout(secs(60), found).await.expect("its name").unwrap();
    handle.commands.send(Command::End(session.clone())).await.unwrap();
    assert_eq!(next(&mut handle).await.1, Turn::Ended { why: End::Released });
    let asked = Instant::now();
    let gone = handle.floor.wait_for(|floor| floor.session(&session).is_none());
    timeout(secs(60), gone).await.expect("nobody can act on it").unwrap();
    assert!(asked.elapsed() < secs(1), "without waiting for a list: {:?}", asked.elapsed());
    let state = fake.state();
    let said = format!("{:?} {:?}", state.records, state.letters);
    assert!(!said.contains("Ines"), "{said}");
}

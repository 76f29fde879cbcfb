//! The engine on a paused clock: how the floor is kept, and what becomes of a handoff.

#[path = "engine/back.rs"]
mod back;
#[path = "engine/deeds.rs"]
mod deeds;
#[path = "engine/doubt.rs"]
mod doubt;
#[path = "support/fake.rs"]
mod fake;
#[path = "engine/log.rs"]
mod log;
#[path = "engine/looks.rs"]
mod looks;
#[path = "engine/quiet.rs"]
mod quiet;
#[path = "engine/told.rs"]
mod told;

use std::time::Duration;

use fake::{
    Agent, Fake, Fate, agent_id, carry_out, floor, order, owner, queue_id, ready, session_id,
    stages,
};
use floorwalker::{
    domain::{
        flight::Owner,
        handoff::{HandoffOrder, Stage, Target},
        id::{HandoffId, SessionId},
        session::{Session, SessionState},
    },
    engine::{Command, Event, Link, assembly::Assembly},
    genesys::{Feed, Patch, Scope, error::Kind},
    store::Claim,
};
use jiff::Timestamp;
use tokio::time::Instant;

const GRACE: Duration = Duration::from_secs(3);
const NO_GRACE: Duration = Duration::ZERO;
/// Longer than a single read holds against the feeds.
const A_WHILE: Duration = Duration::from_secs(30);

fn words(stages: &[Stage]) -> Vec<&'static str> {
    stages.iter().map(Stage::word).collect()
}

fn reason(stages: &[Stage]) -> String {
    stages.last().and_then(Stage::reason).map(ToString::to_string).unwrap_or_default()
}

/// A claim of another console that runs.
fn somebody_elses(session: u32) -> Claim {
    let owner = Owner { host: "elsewhere".into(), ..owner() };
    Claim { session: session_id(session), handoff: HandoffId::random(), owner }
}

#[tokio::test(start_paused = true)]
async fn a_floor_appears_and_the_link_is_live() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = fake.engine(GRACE);
    let seen = floor(&mut handle, |f| f.loading.agents_known && f.loading.sessions_known).await;
    assert_eq!((seen.queues.len(), seen.agents.len(), seen.sessions.len()), (3, 10, 5));
    let pulse = handle.pulse.wait_for(|p| p.link == Link::Live).await.unwrap().clone();
    assert_eq!(pulse.org.as_deref(), Some("Test"));
    let seen = floor(&mut handle, |f| f.loading.profiles == 10).await;
    assert_eq!(&*seen.agents[0].label(), "Name of agent-0");
}

#[tokio::test(start_paused = true)]
async fn equal_answers_make_no_new_floor() {
    let fake = Fake::new(3, 2, 5);
    let mut handle = fake.engine(GRACE);
    floor(&mut handle, |f| {
        f.loading.profiles == 2 && f.agents.iter().all(|a| a.capacity.is_some())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    handle.floor.mark_unchanged();
    let reads = fake.state().reads.len();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(fake.state().reads.len() > reads + 40, "the floor is being read");
    assert!(!handle.floor.has_changed().unwrap());
    fake.add_waiting(77);
    floor(&mut handle, |f| f.session(&session_id(77)).is_some()).await;
}

#[tokio::test(start_paused = true)]
async fn a_large_floor_costs_no_more_than_sixty_requests_in_any_minute() {
    let fake = Fake::new(100, 2000, 1000);
    let mut handle = fake.engine(GRACE);
    floor(&mut handle, |f| f.loading.profiles == 2000).await;
    tokio::time::sleep(Duration::from_secs(400)).await;
    let reads: Vec<Instant> = fake.state().reads.iter().map(|(at, _)| *at).collect();
    for (i, from) in reads.iter().enumerate() {
        let end = *from + Duration::from_secs(60);
        let within = reads[i..].iter().take_while(|at| **at < end).count();
        // One more is the token's.
        assert!(within < 60, "{within} requests in a minute");
    }
}

#[tokio::test(start_paused = true)]
async fn live_feeds_are_read_every_five_seconds() {
    let fake = Fake::new(100, 2000, 1000);
    let _handle = ready(&fake, GRACE).await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    let state = fake.state();
    for feed in [Feed::Sessions, Feed::Bots, Feed::Agents, Feed::Queues] {
        let at: Vec<_> =
            state.reads.iter().filter(|(_, f)| *f == feed).map(|(at, _)| *at).collect();
        assert!(at.len() >= 24, "{feed:?}");
        let longest = at.windows(2).map(|w| w[1] - w[0]).max().unwrap();
        assert!(longest < Duration::from_millis(5200), "{feed:?} {longest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_feed_backs_off_alone_and_the_floor_says_it_is_stale() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = fake.engine(GRACE);
    handle.pulse.wait_for(|p| p.link == Link::Live).await.unwrap();
    fake.fail(Feed::Agents, Kind::Permission);
    let link = handle.pulse.wait_for(|p| p.link != Link::Live).await.unwrap().link.clone();
    let Link::Stale { reason } = link else { panic!("{link:?}") };
    assert!(reason.contains("broken on purpose") && reason.contains("add the permission"));
    fake.state().reads.clear();
    tokio::time::sleep(Duration::from_secs(120)).await;
    {
        let state = fake.state();
        let count = |feed| state.reads.iter().filter(|(_, f)| *f == feed).count();
        assert!(count(Feed::Agents) <= 8, "{}", count(Feed::Agents));
        assert!(count(Feed::Sessions) >= 23, "{}", count(Feed::Sessions));
    }
    assert_eq!(handle.floor.borrow().agents.len(), 10, "the last good rows stay");
    fake.state().failing.clear();
    handle.commands.send(Command::Refresh).await.unwrap();
    let asked = Instant::now();
    handle.pulse.wait_for(|p| p.link == Link::Live).await.unwrap();
    assert!(asked.elapsed() < Duration::from_secs(2), "a refresh ends the pause");
}

#[tokio::test(start_paused = true)]
async fn with_nothing_readable_the_next_try_is_told() {
    let fake = Fake::new(3, 10, 5);
    fake.fail(Feed::Directory, Kind::Unreachable);
    let mut handle = fake.engine(GRACE);
    let retrying = |link: &Link| matches!(link, Link::Retrying { .. });
    handle.pulse.wait_for(|p| retrying(&p.link)).await.unwrap();
    assert!(!handle.floor.borrow().loading.queues_known);
    fake.state().failing.clear();
    handle.pulse.wait_for(|p| p.link == Link::Live).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handoff_ends_with_a_person_and_is_announced_before_it_is_sent() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    let sent_at = Instant::now();
    let stages = carry_out(&mut handle, order(1, 4)).await;
    assert_eq!(
        words(&stages),
        ["claimed", "recorded", "grace", "requesting", "requested", "alerting", "accepted"]
    );
    assert_eq!(stages.last(), Some(&Stage::Accepted { agent: agent_id(4) }));
    let state = fake.state();
    assert_eq!(state.history, ["audit handoff_initiated", "transfer", "audit handoff_completed"]);
    assert!(state.transfers[0].0 - sent_at >= GRACE, "nothing leaves in the grace time");
    assert_eq!(state.transfers[0].1.participant.to_string(), "participant-1");
    let done = &state.records[1];
    assert_eq!(done.status.as_deref(), Some("accepted"));
    assert_eq!(done.request_ms, Some(60.0));
    assert!(done.latency_ms.unwrap() >= 3000);
    assert_eq!(done.correlation.as_deref(), Some("corr-1"));
    assert!(state.claims.is_empty(), "the claim is given back");
}

#[tokio::test(start_paused = true)]
async fn the_row_shows_the_agent_before_the_next_poll() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    carry_out(&mut handle, order(1, 4)).await;
    fake.fail(Feed::Sessions, Kind::Timeout);
    let row = floor(&mut handle, |f| {
        f.session(&session_id(1)).is_some_and(|s| s.state == SessionState::Connected)
    })
    .await;
    assert_eq!(row.session(&session_id(1)).unwrap().agent, Some(agent_id(4)));
}

#[tokio::test(start_paused = true)]
async fn a_queue_has_the_session_once_it_waits_there() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let to_queue = HandoffOrder { target: Target::Queue(queue_id(2)), ..order(1, 0) };
    let stages = carry_out(&mut handle, to_queue).await;
    assert_eq!(stages.last(), Some(&Stage::Queued));
    assert_eq!(fake.state().records.last().unwrap().event.as_str(), "handoff_completed");
}

#[tokio::test(start_paused = true)]
async fn whoever_was_handed_to_a_queue_is_looked_for_until_a_person_has_them() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let to_queue = HandoffOrder { target: Target::Queue(queue_id(2)), ..order(1, 0) };
    carry_out(&mut handle, to_queue).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    {
        let mut state = fake.state();
        let session = &mut state.sessions.get_mut(&session_id(1)).unwrap().session;
        session.state = SessionState::Connected;
        session.agent = Some(agent_id(7));
        session.since = Some(fake.clock().now());
    }
    let record = loop {
        match handle.events.recv().await {
            Some(Event::Audited(record)) if record.event.as_str() == "human_reached" => {
                break record;
            }
            other => assert!(other.is_some()),
        }
    };
    assert_eq!(record.agent, Some(agent_id(7)));
    assert!((60_000..70_000).contains(&record.latency_ms.unwrap()), "{record:?}");
}

#[test]
fn a_session_that_was_taken_up_again_does_not_come_back_as_parked() {
    let at = |second: i64| Some(Timestamp::from_second(second).unwrap());
    let in_state =
        |state, second| Session { since: at(second), ..Session::bare(session_id(1), state) };
    let slow = || {
        let of = vec![in_state(SessionState::Parked, 10)];
        Patch::Histories { of, scope: Scope::LastPage }
    };
    let mut assembly = Assembly::default();
    let mut states = |patch| {
        assembly.apply(patch);
        assembly.floor().sessions.iter().map(|s| s.state).collect::<Vec<_>>()
    };
    assert_eq!(states(slow()), [SessionState::Parked], "only the slow source tells of it");
    let connected = vec![in_state(SessionState::Connected, 20)];
    assert_eq!(states(Patch::Sessions(connected)), [SessionState::Connected]);
    assert_eq!(states(slow()), [SessionState::Connected], "the slow source lags");
    assert_eq!(states(Patch::Sessions(Vec::new())), [], "it is over");
}

#[tokio::test(start_paused = true)]
async fn a_session_past_every_queue_stays_although_no_live_answer_has_it() {
    let mut assembly = Assembly::default();
    let mut session = Session::bare(session_id(1), SessionState::Connected);
    session.agent = Some(agent_id(1));
    assembly.sight(session.clone());
    let held = |assembly: &mut Assembly| {
        assembly.apply(Patch::Sessions(Vec::new()));
        assembly.floor().sessions.iter().map(|s| s.agent.clone()).collect::<Vec<_>>()
    };
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(held(&mut assembly), [Some(agent_id(1))]);
    session.state = SessionState::Disconnected;
    assembly.sight(session);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(held(&mut assembly), [], "it is over");
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_declines_or_does_not_answer_is_told_apart() {
    for (agent, word) in [(Agent::Refuses, "refused"), (Agent::DoesNotAnswer, "timed out")] {
        let fake = Fake::new(3, 10, 5);
        fake.state().agent = agent;
        let mut handle = ready(&fake, NO_GRACE).await;
        let stages = carry_out(&mut handle, order(1, 4)).await;
        assert_eq!(stages.last().map(Stage::word), Some(word));
        let state = fake.state();
        assert_eq!(state.records.last().unwrap().event.as_str(), "handoff_failed");
        assert_eq!(state.records.last().unwrap().status.as_deref(), Some(word));
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_audit_record_nothing_is_sent() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    fake.state().store_broken = true;
    let stages = carry_out(&mut handle, order(1, 4)).await;
    assert_eq!(stages.last().map(Stage::word), Some("failed"));
    assert!(reason(&stages).contains("nothing was sent"));
    assert!(fake.state().transfers.is_empty());
    assert!(handle.pulse.borrow().audit_trouble.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_second_order_for_a_session_is_refused() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    let first = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(first.clone()))).await.unwrap();
    let second = carry_out(&mut handle, order(1, 5)).await;
    assert_eq!(words(&second), ["rejected"]);
    assert_eq!(
        reason(&second),
        "Conversation already in transfer state. Preventing duplicate handoff."
    );
    stages(&mut handle, &first.id).await;
    let state = fake.state();
    assert_eq!(state.transfers.len(), 1);
    assert!(state.history.contains(&"audit handoff_rejected".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_same_order_twice_is_one_handoff() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let order = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    carry_out(&mut handle, order.clone()).await;
    handle.commands.send(Command::Handoff(Box::new(order))).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(fake.state().transfers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_handoff_called_back_in_its_grace_time_leaves_no_trace_at_the_org() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    let order = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    loop {
        match handle.events.recv().await.unwrap() {
            Event::Handoff(p) if matches!(p.stage, Stage::Grace { .. }) => break,
            _ => {}
        }
    }
    handle.commands.send(Command::Cancel(order.id.clone())).await.unwrap();
    assert_eq!(words(&stages(&mut handle, &order.id).await), ["cancelled"]);
    let state = fake.state();
    assert!(state.transfers.is_empty() && state.claims.is_empty());
    assert_eq!(state.history, ["audit handoff_initiated", "audit handoff_cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_changed_meanwhile_is_left_alone() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    let order = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    {
        let mut state = fake.state();
        let detail = state.sessions.get_mut(&session_id(1)).unwrap();
        detail.session.state = SessionState::Connected;
        detail.session.agent = Some(agent_id(9));
    }
    let stages = stages(&mut handle, &order.id).await;
    assert_eq!(stages.last().map(Stage::word), Some("rejected"));
    assert!(reason(&stages).contains("waiting, now connected"), "{}", reason(&stages));
    assert!(fake.state().transfers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_answer_was_lost_is_settled_by_reading() {
    for kind in [Kind::Timeout, Kind::Network, Kind::Server] {
        let fake = Fake::new(3, 10, 5);
        fake.state().fate = Fate::DoneButLost(kind);
        let mut handle = ready(&fake, NO_GRACE).await;
        let stages = carry_out(&mut handle, order(1, 4)).await;
        assert_eq!(stages.last().map(Stage::word), Some("accepted"), "{kind:?}");
        assert_eq!(fake.state().transfers.len(), 1, "never sent again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_arrives_long_after_everybody_has_given_up_on_it_is_still_seen() {
    let fake = Fake::new(3, 10, 5);
    fake.state().fate = Fate::DoneLate(Duration::from_secs(70));
    let mut handle = ready(&fake, NO_GRACE).await;
    let stages = carry_out(&mut handle, order(1, 4)).await;
    assert_eq!(stages.last().map(Stage::word), Some("accepted"), "{stages:?}");
    assert_eq!(fake.state().transfers.len(), 1, "never sent again");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_arrived_is_a_failure_and_not_sent_again() {
    let fake = Fake::new(3, 10, 5);
    fake.state().fate = Fate::LostBefore(Kind::Timeout);
    let mut handle = ready(&fake, NO_GRACE).await;
    let stages = carry_out(&mut handle, order(1, 4)).await;
    assert_eq!(stages.last().map(Stage::word), Some("failed"));
    assert_eq!(fake.state().transfers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_and_a_conflict_is_a_duplicate() {
    for (kind, word) in [(Kind::Permission, "failed"), (Kind::Conflict, "rejected")] {
        let fake = Fake::new(3, 10, 5);
        fake.state().fate = Fate::Refused(kind);
        let mut handle = ready(&fake, NO_GRACE).await;
        let stages = carry_out(&mut handle, order(1, 4)).await;
        assert_eq!(stages.last().map(Stage::word), Some(word));
        assert!(!reason(&stages).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_conversation_id_is_refused_before_anything_else() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = fake.engine(NO_GRACE);
    let wrong = HandoffOrder { session: SessionId::from("chat-1"), ..order(1, 4) };
    let stages = carry_out(&mut handle, wrong).await;
    assert_eq!(words(&stages), ["rejected"]);
    assert_eq!(reason(&stages), "Invalid conversation ID format: chat-1");
    let empty = HandoffOrder { target: Target::Queue("".into()), ..order(1, 4) };
    let stages = carry_out(&mut handle, empty).await;
    assert_eq!(reason(&stages), "Missing required queue ID for routing metadata update");
    assert!(fake.state().claims.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_audit_log_is_read_page_by_page() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    carry_out(&mut handle, order(1, 4)).await;
    handle.commands.send(Command::Audit { before: None }).await.unwrap();
    loop {
        if let Event::AuditPage { records, complete } = handle.events.recv().await.unwrap() {
            let seqs: Vec<i64> = records.iter().map(|r| r.seq).collect();
            assert_eq!((seqs, complete), (vec![2, 1], true));
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_was_lost_meanwhile_stops_the_handoff() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    let order = order(1, 4);
    handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    fake.state().claims.insert(session_id(1), somebody_elses(1));
    let stages = stages(&mut handle, &order.id).await;
    assert_eq!(stages.last().map(Stage::word), Some("rejected"));
    assert!(fake.state().transfers.is_empty());
    assert_eq!(fake.state().claims.len(), 1, "somebody else's claim is left alone");
}

#[tokio::test(start_paused = true)]
async fn trouble_that_no_row_shows_is_told_once() {
    let fake = Fake::new(3, 10, 5);
    fake.fail(Feed::Levels, Kind::Permission);
    let mut handle = fake.engine(GRACE);
    tokio::time::sleep(Duration::from_secs(300)).await;
    let mut told = Vec::new();
    while let Ok(event) = handle.events.try_recv() {
        if let Event::Notice(notice) = event {
            told.push(notice.text);
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("add the permission"));
    assert_eq!(handle.pulse.borrow().link, Link::Live);
}

#[tokio::test(start_paused = true)]
async fn one_bad_answer_at_the_start_costs_a_moment() {
    let fake = Fake::new(3, 10, 5);
    fake.fail(Feed::Directory, Kind::Decode);
    let mut handle = fake.engine(GRACE);
    handle.pulse.wait_for(|p| matches!(p.link, Link::Retrying { .. })).await.unwrap();
    fake.state().failing.clear();
    let failed = Instant::now();
    handle.pulse.wait_for(|p| p.link == Link::Live).await.unwrap();
    assert!(failed.elapsed() < Duration::from_secs(5), "{:?}", failed.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_servers_word_on_when_to_come_back_is_kept() {
    let fake = Fake::new(3, 10, 5);
    let wait = Duration::from_secs(120);
    let error = floorwalker::genesys::Error {
        retry_after: Some(wait),
        ..floorwalker::genesys::Error::new("read", Kind::RateLimited, "slow down")
    };
    fake.state().failing.insert(Feed::Queues, error);
    let _handle = fake.engine(GRACE);
    tokio::time::sleep(Duration::from_secs(400)).await;
    let state = fake.state();
    let at: Vec<_> = state.reads.iter().filter(|(_, f)| *f == Feed::Queues).map(|r| r.0).collect();
    assert!(at.len() > 2 && at.windows(2).all(|w| w[1] - w[0] >= wait), "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_key_held_down_costs_little() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = fake.engine(GRACE);
    floor(&mut handle, |f| f.loading.profiles == 10).await;
    fake.state().reads.clear();
    for _ in 0..100 {
        handle.commands.send(Command::Refresh).await.unwrap();
        tokio::time::sleep(Duration::from_millis(33)).await;
    }
    let reads = fake.state().reads.len();
    assert!(reads <= 14, "{reads} requests in three seconds");
}

//! Handing a session off: what is sent, and above all what is not.

use floorwalker::{
    console::app::{Effect, Message},
    domain::{
        agent::{Agent, RoutingStatus},
        floor::Floor,
        handoff::{Progress, Stage, Target},
        queue::{Queue, QueueState, Staff},
        session::{Session, SessionState},
    },
    engine::{Command, Event, Link},
};
use jiff::SignedDuration;

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::{Harness, pulse, settings},
};

/// One free agent, one that lacks the skill, two queues, and two sessions: 0 waits longer than 1.
fn small() -> Floor {
    let free = Agent {
        name: Some("Ada".into()),
        routing: Some(RoutingStatus::Idle),
        sessions: Some(0),
        ..floor::agent(0)
    };
    let unfit =
        Agent { name: Some("Bo".into()), skills: Some(vec![]), id: agent_id(1), ..free.clone() };
    let waits = |n, guest: &str, since| Session {
        guest: Some(guest.into()),
        since: Some(floor::ago(since)),
        queue: Some(queue_id(0)),
        state: SessionState::Waiting,
        agent: None,
        language: None,
        confidence: Some(0.9),
        sentiment: Some(0.6),
        ..floor::session(n)
    };
    let vip = Queue { name: "VIP".into(), state: QueueState::Open, ..floor::queue(1) };
    let closed = Queue { name: "Zzz".into(), state: QueueState::Paused, ..floor::queue(2) };
    floor::build(
        vec![floor::queue(0), vip, closed],
        vec![free, unfit],
        vec![waits(0, "Iris", 200), waits(1, "Olena", 100)],
    )
}

fn console() -> Harness {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(small());
    harness.take_effects();
    harness
}

/// The small floor with its first session changed.
fn changed(change: impl Fn(&mut Session)) -> Floor {
    let floor = small();
    let (queues, agents, mut sessions) =
        (floor.queues.clone(), floor.agents.clone(), floor.sessions.clone());
    change(&mut sessions[0]);
    floor::build(queues, agents, sessions)
}

fn news(harness: &Harness, stage: Stage) -> Event {
    let order = harness.orders().last().unwrap().clone();
    Event::Handoff(Box::new(Progress {
        order,
        stage,
        taken: harness.now,
        at: harness.now,
        request_took: None,
        steps: Vec::new(),
    }))
}

#[test]
fn y_sends_one_order_with_the_ids_on_the_card() {
    let mut harness = console();
    harness.press("h enter y");
    let orders = harness.orders();
    assert_eq!(orders.len(), 1);
    let order = &orders[0];
    assert_eq!(order.session, session_id(0));
    assert_eq!(order.target, Target::Agent(agent_id(0)));
    assert_eq!(order.seen, small().session(&session_id(0)).unwrap().standing());
    // Pressed again there is no card, and nothing more is sent.
    harness.press("y y");
    assert_eq!(harness.orders().len(), 1);
    // In a pane the key copies an id, which must not hide how the handoff is called back.
    assert!(harness.effects.iter().any(|effect| matches!(effect, Effect::Copy(_))));
    assert!(harness.status().contains("u calls it back"), "{}", harness.status());
}

#[test]
fn to_a_queue_as_well() {
    let mut harness = console();
    harness.press("j H");
    assert!(harness.screen().contains("Hand off to a queue"));
    harness.press("/").type_text("vip").press("enter enter y");
    let orders = harness.orders();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].session, session_id(1));
    assert_eq!(orders[0].target, Target::Queue(queue_id(1)));
}

#[test]
fn enter_never_confirms() {
    let mut harness = console();
    harness.press("h enter enter enter enter");
    assert!(harness.orders().is_empty());
    assert!(harness.status().contains("Press y to confirm"), "{}", harness.status());
    assert!(harness.screen().contains("Hand off to an agent?"));
    harness.press("esc esc enter enter enter");
    assert!(harness.orders().is_empty());
}

#[test]
fn a_pasted_text_confirms_nothing() {
    let mut harness = console();
    harness.press("h enter").tell(Message::Paste("y\ry\n".into()));
    assert!(harness.orders().is_empty());
    assert!(harness.screen().contains("Hand off to an agent?"));
}

#[test]
fn a_session_that_moved_under_the_card_is_not_handed_off() {
    type Change = fn(&mut Session);
    let changes: [(Change, &str); 4] = [
        (|s| s.agent = Some(agent_id(1)), "with Bo"),
        (|s| s.state = SessionState::Connected, "connected"),
        (|s| s.queue = Some(queue_id(1)), "in VIP"),
        (|s| s.state = SessionState::Transferring, "Preventing duplicate handoff"),
    ];
    for (change, said) in changes {
        let mut harness = console();
        harness.press("h enter").floor(changed(change));
        let screen = harness.screen();
        assert!(screen.contains(said), "{said}\n{screen}");
        assert!(!screen.contains("y confirm "), "{screen}");
        harness.press("y");
        assert!(harness.orders().is_empty(), "{said}");
    }
}

#[test]
fn a_session_that_ended_under_the_card_is_not_handed_off_nor_another_in_its_place() {
    let mut harness = console();
    harness.press("h enter");
    let floor = small();
    let rest = vec![floor.sessions[1].clone()];
    harness.floor(floor::build(floor.queues.clone(), floor.agents.clone(), rest));
    assert!(harness.screen().contains("has ended"), "{}", harness.screen());
    assert!(!harness.screen().contains("Olena"), "{}", harness.screen());
    harness.press("y");
    assert!(harness.orders().is_empty());
}

#[test]
fn a_target_that_is_gone_or_full_is_not_given_anything() {
    let floor = small();
    let without = floor::build(floor.queues.clone(), vec![], floor.sessions.clone());
    let mut busy = floor.agents.clone();
    busy[0].sessions = Some(3);
    let full = floor::build(floor.queues.clone(), busy, floor.sessions.clone());
    for (floor, said) in [(without, "no longer on the floor"), (full, "Agent at capacity (3/3)")] {
        let mut harness = console();
        harness.press("h enter").floor(floor).press("y");
        assert!(harness.orders().is_empty());
        assert!(harness.status().contains(said), "{}", harness.status());
    }
}

#[test]
fn who_fails_the_gate_is_refused_with_its_reason() {
    let mut harness = console();
    harness.press("h tab G enter");
    assert!(harness.status().contains("Missing skills: Billing"), "{}", harness.status());
    assert!(!harness.screen().contains("Hand off to an agent?"));
    let mut harness = console();
    harness.press("H").press("/").type_text("zzz").press("enter enter");
    assert!(harness.status().contains("Zzz is paused"), "{}", harness.status());
}

#[test]
fn a_queue_is_asked_the_same_here_as_where_it_is_sent() {
    let nobody = Staff { not_responding: 2, ..Staff::default() };
    let someone = Staff { idle: 1, ..Staff::default() };
    for (state, staff, said) in [
        // The engine waits for a place there, and the card says so.
        (QueueState::Full, Some(someone), None),
        (QueueState::Unstaffed, Some(nobody), Some("VIP is unstaffed")),
        (QueueState::Missing, None, Some("Queue not found")),
        (QueueState::Open, Some(nobody), Some("VIP has no available agent")),
        (QueueState::Open, Some(someone), None),
        (QueueState::Open, None, None),
        // Nobody has read it: whether it takes the session will be found out.
        (QueueState::Unknown, None, None),
    ] {
        let mut floor = small();
        let vip = floor.queues.iter_mut().find(|q| q.name.as_str() == "VIP").unwrap();
        (vip.state, vip.staff) = (state, staff);
        let mut harness = console();
        harness.floor(floor).press("H /").type_text("vip").press("enter enter");
        assert_eq!(harness.screen().contains("Hand off to a queue?"), said.is_none(), "{state:?}");
        assert!(harness.status().contains(said.unwrap_or_default()), "{}", harness.status());
        assert_eq!(harness.screen().contains("It is full"), state == QueueState::Full);
        harness.press("y");
        assert_eq!(harness.orders().len(), usize::from(said.is_none()), "{state:?} {staff:?}");
    }
}

#[test]
fn sessions_that_may_not_be_handed_off_say_why() {
    for (state, said) in [
        (SessionState::Alerting, "being offered"),
        (SessionState::Transferring, "Preventing duplicate handoff"),
        (SessionState::Parked, "parked"),
    ] {
        let mut harness = Harness::bare(120, 40);
        harness.pulse(pulse(Link::Live)).floor(changed(|s| s.state = state));
        harness.press("/").type_text("iris").press("enter");
        for key in ["h", "H"] {
            harness.press(key);
            assert!(harness.status().contains(said), "{}", harness.status());
        }
        assert!(harness.screen().contains("/iris"));
    }
}

#[test]
fn a_read_only_console_and_one_without_an_audit_log_hand_nothing_off() {
    let read_only = floorwalker::console::Settings { read_only: true, ..settings() };
    let mut harness = Harness::with(&read_only, 120, 40);
    harness.pulse(pulse(Link::Live)).floor(small()).press("h");
    assert!(harness.status().contains("Read-only"), "{}", harness.status());
    let mut harness = console();
    harness.press("h enter");
    let mut trouble = pulse(Link::Live);
    trouble.audit_trouble = Some("disk full".into());
    harness.pulse(trouble).press("y");
    assert!(harness.orders().is_empty());
    assert!(harness.status().contains("disk full"), "{}", harness.status());
}

#[test]
fn the_card_says_how_long_there_is_to_call_it_back() {
    for (grace, said) in [(0, "leaves at once"), (1, "after one second"), (10, "after 10 seconds")]
    {
        let grace = std::time::Duration::from_secs(grace);
        let told = floorwalker::console::Settings { grace, ..settings() };
        let mut harness = Harness::with(&told, 120, 40);
        harness.pulse(pulse(Link::Live)).floor(small()).press("h enter");
        assert!(harness.screen().contains(said), "{}", harness.screen());
    }
}

#[test]
fn one_session_is_handed_off_once_at_a_time() {
    let mut harness = console();
    harness.press("h enter y k h");
    assert!(harness.status().contains("already being handed off"), "{}", harness.status());
    let event = news(&harness, Stage::Refused);
    harness.event(event).press("h");
    assert!(harness.screen().contains("Hand off to an agent"));
}

#[test]
fn the_badge_follows_the_handoff_and_goes() {
    let mut harness = console();
    harness.press("h enter y k");
    let until = harness.now + SignedDuration::from_secs(2);
    let stages = [
        (Stage::Grace { until }, "⠿ 3s → Ada"),
        (Stage::Requesting, "⠿ → Ada"),
        (Stage::Alerting { until: Some(harness.now + SignedDuration::from_secs(7)) }, "♪ 7s Ada"),
        (Stage::Accepted { agent: agent_id(0) }, "✓ Ada"),
    ];
    for (stage, badge) in stages {
        let event = news(&harness, stage);
        harness.event(event);
        let row = harness.cursor_row();
        assert!(row.contains("Iris") && row.contains(badge), "{badge}: {row}");
    }
    assert!(harness.status().contains("✓ Ada has taken Iris"), "{}", harness.status());
    // Late news of an earlier stage doesn't bring it back to life.
    let late = news(&harness, Stage::Requesting);
    harness.event(late);
    assert!(harness.cursor_row().contains("✓ Ada"));
    harness.wait(31);
    assert!(!harness.cursor_row().contains("✓ Ada"));
}

#[test]
fn a_wide_screen_has_words_on_its_badges() {
    let mut harness = console();
    harness.press("h enter y k").resize(200, 36);
    let until = Some(harness.now + SignedDuration::from_secs(7));
    for (stage, badge) in [
        (Stage::Alerting { until }, "⠿ alerting 7s → Ada"),
        (Stage::Accepted { agent: agent_id(0) }, "✓ accepted → Ada"),
    ] {
        let event = news(&harness, stage);
        harness.event(event);
        assert!(harness.cursor_row().contains(badge), "{}", harness.cursor_row());
    }
}

#[test]
fn every_handoff_that_can_be_is_called_back_before_stopping() {
    let mut harness = console();
    harness.press("h enter y");
    harness.take_effects();
    harness.tell(Message::Stopping);
    assert!(matches!(harness.commands().as_slice(), [Command::Cancel(_)]));
    assert!(harness.status().contains("Stopping"), "{}", harness.status());
    let mut idle = console();
    idle.tell(Message::Stopping);
    assert!(idle.commands().is_empty());
}

#[test]
fn every_end_is_told() {
    let reason = || "because".into();
    for (stage, said) in [
        (Stage::Queued, "Iris is in Ada"),
        (Stage::Refused, "Ada has declined Iris"),
        (Stage::TimedOut, "Ada did not answer for Iris"),
        (Stage::Cancelled, "Nothing was sent"),
        (Stage::Rejected { reason: reason() }, "not handed off: because"),
        (Stage::Failed { reason: reason() }, "failed: because"),
        (Stage::Unknown { reason: reason() }, "Nobody can tell where Iris is: because"),
    ] {
        let mut harness = console();
        harness.press("h enter y");
        let event = news(&harness, stage);
        harness.event(event);
        assert!(harness.status().contains(said), "{}", harness.status());
    }
}

#[test]
fn u_on_one_customer_s_card_calls_back_no_other() {
    let mut harness = console();
    harness.press("h enter y");
    let event = news(&harness, Stage::Grace { until: harness.now });
    harness.event(event);
    // The notice that names the key is over.
    harness.press("j h enter").wait(60);
    harness.take_effects();
    assert!(!harness.status().contains("calls it back"), "{}", harness.status());
    harness.press("u");
    assert_eq!(harness.commands().iter().filter(|c| matches!(c, Command::Cancel(_))).count(), 0);
    assert!(harness.status().contains("That would be the handoff of Iris: esc first"));
    harness.press("esc esc esc u");
    assert!(harness.commands().iter().any(|c| matches!(c, Command::Cancel(_))));
}

#[test]
fn u_calls_back_in_the_grace_time_only() {
    let mut harness = console();
    harness.press("u");
    assert!(harness.status().contains("nothing to call back"), "{}", harness.status());
    // From another row: the newest.
    harness.press("h enter y j");
    harness.take_effects();
    harness.press("u");
    let sent = harness.commands();
    assert!(matches!(sent.as_slice(), [Command::Cancel(_)]), "{sent:?}");
}

#[test]
fn an_order_that_could_not_be_sent_leaves_no_badge() {
    let mut harness = console();
    harness.press("h enter y");
    let order = harness.orders().remove(0);
    harness.tell(Message::Unsent(Command::Handoff(Box::new(order))));
    assert!(harness.status().contains("Not sent"), "{}", harness.status());
    assert!(!harness.cursor_row().contains("⠿"));
    assert!(!harness.press("h").status().contains("already"));
}

#[test]
fn a_frozen_picture_stays_but_orders_are_checked_live() {
    let mut harness = console();
    harness.press("p").wait(40).floor(changed(|s| s.agent = Some(agent_id(1))));
    let screen = harness.screen();
    assert!(screen.contains("FROZEN 40s"), "{screen}");
    assert!(harness.cursor_row().contains(" 3m "), "{}", harness.cursor_row());
    harness.press("h enter");
    assert!(harness.screen().contains("with Bo"), "{}", harness.screen());
    harness.press("y");
    assert!(harness.orders().is_empty());
    assert!(harness.status().contains("Not sent"), "{}", harness.status());
    harness.press("esc esc p");
    assert!(!harness.screen().contains("FROZEN"));
    assert!(harness.cursor_row().contains(" 4m "), "{}", harness.cursor_row());
}

#[test]
fn a_frozen_picture_hides_neither_an_end_nor_a_target_that_is_gone() {
    let floor = small();
    let ended = floor::build(floor.queues.clone(), floor.agents.clone(), vec![]);
    let alone = floor::build(floor.queues.clone(), vec![], floor.sessions.clone());
    for (floor, said) in [(ended, "has ended"), (alone, "no longer on the floor")] {
        let mut harness = console();
        harness.press("p").floor(floor).press("h enter y");
        assert!(harness.orders().is_empty());
        assert!(harness.status().contains(said), "{}", harness.status());
    }
}

#[test]
fn the_picker_asks_for_the_agents_on_it_and_lets_them_go() {
    let attention = |harness: &mut Harness| match harness.commands().as_slice() {
        [Command::Attend(attention)] => attention.clone(),
        other => panic!("{other:?}"),
    };
    let mut harness = Harness::live(80, 24);
    harness.take_effects();
    harness.press("h");
    assert!((1..=20).contains(&attention(&mut harness).agents.len()));
    harness.take_effects();
    harness.press("esc");
    assert_eq!(attention(&mut harness), floorwalker::engine::Attention::default());
}

#[test]
fn leaving_while_a_handoff_runs_asks_once() {
    let mut harness = console();
    harness.press("h enter y");
    harness.take_effects();
    harness.press("q");
    assert!(harness.take_effects().is_empty());
    assert!(harness.screen().contains("One handoff has not ended"));
    assert!(harness.screen().contains("Handoffs not yet sent are called back"));
    assert!(harness.press("esc").take_effects().is_empty());
    assert_eq!(harness.press("q y").take_effects(), [Effect::Quit]);
    let mut idle = console();
    assert_eq!(idle.press("q").take_effects(), [Effect::Quit]);
}

#[test]
fn keys_typed_ahead_confirm_nothing_that_nobody_has_read() {
    let mut harness = console();
    for key in ["h", "enter", "y"] {
        harness.type_ahead(Message::Press(key.parse().unwrap()));
    }
    assert!(harness.screen().contains("Read the card first"), "{}", harness.screen());
    assert!(!harness.effects.iter().any(|e| matches!(e, Effect::Send(Command::Handoff(_)))));
    harness.tell(Message::Tick);
    harness.press("y");
    assert!(harness.effects.iter().any(|e| matches!(e, Effect::Send(Command::Handoff(_)))));
}

#[test]
fn the_smallest_card_still_says_who_goes_to_whom() {
    let mut harness = console();
    harness.resize(50, 12);
    harness.press("h enter");
    let card = harness.screen();
    for part in ["Iris", "to", "Ada", "confirm"] {
        assert!(card.contains(part), "{part}:\n{card}");
    }
}

#[test]
fn what_was_confirmed_before_the_console_was_locked_is_called_back_all_the_same() {
    let mut harness = console();
    harness.press("h enter y L u");
    assert!(harness.line("⊘ locked").is_some(), "{}", harness.screen());
    let cancelled = |command: &Command| matches!(command, Command::Cancel(_));
    assert!(harness.commands().iter().any(cancelled), "{}", harness.screen());
}

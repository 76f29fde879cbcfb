//! The plan, and what is sent when it is confirmed.

use floorwalker::console::{Settings, app::Message};

use super::*;
use crate::harness::settings;

#[test]
fn a_gives_each_to_the_best_within_their_places_the_longest_waiting_first() {
    let mut harness = console(5);
    // Marked in another order than they wait.
    harness.press("G space g space j space space a");
    let screen = harness.screen();
    assert!(screen.contains("Hand 4 sessions off?"), "{screen}");
    assert!(screen.contains("3 sessions → 2 agents; ✗ 1 can't be placed"), "{screen}");
    let row = |guest: &str| harness.line(guest).unwrap();
    assert!(row("guest00").contains("Ada") && row("guest00").contains("✓ 100"), "{screen}");
    assert!(row("guest02").contains("Ada") || row("guest02").contains("Bo"), "{screen}");
    assert!(row("guest04").contains('✗'), "{screen}");
    harness.press("G");
    assert!(harness.screen().contains("is full by then"), "{}", harness.screen());
    harness.press("y");
    let sent = sent(&harness);
    assert_eq!(
        sent.iter().map(|(guest, _)| guest).collect::<Vec<_>>(),
        ["guest00", "guest02", "guest03"]
    );
    let given = |n| sent.iter().filter(|(_, t)| *t == Target::Agent(agent_id(n))).count();
    assert_eq!((given(0), given(1)), (2, 1));
}

#[test]
fn the_orders_are_a_batch_and_say_how_each_session_stood() {
    let mut harness = console(3);
    harness.press("* a y");
    let batch = batches(&harness).remove(0);
    assert_eq!((batch.at_once, batch.stop_after, batch.orders.len()), (4, Some(3), 3));
    for (n, order) in batch.orders.iter().enumerate() {
        assert_eq!(order.session, session_id(n));
        assert_eq!(order.seen, waits(n).standing());
        assert_eq!(order.batch, Some(batch.id.clone()));
        assert_eq!(order.waiver, None);
    }
    assert!(harness.orders().is_empty(), "nothing is sent singly");
    // Pressed again there is no plan, and nothing more is sent.
    harness.press("y y esc y");
    assert_eq!(batches(&harness).len(), 1);
    assert!(marked(&harness).is_empty());
    for guest in ["guest00", "guest01", "guest02"] {
        assert!(harness.line(guest).unwrap().contains("⠿ → "), "{}", harness.screen());
    }
}

#[test]
fn the_plan_says_the_longest_wait_before_and_after() {
    // Who is not placed goes on waiting: the fourth, for 400 − 30 seconds.
    let mut harness = console(5);
    harness.press("* a");
    let line = harness.line("longest wait").unwrap();
    assert!(line.contains("now ▲ 6m, ▲ 6m once these are taken"), "{line}");
    let mut harness = console(4);
    harness.press("space space a");
    let line = harness.line("longest wait").unwrap();
    // The third waits for 400 − 20 seconds.
    assert!(line.contains("in Billing now ▲ 6m, ▲ 6m once these are taken"), "{line}");
    harness.press("esc space").floor(waiting(3)).press("a");
    let line = harness.line("longest wait").unwrap();
    assert!(line.contains("now ▲ 6m, ✓ nobody once these are taken"), "{line}");
    // What is taken out of the plan goes on waiting.
    harness.press("-");
    let line = harness.line("longest wait").unwrap();
    assert!(line.contains("now ▲ 6m, ▲ 6m once"), "{line}");
}

#[test]
fn h_gives_one_agent_no_more_than_fit() {
    let mut harness = console(5);
    harness.press("* h");
    let screen = harness.screen();
    assert!(screen.contains("Hand 5 sessions off to an agent"), "{screen}");
    assert!(harness.cursor_row().contains("Ada"), "who takes most comes first: {screen}");
    assert!(harness.line("Cy").unwrap().contains("needs Billing"), "{screen}");
    harness.press("G enter");
    assert!(harness.status().contains("Cy can be given none of these"), "{}", harness.status());
    harness.press("g enter");
    let screen = harness.screen();
    assert!(screen.contains("2 sessions → Ada; ✗ 3 can't be placed"), "{screen}");
    harness.press("G");
    assert!(harness.screen().contains("✗ Ada is full by then"), "{}", harness.screen());
    harness.press("y");
    assert_eq!(sent(&harness), [to_agent("guest00", 0), to_agent("guest01", 0)]);
    // A row that is taken out lets nobody in whom the plan had turned away.
    let mut harness = console(5);
    harness.press("* h enter -");
    let screen = harness.screen();
    assert!(screen.contains("1 session → Ada; ✗ 3 can't be placed"), "{screen}");
}

#[test]
fn capital_h_hands_all_to_a_queue() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live));
    harness.floor(changed(5, 4, |session| session.queue = Some(queue_id(1))));
    harness.take_effects();
    harness.press("* H");
    assert!(harness.screen().contains("Hand 5 sessions off to a queue"), "{}", harness.screen());
    harness.press("/").type_text("kunden").press("enter enter");
    assert!(harness.status().contains("is paused"), "{}", harness.status());
    harness.press("esc /").type_text("vip").press("enter enter");
    let screen = harness.screen();
    assert!(screen.contains("4 sessions → VIP; ✗ 1 can't be placed"), "{screen}");
    harness.press("G");
    assert!(harness.screen().contains("guest04 waits in VIP already"), "{}", harness.screen());
    harness.press("y");
    let sent = sent(&harness);
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|(_, target)| *target == Target::Queue(queue_id(1))));
}

#[test]
fn a_row_that_is_taken_out_is_not_sent() {
    for key in ["-", "delete"] {
        let mut harness = console(3);
        harness.press("* a j").press(key);
        assert!(harness.line("guest01").is_none(), "{}", harness.screen());
        harness.press("y");
        let guests: Vec<String> = sent(&harness).into_iter().map(|(guest, _)| guest).collect();
        assert_eq!(guests, ["guest00", "guest02"]);
    }
    let mut harness = console(1);
    harness.press("* a - y");
    assert!(batches(&harness).is_empty());
    assert!(harness.screen().contains("nothing left on the plan"), "{}", harness.screen());
}

#[test]
fn a_row_can_be_given_another_target() {
    let mut harness = console(2);
    harness.press("* h g enter");
    assert!(harness.screen().contains("2 sessions → Ada"), "{}", harness.screen());
    // To another agent: Bo, by name.
    harness.press("enter");
    assert!(harness.screen().contains("Hand off to an agent"), "{}", harness.screen());
    harness.press("/").type_text("bo").press("enter enter");
    assert!(harness.screen().contains("2 sessions → 2 agents"), "{}", harness.screen());
    // To a queue.
    harness.press("j H /").type_text("vip").press("enter enter");
    assert!(harness.screen().contains("1 agent and 1 queue"), "{}", harness.screen());
    harness.press("y");
    let to_queue = ("guest01".to_owned(), Target::Queue(queue_id(1)));
    assert_eq!(sent(&harness), [to_agent("guest00", 1), to_queue]);
}

#[test]
fn a_row_is_not_given_to_who_has_no_place_left_on_the_plan() {
    let mut harness = console(3);
    harness.press("* a");
    // Bo has one of the three; the row of somebody else can't be Bo's as well.
    let screen = harness.screen();
    let of_ada = ["guest00", "guest01"]
        .into_iter()
        .position(|guest| screen.lines().any(|line| line.contains(guest) && line.contains("Ada")));
    for _ in 0..of_ada.unwrap() {
        harness.press("j");
    }
    harness.press("enter /").type_text("bo").press("enter enter");
    assert!(harness.status().contains("Bo has 1 place left, and the plan"), "{}", harness.status());
    harness.press("esc esc");
    assert!(harness.screen().contains("3 sessions → 2 agents"), "{}", harness.screen());
}

#[test]
fn a_session_that_changed_meanwhile_stays_and_is_said() {
    let mut harness = console(3);
    harness.press("* a");
    harness.floor(changed(3, 1, |session| session.state = SessionState::Transferring));
    let screen = harness.screen();
    assert!(screen.contains("2 sessions → ") && screen.contains("✗ 1 can't be placed"), "{screen}");
    harness.press("j");
    assert!(harness.screen().contains("Preventing duplicate handoff"), "{}", harness.screen());
    harness.press("y");
    let guests: Vec<String> = sent(&harness).into_iter().map(|(guest, _)| guest).collect();
    assert_eq!(guests, ["guest00", "guest02"]);
}

#[test]
fn a_frozen_plan_is_still_checked_live() {
    let mut harness = console(3);
    harness.press("* a p");
    harness.floor(changed(3, 1, |session| session.agent = Some(agent_id(2))));
    assert!(harness.screen().contains("3 sessions → "), "{}", harness.screen());
    harness.press("y");
    assert_eq!(sent(&harness).len(), 2);
    let status = harness.status();
    assert!(status.contains("guest01 is left out: guest01 is now"), "{status}");
}

#[test]
fn when_nothing_holds_any_more_nothing_is_sent() {
    let mut harness = console(1);
    harness.press("* a p");
    harness.floor(with(vec![]));
    harness.press("y");
    assert!(batches(&harness).is_empty());
    assert!(harness.status().contains("Nothing was sent"), "{}", harness.status());
}

#[test]
fn what_a_guard_stops_is_handed_off_singly_or_not_at_all() {
    let unhappy = || changed(4, 0, |session| session.sentiment = Some(0.1));
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(unhappy());
    harness.take_effects();
    harness.press("* a");
    let screen = harness.screen();
    let reason = "guard: sentiment 0.1, must be at least 0.3; hand off singly with h";
    assert!(screen.contains(reason), "{screen}");
    // There are three places: it takes nobody's.
    harness.press("y");
    let guests: Vec<String> = sent(&harness).into_iter().map(|(guest, _)| guest).collect();
    assert_eq!(guests, ["guest01", "guest02", "guest03"]);
    // One that fails only after the plan was made stays as well.
    let mut harness = console(4);
    harness.press("* H /").type_text("vip").press("enter enter").floor(unhappy());
    assert!(harness.screen().contains(reason), "{}", harness.screen());
    harness.press("y");
    assert_eq!(sent(&harness).len(), 3);
}

#[test]
fn low_confidence_is_no_guard_against_what_it_has_triggered() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(changed(1, 0, |session| session.confidence = Some(0.2)));
    harness.press("* a y");
    assert_eq!(sent(&harness).len(), 1);
    // Whom an agent serves, nobody hands over for what a bot was not sure of.
    let served = changed(1, 0, |session| {
        (session.confidence, session.state) = (Some(0.2), SessionState::Connected);
        session.agent = Some(agent_id(7));
    });
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(served);
    let screen = harness.press("space a").screen();
    assert!(screen.contains("guard: confidence 0.2, must be at least 0.75"), "{screen}");
}

#[test]
fn a_large_batch_is_confirmed_by_typing_how_many() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(many(12));
    harness.take_effects();
    harness.press("* a y");
    assert!(batches(&harness).is_empty());
    assert!(harness.screen().contains("Type 12 and press enter"), "{}", harness.screen());
    assert!(harness.line("enter hand off").is_some(), "{}", harness.screen());
    harness.press("y enter");
    assert!(batches(&harness).is_empty());
    assert!(harness.status().contains("Nothing was sent: 12 sessions"), "{}", harness.status());
    harness.press("y esc").press("y 1 1 enter");
    assert!(batches(&harness).is_empty());
    harness.press("y 1 2 enter");
    assert_eq!(sent(&harness).len(), 12);
    // Ten are confirmed by y alone.
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(many(10)).press("* a y");
    assert_eq!(sent(&harness).len(), 10);
}

#[test]
fn a_large_plan_stands_still_while_its_number_is_typed() {
    let leaving = |leaving: &[usize]| {
        let Floor { queues, agents, mut sessions, .. } = many(13);
        leaving.iter().for_each(|&n| sessions[n].state = SessionState::Transferring);
        floor::build(queues, agents, sessions)
    };
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(many(13)).press("* a").floor(leaving(&[0]));
    harness.take_effects();
    assert!(harness.screen().contains("12 sessions → "), "{}", harness.screen());
    harness.press("y 1").floor(leaving(&[0, 1, 2])).press("2");
    assert!(harness.screen().contains("Type 12 and press enter"), "{}", harness.screen());
    // One that could go again is nobody's choice any more.
    harness.floor(leaving(&[1, 2, 3])).press("enter");
    let guests: Vec<String> = sent(&harness).into_iter().map(|(guest, _)| guest).collect();
    assert_eq!(guests, (4..13).map(|n| format!("guest{n:02}")).collect::<Vec<_>>());
    let status = harness.status();
    assert!(status.contains("Handing 9 sessions off; guest01 and 2 more are left out"), "{status}");
    // Dropped, it moves again.
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(many(13)).press("* a y").floor(leaving(&[1, 2]));
    assert!(harness.screen().contains("Type 13 and press enter"), "{}", harness.screen());
    assert!(harness.press("esc").screen().contains("11 sessions → "), "{}", harness.screen());
}

#[test]
fn a_plan_that_nobody_has_read_confirms_nothing() {
    let mut harness = console(3);
    harness.press("*");
    for key in ["a", "y"] {
        harness.type_ahead(Message::Press(key.parse().unwrap()));
    }
    assert!(batches(&harness).is_empty());
    assert!(harness.status().contains("Read the plan first"), "{}", harness.status());
    // The key stands in the footer from the first frame on.
    assert!(harness.line("y confirm  esc back").is_some(), "{}", harness.screen());
    // Nor does one whose row has just been changed.
    harness.tell(Message::Tick);
    for key in ["-", "y"] {
        harness.type_ahead(Message::Press(key.parse().unwrap()));
    }
    assert!(batches(&harness).is_empty());
    harness.tell(Message::Tick).press("y");
    assert_eq!(sent(&harness).len(), 2);
}

#[test]
fn when_it_stops_can_be_chosen() {
    let mut harness = console(3);
    harness.press("* a");
    assert!(harness.screen().contains("stops after 3 failures"), "{}", harness.screen());
    harness.press("+");
    assert!(harness.screen().contains("stops after 5 failures"), "{}", harness.screen());
    harness.press("+ +");
    assert!(harness.screen().contains("goes on whatever fails"), "{}", harness.screen());
    harness.press("+");
    assert!(harness.screen().contains("stops after 1 failure "), "{}", harness.screen());
    harness.press("y");
    assert_eq!(batches(&harness)[0].stop_after, Some(1));
}

#[test]
fn read_only_and_audit_trouble_refuse_a_batch() {
    let read_only = Settings { read_only: true, ..settings() };
    let mut harness = Harness::with(&read_only, 80, 24);
    harness.pulse(pulse(Link::Live)).floor(waiting(2)).press("*");
    for key in ["h", "H", "a"] {
        harness.press(key);
        assert!(harness.status().contains("Read-only"), "{key}: {}", harness.status());
    }
    let mut harness = console(2);
    harness.press("* a");
    let mut trouble = pulse(Link::Live);
    trouble.audit_trouble = Some("disk full".into());
    harness.pulse(trouble).press("y");
    assert!(batches(&harness).is_empty());
    assert!(harness.status().contains("disk full"), "{}", harness.status());
}

#[test]
fn the_smallest_plan_still_says_how_many_go_and_takes_the_number() {
    let mut harness = Harness::bare(50, 12);
    harness.pulse(pulse(Link::Live)).floor(many(12)).press("* a");
    let screen = harness.screen();
    assert!(screen.contains("12 sessions → ") && screen.contains("guest00"), "{screen}");
    harness.press("y");
    assert!(harness.screen().contains("Type 12 and press enter"), "{}", harness.screen());
    harness.press("1 2 enter");
    assert!(harness.screen().contains("0/12 done"), "{}", harness.screen());
}

#[test]
fn taking_customers_from_their_agents_is_said() {
    let talking = |session: &mut Session| {
        session.state = SessionState::Connected;
        session.agent = Some(agent_id(1));
    };
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(changed(2, 1, talking));
    harness.press("space space h enter");
    let screen = harness.screen();
    assert!(screen.contains("▲ Takes one customer away from the agent"), "{screen}");
    assert!(harness.line("guest01").unwrap().contains("▲ taken f"), "{screen}");
    harness.press("G");
    assert!(harness.screen().contains("▲ taken from Bo"), "{}", harness.screen());
    harness.press("-");
    assert!(!harness.screen().contains("Takes one customer"), "{}", harness.screen());
}

#[test]
fn the_picker_names_the_first_rows_whatever_is_hidden() {
    let mut harness = console(12);
    harness.press("* /").type_text("guest0").press("enter h");
    let line = harness.line("more").unwrap();
    assert!(line.contains("guest00, guest01, guest02, guest03, 8 more"), "{line}");
}

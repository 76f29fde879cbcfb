//! Several sessions at a time: marks, the plan, what is sent, and what becomes of it.

use floorwalker::{
    console::{Settings, app::Message},
    domain::{
        agent::{Agent, RoutingStatus},
        floor::Floor,
        handoff::{Batch, BatchProgress, HandoffOrder, Progress, Stage, Target},
        queue::{Queue, QueueState},
        session::{Requirement, Session, SessionState},
    },
    engine::{Command, Event, Link},
};
use jiff::SignedDuration;

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::{Harness, pulse, settings},
};

/// Two who know billing, Ada with two places and Bo with one, and one who does not.
fn agents() -> Vec<Agent> {
    let agent = |n, name: &str, held| Agent {
        name: Some(name.into()),
        routing: Some(RoutingStatus::Idle),
        sessions: Some(held),
        id: agent_id(n),
        ..floor::agent(0)
    };
    let unfit = Agent { skills: Some(vec![]), ..agent(2, "Cy", 0) };
    vec![agent(0, "Ada", 1), agent(1, "Bo", 2), unfit]
}

/// Somebody who waits for billing; guest 0 the longest.
fn waits(n: usize) -> Session {
    Session {
        guest: Some(format!("guest{n:02}").into()),
        since: Some(floor::ago(400 - 10 * i64::try_from(n).unwrap())),
        queue: Some(queue_id(0)),
        state: SessionState::Waiting,
        agent: None,
        language: None,
        confidence: None,
        sentiment: None,
        depth: None,
        skills: vec![Requirement { id: None, name: "Billing".into() }],
        ..floor::session(n)
    }
}

fn queues() -> Vec<Queue> {
    let vip = Queue { name: "VIP".into(), state: QueueState::Open, ..floor::queue(1) };
    vec![floor::queue(0), vip, Queue { state: QueueState::Paused, ..floor::queue(2) }]
}

fn with(sessions: Vec<Session>) -> Floor {
    floor::build(queues(), agents(), sessions)
}

/// So many who wait.
fn waiting(count: usize) -> Floor {
    with((0..count).map(waits).collect())
}

fn console(count: usize) -> Harness {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(waiting(count));
    harness.take_effects();
    harness
}

/// The floor of so many with one session changed.
fn changed(count: usize, n: usize, change: impl Fn(&mut Session)) -> Floor {
    let mut sessions: Vec<Session> = (0..count).map(waits).collect();
    change(&mut sessions[n]);
    with(sessions)
}

/// Which rows carry a mark.
fn marked(harness: &Harness) -> Vec<String> {
    let screen = harness.screen();
    let rows = screen.lines().filter(|line| line.chars().nth(1) == Some('*'));
    rows.filter_map(|row| row.split_whitespace().find(|word| word.starts_with("guest")))
        .map(str::to_owned)
        .collect()
}

fn title(harness: &Harness) -> String {
    harness.line("▸ 3 Sessions").unwrap()
}

fn batches(harness: &Harness) -> Vec<Batch> {
    let batch = |command| match command {
        Command::Batch(batch) => Some(batch),
        _ => None,
    };
    harness.commands().into_iter().filter_map(batch).collect()
}

/// Who goes where, in order.
fn sent(harness: &Harness) -> Vec<(String, Target)> {
    let batches = batches(harness);
    assert_eq!(batches.len(), 1, "one batch");
    let name = |order: &HandoffOrder| {
        let at = (0..100).find(|n| session_id(*n) == order.session).unwrap();
        (format!("guest{at:02}"), order.target.clone())
    };
    batches[0].orders.iter().map(name).collect()
}

fn to_agent(guest: &str, n: usize) -> (String, Target) {
    (guest.to_owned(), Target::Agent(agent_id(n)))
}

fn news(harness: &Harness, n: usize, stage: Stage) -> Event {
    let order = batches(harness)[0].orders[n].clone();
    Event::Handoff(Box::new(Progress {
        order,
        stage,
        taken: harness.now,
        at: harness.now,
        request_took: None,
        steps: Vec::new(),
    }))
}

fn ended(harness: &Harness, (done, failed, skipped): (usize, usize, usize)) -> Event {
    let batch = &batches(harness)[0];
    let (id, of) = (batch.id.clone(), batch.orders.len());
    Event::Batch(BatchProgress { id, of, done, failed, skipped, finished: true })
}

#[test]
fn space_marks_and_moves_on_and_no_column_jumps() {
    let mut harness = console(4);
    let columns = |harness: &Harness| -> String {
        harness.line("guest00").unwrap().chars().skip(2).collect()
    };
    let before = columns(&harness);
    harness.press("space");
    assert_eq!(marked(&harness), ["guest00"]);
    assert!(harness.cursor_row().contains("guest01"), "{}", harness.cursor_row());
    assert_eq!(columns(&harness), before);
    harness.press("j space");
    assert_eq!(marked(&harness), ["guest00", "guest02"]);
    assert!(title(&harness).contains("* 2 marked"), "{}", title(&harness));
    harness.press("k space");
    assert_eq!(marked(&harness), ["guest00"]);
}

#[test]
fn a_range_follows_the_cursor_until_it_is_kept_or_dropped() {
    let mut harness = console(6);
    harness.press("space j v j j");
    assert_eq!(marked(&harness), ["guest00", "guest02", "guest03", "guest04"]);
    assert!(title(&harness).contains("range"), "{}", title(&harness));
    harness.press("k");
    assert_eq!(marked(&harness), ["guest00", "guest02", "guest03"]);
    // Upwards as well, over where it began.
    harness.press("k k");
    assert_eq!(marked(&harness), ["guest00", "guest01", "guest02"]);
    harness.press("esc");
    assert_eq!(marked(&harness), ["guest00"]);
    assert!(harness.status().contains("range is dropped"), "{}", harness.status());
    for keep in ["v", "space"] {
        harness.press("g v j").press(keep).press("G");
        assert_eq!(marked(&harness), ["guest00", "guest01"], "{keep}");
    }
}

#[test]
fn a_star_marks_all_that_the_filter_shows_and_unmarks_them_again() {
    let mut harness = console(12);
    harness.press("space /").type_text("guest1").press("enter *");
    assert_eq!(marked(&harness), ["guest10", "guest11"]);
    assert!(title(&harness).contains("3 marked, 1 hidden"), "{}", title(&harness));
    harness.press("*");
    assert!(marked(&harness).is_empty());
    assert!(title(&harness).contains("1 marked, 1 hidden"), "{}", title(&harness));
    // Esc clears the filter first, and the marks only then.
    harness.press("esc");
    assert_eq!(marked(&harness), ["guest00"]);
    harness.press("esc");
    assert!(marked(&harness).is_empty());
    assert!(harness.status().contains("1 session unmarked"), "{}", harness.status());
    harness.press("esc");
    assert!(harness.status().contains("Nothing to go back from"), "{}", harness.status());
}

#[test]
fn marks_stay_with_their_sessions_on_a_new_floor_and_go_with_them() {
    let mut harness = console(4);
    harness.press("space space");
    // Somebody who has waited longer comes on top.
    harness.floor(changed(4, 3, |session| session.since = Some(floor::ago(900))));
    assert_eq!(marked(&harness), ["guest00", "guest01"]);
    harness.floor(with(vec![waits(1), waits(2)]));
    assert_eq!(marked(&harness), ["guest01"]);
    assert!(title(&harness).contains("1 marked"), "{}", title(&harness));
}

#[test]
fn a_new_floor_puts_nobody_into_a_range() {
    let mut harness = console(4);
    harness.press("v j");
    harness.floor(changed(5, 4, |session| session.since = Some(floor::ago(395))));
    assert_eq!(marked(&harness), ["guest00", "guest01"]);
}

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
    let mut harness = console(4);
    harness.press("space space a");
    let line = harness.line("longest wait").unwrap();
    // The third waits for 400 − 20 seconds.
    assert!(line.contains("in Billing now ▲ 6:40, ▲ 6:20 once these are taken"), "{line}");
    harness.press("esc space").floor(waiting(3)).press("a");
    let line = harness.line("longest wait").unwrap();
    assert!(line.contains("now ▲ 6:40, ✓ nobody once these are taken"), "{line}");
    // What is taken out of the plan goes on waiting.
    harness.press("-");
    let line = harness.line("longest wait").unwrap();
    assert!(line.contains("now ▲ 6:40, ▲ 6:40 once"), "{line}");
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
}

#[test]
fn capital_h_hands_all_to_a_queue() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live));
    harness.floor(changed(5, 4, |session| session.queue = Some(queue_id(1))));
    harness.take_effects();
    harness.press("* H");
    assert!(harness.screen().contains("Hand 5 sessions off to a queue"), "{}", harness.screen());
    harness.press("/").type_text("vip").press("enter enter");
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
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(changed(3, 0, |session| session.sentiment = Some(0.1)));
    harness.take_effects();
    harness.press("* a");
    let screen = harness.screen();
    let reason = "guard: sentiment 0.1, must be at least 0.3; hand off singly with h";
    assert!(screen.contains(reason), "{screen}");
    harness.press("y");
    let guests: Vec<String> = sent(&harness).into_iter().map(|(guest, _)| guest).collect();
    assert_eq!(guests, ["guest01", "guest02"]);
    // It takes nobody's place either: with it there would be one too many.
    assert_eq!(guests.len(), 2);
}

#[test]
fn low_confidence_is_no_guard_against_what_it_has_triggered() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(changed(1, 0, |session| session.confidence = Some(0.2)));
    harness.press("* a y");
    assert_eq!(sent(&harness).len(), 1);
}

/// Enough places for a large batch.
fn many(count: usize) -> Floor {
    let mut agents = agents();
    agents[0].capacity = Some(50);
    floor::build(queues(), agents, (0..count).map(waits).collect())
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
fn a_plan_that_nobody_has_read_confirms_nothing() {
    let mut harness = console(3);
    harness.press("*");
    for key in ["a", "y"] {
        harness.type_ahead(Message::Press(key.parse().unwrap()));
    }
    assert!(batches(&harness).is_empty());
    assert!(harness.status().contains("Read the plan first"), "{}", harness.status());
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
fn without_marks_a_says_how_to_mark() {
    let mut harness = console(2);
    harness.press("a");
    assert!(harness.status().contains("Nothing is marked: space marks"), "{}", harness.status());
}

#[test]
fn progress_and_result_are_told_and_stay_for_b() {
    let mut harness = console(3);
    harness.press("* a y");
    assert!(harness.screen().contains("0/3 done, 3 in line"), "{}", harness.screen());
    let until = harness.now + SignedDuration::from_secs(2);
    let event = news(&harness, 0, Stage::Grace { until });
    harness.event(event);
    let event = news(&harness, 1, Stage::Accepted { agent: agent_id(0) });
    harness.event(event);
    let event = news(&harness, 2, Stage::Failed { reason: "no route".into() });
    harness.event(event);
    let screen = harness.screen();
    assert!(screen.contains("1/3 done, ✗ 1 failed, ⠿ 1 under way"), "{screen}");
    assert!(harness.line("guest00").unwrap().contains("leaves in 3s"), "{screen}");
    assert!(harness.line("guest02").unwrap().contains("no route"), "{screen}");
    // Hidden, it goes on in the status line.
    harness.press("esc").wait(10);
    assert!(harness.status().contains("Batch 1/3 done"), "{}", harness.status());
    let event = news(&harness, 0, Stage::Queued);
    harness.event(event);
    let event = ended(&harness, (2, 1, 0));
    harness.event(event);
    let status = harness.status();
    assert!(status.contains("Batch: 2 of 3 handed off, 1 failed; B shows them"), "{status}");
    harness.wait(60).press("B");
    let screen = harness.screen();
    assert!(screen.contains("2/3 done, ✗ 1 failed"), "{screen}");
    harness.press("G");
    assert!(harness.screen().contains("✗ guest02: no route"), "{}", harness.screen());
    harness.press("B");
    assert!(!harness.screen().contains("2/3 done"), "{}", harness.screen());
}

#[test]
fn an_order_of_a_batch_nobody_can_tell_of_is_told_by_itself() {
    let mut harness = console(2);
    harness.press("* a y");
    let event = news(&harness, 0, Stage::Unknown { reason: "no answer".into() });
    harness.event(event);
    assert!(harness.status().contains("Nobody can tell where guest00"), "{}", harness.status());
}

#[test]
fn x_begins_nothing_more_and_u_calls_back_what_is_in_its_grace_time() {
    let mut harness = console(3);
    harness.press("* a y u");
    assert!(harness.status().contains("None of them is in its grace"), "{}", harness.status());
    let until = harness.now + SignedDuration::from_secs(2);
    let event = news(&harness, 0, Stage::Grace { until });
    harness.event(event);
    let batch = batches(&harness).remove(0);
    harness.take_effects();
    harness.press("u X X");
    let sent = harness.commands();
    let expected = [Command::Cancel(batch.orders[0].id.clone()), Command::StopBatch(batch.id)];
    assert_eq!(sent, expected);
    assert!(harness.screen().contains("stopped: 2 not begun"), "{}", harness.screen());
}

#[test]
fn what_was_not_begun_is_free_again() {
    let mut harness = console(3);
    harness.press("* a y");
    let event = news(&harness, 0, Stage::Failed { reason: "no route".into() });
    harness.event(event);
    let event = ended(&harness, (0, 1, 2));
    harness.event(event);
    let screen = harness.screen();
    assert!(screen.contains("stopped after 3 failures: 2 not begun"), "{screen}");
    assert!(harness.line("guest01").unwrap().contains("⊘ not begun"), "{screen}");
    harness.press("esc j");
    assert!(harness.cursor_row().contains("guest01"), "{}", harness.cursor_row());
    assert!(!harness.cursor_row().contains('⠿'), "{}", harness.cursor_row());
    harness.press("h");
    assert!(harness.screen().contains("Hand off to an agent"), "{}", harness.screen());
}

#[test]
fn one_batch_at_a_time() {
    let mut harness = console(3);
    harness.press("space a y esc space a y");
    assert_eq!(batches(&harness).len(), 1);
    assert!(harness.status().contains("Another batch is under way"), "{}", harness.status());
}

#[test]
fn a_batch_that_could_not_be_sent_leaves_nothing_behind() {
    let mut harness = console(2);
    harness.press("* a y");
    let batch = batches(&harness).remove(0);
    harness.tell(Message::Unsent(Command::Batch(batch)));
    assert!(harness.status().contains("Not sent"), "{}", harness.status());
    assert!(!harness.screen().contains('⠿'), "{}", harness.screen());
    harness.wait(20).press("B");
    assert!(harness.status().contains("no batch yet"), "{}", harness.status());
}

#[test]
fn stopping_calls_back_what_has_begun_and_stops_the_rest() {
    let mut harness = console(3);
    harness.press("* a y");
    let until = harness.now + SignedDuration::from_secs(2);
    let event = news(&harness, 1, Stage::Grace { until });
    harness.event(event);
    let batch = batches(&harness).remove(0);
    harness.take_effects();
    harness.tell(Message::Stopping);
    let expected = [Command::StopBatch(batch.id), Command::Cancel(batch.orders[1].id.clone())];
    assert_eq!(harness.commands(), expected);
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
fn thousands_are_marked_planned_and_sent_without_a_pause() {
    let mut harness = Harness::bare(80, 24);
    let mut floor = floor::floor(6, 200, 0);
    let sessions = (0..5_000).map(|n| Session { since: Some(floor::ago(9)), ..waits(n) }).collect();
    floor = floor::build(floor.queues, floor.agents, sessions);
    harness.pulse(pulse(Link::Live)).floor(floor);
    let began = std::time::Instant::now();
    harness.press("* H /").type_text("vip").press("enter enter y");
    harness.type_text("5000").press("enter esc");
    let batch = batches(&harness).remove(0);
    assert_eq!(batch.orders.len(), 5_000);
    for n in 0..100 {
        let event = news_of(&harness, &batch.orders[n], Stage::Queued);
        harness.event(event);
    }
    // Far more than it takes, far less than a search through all for each would.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

fn news_of(harness: &Harness, order: &HandoffOrder, stage: Stage) -> Event {
    let (order, at) = (order.clone(), harness.now);
    let steps = Vec::new();
    Event::Handoff(Box::new(Progress { order, stage, taken: at, at, request_took: None, steps }))
}

//! Sessions that are kept alive: how that goes on the row, the key that begins and ends it, and what
//! leaving means for them.

use std::{sync::Arc, time::Duration};

use floorwalker::{
    console::{
        Settings,
        app::{Effect, Message},
    },
    domain::{
        flight::Owner,
        floor::Floor,
        lease::Kept,
        session::{Session, SessionState},
        supervision::{Hold, OnLoss, Supervised},
    },
    engine::{
        Command, Event, Link,
        supervision::{Supervision, Turn, Ward},
    },
};

use crate::{
    floor::{self, queue_id, session_id},
    harness::{Harness, pulse, settings},
};

fn owner(pid: u32) -> Owner {
    Owner { host: "desk".into(), pid, mark: "mark".into() }
}

/// The nth session, kept here or by another process, its last beat four seconds ago.
pub fn kept(n: usize, here: bool) -> Kept {
    let it = Supervised {
        id: session_id(n),
        token: None,
        guest: None,
        opened_here: true,
        hold: Hold::Patch,
        started: floor::ago(60),
        limit: Some(Duration::from_secs(1800)),
        interval: Duration::from_secs(30),
        on_loss: OnLoss::Disconnect,
        sequence: 1,
        failures: 0,
        due: None,
        paused: false,
        keeper: owner(if here { 1 } else { 77 }),
        end: None,
    };
    Kept { it, here, beaten: Some(floor::ago(4)), warned: None, asks: false, ending: false }
}

/// What the engine tells of these.
pub fn ward(all: Vec<Kept>) -> Ward {
    Ward {
        kept: all.into_iter().map(|kept| (kept.it.id.clone(), kept)).collect(),
        ..Ward::default()
    }
}

fn waiting() -> Floor {
    let waits = |n: usize| Session {
        guest: Some(format!("guest{n:02}").as_str().into()),
        since: Some(floor::ago(1000 - i64::try_from(n).unwrap())),
        queue: Some(queue_id(0)),
        ..Session::bare(session_id(n), SessionState::Waiting)
    };
    floor::build(vec![floor::queue(0)], vec![], (0..4).map(waits).collect())
}

fn console(ward: Ward) -> Harness {
    let mut harness = Harness::bare(159, 40);
    let mut told = pulse(Link::Live);
    told.ward = Some(Arc::new(ward));
    harness.pulse(told).floor(waiting());
    harness.take_effects();
    harness
}

/// What was asked for sessions.
fn asked(harness: &Harness) -> Vec<Command> {
    let concerns =
        |c: &Command| matches!(c, Command::Supervise(_) | Command::Release(_) | Command::End(_));
    harness.commands().into_iter().filter(concerns).collect()
}

#[test]
fn a_row_tells_how_its_heartbeat_goes_and_whose_it_is() {
    let mut failing = kept(1, false);
    failing.it.failures = 2;
    let mut paused = kept(2, true);
    paused.it.paused = true;
    let mut watched = kept(3, true);
    watched.it.hold = Hold::Read;
    let harness = console(ward(vec![kept(0, true), failing, paused, watched]));
    let row = |guest: &str| harness.line(guest).unwrap();
    assert!(row("guest00").contains("♥ 4s"), "{}", harness.screen());
    assert!(row("guest01").contains("2/3 77"), "{}", harness.screen());
    assert!(row("guest02").contains("paused"), "{}", harness.screen());
    assert!(row("guest03").contains("○ 4s"), "only looked at: {}", harness.screen());
}

#[test]
fn w_keeps_a_session_and_leaves_it_again() {
    let mut harness = console(ward(vec![kept(1, true), kept(2, false)]));
    harness.press("w");
    assert_eq!(asked(&harness), [Command::Supervise(session_id(0))]);
    harness.take_effects();
    harness.press("j w");
    assert_eq!(asked(&harness), [], "it would end: {}", harness.screen());
    harness.press("y");
    assert_eq!(asked(&harness), [Command::Release(session_id(1))]);
    harness.take_effects();
    // Another's is taken over by asking for it.
    harness.press("j w");
    assert_eq!(asked(&harness), [Command::Supervise(session_id(2))]);
    harness.take_effects();
    harness.press("* w");
    let rest = [0, 2, 3].map(|n| Command::Supervise(session_id(n)));
    assert_eq!(asked(&harness), rest, "one that is kept here already is left as it is");
}

#[test]
fn nothing_is_kept_read_only_or_before_the_store_was_looked_at() {
    let mut harness = Harness::bare(159, 40);
    harness.pulse(pulse(Link::Live)).floor(waiting()).press("w");
    assert!(harness.status().contains("Nobody knows yet"), "{}", harness.status());
    assert!(asked(&harness).is_empty());
}

#[test]
fn leaving_says_who_will_keep_what_is_kept_here() {
    let mut alone = console(ward(vec![kept(0, true), kept(1, true), kept(2, false)]));
    alone.press("q");
    let said = "Nobody else keeps the 2 sessions kept here alive.";
    assert!(alone.screen().contains(said), "{}", alone.screen());
    let mut with_heir = console(Ward { heirs: vec![owner(77)], ..ward(vec![kept(0, true)]) });
    with_heir.press("q");
    let said = "desk (pid 77) goes on with the one session kept here.";
    assert!(with_heir.screen().contains(said), "{}", with_heir.screen());
    // What others keep is no reason to stay.
    let mut free = console(ward(vec![kept(2, false)]));
    free.press("q");
    assert!(!free.screen().contains("Leave?"), "{}", free.screen());
}

#[test]
fn the_key_that_asked_whether_to_leave_does_not_answer() {
    let mut harness = console(ward(vec![kept(0, true)]));
    // Typed ahead: nobody has read the question.
    for _ in 0..2 {
        harness.type_ahead(Message::Press("q".parse().unwrap()));
    }
    let left = |harness: &Harness| harness.effects.contains(&Effect::Quit);
    assert!(!left(&harness), "{}", harness.screen());
    let screen = harness.screen();
    assert!(screen.contains("Leave?") && screen.contains("Read the question first"), "{screen}");
    harness.app.shown();
    harness.press("q");
    assert!(!left(&harness), "{}", harness.screen());
    assert!(harness.status().contains("Press y to leave, esc to stay"), "{}", harness.status());
    let screen = harness.screen();
    let footer = screen.lines().last().unwrap();
    assert!(footer.contains("y leave") && !footer.contains("q quit"), "{footer}");
    harness.press("y");
    assert!(left(&harness));
    // Where there is no room for the question there is no other way out.
    let mut small = console(ward(vec![kept(0, true)]));
    small.press("q").resize(20, 5);
    small.press("q");
    assert!(left(&small));
}

#[test]
fn at_eighty_columns_the_heartbeat_has_a_place() {
    let mut harness = console(ward(vec![kept(0, true)]));
    harness.resize(80, 24);
    assert!(harness.line("guest00").unwrap().contains("♥ 4s"), "{}", harness.screen());
    assert!(harness.screen().contains("intent·handoff"), "{}", harness.screen());
}

#[test]
fn what_happens_to_a_supervision_is_told_by_the_guests_name() {
    let mut harness = console(ward(vec![]));
    let (session, turn) = (Some(session_id(0)), Turn::Begun);
    harness.event(Event::Supervision(Box::new(Supervision { session, turn })));
    assert!(harness.status().contains("guest00 is supervised"), "{}", harness.status());
}

#[test]
fn one_that_is_only_watched_is_let_go_without_a_question() {
    let mut watched = kept(0, true);
    watched.it.hold = Hold::Read;
    let mut harness = console(ward(vec![watched]));
    harness.press("w");
    assert_eq!(asked(&harness), [Command::Release(session_id(0))]);
}

#[test]
fn with_a_filter_w_asks_whether_all_that_it_shows_are_meant() {
    let mut harness = console(ward(vec![]));
    harness.press("/").type_text("guest").press("enter w");
    assert_eq!(asked(&harness), []);
    assert!(harness.screen().contains("all 4 that the filter shows"), "{}", harness.screen());
    harness.press("w");
    assert_eq!(
        asked(&harness),
        [Command::Supervise(session_id(0))],
        "only the one under the cursor"
    );
    harness.take_effects();
    harness.press("w *");
    assert_eq!(asked(&harness), [0, 1, 2, 3].map(|n| Command::Supervise(session_id(n))));
    harness.take_effects();
    harness.press("w esc");
    assert_eq!(asked(&harness), []);
    assert!(!harness.screen().contains("Watch which?"), "{}", harness.screen());
}

#[test]
fn a_session_is_ended_by_its_key_and_an_answer_and_by_nothing_less() {
    let mut harness = console(ward(vec![kept(0, false)]));
    harness.press("D");
    let screen = harness.screen();
    assert!(screen.contains("Nothing brings them back"), "{screen}");
    assert!(screen.contains("desk (pid 77) keeps it"), "{screen}");
    assert!(screen.lines().last().unwrap().contains("y type end  esc back"), "{screen}");
    harness.press("enter");
    assert_eq!(asked(&harness), [], "enter answers nothing: {}", harness.status());
    harness.press("y");
    assert!(harness.screen().contains("Type end and press enter"), "{}", harness.screen());
    assert_eq!(asked(&harness), [], "one key is not enough");
    harness.press("e n d e enter");
    assert_eq!(asked(&harness), [], "{}", harness.screen());
    assert!(harness.status().contains("“ende” is not “end”"), "{}", harness.status());
    harness.press("y e n d enter");
    assert_eq!(asked(&harness), [Command::End(session_id(0))]);
    assert!(harness.status().contains("Ending the session of guest00"), "{}", harness.status());
}

#[test]
fn who_was_asked_about_waited_and_whom_an_agent_has_by_now_is_not_cut_off() {
    let mut harness = console(ward(vec![]));
    harness.press("D y e n d");
    // They are answered while the word is typed.
    let mut answered = waiting();
    answered.sessions[0].state = SessionState::Connected;
    answered.sessions[0].agent = Some(floor::agent_id(0));
    harness.floor(answered).press("enter");
    assert_eq!(asked(&harness), [], "{}", harness.screen());
    assert!(harness.screen().contains("Nothing was ended: guest00 is now"), "{}", harness.screen());
    harness.press("y");
    assert_eq!(asked(&harness), []);
}

#[test]
fn keys_typed_ahead_end_nothing() {
    let mut harness = console(ward(vec![]));
    for key in ["D", "y"] {
        harness.type_ahead(Message::Press(key.parse().unwrap()));
    }
    assert_eq!(asked(&harness), [], "nobody has read the question");
}

#[test]
fn what_has_ended_or_is_handed_off_or_marked_is_not_ended() {
    let mut harness = console(ward(vec![]));
    harness.press("D").floor(floor::build(vec![floor::queue(0)], vec![], vec![])).press("y");
    assert_eq!(asked(&harness), [], "{}", harness.screen());
    let mut marked = console(ward(vec![]));
    marked.press("space D");
    assert!(marked.status().contains("one by one"), "{}", marked.status());
    let settings = Settings { read_only: true, ..settings() };
    let mut read_only = Harness::with(&settings, 159, 40);
    let mut told = pulse(Link::Live);
    told.ward = Some(Arc::default());
    read_only.pulse(told).floor(waiting()).press("D");
    assert_eq!(asked(&read_only), []);
    assert!(read_only.screen().contains("Read-only"), "{}", read_only.screen());
}

#[test]
fn a_lost_heartbeat_that_asks_is_answered_with_a_key() {
    let mut lost = kept(0, true);
    (lost.asks, lost.it.failures, lost.it.on_loss) = (true, 3, OnLoss::Ask);
    let mut harness = console(ward(vec![lost]));
    assert!(harness.line("guest00").unwrap().contains("end?"), "{}", harness.screen());
    let news = Supervision { session: Some(session_id(0)), turn: Turn::Asks };
    harness.event(Event::Supervision(Box::new(news)));
    assert!(harness.status().contains("guest00 has lost 3 heartbeats"), "{}", harness.status());
    // For as long as nobody has answered, and wherever the cursor is.
    harness.wait(60);
    let said = "guest00 has lost its heartbeat: on its row D ends it, w keeps it on";
    assert!(harness.status().contains(said), "{}", harness.status());
    harness.press("w");
    assert_eq!(asked(&harness), [Command::Supervise(session_id(0))], "kept on, not let go");
}

#[test]
fn a_closer_look_says_what_holds_the_session() {
    let mut failing = kept(1, false);
    (failing.it.failures, failing.it.on_loss) = (2, OnLoss::Disconnect);
    let mut held = kept(0, true);
    held.it.due = Some(floor::ago(-12));
    let mut harness = console(ward(vec![held, failing]));
    harness.press("enter");
    let screen = harness.screen();
    assert!(
        screen.contains("kept by heartbeat  every 30s, the last 4s ago, the next in 12s"),
        "{screen}"
    );
    assert!(screen.contains("by this console"), "{screen}");
    assert!(screen.contains("29m  ends by its duration limit"), "{screen}");
    harness.press("esc j enter");
    let screen = harness.screen();
    assert!(screen.contains("by desk (pid 77)"), "{screen}");
    assert!(screen.contains("2 of 3 in a row have failed; then it is ended"), "{screen}");
}

#[test]
fn the_time_left_is_that_of_the_limit_where_it_comes_first() {
    let mut soon = kept(0, true);
    soon.it.limit = Some(Duration::from_secs(100));
    let harness = console(ward(vec![soon]));
    assert!(harness.line("guest00").unwrap().contains("40s"), "{}", harness.screen());
}

#[test]
fn leaving_can_end_what_was_opened_here_and_waits_until_that_is_done() {
    let mut watched = kept(1, true);
    (watched.it.hold, watched.it.opened_here) = (Hold::Read, false);
    let mut harness = console(ward(vec![kept(0, true), watched.clone()]));
    harness.press("q");
    let screen = harness.screen();
    assert!(screen.contains("One session is only watched here"), "{screen}");
    harness.press("D");
    let screen = harness.screen();
    assert!(screen.contains("guest00") && screen.contains("end 1 and leave"), "{screen}");
    assert_eq!(asked(&harness), [], "not unasked");
    harness.press("y e n d enter");
    assert_eq!(asked(&harness), [Command::End(session_id(0))], "never one that is only watched");
    assert!(!harness.effects.contains(&Effect::Quit), "not before it has ended");
    let mut ended = pulse(Link::Live);
    ended.ward = Some(Arc::new(ward(vec![watched])));
    harness.pulse(ended);
    assert!(harness.effects.contains(&Effect::Quit));
}

#[test]
fn a_session_that_could_not_be_ended_keeps_the_console() {
    let mut harness = console(ward(vec![kept(0, true)]));
    harness.press("q D y e n d enter");
    let (session, turn) = (Some(session_id(0)), Turn::NotEnded { reason: "no network".into() });
    harness.event(Event::Supervision(Box::new(Supervision { session, turn })));
    let mut told = pulse(Link::Live);
    told.ward = Some(Arc::new(ward(vec![])));
    harness.pulse(told);
    assert!(!harness.effects.contains(&Effect::Quit), "the person has to know");
    assert!(harness.status().contains("guest00 is not ended"), "{}", harness.status());
}

#[test]
fn leaving_can_leave_them_to_end_by_themselves() {
    let mut harness = console(ward(vec![kept(0, true)]));
    harness.press("q");
    let screen = harness.screen();
    assert!(screen.contains("it ends by itself, unless floorwalker serve"), "{screen}");
    harness.press("esc");
    assert!(harness.effects.is_empty(), "kept: {:?}", harness.effects);
    harness.press("q y");
    assert!(harness.effects.contains(&Effect::Quit));
    assert_eq!(asked(&harness), []);
}

#[test]
fn keys_typed_ahead_leave_and_end_nothing() {
    for keys in [["q", "D", "y"], ["q", "y", "y"]] {
        let mut harness = console(ward(vec![kept(0, true)]));
        for key in keys {
            harness.type_ahead(Message::Press(key.parse().unwrap()));
        }
        assert_eq!(asked(&harness), [], "{keys:?}");
        assert!(!harness.effects.contains(&Effect::Quit), "{keys:?}");
    }
}

#[test]
fn w_is_not_taken_for_a_session_that_came_under_the_cursor_by_itself() {
    let mut harness = console(ward(vec![]));
    let mut floor = waiting();
    floor.sessions.remove(0);
    harness.floor(floor::build(vec![floor::queue(0)], vec![], floor.sessions)).press("w");
    assert_eq!(asked(&harness), [], "{}", harness.status());
    assert!(harness.status().contains("The cursor has moved by itself"), "{}", harness.status());
}

#[test]
fn a_lost_heartbeat_that_others_keep_offers_only_what_can_be_done_from_here() {
    let mut lost = kept(0, false);
    (lost.asks, lost.it.failures, lost.it.on_loss) = (true, 3, OnLoss::Ask);
    let mut harness = console(ward(vec![lost]));
    harness.wait(60);
    let said = harness.status();
    assert!(said.contains("on its row D ends it") && !said.contains("keeps it on"), "{said}");
}

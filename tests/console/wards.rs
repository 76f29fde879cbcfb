//! Sessions that are kept alive: how that goes on the row, the key that begins and ends it, and what
//! leaving means for them.

use std::{sync::Arc, time::Duration};

use floorwalker::{
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
    harness::{Harness, pulse},
};

fn owner(pid: u32) -> Owner {
    Owner { host: "desk".into(), pid, mark: "mark".into() }
}

/// The nth session, kept here or by another process, its last beat four seconds ago.
fn kept(n: usize, here: bool) -> Kept {
    let it = Supervised {
        id: session_id(n),
        token: None,
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

fn ward(all: Vec<Kept>) -> Ward {
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
    let concerns = |c: &Command| matches!(c, Command::Supervise(_) | Command::Release(_));
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
    let said = "2 sessions are kept by this console alone.";
    assert!(alone.screen().contains(said), "{}", alone.screen());
    let mut with_heir = console(Ward { heirs: vec![owner(77)], ..ward(vec![kept(0, true)]) });
    with_heir.press("q");
    let said = "desk (pid 77) goes on with what is kept here.";
    assert!(with_heir.screen().contains(said), "{}", with_heir.screen());
    // What others keep is no reason to stay.
    let mut free = console(ward(vec![kept(2, false)]));
    free.press("q");
    assert!(!free.screen().contains("Leave?"), "{}", free.screen());
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

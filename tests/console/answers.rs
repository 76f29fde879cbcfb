//! What is said after a press: of that press and no earlier one, with what is needed to act on it.

use floorwalker::{
    config::alarms,
    console::{Settings, app::begin::Begin, keys::Keymap},
    domain::session::{Session, SessionState},
    engine::{Link, Pulse},
};

use crate::{
    floor::{self, queue_id, session_id},
    harness::{Harness, pulse, settings},
};

#[test]
fn a_refusal_goes_with_the_next_key_that_does_something() {
    let mut harness = Harness::live(80, 24);
    harness.press("5 e");
    let refused = harness.status();
    assert!(!refused.is_empty(), "{}", harness.screen());
    harness.press("1 e");
    assert!(harness.screen().contains("What is told of"), "{}", harness.screen());
    assert_ne!(harness.status(), refused);
    assert!(!harness.screen().contains(&refused), "{}", harness.screen());
    // The answer to this press stays for as long as it takes to read it.
    harness.press("esc r").wait(3);
    assert_eq!(harness.status(), "Reading everything again");
    harness.press("j");
    assert!(!harness.status().contains("Reading"), "{}", harness.status());
}

fn waiting(count: usize) -> Harness {
    let session = |n| Session {
        guest: Some(format!("guest{n}").into()),
        since: Some(floor::ago(20)),
        queue: Some(queue_id(0)),
        ..Session::bare(session_id(n), SessionState::Waiting)
    };
    let mut harness = Harness::bare(80, 24);
    let floor = floor::build(vec![floor::queue(0)], vec![], (0..count).map(session).collect());
    harness.pulse(pulse(Link::Live)).floor(floor);
    harness
}

#[test]
fn marks_that_esc_has_dropped_come_back_by_a_key() {
    let mut harness = waiting(5);
    harness.press("* esc");
    assert_eq!(harness.status(), "5 sessions unmarked; u marks them again");
    // The hand may have gone on.
    harness.press("j").wait(8).press("u");
    assert!(harness.line("* 5 marked").is_some(), "{}", harness.screen());
    assert_eq!(harness.status(), "5 sessions marked again");
    // Once, and not for ever.
    harness.press("esc").wait(13).press("u");
    assert!(harness.line("marked").is_none(), "{}", harness.screen());
    assert!(!harness.status().contains("again"), "{}", harness.status());
}

#[test]
fn from_a_plan_esc_leads_to_the_marks_and_the_next_one_drops_them_with_a_way_back() {
    let mut harness = Harness::live(120, 40);
    harness.press("* a esc");
    assert!(harness.line(" marked").is_some(), "{}", harness.screen());
    harness.press("esc");
    assert!(harness.status().contains("unmarked; u marks them again"), "{}", harness.status());
    harness.press("u");
    assert!(harness.line(" marked").is_some(), "{}", harness.screen());
}

#[test]
fn what_read_only_means_is_found_and_how_to_end_it_comes_first() {
    let mut harness = Harness::live(80, 24);
    harness.press("? /").type_text("read-only");
    assert!(harness.line("lock ").is_some(), "{}", harness.screen());
    let mut harness = Harness::live(80, 24);
    harness.press(":").type_text("read-only");
    assert!(harness.cursor_row().contains("lock"), "{}", harness.screen());
    let mut harness = Harness::live(80, 24);
    harness.press("L").wait(60);
    let footer = harness.screen().lines().last().unwrap().trim().to_owned();
    assert!(footer.starts_with("L unlock"), "{footer}");
}

#[test]
fn read_only_is_the_first_reason_why_marked_sessions_are_not_ended() {
    let settings = Settings { read_only: true, ..settings() };
    let mut harness = Harness::with(&settings, 80, 24);
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    harness.press("space D");
    assert!(harness.status().contains("Read-only"), "{}", harness.status());
    let mut harness = Harness::live(80, 24);
    harness.press("space D");
    assert!(harness.status().contains("one by one"), "{}", harness.status());
}

const ALARMS: &str = "
[[alarms]]
name = 'Long wait'
when = 'state:waiting wait>5m'
[[alarms]]
name = 'In a bad mood for much longer than anybody should be'
when = 'state:waiting wait>4m'
[[alarms]]
name = 'Anyone'
when = 'state:waiting wait>3m'
";

fn alarmed(width: u16) -> Harness {
    let mut begin = Begin::default();
    begin.alarms(&alarms::parse(ALARMS, "config.toml").unwrap(), floor::now()).unwrap();
    let mut harness = Harness::with(&Settings { begin, ..settings() }, width, 24);
    let session = Session {
        since: Some(floor::ago(400)),
        queue: Some(queue_id(0)),
        ..Session::bare(session_id(0), SessionState::Waiting)
    };
    let floor = floor::build(vec![floor::queue(0)], vec![], vec![session]);
    harness.pulse(pulse(Link::Live)).floor(floor);
    harness
}

#[test]
fn alarms_are_named_as_far_as_there_is_room_behind_the_key() {
    let said = alarmed(80).status();
    assert!(said.starts_with("△ n goes through 3 alarms: "), "{said}");
    assert!(said.ends_with(", …") && !said.contains("Anyone"), "{said}");
    let said = alarmed(200).status();
    for name in ["Long wait in", "In a bad mood", "Anyone in"] {
        assert!(said.contains(name), "{said}");
    }
    assert!(!said.contains('…'), "{said}");
}

#[test]
fn an_alarm_that_can_t_be_acknowledged_is_named() {
    let mut harness = alarmed(120);
    harness.press("n A").wait(10).press("A");
    let said = harness.status();
    assert!(said.contains("Long wait in") && said.contains("acknowledged already"), "{said}");
}

#[test]
fn a_tour_that_does_not_show_says_which_size_it_wants() {
    let begin = Begin { tour: true, ..Begin::default() };
    let mut harness = Harness::with(&Settings { begin, ..settings() }, 60, 18);
    harness.pulse(pulse(Link::Live)).floor(floor::floor(2, 2, 2)).wait(60);
    assert_eq!(harness.status(), "△ The tour shows from 72×20 on; this screen is 60×18");
    harness.resize(72, 20);
    assert!(!harness.screen().contains("The tour shows"), "{}", harness.screen());
    assert!(harness.screen().contains("Tour 1/"), "{}", harness.screen());
}

#[test]
fn to_end_a_session_overtakes_nothing_in_the_footer() {
    for width in (50..200).step_by(7) {
        let mut harness = Harness::live(width, 24);
        harness.press("3").wait(60);
        let screen = harness.screen();
        let footer = screen.lines().last().unwrap();
        let all = ["h hand off", "H to queue", "a to best"].iter().all(|key| footer.contains(key));
        assert!(all || !footer.contains("D end"), "{width}: {footer}");
    }
    let mut harness = Harness::live(200, 24);
    harness.press("3").wait(60);
    assert!(harness.screen().lines().last().unwrap().contains("D end"), "{}", harness.screen());
}

#[test]
fn keys_and_verbs_of_the_help_stand_apart() {
    let keymap =
        Keymap::embedded().laid_over("[keys]\nacknowledge = [\"alt-a\", \"alt-b\", \"alt-d\"]\n");
    let Ok(keymap) = keymap else { panic!("{keymap:?}") };
    let mut harness = Harness::with(&Settings { keymap, ..settings() }, 120, 40);
    harness.pulse(pulse(Link::Live)).press("? /").type_text("acknowledge");
    let row = harness.line("alt-d").unwrap();
    assert!(row.contains("alt-a alt-b alt-d ack "), "{row}");
}

#[test]
fn what_is_not_a_whole_word_is_not_in_the_header() {
    for width in (50..140).step_by(3) {
        for frozen in [false, true] {
            let mut harness = Harness::bare(width, 24);
            let inbox = Some(std::sync::Arc::new(crate::inbox::sample()));
            harness.pulse(Pulse { inbox, ..pulse(Link::Live) }).floor(floor::sample());
            if frozen {
                harness.press("p").wait(60);
            }
            let screen = harness.screen();
            let header: Vec<&str> = screen.lines().take(2).collect();
            assert!(header[0].contains("● live <10s") || frozen, "{width}: {header:?}");
            assert!(header[0].contains("FROZEN 1m") || !frozen, "{width}: {header:?}");
            let api = header[0].find("API ").is_none_or(|at| header[0][at..].contains("% left"));
            assert!(api && !header[1].contains('…'), "{width}: {header:?}");
        }
    }
}

//! Alarms: raised from thresholds, gone to, acknowledged, snoozed, and told.

use std::sync::Arc;

use floorwalker::{
    config::{DEFAULTS, alarms},
    console::{
        Settings,
        app::{Effect, begin::Begin},
        keys::Keymap,
        panes::PaneId,
    },
    domain::{
        agent::RoutingStatus,
        floor::Floor,
        inbox::State,
        session::{Session, SessionState},
    },
    engine::{Link, Pulse},
};

use crate::{
    floor::{self, agent_id, ago, queue_id, session_id},
    harness::{Harness, pulse, settings},
    inbox,
};

#[path = "alarms/worst.rs"]
mod worst;

/// What begins with these alarms.
fn begin(toml: &str) -> Result<Begin, String> {
    let mut begin = Begin::default();
    let written = alarms::parse(toml, "config.toml").map_err(|error| error.to_string())?;
    begin.alarms(&written, floor::now())?;
    Ok(begin)
}

fn with(toml: &str) -> Settings {
    Settings { begin: begin(toml).unwrap(), ..settings() }
}

/// A console over a live link with these alarms, which has seen no floor yet.
fn console(toml: &str) -> Harness {
    let mut harness = Harness::with(&with(toml), 120, 40);
    harness.pulse(pulse(Link::Live));
    harness
}

/// One that waits in the nth queue for so many seconds.
fn waiting(n: usize, queue: usize, seconds: i64) -> Session {
    Session {
        queue: Some(queue_id(queue)),
        since: Some(ago(seconds)),
        agent: None,
        ..Session { state: SessionState::Waiting, ..floor::session(n) }
    }
}

fn floor_of(sessions: Vec<Session>) -> Floor {
    build(sessions, floor::agent(0).routing)
}

/// A floor with three queues and three agents, of whom the last one is in this status.
fn build(sessions: Vec<Session>, last: Option<RoutingStatus>) -> Floor {
    let mut agents: Vec<_> = (0..3).map(floor::agent).collect();
    agents[2].routing = last;
    floor::build((0..3).map(floor::queue).collect(), agents, sessions)
}

const LATE: &str = "[[alarms]]\nname = 'Late'\nwhen = 'state:waiting wait>5m'\n";

fn header(harness: &Harness) -> String {
    harness.screen().lines().take(2).collect::<Vec<_>>().join("\n")
}

fn rings(harness: &mut Harness) -> Vec<Effect> {
    let mut effects = harness.take_effects();
    effects.retain(|effect| matches!(effect, Effect::Bell | Effect::Notify(_)));
    effects
}

#[test]
fn an_alarm_is_raised_by_time_alone_and_n_goes_to_its_worst_row() {
    let mut harness = console(LATE);
    harness.floor(floor_of(vec![waiting(0, 0, 10), waiting(1, 1, 290), waiting(2, 1, 295)]));
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
    harness.press("n");
    assert!(harness.status().contains("No alarm is raised"), "{}", harness.status());
    harness.wait(11);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    let told = harness.status();
    assert!(told.contains("n goes to Late in Technical Support: 2 sessions"), "{told}");
    harness.press("1 n");
    assert_eq!(harness.app.focus(), PaneId::Sessions);
    assert_eq!(harness.app.cx().session, Some(session_id(2)), "who waits longest");
    let told = harness.status();
    assert!(told.contains("Late in Technical Support: 2 sessions for 0s"), "{told}");
    assert!(told.contains("A acknowledges, z snoozes"), "{told}");
    // It is a place like any other: one goes back from it.
    harness.press("[");
    assert_eq!(harness.app.focus(), PaneId::Queues);
}

#[test]
fn the_answer_to_a_press_is_not_taken_off_the_line_by_an_alarm() {
    let mut harness = console(LATE);
    harness.floor(floor_of(vec![waiting(0, 0, 10), waiting(1, 1, 298), waiting(2, 1, 299)]));
    harness.press("n");
    let answer = harness.status();
    harness.wait(3);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    assert_eq!(harness.status(), answer);
}

#[test]
fn an_alarm_is_raised_for_each_queue_where_enough_rows_match() {
    let toml = format!("{LATE}at_least = 2\n");
    let mut harness = console(&toml);
    let two = [waiting(0, 0, 400), waiting(1, 0, 500), waiting(2, 1, 600)];
    harness.floor(floor_of(two.to_vec()));
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    assert!(harness.status().contains("Late in Billing: 2 sessions"), "{}", harness.status());
    let whole = console(&format!("{toml}each = 'floor'\n")).floor(floor_of(two.to_vec())).status();
    assert!(whole.contains("Late: 3 sessions"), "{whole}");
    // By name, whatever the case, or by id; who is in none of them does not count.
    for named in ["technical support".to_owned(), queue_id(1).to_string()] {
        let mut harness = console(&format!("{LATE}queues = ['{named}']\n"));
        harness.floor(floor_of(two.to_vec()));
        assert!(harness.status().ends_with("n goes to Late in Technical Support: 1 session"));
        assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    }
}

#[test]
fn what_does_not_hold_for_long_enough_is_not_raised() {
    let mut harness = console(&format!("{LATE}for_seconds = 30\n"));
    let (late, nobody) = (vec![waiting(0, 0, 400)], vec![]);
    harness.floor(floor_of(late.clone())).wait(20);
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
    harness.press("!");
    let row = harness.line("Late").unwrap();
    assert!(row.contains("△ pending") && row.contains("20s"), "{row}");
    harness.press("esc").floor(floor_of(nobody)).wait(1);
    harness.floor(floor_of(late)).wait(1);
    harness.wait(29);
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
    harness.wait(1);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
}

#[test]
fn what_is_acknowledged_is_muted_until_it_ends_and_comes_again() {
    let mut harness = console(LATE);
    let late = || floor_of(vec![waiting(0, 0, 400)]);
    harness.floor(late());
    harness.press("A");
    assert!(
        harness.status().contains("Of which alarm? n goes to the next"),
        "{}",
        harness.status()
    );
    harness.press("n A");
    assert!(harness.status().contains("Acknowledged: Late in Billing"), "{}", harness.status());
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
    assert!(harness.press("A").status().contains("acknowledged already"));
    harness.press("n");
    assert!(harness.status().contains("but one acknowledged"), "{}", harness.status());
    harness.press("!");
    assert!(harness.line("Late").unwrap().contains("✓ acknowledged"), "{}", harness.screen());
    harness.press("esc").wait(100);
    assert!(!header(&harness).contains("alarm"));
    harness.floor(floor_of(vec![])).wait(1);
    harness.press("!");
    assert!(harness.line("Late").unwrap().contains("○ ended"), "{}", harness.screen());
    harness.floor(late()).wait(1);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    assert!(harness.line("Late").unwrap().contains("▲ raised"), "{}", harness.screen());
}

#[test]
fn what_is_snoozed_comes_back_by_the_clock() {
    let mut harness = console(&format!("{LATE}bell = true\n"));
    harness.floor(floor_of(vec![waiting(0, 0, 400)])).press("n z");
    assert!(harness.screen().contains("Snooze the alarm?"), "{}", harness.screen());
    assert!(harness.screen().contains("15"), "{}", harness.screen());
    harness.press("down enter");
    assert!(harness.status().contains("Snoozed for 5 min, until 14:08:27"), "{}", harness.status());
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
    harness.wait(299).press("!");
    let row = harness.line("Late").unwrap();
    assert!(row.contains("‖ snoozed") && row.contains("1s left"), "{row}");
    harness.take_effects();
    harness.press("esc").wait(1);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    assert_eq!(rings(&mut harness), [Effect::Bell]);
    // Typed, and woken before its time.
    harness.press("n z").type_text("2000").press("enter");
    assert!(harness.screen().contains("no whole number from 0 to 1440"), "{}", harness.screen());
    harness.press("backspace backspace backspace").press("enter");
    assert!(harness.status().contains("Snoozed for 2 min"), "{}", harness.status());
    harness.press("z").type_text("0").press("enter").wait(61);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
}

#[test]
fn what_is_not_known_neither_raises_nor_ends() {
    let mut harness = console(LATE);
    let stale = || pulse(Link::Stale { reason: "429, too many requests".into() });
    harness.pulse(stale()).floor(floor_of(vec![waiting(0, 0, 400)])).wait(5);
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
    harness.pulse(pulse(Link::Live)).wait(1);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    harness.pulse(stale()).floor(floor_of(vec![])).wait(5);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    harness.press("!");
    assert!(harness.screen().contains("nothing is raised or ended"), "{}", harness.screen());
    harness.pulse(pulse(Link::Live)).wait(1);
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
}

#[test]
fn a_queue_whose_figures_are_not_known_stays_as_it_is() {
    let toml = "[[alarms]]\nname = 'Nobody free'\nof = 'queues'\nwhen = '!(free>0)'\n";
    let mut harness = console(toml);
    let with_slots = |free: Option<u32>| {
        let mut queues: Vec<_> = (0..1).map(floor::queue).collect();
        queues[0].slots = free.map(|free| floorwalker::domain::queue::Slots { free, capacity: 9 });
        floor::build(queues, vec![], vec![])
    };
    harness.floor(with_slots(None));
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
    harness.floor(with_slots(Some(0))).wait(1);
    assert!(harness.status().contains("Nobody free in Billing: 1 queue"), "{}", harness.status());
    harness.floor(with_slots(None)).wait(1);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    harness.floor(with_slots(Some(1))).wait(1);
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
}

#[test]
fn bell_and_desktop_are_told_once_where_they_are_asked_for() {
    let mut harness = console(&format!("{LATE}bell = true\nnotify = true\n"));
    let late = || floor_of(vec![waiting(0, 0, 400), waiting(1, 1, 400)]);
    harness.floor(late());
    let told =
        Effect::Notify("Late in Billing: 1 session; Late in Technical Support: 1 session".into());
    assert_eq!(rings(&mut harness), [Effect::Bell, told]);
    assert!(
        harness
            .status()
            .contains("n goes through 2 alarms: Late in Billing, Late in Technical Support"),
        "{}",
        harness.status()
    );
    harness.floor(late()).wait(30);
    assert_eq!(rings(&mut harness), []);
    // One that flickers is heard of again once a minute is over, and not before.
    harness.floor(floor_of(vec![])).wait(1);
    harness.floor(late()).wait(1);
    assert!(header(&harness).contains("▲ 2 alarms"), "{}", header(&harness));
    assert_eq!(rings(&mut harness), []);
    harness.wait(30);
    assert_eq!(rings(&mut harness).len(), 2);
    let mut silent = console(LATE);
    silent.floor(late());
    assert!(header(&silent).contains("▲ 2 alarms"));
    assert_eq!(rings(&mut silent), []);
}

#[test]
fn n_and_shift_n_go_through_what_is_raised_and_round() {
    let toml = format!(
        "{LATE}\n[[alarms]]\nname = 'Away'\nof = 'agents'\nwhen = 'status:\"no answer\"'\n\
         [[alarms]]\nname = 'Crowded'\nof = 'queues'\nwhen = 'waiting>5'\n\
         [[alarms]]\nname = 'Asked'\nof = 'inbox'\nwhen = 'state:proposed age>1m'\neach = 'floor'\n"
    );
    let mut harness = console(&toml);
    let requests = vec![
        inbox::request(0, 70, State::Proposed { because: None }),
        inbox::request(1, 90, State::Proposed { because: None }),
    ];
    let inbox = Some(Arc::new(floorwalker::domain::inbox::Inbox {
        requests: requests.into_iter().map(Arc::new).collect(),
    }));
    harness.pulse(Pulse { inbox, ..pulse(Link::Live) });
    harness.floor(build(vec![waiting(0, 0, 400)], Some(RoutingStatus::NotResponding)));
    harness.wait(1);
    assert!(header(&harness).contains("▲ 4 alarms"), "{}", header(&harness));
    let mut seen = Vec::new();
    for _ in 0..5 {
        harness.press("n");
        seen.push((harness.app.focus(), harness.status()));
    }
    let panes: Vec<PaneId> = seen.iter().map(|(pane, _)| *pane).collect();
    // What rang last comes first: the inbox was known before. Then the worst: two requests before one of anything.
    let round = [PaneId::Sessions, PaneId::Agents, PaneId::Queues, PaneId::Inbox, PaneId::Sessions];
    assert_eq!(panes, round);
    assert!(seen[1].1.contains("Away: 1 agent for"), "{}", seen[1].1);
    assert!(seen[2].1.contains("Crowded in Kundenservice Österreich: 1 queue"), "{}", seen[2].1);
    assert!(seen[3].1.contains("Asked: 2 requests"), "{}", seen[3].1);
    harness.press("N");
    assert_eq!(harness.app.focus(), PaneId::Inbox);
    harness.press("N N");
    assert_eq!(harness.app.focus(), PaneId::Agents);
    assert!(harness.cursor_row().contains("Nguyễn Thị Mai"), "{}", harness.cursor_row());
    assert_eq!(agent_id(2), floor::agent(2).id);
}

#[test]
fn the_list_shows_every_alarm_and_acts_on_the_one_under_its_cursor() {
    let toml = format!(
        "{LATE}queues = ['Billing', 'Bilge']\n\
         [[alarms]]\nname = 'Crowd'\nwhen = 'state:bot'\nat_least = 9\nfor_seconds = 60\nbell = true\n"
    );
    let mut harness = console(&toml);
    harness.floor(floor_of(vec![waiting(0, 0, 400)])).press("!");
    let screen = harness.screen();
    let rows = [harness.line("▲ raised").unwrap(), harness.line("· quiet").unwrap()];
    assert!(rows[0].contains("Late") && rows[0].contains("Billing"), "{screen}");
    assert!(rows[1].contains("Crowd") && rows[1].contains("every queue"), "{screen}");
    assert!(screen.contains("sessions state:waiting wait>5m  in each queue named"), "{screen}");
    assert!(screen.contains("△ There is no queue Bilge here"), "{screen}");
    let footer = screen.lines().last().unwrap();
    assert!(footer.contains("enter go there  A ack  z snooze"), "{footer}");
    harness.press("G");
    let told = "sessions state:bot  at least 9  in each queue  for 1m  ♪ bell";
    assert!(harness.screen().contains(told), "{}", harness.screen());
    harness.press("A");
    assert!(harness.status().contains("It is not raised"), "{}", harness.status());
    harness.press("enter");
    assert!(harness.status().contains("nothing to go to"), "{}", harness.status());
    harness.press("g A");
    assert!(harness.screen().contains("✓ acknowledged"), "{}", harness.screen());
    harness.press("z enter");
    assert!(harness.screen().contains("‖ snoozed"), "{}", harness.screen());
    harness.press("/").type_text("state:quiet").press("enter");
    assert!(harness.screen().contains("1 found"), "{}", harness.screen());
    harness.press("esc g enter");
    assert_eq!(harness.app.cx().session, Some(session_id(0)));
    assert!(!harness.screen().contains("╭"), "the list is closed\n{}", harness.screen());
}

#[test]
fn a_filter_that_hides_the_row_goes_and_that_is_said() {
    let mut harness = console(LATE);
    harness.floor(floor_of(vec![waiting(0, 0, 400), waiting(1, 1, 10)]));
    harness.press("/").type_text("queue:technical").press("enter n");
    assert_eq!(harness.app.cx().session, Some(session_id(0)));
    assert!(harness.status().contains("the filter that hid it is cleared"), "{}", harness.status());
}

#[test]
fn nobody_is_taken_away_from_what_is_open() {
    let mut harness = console(LATE);
    harness.floor(floor_of(vec![waiting(0, 0, 400)])).press("h n");
    assert!(harness.status().contains("closes this first"), "{}", harness.status());
    assert!(harness.screen().contains("Hand off to an agent"), "{}", harness.screen());
}

#[test]
fn who_only_looks_has_alarms_too_but_not_a_locked_console() {
    let mut harness = Harness::with(&Settings { read_only: true, ..with(LATE) }, 159, 40);
    harness.pulse(pulse(Link::Live)).floor(floor_of(vec![waiting(0, 0, 400)])).press("n A");
    assert!(harness.status().contains("Acknowledged"), "{}", harness.status());
    let mut harness = console(LATE);
    harness.floor(floor_of(vec![waiting(0, 0, 400)])).press("L n");
    assert!(harness.status().contains("Late in Billing"), "{}", harness.status());
    for (key, nothing) in [("A", "acknowledges nothing"), ("z", "snoozes nothing")] {
        harness.press(key);
        let status = harness.status();
        assert!(status.contains("Locked (L unlocks)") && status.contains(nothing), "{status}");
    }
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    harness.press("! A");
    assert!(harness.status().contains("acknowledges nothing"), "{}", harness.status());
}

#[test]
fn a_picture_that_stands_still_does_not_hold_alarms_back() {
    let mut harness = console(LATE);
    harness.floor(floor_of(vec![waiting(0, 0, 10)])).press("p");
    harness.floor(floor_of(vec![waiting(0, 0, 10), waiting(1, 1, 295)])).wait(10);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    harness.press("n");
    assert!(
        harness.status().contains("not in the picture that stands still"),
        "{}",
        harness.status()
    );
}

#[test]
fn what_was_decided_comes_back_with_the_next_console() {
    let toml = format!("{LATE}bell = true\n");
    let settings = with(&toml);
    let late = || floor_of(vec![waiting(0, 0, 400), waiting(1, 1, 400), waiting(2, 2, 400)]);
    let mut harness = console(&toml);
    harness.floor(late()).press("n A");
    assert!(harness.take_effects().contains(&Effect::Remember));
    harness.press("n z enter");
    let memory = harness.app.memory(&settings);
    assert_eq!(memory.look.alarms.len(), 2, "{memory:?}");
    let mut again = Harness::with(&settings, 120, 40);
    again.app.recall(&memory, &settings);
    assert_eq!(again.app.memory(&settings).look.alarms, memory.look.alarms);
    again.pulse(pulse(Link::Live)).floor(late());
    assert!(header(&again).contains("▲ 1 alarm  "), "{}", header(&again));
    assert!(again.status().contains("Kundenservice"), "{}", again.status());
    assert_eq!(rings(&mut again), [Effect::Bell], "for the one that nobody knows of");
    again.wait(900);
    assert!(header(&again).contains("▲ 2 alarms"), "{}", header(&again));
    // Of an alarm that is no more nothing is kept.
    let mut other = console("[[alarms]]\nname = 'Other'\nwhen = 'x'\n");
    other.app.recall(&memory, &settings);
    assert!(other.app.memory(&settings).look.alarms.is_empty());
}

#[test]
fn where_there_are_none_it_is_said_how_there_would_be() {
    let mut harness = Harness::live(120, 40);
    for key in ["!", "n", "N", "A", "z"] {
        harness.press(key);
        assert!(
            harness.status().contains("[[alarms]] in config.toml"),
            "{key} {}",
            harness.status()
        );
        harness.wait(60);
    }
    let footer = harness.screen().lines().last().unwrap().to_owned();
    assert!(!footer.contains("alarm"), "{footer}");
    harness.press(":").type_text("next alarm");
    assert!(harness.cursor_row().contains('⊘'), "{}", harness.screen());
    let mut harness = console(LATE);
    harness.floor(floor_of(vec![waiting(0, 0, 400)]));
    let footer = |h: &Harness| h.screen().lines().last().unwrap().to_owned();
    harness.press("1");
    assert!(footer(&harness).contains("n next alarm"), "{}", footer(&harness));
    assert!(!footer(&harness).contains("A ack"), "{}", footer(&harness));
    harness.press("n 1");
    assert!(footer(&harness).contains("A ack  z snooze"), "{}", footer(&harness));
}

#[test]
fn on_a_small_screen_in_ascii_it_is_told_too() {
    let mut harness = Harness::with(&Settings { ascii: true, ..with(LATE) }, 80, 24);
    harness.pulse(pulse(Link::Live)).floor(floor_of(vec![waiting(0, 0, 400), waiting(1, 1, 400)]));
    assert!(header(&harness).contains("! 2 alarms"), "{}", header(&harness));
    harness.press("!");
    let screen = harness.screen();
    assert!(screen.contains("! raised") && screen.contains("Technical Su"), "{screen}");
}

#[test]
fn the_examples_in_the_configuration_and_the_alarms_of_the_demo_can_be_read() {
    let (_, examples) = DEFAULTS.split_once("\n# [[alarms]]\n").unwrap();
    let plain: Vec<&str> =
        examples.lines().map(|line| line.trim_start_matches('#').trim_start()).collect();
    assert_eq!(begin(&format!("[[alarms]]\n{}", plain.join("\n"))).unwrap().alarms.len(), 2);
    let demo = include_str!("../../assets/demo/alarms.toml");
    assert_eq!(begin(demo).unwrap().alarms.len(), 2);
}

#[test]
fn a_new_session_has_a_key_of_its_own() {
    let chords = Keymap::embedded();
    assert_eq!(chords.hint(floorwalker::console::keys::Action::NewSession), "ctrl-n");
}

#[test]
fn a_filter_that_can_t_be_read_is_told_with_its_place_and_reason() {
    let alarm =
        |of: &str, when: &str| format!("[[alarms]]\nname = 'Late'\nof = '{of}'\nwhen = '{when}'\n");
    for (toml, expected) in [
        (
            alarm("sessions", "state:waiting wiat>5m"),
            "config.toml:4: column 23: the alarm \"Late\": no field \"wiat\"; did you mean wait?",
        ),
        (
            alarm("queues", "waiting>many"),
            "config.toml:4: column 17: the alarm \"Late\": waiting takes 12 or 0.75, not \"many\"",
        ),
        (
            alarm("queues", "(waiting>5"),
            "config.toml:4: column 9: the alarm \"Late\": this ( is not closed",
        ),
        (
            alarm("inbox", "phone:x"),
            "config.toml:4: column 9: the alarm \"Late\": no field \"phone\"; put it in quotes to \
             look for the text",
        ),
        (
            alarm("sessions", "@late"),
            "config.toml:4: column 9: the alarm \"Late\": no filter is saved as @late; put it in \
             quotes to look for it",
        ),
        (
            alarm("agents", "status:idle score>50"),
            "config.toml:4: column 21: the alarm \"Late\": score goes by your cursor or your marks, \
             and not by the floor",
        ),
    ] {
        assert_eq!(begin(&toml).map(|_| ()), Err(expected.to_owned()));
    }
}

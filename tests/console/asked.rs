//! What is typed as a filter: languages, the words that a field can have, and how it shows where it is longer
//! than the line.

use floorwalker::{
    config::alarms,
    console::{Settings, app::begin::Begin},
    domain::{
        agent::{Agent, AgentLanguage},
        session::{Language, Session, SessionState},
    },
    engine::{Event, Level, Link, Notice},
};
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use crate::{
    floor::{self, session_id},
    harness::{Harness, pulse, settings},
};

const SPOKEN: [&str; 6] = ["es-MX", "es-ES", "Spanish", "ja-JP", "Japanese", "zh-CN"];

fn polyglot() -> Harness {
    let session = |n: usize, name: &str| Session {
        guest: Some(format!("Guest{n}").into()),
        language: Some(Language { id: None, name: name.into() }),
        ..Session::bare(session_id(n), SessionState::Waiting)
    };
    let agent = |n: usize, name: &str| Agent {
        name: Some(format!("Agent{n}").into()),
        languages: Some(vec![AgentLanguage {
            id: format!("language-{n}").as_str().into(),
            name: name.into(),
            proficiency: None,
        }]),
        ..floor::agent(n)
    };
    let all = || SPOKEN.iter().enumerate();
    let sessions = all().map(|(n, name)| session(n, name)).collect();
    let agents = all().map(|(n, name)| agent(n, name)).collect();
    let mut harness = Harness::bare(120, 29);
    harness.pulse(pulse(Link::Live)).floor(floor::build(vec![], agents, sessions));
    harness
}

#[test]
fn a_language_is_found_by_tag_and_name_and_by_no_piece_of_another_s() {
    for (query, found) in [
        ("lang:es", &[0, 1, 2][..]),
        ("lang=es", &[0, 1, 2]),
        ("lang:es-MX", &[0, 2]),
        ("lang:Spanish", &[0, 1, 2]),
        ("lang:japan", &[3, 4]),
        ("lang:chin", &[5]),
        ("!lang:es", &[3, 4, 5]),
        ("lang!=ja", &[0, 1, 2, 5]),
    ] {
        for (pane, who) in [("3", "Guest"), ("2", "Agent")] {
            let mut harness = polyglot();
            harness.press(pane).press("/").type_text(query).press("enter");
            let screen = harness.screen();
            let shown: Vec<usize> =
                (0..6).filter(|n| screen.contains(&format!("{who}{n}"))).collect();
            assert_eq!(shown, found, "{query} in {pane}\n{screen}");
        }
    }
    // Letter by letter, the last one as good as all at once.
    let mut harness = polyglot();
    harness.press("3 /").type_text("lang:jap").press("backspace backspace").type_text("a");
    assert!(harness.screen().contains("2 of 6"), "{}", harness.screen());
}

#[test]
fn a_word_that_a_field_never_has_is_refused_with_the_nearest_at_its_column() {
    for (pane, query, says) in [
        ("3", "state:waitng", "column 7: no state is \"waitng\"; did you mean waiting?"),
        ("3", "conf<1 state!=bott", "column 15: no state is \"bott\"; did you mean bot?"),
        ("3", "marked:maybe", "column 8: marked is one of yes, no, not \"maybe\""),
        ("3", "handoff:accepetd", "column 9: no handoff is \"accepetd\"; did you mean accepted?"),
        ("3", "wait>-5", "column 6: wait takes 500ms or 5m, not \"-5\""),
        ("2", "status:idel", "column 8: no status is \"idel\"; did you mean idle?"),
        ("2", "presence:luncheon", "column 10: presence is one of available, on queue, busy,"),
        ("1", "state:opne", "column 7: no state is \"opne\"; did you mean open?"),
        ("5", "mode:atuo", "column 6: no mode is \"atuo\"; did you mean auto?"),
        ("5", "state:donne", "column 7: no state is \"donne\"; did you mean done?"),
    ] {
        let mut harness = Harness::live(120, 40);
        harness.press(pane).press("/").type_text(query);
        assert!(harness.screen().contains(says), "{query}\n{}", harness.screen());
        let error = Begin::default().filter(&named(pane, query), Timestamp::UNIX_EPOCH);
        assert!(error.unwrap_err().contains(says), "{query}");
    }
    // A beginning is no slip, and what is data can be anything.
    for query in
        ["state:wait", "state=waiting", "queue:nosuch", "agent:nobody", "intent:x", "kept:desk-9"]
    {
        let mut begin = Begin::default();
        begin.filter(query, Timestamp::UNIX_EPOCH).unwrap();
    }
}

fn named(pane: &str, query: &str) -> String {
    let pane =
        ["queues", "agents", "sessions", "audit", "inbox"][pane.parse::<usize>().unwrap() - 1];
    format!("{pane}={query}")
}

#[test]
fn an_alarm_that_would_never_ring_is_refused() {
    for (when, says) in [
        (
            "state:waitng wait>5m",
            "config.toml:4: column 15: the alarm \"Late\": no state is \"waitng\"; did you mean waiting?",
        ),
        (
            "wait>-5",
            "config.toml:4: column 14: the alarm \"Late\": wait takes 500ms or 5m, not \"-5\"",
        ),
    ] {
        let toml = format!("[[alarms]]\nname = 'Late'\nof = 'sessions'\nwhen = '{when}'\n");
        let written = alarms::parse(&toml, "config.toml").unwrap();
        let error = Begin::default().alarms(&written, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(error, says);
    }
}

const LONG: &str = "state:waiting wait>5m conf<0.6 lang:es !queue:billing \"refund\"";

fn typing(width: u16, query: &str) -> Harness {
    let mut harness = Harness::live(width, 24);
    harness.press("3 /").type_text(query);
    harness
}

fn title(harness: &Harness) -> String {
    harness.line("▸").unwrap()
}

/// The columns before `text`.
fn column(line: &str, text: &str) -> usize {
    line.split(text).next().unwrap().width()
}

#[test]
fn a_filter_that_is_longer_than_the_line_is_seen_around_the_caret() {
    let mut harness = typing(80, LONG);
    let seen = title(&harness);
    assert!(seen.contains("/…") && seen.contains("!queue:billing \"refund\""), "{seen}");
    harness.press("home");
    let seen = title(&harness);
    assert!(seen.contains("/state:waiting wait>5m") && seen.contains('…'), "{seen}");
    // Kept, it begins with its beginning, and what the pane tells besides has its place.
    harness.press("enter");
    assert!(title(&harness).contains("/state:waiting"), "{}", title(&harness));
    harness.pulse(pulse(Link::Stale { reason: "429".into() }));
    assert!(title(&harness).contains("3s old"), "{}", title(&harness));
}

/// Where marks stand: the heading may have one of its own, for what it is sorted by.
fn marks(line: &str) -> Vec<usize> {
    line.match_indices('▴').map(|(at, _)| line[..at].width()).collect()
}

#[test]
fn the_mark_of_an_error_stands_under_its_letter_whatever_is_cut() {
    let harness = typing(80, &format!("{LONG} conf<x"));
    let screen = harness.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let at = lines.iter().position(|line| line.contains("▸")).unwrap();
    let wrong = column(lines[at], "conf<x") + "conf<".len();
    assert!(marks(lines[at + 1]).contains(&wrong), "{screen}");
    // One that is out of sight is under the mark of what is cut.
    let mut harness = typing(80, &format!("conf<x {LONG}"));
    let screen = harness.screen();
    let below = screen.lines().nth(at + 1).unwrap();
    assert!(marks(below).contains(&column(&title(&harness), "…")), "{screen}");
    // Kept as it is, it is what is shown.
    harness.press("enter");
    let seen = title(&harness);
    assert!(seen.contains("conf<x"), "{seen}");
}

#[test]
fn an_error_covers_no_row() {
    let mut harness = typing(80, "conf<x");
    let rows = |harness: &Harness| {
        let screen = harness.screen();
        let rows: Vec<String> = screen.lines().map(str::to_owned).collect();
        let at = rows.iter().position(|row| row.contains("▸")).unwrap();
        (rows[at + 1].clone(), rows[at + 2..at + 8].to_vec())
    };
    // The cursor is where what was typed has left it.
    harness.press("ctrl-u");
    let (heading, first) = rows(&harness);
    harness.type_text("conf<x");
    let (marked, now) = rows(&harness);
    assert_eq!(now, first, "{}", harness.screen());
    assert!(harness.cursor_row().contains("waiting"), "{}", harness.screen());
    // Of the heading no more goes than the mark takes.
    let kept = heading.chars().zip(marked.chars()).filter(|(was, is)| was == is).count();
    assert!(kept + 3 >= heading.chars().count(), "{heading}\n{marked}");
    assert!(harness.status().contains("▲ column 6: conf takes 12 or 0.75"), "{}", harness.status());
}

#[test]
fn the_name_to_save_a_long_filter_under_is_seen_while_it_is_typed() {
    let mut harness = typing(80, LONG);
    harness.press("ctrl-s").type_text("refunds");
    let seen = title(&harness);
    assert!(seen.contains("save as @refunds") && seen.contains("/state:waiting"), "{seen}");
    harness.press("enter");
    assert!(harness.status().contains("Saved: @refunds"), "{}", harness.status());
}

#[test]
fn in_ascii_the_sort_mark_is_no_letter_of_the_heading() {
    let settings = Settings { ascii: true, ..settings() };
    let mut harness = Harness::with(&settings, 120, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    assert!(harness.line("state ^").is_some(), "{}", harness.screen());
}

#[test]
fn in_ascii_a_column_at_the_right_shows_which_way_it_sorts() {
    let settings = Settings { ascii: true, ..settings() };
    let mut harness = Harness::with(&settings, 120, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::sample()).press("1");
    // There is no room for a blank before the mark.
    assert!(harness.line("waitingv").is_some(), "{}", harness.screen());
    harness.press("S");
    assert!(harness.line("waiting^").is_some(), "{}", harness.screen());
}

#[test]
fn why_a_filter_can_not_be_read_is_told_before_news_and_after_what_was_asked_for() {
    let mut harness = polyglot();
    let news = |text: &str| Event::Notice(Notice { level: Level::Warn, text: text.into() });
    harness.event(news("Something happens")).press("3 /").type_text("nowhere:x");
    assert!(harness.status().contains("no field \"nowhere\""), "{}", harness.screen());
    harness.event(news("Something else"));
    assert!(harness.status().contains("no field \"nowhere\""), "{}", harness.screen());
    harness.press("ctrl-s");
    assert!(harness.status().contains("can't be saved"), "{}", harness.screen());
}

//! Filters: one grammar in every table, errors at their column, names that are saved, tab that completes.

use floorwalker::{
    console::{Settings, panes::PaneId},
    domain::{agent::AgentSkill, session::SessionState},
    engine::Link,
};

use crate::{
    floor,
    harness::{Harness, pulse, settings},
};

/// How many rows the focused pane says that it shows.
fn shown(harness: &Harness) -> usize {
    let title = harness.line("▸").unwrap();
    let words: Vec<&str> = title.split_whitespace().collect();
    let of = words.iter().position(|word| *word == "of").unwrap();
    words[of - 1].parse().unwrap()
}

fn filter(pane: &str, query: &str) -> Harness {
    let mut harness = Harness::live(120, 40);
    harness.press(pane).press("/").type_text(query);
    harness
}

#[test]
fn sessions_are_found_by_their_fields() {
    let floor = floor::sample();
    let count = |query: &str, is: &dyn Fn(&floorwalker::domain::session::Session) -> bool| {
        let expected = floor.sessions.iter().filter(|session| is(session)).count();
        let harness = filter("3", query);
        assert_eq!(shown(&harness), expected, "{query}\n{}", harness.screen());
        expected
    };
    let waiting = count("state:waiting", &|s| s.state == SessionState::Waiting);
    assert!(waiting > 2);
    let unsure = count("conf<0.6", &|s| s.confidence.is_some_and(|c| c < 0.6));
    assert!(unsure > 0);
    count("!state:waiting", &|s| s.state != SessionState::Waiting);
    count("state:waiting or state:bot", &|s| {
        matches!(s.state, SessionState::Waiting | SessionState::Bot)
    });
    let since = |s: &floorwalker::domain::session::Session| {
        s.since.map(|since| floor::now().duration_since(since).as_secs())
    };
    let long = count("wait>2m", &|s| {
        s.state == SessionState::Waiting && since(s).is_some_and(|age| age > 120)
    });
    assert!(long > 0 && long < waiting);
    count("time>=90", &|s| since(s).is_some_and(|age| age >= 90));
    let name = floor.queues[0].name.to_string();
    let queue = count(&format!("queue:\"{name}\" conf>0.1"), &|s| {
        s.queue.as_ref() == Some(&floor.queues[0].id) && s.confidence.is_some_and(|c| c > 0.1)
    });
    assert!(queue > 0);
}

/// What is typed after it is a name that no field has: the rows stay, and are not searched for that name.
#[test]
fn a_name_that_no_field_has_leaves_the_rows_as_they_were() {
    let waiting = shown(&filter("3", "state:waiting"));
    let mut harness = filter("3", "state:waiting lan");
    assert_eq!(shown(&harness), 0, "a word so far\n{}", harness.screen());
    harness.type_text(":es");
    assert!(waiting > 0 && shown(&harness) == waiting, "{}", harness.screen());
}

#[test]
fn marked_sessions_are_found() {
    let mut harness = Harness::live(120, 40);
    harness.press("space space").press("/").type_text("marked:yes");
    assert_eq!(shown(&harness), 2, "{}", harness.screen());
    harness.press("ctrl-u").type_text("kept:no !mark:yes");
    assert_eq!(shown(&harness), 38, "{}", harness.screen());
}

#[test]
fn queues_and_agents_are_found_by_their_fields() {
    let floor = floor::sample();
    let harness = filter("1", "waiting>=1 state:open");
    let expected = floor.queues.iter().filter(|queue| {
        queue.waiting >= Some(1) && queue.state == floorwalker::domain::queue::QueueState::Open
    });
    assert_eq!(shown(&harness), expected.count(), "{}", harness.screen());
    let skill = floor.agents.iter().flat_map(|agent| agent.skills.iter().flatten()).next().unwrap();
    let has = |skills: &Vec<AgentSkill>| skills.iter().any(|has| has.name == skill.name);
    let harness = filter("2", &format!("skill=\"{}\"", skill.name));
    let expected = floor.agents.iter().filter(|agent| agent.skills.as_ref().is_some_and(has));
    assert_eq!(shown(&harness), expected.count(), "{}", harness.screen());
    let harness = filter("2", "free>0 status:idle");
    let expected = floor.agents.iter().filter(|agent| {
        let idle = agent.routing.as_ref().is_some_and(|routing| routing.word() == "idle");
        idle && agent.free() > Some(0)
    });
    assert_eq!(shown(&harness), expected.count(), "{}", harness.screen());
}

#[test]
fn pickers_speak_it_too() {
    let mut harness = Harness::live(120, 40);
    harness.press("H /").type_text("state:open waiting>=1");
    let found = harness.line("Hand off to a queue").unwrap();
    assert!(found.contains("found /state:open waiting>=1"), "{found}");
    harness.press("ctrl-u").type_text("stat:open");
    let screen = harness.screen();
    assert!(screen.contains("column 1: no field \"stat\"; did you mean state?"), "{screen}");
}

#[test]
fn what_cannot_be_read_is_marked_at_its_column_and_the_last_good_one_holds() {
    let mut harness = filter("3", "state:waiting");
    let waiting = shown(&harness);
    harness.type_text(" conf<x");
    assert_eq!(shown(&harness), waiting);
    let screen = harness.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let title = lines.iter().position(|line| line.contains("conf<x")).unwrap();
    let column = |line: &str, text: &str| {
        let before = line.split(text).next().unwrap();
        unicode_width::UnicodeWidthStr::width(before)
    };
    let value = column(lines[title], "conf<x") + "conf<".len();
    // The heading may have a mark of its own, for what it is sorted by.
    let below = lines[title + 1];
    let marks: Vec<usize> = below
        .match_indices('▴')
        .map(|(at, _)| unicode_width::UnicodeWidthStr::width(&below[..at]))
        .collect();
    assert!(marks.contains(&value), "{screen}");
    assert!(harness.status().contains("column 20: conf takes 12 or 0.75"), "{screen}");
    // Mended, it holds.
    harness.press("backspace").type_text("1");
    assert!(!harness.screen().contains("column 20"), "{}", harness.screen());
    assert!(shown(&harness) <= waiting);
}

#[test]
fn tab_completes_fields_values_and_names() {
    let mut harness = filter("3", "sta");
    harness.press("tab");
    assert!(harness.screen().contains("/state:"), "{}", harness.screen());
    harness.type_text("wa").press("tab");
    assert!(harness.screen().contains("/state:waiting"), "{}", harness.screen());
    harness.type_text(" !q").press("tab");
    assert!(harness.screen().contains("/state:waiting !queue:"), "{}", harness.screen());
    // Several fit: they are listed, and each further tab takes the next.
    harness.press("ctrl-u").type_text("state:").press("tab");
    let listed = harness.line("state:bot").unwrap();
    assert!(listed.contains("state:waiting"), "{listed}");
    let first = harness.screen();
    harness.press("tab");
    assert_ne!(harness.screen(), first);
    // A value with spaces is quoted.
    let name = floor::sample().queues.iter().map(|q| q.name.to_string()).find(|n| n.contains(' '));
    let name = name.unwrap();
    let begun: String = name.chars().take(name.chars().count() - 2).collect();
    harness.press("ctrl-u").type_text(&format!("queue:\"{begun}")).press("tab");
    assert!(harness.screen().contains(&format!("queue:\"{name}\"")), "{}", harness.screen());
    // Tab went nowhere else.
    assert_eq!(harness.app.focus(), PaneId::Sessions);
}

#[test]
fn a_filter_is_saved_under_a_name_and_recalled() {
    let mut harness = filter("3", "state:waiting wait>2m");
    let found = shown(&harness);
    harness.press("ctrl-s").type_text("la te!");
    assert!(harness.screen().contains("save as @late"), "{}", harness.screen());
    harness.press("enter");
    assert!(harness.status().contains("Saved: @late"), "{}", harness.status());
    harness.press("ctrl-u").type_text("@la").press("tab");
    assert!(harness.screen().contains("/@late"), "{}", harness.screen());
    assert_eq!(shown(&harness), found);
    harness.type_text(" or state:bot");
    assert!(shown(&harness) > found);
    harness.press("ctrl-u").type_text("@nobody");
    assert!(harness.screen().contains("no filter is saved as @nobody"), "{}", harness.screen());
    harness.press("ctrl-s");
    assert!(harness.status().contains("What can't be read can't be saved"));
    // Nothing, saved under a name, forgets it.
    harness.press("ctrl-u ctrl-s").type_text("late").press("enter");
    assert!(harness.status().contains("Forgotten: @late"), "{}", harness.status());
    harness.type_text("@late");
    assert!(harness.screen().contains("no filter is saved as @late"), "{}", harness.screen());
}

#[test]
fn a_name_is_no_use_within_itself() {
    let mut harness = filter("3", "state:bot");
    harness.press("ctrl-s").type_text("a").press("enter ctrl-u").type_text("@a conf<0.9");
    harness.press("ctrl-s").type_text("a").press("enter");
    assert!(harness.status().contains("a name that it uses itself"), "{}", harness.status());
    harness.press("ctrl-u").type_text("@a");
    assert!(!harness.screen().contains("column"), "{}", harness.screen());
}

#[test]
fn agents_where_one_is_chosen_know_the_names_of_the_pane() {
    let mut harness = filter("2", "status:idle");
    harness.press("ctrl-s").type_text("ready").press("enter enter 3 h /").type_text("@ready");
    assert!(!harness.screen().contains("no filter is saved"), "{}", harness.screen());
    harness.type_text(" free>0").press("ctrl-s").type_text("best").press("enter esc esc 2 /");
    harness.press("ctrl-u").type_text("@best");
    assert!(!harness.screen().contains("no filter is saved"), "{}", harness.screen());
}

#[test]
fn every_word_over_a_column_can_be_looked_for() {
    let harness = Harness::live(120, 40);
    for pane in PaneId::ALL {
        let Some(table) = harness.app.table(pane) else { continue };
        let known = |name: &str| table.ask().fields().iter().any(|f| f.names().any(|n| n == name));
        // Charts and what a filter must not find; and two ids under one word.
        let searched = |name: &&str| !name.contains(' ') && !["lacks", "target"].contains(name);
        let words = table.columns().iter().map(|column| column.name).filter(searched);
        let missing: Vec<&str> = words.filter(|name| !known(&name.to_lowercase())).collect();
        assert_eq!(missing, [""; 0], "{pane:?}");
    }
    assert!(shown(&filter("3", "mood<0.3")) > 0 && shown(&filter("3", "sure<0.6")) > 0);
}

#[test]
fn what_is_still_being_typed_is_no_error() {
    let mut harness = filter("3", "sta");
    assert!(
        harness.screen().contains("holds “sta” so far; tab makes it state:"),
        "{}",
        harness.screen()
    );
    harness.press("tab");
    let screen = harness.screen();
    assert_eq!(shown(&harness), 40, "{screen}");
    assert!(screen.contains("… state needs a value") && !screen.contains("▲ column"), "{screen}");
    harness.press("ctrl-u").type_text("conf<");
    let screen = harness.screen();
    assert!(
        screen.contains("… conf needs a value, such as 12") && !screen.contains("▲ column"),
        "{screen}"
    );
    harness.type_text("x");
    assert!(harness.screen().contains("▲ column 6: conf takes 12 or 0.75, not \"x\""));
    // Kept as it is, it is one.
    harness.press("backspace enter");
    assert!(harness.screen().contains("▲ column 6: conf needs a value"), "{}", harness.screen());
}

#[test]
fn what_can_not_be_read_is_not_kept_and_what_holds_is_not_taken_for_it() {
    let mut harness = filter("3", "state:bot");
    harness.press("enter");
    let bots = shown(&harness);
    harness.press("/").press("ctrl-u").type_text("state:talking").press("enter");
    let screen = harness.screen();
    assert!(screen.contains("▲ column 7: "), "{screen}");
    // It is typed still: no key acts on rows that it does not mean.
    harness.press("*");
    assert!(harness.line("marked").is_none(), "{}", harness.screen());
    assert!(harness.line("/state:talking*").is_some(), "{}", harness.screen());
    harness.press("ctrl-u").type_text("state:bot").press("enter *");
    assert!(harness.line(&format!("{bots} marked")).is_some(), "{}", harness.screen());
}

#[test]
fn the_footer_names_only_keys_that_do_something() {
    let footer = |harness: &Harness| harness.screen().lines().last().unwrap().to_owned();
    let mut harness = filter("3", "state:bot");
    harness.press("ctrl-s");
    let naming = footer(&harness);
    assert!(naming.contains("enter save  esc back"), "{naming}");
    assert!(!naming.contains("ctrl-s") && !naming.contains("tab"), "{naming}");
    let mut harness = Harness::live(160, 40);
    assert!(footer(&harness).contains("h hand off"), "{}", footer(&harness));
    harness.press("L");
    let locked = footer(&harness);
    assert!(locked.contains("L unlock") && locked.contains("enter detail"), "{locked}");
    for verb in ["hand off", "to queue", "to best", "watch"] {
        assert!(!locked.contains(verb), "{verb}: {locked}");
    }
    let mut harness = Harness::with(&Settings { read_only: true, ..settings() }, 160, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    let shut = footer(&harness);
    assert!(!shut.contains("hand off") && !shut.contains("lock"), "{shut}");
}

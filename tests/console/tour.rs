//! The tour: what it says, when it goes on, and how one comes back to it.

use std::sync::Arc;

use floorwalker::{
    console::{
        Settings,
        app::{Message, begin::Begin},
        keys::Keymap,
    },
    domain::{
        agent::{Agent, RoutingStatus},
        audit::{Hash, Head, LogName},
        floor::Floor,
        handoff::{HandoffOrder, Progress, Stage},
        inbox::{Inbox, State},
        session::{Language, Session, SessionState},
    },
    engine::{Command, Event, Link, LogAsk, Pulse},
};

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    guide::{Told, filled, is_whole, script, strip, told},
    harness::{Harness, pulse, settings},
};

/// Somebody free, three who wait, and one with a bot that is not sure.
fn small() -> Floor {
    let free = Agent {
        name: Some("Ada".into()),
        routing: Some(RoutingStatus::Idle),
        sessions: Some(0),
        ..floor::agent(0)
    };
    let session = |n: usize, state| Session {
        since: Some(floor::ago(300 - 20 * i64::try_from(n).unwrap())),
        queue: (state == SessionState::Waiting).then(|| queue_id(0)),
        confidence: Some(0.4),
        ..Session::bare(session_id(n), state)
    };
    let waiting = (0..3).map(|n| session(n, SessionState::Waiting));
    let sessions = waiting.chain([session(3, SessionState::Bot)]).collect();
    floor::build(vec![floor::queue(0)], vec![free], sessions)
}

fn inbox() -> Inbox {
    let request = crate::inbox::request(3, 60, State::Proposed { because: None });
    Inbox { requests: vec![Arc::new(request)] }
}

fn touring(settings: &Settings, width: u16, height: u16) -> Harness {
    let begin = Begin { tour: true, ..Begin::default() };
    let mut harness = Harness::with(&Settings { begin, ..settings.clone() }, width, height);
    harness.pulse(pulse(Link::Live)).floor(small());
    harness.event(crate::details::audit_page());
    harness
}

fn tour() -> Harness {
    touring(&settings(), 80, 24)
}

fn asked(harness: &mut Harness) {
    harness.pulse(Pulse { inbox: Some(Arc::new(inbox())), ..pulse(Link::Live) });
}

fn title(harness: &Harness) -> String {
    strip(&harness.screen()).unwrap().0
}

fn hint(harness: &Harness) -> String {
    strip(&harness.screen()).unwrap().1
}

fn news(harness: &mut Harness, order: HandoffOrder, stage: Stage) {
    let (taken, at) = (harness.now, harness.now);
    let progress = Progress { order, stage, taken, at, request_took: None, steps: vec![] };
    harness.event(Event::Handoff(Box::new(progress)));
}

/// The last order that was sent gets this far.
fn reach(harness: &mut Harness, stage: Stage) {
    let order = harness.orders().pop().unwrap();
    news(harness, order, stage);
}

fn accepted() -> Stage {
    Stage::Accepted { agent: agent_id(0) }
}

fn grace(harness: &Harness) -> Stage {
    Stage::Grace { until: harness.now + jiff::SignedDuration::from_secs(3) }
}

fn verified() -> Event {
    let head = Head { log: LogName::drawn(7), size: 9, hash: Hash([171; 32]) };
    crate::audit::proved(crate::audit::whole(head), Vec::new())
}

/// What the engine makes of the commands since it last looked.
fn answer(harness: &mut Harness, seen: &mut usize) {
    let commands = harness.commands();
    for command in &commands[*seen..] {
        match command {
            Command::Handoff(order) => {
                let stage = grace(harness);
                news(harness, order.as_ref().clone(), stage);
            }
            Command::Cancel(_) => reach(harness, Stage::Cancelled),
            Command::Log(LogAsk::Verify) => _ = harness.event(verified()),
            _ => {}
        }
    }
    *seen = commands.len();
}

/// Does what the strip says until there is nothing more; the steps it went through.
fn follow(harness: &mut Harness) -> Vec<String> {
    let (mut titles, mut seen) = (vec![title(harness)], 0);
    for _ in 0..60 {
        let (title, hint) = strip(&harness.screen()).unwrap();
        assert!(is_whole(&title, &hint), "{}", harness.screen());
        if titles.last() != Some(&title) {
            titles.push(title.clone());
        }
        match told(&title, &hint) {
            Told::Press(key) => _ = harness.press(&key),
            Told::Type(text) => _ = harness.type_text(&text).press("enter"),
            Told::Watch => reach(harness, accepted()),
            Told::Done => return titles,
        }
        answer(harness, &mut seen);
    }
    // It goes round in circles: its steps are not those of the tour.
    titles
}

#[test]
fn who_does_what_it_says_gets_through_all_of_it_on_a_small_and_on_a_large_screen() {
    for (width, height) in [(80, 24), (200, 60), (72, 20)] {
        let mut harness = touring(&settings(), width, height);
        asked(&mut harness);
        let titles = follow(&mut harness);
        let steps = script().step;
        let mut wanted: Vec<String> = (steps.iter().zip(1..))
            .map(|(step, n)| format!("Tour {n}/{}  {}", steps.len(), step.title))
            .collect();
        wanted.push("Tour".into());
        assert_eq!(titles, wanted);
        assert_eq!(harness.orders().len(), 2);
        assert!(hint(&harness).contains("q leaves, . puts this away"), "{}", harness.screen());
        harness.press(".");
        assert_eq!(strip(&harness.screen()), None);
    }
}

#[test]
fn one_whom_a_guard_stops_is_no_circle() {
    let mut harness = tour();
    asked(&mut harness);
    let mut upset = small();
    // The second from above, to whom the first step leads.
    let second = upset.sessions.iter().position(|it| it.id == session_id(1)).unwrap();
    upset.sessions[second].sentiment = Some(0.1);
    harness.floor(upset);
    let titles = follow(&mut harness);
    assert_eq!(titles.len(), 11, "{titles:?}\n{}", harness.screen());
    let orders: Vec<_> = harness.orders().into_iter().map(|order| order.session).collect();
    assert!(!orders.is_empty() && !orders.contains(&session_id(1)), "{orders:?}");
}

#[test]
fn from_one_whom_nobody_can_hand_over_it_leads_to_those_who_wait() {
    let mut harness = tour();
    asked(&mut harness);
    harness.press("j a esc");
    // An agent takes them meanwhile.
    let mut taken = small();
    let second = taken.sessions.iter().position(|it| it.id == session_id(1)).unwrap();
    (taken.sessions[second].state, taken.sessions[second].agent) =
        (SessionState::Parked, Some(agent_id(0)));
    harness.floor(taken);
    let said = "This customer can't be handed over. Press home for who waits longest, then a.";
    assert_eq!(hint(&harness), said, "{}", harness.screen());
    let titles = follow(&mut harness);
    assert_eq!(titles.last().map(String::as_str), Some("Tour"), "{titles:?}\n{}", harness.screen());
}

#[test]
fn one_whom_nobody_fits_is_no_circle() {
    let mut harness = tour();
    asked(&mut harness);
    let mut hard = small();
    let second = hard.sessions.iter().position(|it| it.id == session_id(1)).unwrap();
    hard.sessions[second].language = Some(Language { id: None, name: "Klingon".into() });
    harness.floor(hard);
    let titles = follow(&mut harness);
    assert_eq!(titles.len(), 11, "{titles:?}\n{}", harness.screen());
}

#[test]
fn every_step_is_said_whole_with_the_keys_of_the_keymap() {
    let (mut harness, keymap) = (tour(), Keymap::embedded());
    for (step, n) in script().step.iter().zip(1..) {
        assert_eq!(title(&harness), format!("Tour {n}/10  {}", step.title));
        // What is there to do is said to who is where it is done: the card is not open, nothing rings.
        if !["Your yes", "A person has it"].contains(&step.title.as_str()) {
            assert_eq!(hint(&harness), filled(&step.hint, &keymap, ""));
        }
        harness.press(".");
    }
    assert_eq!(title(&harness), "Tour");
}

#[test]
fn the_readme_tells_the_same_steps() {
    let readme = include_str!("../../README.md");
    let section = readme.split("## A tour of two minutes").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let items = section.lines().filter(|line| line.contains(". **")).count();
    let words: Vec<&str> = section.split_whitespace().collect();
    let (words, steps) = (words.join(" "), script().step);
    assert_eq!(items, steps.len());
    for (step, n) in steps.iter().zip(1..) {
        let told = filled(&step.hint, &Keymap::embedded(), "`");
        let told = format!("{n}. **{}.** {told}", step.title);
        assert!(words.contains(&told), "{told}\nis not in the README:\n{section}");
    }
}

#[test]
fn another_key_for_an_action_is_another_key_in_the_hint() {
    let keymap = Keymap::embedded().laid_over("[keys]\nbest = ['f9']\ntour-next = ['Z']").unwrap();
    let mut harness = touring(&Settings { keymap, ..settings() }, 80, 24);
    assert!(harness.line("Tour 1/10").unwrap().ends_with("Z skips this ─"));
    harness.press("j");
    assert!(hint(&harness).starts_with("Press f9: a card opens"), "{}", harness.screen());
    harness.press("f9");
    assert!(title(&harness).starts_with("Tour 3/10"), "{}", harness.screen());
}

#[test]
fn who_has_gone_elsewhere_is_told_the_way_back() {
    let mut harness = tour();
    harness.press("j");
    let said = hint(&harness);
    for (keys, way) in [
        ("4", "press 3."),
        ("enter", "press esc."),
        ("4 enter", "press esc, then 3."),
        ("4 /", "press esc, then 3."),
    ] {
        harness.press(keys);
        assert!(hint(&harness).ends_with(way), "{keys}: {}", harness.screen());
        assert!(title(&harness).starts_with("Tour 2/10"));
        harness.press("esc 3");
        assert_eq!(hint(&harness), said);
    }
    // Nothing is over by a key that does nothing: here it is a letter.
    harness.press("/ a").press("esc");
    assert_eq!(hint(&harness), said);
}

#[test]
fn what_is_done_before_its_turn_is_not_asked_for_again() {
    let mut harness = tour();
    harness.press("?").press("esc").press("e").press("esc");
    assert!(title(&harness).starts_with("Tour 1/10"), "{}", harness.screen());
    for _ in 0..6 {
        harness.press(".");
    }
    assert!(title(&harness).starts_with("Tour 7/10"), "{}", harness.screen());
    harness.press(".");
    assert!(title(&harness).starts_with("Tour 9/10"), "{}", harness.screen());
    harness.press(".");
    assert_eq!(title(&harness), "Tour", "{}", harness.screen());
}

#[test]
fn a_handoff_that_does_not_arrive_is_no_handoff() {
    for end in [Stage::Refused, Stage::TimedOut, Stage::Rejected { reason: "no".into() }] {
        let mut harness = tour();
        harness.press("j a y");
        assert!(title(&harness).starts_with("Tour 3/10"), "the engine has not answered yet");
        let stage = grace(&harness);
        reach(&mut harness, stage);
        assert!(title(&harness).starts_with("Tour 4/10"), "{}", harness.screen());
        assert!(hint(&harness).starts_with("It counts down"));
        reach(&mut harness, end);
        assert!(
            hint(&harness).starts_with("No handoff of yours is on its way"),
            "{}",
            harness.screen()
        );
        harness.press("a");
        assert!(hint(&harness).starts_with("Press y"), "{}", harness.screen());
        harness.press("y");
        reach(&mut harness, accepted());
        assert!(title(&harness).starts_with("Tour 5/10"), "{}", harness.screen());
    }
}

#[test]
fn what_was_not_sent_was_not_confirmed() {
    let mut harness = tour();
    harness.press("j a");
    harness.press("esc");
    assert!(hint(&harness).starts_with("The card is closed, and nothing was sent. Press a"));
    harness.press("a y");
    let order = harness.orders().pop().unwrap();
    harness.tell(Message::Unsent(Command::Handoff(Box::new(order))));
    assert!(title(&harness).starts_with("Tour 3/10"), "{}", harness.screen());
    assert!(hint(&harness).starts_with("The card is closed"), "{}", harness.screen());
}

#[test]
fn handoffs_that_others_make_count_for_nothing() {
    let mut harness = tour();
    harness.press("j a y");
    let order = harness.orders().pop().unwrap();
    let others = HandoffOrder::new(session_id(2), order.seen, order.target);
    news(&mut harness, others, accepted());
    assert!(title(&harness).starts_with("Tour 3/10"), "{}", harness.screen());
}

#[test]
fn an_empty_inbox_is_said_to_be_one() {
    let mut harness = tour();
    (0..6).for_each(|_| _ = harness.press("."));
    harness.press("5");
    assert!(hint(&harness).starts_with("No bot asks for a person right now"));
    asked(&mut harness);
    assert!(hint(&harness).starts_with("Press enter: why this bot"), "{}", harness.screen());
}

#[test]
fn a_console_that_only_looks_is_shown_what_it_can_do() {
    let harness = touring(&Settings { read_only: true, ..settings() }, 80, 24);
    let mut harness = harness;
    assert!(title(&harness).starts_with("Tour 1/6"));
    harness.press("j");
    assert!(title(&harness).starts_with("Tour 2/6  Find rows"), "{}", harness.screen());
}

#[test]
fn rows_have_the_room_where_there_is_little_and_nothing_is_said_without_a_tour() {
    for (width, height) in [(71, 24), (80, 19), (50, 12)] {
        let harness = touring(&settings(), width, height);
        assert_eq!(strip(&harness.screen()), None, "{}", harness.screen());
    }
    let mut harness = Harness::live(80, 24);
    assert_eq!(strip(&harness.press(".").screen()), None);
    assert!(harness.status().starts_with("△ No tour is under way"), "{}", harness.screen());
}

#[test]
fn the_strip_has_rows_of_its_own() {
    let (mut with, mut without) = (tour(), Harness::bare(80, 24));
    without.pulse(pulse(Link::Live)).floor(small());
    for keys in ["1", "3 a", "esc :", "esc ?"] {
        let (with, without) = (with.press(keys).screen(), without.press(keys).screen());
        let (rows, all) = (with.lines().count(), without.lines().count());
        assert_eq!((rows, with.lines().position(|l| l.starts_with("─ Tour"))), (all, Some(19)));
        assert_eq!(with.lines().next_back(), without.lines().next_back(), "{keys}");
    }
    assert_screen!("tour_80", with.press("esc"));
    assert_screen!("tour_200", with.resize(200, 60));
}

#[test]
fn a_card_that_cannot_be_sent_is_not_asked_to_be_confirmed() {
    let mut harness = tour();
    for skipped in ["", ".", "."] {
        harness.press("g j a").press(skipped);
        assert!(hint(&harness).starts_with("Press y") || hint(&harness).contains("then press y"));
        // The agent is taken by somebody else meanwhile.
        let mut busy = small();
        busy.agents[0].sessions = busy.agents[0].capacity;
        harness.floor(busy);
        let said = "This card can't be sent, and says why. Press esc, j for the next customer, then a again.";
        assert_eq!(hint(&harness), said, "{}", harness.screen());
        harness.press("esc").floor(small());
        // Whoever reads on does not come back to the same card.
        let said = "This customer can't be handed over just so. Press j for the next one, then a.";
        assert_eq!(hint(&harness), said, "{}", harness.screen());
        harness.press("j");
        assert_ne!(hint(&harness), said);
    }
}

#[test]
fn after_its_end_it_says_nothing_of_a_way_back() {
    let mut harness = tour();
    (0..9).for_each(|_| _ = harness.press("."));
    harness.press(":");
    assert_eq!(title(&harness), "Tour");
    assert!(
        hint(&harness).starts_with("That was the tour. Press esc to close this"),
        "{}",
        harness.screen()
    );
    harness.press("esc");
    assert!(
        hint(&harness).starts_with("That was the tour. ? shows every key"),
        "{}",
        harness.screen()
    );
}

#[test]
fn a_request_that_is_settled_is_not_said_to_wait() {
    let mut harness = tour();
    (0..6).for_each(|_| _ = harness.press("."));
    let settled = crate::inbox::request(1, 90, State::Declined { reason: "no".into() });
    let requests = |waiting: bool| {
        let open = inbox().requests.into_iter().filter(|_| waiting);
        let requests = open.chain([Arc::new(settled.clone())]).collect();
        Pulse { inbox: Some(Arc::new(Inbox { requests })), ..pulse(Link::Live) }
    };
    harness.press("5").pulse(requests(true));
    assert!(hint(&harness).starts_with("Press enter: why this bot"), "{}", harness.screen());
    harness.press("G");
    assert!(hint(&harness).starts_with("This one is settled. Press home"), "{}", harness.screen());
    harness.pulse(requests(false));
    assert!(
        hint(&harness).starts_with("No bot asks for a person right now"),
        "{}",
        harness.screen()
    );
}

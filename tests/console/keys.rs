//! Every action, everywhere.

use std::sync::Arc;

use floorwalker::{
    console::{
        app::{Effect, Message},
        keys::{Action, Keymap},
    },
    domain::floor::Floor,
    engine::{Command, Link, Pulse},
};

use crate::{
    floor,
    harness::{Harness, pulse},
};

/// States of the world that a key may meet.
fn worlds() -> Vec<(&'static str, Harness)> {
    let with = |link: Link, floor: Floor| {
        let mut harness = Harness::bare(80, 24);
        let inbox = Some(Arc::new(crate::inbox::sample()));
        harness.pulse(Pulse { ward: Some(Arc::default()), inbox, ..pulse(link) }).floor(floor);
        harness
    };
    let retrying = Link::Retrying { at: floor::now(), reason: "no network".into() };
    let mut frozen = with(Link::Live, floor::sample());
    frozen.press("p");
    vec![
        ("connecting", Harness::bare(80, 24)),
        ("live", with(Link::Live, floor::sample())),
        ("empty", with(Link::Live, floor::build(vec![], vec![], vec![]))),
        ("retrying", with(retrying, floor::sample())),
        ("frozen", frozen),
    ]
}

/// Popups, by the keys that open them; some open nothing in some worlds.
const OPENED: &[&str] = &[
    "", "enter", "h", "h enter", "H", "H enter", "?", "/", "space", "v", "space h", "space H",
    "space a", "v j a y", "ctrl-n", "D", "5 enter", "5 d", "5 x", "5 G R", "e", "T",
];

#[test]
fn every_action_answers_in_every_state() {
    answers(|pane, opened| pane == "3" || opened.is_empty());
}

#[test]
#[ignore = "some minutes: what is opened is opened from every pane"]
fn every_action_answers_in_every_pane_in_every_state() {
    answers(|_, _| true);
}

fn answers(is_tried: impl Fn(&str, &str) -> bool) {
    let keymap = Keymap::embedded();
    for pane in ["1", "2", "3", "4", "5", "6"] {
        for opened in OPENED.iter().filter(|opened| is_tried(pane, opened)) {
            for action in Action::ALL {
                for (world, mut harness) in worlds() {
                    harness.press(pane).press(opened).wait(60);
                    harness.take_effects();
                    let before = harness.buffer();
                    let chord = keymap.chords(*action)[0];
                    harness.tell(Message::Press(chord));
                    let answered = harness.buffer() != before || !harness.take_effects().is_empty();
                    // At the end of a list, or in the pane already: there is nowhere to go.
                    let there = action.is_movement() || is_typed(opened) || is_pane(*action);
                    let screen = || harness.screen();
                    assert!(
                        answered || there,
                        "{action} in {pane} {opened:?} {world}\n{}",
                        screen()
                    );
                }
            }
        }
    }
}

/// Where text is typed, a key that is none does nothing.
fn is_typed(opened: &str) -> bool {
    matches!(opened, "/" | "ctrl-n" | "5 d" | "5 x")
}

fn is_pane(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::PaneQueues
            | A::PaneAgents
            | A::PaneSessions
            | A::PaneAudit
            | A::PaneInbox
            | A::PaneHealth
    )
}

#[test]
fn no_key_but_y_on_a_card_ever_hands_off() {
    let keymap = Keymap::embedded();
    for opened in OPENED {
        for action in Action::ALL.iter().filter(|action| **action != Action::Confirm) {
            let mut harness = Harness::live(120, 40);
            harness.press(opened);
            harness.take_effects();
            for chord in keymap.chords(*action) {
                harness.tell(Message::Press(*chord)).tell(Message::Press(*chord));
            }
            let commands = harness.commands();
            let batch = commands.iter().any(|command| matches!(command, Command::Batch(_)));
            assert!(harness.orders().is_empty() && !batch, "{action} after {opened:?}");
        }
    }
}

#[test]
fn the_help_lists_every_action_with_its_keys() {
    let harness = &mut Harness::live(200, 80);
    let screen = harness.press("?").screen();
    let keymap = Keymap::embedded();
    for action in Action::ALL {
        assert!(screen.contains(action.help()), "{action}\n{screen}");
        for chord in keymap.chords(*action) {
            assert!(screen.contains(&chord.to_string()), "{chord}");
        }
    }
    assert!(!harness.press("?").screen().contains("esc closes"));
}

#[test]
fn the_footer_offers_what_the_pane_takes() {
    let mut harness = Harness::live(120, 40);
    let footer = |harness: &Harness| harness.screen().lines().last().unwrap().to_owned();
    assert!(footer(&harness).contains("h hand off  H to queue"), "{}", footer(&harness));
    harness.press("4");
    assert!(!footer(&harness).contains("hand off"), "{}", footer(&harness));
    harness.press("3 h");
    assert!(footer(&harness).contains("enter choose"), "{}", footer(&harness));
    harness.press("enter");
    assert!(footer(&harness).contains("y confirm  esc back"), "{}", footer(&harness));
}

#[test]
fn panes_by_number_and_by_tab() {
    let mut harness = Harness::live(80, 24);
    let title = |harness: &Harness| {
        let screen = harness.screen();
        screen.lines().nth(3).unwrap().to_owned()
    };
    let panes = ["Queues", "Agents", "Sessions", "Audit", "Inbox", "Health"];
    for (key, name) in ["1", "2", "3", "4", "5", "6"].into_iter().zip(panes) {
        harness.press(key);
        assert!(title(&harness).contains(name));
    }
    harness.press("tab");
    assert!(title(&harness).contains("Queues"));
    harness.press("shift-tab shift-tab");
    assert!(title(&harness).contains("Inbox"));
}

#[test]
fn panes_cannot_be_changed_under_a_popup() {
    let mut harness = Harness::live(200, 60);
    harness.press("h 1");
    assert!(harness.status().contains("closes this first"), "{}", harness.status());
    assert!(harness.screen().contains("Hand off to an agent"));
}

#[test]
fn refresh_freeze_redraw_suspend() {
    let mut harness = Harness::live(80, 24);
    harness.take_effects();
    assert_eq!(harness.press("r").take_effects(), [Effect::Send(Command::Refresh)]);
    assert!(harness.status().contains("Reading everything again"));
    assert_eq!(harness.press("ctrl-l").take_effects(), [Effect::Redraw]);
    assert_eq!(harness.press("ctrl-z").take_effects(), [Effect::Suspend]);
    assert_eq!(harness.press("ctrl-c").take_effects(), [Effect::Quit]);
}

#[test]
fn an_unknown_key_says_where_the_keys_are() {
    let mut harness = Harness::live(80, 24);
    harness.press("Z");
    assert!(harness.status().contains("? shows the keys"), "{}", harness.status());
    harness.press("f9 alt-x ctrl-x é 佐");
}

//! Every action in every pane, by its key and by its name, on every size of screen and every kind of floor:
//! nothing panics, and nothing is silently not done.

use std::sync::Arc;

use floorwalker::{
    console::keys::{Action, Keymap},
    domain::floor::Floor,
    engine::{Link, Pulse},
};

use crate::{
    floor,
    harness::{Harness, pulse},
};

const SIZES: [(u16, u16); 3] = [(80, 24), (50, 12), (300, 100)];
const PANES: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

/// The kinds of floor.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Empty,
    Normal,
    Stale,
}

/// A console in a pane, its cursor with room above and below, and nothing said yet.
fn in_pane(pane: &str, (width, height): (u16, u16), kind: Kind) -> Harness {
    let mut harness = Harness::bare(width, height);
    let link = match kind {
        Kind::Stale => Link::Stale { reason: "sessions: 429, too many requests".into() },
        _ => Link::Live,
    };
    let inbox = (kind != Kind::Empty).then(|| Arc::new(crate::inbox::sample()));
    let floor = match kind {
        Kind::Empty => Floor::default(),
        _ => floor::sample(),
    };
    harness.pulse(Pulse { ward: Some(Arc::default()), inbox, ..pulse(link) }).floor(floor);
    if kind != Kind::Empty {
        harness.event(crate::details::audit_page());
    }
    harness.press(pane).press("j j").wait(60);
    harness.take_effects();
    harness
}

/// Calls `check` with every combination.
fn walk(check: impl Fn(&mut Harness, Action, &str)) {
    for pane in PANES {
        for size in SIZES {
            for kind in [Kind::Empty, Kind::Normal, Kind::Stale] {
                // A large screen shows four panes at once, and each of its frames takes its time.
                if size == SIZES[2] && (pane, kind) != ("3", Kind::Normal) {
                    continue;
                }
                for action in Action::ALL {
                    let mut harness = in_pane(pane, size, kind);
                    check(&mut harness, *action, &format!("{action} in {pane} {size:?} {kind:?}"));
                }
            }
        }
    }
}

#[test]
fn by_its_key() {
    let keymap = Keymap::embedded();
    walk(|harness, action, told| {
        let before = harness.buffer();
        harness.press(&keymap.hint(action));
        let answered = harness.buffer() != before || !harness.take_effects().is_empty();
        assert!(answered, "{told}\n{}", harness.screen());
    });
}

#[test]
fn by_its_name() {
    let keymap = Keymap::embedded();
    walk(|harness, action, told| {
        if action == Action::Palette {
            return;
        }
        let before = harness.buffer();
        harness.press(":").type_text(action.name());
        let row = harness.cursor_row();
        // A small screen cuts the keys of an action that has several.
        let hint: String = keymap.hint(action).chars().take(8).collect();
        assert!(row.contains(&hint), "{told} is not first\n{}", harness.screen());
        // Where the row has no room for it, the edge below says that it can't be done.
        let refused = row.contains('⊘') || harness.line("╰─ ⊘").is_some();
        harness.press("enter");
        let screen = harness.screen();
        if refused {
            let says = screen.lines().any(|line| line.starts_with(" △"));
            assert!(screen.contains('❯') && says, "{told}\n{screen}");
        } else {
            assert!(!screen.contains('❯'), "{told}\n{screen}");
            assert!(
                harness.buffer() != before || !harness.take_effects().is_empty(),
                "{told}\n{screen}"
            );
        }
    });
}

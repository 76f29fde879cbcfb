//! `keymap.toml`, and the keys in it.

use std::fmt::Write as _;

use floorwalker::{
    config::quoted::quoted,
    console::keys::{Action, Chord, Keymap},
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::{
    bend::Grammar,
    odd,
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "keymap",
    grammar: Grammar::Text,
    besides: &["assets/keymap.toml"],
    words: &[
        "[keys]\n", "freeze", "quit", "back", "confirm", " = [", "\"]", "\"", "'", "ctrl-", "alt-",
        "shift-", "f1", "f12", "pageup", "space", "enter", "esc", "x", "X", "-", "[]", "\n", "#",
    ],
    check,
    more: &[a_map_is_read_as_it_is_written, a_key_is_read_as_it_is_written],
    few: 80,
};

fn check(document: &[u8]) {
    let text = String::from_utf8_lossy(document);
    for under in [Keymap::default(), Keymap::embedded()] {
        match under.laid_over(&text) {
            Ok(map) => {
                let again = Keymap::parse(&written(&map));
                assert_eq!(again.as_ref().map_err(ToString::to_string), Ok(&map), "{text}");
                for action in Action::ALL {
                    for chord in map.chords(*action) {
                        assert_eq!(map.action(*chord), Some(*action), "{chord}");
                    }
                }
            }
            Err(error) => {
                let lines = text.lines().count().max(1);
                for fault in &error.0 {
                    assert!((1..=lines + 1).contains(&fault.line), "{fault} of {lines}:\n{text}");
                    assert!(odd::is_tame(&fault.what), "{:?}", fault.what);
                }
            }
        }
    }
}

/// A map as a file that says all of it.
fn written(map: &Keymap) -> String {
    let mut text = "[keys]\n".to_owned();
    for action in Action::ALL {
        let chords = map.chords(*action).iter();
        let keys: Vec<String> = chords.map(|chord| quoted(&chord.to_string())).collect();
        if !keys.is_empty() {
            writeln!(text, "{action} = [{}]", keys.join(", ")).unwrap();
        }
    }
    text
}

/// Keys given to actions, as somebody may write them.
fn a_map_is_read_as_it_is_written(hand: &mut Hand) {
    let key = prop_oneof![
        4 => "(ctrl-)?(alt-)?(shift-)?([!-~]|f[0-9]{1,2}|enter|esc|tab|space|up|home|end)",
        1 => odd::text(),
    ];
    let given = vec((any::<Index>(), vec(key, 0..3)), 0..12);
    hand.all(&given, |given| {
        let mut text = "[keys]\n".to_owned();
        for (action, keys) in given {
            let keys: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
            writeln!(text, "{} = [{}]", action.get(Action::ALL), keys.join(", ")).unwrap();
        }
        check(text.as_bytes());
    });
}

fn a_key_is_read_as_it_is_written(hand: &mut Hand) {
    let spelled = "(ctrl-|alt-|shift-|C-|Ctrl\\+){0,3}(\\PC{0,3}|f[0-9]{1,3}|enter|pgup|Return)";
    hand.all(&prop_oneof![3 => spelled.boxed(), 1 => odd::text().boxed()], |text: &String| {
        match text.parse::<Chord>() {
            Ok(chord) => assert_eq!(chord.to_string().parse(), Ok(chord)),
            Err(unknown) => {
                let nearest = unknown.nearest.as_deref().map(str::parse::<Chord>);
                assert!(nearest.is_none_or(|key| key.is_ok()), "{unknown}");
                assert!(odd::is_tame(&unknown.to_string()), "{unknown:?}");
            }
        }
    });
}

//! Which chord asks for which action: data, embedded and checked by a test, with what a person has written
//! laid over it.

use std::collections::{BTreeMap, HashMap};

use super::{
    Action, Chord,
    written::{self, Entry, Fault},
};

/// The keymap that comes with the program.
pub const DEFAULT: &str = include_str!("../../../assets/keymap.toml");

/// Chords and their actions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    actions: HashMap<Chord, Action>,
    chords: BTreeMap<Action, Vec<Chord>>,
}

/// Why a keymap is not one: all that is wrong with it, in the order of its lines.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))]
pub struct KeymapError(pub Vec<Fault>);

/// Without these nobody gets out of where they are.
const NEEDED: [Action; 2] = [Action::Back, Action::Quit];

impl Keymap {
    /// Reads a whole keymap.
    ///
    /// # Errors
    /// Names every line that can't be read, and keys with two meanings.
    pub fn parse(text: &str) -> Result<Self, KeymapError> {
        Self::default().laid_over(text)
    }

    /// The keymap that comes with the program. A test holds it to be readable; were it not, the
    /// console would still draw, with no keys.
    pub fn embedded() -> Self {
        Self::parse(DEFAULT).unwrap_or_default()
    }

    /// This keymap with `text` laid over it: an action named there has the keys named there and no others,
    /// whatever else keeps its own. A key is taken from an action only where `text` says of that action
    /// too which keys it has.
    ///
    /// # Errors
    /// Names every line that can't be read, and keys with two meanings.
    pub fn laid_over(&self, text: &str) -> Result<Self, KeymapError> {
        let (entries, mut faults) = written::read(text);
        let said = |action: &Action| entries.iter().find(|entry| entry.action == *action);
        let mut map = Self::default();
        for (action, chords) in self.chords.iter().filter(|(action, _)| said(action).is_none()) {
            chords.iter().for_each(|chord| _ = map.bind(*chord, *action));
        }
        for entry in &entries {
            if entry.chords.is_empty() && NEEDED.contains(&entry.action) {
                let what = format!("{} needs a key: there is no way out without it", entry.action);
                faults.push(Fault { line: entry.line, what });
            }
            for (chord, line) in &entry.chords {
                if let Some(other) = map.bind(*chord, entry.action) {
                    let what = twice(*chord, entry.action, other, said(&other));
                    faults.push(Fault { line: *line, what });
                }
            }
        }
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(map) } else { Err(KeymapError(faults)) }
    }

    /// Gives `chord` to `action`. The action that has it already, if another does.
    fn bind(&mut self, chord: Chord, action: Action) -> Option<Action> {
        match self.actions.get(&chord) {
            Some(other) if *other != action => return Some(*other),
            Some(_) => {}
            None => {
                self.actions.insert(chord, action);
                self.chords.entry(action).or_default().push(chord);
            }
        }
        None
    }

    /// What `chord` asks for.
    pub fn action(&self, chord: Chord) -> Option<Action> {
        self.actions.get(&chord).copied()
    }

    /// The keys that ask for `action`, the preferred one first.
    pub fn chords(&self, action: Action) -> &[Chord] {
        self.chords.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The preferred key of `action`, as the footer writes it; of one that has none, how the palette finds
    /// it.
    pub fn hint(&self, action: Action) -> String {
        match (self.chords(action), self.chords(Action::Palette)) {
            ([key, ..], _) => key.to_string(),
            ([], [palette, ..]) if action != Action::Palette => format!("{palette} {action}"),
            _ => "no key".to_owned(),
        }
    }
}

/// That `chord` can't be both: `other` has it by what is written of it, or by default.
fn twice(chord: Chord, action: Action, other: Action, said: Option<&Entry>) -> String {
    match said {
        Some(entry) => {
            format!("{chord} is given to both {other} (line {}) and {action}", entry.line)
        }
        None => format!(
            "{chord} is given to {action}, but {other} has it; say which keys {other} is to have: \
             {other} = [\"…\"], or [] for none"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let KeymapError(faults) = Keymap::embedded().laid_over(text).unwrap_err();
        faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn the_embedded_keymap_gives_every_action_a_key() {
        let map = Keymap::parse(DEFAULT).unwrap();
        for action in Action::ALL {
            assert!(!map.chords(*action).is_empty(), "{action} has no key");
        }
    }

    #[test]
    fn a_key_cannot_mean_two_things() {
        let both = "line 3: k is given to both down (line 2) and up";
        assert_eq!(faults("[keys]\ndown = ['k']\nup = ['k']"), [both]);
    }

    #[test]
    fn what_is_written_takes_the_place_of_the_default_and_the_rest_stays() {
        let map = Keymap::embedded().laid_over("[keys]\nfreeze = ['f', 'f9']\nsort = []").unwrap();
        assert_eq!(map.action("f".parse().unwrap()), Some(Action::Freeze));
        assert_eq!(map.hint(Action::Freeze), "f");
        assert_eq!(map.action("p".parse().unwrap()), None);
        assert_eq!((map.action("s".parse().unwrap()), map.chords(Action::Sort)), (None, &[][..]));
        assert_eq!(map.hint(Action::Sort), ": sort");
        let none = map.laid_over("[keys]\npalette = []").unwrap();
        assert_eq!(
            (none.hint(Action::Sort), none.hint(Action::Palette)),
            ("no key".into(), "no key".into())
        );
        assert_eq!(map.action("q".parse().unwrap()), Some(Action::Quit));
        for nothing in ["", "[keys]", "# none\n"] {
            assert_eq!(Keymap::embedded().laid_over(nothing), Ok(Keymap::embedded()));
        }
    }

    #[test]
    fn a_key_is_taken_from_a_default_only_where_that_is_said() {
        let taken = faults("[keys]\ntranscript = ['x']");
        assert!(taken[0].starts_with("line 2: x is given to transcript, but decline has it"));
        assert!(taken[0].contains("decline = [\"…\"], or [] for none"), "{taken:?}");
        for decline in ["[]", "['Z']"] {
            let text = format!("[keys]\ntranscript = ['x']\ndecline = {decline}");
            let map = Keymap::embedded().laid_over(&text).unwrap();
            assert_eq!(map.action("x".parse().unwrap()), Some(Action::Transcript));
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named_with_its_line_and_what_is_meant() {
        let text = "[keys]\nhandof-agent = ['h']\nopen = [\n  'enter',\n  'return',\n]\nquit = []\n\
                    sort = ['ctrl-I', 'shift-s', 'ctrl-m']";
        assert_eq!(
            faults(text),
            [
                "line 2: there is no action \"handof-agent\"; did you mean \"handoff-agent\"?",
                "line 5: there is no key \"return\"; did you mean \"enter\"?",
                "line 7: quit needs a key: there is no way out without it",
                "line 8: there is no key \"ctrl-I\"; did you mean \"tab\"?",
                "line 8: there is no key \"shift-s\"; did you mean \"S\"?",
                "line 8: there is no key \"ctrl-m\"; did you mean \"enter\"?",
            ]
        );
        for (text, says) in [
            ("[keys]\nup = 'k'", "line 2: invalid type"),
            ("[keys]\nup = ['k']\nup = ['K']", "line 3: duplicate key"),
            ("[key]\nup = ['k']", "line 1: unknown field `key`"),
            ("[keys]\nup = [", "line 2: "),
        ] {
            assert!(faults(text)[0].starts_with(says), "{:?}", faults(text));
        }
    }
}

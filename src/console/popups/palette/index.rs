//! The names that the palette finds things by, folded once for all the letters that will be typed: in lower
//! case and without marks, one after the other in one text, with the letters of each as bits.
//!
//! The bits say of most names, without a look at them, that they can't be meant. Nothing is allocated for a
//! name.

use nucleo_matcher::chars;
use unicode_width::UnicodeWidthChar;

/// What a name is a name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An action, or a pane to go to.
    Action,
    /// A queue.
    Queue,
    /// An agent.
    Agent,
    /// A session, by its guest.
    Session,
    /// An org of the configuration.
    Context,
}

/// One name.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it is a name of.
    pub kind: Kind,
    /// Which of them.
    pub row: u32,
    start: u32,
    length: u32,
    /// The first letter, those that begin a word, and all there are.
    first: u64,
    initials: u64,
    all: u64,
}

/// How a name holds a word: the better, the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The name begins with it, or the id does.
    Begins,
    /// A word of the name begins with it, or the words begin with its letters.
    Word,
    /// It is somewhere in the name.
    Inside,
    /// Its letters are in the name, in their order.
    Scattered,
    /// It is in what is said of the action.
    Told,
}

/// All names.
#[derive(Debug, Default)]
pub struct Index {
    text: String,
    entries: Vec<Entry>,
    /// What is said of the actions, by their rows.
    told: Vec<String>,
}

/// A word that is looked for.
#[derive(Debug)]
pub struct Word {
    /// Folded as the names are.
    pub text: String,
    letters: u64,
}

impl Word {
    /// Folds `raw`.
    pub fn new(raw: &str) -> Self {
        let mut text = String::new();
        fold(raw, &mut text);
        let letters = text.bytes().fold(0, |all, byte| all | bit(byte));
        Self { text, letters }
    }

    /// True if it may be the start of an id. What is shorter would be the start of too many.
    pub fn may_be_id(&self) -> bool {
        let hex = |b: u8| b.is_ascii_hexdigit() || b == b'-';
        self.text.len() >= SHORTEST_ID && self.text.bytes().all(hex)
    }
}

/// Characters of an id from which it is looked for.
const SHORTEST_ID: usize = 4;

impl Index {
    /// Takes a name in.
    pub fn push(&mut self, kind: Kind, row: usize, name: &str) {
        let start = self.text.len();
        fold(name, &mut self.text);
        let (mut initials, mut all, mut before) = (0, 0, b' ');
        for byte in self.text.as_bytes()[start..].iter().copied() {
            all |= bit(byte);
            if is_letter(byte) && !is_letter(before) {
                initials |= bit(byte);
            }
            before = byte;
        }
        let first = self.text.as_bytes().get(start).map_or(0, |byte| bit(*byte));
        // Names of four billion bytes together fit into no machine that runs this.
        let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let length = short(self.text.len() - start);
        let (row, start) = (short(row), short(start));
        self.entries.push(Entry { kind, row, start, length, first, initials, all });
    }

    /// Takes in what is said of the next action.
    pub fn tell(&mut self, text: &str) {
        let mut folded = String::new();
        fold(text, &mut folded);
        self.told.push(folded);
    }

    /// All entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// An entry's folded name.
    pub fn name(&self, entry: &Entry) -> &str {
        let start = entry.start as usize;
        self.text.get(start..start + entry.length as usize).unwrap_or_default()
    }

    /// How `entry` holds `word`, its id left out.
    pub fn fit(&self, entry: &Entry, word: &Word) -> Option<Fit> {
        let letters = word.letters;
        if entry.all & letters == letters {
            // One letter of the alphabet has a bit of its own.
            let found = match word.text.as_bytes() {
                [letter] if letter.is_ascii_alphanumeric() => Some(by_bit(entry, letters)),
                _ => within(self.name(entry), &word.text, entry.initials & letters == letters),
            };
            if found.is_some() {
                return found;
            }
        }
        let told = || self.told.get(entry.row as usize).is_some_and(|t| t.contains(&word.text));
        (entry.kind == Kind::Action && told()).then_some(Fit::Told)
    }
}

fn by_bit(entry: &Entry, letter: u64) -> Fit {
    match (entry.first == letter, entry.initials & letter == letter) {
        (true, _) => Fit::Begins,
        (false, true) => Fit::Word,
        (false, false) => Fit::Inside,
    }
}

/// How `name` holds `word`; `initials` says that each of its letters begins a word of the name.
fn within(name: &str, word: &str, initials: bool) -> Option<Fit> {
    let (name_bytes, word_bytes) = (name.as_bytes(), word.as_bytes());
    if name_bytes.starts_with(word_bytes) {
        return Some(Fit::Begins);
    }
    let first = word_bytes.first()?;
    let mut inside = false;
    for at in 1..(name_bytes.len() + 1).saturating_sub(word_bytes.len()) {
        if name_bytes[at] == *first && name_bytes[at..].starts_with(word_bytes) {
            if !is_letter(name_bytes[at - 1]) {
                return Some(Fit::Word);
            }
            inside = true;
        }
    }
    if inside {
        return Some(Fit::Inside);
    }
    let scattered = if word.is_ascii() {
        let mut rest = name_bytes.iter();
        word_bytes.iter().all(|wanted| rest.any(|byte| byte == wanted))
    } else {
        let mut rest = name.chars();
        word.chars().all(|wanted| rest.any(|c| c == wanted))
    };
    match scattered {
        false => None,
        true if initials => Some(Fit::Word),
        true => Some(Fit::Scattered),
    }
}

/// Of letters that are not ASCII every byte counts as one.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// A bit for each letter and digit; everything else shares what is left.
fn bit(byte: u8) -> u64 {
    BITS[usize::from(byte)]
}

const BITS: [u64; 256] = {
    let (mut bits, mut byte) = ([0; 256], 0);
    while byte < 256 {
        let at = match byte as u8 {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'0'..=b'9' => 26 + digit - b'0',
            other => 36 + other % 28,
        };
        bits[byte] = 1 << at;
        byte += 1;
    }
    bits
};

/// Adds `raw` to `out` in lower case and without marks: nobody types them in a hurry.
fn fold(raw: &str, out: &mut String) {
    if raw.is_ascii() {
        let start = out.len();
        out.push_str(raw);
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    for c in raw.chars() {
        // A mark has no width of its own.
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if c.width().unwrap_or(0) > 0 {
            // Small first: the table of letters with marks lacks many capitals.
            match chars::to_lower_case(c) {
                'ß' => out.push_str("ss"),
                'æ' => out.push_str("ae"),
                'œ' => out.push_str("oe"),
                'þ' => out.push_str("th"),
                'ð' => out.push('d'),
                c => out.push(chars::normalize(c)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(name: &str, word: &str) -> Option<Fit> {
        let mut index = Index::default();
        index.tell("Say why.");
        index.push(Kind::Action, 0, name);
        index.fit(&index.entries()[0], &Word::new(word))
    }

    #[test]
    fn names_hold_words_better_and_worse() {
        for (name, word, expected) in [
            ("Zoë Lindqvist", "zoe", Some(Fit::Begins)),
            ("Zoë Lindqvist", "LIND", Some(Fit::Word)),
            ("Zoë Lindqvist", "zl", Some(Fit::Word)),
            ("Zoë Lindqvist", "qvist", Some(Fit::Inside)),
            ("Zoë Lindqvist", "lqt", Some(Fit::Scattered)),
            ("Zoë Lindqvist", "tql", None),
            ("Zoë Lindqvist", "z", Some(Fit::Begins)),
            ("Zoë Lindqvist", "l", Some(Fit::Word)),
            ("Zoë Lindqvist", "t", Some(Fit::Inside)),
            ("Łukasz Żak", "zak", Some(Fit::Word)),
            ("Łukasz Żak", "luk", Some(Fit::Begins)),
            ("Große Straße", "strasse", Some(Fit::Word)),
            ("Bjørn", "BJØR", Some(Fit::Begins)),
            ("佐藤 花子", "花", Some(Fit::Word)),
            ("佐藤 花子", "藤", Some(Fit::Inside)),
            ("佐藤 花子", "林", None),
            ("e\u{301}te\u{301}", "ete", Some(Fit::Begins)),
            ("handoff-agent", "agent", Some(Fit::Word)),
            ("open", "why", Some(Fit::Told)),
            ("", "a", Some(Fit::Told)),
            ("", "x", None),
        ] {
            assert_eq!(fit(name, word), expected, "{name} {word}");
        }
    }
}

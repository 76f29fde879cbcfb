//! Text from strangers, made harmless.
//!
//! Names, messages, reasons and server errors come from outside. Shown as they are, they could move
//! the cursor, colour the screen, reverse a line or push a column out of place (SPEC section 14).
//! [`Plain`] can only be made by neutralising, so whatever holds one may show it.

use std::{fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, de};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// More marks than any script stacks on one letter; the rest is vandalism that would bleed into the
/// rows above and below.
const MARKS_PER_LETTER: usize = 4;

/// One line of text that is safe to draw, log and put into an audit record.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Plain(Arc<str>);

impl Plain {
    /// Neutralises `raw`.
    pub fn new(raw: &str) -> Self {
        // Nearly every name is printable ASCII: one look, one copy.
        if raw.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Self(raw.into());
        }
        Self(neutralise(raw).into())
    }

    /// True if `raw` can be shown as it is: nothing in it moves a cursor, hides or turns anything.
    pub fn suits(raw: &str) -> bool {
        raw.chars().all(|c| alone(c).is_some() || matches!(fate(c), Fate::Keep | Fate::Mark))
    }

    /// At most `limit` characters of `raw`, neutralised, with a mark where it was cut.
    pub fn cut(raw: &str, limit: usize) -> Self {
        match raw.char_indices().nth(limit) {
            Some((end, _)) => Self::new(&format!("{}…", &raw[..end])),
            None => Self::new(raw),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many columns of a terminal `text` takes: sign by sign, as it is put into cells. Taken as one, some pairs
/// of letters that fonts join count as one.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    signs(text).map(|(_, columns)| columns).sum()
}

/// What a reader takes for one sign each, with the columns that it takes.
pub fn signs(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut letters = rest.chars();
        let first = letters.next()?;
        let single = alone(first).filter(|_| letters.next().is_none_or(|c| alone(c).is_some()));
        let sign = match single {
            Some(_) => &rest[..first.len_utf8()],
            None => rest.graphemes(true).next()?,
        };
        rest = &rest[sign.len()..];
        Some((sign, single.unwrap_or_else(|| sign.width())))
    })
}

/// The columns of a letter that is a sign of its own next to any other of these. Nearly all that is shown are
/// such: looking for marks and joiners costs a frame more than all else in it.
fn alone(c: char) -> Option<usize> {
    match c {
        // Latin, Greek, Cyrillic, signs of punctuation, arrows, boxes and shapes.
        ' '..='~'
        | '\u{a1}'..='\u{ac}'
        | '\u{ae}'..='\u{2ff}'
        | '\u{388}'..='\u{38a}'
        | '\u{38e}'..='\u{3a1}'
        | '\u{3a3}'..='\u{481}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{2010}'..='\u{2027}'
        | '\u{2190}'..='\u{21ff}'
        | '\u{2500}'..='\u{25fc}'
        | '\u{2713}'..='\u{2718}' => Some(1),
        // Kana, ideographs, syllables of Hangul.
        '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' => Some(2),
        _ => None,
    }
}

/// JSON in which whatever can't be shown is written as an escape: letter by letter what it was for a program,
/// and harmless on a terminal. JSON itself escapes no more than the first controls.
pub fn json_shown(json: String) -> String {
    // Nearly all of it is. Line breaks may stand between values; in a text they are escaped already.
    if json.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\n') {
        return json;
    }
    let shown = |c: char| c == '\n' || Plain::suits(c.encode_utf8(&mut [0; 4]));
    let mut out = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        match shown(c) {
            true => out.push(c),
            false => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

/// A text in a cell of a spreadsheet, which computes what begins like a formula, also behind blanks: it gets a
/// quote before it. A number stays one.
pub fn in_a_sheet(text: &str) -> String {
    let text = Plain::new(text);
    let begins = text.trim_start().chars().next();
    let computed = begins.is_some_and(|first| "=+-@＝＋－＠|%".contains(first));
    match computed && text.parse::<f64>().is_err() {
        true => format!("'{text}"),
        false => text.to_string(),
    }
}

/// `raw` on one line, with controls made visible and what has no width left out.
fn neutralise(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut marks = 0;
    for c in raw.chars() {
        match fate(c) {
            Fate::Space => out.push(' '),
            Fate::Visible => out.push('\u{fffd}'),
            Fate::Drop => continue,
            Fate::Mark if marks == MARKS_PER_LETTER => continue,
            Fate::Mark => {
                marks += 1;
                out.push(c);
                continue;
            }
            Fate::Keep => out.push(c),
        }
        marks = 0;
    }
    out
}

enum Fate {
    Keep,
    Space,
    Visible,
    Drop,
    Mark,
}

fn fate(c: char) -> Fate {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Fate::Space,
        c if c.is_control() => Fate::Visible,
        // Soft hyphen, joiners, direction marks, isolates and overrides, invisible operators,
        // variation selectors, tags: no width of their own, and each can hide or reorder text.
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Fate::Drop,
        c if unicode_width::UnicodeWidthChar::width(c) == Some(0) => Fate::Mark,
        _ => Fate::Keep,
    }
}

impl Deref for Plain {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Plain {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Plain {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Plain {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

impl Default for Plain {
    fn default() -> Self {
        Self("".into())
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for Plain {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(PlainVisitor)
    }
}

struct PlainVisitor;

impl de::Visitor<'_> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Plain, E> {
        Ok(Plain::new(text))
    }
}

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;

    use super::{Plain, alone, columns, in_a_sheet, json_shown, signs};

    #[test]
    fn a_letter_that_is_a_sign_of_its_own_is_one_for_unicode_too() {
        let all: Vec<char> = ('\0'..=char::MAX).filter(|c| alone(*c).is_some()).collect();
        let text: String = all.iter().collect();
        assert_eq!(text.graphemes(true).count(), all.len());
        for c in all {
            assert_eq!(alone(c), Some(c.to_string().width()), "{c:?}");
            assert!(Plain::suits(&c.to_string()), "{c:?}");
            let doubled = String::from_iter([c, c, '가', c, 'é', c]);
            assert_eq!(doubled.graphemes(true).count(), 6, "{c:?}");
        }
    }

    #[test]
    fn signs_are_told_apart_as_unicode_does_it() {
        for text in [
            "",
            "Zoë",
            "Zoe\u{308} x",
            "佐藤さん",
            "각\u{1100}\u{1161}",
            "👩\u{200d}🚒 a",
            "x\u{fe0f}",
            "خدمة",
        ] {
            let (ours, theirs): (Vec<&str>, Vec<&str>) =
                (signs(text).map(|(sign, _)| sign).collect(), text.graphemes(true).collect());
            assert_eq!(ours, theirs);
            assert_eq!(columns(text), theirs.iter().map(|sign| sign.width()).sum::<usize>());
        }
    }

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(&*Plain::new("\u{1b}[31mEve\u{1b}[0m"), "\u{fffd}[31mEve\u{fffd}[0m");
        assert_eq!(&*Plain::new("a\u{9b}2Jb"), "a\u{fffd}2Jb");
        assert_eq!(&*Plain::new("bell\u{7}"), "bell\u{fffd}");
    }

    #[test]
    fn lines_become_one() {
        assert_eq!(&*Plain::new("one\r\ntwo\tthree"), "one  two three");
    }

    #[test]
    fn direction_and_zero_width_are_left_out() {
        assert_eq!(&*Plain::new("abc\u{202e}def\u{2066}\u{200b}\u{feff}"), "abcdef");
        assert_eq!(&*Plain::new("👩\u{200d}🚒"), "👩🚒");
    }

    #[test]
    fn scripts_of_the_world_stay_as_they_are() {
        for name in ["Zoë", "Nguyễn", "محمد", "佐藤", "Wanjikũ", "Óscar", "é"] {
            assert_eq!(&*Plain::new(name), name);
        }
    }

    #[test]
    fn stacked_marks_are_bounded() {
        let raw = format!("x{}y", "\u{301}".repeat(50));
        assert_eq!(Plain::new(&raw).chars().count(), 2 + 4);
    }

    #[test]
    fn what_can_be_shown_is_told_from_what_can_not() {
        for text in ["", "Zoë", "e\u{301}", "佐藤 👍", "a b~"] {
            assert!(Plain::suits(text), "{text:?}");
        }
        for text in ["\u{1b}", "a\nb", "\t", "\u{7f}", "\u{9b}", "\u{202e}", "\u{200b}", "\u{2028}"]
        {
            assert!(!Plain::suits(text), "{text:?}");
        }
    }

    #[test]
    fn json_says_the_same_in_letters_that_can_be_shown() {
        let odd = "a\u{9b}b\u{202e}c\u{7f}d\u{e0041}é佐\"\n";
        let json = json_shown(serde_json::to_string_pretty(&[odd]).unwrap());
        assert_eq!(json, "[\n  \"a\\u009bb\\u202ec\\u007fd\\udb40\\udc41é佐\\\"\\n\"\n]");
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [odd]);
    }

    #[test]
    fn a_cell_is_computed_by_nobody() {
        for (text, cell) in [
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("  @SUM(A1)", "'  @SUM(A1)"),
            ("-5 apples", "'-5 apples"),
            ("-0.5", "-0.5"),
            ("+49 30", "'+49 30"),
            ("Nora = 1", "Nora = 1"),
            ("a\u{1b}b", "a\u{fffd}b"),
        ] {
            assert_eq!(in_a_sheet(text), cell);
        }
    }

    #[test]
    fn a_cut_is_marked() {
        assert_eq!(&*Plain::cut("héllo", 3), "hél…");
        assert_eq!(&*Plain::cut("héllo", 5), "héllo");
    }
}

//! What of a text goes to a customer as it stands, and what would not be seen by whoever sends it.
//!
//! A card and a question show a text as [`Plain`] does, without what moves a cursor, turns the direction or has no
//! width. A text that is sent with such a character in it is another one than was confirmed. Some of these
//! characters are part of what people write: they pass where they do that, and nowhere else.

use std::{iter::Peekable, str::Chars};

use crate::domain::text::Plain;

/// Letters up to here join nothing: Latin and what is typed with it.
const LATIN: char = '\u{2ff}';
/// The flag that tags follow which say whose it is, as England's.
const FLAG: char = '\u{1f3f4}';
/// What ends those tags, and the most of them.
const TAGS_END: char = '\u{e007f}';
const TAGS: usize = 6;

/// The text with its line breaks and blanks as they are sent: what a file of another system begins with, or
/// breaks lines with, is no word of its own.
pub(super) fn even(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let even = |c| match c {
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\t' => ' ',
        c => c,
    };
    text.chars().map(even).collect()
}

/// Why a text is not shown as it would be sent; `None` where it is.
pub(super) fn unseen(text: &str) -> Option<String> {
    let (mut before, mut shown) = (None, String::with_capacity(text.len()));
    let (mut at, mut rest) = (0, text.chars().peekable());
    while let Some(c) = rest.next() {
        at += 1;
        if c == '\n' || is_shown(c) {
            shown.push(c);
        } else if before == Some(FLAG)
            && is_tag(c)
            && let Some(many) = tags(&mut rest)
        {
            at += many;
        } else if !belongs(c, before) {
            let code = u32::from(c);
            return Some(format!("character {at} (U+{code:04X}) is not shown as it is sent"));
        }
        before = Some(c);
    }
    let bounded = shown.split('\n').all(|line| Plain::new(line).as_str() == line);
    (!bounded).then(|| "a letter has more marks on it than are shown".into())
}

/// How many characters follow the first tag of a flag, up to and with what ends them; `None` where that is no flag.
fn tags(rest: &mut Peekable<Chars>) -> Option<usize> {
    let more = std::iter::from_fn(|| rest.next_if(|c| is_tag(*c))).take(TAGS).count();
    (rest.next() == Some(TAGS_END)).then_some(more + 1)
}

fn is_shown(c: char) -> bool {
    Plain::suits(c.encode_utf8(&mut [0; 4]))
}

/// Whether what has no width of its own is part of how one writes what stands before it.
fn belongs(c: char, before: Option<char>) -> bool {
    let Some(before) = before.filter(|c| !c.is_whitespace() && is_shown(*c) || is_selector(*c))
    else {
        return false;
    };
    match c {
        // Persian and Indic scripts keep letters apart or together by them, and emoji are joined.
        '\u{200c}' | '\u{200d}' => before > LATIN,
        // Which form of a sign is meant, as of the heart and of digits on keys.
        c => is_selector(c) && !is_selector(before),
    }
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}')
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')
}

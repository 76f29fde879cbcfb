//! A text being typed, over several lines of the screen where it is long.
//!
//! Not the tables' filter, which is one line and finds with every letter: what is typed here means
//! nothing before it is accepted.

use tui_input::{Input, InputRequest};

use super::{paint, prose::Line};
use crate::{console::theme::Role, domain::text::Plain};

/// The text, and where the next letter goes.
#[derive(Debug)]
pub struct Prompt {
    input: Input,
    before: String,
    limit: usize,
}

impl Prompt {
    /// A prompt that begins with `text` and takes no letter beyond `limit`.
    pub fn new(text: &str, limit: usize) -> Self {
        // On one line and without controls: what a person edits is what a person has seen.
        let before = Plain::new(text).as_str().to_owned();
        Self { input: Input::from(before.clone()), before, limit }
    }

    /// Changes the text.
    pub fn change(&mut self, request: InputRequest) {
        let refused = match request {
            InputRequest::InsertChar(c) => {
                // What would be left out when it is shown must not be hidden in it.
                let shown = Plain::new(c.encode_utf8(&mut [0; 4]));
                self.is_full() || !shown.as_str().contains(c)
            }
            _ => false,
        };
        if !refused {
            self.input.handle(request);
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value().trim()
    }

    /// True if it is no longer the text it began with.
    pub fn changed(&self) -> bool {
        self.input.value() != self.before
    }

    /// True if it takes no letter more.
    pub fn is_full(&self) -> bool {
        self.letters() >= self.limit
    }

    /// How many letters there are, and may be.
    pub fn fill(&self) -> String {
        format!("{} of {}", self.letters(), self.limit)
    }

    /// How many letters there are.
    pub fn letters(&self) -> usize {
        self.input.value().chars().count()
    }

    /// At most `rows` lines of at most `width` columns, those around the caret.
    pub fn lines(&self, width: u16, rows: usize) -> Vec<Line> {
        let caret = self.input.cursor();
        let lines = self.wrapped(width);
        let at = lines.iter().position(|line| line.iter().any(|(at, _)| *at == caret));
        let from = (at.unwrap_or(0) + 1).saturating_sub(rows);
        let shown = lines.iter().skip(from).take(rows);
        shown.map(|letters| drawn(letters, caret)).collect()
    }

    /// The letters of each line with their places, broken between words where there are any.
    fn wrapped(&self, width: u16) -> Vec<Vec<(usize, char)>> {
        let (mut lines, mut line, mut used) = (Vec::new(), Vec::new(), 0);
        // The caret needs a place after the last letter too.
        for (at, c) in self.input.value().chars().chain([' ']).enumerate() {
            if used + columns(c) > width {
                let word = line.iter().rposition(|(_, c)| *c == ' ').map_or(0, |space| space + 1);
                // A word as long as the line is broken anywhere.
                let rest = if word > 0 { line.split_off(word) } else { Vec::new() };
                lines.push(std::mem::replace(&mut line, rest));
                used = line.iter().map(|(_, c)| columns(*c)).sum();
            }
            line.push((at, c));
            used += columns(c);
        }
        lines.push(line);
        lines
    }
}

/// `line` with a text that is typed on one line, in `role`, and its caret.
pub fn typed(line: Line, input: &Input, role: Role) -> Line {
    let at = input.value().char_indices().nth(input.cursor()).map(|(at, _)| at);
    let (before, after) = input.value().split_at(at.unwrap_or(input.value().len()));
    let mut rest = after.chars();
    let under = rest.next().unwrap_or(' ');
    line.and(role, before).and(Role::Caret, under).and(role, rest.as_str())
}

fn columns(c: char) -> u16 {
    paint::columns(c.encode_utf8(&mut [0; 4]))
}

/// A line in three pieces: marks must stay with their letters.
fn drawn(letters: &[(usize, char)], caret: usize) -> Line {
    let text = |keep: fn(usize, usize) -> bool| -> String {
        letters.iter().filter(|(at, _)| keep(*at, caret)).map(|(_, c)| *c).collect()
    };
    Line::of(Role::Accent, text(|at, caret| at < caret))
        .and(Role::Caret, text(|at, caret| at == caret))
        .and(Role::Accent, text(|at, caret| at > caret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(prompt: &Prompt, width: u16, rows: usize) -> Vec<String> {
        let text = |line: &Line| line.pieces().map(|(text, _)| text.as_str()).collect();
        prompt.lines(width, rows).iter().map(text).collect()
    }

    #[test]
    fn a_long_text_is_wrapped_and_the_caret_stays_in_sight() {
        let mut prompt = Prompt::new("abcdefgh", 20);
        assert_eq!(shown(&prompt, 4, 9), ["abcd", "efgh", " "]);
        assert_eq!(shown(&prompt, 4, 2), ["efgh", " "]);
        prompt.change(InputRequest::GoToStart);
        assert_eq!(shown(&prompt, 4, 2), ["abcd", "efgh"]);
        assert!(!prompt.changed());
        let words = Prompt::new("one two three", 20);
        assert_eq!(shown(&words, 8, 9), ["one two ", "three "]);
    }

    #[test]
    fn neither_too_much_nor_what_hides_is_taken() {
        let mut prompt = Prompt::new("", 3);
        for c in "a\u{202e}佐\u{7}bc".chars() {
            prompt.change(InputRequest::InsertChar(c));
        }
        assert_eq!((prompt.text(), prompt.fill().as_str()), ("a佐b", "3 of 3"));
        assert_eq!(shown(&prompt, 3, 9), ["a佐", "b "]);
    }
}

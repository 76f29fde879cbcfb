//! Fields under each other: each has a name, and says beside itself what goes into it or what is wrong
//! with it while it is typed.

use tui_input::InputRequest;

use super::{prompt::Prompt, prose::Line};
use crate::{
    console::{
        keys::{Action, Chord, Edit, Keymap},
        theme::Role,
    },
    domain::text::Plain,
};

/// What a field is called, and what goes into it.
pub type Label = (&'static str, &'static str);

/// The fields, and which of them is being typed in.
#[derive(Debug)]
pub struct Form<const N: usize> {
    labels: [Label; N],
    prompts: [Prompt; N],
    longest: usize,
    at: usize,
    /// Fields that still hold what they began with, where typing takes its place.
    offered: [bool; N],
}

/// What a press has done to a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// It is still being filled in.
    Filling,
    /// All of it is to be accepted.
    Keep,
    /// It is to be dropped.
    Drop,
}

impl<const N: usize> Form<N> {
    /// A form that begins with these texts and takes no letter beyond `longest` in a field.
    pub fn new(labels: [Label; N], texts: [String; N], longest: usize) -> Self {
        let prompts = texts.map(|text| Prompt::new(&text, longest));
        Self { labels, prompts, longest, at: 0, offered: [false; N] }
    }

    /// The form, where what the fields begin with is only offered: typing takes its place.
    pub fn offering(self) -> Self {
        Self { offered: [true; N], ..self }
    }

    /// What stands in the nth field.
    pub fn text(&self, field: usize) -> &str {
        self.prompts[field].text()
    }

    /// Which field is being typed in.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes to the nth field.
    pub fn go(&mut self, field: usize) {
        self.at = field.min(N - 1);
    }

    /// Takes a press. `completed` is what the field becomes by Tab, if it can become anything; without it
    /// Tab goes to the next field.
    pub fn press(&mut self, chord: Chord, keymap: &Keymap, completed: Option<String>) -> Press {
        match (chord.edit(), keymap.action(chord)) {
            (Some(Edit::Change(request)), _) => {
                let offered = std::mem::take(&mut self.offered[self.at]);
                if offered && matches!(request, InputRequest::InsertChar(_)) {
                    self.prompts[self.at].change(InputRequest::DeleteLine);
                }
                self.prompts[self.at].change(request);
            }
            (Some(Edit::Drop), _) => return Press::Drop,
            (Some(Edit::Keep), _) => return Press::Keep,
            (None, Some(Action::NextPane)) => match completed {
                Some(text) => self.prompts[self.at] = Prompt::new(&text, self.longest),
                None => self.at = (self.at + 1) % N,
            },
            (None, Some(Action::Down)) => self.at = (self.at + 1) % N,
            (None, Some(Action::Up | Action::PreviousPane)) => self.at = (self.at + N - 1) % N,
            (None, _) => {}
        }
        Press::Filling
    }

    /// The form's lines, and on which of them the caret is. `wrong` is the first field that can't be
    /// accepted, and why; `names` is what the field being typed in may become.
    pub fn lines(
        &self,
        (width, name_width): (u16, u16),
        wrong: Option<&(usize, String)>,
        names: &[Plain],
        keymap: &Keymap,
    ) -> (Vec<Line>, usize) {
        let (mut lines, mut caret) = (Vec::new(), 0);
        for (at, ((name, hint), prompt)) in self.labels.into_iter().zip(&self.prompts).enumerate() {
            let why = wrong.filter(|(wrong, _)| *wrong == at).map(|(_, why)| why);
            if at == self.at {
                for line in prompt.lines(width.saturating_sub(name_width), 2) {
                    let name = if lines.len() == at { name } else { "" };
                    let first = Line::field(name, Role::Text, "");
                    lines.push(line.pieces().fold(first, |l, (text, role)| l.and(*role, text)));
                }
                lines.extend(below(hint, why, names, keymap));
                caret = lines.len() - 1;
            } else {
                let role = if prompt.text().is_empty() { Role::Quiet } else { Role::Text };
                let shown = if prompt.text().is_empty() { "-" } else { prompt.text() };
                let line = Line::field(name, role, shown);
                let wrong = |why| line.clone().and(Role::Alarm, format!("  ✗ {why}"));
                lines.push(why.map_or(line.clone(), wrong));
            }
        }
        (lines, caret)
    }
}

/// What is wrong with the field, what it may become, or what goes into it.
fn below(hint: &str, why: Option<&String>, names: &[Plain], keymap: &Keymap) -> Vec<Line> {
    let mut lines = Vec::new();
    if !names.is_empty() {
        let names: Vec<&str> = names.iter().take(4).map(Plain::as_str).collect();
        let key = Line::field("", Role::Accent, keymap.hint(Action::NextPane));
        lines.push(key.and(Role::Quiet, format!(" {}", names.join(", "))));
    }
    match why {
        Some(why) => lines.push(Line::field("", Role::Alarm, format!("✗ {why}"))),
        None if lines.is_empty() => lines.push(Line::field("", Role::Quiet, hint)),
        None => {}
    }
    lines
}

/// Those of `names`, each once and in order, that the word being typed may become, if it is none yet.
pub fn completions<'a>(word: &str, names: impl Iterator<Item = &'a Plain>) -> Vec<Plain> {
    let word = word.trim().to_lowercase();
    let begins = |name: &&Plain| {
        let name = name.to_lowercase();
        !word.is_empty() && name.starts_with(&word) && name != word
    };
    let found: std::collections::BTreeSet<&Plain> = names.filter(begins).collect();
    found.into_iter().cloned().collect()
}

//! What the tour says: data, embedded and checked by a test. Not when it says it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::console::{
    keys::{Action, Keymap},
    theme::Role,
    widgets::prose::Line,
};

const SOURCE: &str = include_str!("../../../../assets/demo/tour.toml");

/// The steps in their order, and what is said between and after them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// How one comes back to where a step is.
    pub elsewhere: Text,
    /// How to leave, and what to read.
    pub end: Text,
    /// The same for who has something open, where keys mean something else.
    pub closing: Text,
    /// What there is to do.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is over with.
    pub deed: Deed,
    /// What it is called.
    pub title: String,
    hint: Text,
    #[serde(default)]
    when: BTreeMap<Standing, Text>,
}

/// What a person has done, by what has come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// The cursor has been moved among the sessions.
    Look,
    /// The card has been open.
    Card,
    /// The engine has taken an order that was confirmed here.
    Confirm,
    /// A session that was handed over from here has reached a person, or a queue.
    Accept,
    /// A handoff from here was called back, or taken back.
    CallBack,
    /// The sessions have a filter.
    Filter,
    /// A bot's request has been open.
    Request,
    /// Figures have been explained.
    Explain,
    /// The audit log has been checked to its end.
    Verify,
    /// The palette or the help has been open.
    Find,
}

impl Deed {
    /// True if it hands something over, which a console that only looks does not.
    pub fn acts(self) -> bool {
        matches!(self, Self::Card | Self::Confirm | Self::Accept | Self::CallBack)
    }
}

/// How one stands towards a step, where that makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing of it is begun.
    Before,
    /// The card is open.
    Card,
    /// The card is open, and can't be sent.
    Refused,
    /// The card is closed, it could not be sent, and the cursor is still on its customer.
    Barred,
    /// The cursor is on a session that nobody can hand over.
    Unfit,
    /// A handoff from here is under way.
    Running,
    /// A filter is being typed.
    Typing,
    /// One is in the pane.
    There,
    /// One is there, and on something about which nothing is to be done any more.
    Settled,
    /// There is nothing to do it with.
    Nothing,
}

/// A text with keys in it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// As it stands.
    Words(String),
    /// To be typed as it stands.
    Typed(String),
    /// The key of an action.
    Key(Action),
    /// The keys that lead back.
    Way,
}

impl Script {
    /// The script that comes with the program. A test holds it to be readable; were it not, there would be
    /// nothing to do.
    pub fn embedded() -> Self {
        toml::from_str(SOURCE).unwrap_or_default()
    }
}

impl Step {
    /// What is said to who stands so.
    pub fn text(&self, standing: Standing) -> &Text {
        self.when.get(&standing).unwrap_or(&self.hint)
    }
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '`']) {
            let end = if rest[at..].starts_with('{') { '}' } else { '`' };
            let inner = &rest[at + 1..];
            let close = inner.find(end).ok_or_else(|| format!("no {end} in {text:?}"))?;
            pieces.push(Piece::Words(rest[..at].to_owned()));
            pieces.push(match (end, &inner[..close]) {
                ('`', typed) => Piece::Typed(typed.to_owned()),
                (_, "way") => Piece::Way,
                (_, name) => Piece::Key(name.parse().map_err(|e| format!("{e} in {text:?}"))?),
            });
            rest = &inner[close + 1..];
        }
        pieces.push(Piece::Words(rest.to_owned()));
        Ok(Self(pieces))
    }
}

impl Text {
    /// The text with the keys that `keymap` has; `way` leads back to where the step is.
    pub fn line(&self, keymap: &Keymap, way: &[Action]) -> Line {
        self.0.iter().fold(Line::new(), |line, piece| match piece {
            Piece::Words(words) => line.and(Role::Text, words.as_str()),
            Piece::Typed(typed) => line.and(Role::Strong, typed.as_str()),
            Piece::Key(action) => line.and(Role::Accent, keymap.hint(*action)),
            Piece::Way => way.iter().enumerate().fold(line, |line, (at, action)| {
                let line = if at > 0 { line.and(Role::Text, ", then ") } else { line };
                line.and(Role::Accent, keymap.hint(*action))
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is inside the strip of the narrowest terminal that has one.
    const NARROW: u16 = super::super::LEAST.width - 2;

    #[test]
    fn the_embedded_script_can_be_read_and_each_text_fits_into_two_lines() {
        let script: Script = toml::from_str(SOURCE).unwrap();
        let mut deeds: Vec<Deed> = script.steps.iter().map(|step| step.deed).collect();
        deeds.dedup();
        assert_eq!(deeds.len(), 10, "{deeds:?}");
        let keymap = Keymap::embedded();
        let own = script.steps.iter().flat_map(|s| s.when.values().chain([&s.hint]));
        for text in own.chain([&script.elsewhere, &script.end, &script.closing]) {
            let line = text.line(&keymap, &[Action::Back, Action::PaneSessions]);
            let rows = crate::console::widgets::prose::wrap(vec![line.clone()], NARROW);
            assert!(rows.len() <= 2, "{line:?}");
        }
    }

    #[test]
    fn what_is_no_action_is_not_taken() {
        for text in ["{bst}", "{best", "`typed"] {
            assert!(Text::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}

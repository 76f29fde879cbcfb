//! What a supervisor asks for beyond what the session asks for itself, and what goes along with it: a
//! small form on the card, each field checked beside itself while it is typed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    console::{
        keys::{Action, Chord, Edit},
        theme::Role,
        view::Ctx,
        widgets::{prompt::Prompt, prose::Line},
    },
    domain::{
        handoff::Demands,
        id::{LanguageId, SkillId},
        session::Language,
        text::Plain,
    },
    policy::{
        language,
        payload::{check_attributes, parse_history},
        skills::resolve_skills,
    },
};

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Of whoever takes it.
    pub demands: Demands,
    /// Messages of the history.
    pub history: Option<u16>,
    /// What the agent and the reports see.
    pub attributes: BTreeMap<String, String>,
}

impl Asked {
    /// In words, if there is anything: `billing, priority 5`.
    pub fn words(&self) -> Option<String> {
        let Self { demands, history, attributes } = self;
        let mut words: Vec<String> = demands.skills.iter().map(|s| s.name.to_string()).collect();
        words.extend(demands.language.as_ref().map(|language| language.name.to_string()));
        words.extend(demands.priority.map(|priority| format!("priority {priority}")));
        words.extend(history.map(|history| format!("history {history}")));
        let pair =
            |(key, value): (&String, &String)| Plain::new(&format!("{key}={value}")).to_string();
        words.extend(attributes.iter().map(pair));
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// The form while it is filled in.
#[derive(Debug)]
pub struct Form {
    fields: [Prompt; FIELDS.len()],
    at: usize,
}

/// What a press has done to the form.
#[derive(Debug)]
pub enum Step {
    /// It is still being filled in.
    Filling,
    /// All of it is accepted.
    Accepted(Asked),
    /// It is dropped.
    Dropped,
}

const SKILLS: usize = 0;
const LANGUAGE: usize = 1;

/// What each field is called, and what goes into it.
const FIELDS: [(&str, &str); 5] = [
    ("skills", "names, with commas between"),
    ("language", "in place of the session's"),
    ("priority", "in a queue; one point is worth a minute of waiting"),
    ("history", "messages, 1 to 500"),
    ("attributes", "key=value, with semicolons between"),
];

/// Letters a field takes.
pub const LONGEST: usize = 600;

impl Form {
    /// A form that begins with what is asked for already.
    pub fn new(asked: &Asked) -> Self {
        let Asked { demands, history, attributes } = asked;
        let skills: Vec<&str> = demands.skills.iter().map(|skill| skill.name.as_str()).collect();
        let pairs: Vec<String> = attributes.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let texts = [
            skills.join(", "),
            demands.language.as_ref().map_or_else(String::new, |l| l.name.to_string()),
            demands.priority.map_or_else(String::new, |priority| priority.to_string()),
            history.map_or_else(String::new, |history| history.to_string()),
            pairs.join("; "),
        ];
        Self { fields: texts.map(|text| Prompt::new(&text, LONGEST)), at: SKILLS }
    }

    /// Takes a press.
    pub fn edit(&mut self, chord: Chord, cx: &Ctx) -> Step {
        match chord.edit() {
            Some(Edit::Change(request)) => self.fields[self.at].change(request),
            Some(Edit::Drop) => return Step::Dropped,
            Some(Edit::Keep) => match self.read(cx) {
                Ok(asked) => return Step::Accepted(asked),
                Err((at, _)) => self.at = at,
            },
            None => self.move_or_complete(chord, cx),
        }
        Step::Filling
    }

    fn move_or_complete(&mut self, chord: Chord, cx: &Ctx) {
        let count = FIELDS.len();
        match cx.keymap.action(chord) {
            Some(Action::NextPane) => match self.completions(cx).first() {
                Some(name) => self.complete(name),
                None => self.at = (self.at + 1) % count,
            },
            Some(Action::Down) => self.at = (self.at + 1) % count,
            Some(Action::Up | Action::PreviousPane) => self.at = (self.at + count - 1) % count,
            _ => {}
        }
    }

    /// The names that the word being typed may become, if it is none yet.
    fn completions(&self, cx: &Ctx) -> Vec<Plain> {
        let text = self.fields[self.at].text();
        let names: BTreeSet<&Plain> = match self.at {
            SKILLS => skills(cx).map(|(_, name)| name).collect(),
            LANGUAGE => languages(cx).map(|(_, name)| name).collect(),
            _ => return Vec::new(),
        };
        let word = last(text).to_lowercase();
        let begins = |name: &&&Plain| {
            let name = name.to_lowercase();
            !word.is_empty() && name.starts_with(&word) && name != word
        };
        names.iter().filter(begins).map(|name| (**name).clone()).collect()
    }

    fn complete(&mut self, name: &str) {
        let text = self.fields[self.at].text();
        let before = match self.at {
            SKILLS => text.rfind(',').map_or("", |comma| &text[..=comma]),
            _ => "",
        };
        let gap = if before.is_empty() { "" } else { " " };
        self.fields[self.at] = Prompt::new(&format!("{before}{gap}{name}"), LONGEST);
    }

    /// All of it; or which field is wrong, and why.
    fn read(&self, cx: &Ctx) -> Result<Asked, (usize, String)> {
        let text = |at: usize| self.fields[at].text();
        let at = |at: usize| move |why| (at, why);
        let demands = Demands {
            skills: read_skills(text(SKILLS), cx).map_err(at(SKILLS))?,
            language: read_language(text(LANGUAGE), cx).map_err(at(LANGUAGE))?,
            priority: read_priority(text(2)).map_err(at(2))?,
        };
        let history = Some(text(3)).filter(|text| !text.is_empty());
        let history = history.map(parse_history).transpose().map_err(|why| (3, why.to_string()))?;
        let attributes = read_attributes(text(4)).map_err(at(4))?;
        Ok(Asked { demands, history, attributes })
    }

    /// The form's lines, and on which of them the caret is.
    pub fn lines(&self, width: u16, name_width: u16, cx: &Ctx) -> (Vec<Line>, usize) {
        let wrong = self.read(cx).err();
        let (mut lines, mut caret) = (Vec::new(), 0);
        for (at, ((name, hint), prompt)) in FIELDS.into_iter().zip(&self.fields).enumerate() {
            let why = wrong.as_ref().filter(|(wrong, _)| *wrong == at).map(|(_, why)| why);
            if at == self.at {
                for line in prompt.lines(width.saturating_sub(name_width), 2) {
                    let first =
                        Line::field(if lines.len() == at { name } else { "" }, Role::Text, "");
                    lines.push(line.pieces().fold(first, |l, (text, role)| l.and(*role, text)));
                }
                lines.push(self.below(hint, why, cx));
                caret = lines.len() - 1;
            } else {
                let role = if prompt.text().is_empty() { Role::Quiet } else { Role::Text };
                let shown = if prompt.text().is_empty() { "-" } else { prompt.text() };
                let line = Line::field(name, role, shown);
                lines.push(
                    why.map_or(line.clone(), |why| line.and(Role::Alarm, format!("  ✗ {why}"))),
                );
            }
        }
        (lines, caret)
    }

    /// What is wrong with the field, what it may become, or what goes into it.
    fn below(&self, hint: &str, why: Option<&String>, cx: &Ctx) -> Line {
        let names: Vec<String> =
            self.completions(cx).iter().take(4).map(Plain::to_string).collect();
        match (names.is_empty(), why) {
            (false, _) => {
                let key = cx.keymap.hint(Action::NextPane);
                Line::field("", Role::Accent, key)
                    .and(Role::Quiet, format!(" {}", names.join(", ")))
            }
            (true, Some(why)) => Line::field("", Role::Alarm, format!("✗ {why}")),
            (true, None) => Line::field("", Role::Quiet, hint),
        }
    }
}

fn last(text: &str) -> &str {
    text.rsplit(',').next().unwrap_or(text).trim()
}

fn skills(cx: &Ctx) -> impl Iterator<Item = (&SkillId, &Plain)> {
    let agents = cx.live.agents.iter();
    agents.flat_map(|agent| agent.skills.iter().flatten()).map(|skill| (&skill.id, &skill.name))
}

fn languages(cx: &Ctx) -> impl Iterator<Item = (&LanguageId, &Plain)> {
    let spoken = cx.live.agents.iter().flat_map(|agent| agent.languages.iter().flatten());
    spoken.map(|language| (&language.id, &language.name))
}

fn read_skills(text: &str, cx: &Ctx) -> Result<Vec<crate::domain::session::Requirement>, String> {
    let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    resolve_skills(&words, skills(cx)).map_err(|why| format!("{why} among the agents"))
}

fn read_language(text: &str, cx: &Ctx) -> Result<Option<Language>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let asked = Language { id: None, name: Plain::new(text) };
    let spoken = cx.live.agents.iter().flat_map(|agent| agent.languages.iter().flatten());
    let mut found: Vec<_> = spoken.filter(|spoken| language::matches(&asked, spoken)).collect();
    // English is asked for before English (US) is.
    found.sort_by_key(|spoken| (!spoken.name.eq_ignore_ascii_case(text), &spoken.name));
    let spoken = found.first().ok_or_else(|| format!("no agent speaks \"{text}\""))?;
    Ok(Some(Language { id: Some(spoken.id.clone()), name: spoken.name.clone() }))
}

fn read_priority(text: &str) -> Result<Option<i64>, String> {
    let number = Some(text).filter(|text| !text.is_empty()).map(str::parse).transpose();
    number.map_err(|_| format!("\"{text}\" is no whole number"))
}

fn read_attributes(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut attributes = BTreeMap::new();
    for pair in text.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("\"{pair}\" has no ="))?;
        if attributes.insert(key.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(format!("{key} is given twice"));
        }
    }
    check_attributes(&attributes).map_err(|why| why.to_string())?;
    Ok(attributes)
}

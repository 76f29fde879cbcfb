//! What a supervisor asks for beyond what the session asks for itself, and what goes along with it: a
//! small form on the card, each field checked beside itself while it is typed.

use std::collections::BTreeMap;

use crate::{
    console::{
        keys::Chord,
        view::Ctx,
        widgets::{
            form::{self, Label, Press},
            prose::Line,
        },
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
pub struct Form(form::Form<5>);

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
const FIELDS: [Label; 5] = [
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
        Self(form::Form::new(FIELDS, texts, LONGEST))
    }

    /// Takes a press.
    pub fn edit(&mut self, chord: Chord, cx: &Ctx) -> Step {
        let completed = self.completions(cx).first().map(|name| self.completed(name));
        match self.0.press(chord, &cx.keymap, completed) {
            Press::Filling => {}
            Press::Drop => return Step::Dropped,
            Press::Keep => match self.read(cx) {
                Ok(asked) => return Step::Accepted(asked),
                Err((at, _)) => self.0.go(at),
            },
        }
        Step::Filling
    }

    /// The names that the word being typed may become, if it is none yet.
    fn completions(&self, cx: &Ctx) -> Vec<Plain> {
        let text = self.0.text(self.0.at());
        match self.0.at() {
            SKILLS => form::completions(last(text), skills(cx).map(|(_, name)| name)),
            LANGUAGE => form::completions(text, languages(cx).map(|(_, name)| name)),
            _ => Vec::new(),
        }
    }

    fn completed(&self, name: &str) -> String {
        let text = self.0.text(self.0.at());
        match self.0.at() {
            SKILLS if text.contains(',') => {
                let before = text.rfind(',').map_or("", |comma| &text[..=comma]);
                format!("{before} {name}")
            }
            _ => name.to_owned(),
        }
    }

    /// All of it; or which field is wrong, and why.
    fn read(&self, cx: &Ctx) -> Result<Asked, (usize, String)> {
        let text = |at: usize| self.0.text(at);
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
        let (wrong, names) = (self.read(cx).err(), self.completions(cx));
        self.0.lines((width, name_width), wrong.as_ref(), &names, &cx.keymap)
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

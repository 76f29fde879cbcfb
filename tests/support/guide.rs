//! Somebody who does what the tour's strip says, and nothing else.

use std::collections::BTreeMap;

use floorwalker::console::keys::{Action, Keymap};
use serde::Deserialize;

/// The tour as its file has it.
#[derive(Deserialize)]
pub struct Script {
    /// What is said at the end.
    pub end: String,
    /// What is said there to who has something open.
    pub closing: String,
    /// The steps.
    pub step: Vec<Step>,
}

/// A step as the file has it.
#[derive(Deserialize)]
pub struct Step {
    /// What it is called.
    pub title: String,
    /// What it says at first.
    pub hint: String,
    /// What else it may say.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
}

/// The file.
pub fn script() -> Script {
    toml::from_str(include_str!("../../assets/demo/tour.toml")).unwrap()
}

/// A hint with its keys, each between two `marks`.
pub fn filled(hint: &str, keymap: &Keymap, marks: &str) -> String {
    let text = if marks.is_empty() { hint.replace('`', "") } else { hint.to_owned() };
    Action::ALL.iter().fold(text, |text, action| {
        let key = [marks, &keymap.hint(*action), marks].concat();
        text.replace(&format!("{{{action}}}"), &key)
    })
}

/// True if the strip says all that it means to say: a screen may have been read while it was written.
pub fn is_whole(title: &str, hint: &str) -> bool {
    let (script, keymap) = (script(), Keymap::embedded());
    let steps = script.step.iter().filter(|step| title.ends_with(&step.title));
    let texts = steps.flat_map(|step| step.when.values().chain([&step.hint]));
    let end = [&script.end, &script.closing].into_iter().filter(|_| title == "Tour");
    let elsewhere = hint.contains("To go on with the tour") && hint.ends_with('.');
    elsewhere || texts.chain(end).any(|text| filled(text, &keymap, "") == hint)
}

/// What the strip asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// To press this key.
    Press(String),
    /// To type this text, then enter.
    Type(String),
    /// To look until something happens.
    Watch,
    /// Nothing more: the tour is at its end.
    Done,
}

/// The strip on the screen: what stands on its rule, and the hint. Nothing where there is none.
pub fn strip(screen: &str) -> Option<(String, String)> {
    let mut lines = screen.lines().skip_while(|line| !line.starts_with("─ Tour"));
    let rule = lines.next()?;
    let rows = if rule.chars().count() < 160 { 2 } else { 1 };
    let title = rule.trim_start_matches("─ ").split(" ─").next()?.trim().to_owned();
    let hint: Vec<&str> = lines.take(rows).flat_map(str::split_whitespace).collect();
    Some((title, hint.join(" ")))
}

/// What a hint asks for first.
pub fn told(title: &str, hint: &str) -> Told {
    if title == "Tour" && !hint.contains("Press ") {
        return Told::Done;
    }
    if let Some((text, _)) = hint.strip_prefix("Type ").and_then(|rest| rest.split_once(" and ")) {
        return Told::Type(text.to_owned());
    }
    let after = hint.split_once("Press ").or_else(|| hint.split_once("press "));
    let key = after.and_then(|(_, rest)| rest.split_whitespace().next());
    // A key may itself be a colon or a comma.
    let bare = |key: &str| {
        let most = key.trim_end_matches([',', '.', ':', ';']);
        if most.is_empty() { key.chars().take(1).collect() } else { most.to_owned() }
    };
    key.map_or(Told::Watch, |key| Told::Press(bare(key)))
}

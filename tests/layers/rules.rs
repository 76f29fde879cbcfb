//! The map of the house as rules:
//!
//! ```text
//! main → commands → {console, intake, simulator} → engine → {genesys, store} → policy → domain
//! console: {shell, picture} → app → {panes, popups} → (anything else) → widgets → {keys, theme}
//! ```
//!
//! `args` and `config` are the commands' two inputs. Modules that are not on the map may be used by
//! commands alone, so that a new one has to be put on it.

use std::collections::BTreeSet;

use crate::source::{Reference, Source};

/// What a module at the top may use besides itself.
fn allowed(module: &str) -> &'static [&'static str] {
    match module {
        "main" => &["args", "commands"],
        "args" => &["simulator", "config"],
        "commands" => &[
            "args",
            "config",
            "console",
            "intake",
            "simulator",
            "engine",
            "genesys",
            "store",
            "policy",
            "domain",
        ],
        "console" => &["config", "engine", "policy", "domain"],
        "intake" => &["config", "engine", "genesys", "store", "policy", "domain"],
        "engine" => &["genesys", "store", "policy", "domain"],
        "config" | "genesys" | "store" => &["policy", "domain"],
        "policy" => &["domain"],
        _ => &[],
    }
}

/// How far to the right a part of the console stands. What the map does not name (views, cells) lies
/// between panes and widgets.
fn rank(part: &str) -> u8 {
    match part {
        "shell" | "picture" => 0,
        "app" => 1,
        "panes" | "popups" => 2,
        "widgets" => 4,
        "keys" | "theme" => 5,
        _ => 3,
    }
}

/// Every violation, one a line: file, line, what it uses and what it may use.
pub fn violations(files: &[Source]) -> Vec<String> {
    let inside = engine_modules(files);
    let mut found = Vec::new();
    for file in files {
        found.extend(form(file));
        let mut told = BTreeSet::new();
        for reference in file.references() {
            let Some(may) = forbidden(file, &reference, &inside) else { continue };
            let (line, path) = (reference.line, reference.path.join("::"));
            if told.insert((line, path.clone())) {
                found.push(format!("{}:{line} uses {path}; it may use {may}", file.path));
            }
        }
    }
    found
}

/// The names of the engine's own modules, which only the engine and the commands know.
fn engine_modules(files: &[Source]) -> BTreeSet<String> {
    let modules = files.iter().map(Source::module);
    modules.filter(|m| m.len() == 2 && m[0] == "engine").map(|m| m[1].clone()).collect()
}

/// What the file may use instead, if it may not use this.
fn forbidden(file: &Source, reference: &Reference, inside: &BTreeSet<String>) -> Option<String> {
    let module = file.module();
    let (from, to) = (module.first()?.as_str(), reference.path.first()?.as_str());
    let may = allowed(from);
    if from == to {
        return if from == "console" { within_console(&module, &reference.path) } else { None };
    }
    // What is no module of the house is an item of the crate's root.
    if to.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    if !may.contains(&to) {
        return Some(if may.is_empty() { "nothing but itself".into() } else { may.join(", ") });
    }
    let internal = reference.path.get(1).is_some_and(|part| inside.contains(part));
    (from == "console" && to == "engine" && internal)
        .then(|| "of the engine only what stands in engine.rs".into())
}

fn within_console(module: &[String], path: &[String]) -> Option<String> {
    let (from, to) = (module.get(1)?, path.get(1)?);
    let is_item = to.starts_with(|c: char| c.is_ascii_uppercase());
    let right = rank(from) < rank(to) || (rank(from) == 3 && rank(to) == 3);
    (!is_item && from != to && !right).then(|| {
        "what stands to its right: shell → app → {panes, popups} → … → widgets → {keys, theme}"
            .into()
    })
}

/// What holds for every file whatever it uses.
fn form(file: &Source) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(folder) = file.path.strip_suffix("/mod.rs") {
        found.push(format!("{}:1 has to be {folder}.rs", file.path));
    }
    if !file.text.starts_with("//!") {
        found.push(format!("{}:1 does not begin with //! and what it is for", file.path));
    }
    let word = |c: char| c.is_alphanumeric() || c == '_';
    for (at, _) in file.code.match_indices("unsafe") {
        let (before, after) = (&file.code[..at], &file.code[at + 6..]);
        if !before.ends_with(word) && !after.starts_with(word) {
            found.push(format!("{}:{} is unsafe; nothing here is", file.path, file.line_of(at)));
        }
    }
    found
}

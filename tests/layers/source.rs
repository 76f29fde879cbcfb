//! A source file and the paths in it. Not a parser: comments and texts are blanked, `use` trees are
//! unfolded, and every `a::b` is looked at.

use std::{collections::HashMap, fs, path::Path};

/// One file.
pub struct Source {
    /// From the root of the project.
    pub path: String,
    /// As it is.
    pub text: String,
    /// Without comments and texts, each byte in its place.
    pub code: String,
}

/// A path that a file names, as the crate sees it: `engine::poll::Report`.
pub struct Reference {
    pub line: usize,
    pub path: Vec<String>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: blank(text) }
    }

    /// Every file below a folder named `src`.
    pub fn all(folder: &Path) -> Vec<Self> {
        let mut files = Vec::new();
        let mut entries: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                files.extend(Self::all(&path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.to_str().unwrap();
                let short = &name[name.rfind("/src/").unwrap() + 1..];
                files.push(Self::new(short, &fs::read_to_string(&path).unwrap()));
            }
        }
        files
    }

    /// Where in the crate it stands: `src/engine/poll.rs` is `engine::poll`.
    pub fn module(&self) -> Vec<String> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let path = path.trim_end_matches("/mod");
        if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
    }

    pub fn line_of(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }

    /// Every path of this crate that is named.
    pub fn references(&self) -> Vec<Reference> {
        let uses = self.uses();
        let aliases: HashMap<&str, &Vec<String>> = uses
            .iter()
            .filter_map(|(_, path)| Some((path.last()?.as_str(), path)))
            .filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_lowercase()))
            .collect();
        let inline = paths(&self.code).filter_map(|(at, path)| {
            let absolute = match aliases.get(path[0].as_str()) {
                Some(alias) if path.len() > 1 => alias.iter().chain(&path[1..]).cloned().collect(),
                _ => self.absolute(at, &path)?,
            };
            Some((at, absolute))
        });
        let found: Vec<_> = inline.chain(uses.iter().cloned()).collect();
        found.into_iter().map(|(at, path)| Reference { line: self.line_of(at), path }).collect()
    }

    /// The leaves of all `use` trees that lead into this crate.
    fn uses(&self) -> Vec<(usize, Vec<String>)> {
        let mut leaves = Vec::new();
        for (start, _) in self.code.match_indices("use ") {
            if self.code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let end = self.code[start..].find(';').map_or(self.code.len(), |length| start + length);
            unfold(&self.code, start + 4..end, &[], &mut leaves);
        }
        let absolute = |(at, path): (usize, Vec<String>)| Some((at, self.absolute(at, &path)?));
        leaves.into_iter().filter_map(absolute).collect()
    }

    /// A path from the crate's root; `None` for one of another crate.
    fn absolute(&self, at: usize, path: &[String]) -> Option<Vec<String>> {
        let mut base = self.module();
        // What is written in a module of this file stands one deeper.
        if self.code[..at].contains("\nmod tests {") {
            base.push("tests".into());
        }
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" | "floorwalker" => (base, rest) = (Vec::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            _ => return None,
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }
}

/// Unfolds `a::{b, c::{d, e as f}}` into its leaves.
fn unfold(
    code: &str,
    range: std::ops::Range<usize>,
    before: &[String],
    leaves: &mut Vec<(usize, Vec<String>)>,
) {
    let text = &code[range.clone()];
    let lead = text.len() - text.trim_start().len();
    let (open, at) = (text.find('{'), range.start + lead);
    let head = open.map_or(text, |open| &text[..open]);
    let head = head.split(" as ").next().unwrap_or_default();
    let segments = head.split("::").map(str::trim).filter(|s| !s.is_empty() && *s != "*");
    let path: Vec<String> = before.iter().cloned().chain(segments.map(str::to_owned)).collect();
    let Some(open) = open else {
        return leaves.push((at, path));
    };
    let (mut depth, mut from) = (0, open + 1);
    for (index, character) in text.char_indices().skip_while(|(index, _)| *index <= open) {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let part = range.start + from..range.start + index;
                if !code[part.clone()].trim().is_empty() {
                    unfold(code, part, &path, leaves);
                }
                from = index + 1;
            }
            _ => {}
        }
    }
}

/// Every `a::b::c` of a code, with its place.
fn paths(code: &str) -> impl Iterator<Item = (usize, Vec<String>)> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut rest = 0;
    std::iter::from_fn(move || {
        loop {
            let start = rest + code[rest..].find(part)?;
            let end = code[start..].find(|c| !part(c)).map_or(code.len(), |length| start + length);
            rest = end;
            let word = &code[start..end];
            if word.contains("::") {
                let segments = word.split("::").filter(|segment| !segment.is_empty());
                let segments: Vec<String> = segments.map(str::to_owned).collect();
                if !segments.is_empty() {
                    return Some((start, segments));
                }
            }
        }
    })
}

/// Comments and texts as blanks; line breaks stay.
fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            'r' if rest.starts_with("r#\"") => rest.find("\"#").map_or(rest.len(), |end| end + 2),
            '"' => end_of_text(rest),
            // A quote as a character, not the beginning of a text.
            '\'' if rest.starts_with("'\"'") => 3,
            '\'' if rest.starts_with("'\\\"'") => 4,
            other => {
                code.push(if other.is_ascii() { other } else { ' ' });
                rest = &rest[other.len_utf8()..];
                continue;
            }
        };
        code.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[length..];
    }
    code
}

fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return index + 1,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    text.len()
}

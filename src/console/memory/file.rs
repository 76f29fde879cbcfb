//! The file that remembers, for its owner alone. It is written whole and put in its place at once, so that
//! nobody ever reads half of it.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs::{self, DirBuilder},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::Deserialize;

use super::{Look, Mark, Memory, Standing};
use crate::{config::quoted::quoted, domain::query::Saved};

/// Whoever has more than this in it has not typed it.
const LARGEST: u64 = 1 << 20;

/// The whole file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    filters: BTreeMap<String, Saved>,
    contexts: BTreeMap<String, Look>,
}

/// Remembers for one org.
#[derive(Debug)]
pub struct Keeper {
    path: PathBuf,
    context: String,
    /// What it was told last: of what others have saved meanwhile nothing is lost.
    before: Memory,
}

impl Keeper {
    /// Reads what the file at `path` remembers for `context`; and why it could not be read, if so.
    pub fn open(path: PathBuf, context: &str) -> (Self, Option<String>) {
        let (file, trouble) = match read(&path) {
            Ok(file) => (file, None),
            Err(why) => {
                let path = path.display();
                (File::default(), Some(format!("{path} can't be read, so it begins anew: {why}")))
            }
        };
        let look = file.contexts.get(context).cloned().unwrap_or_default();
        let before = Memory { look, filters: file.filters };
        (Self { path, context: context.to_owned(), before }, trouble)
    }

    /// What it remembers.
    pub fn memory(&self) -> &Memory {
        &self.before
    }

    /// Remembers `memory`. A file that can't be read is put aside, so that nothing in it is lost.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep(&mut self, memory: Memory) -> io::Result<()> {
        if memory == self.before {
            return Ok(());
        }
        let mut file = match read(&self.path) {
            Ok(file) => file,
            Err(_) => {
                fs::rename(&self.path, self.path.with_extension("toml.unread"))?;
                File::default()
            }
        };
        self.merge(&mut file.filters, &memory.filters);
        file.contexts.insert(self.context.clone(), memory.look.clone());
        write(&self.path, &text(&file))?;
        self.before = memory;
        Ok(())
    }

    /// Puts in what was saved here, and takes out what was forgotten here.
    fn merge(&self, there: &mut BTreeMap<String, Saved>, ours: &BTreeMap<String, Saved>) {
        let none = Saved::new();
        for (pane, before) in &self.before.filters {
            let now = ours.get(pane).unwrap_or(&none);
            if let Some(saved) = there.get_mut(pane) {
                saved.retain(|name, _| now.contains_key(name) || !before.contains_key(name));
            }
        }
        for (pane, now) in ours {
            let before = self.before.filters.get(pane).unwrap_or(&none);
            let changed = now.iter().filter(|(name, text)| before.get(*name) != Some(*text));
            let changed: Vec<_> = changed.map(|(n, t)| (n.clone(), t.clone())).collect();
            if !changed.is_empty() {
                there.entry(pane.clone()).or_default().extend(changed);
            }
        }
    }
}

fn read(path: &Path) -> Result<File, String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(File::default()),
        Err(error) => return Err(error.to_string()),
        Ok(metadata) if metadata.len() > LARGEST => return Err("it is too large".into()),
        Ok(_) => {}
    }
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    toml::from_str(&text).map_err(|error| error.message().to_owned())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    if !folder.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // Made so that its owner alone can read it.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn text(file: &File) -> String {
    let mut out =
        "# What floorwalker's console remembers. It writes this file whenever it is left.\n"
            .to_owned();
    for (pane, saved) in file.filters.iter().filter(|(_, saved)| !saved.is_empty()) {
        push(&mut out, format_args!("\n[filters.{}]\n", quoted(pane)));
        for (name, text) in saved {
            push(&mut out, format_args!("{} = {}\n", quoted(name), quoted(text)));
        }
    }
    for (context, look) in &file.contexts {
        push_look(&mut out, context, look);
    }
    out
}

fn push_look(out: &mut String, context: &str, look: &Look) {
    let context = quoted(context);
    push(out, format_args!("\n[contexts.{context}]\n"));
    if let Some(focus) = &look.focus {
        push(out, format_args!("focus = {}\n", quoted(focus)));
    }
    push(out, format_args!("beside = {}\n", list(look.beside.iter().map(String::as_str))));
    let marks: Vec<String> = look.marks.iter().map(ToString::to_string).collect();
    push(out, format_args!("marks = {}\n", list(marks.iter().map(String::as_str))));
    for (pane, standing) in look.panes.iter().filter(|(_, standing)| !standing.is_empty()) {
        push(out, format_args!("\n[contexts.{context}.panes.{}]\n", quoted(pane)));
        push_standing(out, standing);
    }
    for mark in &look.alarms {
        push(out, format_args!("\n[[contexts.{context}.alarms]]\n"));
        push_mark(out, mark);
    }
}

fn push_mark(out: &mut String, mark: &Mark) {
    push(out, format_args!("name = {}\n", quoted(&mark.name)));
    let queue = mark.queue.as_ref().map(ToString::to_string);
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let rest = [
        ("queue", queue),
        ("acknowledged", moment(mark.acknowledged)),
        ("snoozed", moment(mark.snoozed)),
    ];
    for (key, value) in rest {
        if let Some(value) = value {
            push(out, format_args!("{key} = {}\n", quoted(&value)));
        }
    }
    if let Some(rows) = mark.rows {
        push(out, format_args!("rows = {rows}\n"));
    }
}

fn push_standing(out: &mut String, standing: &Standing) {
    for (key, value) in [("filter", &standing.filter), ("sort", &standing.sort)] {
        if let Some(value) = value {
            push(out, format_args!("{key} = {}\n", quoted(value)));
        }
    }
    if standing.reversed {
        out.push_str("reversed = true\n");
    }
    if let Some(columns) = &standing.columns {
        push(out, format_args!("columns = {}\n", list(columns.iter().map(String::as_str))));
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok());
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = texts.map(quoted).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn memory(filter: &str) -> Memory {
        let standing = Standing {
            filter: Some(filter.into()),
            sort: Some("time".into()),
            reversed: true,
            columns: Some(vec!["state".into(), "guest:20".into()]),
        };
        let look = Look {
            focus: Some("inbox".into()),
            beside: vec!["queues".into()],
            marks: vec!["5e55".into()],
            alarms: vec![
                Mark {
                    name: "Late \"é\"".into(),
                    queue: Some("90e0".into()),
                    acknowledged: Some(Timestamp::UNIX_EPOCH),
                    rows: Some(3),
                    snoozed: None,
                },
                Mark {
                    name: "Away".into(),
                    queue: None,
                    acknowledged: None,
                    rows: None,
                    snoozed: Some("2026-03-02T14:03:27.25Z".parse().unwrap()),
                },
            ],
            panes: [("sessions".to_owned(), standing)].into(),
        };
        Memory { look, filters: saved(&[("late", filter)]) }
    }

    fn saved(filters: &[(&str, &str)]) -> BTreeMap<String, Saved> {
        let saved = filters.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        [("sessions".to_owned(), saved)].into()
    }

    #[test]
    fn what_is_kept_comes_back_whatever_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/console.toml");
        let odd = "queue:\"Tech \\\" é\" \u{7f}\u{1} 佐藤";
        let (mut keeper, trouble) = Keeper::open(path.clone(), "a \"b\".c");
        assert_eq!((keeper.memory(), trouble), (&Memory::default(), None));
        keeper.keep(memory(odd)).unwrap();
        let (again, trouble) = Keeper::open(path.clone(), "a \"b\".c");
        assert_eq!((again.memory(), trouble), (&memory(odd), None));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        // Another org has its own look, and the same filters.
        let (other, _) = Keeper::open(path, "other");
        assert_eq!(
            (&other.memory().look, &other.memory().filters),
            (&Look::default(), &memory(odd).filters)
        );
    }

    #[test]
    fn two_consoles_do_not_lose_what_each_other_saves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.toml");
        let (mut first, _) = Keeper::open(path.clone(), "a");
        let told =
            |filters: &[(&str, &str)]| Memory { filters: saved(filters), ..Memory::default() };
        first.keep(told(&[("x", "1"), ("y", "2")])).unwrap();
        let (mut second, _) = Keeper::open(path.clone(), "b");
        second.keep(told(&[("x", "1"), ("y", "2"), ("z", "3")])).unwrap();
        first.keep(told(&[("x", "9")])).unwrap();
        let (third, _) = Keeper::open(path, "c");
        assert_eq!(third.memory().filters, saved(&[("x", "9"), ("z", "3")]));
    }

    #[test]
    fn what_cannot_be_read_is_said_once_and_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.toml");
        fs::write(&path, "filters = 3").unwrap();
        let (mut keeper, trouble) = Keeper::open(path.clone(), "a");
        assert!(trouble.unwrap().contains("console.toml can't be read"));
        keeper.keep(memory("bot")).unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join("console.toml.unread")).unwrap(),
            "filters = 3"
        );
        assert_eq!(Keeper::open(path, "a").1, None);
    }
}

//! `[[alarms]]`: what is to be told to a supervisor as soon as it is so.
//!
//! What an alarm looks for is written as a filter of the console's panes. Whether it can be read only the
//! console can say, which has the fields; what is said here is where it stands in the file.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Fault, fault::Places};
use crate::domain::text::Plain;

/// More nobody keeps in mind, and each is looked at every second.
const MOST: usize = 50;

/// Longer names fit on no line.
const LONGEST_NAME: usize = 60;

/// What holds for longer is no news.
const LONGEST_HOLD: u32 = 86_400;

/// What an alarm looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// The sessions.
    #[default]
    Sessions,
    /// The queues.
    Queues,
    /// The agents.
    Agents,
    /// What bots have asked for.
    Inbox,
}

/// Among which rows those are counted that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// Those of each queue by themselves: an alarm for each.
    Queue,
    /// All of them: one alarm.
    Floor,
}

/// An alarm, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What it is called.
    pub name: Plain,
    /// What it looks at.
    pub of: Of,
    /// What it looks for: a filter of that pane.
    pub when: String,
    /// The queues that it is limited to, by name or id; empty for all.
    pub queues: Vec<String>,
    /// So many rows have to match.
    pub at_least: u32,
    /// Among which.
    pub each: Each,
    /// So long they have to.
    pub hold: SignedDuration,
    /// Whether it rings the terminal's bell.
    pub bell: bool,
    /// Whether the terminal is to tell it to the desktop.
    pub notify: bool,
    /// Where the filter is written.
    pub place: Place,
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: String,
    line: usize,
    column: usize,
    /// Columns before the first letter of the text itself; `None` where it is not written letter by letter.
    quote: Option<usize>,
}

impl Alarm {
    /// That its filter is wrong, `at` so many letters from its beginning: with file, line and column.
    pub fn misread(&self, at: usize, why: &str) -> String {
        let Place { file, line, column, quote } = &self.place;
        let (column, within) = match quote {
            Some(quote) => (column + quote + at, String::new()),
            None => (*column, format!(", column {} of the filter", at + 1)),
        };
        format!("{file}:{line}: column {column}{within}: the alarm {:?}: {why}", &*self.name)
    }
}

/// One of `[[alarms]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    name: Spanned<String>,
    #[serde(default)]
    of: Of,
    when: Spanned<String>,
    queues: Option<Spanned<Vec<String>>>,
    at_least: Option<Spanned<u32>>,
    each: Option<Spanned<Each>>,
    for_seconds: Option<Spanned<u32>>,
    #[serde(default)]
    bell: bool,
    #[serde(default)]
    notify: bool,
}

/// A file that is nothing but alarms.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alone {
    alarms: Vec<Written>,
}

/// The file, to tell where in it something is.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub text: &'a str,
    pub path: &'a str,
}

impl Source<'_> {
    /// The line and column of this byte, from 1 on.
    fn place(self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    /// That something is wrong with what begins at this byte.
    fn wrong(self, byte: usize, why: &str) -> Fault {
        let (line, column) = self.place(byte);
        Fault::at(line, format!("column {column}: {why}"))
    }

    fn of_filter(self, when: &Spanned<String>) -> Place {
        let (line, column) = self.place(when.span().start);
        let raw = self.text.get(when.span()).unwrap_or_default();
        let whole = raw.len() == when.get_ref().len() + 2 && raw.contains(when.get_ref().as_str());
        Place { file: self.path.to_owned(), line, column, quote: whole.then_some(1) }
    }
}

/// Reads a text that is nothing but alarms.
///
/// # Errors
/// Names the place.
pub fn parse(text: &str, path: &str) -> Result<Vec<Alarm>, ConfigError> {
    let wrong = |fault| ConfigError::Wrong { path: path.to_owned(), faults: vec![fault] };
    let (places, _) = Places::of(text).map_err(wrong)?;
    let alone: Alone = toml::from_str(text).map_err(|error| wrong(places.unread(&error)))?;
    read(alone.alarms, Source { text, path }).map_err(wrong)
}

/// What is written, as alarms.
pub(super) fn read(written: Vec<Written>, source: Source<'_>) -> Result<Vec<Alarm>, Fault> {
    if let Some(one) = written.get(MOST) {
        let why = format!("more than {MOST} alarms: nobody can keep them in mind");
        return Err(source.wrong(one.name.span().start, &why));
    }
    let mut names = BTreeSet::new();
    let mut alarms = Vec::new();
    for one in written {
        let name = one.name.get_ref().trim().to_lowercase();
        if !names.insert(name) {
            let why = format!("two alarms are called {:?}", one.name.get_ref().trim());
            return Err(source.wrong(one.name.span().start, &why));
        }
        alarms.push(one.read(source)?);
    }
    Ok(alarms)
}

impl Written {
    fn read(self, source: Source<'_>) -> Result<Alarm, Fault> {
        self.check(source)?;
        let each = self.each.map(Spanned::into_inner).unwrap_or(match self.of {
            Of::Agents => Each::Floor,
            Of::Sessions | Of::Queues | Of::Inbox => Each::Queue,
        });
        let seconds = self.for_seconds.map_or(0, Spanned::into_inner);
        Ok(Alarm {
            name: Plain::new(self.name.get_ref().trim()),
            of: self.of,
            place: source.of_filter(&self.when),
            when: self.when.into_inner(),
            queues: self.queues.map(Spanned::into_inner).unwrap_or_default(),
            at_least: self.at_least.map_or(1, Spanned::into_inner),
            each,
            hold: SignedDuration::from_secs(i64::from(seconds)),
            bell: self.bell,
            notify: self.notify,
        })
    }

    fn check(&self, source: Source<'_>) -> Result<(), Fault> {
        let name = Plain::new(self.name.get_ref().trim());
        let letters = name.chars().count();
        if letters == 0 || letters > LONGEST_NAME {
            let why = format!("the name of an alarm has 1 to {LONGEST_NAME} letters");
            return Err(source.wrong(self.name.span().start, &why));
        }
        let wrong =
            |byte, why: &str| Err(source.wrong(byte, &format!("the alarm {:?}: {why}", &*name)));
        if self.when.get_ref().trim().is_empty() {
            return wrong(self.when.span().start, "when is empty: it has to be a filter");
        }
        let empty = |queues: &&Spanned<Vec<String>>| {
            queues.get_ref().iter().any(|queue| queue.trim().is_empty())
        };
        if let Some(queues) = self.queues.as_ref().filter(empty) {
            return wrong(queues.span().start, "queues are names or ids, and none is empty");
        }
        if let Some(count) = self.at_least.as_ref().filter(|count| *count.get_ref() == 0) {
            return wrong(count.span().start, "at_least is 0: it has to be 1 or more");
        }
        if let Some(hold) = self.for_seconds.as_ref().filter(|s| *s.get_ref() > LONGEST_HOLD) {
            let why =
                format!("for_seconds is {}: it has to be 0 to {LONGEST_HOLD}", hold.get_ref());
            return wrong(hold.span().start, &why);
        }
        match &self.each {
            Some(each) if self.of == Of::Agents && *each.get_ref() == Each::Queue => {
                let why = "an agent is on several queues at once, so agents are counted on the \
                           whole floor; queues limits them to who has joined one of them";
                wrong(each.span().start, why)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn alarms(text: &str) -> Result<Vec<Alarm>, String> {
        Config::parse(text, "config.toml").map(|config| config.alarms).map_err(|e| e.to_string())
    }

    const LATE: &str = "[[alarms]]\nname = 'Late'\nwhen = 'wait>5m'\n";

    #[test]
    fn what_is_written_holds_and_the_rest_has_its_defaults() {
        let late = alarms(LATE).unwrap().remove(0);
        assert_eq!((&*late.name, &*late.when, late.of), ("Late", "wait>5m", Of::Sessions));
        assert_eq!((late.at_least, late.each, late.hold.is_zero()), (1, Each::Queue, true));
        assert!(!late.bell && !late.notify && late.queues.is_empty());
        let text = "[[alarms]]\nname = 'Away'\nof = 'agents'\nwhen = 'status:not'\nat_least = 3\n\
                    for_seconds = 60\nbell = true\nnotify = true\nqueues = ['Billing']";
        let away = alarms(text).unwrap().remove(0);
        assert_eq!((away.of, away.each, away.at_least), (Of::Agents, Each::Floor, 3));
        assert_eq!((away.hold.as_secs(), away.bell, away.notify), (60, true, true));
        assert_eq!(away.queues, ["Billing"]);
        assert_eq!(alarms("").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_column() {
        let twice = format!("{LATE}\n[[alarms]]\nname = \" late \"\nwhen = 'x'\n");
        let many = "[[alarms]]\nname = 'Late'\nwhen = 'x'\n";
        for (text, expected) in [
            (twice.as_str(), "config.toml:6: column 8: two alarms are called \"late\""),
            (
                "[[alarms]]\nname = ' '\nwhen = 'x'",
                "config.toml:2: column 8: the name of an alarm has 1 to 60 letters",
            ),
            (
                "[[alarms]]\nname = 'Late'\nwhen = ' '",
                "config.toml:3: column 8: the alarm \"Late\": when is empty: it has to be a filter",
            ),
            (
                &format!("{many}at_least = 0"),
                "config.toml:4: column 12: the alarm \"Late\": at_least is 0: it has to be 1 or more",
            ),
            (
                &format!("{many}  for_seconds = 86401"),
                "config.toml:4: column 17: the alarm \"Late\": for_seconds is 86401: it has to be \
                 0 to 86400",
            ),
            (
                &format!("{many}queues = ['Billing', '']"),
                "config.toml:4: column 10: the alarm \"Late\": queues are names or ids, and none is \
                 empty",
            ),
            (
                &format!("{many}of = 'agents'\neach = 'queue'"),
                "config.toml:5: column 8: the alarm \"Late\": an agent is on several queues at once, \
                 so agents are counted on the whole floor; queues limits them to who has joined one of them",
            ),
        ] {
            assert_eq!(alarms(text).unwrap_err(), expected);
        }
        for (text, line, says) in [
            ("[[alarms]]\nname = 'Late'", "config.toml:1: ", "missing field `when`"),
            (
                &format!("{many}wehn = 'x'"),
                "config.toml:4: ",
                "there is no option \"wehn\" here; did you mean \"when\"?",
            ),
            (&format!("{many}of = 'people'"), "config.toml:4: ", "there is no value \"people\""),
            (&format!("{many}at_least = -1"), "config.toml:4: ", "not negative"),
        ] {
            let error = alarms(text).unwrap_err();
            assert!(error.contains(line) && error.contains(says), "{error}");
        }
    }

    #[test]
    fn where_a_filter_is_wrong_is_told_within_the_file() {
        let late = alarms(LATE).unwrap().remove(0);
        let told = "config.toml:3: column 13: the alarm \"Late\": no";
        assert_eq!(late.misread(4, "no"), told);
        let odd = alarms("[[alarms]]\nname = 'Late'\nwhen = \"\\u0077ait>5m\"").unwrap().remove(0);
        let told = "config.toml:3: column 8, column 5 of the filter: the alarm \"Late\": no";
        assert_eq!(odd.misread(4, "no"), told);
    }
}

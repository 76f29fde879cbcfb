//! What is known of a guest's session: where it stands, and all that was said in it.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::sync::watch;

use super::wire::Told;
use crate::{
    domain::detail::{Speaker, Utterance},
    genesys::Error,
};

/// So many messages of a session are kept, the newest.
const MOST: usize = 5_000;

/// Where a session stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Its socket is being opened for the first time, or again; why the last one was lost.
    Away(Option<Error>),
    /// Its socket is open and configured.
    Open,
    /// It has ended.
    Over,
    /// It could not be opened.
    Failed(Error),
}

/// What whoever asks may wait for.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub standing: Standing,
    /// By which address the org knows the guest.
    pub address: Option<String>,
    /// When the session ends for good.
    pub expires: Option<Timestamp>,
    /// The guest has come in, or has said something: a conversation may have begun.
    pub entered: bool,
    /// The other side has gone, which may be the end: the socket can't tell.
    pub doubtful: bool,
}

/// One session's record.
#[derive(Debug)]
pub struct Record {
    pub seen: watch::Sender<Seen>,
    script: Mutex<Script>,
}

impl Record {
    /// Of a session of which everything will be heard from its beginning, or not.
    pub fn new(whole: bool) -> Self {
        let seen = Seen {
            standing: Standing::Away(None),
            address: None,
            expires: None,
            entered: false,
            doubtful: false,
        };
        let script = Mutex::new(Script { whole, ..Script::default() });
        Self { seen: watch::Sender::new(seen), script }
    }

    /// The session stands so from now on; what is over stays over.
    pub fn stand(&self, standing: Standing) {
        self.seen.send_if_modified(|seen| {
            let news = seen.standing != Standing::Over && seen.standing != standing;
            if news {
                seen.standing = standing;
            }
            news
        });
    }

    /// Writes down what was said just now. What is no word tells nothing: a Join is told back before
    /// there is a conversation.
    pub fn hear(&self, told: Told) {
        if !told.text.is_empty() {
            self.know(&told);
            self.script().hear(told);
        }
    }

    /// Writes down the history, oldest first: nothing is missing any more.
    pub fn fill(&self, mut history: Vec<Told>) {
        history.retain(|told| !told.text.is_empty());
        history.iter().for_each(|told| self.know(told));
        self.script().fill(history);
    }

    /// From now on something may be said that is not heard.
    pub fn miss(&self) {
        self.script().whole = false;
    }

    /// Whether everything that was said was heard.
    pub fn is_whole(&self) -> bool {
        self.script().whole
    }

    /// Whether the guest has said anything.
    pub fn has_spoken(&self) -> bool {
        self.script().lines.iter().any(|told| told.by == Speaker::Guest)
    }

    /// All that was said, in order; `None` where something may be missing.
    pub fn transcript(&self) -> Option<Vec<Utterance>> {
        let script = self.script();
        let said = |t: &Told| {
            let text = t.text.clone().into();
            Utterance { at: t.at, by: t.by, author: None, text }
        };
        script.whole.then(|| script.lines.iter().map(said).collect())
    }

    fn know(&self, told: &Told) {
        let Some(address) = &told.from else { return };
        self.seen.send_if_modified(|seen| {
            let news = seen.address.is_none();
            if news {
                seen.address = Some(address.clone());
            }
            news
        });
    }

    /// The lock is held for a few instructions and never across a wait.
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was said, in order of its time, nothing twice.
#[derive(Debug, Default)]
struct Script {
    lines: Vec<Told>,
    known: HashSet<String>,
    whole: bool,
}

impl Script {
    /// Of two at the same moment, the one that comes later was said later.
    fn hear(&mut self, told: Told) {
        if !self.known.insert(told.id.clone()) {
            return;
        }
        let place = self.lines.partition_point(|line| line.at <= told.at);
        self.lines.insert(place, told);
        self.bound();
    }

    /// The history knows the order of what was said at the same moment; what it does not know is later.
    fn fill(&mut self, history: Vec<Told>) {
        let heard = std::mem::take(&mut self.lines);
        self.known.clear();
        let all = history.into_iter().chain(heard);
        self.lines = all.filter(|told| self.known.insert(told.id.clone())).collect();
        self.lines.sort_by_key(|told| told.at);
        self.whole = true;
        self.bound();
    }

    fn bound(&mut self) {
        let excess = self.lines.len().saturating_sub(MOST);
        self.lines.drain(..excess).for_each(|told| {
            self.known.remove(&told.id);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: &str, second: i64) -> Told {
        let at = Timestamp::from_second(second).unwrap();
        Told { id: id.into(), at, by: Speaker::Agent, text: id.into(), from: None }
    }

    fn texts(record: &Record) -> Option<Vec<String>> {
        Some(record.transcript()?.iter().map(|line| line.text.expose().to_string()).collect())
    }

    #[test]
    fn messages_are_in_order_of_their_time_and_none_is_twice() {
        let record = Record::new(true);
        for (id, second) in [("b", 2), ("d", 4), ("a", 1), ("b", 2), ("c", 2)] {
            record.hear(told(id, second));
        }
        assert_eq!(texts(&record).unwrap(), ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_history_fills_the_gap_and_orders_what_was_said_at_the_same_moment() {
        let record = Record::new(true);
        record.hear(told("a", 1));
        record.miss();
        assert_eq!(texts(&record), None, "something may be missing");
        record.hear(told("d", 2));
        record.hear(told("e", 2));
        record.fill(["a", "b", "c", "d"].map(|id| told(id, if id == "a" { 1 } else { 2 })).into());
        assert_eq!(texts(&record).unwrap(), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn a_record_does_not_grow_for_ever() {
        let record = Record::new(true);
        for n in 0..MOST + 10 {
            record.hear(told(&n.to_string(), i64::try_from(n).unwrap()));
        }
        let kept = texts(&record).unwrap();
        assert_eq!((kept.len(), kept[0].as_str()), (MOST, "10"));
        assert_eq!(record.script().known.len(), MOST);
    }

    #[test]
    fn what_is_over_stays_over() {
        let record = Record::new(true);
        record.stand(Standing::Over);
        record.stand(Standing::Open);
        assert_eq!(record.seen.borrow().standing, Standing::Over);
    }
}

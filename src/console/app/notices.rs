//! The line that says what just happened.
//!
//! What a person has just asked for comes before all else: the answer to a press, then the result of an errand.
//! Then errors, one after the other, and the newest of the rest. Whatever has to be seen and is covered
//! meanwhile keeps its time for afterwards.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::{
    console::view::moves::Move,
    domain::{
        id::{HandoffId, SessionId},
        text::Plain,
    },
    engine::Level,
};

/// What is worth the line.
#[derive(Debug, Default)]
pub struct Notices {
    errors: VecDeque<Plain>,
    /// Since when the first of the errors shows.
    since: Timestamp,
    /// Errors of this run that have been shown.
    done: usize,
    /// What has come of an errand that was asked for.
    result: Option<Shown>,
    other: Option<Shown>,
    /// True while a press is answered.
    answering: bool,
    /// When it was last looked what has been shown long enough.
    looked: Option<Timestamp>,
}

#[derive(Debug)]
struct Shown {
    level: Level,
    text: Plain,
    until: Timestamp,
    offer: Option<Offer>,
    /// True for what a person has pressed a key for, or is about to answer with one.
    first: bool,
    /// True once another key has been pressed.
    past: bool,
}

impl Shown {
    fn new(level: Level, text: &str, now: Timestamp, seconds: i64) -> Self {
        // Time can't run out of range by seconds; if it did, the notice would only go sooner.
        let until = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        Self { level, text: Plain::new(text), until, offer: None, first: false, past: false }
    }
}

/// What a notice names a key for: once the key does that no more, the notice must not say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// To call this handoff back, or take it back.
    Return(HandoffId),
    /// To call the batch back, or stop it.
    Batch,
    /// To make this move.
    Move(Move),
    /// To mark these again.
    Marks(Vec<SessionId>),
}

/// How long an error stays, and how long if another one waits.
const ERROR: SignedDuration = SignedDuration::from_secs(10);
const ERROR_AMONG_OTHERS: SignedDuration = SignedDuration::from_secs(4);

/// From so many on they are passed more quickly: nobody is told of a minute ago.
const MANY: usize = 5;
const ERROR_AMONG_MANY: SignedDuration = SignedDuration::from_secs(2);

/// How long what was asked for stays, in seconds: it is often more than a line.
const RESULT: i64 = 12;

/// Errors that wait; more than these nobody reads, and the audit log has them all.
const ERRORS: usize = 32;

/// What the line shows.
#[derive(Clone, Copy, Debug)]
pub struct Current<'a> {
    /// How bad it is.
    pub level: Level,
    /// What happened.
    pub text: &'a Plain,
    /// Which error it is, and of how many, if there are several.
    pub place: Option<(usize, usize)>,
    /// True if it has to be seen whole, like every error.
    pub whole: bool,
    /// What it names a key for.
    pub offer: Option<&'a Offer>,
    /// True for what a person has pressed a key for.
    pub first: bool,
}

impl Notices {
    /// Whether what is said from now on answers a press.
    pub fn answer(&mut self, answering: bool) {
        self.answering = answering;
        self.other.iter_mut().for_each(|shown| shown.past |= answering);
    }

    /// Lets go of the answer to an earlier press: the one that has just been done has left nothing to say of
    /// that. What names a key stays. True if there was something.
    pub fn drop_past(&mut self) -> bool {
        self.other.take_if(|shown| shown.past && shown.first && shown.offer.is_none()).is_some()
    }

    /// Shows `text`, in place of what is no worse; an error waits for those before it.
    pub fn push(&mut self, level: Level, text: &str, now: Timestamp) {
        let seconds = match level {
            Level::Info => 5,
            Level::Warn => 8,
            Level::Error => return self.push_error(Plain::new(text), now),
        };
        let first = self.answering;
        self.other = Some(Shown { first, ..Shown::new(level, text, now, seconds) });
    }

    /// Shows what has come of an errand that was asked for, on more lines than one where it does not fit on one.
    pub fn push_result(&mut self, level: Level, text: &str, now: Timestamp) {
        self.other.take_if(|shown| shown.offer.is_none());
        self.result = Some(Shown::new(level, text, now, RESULT));
    }

    /// As [`push`](Self::push), for as long as `offer` stands.
    pub fn push_offer(&mut self, offer: Offer, text: &str, now: Timestamp) {
        self.push(Level::Info, text, now);
        if let Some(shown) = &mut self.other {
            if matches!(offer, Offer::Marks(_)) {
                // Who finds that they are gone needs a moment to find out what they were.
                shown.until = Shown::new(Level::Info, "", now, RESULT).until;
            }
            (shown.offer, shown.first) = (Some(offer), true);
        }
    }

    /// Lets go of what names a key for `offer`, which stands no more. True if there was something.
    pub fn retract(&mut self, offer: &Offer) -> bool {
        self.other.take_if(|shown| shown.offer.as_ref() == Some(offer)).is_some()
    }

    /// What the line offers to mark again; asked once.
    pub fn take_marks(&mut self) -> Option<Vec<SessionId>> {
        match self.other.take_if(|shown| matches!(shown.offer, Some(Offer::Marks(_))))?.offer {
            Some(Offer::Marks(sessions)) => Some(sessions),
            _ => None,
        }
    }

    /// True while the line names a key that takes back what was done.
    pub fn offers(&self) -> bool {
        let offer = self.other.as_ref().and_then(|shown| shown.offer.as_ref());
        matches!(offer, Some(Offer::Return(_) | Offer::Batch))
    }

    /// True while the line answers the last press.
    pub fn answers(&self) -> bool {
        self.other.as_ref().is_some_and(|shown| shown.first && !shown.past)
    }

    fn push_error(&mut self, text: Plain, now: Timestamp) {
        // It may be what has come of that press.
        self.other.iter_mut().for_each(|shown| shown.first = false);
        // The same again tells nothing new.
        if self.errors.contains(&text) || self.errors.len() >= ERRORS {
            return;
        }
        if self.errors.is_empty() {
            self.since = now;
        }
        self.errors.push_back(text);
    }

    /// Lets go of what has been shown long enough. True if there was something.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        self.spare(now);
        let other = self.other.take_if(|shown| shown.until <= now).is_some();
        let other = other | self.result.take_if(|shown| shown.until <= now).is_some();
        let kept = match self.errors.len() {
            ..=1 => ERROR,
            2..MANY => ERROR_AMONG_OTHERS,
            _ => ERROR_AMONG_MANY,
        };
        if self.errors.is_empty() || now.duration_since(self.since) < kept {
            return other;
        }
        self.errors.pop_front();
        self.since = now;
        self.done = if self.errors.is_empty() { 0 } else { self.done + 1 };
        true
    }

    /// Lets what has been covered since it was last looked keep its time.
    fn spare(&mut self, now: Timestamp) {
        let passed =
            self.looked.replace(now).map_or(SignedDuration::ZERO, |at| now.duration_since(at));
        let later = |at: Timestamp| at.checked_add(passed).unwrap_or(at);
        let answered = self.other.as_ref().is_some_and(|shown| shown.first);
        if answered || self.result.is_some() {
            self.since = later(self.since);
        }
        if let Some(result) = self.result.as_mut().filter(|_| answered) {
            result.until = later(result.until);
        }
    }

    /// What to show.
    pub fn current(&self) -> Option<Current<'_>> {
        let first = self.other.as_ref().filter(|shown| shown.first);
        if let Some(shown) = first {
            return Some(shown.current(false));
        }
        if let Some(result) = &self.result {
            return Some(result.current(true));
        }
        if let Some(text) = self.errors.front() {
            let count = self.done + self.errors.len();
            let place = (count > 1).then_some((self.done + 1, count));
            let (level, offer, first) = (Level::Error, None, false);
            return Some(Current { level, text, place, whole: true, offer, first });
        }
        self.other.as_ref().map(|shown| shown.current(false))
    }
}

impl Shown {
    fn current(&self, whole: bool) -> Current<'_> {
        let Self { level, text, offer, first, .. } = self;
        Current { level: *level, text, place: None, whole, offer: offer.as_ref(), first: *first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(notices: &Notices) -> Option<(&str, Option<(usize, usize)>)> {
        notices.current().map(|current| (current.text.as_str(), current.place))
    }

    #[test]
    fn errors_are_shown_one_after_the_other_before_anything_else() {
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut notices = Notices::default();
        for text in ["a", "b", "b", "c"] {
            notices.push(Level::Error, text, at(0));
        }
        notices.push(Level::Info, "info", at(1));
        assert_eq!(shown(&notices), Some(("a", Some((1, 3)))));
        assert!(!notices.expire(at(3)));
        assert!(notices.expire(at(4)));
        assert_eq!(shown(&notices), Some(("b", Some((2, 3)))));
        assert!(notices.expire(at(8)));
        assert_eq!(shown(&notices), Some(("c", Some((3, 3)))));
        notices.push(Level::Warn, "warn", at(12));
        assert_eq!(shown(&notices), Some(("c", Some((3, 3)))));
        assert!(notices.expire(at(18)));
        assert_eq!(shown(&notices), Some(("warn", None)));
        notices.push(Level::Error, "d", at(19));
        assert_eq!(shown(&notices), Some(("d", None)));
    }

    #[test]
    fn what_was_asked_for_is_shown_and_what_it_covers_keeps_its_time() {
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut notices = Notices::default();
        let said = |notices: &mut Notices, second| {
            notices.expire(at(second));
            notices.current().map(|current| current.text.to_string())
        };
        notices.push(Level::Error, "error", at(0));
        assert_eq!(said(&mut notices, 1).as_deref(), Some("error"));
        notices.push_result(Level::Info, "result", at(1));
        notices.push(Level::Warn, "event", at(1));
        assert_eq!(said(&mut notices, 3).as_deref(), Some("result"));
        notices.answer(true);
        notices.push(Level::Info, "reply", at(3));
        notices.answer(false);
        assert_eq!(said(&mut notices, 7).as_deref(), Some("reply"));
        // Ten of its twelve seconds are left, and nine of the error's ten.
        assert_eq!(said(&mut notices, 8).as_deref(), Some("result"));
        assert_eq!(said(&mut notices, 17).as_deref(), Some("result"));
        assert_eq!(said(&mut notices, 18).as_deref(), Some("error"));
        assert_eq!(said(&mut notices, 26).as_deref(), Some("error"));
        assert_eq!(said(&mut notices, 27), None);
    }

    #[test]
    fn many_errors_are_over_soon() {
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut notices = Notices::default();
        (0..32).for_each(|n: i32| notices.push(Level::Error, &n.to_string(), at(0)));
        let over = (0..200).find(|second| {
            notices.expire(at(*second));
            notices.current().is_none()
        });
        assert_eq!(over, Some(28 * 2 + 3 * 4 + 10));
    }
}

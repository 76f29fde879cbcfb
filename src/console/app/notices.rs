//! The line that says what just happened.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::{
    console::view::moves::Move,
    domain::{id::HandoffId, text::Plain},
    engine::Level,
};

/// What is worth the line: errors first, one after the other, then the newest of the rest.
#[derive(Debug, Default)]
pub struct Notices {
    errors: VecDeque<Plain>,
    /// Since when the first of the errors shows.
    since: Timestamp,
    /// Errors of this run that have been shown.
    done: usize,
    other: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    level: Level,
    text: Plain,
    until: Timestamp,
    offer: Option<Offer>,
    /// True for an answer that was waited for: all of it has to be seen.
    whole: bool,
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
}

/// How long an error stays, and how long if another one waits.
const ERROR: SignedDuration = SignedDuration::from_secs(10);
const ERROR_AMONG_OTHERS: SignedDuration = SignedDuration::from_secs(4);

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
}

impl Notices {
    /// Shows `text`, in place of what is no worse; an error waits for those before it.
    pub fn push(&mut self, level: Level, text: &str, now: Timestamp) {
        let text = Plain::new(text);
        let seconds = match level {
            Level::Info => 5,
            Level::Warn => 8,
            Level::Error => return self.push_error(text, now),
        };
        // Time can't run out of range by seconds; if it did, the notice would only go sooner.
        let until = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        self.other = Some(Shown { level, text, until, offer: None, whole: false });
    }

    /// As [`push`](Self::push), and on more lines than one where it does not fit on one.
    pub fn push_whole(&mut self, level: Level, text: &str, now: Timestamp) {
        self.push(level, text, now);
        if let Some(shown) = self.other.as_mut().filter(|_| level != Level::Error) {
            shown.whole = true;
        }
    }

    /// As [`push`](Self::push), for as long as `offer` stands.
    pub fn push_offer(&mut self, offer: Offer, text: &str, now: Timestamp) {
        self.push(Level::Info, text, now);
        if let Some(shown) = &mut self.other {
            shown.offer = Some(offer);
        }
    }

    /// Lets go of what names a key for `offer`, which stands no more. True if there was something.
    pub fn retract(&mut self, offer: &Offer) -> bool {
        self.other.take_if(|shown| shown.offer.as_ref() == Some(offer)).is_some()
    }

    /// True while the line names a key that takes back what was done.
    pub fn offers(&self) -> bool {
        let offer = self.other.as_ref().and_then(|shown| shown.offer.as_ref());
        matches!(offer, Some(Offer::Return(_) | Offer::Batch))
    }

    fn push_error(&mut self, text: Plain, now: Timestamp) {
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
        let other = self.other.take_if(|shown| shown.until <= now).is_some();
        let kept = if self.errors.len() > 1 { ERROR_AMONG_OTHERS } else { ERROR };
        if self.errors.is_empty() || now.duration_since(self.since) < kept {
            return other;
        }
        self.errors.pop_front();
        self.since = now;
        self.done = if self.errors.is_empty() { 0 } else { self.done + 1 };
        true
    }

    /// What to show.
    pub fn current(&self) -> Option<Current<'_>> {
        if let Some(text) = self.errors.front() {
            let count = self.done + self.errors.len();
            let place = (count > 1).then_some((self.done + 1, count));
            return Some(Current { level: Level::Error, text, place, whole: true, offer: None });
        }
        let Shown { level, text, whole, offer, .. } = self.other.as_ref()?;
        Some(Current { level: *level, text, place: None, whole: *whole, offer: offer.as_ref() })
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
}

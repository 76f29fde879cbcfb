//! A handoff as a crash must find it: what whoever starts next needs to settle it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    handoff::{HandoffOrder, Step, Target},
    id::ParticipantId,
    text::Plain,
};

/// A handoff that has been announced in the audit log and has not ended there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flight {
    /// The order.
    pub order: HandoffOrder,
    /// When it was taken.
    pub taken: Timestamp,
    /// Who sees to it.
    pub owner: Owner,
    /// What was to leave, once it may have left; `None` while certainly nothing has.
    pub departure: Option<Departure>,
}

/// What must be on disk before a transfer's request leaves: without it nobody could read afterwards what
/// the request has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Departure {
    /// When it was written down: the request leaves right after.
    pub at: Timestamp,
    /// Everybody who took part before.
    pub known: Vec<ParticipantId>,
    /// Whose place is taken.
    pub participant: ParticipantId,
    /// How it is moved.
    pub how: Plain,
    /// True if the session stays where it is and is only routed otherwise.
    pub in_place: bool,
    /// Where to; when it is taken back, where it came from.
    pub target: Target,
    /// The summary that went along, whole: what is sent may be cut.
    pub summary: String,
    /// When it is taken back: everybody who took part before the handoff itself.
    pub onward: Option<Vec<ParticipantId>>,
    /// What is to follow once it has arrived: a crash must not lose it.
    #[serde(default)]
    pub owed: Vec<Errand>,
}

/// A request that follows a handoff which has arrived, as it goes out. It may be sent twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Errand {
    /// What it is for.
    pub step: Step,
    /// The method.
    pub method: Plain,
    /// Path and query.
    pub path: String,
    /// The JSON that is sent.
    pub body: serde_json::Value,
}

/// One running floorwalker: the machine, the process, and a word that no other process of that number
/// ever has.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// The machine's name.
    pub host: Plain,
    /// The process's number there.
    pub pid: u32,
    /// Random.
    pub mark: Plain,
}

impl Owner {
    /// Whether `self` has certainly ended, as seen from `here`: `runs` tells of a process of this
    /// machine. Of another machine nothing is certain; there a claim's time decides.
    pub fn is_gone(&self, here: &Self, runs: impl FnOnce(u32) -> bool) -> bool {
        let local = self.host == here.host && self != here;
        // In a container every start has the same number.
        local && (self.pid == here.pid || !runs(self.pid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(host: &str, pid: u32, mark: &str) -> Owner {
        Owner { host: host.into(), pid, mark: mark.into() }
    }

    #[test]
    fn only_a_process_that_has_certainly_ended_is_gone() {
        let here = owner("a", 1, "x");
        assert!(!here.is_gone(&here, |_| true), "we ourselves");
        assert!(!owner("a", 2, "y").is_gone(&here, |_| true), "another console");
        assert!(owner("a", 2, "y").is_gone(&here, |_| false), "a console that was killed");
        assert!(owner("a", 1, "y").is_gone(&here, |_| true), "our own number, before us");
        assert!(!owner("b", 2, "y").is_gone(&here, |_| false), "who knows");
    }
}

//! A handoff as a crash must find it: what whoever starts next needs to settle it.

use std::fmt;

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
    /// The org, as the config of whoever began it names it: nobody else can settle it.
    pub context: Plain,
    /// The dialect in which it was begun, and in which alone it is settled (SPEC section 2).
    pub dialect: Plain,
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
    /// Where it runs.
    #[serde(flatten)]
    pub host: Machine,
    /// The process's number there.
    pub pid: u32,
    /// Random.
    pub mark: Plain,
}

impl Owner {
    /// Whether `self` has certainly ended, as seen from `here`: `runs` tells of a process of this place.
    /// Of any other place nothing is certain; there a claim's time decides.
    pub fn is_gone(&self, here: &Self, runs: impl FnOnce(u32) -> bool) -> bool {
        let local = self.host.place.is_some() && self.host == here.host && self != here;
        // Two processes of one place never have one number at a time: who had ours has ended.
        local && (self.pid == here.pid || !runs(self.pid))
    }
}

/// Where a process runs. Its name alone is no proof: two containers may share it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Machine {
    /// The machine's name, for people.
    #[serde(rename = "host")]
    pub name: Plain,
    /// Within what a process's number means one process: a start of a machine, and a namespace of
    /// processes on it. `None` where nobody knows, as in what was written before this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Plain>,
}

impl<T: Into<Plain>> From<T> for Machine {
    fn from(name: T) -> Self {
        Self { name: name.into(), place: None }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.name, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(host: &str, pid: u32, mark: &str) -> Owner {
        within("boot 1 pid:[1]", Owner { host: host.into(), pid, mark: mark.into() })
    }

    fn within(place: &str, owner: Owner) -> Owner {
        Owner { host: Machine { place: Some(place.into()), ..owner.host }, ..owner }
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

    #[test]
    fn of_another_place_by_the_same_name_nothing_is_certain() {
        let here = owner("a", 1, "x");
        for place in ["boot 1 pid:[2]", "boot 2 pid:[1]", ""] {
            for pid in [1, 2] {
                let other = within(place, owner("a", pid, "y"));
                assert!(!other.is_gone(&here, |_| false), "{place}, {pid}");
                assert!(!here.is_gone(&other, |_| false), "{place}, {pid}, the other way round");
            }
        }
        let lost = |mark: &str| Owner { host: "a".into(), pid: 1, mark: mark.into() };
        assert!(!lost("y").is_gone(&here, |_| false) && !here.is_gone(&lost("y"), |_| false));
        assert!(!lost("y").is_gone(&lost("x"), |_| false), "nobody knows of either");
        let no_namespaces = |mark: &str| within("", owner("a", 1, mark));
        assert!(no_namespaces("y").is_gone(&no_namespaces("x"), |_| true));
    }

    #[test]
    fn what_was_written_without_a_place_is_read_and_written_as_it_was() {
        let before = r#"{"host":"a","pid":7,"mark":"x"}"#;
        let read: Owner = serde_json::from_str(before).unwrap();
        assert_eq!(read, Owner { host: "a".into(), pid: 7, mark: "x".into() });
        // The store finds a row by what was read of it.
        assert_eq!(serde_json::to_string(&read).unwrap(), before);
        let now = serde_json::to_string(&owner("a", 7, "x")).unwrap();
        assert_eq!(now, r#"{"host":"a","place":"boot 1 pid:[1]","pid":7,"mark":"x"}"#);
        assert_eq!(serde_json::from_str::<Owner>(&now).unwrap(), owner("a", 7, "x"));
    }
}

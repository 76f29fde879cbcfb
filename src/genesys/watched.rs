//! The only queues on a floor, where the configuration names them. What is asked of the org goes by the queues of its
//! directory, so that sessions, agents and counts of others are not even read.

use super::{Patch, QueueFacts};
use crate::domain::{
    id::QueueId,
    session::{Session, SessionState},
    text::Plain,
};

/// Queues by id or name; all there are where it is empty.
#[derive(Clone, Debug, Default)]
pub struct Watched(Vec<String>);

impl From<Vec<String>> for Watched {
    fn from(words: Vec<String>) -> Self {
        Self(words)
    }
}

impl Watched {
    /// Leaves only these in a directory. One that is named and not there is a gap in it.
    pub fn keep(&self, mut patch: Patch) -> Patch {
        if let (Patch::Directory(directory), false) = (&mut patch, self.0.is_empty()) {
            let is = |word: &String, queue: &QueueFacts| {
                *word == queue.id.to_string() || word.to_lowercase() == queue.name.to_lowercase()
            };
            let there = |word: &&String| directory.queues.iter().any(|queue| is(word, queue));
            let missing: Vec<Plain> = (self.0.iter())
                .filter(|word| !there(word))
                .map(|word| {
                    Plain::new(&format!("There is no queue {word} here, which the context names"))
                })
                .collect();
            directory.gaps.extend(missing);
            directory.queues.retain(|queue| self.0.iter().any(|word| is(word, queue)));
        }
        patch
    }

    /// Leaves parked sessions of these `queues` alone, which are those of the directory: no live query tells of
    /// them, and the one that does knows nothing of queues.
    pub fn keep_parked(&self, of: &mut Vec<Session>, queues: &[QueueId]) {
        let is_here = |queue: &QueueId| queues.contains(queue);
        let is_elsewhere = |session: &Session| {
            session.state == SessionState::Parked && !session.queue.as_ref().is_none_or(is_here)
        };
        if !self.0.is_empty() {
            of.retain(|session| !is_elsewhere(session));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesys::Directory;

    fn kept(words: &[&str]) -> (Vec<String>, Vec<String>) {
        let queue = |id: &str, name: &str| QueueFacts {
            id: id.into(),
            name: name.into(),
            manual_assignment: false,
            alerting_timeout: None,
            service_target: None,
        };
        let queues = vec![queue("q-1", "Billing"), queue("q-2", "Überweisung")];
        let directory = Directory { queues, ..Directory::default() };
        let watched = Watched(words.iter().map(|word| (*word).to_owned()).collect());
        let Patch::Directory(directory) = watched.keep(Patch::Directory(directory)) else {
            panic!()
        };
        let names = directory.queues.iter().map(|queue| queue.name.to_string()).collect();
        (names, directory.gaps.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn queues_are_named_by_id_or_in_whatever_case_and_all_are_there_where_none_is() {
        assert_eq!(kept(&[]).0, ["Billing", "Überweisung"]);
        assert_eq!(kept(&["q-1"]).0, ["Billing"]);
        let (names, gaps) = kept(&["überweisung", "Bilge"]);
        assert_eq!(names, ["Überweisung"]);
        assert_eq!(gaps, ["There is no queue Bilge here, which the context names"]);
    }

    #[test]
    fn parked_sessions_of_others_are_left_out_and_no_live_one() {
        let session = |n: &str, state, queue: Option<&str>| Session {
            queue: queue.map(Into::into),
            ..Session::bare(n.into(), state)
        };
        let all = vec![
            session("a", SessionState::Parked, Some("q-1")),
            session("b", SessionState::Parked, Some("q-2")),
            session("c", SessionState::Parked, None),
            session("d", SessionState::Bot, Some("q-2")),
        ];
        let left = |watched: Watched| {
            let mut of = all.clone();
            watched.keep_parked(&mut of, &["q-1".into()]);
            of.iter().map(|session| session.id.to_string()).collect::<String>()
        };
        assert_eq!(left(Watched::default()), "abcd");
        assert_eq!(left(Watched(vec!["Billing".into()])), "acd");
    }
}

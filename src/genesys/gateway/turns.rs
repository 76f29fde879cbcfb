//! Whose turn it is to be read: what was never read soon, and everything else a few at a time.

use std::{collections::HashSet, hash::Hash, sync::Mutex};

use super::locked;
use crate::genesys::Lane;

/// How many things are read at once that were never read.
const FIRST: usize = 20;
/// How many are read again.
const AGAIN: usize = 2;

/// How many may be read that never were. Who waits for the whole, as a script does, gets the whole.
pub fn first(lane: Lane) -> usize {
    if lane == Lane::Operator { usize::MAX } else { FIRST }
}

/// How many may be read that were read before.
pub fn again(lane: Lane) -> usize {
    if lane == Lane::Operator { usize::MAX } else { AGAIN }
}

/// Where the round over some things stands.
#[derive(Debug)]
pub struct Turns<K>(Mutex<Round<K>>);

#[derive(Debug)]
struct Round<K> {
    read: HashSet<K>,
    next: usize,
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Mutex::new(Round { read: HashSet::new(), next: 0 }))
    }
}

impl<K: Clone + Eq + Hash> Turns<K> {
    /// Those whose turn it is. They count as read whatever comes of it, so that one that fails does not
    /// keep the others waiting.
    pub fn next(&self, all: &[K], lane: Lane) -> Vec<K> {
        let mut round = locked(&self.0);
        let known: HashSet<&K> = all.iter().collect();
        round.read.retain(|one| known.contains(one));
        let mut chosen: Vec<K> = Vec::new();
        for _ in 0..again(lane).min(round.read.len()) {
            let from = round.next;
            let place = (0..all.len())
                .map(|step| from.wrapping_add(step) % all.len())
                .find(|&place| round.read.contains(&all[place]) && !chosen.contains(&all[place]));
            let Some(place) = place else { break };
            round.next = place + 1;
            chosen.push(all[place].clone());
        }
        let unread = all.iter().filter(|one| !round.read.contains(one)).take(first(lane));
        chosen.extend(unread.cloned().collect::<Vec<_>>());
        round.read.extend(chosen.iter().cloned());
        chosen
    }

    /// This one was read by itself.
    pub fn note(&self, one: &K) {
        locked(&self.0).read.insert(one.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_read_once_and_then_a_few_in_turn() {
        let turns = Turns::default();
        let all: Vec<u8> = (0..25).collect();
        assert_eq!(turns.next(&all, Lane::Screen), (0..20).collect::<Vec<_>>());
        assert_eq!(turns.next(&all, Lane::Screen), [0, 1, 20, 21, 22, 23, 24]);
        assert_eq!(turns.next(&all, Lane::Screen), [2, 3]);
        assert_eq!(turns.next(&[2, 3, 4, 99], Lane::Screen), [2, 3, 99], "a new one is soon read");
        assert_eq!(turns.next(&[], Lane::Screen), [0; 0]);
        assert_eq!(turns.next(&[7], Lane::Screen), [7]);
        assert_eq!(turns.next(&[7], Lane::Screen), [7], "and never twice in one read");
    }

    #[test]
    fn who_waits_for_it_gets_all_at_once() {
        let (turns, all) = (Turns::default(), (0..300).collect::<Vec<u32>>());
        assert_eq!(turns.next(&all, Lane::Operator).len(), 300);
        assert_eq!(turns.next(&all, Lane::Operator).len(), 300);
    }
}

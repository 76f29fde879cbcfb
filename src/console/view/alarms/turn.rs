//! The order in which alarms are gone through: the worst first.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{Alarms, Key, moment};
use crate::console::keys::Action;

/// How bad an alarm is in one place: the least is the worst. First how loudly it asks to be told, then how many
/// rows match, then for how long; the order of the configuration decides where all of these are the same.
type Rank<'a> = (Reverse<(bool, bool)>, Reverse<u32>, Option<Timestamp>, &'a Key);

impl Alarms {
    fn rank<'a>(&self, key: &'a Key) -> Rank<'a> {
        let loud = self.of(key).is_some_and(|alarm| alarm.bell);
        let told = self.of(key).is_some_and(|alarm| alarm.notify);
        let seen = self.at(key);
        let count = seen.and_then(|seen| seen.found.as_ref()).map_or(0, |found| found.count);
        let since = seen.and_then(|seen| moment(seen.watch.standing()));
        (Reverse((loud, told)), Reverse(count), since, key)
    }

    /// The one to go to from where one is, the worst first; after the last, the first. What has just rung comes
    /// before all others.
    pub fn next(&self, action: Action) -> Option<&Key> {
        let forward = action != Action::PreviousAlarm;
        let rang = self.rang.as_ref().filter(|_| forward);
        if let Some(rang) = self.raised().find(|key| Some(*key) == rang) {
            return Some(rang);
        }
        let here = self.current.as_ref().map(|key| self.rank(key));
        let mut all: Vec<(Rank<'_>, &Key)> =
            self.raised().map(|key| (self.rank(key), key)).collect();
        all.sort_unstable();
        let past = |(rank, _): &&(Rank<'_>, &Key)| {
            here.as_ref().is_some_and(|here| if forward { rank > here } else { rank < here })
        };
        let next = if forward {
            all.iter().find(past).or_else(|| all.first())
        } else {
            all.iter().rev().find(past).or_else(|| all.last())
        };
        next.map(|(_, key)| *key)
    }

    /// Puts those that have just rung in their order, the worst first, and keeps in mind where the next press
    /// is to go.
    pub fn tell(&mut self, rings: &mut [Key]) {
        rings.sort_by(|a, b| self.rank(a).cmp(&self.rank(b)));
        if let Some(worst) = rings.first() {
            self.rang = Some(worst.clone());
        }
    }
}

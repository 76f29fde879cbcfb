//! How telling goes, for the screen: what the store says, and what was counted here.

use std::{collections::BTreeMap, time::Duration};

use super::OutboxTerms;
use crate::{
    domain::{
        outbox::{Destination, Tray},
        text::Plain,
    },
    engine::{Mailbox, Post},
};

/// What was counted since the start of this process.
#[derive(Debug, Default)]
pub(super) struct Figures {
    told: BTreeMap<Destination, (u64, Duration)>,
    /// What was shown last.
    shown: Option<Post>,
}

impl Figures {
    /// One more was told, and it took so long.
    pub fn count(&mut self, to: Destination, took: Duration) {
        let (many, sum) = self.told.entry(to).or_default();
        *many += 1;
        *sum += took;
    }

    /// How it goes, if that differs from what was shown last.
    pub fn news(&mut self, terms: &OutboxTerms, trays: &[Tray]) -> Option<Post> {
        let targets = Destination::ALL.map(|to| self.mailbox(to, terms, trays)).to_vec();
        let post = Post { targets };
        if self.shown.as_ref() == Some(&post) {
            return None;
        }
        self.shown = Some(post.clone());
        Some(post)
    }

    /// Who is not told has nothing waiting.
    fn mailbox(&self, to: Destination, terms: &OutboxTerms, trays: &[Tray]) -> Mailbox {
        let address = terms.targets.get(&to);
        let tray = trays.iter().find(|tray| address.is_some() && tray.to == to);
        let (told, sum) = self.told.get(&to).copied().unwrap_or_default();
        let standing = tray.map(|tray| &tray.standing);
        Mailbox {
            name: to.name(),
            host: address.map(|address| Plain::new(&address.host())),
            waiting: tray.map_or(0, |tray| tray.waiting),
            oldest: tray.and_then(|tray| tray.oldest),
            dead: tray.map_or(0, |tray| tray.dead),
            told,
            latency_ms: (told > 0).then(|| sum.as_secs_f64() * 1000.0 / told as f64),
            trouble: standing.and_then(|standing| standing.trouble.clone()),
            again: standing.and_then(|standing| standing.again),
        }
    }
}

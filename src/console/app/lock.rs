//! A console from which nothing is done: by a key, or because nobody has pressed one for long.
//!
//! What runs goes on: sessions that are kept are kept, handoffs that are confirmed end as they would, and
//! calling one back is always possible.

use super::App;
use crate::{
    console::{
        keys::Action,
        view::{About, Opening, Outcome},
        widgets::clock,
    },
    engine::Level,
};

impl App {
    /// Locks, or asks whether to unlock.
    pub(super) fn turn_lock(&mut self) {
        if self.cx.read_only {
            let text = match &self.read_only_in {
                Some(name) => format!(
                    "The context {name} is read_only in the configuration: change it there, to act"
                ),
                None => "It was started with --read-only: start it again without, to act".into(),
            };
            return self.say(Level::Warn, text);
        }
        if self.cx.locked {
            return self.carry_out(Outcome::Open(Opening::Question(About::Unlock)));
        }
        self.lock("");
    }

    /// Nothing more is done from here.
    fn lock(&mut self, why: &str) {
        self.cx.locked = true;
        let key = self.cx.keymap.hint(Action::Lock);
        self.say(Level::Warn, format!("Locked{why}: nothing is done from here; {key} unlocks"));
    }

    /// Things may be done from here again.
    pub(super) fn unlock(&mut self) {
        self.cx.locked = false;
        self.say(Level::Info, "Unlocked: keys act again");
    }

    /// Locks once nobody has pressed a key for as long as was set.
    pub(super) fn lock_when_left(&mut self) {
        let Some(after) = self.lock_after.filter(|_| self.cx.acts()) else { return };
        let left = self.cx.now.duration_since(self.pressed).unsigned_abs();
        if left >= after {
            let span = clock::short(after.as_secs());
            self.lock(&format!(" after {span} without a key"));
        }
    }
}

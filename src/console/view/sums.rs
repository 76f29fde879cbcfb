//! The floor in a few figures: those of the header, which the health pane explains.

use super::{Ctx, limits};
use crate::console::{theme::Role, widgets::clock};

/// A figure over the whole floor, in the words of the screen.
#[derive(Debug)]
pub struct Sum {
    /// What it is called.
    pub name: &'static str,
    /// How it is.
    pub role: Role,
    /// The value; `-` while nobody knows.
    pub value: String,
}

/// What the longest wait is called.
pub const LONGEST: &str = "longest";

/// All of them, in the order of the screen; nothing of the longest wait while nobody waits.
pub fn sums(cx: &Ctx) -> Vec<Sum> {
    let (figures, loading) = (&cx.floor.figures, cx.floor.loading);
    let sum = |name, role, value| Sum { name, role, value };
    let count = |name, known: bool, n: u32| {
        sum(name, Role::Text, if known { n.to_string() } else { "-".to_owned() })
    };
    // A sum over the sessions that somebody has named would be taken for that of the floor.
    let counted = loading.sessions_known && cx.lists_sessions;
    let mut all = vec![Sum { role: Role::Strong, ..count("waiting", counted, figures.waiting) }];
    if let Some(age) = cx.age(figures.longest_since).filter(|_| counted) {
        let (shape, role) = limits::wait(age);
        all.push(sum(LONGEST, role, format!("{shape}{}", clock::short(age))));
    }
    all.push(count("bot", counted, figures.bots));
    all.push(count("talking", counted, figures.connected));
    all.push(count("on queue", loading.agents_known, figures.on_queue));
    all.push(count("idle", loading.agents_known, figures.idle));
    let level = figures.service_level.map(|level| format!("{:.0}%", level * 100.0));
    all.push(sum("SL", Role::Text, level.unwrap_or_else(|| "-".to_owned())));
    all
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::console::{Settings, view::figures::SUMS};

    #[test]
    fn every_sum_is_explained() {
        let cx = Ctx::of(&Settings::new("contoso".into()), Timestamp::UNIX_EPOCH);
        let explained = |sum: &Sum| SUMS.iter().any(|(name, _)| *name == sum.name);
        assert!(sums(&cx).iter().all(explained));
        assert!(SUMS.iter().any(|(name, _)| *name == LONGEST));
    }
}

//! The guards on a card: how they stand, and whether one that stops the handoff was passed over.

use crate::{
    console::{theme::Role, view::Ctx, widgets::prose::Line},
    domain::{id::SessionId, text::Plain},
    policy::guard::{Facts, Guard, GuardKind, GuardOutcome, Limits, guards, stopping, triggered},
};

/// A person's word that a handoff is to go on.
#[derive(Debug)]
pub struct Waiver {
    /// Why.
    pub reason: Plain,
    /// Which guards stopped it then: it is not given for one that fails later.
    pub kinds: Vec<GuardKind>,
}

impl Waiver {
    /// For what stops the handoff now.
    pub fn new(reason: &str, checks: &Checks) -> Self {
        let kinds = stopping(&checks.guards).map(|guard| guard.kind).collect();
        Self { reason: Plain::new(reason), kinds }
    }
}

/// The guards, asked about a session as it is known now.
#[derive(Debug)]
pub struct Checks {
    facts: Facts,
    guards: Vec<Guard>,
    limits: Limits,
}

impl Checks {
    /// Asks them about `session`; what was read `closely` counts before its row on the floor.
    pub fn new(session: &SessionId, closely: Option<Facts>, cx: &Ctx) -> Self {
        let row = cx.live.session(session);
        let mut facts = row.map(Facts::from).unwrap_or_default();
        if let Some(read) = closely {
            facts.depth = read.depth.or(facts.depth);
            facts.sentiment = read.sentiment.or(facts.sentiment);
        }
        let triggered = row.is_some_and(|row| {
            let threshold = cx.handbook.thresholds.of(row.queue.as_ref(), row.intent.as_deref());
            triggered(row.state, facts.confidence, threshold)
        });
        let limits = cx.handbook.limits;
        Self { facts, guards: guards(facts, triggered, &limits), limits }
    }

    /// True if a guard stops it, passed over or not.
    pub fn stop(&self) -> bool {
        stopping(&self.guards).next().is_some()
    }

    /// What stops it and was not passed over, in words.
    pub fn stopped(&self, waiver: Option<&Waiver>) -> Option<String> {
        let passed = |guard: &&Guard| waiver.is_none_or(|w| !w.kinds.contains(&guard.kind));
        let told: Vec<&str> =
            stopping(&self.guards).filter(passed).map(|guard| guard.says.as_str()).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// One line for all, and one for each that does not apply, to say why.
    pub fn lines(&self) -> Vec<Line> {
        let mut all = Line::field("guards", Role::Quiet, "");
        for (n, guard) in self.guards.iter().enumerate() {
            let (role, text) = self.told(guard);
            all = all.and(Role::Text, if n > 0 { "  " } else { "" }).and(role, text);
        }
        let waived = self.guards.iter().filter_map(|guard| match guard.outcome {
            GuardOutcome::Waived(why) => Some(Line::field("", Role::Quiet, why)),
            _ => None,
        });
        [all].into_iter().chain(waived).collect()
    }

    fn told(&self, guard: &Guard) -> (Role, String) {
        let name = word(guard.kind);
        let value = self.value(guard.kind, guard.outcome == GuardOutcome::Fails);
        match guard.outcome {
            GuardOutcome::Passes => (Role::Good, format!("✓ {name} {value}")),
            GuardOutcome::Fails => (Role::Alarm, format!("▲ {name} {value}")),
            GuardOutcome::Unknown => (Role::Quiet, format!("{name} -")),
            GuardOutcome::Waived(_) => (Role::Text, format!("○ {name} {value} waived")),
        }
    }

    fn value(&self, kind: GuardKind, fails: bool) -> String {
        let share = |value: Option<f64>, least: f64| {
            let Some(value) = value else { return "-".to_owned() };
            let short = format!("{value:.2}");
            match (fails, short == format!("{least:.2}")) {
                (false, _) => short,
                (true, false) => format!("{short} < {least:.2}"),
                // "0.75 < 0.75" would be taken for a mistake.
                (true, true) => format!("{value:.4} < {least:.2}"),
            }
        };
        match kind {
            GuardKind::Depth => {
                let depth = self.facts.depth.map_or_else(|| "-".to_owned(), |d| d.to_string());
                format!("{depth} of {}", self.limits.max_depth)
            }
            GuardKind::Confidence => share(self.facts.confidence, self.limits.min_confidence),
            GuardKind::Sentiment => share(self.facts.sentiment, self.limits.min_sentiment),
        }
    }
}

/// As the columns of the sessions are called.
fn word(kind: GuardKind) -> &'static str {
    match kind {
        GuardKind::Depth => "moves",
        GuardKind::Confidence => "sure",
        GuardKind::Sentiment => "mood",
    }
}

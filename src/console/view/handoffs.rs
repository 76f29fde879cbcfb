//! Handoffs on the screen: the badge on the row, and which one can still be called back.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

use jiff::{SignedDuration, Timestamp};

use super::{Ctx, Refusal};
use crate::{
    console::{theme::Role, widgets::clock},
    domain::{
        handoff::{Progress, Stage},
        id::{HandoffId, SessionId},
        session::SessionState,
    },
};

/// How long the badge of an ended handoff stays.
const KEPT: SignedDuration = SignedDuration::from_secs(30);

/// The newest handoff of each session, in the order they were taken.
#[derive(Debug, Default)]
pub struct Handoffs {
    all: Vec<Progress>,
    /// Where each session's stands: a batch can have thousands, and every row asks.
    places: HashMap<SessionId, usize>,
    /// How the rows stood when their handoffs were confirmed: until those have ended, each keeps its
    /// place among the others.
    stood: HashMap<SessionId, Stood>,
}

/// What a row's place goes by.
pub type Stood = (SessionState, Option<Timestamp>);

impl Handoffs {
    /// Takes news in. False if it is older than what is known of the same handoff.
    pub fn observe(&mut self, news: Progress) -> bool {
        let place = self.places.get(&news.order.session).copied();
        match place.and_then(|place| self.all.get_mut(place)) {
            Some(known) if known.order.id == news.order.id => {
                // The end is the end: late news of an earlier stage changes nothing.
                let overtaken = known.stage.is_final() && !news.stage.is_final();
                if !overtaken {
                    *known = news;
                }
                !overtaken
            }
            Some(known) if known.taken > news.taken => false,
            known => {
                if known.is_some() {
                    self.keep(|p| p.order.session != news.order.session);
                }
                self.places.insert(news.order.session.clone(), self.all.len());
                self.all.push(news);
                true
            }
        }
    }

    /// Forgets an order that could not be sent.
    pub fn forget(&mut self, id: &HandoffId) {
        self.keep(|p| p.order.id != *id);
    }

    /// Forgets the orders of a batch of which nothing has begun since they were confirmed.
    pub fn forget_all(&mut self, ids: &HashSet<HandoffId>) {
        self.keep(|p| !ids.contains(&p.order.id));
    }

    /// Forgets what ended a while ago. True if there was any.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        self.keep(|p| !p.stage.is_final() || now.duration_since(p.at) < KEPT)
    }

    /// Forgets all but these. True if there were others.
    fn keep(&mut self, kept: impl Fn(&Progress) -> bool) -> bool {
        let before = self.all.len();
        self.all.retain(kept);
        if self.all.len() == before {
            return false;
        }
        let places = self.all.iter().enumerate().map(|(i, p)| (p.order.session.clone(), i));
        self.places = places.collect();
        self.stood.retain(|session, _| self.places.contains_key(session));
        true
    }

    /// The newest handoff of a session.
    pub fn of(&self, session: &SessionId) -> Option<&Progress> {
        self.places.get(session).and_then(|&place| self.all.get(place))
    }

    /// Notes how a row stands whose handoff has just been confirmed.
    pub fn hold(&mut self, session: SessionId, stood: Stood) {
        self.stood.insert(session, stood);
    }

    /// How a row stood when its handoff was confirmed, while that runs.
    pub fn stood(&self, session: &SessionId) -> Option<Stood> {
        self.running(session).and_then(|_| self.stood.get(session)).copied()
    }

    /// The handoff of a session that has not ended.
    pub fn running(&self, session: &SessionId) -> Option<&Progress> {
        self.of(session).filter(|p| !p.stage.is_final())
    }

    /// The newest of each session, in the order they were taken.
    pub fn all(&self) -> impl Iterator<Item = &Progress> {
        self.all.iter()
    }

    /// All that have not ended, in the order they were taken.
    pub fn all_running(&self) -> impl Iterator<Item = &Progress> {
        self.all.iter().filter(|p| !p.stage.is_final())
    }

    /// How many have not ended.
    pub fn count_running(&self) -> usize {
        self.all_running().count()
    }

    /// All that can still be called back.
    pub fn all_cancellable(&self) -> impl Iterator<Item = &Progress> {
        self.all.iter().filter(|p| p.stage.can_cancel())
    }

    /// What would be called or taken back: the handoff of `session`, or else the newest. What has not
    /// left comes before what rings, because that costs the customer nothing; of a batch, what has begun
    /// comes before the rest, which stand behind it and would only be called back one by one.
    pub fn returnable(&self, session: Option<&SessionId>) -> Option<&Progress> {
        let here = session.and_then(|id| self.of(id)).filter(|p| can_return(p));
        let newest = |can: fn(&Progress) -> bool| self.all.iter().rev().find(|p| can(p));
        here.or_else(|| newest(|p| p.stage.can_cancel() && p.stage != Stage::Claimed))
            .or_else(|| newest(|p| p.stage.can_cancel()))
            .or_else(|| newest(can_return))
    }

    /// Why nothing would be called or taken back.
    pub fn refuses_return(&self, session: Option<&SessionId>) -> Option<Refusal> {
        if self.returnable(session).is_some() {
            return None;
        }
        if self.all.iter().any(|p| p.stage.can_take_back()) {
            return Some("It came from a bot, which can't be given it back".into());
        }
        Some("Nothing waits to leave and nothing rings: there is nothing to call back".into())
    }
}

/// A bot can't be given a session back; whoever else had it can.
pub fn can_return(progress: &Progress) -> bool {
    let from_bot = progress.order.seen.state == SessionState::Bot;
    progress.stage.can_cancel() || (progress.stage.can_take_back() && !from_bot)
}

/// Writes the badge of a handoff: how far it is first, because a narrow column cuts the end. There
/// the shape has to do for the word, so that the name can be read.
pub fn badge(progress: &Progress, cx: &Ctx, out: &mut String) -> Role {
    let (shape, role) = shape(&progress.stage);
    out.push_str(match progress.stage {
        Stage::Alerting { .. } if !cx.roomy => "♪",
        _ => shape,
    });
    out.push(' ');
    // Whose it was to be no longer matters; that it comes back does.
    if matches!(progress.stage, Stage::Cancelled | Stage::TakingBack | Stage::TakenBack) {
        out.push_str(word(&progress.stage));
        return role;
    }
    if cx.roomy {
        out.push_str(word(&progress.stage));
        out.push(' ');
    }
    let left = |until: Timestamp| until.duration_since(cx.now).as_millis().max(0).div_euclid(1000);
    let written = match progress.stage {
        // The last second counts as one: "0s" would say that it has left.
        Stage::Grace { until } => write!(out, "{}s ", left(until) + 1),
        Stage::Deferred { expires, .. } => write!(out, "{}s ", left(expires)),
        Stage::Alerting { until: Some(until) } => write!(out, "{}s ", left(until)),
        _ => Ok(()),
    };
    debug_assert!(written.is_ok(), "a string takes whatever is written");
    // Nobody has it yet, and whom it rings at is said by the note.
    let rings = matches!(progress.stage, Stage::Alerting { .. });
    if cx.roomy || (!progress.stage.is_final() && !rings) {
        out.push_str("→ ");
    }
    out.push_str(&cx.target_name(&progress.order.target));
    role
}

fn word(stage: &Stage) -> &'static str {
    match stage {
        Stage::Claimed | Stage::Recorded => "taken",
        Stage::Requesting => "sending",
        Stage::Cancelled => "called back",
        stage => stage.word(),
    }
}

/// What each step has taken, in the order of the steps.
pub fn steps(progress: &Progress) -> Option<String> {
    let each = progress.steps.iter().map(|(step, took)| {
        format!("{} {}", step.word(), clock::took(took.as_secs_f64() * 1_000.0))
    });
    Some(each.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
}

/// The shape and role of a stage.
pub fn shape(stage: &Stage) -> (&'static str, Role) {
    match stage {
        Stage::Claimed
        | Stage::Recorded
        | Stage::Grace { .. }
        | Stage::Requesting
        | Stage::Requested
        | Stage::Alerting { .. } => ("⠿", Role::Accent),
        Stage::Deferred { .. } => ("■", Role::Warn),
        Stage::TakingBack => ("↩", Role::Accent),
        Stage::Queued | Stage::Accepted { .. } => ("✓", Role::Good),
        Stage::Cancelled | Stage::TakenBack => ("⊘", Role::Quiet),
        Stage::Refused | Stage::TimedOut => ("✗", Role::Warn),
        Stage::Rejected { .. } | Stage::Failed { .. } => ("✗", Role::Alarm),
        Stage::Unknown { .. } => ("?", Role::Alarm),
    }
}

//! What every view sees.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};

use super::{Handoffs, batch::BatchRun};
use crate::{
    console::{keys::Keymap, theme::Theme, widgets::grid::Look},
    domain::{
        agent::Agent,
        floor::{Floor, seconds_since},
        handoff::Target,
        id::{QueueId, SessionId},
        lease::Kept,
        session::{Session, SessionState},
        text::Plain,
    },
    engine::{Link, Pulse},
    policy::{
        Handbook,
        qualification::{Need, Qualification, qualify},
    },
};

/// The world as the views see it. Only the app changes it.
#[derive(Debug)]
pub struct Ctx {
    /// The floor on the screen.
    pub floor: Arc<Floor>,
    /// The newest floor: the same, unless the picture is frozen. Orders are checked against it.
    pub live: Arc<Floor>,
    /// The link, the budget, the org.
    pub pulse: Arc<Pulse>,
    /// What the agent who was handed most sessions was handed, as the pulse has it.
    pub most_handed: u32,
    /// The time.
    pub now: Timestamp,
    /// Since when the picture has been frozen.
    pub frozen: Option<Timestamp>,
    /// The session under the cursor.
    pub session: Option<SessionId>,
    /// Handoffs that run or have just ended.
    pub handoffs: Handoffs,
    /// The last batch.
    pub batch: Option<BatchRun>,
    /// The numbers of the rules.
    pub handbook: Handbook,
    /// How long a handoff can be called back before anything leaves.
    pub grace: Duration,
    /// True if nothing may be handed off from here.
    pub read_only: bool,
    /// False where the org can't list its sessions.
    pub lists_sessions: bool,
    /// The org as the config names it.
    pub context: Plain,
    /// True if the sessions have room for words where shapes would do.
    pub roomy: bool,
    /// Roles to styles.
    pub theme: Theme,
    /// Keys to actions.
    pub keymap: Keymap,
    /// The zone that times are shown in.
    pub zone: TimeZone,
}

/// Seconds after its end for which a session may still be listed.
const OUTLIVED: u64 = 30;

impl Ctx {
    /// The moment the picture shows: now, unless it is frozen.
    pub fn picture(&self) -> Timestamp {
        self.frozen.unwrap_or(self.now)
    }

    /// How a session is kept, by us or by another floorwalker on this store.
    pub fn kept(&self, session: &SessionId) -> Option<&Kept> {
        self.pulse.ward.as_ref()?.kept.get(session)
    }

    /// How many sessions are kept here.
    pub fn kept_here(&self) -> usize {
        self.pulse.ward.iter().flat_map(|ward| ward.kept.values()).filter(|kept| kept.here).count()
    }

    /// Seconds from `since` to the picture's moment.
    pub fn age(&self, since: Option<Timestamp>) -> Option<u64> {
        since.map(|since| seconds_since(since, self.picture()))
    }

    /// Seconds until `session` ends if nobody writes. Unknown where that moment has long passed and the
    /// session has not: somebody has written since it was read.
    pub fn left(&self, session: &Session) -> Option<u64> {
        let ends = session.expires.filter(|_| session.state != SessionState::Disconnected)?;
        let late = seconds_since(ends, self.picture());
        (late <= OUTLIVED).then(|| seconds_since(self.picture(), ends))
    }

    /// The time of day at `at`, where the console is.
    pub fn time_of_day(&self, at: Timestamp) -> String {
        let time = self.zone.to_datetime(at).time();
        format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }

    /// Seconds since the oldest data on the screen was read.
    pub fn data_age(&self) -> Option<u64> {
        self.pulse.data_from.map(|from| seconds_since(from, self.now))
    }

    /// True if the rows on the screen are older than they should be.
    pub fn is_stale(&self) -> bool {
        matches!(self.pulse.link, Link::Stale { .. } | Link::Retrying { .. })
    }

    /// How a table is to look.
    pub fn look(&self, focused: bool) -> Look {
        Look { focused, stale: self.is_stale(), theme: self.theme }
    }

    /// The session under the cursor, as the picture shows it.
    pub fn current(&self) -> Option<&Session> {
        self.session.as_ref().and_then(|id| self.floor.session(id))
    }

    /// `agent` measured against the session under the cursor.
    pub fn score(&self, agent: &Agent) -> Option<Qualification> {
        Some(qualify(agent, Need::from(self.current()?), self.handbook.rules))
    }

    /// Lets these rows keep their places while they are handed off.
    pub fn hold(&mut self, sessions: &[SessionId]) {
        for session in sessions.iter().filter_map(|id| self.floor.session(id)) {
            self.handoffs.hold(session.id.clone(), (session.state, session.since));
        }
    }

    /// A queue's name, or the start of its id.
    pub fn queue_name(&self, id: &QueueId) -> Plain {
        self.floor.queue(id).map_or_else(|| id.short().into(), |queue| queue.name.clone())
    }

    /// A target's name, or the start of its id.
    pub fn target_name(&self, target: &Target) -> Plain {
        match target {
            Target::Agent(id) => {
                self.floor.agent(id).map_or_else(|| id.short().into(), Agent::label)
            }
            Target::Queue(id) => self.queue_name(id),
        }
    }

    /// A session's guest, or the start of its id.
    pub fn guest_name(&self, id: &SessionId) -> Plain {
        self.floor.session(id).map_or_else(|| id.short().into(), Session::label)
    }
}

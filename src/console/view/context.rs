//! What every view sees.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::Arc,
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};

use super::{Handoffs, Refusal, alarms::Alarms, batch::BatchRun, deeds::Deeds, limits};
use crate::{
    config::{Colour, Withheld},
    console::{
        Settings,
        keys::{Action, Keymap},
        theme::{Role, Theme},
        widgets::{
            ascii,
            grid::{Look, Timed},
            prose::Line,
        },
    },
    domain::{
        agent::Agent,
        floor::{Floor, seconds_since},
        handoff::Target,
        id::{QueueId, SessionId},
        lease::Kept,
        queue::Queue,
        session::{Session, SessionState},
        text::Plain,
        trend::Trends,
    },
    engine::{Link, Me, Pulse},
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
    /// The last hour, as it was seen from here.
    pub trends: Trends,
    /// What is told as soon as it is so.
    pub alarms: Alarms,
    /// What the agent who was handed most sessions was handed, as the pulse has it.
    pub most_handed: u32,
    /// The time.
    pub now: Timestamp,
    /// Since when the picture has been frozen.
    pub frozen: Option<Timestamp>,
    /// The session under the cursor.
    pub session: Option<SessionId>,
    /// The sessions that are marked.
    pub marked: Arc<HashSet<SessionId>>,
    /// Handoffs that run or have just ended.
    pub handoffs: Handoffs,
    /// What the signed-in person has asked for in sessions and has not been told the end of.
    pub deeds: Deeds,
    /// Orders of guests' sessions that are being opened.
    pub opening: HashSet<SessionId>,
    /// What the floor called those who are still told of once they have left it.
    pub guests: HashMap<SessionId, Plain>,
    /// The last batch.
    pub batch: Option<BatchRun>,
    /// The numbers of the rules.
    pub handbook: Handbook,
    /// How long a handoff can be called back before anything leaves.
    pub grace: Duration,
    /// True if nothing may be done from here, as it was started.
    pub read_only: bool,
    /// True if nothing may be done from here until somebody unlocks it.
    pub locked: bool,
    /// A batch of more sessions than this is confirmed by typing their number.
    pub typed_above: usize,
    /// The colour that this org is known by.
    pub colour: Option<Colour>,
    /// False where the org can't list its sessions.
    pub lists_sessions: bool,
    /// Which doors are shut here because the configuration has them for another org.
    pub withheld: Withheld,
    /// The org as the config names it.
    pub context: Plain,
    /// True if that is a name somebody has given it, and not its host.
    pub named: bool,
    /// True if the sessions have room for words where shapes would do.
    pub roomy: bool,
    /// True if each change on the screen has to go over a slow line.
    pub low_bandwidth: bool,
    /// True if nothing but ASCII is drawn.
    pub ascii: bool,
    /// Whether time alone changes the screen.
    pub clock: bool,
    /// Roles to styles.
    pub theme: Theme,
    /// Keys to actions.
    pub keymap: Keymap,
    /// The zone that times are shown in.
    pub zone: TimeZone,
}

/// Why a session will end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Nobody writes.
    Silence,
    /// It has lasted as long as it may.
    Limit,
}

impl Ends {
    /// The words on the screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Silence => "by inactivity",
            Self::Limit => "by its duration limit",
        }
    }
}

/// Seconds after its end for which a session may still be listed.
const OUTLIVED: u64 = 30;

impl Timed for Ctx {
    fn now(&self) -> Timestamp {
        self.now
    }
}

impl Ctx {
    /// A world of which nothing has been seen yet.
    pub fn of(settings: &Settings, now: Timestamp) -> Self {
        Self {
            floor: Arc::default(),
            live: Arc::default(),
            pulse: Arc::default(),
            trends: Trends::default(),
            alarms: Alarms::new(settings.begin.alarms.clone()),
            most_handed: 0,
            now,
            frozen: None,
            session: None,
            marked: Arc::default(),
            handoffs: Handoffs::default(),
            deeds: Deeds::default(),
            opening: HashSet::new(),
            guests: HashMap::new(),
            batch: None,
            handbook: settings.handbook.clone(),
            grace: settings.grace,
            read_only: settings.read_only,
            locked: settings.arrival.as_ref().is_some_and(|it| it.locked),
            colour: settings.safety.colour,
            typed_above: settings.safety.typed_above,
            lists_sessions: settings.lists_sessions,
            withheld: settings.withheld.clone(),
            context: settings.context.clone(),
            named: settings.named,
            roomy: false,
            low_bandwidth: settings.low_bandwidth,
            ascii: settings.ascii,
            clock: settings.clock,
            theme: settings.theme,
            keymap: settings.keymap.clone(),
            zone: settings.zone.clone().unwrap_or_else(TimeZone::system),
        }
    }

    /// True if something may be done from here.
    pub fn acts(&self) -> bool {
        !self.read_only && !self.locked
    }

    /// Why nothing is done from here, if that is so; `nothing` says what is not done.
    pub fn refuses_acts(&self, nothing: &str) -> Option<Refusal> {
        self.shut().map(|shut| format!("{shut}{nothing}").into())
    }

    /// What every refusal begins with while nothing is done from here.
    fn shut(&self) -> Option<String> {
        if self.read_only {
            return Some("Read-only: this console ".to_owned());
        }
        let unlock = self.keymap.hint(Action::Lock);
        self.locked.then(|| format!("Locked ({unlock} unlocks): this console "))
    }

    /// True if something is refused only because nothing is done from here.
    pub fn shuts(&self, refusal: Option<&Refusal>) -> bool {
        refusal.zip(self.shut()).is_some_and(|(refusal, shut)| refusal.0.starts_with(&shut))
    }

    /// Looks at the newest floor to the second, whatever stands still on the screen or is told more coarsely.
    pub fn as_it_is<T>(&mut self, look: impl FnOnce(&Self) -> T) -> T {
        let floor = mem::replace(&mut self.floor, Arc::clone(&self.live));
        let (frozen, slow) = (self.frozen.take(), mem::take(&mut self.low_bandwidth));
        let told = look(self);
        (self.floor, self.frozen, self.low_bandwidth) = (floor, frozen, slow);
        told
    }

    /// The org by the name that somebody has given it, in its colour, and by its own. The given one counts for
    /// more: two orgs may call themselves alike.
    pub fn named_org(&self) -> Line {
        let own = self.pulse.org.as_ref();
        let name = if self.named { &self.context } else { own.unwrap_or(&self.context) };
        let line = match self.colour {
            Some(colour) => Line::of(Role::Org(colour), format!(" {name} ")),
            None => Line::of(Role::Strong, name.as_str()),
        };
        match own.filter(|own| self.named && *own != name) {
            Some(own) => line.and(Role::Text, " ").and(Role::Strong, own.as_str()),
            None => line,
        }
    }

    /// The moment the picture shows: now, unless it is frozen.
    pub fn picture(&self) -> Timestamp {
        self.frozen.unwrap_or(self.now)
    }

    /// How a session is kept, by us or by another floorwalker on this store.
    pub fn kept(&self, session: &SessionId) -> Option<&Kept> {
        self.pulse.ward.as_ref()?.kept.get(session)
    }

    /// The sessions that are kept here.
    pub fn kept_here(&self) -> impl Iterator<Item = &Kept> {
        self.pulse.ward.iter().flat_map(|ward| ward.kept.values()).filter(|kept| kept.here)
    }

    /// Which of the moments between which time alone changes nothing on the screen.
    pub fn beat(&self, at: Timestamp) -> i64 {
        let every = match (self.clock, self.low_bandwidth) {
            (false, _) => return 0,
            (true, true) => 2,
            (true, false) => 1,
        };
        at.as_second().div_euclid(every)
    }

    /// Seconds from `since` to the picture's moment.
    pub fn elapsed(&self, since: Option<Timestamp>) -> Option<u64> {
        since.map(|since| seconds_since(since, self.picture()))
    }

    /// The same, as they are shown.
    pub fn age(&self, since: Option<Timestamp>) -> Option<u64> {
        self.elapsed(since).map(|seconds| self.shown(seconds))
    }

    /// So many seconds as they are shown: from a minute on in minutes, and for a slow line in tens before.
    pub fn shown(&self, seconds: u64) -> u64 {
        let step = match (self.low_bandwidth, seconds) {
            (false, 0..60) => 1,
            (true, 0..60) => 10,
            (_, 60..) => 60,
        };
        seconds - seconds % step
    }

    /// When `session` ends unless somebody writes, or whatever anybody does; whichever is first. Unknown
    /// where that moment has long passed and the session has not: somebody has written since it was read.
    pub fn ends(&self, session: &Session) -> Option<(Timestamp, Ends)> {
        if session.state == SessionState::Disconnected {
            return None;
        }
        let limit = self.kept(&session.id).and_then(|kept| kept.it.deadline());
        let known =
            |(ends, _): &(Timestamp, Ends)| seconds_since(*ends, self.picture()) <= OUTLIVED;
        let all =
            [session.expires.map(|at| (at, Ends::Silence)), limit.map(|at| (at, Ends::Limit))];
        all.into_iter().flatten().filter(known).min_by_key(|(ends, _)| *ends)
    }

    /// Seconds until `session` ends by itself.
    pub fn left(&self, session: &Session) -> Option<u64> {
        let left = seconds_since(self.picture(), self.ends(session)?.0);
        let soon = left < limits::LEFT.0 && !self.low_bandwidth;
        Some(if soon { left } else { self.shown(left) })
    }

    /// The time of day at `at`, where the console is.
    pub fn time_of_day(&self, at: Timestamp) -> String {
        let time = self.zone.to_datetime(at).time();
        format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }

    /// Seconds since the oldest data on the screen was read.
    pub fn data_age(&self) -> Option<u64> {
        self.pulse.data_from.map(|from| self.shown(seconds_since(from, self.now)))
    }

    /// Seconds for which an answer has been awaited over a link that is live, longer than they use to take.
    pub fn awaited(&self) -> Option<u64> {
        let since = self.pulse.awaited.filter(|_| self.pulse.link == Link::Live)?;
        Some(self.shown(seconds_since(since, self.now)))
    }

    /// True if the rows on the screen are older than they should be.
    pub fn is_stale(&self) -> bool {
        matches!(self.pulse.link, Link::Stale { .. } | Link::Retrying { .. })
    }

    /// How a table is to look.
    pub fn look(&self, focused: bool) -> Look {
        Look { focused, stale: self.is_stale(), ascii: self.ascii, theme: self.theme }
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
        self.floor.queue(id).map_or_else(|| id.short().into(), |queue| self.told_queue(queue))
    }

    /// A queue's name, so that it can be told from others.
    pub fn told_queue(&self, queue: &Queue) -> Plain {
        let apart = self.ascii.then(|| ascii::told_apart(&queue.name, || queue.id.short()));
        apart.flatten().unwrap_or_else(|| queue.name.clone())
    }

    /// A target's name, or the start of its id.
    pub fn target_name(&self, target: &Target) -> Plain {
        match target {
            Target::Agent(id) => {
                // Who supervises is often in no queue, and so not on the floor.
                let me = || match &self.pulse.me {
                    Some(Me::Person(account)) if *id == account.id.as_str().into() => {
                        Some(account.label().clone())
                    }
                    _ => None,
                };
                let label = self.floor.agent(id).map(Agent::label).or_else(me);
                label.unwrap_or_else(|| id.short().into())
            }
            Target::Queue(id) => self.queue_name(id),
        }
    }

    /// A session's guest, also for a while after its end, or else the start of its id.
    pub fn guest_name(&self, id: &SessionId) -> Plain {
        let gone = || self.guests.get(id).cloned().unwrap_or_else(|| id.short().into());
        self.floor.session(id).map_or_else(gone, Session::label)
    }
}

//! The parties of a session and the stretches of time they spent in it: what a conversation's history is
//! made of. Not their wire form, of which the API has three.

use std::collections::BTreeMap;

use crate::simulator::stamp::Millis;

/// What a participant is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Customer,
    Bot,
    Acd,
    Agent,
    /// Listens in on an agent, and is heard by nobody.
    Supervisor,
}

impl Purpose {
    /// Who a message comes from, as a message names it: what a customer is told in line, a flow says.
    pub(crate) fn entity(self) -> &'static str {
        match self {
            Self::Bot | Self::Acd => "Bot",
            Self::Customer | Self::Agent | Self::Supervisor => "Human",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Bot => "botflow",
            Self::Acd => "acd",
            Self::Agent => "agent",
            // Nothing published says which: a user who serves nobody.
            Self::Supervisor => "user",
        }
    }
}

/// The state of a participant's communication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Alerting,
    Connected,
    Parked,
    Disconnected,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Alerting => "alerting",
            Self::Connected => "connected",
            Self::Parked => "parked",
            Self::Disconnected => "disconnected",
        }
    }
}

/// Why a participant left. The two views of the API spell some of these differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disconnect {
    Client,
    Peer,
    Transfer,
    NoAnswer,
    System,
    Inactivity,
    Expired,
}

impl Disconnect {
    pub(crate) fn rest(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Peer => "peer",
            Self::Transfer => "transfer",
            Self::NoAnswer => "transfer.noanswer",
            Self::System => "system",
            Self::Inactivity => "inactivity",
            Self::Expired => "session.expired",
        }
    }

    pub(crate) fn analytics(self) -> &'static str {
        match self {
            Self::NoAnswer => "noAnswerTransfer",
            Self::Expired => "sessionExpired",
            other => other.rest(),
        }
    }
}

/// What a stretch of time was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentKind {
    Ivr,
    Alert,
    Interact,
    Parked,
    Wrapup,
    Monitoring,
}

impl SegmentKind {
    pub(crate) fn analytics(self) -> &'static str {
        ["ivr", "alert", "interact", "parked", "wrapup", "monitoring"][self as usize]
    }

    pub(crate) fn rest(self) -> &'static str {
        ["IVR", "Alert", "Interact", "Parked", "Wrapup", "Monitoring"][self as usize]
    }
}

/// A stretch of time.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) kind: SegmentKind,
    pub(crate) start: Millis,
    pub(crate) end: Option<Millis>,
    pub(crate) disconnect: Option<Disconnect>,
}

/// One party of a session.
#[derive(Debug, Clone)]
pub(crate) struct Participant {
    pub(crate) id: String,
    /// The communication id, which analytics calls the session id.
    pub(crate) communication: String,
    pub(crate) purpose: Purpose,
    pub(crate) state: State,
    pub(crate) agent: Option<usize>,
    /// The participant who is listened in on, for who does.
    pub(crate) monitors: Option<String>,
    pub(crate) queue: Option<usize>,
    pub(crate) start: Millis,
    pub(crate) connected: Option<Millis>,
    pub(crate) end: Option<Millis>,
    pub(crate) disconnect: Option<Disconnect>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) wrapup: Option<usize>,
}

impl Participant {
    pub(super) fn new(
        id: String,
        communication: String,
        purpose: Purpose,
        kind: SegmentKind,
        now: Millis,
    ) -> Self {
        let alerting = kind == SegmentKind::Alert;
        Self {
            id,
            communication,
            purpose,
            state: if alerting { State::Alerting } else { State::Connected },
            agent: None,
            monitors: None,
            queue: None,
            start: now,
            connected: (!alerting).then_some(now),
            end: None,
            disconnect: None,
            segments: vec![Segment { kind, start: now, end: None, disconnect: None }],
            attributes: BTreeMap::new(),
            wrapup: None,
        }
    }

    /// When it began to ring, for an agent.
    pub(crate) fn alert_start(&self) -> Option<Millis> {
        self.segments
            .iter()
            .find(|segment| segment.kind == SegmentKind::Alert)
            .map(|segment| segment.start)
    }

    /// Ends the open stretch and begins another.
    pub(super) fn turn_to(&mut self, kind: SegmentKind, state: State, now: Millis) {
        self.close_segment(now, None);
        self.segments.push(Segment { kind, start: now, end: None, disconnect: None });
        self.state = state;
        if state == State::Connected {
            self.connected.get_or_insert(now);
        }
    }

    /// The party leaves.
    pub(super) fn leave(&mut self, disconnect: Disconnect, now: Millis) {
        if self.end.is_some() {
            return;
        }
        self.close_segment(now, Some(disconnect));
        self.state = State::Disconnected;
        self.end = Some(now);
        self.disconnect = Some(disconnect);
    }

    pub(super) fn begin_wrapup(&mut self, now: Millis) {
        self.segments.push(Segment {
            kind: SegmentKind::Wrapup,
            start: now,
            end: None,
            disconnect: None,
        });
    }

    pub(super) fn close_segment(&mut self, now: Millis, disconnect: Option<Disconnect>) {
        if let Some(open) = self.segments.last_mut().filter(|segment| segment.end.is_none()) {
            open.end = Some(now);
            open.disconnect = disconnect;
        }
    }
}

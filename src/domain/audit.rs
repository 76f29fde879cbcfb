//! What the audit log keeps of an act.
//!
//! A record is written and synced before the act it announces (SPEC section 12). No secret and no
//! message text ever enters one. What a record is as bytes, and how to prove that none was changed: see
//! [`chain`].

mod arrival;
mod canonical;
pub mod chain;
pub mod checkpoint;
mod details;
pub mod note;
mod subject;
pub mod verify;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    id::{AgentId, HandoffId, ParticipantId, QueueId, SessionId},
    text::Plain,
};

pub use arrival::{Arrival, Astray, Brought};
pub use chain::{Filed, Hash, Head, Line, LogName, Sealed, Unreadable, Words};
pub use checkpoint::Checkpoint;
pub use details::{Details, Guarded};
pub use note::{Refused, SignerKey, VerifierKey};
pub use verify::{Fault, Finding, Part, Told, Verifier};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditEvent {
    /// The intent, on disk before anything leaves.
    HandoffInitiated,
    /// The target has the session.
    HandoffCompleted,
    /// A rule, a claim or the session's state forbade it; nothing left.
    HandoffRejected,
    /// It was tried and did not happen, or nobody can tell.
    HandoffFailed,
    /// A person called it back before anything left.
    HandoffCancelled,
    /// The intent to transfer it back while it still rings.
    CompensationInitiated,
    /// It is back where it came from; the target never answered.
    HandoffCompensated,
    /// A person has taken a session that was handed to a queue.
    HumanReached,
    /// What was to be told after a handoff (its reason, its routing) has arrived.
    ReasonRecorded,
    /// … has not, and will not be tried again. The handoff itself stands.
    ReasonFailed,
    /// A queue that has the session was told later how to route it.
    RoutingChanged,
    /// A queue that has the session could not be told how to route it.
    RoutingFailed,
    /// A guest's session is about to be opened.
    SessionInitialized,
    /// A guest's session is about to be ended, or has ended by itself.
    SessionTerminated,
    /// A session whose heartbeats failed is about to be disconnected.
    SessionDisconnected,
    /// We keep a session's heartbeat from now on.
    SupervisionBegun,
    /// We do no longer.
    SupervisionReleased,
    /// We keep it in place of a floorwalker that has gone.
    SupervisionTakenOver,
    /// A person has decided against a bot's request.
    RequestDeclined,
    /// A person wants to be asked about it again later.
    RequestDeferred,
    /// A person has it handed over after all.
    RequestReplayed,
    /// Nobody has taken it in time.
    RequestExpired,
    /// The CRM has been told.
    CrmSynced,
    /// Telling the CRM begins to fail, or a letter to it was given up.
    CrmSyncFailed,
    /// Workforce management has been told.
    WfmSynced,
    /// Telling workforce management begins to fail, or a letter to it was given up.
    WfmSyncFailed,
    /// A letter that was given up is to be told after all.
    OutboxReplayed,
    /// The personal parts of old records are about to be removed.
    AuditPurged,
    /// A person is about to listen in on an agent.
    MonitoringInitiated,
    /// They do.
    MonitoringBegun,
    /// They are about to stop.
    MonitoringEnding,
    /// They have stopped.
    MonitoringEnded,
    /// They could not begin, or stop, or nobody can tell.
    MonitoringFailed,
    /// A person is about to write to a customer, as the agent who serves them.
    MessageInitiated,
    /// It was sent.
    MessageSent,
    /// It was not, or nobody can tell.
    MessageFailed,
    /// A person has signed in to the org.
    Login,
    /// They have signed out.
    Logout,
}

impl AuditEvent {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::HandoffInitiated => "handoff_initiated",
            Self::HandoffCompleted => "handoff_completed",
            Self::HandoffRejected => "handoff_rejected",
            Self::HandoffFailed => "handoff_failed",
            Self::HandoffCancelled => "handoff_cancelled",
            Self::CompensationInitiated => "compensation_initiated",
            Self::HandoffCompensated => "handoff_compensated",
            Self::HumanReached => "human_reached",
            Self::ReasonRecorded => "reason_recorded",
            Self::ReasonFailed => "reason_failed",
            Self::RoutingChanged => "routing_changed",
            Self::RoutingFailed => "routing_failed",
            Self::SessionInitialized => "session_initialized",
            Self::SessionTerminated => "session_terminated",
            Self::SessionDisconnected => "session_disconnected",
            Self::SupervisionBegun => "supervision_begun",
            Self::SupervisionReleased => "supervision_released",
            Self::SupervisionTakenOver => "supervision_taken_over",
            Self::RequestDeclined => "request_declined",
            Self::RequestDeferred => "request_deferred",
            Self::RequestReplayed => "request_replayed",
            Self::RequestExpired => "request_expired",
            Self::CrmSynced => "crm_synced",
            Self::CrmSyncFailed => "crm_sync_failed",
            Self::WfmSynced => "wfm_synced",
            Self::WfmSyncFailed => "wfm_sync_failed",
            Self::OutboxReplayed => "outbox_replayed",
            Self::AuditPurged => "audit_purged",
            Self::MonitoringInitiated => "monitoring_initiated",
            Self::MonitoringBegun => "monitoring_begun",
            Self::MonitoringEnding => "monitoring_ending",
            Self::MonitoringEnded => "monitoring_ended",
            Self::MonitoringFailed => "monitoring_failed",
            Self::MessageInitiated => "message_initiated",
            Self::MessageSent => "message_sent",
            Self::MessageFailed => "message_failed",
            Self::Login => "login",
            Self::Logout => "logout",
        }
    }

    const ALL: [Self; 38] = [
        Self::HandoffInitiated,
        Self::HandoffCompleted,
        Self::HandoffRejected,
        Self::HandoffFailed,
        Self::HandoffCancelled,
        Self::CompensationInitiated,
        Self::HandoffCompensated,
        Self::HumanReached,
        Self::ReasonRecorded,
        Self::ReasonFailed,
        Self::RoutingChanged,
        Self::RoutingFailed,
        Self::SessionInitialized,
        Self::SessionTerminated,
        Self::SessionDisconnected,
        Self::SupervisionBegun,
        Self::SupervisionReleased,
        Self::SupervisionTakenOver,
        Self::RequestDeclined,
        Self::RequestDeferred,
        Self::RequestReplayed,
        Self::RequestExpired,
        Self::CrmSynced,
        Self::CrmSyncFailed,
        Self::WfmSynced,
        Self::WfmSyncFailed,
        Self::OutboxReplayed,
        Self::AuditPurged,
        Self::MonitoringInitiated,
        Self::MonitoringBegun,
        Self::MonitoringEnding,
        Self::MonitoringEnded,
        Self::MonitoringFailed,
        Self::MessageInitiated,
        Self::MessageSent,
        Self::MessageFailed,
        Self::Login,
        Self::Logout,
    ];

    /// The event of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// True for what a handoff ends with: exactly one of these follows every `handoff_initiated`.
    pub fn is_final(self) -> bool {
        match self {
            Self::HandoffCompleted
            | Self::HandoffRejected
            | Self::HandoffFailed
            | Self::HandoffCancelled
            | Self::HandoffCompensated => true,
            Self::HandoffInitiated
            | Self::CompensationInitiated
            | Self::HumanReached
            | Self::ReasonRecorded
            | Self::ReasonFailed
            | Self::RoutingChanged
            | Self::RoutingFailed
            | Self::SessionInitialized
            | Self::SessionTerminated
            | Self::SessionDisconnected
            | Self::SupervisionBegun
            | Self::SupervisionReleased
            | Self::SupervisionTakenOver
            | Self::RequestDeclined
            | Self::RequestDeferred
            | Self::RequestReplayed
            | Self::RequestExpired
            | Self::CrmSynced
            | Self::CrmSyncFailed
            | Self::WfmSynced
            | Self::WfmSyncFailed
            | Self::OutboxReplayed
            | Self::AuditPurged
            | Self::MonitoringInitiated
            | Self::MonitoringBegun
            | Self::MonitoringEnding
            | Self::MonitoringEnded
            | Self::MonitoringFailed
            | Self::MessageInitiated
            | Self::MessageSent
            | Self::MessageFailed
            | Self::Login
            | Self::Logout => false,
        }
    }
}

/// Who did it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The login name.
    pub user: Plain,
    /// The machine.
    pub host: Plain,
    /// The terminal, where there is one.
    pub tty: Option<Plain>,
    /// The address an SSH session came from.
    pub ssh_origin: Option<Plain>,
    /// As which of the org's users, where a person has signed in. A record has it among its details: a
    /// checker that knows no such field counts it to the part where it belongs.
    #[serde(skip)]
    pub account: Option<Account>,
}

/// A user of the org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The org's id of them.
    pub id: Plain,
    /// Their name, unless it may not be kept.
    pub name: Option<Plain>,
}

impl Account {
    /// Their name, or else their id.
    pub fn label(&self) -> &Plain {
        self.name.as_ref().unwrap_or(&self.id)
    }
}

impl Actor {
    /// Moves the org's user from the actor into the details.
    fn unfold(mut self, mut details: serde_json::Value) -> (Self, serde_json::Value) {
        if let (Some(account), Some(fields)) = (self.account.take(), details.as_object_mut()) {
            fields.insert("genesys_user".into(), account.id.as_str().into());
            if let Some(name) = account.name {
                fields.insert("genesys_name".into(), name.as_str().into());
            }
        }
        (self, details)
    }
}

/// A record before the log has numbered and dated it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// What happened.
    pub event: AuditEvent,
    /// Who did it.
    pub actor: Actor,
    /// The org, as the config names it.
    pub context: Plain,
    /// Which set of routes was spoken.
    pub dialect: &'static str,
    /// The handoff it belongs to.
    pub handoff: Option<HandoffId>,
    /// The conversation.
    pub session: Option<SessionId>,
    /// The participant that was replaced.
    pub participant: Option<ParticipantId>,
    /// The agent it went to.
    pub agent: Option<AgentId>,
    /// The queue it went to.
    pub queue: Option<QueueId>,
    /// How it was moved: `replace_agent`, `replace_queue`, `assign`, …
    pub transfer: Option<Plain>,
    /// The outcome's word.
    pub status: Option<&'static str>,
    /// From the order to the outcome, in ms (`latencyMs`).
    pub latency_ms: Option<u64>,
    /// The request alone, in ms with two decimals (`latency_ms` in SPEC section 7).
    pub request_ms: Option<f64>,
    /// The error's code.
    pub error_code: Option<Plain>,
    /// The error's message.
    pub error: Option<Plain>,
    /// Why it was done, in the person's words.
    pub reason: Option<Plain>,
    /// Why a guard was overridden, in the person's words.
    pub waiver: Option<Plain>,
    /// Genesys Cloud's correlation id, which its support asks for.
    pub correlation: Option<Plain>,
    /// More, as a JSON object.
    pub details: serde_json::Value,
}

impl AuditEntry {
    /// An entry of which nothing is known but who did what where.
    pub fn of(event: AuditEvent, actor: Actor, context: Plain, dialect: &'static str) -> Self {
        Self {
            event,
            actor,
            context,
            dialect,
            handoff: None,
            session: None,
            participant: None,
            agent: None,
            queue: None,
            transfer: None,
            status: None,
            latency_ms: None,
            request_ms: None,
            error_code: None,
            error: None,
            reason: None,
            waiver: None,
            correlation: None,
            details: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// The record that it becomes; the log gives it its number.
    pub fn dated(self, now: Timestamp) -> AuditRecord {
        // What is shown at once must equal what is read back later: milliseconds, no more.
        let timestamp = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let (actor, details) = self.actor.unfold(self.details);
        AuditRecord {
            seq: 0,
            timestamp,
            event: self.event.name().into(),
            actor,
            context: self.context,
            dialect: self.dialect.into(),
            handoff: self.handoff,
            session: self.session,
            participant: self.participant,
            agent: self.agent,
            queue: self.queue,
            transfer: self.transfer,
            status: self.status.map(Plain::new),
            latency_ms: self.latency_ms,
            request_ms: self.request_ms,
            error_code: self.error_code,
            error: self.error,
            reason: self.reason,
            waiver: self.waiver,
            correlation: self.correlation,
            details,
            purged: false,
        }
    }
}

/// A record of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditRecord {
    /// Its number: strictly increasing, without gaps.
    pub seq: i64,
    /// When it was written (UTC, ms).
    pub timestamp: Timestamp,
    /// What happened.
    pub event: Plain,
    /// Who did it.
    pub actor: Actor,
    /// The org, as the config names it.
    pub context: Plain,
    /// Which set of routes was spoken.
    pub dialect: Plain,
    /// The handoff it belongs to.
    pub handoff: Option<HandoffId>,
    /// The conversation.
    pub session: Option<SessionId>,
    /// The participant that was replaced.
    pub participant: Option<ParticipantId>,
    /// The agent it went to.
    pub agent: Option<AgentId>,
    /// The queue it went to.
    pub queue: Option<QueueId>,
    /// How it was moved.
    pub transfer: Option<Plain>,
    /// The outcome's word.
    pub status: Option<Plain>,
    /// From the order to the outcome, in ms.
    pub latency_ms: Option<u64>,
    /// The request alone, in ms.
    pub request_ms: Option<f64>,
    /// The error's code.
    pub error_code: Option<Plain>,
    /// The error's message.
    pub error: Option<Plain>,
    /// Why it was done.
    pub reason: Option<Plain>,
    /// Why a guard was overridden.
    #[serde(rename = "override")]
    pub waiver: Option<Plain>,
    /// Genesys Cloud's correlation id.
    pub correlation: Option<Plain>,
    /// More, as a JSON object.
    pub details: serde_json::Value,
    /// True once its personal part was purged: who did it and in which words is no longer known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub purged: bool,
}

//! The floor's states on the screen: a shape, a word and a role each.

use crate::{
    console::theme::Role,
    domain::{
        agent::{Agent, Presence, RoutingStatus},
        audit::AuditEvent,
        inbox::State,
        queue::QueueState,
        session::SessionState,
    },
};

/// A session's state.
pub fn session(state: SessionState) -> (&'static str, Role) {
    match state {
        SessionState::Waiting => ("○", Role::Strong),
        SessionState::Bot => ("◇", Role::Text),
        SessionState::Alerting => ("◎", Role::Warn),
        SessionState::Transferring => ("⇄", Role::Warn),
        SessionState::Connected => ("●", Role::Good),
        SessionState::Parked => ("‖", Role::Quiet),
        SessionState::Disconnected => ("×", Role::Quiet),
    }
}

/// A queue's state.
pub fn queue(state: QueueState) -> (&'static str, Role) {
    match state {
        QueueState::Open => ("●", Role::Good),
        QueueState::Full => ("■", Role::Warn),
        QueueState::Unstaffed => ("▲", Role::Alarm),
        QueueState::Paused => ("‖", Role::Quiet),
        QueueState::Missing => ("×", Role::Alarm),
        QueueState::Unknown => ("", Role::Quiet),
    }
}

/// What an agent is doing: routing's word, and off the queue the agent's own.
pub fn agent(agent: &Agent) -> (&'static str, &str, Role) {
    let Some(routing) = &agent.routing else { return ("", "-", Role::Quiet) };
    let (shape, role) = match routing {
        RoutingStatus::Idle => ("●", Role::Good),
        RoutingStatus::Interacting => ("◐", Role::Text),
        RoutingStatus::NotResponding => ("▲", Role::Alarm),
        RoutingStatus::Communicating => ("◑", Role::Warn),
        RoutingStatus::OffQueue | RoutingStatus::Other(_) => ("○", Role::Quiet),
    };
    let word = match (routing, &agent.presence) {
        // "Off queue" is all routing says; "meal" says when to expect the agent back.
        (RoutingStatus::OffQueue, Some(presence)) if *presence != Presence::OnQueue => {
            presence.word()
        }
        _ => routing.word(),
    };
    (shape, word, role)
}

/// The order in which a supervisor looks at sessions: who waits, who is with a bot, the rest.
pub fn urgency(state: SessionState) -> i64 {
    match state {
        SessionState::Waiting => 0,
        SessionState::Alerting => 1,
        SessionState::Transferring => 2,
        SessionState::Bot => 3,
        SessionState::Connected => 4,
        SessionState::Parked => 5,
        SessionState::Disconnected => 6,
    }
}

/// The order in which a supervisor looks for agents: who is free, who is on the queue, the rest.
pub fn readiness(agent: &Agent) -> u8 {
    match &agent.routing {
        Some(RoutingStatus::Idle) => 0,
        Some(RoutingStatus::Interacting) => 1,
        Some(RoutingStatus::NotResponding) => 2,
        Some(RoutingStatus::Communicating) => 3,
        Some(RoutingStatus::Other(_)) => 4,
        Some(RoutingStatus::OffQueue) => 5,
        None => 6,
    }
}

/// A bot's request.
pub fn request(state: &State) -> (&'static str, Role) {
    match state {
        State::Proposed { .. } => ("●", Role::Warn),
        State::Deferred { .. } => ("■", Role::Text),
        State::Queued => ("○", Role::Text),
        State::Handing { .. } => ("⠿", Role::Accent),
        State::Done { .. } => ("✓", Role::Good),
        State::Failed { .. } => ("✗", Role::Alarm),
        State::Declined { .. } => ("⊘", Role::Quiet),
        State::Expired { .. } => ("…", Role::Warn),
    }
}

/// An audit event, by its name.
pub fn event(event: &str) -> (&'static str, Role) {
    match AuditEvent::from_name(event) {
        Some(AuditEvent::HandoffInitiated) => ("→", Role::Text),
        Some(AuditEvent::HandoffCompleted) => ("✓", Role::Good),
        Some(AuditEvent::HandoffRejected) => ("⊘", Role::Warn),
        Some(AuditEvent::HandoffFailed) => ("✗", Role::Alarm),
        Some(AuditEvent::HandoffCancelled) => ("↩", Role::Quiet),
        Some(AuditEvent::CompensationInitiated) => ("←", Role::Text),
        Some(AuditEvent::HandoffCompensated) => ("↩", Role::Warn),
        Some(AuditEvent::HumanReached) => ("✓", Role::Good),
        Some(AuditEvent::ReasonRecorded | AuditEvent::RoutingChanged) => ("✓", Role::Quiet),
        Some(AuditEvent::ReasonFailed | AuditEvent::RoutingFailed) => ("▲", Role::Warn),
        Some(AuditEvent::SessionInitialized | AuditEvent::SupervisionBegun) => ("●", Role::Text),
        Some(AuditEvent::SupervisionTakenOver) => ("●", Role::Good),
        Some(AuditEvent::SupervisionReleased | AuditEvent::SessionTerminated) => ("○", Role::Quiet),
        Some(AuditEvent::SessionDisconnected | AuditEvent::RequestExpired) => ("○", Role::Warn),
        Some(AuditEvent::RequestDeclined) => ("⊘", Role::Quiet),
        Some(AuditEvent::RequestDeferred) => ("■", Role::Quiet),
        Some(AuditEvent::RequestReplayed) => ("→", Role::Text),
        Some(AuditEvent::CrmSynced | AuditEvent::WfmSynced) => ("✓", Role::Quiet),
        Some(AuditEvent::CrmSyncFailed | AuditEvent::WfmSyncFailed) => ("▲", Role::Warn),
        Some(AuditEvent::OutboxReplayed) => ("→", Role::Quiet),
        Some(AuditEvent::AuditPurged) => ("○", Role::Quiet),
        Some(AuditEvent::MonitoringInitiated | AuditEvent::MessageInitiated) => ("→", Role::Text),
        Some(AuditEvent::MonitoringBegun) => ("◉", Role::Good),
        Some(AuditEvent::MonitoringEnding) => ("←", Role::Text),
        Some(AuditEvent::MonitoringEnded) => ("○", Role::Quiet),
        Some(AuditEvent::MessageSent) => ("✓", Role::Good),
        Some(AuditEvent::MonitoringFailed | AuditEvent::MessageFailed) => ("✗", Role::Alarm),
        Some(AuditEvent::Login) => ("●", Role::Quiet),
        Some(AuditEvent::Logout) => ("○", Role::Quiet),
        None => ("·", Role::Text),
    }
}

/// A number as it is read: `1,204`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

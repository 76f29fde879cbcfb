//! What has become of a transfer, read from the conversation's participants.
//!
//! Genesys Cloud answers a transfer with "accepted"; whether anything came of it shows only in who
//! takes part. Participants that were there before the request say nothing; new ones tell.

use crate::domain::{
    detail::{Attendance, Participant, Purpose, SessionDetail},
    handoff::Target,
    id::{AgentId, ParticipantId},
    session::SessionState,
};

/// What has become of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that can be seen yet.
    Nothing,
    /// The agent's client rings.
    Alerting,
    /// A person has it.
    Accepted(AgentId),
    /// It is in the target queue.
    Queued,
    /// The agent declined.
    Refused,
    /// The agent did not answer.
    TimedOut,
    /// The conversation is over.
    Ended,
    /// It went to somebody else.
    Elsewhere(AgentId),
    /// It is back where it came from.
    Returned,
}

/// Reads the outcome from the conversation as it is now. `before` are the participants that were
/// there when the transfer was asked for.
pub fn outcome(before: &[ParticipantId], now: &SessionDetail, target: &Target) -> Outcome {
    let mut new = now.participants.iter().rev().filter(|p| !before.contains(&p.id));
    let found = match target {
        Target::Agent(id) => {
            let agents: Vec<_> = new.filter(|p| p.purpose == Purpose::Agent).collect();
            let ours = agents.iter().find(|p| p.agent.as_ref() == Some(id));
            ours.map(|p| of_agent(p, id)).or_else(|| elsewhere(&agents))
        }
        Target::Queue(id) => new
            .any(|p| p.purpose == Purpose::Queue && p.queue.as_ref() == Some(id))
            .then_some(Outcome::Queued),
    };
    match (found, now.session.state) {
        // An agent who had it before the end did accept; one who was still being alerted did not.
        (Some(Outcome::Alerting | Outcome::Refused) | None, SessionState::Disconnected) => {
            Outcome::Ended
        }
        (Some(outcome), _) => outcome,
        (None, _) => Outcome::Nothing,
    }
}

fn of_agent(participant: &Participant, id: &AgentId) -> Outcome {
    match participant.presence {
        Attendance::Alerting => Outcome::Alerting,
        Attendance::Connected | Attendance::Parked => Outcome::Accepted(id.clone()),
        Attendance::Gone if participant.connected.is_some() => Outcome::Accepted(id.clone()),
        Attendance::Gone if unanswered(participant) => Outcome::TimedOut,
        Attendance::Gone => Outcome::Refused,
    }
}

/// `transfer.noanswer` in conversations, `noAnswerTransfer` in analytics.
fn unanswered(participant: &Participant) -> bool {
    let ended_by = participant.ended_by.as_deref().unwrap_or_default().to_ascii_lowercase();
    ended_by.contains("noanswer") || ended_by.contains("timeout")
}

fn elsewhere(agents: &[&Participant]) -> Option<Outcome> {
    let other = agents.iter().find(|p| p.presence == Attendance::Connected)?;
    other.agent.clone().map(Outcome::Elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::session::Session;

    fn participant(id: &str, agent: &str, presence: Attendance) -> Participant {
        Participant {
            id: id.into(),
            purpose: Purpose::Agent,
            name: None,
            agent: Some(agent.into()),
            queue: None,
            presence,
            from: None,
            connected: None,
            until: None,
            ended_by: None,
            communication: None,
        }
    }

    fn now(state: SessionState, participants: Vec<Participant>) -> SessionDetail {
        SessionDetail {
            id: "c".into(),
            session: Session::bare("c".into(), state),
            participants,
            messages: Vec::new(),
            message_ids: Vec::new(),
            summary: None,
            guest: None,
            gaps: Vec::new(),
            read_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn to_ada(state: SessionState, participants: Vec<Participant>) -> Outcome {
        outcome(&["old".into()], &now(state, participants), &Target::Agent("ada".into()))
    }

    #[test]
    fn who_was_there_before_says_nothing() {
        let old = participant("old", "ada", Attendance::Connected);
        assert_eq!(to_ada(SessionState::Connected, vec![old]), Outcome::Nothing);
    }

    #[test]
    fn a_new_participant_of_the_agent_tells() {
        let tell = |p| to_ada(SessionState::Waiting, vec![p]);
        assert_eq!(tell(participant("new", "ada", Attendance::Alerting)), Outcome::Alerting);
        let accepted = Outcome::Accepted("ada".into());
        assert_eq!(tell(participant("new", "ada", Attendance::Connected)), accepted);
        let gone = participant("new", "ada", Attendance::Gone);
        assert_eq!(tell(gone.clone()), Outcome::Refused);
        let unanswered = Participant { ended_by: Some("transfer.noanswer".into()), ..gone.clone() };
        assert_eq!(tell(unanswered), Outcome::TimedOut);
        let served = Participant { connected: Some(jiff::Timestamp::UNIX_EPOCH), ..gone };
        assert_eq!(tell(served), accepted);
    }

    #[test]
    fn a_customer_who_left_is_not_a_refusal() {
        let gone = participant("new", "ada", Attendance::Gone);
        assert_eq!(to_ada(SessionState::Disconnected, vec![gone]), Outcome::Ended);
        assert_eq!(to_ada(SessionState::Disconnected, vec![]), Outcome::Ended);
    }

    #[test]
    fn somebody_else_is_somebody_else() {
        let bob = participant("new", "bob", Attendance::Connected);
        assert_eq!(to_ada(SessionState::Connected, vec![bob]), Outcome::Elsewhere("bob".into()));
    }

    #[test]
    fn a_queue_has_it_once_it_has_been_there() {
        let queued = Participant {
            purpose: Purpose::Queue,
            queue: Some("q".into()),
            ..participant("new", "", Attendance::Gone)
        };
        let detail = now(SessionState::Connected, vec![queued]);
        assert_eq!(outcome(&[], &detail, &Target::Queue("q".into())), Outcome::Queued);
        assert_eq!(outcome(&[], &detail, &Target::Queue("r".into())), Outcome::Nothing);
    }
}

//! What other systems are told, and how that stands (SPEC section 11). Not how it is delivered.

mod posted;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    handoff::Target,
    id::{ParticipantId, SessionId},
    text::Plain,
};

pub use posted::{Posted, Whereabouts};

/// Something to be told. It is written down together with what it tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Its own id: whoever gets it twice can tell.
    pub event: Plain,
    /// The org it is of, as the config names it: no other org's systems are told.
    pub context: Plain,
    /// Whom it is for.
    pub to: Destination,
    /// What it concerns; letters of one conversation keep their order.
    pub session: SessionId,
    /// When it happened.
    pub at: Timestamp,
    /// The JSON that is sent. No secret ever enters it.
    pub body: Value,
}

/// Whom something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// The CRM, of a handoff (S0).
    CrmHandoff,
    /// The CRM, of a session (S4).
    CrmSession,
    /// Workforce management, of a handoff (S3).
    Wfm,
}

impl Destination {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::CrmHandoff, Self::CrmSession, Self::Wfm];

    /// Its name in the store, in the configuration and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::CrmHandoff => "crm_handoff",
            Self::CrmSession => "crm_session",
            Self::Wfm => "wfm",
        }
    }

    /// The destination of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|to| to.name() == name)
    }
}

/// How a session stands, for the CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrmState {
    /// It is open.
    Connected,
    /// It has ended.
    Terminated,
}

impl CrmState {
    fn word(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Terminated => "terminated",
        }
    }
}

/// A handoff that was tried, for those who are told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The org, as the config names it.
    pub context: Plain,
    /// The session.
    pub session: SessionId,
    /// Whose place was taken.
    pub participant: Option<ParticipantId>,
    /// Where to.
    pub target: Target,
    /// How much history went along.
    pub history: u16,
    /// The transfer's request alone, in ms with two decimals; `None` where a crash has cut it short.
    pub latency_ms: Option<f64>,
    /// The HTTP status of its answer, if there was one.
    pub http_status: Option<u16>,
    /// What came of it.
    pub result: Result<Reached, Plain>,
    /// When that was known.
    pub at: Timestamp,
}

/// Whom a handoff has reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Reached {
    /// A person.
    Agent(super::id::AgentId),
    /// A queue; who will take it there is not known yet.
    Queue,
}

impl Letter {
    fn new(
        context: &Plain,
        to: Destination,
        session: &SessionId,
        at: Timestamp,
        body: Value,
    ) -> Self {
        let event = Plain::new(&uuid::Uuid::new_v4().to_string());
        Self { event, context: context.clone(), to, session: session.clone(), at, body }
    }

    /// S4's state update, without the guest's token that S4 sends along: it is a secret here.
    pub fn session(
        context: &Plain,
        session: &SessionId,
        state: CrmState,
        at: Timestamp,
        metadata: Value,
    ) -> Self {
        let body = json!({
            "conversationId": session,
            "state": state.word(),
            "timestamp": moment(at),
            "metadata": metadata,
        });
        Self::new(context, Destination::CrmSession, session, at, body)
    }

    /// What is to be told of a handoff that was tried: the CRM of one that has reached its target, workforce
    /// management of each.
    pub fn of(tried: &Tried) -> Vec<Self> {
        let crm = tried.result.as_ref().ok().map(|reached| Self::crm(tried, reached));
        crm.into_iter().chain([Self::wfm(tried)]).collect()
    }

    /// S0's handoff sync. What S0 takes from the transfer's answer is made of what is known, the same on
    /// either dialect.
    fn crm(tried: &Tried, reached: &Reached) -> Self {
        let (agent, state) = match reached {
            Reached::Agent(agent) => (Some(agent), "transferred"),
            Reached::Queue => (None, "queued"),
        };
        let to = match &tried.target {
            Target::Agent(id) => json!({"id": id, "type": "user"}),
            Target::Queue(id) => json!({"id": id, "type": "queue"}),
        };
        let transfer = json!({
            "id": tried.session,
            "transferTo": to,
            "historySize": tried.history,
            "state": state,
            "timestamp": moment(tried.at),
        });
        let body = json!({
            "event": "genesys_handoff_sync",
            "timestamp": moment(tried.at),
            "data": {
                "conversationId": tried.session, "agentId": agent, "transferState": transfer,
            },
        });
        Self::new(&tried.context, Destination::CrmHandoff, &tried.session, tried.at, body)
    }

    /// S3's record of a handoff. S3 knows queues alone: to an agent, the queue is null.
    fn wfm(tried: &Tried) -> Self {
        let (queue, kind) = match &tried.target {
            Target::Queue(id) => (Some(id), "queue"),
            Target::Agent(_) => (None, "user"),
        };
        let mut audit = json!({
            "timestamp": moment(tried.at),
            "conversation_id": tried.session,
            "participant_id": tried.participant,
            "queue_id": queue,
            "transfer_type": kind,
            "latency_ms": tried.latency_ms,
        });
        match &tried.result {
            Ok(_) => {
                audit["status"] = json!("success");
                audit["response_status"] = json!(tried.http_status);
            }
            Err(why) => {
                audit["status"] = json!("failed");
                audit["error_code"] = json!(tried.http_status);
                audit["error_message"] = json!(why);
            }
        }
        let body = json!({
            "event_type": "handoff_evaluated", "audit": audit, "sync_timestamp": moment(tried.at),
        });
        Self::new(&tried.context, Destination::Wfm, &tried.session, tried.at, body)
    }
}

/// UTC, in ms.
fn moment(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A letter that is ours to deliver now.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// Its number in the outbox.
    pub number: i64,
    /// Its own id, the same at each try.
    pub event: Plain,
    /// Whom it is for.
    pub to: Destination,
    /// What it concerns.
    pub session: SessionId,
    /// Since when it is to be told: when it was written, or last replayed.
    pub since: Timestamp,
    /// The tries so far, this one included.
    pub attempts: u32,
    /// What is sent, as it was written: the same bytes at each try.
    pub body: String,
}

/// What a try has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was told.
    Delivered,
    /// It is tried again, not before then.
    Again(Timestamp),
    /// It is tried no more.
    GivenUp,
}

/// How a target stands, for all who tell it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// So many tries in a row have failed, each of another letter than the one before.
    pub failures: u32,
    /// Nothing is tried before then.
    pub again: Option<Timestamp>,
    /// The letter that failed last.
    pub last: Option<i64>,
    /// Why it failed.
    pub trouble: Option<Plain>,
}

/// What is in the outbox for one destination.
#[derive(Clone, Debug, PartialEq)]
pub struct Tray {
    /// Whom it is for.
    pub to: Destination,
    /// Letters that wait to be told.
    pub waiting: u64,
    /// Since when the oldest of them has waited.
    pub oldest: Option<Timestamp>,
    /// Whether one of them may be tried now.
    pub due: bool,
    /// Letters that were given up.
    pub dead: u64,
    /// How the target stands.
    pub standing: Standing,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(target: Target, result: Result<Reached, Plain>) -> Vec<Value> {
        let tried = Tried {
            context: "org".into(),
            session: "c".into(),
            participant: Some("p".into()),
            target,
            history: 150,
            latency_ms: Some(12.34),
            http_status: Some(200),
            result,
            at: "2026-11-21T10:00:00.123456Z".parse().unwrap(),
        };
        Letter::of(&tried).into_iter().map(|letter| letter.body).collect()
    }

    #[test]
    fn a_state_is_told_in_the_shape_of_its_source() {
        let at = "2026-11-21T10:00:00Z".parse().unwrap();
        let told =
            |state| Letter::session(&"org".into(), &"c".into(), state, at, json!({"why": "x"}));
        let letter = told(CrmState::Connected);
        let expected = json!({
            "conversationId": "c", "state": "connected", "timestamp": "2026-11-21T10:00:00.000Z",
            "metadata": {"why": "x"},
        });
        assert_eq!(letter.body, expected);
        assert_eq!(told(CrmState::Terminated).body["state"], "terminated");
        assert_ne!(told(CrmState::Connected).event, letter.event);
        assert_eq!(letter.context, "org".into());
        for to in Destination::ALL {
            assert_eq!(Destination::from_name(to.name()), Some(to));
        }
    }

    #[test]
    fn a_handoff_that_reached_an_agent_is_told_in_both_shapes() {
        let told = tried(Target::Agent("a".into()), Ok(Reached::Agent("a".into())));
        let at = "2026-11-21T10:00:00.123Z";
        let crm = json!({
            "event": "genesys_handoff_sync", "timestamp": at,
            "data": {"conversationId": "c", "agentId": "a", "transferState": {
                "id": "c", "transferTo": {"id": "a", "type": "user"}, "historySize": 150,
                "state": "transferred", "timestamp": at,
            }},
        });
        let wfm = json!({
            "event_type": "handoff_evaluated", "sync_timestamp": at,
            "audit": {
                "timestamp": at, "conversation_id": "c", "participant_id": "p", "queue_id": null,
                "transfer_type": "user", "latency_ms": 12.34, "status": "success",
                "response_status": 200,
            },
        });
        assert_eq!(told, [crm, wfm]);
    }

    #[test]
    fn a_queue_has_it_and_no_agent_yet() {
        let told = tried(Target::Queue("q".into()), Ok(Reached::Queue));
        let data = &told[0]["data"];
        assert_eq!(
            (&data["agentId"], &data["transferState"]["state"]),
            (&Value::Null, &"queued".into())
        );
        assert_eq!(data["transferState"]["transferTo"], json!({"id": "q", "type": "queue"}));
        assert_eq!((&told[1]["audit"]["queue_id"], told.len()), (&"q".into(), 2));
    }

    #[test]
    fn of_a_failure_workforce_management_alone_is_told() {
        let told = tried(Target::Queue("q".into()), Err("refused".into()));
        let [wfm] = told.as_slice() else { panic!("{told:?}") };
        let audit = &wfm["audit"];
        assert_eq!((&audit["status"], &audit["error_code"]), (&"failed".into(), &200.into()));
        assert_eq!(
            (&audit["error_message"], audit.get("response_status")),
            (&"refused".into(), None)
        );
    }
}

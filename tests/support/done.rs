//! What a person does in sessions of the org made of plain values, and the store of what is on its way.

use std::time::Duration;

use floorwalker::{
    domain::{
        audit::{AuditEntry, AuditRecord},
        deed::{Deed, DeedFlight, DeedOrder, Seat},
        detail::{Attendance, Participant, Purpose, Speaker, Utterance},
        id::{AgentId, DeedId, MessageId, SessionId},
        session::SessionState,
    },
    genesys::{Acted, Error, client::Call, error::Kind},
    store::{Deeds, Store, StoreError},
};
use jiff::Timestamp;

use super::{Fake, Fate, agent_id, participant, session_id};

/// Whoever has signed in.
pub fn me() -> AgentId {
    "robin".into()
}

impl Fake {
    /// The nth session, with its first agent.
    pub fn connect(&self, n: u32) {
        self.serve(n, agent_id(0));
    }

    /// The nth session, with this agent.
    pub fn serve(&self, n: u32, agent: AgentId) {
        let mut state = self.state();
        let detail = state.sessions.get_mut(&session_id(n)).unwrap();
        for before in &mut detail.participants {
            before.presence = Attendance::Gone;
        }
        let serving = participant(500 + n, Purpose::Agent, Attendance::Connected);
        let serving = Participant { agent: Some(agent.clone()), ..serving };
        detail.participants.push(Participant { communication: Some("talk".into()), ..serving });
        (detail.session.state, detail.session.agent) = (SessionState::Connected, Some(agent));
    }

    /// The request of a deed; what it is for is remembered by its path.
    pub(super) fn deed_call(&self, order: &DeedOrder, seat: &Seat) -> Call {
        let path = format!("/deed/{}", order.id);
        self.state().deeds_planned.insert(path.clone(), (order.clone(), seat.clone()));
        Call::post("do it", path)
    }

    /// As the fate of the next request has it.
    pub(super) async fn deed_act(&self, call: Call) -> Result<Acted, Error> {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let (order, seat) = self.state().deeds_planned[&call.path].clone();
        let fate = {
            let mut state = self.state();
            state.history.push(order.deed.kind().word().into());
            state.fate.clone()
        };
        let lost = |kind| Err(Error::new("do it", kind, "lost"));
        match fate {
            Fate::Done => {
                let message = self.deed_apply(&order, &seat);
                let took = Duration::from_millis(60);
                Ok(Acted { took, correlation: Some("corr-2".into()), message })
            }
            Fate::DoneButLost(kind) => {
                self.deed_apply(&order, &seat);
                lost(kind)
            }
            Fate::DoneLate(wait) => {
                let late = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    late.deed_apply(&order, &seat);
                });
                lost(Kind::Timeout)
            }
            Fate::LostBefore(kind) | Fate::Refused(kind) => lost(kind),
        }
    }

    /// Does it, and names the message that was made.
    pub fn deed_apply(&self, order: &DeedOrder, seat: &Seat) -> Option<MessageId> {
        let now = self.clock().now();
        let mut state = self.state();
        let detail = state.sessions.get_mut(&order.session).unwrap();
        match &order.deed {
            Deed::Monitor => {
                let listens = participant(900, Purpose::Listener, Attendance::Connected);
                detail.participants.push(Participant { agent: Some(seat.me.clone()), ..listens });
                detail.session.monitor = Some(seat.me.clone());
                None
            }
            Deed::Leave => {
                let own = detail.participants.iter_mut().filter(|p| p.id == seat.participant);
                own.for_each(|p| p.presence = Attendance::Gone);
                detail.session.monitor = None;
                None
            }
            Deed::Say(text) => {
                let id = MessageId::from(format!("m{}", detail.message_ids.len()).as_str());
                detail.message_ids.push(id.clone());
                let (by, author) = (Speaker::Agent, Some(seat.me.clone()));
                let text = text.expose().into();
                detail.messages.push(Utterance { at: now, by, author, text });
                Some(id)
            }
        }
    }

    pub(super) fn deed_wrote(&self, session: &SessionId, ids: &[MessageId]) -> Vec<Utterance> {
        let state = self.state();
        let detail = &state.sessions[session];
        let told = detail.message_ids.iter().zip(&detail.messages);
        told.filter(|(id, _)| ids.contains(id)).map(|(_, said)| said.clone()).collect()
    }
}

impl Deeds for Fake {
    async fn begin_deed(
        &self,
        entry: AuditEntry,
        flight: &DeedFlight,
        now: Timestamp,
    ) -> Result<AuditRecord, StoreError> {
        let record = self.append(entry, now).await?;
        self.state().deeds.push(flight.clone());
        Ok(record)
    }

    async fn finish_deed(
        &self,
        entry: AuditEntry,
        deed: &DeedId,
        now: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        if !self.state().deeds.iter().any(|flight| flight.order.id == *deed) {
            return Ok(None);
        }
        let record = self.append(entry, now).await?;
        self.state().deeds.retain(|flight| flight.order.id != *deed);
        Ok(Some(record))
    }

    async fn deeds(&self) -> Result<Vec<DeedFlight>, StoreError> {
        Ok(self.state().deeds.clone())
    }
}

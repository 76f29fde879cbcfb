//! The true floor of this moment, for the witness and for tests. Not the API's view of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::World;
use super::sessions::{Session, Stage};
use crate::simulator::stamp::Stamp;

impl World {
    /// Queues with their counts, agents with their status, open sessions with their place.
    pub(crate) fn dump(&self) -> Value {
        json!({
            "now": Stamp(self.now),
            "queues": self.queue_rows(),
            "deployments": self.deployment_rows(),
            "guests": self.guest_rows(),
            "agents": self.agent_rows(),
            "sessions": self.open_sessions().map(|session| self.session_row(session)).collect::<Vec<_>>(),
        })
    }

    fn queue_rows(&self) -> Vec<Value> {
        let mut counts = vec![[0_u32; 6]; self.queues.len()];
        for session in self.open_sessions() {
            if let Some(queue) = session.queue {
                counts[queue][session.stage as usize] += 1;
            }
        }
        let row = |(queue, count): (&super::queues::Queue, &[u32; 6])| {
            json!({
                "id": queue.id, "name": queue.name, "waiting": count[Stage::Waiting as usize],
                "alerting": count[Stage::Alerting as usize], "connected": count[Stage::Connected as usize],
                "parked": count[Stage::Parked as usize],
            })
        };
        self.queues.iter().zip(&counts).map(row).collect()
    }

    fn deployment_rows(&self) -> Vec<Value> {
        let row = |door: &super::deployments::Deployment| {
            json!({
                "id": door.id, "name": door.name, "queue": self.queues[door.queue].id,
                "flow": door.flow.map(|flow| &self.flows[flow].id), "readOnly": door.read_only,
                "autoStart": door.auto_start, "durationSeconds": door.seconds,
            })
        };
        self.deployments.iter().map(row).collect()
    }

    fn guest_rows(&self) -> Vec<Value> {
        let row = |guest: &super::guests::Guest| {
            let conversation = guest.conversation.and_then(|key| self.sessions.get(&key));
            json!({
                "token": guest.token, "deployment": self.deployments[guest.deployment].id,
                "state": guest.standing.name(), "expires": Stamp(guest.expires), "connections": guest.lines(),
                "typed": guest.typed, "conversation": conversation.map(|session| &session.id),
            })
        };
        self.guests.values().map(row).collect()
    }

    fn agent_rows(&self) -> Vec<Value> {
        let row = |agent: &super::agents::Agent| {
            json!({
                "id": agent.id, "name": agent.name, "presence": agent.presence.analytics(), "status": agent.status.name(),
                "since": Stamp(agent.status_since), "active": agent.active.len(), "capacity": agent.capacity,
            })
        };
        // Supervisors are told with the persons who sign in.
        self.agents.iter().take(self.shape.agents).map(row).collect()
    }

    fn session_row(&self, session: &Session) -> Value {
        json!({
            "id": session.id, "guest": session.guest, "state": session.stage.name(), "moving": session.is_moving(),
            "queue": session.queue.map(|queue| &self.queues[queue].id), "agent": session.agent.map(|agent| &self.agents[agent].id),
            "participant": session.holder().id, "start": Stamp(session.start), "since": Stamp(session.since),
            "changed": Stamp(session.changed), "confidence": session.confidence, "sentiment": session.sentiment,
            "attributes": attributes(session),
        })
    }
}

/// The attributes of all participants together; of two with one name, the later participant's.
fn attributes(session: &Session) -> BTreeMap<&String, &String> {
    session.participants.iter().flat_map(|party| &party.attributes).collect()
}

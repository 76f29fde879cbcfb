//! Whether a queue takes sessions: one request a queue, in turn.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    turns::Turns,
    wire::{lenient, number, part, whole},
};
use crate::{
    domain::{
        id::QueueId,
        queue::{QueueState, Slots},
    },
    genesys::{
        Ask, Error, Lane, Patch, QueueCounts,
        client::{Call, Client},
        error::Kind,
        transport::Transport,
    },
};

/// A queue as S1 (`state`, `capacity`, `current_load`) and S3 (`status`, `members_count`) write it.
#[derive(Deserialize)]
struct Queue {
    /// A queue has an id; JSON of somebody else must not pass for an open one.
    #[serde(rename = "id")]
    _id: QueueId,
    #[serde(default, deserialize_with = "lenient")]
    state: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    status: Option<String>,
    #[serde(default, deserialize_with = "number")]
    capacity: Option<f64>,
    #[serde(default, deserialize_with = "number", alias = "currentLoad")]
    current_load: Option<f64>,
    #[serde(default, deserialize_with = "number", alias = "membersCount")]
    members_count: Option<f64>,
}

impl Queue {
    /// Open when every field that is there passes; one that is missing says nothing (SPEC section 4).
    fn state(&self) -> QueueState {
        let is = |field: &Option<String>, word: &str| {
            field.as_ref().map(|text| text.eq_ignore_ascii_case(word))
        };
        let (available, active) = (is(&self.state, "available"), is(&self.status, "active"));
        let full = self.capacity.zip(self.current_load).map(|(capacity, load)| load >= capacity);
        match (active, full, available) {
            (Some(false), ..) => QueueState::Paused,
            (_, Some(true), _) if whole(self.members_count) == Some(0) => QueueState::Unstaffed,
            (_, Some(true), _) => QueueState::Full,
            // Unavailable is full or paused, and this one has room.
            (_, Some(false), Some(false)) => QueueState::Paused,
            (_, None, Some(false)) => QueueState::Full,
            (None, _, None) => QueueState::Unknown,
            _ => QueueState::Open,
        }
    }

    fn slots(&self) -> Option<Slots> {
        let (capacity, load) = (whole(self.capacity)?, whole(self.current_load)?);
        Some(Slots { free: capacity.saturating_sub(load), capacity })
    }
}

/// The queues whose turn it is. One that is not there is told as missing.
pub async fn read<T: Transport>(
    client: &Client<T>,
    turns: &Turns<QueueId>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    let mut states = HashMap::new();
    for id in turns.next(&ask.queues, lane) {
        let path = format!("/api/v2/routing/queues/{}", part(&id));
        let call = Call::get("read the state of a queue", lane, path);
        let (state, slots) = match client.fetch::<Queue>(call).await {
            Ok(queue) => (queue.state(), queue.slots()),
            Err(error) if error.kind == Kind::NotFound => (QueueState::Missing, None),
            Err(error) => return Err(error),
        };
        states.insert(id, QueueCounts { told: Some(state), slots, ..QueueCounts::UNKNOWN });
    }
    Ok(Patch::QueueStates(states))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn state(mut fields: Value) -> QueueState {
        fields["id"] = json!("q");
        serde_json::from_value::<Queue>(fields).unwrap().state()
    }

    #[test]
    fn a_queue_is_open_when_every_field_that_is_there_passes() {
        let open = [
            json!({"state": "available"}),
            json!({"status": "active"}),
            json!({"state": "available", "status": "active", "capacity": 50, "current_load": "12"}),
            json!({"state": "available", "capacity": null, "current_load": 12, "colour": "red"}),
        ];
        assert!(open.into_iter().all(|fields| state(fields) == QueueState::Open));
        assert_eq!(state(json!({})), QueueState::Unknown);
        assert_eq!(state(json!({"state": 7, "status": {}})), QueueState::Unknown);
        assert_eq!(state(json!({"capacity": 50, "current_load": 12})), QueueState::Unknown);
    }

    #[test]
    fn what_does_not_pass_says_why() {
        let full = json!({"state": "unavailable", "capacity": 50, "current_load": 50});
        assert_eq!(state(full), QueueState::Full);
        let over =
            json!({"state": "available", "status": "active", "capacity": "3", "current_load": 3});
        assert_eq!(state(over), QueueState::Full);
        assert_eq!(state(json!({"state": "unavailable"})), QueueState::Full);
        let room = json!({"state": "unavailable", "capacity": 50, "current_load": 1});
        assert_eq!(state(room), QueueState::Paused);
        assert_eq!(state(json!({"state": "available", "status": "inactive"})), QueueState::Paused);
        let nobody = json!({"capacity": 0, "current_load": 0, "members_count": 0});
        assert_eq!(state(nobody), QueueState::Unstaffed);
    }
}

//! Who works on a queue, and what follows from that for its state.

use crate::domain::{
    agent::{Agent, Presence, RoutingStatus},
    queue::{QueueState, Slots, Staff},
};

/// The members of one queue.
#[derive(Default)]
pub struct People {
    /// Counted by routing status.
    pub staff: Staff,
    free: u32,
    capacity: u32,
    /// On-queue members of unknown capacity: with one of them the sum is unknown.
    unmeasured: u32,
    /// On-queue members whose capacity is the org's default until theirs is read.
    assumed: u32,
}

impl People {
    /// Counts one more member.
    pub fn add(&mut self, agent: &Agent, assumed: bool) {
        let count = match &agent.routing {
            Some(RoutingStatus::Idle) => &mut self.staff.idle,
            Some(RoutingStatus::Interacting) => &mut self.staff.interacting,
            Some(RoutingStatus::NotResponding) => &mut self.staff.not_responding,
            Some(RoutingStatus::Communicating) => &mut self.staff.communicating,
            // Whatever keeps such a one busy, a gateway's agents say so while they work.
            Some(RoutingStatus::Other(_)) if agent.presence == Some(Presence::OnQueue) => {
                &mut self.staff.communicating
            }
            Some(RoutingStatus::OffQueue | RoutingStatus::Other(_)) | None => {
                self.staff.off_queue += 1;
                return;
            }
        };
        *count += 1;
        self.assumed += u32::from(assumed);
        match (agent.free(), agent.capacity) {
            (Some(free), Some(capacity)) => {
                self.capacity = self.capacity.saturating_add(capacity);
                // Who does not answer or is on a call has places that nobody can use.
                if matches!(agent.routing, Some(RoutingStatus::Idle | RoutingStatus::Interacting)) {
                    self.free = self.free.saturating_add(free);
                }
            }
            _ => self.unmeasured += 1,
        }
    }

    /// True if no place is free, and none of that is an assumption.
    pub fn is_full(&self) -> bool {
        self.assumed == 0 && self.slots().is_some_and(|slots| slots.free == 0)
    }

    /// Their places, once all are known.
    pub fn slots(&self) -> Option<Slots> {
        (self.unmeasured == 0).then_some(Slots { free: self.free, capacity: self.capacity })
    }
}

/// The platform tells no state of a queue: it follows from who is there.
pub fn state(gone: bool, staff: Option<Staff>, full: bool) -> QueueState {
    match (gone, staff) {
        (true, _) => QueueState::Missing,
        (_, None) => QueueState::Unknown,
        (_, Some(staff)) if staff.on_queue() == 0 => QueueState::Unstaffed,
        _ if full => QueueState::Full,
        _ => QueueState::Open,
    }
}

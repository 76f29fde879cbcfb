//! How full a queue is: the places of those who work it now, and what takes them. Not who gets the next
//! session: routing.

use super::World;
use super::agents::{Agent, Presence};
use super::sessions::Stage;

/// A queue's places, and how many of them are spoken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// The places of its members who are on queue.
    pub(crate) capacity: usize,
    /// Places that are taken, by whichever queue, and those who wait here.
    pub(crate) current: usize,
}

impl World {
    /// How full a queue is at this moment.
    pub(crate) fn load(&self, queue: usize) -> Load {
        let waiting = self
            .open_sessions()
            .filter(|session| session.queue == Some(queue) && session.stage == Stage::Waiting)
            .count();
        let members = self.queues[queue].members.iter().map(|agent| &self.agents[*agent]);
        let staff = members.filter(|agent| agent.works(queue));
        let waits = Load { capacity: 0, current: waiting };
        staff.fold(waits, |load, agent| Load {
            capacity: load.capacity + agent.capacity,
            current: load.current + agent.active.len() + agent.wrapping.len(),
        })
    }

    /// Whether a queue takes one more. With nobody on queue there is no place at all.
    pub(crate) fn takes_more(&self, queue: usize) -> bool {
        let load = self.load(queue);
        !self.queues[queue].paused && load.current < load.capacity
    }
}

impl Agent {
    /// Whether the agent is a member who has joined this queue.
    pub(crate) fn joined(&self, queue: usize) -> bool {
        self.queues.iter().any(|(member, joined)| *member == queue && *joined)
    }

    fn works(&self, queue: usize) -> bool {
        self.presence == Presence::OnQueue && self.joined(queue)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;
    use crate::simulator::cast::Cast;

    #[test]
    fn a_queue_takes_more_until_its_places_are_taken_or_it_is_paused() {
        let shape = Shape { queues: 2, agents: 8, sessions: 0, speed: 1.0 };
        let mut world = World::new(5, shape, Cast::load().unwrap(), 1_800_000_000_000);
        for agent in &mut world.agents {
            agent.presence = Presence::Offline;
        }
        assert_eq!(world.load(0), Load::default());
        assert!(!world.takes_more(0), "nobody is there");
        let member = world.queues[0].members[0];
        world.agents[member].presence = Presence::OnQueue;
        assert!(world.takes_more(0));
        world.queues[0].paused = true;
        assert!(!world.takes_more(0));
        world.queues[0].paused = false;
        world.agents[member].active = vec![7; world.agents[member].capacity];
        assert!(!world.takes_more(0), "every place is taken");
    }
}

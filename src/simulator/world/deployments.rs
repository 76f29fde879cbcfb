//! Web messaging deployments: the doors through which guests come, each with a queue behind it. Not the
//! guests.

use std::collections::BTreeMap;

use super::World;
use super::lanes::Stream;
use super::sessions::Key;

/// A door for guests.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The queue behind it.
    pub(crate) queue: usize,
    /// The bot that guests meet first.
    pub(crate) flow: Option<usize>,
    /// Whether a conversation that the other side has ended stays to be read, and only that.
    pub(crate) read_only: bool,
    /// Whether a client is expected to join without waiting for a first message.
    pub(crate) auto_start: bool,
    /// How long a guest's session lives.
    pub(crate) seconds: u32,
}

/// A bot first, read-only, started by the client, seconds: one for each of the first queues.
const KINDS: [(bool, bool, bool, u32); 4] = [
    (true, true, false, 7_200),
    (false, true, false, 600),
    (false, true, true, 86_400),
    (true, false, true, 7_200),
];

/// What a client says of its guest beside a message.
pub(crate) type Attributes = BTreeMap<String, String>;

/// The attribute of a first message that names the queue it should lead to. A real flow has to be told
/// to heed it.
pub(super) const WANTED_QUEUE: &str = "floorwalker_queue";

impl World {
    pub(super) fn found_deployments(&mut self, seed: u64) {
        // Numbers of their own: the floor is the same with and without them.
        let mut ids = Stream::new(seed ^ 0x000D_0012);
        let doors = self.queues.iter().enumerate().zip(KINDS);
        let open = |((queue, behind), kind): ((usize, &super::queues::Queue), _)| {
            let (bot, read_only, auto_start, seconds): (bool, bool, bool, u32) = kind;
            let name = format!("{} messenger", behind.name);
            let flow = (bot && !self.flows.is_empty()).then(|| queue % self.flows.len());
            Deployment { id: ids.id(), name, queue, flow, read_only, auto_start, seconds }
        };
        self.deployments = doors.map(open).collect();
    }

    /// The deployment that a client is named which opens sessions for guests: straight to a queue, and for
    /// long.
    pub(crate) fn front_door(&self) -> Option<&str> {
        let direct = self.deployments.iter().filter(|door| door.flow.is_none());
        let door = direct.max_by_key(|door| door.seconds).or(self.deployments.first())?;
        Some(&door.id)
    }

    /// The deployment of an id.
    pub(crate) fn deployment(&self, id: &str) -> Option<usize> {
        self.deployments.iter().position(|door| door.id.eq_ignore_ascii_case(id))
    }

    /// The queue that the guest asks for, as a flow does that heeds such an attribute.
    pub(super) fn wanted_queue(&self, wanted: Option<&str>) -> Option<usize> {
        wanted.and_then(|id| self.queues.iter().position(|queue| queue.id == id))
    }

    /// Where the bot sends a guest who has talked to it.
    pub(super) fn queue_behind(&self, key: Key) -> Option<usize> {
        let deployment = self.deployment_of(key)?;
        let guest = self.sessions.get(&key)?.participants.first()?;
        let wanted = guest.attributes.get(WANTED_QUEUE).map(String::as_str);
        Some(self.wanted_queue(wanted).unwrap_or(deployment.queue))
    }

    fn deployment_of(&self, key: Key) -> Option<&Deployment> {
        let guest = self.sessions.get(&key)?.origin.guest()?;
        self.guests.get(&guest).map(|guest| &self.deployments[guest.deployment])
    }
}

//! Sessions that are opened from outside and not by the floor's own life: by a gateway's client, in the name
//! of a guest, or by a guest on a socket of their own. They join the floor like any other, with a bot or in line, and agents take
//! them; but they do not end by the floor's own chance: not because the bot solved it, patience ran out or
//! everything was said. Whoever opened one holds it open.

use serde_json::{Map, Value};

use super::World;
use super::guests::GuestKey;
use super::lanes::{Happening, Lane};
use super::participants::Disconnect;
use super::sessions::Key;
use crate::simulator::stamp::Millis;

/// How a session came to be.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// The floor's own life.
    Floor,
    /// Opened through a gateway, whose client says from beat to beat that the guest is still there.
    Gateway(Lease),
    /// A guest, whose words are their own.
    Guest(GuestKey),
}

impl Origin {
    pub(crate) fn is_floor(&self) -> bool {
        matches!(self, Self::Floor)
    }

    pub(crate) fn lease(&self) -> Option<&Lease> {
        match self {
            Self::Gateway(lease) => Some(lease),
            Self::Floor | Self::Guest(_) => None,
        }
    }

    pub(crate) fn guest(&self) -> Option<GuestKey> {
        match self {
            Self::Guest(key) => Some(*key),
            Self::Floor | Self::Gateway(_) => None,
        }
    }
}

/// What a gateway's client was granted.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    /// Who the guest is; what the client sent, not what the floor made up.
    pub(crate) guest: String,
    pub(crate) context: Value,
    pub(crate) metadata: Value,
    /// In seconds.
    pub(crate) limit: u32,
    /// How long no beat may come.
    pub(super) silence: Millis,
    /// So many beats came.
    pub(super) heard: u64,
}

/// Where a session opened from outside begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entrance {
    Queue(usize),
    Flow(usize),
}

/// What a session opened from outside is.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) language: usize,
    pub(crate) entrance: Entrance,
    pub(crate) origin: Origin,
}

impl Lease {
    /// As a client asked for it; the world says how long it may be silent.
    pub(crate) fn asked(
        guest: String,
        limit: u32,
        context: &Map<String, Value>,
        metadata: &Map<String, Value>,
    ) -> Self {
        let (context, metadata) = (Value::Object(context.clone()), Value::Object(metadata.clone()));
        Self { guest, context, metadata, limit, silence: 0, heard: 0 }
    }
}

impl World {
    /// Opens a session on the floor.
    pub(super) fn open(&mut self, opening: Opening) -> Key {
        let mut session = self.newcomer();
        (session.id, session.guest) = (opening.id, opening.name);
        (session.origin, session.language) = (opening.origin, opening.language);
        session.channel = "webmessaging";
        if let Entrance::Flow(flow) = opening.entrance {
            session.flow = flow;
        }
        let key = self.admit(session);
        match opening.entrance {
            // A flow is there also where it only shows the way to the queue.
            Entrance::Queue(queue) => self.enter_queue(key, queue, Lane::Moves),
            Entrance::Flow(_) => {
                let greeting = self.wait(Lane::Moves, 0.5, 2.0);
                self.moves.after(greeting, Happening::Turn(key, 0));
            }
        }
        key
    }

    /// What is to be done for those outside when a session ends.
    pub(super) fn farewell(&mut self, key: Key, how: Disconnect) {
        let now = self.now;
        let Some(session) = self.sessions.get(&key) else { return };
        self.watches.end(&session.id, now, how.rest());
        if let Some(guest) = session.origin.guest() {
            self.dismiss(guest, how);
        }
    }
}

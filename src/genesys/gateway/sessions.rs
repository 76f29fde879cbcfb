//! The sessions that somebody has named: all there are, because no route lists any.

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

use super::{Skills, locked, session, turns::Turns};
use crate::{
    domain::{
        id::SessionId,
        session::{Session, SessionState},
    },
    genesys::{Ask, Error, Lane, Patch, client::Client, error::Kind, transport::Transport},
};

/// What has been read of them so far.
#[derive(Debug, Default)]
pub struct Sessions {
    turns: Turns<SessionId>,
    /// `None` for one that is over or not there: it is not asked for again.
    rows: Mutex<HashMap<SessionId, Option<Session>>>,
}

impl Sessions {
    /// A session was read by itself: its turn has come.
    pub fn note(&self, id: &SessionId, session: &Session) {
        self.turns.note(id);
        let open = session.state != SessionState::Disconnected;
        locked(&self.rows).insert(id.clone(), open.then(|| session.clone()));
    }

    /// Reads those whose turn it is, and tells of all.
    pub async fn read<T: Transport>(
        &self,
        client: &Client<T>,
        skills: &Skills,
        ask: &Ask,
        lane: Lane,
    ) -> Result<Patch, Error> {
        let open = self.open(&ask.watched);
        let mut refused: Option<Error> = None;
        let mut read = 0;
        let turn = self.turns.next(&open, lane);
        for id in &turn {
            match session::look(client, id, lane).await {
                Ok(detail) => {
                    read += 1;
                    self.note(id, &detail.session);
                }
                Err(error) if error.kind == Kind::NotFound => {
                    read += 1;
                    locked(&self.rows).insert(id.clone(), None);
                }
                // One that can't be read says nothing of the others; somebody has named it wrongly.
                Err(error) if is_its_own(&error) => refused = refused.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if read == 0 => Err(error),
            _ => Ok(Patch::Sessions(self.told(skills))),
        }
    }

    /// Those that are worth asking for; the rest is forgotten.
    fn open(&self, watched: &[SessionId]) -> Vec<SessionId> {
        let mut rows = locked(&self.rows);
        let named: HashSet<&SessionId> = watched.iter().collect();
        rows.retain(|id, _| named.contains(id));
        watched.iter().filter(|id| rows.get(*id).is_none_or(Option::is_some)).cloned().collect()
    }

    fn told(&self, skills: &Skills) -> Vec<Session> {
        let mut sessions: Vec<Session> = locked(&self.rows).values().flatten().cloned().collect();
        sessions.iter_mut().for_each(|session| skills.name(session));
        sessions
    }
}

/// Whether an error is about this one session rather than about the way to all of them.
fn is_its_own(error: &Error) -> bool {
    matches!(
        error.kind,
        Kind::Permission | Kind::Invalid | Kind::Conflict | Kind::GatewayRefused | Kind::Decode
    )
}

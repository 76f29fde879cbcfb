//! The guest's side of web messaging (SPEC sections 8 and 9): the sockets of sessions that are held here.
//!
//! ```text
//! open, beat, close ──→ Guests ──→ keeper, a task a guest ──→ attached ──→ line: one connection
//!        transcript ←── record ←───────────────┘                 └──→ history: what was missed
//! ```
//!
//! On a socket nobody is an OAuth client: a guest is known by the token they keep, a UUID. Whoever has it
//! goes on with the same session, so another process can take it over. Nothing here ends a conversation;
//! that is a client's act.

mod attached;
mod door;
mod find;
mod history;
mod keeper;
mod line;
mod proxy;
mod record;
mod request;
pub mod wire;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout},
};

pub use door::Door;
pub use proxy::Proxy;
pub use request::Aim;

use crate::{
    domain::{
        detail::Utterance,
        guest::{Fate, GuestOrder, GuestToken, TOKEN_PREFIX},
        id::SessionId,
        session::Session,
        supervision::Sign,
    },
    genesys::{Error, client::Client, error::Kind, transport::Transport},
};
use keeper::{Ask, Greeting, Keeper};
use record::{Record, Standing};

/// What all of it is called in errors, but for the opening.
const OPERATION: &str = "keep the guest's socket";
const OPEN: &str = "open a session";
/// How long it may take until the guest's first words are told back.
const GREETED: Duration = Duration::from_secs(60);
/// How long the conversation is looked for: the slow source may be a minute behind.
const FOUND: Duration = Duration::from_secs(90);
/// The pauses between two looks, and the longest.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LONGEST_LOOK: Duration = Duration::from_secs(8);
/// How long a beat waits for its echo, or for another connection: less than whoever asks for it.
const BEAT: Duration = Duration::from_secs(13);
const CLOSE: Duration = Duration::from_secs(5);

/// All guests' sessions that are held here.
#[derive(Debug, Default)]
pub struct Guests {
    door: Option<Arc<Door>>,
    open: Mutex<HashMap<SessionId, Arc<Held>>>,
}

/// A session's task. When nobody has this any more, the task lets the connection go, and not the session.
#[derive(Debug)]
struct Held {
    record: Arc<Record>,
    asks: mpsc::Sender<Ask>,
}

impl Guests {
    /// Guests who come through a door.
    pub fn through(door: Door) -> Self {
        Self { door: Some(door.into()), open: Mutex::default() }
    }

    /// Whether guests can come at all.
    pub fn can_come(&self) -> bool {
        self.door.is_some()
    }

    /// Begins a session and finds out which conversation it is. The queue and the language go along as
    /// attributes; it is the deployment's flow that heeds them or not. The guest's name does not: every
    /// flow and agent could read it (and no published message takes it).
    ///
    /// # Errors
    /// If there is no door, or the session can't be begun, or its conversation can't be found.
    pub async fn open<T: Transport>(
        &self,
        client: &Arc<Client<T>>,
        order: &GuestOrder,
    ) -> Result<SessionId, Error> {
        let door = self.door()?;
        let token = uuid(&order.token)?;
        let attributes = json!({
            "floorwalker_queue": order.queue.to_string(),
            "floorwalker_locale": order.locale,
        });
        let held = begin(client, door, token, Some(attributes));
        let mut seen = held.record.seen.subscribe();
        let told = seen.wait_for(|seen| {
            seen.address.is_some() || matches!(seen.standing, Standing::Over | Standing::Failed(_))
        });
        let late = || Error::new(OPEN, Kind::Timeout, "the guest's first words were not told back");
        let told = timeout(GREETED, told).await.ok().and_then(Result::ok).map(|seen| seen.clone());
        let found = match told.map(|seen| (seen.standing, seen.address)) {
            Some((Standing::Failed(error), _)) => Err(Error { operation: OPEN, ..error }),
            Some((Standing::Away(_) | Standing::Open, Some(address))) => {
                conversation(client, &address).await
            }
            Some(_) => Err(Error::new(OPEN, Kind::Conflict, "it ended as soon as it had begun")),
            None => Err(late()),
        };
        let id = match found {
            Ok(id) => id,
            Err(error) if !held.record.seen.borrow().entered => return Err(error),
            Err(error) => {
                // A conversation may have begun: what comes of it is still heard here.
                self.lock().insert(order.id.clone(), held);
                return Err(Error { kind: Kind::Timeout, ..error });
            }
        };
        let mut open = self.lock();
        // What has ended can be read until the next one comes.
        open.retain(|_, held| !held.asks.is_closed());
        open.insert(id.clone(), held);
        Ok(id)
    }

    /// What became of an opening that was begun here and whose conversation was not found.
    ///
    /// # Errors
    /// While that is not known yet.
    pub async fn fate<T: Transport>(
        &self,
        client: &Arc<Client<T>>,
        order: &SessionId,
    ) -> Result<Fate, Error> {
        let Some(held) = self.lock().get(order).cloned() else { return Ok(Fate::Unknown) };
        let seen = held.record.seen.borrow().clone();
        let Some(address) = seen.address else {
            if matches!(seen.standing, Standing::Over | Standing::Failed(_)) {
                self.lock().remove(order);
                return Ok(Fate::Unknown);
            }
            return Err(Error::new(
                OPEN,
                Kind::Timeout,
                "the guest's first words were not told back",
            ));
        };
        match find::conversation(client, &address).await? {
            Some(id) => {
                let mut open = self.lock();
                open.remove(order);
                open.insert(id.clone(), held);
                Ok(Fate::Open(id))
            }
            None => Err(Error::new(OPEN, Kind::NotFound, "no query shows its conversation yet")),
        }
    }

    /// A sign of life by the session's socket, which is opened if only the token is here. `None` where the
    /// socket can't tell: there is none and no token, or the other side has gone, which may be the end.
    ///
    /// # Errors
    /// If the service does not answer, or refuses.
    pub async fn beat<T: Transport>(
        &self,
        client: &Arc<Client<T>>,
        session: &SessionId,
        token: Option<&GuestToken>,
    ) -> Result<Option<Sign>, Error> {
        let Some(held) = self.held(client, session, token)? else { return Ok(None) };
        let (reply, answer) = oneshot::channel();
        let asked = async {
            // A task that has ended has said before how it stands.
            let _ = held.asks.send(Ask::Beat(reply)).await;
            answer.await
        };
        let answer = timeout(BEAT, asked).await;
        let seen = held.record.seen.borrow().clone();
        match (seen.standing, answer) {
            // The socket says so of its own session; whether the conversation has ended only a read tells.
            (Standing::Over, _) => Ok(None),
            (Standing::Failed(error), _) => {
                self.lock().remove(session);
                Err(error)
            }
            (_, Ok(Ok(Ok(())))) => Ok(Some(Sign::Alive).filter(|_| !seen.doubtful)),
            (_, Ok(Ok(Err(error)))) | (Standing::Away(Some(error)), _) => Err(error),
            (_, Ok(Err(_)) | Err(_)) => {
                Err(Error::new(OPERATION, Kind::Timeout, "the guest's socket does not answer"))
            }
        }
    }

    /// The session was read: it goes on although the other side had gone, or it has ended.
    pub fn settle(&self, session: &SessionId, over: bool) {
        let Some(held) = self.lock().get(session).cloned() else { return };
        // A connection that knows it already may be reading what it has missed.
        let known = held.record.seen.borrow().standing == Standing::Over;
        if over && !known {
            held.record.stand(Standing::Over);
            // Nobody waits for it: the connection is of no more use.
            let _ = held.asks.try_send(Ask::Close(oneshot::channel().0));
        } else if !over {
            held.record.seen.send_modify(|seen| seen.doubtful = false);
        }
    }

    /// Closes the connections of a session's guest, if they are held here.
    pub async fn close(&self, session: &SessionId) {
        let Some(held) = self.lock().get(session).cloned() else { return };
        let (done, closed) = oneshot::channel();
        let asked = async {
            let sent = held.asks.send(Ask::Close(done)).await;
            if sent.is_ok() {
                let _ = closed.await;
            }
        };
        if timeout(CLOSE, asked).await.is_err() {
            tracing::warn!(%session, "a guest's connection does not let itself be closed");
            self.lock().remove(session);
        }
    }

    /// Lets a session's connections go, and not the session.
    pub fn let_go(&self, session: &SessionId) {
        // The task leaves once nobody can ask it for anything any more.
        self.lock().remove(session);
    }

    /// All that was said in a session that is held here, in order; `None` where something may be missing.
    pub fn transcript(&self, session: &SessionId) -> Option<Vec<Utterance>> {
        self.lock().get(session)?.record.transcript()
    }

    /// Adds when a session ends for good, where its guest was told.
    pub fn date(&self, session: &mut Session) {
        let held = self.lock().get(&session.id).cloned();
        let told = held.and_then(|held| held.record.seen.borrow().expires);
        session.expires = session.expires.into_iter().chain(told).min();
    }

    fn door(&self) -> Result<Arc<Door>, Error> {
        self.door.clone().ok_or_else(|| {
            let text = "no deployment is known: set messaging.deployment and messaging.origin";
            Error::new(OPEN, Kind::Invalid, text)
        })
    }

    /// The session's task; a new one if only the token is here.
    fn held<T: Transport>(
        &self,
        client: &Arc<Client<T>>,
        session: &SessionId,
        token: Option<&GuestToken>,
    ) -> Result<Option<Arc<Held>>, Error> {
        let mut open = self.lock();
        if let Some(held) = open.get(session) {
            return Ok(Some(held.clone()));
        }
        let Some(token) = token else { return Ok(None) };
        let held = begin(client, self.door()?, uuid(token)?, None);
        open.insert(session.clone(), held.clone());
        Ok(Some(held))
    }

    /// The lock is held for a few instructions and never across a wait.
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Held>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The UUID that a token is on a socket: its 128 bits in the spelling that is asked for there.
fn uuid(token: &GuestToken) -> Result<GuestToken, Error> {
    let bits = token.expose().strip_prefix(TOKEN_PREFIX).unwrap_or(token.expose());
    let text = "the guest's token has to hold a UUID on a guest's socket";
    let uuid = uuid::Uuid::try_parse(bits).map_err(|_| Error::new(OPEN, Kind::Invalid, text))?;
    Ok(uuid.to_string().into())
}

/// Starts a guest's task: to begin a session with these attributes, or to go on with the token's.
fn begin<T: Transport>(
    client: &Arc<Client<T>>,
    door: Arc<Door>,
    token: GuestToken,
    attributes: Option<Value>,
) -> Arc<Held> {
    let record = Arc::new(Record::new(attributes.is_some()));
    let (asks, heard) = mpsc::channel(8);
    let greeting = if attributes.is_some() { Greeting::Unsaid } else { Greeting::Said };
    let keeper = Keeper {
        client: client.clone(),
        door,
        token,
        record: record.clone(),
        asks: heard,
        greeting,
        attributes: attributes.unwrap_or_default(),
        start_new: false,
        met: false,
        beats: Vec::new(),
        echo_from: Instant::now(),
    };
    tokio::spawn(keeper.run());
    Arc::new(Held { record, asks })
}

/// Looks for an address's conversation until it shows.
async fn conversation<T: Transport>(client: &Client<T>, address: &str) -> Result<SessionId, Error> {
    let mut why = None;
    let look = async {
        let mut wait = FIRST_LOOK;
        loop {
            match find::conversation(client, address).await {
                Ok(Some(id)) => return id,
                Ok(None) => {}
                Err(error) => why = Some(error),
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_LOOK);
        }
    };
    let found = timeout(FOUND, look).await;
    found.map_err(|_| {
        let text = "the guest's session has begun, but no query shows its conversation: look for it \
                    among the queue's sessions";
        let error = || Error::new(OPEN, Kind::NotFound, text);
        // The guest is there, whatever it was that could not be asked then.
        why.map_or_else(error, |why| Error { operation: OPEN, unsent: false, ..why })
    })
}

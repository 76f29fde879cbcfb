//! Guests with a socket of their own: who they are by the token they keep, how long they may stay, and what
//! they say and do. Not the socket and not the words on it: a guest here has lines, and whatever happens to
//! their session is posted on every one of them.

use std::collections::VecDeque;

use super::World;
use super::beats::Sender;
use super::deployments::{Attributes, WANTED_QUEUE};
use super::lanes::{Happening, Lane};
use super::origin::{Entrance, Opening, Origin};
use super::participants::{Disconnect, Purpose};
use super::post::{Line, Post, Sign};
use super::sessions::{Key, Stage, Words};
use crate::simulator::stamp::Millis;

/// A guest's place in the order of arrival.
pub(crate) type GuestKey = u32;

/// So many messages in so many seconds; one echo in so many.
const MESSAGES_MOST: usize = 2;
const MESSAGES_SECONDS: f64 = 1.0;
const ECHO_SECONDS: f64 = 30.0;
const TEXT_MOST: usize = 4096;
pub(crate) const CUSTOM_BYTES_MOST: usize = 2048;
/// So many guests are remembered.
const KEPT: usize = 2048;
/// A bot hears so many messages before it calls for a human.
const BOT_HEARS: u32 = 3;

/// What a guest may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    /// The other side has ended the conversation: only a new session helps.
    ReadOnly,
    Expired,
}

impl Standing {
    pub(crate) fn name(self) -> &'static str {
        ["open", "read_only", "expired"][self as usize]
    }
}

/// Why something a guest asks for is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    Expired,
    NotFound,
    TooLong,
    AttributesTooLarge,
    /// With the seconds to wait.
    TooFast(u32),
}

/// One guest.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) token: String,
    pub(crate) deployment: usize,
    pub(crate) standing: Standing,
    /// The session's life.
    pub(crate) started: Millis,
    pub(crate) expires: Millis,
    /// The conversation of this session, once it has begun; still named when it is over.
    pub(crate) conversation: Option<Key>,
    /// How often the guest said that they were typing.
    pub(crate) typed: u64,
    pub(super) pass: Option<(String, Millis)>,
    pub(super) lines: Vec<Line>,
    sessions: u32,
    sent: VecDeque<Millis>,
    echoed: Option<Millis>,
}

/// What configuring a session came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Configured {
    pub(crate) guest: GuestKey,
    pub(crate) new: bool,
    pub(crate) cleared: bool,
}

/// A text with what came along.
#[derive(Debug)]
pub(crate) struct Saying {
    pub(crate) text: String,
    pub(crate) tracing: Option<String>,
    pub(crate) attributes: Attributes,
}

impl Guest {
    pub(crate) fn lines(&self) -> usize {
        self.lines.len()
    }

    fn stands(&self) -> Result<(), Refused> {
        match self.standing {
            Standing::Open => Ok(()),
            Standing::ReadOnly => Err(Refused::NotFound),
            Standing::Expired => Err(Refused::Expired),
        }
    }
}

impl World {
    /// Takes up the session of a token, or begins one.
    pub(crate) fn configure(
        &mut self,
        deployment: usize,
        token: &str,
        start_new: bool,
        line: Line,
    ) -> Result<Configured, Refused> {
        let known = self.guest_tokens.get(token).copied();
        let (guest, new, cleared) = match known {
            None => (self.welcome(deployment, token), true, false),
            Some(key) if self.guests[&key].deployment != deployment => {
                return Err(Refused::NotFound);
            }
            Some(key) if start_new => (key, true, self.clear(key)),
            Some(key) if self.guests[&key].standing == Standing::Expired => {
                return Err(Refused::Expired);
            }
            Some(key) => (key, false, false),
        };
        if new {
            self.begin(guest);
        }
        self.hang_up(guest, line.number);
        if let Some(guest) = self.guests.get_mut(&guest) {
            guest.lines.push(line);
        }
        Ok(Configured { guest, new, cleared })
    }

    fn welcome(&mut self, deployment: usize, token: &str) -> GuestKey {
        let (key, now) = (self.next_guest, self.now);
        self.next_guest += 1;
        let guest = Guest {
            token: token.to_owned(),
            deployment,
            standing: Standing::Open,
            started: now,
            expires: now,
            conversation: None,
            typed: 0,
            pass: None,
            lines: Vec::new(),
            sessions: 0,
            sent: VecDeque::new(),
            echoed: None,
        };
        self.guests.insert(key, guest);
        self.guest_tokens.insert(token.to_owned(), key);
        self.forget_a_guest();
        key
    }

    /// The oldest of those who are not connected goes first.
    fn forget_a_guest(&mut self) {
        if self.guests.len() <= KEPT {
            return;
        }
        let gone = self.guests.iter().find(|(_, guest)| guest.lines.is_empty());
        if let Some(guest) = gone.map(|(key, _)| *key).and_then(|key| self.guests.remove(&key)) {
            self.guest_tokens.remove(&guest.token);
        }
    }

    /// A session's life begins.
    fn begin(&mut self, key: GuestKey) {
        let now = self.now;
        let Some(guest) = self.guests.get(&key) else { return };
        let life = self.paced(f64::from(self.deployments[guest.deployment].seconds));
        let Some(guest) = self.guests.get_mut(&key) else { return };
        (guest.started, guest.expires) = (now, now + life);
        (guest.standing, guest.conversation) = (Standing::Open, None);
        guest.sessions += 1;
        let happening = Happening::GuestExpires(key, guest.sessions);
        self.moves.after(life, happening);
    }

    /// The guest leaves the conversation they are in; whether there was one.
    fn clear(&mut self, key: GuestKey) -> bool {
        let open = self.conversing(key);
        if let Some(session) = open {
            self.close(session, Disconnect::Client, Disconnect::Peer);
        }
        open.is_some()
    }

    /// The conversation that a guest is in.
    fn conversing(&self, key: GuestKey) -> Option<Key> {
        let session = self.guests.get(&key)?.conversation?;
        self.sessions.get(&session).filter(|session| session.end.is_none()).map(|open| open.key)
    }

    /// A number for a new line.
    pub(crate) fn line_number(&mut self) -> u64 {
        self.next_line += 1;
        self.next_line
    }

    /// A line is gone.
    pub(crate) fn hang_up(&mut self, guest: GuestKey, line: u64) {
        if let Some(guest) = self.guests.get_mut(&guest) {
            guest.lines.retain(|other| other.number != line);
        }
    }

    /// Lets one more message through, or says how long to wait.
    fn pace(&mut self, key: GuestKey) -> Result<(), Refused> {
        let (now, window) = (self.now, self.paced(MESSAGES_SECONDS));
        let guest = self.guests.get_mut(&key).ok_or(Refused::NotFound)?;
        guest.stands()?;
        guest.sent.retain(|at| *at + window > now);
        if let Some(oldest) = guest.sent.front().filter(|_| guest.sent.len() >= MESSAGES_MOST) {
            return Err(too_fast(*oldest + window - now));
        }
        guest.sent.push_back(now);
        Ok(())
    }

    /// The guest is there: that begins the conversation.
    pub(crate) fn join(
        &mut self,
        key: GuestKey,
        tracing: Option<String>,
        attributes: Attributes,
    ) -> Result<(), Refused> {
        self.pace(key)?;
        self.converse_with(key, attributes)?;
        let id = self.moves.id();
        let post = Post::Event { id, at: self.now, sign: Sign::Join, from: None, tracing };
        self.post(key, &post);
        Ok(())
    }

    /// The conversation that a guest is in, who has said this about themselves.
    fn converse_with(&mut self, key: GuestKey, attributes: Attributes) -> Result<Key, Refused> {
        let size: usize = attributes.iter().map(|(name, text)| name.len() + text.len()).sum();
        if size > CUSTOM_BYTES_MOST {
            return Err(Refused::AttributesTooLarge);
        }
        let wanted = attributes.get(WANTED_QUEUE).map(String::as_str);
        let session = self.converse(key, wanted);
        if let Some(session) = self.sessions.get_mut(&session) {
            session.participants[0].attributes.extend(attributes);
        }
        Ok(session)
    }

    /// The guest is typing.
    pub(crate) fn typing(&mut self, key: GuestKey) -> Result<(), Refused> {
        self.pace(key)?;
        if let Some(guest) = self.guests.get_mut(&key) {
            guest.typed += 1;
        }
        Ok(())
    }

    /// The guest says something; whoever serves them answers in a moment.
    pub(crate) fn hear(&mut self, key: GuestKey, saying: Saying) -> Result<(), Refused> {
        self.pace(key)?;
        if saying.text.chars().count() > TEXT_MOST {
            return Err(Refused::TooLong);
        }
        let session = self.converse_with(key, saying.attributes)?;
        let id = self.moves.id();
        self.utter(session, 0, id, Words::Exact(saying.text), saying.tracing);
        let wait = self.wait(Lane::Moves, 0.5, 2.0);
        self.moves.after(wait, Happening::Reply(session));
        Ok(())
    }

    /// Whether an echo may be answered now.
    pub(crate) fn echo(&mut self, key: GuestKey, sender: Sender) -> Result<(), Refused> {
        let (now, window) = (self.now, self.paced(ECHO_SECONDS));
        let guest = self.guests.get_mut(&key).ok_or(Refused::NotFound)?;
        if guest.standing == Standing::Expired {
            return Err(Refused::Expired);
        }
        if let Some(last) = guest.echoed.filter(|last| *last + window > now) {
            return Err(too_fast(last + window - now));
        }
        guest.echoed = Some(now);
        if let Some(session) = self.conversing(key) {
            self.note_echo(session, sender);
        }
        Ok(())
    }

    /// The guest's conversation, which begins now if there is none.
    fn converse(&mut self, key: GuestKey, wanted: Option<&str>) -> Key {
        if let Some(open) = self.conversing(key) {
            return open;
        }
        let deployment = &self.deployments[self.guests[&key].deployment];
        let queue = self.wanted_queue(wanted).unwrap_or(deployment.queue);
        let entrance = deployment.flow.map_or(Entrance::Queue(queue), Entrance::Flow);
        let id = self.moves.id();
        let opening = Opening {
            id,
            name: "Guest".to_owned(),
            language: 0,
            entrance,
            origin: Origin::Guest(key),
        };
        let session = self.open(opening);
        if let Some(session) = self.sessions.get_mut(&session) {
            session.left = BOT_HEARS;
        }
        if let Some(guest) = self.guests.get_mut(&key) {
            guest.conversation = Some(session);
        }
        session
    }

    /// A bot or an agent answers what was said; a bot that has heard enough calls for a human.
    pub(super) fn reply(&mut self, key: Key) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (stage, moving) = (session.stage, session.is_moving());
        match stage {
            Stage::Bot => {
                session.left = session.left.saturating_sub(1);
                let enough = session.left == 0 && !moving;
                self.answer_guest(key);
                if let Some(queue) = self.queue_behind(key).filter(|_| enough) {
                    self.enter_queue(key, queue, Lane::Moves);
                }
            }
            Stage::Connected => self.answer_guest(key),
            Stage::Waiting | Stage::Alerting | Stage::Parked | Stage::Closed => {}
        }
    }

    /// One of the phrases of whoever serves the guest; a human is seen typing first.
    pub(super) fn answer_guest(&mut self, key: Key) {
        let id = self.moves.id();
        let line = self.moves.rng.usize(0..64);
        let Some(session) = self.sessions.get(&key) else { return };
        let (holder, guest) = (session.holder, session.origin.guest());
        if let Some(guest) = guest.filter(|_| session.holder().purpose == Purpose::Agent) {
            let typing = self.moves.id();
            let from = Some(Purpose::Agent);
            let sign = Sign::Typing;
            self.post(guest, &Post::Event { id: typing, at: self.now, sign, from, tracing: None });
        }
        self.utter(key, holder, id, Words::Line(line), None);
    }

    /// The other side has ended the conversation.
    pub(super) fn dismiss(&mut self, key: GuestKey, how: Disconnect) {
        let left = matches!(how, Disconnect::Client | Disconnect::Expired);
        let Some(guest) = self.guests.get_mut(&key).filter(|_| !left) else { return };
        if !self.deployments[guest.deployment].read_only {
            return;
        }
        guest.standing = Standing::ReadOnly;
        let (started, expires) = (guest.started, guest.expires);
        let (id, at, from) = (self.moves.id(), self.now, Some(Purpose::Agent));
        self.post(key, &Post::Event { id, at, sign: Sign::Disconnect, from, tracing: None });
        self.post(key, &Post::ReadOnly { started, expires });
    }

    /// The session's life is over, unless another has begun.
    pub(super) fn guest_expires(&mut self, key: GuestKey, sessions: u32) {
        let Some(guest) = self.guests.get_mut(&key).filter(|guest| guest.sessions == sessions)
        else {
            return;
        };
        guest.standing = Standing::Expired;
        if let Some(session) = self.conversing(key) {
            self.close(session, Disconnect::Expired, Disconnect::Expired);
        }
        self.post(key, &Post::Expired);
    }

    /// The guest of a token.
    pub(crate) fn guest(&self, token: &str) -> Option<GuestKey> {
        self.guest_tokens.get(token).copied()
    }

    /// Posts on one line of a guest, or on every one; a line that takes no more is given up.
    pub(crate) fn post_on(&mut self, key: GuestKey, only: Option<u64>, post: &Post) {
        if let Some(guest) = self.guests.get_mut(&key) {
            guest.lines.retain(|line| {
                only.is_some_and(|number| line.number != number) || line.post(post.clone())
            });
        }
    }

    /// Posts on every line of a guest.
    pub(crate) fn post(&mut self, key: GuestKey, post: &Post) {
        self.post_on(key, None, post);
    }
}

fn too_fast(ms: Millis) -> Refused {
    Refused::TooFast(u32::try_from((ms + 999) / 1000).unwrap_or(1).max(1))
}

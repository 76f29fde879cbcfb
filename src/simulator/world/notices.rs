//! What bots tell those who asked to be told: what they made of a message, and that a human is needed. Not the
//! telling, which takes time: the world only puts it in line.

use serde_json::{Value, json};
use uuid::Uuid;

use super::World;
use super::lanes::{Course, Happening, Lane};
use super::participants::Purpose;
use super::sessions::{Key, Session, Words};
use crate::simulator::cast::{IntentCard, tag};

/// Seconds that a bot waits for somebody before it lets the customer into a queue.
const PATIENCE: (f64, f64) = (90.0, 150.0);
const SOMEBODY_COMES: &str = "I have asked for a colleague. Somebody will be with you in a moment.";

/// Which webhook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hook {
    /// The bot asks for a human.
    BotHandoff,
    /// The bot tells what it made of a message.
    Messaging,
}

impl Hook {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BotHandoff => "bot_handoff",
            Self::Messaging => "messaging",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::BotHandoff => "/webhooks/bot-handoff",
            Self::Messaging => "/webhook/messaging",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::BotHandoff, Self::Messaging].into_iter().find(|hook| hook.name() == name)
    }
}

/// Something that a bot tells.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    /// The same however often it has to be told.
    pub(crate) id: String,
    pub(crate) hook: Hook,
    pub(crate) conversation: String,
    pub(crate) body: Value,
}

impl World {
    /// The bot tells what it made of the customer's last message, if it is one of those that do.
    pub(super) fn tell_turn(&mut self, key: Key) {
        let Some(session) =
            self.telling(key).filter(|session| self.turn_of(session).is_multiple_of(2))
        else {
            return;
        };
        let body = self.message(session, session.confidence);
        self.put_in_line(Hook::Messaging, &session.id, body);
    }

    /// The bot asks for a human and waits, if it is one of those that do and somebody may hear it.
    pub(super) fn ask_for_human(&mut self, key: Key, queue: usize) -> bool {
        let Some(session) = self.telling(key) else { return false };
        let body = self.plea(session, &self.intent(session).reason);
        let (course, holder) = (session.course, session.holder);
        if self.put_in_line(Hook::BotHandoff, &session.id, body).is_none() {
            return false;
        }
        let id = self.life.id();
        self.utter(key, holder, id, Words::Exact(SOMEBODY_COMES.to_owned()), None);
        let wait = self.wait(Lane::Life, PATIENCE.0, PATIENCE.1);
        self.life.after(wait, Happening::NobodyCame(key, course, queue));
        true
    }

    /// The bot has waited long enough, unless the customer was taken from it.
    pub(super) fn nobody_came(&mut self, key: Key, course: Course, queue: usize) {
        let Some(session) = self.sessions.get(&key).filter(|session| session.course == course)
        else {
            return;
        };
        // Somebody is at it: whether that works is soon seen.
        if session.is_moving() {
            let again = self.paced(5.0);
            return self.life.after(again, Happening::NobodyCame(key, course, queue));
        }
        self.enter_queue(key, queue, Lane::Life);
    }

    /// Tells of a conversation now, whatever its bot would do; the notice's id, unless nobody is told.
    pub(crate) fn tell_now(
        &self,
        key: Key,
        hook: Hook,
        confidence: Option<f64>,
        reason: Option<&str>,
    ) -> Option<String> {
        let session = self.sessions.get(&key)?;
        let body = match hook {
            Hook::Messaging => self.message(session, confidence.unwrap_or(session.confidence)),
            Hook::BotHandoff => self.plea(session, reason.unwrap_or(&self.intent(session).reason)),
        };
        self.put_in_line(hook, &session.id, body)
    }

    /// Of the sessions in a stage whose bots call nobody by themselves and that were not picked before, the one
    /// with the calmest customer.
    pub(crate) fn pick(&mut self, stage: &str) -> Option<String> {
        let fits = |it: &&Session| {
            it.stage.name() == stage && !it.picked && !it.is_moving() && !self.calls_by_itself(it)
        };
        let calmest = |one: &&Session, other: &&Session| one.sentiment.total_cmp(&other.sentiment);
        let key = self.open_sessions().filter(fits).max_by(calmest)?.key;
        let session = self.sessions.get_mut(&key)?;
        session.picked = true;
        Some(session.id.clone())
    }

    /// The queue for each word by which a bot says what a customer wants: its intents, and its reasons.
    pub(crate) fn words_to_queues(&self) -> Vec<(String, String)> {
        let mut words = Vec::new();
        for intent in &self.cast.floor.intent {
            let of_topic = |queue: &&super::queues::Queue| {
                self.cast.floor.topic.get(queue.topic).is_some_and(|it| it.name == intent.topic)
            };
            if let Some(queue) = self.queues.iter().find(of_topic) {
                words.push((intent.name.clone(), queue.id.clone()));
                words.push((intent.reason.clone(), queue.id.clone()));
            }
        }
        words
    }

    /// A session whose bot calls webhooks. Before the floor is shown there is nobody to be told.
    fn telling(&self, key: Key) -> Option<&Session> {
        let session = self.sessions.get(&key).filter(|_| self.shown && self.notices.is_some())?;
        self.calls_by_itself(session).then_some(session)
    }

    /// Whether the bot of this session calls webhooks, where there are any.
    fn calls_by_itself(&self, session: &Session) -> bool {
        let every = self.intent(session).every.get();
        session.origin.is_floor() && session.key.is_multiple_of(every)
    }

    /// Its place among those that call: every other tells of each message, too.
    fn turn_of(&self, session: &Session) -> u32 {
        session.key / self.intent(session).every
    }

    fn intent(&self, session: &Session) -> &IntentCard {
        &self.cast.floor.intent[session.intent]
    }

    /// Puts it in line; its id, unless there is no line or it is full.
    fn put_in_line(&self, hook: Hook, conversation: &str, body: Value) -> Option<String> {
        // Not drawn from the seed: whoever is told may remember the ids of an earlier run.
        let id = format!("msg_{}", Uuid::new_v4().simple());
        let notice = Notice { id: id.clone(), hook, conversation: conversation.to_owned(), body };
        self.notices.as_ref()?.try_send(notice).ok().map(|()| id)
    }

    fn message(&self, session: &Session, confidence: f64) -> Value {
        let by_customer = |said: &&super::sessions::Utterance| {
            session.participants[said.speaker].purpose == Purpose::Customer
        };
        let said = session.utterances.iter().rev().find(by_customer);
        json!({
            "conversationId": session.id, "event": "message",
            "intent": {"intent": self.intent(session).name, "confidence": hundredths(confidence)},
            "text": said.map_or("", |said| self.words(session, said)),
        })
    }

    fn plea(&self, session: &Session, reason: &str) -> Value {
        let id = format!("guest-{}", session.address.get(..8).unwrap_or_default());
        let language = self.languages.get(session.language).map_or("", |known| &known.name);
        json!({
            "conversationId": session.id,
            "guestInfo": {
                "id": id, "name": session.guest, "email": format!("{id}@example.com"),
                "externalId": format!("CRM-{:06}", session.key),
            },
            "handoffReason": reason,
            "customContext": {
                "attempted_resolution": self.intent(session).tried,
                // From 0, angry, to 1, delighted.
                "sentiment_score": format!("{:.2}", (session.sentiment + 1.0) / 2.0),
                "preferred_language": tag(language),
            },
        })
    }
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

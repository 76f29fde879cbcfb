//! What is said: by whom, in which order, and to whom it is told. Not the choice of the words: bots and guests
//! make it.

use super::World;
use super::participants::Purpose;
use super::post::{Post, Told};
use super::sessions::{Key, Session, Utterance, Words};
use crate::simulator::stamp::Millis;

impl World {
    /// Somebody says something now. Nothing is said in the same millisecond as what was said before it:
    /// the time of a message tells its order.
    pub(super) fn utter(
        &mut self,
        key: Key,
        speaker: usize,
        id: String,
        words: Words,
        tracing: Option<String>,
    ) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let at = session.utterances.last().map_or(now, |last| now.max(last.at + 1));
        let sentiment = session.sentiment;
        session.utterances.push(Utterance { id, at, speaker, words, sentiment });
        session.changed = now;
        if matches!(session.participants[speaker].purpose, Purpose::Customer | Purpose::Agent) {
            session.quiet_since = at;
        }
        self.tell_guest(key, tracing);
    }

    /// Posts what was said last to the guest whose session this is.
    fn tell_guest(&mut self, key: Key, tracing: Option<String>) {
        let Some(session) = self.sessions.get(&key) else { return };
        let (Some(guest), Some(said)) = (session.origin.guest(), session.utterances.last()) else {
            return;
        };
        let told = Told { tracing, ..self.told(session, said) };
        self.post(guest, &Post::Message(told));
    }

    /// An utterance as a guest is told of it.
    pub(crate) fn told(&self, session: &Session, said: &Utterance) -> Told {
        Told {
            id: said.id.clone(),
            at: said.at,
            text: self.words(session, said).to_owned(),
            from: session.participants[said.speaker].purpose,
            address: session.address.clone(),
            tracing: None,
        }
    }

    /// The words of an utterance.
    pub(crate) fn words<'a>(&'a self, session: &Session, utterance: &'a Utterance) -> &'a str {
        let line = match &utterance.words {
            Words::Exact(text) => return text,
            Words::Line(line) => *line,
        };
        let lines = match session.participants[utterance.speaker].purpose {
            Purpose::Customer => self.cast.lines(session.language),
            Purpose::Agent | Purpose::Supervisor => &self.cast.utterances.agent,
            Purpose::Bot | Purpose::Acd => &self.cast.utterances.bot,
        };
        lines.get(line % lines.len().max(1)).map_or("", String::as_str)
    }

    /// Lets whoever serves a session say a text; its id and time, unless the session is over.
    pub(crate) fn speak(&mut self, key: Key, text: String) -> Option<(String, Millis)> {
        let session = self.sessions.get(&key).filter(|session| session.end.is_none())?;
        let (holder, id) = (session.holder, self.moves.id());
        self.utter(key, holder, id, Words::Exact(text), None);
        let said = self.sessions.get(&key)?.utterances.last()?;
        Some((said.id.clone(), said.at))
    }
}

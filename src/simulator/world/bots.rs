//! The talk: turns with a bot, whose confidence and whose customer's mood move, and turns with an agent.
//! Not who is talked to next: routing.

use super::lanes::{Course, Happening, Lane};
use super::participants::Disconnect;
use super::sessions::{BotTurn, Key, Stage, Words};
use super::{Scope, World};

impl World {
    /// The next exchange of a session that is with a bot or an agent.
    pub(super) fn turn(&mut self, key: Key, course: Course) {
        let Some(session) = self.sessions.get_mut(&key).filter(|session| session.course == course)
        else {
            return;
        };
        // A guest speaks for themselves: they are only greeted.
        if session.origin.guest().is_some() {
            return self.answer_guest(key);
        }
        session.left = session.left.saturating_sub(1);
        let (stage, left) = (session.stage, session.left);
        // While a handoff is being carried out nobody ends the session under it; and an agent talks with a
        // guest from outside for as long as the guest is there, as does a supervisor with anybody.
        let supervised = session.agent.is_some_and(|agent| agent >= self.shape.agents);
        let stays = stage == Stage::Connected && (supervised || !session.origin.is_floor());
        let over = left == 0 && !session.is_moving() && !stays;
        match stage {
            Stage::Bot if over => self.bot_is_done(key),
            Stage::Bot => self.bot_turn(key, course),
            Stage::Connected if over => self.talk_is_over(key),
            Stage::Connected => self.agent_turn(key, course),
            Stage::Waiting | Stage::Alerting | Stage::Parked | Stage::Closed => {}
        }
    }

    fn bot_turn(&mut self, key: Key, course: Course) {
        let confidence = self.life.rng.f64() * 0.24 - 0.12;
        let mood = self.life.rng.f64() * 0.36 - 0.2;
        let (input, prompt) = self.exchange(key, mood);
        let now = self.now;
        if let Some(session) = self.sessions.get_mut(&key) {
            session.confidence = (session.confidence + confidence).clamp(0.05, 0.99);
            let understood = session.confidence >= 0.5;
            session.turns.push(BotTurn {
                at: now,
                input,
                prompt,
                confidence: session.confidence,
                understood,
            });
        }
        self.tell_turn(key);
        let next = self.wait(Lane::Life, 10.0, 30.0);
        self.life.after(next, Happening::Turn(key, course));
    }

    fn agent_turn(&mut self, key: Key, course: Course) {
        let mood = self.life.rng.f64() * 0.3 - 0.1;
        self.exchange(key, mood);
        if self.life.chance(0.006)
            && !self.is_with_supervisor(key)
            && !self.sessions.get(&key).is_some_and(|session| session.is_moving())
        {
            return self.park(key);
        }
        let next = self.wait(Lane::Life, 12.0, 45.0);
        self.life.after(next, Happening::Turn(key, course));
    }

    /// The customer says something and whoever serves them answers a moment later.
    fn exchange(&mut self, key: Key, mood: f64) -> (usize, usize) {
        let (question, answer) = (self.life.id(), self.life.id());
        let (input, prompt) = (self.life.rng.usize(0..64), self.life.rng.usize(0..64));
        let Some(session) = self.sessions.get_mut(&key) else { return (0, 0) };
        session.sentiment = (session.sentiment + mood).clamp(-1.0, 1.0);
        let holder = session.holder;
        self.utter(key, 0, question, Words::Line(input), None);
        // A supervisor speaks for themselves.
        if !self.is_with_supervisor(key) {
            self.utter(key, holder, answer, Words::Line(prompt), None);
        }
        (input, prompt)
    }

    /// One exchange at this moment, whatever the session's own pace.
    pub(crate) fn talk(&mut self, key: Key) {
        self.exchange(key, 0.0);
        // The answer comes a millisecond after the question, and the next question after that.
        self.advance(2, Scope::Handoffs);
    }

    /// The bot solved it, or a human is needed.
    fn bot_is_done(&mut self, key: Key) {
        let solved = self.life.chance(0.3);
        let Some(session) = self.sessions.get(&key) else { return };
        if solved && session.origin.is_floor() {
            return self.close(key, Disconnect::Client, Disconnect::Peer);
        }
        let (topic, language) = (self.topic_of(session.intent), session.language);
        let intent = self.cast.floor.intent[session.intent].name.clone();
        let queue = self.queue_for(topic, language);
        let needed = self.life.rng.usize(0..3);
        let known = &self.cast.floor.topic[topic].skills;
        let skills = &self.cast.floor.skills;
        let required = known
            .iter()
            .filter_map(|name| skills.iter().position(|skill| skill == name))
            .take(needed)
            .collect();
        if let Some(session) = self.sessions.get_mut(&key) {
            session.skills = required;
            // What the flow writes down for those who come after it.
            session.participants[0].attributes.insert("intent".to_owned(), intent);
        }
        if !self.ask_for_human(key, queue) {
            self.enter_queue(key, queue, Lane::Life);
        }
    }

    fn talk_is_over(&mut self, key: Key) {
        match self.life.chance(0.7) {
            true => self.close(key, Disconnect::Peer, Disconnect::Client),
            false => self.close(key, Disconnect::Client, Disconnect::Peer),
        }
    }

    fn topic_of(&self, intent: usize) -> usize {
        let wanted = self.cast.floor.intent.get(intent).map(|intent| &intent.topic);
        self.cast.floor.topic.iter().position(|topic| Some(&topic.name) == wanted).unwrap_or(0)
    }

    /// One of the queues of a topic; the language leans towards the same one each time.
    fn queue_for(&mut self, topic: usize, language: usize) -> usize {
        let of_topic: Vec<usize> =
            (0..self.queues.len()).filter(|queue| self.queues[*queue].topic == topic).collect();
        let lean = if self.life.chance(0.7) { language } else { self.life.rng.usize(0..64) };
        of_topic.get(lean % of_topic.len().max(1)).copied().unwrap_or(0)
    }
}

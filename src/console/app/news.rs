//! What comes from the engine: floors, pulses, events.

use std::sync::Arc;

use super::{App, Offer};
use crate::{
    console::{
        keys::Action,
        popups::Popup,
        view::{View, handoffs},
        widgets::{ascii::told_apart, grid::Slip},
    },
    domain::{
        agent::Agent,
        detail::SessionDetail,
        floor::Floor,
        handoff::{Progress, Stage, Target},
        id::SessionId,
        session::Session,
        text::Plain,
    },
    engine::{Attention, Command, Event, Level, Pulse},
};

impl App {
    /// A new floor. While the picture is frozen it is kept aside, for orders to be checked against.
    pub(super) fn floor(&mut self, floor: Arc<Floor>) {
        if Arc::ptr_eq(&floor, &self.cx.live) {
            return;
        }
        self.cx.live = if self.cx.ascii { spelt(floor) } else { floor };
        self.dirty = true;
        self.sample();
        if self.cx.frozen.is_none() {
            self.show_live();
        }
    }

    /// Keeps what the newest floor says of the last hour. What is stale says nothing of now.
    fn sample(&mut self) {
        let Some(read) = self.cx.pulse.data_from.filter(|_| !self.cx.is_stale()) else { return };
        self.cx.trends.observe(&self.cx.live, read, self.cx.lists_sessions);
    }

    fn show_live(&mut self) {
        self.remember_guests();
        self.cx.floor = Arc::clone(&self.cx.live);
        self.next.lag();
        self.panes.queues.observe(&self.cx);
        if let Some(session) = self.awaited.take_if(|id| self.cx.floor.session(id).is_some()) {
            self.panes.sessions.go(&session, &self.cx);
        }
        let slip = self.panes.sessions.observe_slip(&self.cx);
        self.cx.marked = self.panes.sessions.marked();
        self.cx.session = self.panes.sessions.selected().cloned();
        // After the sessions: the scores are for the one under the cursor.
        self.panes.agents.observe(&self.cx);
        self.panes.audit.observe(&self.cx);
        self.observe_inbox();
        for popup in &mut self.popups {
            popup.view_mut().observe(&self.cx);
        }
        match slip {
            Some((guest, Slip::Gone)) => {
                self.say(Level::Info, format!("The session of {guest} has ended"));
            }
            Some((guest, Slip::Hidden)) => {
                let text = format!("{guest} has left the view: the filter finds them no more");
                self.say(Level::Info, text);
            }
            Some((guest, Slip::Taken)) => {
                self.say(Level::Info, format!("{guest} is with an agent now: the cursor went on"));
            }
            None => {}
        }
    }

    pub(super) fn freeze(&mut self) {
        match self.cx.frozen.take() {
            None => {
                self.cx.frozen = Some(self.cx.now);
                self.say(Level::Info, "The picture stands still; orders are still checked live");
            }
            Some(_) => {
                self.show_live();
                self.say(Level::Info, "The picture moves again");
            }
        }
    }

    pub(super) fn pulse(&mut self, pulse: Arc<Pulse>) {
        if !Arc::ptr_eq(&pulse, &self.cx.pulse) && *pulse != *self.cx.pulse {
            let before = std::mem::replace(&mut self.cx.pulse, pulse);
            // Each of thousands of ranks needs it.
            self.cx.most_handed = self.cx.pulse.handed.values().copied().max().unwrap_or(0);
            // Without a clock nothing moves by itself, ages and counts of requests included.
            self.dirty |= self.cx.clock || before.differs(&self.cx.pulse);
            self.sample();
            self.leave_when_ended();
            self.observe_inbox();
            self.announce(before.inbox.as_deref());
            self.ask_history();
        }
    }

    pub(super) fn engine_gone(&mut self) {
        self.engine_gone = true;
        self.dirty = true;
    }

    pub(super) fn engine(&mut self, event: Event) {
        self.dirty = true;
        match event {
            Event::Handoff(progress) => self.progress(*progress),
            // It comes with all others, in its order.
            Event::Audited(_) => {}
            Event::AuditPage { records, complete } => {
                self.panes.audit.append(records, complete, &self.cx);
            }
            Event::Log(news) => self.logged(news),
            Event::Detail(mut detail) => {
                self.mask(&mut detail);
                let id = detail.id.clone();
                for popup in &mut self.popups {
                    match popup {
                        Popup::Detail(popup) => popup.take(&id, Ok(detail.clone())),
                        Popup::Transcript(popup) => popup.take(&detail),
                        Popup::Xray(popup) => popup.take(&id, Ok(detail.clone())),
                        Popup::Card(card) => card.take_detail(&detail),
                        _ => {}
                    }
                }
            }
            Event::NoDetail { session, reason } => {
                for popup in &mut self.popups {
                    match popup {
                        Popup::Detail(popup) => popup.take(&session, Err(reason.clone())),
                        Popup::Transcript(popup) => popup.fail(&session, &reason),
                        Popup::Xray(popup) => popup.take(&session, Err(reason.clone())),
                        _ => {}
                    }
                }
            }
            Event::History { session, heard } => self.history(&session, heard),
            Event::Supervision(news) => self.supervision(&news),
            Event::Notice(notice) => self.say(notice.level, notice.text.as_str()),
            Event::Summary { session, found } => self.summary(&session, &found),
            Event::Batch(news) => self.batch_moved(&news),
            Event::Deed(news) => self.deed_moved(*news),
        }
    }

    /// Before anything of it is kept: what people wrote, and what was made of it.
    fn mask(&self, detail: &mut SessionDetail) {
        let masking = self.cx.handbook.masking;
        for said in &mut detail.messages {
            said.text = masking.fit(&said.text);
        }
        detail.summary = detail.summary.take().map(|summary| masking.plain(&summary));
    }

    /// What came of asking for a summary, for the cards of that session.
    pub(super) fn summary(&mut self, session: &SessionId, found: &Result<Option<String>, Plain>) {
        for popup in &mut self.popups {
            if let Popup::Card(card) = popup {
                card.take_summary(session, found.clone());
            }
        }
    }

    fn progress(&mut self, progress: Progress) {
        let told = self.batch_observes(&progress);
        let said = match &progress.stage {
            _ if told => None,
            stage if stage.is_final() => Some(self.outcome(&progress)),
            stage if stage.can_take_back() => self.rings(&progress),
            _ => None,
        };
        let offer = Offer::Return(progress.order.id.clone());
        let returns = handoffs::can_return(&progress);
        if !self.cx.handoffs.observe(progress) {
            return;
        }
        if !returns {
            self.retract(&offer);
        }
        match said {
            Some((_, text)) if returns => self.offer(offer, &text),
            Some((level, text)) => self.say(level, text),
            None => {}
        }
    }

    /// That it rings now, which is the last moment to think again. Where it still rings because it
    /// could not be taken back, that has been said.
    fn rings(&self, progress: &Progress) -> Option<(Level, String)> {
        let known = self.cx.handoffs.of(&progress.order.session).map(|known| &known.stage);
        if matches!(known, Some(Stage::Alerting { .. } | Stage::TakingBack)) {
            return None;
        }
        let guest = self.cx.guest_name(&progress.order.session);
        let target = self.cx.target_name(&progress.order.target);
        let back = match handoffs::can_return(progress) {
            true => format!("; {} takes it back", self.cx.keymap.hint(Action::Cancel)),
            false => String::new(),
        };
        Some((Level::Info, format!("♪ Ringing {target} for {guest}{back}")))
    }

    /// How a handoff ended, as a sentence.
    fn outcome(&self, progress: &Progress) -> (Level, String) {
        let guest = self.cx.guest_name(&progress.order.session);
        let target = self.cx.target_name(&progress.order.target);
        let why = |reason: &Plain| reason.to_string();
        let (level, text) = match &progress.stage {
            Stage::Accepted { agent } => {
                let agent = self.cx.target_name(&Target::Agent(agent.clone()));
                (Level::Info, format!("{agent} has taken {guest}"))
            }
            Stage::Queued => (Level::Info, format!("{guest} is in {target}")),
            Stage::Cancelled => {
                (Level::Info, format!("Called back: {guest} stays. Nothing was sent"))
            }
            Stage::TakenBack => (Level::Warn, format!("Taken back: {guest} is where it came from")),
            Stage::Refused => (Level::Warn, format!("{target} has declined {guest}")),
            Stage::TimedOut => (Level::Warn, format!("{target} did not answer for {guest}")),
            Stage::Rejected { reason } => {
                (Level::Error, format!("{guest} not handed off: {}", why(reason)))
            }
            Stage::Failed { reason } => {
                (Level::Error, format!("Handing {guest} off failed: {}", why(reason)))
            }
            Stage::Unknown { reason } => {
                (Level::Error, format!("Nobody can tell where {guest} is: {}", why(reason)))
            }
            stage => (Level::Info, format!("{guest}: {}", stage.word())),
        };
        // What is worse than good to know has the mark of its level.
        let text = match level {
            Level::Info => format!("{} {text}", handoffs::shape(&progress.stage).0),
            Level::Warn | Level::Error => text,
        };
        (level, text)
    }

    /// Tells the engine what is being looked at, when that has changed.
    pub(super) fn attend(&mut self) {
        let mut attention = Attention::default();
        for popup in &self.popups {
            match popup {
                Popup::Detail(detail) if detail.session().is_some() => {
                    attention.detail = detail.session().cloned();
                }
                Popup::Transcript(popup) => attention.detail = Some(popup.session().clone()),
                Popup::Xray(tree) if tree.session().is_some() => {
                    attention.detail = tree.session().cloned();
                }
                Popup::PickAgent(picker) => attention.agents = picker.attended(),
                // Without a picker below it, nobody else asks how many places the agent has.
                Popup::Card(card) if attention.agents.is_empty() => {
                    attention.agents.extend(card.agent().cloned());
                }
                Popup::AgentForAll(picker) => attention.agents = picker.attended(),
                Popup::Plan(plan) => attention.agents = plan.attended(),
                _ => {}
            }
        }
        if let Some(seeking) = &self.seeking {
            attention.agents = seeking.attended();
        }
        if attention != self.attention {
            self.attention = attention.clone();
            self.send(Command::Attend(attention));
        }
    }
}

/// The floor with names by which people can be told apart where ASCII is all there is.
fn spelt(mut floor: Arc<Floor>) -> Arc<Floor> {
    let guest = |it: &Session| told_apart(it.guest.as_ref()?, || it.id.short());
    let name = |it: &Agent| told_apart(it.name.as_ref()?, || it.id.short());
    let lost = floor.sessions.iter().any(|it| guest(it).is_some());
    if lost || floor.agents.iter().any(|it| name(it).is_some()) {
        let floor = Arc::make_mut(&mut floor);
        floor.sessions.iter_mut().for_each(|it| it.guest = guest(it).or(it.guest.take()));
        floor.agents.iter_mut().for_each(|it| it.name = name(it).or(it.name.take()));
    }
    floor
}

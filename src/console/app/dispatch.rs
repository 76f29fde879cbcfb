//! From a press to what it does: the top view first, then what every view shares.

use jiff::{SignedDuration, Timestamp};

use super::{App, Effect, alarms::ALARMS, nothing::nothing_to, tables::same_rows};
use crate::{
    console::{
        keys::{Action, Chord, Edit},
        panes::PaneId,
        popups::{
            AgentForAll, AnswerPrompt, Card, Detail, Explain, Help, Meaning, NewSession, PickAgent,
            PickQueue, Popup, Question, QueueForAll, RequestDetail, SnoozePrompt, Transcript,
        },
        view::{Opening, Outcome, Subject, View},
        widgets::ask::Told,
    },
    domain::{handoff::Target, id::SessionId, session::Session, text::Plain},
    engine::{Command, Level, LogAsk},
};

/// After so long without a press nobody is in the middle of a sentence.
const STRAY: SignedDuration = SignedDuration::from_millis(1_500);

/// What works wherever one is.
pub const GLOBAL: &[Action] = &[
    Action::NextAlarm,
    Action::PreviousAlarm,
    Action::Acknowledge,
    Action::Snooze,
    Action::Alarms,
    Action::Palette,
    Action::Context,
    Action::Freeze,
    Action::Refresh,
    Action::PaneQueues,
    Action::PaneAgents,
    Action::PaneSessions,
    Action::PaneAudit,
    Action::PaneInbox,
    Action::PaneHealth,
    Action::NextPane,
    Action::PreviousPane,
    Action::PreviousPlace,
    Action::NextPlace,
    Action::Cancel,
    Action::Batch,
    Action::Columns,
    Action::Redraw,
    Action::Mouse,
    Action::Suspend,
    Action::NextFirst,
    Action::NextSecond,
    Action::NextThird,
    Action::Wallboard,
    Action::Lock,
    Action::TourNext,
    Action::Help,
    Action::Quit,
];

impl App {
    pub(super) fn press(&mut self, chord: Chord) {
        self.dirty = true;
        self.pressed = self.cx.now;
        // The hand is over the keys: the cursor stays where it is put.
        self.awaited = None;
        if self.layout.too_small && self.top().is_typing() && chord.edit().is_some() {
            // What is typed unseen may be the word that ends somebody's session.
            return;
        }
        if self.top().is_typing() && self.typed(chord) {
            return self.follow();
        }
        if self.is_stray(chord) {
            let text = "Nothing was written and nothing done: wait a moment before the next key";
            return self.say(Level::Warn, text);
        }
        match self.cx.keymap.action(chord) {
            Some(action) => {
                self.act(action);
                let refused = action == Action::Write && !self.top().is_typing();
                self.strays = refused.then_some(self.cx.now);
            }
            None => {
                let help = self.cx.keymap.hint(Action::Help);
                self.say(Level::Info, format!("{chord} means nothing; {help} shows the keys"));
            }
        }
    }

    /// True for the next letters of whoever wanted to write to a customer, and has not seen yet that nobody does
    /// here: on a slow line they would be keys.
    fn is_stray(&mut self, chord: Chord) -> bool {
        let is_text = matches!(chord.edit(), Some(Edit::Keep | Edit::Change(_)));
        let goes_on = |at: Timestamp| self.cx.now.duration_since(at) < STRAY;
        // Whoever asks to write once more is told why not once more.
        let asks = self.cx.keymap.action(chord) == Some(Action::Write);
        let is_stray = is_text && !asks && self.strays.is_some_and(goes_on);
        self.strays = is_stray.then_some(self.cx.now);
        is_stray
    }

    /// A press while text is typed. False for one that is not text: leaving still works, and moving
    /// where there is something to move.
    fn typed(&mut self, chord: Chord) -> bool {
        let action = self.cx.keymap.action(chord);
        let is_text = chord.edit().is_some();
        let finding = matches!(self.popups.last(), Some(Popup::Palette(_)));
        if !is_text && action == Some(Action::Palette) && !finding {
            self.say(Level::Info, "First finish typing: enter keeps it, esc drops it");
            return true;
        }
        let moves = |a: Action| a.is_movement() && self.top().actions().contains(&a);
        if is_text || !action.is_some_and(|a| moves(a) || a == Action::Quit) {
            self.edit(chord);
            return true;
        }
        false
    }

    fn edit(&mut self, chord: Chord) {
        let view = match self.popups.last_mut() {
            Some(popup) => popup.view_mut(),
            None => self.panes.view_mut(self.focus),
        };
        view.edit(chord, &self.cx);
        let told = view.table_mut().and_then(|table| table.ask_mut().take_told());
        let outcome = view.take_typed();
        if let Some(told) = told {
            self.told(told);
        }
        if outcome != Outcome::Done {
            self.carry_out(outcome);
        }
    }

    /// What has come of saving a filter. Where somebody is chosen, the names are those of the pane that has
    /// the same rows.
    fn told(&mut self, told: Told) {
        let text = match told {
            Told::Refused(why) => return self.say(Level::Warn, why),
            Told::Kept(text) => text,
        };
        let saved = self.top().table().map(|table| table.ask().saved().clone());
        if let Some((pane, saved)) = self.popups.last().and_then(same_rows).zip(saved)
            && let Some(table) = self.panes.view_mut(pane).table_mut()
        {
            table.ask_mut().know(saved);
        }
        // At once: who has just said that it is to be kept does not want to lose it.
        self.effects.push(Effect::Remember);
        self.say(Level::Info, text);
    }

    pub(super) fn paste(&mut self, text: &str) {
        if self.layout.too_small {
            return;
        }
        if !self.top().is_typing() {
            return self.say(Level::Info, "Pasted text goes only where text is being typed");
        }
        // What a terminal would obey is no text; lines become one.
        let words = |c: &char| !c.is_control() || c.is_whitespace();
        let plain = Plain::new(&text.chars().filter(words).collect::<String>());
        for c in plain.chars().take(self.top().most_pasted()) {
            let chord = if c == ' ' { "space".parse() } else { c.to_string().parse::<Chord>() };
            // Whatever is not a key by itself is left out, and no pasted line may press enter.
            match chord {
                Ok(chord) if matches!(chord.edit(), Some(Edit::Change(_))) => self.edit(chord),
                _ => {}
            }
        }
        self.dirty = true;
        self.follow();
    }

    /// Does what `action` asks for, or says why not.
    pub(super) fn act(&mut self, action: Action) {
        let blind = !matches!(action, Action::Quit | Action::Suspend | Action::Redraw);
        if self.layout.too_small && blind {
            // What can't be seen must not be acted on.
            return;
        }
        if action == Action::Cancel && self.mark_again() {
            return self.follow();
        }
        let refusal = self.top().refuses(action, &self.cx);
        // Where nothing is done at all, that is the reason, wherever the cursor has come from.
        let shut = self.cx.shuts(refusal.as_ref());
        let slip = if shut { None } else { self.refuses_slip(action) };
        let refusal = slip.or(refusal);
        if let Some(refusal) = refusal {
            return self.say(Level::Warn, refusal.0);
        }
        if action != Action::Cancel && self.top().actions().contains(&action) {
            let view = match self.popups.last_mut() {
                Some(popup) => popup.view_mut(),
                None => self.panes.view_mut(self.focus),
            };
            let outcome = view.handle(action, &self.cx);
            self.carry_out(outcome);
        } else if GLOBAL.contains(&action) {
            self.act_anywhere(action);
        } else {
            self.say(Level::Info, nothing_to(action));
        }
        self.follow();
    }

    fn act_anywhere(&mut self, action: Action) {
        match action {
            Action::PaneQueues => self.go(PaneId::Queues),
            Action::PaneAgents => self.go(PaneId::Agents),
            Action::PaneSessions => self.go(PaneId::Sessions),
            Action::PaneAudit => self.go(PaneId::Audit),
            Action::PaneInbox => self.go(PaneId::Inbox),
            Action::PaneHealth => self.go(PaneId::Health),
            Action::NextPane => self.go(self.focus.step(1)),
            Action::PreviousPane => self.go(self.focus.step(PaneId::ALL.len() - 1)),
            Action::PreviousPlace | Action::NextPlace => self.go_along(action),
            Action::Palette => self.open_palette(""),
            Action::Context => self.list_contexts(),
            Action::Freeze => self.freeze(),
            Action::Cancel if self.is_on_batch() => self.call_batch_back(),
            Action::Cancel => self.call_back(),
            Action::Batch => self.show_batch(),
            Action::Columns => self.open_columns(),
            Action::Help => self.open_help(),
            Action::Lock => self.turn_lock(),
            Action::Refresh => {
                self.send(Command::Refresh);
                self.say(Level::Info, "Reading everything again");
            }
            Action::Redraw => {
                self.effects.push(Effect::Redraw);
                self.say(Level::Info, "Drawn again");
            }
            Action::Mouse => self.toggle_mouse(),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::NextFirst | Action::NextSecond | Action::NextThird => self.make_move(action),
            Action::Wallboard => self.open_wallboard(),
            action if ALARMS.contains(&action) => self.act_on_alarms(action),
            Action::TourNext => self.skip_step(),
            _ => self.quit(),
        }
    }

    /// Moves the focus. Not under a popup: its session would no longer be the one in sight.
    pub(super) fn go(&mut self, pane: PaneId) {
        if let Some(refusal) = self.refuses_leaving() {
            return self.say(Level::Info, refusal.0);
        }
        if pane == self.focus {
            return self.say(Level::Info, format!("{} has the focus already", pane.title()));
        }
        self.leave_place();
        self.focus_on(pane);
    }

    /// Gives `pane` the focus, whatever is to be remembered of where that was.
    pub(super) fn focus_on(&mut self, pane: PaneId) {
        self.focus = pane;
        self.places.show(pane);
        self.arrange();
    }

    pub(super) fn carry_out(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done => {}
            Outcome::Said(text) => self.say(Level::Info, text),
            Outcome::Unmarked(sessions) => self.offer_marks(sessions),
            Outcome::Refused(refusal) => self.say(Level::Warn, refusal.0),
            Outcome::Open(opening) => self.open(opening),
            Outcome::Close => _ = self.popups.pop(),
            Outcome::Seek(session) => self.seek(session),
            Outcome::Supervise(sessions) => self.supervise(sessions),
            Outcome::Release(sessions) => self.release(sessions),
            Outcome::OpenSession(order) => self.open_session(order),
            Outcome::End(session) => self.end(session),
            Outcome::Monitor(session) => self.monitor(session),
            Outcome::Deed(order) => self.deed(order),
            Outcome::Unlock => {
                self.popups.pop();
                self.arrange();
                self.unlock();
            }
            Outcome::EndAndLeave(sessions) => self.end_and_leave(sessions),
            Outcome::Submit => self.submit(),
            Outcome::Answer(answer) => self.answer(answer),
            Outcome::StopBatch => self.stop_batch(),
            Outcome::Ask(command, text) => {
                self.say(Level::Info, text);
                self.send(command);
            }
            Outcome::Jump(session) => self.jump(session),
            Outcome::Copy(id) => self.copy_id(id),
            Outcome::CopyIncident(incident) => self.copy_incident(incident),
            Outcome::Act(action) => self.act_on(action),
            Outcome::Visit(subject) => self.visit_chosen(&subject),
            Outcome::Choose(choices) => self.choose_columns(choices),
            Outcome::Heed(key) => self.heed_alarm(key),
            Outcome::Acknowledge(key) => self.acknowledge(&key),
            Outcome::Snooze(key, minutes) => self.snooze(&key, minutes),
            Outcome::GoTo(org) => self.go_to(org),
            Outcome::Leave(way) => self.leave_by(&way),
        }
    }

    fn open(&mut self, opening: Opening) {
        let cx = &self.cx;
        let popup = match opening {
            Opening::Detail(subject) => {
                let record = match subject {
                    Subject::Record(seq) => {
                        self.effects.push(Effect::Send(Command::Log(LogAsk::Record(seq))));
                        self.panes.audit.record(seq).cloned()
                    }
                    _ => None,
                };
                Popup::Detail(Detail::new(subject, record))
            }
            Opening::Request(request) => match cx.request(&request) {
                Some(known) => Popup::Request(RequestDetail::new(request, known.session.clone())),
                None => return self.say(Level::Warn, "It is no longer in the inbox"),
            },
            Opening::Defer(request) => Popup::Answer(Box::new(AnswerPrompt::defer(request))),
            Opening::Decline(request) => Popup::Answer(Box::new(AnswerPrompt::decline(request))),
            Opening::Transcript(session) => Popup::Transcript(self.transcript(session)),
            Opening::Monitor(session) => match self.monitor_card(&session) {
                Some(card) => card,
                None => return self.say(Level::Warn, "The session has ended"),
            },
            Opening::PickAgent(session, wanted) => {
                Popup::PickAgent(PickAgent::new(session, wanted.as_ref(), cx))
            }
            Opening::PickQueue(session, wanted) => {
                let asked = || cx.free_request_for(&session).and_then(|r| r.queue.clone());
                let wanted = wanted.or_else(asked);
                Popup::PickQueue(PickQueue::new(session, wanted.as_ref(), cx))
            }
            Opening::Explain(session, agent) => Popup::Explain(Explain::new(session, agent)),
            Opening::PickAgentForAll(ids) => Popup::AgentForAll(AgentForAll::new(ids, cx)),
            Opening::PickQueueForAll(ids) => Popup::QueueForAll(QueueForAll::new(ids, cx)),
            Opening::NewSession => Popup::NewSession(Box::new(NewSession::new(cx))),
            Opening::Question(about) => Popup::Question(Question::new(about, cx)),
            Opening::Plan(ids, aim) => self.plan(&ids, aim),
            Opening::Figures(topic, sorted, teller) => {
                Popup::Meaning(Meaning::new(topic, sorted, teller))
            }
            Opening::Xray(subject) => Popup::Xray(self.xray(subject)),
            Opening::Snooze(key) => Popup::Snooze(Box::new(SnoozePrompt::new(key))),
            Opening::Card(session, target) if self.is_planning() => {
                return self.retarget(&session, &target);
            }
            Opening::Card(session, target) => match cx.floor.session(&session) {
                Some(session) => Popup::Card(Box::new(self.card(session, target))),
                None => return self.say(Level::Warn, "The session has ended"),
            },
        };
        let popup = self.lend_saved(popup);
        if let Popup::Card(card) = &popup {
            let session = card.session().clone();
            self.send(Command::Summarise(session));
        }
        self.popups.push(popup);
        self.ask_history();
        self.arrange();
    }

    /// A card that knows what the closer look below it has told, and what a bot has asked for.
    fn card(&self, session: &Session, target: Target) -> Card {
        let mut card = Card::new(session, target);
        self.popups.iter().filter_map(Popup::known).for_each(|known| card.take_detail(known));
        if let Some(request) = self.cx.free_request_for(&session.id) {
            card.answer(request, &self.cx);
        }
        card
    }

    /// A transcript that begins with what the closer look below it has told.
    fn transcript(&self, session: SessionId) -> Transcript {
        let mut transcript = Transcript::new(session);
        self.popups.iter().filter_map(Popup::known).for_each(|known| transcript.take(known));
        transcript
    }

    fn open_help(&mut self) {
        if matches!(self.popups.last(), Some(Popup::Help(_))) {
            self.popups.pop();
            return;
        }
        self.popups.push(Popup::Help(Help::new(self.top().actions())));
        self.arrange();
    }

    /// Keeps the rest of the screen on the session under the cursor: the scores at once, the agents'
    /// order once the hand has left the keys. Sorting thousands on every press would be felt, and rows
    /// that jump while a cursor moves elsewhere can't be read.
    pub(super) fn follow(&mut self) {
        self.cx.marked = self.panes.sessions.marked();
        let selected = self.panes.sessions.selected();
        if selected != self.cx.session.as_ref() {
            self.cx.session = selected.cloned();
        }
        if self.focus == PaneId::Agents {
            self.follow_agents();
        }
    }

    /// Sorts the agents for the session under the cursor, where they are to be seen: thousands are
    /// too many to be sorted on every press for nobody.
    pub(super) fn follow_agents(&mut self) {
        let shown = self.layout.panes.iter().any(|(id, _)| *id == PaneId::Agents);
        if shown && self.panes.agents.lags(&self.cx) {
            self.panes.agents.observe(&self.cx);
        }
    }
}

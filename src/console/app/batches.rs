//! Batches: from the confirmed plan to what has become of each order.
//!
//! What leaves the console does so as for single handoffs, in [`super::orders`]' way: only what is
//! confirmed, and only what still holds.

use std::collections::HashSet;

use super::{App, Offer};
use crate::{
    console::{
        keys::Action,
        popups::{BatchView, Plan, Popup, batch_summary},
        theme::Role,
        view::{
            Aim, Outcome,
            batch::{BatchRun, sessions},
            requests,
        },
        widgets::prose::Line,
    },
    domain::{
        handoff::{Batch, BatchProgress, Progress, Stage, Target},
        id::{BatchId, HandoffId, SessionId},
    },
    engine::{Command, Level},
};

impl App {
    /// Opens the plan for these sessions.
    pub(super) fn plan(&self, ids: &[SessionId], aim: Aim) -> Popup {
        let hidden = self.panes.sessions.hidden_among(ids, &self.cx);
        Popup::Plan(Box::new(Plan::new(ids, aim, hidden, &self.cx)))
    }

    /// True if a target that is chosen now is for a row of an open plan.
    pub(super) fn is_planning(&self) -> bool {
        self.popups.iter().any(|popup| matches!(popup, Popup::Plan(_)))
    }

    /// Gives a row of the plan another target, and goes back to the plan.
    pub(super) fn retarget(&mut self, session: &SessionId, target: &Target) {
        let plan = self.popups.iter_mut().enumerate().find_map(|(at, popup)| match popup {
            Popup::Plan(plan) => Some((at, plan)),
            _ => None,
        });
        let Some((at, plan)) = plan else { return };
        match plan.retarget(session, target, &self.cx) {
            Ok(()) => self.popups.truncate(at + 1),
            Err(refusal) => self.carry_out(Outcome::Refused(refusal)),
        }
    }

    /// Sends what the plan on top says, as far as it holds on the newest floor.
    pub(super) fn submit_plan(&mut self) {
        let Some(Popup::Plan(plan)) = self.popups.last_mut() else { return };
        let dropped = plan.settle(&self.cx);
        let mut batch = plan.batch();
        batch.orders.iter_mut().for_each(|order| requests::answer(order, &self.cx));
        let left_out = match dropped.as_slice() {
            [] => None,
            [only] => Some(format!("{} is left out: {}", only.guest, only.why)),
            [first, rest @ ..] => {
                Some(format!("{} and {} more are left out: {}", first.guest, rest.len(), first.why))
            }
        };
        if batch.orders.is_empty() {
            let why = left_out.unwrap_or_else(|| "nothing on the plan holds any more".to_owned());
            return self.say(Level::Warn, format!("Nothing was sent: {why}"));
        }
        let count = sessions(batch.orders.len());
        self.begin(batch);
        match left_out {
            Some(why) => self.say(Level::Warn, format!("Handing {count} off; {why}")),
            None => {
                let (back, stop) =
                    (self.cx.keymap.hint(Action::Cancel), self.cx.keymap.hint(Action::StopBatch));
                let text = format!("Handing {count} off; {back} calls back, {stop} stops the rest");
                self.offer(Offer::Batch, &text);
            }
        }
    }

    fn begin(&mut self, batch: Batch) {
        for order in &batch.orders {
            // The rows are marked at once: until the engine answers, nobody may hand them off again.
            self.cx.handoffs.observe(Progress {
                order: order.clone(),
                stage: Stage::Claimed,
                taken: self.cx.now,
                at: self.cx.now,
                request_took: None,
                steps: Vec::new(),
            });
        }
        self.cx.batch = Some(BatchRun::new(&batch, |id| self.cx.guest_name(id)));
        let handed: Vec<_> = batch.orders.iter().map(|order| order.session.clone()).collect();
        self.cx.hold(&handed);
        self.send(Command::Batch(batch));
        self.panes.sessions.clear_marks();
        self.panes.sessions.pass(&self.cx);
        self.popups.retain(|popup| !popup.is_handoff());
        self.popups.push(Popup::Batch(BatchView::new(&self.cx)));
        self.arrange();
    }

    /// Shows the last batch, or hides it.
    pub(super) fn show_batch(&mut self) {
        if matches!(self.popups.last(), Some(Popup::Batch(_))) {
            self.popups.pop();
        } else if !self.popups.is_empty() {
            let back = self.cx.keymap.hint(Action::Back);
            self.say(Level::Info, format!("{back} closes this first"));
        } else if self.cx.batch.is_none() {
            self.say(Level::Info, "There has been no batch yet");
        } else {
            self.popups.push(Popup::Batch(BatchView::new(&self.cx)));
            self.arrange();
        }
    }

    /// True while the batch is what is looked at.
    pub(super) fn is_on_batch(&self) -> bool {
        matches!(self.popups.last(), Some(Popup::Batch(_)))
    }

    /// Begins nothing more of the batch.
    pub(super) fn stop_batch(&mut self) {
        let Some(batch) = self.cx.batch.as_mut().filter(|batch| batch.is_running()) else { return };
        batch.stop();
        let id = batch.id().clone();
        self.send(Command::StopBatch(id));
        self.say(Level::Info, "Nothing more of the batch is begun; what has begun goes on");
    }

    /// Says that the batch goes on: the engine has not heard that it is to stop.
    pub(super) fn stop_unsent(&mut self) {
        if let Some(batch) = &mut self.cx.batch {
            batch.go_on();
        }
        self.say(Level::Error, "Not stopped: the engine does not take orders. Try again");
    }

    /// Calls back what is in its grace time.
    pub(super) fn call_batch_back(&mut self) {
        let ids = self.cx.batch.as_ref().map_or_else(Vec::new, BatchRun::in_grace);
        let count = sessions(ids.len());
        ids.into_iter().for_each(|id| self.send(Command::Cancel(id)));
        self.say(Level::Info, format!("Calling back {count} in their grace time"));
    }

    /// The orders of a batch that have not been begun: stopping the batch is enough for them.
    pub(super) fn orders_in_line(&self) -> HashSet<HandoffId> {
        self.cx.batch.as_ref().map_or_else(HashSet::new, BatchRun::not_begun)
    }

    /// Takes the news of an order in. True if the batch's own notice says enough of it.
    pub(super) fn batch_observes(&mut self, progress: &Progress) -> bool {
        let ours = self.cx.batch.as_mut().is_some_and(|batch| batch.observe(progress));
        if self.cx.batch.as_ref().is_some_and(BatchRun::has_all_left) {
            self.retract(&Offer::Batch);
        }
        ours && !matches!(progress.stage, Stage::Unknown { .. })
    }

    /// Takes the engine's word on the batch in.
    pub(super) fn batch_moved(&mut self, news: &BatchProgress) {
        let Some(batch) = self.cx.batch.as_mut() else { return };
        if !batch.observe_all(news) {
            return;
        }
        // What was never begun is free to be handed off again.
        let left = batch.not_begun();
        self.cx.handoffs.forget_all(&left);
        let counts = batch.counts();
        let mut text = format!("Batch: {} of {} handed off", counts.done, counts.of);
        if counts.failed > 0 {
            text.push_str(&format!(", {} failed", counts.failed));
        }
        if counts.taken_back > 0 {
            text.push_str(&format!(", {} taken back", counts.taken_back));
        }
        if let Some(why) = batch.why_stopped() {
            text.push_str(&format!(", {why}"));
        }
        let level =
            if counts.done + counts.taken_back == counts.of { Level::Info } else { Level::Warn };
        let show = self.cx.keymap.hint(Action::Batch);
        self.say(level, format!("{text}; {show} shows them"));
    }

    /// Lets go of a batch that could not be sent.
    pub(super) fn forget_batch(&mut self, id: &BatchId) {
        let Some(batch) = self.cx.batch.take_if(|batch| batch.id() == id) else { return };
        self.cx.handoffs.forget_all(&batch.not_begun());
        self.popups.retain(|popup| !matches!(popup, Popup::Batch(_)));
    }

    /// False for a key that only matters once something is marked, or has been handed off together.
    pub(super) fn concerns_batch(&self, action: Action) -> bool {
        match action {
            Action::MarkRange | Action::MarkAll => self.panes.sessions.has_marks(),
            Action::Batch => self.cx.batch.is_some() && !self.is_on_batch(),
            _ => true,
        }
    }

    /// What the status line says of a batch that runs where nothing else has to be said.
    pub(super) fn batch_line(&self) -> Line {
        let running = self.cx.batch.as_ref().filter(|batch| batch.is_running());
        let Some(batch) = running.filter(|_| !self.is_on_batch()) else { return Line::new() };
        let line = Line::of(Role::Text, "Batch ");
        let line = batch_summary(batch)
            .pieces()
            .fold(line, |line, (text, role)| line.and(*role, text.as_str()));
        let show = self.cx.keymap.hint(Action::Batch);
        line.and(Role::Quiet, format!("; {show} shows it"))
    }
}

//! The palette as the app sees it: which actions it offers where one is, and what becomes of what is chosen.

use std::sync::Arc;

use super::{App, alarms::ALARMS, dispatch::GLOBAL, nothing::nothing_to};
use crate::{
    console::{
        keys::Action,
        popups::{Offer, Palette, Popup},
        view::{Refusal, Subject, View},
    },
    engine::Level,
};

impl App {
    /// Opens the palette, with this typed.
    pub(super) fn open_palette(&mut self, typed: &str) {
        let (floor, orgs) = (self.cx.floor.clone(), Arc::clone(&self.orgs.all));
        let palette = Palette::new(floor, orgs, self.offers()).typed(typed);
        self.popups.push(Popup::Palette(Box::new(palette)));
        self.arrange();
    }

    /// Tells an open palette what can be done by now.
    pub(super) fn reoffer(&mut self) {
        if !matches!(self.popups.last(), Some(Popup::Palette(_))) {
            return;
        }
        let offers = self.offers();
        if let Some(Popup::Palette(palette)) = self.popups.last_mut() {
            palette.reoffer(offers);
        }
    }

    /// What is below the palette.
    fn below(&self) -> &dyn View {
        let popup = self.popups.iter().rev().find(|popup| !matches!(popup, Popup::Palette(_)));
        popup.map_or_else(|| self.panes.view(self.focus), Popup::view)
    }

    /// Every action but the palette itself: what can be done here first.
    fn offers(&self) -> Vec<Offer> {
        let view = self.below();
        let all = Action::ALL.iter().filter(|action| **action != Action::Palette);
        let offers = all.map(|action| {
            let lacks = self.lacks(*action);
            let own = view.actions().iter().position(|own| own == action);
            let general = GLOBAL.iter().position(|general| general == action);
            let (group, at) = match (own, general) {
                (Some(at), _) if action.is_movement() => (3, at),
                (Some(at), _) => (0, at),
                (None, Some(at)) if action.is_pane() => (2, at),
                (None, Some(at)) => (1, at),
                (None, None) => (3, 0),
            };
            // What can't be done comes after everything that can.
            let group = group + if lacks.is_some() { 4 } else { 0 };
            let place = group * Action::ALL.len() + at;
            Offer { action: *action, verb: view.verb(*action), lacks, place }
        });
        offers.collect()
    }

    /// Why `action` can't be done where one is, the palette left aside.
    fn lacks(&self, action: Action) -> Option<Refusal> {
        let view = self.below();
        let takes = view.actions().contains(&action);
        if let Some(refusal) = view.refuses(action, &self.cx) {
            return Some(refusal);
        }
        match action {
            // What sends has a key of its own, so that nothing is sent by the way.
            Action::Confirm if takes => {
                Some(format!("Only its own key does: {}", self.cx.keymap.hint(action)).into())
            }
            Action::Cancel => self.refuses_return(),
            _ if takes => None,
            action if !GLOBAL.contains(&action) => Some(nothing_to(action).into()),
            Action::Batch if self.cx.batch.is_none() => Some("There has been no batch yet".into()),
            Action::PreviousPlace | Action::NextPlace => {
                self.refuses_leaving().or_else(|| self.lacks_place(action))
            }
            action if ALARMS.contains(&action) => self.lacks_alarm(action),
            Action::Context => self.lacks_contexts(),
            action if action == self.focus.action() => Some("You are there".into()),
            Action::TourNext => self.refuses_tour(),
            Action::NextPane | Action::PreviousPane => self.refuses_leaving(),
            action if action.is_pane() => self.refuses_leaving(),
            _ => None,
        }
    }

    /// Why the pane can't be left: something is open over it. The palette itself is not in the way.
    pub(super) fn refuses_leaving(&self) -> Option<Refusal> {
        let open = self.popups.iter().any(|popup| !matches!(popup, Popup::Palette(_)));
        open.then(|| format!("{} closes this first", self.cx.keymap.hint(Action::Back)).into())
    }

    /// Does what was chosen in the palette where one was before it opened.
    pub(super) fn act_on(&mut self, action: Action) {
        self.close_palette();
        self.act(action);
    }

    /// Goes to what was chosen in the palette. Not away from what somebody is in the middle of.
    pub(super) fn visit_chosen(&mut self, subject: &Subject) {
        if self.popups.iter().any(Popup::is_unfinished) {
            let back = self.cx.keymap.hint(Action::Back);
            let text = format!("Something is open that is not finished: {back} there closes it");
            return self.say(Level::Warn, text);
        }
        self.close_palette();
        self.visit(subject);
    }

    pub(super) fn close_palette(&mut self) {
        self.popups.retain(|popup| !matches!(popup, Popup::Palette(_)));
        self.arrange();
    }
}

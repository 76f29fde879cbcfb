//! The mouse: whose it is, and what lies under it.
//!
//! It selects, scrolls and sorts, and presses what the footer names. It never confirms: what touches a
//! customer is a key pressed on purpose.

use ratatui::layout::Rect;

use super::{App, Effect};
use crate::console::{
    keys::{
        Action,
        pointer::{Gesture, Pointer},
    },
    panes::PaneId,
    view::Outcome,
};

impl App {
    /// Takes the mouse, or gives it back to the terminal.
    pub(super) fn toggle_mouse(&mut self) {
        self.mouse = !self.mouse;
        self.effects.push(Effect::Mouse(self.mouse));
        let key = self.cx.keymap.hint(Action::Mouse);
        let text = match self.mouse {
            true => format!("Mouse on: it selects, scrolls and sorts; {key} gives it back"),
            false => "Mouse off: it is the terminal's again".to_owned(),
        };
        self.carry_out(Outcome::Said(text));
    }

    /// Does what a gesture asks for where it is made.
    pub(super) fn point(&mut self, pointer: Pointer) {
        // Nothing is to be pointed at, or a key has just been asked to wait for something.
        if !self.mouse || self.layout.too_small || self.seeking.is_some() {
            return;
        }
        self.dirty = true;
        // Whoever points is there.
        self.pressed = self.cx.now;
        self.awaited = None;
        let click = pointer.gesture == Gesture::Click;
        if click && self.layout.footer.contains(pointer.at) {
            self.click_footer(pointer.at.x);
        } else if click && self.layout.tabs.contains(pointer.at) {
            self.click_tab(pointer.at.x);
        } else if !self.popups.is_empty() {
            self.point_into_popup(pointer);
        } else {
            self.point_into_pane(pointer);
        }
        self.follow();
    }

    /// What lies around a popup is not meant while it is open.
    fn point_into_popup(&mut self, pointer: Pointer) {
        let Some(popup) = self.popups.last_mut() else { return };
        let place = self.layout.popup(|room| popup.place(room));
        if place.contains(pointer.at) {
            let outcome = popup.view_mut().point(pointer, place, &self.cx);
            self.carry_out(outcome);
        }
    }

    fn point_into_pane(&mut self, pointer: Pointer) {
        let under = |(_, area): &&(PaneId, Rect)| area.contains(pointer.at);
        let Some(&(pane, _)) = self.layout.panes.iter().find(under) else { return };
        if pointer.gesture == Gesture::Click && pane != self.focus {
            // A filter that is being typed is finished first.
            if self.top().is_typing() {
                return;
            }
            self.go(pane);
        }
        // Going there may have given it another place.
        let area = self.layout.panes.iter().find(|(id, _)| *id == pane).map(|(_, area)| *area);
        let Some(area) = area.filter(|area| area.contains(pointer.at)) else { return };
        let outcome = self.panes.view_mut(pane).point(pointer, area, &self.cx);
        self.carry_out(outcome);
    }

    fn click_tab(&mut self, x: u16) {
        let tab = self
            .tabs(self.layout.tabs)
            .into_iter()
            .find(|(from, line, _)| (*from..from.saturating_add(line.columns())).contains(&x));
        if let Some((_, _, pane)) = tab
            && !self.top().is_typing()
        {
            self.go(pane);
        }
    }

    fn click_footer(&mut self, x: u16) {
        let keys = self.footer_keys(self.layout.footer);
        let under = keys
            .into_iter()
            .find(|(from, line, _)| (*from..from.saturating_add(line.columns())).contains(&x));
        let Some((_, _, Some(action))) = under else { return };
        let moves_on = matches!(action, Action::Back | Action::Help | Action::Quit);
        let allowed = if self.popups.is_empty() { action != Action::Confirm } else { moves_on };
        if allowed {
            self.act(action);
        } else {
            let key = self.cx.keymap.hint(action);
            let text = format!("Press {key} for that: the mouse decides nothing here");
            self.carry_out(Outcome::Said(text));
        }
    }
}

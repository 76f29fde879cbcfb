//! Going to another org of the configuration: asked for in the palette, made ready while this one goes on, and
//! left for by the same rules by which the console is left.

use super::{App, Effect};
use crate::{
    console::{
        keys::Action,
        orgs::Arrival,
        popups::{Popup, Switching},
        view::{Ctx, Refusal, Way},
    },
    domain::{handoff::Progress, text::Plain},
    engine::Level,
};

/// So many customers are named.
const NAMED: usize = 3;

/// Whose handoffs they are.
fn named(guests: &[Plain]) -> String {
    let names: Vec<&str> = guests.iter().take(NAMED).map(Plain::as_str).collect();
    match guests.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

impl From<&Ctx> for Arrival {
    /// From the console that is left now.
    fn from(cx: &Ctx) -> Self {
        let (back, gone): (Vec<&Progress>, Vec<&Progress>) =
            cx.handoffs.all_running().partition(|it| it.stage.can_cancel());
        let guests = |of: Vec<&Progress>| -> Vec<Plain> {
            of.into_iter().map(|it| cx.guest_name(&it.order.session)).collect()
        };
        Self {
            from: cx.context.clone(),
            locked: cx.locked,
            called_back: guests(back),
            followed: guests(gone),
        }
    }
}

impl App {
    /// Says where one is now, and what is to be known of where one was.
    pub(super) fn arrive(&mut self, from: Option<&Arrival>) {
        let Some(Arrival { from, locked, called_back, followed }) = from else { return };
        let mut text = format!("You are in {} now, not in {from} any more", self.cx.context);
        for (guests, what) in [
            (called_back, "called back there, unless it was just leaving"),
            (followed, "has left there, and is followed for some seconds first"),
        ] {
            if !guests.is_empty() {
                text.push_str(&format!("; {what}: {}", named(guests)));
            }
        }
        if *locked && !self.cx.read_only {
            let key = self.cx.keymap.hint(Action::Lock);
            text.push_str(&format!("; still locked, {key} unlocks"));
        }
        match *locked || !called_back.is_empty() || !followed.is_empty() {
            true => self.notices.push_result(Level::Info, &text, self.cx.now),
            false => self.say(Level::Info, text),
        }
    }

    /// Lists the orgs that one can go to.
    pub(super) fn list_contexts(&mut self) {
        match self.lacks_contexts() {
            Some(refusal) => self.say(Level::Warn, refusal.0),
            None => self.open_palette("ctx "),
        }
    }

    /// Why there is none.
    pub(super) fn lacks_contexts(&self) -> Option<Refusal> {
        self.orgs.lack.as_ref().map(|why| why.to_string().into())
    }

    /// Has an org made ready that was chosen in the palette. What is open stays open until it is: who does not
    /// get there is where they were.
    pub(super) fn go_to(&mut self, org: Plain) {
        self.close_palette();
        self.popups.retain(|popup| !matches!(popup, Popup::Switching(_) | Popup::Leave(_)));
        self.popups.push(Popup::Switching(Switching::new(org.clone())));
        self.arrange();
        self.effects.push(Effect::Prepare(org));
    }

    /// Leaves for the org that is ready, or asks first; or says why it is not ready.
    pub(super) fn prepared(&mut self, org: &Plain, result: Result<(), Plain>) {
        self.dirty = true;
        let waits = |popup: &Popup| matches!(popup, Popup::Switching(it) if it.org() == org);
        let (awaited, on_top) =
            (self.popups.iter().any(waits), self.popups.last().is_some_and(waits));
        if !awaited {
            return;
        }
        self.popups.retain(|popup| !waits(popup));
        self.arrange();
        let here = &self.cx.context;
        let still = format!("Still in {here}, {org} is not gone to");
        match result {
            // All of it, and at once: it may say in which line of a file.
            Err(why) => {
                let text = format!("{still}: {why}");
                self.notices.push_result(Level::Warn, &text, self.cx.now);
            }
            // Nobody is taken from under what they are doing.
            Ok(()) if !on_top => self.say(Level::Warn, format!("{still}: something else is open")),
            Ok(()) if self.leaves_nothing() => self.leave_by(&Way::To(org.clone())),
            Ok(()) if self.layout.too_small => {
                self.say(
                    Level::Warn,
                    format!("{still}: there is no room to ask what becomes of it"),
                );
            }
            Ok(()) => self.ask_to_leave(Way::To(org.clone())),
        }
    }
}

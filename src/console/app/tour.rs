//! The tour of the demo: what to do next, by what has been done.
//!
//! ```text
//!   what is seen after each message ──▶ deeds done ──▶ the first step that is not ──▶ its hint
//! ```
//! A deed counts when it has really happened, whichever keys led there and in whatever order; nothing goes by
//! time. Who is elsewhere is told the way back. Not what is said: that is the script's; and it neither knows
//! the app nor changes anything.

mod script;
mod strip;

use std::collections::BTreeSet;

use ratatui::layout::Size;

use crate::{
    console::{
        keys::{Action, Keymap},
        panes::PaneId,
        widgets::prose::Line,
    },
    domain::id::{HandoffId, SessionId},
    engine::Command,
};

use script::{Deed, Script, Standing, Step};

/// The least screen on which the rows can spare the tour's.
pub const LEAST: Size = Size { width: 72, height: 20 };

/// The tour as it goes.
#[derive(Debug)]
pub struct Tour {
    script: Script,
    done: BTreeSet<Deed>,
    /// Handoffs that were confirmed here since it began.
    own: Vec<(SessionId, HandoffId)>,
    sight: Sight,
    /// Whose card could not be sent when it was last seen, or for whom nobody fits.
    barred: Option<SessionId>,
}

/// What the tour sees of the console.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    /// The pane that has the focus; nothing before the first look.
    pub pane: Option<PaneId>,
    /// What has the keys.
    pub on: On,
    /// The session under the cursor.
    pub cursor: Option<SessionId>,
    /// True if what is looked for among the sessions holds.
    pub filtered: bool,
    /// True if the session under the cursor could be handed over.
    pub fit: bool,
    /// True if what has the keys is a card that would be sent.
    pub sendable: bool,
    /// What is in the inbox.
    pub asked: Asked,
    /// True once the audit log has been checked to its end.
    pub verified: bool,
    /// What has become of the handoffs from here.
    pub own: Own,
}

/// What is in the inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing that waits for a person.
    #[default]
    Nothing,
    /// Something that does, and the cursor is on it.
    Here,
    /// Something that does, and the cursor is on something else.
    Elsewhere,
}

/// What has become of the handoffs that were confirmed here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The engine has one.
    pub taken: bool,
    /// One has not ended.
    pub running: bool,
    /// One can be called or taken back.
    pub returnable: bool,
    /// One has reached a person, or a queue.
    pub arrived: bool,
    /// One was called or taken back.
    pub returned: bool,
}

/// What has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum On {
    /// The pane.
    #[default]
    Pane,
    /// What is typed in the pane.
    Typing,
    /// The card.
    Card,
    /// A bot's request.
    Request,
    /// What figures mean.
    Figures,
    /// The palette or the help.
    Finder,
    /// Anything else that is open.
    Other,
}

impl Tour {
    /// The tour of a console that `acts`, or only looks.
    pub fn begin(acts: bool) -> Self {
        let mut script = Script::embedded();
        script.steps.retain(|step| acts || !step.deed.acts());
        Self {
            script,
            done: BTreeSet::new(),
            own: Vec::new(),
            sight: Sight::default(),
            barred: None,
        }
    }

    /// Hears what is sent to the engine.
    pub fn sent(&mut self, command: &Command) {
        let orders = match command {
            Command::Handoff(order) => std::slice::from_ref(order.as_ref()),
            Command::Batch(batch) => &batch.orders,
            _ => return,
        };
        self.own.extend(orders.iter().map(|order| (order.session.clone(), order.id.clone())));
    }

    /// Hears that nobody fits this customer.
    pub fn bar(&mut self, session: &SessionId) {
        self.barred = Some(session.clone());
    }

    /// The handoffs that were confirmed here.
    pub fn own(&self) -> &[(SessionId, HandoffId)] {
        &self.own
    }

    /// Looks at the console after a message, which was a press if it is `by_hand`. True if that makes a
    /// difference to what is said.
    pub fn see(&mut self, sight: Sight, by_hand: bool) -> bool {
        if sight == self.sight {
            return false;
        }
        if sight.on == On::Card {
            self.barred = sight.cursor.clone().filter(|_| !sight.sendable);
        }
        let before = std::mem::replace(&mut self.sight, sight);
        let moved = by_hand && before.is_among_sessions() && self.sight.is_among_sessions();
        let moved = moved && before.cursor.is_some() && before.cursor != self.sight.cursor;
        let deeds = self.script.steps.iter().map(|step| step.deed);
        let new: Vec<Deed> = deeds.filter(|deed| self.sight.shows(*deed, moved)).collect();
        self.done.extend(new);
        true
    }

    /// Goes on without doing what is to be done. False if there is nothing more to do.
    pub fn skip(&mut self) -> bool {
        let Some(deed) = self.step().map(|step| step.deed) else { return false };
        self.done.insert(deed)
    }

    /// Which step it is, of how many, and what it is called; nothing at the end.
    pub fn place(&self) -> Option<(usize, usize, &str)> {
        let at = self.at()?;
        Some((at + 1, self.script.steps.len(), self.script.steps[at].title.as_str()))
    }

    /// What to do next.
    pub fn hint(&self, keymap: &Keymap) -> Line {
        let way = self.way();
        if !way.is_empty() {
            return self.script.elsewhere.line(keymap, &way);
        }
        let end = match self.sight.on {
            On::Pane => &self.script.end,
            _ => &self.script.closing,
        };
        let text = self.step().map_or(end, |step| step.text(self.standing(step.deed)));
        text.line(keymap, &[])
    }

    fn at(&self) -> Option<usize> {
        self.script.steps.iter().position(|step| !self.done.contains(&step.deed))
    }

    fn step(&self) -> Option<&Step> {
        self.at().map(|at| &self.script.steps[at])
    }

    /// The keys that lead to where the step is; none where one is there.
    fn way(&self) -> Vec<Action> {
        let (sight, deed) = (&self.sight, self.step().map(|step| step.deed));
        if deed.is_none() {
            // After the last step there is nothing to come back to.
            return Vec::new();
        }
        if deed == Some(Deed::Accept) && sight.own.running {
            return Vec::new();
        }
        let fits = match (deed, sight.on) {
            (_, On::Pane) | (Some(Deed::Confirm | Deed::Accept | Deed::CallBack), On::Card) => true,
            (Some(Deed::Filter), On::Typing) => sight.pane == Some(PaneId::Sessions),
            _ => false,
        };
        let home = match deed {
            Some(Deed::Request | Deed::Verify | Deed::Find) | None => None,
            Some(_) => Some(PaneId::Sessions),
        };
        let go = home.filter(|home| sight.pane.is_some_and(|pane| pane != *home));
        let back = (!fits).then_some(Action::Back);
        back.into_iter().chain(go.map(PaneId::action)).collect()
    }

    /// True if a card is to be opened, and the cursor is on somebody whose card can't be sent.
    fn is_barred(&self, deed: Deed) -> bool {
        self.is_opened(deed) && self.sight.cursor == self.barred
    }

    /// True if a card is to be opened, and the cursor is on somebody who can't be handed over at all.
    fn is_unfit(&self, deed: Deed) -> bool {
        self.is_opened(deed) && !self.sight.fit
    }

    /// True if a card is to be opened for the session under the cursor.
    fn is_opened(&self, deed: Deed) -> bool {
        let sight = &self.sight;
        let here = sight.is_among_sessions() && sight.cursor.is_some();
        deed.acts() && here && !sight.own.running
    }

    /// How one stands towards what is to be done, where it is done.
    fn standing(&self, deed: Deed) -> Standing {
        let sight = &self.sight;
        let on_card =
            matches!(deed, Deed::Confirm | Deed::Accept | Deed::CallBack) && sight.on == On::Card;
        match deed {
            _ if on_card && !sight.sendable => Standing::Refused,
            _ if self.is_barred(deed) => Standing::Barred,
            _ if self.is_unfit(deed) => Standing::Unfit,
            Deed::Confirm if sight.on != On::Card && !sight.own.running => Standing::Nothing,
            Deed::Accept | Deed::CallBack if sight.on == On::Card => Standing::Card,
            Deed::Accept if !sight.own.running => Standing::Nothing,
            Deed::CallBack if sight.own.returnable => Standing::Running,
            Deed::Filter if sight.on == On::Typing => Standing::Typing,
            Deed::Request if sight.pane != Some(PaneId::Inbox) => Standing::Before,
            Deed::Request if sight.asked == Asked::Here => Standing::There,
            Deed::Request if sight.asked == Asked::Elsewhere => Standing::Settled,
            Deed::Request => Standing::Nothing,
            Deed::Explain if sight.cursor.is_none() => Standing::Nothing,
            Deed::Verify if sight.pane == Some(PaneId::Audit) => Standing::There,
            _ => Standing::Before,
        }
    }
}

impl Sight {
    fn is_among_sessions(&self) -> bool {
        self.on == On::Pane && self.pane == Some(PaneId::Sessions)
    }

    /// True if what is seen is what has come of `deed`; `moved` if the cursor was just moved by hand.
    fn shows(&self, deed: Deed, moved: bool) -> bool {
        match deed {
            Deed::Look => moved,
            Deed::Card => self.on == On::Card,
            Deed::Confirm => self.own.taken,
            Deed::Accept => self.own.arrived,
            Deed::CallBack => self.own.returned,
            Deed::Filter => self.filtered,
            Deed::Request => self.on == On::Request,
            Deed::Explain => self.on == On::Figures,
            Deed::Verify => self.verified,
            Deed::Find => self.on == On::Finder,
        }
    }
}

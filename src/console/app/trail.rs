//! Back and forward through places: a place is a pane and what was under its cursor.
//!
//! One is left behind when the focus changes or somebody jumps, never by moving a cursor. Things have ids
//! and rows do not: one comes back to the thing, wherever its row is by then, or is told that it has gone.

use super::App;
use crate::{
    console::{
        keys::Action,
        panes::PaneId,
        view::{Refusal, Subject},
    },
    domain::id::RequestId,
    engine::Level,
};

/// Places that are kept each way.
const KEPT: usize = 50;

/// Where somebody was.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pane: PaneId,
    on: Option<On>,
}

/// What was under the cursor.
#[derive(Clone, Debug, PartialEq)]
enum On {
    Subject(Subject),
    Request(RequestId),
}

/// The places one has been to.
#[derive(Debug, Default)]
pub struct Trail {
    back: Vec<Place>,
    on: Vec<Place>,
}

impl App {
    /// Where one is.
    pub(super) fn place(&self) -> Place {
        let panes = &self.panes;
        let on = match self.focus {
            PaneId::Queues => panes.queues.selected().cloned().map(Subject::Queue),
            PaneId::Agents => panes.agents.selected().cloned().map(Subject::Agent),
            PaneId::Sessions => panes.sessions.selected().cloned().map(Subject::Session),
            PaneId::Audit => panes.audit.selected_seq().map(Subject::Record),
            PaneId::Inbox | PaneId::Health => None,
        };
        let asked = panes.inbox.selected().cloned().filter(|_| self.focus == PaneId::Inbox);
        Place { pane: self.focus, on: on.map(On::Subject).or(asked.map(On::Request)) }
    }

    /// Remembers where one is, because one is about to leave it.
    pub(super) fn leave_place(&mut self) {
        let here = self.place();
        self.has_left(here);
    }

    /// Remembers where one was. What one had come back from is forgotten.
    pub(super) fn has_left(&mut self, place: Place) {
        self.trail.on.clear();
        keep(&mut self.trail.back, place);
    }

    /// Why there is no place to go to by `action`.
    pub(super) fn lacks_place(&self, action: Action) -> Option<Refusal> {
        let here = self.place();
        let is_other = |place: &Place| *place != here;
        let (places, none) = match action {
            Action::NextPlace => (&self.trail.on, "You have not come back from any place"),
            _ => (&self.trail.back, "There is no place to go back to yet"),
        };
        (!places.iter().any(is_other)).then(|| none.into())
    }

    /// Goes back to the place before, or on to the one that was come back from.
    pub(super) fn go_along(&mut self, action: Action) {
        if let Some(refusal) = self.refuses_leaving().or_else(|| self.lacks_place(action)) {
            return self.say(Level::Info, refusal.0);
        }
        let here = self.place();
        let (from, to) = match action {
            Action::NextPlace => (&mut self.trail.on, &mut self.trail.back),
            _ => (&mut self.trail.back, &mut self.trail.on),
        };
        let other = std::iter::from_fn(|| from.pop()).find(|place| *place != here);
        keep(to, here);
        if let Some(place) = other {
            self.restore(place);
        }
    }

    fn restore(&mut self, place: Place) {
        self.focus_on(place.pane);
        let reached = match &place.on {
            None => true,
            Some(On::Subject(subject)) => self.put_cursor(subject),
            Some(On::Request(request)) => self.panes.inbox.go(request, &self.cx),
        };
        if !reached {
            let title = place.pane.title().to_lowercase();
            let text =
                format!("Back among the {title}; what was under the cursor is not shown there");
            self.say(Level::Info, text);
        }
    }

    /// Goes to a queue, agent, session or record, which is a place of its own. A filter that hides it goes.
    pub(super) fn visit(&mut self, subject: &Subject) {
        self.leave_place();
        let pane = match subject {
            Subject::Queue(_) => PaneId::Queues,
            Subject::Agent(_) => PaneId::Agents,
            Subject::Session(_) => PaneId::Sessions,
            Subject::Record(_) => PaneId::Audit,
        };
        self.popups.clear();
        self.focus_on(pane);
        if self.put_cursor(subject) {
            return;
        }
        match subject {
            Subject::Queue(_) => self.panes.queues.unfilter(&self.cx),
            Subject::Agent(_) => self.panes.agents.unfilter(&self.cx),
            Subject::Session(_) => self.panes.sessions.unfilter(&self.cx),
            Subject::Record(_) => {}
        }
        match self.put_cursor(subject) {
            true => self.say(Level::Info, "The filter that hid it is cleared"),
            false => self.say(Level::Warn, "It is not on the floor any more"),
        }
    }

    /// True if it is under the cursor of the pane that has the focus.
    pub(super) fn is_on(&self, subject: &Subject) -> bool {
        self.place().on == Some(On::Subject(subject.clone()))
    }

    /// Goes to a bot's request. A filter that hides it goes.
    pub(super) fn visit_request(&mut self, request: &RequestId) -> bool {
        self.leave_place();
        self.popups.clear();
        self.focus_on(PaneId::Inbox);
        if !self.panes.inbox.go(request, &self.cx) {
            self.panes.inbox.unfilter(&self.cx);
        }
        self.panes.inbox.go(request, &self.cx)
    }

    /// Puts the cursor on it. False if its pane does not show it.
    fn put_cursor(&mut self, subject: &Subject) -> bool {
        let (panes, cx) = (&mut self.panes, &self.cx);
        match subject {
            Subject::Queue(id) => panes.queues.go(id, cx),
            Subject::Agent(id) => panes.agents.go(id, cx),
            Subject::Session(id) => {
                panes.sessions.go(id, cx);
                panes.sessions.selected() == Some(id)
            }
            Subject::Record(seq) => panes.audit.go(*seq),
        }
    }
}

fn keep(places: &mut Vec<Place>, place: Place) {
    if places.last() != Some(&place) {
        places.push(place);
    }
    if places.len() > KEPT {
        places.remove(0);
    }
}

//! The console's state, and what every message does to it.
//!
//! ```text
//!   Message ──▶ update ──▶ state ──▶ draw
//!                  └─────▶ Effect (a command, leaving, suspending)
//! ```
//! Synchronous, and without a terminal, a clock or a channel: the shell brings messages with the
//! time they came at and carries the effects out. So a test is a list of presses and a screen.

mod alarms;
mod batches;
pub mod begin;
mod contexts;
mod crumbs;
mod deeds;
mod dispatch;
mod effect;
mod finding;
mod footer;
mod header;
mod layout;
mod lock;
mod log;
mod news;
mod next;
mod nothing;
mod notices;
mod orders;
mod pointer;
mod requests;
mod screen;
mod seek;
mod tables;
mod tour;
mod trail;
mod wallboard;
mod wards;
mod xray;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use ratatui::layout::Size;

use super::{
    Settings,
    keys::{Action, Chord, pointer::Pointer},
    orgs::Orgs,
    panes::{
        PaneId, agents::Agents, audit::Audit, health::Health, inbox::Inbox, queues::Queues,
        sessions::Sessions,
    },
    popups::Popup,
    view::{Ctx, View},
    widgets::grid::Table,
};
use crate::{
    domain::{floor::Floor, id::SessionId, text::Plain},
    engine::{Attention, Command, Event, Level, Pulse},
};

use alarms::Looked;
use layout::{Layout, Places};
use next::Next;
use notices::{Notices, Offer};
use seek::Seeking;
use tour::Tour;
use trail::Trail;

pub use effect::Effect;

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Press(Chord),
    /// The mouse was clicked or its wheel turned.
    Pointer(Pointer),
    /// A text was pasted.
    Paste(String),
    /// The terminal has this size now.
    Resize(Size),
    /// There is a new floor.
    Floor(Arc<Floor>),
    /// There is a new pulse.
    Pulse(Arc<Pulse>),
    /// The engine has news.
    Engine(Event),
    /// A command could not be sent: the engine is behind, or gone.
    Unsent(Command),
    /// An org that was to be made ready is, or why it is not.
    Prepared {
        /// Its name.
        org: Plain,
        /// How it went.
        result: Result<(), Plain>,
    },
    /// The engine is gone for good.
    EngineGone,
    /// A background task has failed.
    Trouble(String),
    /// The process is about to be stopped.
    Stopping,
    /// Time has passed.
    Tick,
}

/// The console without a terminal.
#[derive(Debug)]
pub struct App {
    cx: Ctx,
    panes: Panes,
    focus: PaneId,
    places: Places,
    popups: Vec<Popup>,
    notices: Notices,
    seeking: Option<Seeking>,
    next: Next,
    /// The session that was opened last, until the cursor goes to it or a key is pressed.
    awaited: Option<SessionId>,
    /// The session that was gone to from one of its records: from there one goes back.
    jumped: Option<SessionId>,
    trail: Trail,
    layout: Layout,
    /// The other orgs that one can go to.
    orgs: Orgs,
    /// The tour of a demo, while there is one.
    tour: Option<Tour>,
    size: Size,
    attention: Attention,
    engine_gone: bool,
    /// True if new arrivals in the inbox ring.
    bell: bool,
    /// What alarms found when it was last looked.
    alarms_looked: Option<Looked>,
    /// True while the mouse is ours.
    mouse: bool,
    /// The context whose configuration says that nothing may be changed; `None` where the command line does.
    read_only_in: Option<Plain>,
    /// How long a key is waited for before the console locks itself.
    lock_after: Option<Duration>,
    /// When a key was pressed last.
    pressed: Timestamp,
    /// When somebody last typed on who was refused to write.
    strays: Option<Timestamp>,
    effects: Vec<Effect>,
    dirty: bool,
    /// True once it was looked whether alarms name queues that are not there.
    alarms_named: bool,
    /// What was remembered of panes that were asked to begin with another filter.
    displaced: Vec<(PaneId, String)>,
}

#[derive(Debug, Default)]
struct Panes {
    queues: Queues,
    agents: Agents,
    sessions: Sessions,
    audit: Audit,
    inbox: Inbox,
    health: Health,
}

impl Panes {
    fn view(&self, id: PaneId) -> &dyn View {
        match id {
            PaneId::Queues => &self.queues,
            PaneId::Agents => &self.agents,
            PaneId::Sessions => &self.sessions,
            PaneId::Audit => &self.audit,
            PaneId::Inbox => &self.inbox,
            PaneId::Health => &self.health,
        }
    }

    fn view_mut(&mut self, id: PaneId) -> &mut dyn View {
        match id {
            PaneId::Queues => &mut self.queues,
            PaneId::Agents => &mut self.agents,
            PaneId::Sessions => &mut self.sessions,
            PaneId::Audit => &mut self.audit,
            PaneId::Inbox => &mut self.inbox,
            PaneId::Health => &mut self.health,
        }
    }
}

impl App {
    /// A console that has seen nothing yet.
    pub fn new(settings: &Settings, size: Size, now: Timestamp) -> Self {
        let mut app = Self {
            cx: Ctx::of(settings, now),
            panes: Panes::default(),
            focus: PaneId::Sessions,
            places: Places::default(),
            popups: Vec::new(),
            notices: Notices::default(),
            seeking: None,
            next: Next::default(),
            awaited: None,
            jumped: None,
            trail: Trail::default(),
            layout: Layout::default(),
            orgs: settings.orgs.clone(),
            tour: settings.begin.tour.then(|| Tour::begin(!settings.read_only)),
            size,
            attention: Attention::default(),
            engine_gone: false,
            bell: settings.bell,
            alarms_looked: None,
            mouse: settings.mouse,
            read_only_in: settings.read_only_in.clone(),
            lock_after: settings.safety.lock_after,
            pressed: now,
            strays: None,
            effects: Vec::new(),
            dirty: true,
            alarms_named: false,
            displaced: Vec::new(),
        };
        app.begin_as(settings);
        app.arrive(settings.arrival.as_ref());
        app.arrange();
        app.ask_audit();
        app
    }

    /// Takes a message in that came at `now`.
    pub fn update(&mut self, message: Message, now: Timestamp) {
        let typed = matches!(message, Message::Press(_) | Message::Pointer(_) | Message::Paste(_));
        // Every span on the screen is in whole seconds: within one, time changes nothing.
        self.dirty |= self.cx.beat(now) != self.cx.beat(self.cx.now);
        self.cx.now = now;
        self.dirty |= self.notices.expire(now) | self.cx.handoffs.expire(now);
        self.lock_when_left();
        self.notices.answer(typed);
        match message {
            Message::Press(chord) if self.seeking.is_some() => self.press_while_seeking(chord),
            Message::Press(chord) => self.press(chord),
            Message::Pointer(pointer) => self.point(pointer),
            Message::Paste(text) => self.paste(&text),
            Message::Resize(size) => self.resize(size),
            Message::Floor(floor) => self.floor(floor),
            Message::Pulse(pulse) => self.pulse(pulse),
            Message::Engine(event) => self.engine(event),
            Message::Unsent(command) => self.unsent(&command),
            Message::Prepared { org, result } => self.prepared(&org, result),
            Message::EngineGone => self.engine_gone(),
            Message::Trouble(text) => self.say(Level::Error, text),
            Message::Stopping => self.call_all_back(),
            Message::Tick => {
                self.follow_agents();
                self.brief_wallboard();
            }
        }
        self.notices.answer(false);
        if typed && !self.layout.too_small {
            self.dirty |= self.notices.drop_past();
        }
        self.watch_alarms();
        self.settle_tables();
        self.seek_on();
        self.ask_audit();
        self.look_ahead();
        self.show_tour(typed);
        if !typed {
            self.reoffer();
        }
        if !self.layout.too_small && self.status_rows() != self.layout.status.height {
            self.arrange();
        }
        self.attend();
    }

    /// What the shell is to do, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// True if the screen may look different since this was last asked.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Tells what is on top that a person can now have seen it, and what is below that they can't.
    pub fn shown(&mut self) {
        let seen = if self.layout.too_small { 0 } else { 1 };
        let covered = self.popups.len().saturating_sub(seen);
        let (below, top) = self.popups.split_at_mut(covered);
        below.iter_mut().for_each(|popup| popup.view_mut().covered());
        top.iter_mut().for_each(|popup| popup.view_mut().shown(&self.cx));
        self.note_moves_in_sight();
    }

    /// When something is to be asked that waits for a pause.
    pub fn due(&self) -> Option<Timestamp> {
        self.panes.audit.due().into_iter().chain(self.settles()).min()
    }

    /// True if the screen may look different since the last frame.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The pane that has the focus.
    pub fn focus(&self) -> PaneId {
        self.focus
    }

    /// What the world looks like from here.
    pub fn cx(&self) -> &Ctx {
        &self.cx
    }

    /// Every action that means something now, for the footer, the help and the tests.
    pub fn actions(&self) -> Vec<Action> {
        let here = self.top().actions();
        let elsewhere = dispatch::GLOBAL.iter().filter(|action| !here.contains(action));
        here.iter().chain(elsewhere).copied().collect()
    }

    /// A pane's table, if it has one: what is looked for in it, and what is under its cursor.
    pub fn table(&self, id: PaneId) -> Option<&dyn Table> {
        self.panes.view(id).table()
    }

    /// What is open over the panes, the top one last.
    pub fn popups(&self) -> &[Popup] {
        &self.popups
    }

    /// What has the keys: the top popup, or else the focused pane.
    fn top(&self) -> &dyn View {
        match self.popups.last() {
            Some(popup) => popup.view(),
            None => self.panes.view(self.focus),
        }
    }

    fn say(&mut self, level: Level, text: impl Into<String>) {
        let text: String = text.into();
        self.notices.push(level, &text, self.cx.now);
        self.dirty = true;
    }

    /// Says what a key does, for as long as it does.
    fn offer(&mut self, offer: Offer, text: &str) {
        self.notices.push_offer(offer, text, self.cx.now);
        self.dirty = true;
    }

    /// Says it no more.
    fn retract(&mut self, offer: &Offer) {
        self.dirty |= self.notices.retract(offer);
    }

    fn send(&mut self, command: Command) {
        self.tour.iter_mut().for_each(|tour| tour.sent(&command));
        self.effects.push(Effect::Send(command));
    }
}

//! What leaves: only what stood on the screen to be confirmed, by the key that confirms it, and nothing at
//! all while the console is locked or read-only.

use floorwalker::{
    console::{
        app::App,
        keys::{Action, Chord},
        panes::PaneId,
        popups::Popup,
        view::requests,
    },
    domain::{
        deed::Deed,
        handoff::HandoffOrder,
        id::{HandoffId, RequestId, SessionId},
    },
    engine::Command,
};

use super::{
    run::Broken,
    seen::{Seen, Top},
    step::{Kind, Step, What},
    world::World,
};
use crate::harness::Harness;

/// A step, and what it could mean where it came.
#[derive(Debug)]
pub struct Pressed {
    /// The key, if it was one.
    pub chord: Option<Chord>,
    /// What the key asks for, where no text is typed.
    pub action: Option<Action>,
    /// What else it was.
    pub kind: Option<Kind>,
    /// What had the keys.
    pub top: Top,
    /// The pane with the focus.
    pub focus: PaneId,
    /// True if text was being typed.
    pub typing: bool,
    /// True if things could be done from here.
    acts: bool,
    /// Whom a key on a row, or in a closer look, is about.
    meant: Vec<SessionId>,
    /// Whom nobody else would keep alive.
    alive: Vec<SessionId>,
}

impl Pressed {
    /// This step, on this console.
    pub fn of(step: &Step, app: &App) -> Self {
        let (chord, kind) = match step.what {
            What::Press(chord) => (Some(chord), None),
            What::Other(Kind::Escape, _) => (Some("esc".parse().unwrap()), None),
            What::Other(kind, _) => (None, Some(kind)),
        };
        let cx = app.cx();
        let typing = is_typing(app);
        let action = chord.filter(|chord| !typing || chord.edit().is_none());
        let alive = cx.kept_here().filter(|kept| kept.it.hold.keeps_alive());
        Self {
            chord,
            kind,
            action: action.and_then(|chord| cx.keymap.action(chord)),
            top: Top::of(app),
            focus: app.focus(),
            typing,
            acts: cx.acts(),
            meant: meant(app),
            alive: alive.map(|kept| kept.it.id.clone()).collect(),
        }
    }

    /// True if it was this key, and no text.
    fn asks(&self, action: Action) -> bool {
        !self.typing && self.action == Some(action)
    }

    /// True if it was enter.
    pub fn enters(&self) -> bool {
        self.chord == "enter".parse().ok()
    }

    /// True if something was chosen in the palette.
    pub fn chooses(&self) -> bool {
        self.top == Top::Palette && self.enters()
    }

    fn clicks(&self) -> bool {
        self.kind == Some(Kind::Click)
    }
}

fn is_typing(app: &App) -> bool {
    match app.popups().last() {
        Some(popup) => popup.view().is_typing(),
        None => app.table(app.focus()).is_some_and(|table| table.ask().is_typing()),
    }
}

/// Below the palette everything stays as it is.
fn meant(app: &App) -> Vec<SessionId> {
    let below = app.popups().iter().rev().find(|popup| !matches!(popup, Popup::Palette(_)));
    match below {
        Some(Popup::Detail(detail)) => detail.session().cloned().into_iter().collect(),
        Some(Popup::Transcript(transcript)) => vec![transcript.session().clone()],
        Some(_) => Vec::new(),
        None if app.focus() != PaneId::Sessions => Vec::new(),
        None if app.cx().marked.is_empty() => app.cx().session.clone().into_iter().collect(),
        None => app.cx().marked.iter().cloned().collect(),
    }
}

/// Looks at everything that has left in one step.
pub fn check(
    sent: &[&Command],
    pressed: &Pressed,
    seen: &Seen,
    harness: &Harness,
    world: &World,
) -> Result<(), Broken> {
    let cx = harness.app.cx();
    for command in sent {
        if !is_write(command) {
            continue;
        }
        let told = || format!("{command:?}\nby {pressed:?}\nafter\n{}", seen.screen);
        if !(pressed.acts && cx.acts()) {
            return Err(("locked or read-only, nothing leaves", told()));
        }
        if !is_confirmed(command, pressed, seen, harness) {
            return Err(("nothing leaves that was not confirmed", told()));
        }
    }
    let known = |id: &HandoffId| world.orders.iter().any(|order: &HandoffOrder| order.id == *id);
    match sent.iter().find(|it| matches!(it, Command::Cancel(id) if !known(id))) {
        Some(command) => Err(("only what has left is called back", format!("{command:?}"))),
        None => Ok(()),
    }
}

/// True for what touches a customer. To call something back, or to stop, is always possible.
fn is_write(command: &Command) -> bool {
    use Command as C;
    match command {
        C::Handoff(_) | C::Batch(_) | C::Open(_) | C::Supervise(_) | C::Release(_) | C::End(_) => {
            true
        }
        C::Decline { .. } | C::Defer { .. } | C::Replay(_) | C::Deed(_) => true,
        C::Refresh | C::Attend(_) | C::Summarise(_) | C::Watch(_) | C::Audit { .. } => false,
        C::Cancel(_) | C::StopBatch(_) | C::Log(_) | C::History(_) => false,
    }
}

fn is_confirmed(command: &Command, pressed: &Pressed, seen: &Seen, harness: &Harness) -> bool {
    let cx = harness.app.cx();
    let own = |top: Top, title: &str| {
        pressed.top == top && seen.top == top && seen.legible && seen.says(title)
    };
    let named = |id: &SessionId| seen.says(&cx.guest_name(id));
    let asked = |id: &RequestId| seen.says(&requests::named(id, cx));
    let confirms = pressed.asks(Action::Confirm);
    let enters = pressed.typing && pressed.enters();
    match command {
        Command::Handoff(order) => confirms && own(Top::Card, "Hand off to") && shown(seen, order),
        Command::Batch(batch) => {
            (confirms || enters)
                && own(Top::Plan, "Hand off?")
                && batch.orders.iter().all(|order| shown(seen, order))
        }
        Command::End(id) => {
            let one = own(Top::Question, "End the session?") && named(id);
            enters && (one || own(Top::Question, "End these sessions and leave?"))
        }
        Command::Open(order) => {
            let queue = cx.live.queue(&order.queue).map(|queue| queue.name.clone());
            let shows =
                seen.says(&queue.unwrap_or_default()) || seen.says(&order.queue.to_string());
            enters && own(Top::Form, "Open a guest's session") && shows
        }
        Command::Deed(order) => match &order.deed {
            Deed::Monitor => {
                confirms && own(Top::Monitor, "Monitor the session?") && named(&order.session)
            }
            Deed::Say(text) => {
                let shown = named(&order.session) && seen.says(text.expose());
                confirms && own(Top::Letter, "send it") && shown
            }
            Deed::Leave => leaves(&order.session, pressed),
        },
        Command::Supervise(id) => keeps(id, pressed, seen),
        Command::Release(id) => {
            let asked = own(Top::Question, "Keep it alive no longer?");
            let harmless = !pressed.alive.contains(id);
            (confirms && asked) || (harmless && keeps(id, pressed, seen))
        }
        Command::Decline { request, .. } => {
            enters && own(Top::Answer, "Decline the request?") && asked(request)
        }
        Command::Defer { request, .. } => {
            enters && own(Top::Answer, "Ask again later?") && asked(request)
        }
        Command::Replay(request) => {
            confirms && own(Top::Question, "Hand it over after all?") && asked(request)
        }
        _ => true,
    }
}

/// True if this is what the card, or the plan, said.
fn shown(seen: &Seen, order: &HandoffOrder) -> bool {
    let same = |(session, target): &(_, _)| *session == order.session && *target == order.target;
    seen.orders.iter().any(same)
}

/// To listen in no longer needs no second word: it does nothing to anybody.
fn leaves(id: &SessionId, pressed: &Pressed) -> bool {
    let on_row = pressed.top == Top::Pane && pressed.clicks();
    let own = pressed.asks(Action::Monitor) || pressed.chooses() || on_row;
    pressed.meant.contains(id) && own
}

/// A heartbeat is kept, or left, by its own key on what it is about; of what the filter shows, where that
/// was asked.
fn keeps(id: &SessionId, pressed: &Pressed, seen: &Seen) -> bool {
    let meant = pressed.meant.contains(id);
    let on_row = pressed.top == Top::Pane && pressed.clicks();
    let own = pressed.asks(Action::Supervise) || pressed.chooses() || on_row;
    let asked = seen.top == Top::Question && seen.legible && seen.says("Which?");
    let answers = pressed.asks(Action::Supervise) || pressed.asks(Action::MarkAll);
    (meant && own)
        || (asked && pressed.top == Top::Question && answers)
        || (asked && pressed.chooses())
}

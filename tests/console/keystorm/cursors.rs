//! Where the cursors are, and what may move them.
//!
//! - A movement moves the cursor of the table that has the keys, and marking a session goes on to the next.
//! - The mouse moves that of the table it is used in.
//! - A confirmed handoff, or an answer to a bot, goes on to the next session and request.
//! - Going to a place, to a record's session, to a next move or to what was found by its name moves the
//!   cursors of wherever that is.
//! - A session that was opened here is gone to when it comes, unless a key was pressed since.
//! - A cursor that nobody has put anywhere stands for nobody: among the agents it stays on top, in the log
//!   on the newest, among the sessions with those who are not with a person yet, among the candidates with
//!   the best until one who fits was seen.
//!
//! Nothing else does, as long as the row is there and the filter finds it: sorting and sizes, floors and
//! news, time and refusals leave every cursor where it is.

use std::collections::BTreeSet;

use floorwalker::{
    console::{
        app::App,
        keys::Action,
        panes::{PaneId, agents::AgentSheet, inbox::RequestSheet, sessions::SessionSheet},
        popups::Popup,
        view::{Ctx, gate, queue_sheet::QueueSheet},
        widgets::grid::{Grid, Sheet, Table},
    },
    domain::{
        handoff::Target,
        id::{AgentId, SessionId},
        session::SessionState,
    },
    engine::Command,
};

use super::{run::Broken, seen::Top, step::Kind, writes::Pressed};

/// Every cursor there is.
#[derive(Debug, PartialEq, Eq)]
pub struct Cursors {
    panes: Vec<(PaneId, Option<String>)>,
    /// Popups that are open, and the cursor of the one on top.
    open: usize,
    chosen: Option<String>,
    /// True if that can't leave by itself.
    settled: bool,
}

impl Cursors {
    /// Where they are now.
    pub fn of(app: &App) -> Self {
        let under = |id| app.table(id).and_then(Table::under_cursor);
        let top = app.popups().last();
        Self {
            panes: PaneId::ALL.into_iter().map(|id| (id, under(id))).collect(),
            open: app.popups().len(),
            chosen: top.and_then(|popup| popup.view().table()).and_then(Table::under_cursor),
            settled: top.is_some_and(|popup| is_settled(popup, app.cx())),
        }
    }

    fn under(&self, pane: PaneId) -> Option<&String> {
        self.panes.iter().find(|(id, _)| *id == pane).and_then(|(_, under)| under.as_ref())
    }
}

/// True for a cursor that is on somebody who fits, or where that does not matter.
fn is_settled(popup: &Popup, cx: &Ctx) -> bool {
    let Popup::PickAgent(picker) = popup else { return true };
    let agent = popup.view().table().and_then(Table::under_cursor);
    let agent = agent.map(|id| Target::Agent(AgentId::from(id.as_str())));
    let session = cx.floor.session(picker.session());
    agent.zip(session).is_some_and(|(target, session)| {
        gate::refuses_target(&cx.floor, session, &target, cx).is_none()
    })
}

/// What is known of who has put a cursor where it is.
#[derive(Debug, Default)]
pub struct Known {
    /// Somebody has moved among the agents.
    agents: bool,
    /// Somebody has moved among the sessions, and nothing was handed off since.
    sessions: bool,
    /// Somebody has moved down in the log, and not up since.
    audit: bool,
    /// A session that was opened here, until a key is pressed.
    awaited: Option<String>,
}

impl Known {
    /// A session was opened.
    pub fn opened(&mut self, session: Option<&SessionId>) {
        self.awaited = session.map(ToString::to_string);
    }

    /// Looks at every cursor after a step.
    pub fn check(
        &mut self,
        before: &Cursors,
        after: &Cursors,
        pressed: &Pressed,
        sent: &[&Command],
        app: &App,
    ) -> Result<(), Broken> {
        for (pane, left) in &before.panes {
            let (Some(left), now) = (left, after.under(*pane)) else { continue };
            if now == Some(left) || !is_shown(*pane, left, app) {
                continue;
            }
            if !self.may_move(*pane, left, now, pressed, sent, app) {
                let told = format!("{} {left} → {now:?} by {pressed:?}", pane.title());
                return Err(("a cursor stays on its row", told));
            }
        }
        check_chosen(before, after, pressed, app)?;
        self.learn(before, after, pressed, sent);
        Ok(())
    }

    fn may_move(
        &self,
        pane: PaneId,
        left: &str,
        now: Option<&String>,
        pressed: &Pressed,
        sent: &[&Command],
        app: &App,
    ) -> bool {
        let by_itself = match pane {
            PaneId::Agents => !self.agents,
            PaneId::Sessions => {
                !self.sessions && is_helped(left, app)
                    || now.is_some() && now == self.awaited.as_ref()
            }
            PaneId::Audit => !self.audit,
            _ => false,
        };
        let passes =
            matches!(pane, PaneId::Sessions | PaneId::Inbox) && sent.iter().any(|it| decides(it));
        by_itself || passes || is_sent_elsewhere(pressed) || moves(pane, pressed)
    }

    fn learn(&mut self, before: &Cursors, after: &Cursors, pressed: &Pressed, sent: &[&Command]) {
        let moved = |pane| before.under(pane) != after.under(pane);
        let by_hand = |pane| pressed.focus == pane && moved(pane) && moves(pane, pressed);
        self.agents |= by_hand(PaneId::Agents);
        self.sessions |= by_hand(PaneId::Sessions) && pressed.kind.is_none();
        if sent.iter().any(|it| decides(it)) {
            self.sessions = false;
        }
        let down = matches!(pressed.action, Some(Action::Down | Action::PageDown | Action::End));
        self.audit |= by_hand(PaneId::Audit) && down;
        let up = matches!(pressed.action, Some(Action::Up | Action::PageUp | Action::Home));
        if up
            || is_sent_elsewhere(pressed)
            || pressed.kind == Some(Kind::Wheel)
            || pressed.kind == Some(Kind::Click)
        {
            self.audit = false;
        }
        if pressed.chord.is_some() || matches!(pressed.kind, Some(Kind::Click | Kind::Wheel)) {
            self.awaited = None;
        }
    }
}

/// True of who needs nobody any more.
fn is_helped(id: &str, app: &App) -> bool {
    let session = app.cx().floor.session(&SessionId::from(id));
    let state = session.map(|session| session.state);
    !matches!(state, Some(SessionState::Waiting | SessionState::Bot | SessionState::Alerting))
}

/// True for what a person has decided about a row.
fn decides(command: &Command) -> bool {
    let handed = matches!(command, Command::Handoff(_) | Command::Batch(_));
    handed
        || matches!(command, Command::Decline { .. } | Command::Defer { .. } | Command::Replay(_))
}

/// True for what moves the cursor of this pane, one row or many.
fn moves(pane: PaneId, pressed: &Pressed) -> bool {
    if matches!(pressed.kind, Some(Kind::Click | Kind::Wheel)) {
        return pressed.top == Top::Pane;
    }
    let here = pressed.top == Top::Pane && pressed.focus == pane;
    let marks = pane == PaneId::Sessions && pressed.action == Some(Action::Mark) && !pressed.typing;
    here && (marks || pressed.action.is_some_and(Action::is_movement))
}

/// True for what goes to a place of its own.
fn is_sent_elsewhere(pressed: &Pressed) -> bool {
    use Action as A;
    let goes = |action| {
        matches!(action, A::PreviousPlace | A::NextPlace | A::Jump)
            || matches!(action, A::NextFirst | A::NextSecond | A::NextThird)
    };
    let by_key = !pressed.typing && pressed.action.is_some_and(goes);
    let in_tree = pressed.top == Top::Tree && pressed.enters();
    by_key
        || in_tree
        || pressed.chooses()
        || pressed.kind == Some(Kind::Click) && pressed.top == Top::Pane
}

/// A cursor in a popup, by what nobody there has done.
fn check_chosen(
    before: &Cursors,
    after: &Cursors,
    pressed: &Pressed,
    app: &App,
) -> Result<(), Broken> {
    let pointed = matches!(pressed.kind, Some(Kind::Click | Kind::Wheel | Kind::Paste));
    if pressed.chord.is_some() || pointed || before.open != after.open || !before.settled {
        return Ok(());
    }
    let Some(left) = before.chosen.as_ref().filter(|left| after.chosen.as_ref() != Some(left))
    else {
        return Ok(());
    };
    let pane = match app.popups().last() {
        Some(Popup::PickAgent(_) | Popup::AgentForAll(_)) => PaneId::Agents,
        Some(Popup::PickQueue(_) | Popup::QueueForAll(_)) => PaneId::Queues,
        _ => return Ok(()),
    };
    let table = app.popups().last().and_then(|popup| popup.view().table());
    // A filter there finds words of columns that no pane has.
    let stays = |table: &dyn Table| table.ask().is_empty() && is_in(pane, left, table, app);
    match table.is_some_and(stays) {
        true => {
            let told =
                format!("{left} → {:?} by {pressed:?}\n{:?}", after.chosen, app.popups().last());
            Err(("a cursor stays on who is chosen", told))
        }
        false => Ok(()),
    }
}

/// True if the row of this id is there and the pane's filter finds it.
fn is_shown(pane: PaneId, id: &str, app: &App) -> bool {
    app.table(pane).is_some_and(|table| is_in(pane, id, table, app))
}

fn is_in(pane: PaneId, id: &str, table: &dyn Table, app: &App) -> bool {
    let (cx, ask) = (app.cx(), table.ask());
    // What was understood before it could not be read any more, nobody else knows.
    if ask.misread().is_some() {
        return false;
    }
    let found = match pane {
        PaneId::Queues => found::<QueueSheet>(&cx.floor.queues, table, cx),
        PaneId::Agents => found::<AgentSheet>(&cx.floor.agents, table, cx),
        PaneId::Sessions => found::<SessionSheet>(&cx.floor.sessions, table, cx),
        PaneId::Inbox => {
            let rows = cx.pulse.inbox.as_ref().map_or(&[][..], |inbox| &inbox.requests);
            found::<RequestSheet>(rows, table, cx)
        }
        // No record goes; what a filter finds of them is the store's to say.
        PaneId::Audit => return ask.is_empty(),
        PaneId::Health => return false,
    };
    found.contains(id)
}

/// The rows that the table's filter finds, asked anew.
fn found<S: Sheet<Cx = Ctx>>(rows: &[S::Row], table: &dyn Table, cx: &Ctx) -> BTreeSet<String> {
    let mut grid: Grid<S> = Grid::new(1);
    grid.ask_mut().know(table.ask().saved().clone());
    grid.look_for(table.ask().text().to_owned(), cx.now);
    grid.observe(rows, cx);
    grid.shown(rows).map(|row| S::key(row).to_string()).collect()
}

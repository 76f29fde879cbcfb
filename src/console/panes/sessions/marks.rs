//! The sessions that are to be handed off together: marked by id, so that a mark stays with its
//! session whatever becomes of the rows.
//!
//! Not a selection: the cursor is the grid's.

use std::{collections::HashSet, sync::Arc};

use ratatui::{buffer::Buffer, layout::Rect};

use super::Sessions;
use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{Aim, Ctx, Opening, Outcome},
        widgets::{paint, prose::Line},
    },
    domain::{
        id::SessionId,
        session::{Session, SessionState},
    },
};

/// On a row whose bot asks for a person, unless it is marked.
const ASKED: char = '!';

/// The mark on a row, between the cursor's bar and the first column: no column moves for it.
const MARK: char = '*';

/// What is marked.
#[derive(Debug, Default)]
pub struct Marks {
    marked: Arc<HashSet<SessionId>>,
    range: Option<Range>,
    /// How many of them the filter hides.
    hidden: usize,
}

/// A range that still follows the cursor.
#[derive(Debug)]
struct Range {
    from: SessionId,
    /// What was marked before it was begun.
    before: Arc<HashSet<SessionId>>,
    /// How many between its ends it leaves out.
    left_out: usize,
}

/// True for what many are marked of at a time: who waits, or is with a bot. Taking a customer from an
/// agent is decided one by one.
fn is_free(session: &Session) -> bool {
    matches!(session.state, SessionState::Waiting | SessionState::Bot) && session.agent.is_none()
}

impl Marks {
    /// True if nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.marked.is_empty()
    }

    /// Those that are marked.
    pub fn all(&self) -> Arc<HashSet<SessionId>> {
        Arc::clone(&self.marked)
    }

    /// Marks these besides.
    fn add(&mut self, sessions: impl Iterator<Item = SessionId>) {
        Arc::make_mut(&mut self.marked).extend(sessions);
    }

    /// How many are marked.
    pub fn len(&self) -> usize {
        self.marked.len()
    }

    /// True while a range follows the cursor.
    pub fn is_ranging(&self) -> bool {
        self.range.is_some()
    }

    /// The marked sessions: those shown in the order of their rows, then the hidden ones.
    pub fn ids<'a>(&self, shown: impl Iterator<Item = &'a Session>) -> Vec<SessionId> {
        let shown = shown.filter(|row| self.marked.contains(&row.id)).map(|row| row.id.clone());
        let mut ids: Vec<SessionId> = shown.collect();
        if ids.len() < self.marked.len() {
            let known: HashSet<&SessionId> = ids.iter().collect();
            let mut hidden: Vec<SessionId> =
                self.marked.iter().filter(|id| !known.contains(id)).cloned().collect();
            hidden.sort();
            ids.append(&mut hidden);
        }
        ids
    }

    /// Marks one, or unmarks it.
    pub fn toggle(&mut self, id: SessionId) {
        let marked = Arc::make_mut(&mut self.marked);
        if !marked.remove(&id) {
            marked.insert(id);
        }
    }

    /// Marks all of these that are free, or, if they are all marked, unmarks whatever is. How many it
    /// left out.
    pub fn toggle_all(&mut self, shown: &[&Session]) -> usize {
        self.range = None;
        let free = || shown.iter().filter(|row| is_free(row));
        let is_marked = |row: &&&Session| self.marked.contains(&row.id);
        if free().all(|row| is_marked(&row)) && shown.iter().any(|row| is_marked(&row)) {
            let marked = Arc::make_mut(&mut self.marked);
            shown.iter().for_each(|row| _ = marked.remove(&row.id));
            return 0;
        }
        Arc::make_mut(&mut self.marked).extend(free().map(|row| row.id.clone()));
        shown.iter().filter(|row| !self.marked.contains(&row.id)).count()
    }

    /// Unmarks everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Begins a range at `id`.
    pub fn begin_range(&mut self, id: SessionId) {
        self.range =
            Some(Range { from: id.clone(), before: Arc::clone(&self.marked), left_out: 0 });
        Arc::make_mut(&mut self.marked).insert(id);
    }

    /// Keeps what the range has marked.
    pub fn keep_range(&mut self) {
        self.range = None;
    }

    /// Unmarks what the range has marked. False if there is no range.
    pub fn drop_range(&mut self) -> bool {
        let Some(range) = self.range.take() else { return false };
        self.marked = range.before;
        true
    }

    /// Lets the range reach from where it began to `to`. Only a key does this: a new floor may put
    /// rows between the two that nobody has chosen.
    pub fn stretch<'a>(&mut self, to: &SessionId, shown: impl Iterator<Item = &'a Session>) {
        let Some(range) = &mut self.range else { return };
        let mut marked = HashSet::clone(&range.before);
        range.left_out = 0;
        let mut ends = usize::from(*to == range.from);
        for row in shown {
            let at_end = row.id == range.from || row.id == *to;
            ends += usize::from(at_end);
            match is_free(row) || row.id == range.from {
                true if ends > 0 => _ = marked.insert(row.id.clone()),
                false if ends > 0 && !marked.contains(&row.id) => range.left_out += 1,
                _ => {}
            }
            if ends == 2 {
                break;
            }
        }
        self.marked = Arc::new(marked);
    }

    /// Lets go of sessions that are no longer there.
    pub fn prune(&mut self, there: impl Fn(&SessionId) -> bool) {
        let gone = |marked: &HashSet<SessionId>| marked.iter().any(|id| !there(id));
        if gone(&self.marked) {
            Arc::make_mut(&mut self.marked).retain(&there);
        }
        if let Some(range) = self.range.as_mut().filter(|range| gone(&range.before)) {
            Arc::make_mut(&mut range.before).retain(&there);
        }
        if self.range.as_ref().is_some_and(|range| !there(&range.from)) {
            self.range = None;
        }
    }

    /// Counts what is marked but not shown. A range whose beginning is hidden ends.
    pub fn count_hidden<'a>(&mut self, shown: impl Iterator<Item = &'a Session>) {
        let mut from_shows = false;
        let mut visible = 0;
        for row in shown {
            visible += usize::from(self.marked.contains(&row.id));
            from_shows |= self.range.as_ref().is_some_and(|range| range.from == row.id);
        }
        self.hidden = self.marked.len().saturating_sub(visible);
        if !from_shows {
            self.range = None;
        }
    }

    /// What the pane's title says of them.
    pub fn title(&self) -> Line {
        if self.is_empty() {
            return Line::new();
        }
        let mut text = format!("  {MARK} {} marked", self.len());
        if self.hidden > 0 {
            text.push_str(&format!(", {} hidden", self.hidden));
        }
        match &self.range {
            Some(Range { left_out: 0, .. }) => text.push_str(", range"),
            Some(Range { left_out, .. }) => text.push_str(&format!(", range without {left_out}")),
            None => {}
        }
        Line::of(Role::Accent, text)
    }

    /// Draws the marks of `rows`, which stand one under the other in `area`.
    pub fn draw<'a>(
        &self,
        rows: impl Iterator<Item = &'a Session>,
        area: Rect,
        cx: &Ctx,
        buf: &mut Buffer,
    ) {
        let open = cx.pulse.inbox.iter().flat_map(|inbox| &inbox.requests);
        let asked: HashSet<&SessionId> =
            open.filter(|r| r.state.is_open()).map(|r| &r.session).collect();
        for (y, row) in (area.top()..area.bottom()).zip(rows) {
            let (mark, role) = match row {
                row if self.marked.contains(&row.id) => (MARK, Role::Accent),
                row if asked.contains(&row.id) => (ASKED, Role::Warn),
                _ => continue,
            };
            paint::put(buf, area.x + 1, y, mark, cx.theme.style(role));
        }
    }
}

impl Sessions {
    /// True if a key acts on what is marked, wherever the cursor is.
    pub fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// What is marked.
    pub fn marked(&self) -> Arc<HashSet<SessionId>> {
        self.marks.all()
    }

    /// Marks these once it is known which sessions there are.
    pub fn recall_marks(&mut self, sessions: Vec<SessionId>) {
        self.recalled = sessions;
    }

    /// What is marked, and what still waits to be.
    pub fn marks_to_remember(&self) -> Vec<SessionId> {
        let mut all: Vec<SessionId> = self.marks.all().iter().cloned().collect();
        all.extend(self.recalled.iter().cloned());
        all.sort();
        all.dedup();
        all
    }

    /// Marks what was marked the last time, as far as it is still there and free.
    pub(super) fn mark_recalled(&mut self, cx: &Ctx) {
        if !cx.floor.loading.sessions_known {
            return;
        }
        let recalled = std::mem::take(&mut self.recalled);
        let there = |id: &SessionId| cx.floor.session(id).is_some_and(is_free);
        self.marks.add(recalled.into_iter().filter(there));
    }

    /// Unmarks everything.
    pub fn clear_marks(&mut self) {
        self.marks.clear();
    }

    pub(super) fn count_hidden(&mut self, cx: &Ctx) {
        if self.has_marks() {
            self.marks.count_hidden(self.grid.shown(&cx.floor.sessions));
        }
    }

    /// Those of `ids` that the filter hides.
    pub fn hidden_among(&self, ids: &[SessionId], cx: &Ctx) -> HashSet<SessionId> {
        let shown: HashSet<&SessionId> =
            self.grid.shown(&cx.floor.sessions).map(|row| &row.id).collect();
        let there = ids.iter().filter(|id| cx.floor.session(id).is_some());
        there.filter(|id| !shown.contains(id)).cloned().collect()
    }

    /// Lets a range follow the cursor. What changes the rows themselves ends it where it is: what then
    /// lies between its ends is not what was chosen.
    pub(super) fn follow_rows(&mut self, action: Action, cx: &Ctx) {
        match self.grid.selected() {
            Some(to) if action.is_movement() => {
                self.marks.stretch(to, self.grid.shown(&cx.floor.sessions));
            }
            _ => self.marks.keep_range(),
        }
        self.count_hidden(cx);
    }

    pub(super) fn mark(&mut self, action: Action, id: SessionId, cx: &Ctx) -> Outcome {
        match action {
            Action::MarkAll => return self.mark_all(cx),
            _ if self.marks.is_ranging() => self.marks.keep_range(),
            Action::MarkRange => self.marks.begin_range(id),
            _ => {
                self.marks.toggle(id);
                self.grid.handle(Action::Down, &cx.floor.sessions, cx);
                (self.slipped, self.chosen) = (None, true);
                self.remember(cx);
            }
        }
        self.count_hidden(cx);
        Outcome::Done
    }

    fn mark_all(&mut self, cx: &Ctx) -> Outcome {
        let shown: Vec<&Session> = self.grid.shown(&cx.floor.sessions).collect();
        let left_out = self.marks.toggle_all(&shown);
        self.count_hidden(cx);
        if left_out == 0 {
            return Outcome::Done;
        }
        let key = cx.keymap.hint(Action::Mark);
        let who = "with an agent or on the way to one";
        Outcome::Said(format!("Left out: {left_out} {who}; {key} marks them one by one"))
    }

    /// Hands off what is marked.
    pub(super) fn hand_off_all(&self, action: Action, cx: &Ctx) -> Outcome {
        let ids = self.marks.ids(self.grid.shown(&cx.floor.sessions));
        Outcome::Open(match action {
            Action::HandoffAgent => Opening::PickAgentForAll(ids),
            Action::HandoffQueue => Opening::PickQueueForAll(ids),
            _ => Opening::Plan(ids, Aim::Best),
        })
    }

    /// Goes back one step: from a range, from the filter, from the marks.
    pub(super) fn go_back(&mut self, cx: &Ctx) -> Outcome {
        if self.marks.drop_range() {
            self.count_hidden(cx);
            return Outcome::Said("The range is dropped".into());
        }
        let marked = self.marks.all();
        self.marks.clear();
        Outcome::Unmarked(marked.iter().cloned().collect())
    }

    /// Marks those of these that are still there, besides what is marked. How many.
    pub fn mark_again(&mut self, sessions: &[SessionId], cx: &Ctx) -> usize {
        let there = sessions.iter().filter(|id| cx.floor.session(id).is_some());
        let there: Vec<SessionId> = there.cloned().collect();
        let count = there.len();
        self.marks.add(there.into_iter());
        self.count_hidden(cx);
        count
    }
}

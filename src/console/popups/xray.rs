//! What hangs together, as a tree: a queue, its sessions, who is in each, and how it was handed on.
//!
//! Made of the floor and of the records that the console has; a single session is read closely too, which tells
//! who took part before, and how each was followed by the next. Nothing is done from it: enter goes to the row,
//! where the keys are.

mod branch;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ratatui::{buffer::Buffer, layout::Rect};

use self::branch::{Branch, Key, Row, flatten};
use super::detail::{Read, renew};
use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{Ctx, Opening, Outcome, Refusal, Subject, View},
        widgets::{frame, prose, prose::Line},
    },
    domain::{audit::AuditRecord, id::SessionId},
};

/// Sessions from which a queue's begin folded: one wants to see all of them first.
const MANY: usize = 4;

/// The records of sessions, each oldest first.
pub type Records = HashMap<SessionId, Vec<Arc<AuditRecord>>>;

/// The tree.
#[derive(Debug)]
pub struct Xray {
    subject: Subject,
    records: Records,
    /// The session, read closely.
    read: Option<Read>,
    /// What is not as it began: folded, or unfolded.
    turned: HashSet<Key>,
    selected: Option<Key>,
    from: usize,
    page: usize,
}

impl Xray {
    /// Of a queue, or of a session.
    pub fn new(subject: Subject, records: Records) -> Self {
        let turned = HashSet::new();
        Self { subject, records, read: None, turned, selected: None, from: 0, page: 1 }
    }

    /// What it hangs together with.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The session that it is about, if it is one.
    pub fn session(&self) -> Option<&SessionId> {
        match &self.subject {
            Subject::Session(id) => Some(id),
            _ => None,
        }
    }

    /// Takes what the engine has read, if it is about this session.
    pub fn take(&mut self, session: &SessionId, read: Read) {
        if self.session() == Some(session) {
            renew(&mut self.read, read);
        }
    }

    fn tree(&self, cx: &Ctx) -> Option<Branch> {
        let detail = self.read.as_ref().and_then(|read| read.as_deref().ok());
        branch::tree(&self.subject, &self.records, detail, cx)
    }

    fn rows(&self, cx: &Ctx) -> Vec<Row> {
        let Some(tree) = self.tree(cx) else { return Vec::new() };
        let many = tree.children.len() >= MANY;
        let folded = |branch: &Branch| {
            let begins = matches!(branch.key, Key::Handoff(_))
                || many && matches!(branch.key, Key::Session(_));
            begins != self.turned.contains(&branch.key)
        };
        flatten(&tree, &folded)
    }

    fn cursor(&self, rows: &[Row]) -> usize {
        let found = self.selected.as_ref().and_then(|key| rows.iter().position(|r| r.key == *key));
        found.unwrap_or(0)
    }

    fn row(&self, cx: &Ctx) -> Option<Row> {
        let mut rows = self.rows(cx);
        let cursor = self.cursor(&rows);
        (cursor < rows.len()).then(|| rows.swap_remove(cursor))
    }

    fn step(&mut self, action: Action, cx: &Ctx) {
        let rows = self.rows(cx);
        let last = rows.len().saturating_sub(1);
        let cursor = prose::scrolled(self.cursor(&rows), action, self.page, last);
        self.selected = rows.into_iter().nth(cursor).map(|row| row.key);
        let lowest = (cursor + 1).saturating_sub(self.page);
        self.from = self.from.clamp(lowest, cursor.max(lowest));
    }
}

impl View for Xray {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[A::Back, A::Open, A::Mark, A::Up, A::Down, A::PageUp, A::PageDown, A::Home, A::End]
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::Open => "go there",
            Action::Mark => "fold",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        let row = self.row(cx);
        match (action, row) {
            (Action::Open | Action::Mark, None) => Some("There is nothing any more".into()),
            (Action::Open, Some(Row { goes: None, .. })) => {
                Some("No row of its own stands for this".into())
            }
            (Action::Mark, Some(Row { folds: false, .. })) => {
                Some("Nothing hangs below this".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        match (action, self.row(cx)) {
            (Action::Back, _) => Outcome::Close,
            (Action::Open, Some(Row { goes: Some(Subject::Record(seq)), .. })) => {
                Outcome::Open(Opening::Detail(Subject::Record(seq)))
            }
            (Action::Open, Some(Row { goes: Some(subject), .. })) => Outcome::Visit(subject),
            (Action::Mark, Some(Row { key, .. })) => {
                if !self.turned.remove(&key) {
                    self.turned.insert(key.clone());
                }
                self.selected = Some(key);
                Outcome::Done
            }
            _ => {
                self.step(action, cx);
                Outcome::Done
            }
        }
    }

    fn arrange(&mut self, area: Rect) {
        self.page = usize::from(area.height.saturating_sub(2)).max(1);
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = Line::of(Role::Accent, "What hangs together");
        let title = match &self.read {
            Some(Err(why)) => title.and(Role::Warn, format!("  ▲ not read: {why}")),
            Some(Ok(_)) | None => title.and(Role::Quiet, "  records as this console has them"),
        };
        let inner = frame::panel(buf, area, &title, cx.theme);
        let rows = self.rows(cx);
        if rows.is_empty() {
            let gone = Line::of(Role::Alarm, "× It is no longer on the floor.");
            prose::line(buf, inner.x, inner.y, inner.width, &gone, cx.theme);
        }
        let cursor = self.cursor(&rows);
        // Rows may have gone since it was scrolled.
        let from = self.from.min(rows.len().saturating_sub(self.page));
        let shown = rows.iter().enumerate().skip(from);
        for (y, (at, row)) in (inner.top()..inner.bottom()).zip(shown) {
            let line = row.line(at == cursor);
            prose::line(buf, inner.x, y, inner.width, &line, cx.theme);
            if at == cursor {
                let place = Rect { y, height: 1, ..inner };
                buf.set_style(place, cx.theme.style(Role::Selected));
            }
        }
        let below = rows.len().saturating_sub(from + usize::from(inner.height));
        frame::more(buf, area, below, cx.theme);
    }
}

//! The two lines at the bottom: what just happened or is wrong, and what can be done here.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{App, alarms::ALARMS, notices::Current};
use crate::{
    console::{
        keys::Action,
        popups::Popup,
        theme::Role,
        widgets::{clock, prose, prose::Line},
    },
    engine::{Level, Link},
};

/// What the footer leaves to the help: everybody knows how to move, and tabs carry their numbers.
fn is_obvious(action: Action) -> bool {
    use Action as A;
    action.is_movement()
        || action.is_pane()
        || matches!(
            action,
            A::NextPane
                | A::PreviousPane
                | A::PreviousPlace
                | A::NextPlace
                | A::Redraw
                | A::Mouse
                | A::Suspend
                | A::Reverse
                | A::PreviousAlarm
                // Those who use them read them on the line above.
                | A::NextFirst
                | A::NextSecond
                | A::NextThird
                | A::Wallboard
                | A::Context
                // The tour's own strip names it.
                | A::TourNext
        )
}

/// A key of the footer: its left edge, its words, and what it does.
type Key = (u16, Line, Option<Action>);

/// The most lines a status takes.
const STATUS_ROWS: usize = 3;

impl App {
    /// The newest notice, or else what is wrong.
    pub(super) fn draw_status(&self, buf: &mut Buffer, area: Rect) {
        let width = area.width.saturating_sub(2);
        let line = self.status(width);
        let lines = prose::fold(&line, width, usize::from(area.height));
        prose::lines(buf, Rect { x: area.x + 1, width, ..area }, &lines, 0, self.cx.theme);
    }

    fn status(&self, width: u16) -> Line {
        let seeking = self.seeking_line();
        // News can wait for whoever is typing.
        let waits = |it: &Current<'_>| it.level != Level::Error && !it.first && !it.whole;
        let is_wrong = self.top().table().is_some_and(|table| table.ask().is_wrong());
        let misread = self.misread().filter(|_| is_wrong && self.top().is_typing());
        if let Some(misread) =
            misread.filter(|_| self.notices.current().is_none_or(|it| waits(&it)))
        {
            return misread;
        }
        match (self.notices.current(), seeking) {
            (Some(current), None) => notice(current, width),
            (Some(current), _) if current.level == Level::Error => notice(current, width),
            (_, Some(seeking)) => seeking,
            (None, None) => self.before_next().unwrap_or_else(|| self.next_line(width)),
        }
    }

    /// Why what is looked for can't be read. It covers no row here.
    fn misread(&self) -> Option<Line> {
        self.top().table()?.ask().trouble()
    }

    /// What counts for more than the next moves.
    pub(super) fn before_next(&self) -> Option<Line> {
        let misread = self.misread().unwrap_or_default();
        let (first, last) = match self.top().is_typing() {
            true => (misread, Line::new()),
            false => (Line::new(), misread),
        };
        let all = [first, self.trouble(), self.batch_line(), last, self.tour_needs()];
        all.into_iter().find(|line| !line.is_empty())
    }

    /// Lines the status takes: more than one only for what is wrong, and for what was waited for, which have
    /// to be readable.
    pub(super) fn status_rows(&self) -> u16 {
        let width = self.size.width.saturating_sub(2);
        let rows = |line| prose::fold(&line, width, STATUS_ROWS).len();
        let whole = self.notices.current().filter(|current| current.whole);
        let wanted = rows(self.trouble())
            .max(rows(self.misread().unwrap_or_default()))
            .max(whole.map_or(1, |whole| rows(notice(whole, width))));
        u16::try_from(wanted).unwrap_or(1)
    }

    fn trouble(&self) -> Line {
        let cx = &self.cx;
        let age = cx
            .data_age()
            .map_or_else(|| "of unknown age".into(), |a| format!("{} old", clock::short(a)));
        if self.engine_gone {
            return Line::of(
                Role::Alarm,
                format!("✗ The engine has stopped: this stays as it is, {age}"),
            );
        }
        if let Some(trouble) = &cx.pulse.audit_trouble {
            let text =
                format!("✗ The audit log can't be written, nothing is handed off: {trouble}");
            return Line::of(Role::Alarm, text);
        }
        match &cx.pulse.link {
            Link::Stale { reason } => Line::of(Role::Warn, format!("◐ Data is {age}: {reason}")),
            Link::Retrying { reason, .. } if cx.pulse.data_from.is_some() => {
                Line::of(Role::Alarm, format!("✗ Data is {age}: {reason}"))
            }
            Link::Retrying { reason, .. } => {
                Line::of(Role::Alarm, format!("✗ No data yet: {reason}"))
            }
            Link::Connecting | Link::Live => match self.asking() {
                Some(asking) => Line::of(Role::Alarm, format!("▲ {asking}")),
                None => Line::new(),
            },
        }
    }

    /// Keys and verbs: what the top view takes, then what works everywhere.
    pub(super) fn draw_footer(&self, buf: &mut Buffer, area: Rect) {
        for (x, line, _) in self.footer_keys(area) {
            prose::line(buf, x, area.y, line.columns(), &line, self.cx.theme);
        }
    }

    /// What the footer shows, each with its left edge, and what a click there does.
    pub(super) fn footer_keys(&self, area: Rect) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut right = area.right() + 1;
        // How to leave and where to read on are always worth their place.
        // Where it is asked whether to leave, leaving is not what that key does.
        let asked = matches!(self.popups.last(), Some(Popup::Leave(_)));
        let quits = !self.top().is_typing() && !asked;
        let last = [Some(Action::Help), Some(Action::Quit).filter(|_| quits)];
        for action in last.into_iter().flatten() {
            let line = self.key(action, Line::new());
            right = right.saturating_sub(line.columns() + 2);
            keys.push((right, line, Some(action)));
        }
        let (mut x, mut left_out) = (area.x + 1, false);
        for (action, line) in self.hints() {
            let columns = line.columns();
            // What comes later may be shorter; but nobody is led to end a session because all else is too long.
            let overtakes = left_out && action == Some(Action::EndSession);
            if overtakes || x + columns + 2 > right {
                left_out = true;
                continue;
            }
            keys.push((x, line, action));
            x += columns + 2;
        }
        keys
    }

    fn hints(&self) -> Vec<(Option<Action>, Line)> {
        if self.top().is_typing() {
            let hint = |key: &str, verb: &str| {
                Line::of(Role::Accent, key).and(Role::Text, format!(" {verb}"))
            };
            let keys = ["enter", "esc", "↑ ↓", "tab", "ctrl-s"];
            let verbs = keys.iter().zip(self.top().typing_verbs());
            return verbs.map(|(k, v)| (None, hint(k, v))).collect();
        }
        let shown = |action: &Action| {
            // What a view has for a key of its own is not obvious any more.
            let own = *action == Action::NextPane && self.top().actions().contains(action);
            // To copy an id is nothing one has to be told of all the time.
            let copies = *action == Action::Confirm && self.popups.is_empty();
            let fixed = copies || matches!(action, Action::Help | Action::Quit | Action::Columns);
            // Nor does the key count by which it is asked whether to unlock, while it is.
            let asked = matches!(self.popups.last(), Some(Popup::Question(it)) if it.unlocks());
            let fixed = fixed || (*action == Action::Lock && (self.cx.read_only || asked));
            // What has no key is the palette's.
            (own || !is_obvious(*action)) && !fixed && !self.cx.keymap.chords(*action).is_empty()
        };
        // A key for something that is not there would only take room.
        let idle = |action: &Action| {
            let conditional = matches!(
                action,
                Action::Back
                    | Action::Cancel
                    | Action::Confirm
                    | Action::Override
                    | Action::EndSession
                    | Action::Replay
                    | Action::StopBatch
            );
            let own = self.top().actions().contains(action);
            // Where nothing may be done, its keys would all say the same: how to unlock stands among them.
            if self.cx.shuts(self.top().refuses(*action, &self.cx).as_ref()) {
                return true;
            }
            let alarm = !own && ALARMS.contains(action) && self.lacks_alarm(*action).is_some();
            alarm || (conditional && self.top().refuses(*action, &self.cx).is_some())
        };
        let mut actions = self.actions();
        // What all the other keys wait for comes first.
        actions.sort_by_key(|action| !(self.cx.locked && *action == Action::Lock));
        actions
            .into_iter()
            .filter(|action| shown(action) && !idle(action) && self.concerns_batch(*action))
            .filter(|action| *action != Action::Cancel || self.returnable().is_some())
            .map(|action| (Some(action), self.key(action, Line::new())))
            .collect()
    }

    fn key(&self, action: Action, line: Line) -> Line {
        let refused = self.top().refuses(action, &self.cx).is_some();
        let (key, verb) =
            if refused { (Role::Quiet, Role::Quiet) } else { (Role::Accent, Role::Text) };
        let text = match (action, self.cx.frozen) {
            (Action::Freeze, Some(_)) => "go on",
            (Action::Cancel, _) if self.returnable().is_some_and(|p| p.stage.can_take_back()) => {
                "take back"
            }
            (Action::Lock, _) if self.cx.locked => "unlock",
            _ => self.top().verb(action),
        };
        line.and(key, self.cx.keymap.hint(action)).and(verb, format!(" {text}"))
    }
}

/// A notice; which one of several only where that takes nothing away.
fn notice(current: Current<'_>, room: u16) -> Line {
    let Current { level, text, place, .. } = current;
    let (role, shape) = match level {
        Level::Info => (Role::Text, ""),
        Level::Warn => (Role::Warn, "△ "),
        Level::Error => (Role::Alarm, "▲ "),
    };
    let line = Line::of(role, format!("{shape}{text}"));
    let Some((nth, count)) = place else { return line };
    let counted = Line::of(role, format!("{shape}{nth} of {count}: {text}"));
    if counted.columns() <= room { counted } else { line }
}

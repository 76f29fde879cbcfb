//! All alarms: where each of them stands, in which queue, since when, how many rows match.

mod sheet;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    config::alarms::{Alarm, Each},
    console::{
        keys::{Action, Chord, pointer::Pointer},
        theme::Role,
        view::{
            Ctx, Opening, Outcome, Refusal, View,
            alarms::{self, Key, is_named},
        },
        widgets::{
            clock, frame,
            grid::{Grid, Table},
            prose,
            prose::Line,
        },
    },
};

use sheet::{AlarmSheet, Row, STATE};

/// Lines below the table, on the alarm under the cursor.
const BELOW: u16 = 3;

/// The list.
#[derive(Debug)]
pub struct AlarmList {
    grid: Grid<AlarmSheet>,
    rows: Vec<Row>,
}

impl AlarmList {
    /// The list, with the cursor on the alarm that was gone to last.
    pub fn new(cx: &Ctx) -> Self {
        let mut list = Self { grid: Grid::new(STATE), rows: Vec::new() };
        list.observe(cx);
        if let Some(key) = cx.alarms.current() {
            list.grid.select(key, &list.rows);
        }
        list
    }

    fn alarm<'a>(&self, cx: &'a Ctx) -> Option<&'a Alarm> {
        cx.alarms.of(self.grid.selected()?)
    }

    /// What the alarm under the cursor is, and why it may not tell what it should.
    fn below(&self, cx: &Ctx) -> Vec<Line> {
        let Some(alarm) = self.alarm(cx) else { return Vec::new() };
        let mut lines = vec![meaning(alarm)];
        lines.extend(missing(alarm, cx).map(|text| Line::of(Role::Warn, format!("△ {text}"))));
        lines
    }
}

/// What an alarm looks for, in a sentence.
fn meaning(alarm: &Alarm) -> Line {
    let mut text = String::new();
    if alarm.at_least > 1 {
        text.push_str(&format!("  at least {}", alarm.at_least));
    }
    text.push_str(match (alarm.each, alarm.queues.is_empty()) {
        (Each::Queue, true) => "  in each queue",
        (Each::Queue, false) => "  in each queue named",
        (Each::Floor, true) => "  on the floor",
        (Each::Floor, false) => "  in the queues named",
    });
    if !alarm.hold.is_zero() {
        text.push_str(&format!("  for {}", clock::short(alarm.hold.as_secs().unsigned_abs())));
    }
    for (asked, word) in [(alarm.bell, "bell"), (alarm.notify, "desktop")] {
        if asked {
            text.push_str(&format!("  ♪ {word}"));
        }
    }
    Line::of(Role::Quiet, format!("{} ", sheet::kind(alarm)))
        .and(Role::Text, alarm.when.trim())
        .and(Role::Quiet, text)
}

/// Queues that an alarm names and nobody knows.
pub fn missing(alarm: &Alarm, cx: &Ctx) -> Option<String> {
    let is_there = |name: &String| {
        cx.live.queues.iter().any(|queue| is_named(queue, std::slice::from_ref(name)))
    };
    let names: Vec<&str> =
        alarm.queues.iter().filter(|name| !is_there(name)).map(String::as_str).collect();
    let known = cx.live.loading.queues_known && !names.is_empty();
    known.then(|| format!("There is no queue {} here", names.join(", ")))
}

impl View for AlarmList {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Open,
            A::Acknowledge,
            A::Snooze,
            A::Back,
            A::Alarms,
            A::Filter,
            A::Sort,
            A::Reverse,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
        ]
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::Open => "go there",
            Action::Alarms => "close",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        let key = self.grid.selected();
        match action {
            Action::Acknowledge | Action::Snooze => {
                let quiet = key.is_some_and(|key| cx.alarms.at(key).is_none());
                let refusal = quiet.then(|| "It is not raised".into());
                refusal.or_else(|| alarms::refuses(action, key, cx))
            }
            Action::Open => {
                let found = key.and_then(|key| cx.alarms.at(key)).map(|seen| seen.found.is_some());
                let none = "No row matches it now: there is nothing to go to";
                (found != Some(true)).then(|| none.into())
            }
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no alarms to move among".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &self.rows, cx) {
            return Outcome::Done;
        }
        let key: Option<Key> = self.grid.selected().cloned();
        match (action, key) {
            (Action::Open, Some(key)) => Outcome::Heed(key),
            (Action::Acknowledge, Some(key)) => Outcome::Acknowledge(key),
            (Action::Snooze, Some(key)) => Outcome::Open(Opening::Snooze(key)),
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.rows = sheet::rows(cx);
        self.grid.observe(&self.rows, cx);
    }

    fn point(&mut self, pointer: Pointer, area: Rect, cx: &Ctx) -> Outcome {
        self.grid.point(pointer, table(area), &self.rows, cx);
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        let table = table(area);
        self.grid.resize(table.width, table.height.saturating_sub(1));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let mut title = Line::of(Role::Accent, "Alarms");
        if cx.is_stale() {
            let text = "  ◐ the data is stale: nothing is raised or ended meanwhile";
            title = title.and(Role::Warn, text);
        }
        let inner = frame::panel(buf, area, &self.grid.popup_title(title.clone(), area), cx.theme);
        let place = table(area);
        self.grid.draw(&self.rows, place, cx, cx.look(true), buf);
        let below = Rect { y: place.bottom() + 1, height: BELOW - 1, ..inner };
        let lines = prose::wrap(self.below(cx), inner.width);
        prose::lines(buf, below, &lines, 0, cx.theme);
        self.grid.draw_below(buf, inner, title, cx.theme);
    }

    fn table(&self) -> Option<&dyn Table> {
        Some(&self.grid)
    }

    fn table_mut(&mut self) -> Option<&mut dyn Table> {
        Some(&mut self.grid)
    }

    fn is_typing(&self) -> bool {
        self.grid.is_typing()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &self.rows, cx);
    }
}

/// Where the table is in the box.
fn table(area: Rect) -> Rect {
    let inner = frame::inside(area);
    Rect { height: inner.height.saturating_sub(BELOW), ..inner }
}

//! Choosing a table's columns: which of them show, in which order, how wide. Each press changes the table
//! below at once.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    keys::Action,
    theme::Role,
    view::{Ctx, Outcome, Refusal, View},
    widgets::{
        frame,
        grid::{Choice, Column, Space, Table, WIDTHS, choices},
        prose,
        prose::Line,
    },
};

/// The choice.
#[derive(Debug)]
pub struct Columns {
    /// Whose columns.
    table: &'static str,
    columns: &'static [Column],
    choices: Vec<Choice>,
    /// How wide each is on the screen at first: from there it becomes wider or narrower.
    widths: Vec<Option<u16>>,
    /// What the table has for them.
    space: Space,
    at: usize,
    /// True while the column under the cursor goes along with it.
    carries: bool,
}

impl Columns {
    /// The choice among the columns of `table`, which is called `name`.
    pub fn new(name: &'static str, table: &dyn Table) -> Self {
        let (columns, choices) = (table.columns(), table.choices().to_vec());
        let widths = (0..columns.len()).map(|column| table.width(column)).collect();
        let space = table.space();
        Self { table: name, columns, choices, widths, space, at: 0, carries: false }
    }

    /// Is told what the table has for its columns by now.
    pub fn fit(&mut self, space: Space) {
        self.space = space;
    }

    /// Its rows, with its frame.
    pub fn rows(&self) -> u16 {
        u16::try_from(self.choices.len()).map_or(u16::MAX, |rows| rows.saturating_add(2))
    }

    fn column(&self, choice: &Choice) -> Option<&'static Column> {
        self.columns.get(choice.column)
    }

    fn go(&mut self, to: usize) -> Outcome {
        let to = to.min(self.choices.len().saturating_sub(1));
        let from = std::mem::replace(&mut self.at, to);
        if !self.carries || from == to {
            return Outcome::Done;
        }
        let carried = self.choices.remove(from);
        self.choices.insert(to, carried);
        self.chosen()
    }

    fn chosen(&self) -> Outcome {
        Outcome::Choose(self.choices.clone())
    }

    fn widen(&mut self, by: i16) -> Outcome {
        let columns = self.columns;
        let Some(choice) = self.choices.get_mut(self.at) else { return Outcome::Done };
        let Some(column) = columns.get(choice.column) else { return Outcome::Done };
        let drawn = self.widths.get(choice.column).copied().flatten();
        let before = choice.width.or(drawn).unwrap_or(column.least);
        let width = before.saturating_add_signed(by);
        choice.width = Some(width.clamp(*WIDTHS.start(), *WIDTHS.end()));
        self.chosen()
    }

    fn hides_last(&self) -> bool {
        let mut shown = self.choices.iter().enumerate().filter(|(_, choice)| choice.shown);
        shown.next().is_some_and(|(at, _)| at == self.at) && shown.next().is_none()
    }

    fn line(&self, at: usize, choice: &Choice, shows: &[usize]) -> Line {
        let Some(column) = self.column(choice) else { return Line::new() };
        let cursor = match (at == self.at, self.carries) {
            (true, true) => "↕ ",
            (true, false) => "▌ ",
            (false, _) => "  ",
        };
        let (mark, role) = if choice.shown { ("✓ ", Role::Text) } else { ("  ", Role::Quiet) };
        let role = if at == self.at { Role::Strong } else { role };
        let width = match choice.width {
            Some(width) => format!("{width} wide"),
            None if column.least == column.most => format!("{}", column.least),
            None => format!("{} to {}", column.least, column.most),
        };
        let line = Line::of(Role::Accent, cursor)
            .and(role, format!("{mark}{:<18}", column.title))
            .and(if choice.width.is_some() { role } else { Role::Quiet }, width);
        // Chosen, and yet not to be seen.
        match choice.shown && !shows.contains(&choice.column) {
            true if self.space.tells(choice.column) => line.and(Role::Warn, "  △ no room"),
            true => line.and(Role::Quiet, "  empty now"),
            false => line,
        }
    }
}

impl View for Columns {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Mark,
            A::MarkRange,
            A::StopAfter,
            A::Remove,
            A::Reverse,
            A::Back,
            A::Columns,
            A::Open,
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
            Action::Mark => "show or hide",
            Action::MarkRange if self.carries => "put here",
            Action::MarkRange => "move",
            Action::StopAfter => "wider",
            Action::Remove => "narrower",
            Action::Reverse => "as at first",
            Action::Open | Action::Columns => "done",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, _cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Mark if self.hides_last() => Some("At least one column has to show".into()),
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, _cx: &Ctx) -> Outcome {
        match action {
            Action::Up => self.go(self.at.saturating_sub(1)),
            Action::Down => self.go(self.at.saturating_add(1)),
            Action::PageUp | Action::Home => self.go(0),
            Action::PageDown | Action::End => self.go(usize::MAX),
            Action::Mark => {
                if let Some(choice) = self.choices.get_mut(self.at) {
                    choice.shown = !choice.shown;
                }
                self.chosen()
            }
            Action::MarkRange => {
                self.carries = !self.carries;
                Outcome::Done
            }
            Action::StopAfter => self.widen(1),
            Action::Remove => self.widen(-1),
            Action::Reverse => {
                self.choices = choices(self.columns);
                self.chosen()
            }
            _ => Outcome::Close,
        }
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = Line::of(Role::Accent, format!("Columns of {}", self.table));
        let inner = frame::panel(buf, area, &title, cx.theme);
        let page = usize::from(inner.height).max(1);
        let from = (self.at + 1).saturating_sub(page);
        let shows = self.space.shows(self.columns, &self.choices);
        let choices = self.choices.iter().enumerate();
        let lines: Vec<Line> = choices.map(|(at, choice)| self.line(at, choice, &shows)).collect();
        prose::lines(buf, inner, &lines, from, cx.theme);
        let key = |action| cx.keymap.hint(action);
        let note = match lines.len().saturating_sub(from + page) {
            0 => {
                format!(" {} moves, {} as at first ", key(Action::MarkRange), key(Action::Reverse))
            }
            below => format!(" ▾ {below} more "),
        };
        frame::note(buf, area, &Line::of(Role::Quiet, note), cx.theme);
    }
}

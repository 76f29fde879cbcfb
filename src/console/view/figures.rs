//! What each figure on the screen means, and where it comes from. The words only: the values are the
//! rows' own cells, so an explanation can't disagree with what it explains.

mod sources;
mod words;

use super::{Ctx, Subject};
use crate::{
    console::{
        theme::Role,
        widgets::{clock, grid::Sheet, prose::Line},
    },
    domain::{floor::seconds_since, id::RequestId},
};

use sources::Age;
pub use sources::Source;
pub use words::{AGENT, HEALTH, QUEUE, REQUEST, SESSION, SUMS};

/// A figure.
#[derive(Debug)]
pub struct Figure {
    /// What it is made of.
    pub means: &'static str,
    /// Where that is read.
    pub from: &'static Source,
}

/// What is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The figures of a row.
    Row(Subject),
    /// A bot's request.
    Request(RequestId),
    /// What the health pane tells, and the sums over the floor.
    Health,
}

/// A figure with the value it has now.
#[derive(Debug)]
pub struct Told {
    /// Its column's title.
    pub name: &'static str,
    /// The value, as the row shows it.
    pub value: String,
    /// How the row shows it.
    pub role: Role,
    /// What it means.
    pub figure: &'static Figure,
}

/// What tells the figures of a topic: a pane's own function, because only it knows its cells. Nothing
/// where the row has gone.
#[derive(Clone, Copy, Debug)]
pub struct Teller(pub fn(&Topic, &Ctx) -> Vec<Told>);

impl PartialEq for Teller {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

impl Eq for Teller {}

/// The cells of `row`, each with what it means; `figures` stand in the order of the columns.
pub fn told<S: Sheet<Cx = Ctx>>(row: &S::Row, figures: &'static [Figure], cx: &Ctx) -> Vec<Told> {
    let columns = S::COLUMNS.iter().zip(figures).enumerate();
    let tell = |(at, (column, figure)): (
        usize,
        (&'static crate::console::widgets::grid::Column, &'static Figure),
    )| {
        let mut value = String::new();
        let role = S::fitted(row, at, CHART, cx, &mut value);
        Told { name: column.title, value, role, figure }
    };
    columns.map(tell).collect()
}

/// Columns that a chart has here.
const CHART: u16 = 60;

impl Told {
    /// The figure, what it means and where it comes from; with a mark if it is what one asked for.
    pub fn lines(&self, asked: bool, cx: &Ctx) -> Vec<Line> {
        let (mark, role) = if asked { ("▸ ", Role::Accent) } else { ("  ", Role::Strong) };
        let value = if self.value.trim().is_empty() { "-" } else { self.value.trim() };
        vec![
            Line::of(role, format!("{mark}{:<15} ", self.name)).and(self.role, value),
            Line::field("", Role::Text, self.figure.means),
            Line::field("", Role::Quiet, self.figure.from.told(cx)),
        ]
    }
}

impl Source {
    /// What is asked, how often, and how old the answer is.
    fn told(&self, cx: &Ctx) -> String {
        // Only a dialect that can list its sessions is the platform's.
        let route = if cx.lists_sessions { self.platform } else { self.gateway };
        let read = |at| format!("read {} ago", clock::short(cx.shown(seconds_since(at, cx.now))));
        let shown = || match cx.data_age() {
            Some(age) => format!("read at most {} ago", clock::short(age)),
            None => "not read yet".to_owned(),
        };
        let age = match self.age {
            Age::Shown(when) => Some(when(&cx.pulse.read).map_or_else(shown, read)),
            Age::Read(when) => when(&cx.pulse.read).map(read),
            Age::None => None,
        };
        let every = Some(self.every.to_owned()).filter(|every| !every.is_empty());
        [Some(route.to_owned()), every, age].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::view::queue_sheet::QueueSheet;

    #[test]
    fn every_column_of_the_queues_is_explained() {
        assert_eq!(QUEUE.len(), QueueSheet::COLUMNS.len());
    }
}

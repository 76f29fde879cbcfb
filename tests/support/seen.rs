//! What a person sees of the console, for snapshots: the text, and beside it the styles, so that a change of
//! colour shows in review as a change of a word does.

use floorwalker::{
    config::Colour,
    console::theme::{Role, Theme},
};
use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};

use crate::harness::Harness;

/// A screen, or several.
#[derive(Default)]
pub struct Seen {
    /// The text, without trailing blanks.
    pub text: String,
    /// The styles: which columns of which rows have which role. What is only text is left out.
    pub styles: String,
}

impl Seen {
    /// These and one more, under its size.
    pub fn and(mut self, harness: &Harness) -> Self {
        let (area, one) = (harness.buffer().area, harness.seen());
        let apart = if self.text.is_empty() { "" } else { "\n\n" };
        let size = format!("{apart}{}×{}\n", area.width, area.height);
        self.text += &(size.clone() + &one.text);
        self.styles += &(size + &one.styles);
        self
    }

    /// The same: a snapshot is taken of a console, or of what was seen of several.
    pub fn seen(self) -> Self {
        self
    }
}

/// What a cell looks like.
type Look = (Color, Color, Modifier);

const ROLES: [Role; 15] = [
    Role::Text,
    Role::Quiet,
    Role::Strong,
    Role::Good,
    Role::Warn,
    Role::Alarm,
    Role::Accent,
    Role::Heading,
    Role::Selected,
    Role::Org(Colour::Red),
    Role::Org(Colour::Yellow),
    Role::Org(Colour::Green),
    Role::Org(Colour::Blue),
    Role::Org(Colour::Magenta),
    Role::Org(Colour::Cyan),
];

/// Names for looks: those of the roles, and of each laid over another.
pub struct Names(Vec<(Look, String)>);

impl Names {
    /// Those of `theme`.
    pub fn of(theme: Theme) -> Self {
        let name = |role: Role| format!("{role:?}").to_lowercase();
        let look = |roles: &[Role]| {
            let mut cell = Cell::default();
            roles.iter().for_each(|role| _ = cell.set_style(theme.style(*role)));
            of(&cell)
        };
        let alone = ROLES.map(|role| (look(&[role]), name(role)));
        let over = ROLES.iter().flat_map(|under| ROLES.map(|over| (*under, over)));
        let over = over.map(|(u, o)| (look(&[u, o]), format!("{}+{}", name(u), name(o))));
        // The first name of a look is the shortest.
        Self(alone.into_iter().chain(over).collect())
    }

    fn name(&self, look: Look) -> String {
        let known = self.0.iter().find(|(known, _)| *known == look);
        known.map_or_else(|| format!("{look:?}"), |(_, name)| name.clone())
    }

    /// A row's styles, from left to right: a role, and the columns that have it.
    fn row(&self, cells: &[Cell]) -> String {
        let mut runs: Vec<(Look, usize, usize)> = Vec::new();
        for (x, cell) in cells.iter().enumerate() {
            match runs.last_mut().filter(|(look, ..)| *look == of(cell)) {
                Some((_, _, end)) => *end = x,
                None => runs.push((of(cell), x, x)),
            }
        }
        let plain = of(&Cell::default());
        let runs = runs.into_iter().filter(|(look, ..)| *look != plain).map(|(look, from, to)| {
            let columns = if from == to { format!("{from}") } else { format!("{from}-{to}") };
            format!("{} {columns}", self.name(look))
        });
        runs.collect::<Vec<_>>().join(", ")
    }

    /// The rows of a screen; those that look alike and follow each other stand together.
    pub fn rows(&self, cells: &[Cell], width: usize) -> String {
        let mut rows: Vec<(usize, usize, String)> = Vec::new();
        for (y, cells) in cells.chunks(width).enumerate() {
            let row = self.row(cells);
            match rows.last_mut().filter(|(.., last)| *last == row) {
                Some((_, end, _)) => *end = y,
                None => rows.push((y, y, row)),
            }
        }
        let rows = rows.into_iter().filter(|(.., row)| !row.is_empty()).map(|(from, to, row)| {
            let place = if from == to { format!("{from}") } else { format!("{from}-{to}") };
            format!("{place:>5}  {row}")
        });
        rows.collect::<Vec<_>>().join("\n")
    }
}

/// What each role looks like in `theme`: the snapshots of screens name roles alone.
pub fn legend(theme: Theme) -> String {
    let Names(names) = Names::of(theme);
    let roles = names.iter().take(ROLES.len());
    let rows =
        roles.map(|((fg, bg, modifier), name)| format!("{name:<12}  {fg} on {bg}, {modifier:?}"));
    format!("{theme:?}\n{}", rows.collect::<Vec<_>>().join("\n"))
}

fn of(cell: &Cell) -> Look {
    (cell.fg, cell.bg, cell.modifier)
}

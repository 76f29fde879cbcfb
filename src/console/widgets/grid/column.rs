//! Columns, and which of them a narrow screen keeps.

use crate::domain::nearest::advice_of_all;

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
    /// What it is called in the config, where that is not its title.
    pub name: &'static str,
    /// The columns of the screen it needs at least.
    pub least: u16,
    /// The columns of the screen it can use.
    pub most: u16,
    /// Where its text stands.
    pub align: Align,
    /// What goes first when the screen is narrow: the highest number.
    pub drop: u8,
    /// Whether the filter looks into it.
    pub searched: bool,
    /// Which way it sorts at first; `None` if not at all.
    pub sorts: Option<Direction>,
}

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At its left edge.
    Left,
    /// At its right edge.
    Right,
}

/// Which way a column sorts at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    Rising,
    /// The greatest first.
    Falling,
}

impl Column {
    /// A text, searched, rising.
    pub const fn text(title: &'static str, least: u16, most: u16, drop: u8) -> Self {
        let sorts = Some(Direction::Rising);
        Self { title, name: title, least, most, align: Align::Left, drop, searched: true, sorts }
    }

    /// A number, at the right, the greatest first.
    pub const fn number(title: &'static str, width: u16, drop: u8) -> Self {
        Self {
            title,
            name: title,
            least: width,
            most: width,
            align: Align::Right,
            drop,
            searched: false,
            sorts: Some(Direction::Falling),
        }
    }

    /// The same column, called so in the config.
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The same column, which can't be sorted by.
    pub const fn unsorted(mut self) -> Self {
        self.sorts = None;
        self
    }

    /// The same column, which the filter does not look into.
    pub const fn unsearched(mut self) -> Self {
        self.searched = false;
        self
    }

    /// The same column, the least first.
    pub const fn rising(mut self) -> Self {
        self.sorts = Some(Direction::Rising);
        self
    }
}

/// A column that has a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which column.
    pub column: usize,
    /// Its left edge, counted from the table's.
    pub x: u16,
    /// Its width.
    pub width: u16,
}

/// What is chosen about a column: it is one of a list that has them all, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which column.
    pub column: usize,
    /// Whether it shows.
    pub shown: bool,
    /// Its width, where that is chosen.
    pub width: Option<u16>,
}

/// The widths that can be chosen.
pub const WIDTHS: std::ops::RangeInclusive<u16> = 3..=200;

/// What is chosen about columns of which nothing is.
pub fn choices(columns: &[Column]) -> Vec<Choice> {
    (0..columns.len()).map(|column| Choice { column, shown: true, width: None }).collect()
}

/// Reads a choice as it is written: the names of those that show, in their order, `name:20` where the width is
/// chosen.
///
/// # Errors
/// Says which name is none, or what else is wrong.
pub fn read_choices(columns: &[Column], written: &[String]) -> Result<Vec<Choice>, String> {
    let mut chosen: Vec<Choice> = Vec::new();
    for text in written {
        let (name, width) = match text.split_once(':') {
            Some((name, width)) => (name, Some(read_width(text, width)?)),
            None => (text.as_str(), None),
        };
        let is = |column: &Column| {
            [column.name, column.title].iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        let Some(column) = columns.iter().position(is) else {
            let names = columns.iter().map(|column| column.name);
            let advice = advice_of_all(&name.to_lowercase(), names);
            return Err(format!("there is no column {name:?}{advice}"));
        };
        if chosen.iter().any(|choice| choice.column == column) {
            return Err(format!("the column {name:?} is there twice"));
        }
        chosen.push(Choice { column, shown: true, width });
    }
    if chosen.is_empty() {
        return Err("at least one column has to show".into());
    }
    for column in 0..columns.len() {
        if !chosen.iter().any(|choice| choice.column == column) {
            chosen.push(Choice { column, shown: false, width: None });
        }
    }
    Ok(chosen)
}

fn read_width(text: &str, width: &str) -> Result<u16, String> {
    let read = width.trim().parse().ok().filter(|width| WIDTHS.contains(width));
    let (least, most) = (WIDTHS.start(), WIDTHS.end());
    read.ok_or_else(|| format!("{text:?}: a width is a number from {least} to {most}"))
}

/// A choice as it is written; the hidden ones are left out.
pub fn write_choices(columns: &[Column], choices: &[Choice]) -> Vec<String> {
    let written = |choice: &Choice| {
        let name = columns.get(choice.column)?.name;
        Some(choice.width.map_or_else(|| name.to_owned(), |width| format!("{name}:{width}")))
    };
    choices.iter().filter(|choice| choice.shown).filter_map(written).collect()
}

/// What a table has for its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// Columns of the screen.
    pub width: u16,
    /// Which of its own have something to tell now, by their number.
    pub tells: Vec<bool>,
}

impl Space {
    /// True if the column has something to tell.
    pub fn tells(&self, column: usize) -> bool {
        self.tells.get(column).copied().unwrap_or(true)
    }

    /// Those of the columns chosen that are on the screen, by their number.
    pub fn shows(&self, columns: &[Column], choices: &[Choice]) -> Vec<usize> {
        let placed = places(columns, choices, self.width, |column| self.tells(column));
        placed.iter().map(|place| place.column).collect()
    }
}

/// Between two columns.
const GAP: u16 = 2;

/// Gives those `columns` that are chosen and `wanted` their places in `width`: what doesn't fit goes, what is
/// left over is shared.
pub fn places(
    columns: &[Column],
    choices: &[Choice],
    width: u16,
    wanted: impl Fn(usize) -> bool,
) -> Vec<Place> {
    let mut kept = room(columns, choices, wanted);
    let needs = |kept: &[Room]| -> u16 {
        let sum = kept.iter().fold(0_u16, |sum, room| sum.saturating_add(room.least + GAP));
        sum.saturating_sub(GAP)
    };
    while needs(&kept) > width && kept.len() > 1 {
        let goes = (0..kept.len()).max_by_key(|&k| kept[k].drop).unwrap_or(0);
        kept.remove(goes);
    }
    let mut spare = width.saturating_sub(needs(&kept));
    let mut growing = kept.iter().filter(|room| room.most > room.least).count();
    let mut x = 0;
    let mut places = Vec::with_capacity(kept.len());
    for Room { column, least, most, .. } in kept {
        let mut given = least.min(width);
        if most > least {
            let share = spare / u16::try_from(growing).unwrap_or(1).max(1);
            given += share.min(most - least);
            spare -= share.min(most - least);
            growing -= 1;
        }
        places.push(Place { column, x, width: given });
        x += given + GAP;
    }
    places
}

/// The room that a column needs, and can use.
struct Room {
    column: usize,
    least: u16,
    most: u16,
    drop: u8,
}

fn room(columns: &[Column], choices: &[Choice], wanted: impl Fn(usize) -> bool) -> Vec<Room> {
    let shown = choices.iter().filter(|choice| choice.shown && wanted(choice.column));
    let room = |choice: &Choice| {
        let Column { least, most, drop, .. } = *columns.get(choice.column)?;
        // A width that was chosen is neither less nor more.
        let (least, most) = choice.width.map_or((least, most), |width| (width, width));
        Some(Room { column: choice.column, least, most, drop })
    };
    shown.filter_map(room).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] =
        &[Column::text("name", 4, 8, 0), Column::number("a", 3, 2), Column::number("b", 3, 1)];

    #[test]
    fn the_least_needed_goes_first() {
        let kept = |width| {
            places(COLUMNS, &choices(COLUMNS), width, |_| true)
                .iter()
                .map(|p| p.column)
                .collect::<Vec<_>>()
        };
        assert_eq!(kept(14), [0, 1, 2]);
        assert_eq!(kept(13), [0, 2]);
        assert_eq!(kept(8), [0]);
        assert_eq!(kept(0), [0]);
    }

    #[test]
    fn what_is_left_over_is_used() {
        assert_eq!(places(COLUMNS, &choices(COLUMNS), 16, |_| true)[0].width, 6);
        assert_eq!(places(COLUMNS, &choices(COLUMNS), 60, |_| true)[0].width, 8);
    }

    #[test]
    fn what_is_chosen_is_read_as_it_is_written() {
        let read = |written: &[&str]| {
            read_choices(
                COLUMNS,
                &written.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
            )
        };
        let chosen = read(&["B:12", "name"]).unwrap();
        assert_eq!(write_choices(COLUMNS, &chosen), ["b:12", "name"]);
        let placed = places(COLUMNS, &chosen, 60, |_| true);
        assert_eq!(
            placed.iter().map(|p| (p.column, p.width)).collect::<Vec<_>>(),
            [(2, 12), (0, 8)]
        );
        for (written, why) in [
            (&["c"][..], "did you mean a? There are name, a, b"),
            (&["Nmae"], "there is no column \"Nmae\"; did you mean name? There are name, a, b"),
            (&["sentiment"], "; there are name, a, b"),
            (&["a", "A:5"], "twice"),
            (&["a:2"], "3 to 200"),
            (&["a:x"], "3 to 200"),
            (&[], "at least one"),
        ] {
            let error = read(written).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}

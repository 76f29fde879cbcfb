//! Columns, and which of them a narrow screen keeps.

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
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
        Self { title, least, most, align: Align::Left, drop, searched: true, sorts }
    }

    /// A number, at the right, the greatest first.
    pub const fn number(title: &'static str, width: u16, drop: u8) -> Self {
        Self {
            title,
            least: width,
            most: width,
            align: Align::Right,
            drop,
            searched: false,
            sorts: Some(Direction::Falling),
        }
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

/// Between two columns.
const GAP: u16 = 2;

/// Gives those `columns` that are `wanted` their places in `width`: what doesn't fit goes, what is left over
/// is shared.
pub fn places(columns: &[Column], width: u16, wanted: impl Fn(usize) -> bool) -> Vec<Place> {
    let mut kept: Vec<usize> = (0..columns.len()).filter(|&c| wanted(c)).collect();
    let needs = |kept: &[usize]| -> u16 {
        kept.iter().map(|&c| columns[c].least + GAP).sum::<u16>().saturating_sub(GAP)
    };
    while needs(&kept) > width && kept.len() > 1 {
        let goes = (0..kept.len()).max_by_key(|&k| columns[kept[k]].drop).unwrap_or(0);
        kept.remove(goes);
    }
    let mut spare = width.saturating_sub(needs(&kept));
    let mut growing = kept.iter().filter(|&&c| columns[c].most > columns[c].least).count();
    let mut x = 0;
    let mut places = Vec::with_capacity(kept.len());
    for column in kept {
        let Column { least, most, .. } = columns[column];
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

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] =
        &[Column::text("name", 4, 8, 0), Column::number("a", 3, 2), Column::number("b", 3, 1)];

    #[test]
    fn the_least_needed_goes_first() {
        let kept =
            |width| places(COLUMNS, width, |_| true).iter().map(|p| p.column).collect::<Vec<_>>();
        assert_eq!(kept(14), [0, 1, 2]);
        assert_eq!(kept(13), [0, 2]);
        assert_eq!(kept(8), [0]);
        assert_eq!(kept(0), [0]);
    }

    #[test]
    fn what_is_left_over_is_used() {
        assert_eq!(places(COLUMNS, 16, |_| true)[0].width, 6);
        assert_eq!(places(COLUMNS, 60, |_| true)[0].width, 8);
    }
}

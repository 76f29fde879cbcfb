//! Lists for people and for programs: one row type, four ways to print it.

use std::io::{self, Write};

use serde::Serialize;

use super::{Connection, Failure};
use crate::{
    args::Output,
    config::Context,
    domain::{
        floor::Floor,
        id::SessionId,
        text::{Plain, columns, in_a_sheet, json_shown},
    },
    engine::snapshot::{Want, snapshot_with},
};

pub use super::runtime::{runtime, runtime_of_two};

/// One row of a list. As JSON it is itself, with its types; as a table or CSV it is its cells.
pub trait Row: Serialize {
    /// The columns' names, units included.
    const COLUMNS: &'static [&'static str];

    /// The cells, one a column. Unknown is `-` in a table and empty in CSV.
    fn cells(&self, reader: Reader) -> Vec<Option<String>>;
}

/// Who reads a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A person, at a table.
    Person,
    /// A program: plain numbers in the unit that the column names.
    Program,
}

impl Reader {
    /// A duration: `42s`, `3m10s`, `2h05m` for a person.
    pub fn seconds(self, seconds: u64) -> String {
        match (self, seconds) {
            (Self::Program, _) => seconds.to_string(),
            (Self::Person, 0..60) => format!("{seconds}s"),
            (Self::Person, 60..3600) => format!("{}m{:02}s", seconds / 60, seconds % 60),
            (Self::Person, _) => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        }
    }

    /// A share in per cent.
    pub fn percent(self, percent: f64) -> String {
        match self {
            Self::Person => format!("{percent:.0}%"),
            Self::Program => format!("{percent:.1}"),
        }
    }
}

/// A column's name for a person: the cells have their units beside the numbers.
fn title(column: &str) -> String {
    let name = column.trim_end_matches("_seconds").trim_end_matches("_percent");
    name.to_uppercase().replace('_', " ")
}

/// Reads a floor once, and prints the rows that `rows` makes of it.
///
/// # Errors
/// Of the org, or of the place the list is printed to.
pub fn print<R: Row>(
    org: &Context,
    output: Output,
    want: Want,
    rows: impl FnOnce(&Floor) -> Vec<R>,
) -> Result<std::process::ExitCode, Failure> {
    let genesys = Connection::of(org)?.open()?;
    let watched = watched(org, &[]);
    let shot = runtime()?.block_on(snapshot_with(&genesys, want, &watched))?;
    shot.gaps.iter().for_each(|gap| warn(gap));
    show(output, &rows(&shot.floor))?;
    Ok(std::process::ExitCode::SUCCESS)
}

/// The sessions that the command line names, and these: a gateway's floor has no others.
pub fn watched(org: &Context, besides: &[SessionId]) -> Vec<SessionId> {
    org.watch.value.iter().map(|id| id.as_str().into()).chain(besides.iter().cloned()).collect()
}

/// Says on standard error what somebody should know who reads the list.
pub fn warn(text: &str) {
    // With standard error gone nobody wants to know.
    let _ = writeln!(io::stderr(), "floorwalker: {}", Plain::new(text));
}

/// Prints rows.
///
/// # Errors
/// Of the place they are printed to.
pub fn show<R: Row>(output: Output, rows: &[R]) -> Result<(), Failure> {
    put(|out| write(out, output, rows))
}

/// Prints one thing that stands alone: for people each of its cells is a line, which fits where all of them beside
/// each other do not.
///
/// # Errors
/// Of the place it is printed to.
pub fn show_one<R: Row>(output: Output, row: &R) -> Result<(), Failure> {
    match output {
        Output::Table => put(|out| sheet(out, row)),
        other => show(other, std::slice::from_ref(row)),
    }
}

/// Prints anything.
///
/// # Errors
/// Of the place it is printed to.
pub fn put(print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match print(&mut out).and_then(|()| out.flush()) {
        // Whoever reads has had enough, as `head` has.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
    .map_err(|e| Failure::other(format!("The list can't be printed: {e}")))
}

/// Writes rows.
///
/// # Errors
/// Of the place they are written to.
pub fn write<R: Row>(out: &mut dyn Write, output: Output, rows: &[R]) -> io::Result<()> {
    match output {
        Output::Table => table(out, rows),
        Output::Json => json(out, rows),
        Output::Jsonl => rows.iter().try_for_each(|row| json_line(out, row)),
        Output::Csv => csv(out, rows),
    }
}

/// Writes a value as JSON over several lines. A terminal heeds nothing in it.
///
/// # Errors
/// Of the place it is written to.
pub fn json(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    writeln!(out, "{}", json_shown(serde_json::to_string_pretty(value)?))
}

/// The same on one line.
///
/// # Errors
/// Of the place it is written to.
pub fn json_line(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    writeln!(out, "{}", json_shown(serde_json::to_string(value)?))
}

fn csv<R: Row>(out: &mut dyn Write, rows: &[R]) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(R::COLUMNS)?;
    for row in rows {
        let cells = row.cells(Reader::Program).into_iter();
        writer.write_record(cells.map(|cell| in_a_sheet(&cell.unwrap_or_default())))?;
    }
    writer.flush()
}

/// Name and value of each cell, one on a line.
fn sheet<R: Row>(out: &mut dyn Write, row: &R) -> io::Result<()> {
    let names: Vec<String> =
        R::COLUMNS.iter().map(|column| title(column).to_lowercase() + ":").collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    for (name, cell) in names.iter().zip(row.cells(Reader::Person)) {
        writeln!(out, "{name:width$} {}", shown(cell))?;
    }
    Ok(())
}

/// A cell as a person sees it.
fn shown(cell: Option<String>) -> String {
    cell.map_or_else(|| "-".into(), |cell| Plain::new(&cell).to_string())
}

fn table<R: Row>(out: &mut dyn Write, rows: &[R]) -> io::Result<()> {
    let head: Vec<String> = R::COLUMNS.iter().map(|c| title(c)).collect();
    let body = rows.iter().map(|row| row.cells(Reader::Person).into_iter().map(shown).collect());
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(body).collect();
    let widths: Vec<usize> = (0..R::COLUMNS.len())
        .map(|i| lines.iter().filter_map(|l| l.get(i)).map(|cell| columns(cell)).max().unwrap_or(0))
        .collect();
    for line in &lines {
        let mut text = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            text.push_str(cell);
            // `{:width$}` counts characters; a column is counted in cells of the terminal.
            text.extend(std::iter::repeat_n(' ', width - columns(cell) + 2));
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Probe {
        name: &'static str,
        count: Option<u32>,
    }

    impl Row for Probe {
        const COLUMNS: &'static [&'static str] = &["name", "count"];

        fn cells(&self, _: Reader) -> Vec<Option<String>> {
            vec![Some(self.name.into()), self.count.map(|c| c.to_string())]
        }
    }

    fn printed(output: Output) -> String {
        let rows = [Probe { name: "佐藤, A", count: Some(3) }, Probe { name: "Zoë", count: None }];
        let mut out = Vec::new();
        write(&mut out, output, &rows).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn wide_names_keep_the_columns_straight() {
        assert_eq!(printed(Output::Table), "NAME     COUNT\n佐藤, A  3\nZoë      -\n");
    }

    #[test]
    fn what_a_stranger_calls_himself_is_computed_by_nobody_and_moves_no_cursor() {
        let printed = |output| {
            let mut out = Vec::new();
            let rows = [Probe { name: "=1+1\u{9b}2J", count: None }];
            write(&mut out, output, &rows).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(printed(Output::Table), "NAME     COUNT\n=1+1\u{fffd}2J  -\n");
        assert_eq!(printed(Output::Csv), "name,count\n'=1+1\u{fffd}2J,\n");
        assert_eq!(printed(Output::Jsonl), "{\"name\":\"=1+1\\u009b2J\",\"count\":null}\n");
    }

    #[test]
    fn unknown_is_null_in_json_and_empty_in_csv() {
        assert_eq!(printed(Output::Csv), "name,count\n\"佐藤, A\",3\nZoë,\n");
        assert_eq!(
            printed(Output::Jsonl),
            "{\"name\":\"佐藤, A\",\"count\":3}\n{\"name\":\"Zoë\",\"count\":null}\n"
        );
        assert!(printed(Output::Json).starts_with("[\n"));
    }
}

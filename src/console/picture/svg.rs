//! Cells as SVG: text stays text, so that it can be searched, and is as wide as its cells in any font.

use std::fmt::Write;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use crate::console::widgets::paint::columns;

/// What the terminal of the picture looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shade {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// A cell, in the units of the picture.
const CELL: (usize, usize) = (8, 17);
/// The ground around the cells.
const MARGIN: usize = 12;
/// From the top of a cell to where its letters stand.
const BASELINE: usize = 13;

/// The first sixteen colours of a terminal, then its text and its ground.
type Palette = [&'static str; 18];

const DARK: Palette = [
    "#2a2f3a", "#ff7b72", "#5bd38a", "#f2c14e", "#79b8ff", "#d2a8ff", "#56d4dd", "#c9d1d9",
    "#6e7681", "#ff9b94", "#7ee2a8", "#f7d37d", "#a5d1ff", "#e2c5ff", "#8ae6ec", "#ffffff",
    "#d5dae3", "#11151c",
];
const LIGHT: Palette = [
    "#24292f", "#b3201b", "#14713a", "#7a5600", "#0b57b0", "#7b2fa8", "#0a6c74", "#57606a",
    "#6e7781", "#cf222e", "#1a7f37", "#8f6a00", "#1a6fd4", "#9a4fc9", "#12818a", "#1b1f24",
    "#1f2430", "#ffffff",
];

/// The picture of these cells.
pub fn svg(cells: &Buffer, shade: Shade) -> String {
    let palette = match shade {
        Shade::Dark => &DARK,
        Shade::Light => &LIGHT,
    };
    let (columns, rows) = (usize::from(cells.area.width), usize::from(cells.area.height));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,'DejaVu Sans Mono',monospace\" \
         font-size=\"13\">\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>\n",
        palette[17]
    );
    for (y, row) in cells.content.chunks(columns).enumerate() {
        for run in runs(row) {
            draw(&mut out, &run, MARGIN + y * CELL.1, palette);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Cells beside each other that look the same.
struct Run<'a> {
    /// The column of the first.
    at: usize,
    columns: usize,
    text: String,
    like: &'a Cell,
}

/// The runs of a row. What is wide or has marks of its own stands alone: fonts differ about its width.
fn runs(row: &[Cell]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut x = 0;
    while let Some(cell) = row.get(x) {
        let symbol = cell.symbol();
        let taken = usize::from(columns(symbol).max(1));
        let is_plain = |text: &str| text.chars().count() == 1 && taken == 1;
        let alike = |run: &&mut Run<'_>| {
            let same = (run.like.fg, run.like.bg, run.like.modifier);
            same == (cell.fg, cell.bg, cell.modifier)
                && is_plain(symbol)
                && run.text.chars().count() == run.columns
        };
        match runs.last_mut().filter(alike) {
            Some(run) => {
                run.text.push_str(symbol);
                run.columns += 1;
            }
            None => {
                runs.push(Run { at: x, columns: taken, text: symbol.to_owned(), like: cell });
            }
        }
        x += taken;
    }
    runs
}

fn draw(out: &mut String, run: &Run<'_>, top: usize, palette: &Palette) {
    let modifier = run.like.modifier;
    let (mut ink, mut ground) =
        (colour(run.like.fg, palette, 16), colour(run.like.bg, palette, 17));
    if modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    let (x, width) = (MARGIN + run.at * CELL.0, run.columns * CELL.0);
    if ground != palette[17] {
        let height = CELL.1;
        _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{ground}\"/>"
        );
    }
    if run.text.trim().is_empty() && !modifier.contains(Modifier::UNDERLINED) {
        return;
    }
    let mut look = format!("fill=\"{ink}\"");
    for (is_so, how) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.65\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
    ] {
        if modifier.contains(is_so) {
            look.push_str(how);
        }
    }
    _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" \
         xml:space=\"preserve\" {look}>{}</text>",
        top + BASELINE,
        escaped(&run.text)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A colour as SVG writes it; `own` is the place of what the terminal takes where none is asked for.
fn colour(colour: Color, palette: &Palette, own: usize) -> String {
    let place = match colour {
        Color::Reset => own,
        Color::Rgb(r, g, b) => return format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(n) if n >= 16 => return indexed(n),
        Color::Indexed(n) => usize::from(n),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    palette.get(place).unwrap_or(&palette[16]).to_string()
}

/// One of the 240 colours that all terminals agree on: a cube of six steps, then greys.
fn indexed(n: u8) -> String {
    let n = u32::from(n) - 16;
    if n >= 216 {
        let grey = 8 + 10 * (n - 216);
        return format!("#{grey:02x}{grey:02x}{grey:02x}");
    }
    let step = |value: u32| if value == 0 { 0 } else { 55 + 40 * value };
    format!("#{:02x}{:02x}{:02x}", step(n / 36), step(n / 6 % 6), step(n % 6))
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    #[test]
    fn cells_are_text_in_their_place_with_their_look() {
        let mut cells = Buffer::empty(Rect::new(0, 0, 10, 2));
        cells.set_string(0, 0, "a<b", Style::new().red().bold());
        cells.set_string(2, 1, "王x", Style::new().reversed());
        let picture = svg(&cells, Shade::Light);
        let red = "<text x=\"12\" y=\"25\" textLength=\"24\" lengthAdjust=\"spacingAndGlyphs\" \
                   xml:space=\"preserve\" fill=\"#b3201b\" font-weight=\"bold\">a&lt;b</text>";
        assert!(picture.contains(red), "{picture}");
        // What is wide takes two cells, and what follows stands behind it.
        assert!(picture.contains("x=\"28\" y=\"42\" textLength=\"16\""), "{picture}");
        assert!(picture.contains("x=\"44\" y=\"42\" textLength=\"8\""), "{picture}");
        let ground = "<rect x=\"28\" y=\"29\" width=\"16\" height=\"17\" fill=\"#1f2430\"/>";
        assert!(picture.contains(ground), "{picture}");
        assert!(svg(&cells, Shade::Dark).contains("#11151c"));
    }

    #[test]
    fn colours_of_the_cube_are_what_terminals_show() {
        assert_eq!([indexed(16), indexed(196), indexed(255)], ["#000000", "#ff0000", "#eeeeee"]);
    }
}

//! For terminals that know ASCII alone: every glyph gets a stand-in of its own width.
//!
//! One pass over a screen that is drawn already, so that nothing else has to know of it. What people
//! have written is respelt where ASCII has the letter without its marks; any other letter is a `?` in each
//! column it would take. A name of which most is lost has the beginning of its id before it.

mod fold;

use ratatui::buffer::Buffer;

use super::paint::columns;

pub use fold::told_apart;

/// True where the locale is none of UTF-8. `variable` reads the environment; the first of the three
/// that is set decides, and without any it is POSIX's own, which is ASCII.
pub fn is_all_there_is(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    !(locale.contains("utf-8") || locale.contains("utf8"))
}

/// Puts stand-ins into every cell that needs one.
pub fn spell(buf: &mut Buffer) {
    let mut covered = 0;
    for cell in &mut buf.content {
        if covered > 0 {
            covered -= 1;
            cell.set_char('?');
        } else if !cell.symbol().is_ascii() {
            covered = columns(cell.symbol()).saturating_sub(1);
            let letter = cell.symbol().chars().next().unwrap_or(' ');
            // A letter and its marks are one sign, and that one is not ours.
            let alone = cell.symbol().len() == letter.len_utf8();
            let spelt = stand_in(letter).filter(|_| alone).or_else(|| fold::latin(letter));
            cell.set_char(spelt.filter(|_| covered == 0).unwrap_or('?'));
        }
    }
}

/// What stands for one of our own glyphs.
fn stand_in(glyph: char) -> Option<char> {
    Some(match glyph {
        // Above all what warns has to be told apart: ! ^ x v.
        '▲' => '!',
        '△' | '▴' | '↑' => '^',
        '✗' | '×' => 'x',
        '▾' | '↓' => 'v',
        '✓' => '+',
        '⊘' => '/',
        '●' => '@',
        '○' => 'o',
        '◌' | '▱' | '·' | '▂' => '.',
        '▁' => '_',
        '◎' | '◉' | '♪' => '&',
        '◐' | '◑' | '⠿' | '▇' => '%',
        '◇' => 'b',
        '■' | '▰' | '┃' | '█' => '#',
        '♥' | '•' | '▆' => '*',
        '⇄' | '…' => '~',
        '→' | '▸' | '▌' | '≥' | '›' | '❯' => '>',
        '←' | '↩' => '<',
        '‖' | '━' | '≡' | '▅' => '=',
        // Not a dash: in a table that is what nobody knows.
        '▄' => ';',
        '─' | '—' | '–' | '−' => '-',
        '│' | '↕' => '|',
        '╎' | '▏' | '▃' => ':',
        '╭' | '╮' | '╰' | '╯' | '±' | '├' | '┤' | '└' => '+',
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' => '\'',
        '\u{a0}' => ' ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use ratatui::{layout::Rect, style::Style};

    use super::*;
    use crate::console::widgets::paint;

    #[test]
    fn the_locale_says_whether_there_is_more() {
        let posix = |variables: &[(&str, &str)]| {
            let variables = variables.to_vec();
            is_all_there_is(|name| {
                variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(posix(&[]));
        assert!(posix(&[("LANG", "de_DE.ISO-8859-1")]));
        assert!(posix(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]));
        assert!(!posix(&[("LANG", "de_DE.UTF-8")]));
        assert!(!posix(&[("LANG", "C"), ("LC_CTYPE", "C.utf8")]));
    }

    #[test]
    fn every_sign_keeps_its_width() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
        paint::text(&mut buf, 0, 0, 20, "▲ Zoë 佐藤 e\u{301}… ✓", Style::new());
        spell(&mut buf);
        let cells: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(cells, "! Zoe ???? e~ +     ");
    }

    /// What stands in the sources that draw, their remarks and tests left out.
    fn drawn(folder: &Path, found: &mut Vec<(String, char)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                drawn(&path, found);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap();
                let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let glyphs = lines.flat_map(str::chars).filter(|c| !c.is_ascii());
                found.extend(glyphs.map(|c| (path.display().to_string(), c)));
            }
        }
    }

    #[test]
    fn there_is_a_stand_in_for_every_glyph_that_is_drawn() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        for folder in ["console", "engine"] {
            drawn(&source.join(folder), &mut found);
        }
        assert!(found.len() > 100, "the sources were not found");
        // Not drawn: what keeps a spreadsheet from taking a cell for a formula, and letters that names
        // are found by.
        let is_ours = |c: char| !c.is_alphabetic() && !"＝＋－＠".contains(c);
        let missing: Vec<_> =
            found.iter().filter(|(_, c)| is_ours(*c) && stand_in(*c).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

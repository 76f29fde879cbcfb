//! Figures that can be read across a room: each letter is 3 by 5 blocks, and a block is as many cells
//! as there is room for.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::paint;

/// Blocks a letter is high.
pub const HEIGHT: u16 = 5;

/// The rows of a letter from the top, each block a bit, and how many blocks it is wide.
fn letter(c: char) -> ([u8; 5], u16) {
    match c {
        '0' => ([0b111, 0b101, 0b101, 0b101, 0b111], 3),
        '1' => ([0b010, 0b110, 0b010, 0b010, 0b111], 3),
        '2' => ([0b111, 0b001, 0b111, 0b100, 0b111], 3),
        '3' => ([0b111, 0b001, 0b111, 0b001, 0b111], 3),
        '4' => ([0b101, 0b101, 0b111, 0b001, 0b001], 3),
        '5' => ([0b111, 0b100, 0b111, 0b001, 0b111], 3),
        '6' => ([0b111, 0b100, 0b111, 0b101, 0b111], 3),
        '7' => ([0b111, 0b001, 0b001, 0b010, 0b010], 3),
        '8' => ([0b111, 0b101, 0b111, 0b101, 0b111], 3),
        '9' => ([0b111, 0b101, 0b111, 0b001, 0b111], 3),
        '%' => ([0b101, 0b001, 0b010, 0b100, 0b101], 3),
        '/' => ([0b001, 0b001, 0b010, 0b100, 0b100], 3),
        '-' => ([0b000, 0b000, 0b111, 0b000, 0b000], 3),
        '+' => ([0b000, 0b010, 0b111, 0b010, 0b000], 3),
        'd' => ([0b001, 0b001, 0b111, 0b101, 0b111], 3),
        'h' => ([0b100, 0b100, 0b111, 0b101, 0b101], 3),
        'm' => ([0b00000, 0b00000, 0b11110, 0b10101, 0b10101], 5),
        's' => ([0b000, 0b011, 0b010, 0b001, 0b011], 3),
        ':' => ([0, 1, 0, 1, 0], 1),
        _ => ([0; 5], 1),
    }
}

/// Blocks that `text` is wide, one of them blank between two letters.
pub fn blocks(text: &str) -> u16 {
    text.chars().fold(0u16, |sum, c| sum.saturating_add(letter(c).1 + 1)).saturating_sub(1)
}

/// Draws `text` at the upper left of `area`, each block of `scale` cells, across and down.
pub fn draw(buf: &mut Buffer, area: Rect, text: &str, scale: (u16, u16), style: Style) {
    let mut x = area.x;
    for c in text.chars() {
        let (rows, width) = letter(c);
        for (row, y) in rows.into_iter().zip(0u16..) {
            for column in 0..width {
                if row >> (width - 1 - column) & 1 == 1 {
                    let block = Rect {
                        x: x + column * scale.0,
                        y: area.y + y * scale.1,
                        width: scale.0,
                        height: scale.1,
                    };
                    paint::fill(buf, block.intersection(area), '█', style);
                }
            }
        }
        x += (width + 1) * scale.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, scale: (u16, u16)) -> Vec<String> {
        let area = Rect::new(0, 0, blocks(text) * scale.0, HEIGHT * scale.1);
        let mut buf = Buffer::empty(area);
        draw(&mut buf, area, text, scale, Style::new());
        let rows = buf.content.chunks(usize::from(area.width));
        rows.map(|row| row.iter().map(|cell| cell.symbol()).collect()).collect()
    }

    #[test]
    fn figures_look_like_figures() {
        assert_eq!(
            drawn("3:05", (1, 1)),
            ["███   ███ ███", "  █ █ █ █ █  ", "███   █ █ ███", "  █ █ █ █   █", "███   ███ ███"]
        );
    }

    #[test]
    fn blocks_grow_with_the_room() {
        let small = drawn("7", (1, 1));
        let large = drawn("7", (2, 3));
        assert_eq!((large.len(), large[0].chars().count()), (15, 6));
        for (at, row) in small.iter().enumerate() {
            let wide: String = row.chars().flat_map(|c| [c, c]).collect();
            assert!(large[at * 3..at * 3 + 3].iter().all(|line| *line == wide), "{row}");
        }
    }

    #[test]
    fn each_letter_that_is_used_has_a_look_of_its_own() {
        let looks: std::collections::HashSet<_> =
            "0123456789%/-+:dh".chars().map(|c| drawn(&c.to_string(), (1, 1))).collect();
        assert_eq!(looks.len(), 17);
    }
}

//! A word to the desktop of whoever sits in front of the terminal, by the terminal itself (OSC 9), wherever
//! that is. A terminal that knows no such thing shows nothing.

use std::io::{self, Write};

use super::clipboard::{Around, through_screen};
use crate::domain::text::Plain;

/// Nobody reads more in a corner of the screen.
const LONGEST: usize = 200;

/// Tells it.
///
/// # Errors
/// If the terminal can't be written to.
pub fn tell(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(sequence(text, Around::from_env()).as_bytes())?;
    out.flush()
}

/// What makes a terminal tell it. The name in front says from where it comes; and without it a text that
/// begins with a number and a semicolon would be one of the other things that some terminals do for OSC 9.
fn sequence(text: &str, around: Around) -> String {
    let text: String = Plain::cut(text, LONGEST).chars().filter(|c| !c.is_control()).collect();
    let plain = format!("\x1b]9;floorwalker: {text}\x07");
    match around {
        Around::Tmux => format!("\x1bPtmux;\x1b{plain}\x1b\\"),
        Around::Screen => through_screen(&plain),
        Around::Nothing => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_to_the_terminal_and_through_what_stands_between() {
        let plain = "\x1b]9;floorwalker: Late in Billing\x07";
        assert_eq!(sequence("Late in Billing", Around::Nothing), plain);
        assert_eq!(
            sequence("Late in Billing", Around::Tmux),
            "\x1bPtmux;\x1b\x1b]9;floorwalker: Late in Billing\x07\x1b\\"
        );
        assert_eq!(
            sequence("Late in Billing", Around::Screen),
            "\x1bP\x1b]9;floorwalker: Late in Billing\x07\x1b\\"
        );
    }

    #[test]
    fn nothing_in_a_text_ends_the_sequence_or_begins_another() {
        let evil = "4;1\x07\x1b]52;c;bsOp\x07\u{9c}\u{9d}0;x\r\n\u{202e}late";
        let told = sequence(evil, Around::Nothing);
        let text = told.strip_prefix("\x1b]9;floorwalker: ").unwrap().strip_suffix('\x07').unwrap();
        assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
        assert!(text.contains("late"), "{text:?}");
        let longest = sequence(&"x".repeat(5_000), Around::Nothing);
        assert!(longest.chars().count() < 230, "{}", longest.len());
    }
}

//! So many minutes, typed or taken from a few that are offered.

use std::ops::RangeInclusive;

use tui_input::InputRequest;

use crate::console::keys::{Chord, Edit};

/// The next longer span of those that are offered, in ascending order, or the next shorter; the last of
/// them at the end. `None` if nothing is offered.
pub fn step(text: &str, offered: &[u32], up: bool) -> Option<u32> {
    let now: u32 = text.parse().unwrap_or(0);
    let next = match up {
        true => offered.iter().find(|minutes| **minutes > now).or(offered.last()),
        false => offered.iter().rev().find(|minutes| **minutes < now).or(offered.first()),
    };
    next.copied()
}

/// True for a key that would put something else than a digit into the text, and would only have to be
/// taken out again.
pub fn is_letter(chord: Chord) -> bool {
    matches!(chord.edit(), Some(Edit::Change(InputRequest::InsertChar(c))) if !c.is_ascii_digit())
}

/// The minutes that were typed.
///
/// # Errors
/// What is wrong with them, if they are no whole number within the bounds.
pub fn read(text: &str, bounds: &RangeInclusive<u32>) -> Result<u32, String> {
    let wrong =
        || format!("\"{text}\" is no whole number from {} to {}", bounds.start(), bounds.end());
    text.parse().ok().filter(|minutes| bounds.contains(minutes)).ok_or_else(wrong)
}

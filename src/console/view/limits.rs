//! From which values on the screen warns. Colours are only half of it: each level has its shape.

use crate::console::theme::Role;

/// Seconds of waiting from which a session is worth a look, and from which it is late.
pub const WAIT: (u64, u64) = (60, 180);

/// SPEC section 9: seconds before a session's end from which it is worth a look, and from which it is
/// nearly too late.
pub const LEFT: (u64, u64) = (300, 60);

/// SPEC section 6: below this a bot is not sure enough.
pub const CONFIDENCE: f64 = 0.75;

/// SPEC section 6: below this a customer is unhappy.
pub const SENTIMENT: f64 = 0.3;

/// How a wait of `seconds` is marked.
pub fn wait(seconds: u64) -> (&'static str, Role) {
    match seconds {
        s if s >= WAIT.1 => ("▲ ", Role::Alarm),
        s if s >= WAIT.0 => ("△ ", Role::Warn),
        _ => ("", Role::Text),
    }
}

/// How the last `seconds` of a session are marked.
pub fn left(seconds: u64) -> (&'static str, Role) {
    match seconds {
        s if s < LEFT.1 => ("▲ ", Role::Alarm),
        s if s < LEFT.0 => ("△ ", Role::Warn),
        _ => ("", Role::Text),
    }
}

/// How a value that should reach `least` is marked.
pub fn at_least(value: f64, least: f64) -> (&'static str, Role) {
    if value < least { ("▾", Role::Warn) } else { ("", Role::Text) }
}

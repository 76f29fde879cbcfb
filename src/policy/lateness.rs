//! Whether somebody who waits will be late, as things go.
//!
//! A forecast, not a promise: it knows how many wait in front and how fast the line has moved lately,
//! and nothing of who will come on duty next.

/// Who has waited for less, in seconds, is not spoken of while nobody knows how fast the line moves:
/// most are taken before.
pub const UNTOLD: u64 = 30;

/// In how many seconds somebody who has `waited` seconds will have waited `limit`, if that comes before
/// their turn; 0 if it has come. `ahead` stand in front of them in a line that grows by `pace` a minute.
pub fn late_in(waited: u64, limit: u64, ahead: u32, pace: Option<f64>) -> Option<u64> {
    let Some(left) = limit.checked_sub(waited).filter(|left| *left > 0) else { return Some(0) };
    match pace.filter(|pace| pace.is_finite()) {
        // It becomes shorter: their turn comes when those in front, and they, have gone.
        Some(pace) if pace < 0.0 => {
            let turn = 60.0 * (f64::from(ahead) + 1.0) / -pace;
            #[expect(clippy::cast_precision_loss, reason = "hours in seconds are far below 2^52")]
            (turn > left as f64).then_some(left)
        }
        _ => (waited >= UNTOLD).then_some(left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_waited_too_long_is_late_however_fast_it_goes() {
        assert_eq!(late_in(180, 180, 0, Some(-50.0)), Some(0));
        assert_eq!(late_in(500, 180, 0, None), Some(0));
    }

    #[test]
    fn a_line_that_becomes_shorter_takes_those_in_front_first() {
        // Two a minute: the third in line is through in 90 seconds, the fifth in 150.
        assert_eq!(late_in(80, 180, 2, Some(-2.0)), None);
        assert_eq!(late_in(80, 180, 4, Some(-2.0)), Some(100));
    }

    #[test]
    fn in_a_line_that_does_not_move_all_will_be_late_but_who_has_just_come_is_not_spoken_of() {
        for pace in [None, Some(0.0), Some(3.0), Some(f64::NAN)] {
            assert_eq!(late_in(100, 180, 0, pace), Some(80));
            assert_eq!(late_in(29, 180, 0, pace), None);
        }
    }
}

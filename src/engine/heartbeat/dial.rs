//! The scheduler's own time, which every slot is counted in.
//!
//! It runs slower while intervals are stretched and stands still while beats pause. So a stretch or a
//! pause touches no session: all of them keep their places between one beat and the next, and what was
//! spread evenly before is spread evenly after. No gap grows beyond the longer of the two intervals.

use std::time::Duration;

use tokio::time::Instant;

/// A clock whose pace can be set.
#[derive(Clone, Copy, Debug)]
pub struct Dial {
    /// It showed `shown` at this moment.
    at: Instant,
    shown: Duration,
    /// So much real time takes one second of it.
    pace: f64,
    stopped: bool,
}

impl Dial {
    /// Starts at zero.
    pub fn new(now: Instant) -> Self {
        Self { at: now, shown: Duration::ZERO, pace: 1.0, stopped: false }
    }

    /// What it shows.
    pub fn shows(&self, now: Instant) -> Duration {
        if self.stopped {
            return self.shown;
        }
        self.shown + now.saturating_duration_since(self.at).div_f64(self.pace)
    }

    /// When it will show, or has shown, `time`; `None` while it stands still.
    pub fn when(&self, time: Duration) -> Option<Instant> {
        let ahead = time.saturating_sub(self.shown).mul_f64(self.pace);
        (!self.stopped).then(|| self.at + ahead)
    }

    /// How long so much of its time really lasts.
    pub fn lasts(&self, time: Duration) -> Duration {
        time.mul_f64(self.pace)
    }

    /// So much real time as the dial counts it, so that jitter does not grow with the stretch.
    pub fn scaled(&self, real: Duration) -> Duration {
        real.div_f64(self.pace.max(1.0))
    }

    /// Whether the budget carries no more than there is.
    pub fn is_stretched(&self) -> bool {
        self.pace >= 1.0
    }

    /// Makes a second of it last `pace` seconds from now on.
    pub fn set_pace(&mut self, pace: f64, now: Instant) {
        (self.shown, self.at, self.pace) = (self.shows(now), now, pace);
    }

    /// Stops it, or lets it go on from where it stands.
    pub fn stop(&mut self, stopped: bool, now: Instant) {
        (self.shown, self.at, self.stopped) = (self.shows(now), now, stopped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_stretch_moves_only_what_is_still_ahead() {
        let start = Instant::now();
        let mut dial = Dial::new(start);
        assert_eq!(dial.when(secs(30)), Some(start + secs(30)));
        dial.set_pace(2.0, start + secs(10));
        assert_eq!(dial.when(secs(30)), Some(start + secs(50)));
        assert_eq!(dial.shows(start + secs(50)), secs(30));
        dial.set_pace(1.0, start + secs(50));
        assert_eq!(dial.when(secs(40)), Some(start + secs(60)));
    }

    #[test]
    fn a_pause_keeps_everybodys_place() {
        let start = Instant::now();
        let mut dial = Dial::new(start);
        dial.stop(true, start + secs(10));
        assert_eq!((dial.when(secs(30)), dial.shows(start + secs(99))), (None, secs(10)));
        dial.set_pace(2.0, start + secs(50));
        dial.stop(false, start + secs(100));
        assert_eq!(dial.when(secs(30)), Some(start + secs(140)));
    }

    #[test]
    fn jitter_does_not_grow_with_the_stretch() {
        let start = Instant::now();
        let mut dial = Dial::new(start);
        dial.set_pace(4.0, start);
        let early = dial.scaled(Duration::from_millis(400));
        let moved = dial.when(secs(10)).unwrap() - dial.when(secs(10) - early).unwrap();
        assert_eq!(moved, Duration::from_millis(400));
        dial.set_pace(0.5, start);
        assert_eq!(dial.scaled(secs(1)), secs(1));
    }
}

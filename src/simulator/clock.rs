//! How the world keeps up with the wall clock. Not the world: that only knows the time it is given.

use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use super::server::{Stand, lock};
use super::world::{Scope, World};

/// How far the world has kept up with the wall clock.
pub(super) struct Clock {
    last: Instant,
    owed: Duration,
}

impl Clock {
    /// The world was built as of this moment.
    pub(super) fn new(born: Instant) -> Self {
        Self { last: born, owed: Duration::ZERO }
    }

    /// The whole milliseconds that passed since this was last asked.
    fn owed(&mut self) -> i64 {
        let now = Instant::now();
        self.owed += now - self.last;
        self.last = now;
        let ms = u64::try_from(self.owed.as_millis()).unwrap_or_default();
        self.owed -= Duration::from_millis(ms);
        i64::try_from(ms).unwrap_or_default()
    }
}

impl Stand {
    /// The world as it is at this very moment.
    pub(super) fn present(&self) -> MutexGuard<'_, World> {
        let scope = if self.options.frozen { Scope::Handoffs } else { Scope::Everything };
        let mut clock = lock(&self.clock);
        let mut world = lock(&self.world);
        world.advance(clock.owed(), scope);
        world
    }
}

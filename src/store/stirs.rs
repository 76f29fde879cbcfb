//! Tells that something may have been written to a store, by whomever, so that nobody looks in vain.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};

/// The system tells of a write before it is on disk, and what is not on disk yet is not read: whoever looks at
/// once looks again after so long.
pub(super) const SETTLED: Duration = Duration::from_millis(500);

/// What one reader of a store has been told of, and has looked for.
#[derive(Clone, Debug)]
pub struct Stirs {
    /// `None` where nobody tells.
    hints: Option<watch::Receiver<()>>,
    /// When it is looked again for what was told of last.
    again: Option<Instant>,
}

impl Stirs {
    /// Of a store of which nobody tells: something may have been written at any time.
    pub fn untold() -> Self {
        Self { hints: None, again: None }
    }

    /// Of a store of whose writes these are the hints.
    pub fn of(hints: watch::Receiver<()>) -> Self {
        Self { hints: Some(hints), again: None }
    }

    /// True if something may have been written since this was asked last. To be asked before one looks.
    pub fn any(&mut self) -> bool {
        let Some(hints) = &mut self.hints else { return true };
        let now = Instant::now();
        match hints.has_changed() {
            Ok(true) => {
                hints.mark_unchanged();
                self.again = Some(now + SETTLED);
                true
            }
            Ok(false) => self.again.take_if(|again| *again <= now).is_some(),
            // Whoever has told is gone.
            Err(_) => true,
        }
    }

    /// Waits until something may have been written, and until `earliest` at least. What was written is still
    /// to be asked for.
    pub async fn due(&mut self, earliest: Instant) {
        sleep_until(earliest).await;
        let Some(hints) = &mut self.hints else { return };
        let told = async {
            let told = hints.changed().await.is_ok();
            if told {
                // Whoever asks is still to be told.
                hints.mark_changed();
            }
            told
        };
        let told = match self.again {
            Some(again) => timeout_at(again, told).await.unwrap_or(true),
            None => told.await,
        };
        if !told {
            self.hints = None;
        }
    }

    /// True where nobody tells, or whoever has told is gone.
    pub fn is_untold(&self) -> bool {
        self.hints.as_ref().is_none_or(|hints| hints.has_changed().is_err())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, timeout};

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test(start_paused = true)]
    async fn a_hint_is_worth_a_look_at_once_and_another_when_it_has_settled() {
        let (hint, hints) = watch::channel(());
        let mut stirs = Stirs::of(hints);
        assert!(!stirs.any());
        assert!(timeout(LONG, stirs.due(Instant::now())).await.is_err(), "nothing was written");
        hint.send_replace(());
        let begun = Instant::now();
        stirs.due(begun).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert!(stirs.any());
        assert!(!stirs.any());
        stirs.due(begun).await;
        assert_eq!(begun.elapsed(), SETTLED);
        assert!(stirs.any());
        assert!(
            timeout(LONG, stirs.due(Instant::now())).await.is_err(),
            "nothing more was written"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_is_not_the_one_who_asks() {
        let (hint, hints) = watch::channel(());
        let mut stirs = Stirs::of(hints);
        hint.send_replace(());
        stirs.due(Instant::now()).await;
        stirs.due(Instant::now()).await;
        assert!(stirs.any(), "it was waited for twice, and is still there to be asked for");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_called_before_the_time() {
        let (hint, hints) = watch::channel(());
        let mut stirs = Stirs::of(hints);
        hint.send_replace(());
        let begun = Instant::now();
        stirs.due(begun + LONG).await;
        assert_eq!(begun.elapsed(), LONG);
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_tells_anything_may_have_been_written() {
        let (_, gone) = watch::channel(());
        for mut stirs in [Stirs::untold(), Stirs::of(gone)] {
            let begun = Instant::now();
            stirs.due(begun + SETTLED).await;
            assert_eq!(begun.elapsed(), SETTLED);
            assert!(stirs.any() && stirs.any());
            advance(LONG).await;
            assert!(stirs.any());
        }
    }
}

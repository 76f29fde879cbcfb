//! How far something long has come, on standard error, where a person looks at it.

use std::io::{self, IsTerminal, Write};

use tokio::{sync::watch, task::JoinHandle};

use crate::engine::proof::Progress;

/// Cells of the bar.
const CELLS: usize = 30;

/// A bar that is drawn until there is nobody to tell; `None` where no person would see it.
pub struct Bar(Option<JoinHandle<()>>);

impl Bar {
    /// Begins to draw what is told.
    pub fn of(progress: watch::Receiver<Progress>) -> Self {
        Self(io::stderr().is_terminal().then(|| tokio::spawn(draw(progress))))
    }

    /// No bar: what is printed would stand in it.
    pub fn none() -> Self {
        Self(None)
    }

    /// Waits until it is gone. Whoever told it has gone before.
    pub async fn end(self) {
        if let Some(drawn) = self.0 {
            // It ends with its channel, and leaves an empty line.
            let _ = drawn.await;
        }
    }
}

async fn draw(mut progress: watch::Receiver<Progress>) {
    while progress.changed().await.is_ok() {
        let Progress { checked, of } = *progress.borrow_and_update();
        let share = checked as f64 / of.max(1) as f64;
        let full = (share * CELLS as f64) as usize;
        let bar =
            format!("{}{}", "█".repeat(full.min(CELLS)), "░".repeat(CELLS.saturating_sub(full)));
        let _ = write!(io::stderr(), "\r{bar} {checked} of {of} records");
    }
    let _ = write!(io::stderr(), "\r\x1b[K");
}

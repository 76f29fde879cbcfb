//! Hears from a server, or sees of a file, that the audit log may have grown, whoever wrote.
//!
//! What is heard is a hint: whoever hears it looks. So nothing is lost with a connection, and nothing comes
//! twice; after a connection came back there is a hint too.

#[cfg(target_os = "linux")]
mod file;

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{Executor, PgPool, postgres::PgListener};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;

use crate::store::{Stirs, db::GROWN};

/// How long a server that went away is let alone.
const PAUSE: Duration = Duration::from_millis(500);

/// After so long without a word the line is tried, and for so long.
const QUIET: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_secs(5);

/// How long one waits before one looks without a hint, where there are hints and where there are none.
const REST: Duration = Duration::from_secs(5);
const BLIND: Duration = Duration::from_millis(600);

/// Where hints come in.
#[derive(Clone, Debug)]
pub struct News {
    stirs: Stirs,
    source: Option<Source>,
}

/// Where hints come from, until it is dropped.
#[derive(Clone, Debug)]
enum Source {
    Server {
        _listening: Arc<AbortOnDropHandle<()>>,
    },
    #[cfg(target_os = "linux")]
    File {
        _watched: Arc<notify::RecommendedWatcher>,
    },
}

impl News {
    /// Where nobody tells anything.
    pub fn none() -> Self {
        Self { stirs: Stirs::untold(), source: None }
    }

    /// Listens to a server until nobody wants to know any more.
    pub fn of(pool: &PgPool) -> Self {
        let (hint, hints) = watch::channel(());
        let listening = AbortOnDropHandle::new(tokio::spawn(listen(pool.clone(), hint)));
        let source = Some(Source::Server { _listening: Arc::new(listening) });
        Self { stirs: Stirs::of(hints), source }
    }

    /// Watches the file of a store until nobody wants to know any more, where the system can tell.
    pub fn of_file(path: &Path) -> Self {
        #[cfg(target_os = "linux")]
        {
            let (hint, hints) = watch::channel(());
            match file::watched(path, hint) {
                Ok(watched) => {
                    return Self {
                        stirs: Stirs::of(hints),
                        source: Some(Source::File { _watched: Arc::new(watched) }),
                    };
                }
                Err(error) => tracing::debug!(%error, "the store's file is looked at now and then"),
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = path;
        Self::none()
    }

    /// Tells of whatever is written; a server tells of the audit log alone, and so of nothing here.
    pub fn stirs(&self) -> Stirs {
        match self.source {
            #[cfg(target_os = "linux")]
            Some(Source::File { .. }) => self.stirs.clone(),
            _ => Stirs::untold(),
        }
    }

    /// Forgets the hints that came until now.
    pub fn forget(&mut self) {
        self.stirs.any();
    }

    /// Waits until one had better look: for a hint, or for a while, but no longer than until then.
    pub async fn heard(&mut self, until: Instant) {
        let now = Instant::now();
        match self.stirs.is_untold() {
            true => sleep_until(until.min(now + BLIND)).await,
            false => _ = timeout_at(until.min(now + REST), self.stirs.due(now)).await,
        }
    }
}

async fn listen(pool: PgPool, hint: watch::Sender<()>) {
    loop {
        if let Err(error) = hear(&pool, &hint).await {
            tracing::debug!(%error, "the audit log's news are not heard");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(pool: &PgPool, hint: &watch::Sender<()>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(GROWN).await?;
    loop {
        // Something may have been written while nobody listened.
        hint.send_replace(());
        // Also where the connection was lost and is there again.
        if timeout(QUIET, listener.try_recv()).await.map_or(Ok(None), |heard| heard)?.is_none() {
            // Nothing comes of a line that is dead, and nobody says so.
            let asked = timeout(ANSWER, listener.execute("SELECT 1")).await;
            asked.map_err(|_| sqlx::Error::PoolTimedOut)??;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::stirs::SETTLED;

    #[tokio::test(start_paused = true)]
    async fn what_was_told_of_too_soon_is_looked_for_again_soon() {
        let (hint, hints) = watch::channel(());
        let mut news = News { stirs: Stirs::of(hints), source: None };
        hint.send_replace(());
        let begun = Instant::now();
        for (after, why) in [
            (Duration::ZERO, "a hint"),
            (SETTLED, "what it told of is on disk now"),
            (SETTLED + REST, "nothing more"),
        ] {
            news.heard(begun + 10 * REST).await;
            assert_eq!(begun.elapsed(), after, "{why}");
            news.forget();
        }
        drop(hint);
        for _ in 0..3 {
            news.heard(begun + 10 * REST).await;
        }
        assert!(begun.elapsed() >= SETTLED + REST + 2 * BLIND, "nobody looks without a pause");
    }
}

//! A server that has no room for one more at its door, or has gone without a word.

use std::{
    future::Future,
    io::ErrorKind,
    thread,
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction, pool::PoolConnection};
use tokio::{task::spawn_blocking, time::timeout};

/// A server that has vanished says nothing, and nobody waits for it as long as a connection would.
pub const ANSWER: Duration = Duration::from_secs(20);

/// How long one knocks where nobody opens: as long as a pool would wait for a server that starts.
const KNOCKING: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// Asks once more while the server's socket has no room for one who knocks: it has heard nothing yet.
///
/// # Errors
/// What else is the matter, or that there is no room for too long.
pub async fn knocking<T, F>(ask: impl FnMut() -> F) -> Result<T, sqlx::Error>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    knocking_until(Instant::now() + KNOCKING, ask).await
}

async fn knocking_until<T, F>(end: Instant, mut ask: impl FnMut() -> F) -> Result<T, sqlx::Error>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    loop {
        match ask().await {
            // The server needs this time, whatever a clock says that is held or runs ahead.
            Err(sqlx::Error::Io(e)) if is_full(&e) && Instant::now() < end => {
                _ = spawn_blocking(|| thread::sleep(PAUSE)).await;
            }
            answer => return answer,
        }
    }
}

/// A socket of this machine says so at once; one of another just does not answer.
fn is_full(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}

/// What a server answers, if it does so in [`ANSWER`].
///
/// # Errors
/// If it does not, or what is the matter.
pub async fn answered<T>(
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late = |_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into()));
    timeout(ANSWER, asked).await.unwrap_or_else(late)
}

/// A connection of the pool.
pub async fn connected(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    knocking(|| pool.acquire()).await
}

/// A transaction that begins with a statement, and goes on with others before it is used.
pub async fn begun(
    pool: &PgPool,
    begin: &'static str,
    then: String,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut tx = knocking(|| pool.begin_with(begin)).await?;
    sqlx::raw_sql(AssertSqlSafe(then)).execute(&mut *tx).await?;
    Ok(tx)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: ErrorKind) -> Result<u8, sqlx::Error> {
        Err(sqlx::Error::Io(kind.into()))
    }

    #[tokio::test]
    async fn who_finds_no_room_knocks_again_and_not_for_ever() {
        let mut knocks = 0;
        let opened = knocking(|| {
            knocks += 1;
            std::future::ready(if knocks < 3 { refused(ErrorKind::WouldBlock) } else { Ok(7) })
        });
        assert_eq!(opened.await.unwrap(), 7);
        let full = || std::future::ready(refused(ErrorKind::WouldBlock));
        let never = knocking_until(Instant::now(), full).await;
        assert!(matches!(never, Err(sqlx::Error::Io(e)) if e.kind() == ErrorKind::WouldBlock));
    }

    #[tokio::test]
    async fn what_else_is_the_matter_is_said_at_once() {
        let mut knocks = 0;
        let shut = knocking(|| {
            knocks += 1;
            std::future::ready(refused(ErrorKind::PermissionDenied))
        });
        assert!(shut.await.is_err());
        assert_eq!(knocks, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever_for_a_server_that_is_silent() {
        let silent = answered::<u8>(std::future::pending()).await;
        let Err(sqlx::Error::Io(error)) = silent else { panic!("{silent:?}") };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}

//! What is over is forgotten.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::{Database, error};
use crate::{
    domain::deed::LONGEST,
    store::{
        Forgotten, Retention, StoreError,
        db::{Connections, Pool, sql},
    },
};

/// Nobody who leaves waits longer for those who read.
const PATIENCE: Duration = Duration::from_secs(1);

const DELIVERIES: &str = "DELETE FROM deliveries WHERE state <> 'waiting' AND settled < $1";
/// Whatever was told or given up, which has no delivery any more.
const LETTERS: &str = "DELETE FROM outbox WHERE at < $1
    AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.letter = outbox.id)";
/// The newest stays: the numbers of changes go on from it.
const REQUESTS: &str = "DELETE FROM requests WHERE since < $1
    AND state IN ('done', 'failed', 'declined', 'expired')
    AND version < (SELECT max(version) FROM requests)";
/// Of the newest, only that there was one.
const NEWEST: &str = "UPDATE requests SET plea = '{\"reason\":\"\",\"attributes\":{}}',
        because = CASE WHEN because IS NULL THEN NULL ELSE '' END
    WHERE since < $1 AND state IN ('done', 'failed', 'declined', 'expired')";
const CALLS: &str = "DELETE FROM calls WHERE received < $1";
const TURNS: &str = "DELETE FROM turns WHERE at < $1";
const SESSIONS: &str = "DELETE FROM supervisions WHERE ended < $1";
/// One that a request waits for is looked up yet.
const HANDOFFS: &str = "DELETE FROM handoffs WHERE ended < $1 AND NOT EXISTS
    (SELECT 1 FROM requests WHERE requests.handoff = handoffs.id AND requests.state = 'handing')";

/// Those that can be read get an end before: what is left of these has none that could be told.
const DEEDS: &str = "DELETE FROM deeds WHERE taken < $1";

impl Retention for Database {
    async fn forget(&self, before: Timestamp, now: Timestamp) -> Result<Forgotten, StoreError> {
        let failed = error("forget what is over");
        let followed = now.checked_sub(LONGEST).unwrap_or(Timestamp::MIN).min(before);
        let over = (before.as_millisecond(), followed.as_millisecond());
        let forgotten = forget(&self.pool, over).await.map_err(&failed)?;
        let overwritten = self.pool.scrub().await.map_err(failed)?;
        Ok(Forgotten { overwritten, ..forgotten })
    }
}

impl Database {
    /// Before who has written to it goes: what was removed meanwhile leaves the file that is written ahead,
    /// too. The token of a guest whose session has ended would stay there until others have written over it.
    /// Who reads just now keeps that up; then whoever goes last does it. A server keeps its own log.
    pub async fn leave(&self) {
        if let Connections::Sqlite(_) = self.pool.to {
            match timeout(PATIENCE, self.pool.scrub()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) | Err(_) => {
                    tracing::debug!("others read the store, which is left as it is")
                }
                Ok(Err(error)) => tracing::warn!(%error, "the store can't be left as it should be"),
            }
        }
    }
}

/// One after the other, so that who waits to write waits for one of them at most.
async fn forget(pool: &Pool, (before, followed): (i64, i64)) -> Result<Forgotten, sqlx::Error> {
    let over = async |text: &'static str| sql(text).bind(before).write(pool).await;
    over(DELIVERIES).await?;
    over(CALLS).await?;
    let letters = over(LETTERS).await?;
    let requests = over(REQUESTS).await?;
    over(NEWEST).await?;
    let turns = over(TURNS).await?;
    let sessions = over(SESSIONS).await?;
    let handoffs = over(HANDOFFS).await?;
    let deeds = sql(DEEDS).bind(followed).write(pool).await?;
    Ok(Forgotten { letters, requests, turns, sessions, handoffs, deeds, overwritten: false })
}

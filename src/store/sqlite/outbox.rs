//! The outbox in SQLite: it only grows. What becomes of its letters is in [`super::deliveries`].

use jiff::Timestamp;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Sqlite, error};
use crate::{
    domain::{
        outbox::{Destination, Letter},
        text::Plain,
    },
    store::{Outbox, StoreError},
};

/// Writes a letter.
pub async fn insert(to: &mut SqliteConnection, letter: &Letter) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO outbox (event, context, destination, conversation, at, body)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(letter.event.as_str())
    .bind(letter.context.as_str())
    .bind(letter.to.name())
    .bind(letter.session.to_string())
    .bind(letter.at.as_millisecond())
    .bind(letter.body.to_string())
    .execute(to)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<(i64, Letter), sqlx::Error> {
    let odd = |what: String| sqlx::Error::Decode(what.into());
    let (to, body): (String, String) = (row.try_get("destination")?, row.try_get("body")?);
    let letter = Letter {
        event: Plain::from(row.try_get::<String, _>("event")?),
        context: Plain::from(row.try_get::<String, _>("context")?),
        to: Destination::from_name(&to).ok_or_else(|| odd(to))?,
        session: row.try_get::<String, _>("conversation")?.as_str().into(),
        at: Timestamp::from_millisecond(row.try_get("at")?).map_err(|e| odd(e.to_string()))?,
        body: serde_json::from_str(&body).map_err(|e| odd(e.to_string()))?,
    };
    Ok((row.try_get("id")?, letter))
}

impl Outbox for Sqlite {
    async fn post(&self, letter: &Letter) -> Result<(), StoreError> {
        let failed = error("write the outbox");
        let mut connection = self.pool.acquire().await.map_err(&failed)?;
        insert(&mut connection, letter).await.map_err(failed)
    }

    async fn letters(&self, after: i64, limit: u32) -> Result<Vec<(i64, Letter)>, StoreError> {
        let failed = error("read the outbox");
        let rows = sqlx::query("SELECT * FROM outbox WHERE id > ? ORDER BY id LIMIT ?")
            .bind(after)
            .bind(limit)
            .fetch_all(&self.pool)
            .await
            .map_err(&failed)?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)
    }
}

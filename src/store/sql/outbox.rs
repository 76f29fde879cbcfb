//! The outbox: it only grows. What becomes of its letters is in [`super::deliveries`].

use jiff::Timestamp;

use super::{Database, error};
use crate::{
    domain::{
        outbox::{Destination, Letter},
        text::Plain,
    },
    store::{
        Outbox, StoreError,
        db::{Row, Tx, sql},
    },
};

/// Writes a letter.
pub async fn insert(to: &mut Tx, letter: &Letter) -> Result<(), sqlx::Error> {
    sql("INSERT INTO outbox (event, context, destination, conversation, at, body)
         VALUES ($1, $2, $3, $4, $5, $6)")
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

fn read(row: &Row) -> Result<(i64, Letter), sqlx::Error> {
    let odd = |what: String| sqlx::Error::Decode(what.into());
    let (to, body): (String, String) = (row.read("destination")?, row.read("body")?);
    let letter = Letter {
        event: Plain::from(row.read::<String>("event")?),
        context: Plain::from(row.read::<String>("context")?),
        to: Destination::from_name(&to).ok_or_else(|| odd(to))?,
        session: row.read::<String>("conversation")?.as_str().into(),
        at: Timestamp::from_millisecond(row.read("at")?).map_err(|e| odd(e.to_string()))?,
        body: serde_json::from_str(&body).map_err(|e| odd(e.to_string()))?,
    };
    Ok((row.read("id")?, letter))
}

impl Outbox for Database {
    async fn post(&self, letter: &Letter) -> Result<(), StoreError> {
        let failed = error("write the outbox");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        insert(&mut tx, letter).await.map_err(&failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn letters(&self, after: i64, limit: u32) -> Result<Vec<(i64, Letter)>, StoreError> {
        let failed = error("read the outbox");
        let rows = sql("SELECT * FROM outbox WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .rows(&self.pool)
            .await
            .map_err(&failed)?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)
    }
}

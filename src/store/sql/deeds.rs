//! Deeds on their way: written with their announcement, gone with their end.

use jiff::Timestamp;

use super::{
    Database, error,
    flights::{json, parsed},
    records,
};
use crate::{
    domain::{
        audit::{AuditEntry, AuditRecord},
        deed::DeedFlight,
        id::DeedId,
        text::Plain,
    },
    store::{
        Deeds, StoreError,
        db::{Row, Tx, sql},
    },
};

impl Deeds for Database {
    async fn begin_deed(
        &self,
        entry: AuditEntry,
        flight: &DeedFlight,
        now: Timestamp,
    ) -> Result<AuditRecord, StoreError> {
        let failed = error("write the audit log");
        let mut both = self.pool.write().await.map_err(&failed)?;
        let record = records::insert(&mut both, entry, now).await.map_err(&failed)?;
        announce(&mut both, flight).await.map_err(&failed)?;
        both.commit().await.map_err(&failed)?;
        Ok(record)
    }

    async fn finish_deed(
        &self,
        entry: AuditEntry,
        deed: &DeedId,
        now: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        let failed = error("write the audit log");
        let mut both = self.pool.write().await.map_err(&failed)?;
        let done = sql("DELETE FROM deeds WHERE id = $1")
            .bind(deed.to_string())
            .execute(&mut both)
            .await
            .map_err(&failed)?;
        if done == 0 {
            return Ok(None);
        }
        let record = records::insert(&mut both, entry, now).await.map_err(&failed)?;
        both.commit().await.map_err(&failed)?;
        Ok(Some(record))
    }

    async fn deeds(&self) -> Result<Vec<DeedFlight>, StoreError> {
        let failed = error("read the deeds on their way");
        let rows = sql("SELECT taken, owner, context, dialect, order_json, seat FROM deeds
             ORDER BY taken, id")
        .rows(&self.pool)
        .await
        .map_err(&failed)?;
        // One that can't be read must not keep the others from being settled.
        let read = |row: &Row| match deed(row) {
            Ok(deed) => Some(deed),
            Err(error) => {
                tracing::error!(%error, "a deed on its way can't be read");
                None
            }
        };
        Ok(rows.iter().filter_map(read).collect())
    }
}

async fn announce(to: &mut Tx, flight: &DeedFlight) -> Result<(), sqlx::Error> {
    sql("INSERT INTO deeds (id, taken, owner, context, dialect, order_json, seat)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(flight.order.id.to_string())
    .bind(flight.taken.as_millisecond())
    .bind(json(&flight.owner)?)
    .bind(flight.context.as_str())
    .bind(flight.dialect.as_str())
    .bind(json(&flight.order)?)
    .bind(json(&flight.seat)?)
    .execute(to)
    .await?;
    Ok(())
}

fn deed(row: &Row) -> Result<DeedFlight, sqlx::Error> {
    let taken: i64 = row.read("taken")?;
    Ok(DeedFlight {
        order: parsed(&row.read::<String>("order_json")?)?,
        seat: parsed(&row.read::<String>("seat")?)?,
        taken: Timestamp::from_millisecond(taken).map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
        owner: parsed(&row.read::<String>("owner")?)?,
        context: Plain::from(row.read::<String>("context")?),
        dialect: Plain::from(row.read::<String>("dialect")?),
    })
}

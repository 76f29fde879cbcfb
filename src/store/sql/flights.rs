//! Claims and flights: who moves which session, and what a crash must find.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{error, outbox, records};
use crate::{
    domain::{
        audit::{AuditEntry, AuditRecord},
        flight::{Departure, Flight, Owner},
        id::{AgentId, HandoffId},
        outbox::Letter,
        text::Plain,
    },
    store::{
        Claim, Claimed, StoreError,
        db::{Pool, Row, Tx, sql},
    },
};

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|e| sqlx::Error::Encode(Box::new(e)))
}

pub(super) fn parsed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(|e| sqlx::Error::Decode(Box::new(e)))
}

fn until(now: Timestamp, life: Duration) -> i64 {
    now.as_millisecond().saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX))
}

pub async fn claim(
    pool: &Pool,
    claim: &Claim,
    now: Timestamp,
    life: Duration,
) -> Result<Claimed, StoreError> {
    let failed = error("claim the session");
    let owner = json(&claim.owner).map_err(&failed)?;
    let done =
        sql("INSERT INTO claims (conversation, handoff, until, owner) VALUES ($1, $2, $4, $5)
         ON CONFLICT (conversation) DO UPDATE SET handoff = $2, until = $4, owner = $5
         WHERE claims.until <= $3 OR (claims.handoff = $2 AND claims.owner = $5)")
        .bind(claim.session.to_string())
        .bind(claim.handoff.to_string())
        .bind(now.as_millisecond())
        .bind(until(now, life))
        .bind(owner)
        .write(pool)
        .await
        .map_err(&failed)?;
    if done == 1 {
        return Ok(Claimed::Ours);
    }
    let holder = sql("SELECT owner FROM claims WHERE conversation = $1")
        .bind(claim.session.to_string())
        .maybe(pool)
        .await
        .map_err(&failed)?;
    let holder = holder.and_then(|row| row.read::<String>(0).ok());
    Ok(Claimed::Theirs(holder.and_then(|text| parsed(&text).ok())))
}

pub async fn release(pool: &Pool, claim: &Claim) -> Result<(), StoreError> {
    let failed = error("give the claim back");
    sql("DELETE FROM claims WHERE conversation = $1 AND handoff = $2 AND owner = $3")
        .bind(claim.session.to_string())
        .bind(claim.handoff.to_string())
        .bind(json(&claim.owner).map_err(&failed)?)
        .write(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

pub async fn begin(
    pool: &Pool,
    entry: AuditEntry,
    flight: &Flight,
    now: Timestamp,
) -> Result<AuditRecord, StoreError> {
    let failed = error("write the audit log");
    let mut both = pool.write().await.map_err(&failed)?;
    let record = records::insert(&mut both, entry, now).await.map_err(&failed)?;
    announce(&mut both, flight).await.map_err(&failed)?;
    both.commit().await.map_err(&failed)?;
    Ok(record)
}

async fn announce(to: &mut Tx, flight: &Flight) -> Result<(), sqlx::Error> {
    sql("INSERT INTO handoffs (id, conversation, taken, owner, context, dialect, order_json)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(flight.order.id.to_string())
    .bind(flight.order.session.to_string())
    .bind(flight.taken.as_millisecond())
    .bind(json(&flight.owner)?)
    .bind(flight.context.as_str())
    .bind(flight.dialect.as_str())
    .bind(json(&flight.order)?)
    .execute(to)
    .await?;
    Ok(())
}

pub async fn depart(pool: &Pool, claim: &Claim, departure: &Departure) -> Result<bool, StoreError> {
    let failed = error("write down what leaves");
    // Whoever slept while the claim ran out, and somebody else took the session, sends nothing.
    let done =
        sql("UPDATE handoffs SET departure = $1 WHERE id = $2 AND owner = $3 AND ended IS NULL
             AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.conversation = handoffs.conversation
                             AND claims.handoff <> handoffs.id)")
        .bind(json(departure).map_err(&failed)?)
        .bind(claim.handoff.to_string())
        .bind(json(&claim.owner).map_err(&failed)?)
        .write(pool)
        .await
        .map_err(&failed)?;
    Ok(done == 1)
}

pub async fn finish(
    pool: &Pool,
    entry: AuditEntry,
    letters: &[Letter],
    handoff: &HandoffId,
    now: Timestamp,
) -> Result<Option<AuditRecord>, StoreError> {
    let failed = error("write the audit log");
    let mut both = pool.write().await.map_err(&failed)?;
    let done = sql("UPDATE handoffs SET ended = $1 WHERE id = $2 AND ended IS NULL")
        .bind(now.as_millisecond())
        .bind(handoff.to_string())
        .execute(&mut both)
        .await
        .map_err(&failed)?;
    if done == 0 {
        return Ok(None);
    }
    let record = records::insert(&mut both, entry, now).await.map_err(&failed)?;
    for letter in letters {
        outbox::insert(&mut both, letter).await.map_err(&failed)?;
    }
    both.commit().await.map_err(&failed)?;
    Ok(Some(record))
}

pub async fn flights(pool: &Pool) -> Result<Vec<Flight>, StoreError> {
    let failed = error("read the handoffs on their way");
    let rows = sql("SELECT order_json, taken, owner, context, dialect, departure FROM handoffs
         WHERE ended IS NULL ORDER BY taken, id")
    .rows(pool)
    .await
    .map_err(&failed)?;
    // One that can't be read must not keep the others from being settled.
    let read = |row: &Row| match flight(row) {
        Ok(flight) => Some(flight),
        Err(error) => {
            tracing::error!(%error, "a handoff on its way can't be read");
            None
        }
    };
    Ok(rows.iter().filter_map(read).collect())
}

fn flight(row: &Row) -> Result<Flight, sqlx::Error> {
    let departure: Option<String> = row.read("departure")?;
    let taken: i64 = row.read("taken")?;
    Ok(Flight {
        order: parsed(&row.read::<String>("order_json")?)?,
        taken: Timestamp::from_millisecond(taken).map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
        owner: parsed(&row.read::<String>("owner")?)?,
        context: Plain::from(row.read::<String>("context")?),
        dialect: Plain::from(row.read::<String>("dialect")?),
        departure: departure.as_deref().map(parsed).transpose()?,
    })
}

pub async fn take_over(
    pool: &Pool,
    flight: &Flight,
    to: &Owner,
    now: Timestamp,
    life: Duration,
) -> Result<bool, StoreError> {
    let failed = error("take a handoff over");
    let mut both = pool.write().await.map_err(&failed)?;
    let (id, from, to) = (
        flight.order.id.to_string(),
        json(&flight.owner).map_err(&failed)?,
        json(to).map_err(&failed)?,
    );
    let done = sql("UPDATE handoffs SET owner = $1 WHERE id = $2 AND owner = $3 AND ended IS NULL")
        .bind(&to)
        .bind(&id)
        .bind(from)
        .execute(&mut both)
        .await
        .map_err(&failed)?;
    if done == 0 {
        return Ok(false);
    }
    // The claim of the one that ended becomes ours; one that somebody else has taken since does not.
    sql("INSERT INTO claims (conversation, handoff, until, owner) VALUES ($1, $2, $3, $4)
         ON CONFLICT (conversation) DO UPDATE SET until = $3, owner = $4
             WHERE claims.handoff = $2")
    .bind(flight.order.session.to_string())
    .bind(&id)
    .bind(until(now, life))
    .bind(&to)
    .execute(&mut both)
    .await
    .map_err(&failed)?;
    both.commit().await.map_err(&failed)?;
    Ok(true)
}

pub async fn handed(pool: &Pool, since: Timestamp) -> Result<HashMap<AgentId, u32>, StoreError> {
    let failed = error("count the handoffs");
    let rows = sql("SELECT record FROM audit WHERE event = 'handoff_completed' AND at >= $1")
        .bind(since.as_millisecond())
        .rows(pool)
        .await
        .map_err(&failed)?;
    let mut handed = HashMap::new();
    for row in &rows {
        let text = row.text(0).map_err(&failed)?.unwrap_or_default();
        let handoff: Completed<'_> = parsed(text).map_err(&failed)?;
        if let Some(agent) = handoff.agent {
            *handed.entry(AgentId::from(&*agent)).or_default() += 1;
        }
    }
    Ok(handed)
}

/// Of a completed handoff, who has it.
#[derive(Deserialize)]
struct Completed<'a> {
    #[serde(borrow)]
    agent: Option<Cow<'a, str>>,
}

//! What becomes of letters. Every change runs in a transaction that has the right to write from
//! its start, and asks in the same statement whose the row is: two can't both take one.

use super::{
    Database, error,
    flights::{json, parsed},
    leases::odd,
    records,
    standings::{self, time},
};
use crate::{
    domain::{
        audit::{AuditEntry, AuditRecord},
        flight::Owner,
        outbox::{Destination, Fate, Parcel, Posted, Standing, Tray, Whereabouts},
        text::Plain,
    },
    store::{
        StoreError,
        db::{Pool, Row, Tx, sql},
        deliveries::{Choice, Deliveries, Noted, Replayed, Route, Settled, Taking},
    },
};
use jiff::Timestamp;

/// Of each conversation the first that waits, whether or not somebody holds it.
const HEADS: &str = "SELECT d.letter, d.since, d.attempts, d.holder, d.held_until,
        o.event, o.conversation, o.body
    FROM deliveries d JOIN outbox o ON o.id = d.letter
    WHERE d.state = 'waiting' AND d.context = $1 AND d.destination = $2 AND d.next <= $3
      AND NOT EXISTS (SELECT 1 FROM deliveries e
          WHERE e.state = 'waiting' AND e.context = d.context AND e.destination = d.destination
            AND e.conversation = d.conversation AND e.letter < d.letter)
    ORDER BY CASE WHEN $4 = 1 THEN d.attempts ELSE 0 END, d.letter LIMIT $5";

/// What a letter is for people.
const POSTED: &str = "SELECT d.*, o.event, o.conversation AS spelt, o.at FROM deliveries d \
    JOIN outbox o ON o.id = d.letter";

impl Deliveries for Database {
    async fn trays(
        &self,
        context: &Plain,
        by: &Owner,
        now: Timestamp,
    ) -> Result<Vec<Tray>, StoreError> {
        let failed = error("look into the outbox");
        let mut trays = Vec::new();
        for to in Destination::ALL {
            let route = Route { context: context.clone(), to };
            trays.push(tray(&self.pool, &route, by, now).await.map_err(&failed)?);
        }
        Ok(trays)
    }

    async fn take(
        &self,
        taking: &Taking,
        gone: impl Fn(&Owner) -> bool + Send + Sync,
        now: Timestamp,
    ) -> Result<Vec<Parcel>, StoreError> {
        let failed = error("take letters from the outbox");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let standing = standings::of(&mut tx, &taking.route).await.map_err(&failed)?;
        if standing.again.is_some_and(|again| again > now) {
            return Ok(Vec::new());
        }
        let is_down = standing.failures >= taking.down;
        let busy = held(&mut tx, &taking.route, &gone, now).await.map_err(&failed)?;
        let room = if is_down { 1 } else { taking.at_once };
        let room = room.saturating_sub(busy).min(taking.most);
        if room == 0 {
            return Ok(Vec::new());
        }
        let rows = sql(HEADS)
            .bind(taking.route.context.as_str())
            .bind(taking.route.to.name())
            .bind(now.as_millisecond())
            .bind(is_down)
            .bind(room + busy)
            .rows(&mut tx)
            .await
            .map_err(&failed)?;
        let mut taken = Vec::new();
        for row in &rows {
            if taken.len() < room as usize && is_free(row, &gone, now).map_err(&failed)? {
                let parcel = parcel(row, taking.route.to).map_err(&failed)?;
                hold(&mut tx, &parcel, taking).await.map_err(&failed)?;
                taken.push(parcel);
            }
        }
        tx.commit().await.map_err(failed)?;
        Ok(taken)
    }

    async fn settle(
        &self,
        settled: &Settled,
        weigh: impl Fn(&Standing) -> (Standing, Option<AuditEntry>) + Send + Sync,
        now: Timestamp,
    ) -> Result<Noted, StoreError> {
        let failed = error("write down what became of a letter");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        if !put(&mut tx, settled, now).await.map_err(&failed)? {
            return Ok(Noted::NotOurs);
        }
        let before = standings::of(&mut tx, &settled.route).await.map_err(&failed)?;
        let (after, entry) = weigh(&before);
        if after != before {
            standings::set(&mut tx, &settled.route, &after).await.map_err(&failed)?;
        }
        if before.again.is_some() && after.failures == 0 {
            standings::wake(&mut tx, &settled.route, now).await.map_err(&failed)?;
        }
        let record = match entry {
            Some(entry) => Some(records::insert(&mut tx, entry, now).await.map_err(&failed)?),
            None => None,
        };
        tx.commit().await.map_err(failed)?;
        Ok(Noted::Now(record.map(Box::new)))
    }

    async fn give_up(
        &self,
        route: &Route,
        before: Timestamp,
        limit: u32,
        entry: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let failed = error("give letters up");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let text = format!("{POSTED} WHERE {} ORDER BY d.letter LIMIT $5", standings::OLD);
        let rows = standings::bound(text, route, before, now).bind(limit);
        let rows = rows.rows(&mut tx).await.map_err(&failed)?;
        let mut written = Vec::new();
        for row in &rows {
            let posted = posted(row).map_err(&failed)?;
            let number: i64 = row.read("letter").map_err(&failed)?;
            standings::bury(&mut tx, number, now).await.map_err(&failed)?;
            written.push(records::insert(&mut tx, entry(&posted), now).await.map_err(&failed)?);
        }
        tx.commit().await.map_err(failed)?;
        Ok(written)
    }

    async fn lapse(
        &self,
        route: &Route,
        before: Timestamp,
        entry: impl Fn(u64) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        let failed = error("give letters up");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let many = standings::bury_untried(&mut tx, route, before, now).await.map_err(&failed)?;
        if many == 0 {
            return Ok(None);
        }
        let record = records::insert(&mut tx, entry(many), now).await.map_err(&failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(Some(record))
    }

    async fn untold(&self) -> Result<Vec<Posted>, StoreError> {
        let failed = error("read the outbox");
        let text = format!("{POSTED} WHERE d.state IN ('waiting', 'dead') ORDER BY d.letter");
        let rows = sql(sqlx::AssertSqlSafe(text)).rows(&self.pool).await;
        rows.map_err(&failed)?.iter().map(posted).collect::<Result<_, _>>().map_err(failed)
    }

    async fn replay(
        &self,
        choice: &Choice,
        entry: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Replayed, StoreError> {
        let failed = error("replay letters");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let chosen = match choice {
            Choice::AllDead => standings::dead(&mut tx).await.map_err(&failed)?,
            Choice::Events(events) => events.clone(),
        };
        let mut done = Vec::new();
        for event in chosen {
            let letter = by_event(&mut tx, &event).await.map_err(&failed)?;
            let Some((number, letter)) = letter else { return Ok(Replayed::Unknown(event)) };
            if letter.state != Whereabouts::Dead {
                return Ok(Replayed::NotDead(Box::new(letter)));
            }
            standings::revive(&mut tx, number, now).await.map_err(&failed)?;
            records::insert(&mut tx, entry(&letter), now).await.map_err(&failed)?;
            done.push(Posted {
                state: Whereabouts::Waiting,
                attempts: 0,
                again: Some(now),
                ..letter
            });
        }
        tx.commit().await.map_err(failed)?;
        Ok(Replayed::Done(done))
    }
}

async fn tray(from: &Pool, route: &Route, by: &Owner, now: Timestamp) -> Result<Tray, sqlx::Error> {
    let waiting = sql("SELECT count(*) AS many, min(since) AS oldest,
             coalesce(max(CASE WHEN next <= $3 AND (holder IS DISTINCT FROM $4 OR held_until <= $3)
                 THEN CAST(1 AS BIGINT) ELSE 0 END), 0) AS due
         FROM deliveries WHERE state = 'waiting' AND context = $1 AND destination = $2")
    .bind(route.context.as_str())
    .bind(route.to.name())
    .bind(now.as_millisecond())
    .bind(json(by)?)
    .row(from)
    .await?;
    let dead = sql(
        "SELECT count(*) FROM deliveries WHERE state = 'dead' AND context = $1 AND destination = $2",
    )
    .bind(route.context.as_str())
    .bind(route.to.name())
    .row(from)
    .await?;
    Ok(Tray {
        to: route.to,
        waiting: waiting.read::<i64>("many")?.unsigned_abs(),
        oldest: waiting.read::<Option<i64>>("oldest")?.map(time).transpose()?,
        due: waiting.read("due")?,
        dead: dead.read::<i64>(0)?.unsigned_abs(),
        standing: standings::of(from, route).await?,
    })
}

/// How many letters are being delivered to a target this moment.
async fn held(
    from: &mut Tx,
    route: &Route,
    gone: &(impl Fn(&Owner) -> bool + Sync),
    now: Timestamp,
) -> Result<u32, sqlx::Error> {
    let rows = sql("SELECT holder, held_until FROM deliveries
         WHERE state = 'waiting' AND context = $1 AND destination = $2 AND holder IS NOT NULL")
    .bind(route.context.as_str())
    .bind(route.to.name())
    .rows(from)
    .await?;
    let mut busy = 0;
    for row in &rows {
        busy += u32::from(!is_free(row, gone, now)?);
    }
    Ok(busy)
}

fn is_free(row: &Row, gone: &impl Fn(&Owner) -> bool, now: Timestamp) -> Result<bool, sqlx::Error> {
    let (holder, until): (Option<String>, Option<i64>) =
        (row.read("holder")?, row.read("held_until")?);
    let (Some(holder), Some(until)) = (holder, until) else { return Ok(true) };
    Ok(until <= now.as_millisecond() || gone(&parsed(&holder)?))
}

async fn hold(to: &mut Tx, parcel: &Parcel, taking: &Taking) -> Result<(), sqlx::Error> {
    sql("UPDATE deliveries SET holder = $1, held_until = $2, attempts = $3 WHERE letter = $4")
        .bind(json(&taking.by)?)
        .bind(taking.until.as_millisecond())
        .bind(parcel.attempts)
        .bind(parcel.number)
        .execute(to)
        .await?;
    Ok(())
}

/// Moves a letter on, if it still is whose it was.
async fn put(to: &mut Tx, settled: &Settled, now: Timestamp) -> Result<bool, sqlx::Error> {
    let (state, next) = match settled.fate {
        Fate::Delivered => (Whereabouts::Delivered, now),
        Fate::Again(next) => (Whereabouts::Waiting, next),
        Fate::GivenUp => (Whereabouts::Dead, now),
    };
    let done = sql(
        "UPDATE deliveries SET state = $1, next = $2, settled = CASE WHEN $1 = 'waiting' THEN NULL ELSE $3 END,
             holder = NULL, held_until = NULL, status = $4, error = $5
         WHERE letter = $6 AND holder = $7 AND state = 'waiting'",
    )
    .bind(state.word())
    .bind(next.as_millisecond())
    .bind(now.as_millisecond())
    .bind(settled.status)
    .bind(settled.error.as_deref())
    .bind(settled.number)
    .bind(json(&settled.by)?)
    .execute(to)
    .await?;
    Ok(done == 1)
}

fn parcel(row: &Row, to: Destination) -> Result<Parcel, sqlx::Error> {
    Ok(Parcel {
        number: row.read("letter")?,
        event: row.read::<String>("event")?.into(),
        to,
        session: row.read::<String>("conversation")?.as_str().into(),
        since: time(row.read("since")?)?,
        attempts: row.read::<u32>("attempts")?.saturating_add(1),
        body: row.read("body")?,
    })
}

fn posted(row: &Row) -> Result<Posted, sqlx::Error> {
    let text = |name: &str| row.read::<String>(name);
    let (to, state) = (text("destination")?, text("state")?);
    let state = Whereabouts::from_word(&state).ok_or_else(|| odd(state))?;
    let next = time(row.read("next")?)?;
    Ok(Posted {
        id: text("event")?.into(),
        destination: Destination::from_name(&to).ok_or_else(|| odd(to))?,
        conversation: text("spelt")?.as_str().into(),
        context: text("context")?.into(),
        state,
        written: time(row.read("at")?)?,
        attempts: row.read("attempts")?,
        again: (state == Whereabouts::Waiting).then_some(next),
        status: row.read("status")?,
        error: row.read::<Option<String>>("error")?.map(Plain::from),
    })
}

async fn by_event(from: &mut Tx, event: &Plain) -> Result<Option<(i64, Posted)>, sqlx::Error> {
    let row = sql(sqlx::AssertSqlSafe(format!("{POSTED} WHERE o.event = $1")))
        .bind(event.as_str())
        .maybe(from)
        .await?;
    row.map(|row| Ok((row.read("letter")?, posted(&row)?))).transpose()
}

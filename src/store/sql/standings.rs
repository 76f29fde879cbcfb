//! How targets stand, and the changes of many letters at once.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::leases::odd;
use crate::{
    domain::{outbox::Standing, text::Plain},
    store::{
        db::{Row, Source, Sql, Tx, sql},
        deliveries::Route,
    },
};

/// Waits for too long, and nobody is delivering it; with the route, the latest beginning and now.
pub const OLD: &str = "d.state = 'waiting' AND d.context = $1 AND d.destination = $2 \
    AND d.since <= $3 AND (d.held_until IS NULL OR d.held_until <= $4)";

/// What is said of a letter that nobody could tell in time.
const TOO_OLD: &str = "it could not be told in time";

/// A moment, from milliseconds.
pub fn time(ms: i64) -> Result<Timestamp, sqlx::Error> {
    Timestamp::from_millisecond(ms).map_err(odd)
}

/// A query with what [`OLD`] asks for.
pub fn bound(text: String, route: &Route, before: Timestamp, now: Timestamp) -> Sql {
    sql(AssertSqlSafe(text))
        .bind(route.context.to_string())
        .bind(route.to.name())
        .bind(before.as_millisecond())
        .bind(now.as_millisecond())
}

/// How a target stands.
pub async fn of(from: impl Into<Source<'_>>, route: &Route) -> Result<Standing, sqlx::Error> {
    let row = sql("SELECT * FROM targets WHERE context = $1 AND destination = $2")
        .bind(route.context.as_str())
        .bind(route.to.name())
        .maybe(from)
        .await?;
    row.as_ref().map_or(Ok(Standing::default()), read)
}

fn read(row: &Row) -> Result<Standing, sqlx::Error> {
    Ok(Standing {
        failures: row.read("failures")?,
        again: row.read::<Option<i64>>("again")?.map(time).transpose()?,
        last: row.read("last")?,
        trouble: row.read::<Option<String>>("trouble")?.map(Plain::from),
    })
}

/// Writes down how a target stands.
pub async fn set(to: &mut Tx, route: &Route, standing: &Standing) -> Result<(), sqlx::Error> {
    sql("INSERT INTO targets (context, destination, failures, again, last, trouble)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (context, destination)
             DO UPDATE SET failures = $3, again = $4, last = $5, trouble = $6")
    .bind(route.context.as_str())
    .bind(route.to.name())
    .bind(standing.failures)
    .bind(standing.again.map(Timestamp::as_millisecond))
    .bind(standing.last)
    .bind(standing.trouble.as_deref())
    .execute(to)
    .await?;
    Ok(())
}

/// What waits for its next try to a target is due.
pub async fn wake(to: &mut Tx, route: &Route, now: Timestamp) -> Result<(), sqlx::Error> {
    sql("UPDATE deliveries SET next = $3
         WHERE state = 'waiting' AND context = $1 AND destination = $2 AND next > $3")
    .bind(route.context.as_str())
    .bind(route.to.name())
    .bind(now.as_millisecond())
    .execute(to)
    .await?;
    Ok(())
}

/// Gives a letter up. Why its last try failed stays known.
pub async fn bury(to: &mut Tx, letter: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    sql("UPDATE deliveries SET state = 'dead', settled = $1, holder = NULL, held_until = NULL,
             error = coalesce(error, $2)
         WHERE letter = $3")
    .bind(now.as_millisecond())
    .bind(TOO_OLD)
    .bind(letter)
    .execute(to)
    .await?;
    Ok(())
}

/// Gives up all that has grown old and was never tried; how many those were.
pub async fn bury_untried(
    to: &mut Tx,
    route: &Route,
    before: Timestamp,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let text = format!(
        "UPDATE deliveries AS d SET state = 'dead', settled = $4, error = '{TOO_OLD}'
         WHERE {OLD} AND d.attempts = 0"
    );
    bound(text, route, before, now).execute(to).await
}

/// The ids of all that were given up, the oldest first.
pub async fn dead(from: &mut Tx) -> Result<Vec<Plain>, sqlx::Error> {
    let rows = sql("SELECT o.event FROM deliveries d JOIN outbox o ON o.id = d.letter
         WHERE d.state = 'dead' ORDER BY d.letter")
    .rows(from)
    .await?;
    rows.iter().map(|row| Ok(row.read::<String>(0)?.into())).collect()
}

/// Has a letter told after all, as if it had just been written; its target is tried at once.
pub async fn revive(to: &mut Tx, letter: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    sql("UPDATE deliveries SET state = 'waiting', settled = NULL, since = $1, next = $1,
             attempts = 0, status = NULL, error = NULL
         WHERE letter = $2")
    .bind(now.as_millisecond())
    .bind(letter)
    .execute(to)
    .await?;
    sql("UPDATE targets SET again = NULL WHERE (context, destination) =
             (SELECT context, destination FROM deliveries WHERE letter = $1)")
    .bind(letter)
    .execute(to)
    .await?;
    Ok(())
}

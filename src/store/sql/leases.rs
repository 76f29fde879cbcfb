//! Supervisions, to and from rows: what is read of them, and how one is written.

use std::time::Duration;

use jiff::Timestamp;

use super::flights::{json, parsed};
use crate::{
    domain::{
        id::SessionId,
        lease::{Lease, Phase, Tenancy},
        supervision::{End, Hold, OnLoss, Supervised},
        text::Plain,
    },
    store::{
        Asking,
        db::{Row, Source, Tx, sql},
    },
};

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// A row that is none of ours.
pub fn odd(what: impl ToString) -> sqlx::Error {
    sqlx::Error::Decode(what.to_string().into())
}

/// Where a row is in its life, and why it is to end.
fn state(phase: Phase) -> (&'static str, Option<&'static str>) {
    match phase {
        Phase::Opening => ("opening", None),
        Phase::Open => ("open", None),
        Phase::Ending(end) => ("ending", Some(end.name())),
        // A column of its own says the rest.
        Phase::Released => ("open", None),
    }
}

/// What a row says.
pub fn lease(row: &Row) -> Result<Lease, sqlx::Error> {
    let text = |name: &str| row.read::<String>(name);
    let time = |ms: i64| Timestamp::from_millisecond(ms).map_err(odd);
    let span = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or_default());
    let (started, interval) = (time(row.read("started")?)?, span(row.read("interval")?));
    let beaten = row.read::<Option<i64>>("beaten")?.map(time).transpose()?;
    let why = row.read::<Option<String>>("why")?;
    let phase = match (text("state")?.as_str(), why.as_deref().and_then(End::from_name)) {
        ("opening", _) => Phase::Opening,
        ("ending", Some(end)) => Phase::Ending(end),
        _ if row.read("released")? => Phase::Released,
        _ => Phase::Open,
    };
    // A number is the time at which its beat was sent. That is known of one whose answer is not, so that
    // whoever takes the session over sends the next beat and not the same one again.
    let sequence = row.read("sequence")?;
    let last = [Some(started), beaten, Timestamp::from_millisecond(sequence).ok()];
    let next = jiff::SignedDuration::try_from(interval).unwrap_or_default();
    let it = Supervised {
        id: text("session")?.as_str().into(),
        token: row.read::<Option<String>>("token")?.map(Into::into),
        guest: row.read::<Option<String>>("guest")?.map(|guest| Plain::new(&guest)),
        opened_here: row.read("opened_here")?,
        hold: Hold::from_name(&text("hold")?).ok_or_else(|| odd("hold"))?,
        started,
        limit: row.read::<Option<i64>>("lasts")?.map(span),
        interval,
        on_loss: OnLoss::from_name(&text("policy")?).ok_or_else(|| odd("policy"))?,
        sequence,
        failures: row.read("failures")?,
        due: last.into_iter().flatten().max().and_then(|last| last.checked_add(next).ok()),
        paused: false,
        keeper: parsed(&text("owner")?)?,
        end: None,
    };
    let org = Tenancy { context: text("context")?.into(), dialect: text("dialect")?.into() };
    Ok(Lease { it, org, until: time(row.read("lease_until")?)?, beaten, phase })
}

/// Sessions opened by floorwalkers that have not ended and whose time is not up.
pub async fn count(
    from: impl Into<Source<'_>>,
    org: &Tenancy,
    now: Timestamp,
) -> Result<usize, sqlx::Error> {
    let row = sql("SELECT count(*) FROM supervisions
         WHERE context = $1 AND dialect = $2 AND ended IS NULL AND opened_here = 1
           AND (lasts IS NULL OR started + lasts > $3)")
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(now.as_millisecond())
    .row(from)
    .await?;
    Ok(usize::try_from(row.read::<i64>(0)?).unwrap_or_default())
}

/// Those whose beats take part in the request budget: a socket's echo costs none.
pub async fn asking(
    from: impl Into<Source<'_>>,
    org: &Tenancy,
) -> Result<Vec<Asking>, sqlx::Error> {
    let rows = sql("SELECT interval, count(*) AS sessions FROM supervisions
         WHERE context = $1 AND dialect = $2 AND ended IS NULL AND released = 0 AND hold != $3
         GROUP BY interval")
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(Hold::Echo.name())
    .rows(from)
    .await?;
    let read = |row: &Row| {
        let (interval, sessions): (i64, i64) = (row.read("interval")?, row.read("sessions")?);
        let interval = Duration::from_millis(u64::try_from(interval).map_err(odd)?);
        Ok(Asking { interval, sessions: usize::try_from(sessions).map_err(odd)? })
    };
    rows.iter().map(read).collect()
}

/// The row of a session that has not ended.
pub async fn one(
    from: impl Into<Source<'_>>,
    session: &SessionId,
) -> Result<Option<Lease>, sqlx::Error> {
    let row = sql("SELECT * FROM supervisions WHERE session = $1 AND ended IS NULL")
        .bind(session.to_string())
        .maybe(from)
        .await?;
    row.as_ref().map(lease).transpose()
}

/// The rows of all sessions that have not ended, the oldest first.
pub async fn all(from: impl Into<Source<'_>>, org: &Tenancy) -> Result<Vec<Lease>, sqlx::Error> {
    let rows =
        sql("SELECT * FROM supervisions WHERE context = $1 AND dialect = $2 AND ended IS NULL
         ORDER BY started, session")
        .bind(org.context.as_str())
        .bind(org.dialect.as_str())
        .rows(from)
        .await?;
    rows.iter().map(lease).collect()
}

/// Moves a row on. One that is let go has no lease any more.
pub async fn set_phase(to: &mut Tx, session: &SessionId, phase: Phase) -> Result<(), sqlx::Error> {
    let (name, why) = state(phase);
    sql("UPDATE supervisions SET state = $1, why = $2, released = $3,
             lease_until = CASE WHEN $3 = 1 THEN 0 ELSE lease_until END
         WHERE session = $4")
    .bind(name)
    .bind(why)
    .bind(phase == Phase::Released)
    .bind(session.to_string())
    .execute(to)
    .await?;
    Ok(())
}

/// Writes a row.
pub async fn insert(to: &mut Tx, lease: &Lease) -> Result<(), sqlx::Error> {
    let Lease { it, org, until, beaten, phase } = lease;
    let (state, why) = state(*phase);
    // What is there under this id has ended, or has just been found to be nobody's.
    sql("DELETE FROM supervisions WHERE session = $1").bind(it.id.to_string()).execute(to).await?;
    sql(
        "INSERT INTO supervisions (session, context, dialect, owner, lease_until,
             opened_here, hold, token, started, lasts, interval, policy, sequence, beaten,
             failures, state, why, released, guest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(it.id.to_string())
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(json(&it.keeper)?)
    .bind(until.as_millisecond())
    .bind(it.opened_here)
    .bind(it.hold.name())
    .bind(it.token.as_ref().map(|token| token.expose().to_owned()))
    .bind(it.started.as_millisecond())
    .bind(it.limit.map(millis))
    .bind(millis(it.interval))
    .bind(it.on_loss.name())
    .bind(it.sequence)
    .bind(beaten.map(Timestamp::as_millisecond))
    .bind(it.failures)
    .bind(state)
    .bind(why)
    .bind(*phase == Phase::Released)
    .bind(it.guest.as_ref().map(Plain::as_str))
    .execute(to)
    .await?;
    Ok(())
}

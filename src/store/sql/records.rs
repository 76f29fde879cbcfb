//! The chain in its table: records are sealed, appended and read.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, SqlitePool};
use uuid::Uuid;

use crate::{
    domain::{
        audit::{AuditEntry, AuditRecord, Hash, LogName, Sealed, Words},
        id::HandoffId,
    },
    policy::privacy::Privacy,
    store::db::{Pool, Row, Source, Sql, Tx, sql},
};

/// What a [`Sealed`] is made of.
pub const COLUMNS: &str = "seq, at, event, record, personal, hash";

const INTO: &str = "INSERT INTO audit (seq, at, top, event, record, personal, hash)";

/// Rows written by one statement. Few different numbers, so that each is prepared once.
const GROUPS: [usize; 3] = [256, 16, 1];

/// A record's time is when it was written in its place: whoever waited for their turn for no longer than
/// this wrote after the one before. A greater step back is a clock that was set back, and is kept.
const TURN_MS: i64 = 5_000;

/// Where the chain ends.
pub struct End {
    /// The last number; zero where there is no record.
    pub seq: i64,
    /// The latest time of all records, in ms.
    top: i64,
    /// What the next record follows.
    pub hash: Hash,
}

/// Numbers, seals and writes a record.
pub async fn insert(
    to: &mut Tx,
    entry: AuditEntry,
    now: Timestamp,
) -> Result<AuditRecord, sqlx::Error> {
    let draft = Draft::of(to.privacy, entry, now);
    let records = insert_all(to, vec![draft]).await?;
    records.into_iter().next().ok_or(sqlx::Error::RowNotFound)
}

/// Numbers, seals and writes records, in their order.
pub async fn insert_all(to: &mut Tx, drafts: Vec<Draft>) -> Result<Vec<AuditRecord>, sqlx::Error> {
    let end = end(&mut *to).await?;
    let Followed { records, rows, .. } = end.followed(drafts);
    write(to, rows).await?;
    Ok(records)
}

/// A record before it has its place in the chain, with what may be kept of people, and no more. All that is
/// done to it here need not be done by the one who writes for all.
#[derive(Clone, Debug)]
pub struct Draft {
    record: AuditRecord,
    words: Words,
}

impl Draft {
    /// Of what happened at `now`.
    pub fn of(privacy: Privacy, entry: AuditEntry, now: Timestamp) -> Self {
        let record = privacy.fit(entry).dated(now);
        let words = Words::of(&record, &Uuid::new_v4().simple().to_string());
        Self { record, words }
    }
}

/// What follows the end of the chain.
pub struct Followed {
    /// As they are told.
    pub records: Vec<AuditRecord>,
    /// As they are kept, with the latest time up to each.
    pub rows: Vec<(Sealed, i64)>,
    /// Where the chain ends with them.
    pub end: End,
}

impl End {
    /// Numbers and seals records.
    pub fn followed(self, drafts: Vec<Draft>) -> Followed {
        let mut followed = Followed {
            records: Vec::with_capacity(drafts.len()),
            rows: Vec::with_capacity(drafts.len()),
            end: self,
        };
        for Draft { mut record, words } in drafts {
            let end = &followed.end;
            (record.seq, record.timestamp) = (end.seq + 1, end.turn(record.timestamp));
            let sealed = Sealed::with(&record, words, end.hash);
            followed.end = end.after(&sealed);
            followed.records.push(record);
            followed.rows.push((sealed, followed.end.top));
        }
        followed
    }

    fn turn(&self, now: Timestamp) -> Timestamp {
        let back = self.top.saturating_sub(now.as_millisecond());
        match (1..=TURN_MS).contains(&back) {
            true => Timestamp::from_millisecond(self.top).unwrap_or(now),
            false => now,
        }
    }

    /// Where it ends with this record.
    pub fn after(&self, sealed: &Sealed) -> Self {
        Self { seq: sealed.seq, top: self.top.max(sealed.at), hash: sealed.hash }
    }

    /// What follows of records that were sealed elsewhere.
    pub fn then(&self, sealed: &[Sealed]) -> Vec<(Sealed, i64)> {
        let mut top = self.top;
        let rise = |sealed: &Sealed| {
            top = top.max(sealed.at);
            (sealed.clone(), top)
        };
        sealed.iter().map(rise).collect()
    }
}

/// Where the chain ends now.
pub async fn end<'a>(from: impl Into<Source<'a>>) -> Result<End, sqlx::Error> {
    // One statement, so that it needs no more than one look.
    let row = sql("SELECT log.name, last.seq, last.top, last.hash FROM log
         LEFT JOIN (SELECT seq, top, hash FROM audit ORDER BY seq DESC LIMIT 1) AS last ON 1 = 1")
    .row(from)
    .await?;
    match (row.read::<Option<i64>>(1)?, row.read::<Option<i64>>(2)?, row.read(3)?) {
        (Some(seq), Some(top), Some(hash)) => Ok(End { seq, top, hash: digest(hash)? }),
        _ => Ok(End { seq: 0, top: i64::MIN, hash: name(&row)?.genesis() }),
    }
}

/// What the log in this row is called.
pub fn name(row: &Row) -> Result<LogName, sqlx::Error> {
    row.read::<String>(0)?.parse().map_err(decoding)
}

/// Writes rows that follow each other, with the latest time up to each.
pub async fn write(to: &mut Tx, mut rows: Vec<(Sealed, i64)>) -> Result<(), sqlx::Error> {
    let Some(last) = rows.last().map(|(sealed, _)| sealed.seq) else { return Ok(()) };
    let mut rows = rows.drain(..);
    while rows.len() > 0 {
        let fits = GROUPS.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let query = sql(AssertSqlSafe(format!("{INTO} VALUES {}", places(fits, to.is_in_file()))));
        rows.by_ref().take(fits).fold(query, bind).execute(to).await?;
    }
    to.announce(last).await
}

/// Writes rows if the chain ends yet where they were sealed; false if others wrote meanwhile. One statement
/// that needs no transaction around it: few records are on disk sooner.
pub async fn write_behind(
    end: Hash,
    rows: Vec<(Sealed, i64)>,
    pool: &SqlitePool,
) -> Result<bool, sqlx::Error> {
    const LAST: &str = "(SELECT hash FROM audit ORDER BY seq DESC LIMIT 1)";
    let (count, places) = (rows.len(), places(rows.len(), true));
    let text = format!("{INTO} SELECT * FROM (VALUES {places}) WHERE {LAST} = ?");
    let query = rows.into_iter().fold(sql(AssertSqlSafe(text)), bind).bind(end.0.as_slice());
    Ok(query.alone(pool).await? == count as u64)
}

/// Placeholders for so many rows. SQLite looks for the name of each among all, unless they have none.
fn places(rows: usize, nameless: bool) -> String {
    let place = |n: usize| if nameless { "?".to_owned() } else { format!("${n}") };
    let row = |row: usize| {
        let places: Vec<String> = (1..=7).map(|n| place(row * 7 + n)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<String>>().join(", ")
}

fn bind(query: Sql, (sealed, top): (Sealed, i64)) -> Sql {
    let Sealed { seq, at, event, record, personal, hash } = sealed;
    let query = query.bind(seq).bind(at).bind(top).bind(event);
    query.bind(record).bind(personal).bind(hash.0.as_slice())
}

/// A record from a row of [`COLUMNS`].
pub fn sealed(row: &Row) -> Result<Sealed, sqlx::Error> {
    Ok(Sealed {
        seq: row.read(0)?,
        at: row.read(1)?,
        event: row.read(2)?,
        record: row.read(3)?,
        personal: row.read(4)?,
        hash: digest(row.read(5)?)?,
    })
}

fn digest(bytes: Vec<u8>) -> Result<Hash, sqlx::Error> {
    bytes.try_into().map(Hash).map_err(|_| decoding("a hash is 32 bytes"))
}

pub fn decoding(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

/// Records numbered below `before`, newest first.
pub async fn page<'a>(
    from: impl Into<Source<'a>>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRecord>, sqlx::Error> {
    let text = format!("SELECT {COLUMNS} FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2");
    let query = sql(AssertSqlSafe(text)).bind(before.unwrap_or(i64::MAX)).bind(limit);
    let rows = query.rows(from).await?;
    rows.iter().map(|row| Ok(sealed(row)?.shown())).collect()
}

/// The least and the greatest number among records of this span, in ms, the end not included. Not all
/// between them need be of it: clocks are set back.
pub async fn written(
    pool: &Pool,
    from: i64,
    until: i64,
) -> Result<Option<(i64, i64)>, sqlx::Error> {
    // All from then on are behind the first that reached it. All before the end are before the last that
    // had not passed it, but for those of clocks that were set back.
    let row = sql("SELECT (SELECT seq FROM audit WHERE top >= $1 ORDER BY top, seq LIMIT 1),
                (SELECT seq FROM audit WHERE top < $2 ORDER BY top DESC, seq DESC LIMIT 1),
                (SELECT seq FROM audit WHERE at < top AND at < $2 ORDER BY seq DESC LIMIT 1)")
    .bind(from)
    .bind(until)
    .row(pool)
    .await?;
    let first: Option<i64> = row.read(0)?;
    let (last, set_back) = (row.read::<Option<i64>>(1)?, row.read::<Option<i64>>(2)?);
    Ok(first.zip(last.max(set_back)).filter(|(first, last)| first <= last))
}

/// The record that ended a handoff. `ended` is when that was, in ms, as was written with it.
pub async fn end_of(
    pool: &Pool,
    handoff: &HandoffId,
    ended: i64,
) -> Result<Option<AuditRecord>, sqlx::Error> {
    // It may have waited for its turn. Where its time is not the latest, a clock was set back.
    let text = format!(
        "SELECT {COLUMNS} FROM audit WHERE event IN ('handoff_completed', 'handoff_rejected',
             'handoff_failed', 'handoff_cancelled', 'handoff_compensated')
         AND at BETWEEN $1 AND $2 AND (top BETWEEN $1 AND $2 OR at < top) ORDER BY seq DESC"
    );
    let query = sql(AssertSqlSafe(text)).bind(ended).bind(ended.saturating_add(TURN_MS));
    let rows = query.rows(pool).await?;
    for row in &rows {
        let record = sealed(row)?.shown();
        if record.handoff.as_ref() == Some(handoff) {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

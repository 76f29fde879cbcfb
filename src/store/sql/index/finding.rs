//! Finding: conditions to terms, terms to records.

use std::{fmt::Write, ops::RangeInclusive};

use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{
    fingerprint, place,
    vocabulary::{ids, token},
};
use crate::{
    domain::query::{Narrow, Range, terms::Piece},
    store::{
        Indexed,
        search::{Among, Leaf, MOST, Plan, Reach, leaves, reach},
    },
};

/// All pieces of a query together may stand for so many terms; FTS5 opens a list for each.
const MOST_TERMS: usize = 4 * MOST;
/// A piece of one or two letters is looked for in vocabularies up to this size, term by term.
const SMALL: i64 = 20_000;
/// So many groups of three letters tell enough; the rest would only be read.
const MOST_GRAMS: usize = 8;

/// How far the index goes, if it is ours and has begun.
pub async fn indexed(from: &mut SqliteConnection) -> Result<Option<Indexed>, sqlx::Error> {
    let sql = "SELECT version, log, upto, hash, begun FROM about";
    let row = sqlx::query(sql).fetch_one(from).await?;
    if row.try_get::<String, _>(0)? != fingerprint() {
        return Err(sqlx::Error::Protocol("another version of floorwalker keeps it".into()));
    }
    let text = |n: usize| row.try_get::<Option<String>, _>(n);
    let (Some(log), Some(hash)) = (text(1)?, text(3)?) else { return Ok(None) };
    let unreadable = |e| sqlx::Error::Decode(Box::new(e));
    Ok(Some(Indexed {
        log: log.parse().map_err(unreadable)?,
        upto: row.try_get(2)?,
        hash: hash.parse().map_err(unreadable)?,
        begun: row.try_get(4)?,
    }))
}

/// Where the index has what is looked for, as it is at one moment.
pub async fn plan(pool: &SqlitePool, narrow: &Narrow) -> Result<Plan, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut read = connection.begin().await?;
    let (generation, indexed) = (generation(&mut read).await?, indexed(&mut read).await?);
    let mut found = Vec::new();
    let mut left = MOST_TERMS;
    for leaf in leaves(narrow) {
        let most = MOST.min(left);
        let leaf = match leaf {
            Narrow::Term(field, piece) => terms(&mut read, *field, piece, most).await?,
            Narrow::Number(field, range) => numbers(&mut read, field, *range).await?,
            _ => Leaf::Frequent,
        };
        if let Leaf::Terms(terms) = &leaf {
            left -= terms.len();
        }
        found.push(leaf);
    }
    Ok(Plan { generation, indexed, reach: reach(narrow, &mut found.into_iter()) })
}

async fn generation(from: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT generation FROM about").fetch_one(from).await?.try_get(0)
}

/// The terms that hold a piece, unless they are more than `most`.
async fn terms(
    from: &mut SqliteConnection,
    field: Option<&'static str>,
    piece: &Piece,
    most: usize,
) -> Result<Leaf, sqlx::Error> {
    let (least, greatest) = match field.map(place) {
        Some(Some(place)) => ids(place),
        Some(None) => return Ok(Leaf::Frequent),
        None => (0, i64::MAX),
    };
    let grams = grams(&piece.text);
    let holds = if piece.whole { "terms.term = ?" } else { "instr(terms.term, ?)" };
    let sql = if !grams.is_empty() {
        format!(
            "SELECT terms.id FROM grams JOIN terms ON terms.id = grams.rowid
             WHERE grams MATCH '{grams}' AND grams.rowid BETWEEN {least} AND {greatest} AND {holds}
             LIMIT {}",
            most + 1
        )
    } else if field.is_some() && is_small(from, least, greatest).await? {
        format!("SELECT id FROM terms WHERE id BETWEEN {least} AND {greatest} AND {holds}")
    } else {
        return Ok(Leaf::Frequent);
    };
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(&piece.text).fetch_all(from).await?;
    Ok(if rows.len() > most { Leaf::Frequent } else { Leaf::Terms(first_column(&rows)?) })
}

/// All groups of three letters of a piece, or enough of them to cover it. A piece has only letters, digits,
/// hyphens and underscores, so nothing in it can end the quotes.
fn grams(piece: &str) -> String {
    let chars: Vec<char> = piece.chars().collect();
    let groups: Vec<&[char]> = chars.windows(3).collect();
    let step = if groups.len() > MOST_GRAMS { 3 } else { 1 };
    let mut written = String::new();
    for group in groups.into_iter().step_by(step) {
        let and = if written.is_empty() { "" } else { " AND " };
        _ = write!(written, "{and}\"{}\"", group.iter().collect::<String>());
    }
    written
}

async fn is_small(
    from: &mut SqliteConnection,
    least: i64,
    greatest: i64,
) -> Result<bool, sqlx::Error> {
    let sql = "SELECT coalesce(max(id) - ?1, 0) FROM terms WHERE id BETWEEN ?1 AND ?2";
    let row = sqlx::query(sql).bind(least).bind(greatest).fetch_one(from).await?;
    Ok(row.try_get::<i64, _>(0)? <= SMALL)
}

/// The records whose number lies in a range, unless they are too many.
async fn numbers(
    from: &mut SqliteConnection,
    field: &'static str,
    range: Range,
) -> Result<Leaf, sqlx::Error> {
    let place = match place(field) {
        Some(place) => i64::try_from(place).unwrap_or_default(),
        None => return Ok(Leaf::Frequent),
    };
    let sql = "SELECT seq FROM numbers WHERE place = ? AND value BETWEEN ? AND ? LIMIT ?";
    let rows = sqlx::query(sql)
        .bind(place)
        .bind(range.least())
        .bind(range.greatest())
        .bind(i64::try_from(MOST + 1).unwrap_or(i64::MAX))
        .fetch_all(from)
        .await?;
    Ok(if rows.len() > MOST { Leaf::Frequent } else { Leaf::Records(first_column(&rows)?) })
}

fn first_column(rows: &[SqliteRow]) -> Result<Vec<i64>, sqlx::Error> {
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// The newest records that a plan reaches.
pub async fn candidates(
    pool: &SqlitePool,
    plan: &Plan,
    within: RangeInclusive<i64>,
    limit: u32,
) -> Result<Option<Vec<i64>>, sqlx::Error> {
    let Reach::Some { terms, numbers } = &plan.reach else { return Ok(None) };
    let mut connection = pool.acquire().await?;
    let mut read = connection.begin().await?;
    if generation(&mut read).await? != plan.generation {
        return Ok(None);
    }
    let mut found: Vec<i64> = numbers.range(within.clone()).rev().copied().collect();
    if let Some(terms) = terms {
        let sql = "SELECT rowid FROM postings WHERE postings MATCH ? AND rowid BETWEEN ? AND ?
                   ORDER BY rowid DESC LIMIT ?";
        let rows = sqlx::query(sql)
            .bind(expression(terms))
            .bind(within.start())
            .bind(within.end())
            .bind(limit)
            .fetch_all(&mut *read)
            .await?;
        found.extend(first_column(&rows)?);
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup();
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Some(found))
}

/// The condition in the words of FTS5.
fn expression(among: &Among) -> String {
    let joined = |parts: Vec<String>, by: &str| format!("({})", parts.join(by));
    match among {
        Among::Any(terms) => joined(terms.iter().map(|id| token(*id)).collect(), " OR "),
        Among::And(parts) => joined(parts.iter().map(expression).collect(), " AND "),
        Among::Or(parts) => joined(parts.iter().map(expression).collect(), " OR "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{audit::AuditRecord, query::Subject};

    #[test]
    fn long_pieces_are_covered_by_few_groups() {
        assert_eq!(grams("ab"), "");
        assert_eq!(grams("über"), "\"übe\" AND \"ber\"");
        let id = grams("f47ac10b-58cc-4372-a567-0e02b2c3");
        assert!(
            id.starts_with("\"f47\" AND \"ac1\" AND") && id.matches(" AND ").count() < 12,
            "{id}"
        );
    }

    #[test]
    fn each_field_has_a_letter_for_its_tokens() {
        assert!(AuditRecord::FIELDS.len() <= 26);
        let (first, last) = ids(25);
        assert_eq!(
            (token(0), token(first), token(first + 36)),
            ("a0".into(), "z0".into(), "z01".into())
        );
        assert!(last < i64::MAX && token(last).starts_with('z'));
    }
}

//! Finding: conditions to terms, terms to records.

use std::{fmt::Write, ops::RangeInclusive};

use sqlx::{AssertSqlSafe, Connection, Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::super::{
    About,
    finding::{Lookup, SMALL, expression, found, newest},
};
use crate::{
    domain::query::{Narrow, Range, terms::Piece},
    store::{
        db::Row,
        search::{Leaf, MOST, Plan, Reach, reach},
    },
};

/// So many groups of three letters tell enough; the rest would only be read.
const MOST_GRAMS: usize = 8;

/// What the index says of itself, if it is ours.
pub async fn about(from: &mut SqliteConnection) -> Result<About, sqlx::Error> {
    let sql = format!("SELECT {} FROM about", About::COLUMNS);
    About::of(&Row::from(sqlx::query(AssertSqlSafe(sql)).fetch_one(from).await?))
}

/// Where the index has what is looked for, as it is at one moment.
pub async fn plan(pool: &SqlitePool, narrow: &Narrow) -> Result<Plan, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut read = connection.begin().await?;
    let About { generation, indexed } = about(&mut read).await?;
    let found = found(&mut *read, narrow).await?;
    Ok(Plan { generation, indexed, reach: reach(narrow, &mut found.into_iter()) })
}

async fn generation(from: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT generation FROM about").fetch_one(from).await?.try_get(0)
}

impl Lookup for SqliteConnection {
    async fn terms(
        &mut self,
        (least, greatest): (i64, i64),
        is_one: bool,
        piece: &Piece,
        most: usize,
    ) -> Result<Leaf, sqlx::Error> {
        let grams = grams(&piece.text);
        let holds = if piece.whole { "terms.term = ?" } else { "instr(terms.term, ?)" };
        let sql = if !grams.is_empty() {
            format!(
                "SELECT terms.id FROM grams JOIN terms ON terms.id = grams.rowid
                 WHERE grams MATCH '{grams}' AND grams.rowid BETWEEN {least} AND {greatest}
                   AND {holds}
                 LIMIT {}",
                most + 1
            )
        } else if is_one && is_small(self, least, greatest).await? {
            format!("SELECT id FROM terms WHERE id BETWEEN {least} AND {greatest} AND {holds}")
        } else {
            return Ok(Leaf::Frequent);
        };
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(&piece.text).fetch_all(self).await?;
        Ok(if rows.len() > most { Leaf::Frequent } else { Leaf::Terms(first_column(&rows)?) })
    }

    async fn numbers(&mut self, place: i64, range: Range) -> Result<Leaf, sqlx::Error> {
        let sql = "SELECT seq FROM numbers WHERE place = ? AND value BETWEEN ? AND ? LIMIT ?";
        let rows = sqlx::query(sql)
            .bind(place)
            .bind(range.least())
            .bind(range.greatest())
            .bind(i64::try_from(MOST + 1).unwrap_or(i64::MAX))
            .fetch_all(self)
            .await?;
        Ok(if rows.len() > MOST { Leaf::Frequent } else { Leaf::Records(first_column(&rows)?) })
    }
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
    let listed: Vec<i64> = numbers.range(within.clone()).copied().collect();
    let Some(terms) = terms else { return Ok(Some(newest(listed, Vec::new(), limit))) };
    let sql = "SELECT rowid FROM postings WHERE postings MATCH ? AND rowid BETWEEN ? AND ?
               ORDER BY rowid DESC LIMIT ?";
    let rows = sqlx::query(sql)
        .bind(expression(terms, " AND ", " OR "))
        .bind(within.start())
        .bind(within.end())
        .bind(limit)
        .fetch_all(&mut *read)
        .await?;
    Ok(Some(newest(listed, first_column(&rows)?, limit)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}

//! Finding: conditions to terms, terms to records.
//!
//! The newest records with a term are found in one of two ways. One that many have is among the newest
//! records, which are gone through; what few have is looked up, and put in order then. The server would
//! choose between them by what it supposes of terms that it has not counted: here it is tried.

use std::ops::RangeInclusive;

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use super::{
    super::{
        About,
        finding::{Lookup, SMALL, expression, found, newest},
    },
    about,
};
use crate::{
    domain::query::{Narrow, Range, terms::Piece},
    store::{
        db::server::knocking,
        search::{Among, Leaf, MOST, Plan, Reach, reach},
    },
};

/// Nobody empties the tables while they are read, so that everything is of one filling.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const HOLD: &str = "LOCK TABLE search_terms, search_postings, search_numbers IN ACCESS SHARE MODE";

/// Of so many of the newest records for each that is wanted, one must have what is looked for, or it is
/// looked up.
const AMONG: u32 = 32;
/// Going through records for more terms than this takes longer than looking them up.
const FEW: usize = 64;

/// The newest among the newest. The inner limit is what the server can't do otherwise.
const NEAR: &str = "SELECT seq FROM (
        SELECT seq, terms FROM search_postings WHERE seq BETWEEN $2 AND $3
        ORDER BY seq DESC LIMIT $5
    ) AS near WHERE terms @@ $1::TSQUERY ORDER BY seq DESC LIMIT $4";
/// All that have it, put in order then.
const FAR: &str = "WITH far AS MATERIALIZED (
        SELECT seq FROM search_postings WHERE terms @@ $1::TSQUERY
    ) SELECT seq FROM far WHERE seq BETWEEN $2 AND $3 ORDER BY seq DESC LIMIT $4";

/// Whether there is an index of trigrams.
pub async fn has_grams(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let sql = "SELECT to_regclass('search_terms_grams') IS NOT NULL";
    sqlx::query_scalar(sql).fetch_one(pool).await
}

async fn read(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut read = knocking(|| pool.begin_with(BEGIN)).await?;
    sqlx::raw_sql(HOLD).execute(&mut *read).await?;
    Ok(read)
}

/// Where the index has what is looked for, as it is at one moment.
pub async fn plan(pool: &PgPool, narrow: &Narrow) -> Result<Plan, sqlx::Error> {
    let mut read = read(pool).await?;
    let About { generation, indexed } = about(&mut read).await?;
    let found = found(&mut *read, narrow).await?;
    Ok(Plan { generation, indexed, reach: reach(narrow, &mut found.into_iter()) })
}

impl Lookup for PgConnection {
    async fn terms(
        &mut self,
        (least, greatest): (i64, i64),
        is_one: bool,
        piece: &Piece,
        most: usize,
    ) -> Result<Leaf, sqlx::Error> {
        let is_short = piece.text.chars().count() < 3;
        if is_short && !piece.whole && !(is_one && is_small(self, least, greatest).await?) {
            return Ok(Leaf::Frequent);
        }
        let (holds, text) = match piece.whole {
            true => ("term = $1", piece.text.clone()),
            // Of what stands for others there, pieces have the underscore only.
            false => ("term LIKE $1", format!("%{}%", piece.text.replace('_', "\\_"))),
        };
        let sql = format!(
            "SELECT id FROM search_terms WHERE {holds} AND id BETWEEN {least} AND {greatest}
             LIMIT {}",
            most + 1
        );
        // Not kept prepared: what is the best way depends on the piece.
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(text).persistent(false);
        let terms: Vec<i64> = query.fetch_all(&mut *self).await?;
        Ok(if terms.len() > most { Leaf::Frequent } else { Leaf::Terms(terms) })
    }

    async fn numbers(&mut self, place: i64, range: Range) -> Result<Leaf, sqlx::Error> {
        let sql = "SELECT seq FROM search_numbers WHERE place = $1 AND value BETWEEN $2 AND $3
            LIMIT $4";
        let records: Vec<i64> = sqlx::query_scalar(sql)
            .bind(place)
            .bind(range.least())
            .bind(range.greatest())
            .bind(i64::try_from(MOST + 1).unwrap_or(i64::MAX))
            .fetch_all(&mut *self)
            .await?;
        Ok(if records.len() > MOST { Leaf::Frequent } else { Leaf::Records(records) })
    }
}

async fn is_small(from: &mut PgConnection, least: i64, greatest: i64) -> Result<bool, sqlx::Error> {
    let sql = "SELECT coalesce(max(id) - $1, 0) FROM search_terms WHERE id BETWEEN $1 AND $2";
    let size: i64 = sqlx::query_scalar(sql).bind(least).bind(greatest).fetch_one(from).await?;
    Ok(size <= SMALL)
}

/// The newest records that a plan reaches.
pub async fn candidates(
    pool: &PgPool,
    plan: &Plan,
    within: RangeInclusive<i64>,
    limit: u32,
) -> Result<Option<Vec<i64>>, sqlx::Error> {
    let Reach::Some { terms, numbers } = &plan.reach else { return Ok(None) };
    let mut read = read(pool).await?;
    if about(&mut read).await?.generation != plan.generation {
        return Ok(None);
    }
    let listed: Vec<i64> = numbers.range(within.clone()).copied().collect();
    let Some(terms) = terms else { return Ok(Some(newest(listed, Vec::new(), limit))) };
    let wanted = expression(terms, "&", "|");
    if count(terms) <= FEW {
        let near = near(&mut read, &wanted, &within, limit).await?;
        if near.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            return Ok(Some(newest(listed, near, limit)));
        }
    }
    Ok(Some(newest(listed, far(&mut read, &wanted, &within, limit).await?, limit)))
}

fn count(among: &Among) -> usize {
    match among {
        Among::Any(terms) => terms.len(),
        Among::And(parts) | Among::Or(parts) => parts.iter().map(count).sum(),
    }
}

async fn near(
    from: &mut PgConnection,
    wanted: &str,
    within: &RangeInclusive<i64>,
    limit: u32,
) -> Result<Vec<i64>, sqlx::Error> {
    let query = sqlx::query_scalar(NEAR).bind(wanted).bind(within.start()).bind(within.end());
    let query = query.bind(i64::from(limit)).bind(i64::from(limit) * i64::from(AMONG));
    query.persistent(false).fetch_all(from).await
}

async fn far(
    from: &mut PgConnection,
    wanted: &str,
    within: &RangeInclusive<i64>,
    limit: u32,
) -> Result<Vec<i64>, sqlx::Error> {
    // Terms that the server has not counted it takes for frequent, and would read everything.
    sqlx::raw_sql("SET LOCAL enable_seqscan = off").execute(&mut *from).await?;
    let query = sqlx::query_scalar(FAR).bind(wanted).bind(within.start()).bind(within.end());
    query.bind(i64::from(limit)).persistent(false).fetch_all(from).await
}

//! Filing records, many in one transaction, and beginning anew.

use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::{
    super::{
        filing::{Rows, Written},
        fingerprint,
        vocabulary::Known,
    },
    FILING, PATIENCE, PostgresIndex, about,
};
use crate::{
    domain::audit::{Head, Sealed},
    store::Indexed,
};

/// Trigrams are an extension that a database has only if somebody may add it.
const GRAMS: &str = "CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX IF NOT EXISTS search_terms_grams ON search_terms USING gin (term gin_trgm_ops)";

const TERMS: &str = "INSERT INTO search_terms (id, term)
    SELECT (row ->> 0)::BIGINT, row ->> 1 FROM json_array_elements($1::JSON) AS rows (row)";
const POSTINGS: &str = "INSERT INTO search_postings (seq, terms)
    SELECT (row ->> 0)::BIGINT, array_to_tsvector(string_to_array(row ->> 1, ' '))
    FROM json_array_elements($1::JSON) AS rows (row)";
const NUMBERS: &str = "INSERT INTO search_numbers (place, value, seq)
    SELECT (row ->> 0)::BIGINT, (row ->> 1)::DOUBLE PRECISION, (row ->> 2)::BIGINT
    FROM json_array_elements($1::JSON) AS rows (row)";

/// Whether so many records are filed by now that other ways to find them may be the fastest.
const DOUBLED: &str = "SELECT coalesce(upto, 0) >= 2 * greatest(reltuples, 0)
    FROM search_about, pg_class WHERE pg_class.oid = CAST('search_postings' AS REGCLASS)";
const COUNTED: &str = "ANALYZE search_terms; ANALYZE search_postings; ANALYZE search_numbers";

/// Makes the index of trigrams.
///
/// # Errors
/// If we may not, or there are none on this server.
pub async fn make_grams(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut write = pool.begin().await?;
    let made = format!("{PATIENCE}; SELECT pg_advisory_xact_lock({FILING}); {GRAMS}");
    sqlx::raw_sql(AssertSqlSafe(made)).execute(&mut *write).await?;
    write.commit().await
}

/// Empties all tables. What was in them is in files that go with this transaction's end.
pub async fn empty(write: &mut PgConnection) -> Result<(), sqlx::Error> {
    const TABLES: &str = "TRUNCATE search_terms, search_postings, search_numbers";
    const ABOUT: &str = "INSERT INTO search_about (id, version, generation) VALUES (1, $1, 0)
        ON CONFLICT (id) DO UPDATE SET version = $1, log = NULL, begun = NULL, upto = NULL,
            hash = NULL, generation = search_about.generation + 1";
    sqlx::raw_sql(TABLES).execute(&mut *write).await?;
    sqlx::query(ABOUT).bind(fingerprint()).execute(write).await.map(drop)
}

impl Known for PgConnection {
    async fn terms(
        &mut self,
        least: i64,
        greatest: i64,
        most: i64,
    ) -> Result<Vec<(i64, String)>, sqlx::Error> {
        let sql = "SELECT id, term FROM search_terms WHERE id BETWEEN $1 AND $2
            ORDER BY id DESC LIMIT $3";
        sqlx::query_as(sql).bind(least).bind(greatest).bind(most).fetch_all(self).await
    }
}

async fn insert(rows: &Written, to: &mut PgConnection) -> Result<(), sqlx::Error> {
    for (sql, rows) in [(TERMS, &rows.terms), (POSTINGS, &rows.postings), (NUMBERS, &rows.numbers)]
    {
        sqlx::query(sql).bind(rows).execute(&mut *to).await?;
    }
    Ok(())
}

impl PostgresIndex {
    /// Files records that follow `after`, if it still ends there.
    pub(super) async fn add(
        &self,
        after: &Indexed,
        records: &[Sealed],
    ) -> Result<bool, sqlx::Error> {
        let Some(last) = records.last() else { return Ok(true) };
        let mut vocabulary = self.vocabulary.lock().await;
        let mut write = self.write().await?;
        let about = about(&mut write).await?;
        if about.indexed.as_ref() != Some(after) {
            return Ok(false);
        }
        vocabulary.follow(&mut *write, about.generation, after.upto).await?;
        let rows = Rows::of(records, &mut vocabulary);
        let filed = async {
            insert(&rows.written()?, &mut write).await?;
            sqlx::query("UPDATE search_about SET upto = $1, hash = $2")
                .bind(last.seq)
                .bind(last.hash.to_string())
                .execute(&mut *write)
                .await?;
            write.commit().await
        };
        match filed.await {
            Ok(()) => vocabulary.filed(about.generation, last.seq),
            Err(e) => {
                // It holds terms that are in no table.
                vocabulary.forget();
                return Err(e);
            }
        }
        Ok(true)
    }

    /// Empties all tables, for the log that ends with `head`.
    pub(super) async fn begin_anew(&self, head: &Head) -> Result<(), sqlx::Error> {
        self.vocabulary.lock().await.forget();
        let mut write = self.write().await?;
        empty(&mut write).await?;
        sqlx::query("UPDATE search_about SET log = $1, begun = $2, upto = 0, hash = $3")
            .bind(head.log.as_str())
            .bind(head.size)
            .bind(head.log.genesis().to_string())
            .execute(&mut *write)
            .await?;
        write.commit().await
    }

    /// Puts in its place what was filed and waits beside its index, and counts what there is, once it is twice
    /// as much as when it was counted last: the server chooses its way by that.
    pub(super) async fn merge(&self) -> Result<(), sqlx::Error> {
        let grams = if self.has_grams {
            "SELECT gin_clean_pending_list('search_terms_grams');"
        } else {
            ""
        };
        let tidied = format!("SELECT gin_clean_pending_list('search_postings_terms'); {grams}");
        sqlx::raw_sql(AssertSqlSafe(tidied)).execute(&self.pool).await?;
        // One that nobody has counted yet has fewer than none.
        let doubled: bool = sqlx::query_scalar(DOUBLED).fetch_one(&self.pool).await?;
        if doubled {
            sqlx::raw_sql(COUNTED).execute(&self.pool).await?;
        }
        Ok(())
    }
}

//! Filing records, many in one transaction, and beginning anew.

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{
    super::{
        filing::{Rows, Written},
        vocabulary::Known,
    },
    SqliteIndex, make_tables,
};
use crate::{
    domain::audit::{Head, Sealed},
    store::Indexed,
};

impl Known for SqliteConnection {
    async fn terms(
        &mut self,
        least: i64,
        greatest: i64,
        most: i64,
    ) -> Result<Vec<(i64, String)>, sqlx::Error> {
        let sql = "SELECT id, term FROM terms WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?";
        let query = sqlx::query_as(sql).bind(least).bind(greatest).bind(most);
        query.fetch_all(self).await
    }
}

async fn insert(rows: &Written, to: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let both = "SELECT value ->> 0, value ->> 1 FROM json_each(?)";
    for (into, select, rows) in [
        ("terms (id, term)", both, &rows.terms),
        ("grams (rowid, term)", both, &rows.terms),
        ("postings (rowid, terms)", both, &rows.postings),
        (
            "numbers (place, value, seq)",
            "SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)",
            &rows.numbers,
        ),
    ] {
        let sql = format!("INSERT INTO {into} {select}");
        sqlx::query(AssertSqlSafe(sql)).bind(rows).execute(&mut *to).await?;
    }
    Ok(())
}

impl SqliteIndex {
    /// Files records that follow `after`, if it still ends there.
    pub(super) async fn add(
        &self,
        after: &Indexed,
        records: &[Sealed],
    ) -> Result<bool, sqlx::Error> {
        let Some(last) = records.last() else { return Ok(true) };
        let mut vocabulary = self.vocabulary.lock().await;
        let mut write = self.write().await?;
        let about = super::finding::about(&mut write).await?;
        if about.indexed.as_ref() != Some(after) {
            return Ok(false);
        }
        let generation = about.generation;
        vocabulary.follow(&mut *write, generation, after.upto).await?;
        let rows = Rows::of(records, &mut vocabulary);
        let filed = async {
            insert(&rows.written()?, &mut write).await?;
            sqlx::query("UPDATE about SET upto = ?, hash = ?")
                .bind(last.seq)
                .bind(last.hash.to_string())
                .execute(&mut *write)
                .await?;
            write.commit().await
        };
        match filed.await {
            Ok(()) => vocabulary.filed(generation, last.seq),
            Err(e) => {
                // It holds terms that are in no file.
                vocabulary.forget();
                return Err(e);
            }
        }
        Ok(true)
    }

    /// Empties all tables, and leaves nothing of what was in them on the disk: a purge has to end here too.
    pub(super) async fn begin_anew(&self, head: &Head) -> Result<(), sqlx::Error> {
        self.vocabulary.lock().await.forget();
        let mut connection = self.pool.acquire().await?;
        sqlx::raw_sql("PRAGMA secure_delete = ON").execute(&mut *connection).await?;
        let emptied = empty(&mut connection, head).await;
        // Only a checkpoint takes it out of the file that is written ahead. A reader may hold it up; the
        // next one does it then.
        let checkpoint = "PRAGMA secure_delete = OFF; PRAGMA wal_checkpoint(TRUNCATE)";
        sqlx::raw_sql(checkpoint).execute(&mut *connection).await?;
        emptied
    }

    /// Merges what many small transactions have left lying side by side.
    pub(super) async fn merge(&self) -> Result<(), sqlx::Error> {
        for table in ["grams", "postings"] {
            let sql = format!("INSERT INTO {table} ({table}, rank) VALUES ('merge', 2000)");
            sqlx::query(AssertSqlSafe(sql)).execute(&self.pool).await?;
        }
        Ok(())
    }
}

async fn empty(connection: &mut SqliteConnection, head: &Head) -> Result<(), sqlx::Error> {
    use sqlx::Connection;
    let mut write = connection.begin_with("BEGIN IMMEDIATE").await?;
    let sql = "SELECT generation FROM about";
    let generation: i64 = sqlx::query(sql).fetch_one(&mut *write).await?.try_get(0)?;
    make_tables(&mut write, generation + 1).await?;
    sqlx::query("UPDATE about SET log = ?, begun = ?, upto = 0, hash = ?")
        .bind(head.log.as_str())
        .bind(head.size)
        .bind(head.log.genesis().to_string())
        .execute(&mut *write)
        .await?;
    write.commit().await
}

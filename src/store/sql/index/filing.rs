//! Filing records, many in one transaction, and beginning anew.

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{
    SqliteIndex, make_tables,
    vocabulary::{Vocabulary, token},
};
use crate::{
    domain::{
        audit::{AuditRecord, Head, Sealed},
        query::{Kind, Subject, terms},
    },
    store::Indexed,
};

/// What records add to the tables, row by row. It goes there as one JSON text a table: a statement for
/// each row would cost several times the writing.
#[derive(Default)]
struct Rows {
    terms: Vec<(i64, String)>,
    postings: Vec<(i64, String)>,
    numbers: Vec<(usize, f64, i64)>,
}

impl Rows {
    fn of(records: &[Sealed], vocabulary: &mut Vocabulary) -> Self {
        let mut rows = Self::default();
        for sealed in records {
            match sealed.read() {
                Ok(record) => rows.add(&record, sealed.seq, vocabulary),
                // Nobody can be shown it either; `audit verify` names it.
                Err(e) => tracing::warn!(seq = sealed.seq, "a record can't be read: {e}"),
            }
        }
        // FTS5 gathers what comes in ascending order, and writes at once what does not.
        rows.terms.sort_unstable();
        rows
    }

    fn add(&mut self, record: &AuditRecord, seq: i64, vocabulary: &mut Vocabulary) {
        let mut tokens = String::new();
        for (place, term) in terms::of(record) {
            let Some((id, is_new)) = vocabulary.id(place, &term) else { continue };
            tokens.push_str(&token(id));
            tokens.push(' ');
            if is_new {
                self.terms.push((id, term));
            }
        }
        self.postings.push((seq, tokens));
        for (place, field) in AuditRecord::FIELDS.iter().enumerate() {
            if let (Kind::Span { .. }, Some(number)) = (field.kind, record.number(field.name)) {
                self.numbers.push((place, number, seq));
            }
        }
    }

    async fn insert(&self, to: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let [terms, postings] = [&self.terms, &self.postings].map(serde_json::to_string);
        let encoded = |e| sqlx::Error::Encode(Box::new(e));
        let (terms, postings) = (terms.map_err(encoded)?, postings.map_err(encoded)?);
        let numbers = serde_json::to_string(&self.numbers).map_err(encoded)?;
        let both = "SELECT value ->> 0, value ->> 1 FROM json_each(?)";
        for (into, select, rows) in [
            ("terms (id, term)", both, &terms),
            ("grams (rowid, term)", both, &terms),
            ("postings (rowid, terms)", both, &postings),
            (
                "numbers (place, value, seq)",
                "SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)",
                &numbers,
            ),
        ] {
            let sql = format!("INSERT INTO {into} {select}");
            sqlx::query(AssertSqlSafe(sql)).bind(rows).execute(&mut *to).await?;
        }
        Ok(())
    }
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
        if super::finding::indexed(&mut write).await?.as_ref() != Some(after) {
            return Ok(false);
        }
        let sql = "SELECT generation FROM about";
        let generation = sqlx::query(sql).fetch_one(&mut *write).await?.try_get(0)?;
        vocabulary.follow(&mut write, generation, after.upto).await?;
        let rows = Rows::of(records, &mut vocabulary);
        let filed = async {
            rows.insert(&mut write).await?;
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

//! Requests, calls and histories in SQLite.

mod receive;
mod rows;

use jiff::{SignedDuration, Timestamp};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use self::rows::{Written, request, state_of};
use super::{
    Sqlite, error,
    flights::{json, parsed},
    records,
};
use crate::{
    domain::{
        audit::AuditRecord,
        id::{HandoffId, RequestId, SessionId},
        inbox::{Answer, Heard, Mode, Print, Request},
        lease::Tenancy,
        text::Plain,
    },
    policy::intake::reply,
    store::{
        Call, Change, Engaged, Fate, KEPT, LINES, Received, Requests, SAME, StoreError,
        TurnedRequest,
    },
};

impl Requests for Sqlite {
    async fn receive(
        &self,
        org: &Tenancy,
        calls: &[Call],
        now: Timestamp,
    ) -> Result<Vec<Received>, StoreError> {
        let failed = error("take a webhook in");
        let mut all = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        let mut received = Vec::with_capacity(calls.len());
        for call in calls {
            received.push(receive::one(&mut all, org, call, now).await.map_err(&failed)?);
        }
        all.commit().await.map_err(failed)?;
        Ok(received)
    }

    async fn answers(
        &self,
        org: &Tenancy,
        keys: &[Print],
    ) -> Result<Vec<Option<Answer>>, StoreError> {
        let failed = error("look for an answer");
        let mut connection = self.pool.acquire().await.map_err(&failed)?;
        let mut answers = Vec::with_capacity(keys.len());
        for key in keys {
            answers.push(answer_of(&mut connection, org, key).await.map_err(&failed)?);
        }
        Ok(answers)
    }

    async fn answer(
        &self,
        org: &Tenancy,
        key: &Print,
        answer: &Answer,
    ) -> Result<Answer, StoreError> {
        let failed = error("answer a webhook");
        let mut both = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        sqlx::query(
            "UPDATE calls SET status = ?, body = ?, retry = ?
             WHERE context = ? AND dialect = ? AND key = ? AND status IS NULL",
        )
        .bind(answer.status)
        .bind(&answer.body)
        .bind(answer.retry_after)
        .bind(org.context.as_str())
        .bind(org.dialect.as_str())
        .bind(&key[..])
        .execute(&mut *both)
        .await
        .map_err(&failed)?;
        let stands = answer_of(&mut both, org, key).await.map_err(&failed)?;
        both.commit().await.map_err(&failed)?;
        Ok(stands.unwrap_or_else(|| answer.clone()))
    }

    async fn engage(
        &self,
        engaged: &Engaged,
        from: &[&'static str],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let failed = error("take a request");
        let mut both = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        let row = state_of(&mut both, &engaged.request).await.map_err(&failed)?;
        match row {
            // Taken by this very handoff before.
            Some((word, Some(by))) if word == "handing" && by == engaged.handoff => {
                return Ok(true);
            }
            Some((word, _)) if from.contains(&word.as_str()) => {}
            _ => return Ok(false),
        }
        sqlx::query(
            "UPDATE requests SET state = 'handing', handoff = ?, owner = ?, since = ?, until = NULL,
                 because = NULL, tries = tries + 1,
                 version = (SELECT max(version) + 1 FROM requests)
             WHERE id = ?",
        )
        .bind(engaged.handoff.to_string())
        .bind(json(&engaged.owner).map_err(&failed)?)
        .bind(now.as_millisecond())
        .bind(engaged.request.to_string())
        .execute(&mut *both)
        .await
        .map_err(&failed)?;
        both.commit().await.map_err(failed)?;
        Ok(true)
    }

    async fn turn_request(
        &self,
        turn: TurnedRequest,
        now: Timestamp,
    ) -> Result<Option<(Request, Option<AuditRecord>)>, StoreError> {
        let failed = error("move a request on");
        let mut all = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        let turned = turn_one(&mut all, turn, now).await.map_err(&failed)?;
        if turned.is_some() {
            all.commit().await.map_err(failed)?;
        }
        Ok(turned)
    }

    async fn changes(
        &self,
        org: &Tenancy,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let failed = error("read the inbox");
        let rows = sqlx::query(
            "SELECT * FROM requests WHERE version > ? AND context = ? AND dialect = ?
             ORDER BY version LIMIT ?",
        )
        .bind(after)
        .bind(org.context.as_str())
        .bind(org.dialect.as_str())
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .map_err(&failed)?;
        // One row that nobody can read must not hide the others.
        let read = |row: &SqliteRow| match rows::change(row) {
            Ok(change) => Some(change),
            Err(error) => {
                tracing::error!(%error, "a request can't be read");
                None
            }
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    async fn history(&self, org: &Tenancy, session: &SessionId) -> Result<Vec<Heard>, StoreError> {
        let failed = error("read a conversation's history");
        let rows = sqlx::query(
            "SELECT heard FROM turns WHERE context = ? AND dialect = ? AND conversation = ?
             ORDER BY id",
        )
        .bind(org.context.as_str())
        .bind(org.dialect.as_str())
        .bind(session.to_string())
        .fetch_all(&self.pool)
        .await
        .map_err(&failed)?;
        rows.iter().map(|row| parsed(row.try_get(0)?)).collect::<Result<_, _>>().map_err(failed)
    }

    async fn fate(&self, handoff: &HandoffId) -> Result<Fate, StoreError> {
        let failed = error("look for a handoff");
        let id = handoff.to_string();
        let row = sqlx::query("SELECT ended, departure IS NOT NULL FROM handoffs WHERE id = ?")
            .bind(&id)
            .fetch_optional(&self.pool)
            .await
            .map_err(&failed)?;
        let Some(row) = row else { return Ok(Fate::Unannounced) };
        let (ended, left): (Option<i64>, bool) =
            (row.try_get(0).map_err(&failed)?, row.try_get(1).map_err(&failed)?);
        if ended.is_none() {
            return Ok(Fate::UnderWay);
        }
        // The last of its records that ends it: written with the row that says so.
        let row = sqlx::query(
            "SELECT event, error FROM audit WHERE handoff = ? AND event IN ('handoff_completed',
                 'handoff_rejected', 'handoff_failed', 'handoff_cancelled', 'handoff_compensated')
             ORDER BY seq DESC LIMIT 1",
        )
        .bind(&id)
        .fetch_optional(&self.pool)
        .await
        .map_err(&failed)?;
        let Some(row) = row else { return Ok(Fate::UnderWay) };
        let event: String = row.try_get(0).map_err(&failed)?;
        let told: Option<String> = row.try_get(1).map_err(&failed)?;
        Ok(Fate::Ended { event: event.into(), error: told.map(Plain::from), left })
    }

    async fn tidy(&self, now: Timestamp) -> Result<(), StoreError> {
        let failed = error("tidy the inbox");
        let before = |age| {
            let age = SignedDuration::try_from(age).unwrap_or_default();
            now.checked_sub(age).unwrap_or(now).as_millisecond()
        };
        for (sql, age) in [
            ("DELETE FROM calls WHERE received < ?", SAME),
            ("DELETE FROM turns WHERE at < ?", KEPT),
            (
                "DELETE FROM requests WHERE since < ?
                     AND state IN ('done', 'failed', 'declined', 'expired')
                     AND version < (SELECT max(version) FROM requests)",
                KEPT,
            ),
        ] {
            let done = sqlx::query(sql).bind(before(age)).execute(&self.pool).await;
            done.map_err(&failed)?;
        }
        Ok(())
    }
}

async fn answer_of(
    from: &mut SqliteConnection,
    org: &Tenancy,
    key: &Print,
) -> Result<Option<Answer>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT status, body, retry FROM calls
         WHERE context = ? AND dialect = ? AND key = ? AND status IS NOT NULL",
    )
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(&key[..])
    .fetch_optional(from)
    .await?;
    row.as_ref().map(rows::answer).transpose()
}

/// Writes a line of a conversation's history, and forgets the lines before the newest.
async fn hear(
    to: &mut SqliteConnection,
    org: &Tenancy,
    session: &SessionId,
    heard: &Heard,
) -> Result<(), sqlx::Error> {
    let session = session.to_string();
    sqlx::query(
        "INSERT INTO turns (context, dialect, conversation, at, heard) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(&session)
    .bind(heard.timestamp.as_millisecond())
    .bind(json(heard)?)
    .execute(&mut *to)
    .await?;
    sqlx::query(
        "DELETE FROM turns WHERE context = ?1 AND dialect = ?2 AND conversation = ?3 AND id <=
             (SELECT id FROM turns WHERE context = ?1 AND dialect = ?2 AND conversation = ?3
              ORDER BY id DESC LIMIT 1 OFFSET ?4)",
    )
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(&session)
    .bind(LINES)
    .execute(to)
    .await?;
    Ok(())
}

async fn turn_one(
    all: &mut SqliteConnection,
    turn: TurnedRequest,
    now: Timestamp,
) -> Result<Option<(Request, Option<AuditRecord>)>, sqlx::Error> {
    let stands = state_of(all, &turn.request).await?;
    let expected = stands.is_some_and(|(word, handoff)| {
        let by = turn.handoff.as_ref().is_none_or(|by| handoff.as_ref() == Some(by));
        turn.from.contains(&word.as_str()) && by
    });
    // One that comes back may have been asked for anew meanwhile.
    if !expected || (turn.to.is_open() && has_newer(all, &turn.request).await?) {
        return Ok(None);
    }
    let written = Written::from(&turn.to);
    sqlx::query(
        "UPDATE requests SET state = ?, until = ?, because = ?, handoff = ?, owner = NULL,
             since = ?, expires = coalesce(?, expires), mode = coalesce(?, mode),
             version = (SELECT max(version) + 1 FROM requests)
         WHERE id = ?",
    )
    .bind(written.word)
    .bind(written.until)
    .bind(written.because)
    .bind(written.handoff)
    .bind(now.as_millisecond())
    .bind(turn.expires.map(Timestamp::as_millisecond))
    .bind(turn.mode.map(Mode::word))
    .bind(turn.request.to_string())
    .execute(&mut *all)
    .await?;
    let (org, request) = request(all, &turn.request).await?;
    if let Some(heard) = &turn.heard {
        hear(all, &org, &request.session, heard).await?;
    }
    tell(all, &request, turn.again_in).await?;
    let record = match turn.entry {
        Some(entry) => Some(records::insert(all, entry, now).await?),
        None => None,
    };
    Ok(Some((request, record)))
}

/// Whether another request is open for the same conversation.
async fn has_newer(from: &mut SqliteConnection, request: &RequestId) -> Result<bool, sqlx::Error> {
    let (org, request) = rows::request(from, request).await?;
    Ok(open_for(from, &org, &request.session).await?.is_some_and(|open| open != request.id))
}

/// Answers the calls that have waited for a request, if its state is an answer.
async fn tell(
    all: &mut SqliteConnection,
    request: &Request,
    again_in: u32,
) -> Result<(), sqlx::Error> {
    for route in [crate::domain::inbox::Route::BotHandoff, crate::domain::inbox::Route::Messaging] {
        let Some(answer) = reply(route, request, again_in) else { return Ok(()) };
        sqlx::query(
            "UPDATE calls SET status = ?, body = ?, retry = ?
             WHERE request = ? AND route = ? AND status IS NULL",
        )
        .bind(answer.status)
        .bind(answer.body)
        .bind(answer.retry_after)
        .bind(request.id.to_string())
        .bind(route.name())
        .execute(&mut *all)
        .await?;
    }
    Ok(())
}

/// The request that is open for a conversation.
async fn open_for(
    from: &mut SqliteConnection,
    org: &Tenancy,
    session: &SessionId,
) -> Result<Option<RequestId>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT id FROM requests WHERE context = ? AND dialect = ? AND conversation = ?
             AND state IN ('queued', 'proposed', 'handing', 'deferred')",
    )
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(session.to_string())
    .fetch_optional(from)
    .await?;
    row.map(|row| Ok(row.try_get::<String, _>(0)?.as_str().into())).transpose()
}

//! Requests, calls and histories.

mod receive;
mod rows;

use jiff::{SignedDuration, Timestamp};

use self::rows::{Written, request, state_of};
use super::{
    Database, error,
    flights::{json, parsed},
    records,
};
use crate::{
    domain::{
        audit::AuditRecord,
        id::{HandoffId, RequestId, SessionId},
        inbox::{Answer, Heard, Mode, Print, Request},
        lease::Tenancy,
    },
    policy::intake::reply,
    store::{
        Call, Change, Engaged, Fate, KEPT, LINES, Received, Requests, SAME, StoreError,
        TurnedRequest,
        db::{Row, Source, Tx, sql},
    },
};

impl Requests for Database {
    async fn receive(
        &self,
        org: &Tenancy,
        calls: &[Call],
        now: Timestamp,
    ) -> Result<Vec<Received>, StoreError> {
        let failed = error("take a webhook in");
        let mut all = self.pool.write().await.map_err(&failed)?;
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
        let mut answers = Vec::with_capacity(keys.len());
        for key in keys {
            answers.push(answer_of(&self.pool, org, key).await.map_err(&failed)?);
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
        let mut both = self.pool.write().await.map_err(&failed)?;
        sql("UPDATE calls SET status = $1, body = $2, retry = $3
             WHERE context = $4 AND dialect = $5 AND key = $6 AND status IS NULL")
        .bind(answer.status)
        .bind(&answer.body)
        .bind(answer.retry_after)
        .bind(org.context.as_str())
        .bind(org.dialect.as_str())
        .bind(&key[..])
        .execute(&mut both)
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
        let mut both = self.pool.write().await.map_err(&failed)?;
        let row = state_of(&mut both, &engaged.request).await.map_err(&failed)?;
        match row {
            // Taken by this very handoff before.
            Some((word, Some(by))) if word == "handing" && by == engaged.handoff => {
                return Ok(true);
            }
            Some((word, _)) if from.contains(&word.as_str()) => {}
            _ => return Ok(false),
        }
        sql(
            "UPDATE requests SET state = 'handing', handoff = $1, owner = $2, since = $3, until = NULL,
                 because = NULL, tries = tries + 1,
                 version = (SELECT max(version) + 1 FROM requests)
             WHERE id = $4",
        )
        .bind(engaged.handoff.to_string())
        .bind(json(&engaged.owner).map_err(&failed)?)
        .bind(now.as_millisecond())
        .bind(engaged.request.to_string())
        .execute(&mut both)
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
        let mut all = self.pool.write().await.map_err(&failed)?;
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
        let rows =
            sql("SELECT * FROM requests WHERE version > $1 AND context = $2 AND dialect = $3
             ORDER BY version LIMIT $4")
            .bind(after)
            .bind(org.context.as_str())
            .bind(org.dialect.as_str())
            .bind(limit)
            .rows(&self.pool)
            .await
            .map_err(&failed)?;
        // One row that nobody can read must not hide the others.
        let read = |row: &Row| match rows::change(row) {
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
        let rows =
            sql("SELECT heard FROM turns WHERE context = $1 AND dialect = $2 AND conversation = $3
             ORDER BY id")
            .bind(org.context.as_str())
            .bind(org.dialect.as_str())
            .bind(session.to_string())
            .rows(&self.pool)
            .await
            .map_err(&failed)?;
        rows.iter()
            .map(|row| parsed(&row.read::<String>(0)?))
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    async fn fate(&self, handoff: &HandoffId) -> Result<Fate, StoreError> {
        let failed = error("look for a handoff");
        let id = handoff.to_string();
        let row = sql("SELECT ended, departure FROM handoffs WHERE id = $1")
            .bind(&id)
            .maybe(&self.pool)
            .await
            .map_err(&failed)?;
        let Some(row) = row else { return Ok(Fate::Unannounced) };
        let ended: Option<i64> = row.read(0).map_err(&failed)?;
        let left = row.read::<Option<String>>(1).map_err(&failed)?.is_some();
        let Some(ended) = ended else { return Ok(Fate::UnderWay) };
        let end = records::end_of(&self.pool, handoff, ended).await.map_err(failed)?;
        Ok(end.map_or(Fate::UnderWay, |end| Fate::Ended {
            event: end.event,
            error: end.error,
            left,
        }))
    }

    async fn tidy(&self, now: Timestamp) -> Result<(), StoreError> {
        let failed = error("tidy the inbox");
        let before = |age| {
            let age = SignedDuration::try_from(age).unwrap_or_default();
            now.checked_sub(age).unwrap_or(now).as_millisecond()
        };
        for (text, age) in [
            ("DELETE FROM calls WHERE received < $1", SAME),
            ("DELETE FROM turns WHERE at < $1", KEPT),
            (
                "DELETE FROM requests WHERE since < $1
                     AND state IN ('done', 'failed', 'declined', 'expired')
                     AND version < (SELECT max(version) FROM requests)",
                KEPT,
            ),
        ] {
            sql(text).bind(before(age)).write(&self.pool).await.map_err(&failed)?;
        }
        Ok(())
    }
}

async fn answer_of(
    from: impl Into<Source<'_>>,
    org: &Tenancy,
    key: &Print,
) -> Result<Option<Answer>, sqlx::Error> {
    let row = sql("SELECT status, body, retry FROM calls
         WHERE context = $1 AND dialect = $2 AND key = $3 AND status IS NOT NULL")
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(&key[..])
    .maybe(from)
    .await?;
    row.as_ref().map(rows::answer).transpose()
}

/// Writes a line of a conversation's history, and forgets the lines before the newest.
async fn hear(
    to: &mut Tx,
    org: &Tenancy,
    session: &SessionId,
    heard: &Heard,
) -> Result<(), sqlx::Error> {
    let session = session.to_string();
    sql(
        "INSERT INTO turns (context, dialect, conversation, at, heard) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(&session)
    .bind(heard.timestamp.as_millisecond())
    .bind(json(heard)?)
    .execute(to)
    .await?;
    sql("DELETE FROM turns WHERE context = $1 AND dialect = $2 AND conversation = $3 AND id <=
             (SELECT id FROM turns WHERE context = $1 AND dialect = $2 AND conversation = $3
              ORDER BY id DESC LIMIT 1 OFFSET $4)")
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(&session)
    .bind(LINES)
    .execute(to)
    .await?;
    Ok(())
}

async fn turn_one(
    all: &mut Tx,
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
    sql("UPDATE requests SET state = $1, until = $2, because = $3, handoff = $4, owner = NULL,
             since = $5, expires = coalesce($6, expires), mode = coalesce($7, mode),
             version = (SELECT max(version) + 1 FROM requests)
         WHERE id = $8")
    .bind(written.word)
    .bind(written.until)
    .bind(written.because)
    .bind(written.handoff)
    .bind(now.as_millisecond())
    .bind(turn.expires.map(Timestamp::as_millisecond))
    .bind(turn.mode.map(Mode::word))
    .bind(turn.request.to_string())
    .execute(all)
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
async fn has_newer(from: &mut Tx, request: &RequestId) -> Result<bool, sqlx::Error> {
    let (org, request) = rows::request(from, request).await?;
    Ok(open_for(from, &org, &request.session).await?.is_some_and(|open| open != request.id))
}

/// Answers the calls that have waited for a request, if its state is an answer.
async fn tell(all: &mut Tx, request: &Request, again_in: u32) -> Result<(), sqlx::Error> {
    for route in [crate::domain::inbox::Route::BotHandoff, crate::domain::inbox::Route::Messaging] {
        let Some(answer) = reply(route, request, again_in) else { return Ok(()) };
        sql("UPDATE calls SET status = $1, body = $2, retry = $3
             WHERE request = $4 AND route = $5 AND status IS NULL")
        .bind(answer.status)
        .bind(answer.body)
        .bind(answer.retry_after)
        .bind(request.id.to_string())
        .bind(route.name())
        .execute(all)
        .await?;
    }
    Ok(())
}

/// The request that is open for a conversation.
async fn open_for(
    from: &mut Tx,
    org: &Tenancy,
    session: &SessionId,
) -> Result<Option<RequestId>, sqlx::Error> {
    let row =
        sql("SELECT id FROM requests WHERE context = $1 AND dialect = $2 AND conversation = $3
             AND state IN ('queued', 'proposed', 'handing', 'deferred')")
        .bind(org.context.as_str())
        .bind(org.dialect.as_str())
        .bind(session.to_string())
        .maybe(from)
        .await?;
    row.map(|row| Ok(row.read::<String>(0)?.as_str().into())).transpose()
}

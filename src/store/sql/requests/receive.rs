//! Taking one call in: has it come before, what does it add to, what is it told.

use jiff::{SignedDuration, Timestamp};

use super::{
    hear, open_for,
    rows::{Written, answer, request},
};
use crate::{
    domain::{
        id::{QueueId, RequestId},
        inbox::{Answer, Asked, Heard, Mode, Plea, Request, Said, State},
        lease::Tenancy,
    },
    policy::intake::{Verdict, first_state, reply},
    store::{
        Call, MOST_OPEN, Received, SAME,
        db::{Tx, sql},
        sql::flights::json,
    },
};

/// Seconds after which a caller may ask again where nothing better is known.
const AGAIN: u32 = 10;

/// Takes a call in.
pub async fn one(
    all: &mut Tx,
    org: &Tenancy,
    call: &Call,
    now: Timestamp,
) -> Result<Received, sqlx::Error> {
    if let Some(before) = earlier(all, org, &call.asked, now).await? {
        return Ok(before);
    }
    if let Said::Turn { event, intent, text } = &call.asked.said {
        let (event, intent, text) = (event.clone(), intent.clone(), text.clone());
        let heard = Heard { event, intent, text, metadata: None, timestamp: now };
        hear(all, org, &call.asked.session, &heard).await?;
    }
    let (request, answer) = match &call.verdict {
        Verdict::Continue { answer } => (None, Some(answer.clone())),
        Verdict::Ask { queue, mode, plea } => {
            let asked = Ask { queue: queue.as_ref(), mode: *mode, plea, expires: call.expires };
            let Some(request) = ask(all, org, &call.asked, &asked, now).await? else {
                return Ok(Received::Crowded);
            };
            let answer = reply(call.asked.route, &request, again_in(&request, now));
            (Some(request.id), answer)
        }
    };
    note(all, org, &call.asked, request.as_ref(), answer.as_ref(), now).await?;
    Ok(match (answer, request) {
        (Some(answer), _) => Received::Answered(answer),
        (None, Some(request)) => Received::Waits(request),
        // A verdict is one or the other.
        (None, None) => Received::Mistaken,
    })
}

/// What the same call was told before, while it counts as the same.
async fn earlier(
    all: &mut Tx,
    org: &Tenancy,
    asked: &Asked,
    now: Timestamp,
) -> Result<Option<Received>, sqlx::Error> {
    let same = SignedDuration::try_from(SAME).unwrap_or_default();
    let since = now.checked_sub(same).unwrap_or(now);
    let row = sql("SELECT digest, request, status, body, retry FROM calls
         WHERE context = $1 AND dialect = $2 AND key = $3 AND received > $4")
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(&asked.key[..])
    .bind(since.as_millisecond())
    .maybe(&mut *all)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.read::<Vec<u8>>("digest")? != asked.digest {
        return Ok(Some(Received::Mistaken));
    }
    let id: Option<String> = row.read("request")?;
    let id = id.map(|id| RequestId::from(id.as_str()));
    let told: Option<u16> = row.read("status")?;
    Ok(Some(match (told, id) {
        // Who was asked to come again is told how it stands now.
        (Some(503), Some(id)) => again(all, org, asked, id, now).await?,
        (Some(_), _) => Received::Answered(answer(&row)?),
        (None, Some(id)) => Received::Waits(id),
        (None, None) => Received::Mistaken,
    }))
}

async fn again(
    all: &mut Tx,
    org: &Tenancy,
    asked: &Asked,
    id: RequestId,
    now: Timestamp,
) -> Result<Received, sqlx::Error> {
    let (_, request) = request(all, &id).await?;
    let answer = reply(asked.route, &request, again_in(&request, now));
    note(all, org, asked, Some(&id), answer.as_ref(), now).await?;
    Ok(answer.map_or(Received::Waits(id), Received::Answered))
}

/// Writes a call down.
async fn note(
    all: &mut Tx,
    org: &Tenancy,
    asked: &Asked,
    request: Option<&RequestId>,
    answer: Option<&Answer>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    // What is there under this key is too old to count, or is told anew.
    sql("INSERT INTO calls (context, dialect, key, digest, received, route, request,
             status, body, retry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (context, dialect, key) DO UPDATE SET digest = $4, received = $5, route = $6,
             request = $7, status = $8, body = $9, retry = $10")
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(&asked.key[..])
    .bind(&asked.digest[..])
    .bind(now.as_millisecond())
    .bind(asked.route.name())
    .bind(request.map(RequestId::to_string))
    .bind(answer.map(|answer| answer.status))
    .bind(answer.map(|answer| answer.body.as_str()))
    .bind(answer.and_then(|answer| answer.retry_after))
    .execute(all)
    .await?;
    Ok(())
}

/// What is asked for.
struct Ask<'a> {
    queue: Option<&'a QueueId>,
    mode: Mode,
    plea: &'a Plea,
    expires: Timestamp,
}

/// The request that a call adds to, or begins.
async fn ask(
    all: &mut Tx,
    org: &Tenancy,
    asked: &Asked,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<Option<Request>, sqlx::Error> {
    let known = match open_for(all, org, &asked.session).await? {
        // One that is not wanted needs no new line each time that the bot says so.
        None if ask.mode == Mode::Off => switched_off(all, org, asked).await?,
        open => open,
    };
    let id = match known {
        Some(known) => {
            hear_again(all, &known, asked, ask, now).await?;
            known
        }
        None if is_crowded(all, org).await? => return Ok(None),
        None => {
            let id = RequestId::random();
            begin(all, org, &id, asked, ask, now).await?;
            id
        }
    };
    request(all, &id).await.map(|(_, request)| Some(request))
}

/// The last request of this conversation for a queue that takes none.
async fn switched_off(
    all: &mut Tx,
    org: &Tenancy,
    asked: &Asked,
) -> Result<Option<RequestId>, sqlx::Error> {
    let row =
        sql("SELECT id FROM requests WHERE context = $1 AND dialect = $2 AND conversation = $3
             AND mode = 'off' ORDER BY version DESC LIMIT 1")
        .bind(org.context.as_str())
        .bind(org.dialect.as_str())
        .bind(asked.session.to_string())
        .maybe(all)
        .await?;
    row.map(|row| Ok(row.read::<String>(0)?.as_str().into())).transpose()
}

async fn is_crowded(all: &mut Tx, org: &Tenancy) -> Result<bool, sqlx::Error> {
    let row = sql("SELECT count(*) FROM requests WHERE context = $1 AND dialect = $2
             AND state IN ('queued', 'proposed', 'handing', 'deferred')")
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .row(all)
    .await?;
    Ok(row.read::<i64>(0)? >= MOST_OPEN)
}

/// The bot asks again: the newest words count. Where it goes and who decides stays as it was while it is
/// on its way.
async fn hear_again(
    all: &mut Tx,
    open: &RequestId,
    asked: &Asked,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (_, before) = request(all, open).await?;
    let plea = ask.plea.clone().after(before.plea);
    sql("UPDATE requests SET asked = asked + 1, heard = $1, route = $2, plea = $3,
             queue = CASE WHEN state IN ('proposed', 'deferred') THEN $4 ELSE queue END,
             mode = CASE WHEN state IN ('proposed', 'deferred') THEN $5 ELSE mode END,
             expires = CASE WHEN expires < $6 THEN $6 ELSE expires END,
             version = (SELECT max(version) + 1 FROM requests)
         WHERE id = $7")
    .bind(now.as_millisecond())
    .bind(asked.route.name())
    .bind(json(&plea)?)
    .bind(ask.queue.map(QueueId::to_string))
    .bind(ask.mode.word())
    .bind(ask.expires.as_millisecond())
    .bind(open.to_string())
    .execute(all)
    .await?;
    Ok(())
}

async fn begin(
    all: &mut Tx,
    org: &Tenancy,
    id: &RequestId,
    asked: &Asked,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let state = first_state(ask.queue, ask.mode);
    let written = Written::from(&state);
    sql("INSERT INTO requests (id, context, dialect, conversation, route, received, heard, asked,
             queue, mode, plea, state, until, because, since, expires, tries, version)
         VALUES ($1, $2, $3, $4, $5, $6, $6, 1, $7, $8, $9, $10, $11, $12, $6, $13, 0,
             (SELECT coalesce(max(version), 0) + 1 FROM requests))")
    .bind(id.to_string())
    .bind(org.context.as_str())
    .bind(org.dialect.as_str())
    .bind(asked.session.to_string())
    .bind(asked.route.name())
    .bind(now.as_millisecond())
    .bind(ask.queue.map(QueueId::to_string))
    .bind(ask.mode.word())
    .bind(json(ask.plea)?)
    .bind(written.word)
    .bind(written.until)
    .bind(written.because)
    .bind(ask.expires.as_millisecond())
    .execute(all)
    .await?;
    Ok(())
}

/// Seconds until a request whose queue is full is tried again.
fn again_in(request: &Request, now: Timestamp) -> u32 {
    match &request.state {
        State::Deferred { until, .. } => {
            let left = until.duration_since(now).as_secs();
            u32::try_from(left).unwrap_or(AGAIN).saturating_add(1)
        }
        _ => AGAIN,
    }
}

//! Requests and answers, to and from rows.

use jiff::Timestamp;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    domain::{
        id::{HandoffId, RequestId},
        inbox::{Answer, Mode, Request, Route, State},
        lease::Tenancy,
        text::Plain,
    },
    store::{
        Change,
        sqlite::{flights::parsed, leases::odd},
    },
};

/// A state as a row has it.
pub struct Written {
    pub word: &'static str,
    pub until: Option<i64>,
    pub because: Option<String>,
    pub handoff: Option<String>,
}

impl From<&State> for Written {
    fn from(state: &State) -> Self {
        let until = match state {
            State::Deferred { until, .. } => Some(until.as_millisecond()),
            _ => None,
        };
        Self {
            word: state.word(),
            until,
            because: state.reason().map(Plain::to_string),
            handoff: state.handoff().map(HandoffId::to_string),
        }
    }
}

/// How a request stands, and by which handoff.
pub async fn state_of(
    from: &mut SqliteConnection,
    id: &RequestId,
) -> Result<Option<(String, Option<HandoffId>)>, sqlx::Error> {
    let row = sqlx::query("SELECT state, handoff FROM requests WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(from)
        .await?;
    row.map(|row| {
        let handoff: Option<String> = row.try_get(1)?;
        Ok((row.try_get(0)?, handoff.map(|id| id.as_str().into())))
    })
    .transpose()
}

/// A request, and whose it is.
pub async fn request(
    from: &mut SqliteConnection,
    id: &RequestId,
) -> Result<(Tenancy, Request), sqlx::Error> {
    let row = sqlx::query("SELECT * FROM requests WHERE id = ?")
        .bind(id.to_string())
        .fetch_one(from)
        .await?;
    let text = |name: &str| row.try_get::<String, _>(name).map(Plain::from);
    let org = Tenancy { context: text("context")?, dialect: text("dialect")? };
    Ok((org, read(&row)?))
}

/// A request that has changed.
pub fn change(row: &SqliteRow) -> Result<Change, sqlx::Error> {
    let owner = row.try_get::<Option<String>, _>("owner")?;
    Ok(Change {
        version: row.try_get("version")?,
        request: read(row)?,
        owner: owner.as_deref().map(parsed).transpose()?,
    })
}

/// The route of this name.
pub fn route(name: &str) -> Result<Route, sqlx::Error> {
    let routes = [Route::BotHandoff, Route::Messaging];
    routes.into_iter().find(|route| route.name() == name).ok_or_else(|| odd("route"))
}

fn read(row: &SqliteRow) -> Result<Request, sqlx::Error> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let time = |name: &str| Timestamp::from_millisecond(row.try_get(name)?).map_err(odd);
    let modes = [Mode::Auto, Mode::Propose, Mode::Off];
    let mode = text("mode")?;
    let queue = row.try_get::<Option<String>, _>("queue")?;
    Ok(Request {
        id: text("id")?.as_str().into(),
        session: text("conversation")?.as_str().into(),
        route: route(&text("route")?)?,
        received: time("received")?,
        heard: time("heard")?,
        asked: row.try_get("asked")?,
        queue: queue.map(|id| id.as_str().into()),
        mode: modes.into_iter().find(|m| m.word() == mode).ok_or_else(|| odd("mode"))?,
        plea: parsed(&text("plea")?)?,
        state: state(row)?,
        since: time("since")?,
        expires: time("expires")?,
        tries: row.try_get("tries")?,
    })
}

fn state(row: &SqliteRow) -> Result<State, sqlx::Error> {
    let because = row.try_get::<Option<String>, _>("because")?.map(Plain::from);
    let reason = because.clone().unwrap_or_default();
    let handoff = || {
        let id = row.try_get::<Option<String>, _>("handoff")?;
        id.map(|id| HandoffId::from(id.as_str())).ok_or_else(|| odd("handoff"))
    };
    let until = || Timestamp::from_millisecond(row.try_get("until")?).map_err(odd);
    Ok(match row.try_get::<String, _>("state")?.as_str() {
        "queued" => State::Queued,
        "proposed" => State::Proposed { because },
        "handing" => State::Handing { handoff: handoff()? },
        "deferred" => State::Deferred { until: until()?, because: reason },
        "done" => State::Done { handoff: handoff()? },
        "failed" => State::Failed { reason },
        "declined" => State::Declined { reason },
        "expired" => State::Expired { because },
        _ => return Err(odd("state")),
    })
}

/// An answer that was given.
pub fn answer(row: &SqliteRow) -> Result<Answer, sqlx::Error> {
    Ok(Answer {
        status: row.try_get("status")?,
        body: row.try_get("body")?,
        retry_after: row.try_get("retry")?,
    })
}

//! Requests and answers, to and from rows.

use jiff::Timestamp;

use crate::{
    domain::{
        id::{HandoffId, RequestId},
        inbox::{Answer, Mode, Request, Route, State},
        lease::Tenancy,
        text::Plain,
    },
    store::{
        Change,
        db::{Row, Tx, sql},
        sql::{flights::parsed, leases::odd},
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
    from: &mut Tx,
    id: &RequestId,
) -> Result<Option<(String, Option<HandoffId>)>, sqlx::Error> {
    let row = sql("SELECT state, handoff FROM requests WHERE id = $1")
        .bind(id.to_string())
        .maybe(from)
        .await?;
    row.map(|row| {
        let handoff: Option<String> = row.read(1)?;
        Ok((row.read(0)?, handoff.map(|id| id.as_str().into())))
    })
    .transpose()
}

/// A request, and whose it is.
pub async fn request(from: &mut Tx, id: &RequestId) -> Result<(Tenancy, Request), sqlx::Error> {
    let row = sql("SELECT * FROM requests WHERE id = $1").bind(id.to_string()).row(from).await?;
    let text = |name: &str| row.read::<String>(name).map(Plain::from);
    let org = Tenancy { context: text("context")?, dialect: text("dialect")? };
    Ok((org, read(&row)?))
}

/// A request that has changed.
pub fn change(row: &Row) -> Result<Change, sqlx::Error> {
    let owner = row.read::<Option<String>>("owner")?;
    Ok(Change {
        version: row.read("version")?,
        request: read(row)?,
        owner: owner.as_deref().map(parsed).transpose()?,
    })
}

/// The route of this name.
pub fn route(name: &str) -> Result<Route, sqlx::Error> {
    let routes = [Route::BotHandoff, Route::Messaging];
    routes.into_iter().find(|route| route.name() == name).ok_or_else(|| odd("route"))
}

fn read(row: &Row) -> Result<Request, sqlx::Error> {
    let text = |name: &str| row.read::<String>(name);
    let time = |name: &str| Timestamp::from_millisecond(row.read(name)?).map_err(odd);
    let modes = [Mode::Auto, Mode::Propose, Mode::Off];
    let mode = text("mode")?;
    let queue = row.read::<Option<String>>("queue")?;
    Ok(Request {
        id: text("id")?.as_str().into(),
        session: text("conversation")?.as_str().into(),
        route: route(&text("route")?)?,
        received: time("received")?,
        heard: time("heard")?,
        asked: row.read("asked")?,
        queue: queue.map(|id| id.as_str().into()),
        mode: modes.into_iter().find(|m| m.word() == mode).ok_or_else(|| odd("mode"))?,
        plea: parsed(&text("plea")?)?,
        state: state(row)?,
        since: time("since")?,
        expires: time("expires")?,
        tries: row.read("tries")?,
    })
}

fn state(row: &Row) -> Result<State, sqlx::Error> {
    let because = row.read::<Option<String>>("because")?.map(Plain::from);
    let reason = because.clone().unwrap_or_default();
    let handoff = || {
        let id = row.read::<Option<String>>("handoff")?;
        id.map(|id| HandoffId::from(id.as_str())).ok_or_else(|| odd("handoff"))
    };
    let until = || Timestamp::from_millisecond(row.read("until")?).map_err(odd);
    Ok(match row.read::<String>("state")?.as_str() {
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
pub fn answer(row: &Row) -> Result<Answer, sqlx::Error> {
    Ok(Answer {
        status: row.read("status")?,
        body: row.read("body")?,
        retry_after: row.read("retry")?,
    })
}

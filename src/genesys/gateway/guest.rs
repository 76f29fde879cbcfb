//! Guests whom we look after, each request as S4 writes it: opened, kept by heartbeats, ended.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{session::look_hiding, wire::part};
use crate::{
    domain::{
        guest::{Fate, GuestOrder, GuestToken},
        id::SessionId,
        session::SessionState,
        supervision::{Hold, Sign},
    },
    genesys::{
        Error, Lane,
        client::{Call, Client},
        error::Kind,
        transport::{Method, Transport},
    },
};

const OPEN: &str = "/api/v2/conversations/messaging";

fn path(session: &SessionId) -> String {
    format!("{OPEN}/{}", part(session))
}

/// S4's body. Its id is our own choice, so that an opening whose answer is lost can be looked for.
fn opening(order: &GuestOrder, now: Timestamp) -> Value {
    let guest = order.token.expose();
    json!({
        "id": order.id,
        "from": {"id": guest, "name": order.name, "type": "user"},
        "to": [{"id": order.queue, "type": "queue"}],
        "type": "messaging",
        "channelAddress": "web",
        "context": {
            "locale": order.locale,
            "capabilities": order.capabilities,
            "userAgent": concat!("floorwalker/", env!("CARGO_PKG_VERSION")),
        },
        "metadata": {
            "sessionDurationLimit": order.duration,
            "guestIdToken": guest,
            "initiatedAt": format!("{now:.3}"),
        },
    })
}

/// Opens a session. Where nobody knows whether the request has arrived, reading tells: it is never sent
/// twice.
pub async fn open<T: Transport>(
    client: &Client<T>,
    order: &GuestOrder,
) -> Result<SessionId, Error> {
    let body = opening(order, Timestamp::now());
    let call = Call::write("open the session", Method::Post, OPEN.into(), &body);
    let call = call.hiding(Some(&order.token));
    let Err(error) = client.call(call).await else { return Ok(order.id.clone()) };
    if !matches!(error.kind, Kind::Timeout | Kind::Network | Kind::Server | Kind::Decode) {
        return Err(error);
    }
    match fate(client, &order.id, Some(&order.token)).await {
        Ok(Fate::Open(id)) => Ok(id),
        _ => Err(error),
    }
}

/// What became of an opening.
pub async fn fate<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    token: Option<&GuestToken>,
) -> Result<Fate, Error> {
    match look_hiding(client, id, Lane::Operator, token).await {
        Ok(_) => Ok(Fate::Open(id.clone())),
        Err(error) if error.kind == Kind::NotFound => Ok(Fate::Never),
        Err(error) => Err(error),
    }
}

/// One heartbeat. A number is the time in ms, so it tells when the guest was last active as well.
pub async fn beat<T: Transport>(
    client: &Client<T>,
    session: &SessionId,
    hold: Hold,
    sequence: i64,
    token: Option<&GuestToken>,
) -> Result<Sign, Error> {
    if hold == Hold::Read {
        return alive(client, session, token).await;
    }
    let at = Timestamp::from_millisecond(sequence).unwrap_or_else(|_| Timestamp::now());
    let body = json!({
        "context": {"lastActivityTimestamp": format!("{at:.3}"), "heartbeatSequence": sequence},
    });
    let call = Call::write("send the heartbeat", Method::Patch, path(session), &body).hiding(token);
    let Err(error) = client.call(Call { lane: Lane::Heartbeat, ..call }).await else {
        return Ok(Sign::Alive);
    };
    // A refusal may be the session's end, but only a read says so for certain.
    if is_over(&error) && alive(client, session, token).await == Ok(Sign::Over) {
        return Ok(Sign::Over);
    }
    Err(error)
}

/// Whether an answer may mean that the session has ended.
fn is_over(error: &Error) -> bool {
    matches!(error.status, Some(404 | 409 | 410))
}

/// Whether the session lives.
async fn alive<T: Transport>(
    client: &Client<T>,
    session: &SessionId,
    token: Option<&GuestToken>,
) -> Result<Sign, Error> {
    match look_hiding(client, session, Lane::Heartbeat, token).await {
        Ok(detail) if detail.session.state != SessionState::Disconnected => Ok(Sign::Alive),
        Ok(_) => Ok(Sign::Over),
        Err(error) if error.kind == Kind::NotFound => Ok(Sign::Over),
        Err(error) => Err(error),
    }
}

/// Ends a session. One that has ended already is what was wanted.
pub async fn disconnect<T: Transport>(
    client: &Client<T>,
    session: &SessionId,
    token: Option<&GuestToken>,
) -> Result<(), Error> {
    let body = json!({"status": "disconnected"});
    let call = Call::write("disconnect the session", Method::Patch, path(session), &body);
    match client.call(call.hiding(token)).await {
        Ok(_) => Ok(()),
        Err(error) if error.status == Some(410) => Ok(()),
        Err(error) => Err(error),
    }
}

//! One connection of a guest: opened within a time, frames of a bounded size. Not what is said on it.
//!
//! It goes through the proxy that the API's requests take, if there is one.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    connect_async_tls_with_config,
    tungstenite::{
        self, Message,
        client::IntoClientRequest as _,
        handshake::client::Request as Upgrade,
        http::{HeaderValue, header},
        protocol::WebSocketConfig,
    },
};

use super::{
    OPERATION,
    door::Door,
    request::Request,
    wire::{self, Said},
};
use crate::genesys::{
    Error,
    error::{Kind, kind_of},
};

/// How long a connection, or a word on it, may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Longer frames are not taken: a message has at most a few thousand characters.
const FRAME_MOST: usize = 1 << 20;

/// Hundreds may be open, and little is said on each.
static CONFIG: LazyLock<WebSocketConfig> = LazyLock::new(|| {
    WebSocketConfig::default()
        .read_buffer_size(8 << 10)
        .write_buffer_size(4 << 10)
        .max_message_size(Some(FRAME_MOST))
        .max_frame_size(Some(FRAME_MOST))
});

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connection.
pub struct Line {
    socket: Socket,
}

impl Line {
    /// Opens one. Nothing is said yet.
    ///
    /// # Errors
    /// If there is none within [`PATIENCE`].
    pub async fn dial(door: &Door) -> Result<Self, Error> {
        let wrong = |what: &str| Error::new(OPERATION, Kind::Invalid, what);
        let url = door.url().ok_or_else(|| wrong("the socket's address is none"))?;
        let mut request = url.into_client_request().map_err(failed)?;
        let origin = HeaderValue::from_str(&door.origin);
        let origin = origin.map_err(|_| wrong("messaging.origin is no origin"))?;
        let program = concat!("floorwalker/", env!("CARGO_PKG_VERSION"));
        request.headers_mut().insert(header::ORIGIN, origin);
        request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static(program));
        let dialed = timeout(PATIENCE, connect(door, request));
        Ok(Self { socket: dialed.await.map_err(|_| late())?? })
    }

    /// Says something.
    ///
    /// # Errors
    /// If the connection takes nothing any more.
    pub async fn say(&mut self, request: &Request<'_>) -> Result<(), Error> {
        let text = serde_json::to_string(request)
            .map_err(|_| Error::new(OPERATION, Kind::Invalid, "a request can't be written"))?;
        let sent = timeout(PATIENCE, self.socket.send(Message::text(text)));
        sent.await.map_err(|_| late())?.map_err(failed)
    }

    /// The next word. Dropping the future loses none.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn hear(&mut self) -> Result<Said, Error> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(wire::read(&text)),
                Some(Ok(Message::Close(_))) | None => return Err(gone()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(failed(error)),
            }
        }
    }
}

async fn connect(door: &Door, request: Upgrade) -> Result<Socket, Error> {
    // An address in the clear takes none: what it is on is this machine.
    let secure = request.uri().scheme_str() == Some("wss");
    let trust = door.trust.as_ref().filter(|_| secure);
    let connector = trust.map(|trust| Connector::Rustls(Arc::clone(&trust.0)));
    let Some(proxy) = &door.proxy else {
        let connected =
            connect_async_tls_with_config(request, Some(*CONFIG), true, connector).await;
        return Ok(connected.map_err(failed)?.0);
    };
    let uri = request.uri();
    let standard = if uri.scheme_str() == Some("wss") { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(standard);
    let stream = proxy.tunnel(&format!("{}:{port}", uri.host().unwrap_or_default())).await?;
    // As without one: a few words at a time, and none of them late.
    stream.set_nodelay(true).map_err(|why| failed(why.into()))?;
    let connected = client_async_tls_with_config(request, stream, Some(*CONFIG), connector).await;
    Ok(connected.map_err(failed)?.0)
}

fn late() -> Error {
    Error::new(OPERATION, Kind::Timeout, "the guest's socket does not answer")
}

fn gone() -> Error {
    Error::new(OPERATION, Kind::Network, "the guest's connection was closed")
}

fn failed(error: tungstenite::Error) -> Error {
    use tungstenite::Error as Cause;
    match error {
        Cause::Http(answer) => {
            let status = answer.status().as_u16();
            let error = Error::new(OPERATION, kind_of(status), "the guest's socket was refused");
            Error { status: Some(status), ..error }
        }
        Cause::ConnectionClosed | Cause::AlreadyClosed => gone(),
        Cause::Io(why) => Error::new(OPERATION, Kind::Network, format!("the socket broke: {why}")),
        other => Error::new(OPERATION, Kind::Network, format!("the socket failed: {other}")),
    }
}

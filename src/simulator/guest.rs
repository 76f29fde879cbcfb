//! The guest's side of web messaging: a socket, and what its page is configured by. No client token leads
//! here; the guest is known by the token they keep. What is asked on a socket is the desk's, how answers
//! look is in `wire`.
//!
//! A guest is held to two messages a second and one echo in 30 s, both shorter on a faster floor.

mod desk;
pub(super) mod wire;

use std::sync::Arc;

use axum::extract::FromRequestParts as _;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::call::{Answer, Call, Failure};
use super::options::Dialect;
use super::server::{Stand, lock};
use super::socket::Lever;
use super::stamp::wall_clock;
use super::world::beats::Sender;
use super::world::post::Post;
use desk::Desk;

/// Longer requests are not taken.
const FRAME_MOST: usize = 64 * 1024;
const OWNER: &str = "x-heartbeat-owner";
const DEPLOYMENTS: &str = "/webdeployments/v1/deployments/";

/// What a guest's path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Socket,
    Config,
}

impl Door {
    /// The name under which the ledger counts it, and faults find it.
    fn label(self) -> &'static str {
        match self {
            Self::Socket => "GET /v1",
            Self::Config => "GET /webdeployments/v1/deployments/{deploymentId}/config.json",
        }
    }
}

/// Whether guests are served at a path; a gateway has none.
pub(super) fn door(dialect: Dialect, method: &Method, path: &str) -> Option<Door> {
    let config = path.starts_with(DEPLOYMENTS) && path.ends_with("/config.json");
    match (dialect.speaks_platform() && *method == Method::GET, path) {
        (true, "/v1") => Some(Door::Socket),
        (true, _) if config => Some(Door::Config),
        _ => None,
    }
}

/// Answers a guest.
pub(super) async fn serve(
    stand: Arc<Stand>,
    lever: Lever,
    mut parts: Parts,
    call: &Call,
    door: Door,
) -> Response {
    let struck = stand.struck(door.label(), call, &lever).await;
    let response = match (struck, door) {
        (Some(response), _) => response,
        (None, Door::Config) => stand.respond(call, config(&stand, call)),
        (None, Door::Socket) => match deployment(&stand, call) {
            Err(failure) => stand.respond(call, Err(failure)),
            Ok(deployment) => match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
                Err(rejected) => rejected.into_response(),
                Ok(upgrade) => {
                    let desk = Desk::new(Arc::clone(&stand), deployment, sender(call));
                    let closing = Arc::clone(&stand);
                    upgrade
                        .max_message_size(FRAME_MOST)
                        .on_upgrade(move |socket| converse(closing, lever, desk, socket))
                }
            },
        },
    };
    lock(&stand.ledger).note(wall_clock(), door.label(), response.status().as_u16());
    response
}

/// The deployment that a socket is opened for; a browser always says where its page came from.
fn deployment(stand: &Stand, call: &Call) -> Result<usize, Failure> {
    if call.header("origin").is_none() {
        return Err(Failure::new(403, "origin.required", "The Origin header is required"));
    }
    let id = call.query.one("deploymentId");
    let id = id.ok_or_else(|| Failure::bad_request("'deploymentId' is required"))?;
    lock(&stand.world).deployment(id).ok_or_else(|| Failure::not_found("deployment"))
}

/// Who sends a beat or an echo: a client with several instances says which.
pub(super) fn sender(call: &Call) -> Sender {
    let header = |name: &str| call.header(name).map(str::to_owned);
    Sender { program: header("user-agent"), owner: header(OWNER) }
}

/// What a messenger's page is told beforehand, on the address it asked at.
fn config(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let id = call.path.trim_start_matches(DEPLOYMENTS).trim_end_matches("/config.json");
    let host = call.header("host").unwrap_or_default();
    let world = lock(&stand.world);
    let place = world.deployment(id).ok_or_else(|| Failure::not_found("deployment"))?;
    let door = &world.deployments[place];
    let body = json!({
        "id": door.id, "name": door.name, "version": "1", "status": "Active", "languages": ["en-us"],
        "defaultLanguage": "en-us", "apiEndpoint": format!("http://{host}"),
        "messenger": {"enabled": true, "apps": {"conversations": {
            "messagingEndpoint": format!("ws://{host}"), "autoStart": {"enabled": door.auto_start},
            "showAgentTypingIndicator": true, "showUserTypingIndicator": true, "conversationClear": {"enabled": false},
            "conversationDisconnect": {
                "enabled": true, "type": if door.read_only { "ReadOnly" } else { "Send" },
            },
        }}},
    });
    Answer::with(StatusCode::OK, &body)
}

/// What happens next on a connection.
enum Next {
    Say(Vec<Value>),
    /// Say this last.
    Last(Option<Value>),
    Break,
    Over,
}

/// Serves one connection to its end.
async fn converse(stand: Arc<Stand>, lever: Lever, mut desk: Desk, mut socket: WebSocket) {
    loop {
        let next = tokio::select! {
            frame = socket.recv() => match frame {
                Some(Ok(Message::Text(text))) => Next::Say(desk.take(&text)),
                Some(Ok(Message::Close(_)) | Err(_)) | None => Next::Over,
                Some(Ok(_)) => Next::Say(Vec::new()),
            },
            post = desk.news() => match post {
                None | Some(Post::Cut) => Next::Break,
                Some(post @ Post::Closed(_)) => Next::Last(wire::post(&post)),
                Some(post) => Next::Say(wire::post(&post).into_iter().collect()),
            },
            () = stand.closing.cancelled() => Next::Over,
        };
        let (frames, last) = match next {
            Next::Say(frames) => (frames, false),
            Next::Last(frame) => (frame.into_iter().collect(), true),
            Next::Break => {
                // The next write finds the connection reset.
                lever.reset();
                (vec![json!({})], true)
            }
            Next::Over => break,
        };
        if !say(&mut socket, frames).await || last {
            break;
        }
    }
    desk.leave();
    // Who was cut off does not get this; everybody else does.
    if socket.send(Message::Close(None)).await.is_err() {
        tracing::debug!("a guest's connection was gone already");
    }
}

/// Whether all of it could be sent.
async fn say(socket: &mut WebSocket, frames: Vec<Value>) -> bool {
    for frame in frames {
        if socket.send(Message::Text(frame.to_string().into())).await.is_err() {
            return false;
        }
    }
    true
}

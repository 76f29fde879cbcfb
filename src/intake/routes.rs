//! The routes: each check in its turn, then the engine's answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{
    metrics::{CONTENT_TYPE, Counters, expose, is_ready},
    near::is_near,
    proof::{Claim, ID},
    server::{Doors, Limits},
};
use crate::{
    domain::inbox::{Answer, Asked, Print, Route},
    engine::Arrival,
    intake::Keys,
    policy::{intake::refused, payload::MAX_BODY},
};

/// Longer ids than this are none.
const MOST_ID: usize = 256;

/// What all routes share.
pub(super) struct Hall {
    pub counters: Counters,
    pub doors: Doors,
    pub keys: Keys,
    pub limits: Limits,
    /// True where nobody but this machine can call.
    pub local: bool,
    /// Places for large bodies.
    pub large: Semaphore,
}

/// All that is answered.
pub(super) fn router(hall: Arc<Hall>) -> Router {
    let webhook = |route: Route| {
        post(move |State(hall): State<Arc<Hall>>, request: Request| async move {
            let started = Instant::now();
            let response = match hall.take(route, request).await {
                Ok(answer) => response(&answer),
                Err(refusal) => refusal.response(route),
            };
            hall.counters.answered(Some(route), response.status().as_u16(), started.elapsed());
            response
        })
        .fallback(|| async { wrong_method("POST") })
    };
    let read_only = || async { wrong_method("GET, HEAD") };
    let ready = |State(hall): State<Arc<Hall>>| async move { hall.ready() };
    let metrics =
        |State(hall): State<Arc<Hall>>, headers: HeaderMap| async move { hall.metrics(&headers) };
    Router::new()
        .route("/webhooks/bot-handoff", webhook(Route::BotHandoff))
        .route("/webhook/messaging", webhook(Route::Messaging))
        .route("/healthz", get(|| async { "ok\n" }).fallback(read_only))
        .route("/readyz", get(ready).fallback(read_only))
        .route("/metrics", get(metrics).fallback(read_only))
        .fallback(|| async { plain(404, "There is nothing here\n") })
        .with_state(hall)
}

/// Why a call is not taken in.
struct Refusal {
    status: u16,
    text: String,
    /// True if nothing more can be understood on this connection.
    last: bool,
}

fn refuse(status: u16, text: impl Into<String>) -> Refusal {
    Refusal { status, text: text.into(), last: false }
}

impl Refusal {
    fn response(&self, route: Route) -> Response {
        let mut response = response(&Answer {
            retry_after: (self.status == 503).then_some(1),
            ..refused(route, self.status, &self.text)
        });
        if self.status == 401 {
            add(&mut response, header::WWW_AUTHENTICATE, "Bearer");
        }
        if self.last {
            add(&mut response, header::CONNECTION, "close");
        }
        response
    }
}

impl Hall {
    /// Whether calls can be worked on, and why not.
    fn ready(&self) -> Response {
        let (pulse, floor) = (self.doors.pulse.borrow().clone(), self.doors.floor.borrow().clone());
        match is_ready(&pulse, &floor) {
            Ok(()) => plain(200, "ready\n"),
            Err(why) => plain(503, &format!("{why}\n")),
        }
    }

    /// The figures. They name queues and reasons: who is not on this machine has to know the token.
    fn metrics(&self, headers: &HeaderMap) -> Response {
        let is_near = self.local && is_near(headers);
        if !is_near && !self.keys.knows_token(headers) {
            let mut response = plain(401, "The figures are for those who know intake.token\n");
            add(&mut response, header::WWW_AUTHENTICATE, "Bearer");
            return response;
        }
        let (pulse, floor) = (self.doors.pulse.borrow().clone(), self.doors.floor.borrow().clone());
        let mut response = plain(200, &expose(&pulse, &floor, &self.counters));
        add(&mut response, header::CONTENT_TYPE, CONTENT_TYPE);
        response
    }

    async fn take(&self, route: Route, request: Request) -> Result<Answer, Refusal> {
        let (parts, body) = request.into_parts();
        let headers = parts.headers;
        if self.keys.is_open() && !is_near(&headers) {
            return Err(refuse(
                403,
                "Without a secret or a token only this machine itself may call",
            ));
        }
        check_type(&headers)?;
        check_length(&headers)?;
        let now = Timestamp::now().as_second();
        let claim = self.keys.claim(&headers, now).map_err(|why| refuse(401, why))?;
        let large = length(&headers).is_none_or(|bytes| bytes > SMALL);
        let _place = match large.then(|| self.large.try_acquire()) {
            Some(Err(_)) => return Err(refuse(503, "Too many large bodies at once: try again")),
            place => place,
        };
        let bytes = self.read(body).await?;
        if !self.keys.proves(&claim, &bytes) {
            return Err(refuse(401, "The signature is not of this call"));
        }
        let asked = asked(route, &headers, &claim, &bytes)?;
        self.ask(asked).await
    }

    /// All of the body, as far as it may be and as long as it may take.
    async fn read(&self, body: Body) -> Result<Bytes, Refusal> {
        let all = tokio::time::timeout(self.limits.body, to_bytes(body, MAX_BODY)).await;
        let last = |status, text: &str| Refusal { last: true, ..refuse(status, text) };
        match all {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => Err(match is_too_long(&error) {
                true => last(413, TOO_LONG),
                false => last(400, "The body has ended early"),
            }),
            Err(_) => Err(last(408, "The body has not come in time")),
        }
    }

    /// Puts it to the engine, and waits for what that says.
    async fn ask(&self, asked: Asked) -> Result<Answer, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.doors.arrivals.try_send(Arrival { asked, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => refuse(503, "Too much at once: try again"),
            mpsc::error::TrySendError::Closed(_) => refuse(503, "floorwalker is stopping"),
        })?;
        match tokio::time::timeout(self.limits.answer, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(refuse(503, "There is no answer yet: ask the same again")),
        }
    }
}

/// SPEC section 10's limit.
const TOO_LONG: &str = "The body has more than 512000 bytes";

fn is_too_long(error: &axum::Error) -> bool {
    use std::error::Error;
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.to_string().contains("length limit") {
            return true;
        }
        cause = error.source();
    }
    false
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = given.and_then(|value| value.split(';').next()).unwrap_or_default();
    let encoded = headers.contains_key(header::CONTENT_ENCODING);
    match kind.trim().eq_ignore_ascii_case("application/json") && !encoded {
        true => Ok(()),
        false => Err(refuse(415, "The content-type must be application/json, not compressed")),
    }
}

/// A body of so many bytes is no burden.
const SMALL: u64 = 32 * 1024;

/// How long a body says that it is.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What says itself that it is too long need not be read.
fn check_length(headers: &HeaderMap) -> Result<(), Refusal> {
    match length(headers).is_some_and(|length| length > MAX_BODY as u64) {
        true => Err(Refusal { last: true, ..refuse(413, TOO_LONG) }),
        false => Ok(()),
    }
}

/// The call that this is.
fn asked(
    route: Route,
    headers: &HeaderMap,
    claim: &Claim<'_>,
    bytes: &[u8],
) -> Result<Asked, Refusal> {
    let (session, said) = super::read(route, bytes).map_err(|why| refuse(400, why))?;
    let digest = print(&[route.name().as_bytes(), bytes]);
    let key = match call_id(headers, claim)? {
        Some(id) => print(&[b"id", route.name().as_bytes(), id.as_bytes()]),
        None => digest,
    };
    Ok(Asked { key, digest, route, session, said })
}

/// The caller's own name for the call.
fn call_id<'a>(headers: &'a HeaderMap, claim: &Claim<'a>) -> Result<Option<&'a str>, Refusal> {
    let given = match claim {
        Claim::Signed { id, .. } => Some(*id),
        Claim::Proved => match headers.get(ID).map(HeaderValue::to_str) {
            None => None,
            Some(id) => Some(id.map_err(|_| refuse(400, "webhook-id is no text"))?),
        },
    };
    match given.is_some_and(|id| id.is_empty() || id.len() > MOST_ID) {
        true => Err(refuse(400, format!("webhook-id must have 1 to {MOST_ID} characters"))),
        false => Ok(given),
    }
}

/// SHA-256 of parts, each with its length, so that no two lists are one.
fn print(parts: &[&[u8]]) -> Print {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn response(answer: &Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    add(&mut response, header::CONTENT_TYPE, "application/json");
    if let Some(seconds) = answer.retry_after {
        add(&mut response, header::RETRY_AFTER, &seconds.to_string());
    }
    response
}

fn wrong_method(allowed: &str) -> Response {
    let mut response = plain(405, &format!("Only {allowed} is answered here\n"));
    add(&mut response, header::ALLOW, allowed);
    response
}

fn plain(status: u16, text: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, text.to_owned()).into_response()
}

fn add(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// How much longer than the engine itself takes an answer is waited for.
pub(super) const SPARE: Duration = Duration::from_secs(5);

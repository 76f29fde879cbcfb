//! The way of a request: door, faults, token, rate limit, permission, route, answer. Not what the routes
//! do, and nothing here holds a lock while a byte is sent.

use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::{Compression, read::GzEncoder};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::access::{Access, Usage};
use super::call::{Answer, Call, Failure, Query};
use super::clock::Clock;
use super::fault::{Fault, FaultKind};
use super::guest;
use super::ledger::{Ledger, NO_ANSWER};
use super::options::{Dialect, Options, Permissions};
use super::persons;
use super::routes::{self, Found, Route, gateway};
use super::socket::Lever;
use super::stamp::wall_clock;
use super::world::World;

/// The API's own limit of a body, `request.bytes.max`.
const BODY_MOST: usize = 512_000;
/// Beyond this a body is not even read.
const BODY_READ: usize = 8_000_000;
/// Answers of so many bytes are packed.
const PACKED_FROM: usize = 1_024;
/// How long a request hangs that is struck by a timeout.
const HANG: Duration = Duration::from_secs(120);

/// Everything that requests share.
pub(super) struct Stand {
    pub(super) options: Options,
    pub(super) closing: CancellationToken,
    pub(super) clock: Mutex<Clock>,
    pub(super) world: Mutex<World>,
    pub(super) access: Mutex<Access>,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) trouble: Mutex<Trouble>,
}

/// What goes wrong now, with random numbers of its own.
pub(super) struct Trouble {
    pub(super) faults: Vec<Fault>,
    /// Strikes only routes whose name has one of these in it; empty means all.
    pub(super) routes: Vec<String>,
    pub(super) rng: fastrand::Rng,
}

/// A fault that strikes, and whether a write struck by it happens all the same.
#[derive(Debug, Clone, Copy)]
struct Strike {
    kind: FaultKind,
    acts: bool,
}

/// An answer before it becomes a response.
struct Reply {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
    usage: Option<Usage>,
    retry_after: Option<u32>,
    is_packed: bool,
}

/// Takes a lock; one that a panicking thread left is taken over, for the simulator must go on.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Answers one request.
pub(super) async fn serve(
    State(stand): State<Arc<Stand>>,
    ConnectInfo(lever): ConnectInfo<Lever>,
    request: Request,
) -> Response {
    lever.ease();
    let (parts, body) = request.into_parts();
    let correlation = Uuid::new_v4().to_string();
    let Ok(bytes) = to_bytes(body, BODY_READ).await else {
        let refused = Reply::failure(&too_large(), &correlation, None);
        return refused.respond(&correlation, stand.options.dialect);
    };
    let dialect = stand.options.dialect;
    let found = routes::find(dialect, &parts.method, parts.uri.path());
    let rights = stand.options.permissions.clone();
    let mut call = call(&parts, bytes, &found, &correlation, rights);
    call.person = lock(&stand.access).person(authorization(&parts));
    if parts.uri.path().starts_with("/_simulator/") {
        return stand.respond(&call, routes::witness::answer(&stand, &call));
    }
    stand.latency().await;
    if parts.uri.path() == persons::PATH {
        return persons::authorize(&stand, &call);
    }
    if let Some(door) = guest::door(dialect, &parts.method, parts.uri.path()) {
        return guest::serve(stand, lever, parts, &call, door).await;
    }
    let label = found.label();
    let reply = stand.answer(&parts, &call, found, &lever).await;
    let status = reply.as_ref().map_or(NO_ANSWER, |reply| reply.status);
    lock(&stand.ledger).note(wall_clock(), label, status);
    // A request that gets no answer still needs a response here; the lever keeps it from being sent.
    let reply = reply.unwrap_or_else(|| Reply::plain(504, Vec::new()));
    reply.packed_for(&parts.headers).respond(&correlation, dialect)
}

fn call(
    parts: &Parts,
    body: axum::body::Bytes,
    found: &Found,
    correlation: &str,
    rights: Permissions,
) -> Call {
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Call {
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        parameters: found.parameters(),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        headers: parts.headers.clone(),
        body,
        json_type: content_type.to_ascii_lowercase().starts_with("application/json"),
        correlation: correlation.to_owned(),
        rights,
        person: None,
    }
}

fn too_large() -> Failure {
    Failure::new(
        413,
        "request.entity.too.large",
        format!("The request body exceeds {BODY_MOST} bytes"),
    )
}

fn authorization(parts: &Parts) -> Option<&str> {
    parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())
}

impl Stand {
    async fn latency(&self) {
        let (from, to) =
            (self.options.latency.start().as_secs_f64(), self.options.latency.end().as_secs_f64());
        if to > 0.0 {
            let share = lock(&self.trouble).rng.f64();
            tokio::time::sleep(Duration::from_secs_f64(from + share * (to - from).max(0.0))).await;
        }
    }

    /// The answer, or none at all.
    async fn answer(
        &self,
        parts: &Parts,
        call: &Call,
        found: Found,
        lever: &Lever,
    ) -> Option<Reply> {
        let token_route = matches!(&found, Found::Token(_));
        let guests = matches!(&found, Found::Route(route, _) if route.is_for_guests());
        let usage = match (&found, token_route || guests) {
            (Found::Outside, _) => {
                return Some(Reply::failure(
                    &Failure::not_found("resource"),
                    &call.correlation,
                    None,
                ));
            }
            (_, true) => None,
            _ => match lock(&self.access).admit(authorization(parts), wall_clock()) {
                Ok(usage) => Some(usage),
                Err((failure, usage)) => {
                    return Some(Reply::failure(&failure, &call.correlation, usage));
                }
            },
        };
        let strike = self.strike(found.label(), token_route);
        let acts = strike.is_none_or(|strike| strike.acts);
        let reply =
            if acts { self.act(parts, call, &found, usage) } else { Reply::plain(504, Vec::new()) };
        match strike {
            None => Some(reply),
            Some(strike) => self.suffer(strike.kind, reply, call, usage, lever).await,
        }
    }

    /// What becomes of a guest's request that is struck by a fault.
    pub(super) async fn struck(&self, label: &str, call: &Call, lever: &Lever) -> Option<Response> {
        let strike = self.strike(label, false)?;
        let nothing = Reply::plain(504, Vec::new());
        let reply = self.suffer(strike.kind, nothing, call, None, lever).await;
        let reply = reply.unwrap_or_else(|| Reply::plain(504, Vec::new()));
        Some(reply.respond(&call.correlation, self.options.dialect))
    }

    /// The response to a guest, who has no token.
    pub(super) fn respond(&self, call: &Call, result: Result<Answer, Failure>) -> Response {
        let reply = match result {
            Ok(answer) => Reply::plain(answer.status.as_u16(), answer.body),
            Err(failure) => Reply::failure(&failure, &call.correlation, None),
        };
        reply.respond(&call.correlation, self.options.dialect)
    }

    fn act(&self, parts: &Parts, call: &Call, found: &Found, usage: Option<Usage>) -> Reply {
        let result = match found {
            Found::Token(_) => return self.token(parts, call),
            Found::Revocation(_) => {
                lock(&self.access).revoke(authorization(parts));
                Ok(Answer::empty())
            }
            Found::Route(route, _) => self.dispatch(route, call),
            Found::WrongMethod => Err(Failure::new(
                405,
                "method.not.allowed",
                "HTTP method not allowed for this resource",
            )),
            Found::Unknown | Found::Outside => Err(Failure::not_found("resource")),
        };
        match result {
            Ok(answer) => Reply { usage, ..Reply::plain(answer.status.as_u16(), answer.body) },
            Err(failure) => Reply::failure(&failure, &call.correlation, usage),
        }
    }

    fn dispatch(&self, route: &Route, call: &Call) -> Result<Answer, Failure> {
        route.permit(&self.options.permissions)?;
        if call.body.len() > BODY_MOST {
            return Err(too_large());
        }
        (route.handler)(call, &mut self.present())
    }

    fn token(&self, parts: &Parts, call: &Call) -> Reply {
        let form = String::from_utf8_lossy(&call.body);
        let issued = lock(&self.access).issue(authorization(parts), &form);
        match issued {
            Ok(mut token) => {
                // The published token route names no scope for client credentials.
                if self.options.dialect.speaks_gateway() {
                    let asked = Query::parse(&form);
                    let scope = gateway::scope(asked.one("scope"), &self.options.permissions);
                    token["scope"] = scope.into();
                }
                Reply::plain(200, token.to_string().into_bytes())
            }
            Err(refusal) => Reply::plain(refusal.status(), refusal.body().to_string().into_bytes()),
        }
    }

    fn strike(&self, label: &str, token_route: bool) -> Option<Strike> {
        let mut trouble = lock(&self.trouble);
        if !trouble.routes.is_empty() && !trouble.routes.iter().any(|part| label.contains(part)) {
            return None;
        }
        let faults = trouble.faults.clone();
        let struck = faults.iter().find(|fault| trouble.rng.f64() < fault.rate)?;
        if token_route && struck.kind == FaultKind::Unauthorized {
            return None;
        }
        let acts = struck.kind.spoils_only_the_answer()
            || (struck.kind.is_ambiguous() && trouble.rng.bool());
        drop(trouble);
        lock(&self.ledger).note_fault(struck.kind.to_string());
        Some(Strike { kind: struck.kind, acts })
    }

    async fn suffer(
        &self,
        kind: FaultKind,
        reply: Reply,
        call: &Call,
        usage: Option<Usage>,
        lever: &Lever,
    ) -> Option<Reply> {
        let fail = |failure: Failure| Some(Reply::failure(&failure, &call.correlation, usage));
        match kind {
            FaultKind::RateLimited => {
                let seconds = lock(&self.trouble).rng.u32(1..4);
                fail(Failure::rate_limited(seconds, self.options.rate_limit))
            }
            FaultKind::ServerError => fail(Failure::new(
                500,
                "internal.server.error",
                "The server encountered an unexpected condition",
            )),
            FaultKind::Unavailable => fail(Failure::new(
                503,
                "service.unavailable",
                "Service Unavailable - The server is currently unavailable",
            )),
            FaultKind::Unauthorized => {
                fail(Failure::new(401, "credentials.expired", "The credentials have expired."))
            }
            FaultKind::Timeout => {
                tokio::select! {
                    () = tokio::time::sleep(HANG) => {}
                    () = self.closing.cancelled() => {}
                }
                lever.reset();
                None
            }
            FaultKind::Reset => {
                lever.reset();
                None
            }
            FaultKind::Slow => {
                lever.slow();
                Some(reply)
            }
            FaultKind::Truncated => Some(reply.truncated()),
            FaultKind::Html => {
                Some(Reply { content_type: "text/html", usage, ..Reply::plain(200, HTML.into()) })
            }
            FaultKind::Huge => Some(Reply { usage, ..Reply::plain(200, huge()) }),
        }
    }
}

const HTML: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Captive portal</h1></body></html>";

/// Valid JSON of five megabytes that nobody asked for.
fn huge() -> Vec<u8> {
    let mut body = b"{\"entities\":[],\"message\":\"".to_vec();
    body.resize(5_000_000, b'x');
    body.extend_from_slice(b"\"}");
    body
}

impl Reply {
    fn plain(status: u16, body: Vec<u8>) -> Self {
        let (usage, retry_after) = (None, None);
        let content_type = "application/json";
        Self { status, content_type, body, usage, retry_after, is_packed: false }
    }

    fn failure(failure: &Failure, correlation: &str, usage: Option<Usage>) -> Self {
        let body = failure.body(correlation).to_string().into_bytes();
        Self { usage, retry_after: failure.retry_after, ..Self::plain(failure.status, body) }
    }

    /// The same, packed where whoever asks can unpack it and it is worth the work, as a real org does.
    fn packed_for(self, asked: &HeaderMap) -> Self {
        let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok());
        if self.body.len() < PACKED_FROM || !accepted.is_some_and(|it| it.contains("gzip")) {
            return self;
        }
        let mut packed = Vec::new();
        let mut packer = GzEncoder::new(self.body.as_slice(), Compression::fast());
        match packer.read_to_end(&mut packed) {
            Ok(_) => Self { body: packed, is_packed: true, ..self },
            Err(_) => self,
        }
    }

    fn truncated(mut self) -> Self {
        self.body.truncate(self.body.len() * 2 / 3);
        self
    }

    fn respond(self, correlation: &str, dialect: Dialect) -> Response {
        let empty = self.body.is_empty();
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if !empty {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        if self.is_packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Ok(correlation) = HeaderValue::from_str(correlation) {
            headers.insert("inin-correlation-id", correlation);
        }
        if let Some(usage) = self.usage {
            headers.insert("inin-ratelimit-count", usage.count.into());
            headers.insert("inin-ratelimit-allowed", usage.allowed.into());
            headers.insert("inin-ratelimit-reset", usage.reset.into());
            if dialect.speaks_gateway() {
                let remaining = usage.allowed.saturating_sub(usage.count);
                headers.insert("x-ratelimit-remaining", remaining.into());
            }
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

//! One HTTP exchange, and nothing more: no token, no budget, no second try.
//!
//! A trait, so that tests can drive budget, auth and retry on a paused clock with answers of their
//! own making.

mod payload;

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::header::{HeaderMap, HeaderName};

use super::reach::Reach;

pub use self::payload::Payload;

/// The most that is read of an answer that is not an error, packed or not. A poll of 5,000 agents and
/// 10,000 sessions is about 8 MB of text.
pub const BODY_LIMIT: usize = 32 << 20;
/// The most that is read of an error's body (SPEC section 3).
pub const ERROR_BODY_LIMIT: usize = 64 << 10;

/// Something that can exchange a request for an answer.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` and reads the whole answer.
    fn exchange(&self, request: Request) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

/// The HTTP methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Queries and acts.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Ends.
    Delete,
}

impl Method {
    /// The method of this name.
    pub fn of(name: &str) -> Option<Self> {
        let all = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];
        all.into_iter().find(|m| m.name() == name)
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// Who asks.
    pub credentials: Credentials,
    /// What is sent.
    pub body: Body,
    /// How long the whole exchange may take.
    pub timeout: Duration,
}

/// Who asks. Never part of a URL.
#[derive(Clone)]
pub enum Credentials {
    /// A client's id and secret.
    Basic(String, secrecy::SecretString),
    /// A token.
    Bearer(secrecy::SecretString),
    /// Nobody: to see who answers at all, or what is sent proves by itself who asks.
    Nobody,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json(Vec<u8>),
    /// A form, already encoded.
    Form(&'static str),
    /// The same with secrets in it.
    Sealed(secrecy::SecretString),
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that matter.
    pub headers: Headers,
    /// The body, at most [`BODY_LIMIT`] of it, or [`ERROR_BODY_LIMIT`] of an error.
    pub body: Payload,
}

/// The headers that matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers {
    /// `ININ-Correlation-Id`.
    pub correlation: Option<String>,
    /// `Retry-After`, from seconds or from a date.
    pub retry_after: Option<Duration>,
    /// `inin-ratelimit-count`: requests in this window, this one included.
    pub limit_count: Option<u32>,
    /// `inin-ratelimit-allowed`.
    pub limit_allowed: Option<u32>,
    /// `inin-ratelimit-reset`: seconds to the window's end.
    pub limit_reset: Option<Duration>,
    /// `X-RateLimit-Remaining`.
    pub limit_remaining: Option<u32>,
    /// `Date`: the answering machine's clock, to the second.
    pub date: Option<Timestamp>,
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection: nothing was sent.
    Unreachable(String),
    /// The connection broke.
    Broken(String),
    /// No answer in time.
    Timeout,
    /// The answer went on past the limit.
    TooLarge(usize),
}

/// The transport that leaves the machine.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
}

impl Http {
    /// A client that follows no redirect (a token must never go to another host), by the environment's proxy and
    /// the system's certificates.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn new() -> Result<Self, reqwest::Error> {
        Self::by(&Reach::default())
    }

    /// The same, by another way.
    ///
    /// # Errors
    /// If TLS can't be set up, or the proxy, or a certificate can't be used.
    pub fn by(reach: &Reach) -> Result<Self, reqwest::Error> {
        Self::with(reach, HeaderMap::new())
    }

    /// One that says on every request which process sends it: a gateway can tell two that keep its
    /// sessions from one.
    ///
    /// # Errors
    /// As [`Http::by`].
    pub fn marked(reach: &Reach, owner: &str) -> Result<Self, reqwest::Error> {
        let mark = owner.parse().map(|mark| (HeaderName::from_static("x-heartbeat-owner"), mark));
        Self::with(reach, mark.into_iter().collect())
    }

    fn with(reach: &Reach, headers: HeaderMap) -> Result<Self, reqwest::Error> {
        let client = reach.client()?.default_headers(headers);
        let client = match &reach.identity {
            Some(identity) => client.identity(identity.clone()),
            None => client,
        };
        Ok(Self { client: client.build()? })
    }
}

impl Transport for Http {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        let host = host(&request.url).to_owned();
        let failure = |error| failure(error, &host);
        let mut response = build(&self.client, request).send().await.map_err(failure)?;
        let status = response.status().as_u16();
        let is_packed = is_packed(response.headers());
        let headers = headers(response.headers());
        let limit = if response.status().is_success() { BODY_LIMIT } else { ERROR_BODY_LIMIT };
        // What is told is believed as far as the limit: a body of megabytes is not copied as it grows.
        let told = response.content_length().and_then(|told| usize::try_from(told).ok());
        let mut body = Vec::with_capacity(told.unwrap_or(0).min(limit));
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > limit {
                if response.status().is_success() {
                    return Err(Failure::TooLarge(limit));
                }
                break;
            }
            body.extend_from_slice(&chunk);
        }
        let body = if is_packed { Payload::packed(body) } else { body.into() };
        Ok(Answer { status, headers, body })
    }
}

fn build(client: &reqwest::Client, request: Request) -> reqwest::RequestBuilder {
    use secrecy::ExposeSecret;
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let builder = client
        .request(method, request.url)
        .timeout(request.timeout)
        .header(reqwest::header::ACCEPT, "application/json")
        .header(reqwest::header::ACCEPT_ENCODING, "gzip");
    let builder = match &request.credentials {
        Credentials::Basic(id, secret) => builder.basic_auth(id, Some(secret.expose_secret())),
        Credentials::Bearer(token) => builder.bearer_auth(token.expose_secret()),
        Credentials::Nobody => builder,
    };
    let typed = |mime| builder.try_clone().map(|b| b.header(reqwest::header::CONTENT_TYPE, mime));
    const FORM: &str = "application/x-www-form-urlencoded";
    match request.body {
        Body::None => builder,
        Body::Json(json) => typed("application/json").unwrap_or(builder).body(json),
        Body::Form(form) => typed(FORM).unwrap_or(builder).body(form),
        Body::Sealed(form) => typed(FORM).unwrap_or(builder).body(form.expose_secret().to_owned()),
    }
}

fn is_packed(headers: &HeaderMap) -> bool {
    let encoding = headers.get(reqwest::header::CONTENT_ENCODING);
    encoding.is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"))
}

/// The host of an address: enough to see where it went, without the ids in its path.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn failure(error: reqwest::Error, host: &str) -> Failure {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    if error.is_connect() {
        Failure::Unreachable(format!("{host} can't be reached: {text}"))
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Broken(text)
    }
}

fn headers(map: &HeaderMap) -> Headers {
    let text = |name: &'static str| map.get(HeaderName::from_static(name))?.to_str().ok();
    let number = |name| text(name)?.trim().parse::<u32>().ok();
    Headers {
        correlation: text("inin-correlation-id").map(str::to_owned),
        retry_after: text("retry-after").and_then(|v| retry_after(v, Timestamp::now())),
        limit_count: number("inin-ratelimit-count"),
        limit_allowed: number("inin-ratelimit-allowed"),
        limit_reset: number("inin-ratelimit-reset").map(|s| Duration::from_secs(s.into())),
        limit_remaining: number("x-ratelimit-remaining"),
        date: text("date").and_then(|v| Some(rfc2822::parse(v).ok()?.timestamp())),
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let at = rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(at - now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        assert_eq!(retry_after(" 7 ", now), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after("Sat, 21 Nov 2026 10:00:30 GMT", now),
            Some(Duration::from_secs(30))
        );
        assert_eq!(retry_after("Sat, 21 Nov 2026 09:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}

//! One request as the routes see it, and what they answer with. Not transport: no socket, no waiting.
//!
//! Published clients are taken as they are: list parameters repeated or joined by commas, a JSON content
//! type on a GET, the body `null` where none is needed.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::options::Permissions;
use super::persons::Who;

/// A request that passed the door: who may ask was settled before.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) parameters: Vec<String>,
    pub(super) query: Query,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) json_type: bool,
    pub(super) correlation: String,
    /// What the client is allowed to do, for the routes that tell it.
    pub(super) rights: Permissions,
    /// Which person asks; nobody where the client itself does.
    pub(super) person: Option<Who>,
}

impl Call {
    /// The n-th variable segment of the path.
    pub(super) fn parameter(&self, n: usize) -> &str {
        self.parameters.get(n).map_or("", String::as_str)
    }

    /// A header that is plain text and not empty.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.filter(|text| !text.is_empty())
    }

    /// The body as JSON; an absent body and `null` are both [`Value::Null`].
    pub(super) fn json(&self) -> Result<Value, Failure> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        let value: Result<Value, _> = serde_json::from_slice(&self.body);
        match value {
            Ok(Value::Null) => Ok(Value::Null),
            _ if !self.json_type => Err(Failure::new(
                415,
                "unsupported.media.type",
                "Content-Type must be application/json",
            )),
            Ok(value) => Ok(value),
            Err(error) => {
                Err(Failure::bad_request(format!("The request could not be understood: {error}")))
            }
        }
    }

    /// The body as a JSON object.
    pub(super) fn object(&self) -> Result<serde_json::Map<String, Value>, Failure> {
        match self.json()? {
            Value::Object(fields) => Ok(fields),
            _ => Err(Failure::bad_request("The request body must be a JSON object")),
        }
    }
}

/// The query string, decoded.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        });
        Self(pairs.collect())
    }

    /// The last value given for a key.
    pub(super) fn one(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(name, value)| name == key && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// All values of a list parameter.
    pub(super) fn list(&self, key: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(name, _)| name == key);
        values.flat_map(|(_, value)| value.split(',')).filter(|value| !value.is_empty()).collect()
    }

    /// A whole number of at least one, or its default.
    pub(super) fn count(&self, key: &str, default: usize, most: usize) -> Result<usize, Failure> {
        let Some(text) = self.one(key) else { return Ok(default) };
        match text.parse() {
            Ok(count) if (1..=most).contains(&count) => Ok(count),
            _ => Err(Failure::new(
                400,
                "invalid.query.param.value",
                format!("{key} must be a number from 1 to {most}"),
            )),
        }
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, Failure> {
        match self.one(key) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Failure::new(
                400,
                "invalid.query.param.value",
                format!("{key} must be true or false"),
            )),
        }
    }

    /// Everything but the page number, encoded again: what a `nextUri` repeats.
    pub(super) fn without(&self, key: &str) -> String {
        let kept = self.0.iter().filter(|(name, _)| name != key);
        kept.map(|(name, value)| format!("&{name}={}", encode(value))).collect()
    }
}

/// Percent-decodes, with `+` as a blank; what is not UTF-8 becomes the replacement character.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| tail.get(..2)).flatten();
        let value = escaped
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        rest = if value.is_some() { &tail[2..] } else { tail };
        bytes.push(value.unwrap_or(if *first == b'+' { b' ' } else { *first }));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~*,:/".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// What a route answers with when it worked.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok<T: Serialize>(body: &T) -> Result<Self, Failure> {
        Self::with(StatusCode::OK, body)
    }

    /// 200 with an empty body.
    pub(super) fn empty() -> Self {
        Self { status: StatusCode::OK, body: Vec::new() }
    }

    /// 202 with an empty body: accepted, not done.
    pub(super) fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, body: Vec::new() }
    }

    pub(super) fn with<T: Serialize>(status: StatusCode, body: &T) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Failure::new(500, "internal.server.error", error.to_string()))?;
        Ok(Self { status, body })
    }
}

/// What a route answers with when it did not: the platform's error body.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) retry_after: Option<u32>,
}

impl Failure {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), parameters: Vec::new(), retry_after: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad.request", message)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(404, "not.found", format!("The requested {what} was not found"))
    }

    pub(super) fn param(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// Too many requests: try again in so many seconds.
    pub(super) fn rate_limited(seconds: u32, limit: u32) -> Self {
        let message =
            format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
        let failure =
            Self { retry_after: Some(seconds), ..Self::new(429, "too.many.requests", message) };
        failure.param("limit", limit.to_string())
    }

    /// The platform's error body.
    pub(super) fn body(&self, correlation: &str) -> Value {
        let parameters: serde_json::Map<_, _> = self
            .parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        let mut body = json!({
            "message": self.message, "code": self.code, "status": self.status,
            "contextId": correlation, "details": [], "errors": [],
        });
        if let (Some(_), Some(limit)) =
            (self.retry_after, parameters.get("limit").and_then(Value::as_str))
        {
            let value: u32 = limit.parse().unwrap_or_default();
            body["limit"] = json!({"key": "client.credentials.token.rate.per.minute", "namespace": "platform.api", "value": value});
        } else if !parameters.is_empty() {
            body["messageParams"] = Value::Object(parameters);
        }
        body
    }
}

/// Leaves out what is null: the API omits optional fields and never sends null.
pub(super) fn tidy(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, tidy(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(tidy).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_repeated_or_joined_by_commas() {
        let query = Query::parse("id=a&id=b%2Cc&expand=presence,skills&name=x+y%20z&bad=%zz");
        assert_eq!(query.list("id"), ["a", "b", "c"]);
        assert_eq!(query.list("expand"), ["presence", "skills"]);
        assert_eq!(query.one("name"), Some("x y z"));
        assert_eq!(query.one("bad"), Some("%zz"));
    }

    #[test]
    fn nulls_are_left_out() {
        assert_eq!(tidy(json!({"a": null, "b": [{"c": null, "d": 1}]})), json!({"b": [{"d": 1}]}));
    }
}

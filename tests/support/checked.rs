//! A transport that holds every answer against the project's schema of the API. What it finds is kept
//! until the test's end: a panic in a task of the engine would be nobody's.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use floorwalker::genesys::transport::{self, Answer, Failure, Http, Method, Request, Transport};
use serde_json::{Map, Value, json};

use crate::schema::{self, Headers, Seen};

/// What has been seen. Clones share everything.
#[derive(Clone, Default)]
pub struct Watch(Arc<Sight>);

#[derive(Default)]
struct Sight {
    spoilt: AtomicBool,
    violations: Mutex<Vec<String>>,
    requests: Mutex<Vec<(Instant, String)>>,
}

/// The transport.
#[derive(Clone)]
pub struct Checked {
    http: Http,
    watch: Watch,
}

impl Checked {
    pub fn new(watch: &Watch) -> Self {
        Self { http: Http::new().expect("TLS"), watch: watch.clone() }
    }
}

impl Transport for Checked {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        let (method, path) = (name(request.method), path(&request.url).to_owned());
        self.watch.note(format!("{method} {path}"));
        let outcome = self.http.exchange(request).await;
        if let Ok(answer) = &outcome {
            self.watch.see(method, &path, answer);
        }
        outcome
    }
}

impl Watch {
    /// From now on bodies may be spoilt on purpose.
    pub fn expect_spoilt_bodies(&self) {
        self.0.spoilt.store(true, Ordering::Relaxed);
    }

    /// When each request was sent, and of what path it was.
    pub fn requests(&self) -> Vec<(Instant, String)> {
        self.0.requests.lock().expect("no panic").clone()
    }

    /// Panics with the first violation.
    pub fn verdict(&self) {
        let violations = self.0.violations.lock().expect("no panic");
        assert!(violations.is_empty(), "{} violations, first {}", violations.len(), violations[0]);
    }

    fn note(&self, request: String) {
        self.0.requests.lock().expect("no panic").push((Instant::now(), request));
    }

    fn see(&self, method: &str, path: &str, answer: &Answer) {
        // What can't be unpacked is spoilt in any case.
        let body = answer.body.text().unwrap_or_default();
        if self.0.spoilt.load(Ordering::Relaxed) && schema::is_spoilt(body) {
            return;
        }
        let headers = Headers { map: texts(&answer.headers), complete: false };
        let seen = Seen { method, path, status: answer.status, headers, body };
        if let Err(violation) = schema::check(&seen) {
            self.0.violations.lock().expect("no panic").push(violation);
        }
    }
}

/// Path without host and query.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split('?').next().unwrap_or(path)
}

fn name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn texts(headers: &transport::Headers) -> Map<String, Value> {
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let seconds = |value: Option<std::time::Duration>| value.map(|v| v.as_secs().to_string());
    let all = [
        ("inin-correlation-id", headers.correlation.clone()),
        ("retry-after", seconds(headers.retry_after)),
        ("inin-ratelimit-count", number(headers.limit_count)),
        ("inin-ratelimit-allowed", number(headers.limit_allowed)),
        ("inin-ratelimit-reset", seconds(headers.limit_reset)),
    ];
    all.into_iter().filter_map(|(name, text)| Some((name.into(), json!(text?)))).collect()
}

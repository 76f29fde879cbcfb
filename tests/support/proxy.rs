//! A reverse proxy on loopback that holds every answer against the project's schema of the API: for
//! tests whose client is a process. What it finds is told at the test's end.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use serde_json::{Map, json};

use crate::schema::{self, Headers, Seen};

/// The proxy; its thread ends with the test's process.
pub struct Proxy {
    address: SocketAddr,
    sight: Arc<Sight>,
}

struct Sight {
    upstream: String,
    http: reqwest::Client,
    spoilt: AtomicBool,
    seen: Mutex<usize>,
    violations: Mutex<Vec<String>>,
}

impl Proxy {
    /// In front of an address such as `http://127.0.0.1:1234`.
    pub fn start(upstream: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sight = Arc::new(Sight {
            upstream: upstream.to_owned(),
            http: reqwest::Client::new(),
            spoilt: AtomicBool::new(false),
            seen: Mutex::default(),
            violations: Mutex::default(),
        });
        let (told, address) = mpsc::channel();
        let router = Router::new().fallback(pass_on).with_state(Arc::clone(&sight));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { address: address.recv().unwrap(), sight }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on bodies may be spoilt on purpose.
    pub fn expect_spoilt_bodies(&self) {
        self.sight.spoilt.store(true, Ordering::Relaxed);
    }

    /// Panics with the first violation; how many answers were seen.
    pub fn verdict(&self) -> usize {
        let violations = self.sight.violations.lock().unwrap();
        assert!(violations.is_empty(), "{} violations, first {}", violations.len(), violations[0]);
        *self.sight.seen.lock().unwrap()
    }
}

async fn pass_on(State(sight): State<Arc<Sight>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let url = format!("{}{}", sight.upstream, parts.uri);
    let mut headers = parts.headers.clone();
    headers.remove("host");
    // What is passed on is looked into.
    headers.remove("accept-encoding");
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let sent = sight.http.request(parts.method.clone(), url).headers(headers).body(body);
    let answer = sent.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.unwrap();
    let texts =
        headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())));
    sight.see(&Seen {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        status: status.as_u16(),
        headers: Headers { map: texts.collect::<Map<_, _>>(), complete: true },
        body: &body,
    });
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

impl Sight {
    fn see(&self, seen: &Seen) {
        *self.seen.lock().unwrap() += 1;
        if self.spoilt.load(Ordering::Relaxed) && schema::is_spoilt(seen.body) {
            return;
        }
        if let Err(violation) = schema::check(seen) {
            self.violations.lock().unwrap().push(violation);
        }
    }
}

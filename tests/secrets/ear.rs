//! What stands between floorwalker and an org, and hears every secret that passes: tokens, codes, credentials,
//! guests. It can refuse everything with what it was told, headers and all, as some gateways do.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU16, Ordering},
        mpsc,
    },
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::Value;

/// Where others are told what happens: it is heard, and goes no further.
pub const HOOK: &str = "/hook";

/// The listener; its thread ends with the test's process.
pub struct Ear {
    address: SocketAddr,
    heard: Arc<Heard>,
}

struct Heard {
    upstream: String,
    http: reqwest::Client,
    /// With what is refused; 0 for not at all.
    refuses: AtomicU16,
    /// Only what begins or moves a session is refused, not what a floor is made of.
    moves: AtomicBool,
    secrets: Mutex<BTreeSet<String>>,
    guests: Mutex<BTreeSet<String>>,
    hooks: Mutex<usize>,
}

impl Ear {
    /// In front of an address such as `http://127.0.0.1:1234`.
    pub fn before(upstream: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let heard = Arc::new(Heard {
            upstream: upstream.to_owned(),
            http: http.build().unwrap(),
            refuses: AtomicU16::default(),
            moves: AtomicBool::default(),
            secrets: Mutex::default(),
            guests: Mutex::default(),
            hooks: Mutex::default(),
        });
        let (told, address) = mpsc::channel();
        let router = Router::new().fallback(pass_on).with_state(Arc::clone(&heard));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { address: address.recv().unwrap(), heard }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on everything but tokens is refused with this status, and what was asked is said back; 0 ends
    /// that.
    pub fn refuse(&self, status: u16) {
        self.heard.moves.store(false, Ordering::Release);
        self.heard.refuses.store(status, Ordering::Release);
    }

    /// The same for what begins or moves a session alone.
    pub fn refuse_moves(&self, status: u16) {
        self.heard.moves.store(true, Ordering::Release);
        self.heard.refuses.store(status, Ordering::Release);
    }

    /// Every secret that has passed.
    pub fn secrets(&self) -> Vec<String> {
        self.heard.secrets.lock().unwrap().iter().cloned().collect()
    }

    /// Guests' tokens among them.
    pub fn guests(&self) -> Vec<String> {
        self.heard.guests.lock().unwrap().iter().cloned().collect()
    }

    /// How often somebody was told what happens.
    pub fn hooks(&self) -> usize {
        *self.heard.hooks.lock().unwrap()
    }
}

async fn pass_on(State(heard): State<Arc<Heard>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (path, body) = (parts.uri.path(), to_bytes(body, usize::MAX).await.unwrap());
    heard.request(path, &parts.headers, &body);
    if path == HOOK {
        *heard.hooks.lock().unwrap() += 1;
        return Response::new(Body::empty());
    }
    let status = heard.refuses.load(Ordering::Acquire);
    let moves = ["/replace/", "/assign", "/transfer", "/actions/", "/conversations/messaging"];
    let moves = moves.iter().any(|it| path.contains(it));
    let refused = moves || !heard.moves.load(Ordering::Acquire);
    if status > 0 && refused && !path.ends_with("/oauth/token") {
        let told = format!("{:?} {}", parts.headers, String::from_utf8_lossy(&body));
        let said = serde_json::json!({"message": told, "code": told, "contextId": told});
        let mut response = Response::new(Body::from(said.to_string()));
        *response.status_mut() = status.try_into().unwrap();
        return response;
    }
    let url = format!("{}{}", heard.upstream, parts.uri);
    let mut headers = parts.headers.clone();
    headers.remove("host");
    let sent = heard.http.request(parts.method.clone(), url).headers(headers).body(body);
    let answer = sent.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.unwrap();
    heard.answer(path, &body);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

impl Heard {
    fn keep(&self, secret: &str) {
        if secret.len() >= 8 {
            self.secrets.lock().unwrap().insert(secret.to_owned());
        }
    }

    fn request(&self, path: &str, headers: &HeaderMap, body: &Bytes) {
        let said = headers.get("authorization").and_then(|value| value.to_str().ok());
        said.and_then(|said| said.split_once(' ')).inspect(|(_, secret)| self.keep(secret));
        let body = String::from_utf8_lossy(body);
        if path.ends_with("/oauth/token") {
            let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
            let proofs = ["code", "code_verifier", "refresh_token"];
            pairs
                .filter(|(name, _)| proofs.contains(name))
                .for_each(|(_, secret)| self.keep(secret));
        }
        let told: Value = serde_json::from_str(&body).unwrap_or_default();
        if let Some(token) = told.pointer("/from/id").and_then(Value::as_str) {
            self.guests.lock().unwrap().insert(token.to_owned());
        }
    }

    fn answer(&self, path: &str, body: &Bytes) {
        if path.ends_with("/oauth/token") {
            let told: Value = serde_json::from_slice(body).unwrap_or_default();
            let tokens =
                ["access_token", "refresh_token"].iter().filter_map(|it| told[*it].as_str());
            tokens.for_each(|token| self.keep(token));
        }
    }
}

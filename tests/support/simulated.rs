//! A simulator and a plain client for it, as tests of the simulator use them. Not the console's client.
//! Every answer of the API is held against the project's schema before a test sees it.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use floorwalker::simulator::{Dialect, Options, Running, Simulator};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::schema::{self, Headers, Seen};

/// Longer than it takes to answer.
const ANSWERED: Duration = Duration::from_secs(20);

/// A running simulator with a token for it.
pub struct Floor {
    pub running: Running,
    pub http: reqwest::Client,
    pub token: String,
    /// Faults that spoil bodies are at work: those bodies need not fit the schema.
    spoilt: AtomicBool,
    /// Only the published API has a schema to be held against.
    published: bool,
}

/// An answer, read to its end.
pub struct Reply {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn seen<'a>(&'a self, method: &'a Method, path: &'a str) -> Seen<'a> {
        let text = |value: &reqwest::header::HeaderValue| json!(value.to_str().unwrap());
        let headers = self.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        Seen {
            method: method.as_str(),
            path,
            status: self.status.as_u16(),
            headers: Headers { map: headers.collect(), complete: true },
            body: self.text.as_bytes(),
        }
    }

    /// The platform's error code.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A floor that does not move by itself.
pub fn frozen() -> Options {
    Options { frozen: true, rate_limit: 100_000, ..Options::default() }
}

impl Floor {
    pub async fn open(options: Options) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let published = options.dialect == Dialect::Platform;
        let running = Simulator::start(options).await.unwrap();
        let http = reqwest::Client::builder().timeout(ANSWERED).build().unwrap();
        let spoilt = AtomicBool::new(false);
        let mut floor = Self { running, http, token: String::new(), spoilt, published };
        let (id, secret) = (floor.running.client_id(), floor.running.client_secret());
        let reply = floor.token(id, secret).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        floor.token = reply.json()["access_token"].as_str().unwrap().to_owned();
        floor
    }

    pub async fn token(&self, id: &str, secret: &str) -> Reply {
        let request = self.http.post(format!("{}/oauth/token", self.running.base_url()));
        let request = request
            .basic_auth(id, Some(secret))
            .header("content-type", "application/x-www-form-urlencoded");
        let sent = request.body("grant_type=client_credentials").send().await.unwrap();
        self.read(&Method::POST, "/oauth/token", sent).await.unwrap()
    }

    /// A token of the person who signs in.
    pub async fn person(&self) -> String {
        let (base, id) = (self.running.base_url(), self.running.person_client_id());
        let verifier = "v".repeat(43);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let back = "http://localhost:1/";
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let ask = format!(
            "{base}/oauth/authorize?client_id={id}&response_type=code&redirect_uri={back}&state=s\
             &code_challenge_method=S256&code_challenge={challenge}"
        );
        let sent = http.timeout(ANSWERED).build().unwrap().get(ask).send().await.unwrap();
        let to = sent.headers()["location"].to_str().unwrap().to_owned();
        let code = to.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
        let form = format!(
            "grant_type=authorization_code&client_id={id}&code={code}&redirect_uri={back}\
             &code_verifier={verifier}"
        );
        let request = self.http.post(format!("{base}/oauth/token"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form).send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Lets the person who signs in, or a colleague, do something elsewhere.
    pub async fn elsewhere(&self, what: Value) {
        let reply = self.post("/_simulator/persons", what).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    /// A request by nobody.
    pub async fn anonymous(&self, path: &str) -> Reply {
        let sent = self.http.get(format!("{}{path}", self.running.base_url())).send().await;
        self.read(&Method::GET, path, sent.unwrap()).await.unwrap()
    }

    /// A request as it is; an error is what a client would see of a broken connection.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: String,
    ) -> reqwest::Result<Reply> {
        let url = format!("{}{path}", self.running.base_url());
        let request = self.http.request(method.clone(), url);
        let request = request.bearer_auth(&self.token).header("content-type", content_type);
        self.read(&method, path, request.body(body).send().await?).await
    }

    async fn read(
        &self,
        method: &Method,
        path: &str,
        response: reqwest::Response,
    ) -> reqwest::Result<Reply> {
        let (status, headers) = (response.status(), response.headers().clone());
        let reply = Reply { status, headers, text: response.text().await? };
        let spoilt =
            self.spoilt.load(Ordering::Relaxed) && schema::is_spoilt(reply.text.as_bytes());
        // The simulator's own routes are not the API.
        if self.published && !path.starts_with("/_simulator/") && !spoilt {
            schema::check(&reply.seen(method, path)).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
        Ok(reply)
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, "application/json", String::new()).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, "application/json", body.to_string()).await.unwrap()
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, "application/json", body.to_string()).await.unwrap()
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, "application/json", body.to_string()).await.unwrap()
    }

    /// The true floor.
    pub async fn world(&self) -> Value {
        self.get("/_simulator/world").await.json()
    }

    pub async fn ledger(&self) -> Value {
        self.get("/_simulator/ledger").await.json()
    }

    pub async fn faults(&self, faults: &[&str]) {
        let spoils = |fault: &&str| ["html", "truncated", "huge"].iter().any(|f| fault.contains(f));
        self.spoilt.store(faults.iter().any(spoils), Ordering::Relaxed);
        let reply = self.post("/_simulator/fault", json!({"faults": faults})).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    /// How agents answer the next handoffs.
    pub async fn answers(&self, next: &[&str]) {
        let reply = self.post("/_simulator/answers", json!({"next": next})).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    pub async fn step(&self, seconds: u64) {
        let reply = self.post("/_simulator/step", json!({"ms": seconds * 1000})).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    /// Open sessions in a state, as the witness sees them.
    pub async fn sessions(&self, state: &str) -> Vec<Value> {
        let world = self.world().await;
        let all = world["sessions"].as_array().unwrap();
        all.iter().filter(|session| session["state"] == state).cloned().collect()
    }

    /// The ids of agents with a routing status or presence.
    pub async fn agents(&self, field: &str, value: &str) -> Vec<String> {
        let world = self.world().await;
        let all = world["agents"].as_array().unwrap();
        let found = all.iter().filter(|agent| agent[field] == value);
        found.map(|agent| agent["id"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn to_agent(&self, session: &Value, agent: &str) -> Reply {
        let path = format!("{}/replace/agent", participant(session));
        self.post(&path, json!({"userId": agent})).await
    }
}

/// The path of the participant who serves a session.
pub fn participant(session: &Value) -> String {
    let (id, party) = (session["id"].as_str().unwrap(), session["participant"].as_str().unwrap());
    format!("/api/v2/conversations/{id}/participants/{party}")
}

/// Asks again and again until there is an answer, for ten seconds at most.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}")
}

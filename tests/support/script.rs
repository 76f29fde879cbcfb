//! A transport that answers as a test tells it to, and keeps what it was asked and when.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't be set up should stop there"
)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use floorwalker::genesys::{
    auth,
    client::{Client, Settings},
    retry::Policy,
    transport::{Answer, Failure, Headers, Request, Transport},
};
use tokio::time::Instant;

/// What comes back: an answer or none, after a while.
pub type Reply = (Duration, Result<Answer, Failure>);

/// The transport. Clones share everything.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    token_replies: VecDeque<Reply>,
    replies: VecDeque<Reply>,
    tokens: Vec<(Instant, Request)>,
    calls: Vec<(Instant, Request)>,
}

impl Script {
    /// What the API answers next; once nothing is left, an empty object.
    pub fn answer(&self, reply: Reply) -> &Self {
        self.0.lock().unwrap().replies.push_back(reply);
        self
    }

    /// What the login host answers next; once nothing is left, a token for an hour.
    pub fn grant(&self, reply: Reply) -> &Self {
        self.0.lock().unwrap().token_replies.push_back(reply);
        self
    }

    /// When the API was called.
    pub fn calls(&self) -> Vec<Instant> {
        self.0.lock().unwrap().calls.iter().map(|(at, _)| *at).collect()
    }

    /// When a token was asked for.
    pub fn tokens(&self) -> Vec<Instant> {
        self.0.lock().unwrap().tokens.iter().map(|(at, _)| *at).collect()
    }

    /// How long the login host was given each time.
    pub fn token_timeouts(&self) -> Vec<Duration> {
        self.0.lock().unwrap().tokens.iter().map(|(_, request)| request.timeout).collect()
    }

    /// The last call to the API.
    pub fn last(&self) -> Request {
        self.0.lock().unwrap().calls.last().expect("a call").1.clone()
    }

    /// A client that speaks through this transport.
    pub fn client(&self, allowed: u32) -> Client<Self> {
        Client::new(self.clone(), settings(allowed))
    }
}

pub fn settings(allowed: u32) -> Settings {
    Settings {
        base_url: "https://api.test".into(),
        client: auth::Client {
            token_url: "https://login.test/oauth/token".into(),
            id: "id".into(),
            secret: "secret".into(),
        },
        allowed,
        retry: Policy::default(),
        timeout: Duration::from_secs(15),
        token_timeout: Duration::from_secs(10),
    }
}

impl Transport for Script {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        let at = Instant::now();
        let (wait, outcome) = {
            let mut state = self.0.lock().unwrap();
            if request.url.ends_with("/oauth/token") {
                state.tokens.push((at, request));
                state.token_replies.pop_front().unwrap_or_else(|| token(3600))
            } else {
                state.calls.push((at, request));
                state.replies.pop_front().unwrap_or_else(|| ok("{}"))
            }
        };
        tokio::time::sleep(wait).await;
        outcome
    }
}

/// A token that is good for so many seconds.
pub fn token(seconds: u64) -> Reply {
    ok(&format!(r#"{{"access_token":"t","token_type":"bearer","expires_in":{seconds}}}"#))
}

/// 200.
pub fn ok(body: &str) -> Reply {
    status(200, body)
}

/// Any status.
pub fn status(status: u16, body: &str) -> Reply {
    let answer = Answer { status, body: body.into(), ..Answer::default() };
    (Duration::from_millis(10), Ok(answer))
}

/// A status with Retry-After.
pub fn retry_after(code: u16, seconds: u64, body: &str) -> Reply {
    let headers = Headers { retry_after: Some(Duration::from_secs(seconds)), ..Headers::default() };
    let answer = Answer { status: code, headers, body: body.into() };
    (Duration::from_millis(10), Ok(answer))
}

/// No answer.
pub fn lost(failure: Failure) -> Reply {
    (Duration::from_millis(10), Err(failure))
}

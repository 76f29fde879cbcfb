//! The access token: asked for once, used for its whole life, by everybody.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::{
    error::{Error, Kind, kind_of},
    transport::{Answer, Body, Credentials, Failure, Method, Request, Transport},
};

/// The operation's name in errors.
pub const OPERATION: &str = "authenticate";
/// How long before its end a token is replaced (SPEC section 3) …
const MARGIN: Duration = Duration::from_secs(60);
/// … and how long the login host may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Whose token it is.
#[derive(Clone, Debug)]
pub struct Client {
    /// The login host's token endpoint.
    pub token_url: String,
    /// The OAuth client's id.
    pub id: String,
    /// The OAuth client's secret.
    pub secret: SecretString,
}

/// The token of one client.
#[derive(Debug)]
pub struct Tokens {
    client: Client,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts the answers of the login host: whoever waited while one came in takes that one.
    answers: u64,
    last: Option<Result<Token, Error>>,
}

/// A token, and which answer of the login host it came with.
#[derive(Clone, Debug)]
pub struct Token {
    /// For the header.
    pub secret: SecretString,
    /// For [`Tokens::reject`].
    pub answer: u64,
    refresh_at: Instant,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    error: String,
    error_description: String,
    description: String,
}

impl Tokens {
    /// No token yet.
    pub fn new(client: Client) -> Self {
        Self { client, state: Mutex::default() }
    }

    /// The token: the known one while it is good, else a new one. However many callers wait, one
    /// request is made.
    ///
    /// # Errors
    /// Of the login host or the way to it.
    pub async fn token(&self, transport: &impl Transport) -> Result<Token, Error> {
        let asked_after = self.state.try_lock().map(|s| s.answers).ok();
        let mut state = self.state.lock().await;
        match &state.last {
            Some(Ok(token)) if token.refresh_at > Instant::now() => return Ok(token.clone()),
            // Somebody else's request failed while this caller waited: asking again at once would
            // make a queue of callers ask once each.
            Some(Err(error)) if asked_after.is_none() => return Err(error.clone()),
            _ => {}
        }
        state.answers += 1;
        let answer = state.answers;
        let outcome = self.ask(transport, answer).await;
        state.last = Some(outcome.clone());
        outcome
    }

    /// Forgets a token that the API has refused, unless it has been replaced already.
    pub async fn reject(&self, token: &Token) {
        let mut state = self.state.lock().await;
        if matches!(&state.last, Some(Ok(known)) if known.answer == token.answer) {
            state.last = None;
        }
    }

    async fn ask(&self, transport: &impl Transport, answer: u64) -> Result<Token, Error> {
        let request = Request {
            method: Method::Post,
            url: self.client.token_url.clone(),
            credentials: Credentials::Basic(self.client.id.clone(), self.client.secret.clone()),
            body: Body::Form("grant_type=client_credentials"),
            timeout: TIMEOUT,
        };
        let asked_at = Instant::now();
        let reply = transport.exchange(request).await.map_err(|f| unanswered(OPERATION, f))?;
        let granted = read(&reply)?;
        let life = Duration::from_secs(granted.expires_in);
        Ok(Token {
            secret: granted.access_token.into(),
            answer,
            // Counted from the question: the server's clock started before its answer came.
            refresh_at: asked_at + life.saturating_sub(MARGIN.min(life / 2)),
        })
    }
}

fn read(reply: &Answer) -> Result<TokenResponse, Error> {
    if reply.status == 200 {
        return serde_json::from_slice(&reply.body).map_err(|_| Error {
            status: Some(200),
            ..Error::new(
                OPERATION,
                Kind::Decode,
                "the login URL answered with something that is not a token",
            )
        });
    }
    // The login host has an error shape of its own: an unknown id is 400, a wrong secret is 401.
    let refusal: Refusal = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = [refusal.error_description, refusal.description, refusal.error]
        .into_iter()
        .find(|t| !t.is_empty())
        .unwrap_or_else(|| "no token".into());
    let kind = match reply.status {
        400 | 401 | 403 => Kind::Auth,
        status => kind_of(status),
    };
    Err(Error {
        status: Some(reply.status),
        retry_after: reply.headers.retry_after,
        ..Error::new(OPERATION, kind, text)
    })
}

/// The error that stands for having had no answer.
pub fn unanswered(operation: &'static str, failure: Failure) -> Error {
    match failure {
        Failure::Unreachable(why) => Error::new(operation, Kind::Unreachable, why),
        Failure::Broken(why) => Error::new(operation, Kind::Network, why),
        Failure::Timeout => Error::new(operation, Kind::Timeout, "no answer in time"),
        Failure::TooLarge(limit) => {
            let text = format!("the answer is larger than {} MiB", limit >> 20);
            Error::new(operation, Kind::Decode, text)
        }
    }
}

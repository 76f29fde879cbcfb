//! The access token: asked for once, used for its whole life, by everybody.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use crate::domain::text::Plain;

use super::{
    error::{Error, Kind, kind_of},
    person::Person,
    transport::{Answer, Body, Credentials, Failure, Method, Request, Transport},
    unsaid::Unsaid,
};

/// The operation's name in errors.
pub const OPERATION: &str = "authenticate";
/// How long before its end a token is replaced (SPEC section 3).
const MARGIN: Duration = Duration::from_secs(60);
/// Longer than any token lives (172,800 s): what claims more is read as this.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// How long the login host may take, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Whose token it is.
#[derive(Clone, Debug)]
pub struct Client {
    /// The login host's token endpoint.
    pub token_url: String,
    /// The OAuth client's id.
    pub id: String,
    /// What it proves itself with: a secret, or a person's sign-in.
    pub secret: Means,
}

/// What an OAuth client proves itself with.
#[derive(Clone, Debug)]
pub enum Means {
    /// Its secret: it signs in as itself.
    Secret(SecretString),
    /// What a person was given who signed in with it.
    Person(Arc<Person>),
}

impl From<SecretString> for Means {
    fn from(secret: SecretString) -> Self {
        Self::Secret(secret)
    }
}

impl From<String> for Means {
    fn from(secret: String) -> Self {
        Self::Secret(secret.into())
    }
}

impl From<&str> for Means {
    fn from(secret: &str) -> Self {
        Self::Secret(secret.into())
    }
}

/// The token of one client.
#[derive(Debug)]
pub struct Tokens {
    client: Client,
    /// How long the login host may take.
    timeout: Duration,
    /// The last answer of the login host.
    last: Mutex<Option<Result<Token, Error>>>,
    /// How often it has answered: whoever waited while an answer came in takes that one.
    answers: AtomicU64,
}

/// A token, and which answer of the login host it came with.
#[derive(Clone, Debug)]
pub struct Token {
    /// For the header.
    pub secret: SecretString,
    /// For [`Tokens::reject`].
    pub answer: u64,
    /// When it is replaced.
    pub refresh_at: Instant,
}

#[derive(Deserialize)]
pub(super) struct TokenResponse {
    pub(super) access_token: String,
    pub(super) expires_in: Lifetime,
    pub(super) refresh_token: Option<String>,
}

/// Seconds, as a number or as text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Lifetime {
    Number(f64),
    Text(String),
}

impl Lifetime {
    /// Believed whatever it is, within what a clock can hold: what can't be read is used once.
    pub(super) fn duration(&self) -> Duration {
        let seconds = match self {
            Self::Number(seconds) => *seconds,
            Self::Text(text) => text.trim().parse().unwrap_or(0.0),
        };
        // Clamped first: what a Duration can't hold would otherwise count as nothing.
        let seconds = seconds.clamp(0.0, LONGEST.as_secs_f64());
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    error: String,
    error_description: String,
    description: String,
}

impl Tokens {
    /// No token yet. The login host may take `timeout`.
    pub fn new(client: Client, timeout: Duration) -> Self {
        Self { client, timeout, last: Mutex::default(), answers: AtomicU64::new(0) }
    }

    /// The token: the known one while it is good, else a new one. However many callers wait, one
    /// request is made.
    ///
    /// # Errors
    /// Of the login host or the way to it.
    pub async fn token(&self, transport: &Arc<impl Transport>) -> Result<Token, Error> {
        let before = self.answers.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        match &*last {
            Some(Ok(token)) if token.refresh_at > Instant::now() => return Ok(token.clone()),
            // Somebody else's request failed while this caller waited: asking again at once would
            // make a queue of callers ask once each.
            Some(Err(error)) if self.answers.load(Ordering::Acquire) > before => {
                return Err(error.clone());
            }
            _ => {}
        }
        let outcome = self.ask(transport, self.answers.load(Ordering::Acquire) + 1).await;
        self.answers.fetch_add(1, Ordering::AcqRel);
        *last = Some(outcome.clone());
        outcome
    }

    /// Forgets a token that the API has refused, unless it has been replaced already.
    pub async fn reject(&self, token: &Token) {
        let mut last = self.last.lock().await;
        if matches!(&*last, Some(Ok(known)) if known.answer == token.answer) {
            *last = None;
            if let Means::Person(person) = &self.client.secret {
                person.reject(&token.secret);
            }
        }
    }

    /// Why what a person's sign-in was renewed to is not kept, where it is not.
    pub fn unkept(&self) -> Option<Plain> {
        match &self.client.secret {
            Means::Secret(_) => None,
            Means::Person(person) => person.unkept(),
        }
    }

    async fn ask(&self, transport: &Arc<impl Transport>, answer: u64) -> Result<Token, Error> {
        match &self.client.secret {
            Means::Secret(secret) => self.ask_with(secret, transport.as_ref(), answer).await,
            Means::Person(person) => {
                let grant = person.grant((&self.client, self.timeout), transport).await?;
                let refresh_at = Instant::now() + grant.fresh_for(Timestamp::now());
                Ok(Token { secret: grant.access, answer, refresh_at })
            }
        }
    }

    async fn ask_with(
        &self,
        secret: &SecretString,
        transport: &impl Transport,
        answer: u64,
    ) -> Result<Token, Error> {
        let request = Request {
            method: Method::Post,
            url: self.client.token_url.clone(),
            credentials: Credentials::Basic(self.client.id.clone(), secret.clone()),
            body: Body::Form("grant_type=client_credentials"),
            timeout: self.timeout,
        };
        let asked_at = Instant::now();
        let reply = transport.exchange(request).await.map_err(|f| unanswered(OPERATION, f))?;
        let unsaid = Unsaid::default().and_basic(&self.client.id, secret);
        let granted = read(OPERATION, &reply, &unsaid)?;
        let life = granted.expires_in.duration();
        Ok(Token {
            secret: granted.access_token.into(),
            answer,
            // Counted from the question: the server's clock started before its answer came.
            refresh_at: asked_at + used_for(life),
        })
    }
}

/// How long a token is used that lives so long.
pub(super) fn used_for(life: Duration) -> Duration {
    life.saturating_sub(MARGIN.min(life / 2))
}

/// Reads what the login host has answered to who has sent secrets.
pub(super) fn read(
    operation: &'static str,
    reply: &Answer,
    unsaid: &Unsaid,
) -> Result<TokenResponse, Error> {
    if reply.status == 200 {
        return serde_json::from_str(&reply.body.lossy()).map_err(|_| Error {
            status: Some(200),
            ..Error::new(
                operation,
                Kind::Decode,
                "the login URL answered with something that is not a token",
            )
        });
    }
    // The login host has an error shape of its own: an unknown id is 400, a wrong secret is 401.
    let refusal: Refusal = serde_json::from_str(&reply.body.lossy()).unwrap_or_default();
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
        ..Error::new(operation, kind, unsaid.clean(&text))
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

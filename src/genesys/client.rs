//! One call: within the budget, with a token, tried again where that is safe.

mod answer;
mod call;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use crate::domain::text::Plain;

use super::{
    Sent, Write,
    auth::{self, Tokens, unanswered},
    budget::{self, Budget, Lane},
    error::{Error, Kind},
    retry::{Policy, Safety},
    transport::{Answer, Body, Credentials, Method, Request, Transport},
    unsaid::Unsaid,
};

use answer::refusal;
pub use answer::{decode, decode_hiding, unreadable};
pub use call::Call;

/// How long one API exchange may take, unless told otherwise (SPEC section 3).
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// The longest that a refusal may hold back everybody; more than that is no limit of a minute.
const LONGEST_CLOSED: Duration = Duration::from_secs(180);

/// Where to, and as whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The API host, without a slash at the end.
    pub base_url: String,
    /// The OAuth client.
    pub client: auth::Client,
    /// Requests a minute.
    pub allowed: u32,
    /// When to try again.
    pub retry: Policy,
    /// How long one API exchange may take.
    pub timeout: Duration,
    /// How long the login host may take.
    pub token_timeout: Duration,
}

/// What the requests cost now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// The budget.
    pub budget: budget::Reading,
    /// A wait that somebody may wonder about.
    pub waiting: Option<Wait>,
    /// When the token is replaced; `None` before there is one.
    pub token_until: Option<Instant>,
    /// Why a person's sign-in that was renewed is known to this process alone, where it is.
    pub unkept: Option<Plain>,
}

/// A pause before the next try.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// What will be tried again.
    pub operation: &'static str,
    /// When.
    pub until: Instant,
    /// Why it failed.
    pub why: Plain,
}

/// A successful answer and how long it took.
#[derive(Debug)]
pub struct Reply {
    /// What came back.
    pub answer: Answer,
    /// The exchange alone.
    pub took: Duration,
}

/// The client of one org.
#[derive(Debug)]
pub struct Client<T> {
    transport: Arc<T>,
    tokens: Tokens,
    budget: Budget,
    settings: Settings,
    traffic: watch::Sender<Traffic>,
    /// Every wait of a call that is to be tried again, the most urgent lane first.
    waits: Mutex<BTreeMap<(Lane, u64), Wait>>,
    /// When the token used last is replaced.
    token_until: Mutex<Option<Instant>>,
    counter: AtomicU64,
}

impl<T: Transport> Client<T> {
    /// A client that has asked for nothing yet.
    pub fn new(transport: T, settings: Settings) -> Self {
        Self {
            tokens: Tokens::new(settings.client.clone(), settings.token_timeout),
            budget: Budget::new(settings.allowed),
            transport: Arc::new(transport),
            settings,
            traffic: watch::Sender::default(),
            waits: Mutex::default(),
            token_until: Mutex::default(),
            counter: AtomicU64::new(0),
        }
    }

    /// What the requests cost, kept up to date.
    pub fn traffic(&self) -> watch::Receiver<Traffic> {
        self.traffic.subscribe()
    }

    /// Makes the call and decodes its answer.
    ///
    /// # Errors
    /// After the last try, or if the answer is not what the API promises.
    pub async fn fetch<D: DeserializeOwned>(&self, call: Call) -> Result<D, Error> {
        let (operation, secret) = (call.operation, call.secret.clone());
        let reply = self.call(call).await?;
        decode_hiding(operation, &reply.answer, &Unsaid::of(secret.as_ref()))
    }

    /// Sends one request that changes something.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn send(&self, write: &Write, tries: u32) -> Result<Sent, Error> {
        let Write { operation, method, path, body, .. } = write;
        let call = Call::write(operation, *method, path.clone(), body);
        let reply = self.call_up_to(call, tries).await?;
        let correlation = reply.answer.headers.correlation.as_deref().map(Plain::new);
        Ok(Sent { took: reply.took, status: reply.answer.status, correlation })
    }

    /// Reads once as somebody else than the client: what a guest may read takes nothing of the client's
    /// budget, and whoever asks knows when to ask again.
    ///
    /// # Errors
    /// If there is no answer, or a refusal.
    pub async fn read_as(
        &self,
        operation: &'static str,
        path: &str,
        token: &SecretString,
    ) -> Result<Answer, Error> {
        let request = Request {
            method: Method::Get,
            url: format!("{}{path}", self.settings.base_url),
            credentials: Credentials::Bearer(token.clone()),
            body: Body::None,
            timeout: self.settings.timeout,
        };
        let outcome = self.transport.exchange(request).await;
        let answer = outcome.map_err(|failure| unanswered(operation, failure))?;
        match answer.status {
            200..=299 => Ok(answer),
            _ => Err(refusal(operation, &answer, &Unsaid::default().and(token)).0),
        }
    }

    /// True if it is a person's sign-in, and not the client's own.
    pub fn is_person(&self) -> bool {
        matches!(self.settings.client.secret, auth::Means::Person(_))
    }

    /// The API host, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.settings.base_url
    }

    /// Makes the call.
    ///
    /// # Errors
    /// After the last try: always an error, never a silence.
    pub async fn call(&self, call: Call) -> Result<Reply, Error> {
        self.call_up_to(call, self.settings.retry.tries).await
    }

    async fn call_up_to(&self, call: Call, tries: u32) -> Result<Reply, Error> {
        let policy = Policy { tries, ..self.settings.retry };
        let deadline = Instant::now() + call.patience();
        let mut tried = 0;
        let mut reauthenticated = false;
        loop {
            let error = match self.once(&call, deadline, &mut reauthenticated).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            tried += 1;
            let wait = policy.wait(&error, call.safety, tried, fastrand::f64());
            match wait {
                Some(wait) if Instant::now() + wait < deadline => {
                    self.pause(call.lane, &error, wait).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// One try; a second exchange only where the API has refused the token (SPEC section 3).
    async fn once(
        &self,
        call: &Call,
        deadline: Instant,
        reauthenticated: &mut bool,
    ) -> Result<Reply, Error> {
        loop {
            let turn = timeout_at(deadline, self.budget.take(call.lane)).await;
            turn.map_err(|_| {
                let text = "the request budget is used up; nothing was sent";
                Error::new(call.operation, Kind::RateLimited, text)
            })?;
            // Last, so that it can't grow old while the budget is waited for.
            let token = self.tokens.token(&self.transport).await.map_err(Error::before_it_left)?;
            *self.token_until() = Some(token.refresh_at);
            let request = Request {
                method: call.method,
                url: format!("{}{}", self.settings.base_url, call.path),
                credentials: Credentials::Bearer(token.secret.clone()),
                body: call.body.clone().map_or(Body::None, Body::Json),
                timeout: self.settings.timeout,
            };
            let sent = Instant::now();
            let outcome = self.transport.exchange(request).await;
            let took = sent.elapsed();
            let answer = match outcome {
                Ok(answer) => answer,
                Err(failure) => {
                    self.publish();
                    return Err(unanswered(call.operation, failure));
                }
            };
            self.budget.observe(&answer.headers);
            self.publish();
            match answer.status {
                200..=299 => return Ok(Reply { answer, took }),
                401 if !*reauthenticated => {
                    *reauthenticated = true;
                    self.tokens.reject(&token).await;
                    *self.token_until() = None;
                }
                _ => return Err(self.refused(call, &answer, &token.secret)),
            }
        }
    }

    fn refused(&self, call: &Call, answer: &Answer, token: &SecretString) -> Error {
        let unsaid = Unsaid::of(call.secret.as_ref()).and(token);
        let (error, limit) = refusal(call.operation, answer, &unsaid);
        // A limit of one endpoint is that call's affair; a limit of the token is everybody's.
        let of_token = limit.is_none_or(|key| key.contains("token.rate"));
        if let (Kind::RateLimited, true, Some(wait)) = (error.kind, of_token, error.retry_after) {
            self.budget.close(wait.min(LONGEST_CLOSED));
        }
        error
    }

    async fn pause(&self, lane: Lane, error: &Error, wait: Duration) {
        tracing::info!(operation = error.operation, %error, ?wait, "trying again");
        let until = Instant::now() + wait;
        let key = (lane, self.counter.fetch_add(1, Ordering::Relaxed));
        let told = Wait { operation: error.operation, until, why: error.explained() };
        // Taken back also if the call is given up while it waits.
        let _shown = Shown { client: self, key };
        self.waits().insert(key, told);
        self.publish();
        tokio::time::sleep_until(until).await;
    }

    /// The lock is held for a few instructions and never across a wait.
    fn waits(&self) -> MutexGuard<'_, BTreeMap<(Lane, u64), Wait>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Self::waits`].
    fn token_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.token_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self) {
        let waiting = self.waits().values().next().cloned();
        let token_until = *self.token_until();
        let unkept = self.tokens.unkept();
        let traffic = Traffic { budget: self.budget.reading(), waiting, token_until, unkept };
        self.traffic.send_if_modified(|known| {
            // Who counts requests looks every second: that one more was sent is no news to anybody.
            let news = (known.budget.allowed, &known.waiting, known.token_until, &known.unkept)
                != (traffic.budget.allowed, &traffic.waiting, traffic.token_until, &traffic.unkept);
            *known = traffic;
            news
        });
    }
}

/// A wait that is being shown.
struct Shown<'a, T: Transport> {
    client: &'a Client<T>,
    key: (Lane, u64),
}

impl<T: Transport> Drop for Shown<'_, T> {
    fn drop(&mut self) {
        self.client.waits().remove(&self.key);
        self.client.publish();
    }
}

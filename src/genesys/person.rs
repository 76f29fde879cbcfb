//! A person's sign-in: the tokens that a person was given, used as long as they are good and renewed then.
//!
//! ```text
//! login ── pkce ──▶ grants ──▶ Keep: one grant, shared by every process of this user
//!                                │
//! auth::Tokens ──▶ Person ───────┘  reads, renews under its lock, puts the new one in its place
//! ```
//! Where the grant is kept is not known here, and nobody is asked to sign in: who has to do so again is told
//! by an error that says how.

pub mod grants;
pub mod pkce;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{
    auth::Client,
    error::{Error, Kind},
    transport::Transport,
};

/// The operation's name in errors.
pub const OPERATION: &str = "sign in as a person";
/// How long another process may take to renew the same grant.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(50);

/// What a person was given.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The access token.
    pub access: SecretString,
    /// What it can be renewed with, where it can.
    pub renewal: Option<SecretString>,
    /// Until when the access token is used; it is good for a little longer.
    pub renew_at: Timestamp,
    /// Until when it is good.
    pub until: Timestamp,
}

impl Grant {
    /// How long its access token is still used.
    pub fn fresh_for(&self, now: Timestamp) -> Duration {
        Duration::try_from(self.renew_at - now).unwrap_or(Duration::ZERO)
    }
}

/// Held while a grant is renewed.
pub type Hold = Box<dyn Send>;

/// Where a grant is kept, for every process of one user.
pub trait Keep: fmt::Debug + Send + Sync {
    /// What is kept.
    ///
    /// # Errors
    /// If there is none, or others could read it.
    fn read(&self) -> Result<Grant, String>;

    /// Puts a new one in its place.
    ///
    /// # Errors
    /// If it can't be kept.
    fn replace(&self, grant: &Grant) -> Result<(), String>;

    /// The right to renew it, which one process has at a time; `None` while another has it.
    ///
    /// # Errors
    /// If that can't be found out.
    fn hold(&self) -> Result<Option<Hold>, String>;

    /// The command that signs in again.
    fn again(&self) -> String;
}

/// A person's sign-in.
#[derive(Debug)]
pub struct Person {
    keep: Box<dyn Keep>,
    spoilt: Mutex<Spoilt>,
}

/// What was refused: it is not tried again until something else is kept.
#[derive(Debug, Default)]
struct Spoilt {
    access: Option<SecretString>,
    renewal: Option<SecretString>,
}

impl Person {
    /// The sign-in that is kept there.
    pub fn new(keep: Box<dyn Keep>) -> Self {
        Self { keep, spoilt: Mutex::default() }
    }

    /// Forgets an access token that the API has refused.
    pub(super) fn reject(&self, access: &SecretString) {
        self.spoilt().access = Some(access.clone());
    }

    /// What is kept while it is good, else renewed.
    pub(super) async fn grant(
        &self,
        client: &Client,
        transport: &impl Transport,
    ) -> Result<Grant, Error> {
        let kept = self.kept()?;
        if self.serves(&kept) {
            return Ok(kept);
        }
        let _hold = self.hold().await?;
        // Whoever had it before may have renewed it.
        let kept = self.kept()?;
        if self.serves(&kept) {
            return Ok(kept);
        }
        self.renew(kept, client, transport).await
    }

    async fn renew(
        &self,
        kept: Grant,
        client: &Client,
        transport: &impl Transport,
    ) -> Result<Grant, Error> {
        let Some(renewal) = kept.renewal else {
            return Err(self.over("it has ended, and can't be renewed"));
        };
        if is(&self.spoilt().renewal, &renewal) {
            return Err(self.over("it has ended or was revoked"));
        }
        match grants::renew(transport, client, &renewal).await {
            Ok(grant) => {
                self.keep.replace(&grant).map_err(|why| self.failed(&why))?;
                Ok(grant)
            }
            Err(error) if error.kind == Kind::Auth => {
                self.spoilt().renewal = Some(renewal);
                let over = self.over(&format!("it has ended or was revoked ({})", error.message));
                Err(Error { status: error.status, ..over })
            }
            Err(error) => Err(error),
        }
    }

    fn kept(&self) -> Result<Grant, Error> {
        self.keep.read().map_err(|why| self.over(&why))
    }

    fn serves(&self, grant: &Grant) -> bool {
        grant.renew_at > Timestamp::now() && !is(&self.spoilt().access, &grant.access)
    }

    async fn hold(&self) -> Result<Hold, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.keep.hold().map_err(|why| self.failed(&why))? {
                Some(hold) => return Ok(hold),
                None if Instant::now() > deadline => {
                    return Err(self.failed("another process renews it and does not come back"));
                }
                None => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// The lock is held for a few instructions and never across a wait.
    fn spoilt(&self) -> MutexGuard<'_, Spoilt> {
        self.spoilt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn over(&self, why: &str) -> Error {
        Error::new(OPERATION, Kind::Auth, format!("{why}; sign in again: {}", self.keep.again()))
    }

    fn failed(&self, why: &str) -> Error {
        Error::new(OPERATION, Kind::Auth, why)
    }
}

fn is(known: &Option<SecretString>, secret: &SecretString) -> bool {
    known.as_ref().is_some_and(|known| known.expose_secret() == secret.expose_secret())
}

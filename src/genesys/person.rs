//! A person's sign-in: the tokens that a person was given, used as long as they are good and renewed then.
//!
//! ```text
//! login ── pkce ──▶ grants ──▶ Keep: one grant, shared by every process of this user
//!                                │
//! auth::Tokens ──▶ Person ───────┘  reads, renews under its lock, puts the new one in its place
//! ```
//! A renewal that has begun goes on to its end though nobody waits for it any more: where tokens to renew with are
//! good once, whoever dropped the new one would have nothing.
//! Where the grant is kept is not known here, and nobody is asked to sign in: who has to do so again is told
//! by an error that says how.

pub mod grants;
pub mod pkce;
mod under_way;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::domain::text::Plain;

use super::{
    auth::Client,
    error::{Error, Kind},
    transport::Transport,
};

pub use under_way::{is_renewing, settled};

/// The operation's name in errors.
pub const OPERATION: &str = "sign in as a person";
/// The same where a sign-in that was begun is brought to its end.
pub const FINISH: &str = "finish the sign-in";
/// The same where the sign-in is over. What is shown may be cut, so the command that helps comes right behind it.
pub const AGAIN: &str = "sign in again";
/// How much longer another process may take to renew the same grant than the login host may take.
const SPARE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(50);
/// How often it is tried again to keep what could not be kept.
const KEEP_AGAIN: Duration = Duration::from_secs(30);

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

/// Why there is no grant to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nobody is signed in, as this says: [`Keep::again`] helps.
    Nobody(String),
    /// Somebody else is, as this says: what they were given is not for what was begun by another.
    Another(String),
}

/// Where a grant is kept, for every process of one user.
pub trait Keep: fmt::Debug + Send + Sync {
    /// What is kept of whoever had signed in when this was opened.
    ///
    /// # Errors
    /// If there is none, others could read it, or it is somebody else's.
    fn read(&self) -> Result<Grant, Missing>;

    /// Puts a new one in the place of the one whose token to renew with is `before`; false, and nothing done,
    /// where something else is kept by now, or nothing.
    ///
    /// # Errors
    /// If it can't be kept.
    fn replace(&self, before: &SecretString, grant: &Grant) -> Result<bool, String>;

    /// The right to change what is kept, which one process has at a time; `None` while another has it.
    ///
    /// # Errors
    /// If that can't be found out.
    fn hold(&self) -> Result<Option<Hold>, String>;

    /// The command that signs in again.
    fn again(&self) -> String;
}

/// Waits for the right to change what is kept. The login host may take `timeout` for whoever has it.
///
/// # Errors
/// If it can't be had.
pub async fn held(keep: &dyn Keep, timeout: Duration) -> Result<Hold, String> {
    let deadline = Instant::now() + timeout + SPARE;
    loop {
        match keep.hold()? {
            Some(hold) => return Ok(hold),
            None if Instant::now() > deadline => {
                return Err("another process renews it and does not come back".into());
            }
            None => tokio::time::sleep(LOOK).await,
        }
    }
}

/// A person's sign-in.
#[derive(Debug)]
pub struct Person {
    keep: Box<dyn Keep>,
    spoilt: Mutex<Spoilt>,
    loose: Mutex<Option<Loose>>,
}

/// What was refused: it is not tried again until something else is kept.
#[derive(Debug, Default)]
struct Spoilt {
    access: Option<SecretString>,
    renewal: Option<SecretString>,
}

/// What was given and could not be kept: it is good all the same.
#[derive(Clone, Debug)]
struct Loose {
    /// The token to renew with that is kept instead, and is good no more.
    before: SecretString,
    grant: Grant,
    why: Plain,
}

/// What is used, and the token to renew with that is kept: another one where what is used is [`Loose`].
struct Known {
    grant: Grant,
    kept: Option<SecretString>,
}

impl Person {
    /// The sign-in that is kept there.
    pub fn new(keep: Box<dyn Keep>) -> Self {
        Self { keep, spoilt: Mutex::default(), loose: Mutex::default() }
    }

    /// Forgets an access token that the API has refused.
    pub(super) fn reject(&self, access: &SecretString) {
        self.spoilt().access = Some(access.clone());
    }

    /// Why what is used is known to this process alone, where it is.
    pub(super) fn unkept(&self) -> Option<Plain> {
        self.loose().as_ref().map(|loose| loose.why.clone())
    }

    /// What is kept while it is good, else renewed. The login host may take `timeout`.
    pub(super) async fn grant(
        self: &Arc<Self>,
        (client, timeout): (&Client, Duration),
        transport: &Arc<impl Transport>,
    ) -> Result<Grant, Error> {
        let known = self.known()?;
        if self.serves(&known.grant) {
            return Ok(known.grant);
        }
        let hold = held(&*self.keep, timeout).await.map_err(|why| self.failed(&why))?;
        // Whoever had it before may have renewed it.
        let known = self.known()?;
        if self.serves(&known.grant) {
            return Ok(known.grant);
        }
        let (Some(renewal), Some(before)) = (known.grant.renewal, known.kept) else {
            return Err(self.over("it has ended, and can't be renewed"));
        };
        if is(self.spoilt().renewal.as_ref(), &renewal) {
            return Err(self.over("it has ended or was revoked"));
        }
        let (me, client, transport) = (Arc::clone(self), client.clone(), Arc::clone(transport));
        let under_way = under_way::begin();
        let task = async move {
            let renewed = grants::renew(transport.as_ref(), (&client, timeout), &renewal).await;
            let renewed = me.renewed(renewed, (renewal, before));
            drop((hold, under_way));
            renewed
        };
        let ended = tokio::spawn(task).await;
        ended.unwrap_or_else(|_| Err(self.failed("its renewal was broken off")))
    }

    /// What has come of a renewal. Only called by whoever holds what is kept.
    fn renewed(
        self: &Arc<Self>,
        outcome: Result<Grant, Error>,
        (renewal, before): (SecretString, SecretString),
    ) -> Result<Grant, Error> {
        match outcome {
            Ok(grant) => self.keep(grant, before),
            Err(error) if error.kind == Kind::Auth => {
                self.spoilt().renewal = Some(renewal);
                let status = error.status.map(|status| format!("{status} ")).unwrap_or_default();
                Err(self.over(&format!("it has ended or was revoked: {status}{}", error.message)))
            }
            Err(error) => Err(error),
        }
    }

    fn keep(self: &Arc<Self>, grant: Grant, before: SecretString) -> Result<Grant, Error> {
        match self.keep.replace(&before, &grant) {
            Ok(true) => {
                self.loose().take();
                under_way::is_kept();
                Ok(grant)
            }
            // What was renewed is not this sign-in any more.
            Ok(false) => {
                self.loose().take();
                Some(self.known()?.grant)
                    .filter(|grant| self.serves(grant))
                    .ok_or_else(|| self.failed("somebody has signed in or out here meanwhile"))
            }
            Err(why) => {
                tracing::error!(%why, "a renewed sign-in can't be kept");
                under_way::is_not_kept(&why);
                let loose = Loose { before, grant: grant.clone(), why: Plain::from(why) };
                if self.loose().replace(loose).is_none() {
                    tokio::spawn(Self::keep_later(Arc::downgrade(self)));
                }
                Ok(grant)
            }
        }
    }

    /// Keeps what could not be kept as soon as it can be.
    async fn keep_later(me: Weak<Self>) {
        loop {
            tokio::time::sleep(KEEP_AGAIN).await;
            let Some(me) = me.upgrade() else { return };
            // While another process has it, or this one renews it once more.
            let Ok(Some(_hold)) = me.keep.hold() else { continue };
            let Some(loose) = me.loose().clone() else { return };
            if me.keep.replace(&loose.before, &loose.grant).is_ok() {
                me.loose().take();
                under_way::is_kept();
                return;
            }
        }
    }

    fn known(&self) -> Result<Known, Error> {
        let kept = self.keep.read().map_err(|missing| match missing {
            Missing::Nobody(why) => self.over(&why),
            Missing::Another(why) => self.failed(&why),
        })?;
        let mut loose = self.loose();
        match &*loose {
            Some(it) if is(kept.renewal.as_ref(), &it.before) => {
                Ok(Known { grant: it.grant.clone(), kept: kept.renewal })
            }
            _ => {
                *loose = None;
                Ok(Known { kept: kept.renewal.clone(), grant: kept })
            }
        }
    }

    fn serves(&self, grant: &Grant) -> bool {
        grant.renew_at > Timestamp::now() && !is(self.spoilt().access.as_ref(), &grant.access)
    }

    /// The lock is held for a few instructions and never across a wait.
    fn spoilt(&self) -> MutexGuard<'_, Spoilt> {
        self.spoilt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Self::spoilt`].
    fn loose(&self) -> MutexGuard<'_, Option<Loose>> {
        self.loose.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn over(&self, why: &str) -> Error {
        Error::new(AGAIN, Kind::Auth, format!("{} ({why})", self.keep.again()))
    }

    fn failed(&self, why: &str) -> Error {
        Error::new(OPERATION, Kind::Auth, why)
    }
}

fn is(known: Option<&SecretString>, secret: &SecretString) -> bool {
    known.is_some_and(|known| known.expose_secret() == secret.expose_secret())
}

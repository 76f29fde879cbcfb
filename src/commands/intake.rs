//! Webhooks in, as the configuration wants them: beside the console, and in `serve`.

use std::{io::ErrorKind, net::SocketAddr};

use super::Failure;
use crate::{
    config::{
        intake::Intake,
        secret::{Manner, SecretSource},
    },
    engine::Handle,
    intake::{Doors, Keys, Limits, OpenError, Server, Settings},
    policy::signature::Key,
};

/// The ways into the engine behind `handle`.
pub fn doors(handle: &Handle) -> Doors {
    Doors {
        arrivals: handle.arrivals.clone(),
        pulse: handle.pulse.clone(),
        floor: handle.floor.clone(),
    }
}

/// Why no webhooks are taken in, though the configuration wants it.
#[derive(Debug)]
pub enum Closed {
    /// Somebody else listens there.
    Taken(SocketAddr),
    /// A secret is not to be had, or the address.
    Failed(Failure),
}

impl From<Failure> for Closed {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Closed> for Failure {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Taken(at) => Self::other(format!("intake.listen: {at} is in use already")),
            Closed::Failed(failure) => failure,
        }
    }
}

/// Begins to take webhooks in; `None` where the configuration wants none.
///
/// # Errors
/// If a secret is not to be had, or the address.
pub async fn open(intake: &Intake, doors: Doors, manner: Manner) -> Result<Option<Server>, Closed> {
    let Some(listen) = intake.listen else { return Ok(None) };
    let read = |key: &str, source: &SecretSource| {
        source.read_by(manner).map_err(|why| Failure::usage(format!("intake.{key}: {why}")))
    };
    let secret = intake.secret.as_ref().map(|source| {
        let secret = read("secret", source)?;
        Key::new(&secret).map_err(|why| Failure::usage(format!("intake.secret: {why}")))
    });
    let token = intake.token.as_ref().map(|source| read("token", source));
    let keys = Keys {
        secret: secret.transpose()?,
        token: token.transpose()?,
        window: intake.window.as_secs(),
    };
    let settings = Settings { listen, keys, limits: Limits::of(intake.wait) };
    match Server::open(settings, doors).await {
        Ok(server) => Ok(Some(server)),
        Err(OpenError::Listen { address, source }) if source.kind() == ErrorKind::AddrInUse => {
            Err(Closed::Taken(address))
        }
        // Whatever else is tried, it is the configuration that has to change.
        Err(why @ OpenError::Unguarded(_)) => Err(Failure::usage(why.to_string()).into()),
        Err(why) => Err(Failure::other(why.to_string()).into()),
    }
}

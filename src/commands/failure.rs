//! How a command fails: a message, what to do, and an exit code that scripts can rely on.

use std::fmt;

use crate::{
    config::ConfigError,
    genesys::{Error, error::Kind},
    policy::payload::PayloadError,
    store::StoreError,
};

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What happened and what to do, for people.
    pub message: String,
}

impl Failure {
    /// The command line or the place it was run in is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// Credentials are missing or not accepted.
    pub fn access(message: impl Into<String>) -> Self {
        Self { code: 4, message: message.into() }
    }

    /// A rule forbids it.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into() }
    }

    /// Somebody else is at it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { code: 5, message: message.into() }
    }

    /// Anything else.
    pub fn other(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }
}

/// The exit code of a call that failed.
pub fn code_of(kind: Kind) -> u8 {
    match kind {
        Kind::Auth | Kind::Permission => 4,
        Kind::Conflict => 5,
        Kind::RateLimited => 6,
        _ => 1,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { code: code_of(error.kind), message: format!("{error}\n{}", error.hint()) }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::other(error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<PayloadError> for Failure {
    fn from(error: PayloadError) -> Self {
        Self::usage(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

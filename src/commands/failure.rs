//! How a command fails: a message, what to do, and an exit code that scripts can rely on.

use std::fmt;

use crate::genesys::{Error, error::Kind};

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

    /// Anything else.
    pub fn other(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.kind {
            Kind::Auth | Kind::Permission => 4,
            Kind::Conflict => 5,
            Kind::RateLimited => 6,
            _ => 1,
        };
        Self { code, message: format!("{error}\n{}", error.hint()) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

//! The one error of a call to Genesys Cloud: what was tried, what kind of failure, what to do.

use std::{fmt, time::Duration};

use crate::domain::{guest::GuestToken, text::Plain};

/// Characters of a server's message that are shown (SPEC section 3).
const SHOWN: usize = 500;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// What was tried, as a verb and its object: `read queues`.
    pub operation: &'static str,
    /// What kind of failure.
    pub kind: Kind,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The server's or the network's message.
    pub message: Plain,
    /// The server's code.
    pub code: Option<Plain>,
    /// The request's correlation id, which Genesys Cloud's support asks for.
    pub correlation: Option<Plain>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// True if no token was had for it: whatever became of that request, this one has not left.
    pub unsent: bool,
}

/// The kinds of failure, by what somebody would do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Credentials are missing or wrong, or the token is not accepted.
    Auth,
    /// The client lacks a right.
    Permission,
    /// It is not there.
    NotFound,
    /// It changed in between, or is already moving.
    Conflict,
    /// Too many requests.
    RateLimited,
    /// The request is wrong.
    Invalid,
    /// A gateway's rule refused it.
    GatewayRefused,
    /// The server failed.
    Server,
    /// No connection was made: nothing was sent.
    Unreachable,
    /// The connection broke after the request may have been sent.
    Network,
    /// No answer in time.
    Timeout,
    /// An answer that is not what the API promises.
    Decode,
}

impl Error {
    /// An error that no answer came with.
    pub fn new(operation: &'static str, kind: Kind, message: impl AsRef<str>) -> Self {
        Self {
            operation,
            kind,
            status: None,
            message: Plain::cut(message.as_ref(), SHOWN),
            code: None,
            correlation: None,
            retry_after: None,
            unsent: false,
        }
    }

    /// True if a write that ended so may have taken effect all the same: then it must be re-read and
    /// never be sent again (SPEC section 3).
    pub fn may_have_happened(&self) -> bool {
        // An unreadable answer is one too: it was answered.
        !self.unsent
            && matches!(self.kind, Kind::Server | Kind::Network | Kind::Timeout | Kind::Decode)
    }

    /// True if a write that ended so may take effect even later: whoever holds it, a slow server or a
    /// proxy before it, has not said that it has let go of it. That it can't be seen yet proves nothing.
    pub fn may_still_happen(&self) -> bool {
        !self.unsent
            && (matches!(self.kind, Kind::Timeout | Kind::Network) || self.status == Some(504))
    }

    /// The same of the login host, which was asked for a token before anything else could leave.
    #[must_use]
    pub fn before_it_left(self) -> Self {
        Self { unsent: true, ..self }
    }

    /// True if nobody could answer: the same may be answered later.
    pub fn may_pass(&self) -> bool {
        use Kind as K;
        matches!(self.kind, K::RateLimited | K::Server | K::Unreachable | K::Network | K::Timeout)
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        if let Some(hint) = super::gateway::hint(self) {
            return hint;
        }
        match self.kind {
            Kind::Timeout | Kind::Network | Kind::Server if self.unsent => {
                "the login host, or a proxy before it, has trouble: without a token nothing was sent"
            }
            Kind::Auth if self.operation == super::person::AGAIN => {
                "that may be done in another terminal: what runs goes on with it"
            }
            Kind::Auth if self.operation == super::person::FINISH => {
                "begin again with the same command: a code is good once, and not for long; where that does not \
                 help, see that client_id and region are the org's"
            }
            Kind::Auth if self.operation == super::person::OPERATION => {
                "`floorwalker whoami` says who is signed in here by now"
            }
            Kind::Auth if self.operation == super::auth::OPERATION => {
                "check the client's id and secret (the context's, or GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET), and that \
                 the login URL is of the org's region"
            }
            Kind::Auth => {
                "the token was not accepted twice: is the base URL of the same region as the login URL?"
            }
            Kind::Permission => "add the permission to a role of the OAuth client",
            Kind::NotFound => "it may have ended or been removed: refresh",
            Kind::Conflict => "it changed meanwhile: look again before you repeat it",
            Kind::RateLimited => {
                "too many requests on this client: wait, or give floorwalker a client of its own"
            }
            Kind::Invalid => {
                "the request was refused as wrong: this is a defect unless the target has changed"
            }
            Kind::GatewayRefused => "the gateway's rules refused it",
            Kind::Server => "Genesys Cloud has trouble: see its status page; reads are retried",
            Kind::Unreachable => "check the base URL, the network and the proxy",
            Kind::Network => "reads are tried again; what a request did is found out by reading",
            Kind::Timeout => {
                "the org, or a proxy before it, is slow; what a request did is found out by reading"
            }
            Kind::Decode => {
                "this does not look like Genesys Cloud: check the base URL and any proxy in between"
            }
        }
    }

    /// The same without a guest's token, should the server have said it back.
    #[must_use]
    pub fn without(self, token: Option<&GuestToken>) -> Self {
        let Some(token) = token else { return self };
        let clean = |text: Plain| Plain::new(&token.redact(&text));
        let (code, correlation) = (self.code.map(clean), self.correlation.map(clean));
        Self { message: clean(self.message), code, correlation, ..self }
    }

    /// Message and hint on one line.
    pub fn explained(&self) -> Plain {
        Plain::new(&format!("{self} — {}", self.hint()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if let Some(status) = self.status {
            write!(f, "{status} ")?;
        }
        f.write_str(&self.message)?;
        if let Some(id) = &self.correlation {
            write!(f, " [{id}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The kind that a status stands for.
pub fn kind_of(status: u16) -> Kind {
    match status {
        401 => Kind::Auth,
        403 => Kind::Permission,
        404 => Kind::NotFound,
        408 => Kind::Timeout,
        409 => Kind::Conflict,
        429 => Kind::RateLimited,
        400..=499 => Kind::Invalid,
        500..=599 => Kind::Server,
        _ => Kind::Decode,
    }
}

//! What the documents say to a refusal: their causes and fixes for 400, 401, 403, 409 and 429, by the
//! transfer that was refused, and which cause it was where the message tells.

use super::transfer::{BY_PARTICIPANT, TO_AGENT, WITH_CONTEXT, WITH_SKILLS};
use crate::genesys::error::{Error, Kind};

/// Why a transfer was forbidden.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Right,
    Queue,
    Guest,
    Untold,
}

/// Which of the causes of a 403 the message names.
fn cause(error: &Error) -> Cause {
    let message = error.message.to_lowercase();
    let names = |words: &[&str]| words.iter().any(|word| message.contains(word));
    // Names of scopes hold the other words too.
    if names(&["scope", "permission", "right to"]) {
        Cause::Right
    } else if names(&["guest"]) {
        Cause::Guest
    } else if names(&["queue", "routing"]) {
        Cause::Queue
    } else {
        Cause::Untold
    }
}

fn is_transfer(operation: &str) -> bool {
    [TO_AGENT, WITH_CONTEXT, WITH_SKILLS, BY_PARTICIPANT].contains(&operation)
}

/// Tells a rule of the gateway from a right that is missing: both come as 403.
pub fn sorted(error: Error) -> Error {
    let by_rule = matches!(cause(&error), Cause::Queue | Cause::Guest);
    if error.kind == Kind::Permission && is_transfer(error.operation) && by_rule {
        return Error { kind: Kind::GatewayRefused, ..error };
    }
    error
}

/// What to do about it, where a document says more than the general hint.
pub fn hint(error: &Error) -> Option<&'static str> {
    if !is_transfer(error.operation) {
        return None;
    }
    Some(match error.kind {
        Kind::Auth => {
            "the token was not accepted twice: check that the OAuth client is confidential, has the grant Client Credentials and the scope for this transfer"
        }
        Kind::Permission | Kind::GatewayRefused => forbidden(error),
        Kind::Conflict => {
            "it is being transferred already, perhaps by somebody else: look at the session before you repeat it"
        }
        Kind::RateLimited => {
            "too many requests: wait as long as the gateway asks, and hand over fewer at once"
        }
        Kind::Invalid => invalid(error.operation),
        _ => return None,
    })
}

fn forbidden(error: &Error) -> &'static str {
    match (cause(error), error.operation) {
        (Cause::Right, TO_AGENT) => {
            "add the scope messaging:conversation:transfer to the OAuth client and get a new token"
        }
        (Cause::Right, WITH_CONTEXT) => {
            "add the scopes webchat:transfer and conversation:webchat:write to the OAuth client and get a new token"
        }
        (Cause::Right, WITH_SKILLS) => {
            "add the scopes conversation:messaging:write and routing:conversation:write to the OAuth client and get a new token"
        }
        (Cause::Right, _) => {
            "add the scope conversation:transfer to the OAuth client and get a new token"
        }
        (Cause::Queue, _) => {
            "the queue is full or paused, or has not the skills that are asked for: choose another queue, or wait until it is open"
        }
        (Cause::Guest, _) => {
            "the guest must be exactly the one the conversation began with, id and all"
        }
        (Cause::Untold, _) => {
            "one of four causes: the OAuth client lacks the scope, the queue is full, the routing does not match (skills that the queue does not have), or the conversation belongs to another tenant"
        }
    }
}

fn invalid(operation: &str) -> &'static str {
    match operation {
        TO_AGENT => {
            "the history must be 1 to 500 messages, and the target an agent that is still there"
        }
        WITH_CONTEXT => {
            "at most 50 attributes of 256 characters go along, all of them text, and the guest with an id"
        }
        WITH_SKILLS => "the queue and every skill must be ids that exist",
        _ => "the queue must exist and be active, and the participant must still serve the guest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(operation: &'static str, message: &str) -> Error {
        sorted(Error { status: Some(403), ..Error::new(operation, Kind::Permission, message) })
    }

    #[test]
    fn a_403_says_which_of_its_causes_it_was_where_it_tells() {
        let full = refused(
            WITH_CONTEXT,
            "Transfer forbidden: queue unavailable or routing configuration mismatch.",
        );
        assert_eq!(full.kind, Kind::GatewayRefused);
        assert!(full.hint().contains("full or paused"), "{}", full.hint());
        let scope = refused(WITH_SKILLS, "missing permission routing:conversation:write");
        assert_eq!(scope.kind, Kind::Permission);
        assert!(scope.hint().contains("routing:conversation:write"));
        let untold = refused(TO_AGENT, "Forbidden");
        assert_eq!(untold.kind, Kind::Permission);
        for cause in ["lacks the scope", "queue is full", "does not match", "another tenant"] {
            assert!(untold.hint().contains(cause), "{}", untold.hint());
        }
    }

    #[test]
    fn what_is_no_transfer_keeps_its_hint_and_kind() {
        let read = refused("read queues", "the queue is not yours");
        assert_eq!(read.kind, Kind::Permission);
        assert_eq!(read.hint(), "add the permission to a role of the OAuth client");
    }
}

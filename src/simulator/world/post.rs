//! What is posted to a guest: news of their session, on each of their lines. Not how it is written there.

use tokio::sync::mpsc::Sender;

use super::participants::Purpose;
use crate::simulator::stamp::Millis;

/// Something done without words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Join,
    Disconnect,
    Typing,
}

/// A piece of news.
#[derive(Debug, Clone)]
pub(crate) enum Post {
    Message(Told),
    Event {
        id: String,
        at: Millis,
        sign: Sign,
        /// Nobody here: the guest's own.
        from: Option<Purpose>,
        tracing: Option<String>,
    },
    /// The other side has ended the conversation, within the session's life.
    ReadOnly {
        started: Millis,
        expires: Millis,
    },
    Expired,
    /// The guest is asked to leave this connection, with the reason.
    Closed(String),
    /// The connection breaks without a word.
    Cut,
}

/// A message as a guest is told of it, their own too.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) at: Millis,
    pub(crate) text: String,
    pub(crate) from: Purpose,
    /// By which the house knows the guest.
    pub(crate) address: String,
    pub(crate) tracing: Option<String>,
}

/// A guest's end of a connection.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) number: u64,
    pub(crate) sender: Sender<Post>,
}

impl Line {
    /// Whether the line took it.
    pub(super) fn post(&self, post: Post) -> bool {
        self.sender.try_send(post).is_ok()
    }
}

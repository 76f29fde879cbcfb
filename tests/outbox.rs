//! Telling other systems (SPEC section 11): on a paused clock with a real store, and over real sockets.

#[cfg(test)]
#[path = "outbox/age.rs"]
mod age;
#[cfg(test)]
#[path = "outbox/desk.rs"]
mod desk;
#[cfg(test)]
#[path = "outbox/outage.rs"]
mod outage;
#[cfg(test)]
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "what only tests that restart the server need")]
mod server;
#[cfg(test)]
#[path = "outbox/several.rs"]
mod several;
#[cfg(test)]
#[path = "outbox/sockets.rs"]
mod sockets;
#[cfg(test)]
#[path = "support/stores.rs"]
#[expect(dead_code, reason = "what only tests that start others need")]
mod stores;

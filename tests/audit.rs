//! The audit log as people use it: read, searched, followed, written down, moved and purged, by the real
//! binary on real files; and what is kept of people in any store.

#[cfg(test)]
#[path = "audit/desk.rs"]
mod desk;
#[cfg(test)]
#[path = "audit/moving.rs"]
mod moving;
#[cfg(test)]
#[path = "audit/purging.rs"]
mod purging;
#[cfg(test)]
#[path = "audit/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "audit/retention.rs"]
mod retention;
#[cfg(test)]
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "what only tests that restart the server need")]
mod server;
#[cfg(test)]
#[path = "support/stores.rs"]
mod stores;

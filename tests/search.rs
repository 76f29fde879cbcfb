//! Searching the audit log: with an index, without one, with half of one, it finds the same.

#[cfg(test)]
#[path = "search/asked.rs"]
mod asked;
#[cfg(test)]
#[path = "search/index.rs"]
mod index;
#[path = "support/log.rs"]
mod log;
#[cfg(test)]
#[path = "search/same.rs"]
mod same;
#[cfg(test)]
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "what only tests that restart the server need")]
mod server;
#[cfg(test)]
#[path = "support/stores.rs"]
mod stores;

//! Webhooks in, over HTTP: who may call, what a call has to look like, how long it may take (SPEC
//! section 10). What becomes of it is the engine's.
//!
//! ```text
//! socket ─→ server ─→ routes ─┬→ proof      who calls
//!  (limits, one task each)    ├→ body       what they say, strictly
//!                             └→ the engine's arrivals ─→ answer
//! ```

mod body;
pub mod metrics;
mod near;
mod proof;
mod routes;
mod server;
mod strict;

use crate::domain::{
    id::SessionId,
    inbox::{Route, Said},
};

pub use proof::Keys;
pub use server::{Doors, Limits, OpenError, Server, Settings};

/// What the body of a call says: of which conversation, and what.
///
/// # Errors
/// Says what is missing or wrong, in a few words that go back to whoever calls.
pub fn read(route: Route, bytes: &[u8]) -> Result<(SessionId, Said), String> {
    let value = strict::parse(bytes).map_err(|why| format!("Invalid JSON: {why}"))?;
    body::read(route, value)
}

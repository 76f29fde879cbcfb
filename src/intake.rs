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
mod proof;
mod routes;
mod server;
mod strict;

pub use proof::Keys;
pub use server::{Doors, Limits, OpenError, Server, Settings};

//! floorwalker: a terminal console for the supervisors of a Genesys Cloud contact centre.
//!
//! A map of the house; each module may use only what stands to the right of it:
//! `main → commands → {console, intake, simulator} → engine → {genesys, store} → policy → domain`.

pub mod args;
pub mod commands;
pub mod config;
pub mod console;
pub mod domain;
pub mod engine;
pub mod genesys;
pub mod intake;
pub mod policy;
pub mod simulator;
pub mod store;

//! Which org this process is told of: the command line, this process's environment and the file together.

use super::Failure;
use crate::{
    args::Org,
    config::{Config, Context},
};

/// The org that `org`, the environment and the file name. Nothing is asked or sent yet.
///
/// # Errors
/// If they name none of the file's, or something that can't be used.
pub fn resolve(org: &Org, config: &Config) -> Result<Context, Failure> {
    let asked = org.asked().ok_or_else(|| {
        Failure::usage("--dialect both is for the built-in contact centre: an org speaks one")
    })?;
    config.contexts.resolve(&asked, &variable).map_err(Failure::usage)
}

/// What a variable of this process's environment holds.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

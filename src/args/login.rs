//! The command line of `login`.

use clap::Args;

/// Signing in as a person.
#[derive(Args, Clone, Copy, Debug)]
pub struct Login {
    /// Open no browser: print the address, and take the one that the browser was sent back to.
    #[arg(long)]
    pub no_browser: bool,
    /// The port on this machine that the browser is sent back to. The OAuth client has to name
    /// http://localhost:PORT/ among its redirect URIs; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8741)]
    pub port: u16,
    /// How many seconds to wait for the browser to come back.
    #[arg(long, value_name = "S", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub wait: u64,
}

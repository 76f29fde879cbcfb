//! The command line of the configuration.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Listing;
use crate::config::Colour;

/// What to do with the configuration.
#[derive(Args, Clone, Debug)]
pub struct Configuration {
    /// What to do.
    #[command(subcommand)]
    pub act: ConfigAct,
}

/// What can be done with the configuration.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigAct {
    /// Make an org known by a name: asks what is needed, tries to sign in, and writes it down.
    ///
    /// What is given by an option is not asked: --context for the name, --region or --base-url,
    /// --login-url, --dialect, --read-only, and those below.
    Init(Init),
    /// Show what holds, and where each value comes from. No secret is shown.
    Show(Listing),
    /// Check it, and what it names: exit code 2 with file, line and key of what is wrong.
    Check,
    /// Print the defaults: every option, with one line of why.
    Default,
    /// Show which files are looked at, and whether they are there.
    Path(Listing),
}

/// Who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignIn {
    /// The OAuth client itself, with its secret: its grant is Client Credentials.
    Client,
    /// A person, by `floorwalker login`: the client's grant is Code Authorization with PKCE, and it has no secret.
    Person,
}

/// A new context.
#[derive(Args, Clone, Debug)]
pub struct Init {
    /// Who signs in: the OAuth client itself by its secret (client), or you, in a browser (person).
    #[arg(long, value_enum, value_name = "WHO")]
    pub sign_in: Option<SignIn>,
    /// The id of the OAuth client. Its secret is never an argument.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// The file that holds the client's secret; nobody else may read it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["secret_command", "secret_env", "ask_secret"])]
    pub secret_file: Option<PathBuf>,
    /// The program that prints the client's secret.
    #[arg(long, value_name = "PROGRAM", conflicts_with_all = ["secret_env", "ask_secret"])]
    pub secret_command: Option<String>,
    /// The variable that holds the client's secret.
    #[arg(long, value_name = "NAME", conflicts_with = "ask_secret")]
    pub secret_env: Option<String>,
    /// Ask for the client's secret whenever it is needed.
    #[arg(long)]
    pub ask_secret: bool,
    /// The colour that the console shows its name in.
    #[arg(long, value_name = "COLOUR", value_parser = colour)]
    pub colour: Option<Colour>,
    /// Ask nothing: what is needed and not given by an option is an error.
    #[arg(long)]
    pub non_interactive: bool,
    /// Add it to a configuration that is there already, without asking.
    #[arg(long)]
    pub yes: bool,
    /// Do not try to sign in.
    #[arg(long)]
    pub no_test: bool,
}

fn colour(text: &str) -> Result<Colour, String> {
    let found = Colour::ALL.iter().find(|(name, _)| *name == text);
    found.map(|(_, colour)| *colour).ok_or_else(|| {
        let names = Colour::ALL.map(|(name, _)| name).join(", ");
        format!("it is one of {names}")
    })
}

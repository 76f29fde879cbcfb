//! Where a secret comes from: never from the configuration itself, and never from an argument, which
//! everybody on the machine can read (SPEC section 14). A program that is started, to print one or for anything
//! else, gets no other secret along: variables that hold one are not handed to it.

mod program;

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use secrecy::SecretString;

/// Variables that hold secrets whatever the configuration says; addresses of webhooks often have a key in them.
pub const VARIABLES: [&str; 5] = [
    "GENESYS_CLIENT_SECRET",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET",
    "FLOORWALKER_WEBHOOK_SECRET",
    "CRM_WEBHOOK_URL",
    "WFM_WEBHOOK_URL",
];

/// A program that prints a secret, and the variables that it does not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    line: String,
    hidden: Vec<String>,
}

impl From<&str> for Program {
    fn from(line: &str) -> Self {
        Self { line: line.to_owned(), hidden: VARIABLES.map(str::to_owned).into() }
    }
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The environment variable of this name.
    Env(String),
    /// The first line of this file, which nobody else may read.
    File(PathBuf),
    /// The first line that this program prints; words are divided at spaces.
    Command(Program),
}

/// Whose the terminal is while a secret is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Nobody's yet: a program may ask a person for a password there, and takes the time that takes.
    AtTerminal,
    /// The console's: a program that wants to ask must fail instead, and may not take long.
    Apart,
}

impl SecretSource {
    /// What `key` says; `None` where it says nothing.
    pub(super) fn parse(key: &str, text: &str) -> Result<Option<Self>, String> {
        let named = |from: &str| Some(text.strip_prefix(from)?.trim().to_owned());
        let filled = |name: String| if name.is_empty() { None } else { Some(name) };
        let source = match (named("env:"), named("file:"), named("command:")) {
            _ if text.is_empty() => return Ok(None),
            (Some(name), ..) => filled(name).map(Self::Env),
            (_, Some(path), _) => filled(path).map(|path| Self::File(path.into())),
            (.., Some(line)) => filled(line).map(|line| Self::Command(line.as_str().into())),
            _ => None,
        };
        // What was written may be the secret itself: it is not said again.
        source.map(Some).ok_or_else(|| {
            format!(
                "{key} must be env:NAME, file:PATH or command:PROGRAM, and never the secret itself"
            )
        })
    }

    /// The variable that it is in, if it is in one.
    pub(super) fn variable(&self) -> Option<&str> {
        match self {
            Self::Env(name) => Some(name),
            Self::File(_) | Self::Command(_) => None,
        }
    }

    /// If a program prints it, these variables are not handed to that.
    pub(super) fn hide(&mut self, variables: &[String]) {
        if let Self::Command(program) = self {
            program.hidden = variables.to_vec();
        }
    }

    /// Looks whether it can be fetched, without doing so: a program is not started.
    ///
    /// # Errors
    /// Of a file: that it can't be opened, or who else could.
    pub fn look(&self) -> Result<(), String> {
        let Self::File(path) = self else { return Ok(()) };
        let failed = |e: std::io::Error| format!("{}: {e}", path.display());
        let found = fs::metadata(path).map_err(failed)?;
        if found.permissions().mode() & 0o077 != 0 {
            let path = path.display();
            return Err(format!("{path} can be read by others: chmod 600 {path}"));
        }
        if !found.is_file() {
            return Err(format!("{} is not a file", path.display()));
        }
        fs::File::open(path).map(drop).map_err(failed)
    }

    /// Fetches it. A command is waited for, and may ask for a password at the terminal.
    ///
    /// # Errors
    /// Says what is missing, or who else could read it.
    pub fn read(&self) -> Result<SecretString, String> {
        self.read_by(Manner::AtTerminal)
    }

    /// The same, with the terminal as `manner` says.
    ///
    /// # Errors
    /// Says what is missing, or who else could read it.
    pub fn read_by(&self, manner: Manner) -> Result<SecretString, String> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|_| format!("{name} is not set"))?,
            Self::File(path) => {
                self.look()?;
                fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?
            }
            Self::Command(Program { line, hidden }) => program::printed(line, hidden, manner)?,
        };
        let first = text.lines().next().unwrap_or_default().trim();
        if first.is_empty() {
            return Err(format!("{self} is empty"));
        }
        Ok(first.to_owned().into())
    }
}

impl std::fmt::Display for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            // What follows the program's name may be a secret itself.
            Self::Command(Program { line, .. }) => match line.split_once(char::is_whitespace) {
                Some((program, _)) => write!(f, "command:{program} …"),
                None => write!(f, "command:{line}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn source(text: &str) -> Result<Option<SecretSource>, String> {
        SecretSource::parse("intake.secret", text)
    }

    #[test]
    fn a_secret_is_named_and_never_written() {
        assert_eq!(source(""), Ok(None));
        assert_eq!(source("env:KEY"), Ok(Some(SecretSource::Env("KEY".into()))));
        for written in ["hunter2", "env:", "file: ", "https://x"] {
            let error = source(written).unwrap_err();
            assert!(error.starts_with("intake.secret must be") && !error.contains("hunter2"));
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "hunter2\n").unwrap();
        let read = || SecretSource::File(path.clone()).read();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read().unwrap_err().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read().unwrap().expose_secret(), "hunter2");
        fs::write(&path, "\n").unwrap();
        assert!(read().unwrap_err().contains("is empty"));
    }

    #[test]
    fn a_program_prints_it() {
        let read = |line: &str| SecretSource::Command(line.into()).read();
        assert_eq!(read("echo hunter2").unwrap().expose_secret(), "hunter2");
        assert!(read("false").unwrap_err().contains("false"));
        assert!(read("no-such-program-here").is_err());
        assert!(SecretSource::Env("FLOORWALKER_NO_SUCH_VARIABLE".into()).read().is_err());
    }

    #[test]
    fn beside_the_console_a_program_prints_it_as_well() {
        let read = |line: &str| SecretSource::Command(line.into()).read_by(Manner::Apart);
        assert_eq!(read("echo hunter2").unwrap().expose_secret(), "hunter2");
        assert_eq!(read("false").unwrap_err(), "false: ended with exit status: 1");
        assert!(read("no-such-program-here").is_err());
    }
}

//! `[audit]`: when and where heads of the audit log are signed.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

/// A tail that was cut off is seen from the last checkpoint back: ten minutes are little to lose.
const EVERY: u64 = 10;
/// A day.
const LONGEST_EVERY: u64 = 1440;

/// When and where `serve` puts checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoints {
    /// How long between two.
    pub every: Duration,
    /// The file they are appended to.
    pub file: Option<PathBuf>,
    /// Whether syslog takes them.
    pub syslog: bool,
    /// The program that takes them, with its arguments; empty for none.
    pub command: Vec<String>,
}

impl Default for Checkpoints {
    fn default() -> Self {
        let every = Duration::from_secs(EVERY * 60);
        Self { every, file: None, syslog: false, command: Vec::new() }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Audit {
    checkpoint: Checkpoint,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Checkpoint {
    every_minutes: u64,
    file: String,
    syslog: bool,
    command: Vec<String>,
}

impl Default for Checkpoint {
    fn default() -> Self {
        let (file, command) = (String::new(), Vec::new());
        Self { every_minutes: EVERY, file, syslog: false, command }
    }
}

impl Audit {
    pub(super) fn validate(self) -> Result<Checkpoints, String> {
        let Checkpoint { every_minutes, file, syslog, command } = self.checkpoint;
        if !(1..=LONGEST_EVERY).contains(&every_minutes) {
            let key = "audit.checkpoint.every_minutes";
            return Err(format!("{key} is {every_minutes}: it must be 1 to {LONGEST_EVERY}"));
        }
        let file = Some(PathBuf::from(file)).filter(|file| !file.as_os_str().is_empty());
        // Where a service manager starts us is nowhere in particular.
        if file.as_ref().is_some_and(|file| !file.is_absolute()) {
            return Err(
                "audit.checkpoint.file must be a whole path, such as /mnt/worm/anchors".into()
            );
        }
        if command.first().is_some_and(String::is_empty) {
            return Err("audit.checkpoint.command must begin with a program".into());
        }
        Ok(Checkpoints { every: Duration::from_secs(every_minutes * 60), file, syslog, command })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn parsed(text: &str) -> Result<Checkpoints, String> {
        let text = format!("[audit.checkpoint]\n{text}");
        Config::parse(&text, "config.toml").map(|c| c.checkpoints).map_err(|e| e.to_string())
    }

    #[test]
    fn checkpoints_go_where_the_file_says() {
        let told = parsed("every_minutes = 5\nfile = '/mnt/a'\ncommand = ['put', '-q']").unwrap();
        assert_eq!((told.every, told.syslog), (Duration::from_secs(300), false));
        assert_eq!(told.file, Some("/mnt/a".into()));
        assert_eq!(told.command, ["put", "-q"]);
        assert_eq!(parsed(""), Ok(Checkpoints::default()));
    }

    #[test]
    fn what_can_t_be_done_is_refused() {
        for (text, expected) in [
            ("every_minutes = 0", "1 to 1440"),
            ("every_minutes = 1441", "1 to 1440"),
            ("file = 'anchors'", "audit.checkpoint.file must be a whole path"),
            ("command = ['']", "audit.checkpoint.command"),
            ("command = 'put -q'", ":2: audit.checkpoint.command: it must be a list"),
            ("every = 5", "did you mean audit.checkpoint.every_minutes?"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

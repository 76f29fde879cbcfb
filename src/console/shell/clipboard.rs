//! The clipboard of whoever sits in front of the terminal, wherever that is: by the terminal itself (OSC 52).
//!
//! No program on this machine is asked: over SSH it would be the wrong clipboard.

use std::{
    env, fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;

/// What terminals take at most, in base64: xterm's limit, and that of many after it.
const MOST: usize = 74_994;

/// Copies `text` if the terminal takes so much; otherwise writes it to a file here, and says where.
///
/// # Errors
/// If neither can be done.
pub fn copy(text: &str, now: Timestamp) -> io::Result<Option<PathBuf>> {
    match sequence(text, Around::from_env()) {
        Some(sequence) => {
            let mut out = io::stdout().lock();
            out.write_all(sequence.as_bytes())?;
            out.flush()?;
            Ok(None)
        }
        None => keep(&env::current_dir()?, text, now).map(Some),
    }
}

/// What stands between us and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    Nothing,
    Tmux,
    Screen,
}

impl Around {
    pub(super) fn from_env() -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        // Each leaves its name to what is started within it; the one that was started last is not to be told
        // from them, but for tmux within screen, which is the likelier.
        match (is_set("TMUX"), is_set("STY")) {
            (true, _) => Self::Tmux,
            (false, true) => Self::Screen,
            (false, false) => Self::Nothing,
        }
    }
}

/// What screen lets through in one wrapping: it keeps 768 bytes, and drops all of a longer one.
const PIECE: usize = 512;

/// What makes a terminal copy `text`; `None` if it is too long.
fn sequence(text: &str, around: Around) -> Option<String> {
    let encoded = STANDARD.encode(text);
    if encoded.len() > MOST {
        return None;
    }
    let plain = format!("\x1b]52;c;{encoded}\x07");
    // tmux takes it itself, or lets it through in a wrapping: which of the two is up to its options.
    Some(match around {
        Around::Tmux => format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\"),
        Around::Screen => through_screen(&plain),
        Around::Nothing => plain,
    })
}

/// screen takes nothing for itself: all of it goes through, piece by piece.
pub(super) fn through_screen(plain: &str) -> String {
    let pieces = plain.as_bytes().chunks(PIECE).map(String::from_utf8_lossy);
    pieces.map(|piece| format!("\x1bP{piece}\x1b\\")).collect()
}

/// Writes it to a file of its own, for its owner alone.
fn keep(folder: &Path, text: &str, now: Timestamp) -> io::Result<PathBuf> {
    let path =
        folder.join(format!("floorwalker-incident-{}.md", now.strftime("%Y%m%dT%H%M%S%3fZ")));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_text_goes_to_the_terminal_and_through_tmux_too() {
        assert_eq!(sequence("né", Around::Nothing).unwrap(), "\x1b]52;c;bsOp\x07");
        let through = "\x1b]52;c;bsOp\x07\x1bPtmux;\x1b\x1b]52;c;bsOp\x07\x1b\\";
        assert_eq!(sequence("né", Around::Tmux).unwrap(), through);
        let longest = "x".repeat(MOST / 4 * 3);
        assert!(sequence(&longest, Around::Nothing).is_some());
        assert!(sequence(&format!("{longest}xxxx"), Around::Nothing).is_none());
    }

    #[test]
    fn a_text_goes_through_screen_in_pieces_that_it_keeps() {
        let short = "\x1bP\x1b]52;c;bsOp\x07\x1b\\";
        assert_eq!(sequence("né", Around::Screen).unwrap(), short);
        let long = sequence(&"x".repeat(1_200), Around::Screen).unwrap();
        let pieces: Vec<&str> = long.split_terminator("\x1b\\").collect();
        assert!(
            pieces.len() > 2 && pieces.iter().all(|piece| piece.len() < 768),
            "{}",
            pieces.len()
        );
        let whole: String = pieces.iter().filter_map(|piece| piece.strip_prefix("\x1bP")).collect();
        assert_eq!(whole, sequence(&"x".repeat(1_200), Around::Nothing).unwrap());
    }

    #[test]
    fn what_is_too_long_goes_into_a_file_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = keep(folder.path(), "text", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(keep(folder.path(), "other", Timestamp::UNIX_EPOCH).is_err(), "never over a file");
    }
}

//! Opening a browser, where there is one to be seen.

use std::{
    env,
    process::{Command, Stdio},
};

/// Opens `address` in the person's browser; false where there is none. What it says goes nowhere: it would
/// stand between the lines of ours. It does not get the `hidden` variables.
pub fn open(address: &str, hidden: &[String]) -> bool {
    let Some(program) = program() else { return false };
    let mut command = Command::new(program);
    hidden.iter().for_each(|name| _ = command.env_remove(name));
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

/// Over SSH, or without a screen, a browser would open where nobody sits.
fn program() -> Option<&'static str> {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("SSH_CONNECTION") {
        return None;
    }
    if cfg!(target_os = "macos") {
        return Some("open");
    }
    (set("DISPLAY") || set("WAYLAND_DISPLAY")).then_some("xdg-open")
}

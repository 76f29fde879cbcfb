//! The configuration, as the real binary takes it: files that are right and wrong, who counts before whom, what is
//! shown of it, and how it is made.

#[cfg(test)]
#[path = "config/files.rs"]
mod files;
#[cfg(test)]
#[path = "config/init.rs"]
mod init;
#[cfg(test)]
#[path = "config/precedence.rs"]
mod precedence;
#[path = "config/processes.rs"]
mod processes;
#[path = "support/pty.rs"]
#[expect(dead_code, reason = "a dialog has no full screen")]
mod pty;
#[cfg(test)]
#[path = "config/shown.rs"]
mod shown;
#[cfg(test)]
#[path = "config/signing_in.rs"]
mod signing_in;

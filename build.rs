//! Which commit is built: what FLOORWALKER_COMMIT says (a package is built from an archive), else git, else
//! `unknown`. Nothing here can fail a build.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=FLOORWALKER_COMMIT");
    let given = env::var("FLOORWALKER_COMMIT").ok().filter(|text| is_plain(text));
    let mut commit = given.or_else(of_git).unwrap_or_else(|| "unknown".to_owned());
    if env::var("PROFILE").as_deref() == Ok("release") {
        watch_git();
    } else {
        // Not built anew at each commit, which would cost minutes of every day: so it says no more than this.
        commit.push_str("-debug");
    }
    println!("cargo:rustc-env=FLOORWALKER_COMMIT={commit}");
}

/// The commit of the folder that this file is in, if that is a repository of its own: an archive unpacked in
/// somebody else's has none.
fn of_git() -> Option<String> {
    let root = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    if root.canonicalize().ok()? != here.canonicalize().ok()? {
        return None;
    }
    git(&["rev-parse", "--short=10", "HEAD"]).filter(|text| is_plain(text))
}

/// A commit may be made without any file of ours being changed by it.
fn watch_git() {
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists());
    if let Some(log) = log {
        println!("cargo:rerun-if-changed={log}");
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    let out = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    out.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-.+".contains(c))
}

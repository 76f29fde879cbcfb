//! The key that this machine signs checkpoints with: a file beside the store, made at the first start.

use std::{
    fs::{DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
    process::ExitCode,
};

use ring::rand::{SecureRandom, SystemRandom};
use secrecy::ExposeSecret;

use crate::{
    commands::{Failure, listing::put, paths, who},
    config::secret::SecretSource,
    domain::audit::SignerKey,
};

/// Prints the public half.
///
/// # Errors
/// If there is no key and none can be made, or others can read it.
pub fn run() -> Result<ExitCode, Failure> {
    let key = own()?;
    put(|out| writeln!(out, "{}", key.verifier()))?;
    Ok(ExitCode::SUCCESS)
}

/// This machine's key; it is made if there is none.
///
/// # Errors
/// If it can't be read or made, or others can read it.
pub fn own() -> Result<SignerKey, Failure> {
    let path = paths::key()?;
    match path.try_exists() {
        Ok(true) => {}
        _ => make(&path, &name(&who::actor().host)).map_err(|why| unusable(&path, &why))?,
    }
    read(&path)
}

/// Makes the key if there is none. That it can't be made is no reason not to work: whoever needs it will
/// say so.
pub fn settle() {
    if let Err(failure) = own() {
        tracing::warn!("{failure}");
    }
}

/// This machine's key, if it has one.
///
/// # Errors
/// If it can't be read, or others can read it.
pub fn present() -> Result<Option<SignerKey>, Failure> {
    let path = paths::key()?;
    if path.exists() { read(&path).map(Some) } else { Ok(None) }
}

fn read(path: &Path) -> Result<SignerKey, Failure> {
    let text = SecretSource::File(path.to_owned()).read().map_err(Failure::other)?;
    SignerKey::parse(text.expose_secret()).map_err(|why| unusable(path, &why))
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::other(format!("The key {} can't be used: {why}", path.display()))
}

/// What a key of this machine is called: its name has neither blanks nor a plus.
fn name(host: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    format!("floorwalker/{}", host.chars().take(64).map(safe).collect::<String>())
}

/// Writes a key that nobody else can read, whole or not at all. If another process was faster, its key
/// stays.
fn make(path: &Path, name: &str) -> io::Result<()> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| io::Error::other("no random bytes"))?;
    let key = SignerKey::drawn(name, &seed).map_err(io::Error::other)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // For its owner alone from the beginning.
    let mut file = tempfile::Builder::new().prefix(".audit.key.").tempfile_in(folder)?;
    writeln!(file, "{}", key.written(&seed).expose_secret())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e.error),
        Ok(_) => File::open(folder)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{Permissions, set_permissions},
        os::unix::fs::PermissionsExt,
    };

    use super::*;

    #[test]
    fn of_those_who_make_it_at_once_one_wins_and_all_have_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/audit.key");
        let keys: Vec<String> = std::thread::scope(|scope| {
            let made = |_| {
                scope.spawn(|| {
                    make(&path, "floorwalker/here").unwrap();
                    read(&path).unwrap().verifier().to_string()
                })
            };
            let all: Vec<_> = (0..8).map(made).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let files = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(files, 1, "nothing is left behind");
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused_and_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        make(&path, "floorwalker/here").unwrap();
        set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(read(&path).unwrap_err().message.contains("chmod 600"));
        std::fs::write(&path, "PRIVATE+KEY+hunter2\n").unwrap();
        set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let message = read(&path).unwrap_err().message;
        assert!(message.contains("audit.key") && !message.contains("hunter2"), "{message}");
    }

    #[test]
    fn any_host_s_name_makes_a_key_s_name() {
        for host in ["desk-1", "", "a b+c\n", "böse", &"x".repeat(300)] {
            assert!(SignerKey::drawn(&name(host), &[0; 32]).is_ok(), "{host}");
        }
        assert_eq!(name("desk 1+é"), "floorwalker/desk-1--");
    }
}

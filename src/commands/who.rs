//! Who acts, for the audit log.

use std::{env, fs, os::unix::fs::MetadataExt};

use uuid::Uuid;

use crate::domain::{
    audit::Actor,
    flight::{Machine, Owner},
    text::Plain,
};

/// Which process this is, for claims.
pub fn owner() -> Owner {
    let mark = Plain::new(&Uuid::new_v4().simple().to_string());
    let host = Machine { name: actor().host, place: place() };
    Owner { host, pid: std::process::id(), mark }
}

/// Within what this process's number means it and no other: two containers may share a machine's name,
/// two machines the number of their first namespace.
fn place() -> Option<Plain> {
    if cfg!(target_os = "macos") {
        // There are no namespaces: the name says all.
        return Some(Plain::default());
    }
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let boot = Some(boot.trim()).filter(|boot| !boot.is_empty())?;
    Some(Plain::new(&format!("{boot} {}", namespace.to_str()?)))
}

/// The login name, the machine, the terminal, and where an SSH session came from.
pub fn actor() -> Actor {
    let variable = |name: &str| env::var(name).ok().filter(|v| !v.is_empty());
    let user = login_name()
        .or_else(|| variable("USER"))
        .or_else(|| variable("LOGNAME"))
        .unwrap_or_else(|| "unknown".into());
    let host = fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| fs::read_to_string("/etc/hostname"))
        .ok()
        .or_else(|| variable("HOSTNAME"))
        .unwrap_or_else(|| "unknown".into());
    let tty = variable("SSH_TTY").or_else(|| {
        let path = fs::read_link("/proc/self/fd/0").ok()?;
        path.to_str().filter(|p| p.starts_with("/dev/")).map(str::to_owned)
    });
    // Client address, client port, server address, server port.
    let origin =
        variable("SSH_CONNECTION").and_then(|v| v.split_whitespace().next().map(str::to_owned));
    Actor {
        user: user.into(),
        host: Plain::new(host.trim()),
        tty: tty.map(Plain::from),
        ssh_origin: origin.map(Plain::from),
        account: None,
    }
}

/// The name of the user this process runs as. The environment is asked only where the machine's own
/// list does not know the user: a variable can say anything.
fn login_name() -> Option<String> {
    let uid = fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let mut lines = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let line = lines.find(|fields| fields.get(2) == Some(&uid.as_str()))?;
    line.first().map(|name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_says_in_which_namespace_its_number_counts() {
        let (first, second) = (owner(), owner());
        assert_eq!(first.host, second.host);
        assert_ne!(first.mark, second.mark);
        let place = first.host.place.unwrap();
        let (boot, namespace) = place.split_once(' ').unwrap();
        assert!(Uuid::try_parse(boot).is_ok(), "{place}");
        assert!(namespace.starts_with("pid:["), "{place}");
    }
}

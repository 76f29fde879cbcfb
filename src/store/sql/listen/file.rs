//! Sees that a store's file is written to, by whichever process of this machine. Nothing is looked at while
//! nothing is written.

use std::{ffi::OsString, path::Path};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::watch;

/// Hints at whatever is written to a store, as long as the answer lives.
///
/// # Errors
/// If its folder can't be watched.
pub fn watched(store: &Path, hint: watch::Sender<()>) -> Result<RecommendedWatcher, notify::Error> {
    // What is new stands in a file beside it.
    let mut name: OsString = store.file_name().unwrap_or_default().to_owned();
    name.push("-wal");
    let hear = move |event: Result<Event, notify::Error>| {
        if event.is_ok_and(|event| is_written(&event, &name)) {
            hint.send_replace(());
        }
    };
    let mut watcher = notify::recommended_watcher(hear)?;
    let folder = store.parent().filter(|folder| !folder.as_os_str().is_empty());
    watcher.watch(folder.unwrap_or(Path::new(".")), RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// True if the file of this name was written to, or so much happened that nobody knows.
fn is_written(event: &Event, name: &OsString) -> bool {
    let is_it = |path: &std::path::PathBuf| path.file_name() == Some(name);
    event.need_rescan()
        || matches!(event.kind, EventKind::Modify(_) | EventKind::Create(_))
            && event.paths.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, io::Write, time::Duration};

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn what_is_written_beside_the_store_is_seen_and_other_files_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let file = OpenOptions::new().create(true).append(true).open(folder.path().join(name));
            file.unwrap().write_all(b"something").unwrap();
        };
        let (hint, mut hints) = watch::channel(());
        let _watched = watched(&folder.path().join("store.db"), hint).unwrap();
        write("store.db-wal");
        timeout(Duration::from_secs(60), hints.changed()).await.unwrap().unwrap();
        let event = |name: &str| {
            let path = folder.path().join(name);
            let kind = EventKind::Modify(notify::event::ModifyKind::Any);
            Event::new(kind).add_path(path)
        };
        assert!(is_written(&event("store.db-wal"), &"store.db-wal".into()));
        assert!(!is_written(&event("index.db-wal"), &"store.db-wal".into()));
    }
}

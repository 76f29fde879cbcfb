//! Checkpoints by the clock: each place gets them, and a place that fails is named and tried again.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, net::UnixDatagram},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, mpsc},
    time::Duration,
};

use floorwalker::{
    domain::audit::{AuditEvent, Checkpoint, SignerKey, checkpoint::Sheaf},
    engine::{
        Anchored,
        anchoring::{
            Terms,
            place::{Place, Program},
            run,
        },
        clock::Clock,
    },
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    crimes::head,
    ledger::{Ledger, entry},
};

/// Somebody who signs every ten minutes of a paused clock.
struct Notary {
    ledger: Arc<Ledger>,
    told: watch::Receiver<Option<Anchored>>,
    leave: CancellationToken,
    task: JoinHandle<()>,
}

fn key() -> SignerKey {
    SignerKey::drawn("floorwalker/desk-1", &[7; 32]).unwrap()
}

impl Notary {
    fn start(places: Vec<Place>) -> Self {
        let ledger = Arc::new(Ledger::of(3));
        let (tell, told) = watch::channel(None);
        let leave = CancellationToken::new();
        let terms = Terms { every: Duration::from_secs(600), places };
        let task = run(Arc::clone(&ledger), key(), terms, Clock::System, tell, leave.clone());
        Self { ledger, told, leave, task: tokio::spawn(task) }
    }

    fn append(&self) {
        self.ledger.append(entry(AuditEvent::HandoffCompleted));
    }

    async fn until(&mut self, holds: impl Fn(&Anchored) -> bool) -> Anchored {
        let found = self.told.wait_for(|told| told.as_ref().is_some_and(&holds)).await;
        found.unwrap().clone().unwrap()
    }

    /// Waits until every place has a checkpoint of so many records.
    async fn reached(&mut self, size: i64) {
        let anchored = self.until(|told| told.size == Some(size)).await;
        assert_eq!(anchored.trouble, None);
    }

    async fn leave(self) {
        self.leave.cancel();
        self.task.await.unwrap();
    }
}

/// The sizes of the checkpoints in a file, all of them rightly signed.
fn sizes(text: &str) -> Vec<i64> {
    let known = [key().verifier().clone()];
    let sheaf = Sheaf::of(text);
    assert_eq!(sheaf.stray, 0, "{text}");
    let opened = sheaf.notes.iter().map(|(_, note)| Checkpoint::open(note, &known));
    opened.map(|checkpoint| checkpoint.unwrap().head.size).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn program(words: Vec<String>, seconds: u64) -> Place {
    let (patience, hidden) = (Duration::from_secs(seconds), Vec::new());
    Place::Command(Program { words, patience, hidden })
}

fn shell(script: &str, path: &Path) -> Place {
    let words = ["sh", "-c", script, path.to_str().unwrap()].map(str::to_owned);
    program(words.into(), 30)
}

#[tokio::test(start_paused = true)]
async fn a_log_that_grows_is_signed_by_the_clock_and_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let syslog = UnixDatagram::bind(path("log")).unwrap();
    let mut notary = Notary::start(vec![
        Place::File(path("file")),
        Place::Syslog(path("log")),
        shell("cat >> $0; echo >> $0", &path("program")),
    ]);
    notary.reached(3).await;
    notary.append();
    notary.reached(4).await;
    let four = head(&notary.ledger).await.head;
    // Ten minutes in which nothing happens, twice.
    tokio::time::sleep(Duration::from_secs(1300)).await;
    notary.append();
    notary.leave().await;
    assert_eq!(sizes(&read(&path("file"))), [3, 4, 5]);
    assert_eq!(sizes(&read(&path("program"))), [3, 4, 5]);
    assert_eq!(path("file").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let known = [key().verifier().clone()];
    let second = Sheaf::of(&read(&path("file"))).notes.swap_remove(1).1;
    assert_eq!(Checkpoint::open(&second, &known).unwrap().head, four);
    let mut datagram = [0; 2048];
    for size in [3, 4, 5] {
        let length = syslog.recv(&mut datagram).unwrap();
        let line = std::str::from_utf8(&datagram[..length]).unwrap();
        let tag = format!(" floorwalker[{}]: audit checkpoint {size} ", std::process::id());
        assert!(line.starts_with("<85>") && line.contains(&tag) && length < 1024, "{line}");
        assert_eq!(sizes(line), [size]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_that_fails_is_named_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let (file, flag) = (folder.path().join("file"), folder.path().join("flag"));
    let places = vec![Place::File(file.clone()), shell("test -e $0 && cat >> $0", &flag)];
    let mut notary = Notary::start(places);
    let anchored = notary.until(|told| told.trouble.is_some()).await;
    assert_eq!(&*anchored.trouble.unwrap(), "sh: ended with exit status: 1");
    assert_eq!(anchored.bad, None, "the log is in order");
    assert_eq!((anchored.size, sizes(&read(&file))), (None, vec![3]));
    fs::write(&flag, "").unwrap();
    notary.reached(3).await;
    assert_eq!((sizes(&read(&flag)), sizes(&read(&file))), (vec![3], vec![3]));
    notary.leave().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_since_the_last_checkpoint_is_not_signed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let mut notary = Notary::start(vec![Place::File(file.clone())]);
    notary.reached(3).await;
    notary.append();
    notary.ledger.attack(|records| records[3].record = records[3].record.replace("acme", "acne"));
    let anchored = notary.until(|told| told.trouble.is_some()).await;
    assert_eq!(&*anchored.trouble.unwrap(), "nothing is signed any more: record 4 was changed");
    assert_eq!(anchored.bad.unwrap().seq, 4);
    notary.leave().await;
    assert_eq!(sizes(&read(&file)), [3]);
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_all_it_has_started() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let checkpoint = head(&Ledger::of(1)).await;
    // What it has started holds the file open for writing until it ends.
    let script = format!("sleep 1000 > {}", pipe.display());
    let words = ["sh", "-c", &script].map(str::to_owned);
    let place = program(words.into(), 1);
    let (told, read) = mpsc::channel();
    let path = pipe.clone();
    std::thread::spawn(move || told.send(fs::read(path).unwrap()));
    let error = place.take("note\n", &checkpoint).await.unwrap_err();
    assert_eq!(error.to_string(), "took longer than 1 s");
    // If it was ended before it opened the pipe, whoever reads waits for a writer: here is one, for a moment.
    drop(fs::File::options().read(true).write(true).open(&pipe).unwrap());
    let read = read.recv_timeout(Duration::from_secs(30)).expect("nobody holds it open");
    assert!(read.is_empty());
    let words = vec![folder.path().join("none").display().to_string()];
    let missing = program(words, 1);
    assert!(missing.take("note\n", &checkpoint).await.is_err());
}

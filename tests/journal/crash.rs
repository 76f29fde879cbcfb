//! Processes that write are killed at any moment: what they were told is written is there, and the chain
//! is whole.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use floorwalker::store::{Database, Store};
use jiff::Timestamp;

use super::{
    all, checked, entry,
    stores::{Home, in_both_engines},
};

/// Where the process that is to be killed writes.
const STORE: &str = "FLOORWALKER_TEST_STORE";
const WRITERS: usize = 4;
/// So often one of them is killed.
const KILLS: usize = 100;

in_both_engines! {
    #[tokio::test]
    whoever_is_killed_has_written_all_that_they_were_told_and_broken_nothing
}

/// The process that is killed: it writes, several at a time, and says of each record that it is written.
#[tokio::test]
#[ignore = "runs until it is killed"]
async fn writes_until_it_is_killed() {
    let place = std::env::var(STORE).unwrap();
    let store = match place.starts_with("postgres:") {
        true => Database::connect(&place).await.unwrap(),
        false => Database::open(place.as_ref()).await.unwrap(),
    };
    for n in 0_u64.. {
        let group = (0..1 + n % 5).map(|_| {
            let mark = format!("{}", uuid::Uuid::new_v4());
            let store = store.clone();
            async move {
                let record = store.append(entry(&mark), Timestamp::now()).await.unwrap();
                (record.seq, mark)
            }
        });
        let mut said = String::new();
        for (seq, mark) in futures_util::future::join_all(group).await {
            said.push_str(&format!("written {seq} {mark}\n"));
        }
        std::io::stdout().lock().write_all(said.as_bytes()).unwrap();
    }
}

struct Writer(Child);

impl Writer {
    /// Starts one that tells what it has written.
    fn start(place: &str, told: mpsc::Sender<(i64, String)>) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::writes_until_it_is_killed", "--ignored", "--nocapture"])
            .env(STORE, place)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // A line that the kill has cut was not told.
                let mut words = line.split(' ').skip_while(|word| *word != "written").skip(1);
                let (Some(seq), Some(mark)) = (words.next(), words.next()) else { continue };
                if let (36, Ok(seq)) = (mark.len(), seq.parse()) {
                    let _ = told.send((seq, mark.to_owned()));
                }
            }
        });
        Self(child)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn whoever_is_killed_has_written_all_that_they_were_told_and_broken_nothing(home: Home) {
    let place = home.place();
    let store = home.open().await;
    let (tell, told) = mpsc::channel();
    let mut writers: Vec<Writer> =
        (0..WRITERS).map(|_| Writer::start(&place, tell.clone())).collect();
    let mut written: HashMap<i64, String> = HashMap::new();
    for n in 0..KILLS {
        // Killed at any moment, but not before something was written since the last kill.
        let (seq, mark) = told.recv_timeout(Duration::from_secs(60)).unwrap();
        written.insert(seq, mark);
        tokio::time::sleep(Duration::from_micros(fastrand::u64(0..20_000))).await;
        writers[n % WRITERS] = Writer::start(&place, tell.clone());
        written.extend(told.try_iter());
    }
    drop((writers, tell));
    written.extend(told.iter());
    checked(&store).await.unwrap();
    let kept: HashMap<i64, String> = all(&store)
        .await
        .iter()
        .map(|sealed| (sealed.seq, sealed.read().unwrap().reason.unwrap().to_string()))
        .collect();
    assert!(written.len() >= KILLS, "{}", written.len());
    for (seq, mark) in written {
        assert_eq!(kept.get(&seq), Some(&mark), "record {seq}");
    }
}

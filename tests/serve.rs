//! Several `floorwalker serve` on one store and one gateway, as processes over real sockets: whoever is
//! killed or stopped, the sessions are kept by exactly one (SPEC section 9).
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

use std::{
    io::{BufRead, BufReader},
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// A tenth of the sessions' duration.
const INTERVAL: i64 = 5_000;
/// What two busy cores may add to a beat's way.
const SLACK: i64 = 1_500;
const SESSIONS: usize = 6;

/// A process that does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts it, and waits for its first line.
    fn start(command: &mut Command) -> (Self, String) {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line)
    }

    fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

/// A gateway, and a folder for the store.
struct Site {
    _gateway: Process,
    told: Value,
    folder: tempfile::TempDir,
}

impl Site {
    fn open() -> Self {
        // The witness is asked over plain HTTP, but a client is not made without a provider for TLS.
        floorwalker::genesys::transport::Http::new().unwrap();
        let arguments = ["simulate", "--dialect", "gateway", "--sessions", "5", "--agents", "10"];
        let mut command = binary(Path::new(env!("CARGO_TARGET_TMPDIR")), &arguments);
        let (gateway, line) = Process::start(command.args(["--rate-limit", "100000"]));
        let told = serde_json::from_str(&line).unwrap();
        Self { _gateway: gateway, told, folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary(self.folder.path(), arguments);
        let text = |field: &str| self.told[field].as_str().unwrap();
        command.env("GENESYS_BASE_URL", text("listening"));
        command.env("GENESYS_CLIENT_ID", text("client_id"));
        command.env("GENESYS_CLIENT_SECRET", text("client_secret"));
        command.args(["--dialect", "gateway", "--requests-per-minute", "10000"]);
        command
    }

    /// One more service, with its log in a file of its own.
    fn serve(&self, name: &str) -> Process {
        let log = self.folder.path().join(name);
        let mut command = self.command(&["serve", "--log-file", log.to_str().unwrap()]);
        let (process, line) = Process::start(&mut command);
        assert_eq!(line, "ready\n");
        process
    }

    /// Runs a command to its end; what it prints.
    fn run(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !error.contains("panicked"), "{error}");
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(!out.contains("jwt_") && !error.contains("jwt_"), "{out} {error}");
        serde_json::from_str(&out).unwrap()
    }

    fn open_session(&self, duration: &str) -> String {
        let world = self.ask("world");
        let queue = world["queues"][0]["id"].as_str().unwrap();
        let opened =
            self.run(&["session", "open", "--queue", queue, "--duration", duration, "--json"]);
        opened[0]["id"].as_str().unwrap().to_owned()
    }

    /// Who keeps each session, by process number; nobody where a lease has run out.
    fn keepers(&self) -> Vec<Option<u32>> {
        let rows = self.run(&["session", "list", "-o", "json"]);
        let pid = |row: &Value| {
            let kept = row["kept"].as_bool().unwrap();
            kept.then(|| u32::try_from(row["keeper_pid"].as_u64().unwrap()).unwrap())
        };
        rows.as_array().unwrap().iter().map(pid).collect()
    }

    fn ask(&self, what: &str) -> Value {
        let url = format!("{}/_simulator/{what}", self.told["listening"].as_str().unwrap());
        let http = reqwest::Client::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let text = async { http.get(url).send().await.unwrap().text().await.unwrap() };
        serde_json::from_str(&runtime.block_on(text)).unwrap()
    }

    /// Every session's beats, as the gateway wrote them down.
    fn watches(&self) -> Vec<Value> {
        self.ask("ledger")["beats"].as_array().unwrap().clone()
    }

    /// Waits until every session has been beaten so often by others than those.
    fn until_beaten(&self, times: usize, but: &[String]) {
        until("every session is beaten", || {
            let watches = self.watches();
            let theirs = |watch: &Value| {
                let beats = beats(watch);
                beats.iter().filter(|(_, owner)| !but.contains(owner)).count() >= times
            };
            (watches.len() == SESSIONS && watches.iter().all(theirs)).then_some(())
        });
    }
}

fn binary(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
    command.env_clear().env("HOME", home).env("XDG_DATA_HOME", home.join("data")).args(arguments);
    command
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// When a session was beaten, in ms, and by whom.
fn beats(watch: &Value) -> Vec<(i64, String)> {
    let one =
        |beat: &Value| (beat["at"].as_i64().unwrap(), beat["owner"].as_str().unwrap().to_owned());
    watch["beats"].as_array().unwrap().iter().map(one).collect()
}

/// Those who kept sessions, in the order in which they came; none came back.
fn owners(watches: &[Value]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for watch in watches {
        let mut of: Vec<String> = beats(watch).into_iter().map(|(_, owner)| owner).collect();
        of.dedup();
        let mut once = of.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(of.len(), once.len(), "never two at a time: {of:?}");
        of.into_iter().for_each(|owner| {
            if !all.contains(&owner) {
                all.push(owner);
            }
        });
    }
    all
}

/// No session was lost, no gap was too long, and numbers only increase.
fn assert_kept(watches: &[Value]) {
    assert_eq!(watches.len(), SESSIONS);
    for watch in watches {
        assert_eq!(watch.get("ended").unwrap_or(&Value::Null), &Value::Null, "{watch}");
        let beats = beats(watch);
        let longest = beats.windows(2).map(|two| two[1].0 - two[0].0).max().unwrap();
        assert!(longest <= INTERVAL + SLACK, "a gap of {longest} ms: {beats:?}");
        let rows = watch["beats"].as_array().unwrap();
        assert!(rows.iter().all(|beat| beat["increases"] == true), "{rows:?}");
    }
}

#[test]
fn sessions_outlive_whoever_keeps_them_and_are_never_kept_by_two() {
    let site = Site::open();
    let first = site.serve("first.log");
    let began = Instant::now();
    for _ in 0..SESSIONS {
        site.open_session("50");
    }
    let pid = first.0.id();
    until("the only service keeps them", || {
        let keepers = site.keepers();
        (keepers.len() == SESSIONS && keepers.iter().all(|keeper| *keeper == Some(pid)))
            .then_some(())
    });
    let others = [site.serve("second.log"), site.serve("third.log")];
    site.until_beaten(2, &[]);
    let mut gone = owners(&site.watches());
    assert_eq!(gone.len(), 1);
    first.signal("KILL");
    site.until_beaten(1, &gone);
    assert_kept(&site.watches());
    gone = owners(&site.watches());
    // Whoever has them now is stopped; the last one has them then.
    let keeper = site.keepers()[0].expect("somebody keeps them");
    let (next, last): (Vec<Process>, Vec<Process>) =
        others.into_iter().partition(|one| one.0.id() == keeper);
    let [mut next] = <[Process; 1]>::try_from(next).ok().expect("one of ours");
    let told = Instant::now();
    next.signal("TERM");
    until("the others have them", || {
        site.keepers().iter().all(|k| *k == Some(last[0].0.id())).then_some(())
    });
    let handed = told.elapsed();
    assert!(handed < Duration::from_millis(4_000), "handed over after {handed:?}");
    let status = until("it has left", || next.0.try_wait().unwrap());
    assert_eq!((status.code(), told.elapsed() < Duration::from_secs(9)), (Some(0), true));
    site.until_beaten(1, &gone);
    assert!(began.elapsed() < Duration::from_secs(48), "before their time is up");
    let watches = site.watches();
    assert_kept(&watches);
    assert_eq!(owners(&watches).len(), 3);
}

#[test]
fn a_session_that_nobody_keeps_is_said_to_be_so_and_taken_over_at_once_by_whoever_comes() {
    let site = Site::open();
    let world = site.ask("world");
    let queue = world["queues"][0]["name"].as_str().unwrap();
    let output = site.command(&["session", "open", "--queue", queue]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && error.contains("Nobody keeps it"), "{error}");
    assert_eq!(site.keepers(), [None]);
    let manager = UnixDatagram::bind(site.folder.path().join("notify")).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut command = site.command(&["serve"]);
    command.env("NOTIFY_SOCKET", site.folder.path().join("notify")).stderr(Stdio::null());
    let (service, line) = Process::start(&mut command);
    assert_eq!(line, "ready\n");
    let mut told = [0; 64];
    let length = manager.recv(&mut told).unwrap();
    assert_eq!(&told[..length], b"READY=1");
    assert_eq!(site.keepers(), [Some(service.0.id())]);
    let id = site.watches()[0]["conversation"].as_str().unwrap().to_owned();
    site.run(&["session", "end", &id, "-o", "json"]);
    assert_eq!(site.watches()[0]["ended"]["how"], "disconnected");
    assert!(site.keepers().is_empty());
    service.signal("TERM");
    let length = manager.recv(&mut told).unwrap();
    assert_eq!(&told[..length], b"STOPPING=1");
}

#[test]
fn what_may_not_be_opened_is_refused_in_the_order_of_its_source_before_any_request() {
    let site = Site::open();
    let refused = |arguments: &[&str]| {
        let output = site.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let open = ["session", "open", "--queue", "nowhere"];
    let lone = ["--capability", "typing-indicator"];
    let error = refused(&[open.as_slice(), &["--duration", "0"], &lone].concat());
    assert!(error.contains("Session duration must be between 1 and 2700 seconds"), "{error}");
    let error = refused(&[open.as_slice(), &lone].concat());
    assert!(error.contains("Missing required capabilities: read-receipts"), "{error}");
    assert_eq!(site.ask("ledger")["requests"].as_array().unwrap().len(), 0);
}

#[test]
fn one_that_is_kept_in_the_foreground_is_handed_over_when_that_is_stopped() {
    let site = Site::open();
    let world = site.ask("world");
    let queue = world["queues"][0]["id"].as_str().unwrap();
    let open = ["session", "open", "--queue", queue, "--duration", "50", "--keep", "-o", "jsonl"];
    let (mut keeper, line) = Process::start(site.command(&open).stderr(Stdio::null()));
    let shown: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&shown["hold"], &shown["kept"]), (&"kept by heartbeat".into(), &true.into()));
    until("it is beaten", || (!beats(&site.watches()[0]).is_empty()).then_some(()));
    keeper.signal("INT");
    let status = until("it has left", || keeper.0.try_wait().unwrap());
    assert_eq!((status.code(), site.keepers()), (Some(0), vec![None]));
}

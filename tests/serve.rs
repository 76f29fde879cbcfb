//! Several `floorwalker serve` on one store and one gateway, as processes over real sockets: whoever is
//! killed or stopped, the sessions are kept by exactly one (SPEC section 9).
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

#[path = "support/services.rs"]
#[expect(dead_code, reason = "what only takeovers by consoles need")]
mod services;

use std::{
    os::unix::net::UnixDatagram,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::Value;

use services::{Process, Site, beats, leash::output, owners, until};

/// A tenth of the sessions' duration.
const INTERVAL: i64 = 5_000;
/// What two busy cores may add to a beat's way.
const SLACK: i64 = 1_500;
const SESSIONS: usize = 6;

/// Waits until every session has been beaten so often by others than those.
fn until_beaten(site: &Site, times: usize, but: &[String]) {
    until("every session is beaten", || {
        let watches = site.watches();
        let theirs = |watch: &Value| {
            let beats = beats(watch);
            beats.iter().filter(|(_, owner)| !but.contains(owner)).count() >= times
        };
        (watches.len() == SESSIONS && watches.iter().all(theirs)).then_some(())
    });
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
    until_beaten(&site, 2, &[]);
    let mut gone = owners(&site.watches());
    assert_eq!(gone.len(), 1);
    first.signal("KILL");
    until_beaten(&site, 1, &gone);
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
    until_beaten(&site, 1, &gone);
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
    let output = output(&mut site.command(&["session", "open", "--queue", queue])).unwrap();
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
        let output = output(&mut site.command(arguments)).unwrap();
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

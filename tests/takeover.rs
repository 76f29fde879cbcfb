//! Consoles and services on one store and one gateway, as processes over real sockets and in real
//! terminals: whoever keeps sessions is killed, or loses its line, and another goes on (SPEC section 9).
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "what only tests of the screen need")]
mod pty;
#[path = "support/services.rs"]
#[expect(dead_code, reason = "what only services alone need")]
mod services;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;

use pty::Terminal;
use services::{Site, beats, owners, until};

/// How long the sessions may last, in seconds: more than twice what a test takes where nothing else runs. A
/// tenth of that.
const DURATION: &str = "60";
const INTERVAL: i64 = 6_000;
/// What two busy cores may add to a beat's way.
const SLACK: i64 = 1_500;
const SESSIONS: usize = 4;

/// One site at a time: what another would take of two cores would be measured as ours.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn site() -> Site {
    let site = Site::open();
    site.configure("[heartbeat]\nfloor_seconds = 2\n");
    site
}

/// The console, with one session of somebody else's on its floor.
fn console(site: &Site, watched: &str) -> Terminal {
    let variables = site.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let options = [site.options().as_slice(), &["--watch", watched]].concat();
    let terminal = Terminal::start(&options, &variables, 160, 48);
    terminal.shows("● live");
    terminal
}

/// Keeps a session on the console's floor.
fn keep(terminal: &mut Terminal, site: &Site, session: &Value) {
    let (id, unknown) = (session["id"].as_str().unwrap(), "Nobody knows yet");
    terminal.press("3/");
    terminal.press(session["guest"].as_str().unwrap());
    terminal.press("\r");
    terminal.wait("that session alone", |screen| screen.contains("3 Sessions 1 of "));
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        terminal.press("w");
        let pid = terminal.pid();
        let kept = until("the console keeps it", || {
            let kept = keepers(site).get(id) == Some(&pid);
            (kept || terminal.screen().contains(unknown)).then_some(kept)
        });
        if kept {
            return;
        }
        // It has not looked at the store yet. Another refusal takes this one off the screen.
        terminal.press("u");
        let screen = terminal.wait("another refusal", |screen| !screen.contains(unknown));
        assert!(Instant::now() < end, "the store is never looked at:\n{screen}");
    }
}

/// By whom each session is kept, as the store says.
fn keepers(site: &Site) -> HashMap<String, u32> {
    let leases = site.leases().into_iter();
    leases.map(|lease| (lease.it.id.to_string(), lease.it.keeper.pid)).collect()
}

/// Waits until all that this process kept is kept by others; never longer than two looks at others take. Those
/// others.
fn until_others_keep(site: &Site, gone: u32) -> Vec<u32> {
    let began = Instant::now();
    let others = until("others keep what it kept", || {
        let keepers: Vec<u32> = keepers(site).into_values().collect();
        (!keepers.contains(&gone)).then_some(keepers)
    });
    let took = began.elapsed();
    assert!(took.as_millis() <= 4_000, "taken over after {took:?}");
    others
}

/// The sessions that were opened here.
fn ours(watches: Vec<Value>) -> Vec<Value> {
    watches.into_iter().filter(|watch| watch["opened"].is_i64()).collect()
}

/// Opens sessions, and waits until this process keeps all that anybody keeps.
fn open_all(site: &Site, keeper: u32, all: usize) {
    for _ in 0..SESSIONS {
        site.open_session(DURATION);
    }
    until("one keeps them all", || {
        let keepers = keepers(site);
        (keepers.len() == all && keepers.values().all(|pid| *pid == keeper)).then_some(())
    });
}

/// Waits until every session of ours has been beaten.
#[track_caller]
fn until_beaten(site: &Site) {
    until("every session is beaten", || {
        let watches = ours(site.watches());
        let all =
            watches.len() == SESSIONS && watches.iter().all(|watch| last_owner(watch).is_some());
        all.then_some(())
    });
}

#[track_caller]
fn assert_open(watch: &Value) {
    assert_eq!(watch.get("ended").unwrap_or(&Value::Null), &Value::Null, "{watch}");
}

/// By whom a session was beaten last.
fn last_owner(watch: &Value) -> Option<String> {
    beats(watch).pop().map(|(_, owner)| owner)
}

/// What a process keeps that is about to go.
struct Estate {
    pid: u32,
    /// By whom each session of ours was beaten last.
    beaten: HashMap<String, Option<String>>,
}

impl Estate {
    fn of(site: &Site, pid: u32) -> Self {
        let keepers = keepers(site);
        let of = |watch: Value| {
            let id = watch["conversation"].as_str().unwrap().to_owned();
            (keepers.get(&id) == Some(&pid)).then(|| (id, last_owner(&watch)))
        };
        Self { pid, beaten: ours(site.watches()).into_iter().filter_map(of).collect() }
    }

    /// Waits until others keep all of it, and have beaten each of ours. Those others.
    #[track_caller]
    fn until_passed_on(&self, site: &Site) -> Vec<u32> {
        let heirs = until_others_keep(site, self.pid);
        until("every session is beaten by an heir", || {
            let watches = ours(site.watches());
            let passed_on = |watch: &Value| {
                assert_open(watch);
                let before = self.beaten.get(watch["conversation"].as_str().unwrap());
                before.is_none_or(|before| last_owner(watch) != *before)
            };
            (watches.len() == SESSIONS && watches.iter().all(passed_on)).then_some(())
        });
        heirs
    }
}

/// No session was lost, none missed a beat, none was beaten twice where one beat was due, or by two by turns.
fn assert_kept(site: &Site) {
    let watches = site.watches();
    for watch in &watches {
        let rows = watch["beats"].as_array().unwrap();
        assert!(rows.iter().all(|beat| beat["increases"] == true), "{rows:?}");
        assert_open(watch);
        for two in beats(watch).windows(2) {
            let gap = two[1].0 - two[0].0;
            assert!(gap >= INTERVAL / 2, "beaten twice within {gap} ms: {two:?}");
        }
    }
    let ours = ours(watches.clone());
    assert_eq!(ours.len(), SESSIONS);
    for watch in &ours {
        let mut at = vec![watch["opened"].as_i64().unwrap()];
        at.extend(beats(watch).into_iter().map(|(at, _)| at));
        let longest = at.windows(2).map(|two| two[1] - two[0]).max().unwrap();
        assert!(longest <= INTERVAL + SLACK, "a gap of {longest} ms: {watch}");
    }
    owners(&watches);
}

/// Whoever keeps a session was announced, once for each time that it changed hands: when it was opened, and
/// with each of these estates that it was part of.
fn assert_announced(site: &Site, estates: &[Estate]) {
    let mut taken: HashMap<String, usize> = HashMap::new();
    for record in site.audit() {
        if record.event == "supervision_taken_over".into() {
            *taken.entry(record.session.unwrap().to_string()).or_default() += 1;
        }
    }
    for watch in ours(site.watches()) {
        let id = watch["conversation"].as_str().unwrap();
        let passed_on = estates.iter().filter(|estate| estate.beaten.contains_key(id)).count();
        assert_eq!(taken[id], 1 + passed_on, "{watch}");
    }
}

#[test]
fn sessions_outlive_a_console_and_then_a_service_that_are_killed() {
    let _alone = alone();
    let site = site();
    let world = site.ask("world");
    let theirs = |n: usize| &world["sessions"][n];
    let mut first = console(&site, theirs(0)["id"].as_str().unwrap());
    keep(&mut first, &site, theirs(0));
    open_all(&site, first.pid(), SESSIONS + 1);
    let services = [site.serve("a.log"), site.serve("b.log")];
    until_beaten(&site);

    assert_kept(&site);
    let console_s = Estate::of(&site, first.pid());
    first.signal("KILL");
    let heirs = console_s.until_passed_on(&site);
    assert!(heirs.iter().all(|pid| services.iter().any(|service| service.0.id() == *pid)));

    // Of three, two or all keep sessions at once.
    let mut second = console(&site, theirs(1)["id"].as_str().unwrap());
    keep(&mut second, &site, theirs(1));
    assert_kept(&site);
    // Whichever of them keeps one of ours.
    let keeps = |pid: u32| !Estate::of(&site, pid).beaten.is_empty();
    let dying = services.iter().find(|service| keeps(service.0.id())).unwrap();
    let service_s = Estate::of(&site, dying.0.id());
    dying.signal("KILL");
    service_s.until_passed_on(&site);
    assert_kept(&site);
    assert_announced(&site, &[console_s, service_s]);
}

#[test]
fn sessions_outlive_a_service_that_is_killed_and_then_a_console_s_line() {
    let _alone = alone();
    let site = site();
    let service = site.serve("a.log");
    let world = site.ask("world");
    open_all(&site, service.0.id(), SESSIONS);
    let mut console = console(&site, world["sessions"][0]["id"].as_str().unwrap());
    keep(&mut console, &site, &world["sessions"][0]);
    until_beaten(&site);

    assert_kept(&site);
    let service_s = Estate::of(&site, service.0.id());
    service.signal("KILL");
    service_s.until_passed_on(&site);
    assert!(keepers(&site).values().all(|pid| *pid == console.pid()));

    let last = site.serve("b.log");
    assert_kept(&site);
    let console_s = Estate::of(&site, console.pid());
    assert_eq!(console_s.beaten.len(), SESSIONS);
    console.hang_up();
    let heirs = console_s.until_passed_on(&site);
    assert!(heirs.iter().all(|pid| *pid == last.0.id()));
    console.ended();
    assert_kept(&site);
    assert_announced(&site, &[service_s, console_s]);
}

#[test]
fn a_service_that_hung_sends_nothing_for_what_others_keep_when_it_goes_on() {
    let _alone = alone();
    let site = site();
    let hung = site.serve("hung.log");
    open_all(&site, hung.0.id(), SESSIONS);
    let other = site.serve("other.log");
    until_beaten(&site);
    let estate = Estate::of(&site, hung.0.id());
    hung.signal("STOP");
    // It runs, for all that anybody can see: only its leases tell.
    until("the other has them", || {
        keepers(&site).values().all(|pid| *pid == other.0.id()).then_some(())
    });
    estate.until_passed_on(&site);
    hung.signal("CONT");
    until("it has let go of them", || {
        let log = std::fs::read_to_string(site.folder.path().join("hung.log")).unwrap();
        (log.matches("is not kept here any more").count() >= SESSIONS).then_some(())
    });
    let seen = |site: &Site| -> usize { site.watches().iter().map(|one| beats(one).len()).sum() };
    let before = seen(&site);
    until("they are beaten again", || (seen(&site) >= before + SESSIONS).then_some(()));
    let watches = site.watches();
    assert_eq!(owners(&watches).len(), 2);
    for watch in &watches {
        let rows = watch["beats"].as_array().unwrap();
        assert!(rows.iter().all(|beat| beat["increases"] == true), "{rows:?}");
        assert_open(watch);
    }
    assert_announced(&site, &[estate]);
}

#[test]
fn a_guests_socket_is_taken_over_with_the_session_and_ends_with_it() {
    let _alone = alone();
    let site = Site::speaking("platform", &[]);
    let deployment = site.told["deployment"].as_str().unwrap();
    site.configure(&format!(
        "[messaging]\ndeployment = '{deployment}'\norigin = 'https://shop.example'\n"
    ));
    let connections = |id: &str| {
        let world = site.ask("world");
        let guests = world["guests"].as_array().unwrap();
        let guest = guests.iter().find(|guest| guest["conversation"] == id);
        guest.map(|guest| guest["connections"].as_u64().unwrap())
    };
    let first = site.serve("first.log");
    let id = site.open_session("50");
    until("the first holds it", || (connections(&id) == Some(1)).then_some(()));
    until("it is the first's", || (keepers(&site).get(&id) == Some(&first.0.id())).then_some(()));
    // Of one that only waits its turn nobody knows: it has to be there before the other goes.
    let second = site.serve("second.log");
    first.signal("KILL");
    until("the line is cut", || (connections(&id) == Some(0)).then_some(()));
    assert_eq!(until_others_keep(&site, first.0.id()), [second.0.id()]);
    until("the second holds it", || (connections(&id) == Some(1)).then_some(()));
    let listed = site.run(&["session", "list", "-o", "json"]);
    assert_eq!(listed[0]["hold"], "kept by socket echo");
    site.run(&["session", "end", &id, "-o", "json"]);
    until("nobody keeps it", || site.leases().is_empty().then_some(()));
    until("its line is closed", || (connections(&id) != Some(1)).then_some(()));
    let world = site.ask("world");
    assert!(world["sessions"].as_array().unwrap().iter().all(|session| session["id"] != *id));
}

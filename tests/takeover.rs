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
use services::{Process, Site, beats, owners, until};

/// How long the sessions may last, and a tenth of that.
const DURATION: &str = "40";
const INTERVAL: i64 = 4_000;
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
        terminal.wait("another refusal", |screen| !screen.contains(unknown));
    }
}

/// By whom each session is kept, as the store says.
fn keepers(site: &Site) -> HashMap<String, u32> {
    let leases = site.leases().into_iter();
    leases.map(|lease| (lease.it.id.to_string(), lease.it.keeper.pid)).collect()
}

/// Waits until all that this process kept is kept by others; never longer than an interval. Those others.
fn until_others_keep(site: &Site, gone: u32) -> Vec<u32> {
    let began = Instant::now();
    let others = until("others keep what it kept", || {
        let keepers: Vec<u32> = keepers(site).into_values().collect();
        (!keepers.contains(&gone)).then_some(keepers)
    });
    let took = began.elapsed();
    assert!(took <= Duration::from_millis(4_000), "taken over after {took:?}");
    others
}

/// The sessions that were opened here: they are beaten every four seconds.
fn ours(watches: Vec<Value>) -> Vec<Value> {
    watches.into_iter().filter(|watch| watch["opened"].is_i64()).collect()
}

/// Waits until every session of ours has been beaten by somebody new.
#[track_caller]
fn until_beaten_by_others(site: &Site, but: &[String]) {
    until("every session is beaten", || {
        let watches = ours(site.watches());
        let by_others = |watch: &Value| beats(watch).iter().any(|(_, owner)| !but.contains(owner));
        (watches.len() == SESSIONS && watches.iter().all(by_others)).then_some(())
    });
}

/// No session was lost, none missed a beat, and none was beaten twice where one beat was due.
fn assert_kept(site: &Site) -> Vec<String> {
    let watches = site.watches();
    for watch in &watches {
        let rows = watch["beats"].as_array().unwrap();
        assert!(rows.iter().all(|beat| beat["increases"] == true), "{rows:?}");
        assert_eq!(watch.get("ended").unwrap_or(&Value::Null), &Value::Null, "{watch}");
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
    owners(&watches)
}

/// Whoever keeps a session was announced, once for each time that it changed hands.
fn assert_announced(site: &Site, times: usize) {
    let mut taken: HashMap<String, usize> = HashMap::new();
    for record in site.audit() {
        if record.event == "supervision_taken_over".into() {
            *taken.entry(record.session.unwrap().to_string()).or_default() += 1;
        }
    }
    let opened: Vec<usize> = ours(site.watches())
        .iter()
        .map(|watch| taken[watch["conversation"].as_str().unwrap()])
        .collect();
    assert_eq!(opened, [times; SESSIONS]);
}

#[test]
fn sessions_outlive_consoles_and_services_that_are_killed_and_a_line_that_is_cut() {
    let _alone = alone();
    let site = site();
    let world = site.ask("world");
    let theirs = |n: usize| &world["sessions"][n];
    let mut first = console(&site, theirs(0)["id"].as_str().unwrap());
    keep(&mut first, &site, theirs(0));
    for _ in 0..SESSIONS {
        site.open_session(DURATION);
    }
    until("the console has them all", || {
        let keepers = keepers(&site);
        (keepers.len() == SESSIONS + 1 && keepers.values().all(|pid| *pid == first.pid()))
            .then_some(())
    });
    let services = [site.serve("a.log"), site.serve("b.log")];
    until_beaten_by_others(&site, &[]);

    let mut gone = assert_kept(&site);
    first.signal("KILL");
    let heirs = until_others_keep(&site, first.pid());
    until_beaten_by_others(&site, &gone);
    assert!(heirs.iter().all(|pid| services.iter().any(|service| service.0.id() == *pid)));

    // Of three, two keep sessions at once.
    let mut second = console(&site, theirs(1)["id"].as_str().unwrap());
    keep(&mut second, &site, theirs(1));
    gone = assert_kept(&site);
    let (dying, living): (Vec<Process>, Vec<Process>) =
        services.into_iter().partition(|service| service.0.id() == heirs[0]);
    dying[0].signal("KILL");
    until_others_keep(&site, heirs[0]);
    until_beaten_by_others(&site, &gone);

    // Then the console has them, and its line is cut.
    gone = assert_kept(&site);
    let was_there = keepers(&site).values().any(|pid| *pid == living[0].0.id());
    living[0].signal("KILL");
    until_others_keep(&site, living[0].0.id());
    assert!(keepers(&site).values().all(|pid| *pid == second.pid()));
    if was_there {
        until_beaten_by_others(&site, &gone);
        gone = assert_kept(&site);
    }
    let last = site.serve("c.log");
    second.hang_up();
    let heirs = until_others_keep(&site, second.pid());
    assert!(heirs.iter().all(|pid| *pid == last.0.id()));
    until_beaten_by_others(&site, &gone);
    second.ended();
    assert_kept(&site);
    assert_announced(&site, 4 + usize::from(was_there));
}

#[test]
fn a_service_that_hung_sends_nothing_for_what_others_keep_when_it_goes_on() {
    let _alone = alone();
    let site = site();
    let hung = site.serve("hung.log");
    for _ in 0..SESSIONS {
        site.open_session(DURATION);
    }
    until("the only service keeps them", || {
        let keepers = keepers(&site);
        keepers.values().all(|pid| *pid == hung.0.id()).then_some(())
    });
    let other = site.serve("other.log");
    until_beaten_by_others(&site, &[]);
    let gone = owners(&site.watches());
    hung.signal("STOP");
    // It runs, for all that anybody can see: only its leases tell.
    until("the other has them", || {
        keepers(&site).values().all(|pid| *pid == other.0.id()).then_some(())
    });
    until_beaten_by_others(&site, &gone);
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
        assert_eq!(watch.get("ended").unwrap_or(&Value::Null), &Value::Null, "{watch}");
    }
    assert_announced(&site, 2);
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

//! Two consoles and a service on one PostgreSQL, as processes: each sees what the others write, also after
//! the server went away and came back.
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "what only tests of the screen need")]
mod pty;
#[path = "support/postgres.rs"]
mod server;
#[path = "support/services.rs"]
#[expect(dead_code, reason = "what only services with a file need")]
mod services;

use std::time::{Duration, Instant};

use floorwalker::store::{Database, Journal};

use pty::Terminal;
use services::Site;

/// How soon a record of another has to be on the screen (what two busy cores add to it included).
const SOON: Duration = Duration::from_millis(1_000);

fn console(site: &Site) -> Terminal {
    let variables = site.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // So high that no record leaves the screen, however many take sessions over while the server is away.
    let mut terminal = Terminal::start(&site.options(), &variables, 160, 120);
    terminal.shows("● live");
    terminal.press("4");
    terminal.shows("━▸ 4 Audit");
    terminal
}

/// How many openings of sessions a screen shows.
fn opened(screen: &str) -> usize {
    screen.matches("session_initiali").count()
}

#[test]
fn each_sees_what_the_others_write_also_when_the_server_was_away() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(url) = runtime.block_on(server::database()) else { return };
    let site = Site::open();
    site.configure(&format!("store = '{url}'\n[heartbeat]\nfloor_seconds = 2\n"));
    let service = site.serve("serve.log");
    let consoles = [console(&site), console(&site)];
    for count in 1..=3 {
        // A command writes, and then the service: it keeps the session.
        site.open_session("600");
        let written = Instant::now();
        for console in &consoles {
            console.wait("the others' record", |screen| opened(screen) == count);
            let kept = |screen: &str| screen.matches("supervision_beg").count() == count;
            console.wait("that it is kept", kept);
        }
        assert!(written.elapsed() < SOON * 2, "seen after {:?}", written.elapsed());
    }

    server::restart();
    // Whoever writes meanwhile is refused, or waits.
    let until = Instant::now() + Duration::from_secs(30);
    while !site.output(&["session", "list", "-o", "json"]).status.success() {
        assert!(Instant::now() < until, "the server does not come back");
    }
    for count in 4..=6 {
        site.open_session("600");
        for console in &consoles {
            console.wait("a record after the server was away", |screen| opened(screen) == count);
        }
    }
    let store = runtime.block_on(Database::connect(&url)).unwrap();
    let head = runtime.block_on(store.head()).unwrap();
    let proof = site.run(&["audit", "verify", "-o", "json"]);
    assert_eq!(proof["ok"], true, "{proof}");
    assert!(proof["records"].as_i64().unwrap() >= head.size, "{proof}");
    drop(service);
}

//! Going from org to org in a real terminal, between contact centres of different people, over real sockets:
//! what is shown, what is asked, and that nothing meant for one org ever reaches the other.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

#[path = "config/processes.rs"]
#[expect(dead_code, reason = "what only tests of the configuration need")]
mod processes;
#[path = "support/pty.rs"]
#[expect(dead_code, reason = "nobody cuts its line")]
mod pty;

#[path = "contexts/two.rs"]
mod two;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::json;

use two::Two;

#[test]
fn one_goes_to_another_org_and_back_on_the_same_screen() {
    let two = Two::open(&[]);
    let mut terminal = two.console(&[]);
    let east = terminal.shows("● live");
    assert!(east.starts_with("  east "), "{east}");
    let guest = two.east.guest();
    terminal.press("3/conf<2\r");
    terminal.shows("/conf<2");
    terminal.press("1L");
    terminal.shows("⊘ locked");
    terminal.press(":ctx");
    let listed = terminal.shows("3 of 3 contexts");
    for told in ["● you are here", "127.0.0.1:", "⊘ read-only"] {
        assert!(listed.contains(told), "{listed}");
    }
    terminal.press(" west\r");
    let west =
        terminal.wait("west", |screen| screen.starts_with("  west ") && screen.contains("● live"));
    assert!(west.contains("⊘ read-only") && !west.contains(&guest), "{west}");
    assert!(terminal.is_full_screen());
    // Its own place for everything: what it remembers, and where its log is.
    assert!(west.contains("▸ 3 Sessions") && !west.contains("/conf<2"), "{west}");
    assert!(two.home.path().join("west.db").exists());
    terminal.press("5");
    terminal.shows("▸ 5 Inbox");
    two.nothing_is_open_to(&two.east, terminal.pid());
    let before = two.east.requests();
    terminal.press("3h");
    terminal.shows("Read-only");
    assert_eq!(two.east.requests(), before, "nobody asks the org that was left");
    terminal.press(":ctx east\r");
    let back =
        terminal.wait("east", |screen| screen.starts_with("  east ") && screen.contains("● live"));
    assert!(back.contains("▸ 1 Queues") && back.contains("⊘ locked"), "{back}");
    two.nothing_is_open_to(&two.west, terminal.pid());
    terminal.press("3");
    let back = terminal.shows("/conf<2");
    assert!(!back.contains("⊘ read-only"), "{back}");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    assert!(!terminal.is_full_screen() && !terminal.hides_cursor());
    let memory =
        fs::read_to_string(two.home.path().join("state/floorwalker/console.toml")).unwrap();
    assert!(
        memory.contains("[contexts.\"east\"]") && memory.contains("[contexts.\"west\"]"),
        "{memory}"
    );
}

#[test]
fn one_that_can_not_be_opened_says_why_and_the_console_stays_where_it_is() {
    let two = Two::open(&[]);
    let open = two.home.file("open.secret", "a-secret", 0o644);
    let shut = two.home.file("shut.secret", "a-secret", 0o600);
    two.configure(&format!(
        "[contexts.read]\nbase_url = '{0}'\nclient_id = 'x'\nclient_secret_file = '{open}'\n\
         [contexts.fails]\nbase_url = '{0}'\nclient_id = 'x'\nclient_secret_command = 'false now'\n\
         [contexts.asks]\nbase_url = '{0}'\nclient_id = 'x'\n\
         [contexts.dead]\nbase_url = 'http://127.0.0.1:9'\nclient_id = 'x'\nclient_secret_file = '{shut}'\n\
         [contexts.lost]\nclient_id = 'x'\n\
         [contexts.person]\nbase_url = '{0}'\nclient_id = 'x'\nsign_in = 'person'\n",
        two.west.address()
    ));
    let mut terminal = two.console(&[]);
    terminal.shows("● live");
    for (org, why) in [
        ("read", "others: chmod 600 "),
        ("fails", "false: ended with exit status: 1"),
        ("asks", "start floorwalker --context asks"),
        ("dead", "can't be reached"),
        ("lost", "lost says neither region nor base_url"),
        ("person", "floorwalker login --context person"),
    ] {
        terminal.press(&format!(":ctx {org}\r"));
        let said = format!("Still in east, {org} is not gone to: ");
        let screen = terminal.wait(why, |screen| {
            let told = screen.split_whitespace().collect::<Vec<_>>().join(" ");
            told.contains(&said) && told.contains(why)
        });
        assert!(screen.starts_with("  east ") && !screen.contains("a-secret"), "{screen}");
    }
    assert_eq!(two.west.requests(), 0);
    // What is wrong in the file by now is said with its line, and what was corrected holds.
    let config = fs::read_to_string(two.home.config()).unwrap();
    fs::write(two.home.config(), format!("{config}\n[console]\nthem = 'dark'\n")).unwrap();
    terminal.press(":ctx west\r");
    terminal.shows("did you mean console.theme?");
    fs::write(two.home.config(), config).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o600)).unwrap();
    terminal.press(":ctx read\r");
    // Nobody there knows this client.
    let screen = terminal.wait("a refusal", |screen| {
        let told = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        told.contains(
            "Still in east, read is not gone to: authenticate: 400 client not found — check",
        )
    });
    assert!(screen.starts_with("  east "), "{screen}");
}

/// At the terminal it is seen, and heard.
#[test]
fn a_program_that_prints_the_secret_may_ask_for_a_password_first() {
    let two = Two::open(&[]);
    let secret = two.home.path().join("east.secret");
    let script = format!(
        "printf 'Passphrase of the vault: ' >&2\nread -r word\n[ \"$word\" = sesame ] && cat {}\n",
        secret.display()
    );
    let script = two.home.file("vault", &script, 0o700);
    let config = fs::read_to_string(two.home.config()).unwrap();
    let told = format!("client_secret_file = '{}'", secret.display());
    assert!(config.contains(&told), "{config}");
    let asking = config.replace(&told, &format!("client_secret_command = 'sh {script}'"));
    fs::write(two.home.config(), asking).unwrap();
    let mut terminal = two.console(&[]);
    terminal.shows("Passphrase of the vault: ");
    terminal.press("sesame\r");
    terminal.shows("● live");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_handoff_that_has_not_left_is_called_back_and_reaches_neither_org() {
    let two = Two::open(&[]);
    two.configure("[handoff]\ngrace_seconds = 10\n");
    let mut terminal = two.console(&[]);
    terminal.shows("● live");
    terminal.press("3/bot\rh");
    terminal.wait("an agent who fits", |screen| screen.contains("✓ fits"));
    terminal.press("\r");
    terminal.shows("y confirm");
    terminal.press("y");
    terminal.shows("s → ");
    terminal.press(":ctx west\r");
    let asked = terminal.shows("Leave east for west?");
    assert!(asked.contains("Handoffs not yet sent are called back"), "{asked}");
    terminal.press("\u{1b}");
    terminal.wait("east", |screen| !screen.contains("Leave east"));
    terminal.press(":ctx west\r");
    terminal.shows("Leave east for west?");
    // What is typed before the other org is to be seen is meant for neither.
    terminal.press("yay5");
    let west =
        terminal.wait("west", |screen| screen.starts_with("  west ") && screen.contains("● live"));
    assert!(west.contains("▸ 3 Sessions"), "{west}");
    two.nothing_is_open_to(&two.east, terminal.pid());
    assert_eq!((two.east.handoffs(), two.west.handoffs()), (vec![], vec![]));
    let log = two.log("event:handoff", ["event", "context"]);
    let of_east = |event: &str| [json!(event), json!("east")];
    assert_eq!(log, ["handoff_cancelled", "handoff_initiated"].map(of_east));
}

/// Keeps the session under the cursor. Before the store was looked at that is refused; another refusal takes
/// this one off the screen.
fn keep(terminal: &mut pty::Terminal) {
    let unknown = "Nobody knows yet";
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        terminal.press("w");
        let told = |screen: &str| screen.contains("is supervised") || screen.contains(unknown);
        if terminal.wait("an answer", told).contains("is supervised") {
            // Its row tells so too, by a mark far behind that of its state, whatever that is.
            let marked =
                |line: &str| line.starts_with('▌') && line.chars().skip(20).any(|c| c == '○');
            terminal.wait("its mark", |screen| screen.lines().any(marked));
            return;
        }
        terminal.press("u");
        let screen = terminal.wait("another refusal", |screen| !screen.contains(unknown));
        assert!(Instant::now() < end, "the store is never looked at:\n{screen}");
    }
}

#[test]
fn what_is_kept_in_one_org_is_asked_about_first_and_then_by_nobody_here() {
    let two = Two::open(&[]);
    let mut terminal = two.console(&[]);
    terminal.shows("● live");
    keep(&mut terminal);
    terminal.press(":ctx west\r");
    terminal.shows("Leave east for west?");
    terminal.press("\u{1b}");
    terminal.wait("east", |screen| !screen.contains("Leave east"));
    terminal.press(":ctx west\r");
    let asked = terminal.shows("Leave east for west?");
    assert!(asked.contains("only watched here"), "{asked}");
    terminal.press("y");
    terminal.wait("west", |screen| screen.starts_with("  west ") && screen.contains("● live"));
    two.nothing_is_open_to(&two.east, terminal.pid());
    // Nothing is kept here: one leaves without a question.
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn sigterm_gives_the_terminal_back_while_another_org_is_made_ready() {
    let two = Two::open(&[]);
    two.configure(&format!(
        "[contexts.slow]\nbase_url = '{}'\nclient_id = 'x'\nclient_secret_command = 'sleep 600'\n",
        two.west.address()
    ));
    let mut terminal = two.console(&[]);
    terminal.shows("● live");
    terminal.press(":ctx slow\r");
    terminal.shows("Reading the configuration of slow, and signing in");
    // Who does not want to wait stays.
    terminal.press("\u{1b}");
    terminal.wait("east", |screen| !screen.contains("Go to slow"));
    terminal.press(":ctx slow\r");
    terminal.shows("Reading the configuration of slow, and signing in");
    terminal.signal("TERM");
    assert_eq!(terminal.ended(), 143);
    assert!(!terminal.is_full_screen() && !terminal.hides_cursor());
    terminal.shows("floorwalker: ended by SIGTERM");
}

#[test]
fn sigterm_gives_the_terminal_back_while_the_org_that_was_left_is_seen_to_its_end() {
    let two = Two::open(&[]);
    two.configure("[handoff]\ngrace_seconds = 0\n");
    two.east.post("answers", &json!({"always": "timed_out"}));
    let mut terminal = two.console(&[]);
    terminal.shows("● live");
    terminal.press("3/bot\rh");
    terminal.wait("an agent who fits", |screen| screen.contains("✓ fits"));
    terminal.press("\r");
    terminal.shows("y confirm");
    terminal.press("y");
    terminal.shows("♪");
    terminal.press(":ctx west\r");
    terminal.shows("Leave east for west?");
    terminal.press("y");
    // The screen is that of the other org already, and nothing is asked there yet.
    let between = terminal.wait("west", |screen| screen.starts_with("  west "));
    assert!(between.contains("◌ connecting") && between.contains("followed"), "{between}");
    assert_eq!(two.west.requests(), 0);
    terminal.signal("TERM");
    terminal.shows("floorwalker: ended by SIGTERM");
    assert!(!terminal.is_full_screen() && !terminal.hides_cursor());
    // So that nobody has to wait for it here.
    two.east.post("step", &json!({"ms": 120_000}));
    assert_eq!(terminal.ended(), 143);
    assert_eq!(two.west.requests(), 0, "an org that was not reached is not asked any more");
    assert_eq!(two.east.handoffs().len(), 1);
}

#[test]
fn where_the_command_line_or_a_variable_says_which_org_it_is_there_is_no_other() {
    let two = Two::open(&[]);
    let address = two.east.address().to_owned();
    let says = |terminal: &mut pty::Terminal, why: &str| {
        terminal.shows("3 Sessions");
        terminal.press(":ctx west\r");
        terminal.wait(why, |screen| screen.lines().rev().take(4).any(|line| line.contains(why)));
    };
    let mut told = two.console(&["--base-url", &address]);
    says(&mut told, "--base-url says of every context which org it is");
    let mut told = two.console_with(&[], &[("GENESYS_CLIENT_ID", "x")]);
    says(&mut told, "GENESYS_CLIENT_ID says of every context which org it is");
    let mut demo = pty::Terminal::start(&["demo", "--frozen"], &[], 120, 40);
    says(&mut demo, "The demo is the only contact centre here");
    assert_eq!(two.west.requests(), 0);
}

#[test]
fn what_the_command_line_says_of_one_org_is_of_no_other() {
    let two = Two::open(&[]);
    let session = two.east.session();
    let options = ["--watch", &session, "--requests-per-minute", "1000", "--filter", "state:bot"];
    let mut terminal = two.console(&options);
    let east = terminal.shows("● live");
    assert!(east.contains("/state:bot"), "{east}");
    // It was said of the one that was started on, whichever is taken unasked by now.
    let config = fs::read_to_string(two.home.config()).unwrap();
    let config = config.replace("default_context = 'east'", "default_context = 'west'");
    fs::write(two.home.config(), config).unwrap();
    terminal.press(":ctx west\r");
    let west =
        terminal.wait("west", |screen| screen.starts_with("  west ") && screen.contains("● live"));
    assert!(!west.contains("/state:bot"), "{west}");
    // One session is read by itself where it was named, and nowhere else.
    let by_itself = "GET /api/v2/conversations/{conversationId}";
    assert!(two.east.ledger()["requests"].to_string().contains(by_itself));
    assert!(!two.west.ledger()["requests"].to_string().contains(by_itself));
}

#[test]
fn the_doors_of_one_org_are_shut_in_another() {
    let two = Two::open(&[]);
    let north = two.west.context("north", &two.home.path().join("west.secret"));
    two.configure(&format!(
        "{north}[messaging]\ndeployment = 'of-the-east'\norigin = 'https://east.example'\n\
         [intake]\nlisten = '127.0.0.1:0'\n[outbox]\nwfm = 'http://127.0.0.1:9/east'\n"
    ));
    let mut terminal =
        two.console_with(&[], &[("CRM_WEBHOOK_URL", "http://127.0.0.1:9/of-the-first")]);
    terminal.shows("● live");
    terminal.press("6");
    let nothing = ["crm_handoff is told nothing", "wfm         is told nothing"];
    let open = |screen: &str| {
        screen.contains("http://127.0.0.1:")
            && screen.contains("wfm ")
            && !nothing.iter().any(|it| screen.contains(it))
    };
    terminal.wait("open doors", open);
    terminal.press(":ctx north\r");
    terminal.wait("north", |screen| screen.starts_with(" north ") && screen.contains("● live"));
    terminal.press("6");
    let shut = |section: &str| {
        format!("[{section}] is for east alone; north needs a [contexts.north.{section}]")
    };
    let north = terminal.wait("shut doors", |screen| {
        nothing.iter().all(|it| screen.contains(it)) && screen.contains(&shut("outbox"))
    });
    let none = "no webhooks are taken in here";
    assert!(north.contains(none) && north.contains(&shut("intake")), "{north}");
    terminal.press("3\u{e}");
    terminal.shows(&format!("No session can be opened here: {}", shut("messaging")));
    // What it says itself holds there.
    let config = fs::read_to_string(two.home.config()).unwrap();
    let own =
        "[contexts.north.messaging]\ndeployment = 'of-the-north'\norigin = 'https://n.example'\n";
    fs::write(two.home.config(), format!("{config}{own}")).unwrap();
    terminal.press(":ctx east\r");
    terminal.wait("east", |screen| screen.starts_with("  east ") && screen.contains("● live"));
    terminal.press("6");
    terminal.wait("open doors", open);
    terminal.press(":ctx north\r");
    // Before the store was looked at nobody knows how many are kept.
    terminal.wait("north", |screen| {
        let there = screen.starts_with(" north ") && screen.contains("● live");
        there && screen.contains(" kept here")
    });
    terminal.press("3\u{e}");
    terminal.shows("Open a guest's session");
}

#[test]
fn no_secret_of_either_org_is_written_anywhere() {
    let two = Two::open(&[]);
    let mut terminal = two.console_with(&[], &[("FLOORWALKER_LOG", "trace")]);
    terminal.shows("● live");
    terminal.press(":ctx west\r");
    terminal.wait("west", |screen| screen.starts_with("  west ") && screen.contains("● live"));
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    let mut files = Vec::new();
    gather(two.home.path(), &mut files);
    files.retain(|path| path.extension().is_none_or(|extension| extension != "secret"));
    assert!(files.iter().any(|path| path.ends_with("floorwalker.log")), "{files:?}");
    for path in files {
        let bytes = fs::read(&path).unwrap();
        for centre in [&two.east, &two.west] {
            let secret = centre.secret().as_bytes();
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{}", path.display());
        }
    }
}

fn gather(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { gather(&path, files) } else { files.push(path) }
    }
}

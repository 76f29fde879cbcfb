//! The real binary in a real terminal: what a supervisor sees and does.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "nobody cuts its line")]
mod pty;

#[path = "support/guide.rs"]
mod guide;
#[path = "support/leash.rs"]
mod leash;
#[path = "terminal/tour.rs"]
mod tour;

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    time::{Duration, Instant},
};

use floorwalker::{
    console::{self, Settings},
    engine,
};
use jiff::Timestamp;
use pty::Terminal;
use serde_json::{Value, json};

/// A demo, and a way to the contact centre behind it.
struct Demo {
    terminal: Terminal,
    base: String,
    /// Where webhooks are taken in.
    intake: Option<String>,
    _folder: tempfile::TempDir,
}

impl Demo {
    fn start(columns: u16, rows: u16, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ready = folder.path().join("ready.json");
        let mut all = vec!["demo", "--ready-file", ready.to_str().unwrap()];
        all.extend(arguments);
        let terminal = Terminal::start(&all, &[], columns, rows);
        let told = read(&ready);
        let text = |field: &str| told[field].as_str().map(str::to_owned);
        let (base, intake) = (text("listening").unwrap(), text("intake"));
        Self { terminal, base, intake, _folder: folder }
    }

    fn get(&self, path: &str) -> Value {
        request(&format!("{}{path}", self.base), None)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        request(&format!("{}{path}", self.base), Some(body))
    }

    /// Handoffs that were applied, by the independent witness.
    fn handoffs(&self) -> Vec<Value> {
        self.get("/_simulator/ledger")["handoffs"].as_array().unwrap().clone()
    }
}

/// What the built-in contact centre says of itself, once it is ready.
fn read(ready: &PathBuf) -> Value {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let line = std::fs::read_to_string(ready).unwrap_or_default();
        if let Ok(told) = serde_json::from_str::<Value>(&line) {
            return told;
        }
        assert!(Instant::now() < until, "the demo is never ready");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn request(url: &str, body: Option<&Value>) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::new();
        let request = match body {
            Some(body) => {
                client.post(url).header("content-type", "application/json").body(body.to_string())
            }
            None => client.get(url),
        };
        let text =
            request.timeout(Duration::from_secs(20)).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    })
}

/// A floor that stands still, with a session that waits in front.
fn still() -> Demo {
    Demo::start(200, 60, &["--frozen"])
}

#[test]
fn one_handoff_by_keys_from_the_start_to_an_accepted_agent() {
    let mut demo = still();
    demo.post("/_simulator/answers", &json!({"always": "accepted"}));
    demo.terminal.shows("● live");
    // Skills and languages have been read when the pane knows a score.
    demo.terminal.wait("scores", |screen| screen.contains("✓ 100") || screen.contains("✗  75"));
    // A session that a bot holds asks for nothing but a language: somebody fits.
    demo.terminal.press("/bot\r");
    demo.terminal.shows("◇ bot");
    demo.terminal.press("h");
    let picker = demo.terminal.shows("Hand off to an agent");
    assert!(picker.contains("score"), "{picker}");
    demo.terminal.wait("an agent who fits", |screen| screen.contains("✓ fits"));
    demo.terminal.press("\r");
    demo.terminal.shows("y confirm");
    demo.terminal.press("\r");
    demo.terminal.shows("Press y to confirm");
    assert_eq!(demo.handoffs().len(), 0, "Enter confirms nothing");
    demo.terminal.press("y");
    demo.terminal.shows("s → ");
    assert_eq!(demo.handoffs().len(), 0, "nothing leaves in the grace time");
    demo.terminal.press("/\u{15}\r");
    demo.terminal.shows("has taken");
    demo.terminal.press("4");
    demo.terminal.wait("both audit lines", |screen| {
        screen.contains("handoff_initiated") && screen.contains("handoff_completed")
    });
    let handoffs = demo.handoffs();
    assert_eq!(handoffs.len(), 1, "{handoffs:?}");
    assert_eq!(handoffs[0]["outcome"], "accepted");
    demo.terminal.press("q");
    assert_eq!(demo.terminal.ended(), 0);
    assert!(!demo.terminal.is_full_screen() && !demo.terminal.hides_cursor());
}

#[test]
fn the_same_at_eighty_columns_and_called_back() {
    let mut demo = Demo::start(80, 24, &["--frozen"]);
    demo.terminal.shows("● live");
    demo.terminal.press("/bot\rh");
    demo.terminal.wait("an agent who fits", |screen| screen.contains("✓ fits"));
    demo.terminal.press("\r");
    demo.terminal.shows("y confirm");
    demo.terminal.press("y");
    demo.terminal.shows("s → ");
    demo.terminal.press("u");
    demo.terminal.shows("called back");
    demo.terminal.press("4");
    demo.terminal.wait("the cancelled handoff", |screen| {
        screen.contains("handoff_initiated") && screen.contains("handoff_cancelled")
    });
    assert_eq!(demo.handoffs().len(), 0);
}

#[test]
fn three_keys_at_eighty_columns_hand_the_longest_wait_to_the_best_agent() {
    let mut demo = Demo::start(80, 24, &["--frozen"]);
    demo.post("/_simulator/answers", &json!({"always": "accepted"}));
    demo.terminal.shows("● live");
    let before = demo.get("/_simulator/world");
    let world = |rows: &str| before[rows].as_array().unwrap().clone();
    demo.terminal.press("3");
    demo.terminal.shows("○ waiting");
    demo.terminal.press("a");
    let card = demo.terminal.shows("y confirm");
    let to = card.lines().find(|line| line.contains("to   ")).unwrap().to_owned();
    demo.terminal.press("y");
    demo.terminal.shows("has taken");
    let handoffs = demo.handoffs();
    assert_eq!(handoffs.len(), 1, "{handoffs:?}");
    assert_eq!(handoffs[0]["outcome"], "accepted");

    let longest = world("sessions").into_iter().filter(|s| s["state"] == "waiting");
    let longest = longest.min_by_key(|s| s["since"].as_str().unwrap().to_owned()).unwrap();
    assert_eq!(handoffs[0]["conversation"], longest["id"]);
    let taker = world("agents").into_iter().find(|a| a["id"] == handoffs[0]["to"]["id"]).unwrap();
    assert!(to.contains(taker["name"].as_str().unwrap()), "{to}: {taker}");
    demo.terminal.press("q");
    assert_eq!(demo.terminal.ended(), 0);
}

#[test]
fn a_bad_day_is_told_and_the_last_rows_stay() {
    let mut demo = still();
    demo.terminal.shows("● live");
    let before = demo.terminal.shows("○ waiting");
    let row = before.split("○ waiting").nth(1).unwrap();
    let guest: String = row.trim_start().chars().take(8).collect();
    demo.post("/_simulator/fault", &json!({"faults": ["500=1.0"]}));
    demo.terminal.press("r");
    let stale = demo.terminal.shows("✗ Data is");
    assert!(stale.contains(": 500 "), "{stale}");
    assert!(stale.contains(&guest), "{guest} has gone:\n{stale}");
    demo.post("/_simulator/fault", &json!({"faults": []}));
    demo.terminal.press("r");
    demo.terminal.shows("● live");
}

#[test]
fn what_was_chosen_is_remembered_when_the_console_is_ended() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().to_str().unwrap();
    let variables = [
        ("GENESYS_CLIENT_ID", "id"),
        ("GENESYS_CLIENT_SECRET", "a-secret"),
        ("HOME", place),
        ("XDG_DATA_HOME", place),
        ("XDG_STATE_HOME", place),
    ];
    let start = || Terminal::start(&["--base-url", "http://127.0.0.1:1"], &variables, 120, 40);
    let file = home.path().join("floorwalker/console.toml");
    let mut terminal = start();
    terminal.shows("3 Sessions");
    terminal.press("3/state:wai\t");
    terminal.shows("/state:wai");
    terminal.press("\u{15}conf<0.5\r");
    terminal.shows("/conf<0.5");
    terminal.press("5");
    terminal.shows("▸ 5 Inbox");
    assert!(!file.exists());
    terminal.signal("TERM");
    assert_eq!(terminal.ended(), 143);
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("filter = \"conf<0.5\"") && !kept.contains("a-secret"), "{kept}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let mut terminal = start();
    let screen = terminal.shows("▸ 5 Inbox");
    assert!(screen.contains("/conf<0.5"), "{screen}");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    std::fs::write(&file, "broken").unwrap();
    let mut terminal = start();
    terminal.shows("can't be read, so it begins anew");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    assert_eq!(std::fs::read_to_string(file.with_extension("toml.unread")).unwrap(), "broken");
}

#[test]
fn a_filter_that_cannot_be_read_is_a_wrong_argument() {
    for (arguments, why) in [
        (&["demo", "--filter", "state:bot conf<x"][..], "column 16: conf takes"),
        (&["--filter", "queues=wating>0"], "column 1: no field \"wating\""),
        (&["--filter", "bot", "queues"], "--filter is for the console and the demo"),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        let home = tempfile::tempdir().unwrap();
        let folders = ["HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"];
        command.args(arguments).envs(folders.map(|name| (name, home.path())));
        let done = leash::output(&mut command).unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.code() == Some(2) && said.contains(why), "{said}");
    }
}

#[test]
fn an_unreachable_org_leaves_a_console_that_says_so() {
    let home = tempfile::tempdir().unwrap();
    let variables = [
        ("GENESYS_CLIENT_ID", "id"),
        ("GENESYS_CLIENT_SECRET", "a-secret"),
        ("XDG_DATA_HOME", home.path().to_str().unwrap()),
        ("XDG_STATE_HOME", home.path().to_str().unwrap()),
    ];
    let mut terminal = Terminal::start(&["--base-url", "http://127.0.0.1:1"], &variables, 120, 40);
    let screen = terminal.shows("can't be reached");
    assert!(!screen.contains("a-secret"));
    terminal.press("3?");
    terminal.shows("esc closes");
    terminal.press("\u{1b}");
    terminal.wait("no help", |screen| !screen.contains("esc closes"));
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_tiny_terminal_is_survived() {
    let mut demo = still();
    demo.terminal.shows("● live");
    demo.terminal.resize(20, 5);
    demo.terminal.shows("Too small");
    demo.terminal.press("jjhy");
    demo.terminal.resize(200, 60);
    demo.terminal.shows("● live");
    assert_eq!(demo.handoffs().len(), 0);
}

#[test]
fn a_key_after_a_change_of_size_is_not_kept_back_until_the_next() {
    let mut demo = still();
    demo.terminal.shows("● live");
    for (n, (key, title)) in [("1", "▸ 1 Q"), ("2", "▸ 2 A"), ("4", "▸ 4 A"), ("3", "▸ 3 S")]
        .into_iter()
        .cycle()
        .take(8)
        .enumerate()
    {
        let columns = 100 + u16::try_from(n).unwrap();
        demo.terminal.resize(columns, 30);
        // Not before the signal has arrived: two at once are told one after the other.
        let rule = "━".repeat(3);
        demo.terminal.wait("the new size", |screen| {
            screen.lines().any(|line| line.contains(&rule) && line.chars().count() >= 100)
        });
        demo.terminal.press(key);
        demo.terminal.shows(title);
    }
}

#[test]
fn signals_give_the_terminal_back() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131)] {
        let mut demo = still();
        demo.terminal.shows("● live");
        assert!(demo.terminal.is_full_screen());
        demo.terminal.signal(signal);
        assert_eq!(demo.terminal.ended(), code, "{signal}");
        assert!(!demo.terminal.is_full_screen() && !demo.terminal.hides_cursor(), "{signal}");
        demo.terminal.shows(&format!("floorwalker: ended by SIG{signal}"));
    }
}

#[test]
fn the_mouse_is_taken_on_a_key_and_given_back_however_it_ends() {
    for how in ["q", "mq", "TERM", "HUP"] {
        let mut demo = still();
        demo.terminal.shows("● live");
        assert!(!demo.terminal.gives_mouse(), "not before it is asked for");
        demo.terminal.press("m");
        demo.terminal.shows("Mouse on");
        assert!(demo.terminal.gives_mouse());
        // The first button, on the tab of the queues.
        demo.terminal.press("\u{1b}[<0;4;2M\u{1b}[<0;4;2m");
        demo.terminal.shows("▸ 1 Queues");
        match how {
            "TERM" | "HUP" => demo.terminal.signal(how),
            keys => demo.terminal.press(keys),
        }
        demo.terminal.ended();
        let until = Instant::now() + Duration::from_secs(30);
        while demo.terminal.gives_mouse() {
            assert!(Instant::now() < until, "kept after {how}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Breaks once the file is there that the environment names.
fn breaking_clock() -> Timestamp {
    let file = env::var_os("BREAKS_WITH").unwrap_or_default();
    assert!(!PathBuf::from(file).exists(), "broken on purpose");
    Timestamp::now()
}

#[test]
#[ignore = "the next test runs it, in a terminal of its own"]
fn a_console_that_breaks() {
    if env::var_os("BREAKS_WITH").is_some() {
        let (handle, _ports) = engine::channels();
        let settings = Settings { mouse: true, now: breaking_clock, ..Settings::new("org".into()) };
        console::run(handle, &settings).unwrap();
    }
}

#[test]
fn a_panic_gives_the_terminal_and_the_mouse_back_before_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("now");
    let mut command = Terminal::command(env::current_exe().unwrap().to_str().unwrap());
    command.args(["a_console_that_breaks", "--exact", "--ignored", "--nocapture"]);
    command.env("BREAKS_WITH", &file);
    let mut terminal = Terminal::run(command, 80, 24);
    terminal.shows("Sessions");
    assert!(terminal.gives_mouse() && terminal.is_full_screen() && terminal.hides_cursor());
    std::fs::write(&file, "").unwrap();
    assert_ne!(terminal.ended(), 0);
    terminal.shows("broken on purpose");
    assert!(!terminal.gives_mouse() && !terminal.is_full_screen() && !terminal.hides_cursor());
}

#[test]
fn where_the_locale_is_not_utf_8_nothing_but_ascii_is_sent() {
    let mut terminal = Terminal::start(&["demo", "--frozen"], &[("LC_ALL", "C")], 120, 40);
    let screen = terminal.shows("@ live");
    assert!(screen.is_ascii(), "{screen}");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    let all = ["demo", "--frozen", "--ascii=false"];
    Terminal::start(&all, &[("LC_ALL", "C")], 120, 40).shows("● live");
}

#[test]
fn read_only_hands_nothing_over() {
    let mut demo = Demo::start(120, 40, &["--frozen", "--read-only"]);
    demo.terminal.shows("● live");
    demo.terminal.press("h");
    demo.terminal.wait("a refusal", |screen| screen.to_lowercase().contains("read-only"));
    demo.terminal.press("\ry");
    assert_eq!(demo.handoffs().len(), 0);
}

/// Calls a webhook as a bot would; the status line and the body.
fn call(intake: &str, token: &str, body: &Value) -> (String, Value) {
    let body = body.to_string();
    let mut stream = TcpStream::connect(intake.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "POST /webhooks/bot-handoff HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), serde_json::from_str(body).unwrap())
}

/// Two sessions with a bot that no guard stops.
fn calm(demo: &Demo) -> [Value; 2] {
    let world = demo.get("/_simulator/world");
    let fits = |session: &&Value| {
        let above = |field: &str, least: f64| session[field].as_f64().unwrap() > least;
        session["state"] == "bot" && above("confidence", 0.76) && above("sentiment", 0.1)
    };
    let mut found = world["sessions"].as_array().unwrap().iter().filter(fits);
    [(); 2].map(|()| found.next().unwrap()["id"].clone())
}

#[test]
fn the_demo_takes_webhooks_in_and_its_own_bots_call_them() {
    let mut demo = Demo::start(120, 40, &["--frozen", "--intake", "127.0.0.1:0"]);
    demo.terminal.shows("● live");
    let (intake, [bot, other]) = (demo.intake.clone().unwrap(), calm(&demo));
    let plea = json!({
        "conversationId": bot, "guestInfo": {"id": "guest-1"}, "handoffReason": "wants_a_person",
        "customContext": {},
    });
    let (refused, _) = call(&intake, "guessed", &plea);
    assert_eq!(refused, "HTTP/1.1 401 Unauthorized");
    let (status, first) = call(&intake, "demo", &plea);
    assert_eq!((status.as_str(), &first["status"]), ("HTTP/1.1 202 Accepted", &json!("proposed")));
    assert_eq!(call(&intake, "demo", &plea).1, first, "the same call gets the same answer");
    assert_eq!(demo.handoffs().len(), 0, "a person decides");
    // For one queue a rule does; and what the demo's own bots say is signed as it has to be.
    let reason = "complex_billing_dispute";
    let body = json!({"conversation": other, "route": "bot_handoff", "reason": reason});
    demo.post("/_simulator/ask", &body);
    let until = Instant::now() + Duration::from_secs(30);
    let call = loop {
        let ledger = demo.get("/_simulator/ledger");
        if let Some(call) = ledger["calls"].as_array().unwrap().first() {
            break call.clone();
        }
        assert!(Instant::now() < until, "the bot is not answered");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!((&call["status"], &call["reply"]), (&json!(200), &json!({"status": "success"})));
    let handoffs = demo.handoffs();
    assert_eq!((handoffs.len(), &handoffs[0]["conversation"]), (1, &other));
    demo.terminal.press("q");
    assert_eq!(demo.terminal.ended(), 0);
}

#[test]
fn the_demo_is_called_by_this_machine_alone_and_by_nobody_where_it_only_looks() {
    let mut terminal = Terminal::start(&["demo", "--intake", "0.0.0.0:0"], &[], 120, 40);
    terminal.shows("known to everybody");
    assert_eq!(terminal.ended(), 2);
    let demo = Demo::start(120, 40, &["--frozen", "--read-only"]);
    assert_eq!(demo.intake, None);
}

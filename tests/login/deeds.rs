//! What a person does in sessions themselves, by commands: to monitor, to stop that, to write as the agent.

use serde_json::{Value, json};

use crate::desk::Desk;

/// Somebody has signed in.
fn signed_in() -> Desk {
    let desk = Desk::new();
    desk.sign_in();
    desk
}

/// A session that an agent has.
fn held(desk: &Desk) -> String {
    let sessions = desk.rows(&["sessions"]);
    let held = sessions.iter().find(|it| it["state"] == "connected");
    held.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Another one, whose connected agent is whoever has signed in.
fn served(desk: &Desk) -> String {
    let sessions = desk.rows(&["sessions"]);
    let held = sessions.iter().rfind(|it| it["state"] == "connected").unwrap();
    let id = held["id"].as_str().unwrap().to_owned();
    desk.persons(json!({"takes": id}));
    id
}

/// Runs it without a question: how it ended, and the row that it printed.
fn run(desk: &Desk, arguments: &[&str]) -> (Option<i32>, Value) {
    let ended = desk.run(&[&["session"], arguments, &["--yes", "-o", "jsonl"]].concat());
    (ended.code, serde_json::from_str(&ended.out).unwrap_or(Value::Null))
}

fn deeds(desk: &Desk) -> Vec<String> {
    let ledger = desk.ledger()["deeds"].clone();
    let all = ledger.as_array().unwrap().iter();
    all.map(|it| it["operation"].as_str().unwrap().to_owned()).collect()
}

fn transcript(desk: &Desk, id: &str) -> Vec<String> {
    let told = desk.witness(&format!("transcript/{id}"));
    let texts = told["messages"].as_array().unwrap().iter();
    texts.map(|it| it["text"].as_str().unwrap_or_default().to_owned()).collect()
}

fn log(desk: &Desk) -> Vec<Value> {
    let log = desk.run(&["audit", "export"]).out;
    log.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

fn events(log: &[Value]) -> Vec<&str> {
    log.iter().map(|it| it["event"].as_str().unwrap()).collect()
}

#[test]
fn a_person_monitors_a_session_and_leaves_it() {
    let desk = signed_in();
    let id = held(&desk);
    let (code, row) = run(&desk, &["monitor", &id]);
    assert_eq!((code, &row["deed"], &row["outcome"]), (Some(0), &"monitor".into(), &"done".into()));
    let (code, row) = run(&desk, &["monitor", &id]);
    assert_eq!((code, &row["outcome"]), (Some(3), &"rejected".into()));
    assert!(row["reason"].as_str().unwrap().contains("you monitor it already"), "{row}");
    assert_eq!(run(&desk, &["monitor", &id, "--stop"]).0, Some(0));
    assert_eq!(run(&desk, &["monitor", &id, "--stop"]).0, Some(3));
    assert_eq!(deeds(&desk), ["monitor", "leave"]);
    let log = log(&desk);
    let told = [
        "login",
        "monitoring_initiated",
        "monitoring_begun",
        "monitoring_failed",
        "monitoring_ending",
        "monitoring_ended",
        "monitoring_failed",
    ];
    assert_eq!(events(&log), told);
    for record in &log[1..] {
        assert_eq!(record["details"]["genesys_name"], "Robin Vale", "{record}");
        assert_eq!(record["conversation"], id);
    }
    let verified = desk.run(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.error);
}

#[test]
fn the_connected_agent_writes_and_the_log_keeps_how_long_it_was() {
    let desk = signed_in();
    let id = held(&desk);
    let (code, row) = run(&desk, &["send", &id, "Good day"]);
    assert_eq!((code, &row["outcome"]), (Some(3), &"rejected".into()));
    assert!(row["reason"].as_str().unwrap().contains("not its connected agent"), "{row}");
    desk.persons(json!({"takes": id}));
    let (code, row) = run(&desk, &["send", &id, "It left\ton Monday."]);
    assert_eq!((code, &row["outcome"]), (Some(0), &"done".into()), "{row}");
    assert!(row["message"].is_string(), "{row}");
    let typed = desk.typed(&["session", "send", &id, "-", "--yes"], "One moment.\nSee you.\n");
    assert_eq!(typed.code, Some(0), "{}", typed.error);
    let said = transcript(&desk, &id);
    assert_eq!(said[said.len() - 2..], ["It left on Monday.", "One moment.\nSee you."]);
    let log = log(&desk);
    let sent = log.iter().find(|it| it["event"] == "message_sent").unwrap();
    assert_eq!(sent["details"]["letters"], 18);
    assert_eq!(sent["details"]["message_id"], row["message"]);
    assert!(!Value::from(log).to_string().contains("on Monday"), "by default no log holds it");
    desk.add("[privacy]\nmessages = \"keep\"\n");
    assert_eq!(run(&desk, &["send", &id, "Bye"]).0, Some(0));
    let kept = self::log(&desk);
    assert_eq!(kept.last().unwrap()["details"]["message"], "Bye");
}

#[test]
fn what_would_be_sent_is_shown_and_not_sent() {
    let desk = signed_in();
    let id = held(&desk);
    let shown = |arguments: &[&str]| {
        let ended = desk.run(&[&["session"], arguments, &["--dry-run", "-o", "jsonl"]].concat());
        (ended.code, serde_json::from_str::<Value>(&ended.out).unwrap())
    };
    let (code, sheet) = shown(&["monitor", &id]);
    let request = &sheet["request"];
    assert_eq!((code, &request["method"]), (Some(0), &"POST".into()));
    let url = request["url"].as_str().unwrap();
    assert!(
        url.contains(&format!("/messages/{id}/participants/")) && url.ends_with("/monitor"),
        "{url}"
    );
    assert_eq!(request["headers"]["Authorization"], "Bearer ****");
    let (code, sheet) = shown(&["send", &id, "Good day"]);
    assert_eq!((code, &sheet["request"]), (Some(3), &Value::Null));
    desk.persons(json!({"takes": id}));
    let (code, sheet) = shown(&["send", &id, "Good day"]);
    assert_eq!((code, &sheet["request"]["body"]["textBody"]), (Some(0), &"Good day".into()));
    let ended = desk.run(&["session", "send", &id, "Good day", "--dry-run"]);
    assert!(
        ended.out.contains("\nPOST http://") && ended.out.contains("\nAuthorization: Bearer ****")
    );
    assert_eq!(deeds(&desk), [""; 0]);
    assert_eq!(events(&log(&desk)), ["login"]);
}

#[test]
fn who_may_not_is_told_and_nothing_leaves() {
    let desk = Desk::new();
    let id = "00000000-0000-4000-8000-000000000001";
    let unsigned = desk.run(&["session", "monitor", id, "--yes"]);
    assert_eq!(unsigned.code, Some(4), "{}", unsigned.error);
    assert!(unsigned.error.contains("floorwalker login --context prod"), "{}", unsigned.error);
    desk.sign_in();
    let id = held(&desk);
    let monitor = ["session", "monitor", &id];
    let long = "x".repeat(2001);
    for (arguments, code, why) in [
        ([&["--context", "robot"], &monitor[..], &["--yes"]].concat(), 4, "floorwalker login"),
        ([&["--read-only"], &monitor[..], &["--yes"]].concat(), 3, "--read-only monitors nothing"),
        (monitor.to_vec(), 2, "give --yes"),
        (vec!["session", "monitor", "nonsense", "--yes"], 2, "nonsense"),
        (vec!["session", "send", &id, &long, "--yes"], 2, "2001 characters are too many"),
        (vec!["session", "send", &id, " \t", "--yes"], 2, "nothing to send"),
        (vec!["session", "send", &id, "Hi\u{7}", "--yes"], 2, "character 3 (U+0007) is not shown"),
        (
            vec!["session", "send", &id, "a\u{202e}b", "--yes"],
            2,
            "character 2 (U+202E) is not shown",
        ),
    ] {
        let ended = desk.run(&arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.error);
        assert!(ended.error.contains(why), "{arguments:?}: {}", ended.error);
    }
    // Whoever does not act may still look.
    let looked = desk.run(&["--read-only", "session", "monitor", &id, "--dry-run"]);
    assert_eq!(looked.code, Some(0), "{}", looked.error);
    assert_eq!(deeds(&desk), [""; 0]);
}

#[test]
fn what_the_org_refuses_is_told_in_its_words() {
    let desk = signed_in();
    let id = held(&desk);
    desk.persons(json!({"presence": "AWAY"}));
    let (_, row) = run(&desk, &["monitor", &id]);
    assert_eq!(row["outcome"], "failed");
    assert!(row["reason"].as_str().unwrap().contains("must be available"), "{row}");
    desk.persons(json!({"presence": "AVAILABLE"}));
    desk.persons(json!({"listens": id}));
    let (code, row) = run(&desk, &["monitor", &id]);
    assert_eq!(code, Some(3));
    assert!(row["reason"].as_str().unwrap().contains("another supervisor monitors it"), "{row}");
    // The query that tells it is some seconds behind, and here no time passes by itself.
    desk.tell("step", json!({"ms": 30_000}));
    let listed = desk.rows(&["sessions"]);
    let row = listed.iter().find(|it| it["id"] == *id).unwrap();
    assert!(row["monitor"].is_string(), "{row}");
}

/// Of the requests that an error answers some have been obeyed, and some have not. Both at once, for one that
/// does not show is looked for over twelve seconds.
#[test]
fn a_reply_that_tells_nothing_is_looked_for_and_nothing_goes_out_twice() {
    let desk = signed_in();
    let (listened, written) = (held(&desk), served(&desk));
    desk.faults(&["500=1"], &["/monitor", "/communications/"]);
    let (sent, monitored) = std::thread::scope(|scope| {
        let monitored = scope.spawn(|| run(&desk, &["monitor", &listened]));
        (run(&desk, &["send", &written, "It left on Monday."]), monitored.join().unwrap())
    });
    let told =
        |(code, row): (Option<i32>, Value)| (code, row["outcome"].as_str().unwrap().to_owned());
    let obeyed = deeds(&desk);
    let did = |deed: &str| obeyed.iter().filter(|it| *it == deed).count();
    let expected = if did("monitor") == 1 { (Some(0), "done") } else { (Some(1), "failed") };
    assert_eq!(told(monitored), (expected.0, expected.1.to_owned()));
    let expected = if did("send") == 1 { (Some(0), "done") } else { (Some(8), "unknown") };
    assert_eq!(told(sent), (expected.0, expected.1.to_owned()));
    let said = transcript(&desk, &written);
    assert_eq!(said.iter().filter(|it| *it == "It left on Monday.").count(), did("send"));
    assert_eq!(desk.ledger()["faults"]["500"], 2, "each was sent once");
}

#[test]
fn signing_in_and_out_is_in_the_log_with_whom_the_org_knows() {
    let desk = signed_in();
    assert_eq!(desk.run(&["logout"]).code, Some(0));
    let log = log(&desk);
    assert_eq!(events(&log), ["login", "logout"]);
    for record in log {
        assert_eq!(record["details"]["genesys_name"], "Robin Vale", "{record}");
        assert!(record["details"]["genesys_user"].is_string(), "{record}");
        assert_eq!(record["status"], "done");
        assert_eq!(record["context"], "prod");
    }
}

#[test]
fn a_log_that_can_not_be_written_keeps_nobody_from_signing_in_or_out() {
    let desk = Desk::new();
    let store = desk.home.path().join(".local/share/floorwalker/floorwalker.db");
    std::fs::create_dir_all(&store).unwrap();
    let login = desk.begin();
    let back = desk.visit(&login.address);
    let ended = login.paste(&back);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(ended.error.contains("It is not in the audit log: "), "{}", ended.error);
    assert!(desk.file().exists());
    let ended = desk.run(&["logout"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(ended.error.contains("It is not in the audit log: "), "{}", ended.error);
}

#[test]
fn the_doctor_looks_at_what_a_person_may_do_and_expects_their_grant() {
    let desk = signed_in();
    let looked = |context: &str| -> Vec<Value> {
        let ended = desk.run(&["--context", context, "doctor", "-o", "json"]);
        serde_json::from_str(&ended.out).unwrap()
    };
    let find = |all: &[Value], check: &str| all.iter().find(|it| it["check"] == check).cloned();
    let person = looked("prod");
    let credentials = find(&person, "credentials").unwrap();
    assert!(credentials.to_string().contains("signed in as Robin Vale"), "{credentials}");
    for check in ["organisation", "right to monitor sessions", "right to write to customers"] {
        assert_eq!(find(&person, check).unwrap()["state"], "ok", "{check}");
    }
    let client = looked("robot");
    assert_eq!(find(&client, "organisation").unwrap()["state"], "ok");
    assert_eq!(find(&client, "right to monitor sessions"), None, "no client can");
}

#[test]
fn at_the_console_too_a_session_is_monitored_and_left() {
    let desk = signed_in();
    let mut console = desk.console();
    console.shows("● live");
    console.press("3/state:connected\r");
    // The keys that rights or the sign-in would stop are not offered.
    console.wait("the key", |screen| screen.contains("M monitor") && !screen.contains("○ waiting"));
    console.press("M");
    console.shows("y monitor");
    console.press("y");
    console.shows("◉ you monitor");
    console.press("M");
    console.shows("You no longer monitor");
    assert_eq!(deeds(&desk).len(), 2);
}

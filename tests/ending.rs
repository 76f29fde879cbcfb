//! How guests' sessions end from the command line, whoever keeps them or nobody, and what becomes of one
//! whose opening is cut short: the binary as a process, over real sockets (SPEC sections 8 and 9).
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

#[path = "commands/recorder.rs"]
mod recorder;
#[path = "support/services.rs"]
#[expect(dead_code, reason = "what only takeovers need")]
mod services;

use std::{
    convert::Infallible,
    process::{Output, Stdio},
};

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent, AuditRecord},
        flight::Owner,
        lease::{Lease, Phase},
        text::Plain,
    },
    store::{Asking, Place, Supervisions},
};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use recorder::Recorder;
use services::{Process, Site, beats, leash::output, until};

/// Sessions that may be open at once.
const MOST: usize = 500;

/// Ends a session through somebody who writes down what is sent.
fn end(site: &Site, id: &str) -> (Output, Vec<Value>) {
    let recorder = Recorder::start(site.told["listening"].as_str().unwrap().to_owned());
    let mut command = site.command(&["session", "end", id, "--yes", "-o", "json"]);
    let output = output(command.env("GENESYS_BASE_URL", recorder.base_url())).unwrap();
    let base = recorder.base_url();
    let short = |mut write: Value| {
        let url = write["url"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
        json!([write["method"].take(), url, write["body"].take()])
    };
    (output, recorder.writes().into_iter().map(short).collect())
}

/// The request that ends a session, as each dialect documents it.
fn documented(dialect: &str, id: &str) -> Value {
    match dialect {
        "gateway" => json!([
            "PATCH",
            format!("/api/v2/conversations/messaging/{id}"),
            {"status": "disconnected"},
        ]),
        _ => json!([
            "PATCH",
            format!("/api/v2/conversations/messages/{id}"),
            {"state": "disconnected"},
        ]),
    }
}

fn any_session(site: &Site) -> String {
    site.ask("world")["sessions"][0]["id"].as_str().unwrap().to_owned()
}

/// Event, status and session of every record.
fn told(site: &Site) -> Vec<(String, Option<String>, Option<String>)> {
    let plain = |text: Plain| text.as_str().to_owned();
    let row = |record: AuditRecord| {
        let session = record.session.map(|id| id.to_string());
        (plain(record.event), record.status.map(plain), session)
    };
    site.audit().into_iter().map(row).collect()
}

fn terminated(status: &str, id: &str) -> (String, Option<String>, Option<String>) {
    ("session_terminated".into(), Some(status.into()), Some(id.into()))
}

#[test]
fn a_session_that_nobody_keeps_is_ended_as_documented_and_that_is_announced() {
    for dialect in ["gateway", "platform"] {
        let site = Site::speaking(dialect, &[]);
        let id = any_session(&site);
        let (output, sent) = end(&site, &id);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed, json!([{"id": id, "state": "ended"}]));
        assert_eq!(sent, [documented(dialect, &id)]);
        assert_eq!(told(&site), [terminated("requested", &id)]);
        let world = site.ask("world");
        let mut left = world["sessions"].as_array().unwrap().iter();
        assert!(left.all(|session| session["id"] != *id), "it is open still");
    }
}

#[test]
fn a_session_that_was_opened_on_the_published_api_is_ended_there() {
    let site = Site::speaking("platform", &[]);
    // Behind this door there is a queue.
    let world = site.ask("world");
    let deployment = world["deployments"][1]["id"].as_str().unwrap();
    let origin = "https://shop.example";
    site.configure(&format!("[messaging]\ndeployment = '{deployment}'\norigin = '{origin}'\n"));
    let id = site.open_session("1800");
    let (output, sent) = end(&site, &id);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(sent, [documented("platform", &id)]);
    assert!(site.leases().is_empty());
    assert_eq!(told(&site).last(), Some(&terminated("requested", &id)));
}

#[test]
fn an_end_that_is_refused_is_told_with_the_code_of_its_cause() {
    let published = ["conversation:communication:disconnect", "conversation:message:park"];
    let rights = [("gateway", ["conversation:write"; 2]), ("platform", published)];
    for (dialect, [one, other]) in rights {
        let site = Site::speaking(dialect, &["--deny", one, "--deny", other]);
        let id = any_session(&site);
        let (output, sent) = end(&site, &id);
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        assert!(output.stdout.is_empty());
        assert_eq!(sent, [documented(dialect, &id)], "once");
        assert_eq!(told(&site), [terminated("requested", &id), terminated("failed", &id)]);
        let output = site.output(&["--read-only", "session", "end", &id]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
    }
}

#[test]
fn one_that_does_not_exist_is_not_said_to_have_ended() {
    for dialect in ["gateway", "platform"] {
        let site = Site::speaking(dialect, &[]);
        let nobody = "3f2b8c1e-0000-4000-8000-000000000000";
        let (output, _) = end(&site, nobody);
        assert_eq!(output.status.code(), Some(1), "{dialect}: {output:?}");
        assert!(output.stdout.is_empty());
        assert_eq!(told(&site), [terminated("requested", nobody), terminated("failed", nobody)]);
    }
}

#[test]
fn one_that_another_process_keeps_is_ended_and_nobody_takes_it_up_again() {
    let site = Site::open();
    site.configure("[heartbeat]\nfloor_seconds = 1\n");
    let keeper = site.serve("keeper.log");
    let (id, other) = (site.open_session("20"), site.open_session("20"));
    until("the only service keeps them", || {
        site.leases().iter().all(|lease| lease.it.keeper.pid == keeper.0.id()).then_some(())
    });
    let _heir = site.serve("heir.log");
    let watch = |id: &str| {
        let all = site.watches();
        all.into_iter().find(|watch| watch["conversation"] == *id).unwrap()
    };
    until("both are beaten", || {
        [&id, &other].iter().all(|id| !beats(&watch(id)).is_empty()).then_some(())
    });
    let (output, sent) = end(&site, &id);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(sent, [documented("gateway", &id)]);
    let ended = watch(&id);
    assert_eq!(ended["ended"]["how"], "disconnected");
    // The other one goes on, which tells the time.
    let before = beats(&watch(&other)).len();
    until("the other is beaten twice more", || {
        (beats(&watch(&other)).len() >= before + 2).then_some(())
    });
    assert_eq!(watch(&id)["received"], ended["received"], "no beat after the end");
    let ledger = site.ask("ledger");
    let requests = ledger["requests"].as_array().unwrap();
    let late =
        |row: &&Value| row["status"] == 410 && row["route"].as_str().unwrap().contains("PATCH");
    // The keeper asks for the end as well, if it looks just while that is announced and not done.
    let refused: u64 = requests.iter().filter(late).map(|row| row["count"].as_u64().unwrap()).sum();
    assert!(refused <= 1, "nor one that was refused: {requests:?}");
    let kept: Vec<_> = site.leases().into_iter().map(|l| (l.it.id, l.it.keeper.pid)).collect();
    assert_eq!(kept, [(other.as_str().into(), keeper.0.id())]);
    let of_it: Vec<_> = told(&site).into_iter().filter(|row| row.2.as_ref() == Some(&id)).collect();
    let events: Vec<&str> = of_it.iter().map(|row| row.0.as_str()).collect();
    let acts = ["supervision_begun", "supervision_taken_over", "session_terminated"];
    assert_eq!(events, acts, "each once");
}

/// Takes so many places for sessions that somebody else keeps: this very process, which runs.
fn fill(site: &Site, like: &Lease, places: usize) {
    let pid = std::process::id();
    let keeper = Owner { pid, mark: "the test's own".into(), host: like.it.keeper.host.clone() };
    let until = Timestamp::now().checked_add(1.hours()).unwrap();
    site.with_store(async |store| {
        for n in 0..places {
            let mut lease = Lease { phase: Phase::Open, until, ..like.clone() };
            (lease.it.id, lease.it.keeper) = (format!("place {n}").as_str().into(), keeper.clone());
            let fits = |_: &[Asking]| Ok::<(), Infallible>(());
            let entry = AuditEntry::of(
                AuditEvent::SessionInitialized,
                Actor::default(),
                "127.0.0.1".into(),
                "gateway",
            );
            let taken = store.reserve(&lease, MOST, fits, entry, Timestamp::now()).await.unwrap();
            assert!(matches!(taken, Place::Ours(_)), "{taken:?}");
        }
    });
}

#[test]
fn a_session_whose_opening_was_killed_is_found_and_kept_and_takes_one_place() {
    let site = Site::open();
    let world = site.ask("world");
    let queue = world["queues"][0]["id"].as_str().unwrap();
    let open = ["session", "open", "--queue", queue, "--duration", "50"];
    // It is opened at once, and the answer takes its time.
    let slow = json!({"faults": ["slow=1.0"], "routes": ["POST /api/v2/conversations/messaging"]});
    site.tell("fault", &slow);
    // The store is there before anybody looks into it.
    site.run(&["session", "list", "-o", "json"]);
    let mut opening = site.command(&open);
    let opening = Process(opening.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let place = until("its place is taken", || site.leases().pop());
    assert_eq!((place.phase, place.it.keeper.pid), (Phase::Opening, opening.0.id()));
    let id = place.it.id.to_string();
    let is_open = || site.watches().iter().any(|watch| watch["conversation"] == id.as_str());
    until("it is open", || is_open().then_some(()));
    opening.signal("KILL");
    site.tell("fault", &json!({"faults": []}));
    fill(&site, &place, MOST - 1);
    let output = site.output(&open);
    let error = String::from_utf8_lossy(&output.stderr);
    let refusal = "Validation 429 Limit Exceeded: Concurrent sessions (500) reached maximum (500)";
    assert!(output.status.code() == Some(3) && error.contains(refusal), "{output:?}");

    let other = site.serve("other.log");
    let beaten = || site.watches().into_iter().find(|watch| watch["conversation"] == id.as_str());
    until("it is kept", || beaten().filter(|watch| !beats(watch).is_empty()));
    let leases = site.leases();
    let lease = leases.iter().find(|lease| lease.it.id == place.it.id).unwrap();
    assert_eq!((lease.phase, lease.it.keeper.pid), (Phase::Open, other.0.id()));
    let records = site.audit();
    let of_it = |record: &&AuditRecord| {
        record.details["opening"] == id.as_str() || record.session.as_ref() == Some(&place.it.id)
    };
    let events: Vec<&str> = records.iter().filter(of_it).map(|r| r.event.as_str()).collect();
    let acts = ["session_initialized", "supervision_taken_over", "supervision_begun"];
    assert_eq!(events, acts);
    assert_eq!(site.output(&open).status.code(), Some(3), "and there is still room for no more");
}

//! A context is what is signed in with, and what the log calls the org.

use serde_json::Value;

use crate::processes::{Centre, Home};

fn context(centre: &Centre, name: &str, more: &str) -> String {
    let (base, id) = (&centre.address, &centre.id);
    format!("[contexts.{name}]\nbase_url = \"{base}\"\nclient_id = \"{id}\"\n{more}\n")
}

#[test]
fn each_way_of_giving_a_secret_opens_the_door() {
    let (home, centre) = (Home::new(), Centre::open(&["--queues", "3"]));
    let file = home.file("s", &format!("{}\n", centre.secret), 0o600);
    let open = home.file("open", &centre.secret, 0o644);
    home.configure(
        &[
            context(&centre, "file", &format!("client_secret_file = \"{file}\"")),
            context(&centre, "home", "client_secret_file = \"~/s\""),
            context(&centre, "command", &format!("client_secret_command = \"cat {file}\"")),
            context(&centre, "variable", "client_secret_env = \"PROD_SECRET\""),
            context(&centre, "bare", ""),
            context(&centre, "open", &format!("client_secret_file = \"{open}\"")),
        ]
        .concat(),
    );
    let variables = [("PROD_SECRET", centre.secret.as_str())];
    for name in ["file", "home", "command", "variable"] {
        let ended = home.run(&["--context", name, "queues", "-o", "json"], &variables);
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.error);
        let queues: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(queues.len(), 3);
    }
    let given = [("GENESYSCLOUD_OAUTHCLIENT_SECRET", centre.secret.as_str())];
    assert_eq!(home.run(&["--context", "bare", "queues"], &given).code, Some(0));
    let refused = home.run(&["--context", "open", "queues"], &[]);
    assert_eq!(refused.code, Some(2));
    let said = format!("{open} can be read by others: chmod 600 {open}");
    assert!(refused.error.contains(&said), "{}", refused.error);
}

#[test]
fn the_log_names_the_context_and_a_read_only_one_hands_nothing_over() {
    let (home, centre) = (Home::new(), Centre::open(&["--speed", "10"]));
    let file = home.file("s", &centre.secret, 0o600);
    let secret = format!("client_secret_file = \"{file}\"\nrequests_per_minute = 100000");
    let only = home.path().join("only.db");
    home.configure(
        &[
            context(&centre, "prod", &format!("{secret}\nstore = \"{}\"", only.display())),
            context(&centre, "wall", &format!("{secret}\nread_only = true")),
        ]
        .concat(),
    );
    let rows = |arguments: &[&str]| -> Vec<Value> {
        let ended = home.run(arguments, &[]);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.error);
        serde_json::from_str(&ended.out).unwrap()
    };
    let sessions = rows(&["--context", "prod", "sessions", "-o", "json"]);
    let session = sessions.iter().find(|it| it["state"] == "bot").unwrap();
    let queues = rows(&["--context", "prod", "queues", "-o", "json"]);
    let queue = queues.iter().find(|it| it["state"] == "open").unwrap();
    let (session, queue) = (session["id"].as_str().unwrap(), queue["id"].as_str().unwrap());
    let handoff = ["handoff", session, "--queue", queue, "--yes", "--override", "she asks"];
    let refused = home.run(&[&["--context", "wall"], handoff.as_slice()].concat(), &[]);
    assert_eq!(refused.code, Some(3), "{}", refused.error);
    let ended = home.run(&[&["--context", "prod"], handoff.as_slice()].concat(), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let log = home.run(&["--context", "prod", "audit", "export"], &[]);
    let records: Vec<Value> = log.out.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert!(records.len() > 1 && records.iter().all(|it| it["context"] == "prod"), "{}", log.out);
    assert!(only.exists(), "it has a store of its own");
}

#[test]
fn an_org_is_asked_about_the_queues_that_are_watched_alone() {
    for dialect in ["platform", "gateway"] {
        let (home, centre) = (Home::new(), Centre::open(&["--dialect", dialect]));
        let file = home.file("s", &centre.secret, 0o600);
        let more = |queues: &str| {
            format!(
                "dialect = \"{dialect}\"\nclient_secret_file = \"{file}\"\n\
                 requests_per_minute = 100000\n{queues}"
            )
        };
        let watched = context(&centre, "some", &more("queues = [\"billing\"]"));
        home.configure(&[context(&centre, "all", &more("")), watched].concat());
        let rows = |name: &str, what: &str| -> Vec<Value> {
            let ended = home.run(&["--context", name, what, "-o", "json"], &[]);
            assert_eq!(ended.code, Some(0), "{}", ended.error);
            serde_json::from_str(&ended.out).unwrap()
        };
        let all = rows("all", "queues");
        assert!(all.len() > 1);
        let some = rows("some", "queues");
        assert_eq!(some.len(), 1, "{some:?}");
        assert_eq!(some[0]["name"], "Billing");
        // A gateway lists no sessions.
        if dialect == "platform" {
            let id = &some[0]["id"];
            // What bots hold is in no queue.
            let of = |name: &str| -> Vec<Value> {
                let queued = |row: &Value| row["state"] != "bot" && !row["queue"].is_null();
                let rows = rows(name, "sessions").into_iter().filter(queued);
                rows.map(|row| row["queue"].clone()).collect()
            };
            assert!(of("all").iter().any(|queue| queue != id));
            let watched = of("some");
            assert!(!watched.is_empty() && watched.iter().all(|queue| queue == id), "{watched:?}");
            assert!(rows("some", "agents").len() < rows("all", "agents").len());
        }
    }
}

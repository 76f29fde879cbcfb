//! A client's secret, by every way that it can be given, through all that goes right and wrong.

use std::fs;

use serde_json::Value;

use crate::{pty::Terminal, site::Site};

/// A context of the org behind the ear.
fn context(site: &Site, name: &str, more: &str) -> String {
    let (base, id) = (site.ear.base_url(), site.told("client_id"));
    format!(
        "[contexts.{name}]\nbase_url = \"{base}\"\nclient_id = \"{id}\"\nrequests_per_minute = 100000\n{more}\n\n"
    )
}

/// Contexts for all ways; what is set for the one that takes a variable.
fn configured(site: &mut Site) -> String {
    let secret = site.told("client_secret").to_owned();
    let file = site.file("prod.secret", &secret);
    let give = site.program("give", &format!("cat {file}"));
    let contexts = [
        context(site, "file", &format!("client_secret_file = \"{file}\"")),
        context(site, "command", &format!("client_secret_command = \"{give}\"")),
        context(site, "variable", "client_secret_env = \"PROD_SECRET\""),
        context(site, "bare", ""),
    ];
    let rest = "[handoff]\ngrace_seconds = 0\n\n[intake]\nsecret = \"env:HOOK_SECRET\"\n\n[outbox]\nsecret = \"env:OUT_SECRET\"\n\n\
                [network]\nproxy = \"env:OUR_PROXY\"\nno_proxy = [\"localhost\"]\n";
    site.home.configure(&format!("{}{rest}", contexts.concat()));
    secret
}

/// What is run in every context, whatever comes of it.
const COMMANDS: [&[&str]; 11] = [
    &["queues"],
    &["agents", "-o", "json"],
    &["sessions", "-o", "csv"],
    &["doctor", "-o", "json"],
    &["whoami"],
    &["config", "show"],
    &["config", "show", "-o", "json"],
    &["config", "check"],
    &["audit", "export"],
    &["audit", "verify"],
    &["outbox", "list"],
];

#[test]
fn a_clients_secret_stays_where_it_was_put() {
    let mut site = Site::speaking("platform");
    let secret = configured(&mut site);
    let [wrong, hook, out] = ["wrong", "hook", "out"].map(|name| site.secret(name));
    let proxy = format!("http://ops:{}@127.0.0.1:9", site.secret("proxy"));
    // What others of the org are given is set all the while: no child is to see it.
    let around = [
        ("HOOK_SECRET", hook.as_str()),
        ("OUT_SECRET", &out),
        ("OUR_PROXY", &proxy),
        ("PROD_SECRET", &secret),
    ];
    for name in ["file", "command", "variable"] {
        let own =
            |arguments: &[&str]| site.run(&[&["--context", name], arguments].concat(), &around);
        for arguments in COMMANDS {
            let ended = own(arguments);
            assert_eq!(ended.code, Some(0), "{arguments:?}: {} {}", ended.out, ended.error);
        }
        if name == "file" {
            moved(&site, &own);
        }
    }
    let handed = site.handed("give");
    assert!(handed.contains("HOME=") && !handed.contains("PROD_SECRET"), "{handed}");
    for variable in ["GENESYS_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"] {
        for (secret, code) in [(&secret, 0), (&wrong, 4)] {
            let given = [&around[..], &[(variable, secret)]].concat();
            let ended = site.run(&["--context", "bare", "queues"], &given);
            assert_eq!(ended.code, Some(code), "{}", ended.error);
            site.run(&["--context", "bare", "doctor"], &given);
        }
    }
    for status in [400, 401, 403, 404, 409, 500] {
        site.ear.refuse(status);
        for arguments in &COMMANDS[..4] {
            let ended = site.run(&[&["--context", "file"], *arguments].concat(), &around);
            // Whoever tells what the org has said leaves out what it has said back.
            let tells = ["queues", "agents", "sessions"].contains(&arguments[0]);
            assert!(!tells || ended.error.contains("••••••••"), "{arguments:?}: {}", ended.error);
        }
    }
    site.ear.refuse(0);
    let log = fs::read_to_string(site.home.path().join(".local/state/floorwalker/floorwalker.log"));
    assert!(log.unwrap().len() > 10_000, "all that could be logged was");
    site.look_everywhere();
}

/// Hands sessions over: as a rehearsal, for good, and in vain, with an org that says back what it was told.
fn moved(site: &Site, run: &dyn Fn(&[&str]) -> crate::processes::Ended) {
    let sessions = run(&["sessions", "-o", "json"]);
    let sessions: Vec<Value> = serde_json::from_str(&sessions.out).unwrap();
    let of = |state: &str| {
        let mut all = sessions.iter().filter(|it| it["state"] == state);
        all.next().unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (first, queues) = (of("bot"), run(&["queues", "-o", "json"]));
    let queues: Vec<Value> = serde_json::from_str(&queues.out).unwrap();
    let queue = queues.iter().find(|it| it["state"] == "open").unwrap()["id"].as_str().unwrap();
    let handoff = ["handoff", &first, "--queue", queue, "--override", "she asks", "--reason", "x"];
    for shape in ["table", "json"] {
        let ended = run(&[&handoff[..], &["--dry-run", "-o", shape]].concat());
        assert!(ended.out.contains("/api/v2/"), "{}", ended.error);
        assert!(ended.out.to_lowercase().contains("authorization"), "{}", ended.out);
    }
    site.ear.refuse_moves(403);
    let ended = run(&[&handoff[..], &["--yes"]].concat());
    assert_eq!(ended.code, Some(4), "{}", ended.error);
    assert!(ended.out.contains("••••••••"), "{}", ended.out);
    site.ear.refuse(0);
    let ended = run(&[&handoff[..], &["--yes"]].concat());
    assert_eq!(ended.code, Some(0), "{} {}", ended.out, ended.error);
}

#[test]
fn a_console_in_a_terminal_shows_and_keeps_no_secret() {
    let mut site = Site::speaking("platform");
    let secret = configured(&mut site);
    let hook = site.secret("hook");
    let home = site.home.path().to_str().unwrap().to_owned();
    let [config, data, state] =
        [".config", ".local/share", ".local/state"].map(|it| format!("{home}/{it}"));
    let given = [("PROD_SECRET", secret.as_str()), ("HOOK_SECRET", &hook)];
    let folders = [
        ("HOME", home.as_str()),
        ("XDG_CONFIG_HOME", &config),
        ("XDG_DATA_HOME", &data),
        ("XDG_STATE_HOME", &state),
        ("OUR_PROXY", "http://127.0.0.1:9"),
    ];
    let variables = Site::loud(&[&given[..], &folders].concat());
    for name in ["command", "variable"] {
        let arguments = ["--context", name];
        let mut terminal = Terminal::start(&arguments, &variables, 160, 50);
        terminal.shows("Billing");
        site.look_at(terminal.pid(), &given);
        // A closer look at a session, which is refused with all that the org was told.
        site.ear.refuse(400);
        terminal.press("3\r");
        let screen = terminal.shows("••••••••");
        site.nowhere_in("the screen", screen.as_bytes());
        site.ear.refuse(0);
        terminal.press("\u{1b}");
        terminal.wait("the panes", |screen| !screen.contains("••••••••"));
        terminal.press("q");
        assert_eq!(terminal.ended(), 0);
    }
    assert!(site.handed("give").contains("TERM="));
    site.look_everywhere();
}

//! The built-in contact centre as a process whose bots call `floorwalker serve`, another process.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::processes::{ask, binary, leash::leash, until};

/// A process that does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts it; its first line, and what comes after it, which has to stay open.
fn start(command: &mut Command) -> (Process, String, BufReader<ChildStdout>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let _leash = leash(&child);
    let (mut line, mut out) = (String::new(), BufReader::new(child.stdout.take().unwrap()));
    out.read_line(&mut line).unwrap();
    (Process(child), line, out)
}

/// An address that is free.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn a_service_takes_in_where_it_is_told_what_the_bots_sign() {
    floorwalker::genesys::transport::Http::new().unwrap();
    let (intake, folder) = (free(), tempfile::tempdir().unwrap());
    let url = format!("http://{intake}");
    let mut simulate = binary(&["simulate", "--frozen", "--webhooks", &url]);
    let simulate = simulate.env("FLOORWALKER_WEBHOOK_SECRET", "between us");
    let (_simulator, line, _out) = start(simulate);
    let told: Value = serde_json::from_str(&line).unwrap();
    let base = told["listening"].as_str().unwrap();

    let config = folder.path().join("config.toml");
    // The command line's address counts; at the configuration's nobody may listen.
    let written = "[intake]\nlisten = \"192.0.2.1:1\"\nsecret = \"env:HOOK\"\n";
    std::fs::write(&config, written).unwrap();
    let serve = |secret: &str| {
        let mut command = binary(&["serve", "--listen", &intake]);
        command.env("HOOK", secret).env("FLOORWALKER_CONFIG", &config);
        command.env("XDG_DATA_HOME", folder.path()).env("GENESYS_BASE_URL", base);
        command.env("GENESYS_CLIENT_ID", told["client_id"].as_str().unwrap());
        command.env("GENESYS_CLIENT_SECRET", told["client_secret"].as_str().unwrap());
        command
    };
    let world = ask(&format!("{base}/_simulator/world"), None);
    let sessions = world["sessions"].as_array().unwrap();
    let bot = sessions.iter().find(|session| session["state"] == "bot").unwrap();
    let calls = |many: usize| {
        let body = json!({"conversation": bot["id"], "route": "bot_handoff"});
        ask(&format!("{base}/_simulator/ask"), Some(&body));
        until("the bot is answered", || {
            let calls = ask(&format!("{base}/_simulator/ledger"), None)["calls"].clone();
            (calls.as_array().unwrap().len() == many).then(|| calls[many - 1].clone())
        })
    };
    let (service, line, _out) = start(&mut serve("another secret"));
    assert_eq!(line, "ready\n");
    assert_eq!(calls(1)["status"], 401);
    drop(service);
    let (_service, line, _out) = start(&mut serve("between us"));
    assert_eq!(line, "ready\n");
    let call = calls(2);
    assert_eq!((&call["status"], &call["reply"]["status"]), (&json!(202), &json!("proposed")));
}

//! What a service holds: secrets of webhooks in and out, a token, guests' tokens, the key of checkpoints.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use floorwalker::policy::signature::Key;
use jiff::Timestamp;

use crate::{
    ear::HOOK,
    site::{Site, until},
};

/// An address that is free.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Calls the intake; the status, and what came back.
fn call(at: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut socket = TcpStream::connect(at).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let headers: String = headers.iter().map(|(name, it)| format!("{name}: {it}\r\n")).collect();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}");
    let rest =
        format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    socket.write_all((head + &rest).as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_a_service_holds_stays_with_it() {
    let mut site = Site::speaking("gateway");
    let [hook, token, out, wrong] = ["hook", "token", "out", "wrong"].map(|it| site.secret(it));
    let (hooks, tokens) = (site.file("hook.secret", &hook), site.file("token", &token));
    let give = site.program("give", &format!("cat {hooks}"));
    let take = site.program("take", "cat > /dev/null");
    let intake = free();
    site.home.configure(&format!(
        "[contexts.prod]\nbase_url = \"{base}\"\ndialect = \"gateway\"\nclient_id = \"{id}\"\n\
         requests_per_minute = 100000\n\n\
         [intake]\nlisten = \"{intake}\"\nsecret = \"command:{give}\"\ntoken = \"file:{tokens}\"\n\n\
         [outbox]\ncrm_session = \"{base}{HOOK}\"\nsecret = \"env:OUT_SECRET\"\n\n\
         [audit.checkpoint]\ncommand = [\"{take}\", \"a\"]\n",
        base = site.ear.base_url(),
        id = site.told("client_id"),
    ));
    let secret = site.told("client_secret").to_owned();
    let given = [("GENESYS_CLIENT_SECRET", secret.as_str()), ("OUT_SECRET", &out)];
    let on = ["--context", "prod"];
    let service = site.start("serve", &[&on[..], &["serve"]].concat(), &given);
    let said = site.home.path().join("serve.out");
    until("it is ready", || fs::read_to_string(&said).unwrap().contains("ready").then_some(()));

    called(&intake, (&hook, &token, &wrong));
    let run = |arguments: &[&str]| site.run(&[&on[..], arguments].concat(), &given);
    let open = ["session", "open", "--queue", "Billing", "--name", "Maria", "--duration", "600"];
    let opened = run(&open);
    assert_eq!(opened.code, Some(0), "{}", opened.error);
    // What is refused is refused with all that the gateway was told.
    site.ear.refuse_moves(400);
    let refused = run(&open);
    assert!(refused.error.contains("••••••••"), "{}", refused.error);
    site.ear.refuse(0);
    until("the CRM has been told", || (site.ear.hooks() > 0).then_some(()));
    assert_eq!(site.ear.guests().len(), 2);
    site.look_at(service.0.id(), &given);
    for arguments in [
        &["session", "list", "-o", "json"][..],
        &["config", "show"],
        &["config", "check"],
        &["doctor", "-o", "json"],
        &["audit", "export"],
        &["outbox", "list"],
    ] {
        run(arguments);
    }
    ended(&site, run(&["session", "list", "-o", "jsonl"]).out, &run);
    service.end();
    for name in ["give", "take"] {
        let handed = site.handed(name);
        assert!(handed.contains("HOME=") && !handed.contains("_SECRET="), "{name}: {handed}");
    }
    let key = site.home.path().join(".local/share/floorwalker/audit.key");
    let seed = fs::read_to_string(&key).unwrap().trim().splitn(5, '+').last().unwrap().to_owned();
    site.adds(&seed);
    site.keeps(&key, vec![seed]);
    site.look_everywhere();
}

/// Calls of everybody: signed, with the token, and with neither.
fn called(intake: &str, (hook, token, wrong): (&str, &str, &str)) {
    let body = r#"{"conversationId":"8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c","event":"message"}"#;
    let at = Timestamp::now().as_second();
    let signed =
        |secret: &str| Key::new(&secret.to_owned().into()).unwrap().sign("m1", at, body.as_bytes());
    let stamp = at.to_string();
    let call = |headers: &[(&str, &str)]| call(intake, "/webhook/messaging", headers, body);
    let by = |signature: &str| {
        call(&[
            ("webhook-id", "m1"),
            ("webhook-timestamp", &stamp),
            ("webhook-signature", signature),
        ])
    };
    assert!(by(&signed(hook)).starts_with("HTTP/1.1 20"), "{}", by(&signed(hook)));
    let bearer = |token: &str| call(&[("authorization", &format!("Bearer {token}"))]);
    assert!(bearer(token).starts_with("HTTP/1.1 20"), "{}", bearer(token));
    for refused in [by(&signed(wrong)), bearer(wrong), call(&[])] {
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
        assert!(![hook, token].iter().any(|it| refused.contains(it)), "{refused}");
    }
}

/// Ends what was opened: a guest's token goes with the session.
fn ended(site: &Site, listed: String, run: &dyn Fn(&[&str]) -> crate::processes::Ended) {
    for line in listed.lines() {
        let session: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = session["id"].as_str().unwrap();
        let done = run(&["session", "end", id, "--yes"]);
        assert_eq!(done.code, Some(0), "{}", done.error);
    }
    until("the CRM knows of the end", || (site.ear.hooks() > 1).then_some(()));
}

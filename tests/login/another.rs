//! Who else signs in on the same machine, and a login host that says nothing.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::desk::Desk;

fn log(desk: &Desk) -> Vec<Value> {
    let log = desk.run(&["audit", "export"]).out;
    log.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// What is begun as one goes on as that one, or not at all.
#[test]
fn a_console_does_not_become_whoever_signs_in_meanwhile() {
    let desk = Desk::new();
    desk.sign_in();
    let robins = desk.kept()["access_token"].as_str().unwrap().to_owned();
    let mut console = desk.console();
    console.shows("● live");
    desk.persons(json!({"signs_in": "colleague"}));
    let said = desk.sign_in();
    assert!(said.contains("Signed in to prod as Sam Ode"), "{said}");
    assert!(said.contains("replaces the sign-in of Robin Vale to prod"), "{said}");
    assert!(!desk.admits(&robins), "it was ended at the org");
    assert_eq!(desk.rows(&["whoami"])[0]["name"], "Sam Ode");
    console.shows("Sam Ode has signed in to prod here meanwhile; start again");
    let sams = desk.kept();
    // Robin signs in again, and the console goes on.
    desk.persons(json!({"signs_in": "person"}));
    let said = desk.sign_in();
    assert!(said.contains("replaces the sign-in of Sam Ode"), "{said}");
    assert!(!desk.admits(sams["access_token"].as_str().unwrap()));
    console.shows("● live");
    console.press("q");
    assert_eq!(console.ended(), 0);
    let log = log(&desk);
    let told = |at: usize, key: &str| log[at]["details"][key].as_str().map(str::to_owned);
    assert_eq!(
        (told(0, "replaced_name"), told(0, "genesys_name")),
        (None, Some("Robin Vale".into()))
    );
    assert_eq!(told(1, "replaced_name").as_deref(), Some("Robin Vale"));
    assert_eq!(told(1, "genesys_name").as_deref(), Some("Sam Ode"));
    assert_eq!(told(2, "replaced_name").as_deref(), Some("Sam Ode"));
}

#[test]
fn ones_own_sign_in_is_replaced_without_a_word() {
    let desk = Desk::new();
    desk.sign_in();
    let said = desk.sign_in();
    assert!(!said.contains("replaces"), "{said}");
    assert!(!desk.rows(&["queues"]).is_empty());
}

/// A host that takes a request and says, far too late, that it has failed.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                thread::sleep(Duration::from_secs(8));
                let _ = stream.write_all(b"HTTP/1.1 500 Late\r\ncontent-length: 0\r\n\r\n");
            });
        }
    });
    address
}

fn impatient() -> Desk {
    let desk = Desk::new();
    desk.add("[network]\ntoken_timeout_seconds = 1\napi_timeout_seconds = 1\n");
    desk
}

/// Signs in where one of the hosts says nothing.
fn signs_in_where(line: &str, silent: &str) -> String {
    let desk = impatient();
    let base = desk.address().to_owned();
    match line {
        "login_url" => desk.rewrite("sign_in =", &format!("login_url = \"{silent}\"\nsign_in =")),
        _ => {
            desk.rewrite("sign_in =", &format!("login_url = \"{base}\"\nsign_in ="));
            desk.rewrite(&format!("base_url = \"{base}\""), &format!("base_url = \"{silent}\""));
        }
    }
    let login = desk.begin();
    let back = desk.visit(&login.address.replace(silent, &base));
    let ended = login.paste(&back);
    assert_eq!(ended.code, Some(1), "{}", ended.error);
    ended.error
}

/// Renews a sign-in where the login host says nothing.
fn renews_where_nobody_answers(silent: &str) -> String {
    let desk = impatient();
    desk.sign_in();
    desk.rewrite("sign_in =", &format!("login_url = \"{silent}\"\nsign_in ="));
    let mut kept = desk.kept();
    kept["token_url"] = format!("{silent}/oauth/token").into();
    kept["renew_at"] = "2026-01-01T00:00:00Z".into();
    fs::write(desk.file(), kept.to_string()).unwrap();
    desk.run(&["whoami"]).error
}

/// Together, for each takes the second that it is given.
#[test]
fn whoever_says_nothing_is_waited_for_as_long_as_is_written() {
    let silent = silent();
    thread::scope(|scope| {
        let all = [
            scope.spawn(|| signs_in_where("login_url", &silent)),
            scope.spawn(|| signs_in_where("base_url", &silent)),
            scope.spawn(|| renews_where_nobody_answers(&silent)),
        ];
        for said in all {
            let said = said.join().unwrap();
            assert!(said.contains("no answer in time"), "{said}");
        }
    });
}

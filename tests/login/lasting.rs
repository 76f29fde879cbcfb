//! How long a sign-in lasts, who may use it, and what it leaves in the audit log.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use crate::desk::Desk;

#[test]
fn two_processes_renew_a_token_that_has_expired_once() {
    let desk = Desk::new();
    desk.sign_in();
    let old = desk.kept();
    // It is good no more, here and there.
    desk.end("tokens");
    let stale =
        desk.kept().to_string().replace(old["renew_at"].as_str().unwrap(), "2026-01-01T00:00:00Z");
    fs::write(desk.file(), stale).unwrap();
    let before = desk.tokens();
    let run = || desk.rows(&["whoami"]);
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(run);
        (run(), one.join().unwrap())
    });
    assert_eq!((&one[0]["name"], &other[0]["name"]), (&"Robin Vale".into(), &"Robin Vale".into()));
    assert_eq!(desk.tokens(), before + 1);
    let new = desk.kept();
    assert_ne!(new["access_token"], old["access_token"]);
    assert_ne!(new["refresh_token"], old["refresh_token"]);
    assert_eq!(new["user_name"], "Robin Vale");
    assert_eq!(fs::metadata(desk.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_token_that_the_org_refuses_is_renewed_before_its_time() {
    let desk = Desk::new();
    desk.sign_in();
    let old = desk.kept();
    desk.end("tokens");
    assert!(!desk.rows(&["queues"]).is_empty());
    assert_ne!(desk.kept()["access_token"], old["access_token"]);
}

#[test]
fn who_was_revoked_is_told_to_sign_in_again() {
    let desk = Desk::new();
    desk.sign_in();
    desk.end("sign_ins");
    let ended = desk.run(&["queues"]);
    assert_eq!(ended.code, Some(4), "{}", ended.error);
    let said = "sign in again: floorwalker login --context prod (it has ended or was revoked";
    assert!(ended.error.contains(said), "{}", ended.error);
    assert!(!ended.error.contains("`floorwalker login`"), "{}", ended.error);
    desk.sign_in();
    assert!(!desk.rows(&["queues"]).is_empty());
}

#[test]
fn a_console_that_can_not_go_there_names_the_command_first() {
    let desk = Desk::new();
    desk.sign_in();
    desk.end("sign_ins");
    let mut console = desk.console_with(&["--context", "robot"], 80);
    console.shows("● live");
    console.press(":ctx prod\r");
    let said =
        "Still in robot, prod is not gone to: sign in again: floorwalker login --context prod";
    console.wait(said, |screen| {
        screen.split_whitespace().collect::<Vec<_>>().join(" ").contains(said)
    });
    console.press("q");
    assert_eq!(console.ended(), 0);
}

#[test]
fn who_it_is_fits_on_a_small_screen_and_is_dated_to_the_second() {
    let desk = Desk::new();
    desk.sign_in();
    let told = desk.run(&["whoami"]);
    assert_eq!(told.code, Some(0), "{}", told.error);
    assert!(told.out.starts_with("context:   prod\nsign in:   person\n"), "{}", told.out);
    assert!(told.out.contains("\nname:      Robin Vale\n"), "{}", told.out);
    assert!(
        told.out.lines().count() == 7 && told.out.lines().all(|it| it.len() <= 80),
        "{}",
        told.out
    );
    let until = told.out.lines().find_map(|line| line.strip_prefix("until:     ")).unwrap();
    assert!(until.ends_with('Z') && !until.contains('.'), "{until}");
    // A program gets what is kept.
    assert_eq!(desk.rows(&["whoami"])[0]["until"], desk.kept()["until"]);
}

#[test]
fn signing_out_ends_it_there_and_here() {
    let desk = Desk::new();
    desk.sign_in();
    let token = desk.kept()["access_token"].as_str().unwrap().to_owned();
    assert!(desk.admits(&token));
    let ended = desk.run(&["logout"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(!desk.admits(&token));
    assert!(!desk.file().exists());
    assert_eq!(desk.run(&["logout"]).code, Some(4));
}

#[test]
fn a_sign_in_that_others_can_read_is_refused() {
    let desk = Desk::new();
    desk.sign_in();
    fs::set_permissions(desk.file(), fs::Permissions::from_mode(0o640)).unwrap();
    let ended = desk.run(&["queues"]);
    assert_eq!(ended.code, Some(4), "{}", ended.error);
    assert!(ended.error.contains("can be read by others: chmod 600"), "{}", ended.error);
}

#[test]
fn the_log_says_as_which_user_it_was_done_and_proves_it() {
    let desk = Desk::new();
    desk.sign_in();
    let sessions = desk.rows(&["sessions"]);
    let session = sessions.iter().find(|it| it["state"] == "bot").unwrap()["id"].as_str().unwrap();
    let queues = desk.rows(&["queues"]);
    let queue = queues.iter().find(|it| it["state"] == "open").unwrap()["id"].as_str().unwrap();
    let handoff = ["handoff", session, "--queue", queue, "--yes", "--override", "she asks"];
    let ended = desk.run(&handoff);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let log = desk.run(&["audit", "export"]).out;
    let records: Vec<Value> = log.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert!(records.len() > 1, "{log}");
    for record in records {
        assert_eq!(record["details"]["genesys_name"], "Robin Vale", "{record}");
        assert!(record["details"]["genesys_user"].is_string(), "{record}");
    }
    let verified = desk.run(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.error);
}

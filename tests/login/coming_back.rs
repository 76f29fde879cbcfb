//! There and back: what is taken, and what is turned away.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::desk::Desk;

#[test]
fn an_address_that_is_pasted_signs_in() {
    let desk = Desk::new();
    let nobody = desk.run(&["whoami"]);
    assert_eq!(nobody.code, Some(4), "{}", nobody.error);
    assert!(nobody.error.contains("floorwalker login --context prod"), "{}", nobody.error);
    let login = desk.begin();
    let back = desk.visit(&login.address);
    let ended = login.paste(&format!("  {back}\r"));
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(ended.error.contains("Signed in to prod as Robin Vale"), "{}", ended.error);
    assert_eq!(fs::metadata(desk.file()).unwrap().permissions().mode() & 0o777, 0o600);
    let who = &desk.rows(&["whoami"])[0];
    assert_eq!(
        (who["sign_in"].as_str(), who["name"].as_str()),
        (Some("person"), Some("Robin Vale"))
    );
    assert_eq!((who["context"].as_str(), who["renewable"].as_bool()), (Some("prod"), Some(true)));
    assert!(!desk.rows(&["queues"]).is_empty());
    // The code was good once.
    let again = desk.begin().paste(&back);
    assert_eq!(again.code, Some(4));
}

#[test]
fn a_browser_that_comes_back_signs_in_and_a_stranger_does_not_keep_it_out() {
    let desk = Desk::new();
    let login = desk.begin();
    let back = desk.visit(&login.address);
    let here = back.split_once('?').unwrap().0;
    let (status, _, text) = desk.get(&format!("{here}?code=forged&state=forged"), None);
    assert_eq!(status, 400, "{text}");
    assert_eq!(desk.get(&format!("{here}favicon.ico"), None).0, 400);
    assert!(!desk.file().exists());
    let (status, _, text) = desk.get(&back, None);
    assert_eq!(status, 200, "{text}");
    let ended = login.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert_eq!(desk.rows(&["whoami"])[0]["name"], "Robin Vale");
}

#[test]
fn a_code_with_another_state_is_not_taken() {
    let desk = Desk::new();
    let (mine, theirs) = (desk.begin(), desk.begin());
    let back = desk.visit(&theirs.address);
    let before = desk.tokens();
    let ended = mine.paste(&back);
    assert_eq!(ended.code, Some(4), "{}", ended.error);
    assert!(ended.error.contains("its state is not the one of this sign-in"), "{}", ended.error);
    assert!(!desk.file().exists());
    assert_eq!(desk.tokens(), before, "it was not even tried");
    drop(theirs.paste("nonsense"));
}

#[test]
fn whoever_has_pasted_something_else_is_asked_again() {
    let desk = Desk::new();
    let (mine, theirs) = (desk.begin(), desk.begin());
    let (wrong, right) = (desk.visit(&theirs.address), desk.visit(&mine.address));
    let ended = mine.pastes(&[&wrong, "http://localhost/", "", &right]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert_eq!(ended.error.matches("Paste the address again").count(), 2, "{}", ended.error);
    assert!(desk.file().exists());
    drop(theirs.paste("nonsense"));
}

#[test]
fn a_code_that_has_expired_is_refused() {
    let desk = Desk::new();
    let login = desk.begin();
    let back = desk.visit(&login.address);
    desk.end("codes");
    let ended = login.paste(&back);
    assert_eq!(ended.code, Some(4), "{}", ended.error);
    assert!(ended.error.contains("invalid, expired or revoked"), "{}", ended.error);
    // That is what was running.
    assert!(ended.error.contains("begin again with the same command"), "{}", ended.error);
    assert!(!ended.error.contains("floorwalker login"), "{}", ended.error);
    assert!(!desk.file().exists());
}

#[test]
fn a_refusal_of_the_login_host_is_told() {
    let desk = Desk::new();
    let login = desk.begin();
    let state = login.address.rsplit_once("state=").unwrap().1.to_owned();
    let text = "error=access_denied&error_description=ask+your+admin";
    let ended = login.paste(&format!("http://localhost:1/?{text}&state={state}"));
    assert_eq!(ended.code, Some(4));
    assert!(ended.error.contains("the login host refused: ask your admin"), "{}", ended.error);
}

#[test]
fn a_client_is_no_person() {
    let desk = Desk::new();
    let refused = desk.run(&["login", "--context", "robot", "--no-browser"]);
    assert_eq!(refused.code, Some(2), "{}", refused.error);
    assert!(refused.error.contains("sign_in = \"person\""), "{}", refused.error);
    let who = &desk.rows(&["whoami", "--context", "robot"])[0];
    assert_eq!((who["sign_in"].as_str(), &who["name"]), (Some("client"), &serde_json::Value::Null));
}

//! What goes wrong is said with what to do about it, and with an exit code for scripts.

use std::process::Stdio;

use crate::processes::{Centre, Ended, binary, leash::ended};

fn run(mut command: std::process::Command) -> Ended {
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    ended(process).unwrap().into()
}

/// It failed with this code, printed nothing, and said all of this.
fn assert_says(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!((ended.code, ended.out.as_str()), (Some(code), ""), "{}", ended.error);
    for part in parts {
        assert!(ended.error.contains(part), "«{part}» is not in: {}", ended.error);
    }
}

#[test]
fn without_an_org_or_credentials_it_says_what_to_set() {
    assert_says(&run(binary(&["queues"])), 2, &["--base-url", "GENESYS_BASE_URL", "demo"]);
    let org = ["agents", "--base-url", "https://api.mypurecloud.de"];
    assert_says(&run(binary(&org)), 4, &["set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET"]);
    let mut half = binary(&org);
    half.env("GENESYS_CLIENT_ID", "id");
    assert_says(&run(half), 4, &["GENESYS_CLIENT_SECRET is missing"]);
}

#[test]
fn a_wrong_secret_and_a_wrong_id_are_refused_without_being_told() {
    let centre = Centre::open(&[]);
    let mut command = centre.command(&["sessions"]);
    command.env("GENESYS_CLIENT_SECRET", "not-the-secret");
    let ended = run(command);
    assert_says(&ended, 4, &["authentication failed", "check the client's id and secret"]);
    assert!(!ended.error.contains("not-the-secret"), "{}", ended.error);
    let mut command = centre.command(&["sessions"]);
    command.env("GENESYS_CLIENT_ID", "nobody");
    assert_says(&run(command), 4, &["client not found", "check the client's id and secret"]);
    centre.proxy.verdict();
}

#[test]
fn a_host_that_cannot_be_reached_is_named() {
    // Nobody listens there: a port that was free a moment ago may be another test's by now.
    let host = "127.0.0.1:1";
    let url = format!("http://{host}");
    let mut command = binary(&["queues", "--base-url", &url]);
    command.env("GENESYS_CLIENT_ID", "id").env("GENESYS_CLIENT_SECRET", "hush-hush");
    let ended = run(command);
    assert_says(&ended, 1, &[host, "can't be reached", "check the base URL"]);
    assert!(!ended.error.contains("hush-hush"));
}

#[test]
fn a_page_and_half_an_answer_are_told_for_what_they_are() {
    let centre = Centre::open(&[]);
    for (fault, says) in [("html=1", "an HTML page"), ("truncated=1", "cut off")] {
        centre.spoil(fault, "GET /api/v2/routing/queues");
        assert_says(&centre.run(&["queues"]), 1, &["read queues", says, "check the base URL"]);
    }
    centre.spoil("html=1", "/oauth/token");
    assert_says(&centre.run(&["queues"]), 1, &["authenticate", "login URL"]);
    centre.proxy.verdict();
}

#[test]
fn a_missing_right_is_named() {
    let centre = Centre::open(&["--deny", "analytics:flowObservation:view"]);
    let ended = centre.run(&["sessions", "-o", "json"]);
    assert_says(&ended, 4, &["403", "analytics:flowObservation:view", "add the permission"]);
    centre.proxy.verdict();
}

#[test]
fn nothing_leaves_the_machine_in_the_clear() {
    for arguments in [
        ["queues", "--base-url", "http://api.mypurecloud.de"].as_slice(),
        &["queues", "--base-url", "https://api.x.test", "--login-url", "http://login.x.test"],
    ] {
        let mut command = binary(arguments);
        command.env("GENESYS_CLIENT_ID", "id").env("GENESYS_CLIENT_SECRET", "hush-hush");
        assert_says(&run(command), 2, &["is refused", "only https"]);
    }
}

#[test]
fn a_console_without_a_terminal_points_at_the_subcommands() {
    for arguments in [[].as_slice(), &["demo"]] {
        let mut command = binary(arguments);
        command.stdin(Stdio::piped());
        let says = ["needs a terminal", "queues", "agents", "sessions"];
        assert_says(&run(command), 2, &says);
    }
}

#[test]
fn a_simulator_ends_when_it_is_told_to() {
    let (rest, status) = Centre::open(&[]).terminate();
    assert_eq!((rest.as_str(), status.code()), ("", Some(0)));
}

#[test]
fn a_secret_cannot_be_an_argument() {
    for command in ["queues", "agents", "sessions", "demo"] {
        let help = run(binary(&[command, "--help"])).out.to_lowercase();
        assert!(help.contains("usage"), "{help}");
        assert!(!help.contains("--client") && !help.contains("-secret"), "{help}");
    }
    let ended = run(binary(&["queues", "--client-secret", "hush-hush"]));
    assert_eq!(ended.code, Some(2));
}

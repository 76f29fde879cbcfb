//! `floorwalker session`: on the published API a guest comes in through the messaging deployment of the
//! configuration, is listed, and is ended; on both dialects only what is there is ended.

use serde_json::Value;

use crate::processes::{Centre, Ended, until};

fn parse(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn a_session_is_opened_through_the_configured_deployment_and_ended() {
    let centre = Centre::brisk(&[]);
    let world = centre.world();
    let queue = &world["queues"][3];
    let config = centre.data.path().join("guests.toml");
    let config_path = config.to_str().unwrap();
    let text = format!(
        "[messaging]\ndeployment = '{}'\norigin = 'https://shop.example'\nsocket_url = '{}/v1'\n",
        centre.deployment,
        centre.address.replace("http://", "ws://"),
    );
    std::fs::write(&config, text).unwrap();
    let with = ["--config", config_path, "-o", "json"];
    let run = |arguments: &[&str]| centre.run(&[arguments, &with].concat());
    let name = queue["name"].as_str().unwrap();
    let opened = run(&["session", "open", "--queue", name, "--duration", "60"]);
    assert!(opened.error.contains("Nobody keeps it"), "{}", opened.error);
    let row = &parse(&opened)[0];
    assert_eq!((&row["state"], &row["hold"]), (&"open".into(), &"kept by socket echo".into()));
    let id = row["id"].as_str().unwrap();
    let world = centre.world();
    let of = |row: &&Value| row["conversation"] == id;
    let session = world["sessions"].as_array().unwrap().iter().find(|s| s["id"] == id).unwrap();
    assert_eq!(session["queue"], queue["id"], "where it was asked for");
    until("whoever opened it has gone", || {
        let world = centre.world();
        let guest = world["guests"].as_array().unwrap().iter().find(of).unwrap();
        (guest["connections"] == 0).then_some(())
    });
    assert_eq!(parse(&run(&["session", "list"]))[0]["id"], id);
    assert_eq!(parse(&run(&["session", "end", id]))[0]["state"], "ended");
    let world = centre.world();
    assert!(world["sessions"].as_array().unwrap().iter().all(|session| session["id"] != id));
    assert_eq!(parse(&run(&["session", "list"])), Value::Array(Vec::new()));
}

#[test]
fn without_a_deployment_nothing_is_opened_and_the_configuration_is_named() {
    let centre = Centre::brisk(&[]);
    let queue = centre.world()["queues"][0]["id"].as_str().unwrap().to_owned();
    let ended = centre.run(&["session", "open", "--queue", &queue]);
    assert_eq!(ended.code, Some(2), "{}", ended.error);
    let why = "No session can be opened: no deployment is known: set messaging.deployment and messaging.origin";
    assert!(ended.error.contains(why), "{}", ended.error);
    // Nothing was sent, so no target is to blame.
    assert!(!ended.error.contains("defect"), "{}", ended.error);
    assert_eq!(centre.world()["guests"], Value::Array(Vec::new()));
}

#[test]
fn only_a_session_that_is_there_is_ended_and_only_by_its_id() {
    for dialect in ["platform", "gateway"] {
        let centre = Centre::brisk(&["--dialect", dialect]);
        let end = |id: &str| centre.run(&["session", "end", id, "--yes", "--dialect", dialect]);
        for odd in ["chat-12", "../../routing/queues", ""] {
            let ended = end(odd);
            let text = format!("Invalid conversation ID format: {odd}");
            assert_eq!(ended.code, Some(2), "{dialect}: {}", ended.error);
            assert!(ended.error.contains(&text), "{}", ended.error);
        }
        let asked = centre.ledger()["requests"].as_array().unwrap().len();
        assert_eq!(asked, 0, "nothing was sent");
        let ended = end("0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c");
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{dialect}: {}", ended.error);
        assert!(ended.error.contains("404"), "{}", ended.error);
        let world = centre.world();
        let id = world["sessions"][0]["id"].as_str().unwrap();
        let ended = end(id);
        assert_eq!(ended.code, Some(0), "{dialect}: {}", ended.error);
        let open = centre.world()["sessions"].as_array().unwrap().clone();
        assert!(open.iter().all(|session| session["id"] != id), "{dialect}");
    }
}

#[test]
fn whoever_may_not_end_a_session_is_told_which_permission_is_missing() {
    let either = ["conversation:communication:disconnect", "conversation:message:park"];
    let centre = Centre::brisk(&["--deny", either[0], "--deny", either[1]]);
    let id = centre.world()["sessions"][0]["id"].as_str().unwrap().to_owned();
    let ended = centre.run(&["session", "end", &id, "--yes"]);
    assert_eq!(ended.code, Some(4), "{}", ended.error);
    assert!(either.iter().any(|right| ended.error.contains(right)), "{}", ended.error);
}

#[test]
fn a_proxy_that_sockets_can_not_go_through_is_refused_at_the_start() {
    let centre = Centre::brisk(&[]);
    let config = centre.data.path().join("guests.toml");
    let door = "[messaging]\ndeployment = 'd'\norigin = 'https://shop.example'\n\
                socket_url = 'wss://webmessaging.example/v1'\n";
    std::fs::write(&config, door).unwrap();
    let arguments = ["session", "list", "--config", config.to_str().unwrap()];
    let run = |no_proxy: &str| {
        let mut command = centre.command(&arguments);
        command.env("ALL_PROXY", "socks5://127.0.0.1:1").env("NO_PROXY", no_proxy);
        Ended::of(&mut command)
    };
    let refused = run("");
    assert_eq!(refused.code, Some(2), "{}", refused.error);
    assert!(refused.error.contains("ALL_PROXY"), "{}", refused.error);
    assert_eq!(run("webmessaging.example").code, Some(0));
}

#[test]
fn a_customer_whom_no_floorwalker_let_in_is_not_ended_by_a_slip() {
    let centre = Centre::brisk(&[]);
    let world = centre.world();
    let waiting = world["sessions"].as_array().unwrap().iter().find(|s| s["state"] == "waiting");
    let id = waiting.unwrap()["id"].as_str().unwrap();
    let refused = centre.run(&["session", "end", id]);
    assert_eq!(refused.code, Some(3), "{}", refused.error);
    assert!(refused.error.contains("--yes"), "{}", refused.error);
    let is_open = || centre.world()["sessions"].as_array().unwrap().iter().any(|s| s["id"] == id);
    assert!(is_open());
    assert_eq!(centre.run(&["session", "end", id, "--yes"]).code, Some(0));
    assert!(!is_open());
}

//! `floorwalker session` on the published API: a guest comes in through the messaging deployment of the
//! configuration, is listed, and is ended.

use serde_json::Value;

use crate::processes::{Centre, Ended};

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
    let guest = world["guests"].as_array().unwrap().iter().find(of).unwrap();
    let session = world["sessions"].as_array().unwrap().iter().find(|s| s["id"] == id).unwrap();
    assert_eq!(session["queue"], queue["id"], "where it was asked for");
    assert_eq!(guest["connections"], 0, "whoever opened it has gone");
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
    assert_ne!(ended.code, Some(0));
    assert!(ended.error.contains("messaging.deployment"), "{}", ended.error);
    assert_eq!(centre.world()["guests"], Value::Array(Vec::new()));
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
        Ended::from(command.output().unwrap())
    };
    let refused = run("");
    assert_eq!(refused.code, Some(2), "{}", refused.error);
    assert!(refused.error.contains("ALL_PROXY"), "{}", refused.error);
    assert_eq!(run("webmessaging.example").code, Some(0));
}

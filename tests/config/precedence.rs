//! The command line counts before the environment, that before the file, that before the defaults.

use serde_json::json;

use crate::processes::Home;

const FILE: &str = r#"default_context = "prod"

[contexts.prod]
region = "Frankfurt"
login_url = "https://login.example"
client_id = "of-the-file"
client_secret_command = "printf hunter2"
requests_per_minute = 240
watch = ["a"]
read_only = true
colour = "red"

[contexts.test]
base_url = "https://gateway.example"
dialect = "gateway"
client_id = "of-the-test"

[intake]
queue = "of-the-file"

[safety]
colour = "blue"
"#;

fn home() -> Home {
    let home = Home::new();
    home.configure(FILE);
    home
}

#[test]
fn a_value_comes_from_whoever_counts_most() {
    let home = home();
    let file = |line: usize| format!("{}:{line}", home.config().display());
    let environment = [
        ("GENESYS_REGION", "Dublin"),
        ("GENESYS_CLIENT_ID", "of-the-environment"),
        ("GENESYS_CLIENT_SECRET", "hunter2"),
        ("TARGET_QUEUE_ID", "of-the-environment"),
    ];
    let flags = ["--region", "Tokyo", "--requests-per-minute", "60"];
    let expected = [
        (
            "context.base_url",
            [
                "https://api.mypurecloud.de",
                "https://api.mypurecloud.ie",
                "https://api.mypurecloud.jp",
            ],
            [file(4), "environment GENESYS_REGION".into(), "option --region".into()],
        ),
        (
            "context.client_id",
            ["of-the-file", "of-the-environment", "of-the-environment"],
            [
                file(6),
                "environment GENESYS_CLIENT_ID".into(),
                "environment GENESYS_CLIENT_ID".into(),
            ],
        ),
        (
            "intake.queue",
            ["of-the-file", "of-the-environment", "of-the-environment"],
            [file(19), "environment TARGET_QUEUE_ID".into(), "environment TARGET_QUEUE_ID".into()],
        ),
        (
            "context.client_secret",
            ["command:printf …", "env:GENESYS_CLIENT_SECRET", "env:GENESYS_CLIENT_SECRET"],
            [
                file(7),
                "environment GENESYS_CLIENT_SECRET".into(),
                "environment GENESYS_CLIENT_SECRET".into(),
            ],
        ),
    ];
    let all =
        [home.shown(&[], &[]), home.shown(&[], &environment), home.shown(&flags, &environment)];
    for (key, values, origins) in expected {
        for ((shown, value), origin) in all.iter().zip(values).zip(origins) {
            assert_eq!(shown.at(key), (&json!(value), origin.as_str()), "{key}");
        }
    }
    let allowed = |i: usize| all[i].at("context.requests_per_minute").0.clone();
    assert_eq!((allowed(0), allowed(1), allowed(2)), (json!(240), json!(240), json!(60)));
    assert_eq!(all[0].at("contexts"), (&json!(["prod", "test"]), file(3).as_str()));
    let defaults = Home::new().shown(&[], &[]);
    assert_eq!(defaults.at("context.requests_per_minute"), (&json!(300), "default"));
    assert_eq!(defaults.at("context.base_url").0, &json!(null));
}

#[test]
fn a_context_is_named_by_flag_environment_or_default() {
    let home = home();
    let id = |arguments: &[&str], variables: &[(&str, &str)]| {
        home.shown(arguments, variables).at("context.client_id").0.clone()
    };
    assert_eq!(id(&[], &[]), json!("of-the-file"));
    assert_eq!(id(&[], &[("FLOORWALKER_CONTEXT", "test")]), json!("of-the-test"));
    let prod = id(&["--context", "prod"], &[("FLOORWALKER_CONTEXT", "test")]);
    assert_eq!(prod, json!("of-the-file"));
    let wrong = home.run(&["--context", "tset", "queues"], &[]);
    let said = "floorwalker: --context: there is no context \"tset\"; did you mean \"test\"?\n";
    assert_eq!((wrong.code, wrong.error.as_str()), (Some(2), said));
}

#[test]
fn every_name_of_a_variable_is_known() {
    let home = Home::new();
    for (variables, key, value) in [
        ([("GENESYSCLOUD_REGION", "us-east-1")].as_slice(), "context.region", "us-east-1"),
        (&[("GENESYS_REGION", "mypurecloud.jp")], "context.region", "ap-northeast-1"),
        (&[("GENESYSCLOUD_OAUTHCLIENT_ID", "x")], "context.client_id", "x"),
        (
            &[("GENESYS_CLIENT_ID", "y"), ("GENESYSCLOUD_OAUTHCLIENT_ID", "x")],
            "context.client_id",
            "y",
        ),
        (&[("GENESYS_BASE_URL", "https://a.example")], "context.base_url", "https://a.example"),
        (&[("HANDOFF_QUEUE_ID", "q")], "intake.queue", "q"),
        (&[("HANDOFF_SKILL_ID", "s")], "intake.skill", "s"),
        (
            &[("CRM_WEBHOOK_URL", "https://crm.example/hunter2")],
            "outbox.crm_handoff",
            "https://crm.example/…",
        ),
        (
            &[("WFM_WEBHOOK_URL", "https://wfm.example/hunter2")],
            "outbox.wfm",
            "https://wfm.example/…",
        ),
    ] {
        let shown = home.shown(&[], variables);
        let from = format!("environment {}", variables[0].0);
        assert_eq!(shown.at(key), (&json!(value), from.as_str()));
    }
    let secret = ("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2");
    let shown = home.shown(&[], &[secret]);
    assert_eq!(shown.at("context.client_secret").0, &json!(format!("env:{}", secret.0)));
}

#[test]
fn a_login_host_is_never_that_of_another_org() {
    let home = home();
    let login =
        |variables: &[(&str, &str)]| home.shown(&[], variables).at("context.login_url").0.clone();
    assert_eq!(login(&[]), json!("https://login.example"));
    assert_eq!(login(&[("GENESYS_REGION", "Dublin")]), json!(null));
}

#[test]
fn what_is_particular_about_an_org_is_so_only_there() {
    let home = home();
    let shown = home.shown(&[], &[]);
    let red = format!("{}:11", home.config().display());
    assert_eq!(shown.at("safety.colour"), (&json!("red"), red.as_str()));
    assert_eq!(home.shown(&["--context", "test"], &[]).at("safety.colour").0, &json!("blue"));
    // Another org by the same name must not look like it, and is no more to be changed than that.
    let elsewhere = home.shown(&["--base-url", "https://other.example"], &[]);
    assert_eq!(elsewhere.at("safety.colour").0, &json!("blue"));
    assert_eq!(elsewhere.at("context.read_only").0, &json!(true));
    let ended = home.run(&["outbox", "replay", "--yes"], &[]);
    assert!(ended.code != Some(0), "{}", ended.out);
}

#[test]
fn the_looks_of_the_command_line_are_told_too() {
    let shown = Home::new().shown(&["--theme", "light"], &[]);
    assert_eq!(shown.at("console.theme"), (&json!("light"), "option --theme"));
}

#[test]
fn what_only_looks_says_who_has_said_so() {
    let (home, id) = (home(), "3f2b8c1e-0000-4000-8000-000000000000");
    let acts: [(&[&str], &str); 5] = [
        (&["handoff", id, "--queue", "Billing", "--yes"], "hands nothing over"),
        (&["session", "end", id], "opens and ends nothing"),
        (&["session", "monitor", id, "--yes"], "monitors nothing"),
        (&["outbox", "replay", id], "has nothing told"),
        (&["audit", "purge", "--before", "2026-02-01", "--yes"], "removes nothing"),
    ];
    for (act, nothing) in acts {
        for (option, by) in [
            (
                ["--context", "prod"].as_slice(),
                "read_only of the context prod in the configuration",
            ),
            (&["--read-only"], "--read-only"),
        ] {
            let ended = home.run(&[option, act].concat(), &[]);
            assert_eq!(ended.code, Some(3), "{act:?}: {}", ended.error);
            let why = format!("floorwalker: {by} {nothing}");
            assert!(ended.error.contains(&why), "{act:?}: {}", ended.error);
        }
    }
}

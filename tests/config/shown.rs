//! What `config show` tells, and what it never does.

use serde_json::json;

use crate::processes::Home;

/// Wherever a secret can stand. Every run fails by itself if it is in what is printed.
#[test]
fn secrets_are_never_shown_whichever_way_they_are_given() {
    let home = Home::new();
    let file = home.file("prod.secret", "hunter2\n", 0o600);
    let rest = r#"
[intake]
secret = "command:echo hunter2"
token = "env:BOT_TOKEN"

[outbox]
crm_handoff = "https://crm.example/hook?key=hunter2"
secret = "env:BOT_TOKEN"

[audit.checkpoint]
command = ["/usr/bin/curl", "--header", "Authorization: hunter2"]
"#;
    for (way, said) in [
        (format!("client_secret_file = \"{file}\""), format!("file:{file}")),
        ("client_secret_command = \"echo hunter2\"".into(), "command:echo …".into()),
        ("client_secret_env = \"PROD_SECRET\"".into(), "env:PROD_SECRET".into()),
    ] {
        home.configure(&format!("[contexts.prod]\nregion = \"Dublin\"\n{way}\n{rest}"));
        let variables = [("PROD_SECRET", "hunter2"), ("BOT_TOKEN", "hunter2")];
        let shown = home.shown(&["--context", "prod"], &variables);
        assert_eq!(shown.at("context.client_secret").0, &json!(said));
        for form in ["table", "json", "jsonl", "csv"] {
            let ended = home.run(&["config", "show", "--context", "prod", "-o", form], &variables);
            assert_eq!(ended.code, Some(0), "{}", ended.error);
            assert!(ended.out.contains(&said), "{}", ended.out);
        }
        let ended = home.run(&["config", "check"], &variables);
        assert_eq!(ended.code, Some(0), "{}", ended.error);
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let home = Home::new();
    for text in [
        "client_secret = 'hunter2'",
        "[contexts.prod]\nclient_secret = 'hunter2'",
        "[intake]\nsecret = 'hunter2'",
        "[outbox]\nsecret = 'hunter2'",
        "store = 'postgres://ops:hunter2@db.example/floorwalker'",
        "[contexts.prod]\nregion = 'Dublin'\nbase_url = 'https://a:hunter2@api.example'",
        "[contexts.prod]\nclient_secret_file = 'hunter2'",
        "[contexts.prod]\nclient_secret_file = 'hunter2",
    ] {
        home.configure(text);
        for arguments in [["config", "check"].as_slice(), &["config", "show"], &["queues"]] {
            let ended = home.run(arguments, &[]);
            assert_eq!(ended.code, Some(2), "{text}: {}", ended.out);
            assert!(ended.error.contains("config.toml:"), "{}", ended.error);
        }
    }
}

#[test]
fn every_option_is_shown_with_where_it_comes_from() {
    let home = Home::new();
    home.configure("[gate]\nminimum = 50\n\n[triggers.intents]\nrefund = 0.9\n");
    let shown = home.shown(&[], &[]);
    let file = |line: usize| format!("{}:{line}", home.config().display());
    assert_eq!(shown.at("gate.minimum"), (&json!(50), file(2).as_str()));
    assert_eq!(shown.at("triggers.intents.refund"), (&json!(0.9), file(5).as_str()));
    assert_eq!(shown.at("gate.skill_penalty"), (&json!(25), "default"));
    assert_eq!(shown.at("audit.checkpoint.every_minutes"), (&json!(10), "default"));
    let table = home.run(&["config", "show"], &[]).out;
    let row = table.lines().find(|line| line.starts_with("gate.minimum ")).unwrap();
    assert!(row.contains("50") && row.ends_with(&file(2)), "{row}");
}

#[test]
fn what_is_of_another_org_is_told_as_that() {
    let home = Home::new();
    home.configure(
        "default_context = 'a'
[contexts.a]
region = 'Dublin'
[contexts.b]
region = 'Dublin'
client_id = 'x'
[contexts.b.intake]
listen = '127.0.0.1:8702'
[messaging]
deployment = 'of-a'
origin = 'https://a.example'
[intake]
listen = '127.0.0.1:8701'
queue = 'of-a'
wait_seconds = 20
modes.q = 'auto'
[outbox]
wfm = 'https://wfm.example/a'
",
    );
    let file = |line: usize| format!("{}:{line}", home.config().display());
    let another = |line: usize| format!("default: {} is for another org", file(line));
    let a = home.shown(&[], &[]);
    assert_eq!(a.at("intake.listen"), (&json!("127.0.0.1:8701"), file(13).as_str()));
    assert_eq!(a.at("intake.modes.q").0, "auto");
    let b = home.shown(&["--context", "b"], &[("WFM_WEBHOOK_URL", "https://wfm.example/b")]);
    assert_eq!(b.at("intake.listen"), (&json!("127.0.0.1:8702"), file(8).as_str()));
    assert_eq!(b.at("intake.queue"), (&json!(""), another(14).as_str()));
    assert_eq!(b.at("messaging.deployment"), (&json!(""), another(10).as_str()));
    assert_eq!(b.at("intake.wait_seconds"), (&json!(20), file(15).as_str()));
    assert_eq!(b.at("outbox.wfm").1, "environment WFM_WEBHOOK_URL");
    assert!(!b.has("intake.modes.q"));
    let check = home.run(&["config", "check"], &[]);
    assert_eq!(check.code, Some(0), "{}", check.error);
    let shut =
        |section: &str| format!("[{section}] is for a alone; b needs a [contexts.b.{section}]");
    for section in ["messaging", "outbox"] {
        assert!(check.out.contains(&format!("b: {}", shut(section))), "{}", check.out);
    }
    assert!(!check.out.contains("b.intake"), "{}", check.out);
    let refused = home.run(&["session", "open", "--context", "b", "--queue", "q"], &[]);
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    let why = format!("No session can be opened: {}", shut("messaging"));
    assert!(refused.error.contains(&why), "{}", refused.error);
}

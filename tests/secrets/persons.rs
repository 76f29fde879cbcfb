//! A person's tokens: in one file, for its owner alone, and nowhere else.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;

use crate::{processes::leash::leash, site::Site};

/// Longer than a contact centre takes to answer.
const ANSWERED: Duration = Duration::from_secs(20);

/// Where a browser is sent on to.
fn visited(address: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let answer = http.build().unwrap().get(address).timeout(ANSWERED).send().await.unwrap();
        answer.headers().get("location").unwrap().to_str().unwrap().to_owned()
    })
}

#[test]
fn a_persons_tokens_are_in_one_file_and_nowhere_else() {
    let mut site = Site::speaking("platform");
    let (base, id) = (site.ear.base_url(), site.told("person_client_id").to_owned());
    site.home.configure(&format!(
        "[contexts.prod]\nbase_url = \"{base}\"\nclient_id = \"{id}\"\nsign_in = \"person\"\n\
         requests_per_minute = 100000\n\n[intake]\nsecret = \"env:HOOK_SECRET\"\n"
    ));
    let hook = site.secret("hook");
    site.program("xdg-open", "true");
    let path = format!("{}:{}", site.home.path().display(), std::env::var("PATH").unwrap());
    let variables = [
        ("HOOK_SECRET", hook.as_str()),
        ("PATH", &path),
        ("DISPLAY", ":0"),
        ("SSH_CONNECTION", ""),
    ];
    let login = ["--context", "prod", "login", "--port", "0"];
    let mut command = site.home.command(&login, &Site::loud(&variables));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let leash = leash(&process);
    let mut said = BufReader::new(process.stderr.take().unwrap());
    let (mut told, mut address) = (String::new(), None);
    while address.is_none() && said.read_line(&mut told).unwrap() > 0 {
        address = told.lines().last().filter(|it| it.starts_with("http")).map(str::to_owned);
    }
    let back = visited(&address.unwrap());
    site.look_at(process.id(), &variables);
    writeln!(process.stdin.take().unwrap(), "{back}").unwrap();
    said.read_to_string(&mut told).unwrap();
    let output = process.wait_with_output().unwrap();
    drop(leash);
    assert!(output.status.success(), "{told}");
    site.nowhere_in("what login says", &[told.as_bytes(), &output.stdout].concat());
    assert!(site.handed("xdg-open").contains("DISPLAY=:0"), "a browser was opened");

    let file = site.home.path().join(".local/state/floorwalker/sign-in/prod.json");
    let tokens = |file: &std::path::Path| -> Vec<String> {
        let kept: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let names = ["access_token", "refresh_token"].iter();
        names.filter_map(|name| kept[*name].as_str()).map(str::to_owned).collect()
    };
    let kept = tokens(&file);
    assert_eq!(kept.len(), 2);
    site.keeps(&file, kept);
    // A code, its proof, and both tokens have passed.
    assert!(site.ear.secrets().len() >= 4, "{}", site.ear.secrets().len());
    for arguments in [&["whoami"][..], &["queues"], &["doctor"], &["config", "show"]] {
        let ended = site.run(&[&["--context", "prod"], arguments].concat(), &variables);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {} {}", ended.out, ended.error);
    }
    site.ear.refuse(401);
    for arguments in [&["whoami"][..], &["queues"], &["sessions"]] {
        let ended = site.run(&[&["--context", "prod"], arguments].concat(), &variables);
        assert_eq!(ended.code, Some(4), "{arguments:?}: {}", ended.error);
    }
    site.ear.refuse(0);
    // What was refused was renewed: those that are kept now are others.
    let kept = tokens(&file);
    site.keeps(&file, kept);
    site.look_everywhere();
    let ended = site.run(&["--context", "prod", "logout"], &variables);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(!file.exists());
    site.forgets(&file);
    site.look_everywhere();
}

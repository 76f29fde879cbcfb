//! Every file in `valid` and `invalid`, by `config check`: what it says stands word for word in a text beside it.
//!
//! In them `{folder}` is a folder with the files `good` (for its owner alone) and `open` (for everybody), `{file}`
//! is the configuration itself, and a line `#! NAME=VALUE` sets a variable of the environment.

use std::{fs, path::PathBuf};

use crate::processes::{Ended, Home, SECRET};

#[test]
fn a_demo_reads_the_paths_of_a_configuration_that_is_not_its_own() {
    let home = Home::new();
    home.configure(
        "default_context = \"prod\"\n[contexts.prod]\nregion = \"Dublin\"\nclient_id = \"id\"\n\
         client_secret_file = \"~/.config/floorwalker/prod.secret\"\n\
         [network]\nca_file = \"~/ca.pem\"\n",
    );
    let ended = home.run(&["demo"], &[]);
    // There is no terminal here, and nothing else is wrong.
    assert!(ended.error.contains("terminal") && !ended.error.contains("~/"), "{}", ended.error);
}

/// The configurations in a folder, by name.
fn fixtures(folder: &str) -> Vec<(String, PathBuf)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = paths.filter(|path| path.extension().unwrap() == "toml").collect();
    all.sort();
    let name = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    all.into_iter().map(|path| (name(&path), path)).collect()
}

/// What `config check` says of it, and what it has to say.
fn checked(path: &PathBuf) -> (Ended, String) {
    let home = Home::new();
    home.file("good", "hunter2\n", 0o600);
    home.file("open", "hunter2\n", 0o644);
    fs::create_dir(home.path().join("private")).unwrap();
    fs::set_permissions(
        home.path().join("private"),
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    let folder = home.path().to_str().unwrap();
    let text = fs::read_to_string(path).unwrap().replace("{folder}", folder);
    let variables: Vec<(&str, &str)> =
        text.lines().filter_map(|line| line.strip_prefix("#! ")?.split_once('=')).collect();
    home.configure(&text);
    let ended = home.run(&["config", "check"], &variables);
    let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
    let file = home.config();
    (ended, expected.replace("{folder}", folder).replace("{file}", file.to_str().unwrap()))
}

#[test]
fn what_is_wrong_is_told_word_for_word() {
    let all = fixtures("invalid");
    assert!(all.len() > 30, "{}", all.len());
    for (name, path) in all {
        let (ended, expected) = checked(&path);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{name}");
        assert_eq!(ended.error, expected, "{name}");
    }
}

#[test]
fn what_is_right_is_told_with_what_overrules_it() {
    for (name, path) in fixtures("valid") {
        let (ended, expected) = checked(&path);
        assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""), "{name}");
        assert_eq!(ended.out, expected, "{name}");
    }
}

#[test]
fn the_embedded_file_can_be_used_as_it_is() {
    let home = Home::new();
    let printed = home.run(&["config", "default"], &[]);
    home.configure(&printed.out);
    let ended = home.run(&["config", "check"], &[]);
    assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""));
    // Its examples, too, once somebody takes their marks away.
    let example = |line: &str| {
        let bare = line.trim_start_matches("# ");
        (line.starts_with("# [contexts.")
            || bare.split(" = ").count() == 2 && line.starts_with("# "))
        .then(|| bare.to_owned())
    };
    let lines = printed.out.lines().skip_while(|line| !line.starts_with("# [contexts."));
    let lines = lines.take_while(|line| line.starts_with('#')).filter_map(example);
    let examples: Vec<String> = lines.filter(|line| !line.starts_with("client_secret_")).collect();
    assert!(examples.len() > 8, "{examples:?}");
    home.configure(&examples.join("\n"));
    let ended = home.run(&["config", "check"], &[]);
    assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""), "{}", examples.join("\n"));
}

#[test]
fn no_other_command_works_on_a_wrong_file_and_all_say_the_same() {
    let home = Home::new();
    home.configure("[gate]\nminimun = 40\n");
    let expected = home.run(&["config", "check"], &[]).error;
    for arguments in [["queues"].as_slice(), &["audit", "tail"], &["config", "show"], &["stats"]] {
        let ended = home.run(arguments, &[]);
        assert_eq!((ended.code, ended.error), (Some(2), expected.clone()), "{arguments:?}");
    }
}

#[test]
fn what_anybody_could_call_is_not_served_either() {
    let home = Home::new();
    home.configure(
        "default_context = 'a'\n[contexts.a]\nbase_url = 'http://127.0.0.1:9'\n\
         login_url = 'http://127.0.0.1:9'\nclient_id = 'a'\nclient_secret_env = 'HELD'\n\
         [intake]\nlisten = '0.0.0.0:0'\n",
    );
    let why = "intake.listen is 0.0.0.0:0, which others can reach: it takes a secret or a token";
    for arguments in [["config", "check"].as_slice(), &["serve"]] {
        let ended = home.run(arguments, &[("HELD", SECRET)]);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.error);
        assert!(ended.error.contains(why), "{arguments:?}: {}", ended.error);
    }
}

#[test]
fn what_is_looked_at_is_told() {
    let home = Home::new();
    let ended = home.run(&["config", "path", "-o", "json"], &[]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(rows[0]["path"].as_str(), home.config().to_str());
    assert!(rows.iter().all(|row| row["exists"] == false), "{rows:?}");
    home.configure("");
    let ended = home.run(&["config", "path", "-o", "json"], &[]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(rows[0]["exists"], true);
}

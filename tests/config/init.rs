//! `config init` in a real terminal against a contact centre, and for scripts.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::{
    processes::{Centre, Home},
    pty::Terminal,
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What says where home is.
fn folders(home: &Home) -> [(&'static str, String); 4] {
    let home = home.path().to_str().unwrap();
    let folder = |name: &str| format!("{home}/{name}");
    [
        ("HOME", home.to_owned()),
        ("XDG_CONFIG_HOME", folder(".config")),
        ("XDG_DATA_HOME", folder("data")),
        ("XDG_STATE_HOME", folder("state")),
    ]
}

/// A terminal at home, without what this process's environment says of an org.
fn terminal(home: &Home, arguments: &[&str]) -> Terminal {
    let folders = folders(home);
    let variables = folders.each_ref().map(|(name, folder)| (*name, folder.as_str()));
    Terminal::start(arguments, &variables, 160, 50)
}

/// Somebody at a shell, whose keys are counted.
struct Typist {
    terminal: Terminal,
    keys: usize,
}

impl Typist {
    fn at_home(home: &Home) -> Self {
        let mut command = Terminal::command("sh");
        folders(home).iter().for_each(|(name, folder)| command.env(name, folder));
        let program = Path::new(env!("CARGO_BIN_EXE_floorwalker"));
        let (here, path) = (program.parent().unwrap().display(), std::env::var("PATH").unwrap());
        command.env("PATH", format!("{here}:{path}"));
        command.env("PS1", "at home: ");
        Self { terminal: Terminal::run(command, 160, 50), keys: 0 }
    }

    /// Waits for a question, and types this.
    fn asked(&mut self, question: &str, keys: &str) {
        self.terminal.shows(question);
        self.terminal.press(keys);
        self.keys += keys.chars().count();
    }
}

/// Longer than two seconds: a handoff can be called back for three before anything leaves.
#[test]
fn from_nothing_to_a_handoff_in_two_minutes_of_typing() {
    let (home, centre) = (Home::new(), Centre::open(&["--agents", "60"]));
    centre.answers(r#"{"always": "accepted"}"#);
    let mut typist = Typist::at_home(&home);
    typist.asked("at home: ", "floorwalker config init\r");
    typist.asked("Name of the context", "\r");
    typist.asked("Region, such as", &format!("{}\r", centre.address));
    typist.asked("messaging gateway", "\r");
    typist.asked("Sign in as yourself", "\r");
    typist.asked("Id of the OAuth client", &format!("{}\r", centre.id));
    typist.asked("Which [1]", "\r");
    typist.asked("prod.secret]", "\r");
    typist.asked("Client secret (not shown)", &format!("{}\r", centre.secret));
    typist.asked("Read-only", "\r");
    typist.asked("Colour of its name", "\r");
    typist.asked("Try: floorwalker", "floorwalker\r");
    typist.asked("● live", "/bot\r");
    // Whoever asks for nothing but a language finds somebody, once skills and languages are read.
    let scores = |screen: &str| screen.contains("◇ bot") && screen.contains("✓ 100");
    typist.terminal.wait("scores", scores);
    typist.asked("◇ bot", "a");
    typist.asked("y confirm", "y");
    typist.terminal.shows("has taken");
    typist.asked("has taken", "q");
    typist.terminal.wait("the shell", |screen| screen.matches("at home: ").count() == 3);
    typist.asked("at home: ", "exit\r");
    assert_eq!(typist.terminal.ended(), 0);
    let folders = folders(&home);
    let folders = folders.each_ref().map(|(name, folder)| (*name, folder.as_str()));
    let log = home.run(&["audit", "search", "event:handoff_completed", "--count"], &folders);
    assert_eq!((log.code, log.out.trim()), (Some(0), "1"), "{}", log.error);
    // Two keys a second, an address and a secret typed letter by letter.
    assert!(typist.keys <= 2 * 120, "{} keys", typist.keys);
}

#[test]
fn from_nothing_to_the_queues_by_answering() {
    let (home, centre) = (Home::new(), Centre::open(&["--queues", "3"]));
    let mut terminal = terminal(&home, &["config", "init"]);
    terminal.shows("Name of the context");
    terminal.press("contact centre\r");
    terminal.shows("It is 1 to 64 letters, digits, -, _ and .");
    terminal.press("prod\r");
    terminal.shows("Region, such as");
    terminal.press("eu-centrl-1\r");
    terminal.shows("did you mean \"eu-central-1\"?");
    terminal.press(&format!("{}\r", centre.address));
    terminal.shows("messaging gateway");
    terminal.press("\r");
    terminal.shows("Sign in as yourself");
    terminal.press("\r");
    terminal.shows("Id of the OAuth client");
    terminal.press(&format!("{}\r", centre.id));
    terminal.shows("Which [1]");
    terminal.press("\r");
    terminal.shows("prod.secret]");
    terminal.press("\r");
    terminal.shows("Client secret (not shown)");
    terminal.press(&format!("{}\r", centre.secret));
    terminal.shows("Read-only");
    terminal.press("y\r");
    terminal.shows("Colour of its name");
    terminal.press("red\r");
    terminal.shows("that worked: the org has 3 queues");
    let screen = terminal.shows("Try: floorwalker queues --context prod");
    assert_eq!(terminal.ended(), 0);
    assert!(!screen.contains(&centre.secret), "{screen}");
    let secret = home.config().with_file_name("prod.secret");
    assert_eq!((mode(&home.config()), mode(&secret)), (0o600, 0o600));
    assert!(!fs::read_to_string(home.config()).unwrap().contains(&centre.secret));
    let ended = home.run(&["queues", "-o", "json"], &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let queues: Vec<serde_json::Value> = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(queues.len(), 3);
    let shown = home.shown(&[], &[]);
    assert_eq!(shown.at("context").0, "prod");
    assert_eq!(shown.at("context.read_only").0, true);
    assert_eq!(shown.at("safety.colour").0, "red");
}

#[test]
fn a_context_for_a_person_has_no_secret_and_ends_with_how_to_sign_in() {
    let home = Home::new();
    let mut terminal =
        terminal(&home, &["config", "init", "--context", "prod", "--region", "Dublin"]);
    terminal.shows("Sign in as yourself");
    // What is neither yes nor no is no answer.
    terminal.press("person\r");
    terminal.shows("It is y or n.");
    terminal.press("Yes\r");
    terminal.shows("grant Code Authorization with PKCE");
    terminal.press("0b7f4e52\r");
    terminal.shows("Read-only");
    terminal.press("\r");
    terminal.shows("Colour of its name");
    terminal.press("\r");
    let screen = terminal.shows("Now sign in: floorwalker login --context prod");
    assert_eq!(terminal.ended(), 0);
    assert!(!screen.contains("secret is given") && !screen.contains("Signing in"), "{screen}");
    let shown = home.shown(&[], &[]);
    assert_eq!(shown.at("context.sign_in").0, "person");
    assert_eq!(shown.at("context.client_id").0, "0b7f4e52");
    assert_eq!(home.run(&["config", "check"], &[]).code, Some(0));
    let who = home.run(&["whoami"], &[]);
    assert_eq!(who.code, Some(4), "{}", who.error);
    assert!(who.error.contains("Sign in: floorwalker login --context prod"), "{}", who.error);
}

#[test]
fn a_script_makes_one_for_a_person_as_well() {
    let home = Home::new();
    let script = |more: &[&str]| {
        let all =
            ["config", "init", "--non-interactive", "--context", "prod", "--region", "Dublin"];
        home.run(
            &[&all, ["--client-id", "x", "--sign-in", "person"].as_slice(), more].concat(),
            &[],
        )
    };
    for (more, why) in [
        (["--secret-env", "S"].as_slice(), "a person's client has no secret"),
        (&["--ask-secret"], "a person's client has no secret"),
        (&["--dialect", "gateway"], "persons sign in to no gateway"),
    ] {
        let ended = script(more);
        assert_eq!(ended.code, Some(2), "{}", ended.error);
        assert!(ended.error.contains(why), "{}", ended.error);
    }
    let ended = script(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(ended.error.contains("floorwalker login --context prod"), "{}", ended.error);
    assert!(fs::read_to_string(home.config()).unwrap().contains("sign_in = \"person\""));
}

#[test]
fn a_sign_in_that_fails_writes_nothing_unless_told_to() {
    let (home, centre) = (Home::new(), Centre::open(&[]));
    let arguments = [
        "config",
        "init",
        "--context",
        "prod",
        "--base-url",
        &centre.address,
        "--dialect",
        "platform",
        "--client-id",
        &centre.id,
        "--ask-secret",
        "--colour",
        "blue",
        "--read-only",
    ];
    let mut terminal = terminal(&home, &arguments);
    terminal.shows("Client secret (not shown)");
    terminal.press("not-that-one\r");
    terminal.shows("that failed");
    terminal.shows("Write it all the same? [y/N]");
    terminal.press("\r");
    terminal.shows("Nothing was written");
    assert_eq!(terminal.ended(), 4);
    assert!(!home.config().exists());
}

#[test]
fn a_secret_that_is_broken_off_leaves_the_terminal_as_it_was() {
    let (home, centre) = (Home::new(), Centre::open(&[]));
    let text = format!(
        "[contexts.prod]\nbase_url = \"{}\"\nclient_id = \"{}\"\n",
        centre.address, centre.id
    );
    home.configure(&text);
    let shell = "stty -a | grep -o ' -\\?echo '; \"$0\" --context prod queues; stty -a | grep -o ' -\\?echo '; echo over";
    let path = home.path().to_str().unwrap();
    let config = format!("{path}/.config");
    let variables = [("HOME", path), ("XDG_CONFIG_HOME", &config)];
    let mut command = Terminal::command("sh");
    command.args(["-c", shell, env!("CARGO_BIN_EXE_floorwalker")]);
    variables.iter().for_each(|(name, value)| command.env(name, value));
    let mut terminal = Terminal::run(command, 100, 30);
    terminal.shows("Client secret of prod (not shown)");
    terminal.press("half\u{3}");
    let screen = terminal.shows("over");
    assert!(screen.contains("it was broken off") && !screen.contains("half"), "{screen}");
    assert_eq!(screen.lines().filter(|line| line.trim() == "echo").count(), 2, "{screen}");
}

#[test]
fn what_is_not_written_down_is_asked_for() {
    let (home, centre) = (Home::new(), Centre::open(&["--queues", "3"]));
    let text = format!(
        "[contexts.prod]\nbase_url = \"{}\"\nclient_id = \"{}\"\n",
        centre.address, centre.id
    );
    home.configure(&text);
    let mut terminal = terminal(&home, &["--context", "prod", "queues"]);
    terminal.shows("Client secret of prod (not shown)");
    terminal.press(&format!("{}\r", centre.secret));
    let screen = terminal.shows("ON QUEUE");
    assert_eq!(terminal.ended(), 0);
    assert!(!screen.contains(&centre.secret), "{screen}");
    // With nobody to ask it is an error that says what is missing.
    let ended = home.run(&["--context", "prod", "queues"], &[]);
    assert_eq!(ended.code, Some(4));
    assert!(ended.error.contains("GENESYS_CLIENT_SECRET is missing"), "{}", ended.error);
}

/// The options of a script.
fn script<'a>(centre: &'a Centre, name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let org = ["--context", name, "--base-url", &centre.address, "--client-id", &centre.id];
    [&["config", "init", "--non-interactive"], org.as_slice(), more].concat()
}

#[test]
fn a_script_makes_two_and_never_writes_over_anything() {
    let (home, centre) = (Home::new(), Centre::open(&["--queues", "3"]));
    let file = home.file("s", &centre.secret, 0o600);
    let first = home.run(&script(&centre, "prod", &["--secret-file", &file]), &[]);
    assert_eq!(first.code, Some(0), "{}", first.error);
    assert_eq!(mode(&home.config()), 0o600);
    let written = fs::read_to_string(home.config()).unwrap();
    let command = format!("cat {file}");
    let second = ["--secret-command", &command, "--colour", "green", "--read-only"];
    let refused = home.run(&script(&centre, "test", &second), &[]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.error.contains("--yes adds the context to it"), "{}", refused.error);
    let again = home.run(&script(&centre, "prod", &["--secret-file", &file, "--yes"]), &[]);
    assert_eq!(again.code, Some(2));
    assert!(again.error.contains("has a context prod already"), "{}", again.error);
    assert_eq!(fs::read_to_string(home.config()).unwrap(), written);
    let added = home.run(&script(&centre, "test", &[second.as_slice(), &["--yes"]].concat()), &[]);
    assert_eq!(added.code, Some(0), "{}", added.error);
    assert!(fs::read_to_string(home.config()).unwrap().starts_with(&written));
    for name in ["prod", "test"] {
        let ended = home.run(&["--context", name, "queues", "-o", "json"], &[]);
        assert_eq!(ended.code, Some(0), "{}", ended.error);
    }
    assert_eq!(home.shown(&[], &[]).at("context").0, "prod");
}

#[test]
fn a_script_is_told_what_is_missing_or_wrong() {
    let (home, centre) = (Home::new(), Centre::open(&[]));
    let open = home.file("open", &centre.secret, 0o644);
    let wrong = home.file("wrong", "not-that-one", 0o600);
    for (arguments, code, says) in [
        (script(&centre, "prod", &[]), 2, "needs --secret-file, --secret-command"),
        (script(&centre, "prod", &["--ask-secret"]), 2, "give --no-test too"),
        (script(&centre, "two words", &["--secret-env", "S"]), 2, "the name of a context is"),
        (script(&centre, "prod", &["--secret-file", &open]), 2, "chmod 600"),
        (script(&centre, "prod", &["--secret-file", &wrong]), 4, "Nothing was written"),
        (vec!["config", "init"], 2, "asks at a terminal"),
        (vec!["config", "init", "--non-interactive"], 2, "needs --context NAME"),
    ] {
        let ended = home.run(&arguments, &[]);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.error);
        assert!(ended.error.contains(says), "{arguments:?}: {}", ended.error);
        assert!(!ended.error.contains(&centre.secret));
        assert!(!home.config().exists(), "{arguments:?}");
    }
    let asked = home.run(&script(&centre, "prod", &["--ask-secret", "--no-test"]), &[]);
    assert_eq!(asked.code, Some(0), "{}", asked.error);
}

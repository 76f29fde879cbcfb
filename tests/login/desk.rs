//! A contact centre that a person signs in to, and the process that does it.
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ChildStderr, Stdio},
    time::Duration,
};

use floorwalker::simulator::{Options, Running, Simulator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    processes::{
        Ended, Home,
        leash::{self, leash},
    },
    pty::Terminal,
};

/// Longer than a contact centre takes to answer.
const ANSWERED: Duration = Duration::from_secs(20);

/// A contact centre, and a home with a context for it.
pub struct Desk {
    runtime: Runtime,
    running: Running,
    http: reqwest::Client,
    pub home: Home,
}

impl Desk {
    pub fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let options = Options { frozen: true, rate_limit: 100_000, ..Options::default() };
        let running = runtime.block_on(Simulator::start(options)).unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let http = http.timeout(ANSWERED).build().unwrap();
        let desk = Self { runtime, running, http, home: Home::new() };
        let (base, id) = (desk.running.base_url(), desk.running.person_client_id());
        let (client, secret) = (desk.running.client_id(), desk.running.client_secret());
        let secret = desk.home.file("secret", secret, 0o600);
        desk.home.configure(&format!(
            "default_context = \"prod\"\n\n[contexts.prod]\nbase_url = \"{base}\"\nclient_id = \"{id}\"\n\
             sign_in = \"person\"\nrequests_per_minute = 100000\n\n[contexts.robot]\n\
             base_url = \"{base}\"\nclient_id = \"{client}\"\nclient_secret_file = \"{secret}\"\n"
        ));
        desk
    }

    /// Begins to sign in.
    pub fn begin(&self) -> Login {
        self.begin_with(&[])
    }

    /// The same, told more.
    pub fn begin_with(&self, more: &[&str]) -> Login {
        let arguments = [["login", "--no-browser", "--port", "0"].as_slice(), more].concat();
        let mut command = self.home.command(&arguments, &[]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let _leash = leash(&process);
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let (mut address, mut line) = (None, String::new());
        while address.is_none() && said.read_line(&mut line).unwrap() > 0 {
            address = line.lines().last().filter(|it| it.starts_with("http")).map(str::to_owned);
        }
        Login { process, said, before: line, address: address.unwrap() }
    }

    /// Signs in, by hand; what that says.
    pub fn sign_in(&self) -> String {
        let login = self.begin();
        let back = self.visit(&login.address);
        let ended = login.paste(&back);
        assert_eq!(ended.code, Some(0), "{}", ended.error);
        ended.error
    }

    /// A console of whoever has signed in.
    pub fn console(&self) -> Terminal {
        self.console_with(&[], 160)
    }

    /// The same, started with these arguments on a terminal of so many columns.
    pub fn console_with(&self, arguments: &[&str], columns: u16) -> Terminal {
        let path = |end: &str| self.home.path().join(end).to_str().unwrap().to_owned();
        let folders = [
            ("HOME", path("")),
            ("XDG_CONFIG_HOME", path(".config")),
            ("XDG_DATA_HOME", path(".local/share")),
            ("XDG_STATE_HOME", path(".local/state")),
        ];
        let folders = folders.each_ref().map(|(name, path)| (*name, path.as_str()));
        Terminal::start(arguments, &folders, columns, 40)
    }

    /// The contact centre's address.
    pub fn address(&self) -> &str {
        self.running.base_url()
    }

    /// Writes something else in the configuration.
    pub fn rewrite(&self, old: &str, new: &str) {
        let before = fs::read_to_string(self.home.config()).unwrap();
        assert!(before.contains(old), "{before}");
        self.home.configure(&before.replacen(old, new, 1));
    }

    /// What a browser does there: the address that it is sent on to.
    pub fn visit(&self, address: &str) -> String {
        let (status, to, text) = self.get(address, None);
        assert_eq!(status, 302, "{text}");
        to.unwrap()
    }

    pub fn get(&self, url: &str, token: Option<&str>) -> (u16, Option<String>, String) {
        self.runtime.block_on(async {
            let request = self.http.get(url);
            let request = token.map_or(request.try_clone().unwrap(), |it| request.bearer_auth(it));
            let answer = request.send().await.unwrap();
            let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
            (answer.status().as_u16(), to, answer.text().await.unwrap())
        })
    }

    /// Lets what persons hold end: codes, tokens, sign_ins.
    pub fn end(&self, what: &str) {
        self.persons(json!({"end": what}));
    }

    /// Lets persons do something elsewhere.
    pub fn persons(&self, what: Value) {
        self.tell("persons", what);
    }

    /// Lets something go wrong on these routes.
    pub fn faults(&self, faults: &[&str], routes: &[&str]) {
        self.tell("fault", json!({"faults": faults, "routes": routes}));
    }

    /// Asks one of its handles for something.
    pub fn tell(&self, handle: &str, what: Value) {
        let url = format!("{}/_simulator/{handle}", self.running.base_url());
        let request = self.http.post(url).header("content-type", "application/json");
        let request = request.body(what.to_string());
        let sent = self.runtime.block_on(async { request.send().await }).unwrap();
        assert_eq!(sent.status(), 200);
    }

    /// What the contact centre's witness says.
    pub fn witness(&self, what: &str) -> Value {
        let told = self.get(&format!("{}/_simulator/{what}", self.running.base_url()), None).2;
        serde_json::from_str(&told).unwrap()
    }

    /// What was asked of it.
    pub fn ledger(&self) -> Value {
        self.witness("ledger")
    }

    /// How many tokens were given out.
    pub fn tokens(&self) -> u64 {
        self.ledger()["tokens"].as_u64().unwrap()
    }

    /// Adds to the configuration.
    pub fn add(&self, text: &str) {
        let before = fs::read_to_string(self.home.config()).unwrap();
        self.home.configure(&format!("{before}\n{text}"));
    }

    /// Runs a command with this on its standard input.
    pub fn typed(&self, arguments: &[&str], text: &str) -> Ended {
        let mut command = self.home.command(arguments, &[]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        process.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Ended::from(leash::ended(process).unwrap())
    }

    /// Whether the API takes this token.
    pub fn admits(&self, token: &str) -> bool {
        let url = format!("{}/api/v2/users/me", self.running.base_url());
        self.get(&url, Some(token)).0 == 200
    }

    pub fn file(&self) -> PathBuf {
        self.home.path().join(".local/state/floorwalker/sign-in/prod.json")
    }

    /// What is kept of the sign-in.
    pub fn kept(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.file()).unwrap()).unwrap()
    }

    /// Runs a command to its end. No token is in what it says.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let tokens = || {
            let kept = if self.file().exists() { self.kept() } else { Value::Null };
            ["access_token", "refresh_token"].map(|key| kept[key].as_str().map(str::to_owned))
        };
        let before = tokens();
        let ended = self.home.run(arguments, &[]);
        for token in before.into_iter().chain(tokens()).flatten() {
            assert!(!ended.out.contains(&token) && !ended.error.contains(&token));
        }
        ended
    }

    /// The rows that a command prints.
    pub fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let ended = self.run(&[arguments, &["-o", "json"]].concat());
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.error);
        serde_json::from_str(&ended.out).unwrap()
    }
}

/// A process that waits for a person to come back.
pub struct Login {
    process: Child,
    said: BufReader<ChildStderr>,
    /// What it has said up to the address, and that.
    pub before: String,
    pub address: String,
}

impl Login {
    /// Pastes an address, and waits for the end.
    pub fn paste(self, address: &str) -> Ended {
        self.pastes(&[address])
    }

    /// Pastes these, one after the other, and nothing more.
    pub fn pastes(mut self, addresses: &[&str]) -> Ended {
        let mut pasted = self.process.stdin.take().unwrap();
        for address in addresses {
            // Whoever is signed in reads no more.
            let _ = writeln!(pasted, "{address}");
        }
        drop(pasted);
        self.ended()
    }

    /// Waits for the end.
    pub fn ended(mut self) -> Ended {
        let _leash = leash(&self.process);
        let mut error = String::new();
        self.said.read_to_string(&mut error).unwrap();
        let output = self.process.wait_with_output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        Ended { code: output.status.code(), out, error }
    }
}

//! Two contact centres of different people, a home whose configuration names both, and what each of them has
//! seen of us.
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::Value;

use crate::{
    processes::{Centre, Home},
    pty::Terminal,
};

/// Two orgs, and a third that is only there to be listed.
pub struct Two {
    pub home: Home,
    pub east: Org,
    pub west: Org,
}

/// One of them.
pub struct Org(Centre);

impl Two {
    /// Both with these options; floors that stand still, of other people each.
    pub fn open(options: &[&str]) -> Self {
        let centre = |seed| Org(Centre::open(&[&["--seed", seed], options].concat()));
        let two = Self { home: Home::new(), east: centre("1"), west: centre("2") };
        two.configure("");
        two
    }

    /// Writes the configuration: both orgs, and whatever else.
    pub fn configure(&self, more: &str) {
        let context = |name: &str, org: &Org, own: &str| {
            let secret = self.home.file(&format!("{name}.secret"), &org.0.secret, 0o600);
            format!("{}{own}\n", org.context(name, Path::new(&secret)))
        };
        let store = self.home.path().join("west.db");
        let own = format!("read_only = true\ncolour = 'green'\nstore = '{}'", store.display());
        let east = context("east", &self.east, "colour = 'red'");
        let west = context("west", &self.west, &own);
        let other = "[contexts.other]\nregion = 'Dublin'\nclient_id = 'x'\n";
        self.home.configure(&format!("default_context = 'east'\n{east}{west}{other}{more}"));
    }

    /// What every process at home here finds in its environment.
    fn folders(&self) -> [(&'static str, String); 4] {
        let folder = |name: &str| self.home.path().join(name).to_str().unwrap().to_owned();
        [
            ("HOME", folder("")),
            ("XDG_CONFIG_HOME", folder(".config")),
            ("XDG_DATA_HOME", folder("data")),
            ("XDG_STATE_HOME", folder("state")),
        ]
    }

    /// A console on the first of them.
    pub fn console(&self, options: &[&str]) -> Terminal {
        self.console_with(options, &[])
    }

    pub fn console_with(&self, options: &[&str], variables: &[(&str, &str)]) -> Terminal {
        let folders = self.folders();
        let all = folders.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<_> = all.chain(variables.iter().copied()).collect();
        Terminal::start(options, &all, 120, 40)
    }

    /// The audit log of the first of them, the newest first: of each record these.
    pub fn log(&self, query: &str, fields: [&str; 2]) -> Vec<[Value; 2]> {
        let folders = self.folders();
        let folders: Vec<_> = folders.iter().map(|(name, it)| (*name, it.as_str())).collect();
        let ended = self.home.run(&["audit", "search", query, "-o", "json"], &folders);
        let log: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
        log.iter().map(|record| fields.map(|field| record[field].clone())).collect()
    }

    /// Waits until the process has no connection to this org. An engine that went on would keep its own.
    pub fn nothing_is_open_to(&self, org: &Org, pid: u32) {
        until("no connection to it is open", || (!ports(pid).contains(&org.port())).then_some(()));
    }
}

impl Org {
    pub fn address(&self) -> &str {
        &self.0.address
    }

    pub fn secret(&self) -> &str {
        &self.0.secret
    }

    /// It, as the configuration names it, acted on.
    pub fn context(&self, name: &str, secret: &Path) -> String {
        let (address, id, secret) = (&self.0.address, &self.0.id, secret.display());
        format!(
            "[contexts.{name}]\nbase_url = '{address}'\nclient_id = '{id}'\n\
             client_secret_file = '{secret}'\nrequests_per_minute = 10000\n"
        )
    }

    fn port(&self) -> u16 {
        let at: SocketAddr = self.0.address.trim_start_matches("http://").parse().unwrap();
        at.port()
    }

    pub fn ledger(&self) -> Value {
        self.request(Method::GET, "ledger", &Value::Null)
    }

    /// How many requests have come of consoles that work there: none of them ours, nor of one that only tries
    /// whether it is let in.
    pub fn requests(&self) -> u64 {
        let ledger = self.ledger();
        let rows = ledger["requests"].as_array().unwrap();
        let others = ["_simulator", "/oauth/token", "/tokens/me"];
        let other = |row: &&Value| others.iter().any(|it| row["route"].to_string().contains(it));
        rows.iter().filter(|row| !other(row)).map(|row| row["count"].as_u64().unwrap()).sum()
    }

    /// Handoffs that were applied.
    pub fn handoffs(&self) -> Vec<Value> {
        self.ledger()["handoffs"].as_array().unwrap().clone()
    }

    /// A customer who waits there.
    pub fn guest(&self) -> String {
        self.waiting()["guest"].as_str().unwrap().to_owned()
    }

    /// A session that waits there.
    pub fn session(&self) -> String {
        self.waiting()["id"].as_str().unwrap().to_owned()
    }

    fn waiting(&self) -> Value {
        let world = self.request(Method::GET, "world", &Value::Null);
        let mut sessions = world["sessions"].as_array().unwrap().iter();
        sessions.find(|session| session["state"] == "waiting").unwrap().clone()
    }

    pub fn post(&self, what: &str, body: &Value) -> Value {
        self.request(Method::POST, what, body)
    }

    fn request(&self, method: Method, what: &str, body: &Value) -> Value {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}/_simulator/{what}", self.0.address);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let request = reqwest::Client::new().request(method, url);
            let request = request.timeout(Duration::from_secs(20));
            let request = request.header("content-type", "application/json").body(body.to_string());
            let text = request.send().await.unwrap().text().await.unwrap();
            serde_json::from_str(&text).unwrap()
        })
    }
}

/// The ports that a process is connected to on this machine.
fn ports(pid: u32) -> Vec<u16> {
    let sockets: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .filter_map(|entry| {
            let link = fs::read_link(entry.ok()?.path()).ok()?;
            let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    let table = fs::read_to_string(Path::new("/proc/net/tcp")).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = rows.filter(|row| sockets.iter().any(|inode| row.get(9) == Some(&inode.as_str())));
    let port = |row: Vec<&str>| u16::from_str_radix(row[2].split_once(':')?.1, 16).ok();
    ours.filter_map(port).collect()
}

/// Waits until there is something to find.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

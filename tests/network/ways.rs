//! What the configuration says of the way, with the real binary.

use std::{
    net::SocketAddr,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    centre::Centre,
    processes::{Ended, Home},
    servers::{Authority, Seen, before, proxy, serve, taking_in},
};

/// An org behind TLS that an authority of its own answers for.
struct Secure {
    centre: Centre,
    authority: Authority,
    at: SocketAddr,
    home: Home,
    ca: String,
}

impl Secure {
    fn open(asks: bool) -> Self {
        let (centre, authority, home) = (Centre::open(), Authority::new(), Home::new());
        let names = ["127.0.0.1", "api.floor.test", "login.floor.test"];
        let at = before(centre.address(), authority.server(&names, asks));
        let ca = home.file("ca.pem", &authority.pem(), 0o644);
        Self { centre, authority, at, home, ca }
    }

    fn base(&self) -> String {
        format!("https://{}", self.at)
    }

    /// Lists the queues of the org at `base`, with this added to its context.
    fn queues(&self, base: &str, more: &str, variables: &[(&str, &str)]) -> Ended {
        self.home.configure(&format!("{}{more}", self.centre.context(&self.home, base)));
        self.home.run(&["queues", "-o", "json"], variables)
    }
}

fn assert_in(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let rows: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
    assert!(rows.len() > 3);
}

fn assert_unknown(ended: &Ended) {
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{}", ended.error);
    assert!(
        ended.error.contains("can't be reached") && ended.error.contains("certificate"),
        "{}",
        ended.error
    );
}

#[test]
fn an_authority_of_one_s_own_is_believed_where_it_is_named_and_not_elsewhere() {
    let org = Secure::open(false);
    assert_unknown(&org.queues(&org.base(), "", &[]));
    let named = format!("[network]\nca_file = \"{}\"\n", org.ca);
    assert_in(&org.queues(&org.base(), &named, &[]));
    // For this org alone, and by HTTP/1.1 alone.
    let own = format!("[contexts.a.network]\nca_file = \"{}\"\nhttp2 = false\n", org.ca);
    assert_in(&org.queues(&org.base(), &own, &[]));
    let other = format!("[contexts.b.network]\nca_file = \"{}\"\n", org.ca);
    assert_unknown(&org.queues(&org.base(), &other, &[]));
    let stranger = org.home.file("other.pem", &Authority::new().pem(), 0o644);
    assert_unknown(&org.queues(&org.base(), &named.replace(&org.ca, &stranger), &[]));
    let none = org.queues(&org.base(), &named.replace("ca.pem", "secret"), &[]);
    assert_eq!(none.code, Some(2));
    assert!(
        none.error.contains("network.ca_file: ") && none.error.contains("no certificate"),
        "{}",
        none.error
    );
}

#[test]
fn a_certificate_is_shown_to_who_asks_for_one_and_its_key_is_for_its_owner_alone() {
    let org = Secure::open(true);
    let ca = format!("[contexts.a.network]\nca_file = \"{}\"\n", org.ca);
    let refused = org.queues(&org.base(), &ca, &[]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{}", refused.error);
    let signed = org.authority.signs(&["floorwalker.test"]);
    let certificate = org.home.file("client.pem", &signed.certificate, 0o644);
    let with = |key: &str| {
        let text = format!("{ca}client_certificate = \"{certificate}\"\nclient_key = \"{key}\"\n");
        org.queues(&org.base(), &text, &[])
    };
    assert_in(&with(&org.home.file("client.key", &signed.key, 0o600)));
    let open = org.home.file("open.key", &signed.key, 0o640);
    let refused = with(&open);
    assert_eq!(refused.code, Some(2));
    let said = format!("{open} can be read by others: chmod 600 {open}");
    assert!(refused.error.contains(&said), "{}", refused.error);
    let none = with(&org.home.file("none.key", "hunter2\n", 0o600));
    assert_eq!(none.code, Some(2));
    assert!(none.error.contains("no private key"), "{}", none.error);
}

/// A service that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn heads(seen: &Seen) -> Vec<String> {
    std::mem::take(&mut *seen.lock().unwrap())
}

#[test]
fn everything_that_leaves_goes_by_the_proxy_that_is_named() {
    let org = Secure::open(false);
    let (at, seen) = proxy(org.at);
    let base = "https://api.floor.test";
    let with = |more: &str, variables: &[(&str, &str)]| {
        let ca = format!("[network]\nca_file = \"{}\"\n", org.ca);
        org.queues(base, &format!("{ca}{more}"), variables)
    };
    let named = format!("proxy = \"http://{at}\"\n");
    // The environment's counts less.
    assert_in(&with(&named, &[("HTTPS_PROXY", "http://127.0.0.1:9")]));
    let asked = heads(&seen);
    for host in ["login.floor.test:443", "api.floor.test:443"] {
        assert!(asked.iter().any(|it| it.starts_with(&format!("CONNECT {host} "))), "{asked:?}");
    }
    assert!(asked.iter().all(|it| !it.to_lowercase().contains("authorization")), "{asked:?}");
    let url = format!("http://ada:hunter2@{at}");
    assert_in(&with("proxy = \"env:PROXY_URL\"\n", &[("PROXY_URL", &url)]));
    let basic = "basic YWRhOmh1bnRlcjI=".to_lowercase();
    assert!(heads(&seen).iter().all(|it| it.to_lowercase().contains(&basic)));
    assert_in(&with("", &[("HTTPS_PROXY", &format!("http://{at}"))]));
    assert!(!heads(&seen).is_empty());
}

#[test]
fn what_is_excepted_and_what_is_here_never_goes_by_the_proxy() {
    let org = Secure::open(false);
    let (at, seen) = proxy(org.at);
    let with = |base: &str, more: &str| {
        let more = format!("[network]\nca_file = \"{}\"\nproxy = \"http://{at}\"\n{more}", org.ca);
        org.queues(base, &more, &[])
    };
    let ended = with("https://api.floor.test", "no_proxy = [\"floor.test\"]\n");
    assert_eq!(ended.code, Some(1), "there is no such host: {}", ended.error);
    assert_in(&with(&org.base(), ""));
    assert!(heads(&seen).is_empty());
}

#[test]
fn a_guest_s_socket_believes_the_same_and_goes_the_same_way() {
    let org = Secure::open(false);
    let (at, seen) = proxy(org.at);
    let open = |network: &str| {
        let messaging = format!(
            "[messaging]\ndeployment = \"{}\"\norigin = \"https://shop.example\"\n\
             socket_url = \"wss://api.floor.test/v1\"\n{network}",
            org.centre.deployment()
        );
        let text = org.centre.context(&org.home, &format!("http://{}", org.centre.address()));
        org.home.configure(&format!("{text}{messaging}"));
        org.home
            .run(&["session", "open", "--queue", "Billing", "--duration", "60", "-o", "json"], &[])
    };
    let way = format!("[network]\nproxy = \"http://{at}\"\n");
    let refused = open(&way);
    assert_ne!(refused.code, Some(0));
    assert!(!heads(&seen).is_empty(), "{}", refused.error);
    let opened = open(&format!("{way}ca_file = \"{}\"\n", org.ca));
    assert_eq!(opened.code, Some(0), "{}", opened.error);
    assert!(heads(&seen).iter().all(|it| it.starts_with("CONNECT api.floor.test:443 ")));
}

#[test]
fn what_other_systems_are_told_goes_the_same_way_and_to_nobody_who_is_not_believed() {
    let (centre, home, authority) = (Centre::open(), Home::new(), Authority::new());
    let (crm, told) = taking_in(authority.server(&["hooks.floor.test"], false));
    let (at, seen) = proxy(crm);
    let context = centre.context(&home, &format!("http://{}", centre.address()));
    let hook = "[outbox]\ncrm_handoff = \"https://hooks.floor.test/crm?key=k\"\n";
    let way = format!("[network]\nproxy = \"http://{at}\"\n");
    home.configure(&format!("{context}{hook}{way}"));
    let listed = home.run(&["sessions", "-o", "json"], &[]);
    let listed: Vec<Value> = serde_json::from_str(&listed.out).unwrap();
    let waiting = listed.iter().find(|it| it["state"] == "waiting").unwrap();
    let session = waiting["id"].as_str().unwrap();
    let handed = home.run(&["handoff", session, "--queue", "Billing", "--yes"], &[]);
    assert_eq!(handed.code, Some(0), "{}", handed.error);
    let waiting = || {
        let ended = home.run(&["outbox", "list", "-o", "json"], &[]);
        serde_json::from_str::<Vec<Value>>(&ended.out).expect("a list")
    };
    let service = || Running(home.command(&["serve"], &[]).stdout(Stdio::null()).spawn().unwrap());
    let stranger = service();
    until("it is tried", || waiting()[0]["attempts"].as_u64() > Some(0));
    assert!(waiting()[0]["error"].as_str().unwrap().contains("certificate"), "{:?}", waiting());
    drop(stranger);
    assert!(told.lock().unwrap().is_empty(), "it was told to somebody who is not believed");
    let ca = home.file("ca.pem", &authority.pem(), 0o644);
    home.configure(&format!("{context}{hook}{way}ca_file = \"{ca}\"\n"));
    let _service = service();
    until("it is told", || waiting().is_empty());
    let told = heads(&told);
    assert!(told.iter().all(|it| it.starts_with("POST /crm?key=k HTTP/1.1\r\n")), "{told:?}");
    let asked = heads(&seen);
    assert!(asked.iter().all(|it| it.starts_with("CONNECT hooks.floor.test:443 ")), "{asked:?}");
}

#[test]
fn a_login_host_that_says_nothing_is_waited_for_as_long_as_is_written() {
    let (centre, home) = (Centre::open(), Home::new());
    let silent = serve(|stream| async move {
        let _stream = stream;
        std::future::pending::<()>().await;
    });
    let login = format!("login_url = \"http://{silent}\"\n");
    let base = format!("http://{}", centre.address());
    let short = "[network]\ntoken_timeout_seconds = 1\n";
    home.configure(&format!("{}{login}{short}", centre.context(&home, &base)));
    let begun = Instant::now();
    let ended = home.run(&["queues"], &[]);
    assert!(ended.code != Some(0) && ended.error.contains("no answer in time"), "{}", ended.error);
    assert!(begun.elapsed().as_secs() < 10, "one try alone would take that long by default");
}

#[test]
fn what_holds_of_the_network_is_shown_with_who_has_said_it() {
    let home = Home::new();
    home.configure(
        "[contexts.a]\nregion = \"Dublin\"\n[contexts.a.network]\napi_timeout_seconds = 30\n\
         [network]\napi_timeout_seconds = 20\nproxy = \"env:PROXY_URL\"\n",
    );
    let file = home.config().display().to_string();
    let shown = home.shown(&["--context", "a"], &[("PROXY_URL", "http://ada:hunter2@p.example")]);
    let from = |line: usize| format!("{file}:{line}");
    assert_eq!(shown.at("network.api_timeout_seconds"), (&30.into(), from(4).as_str()));
    assert_eq!(shown.at("network.proxy"), (&"env:PROXY_URL".into(), from(7).as_str()));
    assert_eq!(shown.at("network.http2"), (&true.into(), "default"));
    let shown = home.shown(&[], &[]);
    assert_eq!(shown.at("network.api_timeout_seconds"), (&20.into(), from(6).as_str()));
}

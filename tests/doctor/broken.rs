//! Each thing broken in turn.

use std::{
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::Command,
};

use crate::site::{Report, Site, leash::output};

/// A port that nobody listens on: one that was free a moment ago may be another test's by now.
pub fn closed() -> u16 {
    1
}

fn with(site: &Site, name: &str, value: &str) -> Report {
    site.look(site.doctor(&[]).env(name, value))
}

/// That what depends on a failed check was not looked at.
pub fn skips(report: &Report, checks: &[&str]) {
    for check in checks {
        let (state, says, _) = report.line(check);
        assert_eq!(state, "skipped", "{check}");
        assert!(says.starts_with("not looked at, because "), "{check}: {says}");
    }
}

#[test]
fn nothing_is_broken() {
    let site = Site::open(&[]);
    let report = site.look(&mut site.doctor(&[]));
    assert_eq!((report.failed(), report.code), (Vec::new(), Some(0)), "{}", report.out);
    for (check, says) in [
        ("dns api", "needs no name"),
        ("tcp api", "takes connections"),
        ("tls api", "on this machine"),
        ("clock", "as the org's"),
        ("token", "replaced in "),
        ("organisation", "client floorwalker"),
        ("right to hand over to an agent", "held"),
        ("rate limit", "300 a minute"),
        ("store", "is made at the first start"),
        ("free space", "GiB"),
    ] {
        let (state, said, _) = report.line(check);
        assert!(state == "ok" && said.contains(says), "{check} is {state}: {said}");
    }
    assert_eq!(report.line("intake").0, "skipped");
    let keys: Vec<_> = report.lines[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["check", "remedy", "says", "state"]);
}

#[test]
fn people_get_a_glyph_a_word_and_the_remedy_below() {
    let site = Site::open(&[]);
    let mut wrong = site.doctor(&[]);
    let wrong = wrong.env("LANG", "C.UTF-8").env("GENESYS_CLIENT_SECRET", "no");
    let out = String::from_utf8(output(wrong).unwrap().stdout).unwrap();
    let at = out.lines().position(|line| line.starts_with("✗ fail     token ")).unwrap();
    let remedy = out.lines().nth(at + 1).unwrap().trim();
    assert!(remedy.starts_with("→ check the client's id and secret"), "{out}");
    let plain = output(&mut site.doctor(&[])).unwrap();
    assert!(plain.stdout.is_ascii(), "without a locale");
}

#[test]
fn the_configuration() {
    let site = Site::open(&[]);
    let report = site.look(&mut site.configured("[gate]\nminimun = 40\n"));
    report.fails_alone(
        "configuration",
        "config.toml:2: there is no option gate.minimun; did you mean gate.minimum?",
        "`floorwalker config check` names the line",
        2,
    );
    skips(&report, &["dns api", "token", "rights", "store", "intake", "outbox"]);
    let report = site.look(&mut site.doctor(&["--context", "nowhere"]));
    assert_eq!((report.failed(), report.code), (vec!["configuration"], Some(2)));
}

#[test]
fn an_outbox_that_would_leave_in_the_clear() {
    let site = Site::open(&[]);
    let config = "[outbox]\ncrm_handoff = 'http://crm.example/hook?key=hunter2'\n";
    let report = site.look(&mut site.configured(config));
    report.fails_alone(
        "configuration",
        "outbox.crm_handoff is refused: only https",
        "correct it",
        2,
    );
    assert!(!report.out.contains("hunter2"), "{}", report.out);
}

#[test]
fn no_org_and_no_credentials() {
    let site = Site::open(&[]);
    let report = site.look(site.doctor(&[]).env_remove("GENESYS_BASE_URL"));
    report.fails_alone("configuration", "Which org?", "config init", 2);
    let report = site.look(site.doctor(&[]).env_remove("GENESYS_CLIENT_SECRET"));
    report.fails_alone(
        "credentials",
        "GENESYS_CLIENT_SECRET is missing",
        "say where the secret is",
        4,
    );
    skips(&report, &["token", "rate limit"]);
    assert_eq!((report.line("tcp api").0, report.line("clock").0), ("ok", "ok"));
    assert_eq!(report.line("store").0, "ok", "what needs no org is looked at");
}

#[test]
fn a_host_name_that_nobody_knows() {
    let site = Site::open(&[]);
    let report = with(&site, "GENESYS_BASE_URL", "https://api.nowhere.invalid");
    let (state, says, remedy) = report.line("dns api");
    assert!(state == "fail" && says.starts_with("api.nowhere.invalid: "), "{says}");
    assert!(remedy.contains("is the name spelt right (region, base_url, login_url)?"), "{remedy}");
    assert_eq!((report.failed(), report.code), (vec!["dns api", "dns login"], Some(1)));
    skips(&report, &["tcp api", "tls api", "clock", "token", "organisation", "rights"]);
}

#[test]
fn a_closed_port() {
    let site = Site::open(&[]);
    let report = with(&site, "GENESYS_BASE_URL", &format!("http://127.0.0.1:{}", closed()));
    report.fails_alone("tcp api", "Connection refused", "does the firewall let it through?", 1);
    skips(&report, &["tls api", "clock", "token"]);
}

#[test]
fn tls_with_somebody_who_speaks_none() {
    let site = Site::open(&[]);
    let report = with(&site, "GENESYS_BASE_URL", &site.address.replace("http://", "https://"));
    report.fails_alone("tls api", "can't be reached", "name that CA in network.ca_file", 1);
    skips(&report, &["clock", "token"]);
}

#[test]
fn a_wrong_secret() {
    let site = Site::open(&[]);
    let report = with(&site, "GENESYS_CLIENT_SECRET", "hunter2");
    report.fails_alone(
        "token",
        "authenticate: 401",
        "GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET",
        4,
    );
    skips(&report, &["organisation", "rights", "rate limit"]);
    assert!(!report.out.contains("hunter2"), "{}", report.out);
}

/// Somebody whose clock is ten minutes behind, and who lets nobody in.
fn behind() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let then = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10);
            let date = jiff::fmt::rfc2822::DateTimePrinter::new();
            let date = date.timestamp_to_rfc9110_string(&then).unwrap();
            let head = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close";
            let _ = stream.write_all(format!("{head}\r\nDate: {date}\r\n\r\n").as_bytes());
        }
    });
    port
}

#[test]
fn a_clock_that_is_wrong() {
    let site = Site::open(&[]);
    let report = with(&site, "GENESYS_BASE_URL", &format!("http://127.0.0.1:{}", behind()));
    let (state, says, remedy) = report.line("clock");
    assert!(says.starts_with("599 s ahead of the org's") || says.starts_with("600 s"), "{says}");
    assert_eq!((state, remedy), ("fail", "have it set by NTP: timedatectl set-ntp true"));
}

#[test]
fn an_org_that_allows_less_than_is_counted_on() {
    let site = Site::open(&["--rate-limit", "120"]);
    let report = site.look(&mut site.doctor(&[]));
    let (state, says, remedy) = report.line("rate limit");
    assert!(state == "warn" && says.starts_with("120 a minute"), "{says}");
    assert_eq!(remedy, "set requests_per_minute of the context to 120");
}

#[test]
fn a_store_in_a_folder_that_cannot_be_written() {
    let site = Site::open(&[]);
    let report = site.look(&mut site.configured("store = '/proc/floorwalker/floorwalker.db'\n"));
    let remedy = "let this user write its folder, or name another file";
    report.fails_alone("store", "/proc/floorwalker/floorwalker.db can't be written", remedy, 1);
}

/// A store that has been used, and its file.
fn used(site: &Site) -> (std::path::PathBuf, String) {
    let path = site.data.path().join("floor.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { floorwalker::store::Database::open(&path).await.map(drop) }).unwrap();
    let config = format!("store = '{}'\n", path.display());
    (path, config)
}

#[test]
fn a_store_that_is_well_and_one_that_others_can_read() {
    let site = Site::open(&[]);
    let (path, config) = used(&site);
    let report = site.look(&mut site.configured(&config));
    assert_eq!(report.failed(), Vec::<&str>::new(), "{}", report.out);
    assert!(report.line("store").1.ends_with("can be written"));
    assert_eq!(report.line("audit log").1, "0 records, the newest unchanged");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let report = site.look(&mut site.configured(&config));
    let (state, says, remedy) = report.line("store permissions");
    assert_eq!((state, remedy), ("warn", format!("chmod 600 {}", path.display()).as_str()));
    assert!(says.starts_with("644: others can read"), "{says}");
}

/// Changes a store behind floorwalker's back.
fn change(path: &std::path::Path, sql: &'static str) {
    use sqlx::{Connection, Executor};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut to = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        to.execute(sql).await.unwrap();
        to.close().await.unwrap();
    });
}

#[test]
fn a_store_of_a_newer_version() {
    let site = Site::open(&[]);
    let (path, config) = used(&site);
    change(
        &path,
        "UPDATE _sqlx_migrations SET version = version + 1000 WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
    );
    let report = site.look(&mut site.configured(&config));
    report.fails_alone("store", "newer version of floorwalker", "install that version", 1);
    skips(&report, &["audit log"]);
}

#[test]
fn an_intake_that_is_in_use_or_open_to_anybody() {
    let site = Site::open(&[]);
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = stranger.local_addr().unwrap();
    let report = site.look(&mut site.configured(&format!("[intake]\nlisten = '{at}'\n")));
    report.fails_alone(
        "intake",
        &format!("{at} is in use already"),
        "end the program that listens there, or give intake.listen another port",
        1,
    );
    let report = site.look(&mut site.configured("[intake]\nlisten = '0.0.0.0:0'\n"));
    report.fails_alone("intake", "anybody could call", "name intake.secret or intake.token", 2);
    let config = "[intake]\nlisten = '127.0.0.1:0'\nsecret = 'env:NO_SUCH_SECRET'\n";
    let report = site.look(&mut site.configured(config));
    report.fails_alone(
        "intake",
        "intake.secret: NO_SUCH_SECRET is not set",
        "correct intake.secret",
        2,
    );
}

#[test]
fn an_outbox_target_that_is_away() {
    let site = Site::open(&[]);
    let config = format!("[outbox]\nwfm = 'http://127.0.0.1:{}/hook?key=hunter2'\n", closed());
    let report = site.look(&mut site.configured(&config));
    report.fails_alone("outbox wfm", "Connection refused", "is the port right", 1);
    assert_eq!(report.line("outbox").0, "warn", "it is not signed");
    assert!(!report.out.contains("hunter2"), "{}", report.out);
}

#[test]
fn an_outbox_target_whose_tls_is_nobodys() {
    let site = Site::open(&[]);
    let target = site.address.replace("http://", "https://");
    let report = site.look(&mut site.configured(&format!("[outbox]\nwfm = '{target}/hook'\n")));
    report.fails_alone("outbox wfm", "can't be reached", "network.ca_file", 1);
}

#[test]
fn a_proxy_of_the_configuration_and_not_the_environments() {
    let site = Site::open(&[]);
    let config = format!(
        "[network]\nproxy = 'http://127.0.0.1:{}'\n[outbox]\nwfm = 'https://wfm.example/hook'\n",
        closed()
    );
    let mut command = site.configured(&config);
    command
        .env("GENESYS_BASE_URL", "https://api.nowhere.invalid")
        .env("HTTPS_PROXY", &site.address);
    let report = site.look(&mut command);
    for check in ["tcp api", "tcp login", "outbox wfm"] {
        let (state, says, remedy) = report.line(check);
        assert!(state == "fail" && says.starts_with("the proxy 127.0.0.1:"), "{check}: {says}");
        assert!(remedy.contains("network.proxy names this proxy"), "{remedy}");
    }
    assert_eq!(report.line("dns api").0, "ok", "the proxy looks the name up");
    let mut command = site.configured("[network]\nproxy = 'command:sleep 60'\n");
    let report = site.look(&mut command);
    report.fails_alone(
        "configuration",
        "the program that prints network.proxy takes over 5 s",
        "",
        2,
    );
}

/// A login host that answers whoever asks for nothing, and keeps whoever wants a token waiting.
fn dumb() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).unwrap_or(0);
                if request[..read].starts_with(b"GET") {
                    let _ =
                        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                }
                // Until the doctor has gone.
                let _ = stream.read(&mut request);
            });
        }
    });
    port
}

/// Eight seconds: that long a token is waited for.
#[test]
fn a_login_host_that_gives_no_token() {
    let site = Site::open(&[]);
    let config = format!(
        "[contexts.north]\nbase_url = '{}'\nlogin_url = 'http://127.0.0.1:{}'\n",
        site.address,
        dumb()
    );
    let mut command = site.configured(&config);
    command.env_remove("GENESYS_BASE_URL").args(["--context", "north"]);
    let report = site.look(&mut command);
    assert_eq!(report.failed(), ["token"], "{}", report.out);
    skips(&report, &["organisation", "rights", "rate limit"]);
}

#[test]
fn a_secret_that_others_can_read() {
    let site = Site::open(&[]);
    let file = site.data.path().join("secret");
    std::fs::write(&file, "hunter2").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let config = format!(
        "[contexts.north]\nbase_url = '{}'\nclient_id = 'x'\nclient_secret_file = '{}'\n",
        site.address,
        file.display()
    );
    let mut command = site.configured(&config);
    command.env_remove("GENESYS_CLIENT_SECRET").env_remove("GENESYS_CLIENT_ID");
    let report = site.look(command.env_remove("GENESYS_BASE_URL").args(["--context", "north"]));
    let remedy = format!("correct file:{}, which line 4 names", file.display());
    report.fails_alone("credentials", "chmod 600", &remedy, 2);
}

#[test]
fn other_programs_get_lines_or_columns() {
    let site = Site::open(&[]);
    let run = |form: &str| {
        let mut command: Command = site.doctor(&["-o", form]);
        String::from_utf8(output(&mut command).unwrap().stdout).unwrap()
    };
    assert!(run("csv").starts_with("check,state,says,remedy\nconfiguration,ok,"));
    let first = run("jsonl");
    let first: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!(
        (first["check"].as_str(), first["state"].as_str()),
        (Some("configuration"), Some("ok"))
    );
}

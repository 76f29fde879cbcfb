//! Webhooks under load beside a console that is used: `cargo bench --bench intake`.
//!
//! A console in a pseudo-terminal takes webhooks in for a minute, 200 a second of mixed traffic, while
//! somebody moves the cursor. Calls are due by a clock and timed from when they were due, so that one slow
//! answer is not hidden by the calls that it holds up. Handoffs by rule are timed apart: their answers
//! wait for Genesys Cloud. `INTAKE_SECONDS` makes it shorter.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops where it can't be set up"
)]

#[path = "../tests/support/pty.rs"]
#[expect(dead_code, reason = "what only tests use")]
mod pty;

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpStream as Plain,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    task::JoinSet,
    time::Instant,
};

/// Calls a second.
const RATE: u32 = 200;
/// Connections that they go over.
const LINES: usize = 32;
/// Handoffs by rule, one each so many calls.
const RULED: usize = 200;

fn main() {
    let seconds = std::env::var("INTAKE_SECONDS").ok().and_then(|text| text.parse().ok());
    let span = Duration::from_secs(seconds.unwrap_or(60));
    let site = Site::open();
    let mut console = site.console();
    console.wait("a live floor", |screen| screen.contains("● live"));
    let alone = keys(&mut console, Duration::from_secs(10), || false);
    println!("{}", machine());
    println!("keys alone:      {}", Spread(alone));
    let before = resident(console.pid());
    let over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&over);
    let (port, bots) = (site.port, site.bots());
    let load = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let times = runtime.block_on(load(port, bots, span));
        told.store(true, Ordering::Release);
        times
    });
    let mut memory = vec![before];
    let mut looked = std::time::Instant::now();
    let pid = console.pid();
    let pressed = keys(&mut console, span * 2, || {
        if looked.elapsed() > span / 4 {
            looked = std::time::Instant::now();
            memory.push(resident(pid));
        }
        over.load(Ordering::Acquire)
    });
    let Times { calls, ruled, odd } = load.join().unwrap();
    println!("{} calls:     {}", calls.len(), Spread(calls));
    println!("{} by rule:        {}", ruled.len(), Spread(ruled));
    println!("keys under load: {}", Spread(pressed));
    println!("MiB resident:    {memory:?}; answers that were not expected: {odd}");
}

/// Presses keys for so long, or until told; how long the screen took to show each.
fn keys(
    console: &mut pty::Terminal,
    span: Duration,
    mut over: impl FnMut() -> bool,
) -> Vec<Duration> {
    let (started, mut took) = (std::time::Instant::now(), Vec::new());
    while started.elapsed() < span && !over() {
        for key in ["?", "\u{1b}"] {
            let shows = key == "?";
            let pressed = std::time::Instant::now();
            console.press(key);
            console.wait("the help", |screen| screen.contains("Leave the console") == shows);
            took.push(pressed.elapsed());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    took
}

/// A contact centre, and a folder for a console on it.
struct Site {
    simulator: Child,
    told: Value,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}

impl Site {
    fn open() -> Self {
        let mut simulator = Command::new(env!("CARGO_BIN_EXE_floorwalker"))
            .args(["simulate", "--sessions", "400", "--agents", "300", "--rate-limit", "100000"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(simulator.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let folder = tempfile::tempdir().unwrap();
        // Freed again at once, and nobody else here asks for one.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        let site = Self { simulator, told: serde_json::from_str(&line).unwrap(), folder, port };
        let queues = site.world()["queues"].clone();
        let config = format!(
            "[intake]\nlisten = '127.0.0.1:{port}'\nqueue = {}\n[intake.modes]\n{1} = 'auto'\n\
             [intake.routes]\nrule = {1}\n",
            queues[0]["id"], queues[1]["id"]
        );
        std::fs::create_dir_all(site.folder.path().join("floorwalker")).unwrap();
        std::fs::write(site.folder.path().join("floorwalker/config.toml"), config).unwrap();
        site
    }

    fn world(&self) -> Value {
        use std::io::Write;
        let host = self.told["listening"].as_str().unwrap().trim_start_matches("http://");
        let mut stream = Plain::connect(host).unwrap();
        let request = b"GET /_simulator/world HTTP/1.0\r\nhost: x\r\n\r\n";
        stream.write_all(request).unwrap();
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        serde_json::from_str(all.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// Conversations that a bot holds.
    fn bots(&self) -> Vec<String> {
        let world = self.world();
        let all = world["sessions"].as_array().unwrap().iter();
        let bots = all.filter(|session| session["state"] == "bot");
        bots.map(|session| session["id"].as_str().unwrap().to_owned()).collect()
    }

    fn console(&self) -> pty::Terminal {
        let folder = self.folder.path().to_str().unwrap();
        let text = |field: &str| self.told[field].as_str().unwrap();
        let variables = [
            ("HOME", folder),
            ("XDG_DATA_HOME", folder),
            ("XDG_CONFIG_HOME", folder),
            ("GENESYS_BASE_URL", text("listening")),
            ("GENESYS_CLIENT_ID", text("client_id")),
            ("GENESYS_CLIENT_SECRET", text("client_secret")),
        ];
        pty::Terminal::start(&["--requests-per-minute", "20000"], &variables, 200, 60)
    }
}

#[derive(Default)]
struct Times {
    calls: Vec<Duration>,
    ruled: Vec<Duration>,
    /// Answers with another status than was to be expected.
    odd: usize,
}

/// One call: when it is due, what is sent, and what is to be answered.
struct Call {
    due: Instant,
    bytes: Vec<u8>,
    status: &'static [u16],
}

async fn load(port: u16, bots: Vec<String>, span: Duration) -> Times {
    let mut tasks = JoinSet::new();
    let mut lines = Vec::new();
    for _ in 0..LINES {
        let (calls, due) = mpsc::channel(4_096);
        lines.push(calls);
        tasks.spawn(line(port, due));
    }
    let mut ruled = JoinSet::new();
    let (start, count) = (Instant::now(), RATE as usize * span.as_secs() as usize);
    for n in 0..count {
        let due = start + span.mul_f64(n as f64 / count as f64);
        tokio::time::sleep_until(due).await;
        match n % RULED {
            0 => {
                let Some(bot) = bots.get(n / RULED) else { continue };
                let (calls, one) = mpsc::channel(1);
                let call = Call { due, bytes: by_rule(bot), status: &[200, 202, 500, 503] };
                calls.send(call).await.unwrap();
                ruled.spawn(line(port, one));
            }
            _ => {
                let (bytes, status) = mixed(n, &bots);
                lines[n % LINES].send(Call { due, bytes, status }).await.unwrap();
            }
        }
    }
    drop(lines);
    let mut times = Times::default();
    for (took, odd) in tasks.join_all().await {
        times.calls.extend(took);
        times.odd += odd;
    }
    for (took, odd) in ruled.join_all().await {
        times.ruled.extend(took);
        times.odd += odd;
    }
    times
}

/// Of ten calls seven tell that the bot goes on, one asks for a person, one is the same as an earlier one and
/// one is broken.
fn mixed(n: usize, bots: &[String]) -> (Vec<u8>, &'static [u16]) {
    // Those who are handed over by rule come first; the others are told of.
    let bot = &bots[bots.len() / 2 + n % (bots.len() / 2)];
    let turn = |n: usize, confidence: f64| {
        let intent = json!({"intent": "refund", "confidence": confidence});
        json!({"conversationId": bot, "event": "message", "text": format!("line {n}"), "intent": intent})
    };
    match n % 10 {
        0 => (post("/webhook/messaging", &turn(n, 0.4).to_string()), &[202]),
        1 => (post("/webhook/messaging", &turn(n / 1_000, 0.9).to_string()), &[200]),
        2 => (post("/webhooks/bot-handoff", "{\"conversationId\": "), &[400]),
        _ => (post("/webhook/messaging", &turn(n, 0.9).to_string()), &[200]),
    }
}

fn by_rule(bot: &str) -> Vec<u8> {
    let body = json!({
        "conversationId": bot, "guestInfo": {}, "handoffReason": "rule", "customContext": {},
    });
    post("/webhooks/bot-handoff", &body.to_string())
}

fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Sends what is due over one connection; how long each took, and how many answers were odd.
async fn line(port: u16, mut due: mpsc::Receiver<Call>) -> (Vec<Duration>, usize) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut took, mut odd) = (Vec::new(), 0);
    while let Some(call) = due.recv().await {
        stream.write_all(&call.bytes).await.unwrap();
        let status = answer(&mut stream).await;
        odd += usize::from(!call.status.contains(&status));
        took.push(call.due.elapsed());
    }
    (took, odd)
}

async fn answer(stream: &mut TcpStream) -> u16 {
    let mut seen = Vec::new();
    loop {
        let mut bytes = [0; 4_096];
        let count = stream.read(&mut bytes).await.unwrap();
        assert_ne!(count, 0, "the connection has ended");
        seen.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8_lossy(&seen);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return head.split(' ').nth(1).unwrap().parse().unwrap();
        }
    }
}

/// How long things took.
struct Spread(Vec<Duration>);

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut all = self.0.clone();
        all.sort_unstable();
        let nth = |share: usize| {
            let at = (all.len() * share).div_ceil(1_000).saturating_sub(1);
            all.get(at).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
        };
        let (half, most, worst) = (nth(500), nth(990), nth(1_000));
        write!(f, "p50 {half:.1} ms, p99 {most:.1} ms, worst {worst:.1} ms")
    }
}

/// MiB that a process takes.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{cores} cores{}", model.unwrap_or_default().replace('\t', ""))
}

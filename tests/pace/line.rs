//! A pseudo-terminal that notes when what came.

use std::{
    fs,
    io::{Read, Write},
    num::NonZeroU16,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// So long nothing comes before a key is pressed: no frame is still on its way.
const CALM: Duration = Duration::from_millis(25);
/// So long nothing comes after the last part of an answer.
const GAP: Duration = Duration::from_millis(15);

/// A console, and the screen that it has drawn.
pub struct Line {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    came: Receiver<(Instant, Vec<u8>)>,
    /// Who reads lets go of the terminal at the next byte once this is set.
    cut: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    shown: vt100::Parser,
    begun: Instant,
    bytes: usize,
}

/// What a key did.
pub struct Moved {
    /// Until something below the header differed.
    pub took: Duration,
    /// That came in answer.
    pub bytes: usize,
}

impl Line {
    pub fn start(command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let ((sender, came), cut) = (mpsc::channel(), Arc::<AtomicBool>::default());
        let is_cut = Arc::clone(&cut);
        let reader = Some(std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if is_cut.load(Ordering::Acquire) {
                    return;
                }
                if sender.send((Instant::now(), bytes[..count].to_vec())).is_err() {
                    return;
                }
            }
        }));
        let keys = Some(pair.master.take_writer().unwrap());
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        let shown = vt100::Parser::new(cells(rows), cells(columns), 0);
        let master = Some(pair.master);
        Self { child, master, keys, came, cut, reader, shown, begun, bytes: 0 }
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// All that has come so far, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn screen(&self) -> String {
        self.shown.screen().contents()
    }

    /// Takes in what comes next, and when it came; nothing if nothing does for so long.
    fn take(&mut self, within: Duration) -> Option<Instant> {
        match self.came.recv_timeout(within) {
            Ok((at, bytes)) => {
                self.bytes += bytes.len();
                self.shown.process(&bytes);
                Some(at)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(within);
                None
            }
        }
    }

    /// Lets so much time pass.
    pub fn rest(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.take(until.saturating_duration_since(Instant::now()));
        }
    }

    /// Waits until the screen is such; how long after its start it was.
    pub fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> Duration {
        let until = Instant::now() + PATIENCE;
        loop {
            let at = self.take(Duration::from_millis(100));
            let screen = self.screen();
            if let Some(at) = at.filter(|_| holds(&screen)) {
                return at - self.begun;
            }
            assert!(Instant::now() < until, "waited in vain for {what}:\n{screen}");
        }
    }

    /// What stands below the header, with its colours.
    fn below(&self) -> Vec<String> {
        let (_, columns) = self.shown.screen().size();
        self.shown.screen().rows_formatted(0, columns.get()).skip(2).collect()
    }

    /// Presses a key in a pause, and waits for all that comes of it; a key that changes nothing takes long.
    pub fn press(&mut self, key: &str) -> Moved {
        while self.take(CALM).is_some() {}
        let (before, bytes) = (self.below(), self.bytes);
        let pressed = Instant::now();
        self.keys.as_mut().unwrap().write_all(key.as_bytes()).unwrap();
        self.keys.as_mut().unwrap().flush().unwrap();
        let mut changed = None;
        while let Some(at) = self.take(if changed.is_some() { GAP } else { PATIENCE / 60 }) {
            if changed.is_none() && self.below() != before {
                changed = Some(at - pressed);
            }
        }
        Moved { took: changed.unwrap_or(PATIENCE), bytes: self.bytes - bytes }
    }

    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.shown.screen_mut().set_size(cells(rows), cells(columns));
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    /// The last of many sizes: how long until its whole screen had come.
    pub fn resized(&mut self, to: (u16, u16)) -> Duration {
        // What was drawn for other sizes is on its way still.
        while self.take(Duration::ZERO).is_some() {}
        self.resize(to);
        let begun = Instant::now();
        let mut last = begun;
        let mut within = PATIENCE / 60;
        while let Some(at) = self.take(within) {
            (last, within) = (at, GAP);
        }
        last - begun
    }

    fn signal(&self, name: &str) -> Instant {
        let at = Instant::now();
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        at
    }

    /// How long a signal takes to end it with this code and a terminal that is as it was, with a message.
    pub fn ends_by(&mut self, signal: &str, code: u32) -> Duration {
        let begun = self.signal(signal);
        let took = self.ended(code) - begun;
        while self.take(GAP).is_some() {}
        let screen = self.shown.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor(), "{}", self.screen());
        assert!(!self.screen().trim().is_empty(), "it says nothing");
        took
    }

    fn ended(&mut self, code: u32) -> Instant {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert_eq!(status.exit_code(), code);
                return Instant::now();
            }
            assert!(Instant::now() < until, "it does not end");
            self.take(Duration::from_micros(200));
        }
    }

    /// How long it takes to end once its terminal has gone.
    pub fn hangs_up(mut self) -> Duration {
        self.cut.store(true, Ordering::Release);
        // Another size makes it write.
        self.resize((79, 23));
        self.reader.take().unwrap().join().unwrap();
        let begun = Instant::now();
        drop((self.keys.take(), self.master.take()));
        self.ended(129) - begun
    }

    /// How long it takes to stop with the terminal given back, and to be there again.
    pub fn stops_and_goes_on(&mut self) -> (Duration, Duration) {
        let begun = self.signal("TSTP");
        let until = begun + PATIENCE;
        let stopped = loop {
            self.take(Duration::from_micros(200));
            let about = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
            let state = about.rsplit(") ").next().unwrap().chars().next();
            if state == Some('T') && !self.shown.screen().alternate_screen() {
                break begun.elapsed();
            }
            assert!(Instant::now() < until, "it does not stop:\n{}", self.screen());
        };
        let begun = self.signal("CONT");
        loop {
            self.take(Duration::from_micros(200));
            if self.shown.screen().alternate_screen() && self.screen().contains("● live") {
                return (stopped, begun.elapsed());
            }
            assert!(Instant::now() < until, "it does not go on:\n{}", self.screen());
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

//! The real binary in a pseudo-terminal: keys in, screen out.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't be set up should stop there"
)]

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take before a test gives up: a bound, never a wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program in a terminal of its own.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    /// Nothing once the line is cut.
    line: Option<Line>,
    shown: Arc<(Mutex<vt100::Parser>, Condvar)>,
}

/// The terminal's own end. The program is hung up on when all of it is closed.
struct Line {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    reader: JoinHandle<()>,
    cut: Arc<AtomicBool>,
}

impl Terminal {
    /// Starts the binary with these arguments and variables.
    pub fn start(arguments: &[&str], variables: &[(&str, &str)], columns: u16, rows: u16) -> Self {
        let mut command = Self::command(env!("CARGO_BIN_EXE_floorwalker"));
        command.args(arguments);
        variables.iter().for_each(|(name, value)| command.env(name, value));
        Self::run(command, columns, rows)
    }

    /// Any program, that knows nothing of what is set for floorwalker where the tests run, and tells of a
    /// panic in a line: a backtrace would push that line off the screen.
    pub fn command(program: &str) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        let ours = ["GENESYS", "FLOORWALKER_", "NO_COLOR", "RUST_BACKTRACE"];
        for (name, _) in std::env::vars().filter(|(n, _)| ours.iter().any(|it| n.starts_with(it))) {
            command.env_remove(name);
        }
        command
    }

    /// Starts it.
    pub fn run(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let shown = Arc::new((Mutex::new(parser(columns, rows)), Condvar::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let (screen, cut) = (Arc::clone(&shown), Arc::<AtomicBool>::default());
        let is_cut = Arc::clone(&cut);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if is_cut.load(Ordering::Acquire) {
                    break;
                }
                screen.0.lock().unwrap().process(&bytes[..count]);
                screen.1.notify_all();
            }
            screen.1.notify_all();
        });
        let keys = pair.master.take_writer().unwrap();
        Self { child, line: Some(Line { master: pair.master, keys, reader, cut }), shown }
    }

    fn line(&mut self) -> &mut Line {
        self.line.as_mut().unwrap()
    }

    /// Cuts the line, as when a connection drops: the program is hung up on, and has no terminal left.
    pub fn hang_up(&mut self) {
        self.line().cut.store(true, Ordering::Release);
        // Whoever reads sees that it is cut at the next frame; another size makes one.
        self.resize(79, 23);
        let Line { master, keys, reader, .. } = self.line.take().unwrap();
        let until = Instant::now() + PATIENCE;
        while !reader.is_finished() {
            if Instant::now() > until {
                panic!("whoever reads never sees that the line is cut:\n{}", self.screen());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        reader.join().unwrap();
        drop((keys, master));
    }

    /// The program's number.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Presses keys, as bytes.
    pub fn press(&mut self, keys: &str) {
        let line = self.line();
        line.keys.write_all(keys.as_bytes()).unwrap();
        line.keys.flush().unwrap();
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.shown.0.lock().unwrap().screen().contents()
    }

    /// Waits until something holds of the screen; fails with the screen if it never does.
    pub fn wait(&self, for_what: &str, holds: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut parser = self.shown.0.lock().unwrap();
        loop {
            let screen = parser.screen().contents();
            if holds(&screen) {
                return screen;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {for_what}:\n{screen}");
            parser = self.shown.1.wait_timeout(parser, left).unwrap().0;
        }
    }

    /// Waits until the screen shows this text.
    pub fn shows(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Changes the terminal's size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.shown.0.lock().unwrap().screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.line().master.resize(size).unwrap();
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.pid().to_string();
        let done = std::process::Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(done.success());
    }

    /// Waits for the program's end; its exit code.
    pub fn ended(&mut self) -> u32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            if Instant::now() > until {
                panic!("it does not end:\n{}", self.screen());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// True while the program has the whole screen for itself.
    pub fn is_full_screen(&self) -> bool {
        self.shown.0.lock().unwrap().screen().alternate_screen()
    }

    /// True while the program is told of the mouse: buttons alone, in a form that knows no limit.
    pub fn gives_mouse(&self) -> bool {
        let shown = self.shown.0.lock().unwrap();
        let (mode, form) =
            (shown.screen().mouse_protocol_mode(), shown.screen().mouse_protocol_encoding());
        assert!(
            matches!(mode, vt100::MouseProtocolMode::None | vt100::MouseProtocolMode::PressRelease),
            "{mode:?}"
        );
        mode != vt100::MouseProtocolMode::None && form == vt100::MouseProtocolEncoding::Sgr
    }

    /// True while the cursor is hidden.
    pub fn hides_cursor(&self) -> bool {
        self.shown.0.lock().unwrap().screen().hide_cursor()
    }
}

fn parser(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(cells(rows), cells(columns), 0)
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

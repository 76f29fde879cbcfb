//! Where checkpoints go: a file, syslog, a program of the person's own. Each takes one or says why not.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::{fs::OpenOptionsExt, net::UnixDatagram, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::domain::audit::{Checkpoint, checkpoint::one_line};

/// A program that takes a checkpoint has so long.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// Syslog takes a line at once, or is stuck.
const SYSLOG: Duration = Duration::from_secs(5);
/// Facility authpriv, severity notice.
const PRIORITY: u8 = 10 * 8 + 5;

/// Where a checkpoint goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is appended to a file that is made for its owner alone.
    File(PathBuf),
    /// It is one line of syslog, whose socket this is.
    Syslog(PathBuf),
    /// It is the standard input of a program.
    Command(Program),
}

/// A program that takes checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name and its arguments.
    pub words: Vec<String>,
    /// It has so long for one.
    pub patience: Duration,
    /// Variables of the environment that it does not get: they hold secrets.
    pub hidden: Vec<String>,
}

impl Place {
    /// Takes a checkpoint, whose note this is.
    ///
    /// # Errors
    /// Says why it is not there.
    pub async fn take(&self, note: &str, checkpoint: &Checkpoint) -> io::Result<()> {
        let (place, note, checkpoint) = (self.clone(), note.to_owned(), checkpoint.clone());
        let taken = tokio::task::spawn_blocking(move || match place {
            Self::File(path) => append(&path, &note),
            Self::Syslog(socket) => log(&socket, &note, &checkpoint),
            Self::Command(program) => run(&program, &note),
        });
        taken.await.map_err(io::Error::other)?
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Syslog(_) => f.write_str("syslog"),
            // Its arguments may be nobody else's business.
            Self::Command(it) => f.write_str(it.words.first().map_or("", String::as_str)),
        }
    }
}

/// Appends a note to a file of checkpoints. When this returns, it is on disk.
///
/// # Errors
/// If it is not.
pub fn append(path: &Path, note: &str) -> io::Result<()> {
    let new = !path.exists();
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    // An empty line between two; if a crash has cut the last one off, at least a line's end.
    let between = if file.metadata()?.len() > 0 { "\n" } else { "" };
    file.write_all(format!("{between}{note}").as_bytes())?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if new { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

/// One line as logger(1) sends it.
fn log(to: &Path, note: &str, checkpoint: &Checkpoint) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(SYSLOG))?;
    let at = checkpoint.at.to_zoned(TimeZone::system()).strftime("%b %e %H:%M:%S").to_string();
    let (pid, line) = (std::process::id(), one_line(note, checkpoint.head.size));
    let message = format!("<{PRIORITY}>{at} floorwalker[{pid}]: {line}");
    socket.send_to(message.as_bytes(), to).map(drop)
}

/// Runs a program with the note on its standard input. It must end well, and in time.
fn run(it: &Program, note: &str) -> io::Result<()> {
    let (program, arguments) = it.words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    // A group of its own, so that what it starts ends with it.
    command.args(arguments).process_group(0);
    it.hidden.iter().for_each(|name| _ = command.env_remove(name));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Shorter than any pipe: nobody is waited for. Who does not read it may still end well.
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(note.as_bytes());
    }
    match wait(&mut child, it.patience)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(io::Error::other(format!("ended with {status}"))),
        None => {
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            group.map(|group| kill_process_group(group, Signal::KILL));
            child.wait()?;
            Err(io::Error::other(format!("took longer than {} s", it.patience.as_secs())))
        }
    }
}

/// How it has ended, if it has in time.
fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + patience;
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if Instant::now() >= until => return Ok(None),
            None => std::thread::sleep(LOOK),
        }
    }
}

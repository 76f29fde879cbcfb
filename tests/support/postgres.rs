//! A PostgreSQL server of the tests' own: one for each test process, in a temporary folder, reached through a
//! socket in that folder and nowhere else. Every test gets a database of its own.
//!
//! It can't outlive us: the shell above it waits for the end of a pipe that only this process holds, however
//! this process ends, and then stops the server and removes its folder.

use std::{
    io::Write,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use floorwalker::store::Database;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Set to `required` where a missing server is a failure and not a reason to skip.
const SWITCH: &str = "FLOORWALKER_TEST_POSTGRES";

/// Who the server knows us as.
const USER: &str = "floorwalker";

/// Starts the server, starts it anew with every line from the pipe as after a crash, and stops it when the
/// pipe ends. Arguments: the server, its folder, `on` or `off`.
const WATCH: &str = r#"
server=$1 folder=$2 sync=$3
start() {
    "$server" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync="$sync" -c max_connections=300 \
        >>"$folder/log" 2>&1 </dev/null &
}
stop() {
    kill -QUIT $! 2>/dev/null
    wait $!
}
start
while read -r _; do
    stop
    start
done
stop
rm -rf "$folder"
"#;

/// The database that every other is a copy of.
const PATTERN: &str = "pattern";

static SERVER: OnceLock<Option<Server>> = OnceLock::new();

/// A running server.
pub struct Server {
    folder: PathBuf,
    /// It reads from a pipe that we hold, and stops the server when that ends.
    watch: Child,
    databases: AtomicU32,
}

/// The URL of a database of one's own, with all tables. `None` where there is no PostgreSQL and none is asked
/// for.
pub async fn database() -> Option<String> {
    let server = tokio::task::spawn_blocking(|| SERVER.get_or_init(shared).as_ref());
    let server = server.await.unwrap()?;
    Some(server.database().await)
}

/// Ends the server as a crash does, and starts it again. It may not answer at once.
pub fn restart() {
    let server = SERVER.get().and_then(Option::as_ref).unwrap();
    let mut pipe = server.watch.stdin.as_ref().unwrap();
    pipe.write_all(b"again\n").unwrap();
}

fn shared() -> Option<Server> {
    let Some(folder) = binaries() else {
        let is_required = std::env::var(SWITCH).is_ok_and(|it| it == "required");
        assert!(!is_required, "{SWITCH}=required, and there is no initdb in the PATH");
        let said = writeln!(std::io::stderr(), "no PostgreSQL here: what needs one is skipped");
        said.unwrap();
        return None;
    };
    Some(Server::start(&folder, false))
}

/// Where the programs are: in the PATH, or the newest where Debian keeps them.
fn binaries() -> Option<PathBuf> {
    let has_both =
        |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(has_both) {
        return Some(folder);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let number = |folder: &PathBuf| {
        let version = folder.parent()?.file_name()?.to_str()?;
        version.parse::<u32>().ok()
    };
    versions.map(|version| version.path().join("bin")).filter(has_both).max_by_key(number)
}

/// Numbers of the user and group to run as: PostgreSQL refuses to run as root.
fn stand_in() -> Option<(u32, u32)> {
    if !rustix::process::getuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map_while(|id| id.parse().ok());
        ids.next().zip(ids.next())
    };
    Some(ids("postgres").or_else(|| ids("nobody")).unwrap())
}

/// A program, run as whoever may.
fn as_stand_in(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = stand_in() {
        command.uid(user).gid(group);
    }
    command
}

impl Server {
    /// A server of its own. With `durable`, a commit is on disk when it returns, as in the field.
    pub fn start(binaries: &Path, durable: bool) -> Self {
        let folder = tempfile::Builder::new().prefix("floorwalker-pg").tempdir().unwrap().keep();
        if let Some((user, group)) = stand_in() {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let made = as_stand_in(&binaries.join("initdb"))
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "-U", USER, "-D"])
            .arg(folder.join("data"))
            .current_dir("/")
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let watch = as_stand_in(Path::new("/bin/sh"))
            .args(["-c", WATCH, "watch"])
            .arg(binaries.join("postgres"))
            .arg(&folder)
            .arg(if durable { "on" } else { "off" })
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C is for us: the server goes when we are gone.
            .process_group(0)
            .spawn()
            .unwrap();
        let server = Self { folder, watch, databases: AtomicU32::new(0) };
        let ready = std::thread::scope(|scope| scope.spawn(|| server.prepare()).join());
        ready.unwrap();
        server
    }

    /// Waits until the server answers, and makes the database that others are copied from.
    fn prepare(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut server = self.reached().await;
            server.execute(AssertSqlSafe(format!("CREATE DATABASE {PATTERN}"))).await.unwrap();
            drop(Database::connect(&self.url(PATTERN)).await.unwrap());
            // Nobody may be in a database that is copied.
            let leave = format!(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{PATTERN}'"
            );
            server.execute(AssertSqlSafe(leave)).await.unwrap();
        });
    }

    async fn reached(&self) -> PgConnection {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            match PgConnection::connect(&self.url("postgres")).await {
                Ok(connection) => return connection,
                Err(error) => {
                    let log = std::fs::read_to_string(self.folder.join("log"));
                    assert!(Instant::now() < end, "{error}: {}", log.unwrap_or_default());
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn url(&self, database: &str) -> String {
        let folder = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://{USER}@localhost/{database}?host={folder}")
    }

    /// The URL of a database of one's own, with all tables.
    pub async fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let copy = format!("CREATE DATABASE {name} TEMPLATE {PATTERN}");
        let mut server = PgConnection::connect(&self.url("postgres")).await.unwrap();
        server.execute(AssertSqlSafe(copy)).await.unwrap();
        self.url(&name)
    }
}

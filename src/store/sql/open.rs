//! Opening the store: a file of SQLite or a server of PostgreSQL, brought to the schema of this version.
//!
//! SQLite writes ahead of its file with `synchronous = FULL`; a PostgreSQL that is set up to answer before
//! it has written is told not to, for us. The password of a server stands in its URL: neither the URL nor
//! anything that was made of it is ever part of an error, of the log, or of what `Debug` shows.

mod peek;
mod server;

use std::{net::IpAddr, path::Path, time::Duration};

use jiff::Timestamp;

use sqlx::{
    Connection, Executor, PgConnection, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Database, listen::News, said, unchained};
use crate::{
    domain::text::Plain,
    policy::privacy::Privacy,
    store::{
        StoreError,
        db::{Connections, Pool, server::knocking},
    },
};

const OPERATION: &str = "open the store";

/// How long a file that others write, or a server, is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What may stand behind the `?` of a server's URL. Of anything else, sqlx would write name and value to the
/// log: a misspelt `password` too.
const PARAMETERS: [&str; 12] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
];

/// Where the server is set up to answer before it has written, it is not to do so for us.
const ON_DISK: &str = "SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'";

impl Database {
    /// Opens an SQLite file, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// If the file can't be made or opened, or is of a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_keeping(path, Privacy::default()).await
    }

    /// The same, whose audit log keeps so much of people: of an older version's records too, that are taken
    /// over into the chain.
    ///
    /// # Errors
    /// If the file can't be made or opened, or is of a newer version.
    pub async fn open_keeping(path: &Path, privacy: Privacy) -> Result<Self, StoreError> {
        let failed = |cause: String| StoreError {
            operation: OPERATION,
            cause: Plain::new(&format!(
                "{cause} — set XDG_DATA_HOME to a folder that can be written ({})",
                path.display()
            )),
        };
        make_private(path).map_err(|e| failed(e.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // What is purged is overwritten.
            .pragma("secure_delete", "ON")
            .busy_timeout(PATIENCE);
        // A few connections, so that reading a page of the log never waits for a sync.
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            // A file does not hang up.
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(|e| failed(e.to_string()))?;
        files().run(&pool).await.map_err(|e| failed(e.to_string()))?;
        let pool = Pool { to: Connections::Sqlite(pool), privacy };
        unchained::name_log(&pool).await.map_err(|e| failed(e.to_string()))?;
        unchained::take_over(&pool).await.map_err(|e| failed(e.to_string()))?;
        Ok(Self::over(pool, News::of_file(path)))
    }

    /// Opens an SQLite file that is there, to read it: another store, or a copy of one. Nothing is changed
    /// in it, and where its folder can't be written nothing is made beside it.
    ///
    /// # Errors
    /// If it can't be read, or is no store of this version.
    pub async fn peek(path: &Path) -> Result<Self, StoreError> {
        let pool = peek::pool(path).await.map_err(|cause| StoreError {
            operation: OPERATION,
            cause: Plain::new(&format!("{cause} ({})", path.display())),
        })?;
        let pool = Pool { to: Connections::Sqlite(pool), privacy: Privacy::default() };
        Ok(Self::over(pool, News::of_file(path)))
    }

    /// Looks at the tables on a PostgreSQL server; `None` where there are none yet, and we may make them. Nothing
    /// is made or changed there.
    ///
    /// # Errors
    /// If the URL can't be read, the server can't be reached or refuses, or the tables are of another version.
    /// The URL is no part of what is said.
    pub async fn visit(url: &str) -> Result<Option<Self>, StoreError> {
        let (options, named) = Self::server(url)?;
        let failed = |cause: &str| failed(&format!("{named}{cause}"));
        reached(&options).await.map_err(|e| failed(&e))?;
        let pool = pooled().max_connections(2).connect_with(options).await;
        let pool = pool.map_err(|e| failed(&said(&e)))?;
        if !server::are_ours(&pool).await.map_err(|e| failed(&e))? {
            return Ok(None);
        }
        let news = News::of(&pool);
        let pool = Pool { to: Connections::Postgres(pool), privacy: Privacy::default() };
        Ok(Some(Self::over(pool, news)))
    }

    /// What a server's URL says, and what the server is called.
    fn server(url: &str) -> Result<(PgConnectOptions, String), StoreError> {
        let options = parsed(url).ok_or_else(|| failed(&unreadable()))?;
        let options = encrypted(options, url).map_err(failed)?;
        let named = server::named(&options);
        Ok((options, named))
    }

    /// Connects to a PostgreSQL server, `postgres://user:password@host:port/database`, and makes the tables
    /// where there are none.
    ///
    /// # Errors
    /// If the URL can't be read, the server can't be reached or refuses, or the tables are of a newer version.
    /// The URL is no part of what is said.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let (options, named) = Self::server(url)?;
        let failed = |cause: &str| failed(&format!("{named}{cause}"));
        reached(&options).await.map_err(|e| failed(&e))?;
        let pool = pooled().max_connections(8);
        let pool = knocking(|| pool.clone().connect_with(options.clone())).await;
        let pool = pool.map_err(|e| failed(&said(&e)))?;
        servers().run(&pool).await.map_err(|e| failed(&server::unmade(&e)))?;
        let news = News::of(&pool);
        let pool = Pool { to: Connections::Postgres(pool), privacy: Privacy::default() };
        unchained::name_log(&pool).await.map_err(|e| failed(&said(&e)))?;
        Ok(Self::over(pool, news))
    }
}

fn failed(cause: &str) -> StoreError {
    StoreError { operation: OPERATION, cause: Plain::new(cause) }
}

/// Connections to a server, as we want them.
fn pooled() -> PgPoolOptions {
    PgPoolOptions::new().acquire_timeout(PATIENCE).after_connect(|connection, _| {
        Box::pin(async move { connection.execute(ON_DISK).await.map(drop) })
    })
}

/// What a server's URL says. Of one that can't be read, not even why is told: a password with a `?` or a `#`
/// in it makes of its own pieces what would be named.
fn parsed(url: &str) -> Option<PgConnectOptions> {
    let read = reqwest::Url::parse(url).ok()?;
    let is_ours = matches!(read.scheme(), "postgres" | "postgresql") && read.fragment().is_none();
    let is_known = read.query_pairs().all(|(name, _)| PARAMETERS.contains(&&*name));
    let options: PgConnectOptions = url.parse().ok().filter(|_| is_ours && is_known)?;
    let named = options.get_application_name().is_some();
    Some(if named { options } else { options.application_name("floorwalker") })
}

/// What leaves this machine is encrypted, and who answers has to be who was asked, unless the URL says that
/// encrypted is enough (SPEC section 14).
fn encrypted(options: PgConnectOptions, url: &str) -> Result<PgConnectOptions, &'static str> {
    let host = options.get_host().to_owned();
    let ip: Result<IpAddr, _> = host.parse();
    let stays = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || ip.is_ok_and(|ip| ip.is_loopback());
    let named = reqwest::Url::parse(url);
    let named = named.is_ok_and(|url| url.query_pairs().any(|(name, _)| name == "sslmode"));
    match (stays, named, options.get_ssl_mode()) {
        (true, ..) | (_, _, PgSslMode::VerifyFull | PgSslMode::VerifyCa) => Ok(options),
        (false, true, PgSslMode::Require) => Ok(options),
        (false, false, _) => Ok(options.ssl_mode(PgSslMode::VerifyFull)),
        (false, true, _) => {
            Err("only what is encrypted leaves this machine: sslmode must be require, \
                                 verify-ca or verify-full")
        }
    }
}

/// Asks the server once. A pool would ask until its time is up, and then say only that it was.
async fn reached(options: &PgConnectOptions) -> Result<(), String> {
    let knock = knocking(|| PgConnection::connect_with(options));
    let asked = tokio::time::timeout(PATIENCE, knock).await;
    let answered = asked.map_err(|_| "the server does not answer".to_owned())?;
    let mut connection = answered.map_err(|e| said(&e))?;
    let asked = Timestamp::now();
    let theirs: i64 =
        sqlx::query_scalar("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")
            .fetch_one(&mut connection)
            .await
            .map_err(|e| said(&e))?;
    let (before, after) = (asked.as_millisecond(), Timestamp::now().as_millisecond());
    if let Some(seconds) = server::apart(before, theirs, after) {
        return Err(format!(
            "this machine's clock and the server's are {seconds:.1} s apart: set both by NTP"
        ));
    }
    connection.close().await.map_err(|e| said(&e))
}

fn unreadable() -> String {
    format!(
        "its URL can't be read — write postgres://user:password@host:port/database with %3F for ?, %23 for # \
         and so on in the password; behind a ? only {}",
        PARAMETERS.join(", ")
    )
}

fn step(version: i64, name: &'static str, sql: &'static str) -> Migration {
    Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
}

fn files() -> Migrator {
    Migrator::with_migrations(vec![
        step(1, "start", include_str!("../../../assets/schema/sqlite/0001_start.sql")),
        step(2, "handoffs", include_str!("../../../assets/schema/sqlite/0002_handoffs.sql")),
        step(
            3,
            "supervisions",
            include_str!("../../../assets/schema/sqlite/0003_supervisions.sql"),
        ),
        step(4, "released", include_str!("../../../assets/schema/sqlite/0004_released.sql")),
        step(5, "requests", include_str!("../../../assets/schema/sqlite/0005_requests.sql")),
        step(6, "deliveries", include_str!("../../../assets/schema/sqlite/0006_deliveries.sql")),
        step(7, "figures", include_str!("../../../assets/schema/sqlite/0007_figures.sql")),
        step(8, "chain", include_str!("../../../assets/schema/sqlite/0008_chain.sql")),
        step(9, "retention", include_str!("../../../assets/schema/sqlite/0009_retention.sql")),
        step(10, "deeds", include_str!("../../../assets/schema/sqlite/0010_deeds.sql")),
    ])
}

/// Those who start at the same time wait for the first: sqlx locks what it changes.
fn servers() -> Migrator {
    Migrator::with_migrations(vec![
        step(1, "start", include_str!("../../../assets/schema/postgres/0001_start.sql")),
        step(2, "audit", include_str!("../../../assets/schema/postgres/0002_audit.sql")),
        step(3, "retention", include_str!("../../../assets/schema/postgres/0003_retention.sql")),
        step(4, "search", include_str!("../../../assets/schema/postgres/0004_search.sql")),
        step(5, "deeds", include_str!("../../../assets/schema/postgres/0005_deeds.sql")),
    ])
}

/// Makes folder and file with the right permissions before SQLite would make them with others.
#[cfg(unix)]
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    // One that was there before may have been open to others.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

//! One store that several open, in either engine, and tests that hold for both.

use floorwalker::store::Database;

use crate::server;

/// Where a store is.
pub enum Home {
    /// A file in a folder of its own.
    File(tempfile::TempDir),
    /// A database of its own on a server, by its URL.
    Server(String),
}

impl Home {
    /// A new file.
    pub fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// A new database, where there is a server.
    pub async fn server() -> Option<Self> {
        server::database().await.map(Self::Server)
    }

    /// What another process needs to open it: a path or a URL.
    pub fn place(&self) -> String {
        match self {
            Self::File(folder) => folder.path().join("store.db").display().to_string(),
            Self::Server(url) => url.clone(),
        }
    }

    /// Opens it as a process does, with connections of its own.
    pub async fn open(&self) -> Database {
        match self {
            Self::File(folder) => Database::open(&folder.path().join("store.db")).await.unwrap(),
            Self::Server(url) => Database::connect(url).await.unwrap(),
        }
    }
}

/// Makes of every function that takes a [`Home`] two tests: of a file, and of a server.
macro_rules! in_both_engines {
    (#[$test:meta] $($name:ident)+) => {
        mod sqlite {
            $(#[$test] async fn $name() { super::$name(crate::stores::Home::file()).await; })+
        }

        mod postgres {
            $(#[$test] async fn $name() {
                if let Some(home) = crate::stores::Home::server().await {
                    super::$name(home).await;
                }
            })+
        }
    };
}
pub(crate) use in_both_engines;

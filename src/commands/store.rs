//! The store that the configuration names.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::{Failure, paths};
use crate::{
    config::{Config, StoreAt, secret::Manner},
    policy::privacy::Privacy,
    store::{Database, StoreError},
};

/// Where the store is, and what of people goes into its log.
pub struct Place {
    at: At,
    privacy: Privacy,
}

enum At {
    File(PathBuf),
    Server(SecretString),
}

/// Where the store is.
///
/// # Errors
/// If there is no place for a file, or what says where it is can't be read.
pub fn place(config: &Config, manner: Manner) -> Result<Place, Failure> {
    let unread = |why: String| Failure::usage(format!("store: {why}"));
    let at = match &config.store {
        StoreAt::Here => At::File(paths::store()?),
        StoreAt::File(path) => At::File(path.clone()),
        StoreAt::Server(url) => At::Server(url.clone().into()),
        StoreAt::Secret(source) => {
            let text = source.read_by(manner).map_err(unread)?;
            match text.expose_secret().contains("://") {
                true => At::Server(text),
                // What was meant as a server's address is not to become the name of a file.
                false if text.expose_secret().starts_with('/') => {
                    At::File(text.expose_secret().into())
                }
                false => {
                    let why =
                        format!("{source} says neither postgres://… nor a path that begins with /");
                    return Err(unread(why));
                }
            }
        }
    };
    Ok(Place { at, privacy: config.privacy })
}

impl Place {
    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.at {
            At::File(path) => Some(path),
            At::Server(_) => None,
        }
    }

    /// Looks at it: a file that is there, or a server, `None` where that has no tables yet. Nothing is changed.
    ///
    /// # Errors
    /// If it can't be read or reached, refuses, or is of another version.
    pub async fn visit(&self) -> Result<Option<Database>, StoreError> {
        match &self.at {
            At::File(path) => Database::peek(path).await.map(Some),
            At::Server(url) => Database::visit(url.expose_secret()).await,
        }
    }

    /// Opens it, or makes it where there is none.
    ///
    /// # Errors
    /// If it can't be reached or used.
    pub async fn open(&self) -> Result<Database, StoreError> {
        match &self.at {
            At::File(path) => Database::open_keeping(path, self.privacy).await,
            At::Server(url) => {
                Ok(Database::connect(url.expose_secret()).await?.with_privacy(self.privacy))
            }
        }
    }
}

/// Opens the store.
///
/// # Errors
/// If it can't be found, reached or used.
pub async fn open(config: &Config) -> Result<Database, Failure> {
    Ok(place(config, Manner::AtTerminal)?.open().await?)
}

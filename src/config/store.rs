//! `store`: where audit log, claims, leases and requests are kept.

use std::path::PathBuf;

use super::secret::SecretSource;

/// Where the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreAt {
    /// In a file at the platform's place for data.
    #[default]
    Here,
    /// In this file.
    File(PathBuf),
    /// On a PostgreSQL server, by a URL that holds no password.
    Server(String),
    /// On a PostgreSQL server, by a URL that comes from elsewhere: it may hold one.
    Secret(SecretSource),
}

impl StoreAt {
    /// Where its URL comes from, if that is a secret.
    pub(super) fn secret(&mut self) -> Option<&mut SecretSource> {
        match self {
            Self::Secret(source) => Some(source),
            Self::Here | Self::File(_) | Self::Server(_) => None,
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::Here);
        }
        if ["env:", "file:", "command:"].iter().any(|from| text.starts_with(from)) {
            let source = SecretSource::parse("store", text)?;
            return Ok(source.map_or(Self::Here, Self::Secret));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return server(text);
        }
        // Another folder to work in must not be another log.
        match text.starts_with('/') {
            true => Ok(Self::File(text.into())),
            false => {
                Err("store must be postgres://…, a path that begins with /, or where one of them \
                          stands: env:NAME, file:PATH or command:PROGRAM"
                    .into())
            }
        }
    }
}

fn server(text: &str) -> Result<StoreAt, String> {
    // What was written may hold the password: it is not said again.
    let url = reqwest::Url::parse(text).map_err(|e| format!("store is no URL: {e}"))?;
    let hidden = url.query_pairs().any(|(name, _)| name == "password");
    match url.password().is_some() || hidden {
        true => {
            Err("store holds a password, which others may read here: put the URL into env:NAME, \
                     file:PATH or command:PROGRAM"
                .into())
        }
        false => Ok(StoreAt::Server(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_file_a_server_or_somewhere_that_says_which() {
        let url = "postgres://ops@db.example/floorwalker";
        let table = [
            ("", StoreAt::Here),
            ("/srv/fw.db", StoreAt::File("/srv/fw.db".into())),
            (url, StoreAt::Server(url.into())),
            ("env:FW_STORE", StoreAt::Secret(SecretSource::Env("FW_STORE".into()))),
        ];
        for (text, at) in table {
            assert_eq!(StoreAt::parse(text), Ok(at), "{text}");
        }
        for text in [
            "postgres://ops:hunter2@db.example/floorwalker",
            "postgres://ops@db.example/floorwalker?password=hunter2",
            "postgres://ops:hunter2@db .example:x/floorwalker",
            "mysql://hunter2@db.example/floorwalker",
            "env:",
            "host=db.example password=hunter2",
            "logs/fw.db",
        ] {
            let said = StoreAt::parse(text).unwrap_err();
            assert!(said.contains("store") && !said.contains("hunter2"), "{text}: {said}");
        }
    }
}

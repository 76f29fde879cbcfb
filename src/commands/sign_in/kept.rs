//! The file of a person's sign-in: for its owner alone, always whole, one for each org.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    commands::{
        Failure,
        config::file,
        connection::{Hosts, nowhere},
        paths,
    },
    config::{Context, context::SignIn},
    domain::{audit::Account, text::Plain},
    genesys::{
        auth::Means,
        person::{Grant, Hold, Keep, Person},
    },
};

/// A person's sign-in to one org, kept or to be kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What the org is called here.
    pub name: String,
    /// The API host.
    pub base_url: String,
    /// The login host.
    pub login_url: String,
    /// Where tokens are had.
    pub token_url: String,
    /// The OAuth client for persons.
    pub client_id: String,
    path: PathBuf,
    again: String,
}

/// The file, as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    token_url: String,
    client_id: String,
    user_id: String,
    user_name: Option<String>,
    access_token: String,
    refresh_token: Option<String>,
    renew_at: Timestamp,
    until: Timestamp,
}

impl Kept {
    /// Of the org of a context.
    ///
    /// # Errors
    /// If persons do not sign in to it, or something is missing.
    pub fn of(org: &Context) -> Result<Self, Failure> {
        if org.sign_in.value != SignIn::Person {
            return Err(Failure::usage(not_for_persons(org)));
        }
        let host = org.host.as_ref().ok_or_else(|| nowhere(org))?;
        let id = org.client_id.as_ref().ok_or_else(|| {
            Failure::usage(
                "There is no client_id: that of an OAuth client with the grant Code \
                            Authorization with PKCE",
            )
        })?;
        let login = org.login_url.as_ref().map(|login| login.value.as_str());
        let hosts = Hosts::of(org.dialect.value, &host.value.base_url, login)?;
        let name = org.label().or(hosts.base.host_str()).unwrap_or_default().to_owned();
        let context = org.name.as_ref().map(|name| format!(" --context {}", name.value));
        Ok(Self {
            path: paths::sign_in(&name)?,
            base_url: hosts.base_url(),
            login_url: hosts.login_url(),
            token_url: hosts.token_url(),
            client_id: id.value.clone(),
            again: format!("floorwalker login{}", context.unwrap_or_default()),
            name,
        })
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// If nobody is.
    pub fn account(&self) -> Result<Account, Failure> {
        let written = self
            .written()
            .map_err(|why| Failure::access(format!("{why}\nSign in: {}", self.again)))?;
        let name = written.user_name.map(Plain::from);
        Ok(Account { id: Plain::from(written.user_id), name })
    }

    /// What they were given.
    ///
    /// # Errors
    /// If nobody is signed in.
    pub fn grant(&self) -> Result<Grant, String> {
        let written = self.written()?;
        Ok(Grant {
            access: written.access_token.into(),
            renewal: written.refresh_token.map(SecretString::from),
            renew_at: written.renew_at,
            until: written.until,
        })
    }

    /// What the OAuth client proves itself with.
    pub fn into_means(self) -> Means {
        Means::Person(Arc::new(Person::new(Box::new(self))))
    }

    /// Keeps a new sign-in in place of whatever was there.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn begin(&self, account: &Account, grant: &Grant) -> Result<(), Failure> {
        let name = account.name.as_ref().map(Plain::to_string);
        self.write(account.id.to_string(), name, grant).map_err(Failure::other)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn end(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::other(format!("{}: {error}", self.path.display())))
            }
            _ => Ok(()),
        }
    }

    fn written(&self) -> Result<Written, String> {
        let text = match read_own(&self.path) {
            Ok(Some(text)) => text,
            Ok(None) => return Err(format!("Nobody is signed in to {}", self.name)),
            Err(why) => return Err(format!("{}: {why}", self.path.display())),
        };
        // What can't be read is not said again: there are tokens in it.
        let written: Written = serde_json::from_str(text.expose_secret())
            .map_err(|_| format!("{} can't be read", self.path.display()))?;
        match written.token_url == self.token_url && written.client_id == self.client_id {
            true => Ok(written),
            false => Err(format!("The sign-in to {} is of another host or client", self.name)),
        }
    }

    fn write(&self, id: String, name: Option<String>, grant: &Grant) -> Result<(), String> {
        let written = Written {
            token_url: self.token_url.clone(),
            client_id: self.client_id.clone(),
            user_id: id,
            user_name: name,
            access_token: grant.access.expose_secret().to_owned(),
            refresh_token: grant.renewal.as_ref().map(|it| it.expose_secret().to_owned()),
            renew_at: grant.renew_at,
            until: grant.until,
        };
        let text = serde_json::to_string(&written).map_err(|e| e.to_string())?;
        file::put(&self.path, text.as_bytes())
            .map_err(|error| format!("{} can't be written: {error}", self.path.display()))
    }
}

impl Keep for Kept {
    fn read(&self) -> Result<Grant, String> {
        self.grant()
    }

    fn replace(&self, grant: &Grant) -> Result<(), String> {
        let now = self.written()?;
        self.write(now.user_id, now.user_name, grant)
    }

    fn hold(&self) -> Result<Option<Hold>, String> {
        let path = self.path.with_extension("lock");
        let said = |error: io::Error| format!("{}: {error}", path.display());
        let file = paths::private(&path, true).map_err(said)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(Held(file)))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(said(error)),
        }
    }

    fn again(&self) -> String {
        self.again.clone()
    }
}

/// A file that is locked. Given back by word: a child of this process that has not become another program
/// yet holds it open as well.
struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // What can't be given back ends with the process.
        let _ = self.0.unlock();
    }
}

/// The text of a file that nobody else can read; `None` where there is none.
fn read_own(path: &Path) -> Result<Option<SecretString>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let rights = file.metadata().map_err(|e| e.to_string())?.permissions();
    if rights.mode() & 0o077 != 0 {
        return Err(format!("it can be read by others: chmod 600 {}", path.display()));
    }
    io::read_to_string(file).map(|text| Some(text.into())).map_err(|e| e.to_string())
}

fn not_for_persons(org: &Context) -> String {
    let which =
        org.name.as_ref().map_or("This org".into(), |it| format!("The context {}", it.value));
    format!(
        "{which} is signed in to by an OAuth client. For a person, its part of the configuration says \
         sign_in = \"person\" and the client_id of a client with the grant Code Authorization with PKCE."
    )
}

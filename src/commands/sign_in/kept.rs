//! The file of a person's sign-in: for its owner alone, always whole, one for each org.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
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
        person::{Grant, Hold, Keep, Missing, Person, held},
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
    /// How long the login host may take.
    pub token_timeout: Duration,
    /// How long the API may take.
    pub api_timeout: Duration,
    path: PathBuf,
    again: String,
    /// Whose it was when it was opened, by the id of the org's user: nobody else's is used.
    whose: Option<String>,
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

impl Written {
    fn account(&self) -> Account {
        let name = self.user_name.as_deref().map(Plain::new);
        Account { id: Plain::new(&self.user_id), name }
    }

    fn into_grant(self) -> Grant {
        Grant {
            access: self.access_token.into(),
            renewal: self.refresh_token.map(SecretString::from),
            renew_at: self.renew_at,
            until: self.until,
        }
    }
}

impl Kept {
    /// Of the org of a context.
    ///
    /// # Errors
    /// If persons do not sign in to it, or something is missing.
    pub fn of(org: &Context) -> Result<Self, Failure> {
        let host = org.host.as_ref().ok_or_else(|| nowhere(org))?;
        if org.sign_in.value != SignIn::Person {
            return Err(Failure::usage(not_for_persons(org)));
        }
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
            token_timeout: org.network.token_timeout,
            api_timeout: org.network.api_timeout,
            again: format!("floorwalker login{}", context.unwrap_or_default()),
            whose: None,
            name,
        })
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// If nobody is.
    pub fn account(&self) -> Result<Account, Failure> {
        self.known().map(|written| written.account())
    }

    /// What they were given.
    ///
    /// # Errors
    /// If nobody is signed in.
    pub fn grant(&self) -> Result<Grant, String> {
        self.written().map(Written::into_grant)
    }

    /// Who is signed in, and what the OAuth client proves itself with as long as it is still them.
    ///
    /// # Errors
    /// If nobody is.
    pub fn open(self) -> Result<(Account, Means), Failure> {
        let written = self.known()?;
        let account = written.account();
        let theirs = Self { whose: Some(written.user_id), ..self };
        Ok((account, Means::Person(Arc::new(Person::new(Box::new(theirs))))))
    }

    /// Keeps a new sign-in in place of whatever was there. What somebody else was given comes back.
    ///
    /// # Errors
    /// If it can't be written.
    pub async fn begin(
        &self,
        account: &Account,
        grant: &Grant,
    ) -> Result<Option<(Account, Grant)>, Failure> {
        let _hold = held(self, self.token_timeout).await.map_err(Failure::other)?;
        let id = account.id.to_string();
        let theirs = self.written().ok().filter(|written| written.user_id != id);
        let name = account.name.as_ref().map(Plain::to_string);
        self.write(id, name, grant).map_err(Failure::other)?;
        Ok(theirs.map(|written| (written.account(), written.into_grant())))
    }

    /// Forgets it, unless it is somebody else's than `whose` by now.
    ///
    /// # Errors
    /// If it can't be removed.
    pub async fn end(&self, whose: Option<&Account>) -> Result<(), Failure> {
        let _hold = held(self, self.token_timeout).await.map_err(Failure::other)?;
        let now = self.written().ok().map(|written| written.account().id);
        if now.zip(whose).is_some_and(|(now, whose)| now != whose.id) {
            return Ok(());
        }
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::other(format!("{}: {error}", self.path.display())))
            }
            _ => Ok(()),
        }
    }

    fn known(&self) -> Result<Written, Failure> {
        self.written().map_err(|why| Failure::access(format!("{why}\nSign in: {}", self.again)))
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
    fn read(&self) -> Result<Grant, Missing> {
        let written = self.written().map_err(Missing::Nobody)?;
        match &self.whose {
            Some(whose) if *whose != written.user_id => {
                let Account { id, name } = written.account();
                let (who, org) = (name.unwrap_or(id), &self.name);
                let why = format!("{who} has signed in to {org} here meanwhile; start again");
                Err(Missing::Another(why))
            }
            _ => Ok(written.into_grant()),
        }
    }

    fn replace(&self, before: &SecretString, grant: &Grant) -> Result<bool, String> {
        // Nobody is signed in any more: it does not come back by this.
        let Ok(now) = self.written() else { return Ok(false) };
        let same = now.refresh_token.as_deref() == Some(before.expose_secret());
        if !same || self.whose.as_ref().is_some_and(|whose| *whose != now.user_id) {
            return Ok(false);
        }
        self.write(now.user_id, now.user_name, grant).map(|()| true)
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
    let another = org.choice().map(|choice| format!("\n{choice}")).unwrap_or_default();
    format!(
        "{which} is signed in to by an OAuth client. For a person, its part of the configuration says \
         sign_in = \"person\" and the client_id of a client with the grant Code Authorization with \
         PKCE.{another}"
    )
}

#[cfg(test)]
mod tests;

//! `login`, `logout` and `whoami`: signing in to an org as a person, and ending that.
//!
//! A browser proves who the person is; what comes back to this machine, or is pasted here, is traded for
//! tokens that are kept in a file of the person's own. Which tokens are used and renewed when: see
//! [`genesys::person`](crate::genesys::person).

mod audited;
mod browser;
mod door;
mod kept;
mod replaced;

use std::{io, process::ExitCode, thread, time::Duration};

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use tokio::sync::mpsc;

use super::{
    Connection, Failure,
    listing::{Reader, Row, runtime, show_one},
    network,
    prompt::say,
};
use crate::{
    args::{Login, Output},
    config::{Config, Context, context::SignIn, origin::Origin, secret::Manner},
    domain::{
        audit::{Account, AuditEvent},
        text::Plain,
    },
    genesys::{
        Lane,
        client::{Call, Client},
        person::{
            Grant,
            grants::{self, Proof},
            pkce::{Attempt, Turned},
        },
        transport::Http,
    },
};

use door::Door;
pub use kept::Kept;

/// Signs in as a person.
///
/// # Errors
/// If nobody comes back in time, or what comes back is not accepted. That it could not be audited is told.
pub fn login(org: &Context, config: &Config, wish: &Login) -> Result<ExitCode, Failure> {
    let (kept, http) = (Kept::of(org)?, http(org)?);
    say(&to(&kept, org, config))?;
    runtime()?.block_on(async {
        let attempt = Attempt::new()
            .ok_or_else(|| Failure::other("The system has no random numbers to give"))?;
        let (door, closed) = match Door::open(wish.port).await {
            Ok(door) => (Some(door), None),
            Err(why) => (None, Some(why)),
        };
        let port = door.as_ref().map_or(wish.port, Door::port);
        let redirect = format!("http://localhost:{port}/");
        let address = attempt.address(&kept.login_url, &kept.client_id, &redirect);
        let opened = !wish.no_browser && browser::open(&address, &config.hidden);
        say(&asking(&address, opened, closed.as_deref(), wish.wait))?;
        let returned = returned(&attempt, door);
        let returned = tokio::time::timeout(Duration::from_secs(wish.wait), returned).await;
        let code = returned.map_err(|_| {
            Failure::access(format!("Nobody has come back within {} seconds", wish.wait))
        })??;
        let (account, before) = trade(&http, &kept, &attempt, &code, &redirect).await?;
        let note = audited::Note::of(AuditEvent::Login, account);
        let note = match before {
            Some(before) => note.replacing(replaced::end(org, (&kept, http), before).await?),
            None => note,
        };
        note.write(org, config).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Where somebody is about to sign in to, and whether they have said so themselves.
fn to(kept: &Kept, org: &Context, config: &Config) -> String {
    let by_itself = org.name.as_ref().is_some_and(|name| matches!(name.origin, Origin::File(_)));
    let all: Vec<&str> = config.contexts.names().collect();
    let chosen = match by_itself && all.len() > 1 {
        true => format!(
            "That is the default_context of {}: {}; --context NAME signs in to another.\n",
            all.len(),
            all.join(", ")
        ),
        false => String::new(),
    };
    format!("Signing in to {} at {}\n{chosen}\n", kept.name, kept.login_url)
}

fn asking(address: &str, opened: bool, closed: Option<&str>, wait: u64) -> String {
    let first = if opened { "Sign in in the browser" } else { "Open this address in a browser" };
    let why = closed.map(|why| format!("({why}: the browser will find nobody there)\n"));
    format!(
        "{first}:\n\n{address}\n\nIf the browser is on another machine, paste here the address that it is \
         sent back to (it need not show a page).\n{}It is waited for {wait} seconds; Ctrl-C gives up.\n",
        why.unwrap_or_default()
    )
}

/// The code of whoever comes back first, by the browser or by what is pasted.
async fn returned(attempt: &Attempt, door: Option<Door>) -> Result<SecretString, Failure> {
    let mut pasted = pasted();
    let knocks = async {
        match door {
            Some(mut door) => door.code(attempt).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(knocks);
    let mut refused = None;
    loop {
        tokio::select! {
            code = &mut knocks => return code.map_err(turned),
            line = pasted.recv() => match (line, refused) {
                (Some(line), before) if line.trim().is_empty() => refused = before,
                // Whoever has pasted something else may try again: at a prompt that is over, the right address
                // would be a command for the shell.
                (Some(line), _) => match attempt.code(&line) {
                    Ok(code) => return Ok(code),
                    Err(why @ Turned::Denied(_)) => return Err(turned(why)),
                    Err(why) => {
                        say(&format!("That is not taken: {why}. Paste the address again:\n"))?;
                        refused = Some(why);
                    }
                },
                (None, Some(why)) => return Err(turned(why)),
                // There is nobody to paste anything; the browser may still come.
                (None, None) => return knocks.as_mut().await.map_err(turned),
            },
        }
    }
}

/// What is typed or pasted, line by line. The thread ends with the process: a read can't be called back.
fn pasted() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn turned(why: Turned) -> Failure {
    Failure::access(format!("That is not taken: {why}. Nobody is signed in by it."))
}

/// Who it is by now, and whose sign-in that has replaced.
async fn trade(
    http: &Http,
    kept: &Kept,
    attempt: &Attempt,
    code: &SecretString,
    redirect: &str,
) -> Result<(Account, Option<(Account, Grant)>), Failure> {
    let proof = Proof { code, verifier: &attempt.verifier, redirect };
    let to = (kept.token_url.as_str(), kept.client_id.as_str());
    let grant = grants::redeem(http, to, &proof, kept.token_timeout).await?;
    let at = (kept.base_url.as_str(), kept.api_timeout);
    let account = grants::who(http, at, &grant.access).await?;
    let before = kept.begin(&account, &grant).await?;
    let name = account.label();
    let lasts = match grant.renewal {
        Some(_) => "until you sign out".to_owned(),
        None => format!("until {:.0}", grant.until),
    };
    say(&format!("Signed in to {} as {name}, {lasts}.\n", kept.name))?;
    Ok((account, before))
}

/// Ends the sign-in: at the org, and here.
///
/// # Errors
/// If nobody is signed in, or the org could not be told; the file is gone all the same. That it could not be
/// audited is told.
pub fn logout(org: &Context, config: &Config) -> Result<ExitCode, Failure> {
    let kept = Kept::of(org)?;
    let grant = kept.grant().map_err(Failure::access);
    let account = kept.account();
    let runtime = runtime()?;
    let told = runtime.block_on(async {
        // A token that has expired can't end itself: it is renewed first, where it can be.
        let connection = Connection::of(org)?;
        let client = Client::new(http(org)?, connection.settings);
        let call = Call::end("sign out", "/api/v2/tokens/me".into());
        client.call(call).await.map(drop).map_err(Failure::from)
    });
    runtime.block_on(kept.end(account.as_ref().ok()))?;
    grant?;
    let untold = told.as_ref().err().map(|failure| Plain::new(&failure.message));
    let note = audited::Note { error: untold, ..audited::Note::of(AuditEvent::Logout, account?) };
    runtime.block_on(note.write(org, config))?;
    told.map_err(|failure| Failure {
        message: format!("Signed out here, but the org was not told:\n{failure}"),
        ..failure
    })?;
    say(&format!("Signed out of {}.\n", kept.name))?;
    Ok(ExitCode::SUCCESS)
}

/// Who signs in.
#[derive(Serialize)]
struct Identity {
    context: Plain,
    sign_in: &'static str,
    client_id: String,
    user_id: Option<Plain>,
    name: Option<Plain>,
    until: Option<Timestamp>,
    renewable: Option<bool>,
}

impl Row for Identity {
    const COLUMNS: &'static [&'static str] =
        &["context", "sign_in", "client_id", "user_id", "name", "until", "renewable"];

    fn cells(&self, reader: Reader) -> Vec<Option<String>> {
        let text = |it: &Option<Plain>| it.as_ref().map(Plain::to_string);
        vec![
            Some(self.context.to_string()),
            Some(self.sign_in.into()),
            Some(self.client_id.clone()),
            text(&self.user_id),
            text(&self.name),
            self.until.map(|until| match reader {
                Reader::Person => format!("{until:.0}"),
                Reader::Program => until.to_string(),
            }),
            self.renewable.map(|it| if it { "yes" } else { "no" }.into()),
        ]
    }
}

/// Says who signs in to the org. Of a person, the org itself is asked.
///
/// # Errors
/// If nobody is signed in, or the org does not know them any more.
pub fn whoami(org: &Context, output: Output) -> Result<ExitCode, Failure> {
    let connection = Connection::of(org)?;
    let mut identity = Identity {
        context: connection.context.clone(),
        sign_in: org.sign_in.value.name(),
        client_id: connection.settings.client.id.clone(),
        user_id: None,
        name: None,
        until: None,
        renewable: None,
    };
    if org.sign_in.value == SignIn::Person {
        let client = Client::new(http(org)?, connection.settings);
        let call = Call::get("ask who I am", Lane::Operator, "/api/v2/users/me".into());
        let user: User = runtime()?.block_on(client.fetch(call))?;
        // Asked for last: it may have been renewed for this.
        let grant = Kept::of(org)?.grant().map_err(Failure::access)?;
        identity.user_id = Some(Plain::from(user.id));
        identity.name = user.name.map(Plain::from);
        identity.until = Some(grant.until);
        identity.renewable = Some(grant.renewal.is_some());
    }
    show_one(output, &identity)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(serde::Deserialize)]
struct User {
    id: String,
    name: Option<String>,
}

fn http(org: &Context) -> Result<Http, Failure> {
    Http::by(&network::reach(&org.network, Manner::AtTerminal)?)
        .map_err(|e| Failure::other(format!("TLS can't be set up: {e}")))
}

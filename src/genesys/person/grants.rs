//! What is asked of Genesys Cloud for a person: tokens for a code, new ones for old, and who it is.
//!
//! An OAuth client for PKCE has no secret: its id stands in the form, and what proves the request is the code's
//! verifier or the token to renew with (RFC 6749 section 6, RFC 7636 section 4.5).

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{FINISH, Grant, OPERATION, pkce::encoded};
use crate::{
    domain::{audit::Account, text::Plain},
    genesys::{
        auth::{self, Client, unanswered, used_for},
        error::{Error, Kind, kind_of},
        transport::{Body, Credentials, Method, Request, Transport},
        unsaid::Unsaid,
    },
};

/// A code that a person was sent back with, and what goes with it.
#[derive(Debug)]
pub struct Proof<'a> {
    /// The code.
    pub code: &'a SecretString,
    /// What only whoever began can know.
    pub verifier: &'a SecretString,
    /// Where the person was sent back to.
    pub redirect: &'a str,
}

/// Trades a code for tokens. The login host may take `timeout`. It is tried once: a code is good once.
///
/// # Errors
/// If it is not accepted, or nobody answers.
pub async fn redeem(
    transport: &impl Transport,
    (token_url, id): (&str, &str),
    proof: &Proof<'_>,
    timeout: Duration,
) -> Result<Grant, Error> {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", id),
        ("code", proof.code.expose_secret()),
        ("redirect_uri", proof.redirect),
        ("code_verifier", proof.verifier.expose_secret()),
    ];
    let unsaid = Unsaid::default().and(proof.code).and(proof.verifier);
    ask(transport, FINISH, (token_url, timeout), (&form, &unsaid)).await
}

/// Trades a token to renew with for new ones. The login host may take `timeout`. Where no new one to renew with
/// comes, the old one stays good.
///
/// # Errors
/// If it is not accepted, or nobody answers.
pub async fn renew(
    transport: &impl Transport,
    (client, timeout): (&Client, Duration),
    renewal: &SecretString,
) -> Result<Grant, Error> {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", client.id.as_str()),
        ("refresh_token", renewal.expose_secret()),
    ];
    let unsaid = Unsaid::default().and(renewal);
    let grant = ask(transport, OPERATION, (&client.token_url, timeout), (&form, &unsaid)).await?;
    let renewal = grant.renewal.or_else(|| Some(renewal.clone()));
    Ok(Grant { renewal, ..grant })
}

async fn ask(
    transport: &impl Transport,
    operation: &'static str,
    (token_url, timeout): (&str, Duration),
    (form, unsaid): (&[(&str, &str)], &Unsaid),
) -> Result<Grant, Error> {
    let request = Request {
        method: Method::Post,
        url: token_url.to_owned(),
        credentials: Credentials::Nobody,
        body: Body::Sealed(encoded(form).into()),
        timeout,
    };
    let asked = Timestamp::now();
    let answer = transport.exchange(request).await.map_err(|f| unanswered(operation, f))?;
    let granted = auth::read(operation, &answer, unsaid)?;
    let life = granted.expires_in.duration();
    let after = |span: Duration| asked.checked_add(span).unwrap_or(Timestamp::MAX);
    Ok(Grant {
        access: granted.access_token.into(),
        renewal: granted.refresh_token.filter(|it| !it.is_empty()).map(Into::into),
        renew_at: after(used_for(life)),
        until: after(life),
    })
}

/// Whose access token it is. The API may take `timeout` to say so.
///
/// # Errors
/// If it is not accepted, or nobody answers.
pub async fn who(
    transport: &impl Transport,
    (base_url, timeout): (&str, Duration),
    access: &SecretString,
) -> Result<Account, Error> {
    #[derive(Deserialize)]
    struct User {
        id: String,
        #[serde(default)]
        name: String,
    }
    let request = Request {
        method: Method::Get,
        url: format!("{base_url}/api/v2/users/me"),
        credentials: Credentials::Bearer(access.clone()),
        body: Body::None,
        timeout,
    };
    let answer = transport.exchange(request).await.map_err(|f| unanswered(FINISH, f))?;
    if !(200..300).contains(&answer.status) {
        let error = Error::new(FINISH, kind_of(answer.status), "the org does not say who you are");
        return Err(Error { status: Some(answer.status), ..error });
    }
    let user: User = serde_json::from_str(&answer.body.lossy())
        .map_err(|_| Error::new(FINISH, Kind::Decode, "the answer names no user"))?;
    let name = Some(user.name).filter(|name| !name.is_empty());
    Ok(Account { id: Plain::from(user.id), name: name.map(Plain::from) })
}

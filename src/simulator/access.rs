//! Who may ask: client credentials, access tokens and the rate limit per token. Not how a person signs in,
//! and not the permission of each route: the routes' table names those.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Failure, Query};
use super::persons::{Family, Persons, Who};

/// The simulated client and the tokens it was given.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    ttl: Duration,
    limit: u32,
    tokens: HashMap<String, Token>,
    /// Who signs in as a person.
    pub(super) persons: Persons,
    issued: u64,
}

#[derive(Debug)]
struct Token {
    /// The person's sign-in that it came from; none for the client's own.
    family: Option<Family>,
    expires: Instant,
    minute: i64,
    count: u32,
}

/// Where a token stands in its current minute: what the rate-limit headers say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    pub(super) count: u32,
    pub(super) allowed: u32,
    /// Seconds until the count starts again.
    pub(super) reset: u32,
}

/// A refusal of the token route, which does not have the platform's error shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenRefusal {
    UnknownClient,
    WrongSecret,
    Grant,
    /// A code or a token to renew with that is unknown, used, expired, revoked or of somebody else.
    Stale,
}

impl TokenRefusal {
    pub(super) fn status(self) -> u16 {
        match self {
            Self::UnknownClient | Self::Grant | Self::Stale => 400,
            Self::WrongSecret => 401,
        }
    }

    pub(super) fn body(self) -> Value {
        let (error, text) = match self {
            Self::UnknownClient => ("invalid_client", "client not found"),
            Self::WrongSecret => ("invalid_client", "authentication failed"),
            Self::Grant => ("unsupported_grant_type", "the grant type is not supported"),
            Self::Stale => ("invalid_grant", "the code or token is invalid, expired or revoked"),
        };
        json!({"error": error, "description": text, "error_description": text})
    }
}

impl Access {
    pub(super) fn new(seed: u64, ttl: Duration, limit: u32) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed ^ 0x0A11_CE55);
        let client_id =
            uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid().to_string();
        let client_secret = (0..43).map(|_| rng.alphanumeric()).collect();
        let persons = Persons::new(&mut rng);
        Self { client_id, client_secret, ttl, limit, tokens: HashMap::new(), persons, issued: 0 }
    }

    /// How many tokens were given out.
    pub(super) fn issued(&self) -> u64 {
        self.issued
    }

    /// The token route: HTTP Basic, or the credentials in the form.
    pub(super) fn issue(
        &mut self,
        authorization: Option<&str>,
        form: &str,
    ) -> Result<Value, TokenRefusal> {
        let form = Query::parse(form);
        if let Some(granted) = self.persons.grant(&form) {
            let (family, renewal) = granted?;
            let mut token = self.hand_out(Some(family));
            token["refresh_token"] = renewal.into();
            return Ok(token);
        }
        let basic = authorization.and_then(basic);
        let from_form =
            || Some((form.one("client_id")?.to_owned(), form.one("client_secret")?.to_owned()));
        let (id, secret) = basic.or_else(from_form).ok_or(TokenRefusal::UnknownClient)?;
        if id != self.client_id {
            return Err(TokenRefusal::UnknownClient);
        }
        if secret != self.client_secret {
            return Err(TokenRefusal::WrongSecret);
        }
        if form.one("grant_type") != Some("client_credentials") {
            return Err(TokenRefusal::Grant);
        }
        Ok(self.hand_out(None))
    }

    fn hand_out(&mut self, family: Option<Family>) -> Value {
        let now = Instant::now();
        self.tokens.retain(|_, token| token.expires + Duration::from_secs(600) > now);
        let token = Uuid::new_v4().simple().to_string();
        let known = Token { family, expires: now + self.ttl, minute: 0, count: 0 };
        self.tokens.insert(token.clone(), known);
        self.issued += 1;
        json!({"access_token": token, "token_type": "bearer", "expires_in": self.ttl.as_secs()})
    }

    /// Which person asks; nobody where the client itself does.
    pub(super) fn person(&self, authorization: Option<&str>) -> Option<Who> {
        let token = authorization.and_then(bearer).and_then(|token| self.tokens.get(token));
        token.and_then(|token| token.family).map(|family| family.who)
    }

    /// Ends the token that asks for it, and the sign-in that it came from.
    pub(super) fn revoke(&mut self, authorization: Option<&str>) {
        let token = authorization.and_then(bearer).and_then(|token| self.tokens.remove(token));
        if let Some(family) = token.and_then(|token| token.family) {
            self.tokens.retain(|_, token| token.family != Some(family));
            self.persons.revoke(family);
        }
    }

    /// Ends every person's sign-in, as an administrator can.
    pub(super) fn revoke_persons(&mut self) {
        self.tokens.retain(|_, token| token.family.is_none());
        self.persons.revoke_all();
    }

    /// Ends every person's access token before its time; it can be renewed.
    pub(super) fn expire_persons(&mut self) {
        let now = Instant::now();
        let theirs = self.tokens.values_mut().filter(|token| token.family.is_some());
        theirs.for_each(|token| token.expires = now);
    }

    /// Checks a bearer token and counts the request against its minute.
    pub(super) fn admit(
        &mut self,
        authorization: Option<&str>,
        wall: i64,
    ) -> Result<Usage, (Failure, Option<Usage>)> {
        let refuse = |code, message: &str| (Failure::new(401, code, message), None);
        let Some(bearer) = authorization.and_then(bearer) else {
            return Err(refuse(
                "authentication.required",
                "No authentication bearer token specified in authorization header.",
            ));
        };
        let Some(token) = self.tokens.get_mut(bearer) else {
            return Err(refuse("bad.credentials", "Invalid login credentials."));
        };
        if token.expires <= Instant::now() {
            return Err(refuse("credentials.expired", "The credentials have expired."));
        }
        let usage = token.count(wall, self.limit);
        if usage.count > self.limit {
            return Err((Failure::rate_limited(usage.reset, self.limit), Some(usage)));
        }
        Ok(usage)
    }
}

impl Token {
    fn count(&mut self, wall: i64, allowed: u32) -> Usage {
        let minute = wall.div_euclid(60_000);
        if self.minute != minute {
            (self.minute, self.count) = (minute, 0);
        }
        self.count = self.count.saturating_add(1);
        let left = 60_000 - wall.rem_euclid(60_000);
        Usage {
            count: self.count,
            allowed,
            reset: u32::try_from((left + 999) / 1000).unwrap_or(60),
        }
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let kind = authorization.get(..7).filter(|kind| kind.eq_ignore_ascii_case("bearer "))?;
    authorization.get(kind.len()..).map(str::trim)
}

fn basic(authorization: &str) -> Option<(String, String)> {
    let (kind, encoded) = authorization.split_once(' ')?;
    let decoded = kind
        .eq_ignore_ascii_case("basic")
        .then(|| STANDARD.decode(encoded.trim()).ok())
        .flatten()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

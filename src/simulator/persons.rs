//! How a person signs in: authorization code with PKCE (RFC 7636), and renewal. Not the access tokens
//! themselves, which [`super::access`] gives out and checks.
//!
//! A code is good once and for five minutes; so is, but for the minutes, each token to renew with. All that
//! comes of one code is one family, and ends together.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::access::TokenRefusal;
use super::call::{Call, Failure, Query, encode};
use super::server::{Stand, lock};
use super::stamp::wall_clock;

/// Where a person's browser is sent to.
pub(super) const PATH: &str = "/oauth/authorize";
const ROUTE: &str = "GET /oauth/authorize";
const GOOD_FOR: Duration = Duration::from_secs(300);

/// Everything that came of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Family {
    number: u64,
    /// Whose it is.
    pub(super) who: Who,
}

/// Who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Who {
    /// The supervisor whom the demo is about.
    #[default]
    Person,
    /// Their colleague.
    Colleague,
}

/// The OAuth client for persons, and what it has given out.
#[derive(Debug)]
pub(super) struct Persons {
    pub(super) client_id: String,
    codes: HashMap<String, Code>,
    renewals: HashMap<String, Family>,
    families: u64,
    /// Whose browser comes next.
    pub(super) next: Who,
}

#[derive(Debug)]
struct Code {
    challenge: String,
    redirect: String,
    until: Instant,
    who: Who,
}

impl Persons {
    pub(super) fn new(rng: &mut fastrand::Rng) -> Self {
        let id = uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid();
        let (codes, renewals) = (HashMap::new(), HashMap::new());
        Self { client_id: id.to_string(), codes, renewals, families: 0, next: Who::default() }
    }

    /// What a person's browser is sent back with.
    fn issue_code(&mut self, query: &Query) -> Result<String, Failure> {
        let asked = |key: &str| query.one(key).unwrap_or_default();
        let redirect = asked("redirect_uri");
        let wrong = match () {
            () if asked("client_id") != self.client_id => "client not found",
            () if asked("response_type") != "code" => "response_type must be code",
            () if !is_here(redirect) => "redirect_uri is not registered",
            () if asked("code_challenge_method") != "S256" => "code_challenge_method must be S256",
            () if asked("code_challenge").len() != 43 => "code_challenge is required",
            () => "",
        };
        if !wrong.is_empty() {
            return Err(Failure::bad_request(wrong));
        }
        let code = Uuid::new_v4().simple().to_string();
        let (challenge, redirect) = (asked("code_challenge").to_owned(), redirect.to_owned());
        let until = Instant::now() + GOOD_FOR;
        let state = encode(asked("state"));
        let back = format!("{redirect}?code={code}&state={state}");
        self.codes.insert(code, Code { challenge, redirect, until, who: self.next });
        Ok(back)
    }

    /// What a person is granted for a code or for a renewal: the family, and the next token to renew with.
    /// `None` where something else is asked for.
    pub(super) fn grant(&mut self, form: &Query) -> Option<Result<(Family, String), TokenRefusal>> {
        let family = match form.one("grant_type") {
            Some("authorization_code") => self.redeem(form),
            Some("refresh_token") => self.renew(form),
            _ => return None,
        };
        Some(family.map(|family| {
            let renewal = Uuid::new_v4().simple().to_string();
            self.renewals.insert(renewal.clone(), family);
            (family, renewal)
        }))
    }

    fn redeem(&mut self, form: &Query) -> Result<Family, TokenRefusal> {
        self.check(form)?;
        let asked = |key: &str| form.one(key).unwrap_or_default();
        // Good once, whatever comes of it.
        let code = self.codes.remove(asked("code")).ok_or(TokenRefusal::Stale)?;
        let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(asked("code_verifier")));
        let fits = proof == code.challenge && asked("redirect_uri") == code.redirect;
        if !fits || code.until <= Instant::now() {
            return Err(TokenRefusal::Stale);
        }
        self.families += 1;
        Ok(Family { number: self.families, who: code.who })
    }

    fn renew(&mut self, form: &Query) -> Result<Family, TokenRefusal> {
        self.check(form)?;
        let renewal = form.one("refresh_token").unwrap_or_default();
        self.renewals.remove(renewal).ok_or(TokenRefusal::Stale)
    }

    fn check(&self, form: &Query) -> Result<(), TokenRefusal> {
        match form.one("client_id") == Some(self.client_id.as_str()) {
            true => Ok(()),
            false => Err(TokenRefusal::UnknownClient),
        }
    }

    pub(super) fn expire_codes(&mut self) {
        let now = Instant::now();
        self.codes.values_mut().for_each(|code| code.until = now);
    }

    pub(super) fn revoke(&mut self, family: Family) {
        self.renewals.retain(|_, of| *of != family);
    }

    pub(super) fn revoke_all(&mut self) {
        self.renewals.clear();
    }
}

/// A person signs in with a program on their own machine.
fn is_here(redirect: &str) -> bool {
    ["http://localhost:", "http://127.0.0.1:"].iter().any(|here| redirect.starts_with(here))
}

/// Sends a person's browser back with a code.
pub(super) fn authorize(stand: &Stand, call: &Call) -> Response {
    let back = lock(&stand.access).persons.issue_code(&call.query);
    let back = back.and_then(|back| {
        HeaderValue::from_str(&back).map_err(|_| Failure::bad_request("redirect_uri is no address"))
    });
    let status = back.as_ref().map_or_else(|failure| failure.status, |_| 302);
    lock(&stand.ledger).note(wall_clock(), ROUTE, status);
    match back {
        Ok(back) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(header::LOCATION, back);
            response
        }
        Err(failure) => stand.respond(call, Err(failure)),
    }
}

//! The org: the way to it, its clock, the token, who it is, what may be done in it and how often.

use std::{sync::Arc, time::Duration};

use reqwest::Url;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::{
    super::{Connection, Failure, connection::Hosts, failure::code_of},
    Finding, Settled, bounded, none_of,
    reach::{self, Dated, Line},
    rights,
};
use crate::{
    config::{Context, context::SignIn, secret::Manner},
    domain::rights::Rights,
    genesys::{
        Dialect, Error, Lane,
        auth::OPERATION,
        client::{Call, Client, Reply},
        error::Kind,
        reach::Reach,
        retry::Policy,
        rights::{self as granted, who_asks},
        transport::{Headers, Http},
    },
};

/// What is looked at of an org, in this order.
pub const CHECKS: [&str; 9] = [
    "credentials",
    "dns api",
    "tcp api",
    "tls api",
    "clock",
    "token",
    "organisation",
    "rights",
    "rate limit",
];

/// How long the token and the first answer may take together.
const SIGNING_IN: Duration = Duration::from_secs(8);
/// How long a further answer may take.
const ANSWER: Duration = Duration::from_secs(4);
/// Seconds by which clocks may differ before somebody should know.
const APART: u64 = 5;

/// A configuration that can't be used.
pub fn unusable(failure: &Failure) -> Finding {
    let remedy = "correct it: `floorwalker config check` names the line, `config init` makes one";
    Finding::fail("configuration", &failure.message, remedy).with_code(failure.code)
}

/// Everything about the org, the configuration's own line first.
pub async fn look(settled: &Settled, reach: &Result<Reach, Failure>) -> Vec<Finding> {
    let org = &settled.org;
    let (hosts, reach) = match (Hosts::named(org), reach) {
        (Ok(hosts), Ok(reach)) => (hosts, reach),
        (Err(failure), _) => return nobody(unusable(&failure)),
        (_, Err(failure)) => return nobody(unusable(failure)),
    };
    let mut all = vec![Finding::ok("configuration", &settled.says)];
    let connection = connection(org, reach).await;
    all.push(credentials(org, &connection));
    // Whoever can't sign in wants to know whether it is for the network.
    let http = match way(&hosts, reach, settled).await {
        Ok((found, http)) => {
            all.extend(found);
            http
        }
        Err(findings) => {
            all.extend(findings);
            return all;
        }
    };
    let broken = all.iter().skip(2).find(|it| it.code != 0 && it.check != "clock");
    match (connection, broken.map(|it| format!("{} failed", it.check))) {
        (Err(_), _) => all.extend(none_of(&CHECKS[5..], "there are no credentials")),
        (_, Some(why)) => all.extend(none_of(&CHECKS[5..], &why)),
        (Ok(connection), None) => all.extend(ask(connection, http, settled).await),
    }
    all
}

/// Whether there is something to sign in with.
fn credentials(org: &Context, connection: &Result<Connection, Failure>) -> Finding {
    const CHECK: &str = "credentials";
    let failure = match connection {
        Ok(Connection { account: Some(who), .. }) => {
            return Finding::ok(CHECK, format!("signed in as {}", who.label()));
        }
        Ok(_) => return Finding::ok(CHECK, "an id and a secret are there"),
        Err(failure) => failure,
    };
    let remedy = match (org.sign_in.value, &org.secret) {
        (SignIn::Person, _) => {
            let context = org.name.as_ref().map(|it| format!(" --context {}", it.value));
            format!("sign in: `floorwalker login{}`", context.unwrap_or_default())
        }
        (SignIn::Client, Some(secret)) => {
            format!("correct {}, which {} names", secret.value, secret.origin)
        }
        (SignIn::Client, None) => {
            "say where the secret is: `floorwalker config init`, or GENESYS_CLIENT_SECRET".into()
        }
    };
    Finding::fail(CHECK, &failure.message, remedy).with_code(failure.code)
}

/// Nothing of an org is looked at.
fn nobody(first: Finding) -> Vec<Finding> {
    let rest = none_of(&CHECKS, "the configuration names no org that can be asked");
    std::iter::once(first).chain(rest).collect()
}

/// The way in, with the secret.
async fn connection(org: &Context, reach: &Reach) -> Result<Connection, Failure> {
    let source = org.secret.as_ref().map(|it| it.value.clone());
    let (org, reach) = (org.clone(), reach.clone());
    let asked = move || Connection::through(&org, Manner::AtTerminal, || Ok(reach));
    bounded::fetched(source.as_ref(), "the program that prints the secret", asked).await
}

/// The way to the org and its clock, for which nobody has to be signed in; and what asks.
///
/// # Errors
/// What is found where nothing can ask.
async fn way(
    hosts: &Hosts,
    reach: &Reach,
    settled: &Settled,
) -> Result<(Vec<Finding>, Http), Vec<Finding>> {
    let http = Http::by(reach).map_err(|error| {
        let says = format!("TLS can't be set up: {error}");
        let remedy = "see that network.ca_file and this machine's certificates can be read";
        let each = CHECKS[1..].iter().map(|check| match *check {
            "tls api" => Finding::fail(check, says.as_str(), remedy),
            other => Finding::because(other, "TLS can't be set up"),
        });
        each.collect::<Vec<_>>()
    })?;
    let (mut all, dated) = reached((hosts, settled.org.dialect.value), reach, &http).await;
    all.push(clock(dated, settled.config.intake.window));
    Ok((all, http))
}

async fn ask(connection: Connection, http: Http, settled: &Settled) -> Vec<Finding> {
    let dialect = connection.dialect;
    let retry = Policy { tries: 1, ..Policy::default() };
    let allowed = connection.settings.allowed;
    let client =
        Client::new(http, crate::genesys::client::Settings { retry, ..connection.settings });
    inside(&Arc::new(client), dialect, allowed, settled).await
}

/// The hosts, each once; what the API's answered.
async fn reached(
    (hosts, dialect): (&Hosts, Dialect),
    reach: &Reach,
    http: &Http,
) -> (Vec<Finding>, Option<Dated>) {
    let api = Url::parse(&format!("{}{}", hosts.base_url(), who_asks(dialect)));
    let login = Url::parse(&hosts.token_url());
    let (Ok(api), Ok(login)) = (api, login) else {
        let says = "its address can't be put together";
        return (vec![Finding::fail("dns api", says, "check base_url and login_url")], None);
    };
    let line = Line { proxy: reach.proxy.as_ref(), http };
    let same = (api.host_str(), api.port_or_known_default())
        == (login.host_str(), login.port_or_known_default());
    if same {
        return reach::host("api", &api, &line).await;
    }
    let both = (reach::host("api", &api, &line), reach::host("login", &login, &line));
    let ((mut all, dated), (others, _)) = tokio::join!(both.0, both.1);
    all.extend(others);
    (all, dated)
}

/// Whether this machine's clock is right. Ages on the screen and signatures of webhooks go by it.
fn clock(dated: Option<Dated>, window: Duration) -> Finding {
    const CHECK: &str = "clock";
    let Some(dated) = dated else { return Finding::because(CHECK, "the API has not answered") };
    let Some(apart) = dated.apart() else {
        return Finding::skipped(CHECK, "the API's answer has no date to compare with");
    };
    let seconds = apart.unsigned_abs();
    let side = if apart > 0 { "ahead of" } else { "behind" };
    let says = format!("{seconds} s {side} the org's");
    let remedy = "have it set by NTP: timedatectl set-ntp true";
    match seconds {
        0..=1 => Finding::ok(CHECK, "as the org's"),
        _ if seconds <= APART => Finding::ok(CHECK, says),
        _ if seconds > window.as_secs() => {
            let says =
                format!("{says}: signed webhooks are refused, and ages on the screen are wrong");
            Finding::fail(CHECK, says, remedy)
        }
        _ => Finding::warn(CHECK, format!("{says}: ages on the screen are wrong by that"), remedy),
    }
}

/// What takes a token to know.
async fn inside(
    client: &Arc<Client<Http>>,
    dialect: Dialect,
    allowed: u32,
    settled: &Settled,
) -> Vec<Finding> {
    let call = Call::get("read the org", Lane::Operator, who_asks(dialect).to_owned());
    let reply = timeout(SIGNING_IN, client.call(call)).await;
    let reply = reply.unwrap_or_else(|_| Err(late("read the org")));
    let reply = match reply {
        Ok(reply) => reply,
        Err(error)
            if error.operation == OPERATION
                || error.kind == Kind::Auth
                || client.traffic().borrow().token_until.is_none() =>
        {
            let rest = none_of(&CHECKS[6..], "there is no token");
            return std::iter::once(failed("token", &error)).chain(rest).collect();
        }
        Err(error) => {
            let rest = none_of(&CHECKS[7..], "the org does not answer");
            let both = [token(client), failed("organisation", &error)];
            return both.into_iter().chain(rest).collect();
        }
    };
    let person = client.is_person();
    let mut all = vec![token(client), organisation(&reply, dialect, person)];
    let read = timeout(ANSWER, granted::read(client, dialect, Lane::Operator)).await;
    let read: Result<Option<Rights>, Error> = read.unwrap_or_else(|_| Err(late("read the rights")));
    let asked = rights::Asked { dialect, read_only: settled.org.read_only(), person };
    all.extend(rights::look(read, asked, &settled.keymap));
    all.push(rate(&reply.answer.headers, allowed));
    all
}

fn late(operation: &'static str) -> Error {
    Error::new(operation, Kind::Timeout, "no answer in time")
}

fn failed(check: &str, error: &Error) -> Finding {
    Finding::fail(check, error, error.hint()).with_code(code_of(error.kind))
}

fn token(client: &Client<Http>) -> Finding {
    let until = client.traffic().borrow().token_until;
    let left = until.map(|until| until.saturating_duration_since(Instant::now()).as_secs());
    Finding::ok(
        "token",
        match left {
            Some(seconds) => format!("given, and replaced in {} min", seconds / 60),
            None => "given".to_owned(),
        },
    )
}

/// Who the org is, and which client of it we are.
fn organisation(reply: &Reply, dialect: Dialect, person: bool) -> Finding {
    const CHECK: &str = "organisation";
    let told: Value = serde_json::from_str(&reply.answer.body.lossy()).unwrap_or_default();
    let text = |at: &str| told.pointer(at).and_then(Value::as_str).filter(|it| !it.is_empty());
    if dialect == Dialect::Gateway {
        return Finding::ok(CHECK, format!("a gateway, client {}", text("/name").unwrap_or("-")));
    }
    let Some(name) = text("/organization/name") else {
        let remedy =
            "this does not look like Genesys Cloud: check the base URL and any proxy in between";
        return Finding::fail(CHECK, "the answer names no organisation", remedy);
    };
    let says = format!("{name}, client {}", text("/OAuthClient/name").unwrap_or("-"));
    let wanted = if person { "CODE" } else { "CLIENT-CREDENTIALS" };
    match (text("/OAuthClient/authorizedGrantType"), text("/OAuthClient/state")) {
        (_, Some(state)) if state != "active" => {
            Finding::warn(CHECK, format!("{says} is {state}"), "have the OAuth client made active")
        }
        (Some(grant), _) if grant != wanted => {
            let remedy = match person {
                true => "take an OAuth client with the grant Code Authorization with PKCE",
                false => "take an OAuth client with the grant Client Credentials",
            };
            Finding::warn(CHECK, format!("{says}, grant {grant}"), remedy)
        }
        _ => Finding::ok(CHECK, says),
    }
}

/// How many requests the org allows, by what an answer says.
fn rate(headers: &Headers, wanted: u32) -> Finding {
    const CHECK: &str = "rate limit";
    let (count, left) = (headers.limit_count, headers.limit_remaining);
    let Some(allowed) = headers.limit_allowed else {
        let says = match left {
            Some(left) => format!("{left} requests are left"),
            None => "answers tell no limit".to_owned(),
        };
        return Finding::ok(CHECK, format!("{says}; floorwalker keeps to {wanted} a minute"));
    };
    let used = count.map(|count| format!(", {count} used")).unwrap_or_default();
    let reset = headers.limit_reset.map(|it| format!(", new in {} s", it.as_secs()));
    let says = format!("{allowed} a minute{used}{}", reset.unwrap_or_default());
    if allowed < wanted {
        let remedy = format!("set requests_per_minute of the context to {allowed}");
        return Finding::warn(CHECK, format!("{says}; floorwalker counts on {wanted}"), remedy);
    }
    if count.is_some_and(|count| count > allowed / 2) {
        let remedy = "give floorwalker an OAuth client of its own: others use this one";
        return Finding::warn(CHECK, says, remedy);
    }
    Finding::ok(CHECK, says)
}

//! The org: the way to it, its clock, the token, who it is, what may be done in it and how often.

use std::{sync::Arc, time::Duration};

use reqwest::Url;
use secrecy::SecretString;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::{
    super::{Connection, Failure, failure::code_of},
    Finding, Settled, none_of,
    reach::{self, Dated},
    rights,
};
use crate::{
    config::{Context, context::SignIn, secret::SecretSource},
    domain::rights::Rights,
    genesys::{
        Dialect, Error, Lane,
        auth::OPERATION,
        client::{Call, Client, Reply},
        error::Kind,
        retry::Policy,
        rights as granted,
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

/// How long a program may take that prints a secret.
const PROGRAM: Duration = Duration::from_secs(5);
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
pub async fn look(settled: &Settled) -> Vec<Finding> {
    let org = &settled.org;
    if let Err(failure) = addressed(org) {
        let first = unusable(&failure);
        let rest = none_of(&CHECKS, "the configuration names no org that can be asked");
        return std::iter::once(first).chain(rest).collect();
    }
    let mut all = vec![Finding::ok("configuration", &settled.says)];
    let connection = match connection(org).await {
        Ok(connection) => connection,
        Err(failure) => {
            let remedy = match org.sign_in.value {
                SignIn::Person => "sign in: `floorwalker login`",
                SignIn::Client => {
                    "say where the secret is: `floorwalker config init`, or GENESYS_CLIENT_SECRET"
                }
            };
            let first = Finding::fail("credentials", &failure.message, remedy);
            all.push(first.with_code(failure.code));
            all.extend(none_of(&CHECKS[1..], "there are no credentials"));
            return all;
        }
    };
    all.push(Finding::ok(
        "credentials",
        match &connection.account {
            Some(who) => format!("signed in as {}", who.name.as_ref().unwrap_or(&who.id)),
            None => "an id and a secret are there".into(),
        },
    ));
    all.extend(ask(connection, settled).await);
    all
}

/// Whether the addresses can be used, whatever the credentials are.
fn addressed(org: &Context) -> Result<(), Failure> {
    match &org.host {
        None => Connection::of(org).map(drop),
        Some(host) => {
            let nobody = SecretString::from(String::new());
            Connection::with(org, (&host.value.base_url, ""), nobody.into()).map(drop)
        }
    }
}

/// The way in, with the secret. A program that prints it is not waited for without end.
async fn connection(org: &Context) -> Result<Connection, Failure> {
    let by_program =
        matches!(&org.secret, Some(it) if matches!(it.value, SecretSource::Command(_)));
    if !by_program {
        return Connection::of(org);
    }
    let org = org.clone();
    let asked = tokio::task::spawn_blocking(move || Connection::of(&org));
    match timeout(PROGRAM, asked).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => Err(Failure::other(error.to_string())),
        Err(_) => {
            let seconds = PROGRAM.as_secs();
            Err(Failure::usage(format!(
                "the program that prints the secret takes over {seconds} s"
            )))
        }
    }
}

async fn ask(connection: Connection, settled: &Settled) -> Vec<Finding> {
    let dialect = connection.dialect;
    let http = match Http::by(&connection.reach) {
        Ok(http) => http,
        Err(error) => {
            let says = format!("TLS can't be set up: {error}");
            let remedy = "see that this machine's certificates can be read (SSL_CERT_FILE)";
            let rest = none_of(&CHECKS[1..], "TLS can't be set up");
            return std::iter::once(Finding::fail("tls api", says, remedy)).chain(rest).collect();
        }
    };
    let (mut all, dated) = reached(&connection, &http).await;
    all.push(clock(dated, settled.config.intake.window));
    if let Some(broken) = all.iter().find(|it| it.code != 0 && it.check != "clock") {
        let why = format!("{} failed", broken.check);
        all.extend(none_of(&CHECKS[5..], &why));
        return all;
    }
    let retry = Policy { tries: 1, ..Policy::default() };
    let allowed = connection.settings.allowed;
    let client =
        Client::new(http, crate::genesys::client::Settings { retry, ..connection.settings });
    all.extend(inside(&Arc::new(client), dialect, allowed, settled).await);
    all
}

/// The hosts, each once; what the API's answered.
async fn reached(connection: &Connection, http: &Http) -> (Vec<Finding>, Option<Dated>) {
    let settings = &connection.settings;
    let path = match connection.dialect {
        Dialect::Platform => "/api/v2/tokens/me",
        Dialect::Gateway => "/api/v2/oauth/client",
    };
    let api = Url::parse(&format!("{}{path}", settings.base_url));
    let login = Url::parse(&settings.client.token_url);
    let (Ok(api), Ok(login)) = (api, login) else {
        let says = "its address can't be put together";
        return (vec![Finding::fail("dns api", says, "check base_url and login_url")], None);
    };
    let same = (api.host_str(), api.port_or_known_default())
        == (login.host_str(), login.port_or_known_default());
    if same {
        return reach::host("api", &api, http).await;
    }
    let both = (reach::host("api", &api, http), reach::host("login", &login, http));
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
    let path = match dialect {
        Dialect::Platform => "/api/v2/tokens/me?preserveIdleTTL=true",
        Dialect::Gateway => "/api/v2/oauth/client",
    };
    let call = Call::get("read the org", Lane::Operator, path.to_owned());
    let reply = timeout(SIGNING_IN, client.call(call)).await;
    let reply = reply.unwrap_or_else(|_| Err(late("read the org")));
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) if error.operation == OPERATION || error.kind == Kind::Auth => {
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

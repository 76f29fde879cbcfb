//! Webhooks in and out: whether they could be taken in, and whether whom they go to can be reached.

use std::{io::ErrorKind, net::SocketAddr, net::TcpListener, time::Duration};

use reqwest::Url;
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    super::Failure,
    Finding, bounded,
    reach::{self, Line},
};
use crate::{
    config::{Config, secret::SecretSource},
    domain::outbox::Destination,
    genesys::{reach::Reach, transport::Http},
    policy::{address::Address, signature::Key},
};

/// How long somebody who listens where we would may take to say who they are.
const WHO: Duration = Duration::from_secs(1);

/// Both of them.
pub async fn look(config: &Config, reach: Option<&Reach>) -> Vec<Finding> {
    let (intake, outbox) = tokio::join!(intake(config), outbox(config, reach));
    std::iter::once(intake).chain(outbox).collect()
}

/// Fetches a secret.
async fn fetched(source: &SecretSource) -> Result<SecretString, String> {
    let read = source.clone();
    let read = move || read.read().map_err(Failure::usage);
    bounded::fetched(Some(source), "the program that prints it", read).await.map_err(|e| e.message)
}

async fn intake(config: &Config) -> Finding {
    const CHECK: &str = "intake";
    let intake = &config.intake;
    let Some(at) = intake.listen else {
        let why = config.withheld.intake.as_deref();
        let why = why.unwrap_or("intake.listen names no address");
        return Finding::skipped(CHECK, format!("no webhooks are taken in: {why}"));
    };
    for (key, source) in [("secret", &intake.secret), ("token", &intake.token)] {
        let Some(source) = source else { continue };
        let read = fetched(source).await;
        let read =
            read.and_then(|it| if key == "secret" { Key::new(&it).map(drop) } else { Ok(()) });
        if let Err(why) = read {
            let remedy = format!("correct intake.{key}, or what it names");
            return Finding::fail(CHECK, format!("intake.{key}: {why}"), remedy).with_code(2);
        }
    }
    let guarded = intake.secret.is_some() || intake.token.is_some();
    if !guarded && !at.ip().is_loopback() {
        let says = format!("{at} can be reached by others, and anybody could call");
        let remedy = "name intake.secret or intake.token, or listen on 127.0.0.1";
        return Finding::fail(CHECK, says, remedy).with_code(2);
    }
    match TcpListener::bind(at) {
        Ok(_) => Finding::ok(CHECK, format!("{at} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => taken(CHECK, at).await,
        Err(error) => {
            let remedy = "give intake.listen an address of this machine, and a port above 1023";
            Finding::fail(CHECK, format!("{at}: {error}"), remedy)
        }
    }
}

/// Somebody listens there: one of us, or a stranger.
async fn taken(check: &str, at: SocketAddr) -> Finding {
    if matches!(timeout(WHO, healthy(at)).await, Ok(Ok(true))) {
        return Finding::ok(check, format!("a floorwalker takes webhooks in at {at} already"));
    }
    let remedy = "end the program that listens there, or give intake.listen another port";
    Finding::fail(check, format!("{at} is in use already"), remedy)
}

/// Whether who listens there answers as we would.
async fn healthy(at: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(at).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"ok\n"))
}

async fn outbox(config: &Config, reach: Option<&Reach>) -> Vec<Finding> {
    let told = &config.outbox;
    if told.targets.is_empty() {
        let why = config.withheld.outbox.as_deref().unwrap_or("[outbox] names no address");
        return vec![Finding::skipped("outbox", format!("nobody is told: {why}"))];
    }
    // What proves to the API who asks is shown to nobody here.
    let reach = reach.map(|reach| Reach { identity: None, ..reach.clone() });
    let http = reach.as_ref().and_then(|reach| Http::by(reach).ok());
    let line = http.as_ref().map(|http| {
        let proxy = reach.as_ref().and_then(|reach| reach.proxy.as_ref());
        Line { proxy, http }
    });
    let line = line.as_ref();
    let reached = told.targets.iter().map(|(to, address)| reached(*to, address, line));
    let reached = futures_util::future::join_all(reached);
    let (signed, reached) = tokio::join!(signed(told.secret.as_ref()), reached);
    std::iter::once(signed).chain(reached).collect()
}

async fn signed(secret: Option<&SecretSource>) -> Finding {
    const CHECK: &str = "outbox";
    let Some(source) = secret else {
        let remedy = "name outbox.secret, so that whoever is told can see that it was us";
        return Finding::warn(CHECK, "what is told is not signed", remedy);
    };
    match fetched(source).await.and_then(|secret| Key::new(&secret).map(drop)) {
        Ok(()) => Finding::ok(CHECK, "what is told is signed"),
        Err(why) => {
            let remedy = "correct outbox.secret, or what it names";
            Finding::fail(CHECK, format!("outbox.secret: {why}"), remedy).with_code(2)
        }
    }
}

/// Whether it can be reached, and is who it should be. Nothing is told: what it is told at is not called.
async fn reached(to: Destination, address: &Address, line: Option<&Line<'_>>) -> Finding {
    let check = format!("outbox {}", to.name());
    let Some(line) = line else {
        return Finding::because(&check, "the way to other machines can't be used");
    };
    let Ok(mut url) = Url::parse(address.as_str()) else {
        return Finding::skipped(&check, "its address can't be read");
    };
    url.set_path("/");
    url.set_query(None);
    reach::whole(&check, &url, line).await
}

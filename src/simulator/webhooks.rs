//! Calls webhooks with what the bots tell: signed, some at a time, again where that is asked for. Not what is
//! told, nor when: that is the world's. Nothing here holds a lock while it waits.
//!
//! ```text
//! world ─ notices ─▶ calling ─┬─▶ one task each ─▶ at most eight requests at a time ─▶ ledger
//!        (bounded)            └─── 503 with Retry-After: the same again, later
//! ```

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::options::Webhooks;
use super::server::{Stand, lock};
use super::stamp::{Stamp, wall_clock};
use super::world::notices::Notice;

/// So many notices wait; of more, the bots find nobody.
const LINE: usize = 256;
/// So many are under way, those included that wait to be asked again.
const UNDER_WAY: usize = 64;
/// So many requests at a time.
const AT_ONCE: usize = 8;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the same is asked again.
const AGAIN: usize = 5;
/// However long it is asked to be, no pause is longer.
const LONGEST_PAUSE: u64 = 60;
/// Of a reply, so many bytes are read.
const REPLY_MOST: usize = 16_384;

/// Who calls.
struct Caller {
    http: Client,
    url: String,
    key: Option<SecretSlice<u8>>,
    places: Semaphore,
}

/// What came of a request.
struct Answer {
    /// 0 if none came.
    status: u16,
    reply: Value,
    /// How long to wait before the same is asked again, if it is wanted.
    again: Option<Duration>,
}

/// Begins to call with what the bots of a world tell.
pub(super) fn begin(stand: &Arc<Stand>, webhooks: &Webhooks) -> Result<(), String> {
    let caller = Caller::new(webhooks)?;
    let (line, notices) = mpsc::channel(LINE);
    lock(&stand.world).notices = Some(line);
    tokio::spawn(calling(Arc::clone(stand), Arc::new(caller), notices));
    Ok(())
}

async fn calling(stand: Arc<Stand>, caller: Arc<Caller>, mut notices: mpsc::Receiver<Notice>) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            () = stand.closing.cancelled() => return,
            Some(_) = under_way.join_next() => {}
            notice = notices.recv(), if under_way.len() < UNDER_WAY => match notice {
                Some(notice) => {
                    let (stand, caller) = (Arc::clone(&stand), Arc::clone(&caller));
                    under_way.spawn(async move { caller.tell(&stand, &notice).await });
                }
                None => return,
            },
        }
    }
}

impl Caller {
    fn new(webhooks: &Webhooks) -> Result<Self, String> {
        let url = Url::parse(&webhooks.url).map_err(|error| error.to_string())?;
        let local = is_local(&url);
        if !(url.scheme() == "https" || url.scheme() == "http" && local) {
            return Err("only https leaves this machine".into());
        }
        // Another part of the process may have installed it already; either is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none());
        let client = if local { client.no_proxy() } else { client };
        Ok(Self {
            http: client.build().map_err(|error| error.to_string())?,
            url: webhooks.url.trim_end_matches('/').to_owned(),
            key: webhooks.secret.as_ref().map(|text| key(text.expose_secret())).transpose()?,
            places: Semaphore::new(AT_ONCE),
        })
    }

    /// Tells, again where that is asked for, and notes each time what came of it.
    async fn tell(&self, stand: &Stand, notice: &Notice) {
        for _ in 0..=AGAIN {
            let Ok(place) = self.places.acquire().await else { return };
            let at = wall_clock();
            let Answer { status, reply, again } = self.ask(notice, at / 1000).await;
            drop(place);
            lock(&stand.ledger).note_call(json!({
                "at": Stamp(at), "route": notice.hook.name(), "conversation": notice.conversation,
                "id": notice.id, "status": status, "reply": reply,
            }));
            let Some(pause) = again else { return };
            tokio::time::sleep(pause).await;
        }
    }

    async fn ask(&self, notice: &Notice, at: i64) -> Answer {
        let body = notice.body.to_string();
        let request = self
            .http
            .post(format!("{}{}", self.url, notice.hook.path()))
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &notice.id)
            .header("webhook-timestamp", at);
        let signature =
            self.key.as_ref().and_then(|key| sign(key.expose_secret(), &notice.id, at, &body));
        let request = match signature {
            Some(signature) => request.header("webhook-signature", signature),
            None => request,
        };
        match request.body(body).send().await {
            Ok(response) => answer(response).await,
            Err(error) => {
                tracing::debug!(%error, "a webhook does not answer");
                Answer { status: 0, reply: Value::Null, again: None }
            }
        }
    }
}

async fn answer(mut response: Response) -> Answer {
    let status = response.status().as_u16();
    let again = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let again = again.and_then(|text| text.parse::<u64>().ok()).filter(|_| status == 503);
    let again = again.map(|seconds| Duration::from_secs(seconds.min(LONGEST_PAUSE)));
    let mut bytes = Vec::new();
    while let Ok(Some(part)) = response.chunk().await {
        bytes.extend_from_slice(&part);
        if bytes.len() > REPLY_MOST {
            bytes.truncate(REPLY_MOST);
            break;
        }
    }
    let text = || Value::from(String::from_utf8_lossy(&bytes));
    let reply = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
    Answer { status, reply, again }
}

fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The bytes of a secret: base64 after `whsec_`, else the text's own.
fn key(secret: &str) -> Result<SecretSlice<u8>, String> {
    let bytes = match secret.strip_prefix("whsec_") {
        Some(encoded) => {
            BASE64_STANDARD.decode(encoded).map_err(|_| "the secret is no base64 after whsec_")?
        }
        None => secret.as_bytes().to_vec(),
    };
    if bytes.is_empty() {
        return Err("the secret is empty".into());
    }
    Ok(bytes.into())
}

/// The signature of Standard Webhooks; HMAC takes keys of any length.
fn sign(key: &[u8], id: &str, at: i64, body: &str) -> Option<String> {
    let mut code = Hmac::<Sha256>::new_from_slice(key).ok()?;
    code.update(format!("{id}.{at}.{body}").as_bytes());
    Some(format!("v1,{}", BASE64_STANDARD.encode(code.finalize().into_bytes())))
}

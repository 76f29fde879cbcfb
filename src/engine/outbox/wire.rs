//! How a letter leaves: one POST, to the address that the configuration names and to no other.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{Client, Response, header};

use crate::{
    domain::text::Plain,
    genesys::{reach::Reach, transport::retry_after},
    policy::address::Address,
};

/// What is read of an answer's body, so that its connection can be used again. Nobody looks at it.
const ANSWER: usize = 16 * 1024;
/// How long an answer's body is waited for: whether it was good is known by then.
const DREGS: Duration = Duration::from_millis(500);

/// Something to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Where to.
    pub address: Address,
    /// `webhook-id`: the same at each try.
    pub id: Plain,
    /// `webhook-timestamp`: when this try is made, in seconds since 1970.
    pub at: i64,
    /// `webhook-signature`, where there is a key.
    pub signature: Option<String>,
    /// The JSON, to the byte.
    pub body: String,
    /// How long it may take.
    pub timeout: Duration,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The HTTP status.
    pub status: u16,
    /// How long the target asks to wait.
    pub retry_after: Option<Duration>,
}

/// A way out.
pub trait Wire: Send + Sync + 'static {
    /// Sends it, once; the answer, or why there is none.
    fn post(&self, outgoing: Outgoing) -> impl Future<Output = Result<Receipt, Plain>> + Send;
}

/// The way out that leaves the process.
#[derive(Clone, Debug)]
pub struct Http {
    /// To other machines: by TLS alone, through a proxy where one is named.
    far: Client,
    /// Within this machine: past any proxy, and `localhost` is nothing else.
    near: Client,
}

impl Http {
    /// A way out by the environment's proxy and the system's certificates.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn new() -> Result<Self, reqwest::Error> {
        Self::by(&Reach::default())
    }

    /// A way out that follows no redirect: whoever is told is named in the configuration. What proves to the API
    /// who asks is shown to nobody here.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn by(reach: &Reach) -> Result<Self, reqwest::Error> {
        // Port 0 stands for the address's own.
        let local = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        Ok(Self {
            far: reach.client()?.https_only(true).build()?,
            near: reach.client()?.no_proxy().resolve_to_addrs("localhost", &local).build()?,
        })
    }
}

impl Wire for Http {
    async fn post(&self, outgoing: Outgoing) -> Result<Receipt, Plain> {
        let client = if outgoing.address.is_local() { &self.near } else { &self.far };
        let request = client
            .post(outgoing.address.as_str())
            .timeout(outgoing.timeout)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", outgoing.id.as_str())
            .header("webhook-timestamp", outgoing.at);
        let request = match outgoing.signature {
            Some(signature) => request.header("webhook-signature", signature),
            None => request,
        };
        let host = outgoing.address.host();
        let sent = request.body(outgoing.body).send().await;
        let response = sent.map_err(|error| reason(error, &host))?;
        let asked = response.headers().get(header::RETRY_AFTER).and_then(|it| it.to_str().ok());
        let receipt = Receipt {
            status: response.status().as_u16(),
            retry_after: asked.and_then(|asked| retry_after(asked, jiff::Timestamp::now())),
        };
        // What it was is told; that the rest comes slowly must not make a failure of it.
        tokio::spawn(tokio::time::timeout(DREGS, drain(response)));
        Ok(receipt)
    }
}

/// Reads a bounded part of the body away.
async fn drain(mut response: Response) {
    let mut read = 0;
    while read < ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            _ => return,
        }
    }
}

/// Why there was no answer, without the address: its path may hold a key.
fn reason(error: reqwest::Error, host: &str) -> Plain {
    let error = error.without_url();
    if error.is_timeout() {
        return Plain::new(&format!("{host} did not answer in time"));
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    let what = if error.is_connect() { "can't be reached" } else { "did not answer" };
    Plain::new(&format!("{host} {what}: {text}"))
}

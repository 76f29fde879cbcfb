//! How other machines are reached: through which proxy, whom TLS believes, as whom, and how patiently. Not what
//! is said to them.

use std::{fmt, sync::Arc, time::Duration};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, Client, ClientBuilder, Identity, NoProxy, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use secrecy::{ExposeSecret as _, SecretString};

/// How long a connection may take to come about, unless told otherwise.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection that several requests share is asked so often whether it still lives: one that has died in silence
/// would else be taken for every next request, too.
const PING_EVERY: Duration = Duration::from_secs(10);
/// This machine is never behind a proxy.
const HERE: &str = "localhost,127.0.0.0/8,::1";

/// How other machines are reached.
#[derive(Clone)]
pub struct Reach {
    /// The proxy; without one it is what the environment says.
    pub proxy: Option<ProxyRule>,
    /// Certificates that TLS believes besides the system's.
    pub roots: Vec<CertificateDer<'static>>,
    /// What proves to the API who asks. Nobody else is shown it.
    pub identity: Option<Identity>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// Whether HTTP/2 is spoken with servers that do.
    pub http2: bool,
}

impl Default for Reach {
    fn default() -> Self {
        let roots = Vec::new();
        Self { proxy: None, roots, identity: None, connect_timeout: CONNECT, http2: true }
    }
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reach({} roots)", self.roots.len())
    }
}

/// A proxy that tunnels by CONNECT, and what it is not for.
#[derive(Clone, Debug)]
pub struct ProxyRule {
    /// Its address, which may hold a password.
    pub url: SecretString,
    /// Hosts that are reached without it, each with all below it. Those of this machine always are.
    pub except: Vec<String>,
}

impl ProxyRule {
    fn exceptions(&self) -> String {
        self.except.iter().map(String::as_str).chain([HERE]).collect::<Vec<_>>().join(",")
    }

    /// For guests' sockets.
    pub fn matcher(&self) -> Matcher {
        Matcher::builder().all(self.url.expose_secret()).no(self.exceptions()).build()
    }

    fn of_requests(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        let proxy = reqwest::Proxy::all(self.url.expose_secret())?;
        Ok(proxy.no_proxy(NoProxy::from_string(&self.exceptions())))
    }
}

impl Reach {
    /// A client in the making. It follows no redirect: a token must never go to another host.
    ///
    /// # Errors
    /// If the proxy or a certificate can't be used.
    pub fn client(&self) -> Result<ClientBuilder, reqwest::Error> {
        // Another part of the process may have installed it already; either is fine.
        let _ = ring::default_provider().install_default();
        let roots: Result<Vec<_>, _> =
            self.roots.iter().map(|it| Certificate::from_der(it)).collect();
        let client = Client::builder()
            .redirect(Policy::none())
            .user_agent(concat!("floorwalker/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING_EVERY)
            .http2_keep_alive_timeout(PING_EVERY)
            .tls_certs_merge(roots?);
        let client = match &self.proxy {
            Some(proxy) => client.proxy(proxy.of_requests()?),
            None => client,
        };
        Ok(if self.http2 { client } else { client.http1_only() })
    }

    /// Whom guests' sockets believe; `None` for the system's certificates alone.
    ///
    /// # Errors
    /// If a certificate can't be used.
    pub fn trust(&self) -> Result<Option<Trust>, String> {
        if self.roots.is_empty() {
            return Ok(None);
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for root in &self.roots {
            roots
                .add(root.clone())
                .map_err(|e| format!("a certificate of network.ca_file: {e}"))?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Some(Trust(Arc::new(config))))
    }
}

/// Whom a guest's socket believes.
#[derive(Clone)]
pub struct Trust(pub Arc<ClientConfig>);

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust(…)")
    }
}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Trust {}

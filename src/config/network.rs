//! `[network]`: through what other machines are reached, whom TLS believes, and how long is waited. The same keys
//! in `[contexts.NAME.network]` are for that org alone.
//!
//! Nothing is sent here, and no file is read before somebody asks for what is in it.

pub mod files;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::Url;
use serde::Deserialize;

use super::{context::Contexts, fault::Fault, fault::Places, secret::SecretSource};

/// How long a connection may take to come about.
const CONNECT: u64 = 5;
/// SPEC section 3's times.
const TOKEN: u64 = 10;
const API: u64 = 15;
/// Whoever waits longer for a connection has none.
const LONGEST: u64 = 60;
/// Proxies give up on a server after 30 to 60 seconds.
const LONGEST_API: u64 = 120;

/// How other machines are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The proxy; without one it is what the environment says.
    pub proxy: Option<ProxyAt>,
    /// Hosts that `proxy` is not for, each with all below it.
    pub no_proxy: Vec<String>,
    /// Certificates that TLS believes besides the system's.
    pub ca_file: Option<PathBuf>,
    /// What proves to the API who asks, where it wants a certificate.
    pub client: Option<ClientFiles>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the login host may take.
    pub token_timeout: Duration,
    /// How long the API may take.
    pub api_timeout: Duration,
    /// Whether HTTP/2 is spoken with servers that do.
    pub http2: bool,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            proxy: None,
            no_proxy: Vec::new(),
            ca_file: None,
            client: None,
            connect_timeout: Duration::from_secs(CONNECT),
            token_timeout: Duration::from_secs(TOKEN),
            api_timeout: Duration::from_secs(API),
            http2: true,
        }
    }
}

/// Where the address of a proxy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyAt {
    /// Here: it holds no password.
    Url(String),
    /// Elsewhere: it may hold one.
    Secret(SecretSource),
}

impl ProxyAt {
    fn secret(&mut self) -> Option<&mut SecretSource> {
        match self {
            Self::Secret(source) => Some(source),
            Self::Url(_) => None,
        }
    }
}

/// A certificate and its key, each in a file of PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFiles {
    /// The certificate, and those that lead from it to a known one.
    pub certificate: PathBuf,
    /// Its key, for its owner alone.
    pub key: PathBuf,
}

/// What one section says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    proxy: Option<Option<ProxyAt>>,
    no_proxy: Option<Vec<String>>,
    ca_file: Option<Option<PathBuf>>,
    client: Option<Option<ClientFiles>>,
    connect_timeout: Option<Duration>,
    token_timeout: Option<Duration>,
    api_timeout: Option<Duration>,
    http2: Option<bool>,
}

impl Said {
    /// Where the proxy's address comes from, if that is a secret.
    pub(super) fn secret(&mut self) -> Option<&mut SecretSource> {
        self.proxy.as_mut()?.as_mut()?.secret()
    }
}

impl Network {
    /// Where the proxy's address comes from, if that is a secret.
    pub(super) fn secret(&mut self) -> Option<&mut SecretSource> {
        self.proxy.as_mut()?.secret()
    }

    /// The same, with what `said` says of it.
    #[must_use]
    pub fn with(self, said: &Said) -> Self {
        Self {
            proxy: said.proxy.clone().unwrap_or(self.proxy),
            no_proxy: said.no_proxy.clone().unwrap_or(self.no_proxy),
            ca_file: said.ca_file.clone().unwrap_or(self.ca_file),
            client: said.client.clone().unwrap_or(self.client),
            connect_timeout: said.connect_timeout.unwrap_or(self.connect_timeout),
            token_timeout: said.token_timeout.unwrap_or(self.token_timeout),
            api_timeout: said.api_timeout.unwrap_or(self.api_timeout),
            http2: said.http2.unwrap_or(self.http2),
        }
    }
}

/// A section, as it is written. What is left out is what holds elsewhere.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Written {
    proxy: Option<String>,
    no_proxy: Option<Vec<String>>,
    ca_file: Option<String>,
    client_certificate: Option<String>,
    client_key: Option<String>,
    connect_timeout_seconds: Option<u64>,
    token_timeout_seconds: Option<u64>,
    api_timeout_seconds: Option<u64>,
    http2: Option<bool>,
}

impl Written {
    /// What the section of this name says.
    ///
    /// # Errors
    /// With the key that can't be used.
    pub(super) fn read(self, section: &str, home: Option<&str>) -> Result<Said, String> {
        let key = |name: &str| format!("{section}.{name}");
        let file = |name: &str, text: Option<String>| {
            text.map(|text| whole(&key(name), &text, home)).transpose()
        };
        let within = |name: &str, seconds: Option<u64>, most: u64| match seconds {
            Some(n) if !(1..=most).contains(&n) => {
                Err(format!("{} is {n}: it has to be 1 to {most}", key(name)))
            }
            other => Ok(other.map(Duration::from_secs)),
        };
        let proxy = self.proxy.map(|text| proxy(&key("proxy"), &text)).transpose()?;
        let no_proxy = self.no_proxy.unwrap_or_default();
        let odd =
            |host: &String| host.is_empty() || host.contains([',', ' ']) || host.contains("://");
        if let Some(host) = no_proxy.iter().find(|host| odd(host)) {
            return Err(format!("{}: {host:?} is no host", key("no_proxy")));
        }
        if !no_proxy.is_empty() && !matches!(proxy, Some(Some(_))) {
            return Err(format!(
                "{} is for the proxy given beside it, and there is none: for that of the environment set NO_PROXY",
                key("no_proxy")
            ));
        }
        let certificate = file("client_certificate", self.client_certificate)?;
        let client = client(section, certificate, file("client_key", self.client_key)?)?;
        Ok(Said {
            no_proxy: proxy.as_ref().map(|_| no_proxy),
            proxy,
            ca_file: file("ca_file", self.ca_file)?,
            client,
            connect_timeout: within(
                "connect_timeout_seconds",
                self.connect_timeout_seconds,
                LONGEST,
            )?,
            token_timeout: within("token_timeout_seconds", self.token_timeout_seconds, LONGEST)?,
            api_timeout: within("api_timeout_seconds", self.api_timeout_seconds, LONGEST_API)?,
            http2: self.http2,
        })
    }
}

/// The proxy that `text` names; `None` for that of the environment.
fn proxy(key: &str, text: &str) -> Result<Option<ProxyAt>, String> {
    if ["env:", "file:", "command:"].iter().any(|from| text.starts_with(from)) {
        return Ok(SecretSource::parse(key, text)?.map(ProxyAt::Secret));
    }
    if text.is_empty() {
        return Ok(None);
    }
    let url = proxy_url(text).map_err(|why| format!("{key} {why}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "{key} holds a name or a password, which others may read here: put the URL into env:NAME, file:PATH \
             or command:PROGRAM"
        ));
    }
    Ok(Some(ProxyAt::Url(text.to_owned())))
}

/// The address of a proxy. What was written may hold a password: it is not said again.
///
/// # Errors
/// If it is none that tunnels by CONNECT.
pub fn proxy_url(text: &str) -> Result<Url, String> {
    let shape = || "must be such as http://proxy.example:3128".to_owned();
    let url = Url::parse(text).map_err(|_| shape())?;
    let bare =
        url.scheme() == "http" && url.has_host() && url.path() == "/" && url.query().is_none();
    if bare { Ok(url) } else { Err(shape()) }
}

/// Certificate and key: one alone is of no use.
fn client(
    section: &str,
    certificate: Option<Option<PathBuf>>,
    key: Option<Option<PathBuf>>,
) -> Result<Option<Option<ClientFiles>>, String> {
    match (certificate.clone().flatten(), key.clone().flatten()) {
        (Some(certificate), Some(key)) => Ok(Some(Some(ClientFiles { certificate, key }))),
        (Some(_), None) => Err(format!("{section}.client_certificate needs client_key beside it")),
        (None, Some(_)) => Err(format!("{section}.client_key needs client_certificate beside it")),
        (None, None) => Ok(certificate.or(key).map(|_| None)),
    }
}

/// A file by its whole path; `None` for none.
fn whole(key: &str, text: &str, home: Option<&str>) -> Result<Option<PathBuf>, String> {
    let path = match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(text),
    };
    match path.is_absolute() {
        _ if text.is_empty() => Ok(None),
        true => Ok(Some(path)),
        false => Err(format!("{key} must be a path that begins with / or ~/")),
    }
}

impl Contexts {
    /// What is wrong with the files that the network's sections name. `text` is what they were read from.
    pub fn unfit_network_files(&self, text: &str) -> Vec<Fault> {
        let base =
            ("network".to_owned(), self.network.ca_file.as_ref(), self.network.client.as_ref());
        let named = self.named.iter().map(|(name, entry)| {
            let said = &entry.network;
            let ca = said.ca_file.as_ref().and_then(Option::as_ref);
            (format!("contexts.{name}.network"), ca, said.client.as_ref().and_then(Option::as_ref))
        });
        let places = Places::of(text).ok().map(|(places, _)| places);
        let mut faults = Vec::new();
        for (section, ca, client) in std::iter::once(base).chain(named) {
            for (key, why) in unfit(ca, client) {
                let key = format!("{section}.{key}");
                let line = places.as_ref().and_then(|places| places.line_of(&key));
                faults.push(Fault { line, what: format!("{key}: {why}") });
            }
        }
        faults
    }
}

/// What is wrong with these files, by key.
fn unfit(ca: Option<&PathBuf>, client: Option<&ClientFiles>) -> Vec<(&'static str, String)> {
    let ca = ca.and_then(|path| Some(("ca_file", files::certificates(path).err()?)));
    let certificate = client
        .and_then(|it| Some(("client_certificate", files::certificates(&it.certificate).err()?)));
    let key = client.and_then(|it| Some(("client_key", files::key(&it.key).err()?)));
    [ca, certificate, key].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn network(text: &str) -> Result<Network, String> {
        let config = Config::parse(&format!("[network]\n{text}"), "config.toml");
        config.map(|config| config.contexts.network).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_left_out_is_as_the_specification_has_it() {
        let read = network("").unwrap();
        assert_eq!(read, Network::default());
        let seconds = [read.connect_timeout, read.token_timeout, read.api_timeout];
        assert_eq!(seconds.map(|it| it.as_secs()), [5, 10, 15]);
        assert!(read.http2);
    }

    #[test]
    fn a_context_s_own_counts_before_what_is_for_all() {
        let base = "proxy = 'http://proxy.example:3128'\nno_proxy = ['internal.example']\n\
                    ca_file = '/ca.pem'\nhttp2 = false";
        let own = "[contexts.a.network]\nproxy = ''\napi_timeout_seconds = 30";
        let text = format!("[network]\n{base}\n{own}\n[contexts.b]\nregion = 'Dublin'");
        let contexts = Config::parse(&text, "config.toml").unwrap().contexts;
        let of = |name: &str| {
            let asked = crate::config::context::Asked {
                context: Some(name.into()),
                ..crate::config::context::Asked::default()
            };
            contexts.resolve(&asked, &|_| None).unwrap().network
        };
        let (a, b) = (of("a"), of("b"));
        assert_eq!(b.proxy, Some(ProxyAt::Url("http://proxy.example:3128".into())));
        assert_eq!(
            (b.no_proxy.as_slice(), b.http2),
            (["internal.example".to_owned()].as_slice(), false)
        );
        assert_eq!((a.proxy, a.no_proxy, a.ca_file), (None, Vec::new(), b.ca_file));
        assert_eq!((a.api_timeout.as_secs(), b.api_timeout.as_secs()), (30, 15));
    }

    #[test]
    fn what_can_t_be_used_is_told_with_its_line_and_without_a_secret() {
        for (text, expected) in [
            ("api_timeout_seconds = 0", ":2: network.api_timeout_seconds is 0"),
            ("connect_timeout_seconds = 61", "network.connect_timeout_seconds is 61"),
            ("proxy = 'http://ada:hunter2@proxy.example'", "network.proxy holds a name"),
            ("proxy = 'socks5://hunter2.example'", "network.proxy must be such as"),
            ("proxy = 'hunter2'", "network.proxy must be such as"),
            ("proxy = 'env:'", "network.proxy must be env:NAME"),
            ("no_proxy = ['a.example']", "network.no_proxy is for the proxy"),
            ("proxy = 'http://p.example'\nno_proxy = ['a,b']", ":3: network.no_proxy: "),
            ("ca_file = 'ca.pem'", "network.ca_file must be a path"),
            ("client_key = '/k'", "network.client_key needs client_certificate"),
            ("client_certificate = '/c'", "network.client_certificate needs client_key"),
            ("htpp2 = true", "did you mean network.http2?"),
        ] {
            let error = network(text).unwrap_err();
            assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
        }
        let text = "[contexts.eu.network]\nconnect_timeout_seconds = 0\n";
        let error = Config::parse(text, "config.toml").unwrap_err().to_string();
        let expected = "config.toml:2: contexts.eu.network.connect_timeout_seconds is 0";
        assert!(error.starts_with(expected), "{error}");
    }
}

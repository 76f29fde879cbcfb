//! From the command line and the environment to a client of an org.

use std::net::IpAddr;

use reqwest::Url;
use secrecy::SecretString;

use super::Failure;
use crate::{
    args::Org,
    genesys::{
        auth::Client as OAuthClient,
        client::{Settings, TIMEOUT},
        platform::Platform,
        retry::Policy,
        transport::Http,
    },
};

/// Everything needed to speak to one org.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The client's settings.
    pub settings: Settings,
    /// The host's name: what the org is called until it has said its own.
    pub host: String,
}

impl Connection {
    /// From the command line; the credentials come from the environment alone, because arguments
    /// can be read by everybody on the machine.
    ///
    /// # Errors
    /// If something is missing or is no address.
    pub fn from_environment(org: &Org) -> Result<Self, Failure> {
        let base = org.base_url.as_deref().ok_or_else(|| {
            Failure::usage(
                "Which org? Give --base-url or GENESYS_BASE_URL, such as https://api.mypurecloud.de.\n\
                 To look around without an org: floorwalker demo",
            )
        })?;
        let id = credential("GENESYS_CLIENT_ID")?;
        let secret = credential("GENESYS_CLIENT_SECRET")?;
        Self::new(base, org.login_url.as_deref(), id, secret.into(), org.requests_per_minute)
    }

    /// To an API host, with an OAuth client.
    ///
    /// # Errors
    /// If an address is none, or would send a token across a network in the clear.
    pub fn new(
        base: &str,
        login: Option<&str>,
        id: String,
        secret: SecretString,
        allowed: u32,
    ) -> Result<Self, Failure> {
        let base = address(base)?;
        let login = match login {
            Some(login) => address(login)?,
            None => login_of(&base),
        };
        let host = base.host_str().unwrap_or_default().to_owned();
        let root = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        let token_url = format!("{}/oauth/token", root(&login));
        let client = OAuthClient { token_url, id, secret };
        let settings = Settings {
            base_url: root(&base),
            client,
            allowed,
            retry: Policy::default(),
            timeout: TIMEOUT,
        };
        Ok(Self { settings, host })
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn platform(self) -> Result<Platform<Http>, Failure> {
        let http = Http::new().map_err(|e| Failure::other(format!("TLS can't be set up: {e}")))?;
        Ok(Platform::new(http, self.settings))
    }
}

fn credential(name: &str) -> Result<String, Failure> {
    std::env::var(name).ok().filter(|v| !v.is_empty()).ok_or_else(|| {
        Failure::access(format!(
            "No credentials: set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET ({name} is missing).\n\
             They are those of an OAuth client with the grant Client Credentials.\n\
             To look around without an org: floorwalker demo"
        ))
    })
}

fn address(text: &str) -> Result<Url, Failure> {
    let url =
        Url::parse(text).map_err(|e| Failure::usage(format!("«{text}» is not an address: {e}")))?;
    let loopback = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        _ => Err(Failure::usage(format!(
            "«{text}» is refused: only https leaves this machine (http is for loopback)"
        ))),
    }
}

/// `https://login.D` beside `https://api.D`; anything else has the token route on the same host.
fn login_of(base: &Url) -> Url {
    let mut login = base.clone();
    if let Some(domain) = base.host_str().and_then(|h| h.strip_prefix("api."))
        && login.set_host(Some(&format!("login.{domain}"))).is_ok()
    {
        login.set_path("/");
        return login;
    }
    base.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(base: &str, login: Option<&str>) -> Result<Connection, Failure> {
        Connection::new(base, login, "id".into(), "secret".into(), 300)
    }

    #[test]
    fn the_login_host_follows_from_the_api_host() {
        let to = connect("https://api.mypurecloud.de", None).unwrap();
        assert_eq!(to.settings.client.token_url, "https://login.mypurecloud.de/oauth/token");
        assert_eq!(to.settings.base_url, "https://api.mypurecloud.de");
        let to = connect("http://127.0.0.1:8080/", None).unwrap();
        assert_eq!(to.settings.client.token_url, "http://127.0.0.1:8080/oauth/token");
    }

    #[test]
    fn nothing_leaves_the_machine_in_the_clear() {
        assert_eq!(connect("http://api.mypurecloud.de", None).unwrap_err().code, 2);
        assert!(connect("https://api.mypurecloud.de", Some("http://login.example")).is_err());
        assert!(connect("http://[::1]:80", None).is_ok());
        assert!(connect("ftp://127.0.0.1", None).is_err());
        assert!(connect("nonsense", None).is_err());
    }
}

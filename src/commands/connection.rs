//! From the command line and the environment to a client of an org.

use std::net::IpAddr;

use reqwest::Url;
use secrecy::SecretString;

use super::Failure;
use crate::{
    args::Org,
    config::Messaging,
    domain::flight::Owner,
    genesys::{
        self, Dialect,
        auth::Client as OAuthClient,
        client::{Settings, TIMEOUT},
        platform::guest::Door,
        retry::Policy,
        transport::Http,
    },
    simulator,
};

/// Everything needed to speak to one org.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Which routes are spoken.
    pub dialect: Dialect,
    /// The client's settings.
    pub settings: Settings,
    /// Where guests come in, if they can.
    pub door: Option<Door>,
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
        let dialect = spoken(org.dialect).ok_or_else(|| {
            Failure::usage("--dialect both is for the built-in contact centre: an org speaks one")
        })?;
        let id = credential("GENESYS_CLIENT_ID")?;
        let secret = credential("GENESYS_CLIENT_SECRET")?;
        let (login, allowed) = (org.login_url.as_deref(), org.requests_per_minute);
        Self::new(dialect, base, login, id, secret.into(), allowed)
    }

    /// To an API host, with an OAuth client.
    ///
    /// # Errors
    /// If an address is none, or would send a token across a network in the clear.
    pub fn new(
        dialect: Dialect,
        base: &str,
        login: Option<&str>,
        id: String,
        secret: SecretString,
        allowed: u32,
    ) -> Result<Self, Failure> {
        let base = address(base)?;
        let login = match (login, dialect) {
            (Some(login), _) => address(login)?,
            (None, Dialect::Platform) => login_of(&base),
            // A gateway gives tokens itself (S0).
            (None, Dialect::Gateway) => base.clone(),
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
        Ok(Self { dialect, settings, door: None, host })
    }

    /// With the door for guests that is configured.
    ///
    /// # Errors
    /// If its socket's address is none, or would send a guest's token across a network in the clear.
    pub fn with_messaging(self, messaging: Option<&Messaging>) -> Result<Self, Failure> {
        let door = messaging.map(|it| {
            let base = &self.settings.base_url;
            Door::new(base, &it.deployment, &it.origin, it.socket_url.as_deref(), &it.greeting)
        });
        Ok(Self { door: door.transpose().map_err(Failure::usage)?, ..self })
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn open(self) -> Result<genesys::org::Org<Http>, Failure> {
        self.over(Http::new())
    }

    /// The client of a process that keeps sessions: a gateway is told which, so that its own log can
    /// tell two of us apart.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn open_as(self, owner: &Owner) -> Result<genesys::org::Org<Http>, Failure> {
        match self.dialect {
            Dialect::Gateway => self.over(Http::marked(&owner.mark)),
            Dialect::Platform => self.open(),
        }
    }

    fn over(self, http: Result<Http, reqwest::Error>) -> Result<genesys::org::Org<Http>, Failure> {
        let http = http.map_err(|e| Failure::other(format!("TLS can't be set up: {e}")))?;
        let org = genesys::org::Org::new(self.dialect, http, self.settings);
        Ok(match self.door {
            Some(door) => org.with_door(door),
            None => org,
        })
    }
}

/// The dialect of a client. The stand-in speaks both at once, a client one.
pub fn spoken(dialect: simulator::Dialect) -> Option<Dialect> {
    match dialect {
        simulator::Dialect::Platform => Some(Dialect::Platform),
        simulator::Dialect::Gateway => Some(Dialect::Gateway),
        simulator::Dialect::Both => None,
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
        Connection::new(Dialect::Platform, base, login, "id".into(), "secret".into(), 300)
    }

    #[test]
    fn a_gateway_gives_tokens_itself_unless_told_otherwise() {
        let token_url = |login| {
            let base = "https://api.gateway.example";
            let (id, secret) = ("id".into(), "secret".into());
            let to = Connection::new(Dialect::Gateway, base, login, id, secret, 300).unwrap();
            to.settings.client.token_url
        };
        assert_eq!(token_url(None), "https://api.gateway.example/oauth/token");
        assert_eq!(token_url(Some("https://id.example")), "https://id.example/oauth/token");
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
    fn guests_come_in_where_the_configuration_says() {
        let messaging = |socket_url: Option<&str>| Messaging {
            deployment: "d".into(),
            origin: "https://shop.example".into(),
            socket_url: socket_url.map(str::to_owned),
            greeting: "Good day".into(),
        };
        let to = connect("https://api.mypurecloud.de", None).unwrap();
        let door = to.clone().with_messaging(Some(&messaging(None))).unwrap().door.unwrap();
        assert_eq!(door.socket, "wss://webmessaging.mypurecloud.de/v1");
        assert_eq!((door.deployment.as_str(), door.greeting.as_str()), ("d", "Good day"));
        let clear = messaging(Some("ws://webmessaging.mypurecloud.de/v1"));
        assert_eq!(to.clone().with_messaging(Some(&clear)).unwrap_err().code, 2);
        assert_eq!(to.with_messaging(None).unwrap().door, None);
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

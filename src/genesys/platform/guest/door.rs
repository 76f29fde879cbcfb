//! Where guests come in: a web messaging deployment, and the address of its socket.

use std::{net::IpAddr, time::Duration};

use reqwest::Url;

use super::Proxy;
use crate::genesys::reach::{Reach, Trust};

/// At most one echo in so long (the vendor's own client keeps to it, and the service refuses more).
const ECHO_EVERY: Duration = Duration::from_secs(30);

/// A door for guests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The deployment's id: it decides which flow and queue lie behind.
    pub deployment: String,
    /// Where the guest's page is said to come from; a deployment may let in some domains only.
    pub origin: String,
    /// The socket's address, without its query.
    pub socket: String,
    /// What a guest says first. A message begins the conversation on every deployment (a Join only on
    /// some), and told back it says by which address the org knows the guest.
    pub greeting: String,
    /// At most one echo in so long.
    pub echo_every: Duration,
    /// What the socket's connection goes through.
    pub proxy: Option<Proxy>,
    /// Whom TLS believes, where that is not the system's certificates alone.
    pub trust: Option<Trust>,
}

impl Door {
    /// A door of the org whose API is at `api`.
    ///
    /// # Errors
    /// If the origin or the socket's address is none, or the address does not follow from the API's, or
    /// would send a guest's token across a network in the clear, or the environment names a proxy that
    /// sockets can't go through.
    pub fn new(
        api: &str,
        deployment: &str,
        origin: &str,
        socket: Option<&str>,
        greeting: &str,
    ) -> Result<Self, String> {
        Self::by(&Reach::default(), api, deployment, origin, socket, greeting)
    }

    /// The same, reached by another way.
    ///
    /// # Errors
    /// As [`Door::new`], or if a certificate can't be used.
    pub fn by(
        reach: &Reach,
        api: &str,
        deployment: &str,
        origin: &str,
        socket: Option<&str>,
        greeting: &str,
    ) -> Result<Self, String> {
        if !Url::parse(origin).is_ok_and(|url| url.has_host()) {
            return Err(format!("«{origin}» is no origin, such as https://www.example.com"));
        }
        let socket = match socket {
            Some(told) => told.to_owned(),
            None => socket_of(api).ok_or_else(|| {
                format!("no socket address follows from {api}: set messaging.socket_url")
            })?,
        };
        let url = Url::parse(&socket).map_err(|e| format!("«{socket}» is not an address: {e}"))?;
        if url.scheme() != "wss" && !(url.scheme() == "ws" && is_loopback(&url)) {
            return Err(format!(
                "«{socket}» is refused: only wss leaves this machine (ws is for loopback)"
            ));
        }
        let host = url.host_str().filter(|_| !is_loopback(&url));
        let proxy = host.map(|host| Proxy::of(reach, host)).transpose()?.flatten();
        Ok(Self {
            deployment: deployment.to_owned(),
            origin: origin.to_owned(),
            socket,
            greeting: greeting.to_owned(),
            echo_every: ECHO_EVERY,
            proxy,
            trust: reach.trust()?,
        })
    }

    /// The address with what it asks for.
    pub(super) fn url(&self) -> Option<String> {
        let mut url = Url::parse(&self.socket).ok()?;
        url.query_pairs_mut()
            .append_pair("deploymentId", &self.deployment)
            .append_pair("application", "floorwalker");
        Some(url.into())
    }
}

/// `wss://webmessaging.D/v1` beside `https://api.D`; on this machine both have one address.
fn socket_of(api: &str) -> Option<String> {
    let url = Url::parse(api).ok()?;
    if is_loopback(&url) && url.scheme() == "http" {
        return Some(format!("ws://{}:{}/v1", url.host_str()?, url.port_or_known_default()?));
    }
    Some(format!("wss://webmessaging.{}/v1", url.host_str()?.strip_prefix("api.")?))
}

fn is_loopback(url: &Url) -> bool {
    let ip = |host: &str| host.trim_matches(['[', ']']).parse::<IpAddr>();
    url.host_str()
        .is_some_and(|host| host == "localhost" || ip(host).is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(api: &str, deployment: &str, origin: &str) -> Result<Door, String> {
        Door::new(api, deployment, origin, None, "Hello")
    }

    fn socket(api: &str, told: Option<&str>) -> Result<String, String> {
        Door::new(api, "d", "https://shop.example", told, "Hello").map(|door| door.socket)
    }

    #[test]
    fn the_sockets_address_follows_from_the_apis() {
        let of = |api| socket(api, None).unwrap();
        assert_eq!(of("https://api.mypurecloud.de"), "wss://webmessaging.mypurecloud.de/v1");
        assert_eq!(of("http://127.0.0.1:8080"), "ws://127.0.0.1:8080/v1");
        assert!(socket("https://proxy.example", None).unwrap_err().contains("socket_url"));
        let told = Some("wss://proxy.example/v1");
        assert_eq!(socket("https://proxy.example", told).as_deref(), Ok("wss://proxy.example/v1"));
    }

    #[test]
    fn no_token_leaves_the_machine_in_the_clear() {
        let told = |url| socket("https://api.mypurecloud.de", Some(url));
        assert!(told("ws://webmessaging.mypurecloud.de/v1").unwrap_err().contains("only wss"));
        assert!(told("https://webmessaging.mypurecloud.de/v1").is_err() && told("guests").is_err());
        assert!(told("ws://[::1]:80/v1").is_ok());
    }

    #[test]
    fn a_deployment_is_named_in_the_address_whatever_it_is_called() {
        let door = door("http://127.0.0.1:1", "a&b", "https://x.example").unwrap();
        let url = "ws://127.0.0.1:1/v1?deploymentId=a%26b&application=floorwalker";
        assert_eq!(door.url().as_deref(), Some(url));
        assert!(self::door("http://[::1]:1", "d", "shop").unwrap_err().contains("origin"));
    }
}

//! The way to a guest's socket through the proxy that the configuration or the environment names: the one that
//! the API's requests take, by the same rules.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};

use super::OPERATION;
use crate::genesys::{Error, error::Kind, reach::Reach};

/// A longer answer of a proxy's is none.
const ANSWER_MOST: usize = 8 << 10;

/// A proxy that tunnels by CONNECT.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Host and port.
    address: String,
    authorization: Option<HeaderValue>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.address)
    }
}

impl Proxy {
    /// The proxy for this host: that of the configuration, else by `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, if
    /// there is one.
    ///
    /// # Errors
    /// If it is of a kind that guests' sockets can't go through.
    pub fn of(reach: &Reach, host: &str) -> Result<Option<Self>, String> {
        match &reach.proxy {
            Some(proxy) => Self::by(&proxy.matcher(), host),
            None => Self::by(&Matcher::from_env(), host),
        }
    }

    fn by(rules: &Matcher, host: &str) -> Result<Option<Self>, String> {
        let uri = format!("https://{host}/").parse::<Uri>().ok();
        let Some(found) = uri.and_then(|uri| rules.intercept(&uri)) else { return Ok(None) };
        let scheme = found.uri().scheme_str().unwrap_or_default();
        if scheme != "http" {
            return Err(format!(
                "HTTPS_PROXY or ALL_PROXY names a proxy with {scheme}://, and guests' sockets go \
                 through http:// alone: name another, or except {host} in NO_PROXY"
            ));
        }
        let host = found.uri().host().unwrap_or_default();
        let address = format!("{host}:{}", found.uri().port_u16().unwrap_or(80));
        Ok(Some(Self { address, authorization: found.basic_auth().cloned() }))
    }

    /// One at this host and port that asks nobody for a name.
    pub fn at(address: &str) -> Self {
        Self { address: address.to_owned(), authorization: None }
    }

    /// A connection to an address, such as `example.com:443`, by way of the proxy.
    ///
    /// # Errors
    /// If the proxy can't be reached, or lets nobody through. Nothing was said to the address then.
    pub async fn tunnel(&self, to: &str) -> Result<TcpStream, Error> {
        let broken = |e: std::io::Error| self.refused(&format!("can't be reached: {e}"));
        let mut stream = TcpStream::connect(&self.address).await.map_err(broken)?;
        let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n").into_bytes();
        if let Some(authorization) = &self.authorization {
            request.extend_from_slice(b"Proxy-Authorization: ");
            request.extend_from_slice(authorization.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        stream.write_all(&request).await.map_err(broken)?;
        let mut answer = Vec::new();
        // Byte by byte: what follows the answer belongs to the socket.
        while !answer.ends_with(b"\r\n\r\n") {
            if answer.len() == ANSWER_MOST {
                return Err(self.refused("does not answer like one"));
            }
            answer.push(stream.read_u8().await.map_err(broken)?);
        }
        let line = String::from_utf8_lossy(&answer);
        let status = line.split_whitespace().nth(1).and_then(|code| code.parse::<u16>().ok());
        match status {
            Some(200..=299) => Ok(stream),
            Some(407) => Err(self.refused("wants a name and a password (407)")),
            Some(status) => Err(self.refused(&format!("lets nobody through to {to} ({status})"))),
            None => Err(self.refused("does not answer like one")),
        }
    }

    fn refused(&self, why: &str) -> Error {
        Error::new(OPERATION, Kind::Unreachable, format!("the proxy {} {why}", self.address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sockets_proxy_is_the_one_of_https_unless_the_host_is_excepted() {
        let to = |rules: &Matcher| Proxy::by(rules, "webmessaging.mypurecloud.de");
        let rules = Matcher::builder().https("http://ada:secret@proxy.example:3128");
        let proxy = to(&rules.build()).unwrap().unwrap();
        assert_eq!(proxy.address, "proxy.example:3128");
        assert_eq!(proxy.authorization.as_ref().unwrap(), "Basic YWRhOnNlY3JldA==");
        assert_eq!(format!("{proxy:?}"), "Proxy(proxy.example:3128)");
        let all = || Matcher::builder().all("proxy.example");
        assert_eq!(to(&all().build()), Ok(Some(Proxy::at("proxy.example:80"))));
        assert_eq!(to(&all().no("mypurecloud.de").build()), Ok(None));
        assert_eq!(to(&Matcher::builder().http("proxy.example").build()), Ok(None));
        assert_eq!(to(&Matcher::builder().build()), Ok(None));
    }

    #[test]
    fn a_proxy_of_another_kind_is_refused_by_the_variables_name() {
        for scheme in ["socks5", "https"] {
            let rules = Matcher::builder().all(format!("{scheme}://proxy.example:1080")).build();
            let error = Proxy::by(&rules, "webmessaging.mypurecloud.de").unwrap_err();
            assert!(error.contains("ALL_PROXY") && error.contains(scheme), "{error}");
        }
    }
}

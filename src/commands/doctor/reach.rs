//! The way to a host: its name, a connection, TLS, and who answers at its end with which clock.

use std::{fmt, net::IpAddr, time::Duration};

use axum::http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use jiff::Timestamp;
use reqwest::Url;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::Finding;
use crate::genesys::{
    reach::ProxyRule,
    transport::{Body, Credentials, Failure, Http, Method, Request, Transport},
};

/// How long a name may take.
const NAME: Duration = Duration::from_secs(3);
/// How long a connection may take.
const CONNECTION: Duration = Duration::from_secs(3);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(4);

/// Where a connection goes: to the host itself, or to a proxy.
pub struct Way {
    host: String,
    port: u16,
    proxy: Option<NamedBy>,
}

/// Who names a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NamedBy {
    Configuration,
    Environment,
}

impl Way {
    /// The way to an address: as `proxy` says, or else as the environment does.
    pub fn to(url: &Url, proxy: Option<&ProxyRule>) -> Self {
        let uri = url.as_str().parse::<Uri>().ok();
        let (matcher, by) = match proxy {
            Some(rule) => (rule.matcher(), NamedBy::Configuration),
            None => (Matcher::from_env(), NamedBy::Environment),
        };
        let through = uri.and_then(|uri| matcher.intercept(&uri));
        let named = through.as_ref().and_then(|it| Some((it.uri().host()?, it.uri().port_u16())));
        match named {
            Some((host, port)) => {
                Self { host: bare(host), port: port.unwrap_or(80), proxy: Some(by) }
            }
            None => Self {
                host: bare(url.host_str().unwrap_or_default()),
                port: url.port_or_known_default().unwrap_or(443),
                proxy: None,
            },
        }
    }

    /// Whether its name is known.
    pub async fn name(&self, check: &str) -> Finding {
        if self.host.parse::<IpAddr>().is_ok() {
            return Finding::ok(check, format!("{} is an address and needs no name", self.host));
        }
        let remedy = match self.proxy {
            Some(by) => by.remedy(),
            None => {
                "is the name spelt right (region, base_url, login_url)? Then it is this machine's name \
                 server that does not know it: see /etc/resolv.conf. Where only a proxy goes out, name it \
                 in network.proxy or HTTPS_PROXY"
            }
        };
        let found = timeout(NAME, lookup_host((self.host.as_str(), self.port))).await;
        let says = match found {
            Err(_) => format!("{}: no answer within {} s", self.host, NAME.as_secs()),
            Ok(Err(error)) => format!("{}: {error}", self.host),
            Ok(Ok(all)) => {
                let mut all: Vec<String> = all.map(|it| it.ip().to_string()).collect();
                all.dedup();
                return Finding::ok(check, format!("{} is {}", self.host, all.join(", ")));
            }
        };
        Finding::fail(check, says, remedy)
    }

    /// Whether a connection can be made.
    pub async fn connection(&self, check: &str) -> Finding {
        let made = timeout(CONNECTION, TcpStream::connect((self.host.as_str(), self.port))).await;
        let says = match made {
            Ok(Ok(_)) => return Finding::ok(check, format!("{self} takes connections")),
            Ok(Err(error)) => format!("{self}: {error}"),
            Err(_) => format!("{self}: no answer within {} s", CONNECTION.as_secs()),
        };
        let remedy = match self.proxy {
            Some(by) => by.remedy(),
            None => {
                "is the port right, and does the firewall let it through? Where only a proxy goes out, \
                 name it in network.proxy or HTTPS_PROXY"
            }
        };
        Finding::fail(check, says, remedy)
    }
}

impl NamedBy {
    /// What to do about a proxy that can't be reached.
    fn remedy(self) -> &'static str {
        match self {
            Self::Configuration => {
                "network.proxy names this proxy: correct it, or except the host in network.no_proxy"
            }
            Self::Environment => {
                "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names this proxy: correct it, or except the host in \
                 NO_PROXY"
            }
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.proxy.is_some() {
            f.write_str("the proxy ")?;
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// IPv6 without its brackets.
fn bare(host: &str) -> String {
    host.trim_matches(['[', ']']).to_owned()
}

/// What an answer says of the clock that it was dated by.
#[derive(Clone, Copy, Debug)]
pub struct Dated {
    /// When it was asked for, by our clock.
    pub asked: Timestamp,
    /// When it came.
    pub came: Timestamp,
    /// What it says itself, to the second.
    pub says: Option<Timestamp>,
}

impl Dated {
    /// Seconds by which our clock is ahead, or behind where negative, beyond what the way and the rounding
    /// explain; `None` where the answer has no date.
    pub fn apart(self) -> Option<i64> {
        let says = self.says?.as_second();
        let (ahead, behind) = (self.asked.as_second() - says - 1, self.came.as_second() - says);
        Some(if ahead > 0 { ahead } else { behind.min(0) })
    }
}

/// Over what is asked.
pub struct Line<'a> {
    /// The proxy that the configuration names.
    pub proxy: Option<&'a ProxyRule>,
    /// What asks.
    pub http: &'a Http,
}

/// The same as one check: the first thing that fails, or what was found at the end.
pub async fn whole(check: &str, url: &Url, line: &Line<'_>) -> Finding {
    let way = Way::to(url, line.proxy);
    let name = way.name(check).await;
    if name.code != 0 {
        return name;
    }
    let connection = way.connection(check).await;
    if connection.code != 0 || url.scheme() != "https" {
        return connection;
    }
    let (answered, _) = answer(check, url, line.http).await;
    match answered.code {
        0 => Finding::ok(check, format!("{way} takes connections, and its certificate is trusted")),
        _ => answered,
    }
}

/// Name, connection and TLS of a host, as checks called after `role`; what was answered, if it was.
pub async fn host(role: &str, url: &Url, line: &Line<'_>) -> (Vec<Finding>, Option<Dated>) {
    let [dns, tcp, tls] = ["dns", "tcp", "tls"].map(|what| format!("{what} {role}"));
    let way = Way::to(url, line.proxy);
    let name = way.name(&dns).await;
    if name.code != 0 {
        let rest = [Finding::because(&tcp, NO_NAME), Finding::because(&tls, NO_NAME)];
        return ([vec![name], rest.into()].concat(), None);
    }
    let connection = way.connection(&tcp).await;
    if connection.code != 0 {
        let rest = Finding::because(&tls, "no connection can be made");
        return (vec![name, connection, rest], None);
    }
    let (answer, dated) = answer(&tls, url, line.http).await;
    (vec![name, connection, answer], dated)
}

const NO_NAME: &str = "the host's name is not known";

/// Asks without saying who asks: whatever comes back is an answer.
async fn answer(check: &str, url: &Url, http: &Http) -> (Finding, Option<Dated>) {
    let request = Request {
        method: Method::Get,
        url: url.as_str().to_owned(),
        credentials: Credentials::Nobody,
        body: Body::None,
        timeout: ANSWER,
    };
    let asked = Timestamp::now();
    let failed = match http.exchange(request).await {
        Ok(answer) => {
            let dated = Dated { asked, came: Timestamp::now(), says: answer.headers.date };
            let says = match url.scheme() {
                "https" => "the certificate is trusted, and it answers",
                _ => "needs none: it is on this machine, and answers",
            };
            return (Finding::ok(check, says), Some(dated));
        }
        Err(failed) => failed,
    };
    let finding = match failed {
        Failure::Unreachable(why) => Finding::fail(
            check,
            why,
            "does the name belong to who answers there? Where its CA is a company's own, or a proxy opens \
             TLS, name that CA in network.ca_file, or have this machine trust it",
        ),
        Failure::Broken(why) => Finding::fail(check, why, NO_HTTP),
        Failure::TooLarge(_) => Finding::fail(check, "the answer does not end", NO_HTTP),
        Failure::Timeout => {
            let says =
                format!("it takes connections, and no answer comes in {} s", ANSWER.as_secs());
            Finding::fail(check, says, "a proxy or a firewall holds it up, or it is overloaded")
        }
    };
    (finding, None)
}

const NO_HTTP: &str =
    "what answers there does not speak HTTP as an API does: check base_url and port";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_way_and_the_rounding_do_not_explain_is_a_difference() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let apart = |asked, came, says| {
            Dated { asked: at(asked), came: at(came), says: Some(at(says)) }.apart()
        };
        assert_eq!(apart(100, 100, 100), Some(0));
        assert_eq!(apart(100, 103, 99), Some(0), "rounded down, on a slow way");
        assert_eq!(apart(100, 103, 103), Some(0));
        assert_eq!(apart(100, 101, 161), Some(-60));
        assert_eq!(apart(161, 162, 100), Some(60));
        assert_eq!(Dated { asked: at(1), came: at(1), says: None }.apart(), None);
    }
}

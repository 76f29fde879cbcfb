//! Whether a call comes from this machine itself: where only those on it may call, neither a proxy on it nor a page
//! in a browser on it may call for others.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

/// What proxies say of whom they call for.
const RELAYED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// True if whoever calls a door of this machine is on it, as far as their headers tell. A page whose name was made to
/// point here still says its own name.
pub fn is_near(headers: &HeaderMap) -> bool {
    let relayed = RELAYED.iter().any(|name| headers.contains_key(*name));
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = hosts.all(|host| host.to_str().is_ok_and(is_here));
    named && !relayed
}

/// True for names and addresses of this machine, with or without a port.
fn is_here(host: &str) -> bool {
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_local = |ip: IpAddr| ip.is_loopback();
    bare.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_names_this_machine_and_nobody_else_is_near() {
        let named = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            is_near(&headers)
        };
        for host in
            ["localhost", "LocalHost:8700", "127.0.0.1", "127.1.2.3:80", "[::1]:8700", "[::1]"]
        {
            assert!(named("host", host), "{host}");
        }
        for host in [
            "floor.example",
            "127.0.0.1.evil.example:8700",
            "localhost.evil.example",
            "10.0.0.1:80",
            "[fe80::1]",
            "",
        ] {
            assert!(!named("host", host), "{host}");
        }
        for name in RELAYED {
            assert!(!named(name, "for=192.0.2.1"), "{name}");
        }
        assert!(is_near(&HeaderMap::new()), "no browser leaves it out");
    }
}

//! Where other systems may be told: https, or http within this machine (SPEC sections 11 and 14).

use std::net::IpAddr;

use reqwest::Url;

/// An address that something may be sent to. Its path and query may hold a key: only its host is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    local: bool,
}

impl Address {
    /// The address that `text` is.
    ///
    /// # Errors
    /// If it is none, leaves the machine in the clear, or carries a password. The text is not repeated.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|e| format!("is not an address: {e}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not carry a name or a password".into());
        }
        let local = match url.host_str() {
            Some("localhost") => true,
            Some(host) => {
                let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
                ip.is_ok_and(|ip| ip.is_loopback())
            }
            None => false,
        };
        match url.scheme() {
            "https" => Ok(Self { url, local }),
            "http" if local => Ok(Self { url, local }),
            _ => Err("is refused: only https leaves this machine (http is for loopback)".into()),
        }
    }

    /// The whole address, for the request alone.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The host, with its port where that is an unusual one.
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// True if it is on this machine.
    pub fn is_local(&self) -> bool {
        self.local
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({}://{}/…)", self.url.scheme(), self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_leaves_the_machine() {
        for (text, local) in [
            ("https://crm.example/hook", false),
            ("https://127.0.0.1:8443/", true),
            ("http://127.0.0.1:8080/hook", true),
            ("http://[::1]:8080/hook", true),
            ("http://localhost/hook", true),
        ] {
            assert_eq!(Address::parse(text).map(|it| it.is_local()), Ok(local), "{text}");
        }
        for text in [
            "http://crm.example/hook",
            "http://127.0.0.1.crm.example/",
            "http://localhost.crm.example/",
            "ftp://127.0.0.1/",
            "crm.example",
            "file:///etc/passwd",
            "https://me:secret@crm.example/",
            "https://secret@crm.example/",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_key_in_the_address_is_not_shown() {
        let address = Address::parse("https://crm.example:8443/hook/k3y?token=k3y").unwrap();
        assert_eq!((address.host().as_str(), address.is_local()), ("crm.example:8443", false));
        assert!(!format!("{address:?}").contains("k3y"), "{address:?}");
        assert!(address.as_str().ends_with("/hook/k3y?token=k3y"));
    }
}

//! Where an org is: its API host, and its login host where that does not follow from it.

use std::net::IpAddr;

use reqwest::Url;

use crate::{commands::Failure, config::Context, genesys::Dialect};

/// Where an org is.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// The API host.
    pub base: Url,
    /// The login host.
    pub login: Url,
}

impl Hosts {
    /// Of an API host, and of the login host where it does not follow from that.
    ///
    /// # Errors
    /// If an address is none, or would send a token across a network in the clear.
    pub fn of(dialect: Dialect, base: &str, login: Option<&str>) -> Result<Self, Failure> {
        let base = address(base)?;
        let login = match (login, dialect) {
            (Some(login), _) => address(login)?,
            (None, Dialect::Platform) => login_of(&base),
            // A gateway gives tokens itself (S0).
            (None, Dialect::Gateway) => base.clone(),
        };
        Ok(Self { base, login })
    }

    /// Of a context.
    ///
    /// # Errors
    /// If it names none, or one that can't be used.
    pub fn named(org: &Context) -> Result<Self, Failure> {
        let host = org.host.as_ref().ok_or_else(|| nowhere(org))?;
        let login = org.login_url.as_ref().map(|login| login.value.as_str());
        Self::of(org.dialect.value, &host.value.base_url, login)
    }

    /// The API host, without a slash at the end.
    pub fn base_url(&self) -> String {
        root(&self.base)
    }

    /// The login host, without a slash at the end.
    pub fn login_url(&self) -> String {
        root(&self.login)
    }

    /// Where tokens are had.
    pub fn token_url(&self) -> String {
        format!("{}/oauth/token", self.login_url())
    }
}

fn root(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// That nobody has said which org is meant.
pub fn nowhere(org: &Context) -> Failure {
    let which = match (&org.name, org.choice()) {
        (Some(name), _) => format!("The context {} says neither region nor base_url.", name.value),
        (None, Some(choice)) => format!(
            "Which org? {choice}.\n\
             Which of them is taken unasked, default_context in the configuration says."
        ),
        (None, None) => {
            "Which org? There is no configuration that names one: `floorwalker config init` makes it; or give \
             --region or --base-url, such as https://api.mypurecloud.de (GENESYS_REGION, GENESYS_BASE_URL)."
                .into()
        }
    };
    Failure::usage(format!("{which}\nTo look around without an org: floorwalker demo"))
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

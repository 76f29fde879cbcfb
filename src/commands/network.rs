//! From what the configuration says of the network to a way to other machines: files are read here, and secrets
//! fetched.

use secrecy::{ExposeSecret as _, SecretString};

use super::Failure;
use crate::{
    config::{
        network::{Network, ProxyAt, files, proxy_url},
        secret::Manner,
    },
    genesys::reach::{ProxyRule, Reach},
};

/// The way to other machines.
///
/// # Errors
/// Names the key whose file or secret can't be used.
pub fn reach(network: &Network, manner: Manner) -> Result<Reach, Failure> {
    let unfit = |key: &str, why: String| Failure::usage(format!("network.{key}: {why}"));
    let roots = network.ca_file.as_ref().map(|path| files::certificates(path)).transpose();
    let identity = network.client.as_ref().map(files::identity).transpose();
    Ok(Reach {
        proxy: proxy(network, manner).map_err(|why| unfit("proxy", why))?,
        roots: roots.map_err(|why| unfit("ca_file", why))?.unwrap_or_default(),
        identity: identity.map_err(|why| unfit("client_certificate", why))?,
        connect_timeout: network.connect_timeout,
        http2: network.http2,
    })
}

fn proxy(network: &Network, manner: Manner) -> Result<Option<ProxyRule>, String> {
    let url: SecretString = match &network.proxy {
        None => return Ok(None),
        Some(ProxyAt::Url(url)) => url.clone().into(),
        Some(ProxyAt::Secret(source)) => {
            let url = source.read_by(manner)?;
            proxy_url(url.expose_secret()).map_err(|why| format!("{source} {why}"))?;
            url
        }
    };
    Ok(Some(ProxyRule { url, except: network.no_proxy.clone() }))
}

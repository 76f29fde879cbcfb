//! Which rights each dialect asks for, what for, and how an org tells which of them its client has.
//!
//! Nothing is tried out: an act that would need a right is not begun to see whether it is refused.

mod gateway;
mod platform;

use super::{
    Dialect, Error, Lane,
    client::{Call, Client},
    transport::Transport,
};
use crate::domain::rights::{Need, Rights};

pub use gateway::{NEEDS as GATEWAY, OAuthClient};
pub use platform::NEEDS as PLATFORM;

/// What a client of this dialect needs; what takes a person is among it.
pub fn needs(dialect: Dialect) -> &'static [Need] {
    match dialect {
        Dialect::Platform => PLATFORM,
        Dialect::Gateway => GATEWAY,
    }
}

/// The read that tells who asks, and of which org. It takes no right.
pub fn who_asks(dialect: Dialect) -> &'static str {
    match dialect {
        // preserveIdleTTL: looking at the token must not keep it alive.
        Dialect::Platform => "/api/v2/tokens/me?preserveIdleTTL=true",
        Dialect::Gateway => gateway::PATH,
    }
}

/// What the client may do; `None` where the org does not tell.
///
/// # Errors
/// Of the org, or of the way to it.
pub async fn read<T: Transport>(
    client: &Client<T>,
    dialect: Dialect,
    lane: Lane,
) -> Result<Option<Rights>, Error> {
    const OPERATION: &str = "read the rights";
    let (path, needs) = match dialect {
        Dialect::Platform => (platform::PATH, PLATFORM),
        Dialect::Gateway => (gateway::PATH, GATEWAY),
    };
    let call = Call::get(OPERATION, lane, path.to_owned());
    let rights = match dialect {
        Dialect::Platform => {
            let granted = client.fetch::<platform::Subject>(call).await?.granted();
            granted.map(|granted| Rights::of(needs, |right| granted.include(right)))
        }
        Dialect::Gateway => {
            let scopes = client.fetch::<OAuthClient>(call).await?.scopes();
            scopes.map(|held| Rights::of(needs, |right| held.iter().any(|it| it == right)))
        }
    };
    let person = client.is_person();
    Ok(rights.map(|rights| if person { rights } else { rights.of_client() }))
}

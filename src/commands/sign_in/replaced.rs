//! Whoever had signed in here before somebody else did: told, and ended at the org as `logout` would.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;

use super::Kept;
use crate::{
    commands::{Connection, Failure, listing::warn, prompt::say},
    config::Context,
    domain::audit::Account,
    genesys::{
        auth::Means,
        client::{Call, Client, Settings},
        person::{Grant, Hold, Keep, Missing, Person},
        retry::Policy,
        transport::Http,
    },
};

/// What somebody was given, which is kept nowhere any more.
#[derive(Debug)]
struct Gone(Mutex<Grant>);

impl Keep for Gone {
    fn read(&self) -> Result<Grant, Missing> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn replace(&self, _: &SecretString, grant: &Grant) -> Result<bool, String> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = grant.clone();
        Ok(true)
    }

    fn hold(&self) -> Result<Option<Hold>, String> {
        Ok(Some(Box::new(())))
    }

    fn again(&self) -> String {
        "floorwalker login".into()
    }
}

/// Says whose sign-in was replaced, and has the org end it. Where that can't be done, it is told: it can be used by
/// nobody here any more.
///
/// # Errors
/// If nothing can be said.
pub async fn end(
    org: &Context,
    (kept, http): (&Kept, Http),
    (account, grant): (Account, Grant),
) -> Result<Account, Failure> {
    let name = account.label();
    say(&format!("This replaces the sign-in of {name} to {}.\n", kept.name))?;
    if let Err(failure) = revoke(org, (kept, http), grant).await {
        warn(&format!("The org was not told to end that of {name}: {}", failure.message));
    }
    Ok(account)
}

async fn revoke(org: &Context, (kept, http): (&Kept, Http), grant: Grant) -> Result<(), Failure> {
    let means = Means::Person(Arc::new(Person::new(Box::new(Gone(Mutex::new(grant))))));
    let connection = Connection::with(org, (&kept.base_url, &kept.client_id), means)?;
    let retry = Policy { tries: 1, ..Policy::default() };
    let client = Client::new(http, Settings { retry, ..connection.settings });
    // A token that has expired can't end itself: it is renewed first, where it can be.
    client.call(Call::end("sign out", "/api/v2/tokens/me".into())).await?;
    Ok(())
}

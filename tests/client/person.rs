//! A person's sign-in, renewed by the client: stored whatever happens to whoever asked, and used where it can't be.
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use floorwalker::genesys::{
    auth::Means,
    client::{Client, Settings},
    error::Kind,
    person::{Grant, Hold, Keep, Missing, Person, settled},
};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::{
    outcome, read,
    script::{Reply, Script, ok, settings},
};

/// Where a sign-in is kept, shared with the test.
#[derive(Clone, Debug, Default)]
struct Shelf(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    renewal: String,
    access: String,
    until: Timestamp,
    /// Nothing can be written.
    full: bool,
    /// Who has signed in by now, where that is somebody else.
    other: Option<String>,
}

impl Shelf {
    /// One that has to be renewed.
    fn due() -> Self {
        let shelf = Self::default();
        shelf.0.lock().unwrap().renewal = "r0".into();
        shelf
    }

    fn set(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.0.lock().unwrap());
    }

    fn kept(&self) -> (String, String) {
        let kept = self.0.lock().unwrap();
        (kept.access.clone(), kept.renewal.clone())
    }

    fn client(&self, script: &Script) -> Client<Script> {
        let mut settings = settings(300);
        settings.client.secret = Means::Person(Arc::new(Person::new(Box::new(self.clone()))));
        let token_timeout = Duration::from_secs(7);
        Client::new(script.clone(), Settings { token_timeout, ..settings })
    }
}

impl Keep for Shelf {
    fn read(&self) -> Result<Grant, Missing> {
        let kept = self.0.lock().unwrap();
        match &kept.other {
            Some(other) => Err(Missing::Another(format!("{other} has signed in here meanwhile"))),
            None => Ok(Grant {
                access: kept.access.clone().into(),
                renewal: Some(kept.renewal.clone().into()),
                renew_at: kept.until,
                until: kept.until,
            }),
        }
    }

    fn replace(&self, before: &SecretString, grant: &Grant) -> Result<bool, String> {
        let mut kept = self.0.lock().unwrap();
        if kept.full {
            return Err("no space left on device".into());
        }
        if before.expose_secret() != kept.renewal {
            return Ok(false);
        }
        let renewal = grant.renewal.as_ref().unwrap().expose_secret();
        (kept.renewal, kept.until) = (renewal.to_owned(), grant.renew_at);
        kept.access = grant.access.expose_secret().to_owned();
        Ok(true)
    }

    fn hold(&self) -> Result<Option<Hold>, String> {
        Ok(Some(Box::new(())))
    }

    fn again(&self) -> String {
        "floorwalker login".into()
    }
}

/// The nth tokens, after so long.
fn tokens(n: u32, after: Duration) -> Reply {
    let text = format!(r#"{{"access_token":"a{n}","refresh_token":"r{n}","expires_in":86400}}"#);
    (after, ok(&text).1)
}

fn pair(n: u32) -> (String, String) {
    (format!("a{n}"), format!("r{n}"))
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_nobody_waits_for_any_more_is_kept() {
    let (script, shelf) = (Script::default(), Shelf::due());
    script.grant(tokens(1, Duration::from_secs(6)));
    let client = shelf.client(&script);
    let late = timeout(Duration::from_secs(2), outcome(&client, read())).await;
    assert!(late.is_err());
    drop(client);
    settled(Duration::from_secs(10)).await;
    assert_eq!(shelf.kept(), pair(1), "it was good once");
    assert_eq!(script.token_timeouts(), [Duration::from_secs(7)], "as it is configured");
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_kept_is_used_and_told_and_kept_as_soon_as_it_can_be() {
    let (script, shelf) = (Script::default(), Shelf::due());
    shelf.set(|kept| kept.full = true);
    script.grant(tokens(1, Duration::ZERO)).grant(tokens(2, Duration::ZERO));
    let client = shelf.client(&script);
    for _ in 0..3 {
        outcome(&client, read()).await.unwrap();
    }
    assert_eq!(script.tokens().len(), 1, "what was given is used");
    let unkept = client.traffic().borrow().unkept.clone();
    assert!(unkept.unwrap().contains("no space left"));
    // What the API refuses is renewed with what was given last, and not with what is kept.
    script.answer(super::status(401, "{}"));
    outcome(&client, read()).await.unwrap();
    assert_eq!(script.tokens().len(), 2);
    shelf.set(|kept| kept.full = false);
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(shelf.kept(), pair(2));
    outcome(&client, read()).await.unwrap();
    assert_eq!((script.tokens().len(), client.traffic().borrow().unkept.clone()), (2, None));
}

#[tokio::test(start_paused = true)]
async fn who_has_signed_in_meanwhile_is_not_acted_as() {
    let (script, shelf) = (Script::default(), Shelf::due());
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    shelf.set(|kept| kept.until = later);
    let client = shelf.client(&script);
    outcome(&client, read()).await.unwrap();
    shelf.set(|kept| kept.other = Some("Sam Ode".into()));
    script.answer(super::status(401, "{}"));
    let error = outcome(&client, read()).await.unwrap_err();
    assert_eq!((error.kind, script.tokens().len()), (Kind::Auth, 0));
    assert!(error.message.contains("Sam Ode has signed in here meanwhile"), "{error}");
    // Who signs in again goes on.
    shelf.set(|kept| (kept.other, kept.access) = (None, "anew".into()));
    outcome(&client, read()).await.unwrap();
}

/// A renewal of what is not kept any more does not bring it back.
#[tokio::test(start_paused = true)]
async fn what_was_replaced_while_it_was_renewed_stays_replaced() {
    let (script, shelf) = (Script::default(), Shelf::due());
    script.grant(tokens(1, Duration::from_secs(3)));
    let client = shelf.client(&script);
    let anew = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let later = Timestamp::now() + SignedDuration::from_hours(1);
        shelf.set(|kept| {
            *kept =
                Kept { renewal: "s".into(), access: "b".into(), until: later, ..Kept::default() }
        });
    };
    let (answered, ()) = tokio::join!(outcome(&client, read()), anew);
    answered.unwrap();
    assert_eq!(shelf.kept(), ("b".into(), "s".into()));
}

//! What runs the commands that wait for other machines, and sees a renewed sign-in kept before the process ends.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime as Tokio};

use super::{Failure, listing::warn};
use crate::genesys::person;

/// How long the end of a command waits for a sign-in that is being renewed: what the login host gives for it is
/// good once.
pub const LAST_RENEWAL: Duration = Duration::from_secs(10);

/// A runtime whose work ends when nothing is lost by it.
pub struct Runtime(Tokio);

impl Runtime {
    /// Works to its end, and to that of renewals that have begun meanwhile.
    pub fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.0.block_on(async {
            let done = work.await;
            if let Some(why) = person::settled(LAST_RENEWAL).await {
                warn(&format!("The renewed sign-in can't be kept ({why}): sign in again"));
            }
            done
        })
    }

    /// Leaves at once, whatever hangs.
    pub fn shutdown_background(self) {
        self.0.shutdown_background();
    }
}

/// What runs a command that has nothing else to do.
///
/// # Errors
/// If the system has none to give.
pub fn runtime() -> Result<Runtime, Failure> {
    built(&mut Builder::new_current_thread())
}

/// What runs a command that reads while it writes.
///
/// # Errors
/// If the system has none to give.
pub fn runtime_of_two() -> Result<Runtime, Failure> {
    built(Builder::new_multi_thread().worker_threads(2))
}

fn built(builder: &mut Builder) -> Result<Runtime, Failure> {
    let runtime = builder.enable_all().build();
    runtime.map(Runtime).map_err(|e| Failure::other(e.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use jiff::Timestamp;
    use secrecy::{ExposeSecret, SecretString};
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::{
        commands::Connection,
        genesys::{
            Dialect, Lane,
            auth::Means,
            client::{Call, Client},
            person::{Grant, Hold, Keep, Missing, Person},
            transport::{Answer, Failure as Unanswered, Request, Transport},
        },
    };

    /// A login host that takes its time.
    struct Slow;

    impl Transport for Slow {
        async fn exchange(&self, _: Request) -> Result<Answer, Unanswered> {
            sleep(Duration::from_secs(5)).await;
            let token = r#"{"access_token":"a","refresh_token":"new","expires_in":3600}"#;
            Ok(Answer { status: 200, body: token.into(), ..Answer::default() })
        }
    }

    /// What a sign-in is renewed with next.
    #[derive(Clone, Debug)]
    struct Shelf(Arc<Mutex<String>>);

    impl Keep for Shelf {
        fn read(&self) -> Result<Grant, Missing> {
            let (access, renewal) = ("".into(), Some(self.0.lock().unwrap().clone().into()));
            let over = Timestamp::UNIX_EPOCH;
            Ok(Grant { access, renewal, renew_at: over, until: over })
        }

        fn replace(&self, _: &SecretString, grant: &Grant) -> Result<bool, String> {
            let renewal = grant.renewal.as_ref().unwrap();
            *self.0.lock().unwrap() = renewal.expose_secret().to_owned();
            Ok(true)
        }

        fn hold(&self) -> Result<Option<Hold>, String> {
            Ok(Some(Box::new(())))
        }

        fn again(&self) -> String {
            "floorwalker login".into()
        }
    }

    #[test]
    fn what_a_sign_in_is_renewed_to_is_kept_before_a_command_ends_that_has_given_it_up() {
        let shelf = Shelf(Arc::new(Mutex::new("old".into())));
        let means = Means::Person(Arc::new(Person::new(Box::new(shelf.clone()))));
        let base = "https://api.test";
        let to = Connection::new(Dialect::Platform, base, None, "id".into(), means, 300).unwrap();
        let paused = Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = Runtime(paused.unwrap());
        let late = runtime.block_on(async {
            let client = Client::new(Slow, to.settings);
            let call = Call::get("read a thing", Lane::Operator, "/api/v2/thing".into());
            timeout(Duration::from_secs(1), client.call(call)).await.is_err()
        });
        assert!(late);
        assert_eq!(*shelf.0.lock().unwrap(), "new");
    }
}

//! What has become of a deed: the session is read until it shows, and nothing is sent again.

use std::time::Duration;

use super::Doing;
use crate::{
    domain::{
        deed::{Deed, DeedKind, DeedStage, Seat},
        detail::SessionDetail,
        session::SessionState,
        text::Plain,
    },
    engine::handoff::reads::Reads,
    genesys::Genesys,
    policy::deed::{shows, since, wrote},
    store::Store,
};

/// How long what was accepted may take to be seen.
const SEEN: Duration = Duration::from_secs(20);
/// After a request of which nobody knows whether it arrived, and which cannot arrive any more.
const DOUBT: Duration = Duration::from_secs(12);
/// … and at least, where it left before a crash long ago.
const LEAST_DOUBT: Duration = Duration::from_secs(2);

impl<G: Genesys, S: Store> Doing<G, S> {
    /// Reads the session until it shows what has become of it.
    pub(super) async fn follow(&mut self) -> DeedStage {
        if let Some(acted) = &self.acted
            && acted.message.is_some()
        {
            // The answer itself names the message that was made.
            return DeedStage::Done;
        }
        let Some(seat) = self.seat.clone() else { return unwritten() };
        let mut reads = Reads::new(self.patience());
        let leaving = self.desk.leaving.clone();
        loop {
            tokio::select! {
                () = reads.wait() => {}
                () = leaving.cancelled() => return left(),
            }
            let over = reads.is_over();
            match self.look().await {
                Ok(now) => match self.is_done(&seat, &now).await {
                    Ok(true) => {
                        // It did happen, whatever the answer was.
                        self.error = None;
                        return DeedStage::Done;
                    }
                    // Only what is read once the time is up says that nothing will come.
                    Ok(false) if over => return self.unsettled(&now),
                    Ok(false) => {}
                    Err(reason) if over => return DeedStage::Unknown { reason },
                    Err(_) => {}
                },
                Err(error) if reads.is_hopeless() => {
                    return DeedStage::Unknown { reason: error.explained() };
                }
                Err(_) => {}
            }
        }
    }

    async fn is_done(&self, seat: &Seat, now: &SessionDetail) -> Result<bool, Plain> {
        let Deed::Say(text) = &self.order.deed else {
            return Ok(shows(self.order.deed.kind(), seat, now));
        };
        let new = since(seat, now);
        if new.is_empty() {
            return Ok(false);
        }
        let heard = self.desk.genesys.wrote(&self.order.session, &new).await;
        let heard = heard.map_err(|error| error.explained())?;
        Ok(heard.iter().any(|said| wrote(&seat.me, text, said)))
    }

    /// The time is up, and the session, which can be read, does not show it.
    fn unsettled(&self, now: &SessionDetail) -> DeedStage {
        let kind = self.order.deed.kind();
        let ended = now.session.state == SessionState::Disconnected;
        match (&self.error, kind) {
            _ if ended && kind != DeedKind::Say => {
                let reason = "the session has ended meanwhile".into();
                DeedStage::Failed { reason }
            }
            // Of what may still be on its way nobody can say that it did not happen, and who would send it
            // again by that word would have the customer read it twice.
            (Some(error), DeedKind::Say) => {
                let reason = format!(
                    "{error}; it is not among the messages yet, and may come still: read the transcript before you \
                     write it again"
                );
                DeedStage::Unknown { reason: Plain::new(&reason) }
            }
            // It was looked for and is not there: it did not happen.
            (Some(error), _) => DeedStage::Failed { reason: error.explained() },
            (None, _) => {
                let reason = "Genesys Cloud accepted the request and nothing came of it: look at the session";
                DeedStage::Unknown { reason: reason.into() }
            }
        }
    }

    fn patience(&self) -> Duration {
        match &self.error {
            None => SEEN,
            // What left before a crash has had its time since.
            Some(_) if self.resumed => {
                let age = self.desk.clock.now().duration_since(self.taken);
                let age = Duration::try_from(age).unwrap_or_default();
                self.desk.late.saturating_sub(age).max(LEAST_DOUBT)
            }
            Some(error) if error.may_still_happen() => self.desk.late,
            Some(_) => DOUBT,
        }
    }
}

fn left() -> DeedStage {
    let reason = "floorwalker was left before the outcome was known: look at the session";
    DeedStage::Unknown { reason: reason.into() }
}

fn unwritten() -> DeedStage {
    DeedStage::Failed { reason: "nothing was sent".into() }
}

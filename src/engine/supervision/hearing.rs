//! What the scheduler tells, and what is done about it.

use std::{sync::Arc, time::Duration};

use super::{
    Turn,
    warden::{Done, Warden},
};
use crate::{
    domain::{
        id::SessionId,
        supervision::{End, OnLoss},
        text::Plain,
    },
    engine::{Event, Level, Notice, heartbeat::News, run::Inward},
    genesys::Genesys,
    store::Store,
};

/// A beat that was sent so long after it was due was late.
const LATE: Duration = Duration::from_secs(1);

impl<G: Genesys, S: Store> Warden<G, S> {
    pub(super) async fn hear(&mut self, news: News) {
        self.settle(&news);
        match news {
            News::Beat { session, late, .. } => {
                self.count(late, false);
                let now = self.post.clock.now();
                if let Some(kept) = self.kept.get_mut(&session) {
                    (kept.beaten, kept.asks) = (Some(now), false);
                }
            }
            News::Failed { late, text, .. } => {
                self.count(late, true);
                self.notice(Level::Warn, text).await;
            }
            News::Lost { session, on_loss } => self.lost(session, on_loss).await,
            News::Warning { session, left } => {
                if let Some(kept) = self.kept.get_mut(&session) {
                    kept.warned = Some(left);
                }
                self.tell(Some(session), Turn::Warning { left }).await;
            }
            News::Ended { session, end } => self.ended(session, end.why).await,
            News::Paused { text, .. } => {
                self.paused = Some(text.clone());
                self.notice(Level::Error, text).await;
            }
            News::Resumed { after } => {
                self.paused = None;
                let text = format!("Heartbeats go on after {} s", after.as_secs());
                self.notice(Level::Info, text.into()).await;
            }
            News::Stretched { stretch, demand, allowance } => {
                self.stretch = stretch;
                self.stretched(demand, allowance).await;
            }
            News::Refused { session, reason } => {
                tracing::error!(%session, %reason, "the scheduler does not keep what it was given");
            }
            News::Supervising { .. } => {}
        }
        self.dirty = true;
    }

    /// Brings up to date what is known of the sessions that this is about.
    fn settle(&mut self, news: &News) {
        match news {
            News::Supervising { session, .. }
            | News::Beat { session, .. }
            | News::Failed { session, .. } => {
                if let Some(kept) = self.kept.get_mut(session) {
                    news.settle(&mut kept.it);
                }
            }
            News::Paused { .. } | News::Resumed { .. } => {
                self.kept.values_mut().for_each(|kept| news.settle(&mut kept.it));
            }
            _ => {}
        }
    }

    fn count(&mut self, late: Duration, failed: bool) {
        self.beats.sent += 1;
        self.beats.late += u64::from(late > LATE);
        self.beats.failed += u64::from(failed);
    }

    async fn lost(&mut self, session: SessionId, on_loss: OnLoss) {
        match on_loss {
            // The scheduler lets go of it next, and that ends it.
            OnLoss::Disconnect => {}
            OnLoss::Ask => {
                if let Some(kept) = self.kept.get_mut(&session) {
                    kept.asks = true;
                }
                self.tell(Some(session), Turn::Asks).await;
            }
            OnLoss::Keep => self.tell(Some(session), Turn::Failing).await,
        }
    }

    async fn ended(&mut self, session: SessionId, why: End) {
        match why {
            // We have told it to let go.
            End::Released => {}
            End::Expired | End::Lost => self.close(&session, why).await,
            End::Over => {
                let Some(kept) = self.kept.get_mut(&session).filter(|kept| !kept.ending) else {
                    return;
                };
                kept.ending = true;
                let post = Arc::clone(&self.post);
                self.tasks.spawn(async move {
                    post.closed(&session).await;
                    Done::Ended(session, End::Over, Ok(()))
                });
            }
        }
    }

    async fn stretched(&mut self, demand: f64, allowance: u32) {
        let text = match self.stretch {
            stretch if stretch > 1.0 => format!(
                "Heartbeats come {stretch:.2} times less often: {demand:.0} a minute are wanted and \
                 {allowance} are free"
            ),
            _ => "The budget carries all heartbeats again".into(),
        };
        self.notice(Level::Info, text.into()).await;
    }

    async fn notice(&mut self, level: Level, text: Plain) {
        let _ = self.post.inward.send(Inward::Tell(Event::Notice(Notice { level, text }))).await;
    }
}

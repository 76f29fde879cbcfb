//! What is asked of the warden: that it open, keep, let go or end a session.

use std::sync::Arc;

use super::{
    Ask, Turn,
    opening::Until,
    warden::{Done, Warden},
};
use crate::{
    domain::{guest::GuestOrder, id::SessionId, supervision::End},
    engine::heartbeat::Order,
    genesys::Genesys,
    store::Store,
};

impl<G: Genesys, S: Store> Warden<G, S> {
    pub(super) async fn obey(&mut self, ask: Ask) {
        match ask {
            Ask::Open(order) => self.open(order),
            Ask::Supervise(session) => self.supervise(session).await,
            Ask::Release(session) => self.release(session).await,
            Ask::End(session) => self.end(session).await,
            Ask::Link { up } => self.order(Order::Link { up }).await,
        }
    }

    fn open(&mut self, order: GuestOrder) {
        let post = Arc::clone(&self.post);
        self.opening.insert(order.id.clone());
        self.tasks.spawn(async move {
            let opened = post.open(&order, Until::Kept).await;
            Done::Opened(Box::new(order), opened.map(Box::new))
        });
    }

    async fn supervise(&mut self, session: SessionId) {
        if self.keeps_on(&session) {
            return self.tell(Some(session), Turn::KeptOn).await;
        }
        if self.kept.contains_key(&session) {
            let reason = "it is kept here already".into();
            return self.tell(Some(session), Turn::Refused { reason }).await;
        }
        let post = Arc::clone(&self.post);
        self.tasks.spawn(async move {
            let begun = post.supervise(&session).await;
            Done::Begun(session, begun.map(Box::new))
        });
    }

    /// A person was asked about it, and has answered that it is kept.
    fn keeps_on(&mut self, session: &SessionId) -> bool {
        self.kept.get_mut(session).is_some_and(|kept| std::mem::take(&mut kept.asks))
    }

    async fn release(&mut self, session: SessionId) {
        let Some(kept) = self.kept.get(&session) else {
            let reason = "it is not kept here".into();
            return self.tell(Some(session), Turn::Refused { reason }).await;
        };
        // Written first: should it fail, the session is kept on.
        let it = kept.it.clone();
        if self.post.release(&it).await {
            self.leave_open(&session).await;
            let turn = if it.hold.keeps_alive() { Turn::Released } else { Turn::Unwatched };
            self.tell(Some(session), turn).await;
        }
    }

    async fn end(&mut self, session: SessionId) {
        if self.kept.contains_key(&session) {
            return self.close(&session, End::Released).await;
        }
        let post = Arc::clone(&self.post);
        self.tasks.spawn(async move {
            let ended = post.end(&session).await;
            Done::Ended(session, End::Released, ended)
        });
    }

    /// Ends a session that we keep. Its lease stays ours until that is done.
    pub(super) async fn close(&mut self, session: &SessionId, why: End) {
        let Some(kept) = self.kept.get_mut(session).filter(|kept| !kept.ending) else { return };
        kept.ending = true;
        let (post, it) = (Arc::clone(&self.post), kept.it.clone());
        self.dirty = true;
        self.order(Order::Release(session.clone())).await;
        self.tasks.spawn(async move {
            let ended = post.close(&it, why).await;
            Done::Ended(it.id, why, ended)
        });
    }
}

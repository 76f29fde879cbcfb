//! Renewals that have begun in this process: what waits for them before it ends, and what it says if one can't be
//! kept. One place for all, since a process ends once.

use std::{sync::LazyLock, time::Duration};

use tokio::{sync::watch, time::timeout};

use crate::domain::text::Plain;

static ALL: LazyLock<watch::Sender<All>> = LazyLock::new(watch::Sender::default);

#[derive(Default)]
struct All {
    under_way: usize,
    unkept: Option<Plain>,
}

/// One renewal, until it is dropped.
pub(super) struct UnderWay(());

/// One more is under way.
pub(super) fn begin() -> UnderWay {
    ALL.send_modify(|all| all.under_way += 1);
    UnderWay(())
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        ALL.send_modify(|all| all.under_way = all.under_way.saturating_sub(1));
    }
}

/// What was renewed last is kept.
pub(super) fn is_kept() {
    ALL.send_modify(|all| all.unkept = None);
}

/// It is not, for this reason.
pub(super) fn is_not_kept(why: &str) {
    ALL.send_modify(|all| all.unkept = Some(Plain::new(why)));
}

/// True while a renewal is under way.
pub fn is_renewing() -> bool {
    ALL.borrow().under_way > 0
}

/// Waits for the renewals that are under way, as long as `patience`. Why what came of one is not kept, and is lost
/// with this process; `None` where it is.
pub async fn settled(patience: Duration) -> Option<Plain> {
    let mut all = ALL.subscribe();
    if timeout(patience, all.wait_for(|all| all.under_way == 0)).await.is_err() {
        tracing::warn!("left while a sign-in is being renewed");
    }
    ALL.borrow().unkept.clone()
}

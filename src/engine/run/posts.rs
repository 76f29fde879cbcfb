//! Telling other systems, as far as the engine's own task is concerned: it is told when there is something
//! to tell, and when to leave.

use std::sync::Arc;

use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::Inward;
use crate::{
    domain::audit::{AuditEvent, AuditRecord},
    engine::{
        Post, Settings,
        outbox::{self, Postman, wire::Http},
    },
    store::Store,
};

/// The way to the task that tells.
#[derive(Debug)]
pub(super) struct Posts {
    wake: Arc<Notify>,
    leave: CancellationToken,
    /// What it has told last.
    pub told: Option<Arc<Post>>,
}

impl Posts {
    /// A letter is written together with a record: it is looked for at once.
    pub(super) fn audited(&self, record: &AuditRecord) {
        let own = matches!(
            AuditEvent::from_name(&record.event),
            Some(
                AuditEvent::CrmSynced
                    | AuditEvent::CrmSyncFailed
                    | AuditEvent::WfmSynced
                    | AuditEvent::WfmSyncFailed
            )
        );
        if !own {
            self.wake.notify_one();
        }
    }

    /// Nothing more is sent; what is on its way is seen to its end.
    pub(super) fn leave(&self) {
        self.leave.cancel();
    }
}

/// Starts the task among `tasks`.
pub(super) fn start<S: Store>(
    store: &Arc<S>,
    dialect: &'static str,
    settings: &Settings,
    inward: mpsc::Sender<Inward>,
    tasks: &mut JoinSet<()>,
) -> Posts {
    let (wake, leave) = (Arc::new(Notify::new()), CancellationToken::new());
    match Http::by(&settings.outbox.reach) {
        Ok(wire) => {
            let postman = Postman {
                store: Arc::clone(store),
                wire: Arc::new(wire),
                clock: settings.clock,
                actor: settings.actor.clone(),
                owner: settings.owner.clone(),
                context: settings.context.clone(),
                dialect,
                terms: settings.outbox.clone(),
                inward,
            };
            tasks.spawn(outbox::run(postman, Arc::clone(&wake), leave.clone()));
        }
        Err(error) => tracing::error!(%error, "nothing can be told to other systems"),
    }
    Posts { wake, leave, told: None }
}

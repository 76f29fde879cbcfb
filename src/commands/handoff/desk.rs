//! The engine's desk for one command: the org, the store, a floor to show to the gate, and warnings on
//! standard error in place of a console's notices.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::{Connection, Failure, listing::warn, store, who},
    config::Config,
    domain::floor::Floor,
    engine::{Event, batch::Inward, clock::Clock, handoff::Desk, snapshot::Snapshot},
    genesys::{org::Org, transport::Http},
    store::Database,
};

/// How long a command may be held up by what follows a handoff that has worked.
const PATIENCE: Duration = Duration::from_secs(2);

/// A desk, and what goes on behind it.
pub struct Counter<G, S> {
    /// What handoffs are made at.
    pub desk: Arc<Desk<G, S>>,
    floor: watch::Sender<Arc<Floor>>,
}

impl<G, S> Counter<G, S> {
    /// Shows a floor to the gate.
    pub fn show(&self, shot: &Snapshot) {
        self.floor.send_replace(Arc::new(shot.floor.clone()));
    }

    /// The other end of what the gate looks at.
    pub fn floor(&self) -> watch::Sender<Arc<Floor>> {
        self.floor.clone()
    }
}

/// Opens the org and the store.
pub async fn open(
    connection: Connection,
    config: &Config,
    defer: Duration,
) -> Result<Counter<Org<Http>, Database>, Failure> {
    let context = connection.context.clone();
    let store = store::open(config).await?;
    let floor = watch::Sender::default();
    let (inward, news) = mpsc::channel(256);
    tokio::spawn(listen(news));
    let desk = Desk {
        actor: connection.actor(),
        genesys: Arc::new(connection.open()?),
        store: Arc::new(store),
        clock: Clock::System,
        owner: who::owner(),
        context,
        // Whoever gave --yes or has answered yes has had the time to think.
        grace: Duration::ZERO,
        defer,
        late: config.late,
        handbook: config.handbook.clone(),
        floor: floor.subscribe(),
        patience: PATIENCE,
        leaving: CancellationToken::new(),
        inward,
    };
    Ok(Counter { desk: Arc::new(desk), floor })
}

/// A handoff never waits for somebody to hear of it.
async fn listen(mut news: mpsc::Receiver<Inward>) {
    while let Some(news) = news.recv().await {
        if let Inward::Tell(Event::Notice(notice)) = news {
            warn(&notice.text);
        }
    }
}

//! The orders, carried out: through the engine's batch, with the ledger written around each, until all
//! have ended or somebody has asked to stop.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{
    desk::Counter,
    ledger::Ledger,
    orders::{Fate, Item, Items},
    report::{End, Line, lost},
    wish::Wish,
};
use crate::{
    commands::{Failure, listing::warn},
    domain::{
        floor::Floor,
        handoff::{HandoffOrder, Stage},
        id::{BatchId, HandoffId},
        text::Plain,
    },
    engine::{
        batch::carry,
        handoff::{Desk, Ending, Handoff, Reins, Terrain},
        snapshot::Snapshot,
    },
    genesys::Genesys,
    store::Store,
};

/// How often the floor is read again for the gate while a batch runs.
const RENEWAL: Duration = Duration::from_secs(15);
/// The exit code of a session that was not begun.
const NOT_BEGUN: u8 = 7;

/// What a handoff tells of itself.
enum Told {
    Begun(HandoffId),
    Ended(HandoffId, End),
}

/// Carries all orders out; a row for each session.
pub async fn carry_out<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    wish: &Wish,
    items: Items,
    ledger: Option<Arc<Ledger>>,
) -> Result<Vec<Line>, Failure> {
    let stop = CancellationToken::new();
    let listening = listen(stop.clone(), counter.desk.leaving.clone())?;
    let Items { list, shot } = items;
    let (tell, mut told) = mpsc::unbounded_channel();
    let orders = list.iter().filter_map(|item| match &item.fate {
        Fate::Order(order) => Some(*order.clone()),
        Fate::Ended(_) => None,
    });
    let handoffs: Vec<_> = orders
        .map(|order| {
            let terrain = shot.terrain(&order);
            let (desk, ledger) = (Arc::clone(&counter.desk), ledger.clone());
            one(desk, order, terrain, ledger, tell.clone())
        })
        .collect();
    // Whoever waits for a place has to see when there is one.
    let renewing = (handoffs.len() > 1 || !wish.defer.is_zero())
        .then(|| tokio::spawn(renew(Arc::clone(&counter.desk.genesys), shot, counter.floor())));
    carry(BatchId::random(), handoffs, wish.pace, stop, |_| std::future::ready(())).await;
    listening.abort();
    renewing.inspect(JoinHandle::abort);
    drop(tell);
    let (mut begun, mut ends) = (HashSet::new(), HashMap::new());
    while let Some(news) = told.recv().await {
        match news {
            Told::Begun(id) => drop(begun.insert(id)),
            Told::Ended(id, end) => drop(ends.insert(id, end)),
        }
    }
    Ok(list.into_iter().map(|item| line(item, &begun, &mut ends)).collect())
}

/// One handoff, with the ledger before and after it.
async fn one<G: Genesys, S: Store>(
    desk: Arc<Desk<G, S>>,
    order: HandoffOrder,
    terrain: Terrain,
    ledger: Option<Arc<Ledger>>,
    tell: mpsc::UnboundedSender<Told>,
) -> Stage {
    let (id, session, clock) = (order.id.clone(), order.session.clone(), desk.clock);
    let _ = tell.send(Told::Begun(id.clone()));
    let written = ledger.as_ref().map_or(Ok(()), |ledger| ledger.begin(&order, clock.now()));
    let ending = match written {
        Ok(()) => Handoff::new(desk, order, terrain, Reins::default()).run().await,
        Err(error) => {
            let reason = format!("The ledger can't be written: {error}: nothing was sent");
            Ending::early(Stage::Failed { reason: Plain::new(&reason) })
        }
    };
    let end = End::of(&id, &ending);
    if let Some(ledger) = &ledger
        && let Err(error) = ledger.end(&session, &id, &end.outcome, clock.now())
    {
        warn(&format!("{session} is {}, but the ledger can't be written: {error}", end.outcome));
    }
    let _ = tell.send(Told::Ended(id, end));
    ending.stage
}

fn line(item: Item, begun: &HashSet<HandoffId>, ends: &mut HashMap<HandoffId, End>) -> Line {
    let end = match item.fate {
        Fate::Ended(end) => end,
        Fate::Order(order) => match ends.remove(&order.id) {
            Some(end) => end,
            None if begun.contains(&order.id) => lost(&order.id),
            None => End::untried("not begun", Plain::new("it was stopped before"), NOT_BEGUN),
        },
    };
    Line { head: item.head, end }
}

/// The first signal begins nothing more; the second leaves what is under way to the next start.
fn listen(stop: CancellationToken, leaving: CancellationToken) -> Result<JoinHandle<()>, Failure> {
    let failed = |e: std::io::Error| Failure::other(format!("Signals can't be heard: {e}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    Ok(tokio::spawn(async move {
        either(&mut interrupt, &mut terminate).await;
        warn(
            "nothing more is begun, and what is under way is seen to its end; once more: leave it",
        );
        stop.cancel();
        either(&mut interrupt, &mut terminate).await;
        leaving.cancel();
    }))
}

async fn either(a: &mut Signal, b: &mut Signal) {
    tokio::select! {
        _ = a.recv() => {}
        _ = b.recv() => {}
    }
}

/// A batch may take minutes: the gate must not go by the floor of its beginning.
async fn renew<G: Genesys>(genesys: Arc<G>, mut shot: Snapshot, floor: watch::Sender<Arc<Floor>>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        match shot.renew(&*genesys).await {
            Ok(()) => drop(floor.send_replace(Arc::new(shot.floor.clone()))),
            Err(error) => tracing::warn!(%error, "the floor of a batch grows old"),
        }
    }
}

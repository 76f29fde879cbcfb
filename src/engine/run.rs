//! The engine itself: one task that owns the picture and passes news on.
//!
//! Feeds and handoffs are tasks of their own; they report here, and only here is anything put
//! together. Nothing is shared and locked.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::Instant,
};

use super::{
    Attention, Command, Event, Gauge, Level, Link, Notice, Ports, Pulse, Settings,
    assembly::{Assembly, Known},
    handoff::{Desk, Handoff, Terrain},
    link::Health,
    poll::{Allowance, Feeder, Report, keep},
};
use crate::{
    domain::{
        audit::AuditRecord,
        floor::Floor,
        handoff::{HandoffOrder, Progress},
        id::{AgentId, HandoffId},
        session::Session,
        text::Plain,
    },
    genesys::{Ask, Feed, Genesys, Lane, client::Traffic},
    store::Store,
};

/// Answers that come together are shown together: feeds that were asked at one moment answer within
/// this time, and half a picture is worth less than a whole one a little later.
const GATHER: Duration = Duration::from_millis(40);
/// How long the engine waits at its end for handoffs that have left.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// Records in a page of the audit log.
const AUDIT_PAGE: u32 = 200;
/// Agents of a picker whose capacity is read at once.
const CLOSE_READS: usize = 20;

/// News from the engine's own tasks.
#[derive(Debug)]
pub enum Inward {
    /// A handoff has moved on.
    Progress(Box<Progress>),
    /// A record is in the log.
    Audited(Box<AuditRecord>),
    /// A record could not be written.
    AuditTrouble(Plain),
    /// A session was read by itself.
    Sighted(Box<Session>),
    /// A single read outside the feeds was answered.
    Patched(crate::genesys::Patch),
    /// Something to pass on as it is.
    Tell(Event),
}

/// The engine's state.
struct Engine<G, S> {
    desk: Arc<Desk<G, S>>,
    ports: Ports,
    assembly: Assembly,
    health: Health,
    known: watch::Sender<Arc<Known>>,
    refresh: watch::Sender<u64>,
    traffic: watch::Receiver<Traffic>,
    audit_trouble: Option<Plain>,
    tasks: JoinSet<()>,
    handoffs: HashMap<HandoffId, Option<oneshot::Sender<()>>>,
    /// When the floor is to be put together again.
    due: Option<Instant>,
    attention: Attention,
}

/// Runs until the console has gone and what has left is settled.
pub async fn run<G: Genesys, S: Store>(
    genesys: Arc<G>,
    store: Arc<S>,
    ports: Ports,
    settings: Settings,
) {
    let (inward, mut inbox) = mpsc::channel(256);
    let (reports, mut answers) = mpsc::channel(64);
    let (known, refresh) = (watch::Sender::default(), watch::Sender::default());
    let feeder = Feeder {
        genesys: Arc::clone(&genesys),
        clock: settings.clock,
        known: known.subscribe(),
        refresh: refresh.subscribe(),
        reports,
        allowance: Arc::new(Allowance::default()),
    };
    let mut feeds = JoinSet::new();
    for &(feed, pace) in genesys.feeds() {
        feeds.spawn(keep(feeder.clone(), feed, pace));
    }
    let mut engine = Engine {
        health: Health::new(genesys.feeds()),
        traffic: genesys.traffic(),
        desk: Arc::new(Desk {
            genesys,
            store,
            clock: settings.clock,
            actor: settings.actor,
            context: settings.context,
            grace: settings.grace,
            inward,
        }),
        ports,
        assembly: Assembly::default(),
        known,
        refresh,
        audit_trouble: None,
        tasks: JoinSet::new(),
        handoffs: HashMap::new(),
        due: None,
        attention: Attention::default(),
    };
    engine.turn(&mut inbox, &mut answers).await;
    drop(feeds);
    engine.settle(&mut inbox).await;
}

impl<G: Genesys, S: Store> Engine<G, S> {
    async fn turn(
        &mut self,
        inbox: &mut mpsc::Receiver<Inward>,
        answers: &mut mpsc::Receiver<Report>,
    ) {
        // A feed that falls silent must make the floor stale although nothing is reported.
        let mut pulse = tokio::time::interval(Duration::from_secs(1));
        loop {
            let due = self.due;
            tokio::select! {
                command = self.ports.commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                Some(news) = inbox.recv() => self.hear(news).await,
                Some(report) = answers.recv() => self.take(report).await,
                () = at(due), if due.is_some() => self.publish(),
                Ok(()) = self.traffic.changed() => self.beat(),
                _ = pulse.tick() => self.beat(),
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Refresh => self.refresh.send_modify(|n| *n = n.wrapping_add(1)),
            Command::Attend(attention) => self.attend(attention),
            Command::Handoff(order) => self.hand_over(order),
            Command::Cancel(id) => {
                if let Some(cancel) = self.handoffs.get_mut(&id).and_then(Option::take) {
                    // If it has ended meanwhile, its end says so.
                    let _ = cancel.send(());
                }
            }
            Command::Audit { before } => self.read_audit(before),
        }
    }

    fn hand_over(&mut self, order: HandoffOrder) {
        // A repeated message is the same order, not a second one.
        if self.handoffs.contains_key(&order.id) {
            return;
        }
        let from = order.seen.queue.as_ref();
        let terrain = Terrain {
            assignable: from.filter(|q| self.assembly.assignable(q)).cloned().into_iter().collect(),
            alerting: from.and_then(|q| self.assembly.alerting_timeout(q)),
        };
        let (cancel, cancelled) = oneshot::channel();
        self.handoffs.insert(order.id.clone(), Some(cancel));
        let handoff = Handoff::new(Arc::clone(&self.desk), order, terrain);
        self.tasks.spawn(handoff.run(cancelled));
    }

    fn read_audit(&mut self, before: Option<i64>) {
        let desk = Arc::clone(&self.desk);
        self.tasks.spawn(async move {
            let event = match desk.store.page(before, AUDIT_PAGE).await {
                Ok(records) => {
                    let complete = records.len() < AUDIT_PAGE as usize;
                    Event::AuditPage { records, complete }
                }
                Err(error) => Event::Notice(Notice {
                    level: Level::Error,
                    text: Plain::new(&error.to_string()),
                }),
            };
            let _ = desk.inward.send(Inward::Tell(event)).await;
        });
    }

    /// Reads closely what the person looks at now, and did not look at before.
    fn attend(&mut self, attention: Attention) {
        if let Some(session) = attention.detail.clone()
            && self.attention.detail.as_ref() != Some(&session)
        {
            let desk = Arc::clone(&self.desk);
            self.tasks.spawn(async move {
                let event = match desk.genesys.detail(&session).await {
                    Ok(detail) => {
                        let seen = Box::new(detail.session.clone());
                        let _ = desk.inward.send(Inward::Sighted(seen)).await;
                        Event::Detail(Box::new(detail))
                    }
                    Err(error) => Event::NoDetail { session, reason: error.explained() },
                };
                let _ = desk.inward.send(Inward::Tell(event)).await;
            });
        }
        let known = self.assembly.known();
        let of = |all: &[AgentId]| -> Vec<AgentId> {
            let shown = attention.agents.iter().filter(|id| all.contains(id));
            shown.take(CLOSE_READS).cloned().collect()
        };
        let (unprofiled, unmeasured) = (of(&known.unprofiled), of(&known.unmeasured));
        if !unprofiled.is_empty() {
            self.read_now(Feed::Profiles, vec![unprofiled]);
        }
        self.read_now(Feed::Capacity, unmeasured.into_iter().map(|id| vec![id]).collect());
        self.attention = attention;
    }

    /// One read after the other, outside the feeds: somebody is looking at what they are for.
    fn read_now(&mut self, feed: Feed, each: Vec<Vec<AgentId>>) {
        let desk = Arc::clone(&self.desk);
        let queues = Arc::clone(&self.known.borrow().queues);
        self.tasks.spawn(async move {
            for agents in each {
                let ask = Ask {
                    now: desk.clock.now(),
                    queues: Arc::clone(&queues),
                    flows: Vec::new(),
                    agents,
                    newcomers: Vec::new(),
                    page: 1,
                };
                let Ok(patch) = desk.genesys.read(feed, &ask, Lane::Screen).await else { return };
                if desk.inward.send(Inward::Patched(patch)).await.is_err() {
                    return;
                }
            }
        });
    }

    async fn hear(&mut self, news: Inward) {
        match news {
            Inward::Progress(progress) => {
                if progress.stage.is_final() {
                    // The id stays known: the same order must never run twice.
                    self.handoffs.insert(progress.order.id.clone(), None);
                }
                self.tell(Event::Handoff(*progress)).await;
            }
            Inward::Audited(record) => {
                self.audit_trouble = None;
                self.tell(Event::Audited(record)).await;
            }
            Inward::AuditTrouble(reason) => {
                self.audit_trouble = Some(reason);
                self.beat();
            }
            Inward::Sighted(session) => {
                self.assembly.sight(*session);
                self.gather();
            }
            Inward::Patched(patch) => {
                self.assembly.apply(patch);
                self.gather();
            }
            Inward::Tell(event) => self.tell(event).await,
        }
    }

    async fn take(&mut self, report: Report) {
        match report.result {
            Ok(patch) => {
                self.health.good(report.feed, report.asked, report.asked_at);
                self.assembly.apply(patch);
                if report.feed == Feed::Directory {
                    self.tell_gaps().await;
                }
                self.share();
                self.gather();
            }
            Err(trouble) => self.health.bad(report.feed, &trouble),
        }
        self.beat();
    }

    /// A missing right is worth knowing once, where the directory is read.
    async fn tell_gaps(&mut self) {
        let gaps: Vec<Plain> = self.assembly.gaps().cloned().collect();
        for text in gaps {
            self.tell(Event::Notice(Notice { level: Level::Warn, text })).await;
        }
    }

    async fn tell(&mut self, event: Event) {
        // With the console gone there is nobody to tell.
        let _ = self.ports.events.send(event).await;
    }

    /// Tells the feeds what there is to ask for.
    fn share(&self) {
        let known = self.assembly.known();
        self.known.send_if_modified(|old| {
            let changed = **old != known;
            if changed {
                *old = Arc::new(known);
            }
            changed
        });
    }

    fn gather(&mut self) {
        self.due.get_or_insert_with(|| Instant::now() + GATHER);
    }

    /// Puts the floor together and shows it, unless it is the one already shown.
    fn publish(&mut self) {
        self.due = None;
        let floor = self.assembly.floor();
        self.ports.floor.send_if_modified(|old: &mut Arc<Floor>| {
            let changed = **old != floor;
            if changed {
                *old = Arc::new(floor);
            }
            changed
        });
        self.beat();
    }

    fn beat(&self) {
        let traffic = self.traffic.borrow().clone();
        // Answers that are not on the floor yet must not make it look fresher than it is.
        let (link, data_from) = match self.due {
            None => (self.link(&traffic), self.health.data_from()),
            Some(_) => {
                let shown = self.ports.pulse.borrow();
                (shown.link.clone(), shown.data_from)
            }
        };
        let pulse = Pulse {
            link,
            data_from,
            gauge: Gauge {
                allowed: traffic.budget.allowed,
                left: traffic.budget.left,
                spent: traffic.budget.spent,
            },
            org: self.assembly.directory().and_then(|d| d.org.clone()),
            audit_trouble: self.audit_trouble.clone(),
        };
        self.ports.pulse.send_if_modified(|old: &mut Arc<Pulse>| {
            let changed = **old != pulse;
            if changed {
                *old = Arc::new(pulse);
            }
            changed
        });
    }

    /// While the first answers are being waited for, the wait itself is the news.
    fn link(&self, traffic: &Traffic) -> Link {
        match (self.health.link(), &traffic.waiting) {
            (Link::Connecting, Some(wait)) => Link::Retrying {
                at: self.desk.clock.after(wait.until.saturating_duration_since(Instant::now())),
                reason: wait.why.clone(),
            },
            (link, _) => link,
        }
    }

    /// The console has gone: what has not left is called back, what has left is seen to its end.
    async fn settle(mut self, inbox: &mut mpsc::Receiver<Inward>) {
        for cancel in self.handoffs.values_mut().filter_map(Option::take) {
            let _ = cancel.send(());
        }
        let end = tokio::time::sleep(LAST_WAIT);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                Some(_) = inbox.recv() => {}
                done = self.tasks.join_next() => if done.is_none() { return },
            }
        }
    }
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

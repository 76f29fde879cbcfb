//! The engine itself: one task that owns the picture and passes news on.
//!
//! Feeds and handoffs are tasks of their own; they report here, and only here is anything put
//! together. Nothing is shared and locked.

mod batch;
mod feeds;
mod figures;
mod front;
mod humans;
mod leaving;
mod looks;
mod orders;
mod posts;
mod pulse;
mod reader;
mod showing;
mod wards;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::{humans::Hoping, looks::Looks};
use super::{
    Event, Level, LogNews, Notice, Ports, Post, Settings,
    assembly::{Assembly, Known},
    handoff::{ALL_DAY, Desk, Reins},
    link::{Health, Trouble},
    poll::{Allowance, Feeder, Report},
    reception::Settled,
    supervision::Ward,
};
use crate::{
    domain::{
        audit::AuditRecord,
        deed::{Deed, DeedNews, DeedStage},
        floor::Floor,
        handoff::{HandoffOrder, Progress, Stage},
        id::{AgentId, BatchId, DeedId, HandoffId, SessionId},
        inbox::Inbox,
        rights::Rights,
        session::Session,
        text::Plain,
    },
    genesys::{Feed, Genesys, Lane, client::Traffic, error::Kind},
    store::Store,
};

/// Records in a page of the audit log.
const AUDIT_PAGE: u32 = 200;

/// An order that was taken.
#[derive(Debug, Default)]
struct Held {
    reins: Reins,
    /// The last stage told of it.
    stage: Option<Stage>,
}

/// News from the engine's own tasks.
#[derive(Debug)]
pub enum Inward {
    /// A handoff has moved on.
    Progress(Box<Progress>),
    /// What a person does themselves has moved on.
    Deed(Box<DeedNews>),
    /// A record is in the log.
    Audited(Box<AuditRecord>),
    /// There is news for who reads the log.
    Log(LogNews),
    /// A record could not be written.
    AuditTrouble(Plain),
    /// A handoff was found whose owner has gone.
    Abandoned,
    /// What every agent was handed lately.
    Handed(HashMap<AgentId, u32>),
    /// A session was read by itself.
    Sighted(Box<Session>),
    /// A single read outside the feeds was answered.
    Patched(crate::genesys::Patch),
    /// A session is kept here from now on.
    Supervised(SessionId, Option<Plain>),
    /// Nobody asks for these sessions any more.
    Forgotten(Vec<SessionId>),
    /// A rule has an order.
    HandOver(Box<HandoffOrder>),
    /// The handoff of a bot's request has ended.
    Settled(Box<Settled>),
    /// What bots ask for.
    Inbox(Arc<Inbox>),
    /// Whom we keep, and how that goes.
    Ward(Arc<Ward>),
    /// Figures of the shift, or of the store.
    Figures(figures::News),
    /// How telling other systems goes.
    Post(Arc<Post>),
    /// What the OAuth client may do.
    Rights(Rights),
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
    /// Every order taken, and what it is held by: the same order must never run twice.
    handoffs: HashMap<HandoffId, Held>,
    /// Every deed taken, for the same reason.
    deeds: HashSet<DeedId>,
    /// The sessions that somebody listens in on from here; true while they are leaving one.
    listening: HashMap<SessionId, watch::Sender<bool>>,
    /// What stops each batch that runs.
    batches: HashMap<BatchId, CancellationToken>,
    /// What every agent was handed lately.
    handed: Arc<HashMap<AgentId, u32>>,
    /// Sessions that were handed to a queue and that nobody has taken yet.
    hoping: HashMap<SessionId, Hoping>,
    /// When handoffs of those who have gone are looked for again.
    recovery_due: Instant,
    /// When the floor is to be put together again.
    due: Option<Instant>,
    /// Since when something is known that may wait for the next floor.
    stands: Option<Instant>,
    /// When the floor was last put together.
    published: Instant,
    /// What somebody has open.
    looks: Looks,
    /// Trouble of background feeds that has been told.
    told: HashMap<Feed, Kind>,
    /// When the person last had everything read again.
    refreshed: Option<Instant>,
    /// Who keeps sessions.
    wards: wards::Wards,
    /// Who takes in what bots ask for.
    front: front::Front,
    /// What handoffs by rule work with.
    rules: Arc<Desk<G, S>>,
    /// How the shift has been, and how the store is.
    figures: figures::Figures,
    /// Who tells other systems.
    posts: posts::Posts,
    /// Who reads the log for the console.
    reader: reader::Reader,
    /// What the OAuth client may do, where the org tells.
    rights: Option<Arc<Rights>>,
}

/// Runs until the console has gone and what has left is settled.
pub async fn run<G: Genesys, S: Store>(
    genesys: Arc<G>,
    store: Arc<S>,
    mut ports: Ports,
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
    let feeds = feeds::start(&feeder);
    let mut tasks = JoinSet::new();
    let wards = wards::start(&genesys, &store, &settings, inward.clone(), &mut tasks);
    let (dialect, news) = (genesys.dialect(), inward.clone());
    let posts = posts::start(&store, dialect, &settings, news, &mut tasks);
    let front = front::start(&genesys, &store, &settings, &mut ports, inward.clone(), &mut tasks);
    let figures = figures::Figures::start(&store, settings.clock, inward.clone());
    let reader = reader::Reader::start(&store, settings.witness.clone(), inward.clone());
    let desk = Arc::new(desk(genesys, store, settings, ports.floor.subscribe(), inward));
    let mut engine = Engine {
        health: Health::new(desk.genesys.feeds()),
        assembly: Assembly::of(desk.genesys.feeds()).by(desk.clock),
        traffic: desk.genesys.traffic(),
        rules: Arc::new(desk.for_rules()),
        desk,
        ports,
        known,
        refresh,
        audit_trouble: None,
        tasks,
        handoffs: HashMap::new(),
        deeds: HashSet::new(),
        listening: HashMap::new(),
        batches: HashMap::new(),
        handed: Arc::default(),
        hoping: HashMap::new(),
        recovery_due: Instant::now(),
        due: None,
        stands: None,
        published: Instant::now(),
        looks: Looks::default(),
        told: HashMap::new(),
        refreshed: None,
        wards,
        front,
        figures,
        posts,
        reader,
        rights: None,
    };
    engine.ask_rights(Arc::clone(&feeder.allowance));
    engine.count_handed();
    engine.turn(&mut inbox, &mut answers).await;
    drop(feeds);
    engine.settle(&mut inbox).await;
}

/// What every handoff works with.
fn desk<G: Genesys, S: Store>(
    genesys: Arc<G>,
    store: Arc<S>,
    settings: Settings,
    floor: watch::Receiver<Arc<Floor>>,
    inward: mpsc::Sender<Inward>,
) -> Desk<G, S> {
    Desk {
        genesys,
        store,
        clock: settings.clock,
        actor: settings.actor,
        owner: settings.owner,
        context: settings.context,
        grace: settings.grace,
        defer: settings.defer,
        late: settings.late,
        handbook: settings.handbook,
        floor,
        patience: ALL_DAY,
        leaving: CancellationToken::new(),
        inward,
    }
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
                () = at(self.looks.due), if self.looks.due.is_some() => self.renew_detail(),
                () = tokio::time::sleep_until(self.recovery_due) => self.recover(),
                Ok(()) = self.traffic.changed() => self.beat(),
                _ = pulse.tick() => {
                    self.renew();
                    self.beat();
                }
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    async fn hear(&mut self, news: Inward) {
        match news {
            Inward::Progress(progress) => self.moved_on(progress).await,
            Inward::Deed(news) => self.done(news).await,
            Inward::Audited(record) => self.audited(record).await,
            Inward::Log(news) => self.read(news).await,
            Inward::AuditTrouble(reason) => {
                self.audit_trouble = Some(reason);
                self.figures.troubled();
                self.beat();
            }
            Inward::Abandoned => self.recovery_due = Instant::now(),
            Inward::Handed(handed) => {
                self.handed = Arc::new(handed);
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
            Inward::Supervised(session, guest) => self.watch_quietly(session, guest),
            Inward::Forgotten(sessions) => self.forget(&sessions),
            Inward::HandOver(order) => self.hand_over_by_rule(*order),
            Inward::Settled(settled) => self.front.ended(settled),
            Inward::Inbox(inbox) => {
                self.front.told = Some(inbox);
                self.beat();
            }
            Inward::Ward(ward) => {
                self.wards.told = Some(ward);
                self.beat();
            }
            Inward::Figures(news) => self.count(news),
            Inward::Post(post) => {
                self.posts.told = Some(post);
                self.beat();
            }
            Inward::Rights(rights) => {
                self.rights = Some(Arc::new(rights));
                self.beat();
            }
            Inward::Tell(event) => self.tell(event).await,
        }
    }

    async fn moved_on(&mut self, progress: Box<Progress>) {
        let held = self.handoffs.entry(progress.order.id.clone()).or_default();
        held.stage = Some(progress.stage.clone());
        self.hope(&progress);
        if progress.order.request.is_some() && progress.stage == Stage::Claimed {
            self.front.look();
        }
        self.tell(Event::Handoff(progress)).await;
    }

    /// What a person has done to the session whose detail is open is to be seen in it.
    async fn done(&mut self, news: Box<DeedNews>) {
        let ended = news.stage.is_final();
        let here = self.looks.has_open(&news.order.session);
        if news.order.deed == Deed::Leave {
            self.leaves(&news);
        }
        self.tell(Event::Deed(news)).await;
        if ended && here {
            self.read_detail();
        }
    }

    /// Whoever leaves from here is not told to have gone by themselves.
    fn leaves(&mut self, news: &DeedNews) {
        match news.stage {
            DeedStage::Done => _ = self.listening.remove(&news.order.session),
            _ => {
                if let Some(held) = self.listening.get(&news.order.session) {
                    held.send_replace(!news.stage.is_final());
                }
            }
        }
    }

    /// Asks once what the client may do. Where it can't be read, nothing is known to be missing.
    fn ask_rights(&mut self, allowance: Arc<Allowance>) {
        let desk = Arc::clone(&self.desk);
        self.tasks.spawn(async move {
            // One of those that are not for the screen, as any other.
            allowance.take(1).await;
            if let Ok(Some(rights)) = desk.genesys.rights(Lane::Background).await {
                // With the engine gone nobody wants to know.
                let _ = desk.inward.send(Inward::Rights(rights)).await;
            }
        });
    }

    /// What the link does not show, because no row on screen grows old by it, is told once.
    async fn tell_trouble(&mut self, feed: Feed, trouble: &Trouble) {
        // While there is no directory the link itself says why.
        let first = feed == Feed::Directory && self.assembly.directory().is_none();
        let background = !self.health.is_live(feed) && !first;
        if background && self.told.insert(feed, trouble.error.kind) != Some(trouble.error.kind) {
            let notice = Notice { level: Level::Warn, text: trouble.error.explained() };
            self.tell(Event::Notice(notice)).await;
        }
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
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

//! Those who read the audit log for the console, each a task of its own.
//!
//! Not among the engine's other tasks: whoever leaves does not wait for them.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use super::{AUDIT_PAGE, Engine, Inward};
use crate::{
    domain::{
        audit::{AuditEvent, AuditRecord, Finding},
        text::Plain,
    },
    engine::{
        Event, Level, LogAsk, LogNews, Notice, Witness, Work,
        reading::{
            export::{export, here},
            find::find,
            follow::Follower,
            link::link,
            prove::prove,
        },
        search,
    },
    genesys::Genesys,
    store::{Index, Store, Unindexed},
};

/// News that wait to be told.
const WAITING: usize = 16;
/// After a defect of ours.
const PAUSE: Duration = Duration::from_secs(5);
/// What is said of one. What it was stands in the log.
const DEFECT: &str = "a defect of floorwalker's own: its log says more";

/// Who reads the log.
#[derive(Debug)]
pub(super) struct Reader {
    /// Who tells what comes.
    pub follower: Follower,
    /// What the log is held against when it is proved.
    witness: Witness,
    /// What finds records sooner, once it is open.
    index: watch::Receiver<Arc<Index>>,
    news: mpsc::Sender<LogNews>,
    running: HashMap<Work, AbortHandle>,
    tasks: JoinSet<()>,
}

impl Reader {
    /// Starts those who follow the log: one tells what comes, one keeps the index up with it.
    pub fn start<S: Store>(store: &Arc<S>, witness: Witness, inward: mpsc::Sender<Inward>) -> Self {
        let (news, told) = mpsc::channel(WAITING);
        let follower = Follower::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(pass_on(told, inward));
        let (follows, log, told) = (follower.clone(), Arc::clone(store), news.clone());
        tasks.spawn(persist(move || follows.clone().follow(Arc::clone(&log), told.clone())));
        let (opened, index) = watch::channel(Arc::new(Index::None(Unindexed)));
        let log = Arc::clone(store);
        tasks.spawn(persist(move || keep_index(Arc::clone(&log), opened.clone())));
        Self { follower, witness, index, news, running: HashMap::new(), tasks }
    }

    /// Ends all of it.
    pub fn leave(&mut self) {
        self.tasks.abort_all();
    }

    fn stop(&mut self, work: Work) {
        if let Some(running) = self.running.remove(&work) {
            running.abort();
        }
    }

    /// Does `reading` in place of the same work for what was asked before. Should a defect of ours end it,
    /// `failed` is told.
    fn work(
        &mut self,
        work: Work,
        failed: LogNews,
        reading: impl Future<Output = ()> + Send + 'static,
    ) {
        self.stop(work);
        let running = self.begin(failed, reading);
        self.running.insert(work, running);
    }

    fn begin(
        &mut self,
        failed: LogNews,
        reading: impl Future<Output = ()> + Send + 'static,
    ) -> AbortHandle {
        while self.tasks.try_join_next().is_some() {}
        let news = self.news.clone();
        self.tasks.spawn(async move {
            if AssertUnwindSafe(reading).catch_unwind().await.is_err() {
                let _ = news.send(failed).await;
            }
        })
    }
}

/// Does this until it ends by itself: after a defect of ours it begins again.
async fn persist<F: Future<Output = ()>>(begin: impl Fn() -> F) {
    while AssertUnwindSafe(begin()).catch_unwind().await.is_err() {
        tracing::error!("who reads the audit log begins again after a defect");
        sleep(PAUSE).await;
    }
}

/// Opens the index, and files in it what comes.
async fn keep_index<S: Store>(store: Arc<S>, opened: watch::Sender<Arc<Index>>) {
    let index = Arc::new(store.search_index().await);
    opened.send_replace(Arc::clone(&index));
    if index.is_some() {
        search::keep(&*store, &*index).await;
    }
}

async fn pass_on(mut news: mpsc::Receiver<LogNews>, inward: mpsc::Sender<Inward>) {
    while let Some(news) = news.recv().await {
        if inward.send(Inward::Log(news)).await.is_err() {
            return;
        }
    }
}

impl<G: Genesys, S: Store> Engine<G, S> {
    /// Does what is asked of the log.
    pub(super) fn consult(&mut self, ask: LogAsk) {
        let (store, news) = (Arc::clone(&self.desk.store), self.reader.news.clone());
        match ask {
            LogAsk::Find(wanted) => {
                let index = Arc::clone(&self.reader.index.borrow());
                let failed = LogNews::NotFound { id: wanted.id, reason: DEFECT.into() };
                self.reader.work(wanted.work, failed, async move {
                    find(&*store, &*index, wanted, &news).await;
                });
            }
            LogAsk::Record(seq) => {
                let failed = LogNews::NoRecord { seq, reason: DEFECT.into() };
                self.reader.begin(failed, async move {
                    let _ = news.send(link(&*store, seq).await).await;
                });
            }
            LogAsk::Verify => {
                let witness = self.reader.witness.clone();
                let failed = LogNews::NotVerified(DEFECT.into());
                self.reader.work(Work::Proof, failed, async move {
                    prove(&store, &witness, &news).await;
                });
            }
            LogAsk::Export(query) => {
                let now = self.desk.clock.now();
                let failed = LogNews::NotExported(DEFECT.into());
                self.reader.work(Work::Export, failed, async move {
                    export(&store, query, here(now), &news).await;
                });
            }
            LogAsk::Stop(work) => self.reader.stop(work),
        }
    }

    /// Reads a page of the log; with the first one it begins to be followed.
    pub(super) fn read_audit(&mut self, before: Option<i64>) {
        let desk = Arc::clone(&self.desk);
        let follower = self.reader.follower.clone();
        self.tasks.spawn(async move {
            match desk.store.page(before, AUDIT_PAGE).await {
                Ok(records) => {
                    let complete = records.len() < AUDIT_PAGE as usize;
                    let newest = records.first().map_or(0, |record| record.seq);
                    let page = Event::AuditPage { records, complete };
                    let _ = desk.inward.send(Inward::Tell(page)).await;
                    if before.is_none() {
                        follower.begin(newest);
                    }
                }
                Err(error) => {
                    let reason = Plain::new(&error.to_string());
                    let _ = desk.inward.send(Inward::AuditTrouble(reason.clone())).await;
                    let notice = Notice { level: Level::Error, text: reason };
                    let _ = desk.inward.send(Inward::Tell(Event::Notice(notice))).await;
                    let _ = desk.inward.send(Inward::Log(LogNews::Unread)).await;
                }
            }
        });
    }

    /// This process has written a record.
    pub(super) async fn audited(&mut self, record: Box<AuditRecord>) {
        self.audit_trouble = None;
        self.figures.audited(&record);
        self.posts.audited(&record);
        match self.reader.follower.has_begun() {
            // It comes along there too, and is counted there.
            true => self.reader.follower.look(),
            false if is_completed(&record) => self.count_handed(),
            false => {}
        }
        self.tell(Event::Audited(record)).await;
    }

    /// There is news of the log.
    pub(super) async fn read(&mut self, news: LogNews) {
        if let LogNews::Grown(records) = &news {
            self.figures.grown(records);
            if records.iter().any(is_completed) {
                self.count_handed();
            }
        }
        if let LogNews::Verified(verified) = &news {
            self.judged(verified.verified.finding.as_ref());
        }
        self.tell(Event::Log(news)).await;
    }

    /// Somebody had the log checked: what was found is told until it is found otherwise.
    fn judged(&self, finding: Option<&Finding>) {
        self.ports.anchored.send_if_modified(|anchored| {
            let known = anchored.as_ref().and_then(|known| known.bad.as_ref());
            let changed = known != finding;
            if changed {
                anchored.get_or_insert_default().bad = finding.cloned();
            }
            changed
        });
    }
}

fn is_completed(record: &AuditRecord) -> bool {
    AuditEvent::from_name(&record.event) == Some(AuditEvent::HandoffCompleted)
}

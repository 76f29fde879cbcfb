//! The one task: sends what is due, judges what comes back, tells what is to be done.

use std::{collections::VecDeque, future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
    time::Instant,
};

use super::{
    Beat, Beater, Blame, Missed, News, Order, Settings, ended,
    outage::Outage,
    pace::Pace,
    register::{Flight, Register},
};
use crate::{
    domain::{
        id::SessionId,
        supervision::{End, OnLoss, Sign, Supervised},
    },
    policy::heartbeat::{self as rules, Verdict},
};

/// What became of a beat.
type Answer = Result<Sign, Missed>;

/// A beat that is back.
type Landed = (SessionId, Answer);

/// How the stretch changes while sessions are taken over one by one is told at most so often.
const STRETCH_TOLD: Duration = Duration::from_secs(5);

/// The keeper's state.
#[derive(Debug)]
pub struct Keeper<B> {
    beater: Arc<B>,
    pub settings: Settings,
    pub register: Register,
    flights: JoinSet<Landed>,
    /// Why beats pause, while they do.
    pub outage: Option<Outage>,
    /// Whether Genesys Cloud can be reached, if anybody has said so.
    pub link_up: Option<bool>,
    /// When beats last went on: what was sent before and failed had the trouble's own reasons.
    pub mended: Instant,
    /// When the newest beat that was answered was sent.
    vouched: Option<Instant>,
    allowance: u32,
    pace: Pace,
    /// The stretch that was told last, and when.
    stretch: f64,
    stretch_told: Option<Instant>,
    /// News that nobody has taken yet. The keeper never waits for its reader: a reader that gives orders
    /// before it reads would wait for the keeper in turn.
    backlog: VecDeque<News>,
}

impl<B: Beater> Keeper<B> {
    pub fn new(beater: Arc<B>, settings: Settings) -> Self {
        let now = Instant::now();
        Self {
            beater,
            settings,
            register: Register::new(now),
            flights: JoinSet::new(),
            outage: None,
            link_up: None,
            mended: now,
            vouched: None,
            allowance: settings.allowance,
            pace: Pace::new(now),
            stretch: 1.0,
            stretch_told: None,
            backlog: VecDeque::new(),
        }
    }

    /// Works until nobody can give orders any more.
    pub async fn keep(mut self, mut orders: mpsc::Receiver<Order>, news: mpsc::Sender<News>) {
        loop {
            self.beat_due();
            self.beat_probe();
            self.mark();
            if orders.is_empty() {
                self.tell_stretch();
            }
            let wake = self.wake();
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                Some(landed) = self.flights.join_next() => self.land(landed),
                permit = news.reserve(), if !self.backlog.is_empty() => {
                    let Ok(permit) = permit else { return };
                    if let Some(news) = self.backlog.pop_front() {
                        permit.send(news);
                    }
                }
                () = sleep_until(wake) => {}
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Supervise(it) => self.supervise(&it, true),
            Order::TakeOver(it) => self.supervise(&it, false),
            Order::Release(session) => self.let_go(&session, End::Released),
            Order::Link { up } => self.link(up),
            Order::Leases { renewed } => self.leases(renewed),
            Order::Allow(allowance) => {
                self.allowance = allowance;
                self.retune();
            }
        }
    }

    fn supervise(&mut self, it: &Supervised, may_refuse: bool) {
        let session = it.id.clone();
        if self.register.entries.contains_key(&session) {
            self.tell(News::Refused { session, reason: "it is supervised here already".into() });
            return;
        }
        let demand = self.register.demand(it.hold.asks().then_some(it.interval));
        let admitted = rules::admit(demand, self.allowance, self.settings.stretch_limit);
        if let Some(many) = admitted.err().filter(|_| may_refuse) {
            self.tell(News::Refused { session, reason: many.to_string().into() });
            return;
        }
        self.register.add(it, Instant::now(), self.settings.clock.now());
        self.retune();
        let next = self.next(&session);
        self.tell(News::Supervising { session, next });
    }

    /// Lets go of a session and tells why; nothing if it is not kept here.
    pub fn let_go(&mut self, session: &SessionId, why: End) {
        let Some(entry) = self.register.remove(session) else { return };
        if let Some(flight) = entry.flight {
            flight.handle.abort();
        }
        // Otherwise a pause would wait for its answer for ever.
        self.probed(session, false);
        self.retune();
        let end = ended(self.settings.clock, why);
        self.tell(News::Ended { session: session.clone(), end });
    }

    /// Sets the dial to what the budget carries.
    fn retune(&mut self) {
        let pace = rules::pace(self.register.demand(None), self.allowance);
        self.register.dial.set_pace(pace, Instant::now());
    }

    fn tell_stretch(&mut self) {
        let demand = self.register.demand(None);
        let stretch = rules::stretch(demand, self.allowance);
        let now = Instant::now();
        let told_just_now = self.stretch_told.is_some_and(|told| now < told + STRETCH_TOLD);
        if stretch != self.stretch && !told_just_now {
            (self.stretch, self.stretch_told) = (stretch, Some(now));
            self.tell(News::Stretched { stretch, demand, allowance: self.allowance });
        }
    }

    fn beat_due(&mut self) {
        let now = Instant::now();
        while self.flights.len() < self.settings.at_once && self.pace.opens() <= now {
            let Some((session, due)) = self.register.take_due(now) else { return };
            if self.register.entries.get(&session).is_some_and(|entry| entry.hold.asks()) {
                self.pace.pass(self.allowance, now);
            }
            self.send(&session, now, now.saturating_duration_since(due));
        }
    }

    /// Sends a beat of a session that is out of the plan, so that no other can be sent meanwhile.
    pub fn send(&mut self, session: &SessionId, begun: Instant, late: Duration) {
        let Some(entry) = self.register.entries.get_mut(session) else { return };
        // Whoever kept the session before us counted by a clock, too.
        let wall = self.settings.clock.now().as_millisecond();
        entry.sequence = wall.max(entry.sequence.saturating_add(1));
        let beat = Beat { session: session.clone(), hold: entry.hold, sequence: entry.sequence };
        let (beater, patience) = (Arc::clone(&self.beater), self.settings.patience);
        let handle = self.flights.spawn(async move {
            let session = beat.session.clone();
            let answer = tokio::time::timeout(patience, beater.beat(beat)).await;
            (session, answer.unwrap_or_else(|_| Err(no_answer(patience))))
        });
        entry.flight = Some(Flight { handle, begun, late });
    }

    fn land(&mut self, landed: Result<Landed, JoinError>) {
        match landed {
            Ok((session, answer)) => self.judge(session, answer),
            Err(broken) if broken.is_cancelled() => {}
            Err(broken) => {
                tracing::error!(%broken, "a beat broke off");
                let flies = |flight: &Flight| flight.handle.id() == broken.id();
                let mut all = self.register.entries.iter();
                let found = all.find(|(_, entry)| entry.flight.as_ref().is_some_and(flies));
                if let Some(session) = found.map(|(session, _)| session.clone()) {
                    let why = "the beat broke off".into();
                    self.judge(session, Err(Missed { blame: Blame::Session, why }));
                }
            }
        }
    }

    fn judge(&mut self, session: SessionId, answer: Answer) {
        let now = Instant::now();
        // Not there: it was let go of in the very moment that its beat came back.
        let entry = self.register.entries.get_mut(&session);
        let Some(flight) = entry.and_then(|entry| entry.flight.take()) else { return };
        self.register.plan(&session, now);
        self.probed(&session, answer.is_ok());
        match answer {
            Ok(sign) => {
                self.vouched = self.vouched.max(Some(flight.begun));
                self.alive(session, &flight, sign);
            }
            Err(missed) => self.failed(session, &flight, &missed),
        }
    }

    fn alive(&mut self, session: SessionId, flight: &Flight, sign: Sign) {
        if sign == Sign::Over {
            self.let_go(&session, End::Over);
            return;
        }
        let Some(entry) = self.register.entries.get_mut(&session) else { return };
        entry.failed.clear();
        (entry.told, entry.lost, entry.answered) = (true, false, false);
        let (sequence, next) = (entry.sequence, self.next(&session));
        self.tell(News::Beat { session, sequence, late: flight.late, next });
    }

    fn failed(&mut self, session: SessionId, flight: &Flight, missed: &Missed) {
        let Missed { blame, why } = missed;
        let counts = *blame != Blame::Ours && self.outage.is_none() && flight.begun >= self.mended;
        let Some(entry) = self.register.entries.get_mut(&session) else { return };
        if counts {
            entry.told = true;
            entry.answered |= *blame == Blame::Session;
            if entry.failed.len() < rules::FAILURES as usize {
                entry.failed.push(flight.begun);
            }
        }
        let failures = u32::try_from(entry.failed.len()).unwrap_or(u32::MAX);
        let text = if counts {
            rules::failure_text(failures, &session, why)
        } else {
            rules::uncounted_text(&session, why)
        };
        let (sequence, late) = (entry.sequence, flight.late);
        let news =
            News::Failed { session: session.clone(), sequence, late, failures, text: text.into() };
        self.tell(news);
        if counts && !self.pause_if_ours() {
            self.act(&session, failures);
        }
    }

    /// Lets the policy act if the session is lost.
    fn act(&mut self, session: &SessionId, failures: u32) {
        let vouched = self.is_vouched(session);
        let Some(entry) = self.register.entries.get_mut(session).filter(|e| !e.lost) else {
            return;
        };
        let Verdict::Act(on_loss) = rules::judge(failures, vouched, entry.on_loss) else { return };
        entry.lost = true;
        self.tell(News::Lost { session: session.clone(), on_loss });
        if on_loss == OnLoss::Disconnect {
            self.let_go(session, End::Lost);
        }
    }

    /// Whether a row of failures is this session's own: another was answered meanwhile; or there is no
    /// other that could be, and it was answered itself, or the link is known to be up.
    fn is_vouched(&self, session: &SessionId) -> bool {
        let entries = &self.register.entries;
        let Some(entry) = entries.get(session) else { return false };
        let alone = !entries.iter().any(|(other, entry)| other != session && !entry.lost);
        let heard = entry.answered || self.link_up == Some(true);
        let row = entry.failed.first();
        (alone && heard) || self.vouched.zip(row).is_some_and(|(vouched, row)| vouched >= *row)
    }

    fn mark(&mut self) {
        while let Some((session, left)) = self.register.take_mark(Instant::now()) {
            if left.is_zero() {
                self.let_go(&session, End::Expired);
            } else {
                self.tell(News::Warning { session, left });
            }
        }
    }

    /// When there is something to do even if nobody says anything.
    fn wake(&self) -> Option<Instant> {
        let room = self.flights.len() < self.settings.at_once;
        let beat = self.register.next_beat().filter(|_| room).map(|at| at.max(self.pace.opens()));
        let mark = self.register.next_mark();
        let probe = self.outage.as_ref().and_then(Outage::next_probe);
        let untold = rules::stretch(self.register.demand(None), self.allowance) != self.stretch;
        let stretch = self.stretch_told.map(|told| told + STRETCH_TOLD).filter(|_| untold);
        [beat, mark, probe, stretch].into_iter().flatten().min()
    }

    /// When a session's next beat is due, by the wall clock.
    fn next(&self, session: &SessionId) -> Option<jiff::Timestamp> {
        let due = self.register.due(session)?;
        Some(self.settings.clock.after(due.saturating_duration_since(Instant::now())))
    }

    pub fn tell(&mut self, news: News) {
        self.backlog.push_back(news);
    }
}

fn no_answer(patience: Duration) -> Missed {
    let why = format!("no answer within {} s", patience.as_secs_f64()).into();
    Missed { blame: Blame::Nobody, why }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake).await,
        None => pending().await,
    }
}

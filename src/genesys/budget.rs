//! The request budget: so many requests a minute, and who may have them first.
//!
//! Genesys Cloud counts a token's requests in windows of a minute whose edges only it knows. Counting
//! our own over *any* sixty seconds therefore keeps every one of its windows, which a refilling bucket
//! would not: that could send one minute's worth twice around an edge. What others send with the same
//! client shows in the answers' headers and is taken off.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::transport::Headers;

/// Requests a minute that a client-credentials token has, unless the org was given more.
pub const DEFAULT_ALLOWED: u32 = 300;
/// The window, with a second for what the network moves from one window to the next.
const WINDOW: Duration = Duration::from_secs(61);

/// Who asks, most urgent first (SPEC section 3, and [`Lane::Look`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// A person has pressed a key and waits.
    Operator,
    /// A supervised session is being kept alive.
    Heartbeat,
    /// What keeps the floor on screen.
    Screen,
    /// One session or agent read by itself, because somebody has opened it. However fast cards are opened, the
    /// floor is read on: a handoff from a floor that has gone stale is refused.
    Look,
    /// Everything else.
    Background,
}

impl Lane {
    /// The share of the budget, in per cent, that this lane leaves to those before it.
    fn leaves(self) -> u32 {
        match self {
            Self::Operator => 0,
            Self::Heartbeat => 10,
            Self::Screen => 20,
            // The floor takes 48 a minute of the usual 300.
            Self::Look => 36,
            Self::Background => 40,
        }
    }
}

/// One token's budget.
#[derive(Debug)]
pub struct Budget {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// What we were told to keep to, however much more the server would give.
    configured: u32,
    allowed: u32,
    /// When each request of the last window was sent, and by which lane.
    sent: VecDeque<(Instant, Lane)>,
    /// What the server says is left, until its window ends.
    server: Option<(u32, Instant)>,
    /// Nobody sends before then.
    closed_until: Option<Instant>,
}

/// What the budget looks like now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Requests a minute.
    pub allowed: u32,
    /// Requests left now.
    pub left: u32,
    /// Requests sent in the last window.
    pub spent: u32,
    /// The same by lane, the most urgent first.
    pub lanes: [u32; 5],
}

impl Budget {
    /// A budget of `allowed` requests a minute.
    pub fn new(allowed: u32) -> Self {
        let allowed = allowed.max(1);
        let state = State {
            configured: allowed,
            allowed,
            sent: VecDeque::new(),
            server: None,
            closed_until: None,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// Waits until `lane` may send, and counts the request. Dropping the future gives up the place.
    pub async fn take(&self, lane: Lane) {
        loop {
            let changed = self.changed.notified();
            let Err(at) = self.try_take(lane) else { return };
            tokio::select! {
                () = tokio::time::sleep_until(at) => {}
                () = changed => {}
            }
        }
    }

    /// Counts a request if `lane` may send it now.
    ///
    /// # Errors
    /// When it is worth another try.
    pub fn try_take(&self, lane: Lane) -> Result<(), Instant> {
        let now = Instant::now();
        let mut state = self.lock();
        state.forget(now);
        if let Some(until) = state.closed_until {
            return Err(until);
        }
        let reserve =
            u32::try_from(u64::from(state.allowed) * u64::from(lane.leaves()) / 100).unwrap_or(0);
        if state.left() > reserve {
            state.sent.push_back((now, lane));
            if let Some((left, _)) = &mut state.server {
                *left = left.saturating_sub(1);
            }
            return Ok(());
        }
        Err(state.opens(reserve, now))
    }

    /// Corrects the count by what an answer says.
    pub fn observe(&self, headers: &Headers) {
        let now = Instant::now();
        let mut state = self.lock();
        if let Some(allowed) = headers.limit_allowed.filter(|&a| a > 0) {
            state.allowed = allowed.min(state.configured);
        }
        let told = headers.limit_allowed.unwrap_or(state.allowed);
        let left = match (headers.limit_count, headers.limit_remaining) {
            (Some(count), _) => Some(told.saturating_sub(count)),
            (None, remaining) => remaining,
        };
        if let Some(left) = left {
            let reset = headers.limit_reset.unwrap_or(WINDOW).min(WINDOW);
            // Answers overtake each other: within one window only the lowest word is news.
            let left = match state.server {
                Some((known, until)) if until > now && until.duration_since(now) <= reset => {
                    known.min(left)
                }
                _ => left,
            };
            state.server = Some((left, now + reset));
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Lets nobody send for `wait`: the server has refused for the token as a whole.
    pub fn close(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.lock();
        if state.closed_until.is_none_or(|known| known < until) {
            state.closed_until = Some(until);
        }
    }

    /// What the budget looks like now.
    pub fn reading(&self) -> Reading {
        let mut state = self.lock();
        state.forget(Instant::now());
        let mut lanes = [0; 5];
        state.sent.iter().for_each(|&(_, lane)| lanes[lane as usize] += 1);
        Reading {
            lanes,
            allowed: state.allowed,
            left: if state.closed_until.is_some() { 0 } else { state.left() },
            spent: u32::try_from(state.sent.len()).unwrap_or(u32::MAX),
        }
    }

    /// The lock is held for a few instructions and never across a wait.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self, now: Instant) {
        while self.sent.front().is_some_and(|&(at, _)| at + WINDOW <= now) {
            self.sent.pop_front();
        }
        self.server = self.server.filter(|&(_, until)| until > now);
        self.closed_until = self.closed_until.filter(|&until| until > now);
    }

    fn left(&self) -> u32 {
        let ours = u32::try_from(self.sent.len()).unwrap_or(u32::MAX);
        let by_us = self.allowed.saturating_sub(ours);
        self.server.map_or(by_us, |(by_server, _)| by_us.min(by_server))
    }

    /// When more than `reserve` could be left: our oldest have to leave the window, and the server's
    /// window has to end if that is what holds us.
    fn opens(&self, reserve: u32, now: Instant) -> Instant {
        let room = self.allowed.saturating_sub(reserve).max(1) as usize;
        let ours = self
            .sent
            .len()
            .checked_sub(room)
            .and_then(|excess| self.sent.get(excess))
            .map_or(now, |&(at, _)| at + WINDOW);
        let server = match self.server {
            Some((left, until)) if left <= reserve => until,
            _ => now,
        };
        // Never a busy loop, whatever the arithmetic says.
        ours.max(server).max(now + Duration::from_millis(50))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(count: u32, allowed: u32, reset: u64) -> Headers {
        Headers {
            limit_count: Some(count),
            limit_allowed: Some(allowed),
            limit_reset: Some(Duration::from_secs(reset)),
            ..Headers::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_lane_leaves_its_share_to_those_before_it() {
        for (lane, may) in [
            (Lane::Background, 60),
            (Lane::Look, 64),
            (Lane::Screen, 80),
            (Lane::Heartbeat, 90),
            (Lane::Operator, 100),
        ] {
            let budget = Budget::new(100);
            let taken = (0..200).take_while(|_| budget.try_take(lane).is_ok()).count();
            assert_eq!(taken, may, "{lane:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_is_opened_the_floor_is_read_on() {
        let budget = Budget::new(DEFAULT_ALLOWED);
        while budget.try_take(Lane::Look).is_ok() {}
        let polls = 60 / 5 * 4;
        assert!((0..polls).all(|_| budget.try_take(Lane::Screen).is_ok()));
    }

    #[tokio::test(start_paused = true)]
    async fn no_sixty_seconds_ever_hold_more_than_the_limit() {
        let budget = Budget::new(30);
        let mut times = Vec::new();
        for _ in 0..200 {
            budget.take(Lane::Operator).await;
            times.push(Instant::now());
            tokio::time::advance(Duration::from_millis(137)).await;
        }
        for (i, &from) in times.iter().enumerate() {
            let within = times[i..].iter().take_while(|&&t| t < from + Duration::from_secs(60));
            assert!(within.count() <= 30);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_others_send_with_the_same_client_is_taken_off() {
        let budget = Budget::new(300);
        budget.observe(&told(299, 300, 20));
        assert_eq!(budget.reading().left, 1);
        assert!(budget.try_take(Lane::Screen).is_err());
        assert!(budget.try_take(Lane::Operator).is_ok());
        assert!(budget.try_take(Lane::Operator).is_err());
        tokio::time::advance(Duration::from_secs(21)).await;
        assert!(budget.try_take(Lane::Screen).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_limit_is_believed() {
        let budget = Budget::new(300);
        budget.observe(&told(0, 20, 60));
        assert_eq!(budget.reading().allowed, 20);
        assert_eq!((0..50).filter(|_| budget.try_take(Lane::Operator).is_ok()).count(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_sent_than_we_were_told_to() {
        let budget = Budget::new(20);
        budget.observe(&told(1, 300, 60));
        assert_eq!(budget.reading().allowed, 20);
        assert_eq!((0..50).filter(|_| budget.try_take(Lane::Operator).is_ok()).count(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_budget_opens_by_itself() {
        let budget = Budget::new(300);
        budget.close(Duration::from_secs(3));
        assert_eq!(budget.reading().left, 0);
        let before = Instant::now();
        budget.take(Lane::Operator).await;
        assert!(before.elapsed() >= Duration::from_secs(3));
    }
}

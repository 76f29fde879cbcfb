//! One guest's task: it keeps a connection, and opens another when that is lost.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::{
    attached::Attached,
    door::Door,
    line::Line,
    record::{Record, Standing},
};
use crate::{
    domain::guest::GuestToken,
    genesys::{Error, client::Client, transport::Transport},
};

/// So often a session that is being opened is tried; one that is held is never given up.
const TRIES: u32 = 3;
/// The first pause before another connection, and the longest.
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(30);
/// A connection that has held so long was a good one.
const GOOD: Duration = Duration::from_secs(10);

/// What a guest's task is asked.
#[derive(Debug)]
pub enum Ask {
    /// For a sign of life.
    Beat(Reply),
    /// To close all the guest's connections.
    Close(oneshot::Sender<()>),
}

/// Where a beat's answer goes: the service knows the session, or why that can't be said.
pub type Reply = oneshot::Sender<Result<(), Error>>;

/// How far the guest's first words have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeting {
    Unsaid,
    /// On their way: they may have arrived.
    Sent,
    /// Told back, or said long ago by whoever opened the session.
    Said,
}

/// Why a connection is no more.
#[derive(Debug)]
pub enum Break {
    /// The session has ended.
    Over,
    /// Nobody asks for it any more.
    Left,
    /// It is not to be had.
    Refused(Error),
    /// It broke, and another is to be tried, not before the wait has passed.
    Lost(Error, Duration),
}

/// The task's state.
#[derive(Debug)]
pub struct Keeper<T> {
    pub client: Arc<Client<T>>,
    pub door: Arc<Door>,
    pub token: GuestToken,
    pub record: Arc<Record>,
    pub asks: mpsc::Receiver<Ask>,
    pub greeting: Greeting,
    /// What goes with the first words, for the flow behind the door.
    pub attributes: Value,
    /// The token's old session is of no use: a new one is asked for.
    pub start_new: bool,
    /// Whether a session was ever had.
    pub met: bool,
    /// Beats without an answer.
    pub beats: Vec<Reply>,
    /// No echo before.
    pub echo_from: Instant,
}

impl<T: Transport> Keeper<T> {
    /// Keeps the session until it is over, or nobody asks for it.
    pub async fn run(mut self) {
        let mut failures = 0;
        loop {
            let began = Instant::now();
            let end = match Line::dial(&self.door).await {
                Ok(line) => Attached::new(&mut self, line).run().await,
                Err(error) => Break::of(error.without(Some(&self.token))),
            };
            if began.elapsed() >= GOOD {
                failures = 0;
            }
            failures += 1;
            let (error, wait) = match end {
                Break::Lost(error, wait) if !self.begins() || failures < TRIES => (error, wait),
                // Once it was had, a refusal is a trouble like others: the guest's session stands.
                Break::Refused(error) if self.met && !self.begins() => (error, Duration::ZERO),
                Break::Lost(error, _) | Break::Refused(error) => return self.fail(&error),
                Break::Over => return self.record.stand(Standing::Over),
                Break::Left => return,
            };
            tracing::info!(%error, failures, "a guest's connection is opened anew");
            self.record.miss();
            self.record.stand(Standing::Away(Some(error)));
            if self.pause(rest(failures).max(wait)).await.is_none() {
                return;
            }
        }
    }

    /// Whether the session is still being opened.
    pub fn begins(&self) -> bool {
        self.greeting != Greeting::Said
    }

    /// Answers all beats.
    pub fn answer(&mut self, what: &Result<(), Error>) {
        for reply in self.beats.drain(..) {
            // Who does not wait any more has given it up as failed.
            let _ = reply.send(what.clone());
        }
    }

    fn fail(&mut self, error: &Error) {
        self.record.stand(Standing::Failed(error.clone()));
        self.answer(&Err(error.clone()));
    }

    /// Waits before another connection; `None` if there is to be none.
    async fn pause(&mut self, wait: Duration) -> Option<()> {
        let until = Instant::now() + wait;
        loop {
            tokio::select! {
                () = sleep_until(until) => return Some(()),
                ask = self.asks.recv() => match ask? {
                    Ask::Beat(reply) => self.wait_for(reply),
                    Ask::Close(done) => {
                        self.record.stand(Standing::Over);
                        let _ = done.send(());
                        return None;
                    }
                },
            }
        }
    }

    /// A beat whose answer is to come.
    pub fn wait_for(&mut self, reply: Reply) {
        self.beats.retain(|beat| !beat.is_closed());
        self.beats.push(reply);
    }
}

impl Break {
    /// Of an error on the way to a session: what the service refuses is refused again, until somebody
    /// changes something.
    pub fn of(error: Error) -> Self {
        match error.status {
            Some(400..=407 | 409..=428) => Self::Refused(error),
            _ => Self::Lost(error, Duration::ZERO),
        }
    }
}

/// A pause after so many failures in a row, spread so that hundreds don't come back at once.
pub fn rest(failures: u32) -> Duration {
    let doubled = FIRST_REST.saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled.min(LONGEST_REST).mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_half_a_minute_and_are_spread() {
        let within = |failures, low, high| {
            let rests: Vec<u128> = (0..200).map(|_| rest(failures).as_millis()).collect();
            let (least, most) = (rests.iter().min().unwrap(), rests.iter().max().unwrap());
            assert!(*least >= low && *most <= high && most - least > (high - low) / 2, "{rests:?}");
        };
        within(1, 125, 250);
        within(3, 500, 1_000);
        within(8, 15_000, 30_000);
        within(u32::MAX, 15_000, 30_000);
    }
}

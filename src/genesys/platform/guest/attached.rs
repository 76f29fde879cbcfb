//! One connection's life: configured, greeted, echoed, and what was missed before it read again.

use std::{future::pending, time::Duration};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    OPERATION, history,
    keeper::{Ask, Break, Greeting, Keeper, rest},
    line::{Line, PATIENCE},
    record::Standing,
    request::{Aim, Request},
    wire::{Facts, Said, Told},
};
use crate::{
    domain::{detail::Speaker, text::Plain},
    genesys::{Error, error::Kind, transport::Transport},
};

/// So often the history is asked for on one connection.
const TRIES: u32 = 6;
/// How long the history of a session that has ended is waited for.
const LAST_WAIT: Duration = Duration::from_secs(15);
/// How long a farewell is waited for.
const FAREWELL: Duration = Duration::from_secs(2);
/// Longer than anything waits.
const IDLE: Duration = Duration::from_secs(3600);

/// What was missed before this connection.
enum Gap {
    /// Nothing, or nothing that could be read.
    None,
    /// To be asked for.
    Due(Instant),
    /// Asked for what opens the history; when the answer is late.
    Asked(Instant),
    /// Being read.
    Reading(BoxFuture<'static, Result<Vec<Told>, Error>>),
}

/// A connection with whoever keeps it.
pub struct Attached<'k, T> {
    keeper: &'k mut Keeper<T>,
    line: Line,
    /// When the session's configuration is late; `None` once it was told.
    configuring: Option<Instant>,
    /// When the echo is late that was asked for.
    echo: Option<Instant>,
    /// When the next echo is to be asked for, or the greeting to be said again.
    echo_at: Option<Instant>,
    greet_at: Option<Instant>,
    gap: Gap,
    tries: u32,
    /// The session has ended, and only its history is waited for so long.
    ending: Option<Instant>,
}

type Step = Result<(), Break>;

impl<'k, T: Transport> Attached<'k, T> {
    /// On a connection on which nothing was said.
    pub fn new(keeper: &'k mut Keeper<T>, line: Line) -> Self {
        Self {
            keeper,
            line,
            configuring: None,
            echo: None,
            echo_at: None,
            greet_at: None,
            gap: Gap::None,
            tries: 0,
            ending: None,
        }
    }

    /// Stays until the connection is no more.
    pub async fn run(mut self) -> Break {
        let mut step = self.configure().await;
        while step.is_ok() {
            let wake = self.wake();
            step = tokio::select! {
                said = self.line.hear() => match said {
                    Ok(said) => self.take(said).await,
                    Err(error) => Err(self.lost(error)),
                },
                ask = self.keeper.asks.recv() => self.asked(ask).await,
                history = read(&mut self.gap) => self.filled(history),
                () = sleep_until(wake) => self.tick().await,
            };
        }
        step.err().unwrap_or(Break::Left)
    }

    async fn configure(&mut self) -> Step {
        let start_new = self.keeper.start_new && self.keeper.begins();
        let Keeper { token, door, .. } = &*self.keeper;
        self.configuring = Some(Instant::now() + PATIENCE);
        let request = Request::configure(token, &door.deployment, start_new);
        self.line.say(&request).await.map_err(Break::of)
    }

    async fn take(&mut self, said: Said) -> Step {
        match said {
            Said::Session(facts) => return self.session(facts).await,
            Said::Message(told) => {
                // What came with the first words has come too, whichever came first.
                if told.by == Speaker::Guest && !told.text.is_empty() {
                    self.keeper.greeting = Greeting::Said;
                    self.greet_at = None;
                }
                self.keeper.record.hear(told);
            }
            Said::Echo => {
                self.echo = None;
                self.keeper.answer(&Ok(()));
            }
            Said::Left => self.keeper.record.seen.send_modify(|seen| seen.doubtful = true),
            Said::Jwt(jwt) => {
                let reading = history::read(self.keeper.client.clone(), jwt);
                self.gap = Gap::Reading(Box::pin(reading));
            }
            // A session that is being begun takes the place of the one that was cleared.
            Said::Cleared if self.keeper.begins() => {}
            Said::Expired | Said::Cleared => return self.over(),
            Said::Closed(why) => {
                let text = format!("the service asks to connect anew: {}", self.redacted(&why));
                return Err(self.lost(Error::new(OPERATION, Kind::Network, text)));
            }
            Said::Slow { aim, wait } => return self.slow(aim, wait),
            Said::Refused { aim, code, text } => return self.refused(aim, code, &text).await,
            Said::Other => {}
        }
        Ok(())
    }

    async fn session(&mut self, facts: Facts) -> Step {
        let first = self.configuring.take().is_some();
        let begins = self.keeper.begins();
        if facts.read_only && begins && !self.keeper.start_new {
            self.keeper.start_new = true;
            return self.configure().await;
        }
        self.keeper.record.seen.send_modify(|seen| seen.expires = facts.expires.or(seen.expires));
        if first {
            (self.keeper.met, self.keeper.start_new) = (true, false);
            if begins && !facts.new {
                self.keeper.record.miss();
            }
            if !self.keeper.record.is_whole() {
                self.gap = Gap::Due(Instant::now());
            }
        }
        // A session that begins by itself takes the place of the one that was held.
        if facts.read_only || (facts.new && !begins) {
            return self.over();
        }
        self.keeper.record.stand(Standing::Open);
        self.keeper.answer(&Ok(()));
        if first && self.keeper.greeting == Greeting::Unsaid {
            self.keeper.record.seen.send_modify(|seen| seen.entered = true);
            if facts.new {
                let Keeper { token, attributes, .. } = &*self.keeper;
                self.line.say(&Request::join(token, attributes)).await.map_err(Break::of)?;
            }
            return self.greet().await;
        }
        Ok(())
    }

    async fn greet(&mut self) -> Step {
        self.greet_at = None;
        self.keeper.greeting = Greeting::Sent;
        let Keeper { token, door, attributes, .. } = &*self.keeper;
        let request = Request::greeting(token, &door.greeting, attributes);
        self.line.say(&request).await.map_err(Break::of)
    }

    async fn asked(&mut self, ask: Option<Ask>) -> Step {
        match ask {
            None => Err(Break::Left),
            Some(Ask::Beat(reply)) => {
                self.keeper.wait_for(reply);
                self.beat().await
            }
            Some(Ask::Close(done)) => {
                self.keeper.record.stand(Standing::Over);
                // A connection that is gone needs no farewell.
                let _ = self.farewell().await;
                let _ = done.send(());
                Err(Break::Left)
            }
        }
    }

    /// Asks for an echo when one may be asked for. A beat that comes too early for one is answered by
    /// the connection itself: it was heard from a moment ago.
    async fn beat(&mut self) -> Step {
        let waits = self.configuring.is_some() || self.echo.is_some() || self.echo_at.is_some();
        if waits {
            return Ok(());
        }
        let (now, from) = (Instant::now(), self.keeper.echo_from);
        let soon = self.keeper.door.echo_every / 10;
        if from <= now {
            return self.echo().await;
        }
        match from - now <= soon {
            true => self.echo_at = Some(from),
            false => self.keeper.answer(&Ok(())),
        }
        Ok(())
    }

    async fn echo(&mut self) -> Step {
        let now = Instant::now();
        self.echo_at = None;
        self.echo = Some(now + PATIENCE);
        // The service measures arrivals: a little more than is asked for, for what the way takes.
        let every = self.keeper.door.echo_every;
        self.keeper.echo_from = now + every + every / 50;
        self.line.say(&Request::echo(&self.keeper.token)).await.map_err(Break::of)
    }

    async fn farewell(&mut self) -> Result<(), Error> {
        self.line.say(&Request::close(&self.keeper.token)).await?;
        let closed = async {
            while let Ok(said) = self.line.hear().await {
                if matches!(said, Said::Closed(_)) {
                    break;
                }
            }
        };
        let _ = timeout(FAREWELL, closed).await;
        Ok(())
    }

    /// What was refused for haste is asked again, later.
    fn slow(&mut self, aim: Option<Aim>, wait: Duration) -> Step {
        let until = Instant::now() + wait;
        let unanswered = || match (&self.keeper.greeting, self.echo) {
            (Greeting::Sent, _) => Aim::Greeting,
            (_, Some(_)) => Aim::Echo,
            _ => Aim::Jwt,
        };
        match aim.unwrap_or_else(unanswered) {
            Aim::Configure => {
                let text = "the service asks to wait before another connection";
                return Err(Break::Lost(Error::new(OPERATION, Kind::RateLimited, text), wait));
            }
            Aim::Greeting => self.greet_at = Some(until),
            Aim::Echo => {
                // Who refuses for haste knows the session.
                (self.echo, self.keeper.echo_from) = (None, until);
                self.keeper.answer(&Ok(()));
            }
            Aim::Jwt if matches!(self.gap, Gap::Asked(_)) => self.gap = Gap::Due(until),
            Aim::Jwt | Aim::Join | Aim::Close => {}
        }
        Ok(())
    }

    async fn refused(&mut self, aim: Option<Aim>, code: u32, text: &str) -> Step {
        const EXPIRED: u32 = 4006;
        const NOT_FOUND: u32 = 4007;
        const BEYOND: u32 = 5000;
        let told = Error::new(OPERATION, Kind::Invalid, self.redacted(text));
        let error = Error { code: Some(code.to_string().into()), ..told };
        let gone = matches!(code, EXPIRED | NOT_FOUND);
        let aim = aim.or_else(|| self.configuring.map(|_| Aim::Configure));
        match (aim, self.keeper.begins()) {
            (Some(Aim::Configure), true) if gone && !self.keeper.start_new => {
                self.keeper.start_new = true;
                return self.configure().await;
            }
            (Some(Aim::Jwt), _) => {
                self.gap = Gap::None;
                return if self.ending.is_some() { Err(Break::Over) } else { Ok(()) };
            }
            (_, false) if gone => return self.over(),
            (Some(Aim::Configure), _) if code >= BEYOND => {
                return Err(Break::Lost(error, Duration::ZERO));
            }
            (Some(Aim::Configure | Aim::Greeting), _) => return Err(Break::Refused(error)),
            (Some(Aim::Echo), _) => {
                self.echo = None;
                self.keeper.answer(&Err(error));
            }
            (Some(Aim::Join | Aim::Close) | None, _) => {}
        }
        Ok(())
    }

    /// The session has ended; what was said last may still be read.
    fn over(&mut self) -> Step {
        self.keeper.record.stand(Standing::Over);
        self.keeper.answer(&Ok(()));
        if matches!(self.gap, Gap::None) {
            return Err(Break::Over);
        }
        self.ending.get_or_insert_with(|| Instant::now() + LAST_WAIT);
        Ok(())
    }

    fn filled(&mut self, history: Result<Vec<Told>, Error>) -> Step {
        self.gap = Gap::None;
        self.tries += 1;
        match history {
            Ok(history) => {
                self.keeper.record.fill(history);
                if self.keeper.greeting == Greeting::Sent {
                    // They were on their way when the last connection broke.
                    match self.keeper.record.has_spoken() {
                        true => self.keeper.greeting = Greeting::Said,
                        false => self.greet_at = Some(Instant::now()),
                    }
                }
            }
            Err(error) => {
                let error = error.without(Some(&self.keeper.token));
                tracing::warn!(%error, "what a guest's connection has missed can't be read");
                if self.ending.is_none() && self.tries < TRIES {
                    self.gap = Gap::Due(Instant::now() + rest(self.tries));
                }
            }
        }
        if self.ending.is_some() { Err(Break::Over) } else { Ok(()) }
    }

    /// When something is due next.
    fn wake(&self) -> Instant {
        let gap = match self.gap {
            Gap::Due(at) | Gap::Asked(at) => Some(at),
            Gap::None | Gap::Reading(_) => None,
        };
        let times = [self.configuring, self.echo, self.echo_at, self.greet_at, self.ending, gap];
        times.into_iter().flatten().min().unwrap_or_else(|| Instant::now() + IDLE)
    }

    async fn tick(&mut self) -> Step {
        let now = Instant::now();
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if due(self.ending) {
            return Err(Break::Over);
        }
        if due(self.configuring) || due(self.echo) {
            let text = "the guest's socket does not answer";
            return Err(self.lost(Error::new(OPERATION, Kind::Timeout, text)));
        }
        match self.gap {
            Gap::Asked(at) if at <= now => self.gap = Gap::Due(now + rest(1)),
            Gap::Due(at) if at <= now => {
                self.gap = Gap::Asked(now + PATIENCE);
                let request = Request::jwt(&self.keeper.token);
                self.line.say(&request).await.map_err(Break::of)?;
            }
            _ => {}
        }
        if due(self.greet_at) {
            self.greet().await?;
        }
        if due(self.echo_at) {
            self.echo().await?;
        }
        Ok(())
    }

    /// A connection that breaks after the session's end breaks nothing.
    fn lost(&self, error: Error) -> Break {
        if self.ending.is_some() { Break::Over } else { Break::of(error) }
    }

    /// A server's text without the token, should it hold it.
    fn redacted(&self, text: &str) -> Plain {
        self.keeper.token.redact(text).into()
    }
}

/// The history, once it is read; dropping the future loses nothing.
async fn read(gap: &mut Gap) -> Result<Vec<Told>, Error> {
    match gap {
        Gap::Reading(reading) => reading.await,
        Gap::None | Gap::Due(_) | Gap::Asked(_) => pending().await,
    }
}

//! Calls as they come, and those who wait for an answer.

use tokio::{sync::oneshot, time::Instant};

use super::{Answer, Asked, Reception, RequestId};
use crate::{
    domain::{
        inbox::{Print, Route},
        text::Plain,
    },
    engine::run::Inward,
    genesys::Genesys,
    policy::intake::{accepted, decide, refused},
    store::{Call, MOST_OPEN, Received, Store},
};

/// A call of a webhook, and where its answer goes.
#[derive(Debug)]
pub struct Arrival {
    /// The call.
    pub asked: Asked,
    /// Where its answer goes.
    pub reply: oneshot::Sender<Answer>,
}

/// Somebody who waits for what becomes of a request.
#[derive(Debug)]
pub struct Waiter {
    key: Print,
    request: RequestId,
    /// When they are told that it takes longer.
    until: Instant,
    reply: oneshot::Sender<Answer>,
}

/// What a call is told whose id was used before, for something else.
const MISTAKEN: &str = "This webhook-id was used for another call";

impl<G: Genesys, S: Store> Reception<G, S> {
    pub(super) async fn take_in(&mut self, arrivals: Vec<Arrival>) {
        let (asked, replies): (Vec<_>, Vec<_>) =
            arrivals.into_iter().map(|arrival| (arrival.asked, arrival.reply)).unzip();
        let calls: Vec<Call> = asked.into_iter().map(|asked| self.judge(asked)).collect();
        let received = self.desk.store.receive(&self.desk.org, &calls, self.now()).await;
        let received = match received {
            Ok(received) => received,
            Err(error) => {
                tracing::error!(%error, "webhooks are not taken in");
                let trouble = Inward::AuditTrouble(Plain::new(&error.to_string()));
                self.desk.tell(trouble).await;
                for (call, reply) in calls.iter().zip(replies) {
                    let _ = reply.send(refused(call.asked.route, 500, &error.to_string()));
                }
                return;
            }
        };
        let mut asks = false;
        for ((call, received), reply) in calls.iter().zip(received).zip(replies) {
            asks |= matches!(call.verdict, crate::policy::intake::Verdict::Ask { .. });
            self.settle(call, received, reply);
        }
        if asks {
            self.look().await;
        }
    }

    fn judge(&self, asked: Asked) -> Call {
        let verdict = decide(&asked, &self.terms.rules, &self.thresholds);
        Call { asked, verdict, expires: self.after(self.terms.expire) }
    }

    fn settle(&mut self, call: &Call, received: Received, reply: oneshot::Sender<Answer>) {
        let Call { asked, .. } = call;
        // Whoever has called may have gone by now.
        match received {
            Received::Answered(answer) => drop(reply.send(answer)),
            Received::Crowded => drop(reply.send(crowded(asked.route))),
            Received::Mistaken => drop(reply.send(mistaken(asked.route))),
            Received::Waits(request) => {
                self.ours.insert(request.clone());
                let until = Instant::now() + self.terms.wait;
                self.waiters.push(Waiter { key: asked.key, request, until, reply });
            }
        }
    }

    /// Answers those whose requests are settled, here or elsewhere, and those who have waited enough.
    pub(super) async fn answer_waiters(&mut self) {
        // Whoever has hung up waits for nothing.
        self.waiters.retain(|waiter| !waiter.reply.is_closed());
        if self.waiters.is_empty() {
            return;
        }
        let keys: Vec<Print> = self.waiters.iter().map(|waiter| waiter.key).collect();
        let answers = match self.desk.store.answers(&self.desk.org, &keys).await {
            Ok(answers) => answers,
            Err(error) => {
                tracing::warn!(%error, "answers are not looked for");
                vec![None; keys.len()]
            }
        };
        let now = Instant::now();
        let mut late = Vec::new();
        for (waiter, answer) in std::mem::take(&mut self.waiters).into_iter().zip(answers) {
            match answer {
                Some(answer) => drop(waiter.reply.send(answer)),
                None if waiter.until <= now => late.push(waiter),
                None => self.waiters.push(waiter),
            }
        }
        for waiter in late {
            self.answer_late(waiter).await;
        }
    }

    /// Tells that it takes longer; whoever asks the same again is told the same.
    pub(super) async fn answer_late(&self, waiter: Waiter) {
        let Waiter { key, request, reply, .. } = waiter;
        let answer = accepted(&request);
        let stands = self.desk.store.answer(&self.desk.org, &key, &answer).await;
        let _ = reply.send(stands.unwrap_or(answer));
    }
}

/// A bot that comes back in a minute may find fewer.
fn crowded(route: Route) -> Answer {
    let text = format!("{MOST_OPEN} requests are open: no more is taken in");
    Answer { retry_after: Some(60), ..refused(route, 503, &text) }
}

fn mistaken(route: Route) -> Answer {
    refused(route, 409, MISTAKEN)
}

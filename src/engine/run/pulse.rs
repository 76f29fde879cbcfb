//! The pulse: what the header and the health pane show besides the floor, told whenever it differs.

use std::sync::Arc;

use jiff::Unit;
use tokio::time::Instant;

use super::{Engine, Inward};
use crate::{
    domain::text::Plain,
    engine::{Event, Gauge, Level, Link, Me, Notice, Pause, Pulse},
    genesys::{
        Genesys,
        client::{Traffic, Wait},
    },
    store::Store,
};

impl<G: Genesys, S: Store> Engine<G, S> {
    /// Ages and counts of requests are there to be looked at, but wake nobody.
    pub(super) fn beat(&self) {
        let traffic = self.traffic.borrow().clone();
        // Answers that are not on the floor yet must not make it look fresher than it is.
        let (link, data_from, read) = match self.due {
            None => (self.link(&traffic), self.health.data_from(), self.health.reads()),
            Some(_) => {
                let shown = self.ports.pulse.borrow();
                (shown.link.clone(), shown.data_from, shown.read)
            }
        };
        let pulse = Pulse {
            link,
            data_from,
            read,
            awaited: self.health.awaited(),
            gauge: Gauge {
                allowed: traffic.budget.allowed,
                left: traffic.budget.left,
                spent: traffic.budget.spent,
                lanes: traffic.budget.lanes,
            },
            waiting: traffic.waiting.as_ref().map(|wait| self.pause(wait)),
            org: self.assembly.directory().and_then(|d| d.org.clone()),
            audit_trouble: self.audit_trouble.clone(),
            handed: Arc::clone(&self.handed),
            ward: self.wards.told.clone(),
            inbox: self.front.told.clone(),
            intake: self.front.at.clone(),
            figures: self.figures.stats(),
            ended: self.figures.ended(),
            store: self.figures.store(self.audit_trouble.as_ref()),
            token_until: self.token_until(&traffic),
            post: self.posts.told.clone(),
            anchored: self.ports.anchored.borrow().clone(),
            rights: self.rights.clone(),
            me: Some(self.me()),
            unkept: self.unkept(traffic.unkept),
        };
        self.ports.pulse.send_if_modified(|old: &mut Arc<Pulse>| {
            let tells = old.differs(&pulse);
            if **old != pulse {
                *old = Arc::new(pulse);
            }
            tells
        });
    }

    /// That a renewed sign-in can't be kept is told once, as soon as there is room to tell it.
    fn unkept(&self, why: Option<Plain>) -> Option<Plain> {
        let why = why?;
        if self.ports.pulse.borrow().unkept.as_ref() == Some(&why) {
            return Some(why);
        }
        let text = format!(
            "The renewed sign-in can't be kept ({why}): it is used here alone, and is lost when floorwalker ends"
        );
        let notice = Notice { level: Level::Error, text: Plain::new(&text) };
        let told = self.desk.inward.try_send(Inward::Tell(Event::Notice(notice)));
        told.is_ok().then_some(why)
    }

    fn me(&self) -> Me {
        match &self.desk.actor.account {
            _ if !self.desk.genesys.does_deeds() => Me::Gateway,
            Some(account) => Me::Person(account.clone()),
            None => Me::Client,
        }
    }

    /// While the first answers are being waited for, the wait itself is the news.
    fn link(&self, traffic: &Traffic) -> Link {
        match (self.health.link(), &traffic.waiting) {
            (Link::Connecting, Some(wait)) => {
                let Pause { until, why, .. } = self.pause(wait);
                Link::Retrying { at: until, reason: why }
            }
            (link, _) => link,
        }
    }

    fn pause(&self, wait: &Wait) -> Pause {
        let left = wait.until.saturating_duration_since(Instant::now());
        let until = self.desk.clock.after(left);
        // To the second: otherwise no two looks at the same wait would be equal.
        let until = until.round(Unit::Second).unwrap_or(until);
        Pause { what: wait.operation, until, why: wait.why.clone() }
    }
}

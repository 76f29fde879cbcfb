//! What the signed-in person does in sessions themselves, as it leaves the console and as its news come in.

use super::App;
use crate::{
    console::{
        keys::Action,
        popups::{MonitorCard, Popup},
        view::{
            Opening, Outcome,
            deeds::{Listener, listener},
        },
    },
    domain::{
        deed::{Deed, DeedKind, DeedNews, DeedOrder, DeedStage},
        handoff::Target,
        id::SessionId,
    },
    engine::{Command, Level},
};

impl App {
    /// Opens the card for listening in; where that is done already, leaves.
    pub(super) fn monitor(&mut self, id: SessionId) {
        let Some(session) = self.cx.live.session(&id) else {
            return self.say(Level::Warn, "The session has ended");
        };
        if listener(session, &self.cx) == Some(Listener::Me) {
            let order = DeedOrder::new(id, session.standing(), Deed::Leave);
            return self.deed(order);
        }
        self.carry_out(Outcome::Open(Opening::Monitor(id)));
    }

    /// The card for it.
    pub(super) fn monitor_card(&self, id: &SessionId) -> Option<Popup> {
        let session = self.cx.live.session(id)?;
        Some(Popup::Monitor(MonitorCard::new(session)))
    }

    /// Sends what was confirmed.
    pub(super) fn deed(&mut self, order: DeedOrder) {
        self.popups.pop_if(|popup| matches!(popup, Popup::Monitor(_)));
        let guest = self.cx.guest_name(&order.session);
        let text = match order.deed.kind() {
            DeedKind::Monitor => format!("Asking to listen in on {guest}"),
            DeedKind::Leave => format!("Leaving {guest}"),
            DeedKind::Say => format!("Sending to {guest}"),
        };
        self.cx.deeds.observe(DeedNews { order: order.clone(), stage: DeedStage::Asked });
        self.say(Level::Info, text);
        self.send(Command::Deed(Box::new(order)));
    }

    /// What has become of it.
    pub(super) fn deed_moved(&mut self, news: DeedNews) {
        self.tell_letters(|letter, session| letter.observe(&news, session), &news.order.session);
        if let Some((level, text)) = self.deed_notice(&news) {
            self.say(level, text);
        }
        self.cx.deeds.observe(news);
    }

    /// That it did not get through: nothing has left.
    pub(super) fn deed_unsent(&mut self, order: &DeedOrder) {
        self.cx.deeds.forget(&order.id);
        self.tell_letters(|letter, session| letter.unsent(order, session), &order.session);
        self.say(Level::Error, "Not done: the engine does not take orders. Try again");
    }

    fn tell_letters(
        &mut self,
        tell: impl Fn(&mut crate::console::popups::Letter, Option<&crate::domain::session::Session>),
        session: &SessionId,
    ) {
        let row = self.cx.live.session(session);
        for popup in &mut self.popups {
            if let Popup::Transcript(transcript) = popup
                && transcript.session() == session
            {
                tell(transcript.letter(), row);
            }
        }
    }

    fn deed_notice(&self, news: &DeedNews) -> Option<(Level, String)> {
        let kind = news.order.deed.kind();
        let guest = self.cx.guest_name(&news.order.session);
        let key = self.cx.keymap.hint(Action::Monitor);
        let not = match kind {
            DeedKind::Monitor => format!("{guest} is not monitored"),
            DeedKind::Leave => format!("{guest} is not left"),
            DeedKind::Say => format!("Not sent to {guest}"),
        };
        Some(match (&news.stage, kind) {
            (DeedStage::Asked | DeedStage::Requesting, _) => return None,
            (DeedStage::Doubtful, _) => {
                let text =
                    "Nobody has answered: it is looked whether it was done, and not sent again";
                (Level::Warn, text.to_owned())
            }
            (DeedStage::Done, DeedKind::Monitor) => {
                let agent = news.order.seen.agent.clone();
                let agent = agent.map(|id| self.cx.target_name(&Target::Agent(id)));
                let with = agent.map(|name| format!(", with {name}")).unwrap_or_default();
                (Level::Info, format!("◉ You monitor {guest}{with}; {key} leaves"))
            }
            (DeedStage::Done, DeedKind::Leave) => {
                (Level::Info, format!("○ You no longer monitor {guest}"))
            }
            (DeedStage::Done, DeedKind::Say) => (Level::Info, format!("✓ Sent to {guest}")),
            (DeedStage::Rejected { reason }, _) => (Level::Warn, format!("{not}: {reason}")),
            (DeedStage::Failed { reason }, _) => (Level::Error, format!("{not}: {reason}")),
            (DeedStage::Unknown { reason }, DeedKind::Say) => {
                (Level::Error, format!("Nobody knows whether {guest} has it: {reason}"))
            }
            (DeedStage::Unknown { reason }, _) => {
                (Level::Error, format!("Nobody knows whether you monitor {guest}: {reason}"))
            }
        })
    }
}

//! What the last frame had on it to be confirmed.

use floorwalker::{
    console::{app::App, popups::Popup},
    domain::{handoff::Target, id::SessionId},
};
use ratatui::layout::Size;

use super::run::Broken;
use crate::harness::Harness;

/// What is on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Top {
    /// No popup.
    #[default]
    Pane,
    /// The card.
    Card,
    /// The plan.
    Plan,
    /// A question.
    Question,
    /// Why, or until when, a bot's request is not taken.
    Answer,
    /// The form of a guest's session.
    Form,
    /// What finds anything by its name.
    Palette,
    /// The card for listening in.
    Monitor,
    /// What is written to a customer, as it would be sent.
    Letter,
    /// A tree, whose rows one goes to.
    Tree,
    /// What confirms nothing.
    Other,
}

impl Top {
    /// What has the keys.
    pub fn of(app: &App) -> Self {
        match app.popups().last() {
            None => Self::Pane,
            Some(Popup::Card(_)) => Self::Card,
            Some(Popup::Plan(_)) => Self::Plan,
            Some(Popup::Question(_)) => Self::Question,
            Some(Popup::Answer(_)) => Self::Answer,
            Some(Popup::NewSession(_)) => Self::Form,
            Some(Popup::Palette(_)) => Self::Palette,
            Some(Popup::Xray(_)) => Self::Tree,
            Some(Popup::Monitor(_)) => Self::Monitor,
            Some(Popup::Transcript(it)) if it.is_unfinished() => Self::Letter,
            Some(_) => Self::Other,
        }
    }

    fn confirms(self) -> bool {
        use Top as T;
        let own = matches!(self, T::Card | T::Plan | T::Monitor | T::Letter);
        own || matches!(self, T::Question | T::Answer | T::Form)
    }
}

/// A frame.
#[derive(Debug, Default)]
pub struct Seen {
    /// What was on top.
    pub top: Top,
    /// False where the terminal was too small for anything to be seen.
    pub legible: bool,
    /// What the card, or the plan, would have sent.
    pub orders: Vec<(SessionId, Target)>,
    /// The text of what confirms something; of nothing else.
    pub screen: String,
}

impl Seen {
    /// What is to be seen now.
    pub fn of(harness: &Harness, size: Size) -> Self {
        let (app, top) = (&harness.app, Top::of(&harness.app));
        let orders = match app.popups().last() {
            Some(Popup::Card(card)) => card.order(app.cx()).ok().into_iter().collect(),
            Some(Popup::Plan(plan)) => plan.batch().orders,
            _ => Vec::new(),
        };
        Self {
            top,
            legible: size.width >= 50 && size.height >= 12,
            orders: orders.into_iter().map(|order| (order.session, order.target)).collect(),
            screen: if top.confirms() { harness.screen() } else { String::new() },
        }
    }

    /// True if this text is on it, whatever is between its words.
    pub fn says(&self, text: &str) -> bool {
        // What is not ASCII may have stand-ins, or be broken anywhere.
        text.split_whitespace()
            .filter(|word| word.is_ascii())
            .all(|word| self.screen.contains(word))
    }

    /// A card that can be confirmed says whom it is about and where they go.
    pub fn shows_what_it_confirms(&self, harness: &Harness) -> Result<(), Broken> {
        let [(session, target)] = self.orders.as_slice() else { return Ok(()) };
        let typed = harness.app.popups().last().is_some_and(|popup| popup.view().is_typing());
        if self.top != Top::Card || !self.legible || typed {
            return Ok(());
        }
        let cx = harness.app.cx();
        let guest = cx.live.session(session).map(|session| session.label()).unwrap_or_default();
        let target = cx.target_name(target);
        match self.says(&guest) && self.says(&target) {
            true => Ok(()),
            false => Err(("a card shows what it confirms", self.screen.clone())),
        }
    }
}

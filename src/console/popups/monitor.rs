//! The card on which a person confirms that they listen in on a session: whose, with whom, and who will know.
//!
//! It keeps what was true when it was opened. If the newest floor disagrees it says so, and nothing can be sent
//! from it any more: the person decided on something else.

use ratatui::{buffer::Buffer, layout::Rect};

use super::about;
use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{Ctx, Outcome, Refusal, View, deeds, gate},
        widgets::{clock, frame, prose, prose::Line},
    },
    domain::{
        deed::{Deed, DeedOrder},
        handoff::Target,
        id::SessionId,
        session::{Session, Standing},
    },
};

/// Who is told.
const TOLD: &str = "Genesys Cloud tells neither the customer nor the agent.";
/// When it can be done, and when it ends.
const BESIDES: &str = "Genesys Cloud wants your presence to be Available. It ends when you leave it, or the agent does.";

/// The card.
#[derive(Debug)]
pub struct MonitorCard {
    session: SessionId,
    seen: Standing,
    /// True once it has been on the screen as one that can be confirmed: keys typed ahead confirm nothing.
    shown: bool,
}

impl MonitorCard {
    /// A card for listening in on `session`, as the screen shows it.
    pub fn new(session: &Session) -> Self {
        Self { session: session.id.clone(), seen: session.standing(), shown: false }
    }

    /// The session it is for.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// What forbids it on the newest floor.
    fn refused(&self, cx: &Ctx) -> Option<Refusal> {
        if let Some(refusal) = deeds::refuses_monitoring(&self.session, cx) {
            return Some(refusal);
        }
        let session = cx.live.session(&self.session)?;
        if deeds::listener(session, cx) == Some(deeds::Listener::Me) {
            return Some(format!("You monitor {} already", session.label()).into());
        }
        let changed = session.standing() != self.seen;
        changed.then(|| {
            format!("Not sent: {} is now {}", session.label(), gate::standing(session, cx)).into()
        })
    }

    /// What it says, in few words where there is little room.
    fn lines(&self, cx: &Ctx, short: bool) -> Vec<Line> {
        let mut lines = vec![about(&self.session, cx)];
        let agent = self.seen.agent.clone().map(|id| cx.target_name(&Target::Agent(id)));
        let agent = agent.unwrap_or_else(|| "-".into());
        let queue = self.seen.queue.as_ref().map(|id| cx.queue_name(id));
        if !short {
            lines.push(Line::field("agent", Role::Text, agent.as_str()));
            lines.push(Line::field("queue", Role::Text, queue.as_deref().unwrap_or("-")));
            lines.push(Line::field("id", Role::Quiet, self.session.to_string()));
            lines.push(Line::new());
        }
        if let Some(Refusal(why)) = self.refused(cx) {
            lines.push(Line::of(Role::Alarm, format!("✗ {why}.")));
            lines.push(keys(&[(Action::Back, "back")], cx));
            return lines;
        }
        lines.push(Line::of(Role::Warn, format!("△ {TOLD}")));
        if !short {
            let me = deeds::my_name(cx);
            let text = format!(
                "Other supervisors see that {me} listens in, and can't meanwhile. {agent} goes on serving. It is in \
                 both audit logs."
            );
            lines.push(Line::of(Role::Text, text));
            lines.push(Line::of(Role::Quiet, BESIDES));
        }
        if cx.is_stale() {
            let age = cx.data_age().map_or_else(|| "-".to_owned(), clock::short);
            let text = format!("◐ This is {age} old; it is read again first.");
            lines.push(Line::of(Role::Warn, text));
        }
        if !short {
            lines.push(Line::new());
        }
        lines.push(keys(&[(Action::Confirm, "monitor"), (Action::Back, "back")], cx));
        lines
    }
}

/// Keys with what they do, the first one strong.
pub fn keys(all: &[(Action, &str)], cx: &Ctx) -> Line {
    all.iter().enumerate().fold(Line::new(), |line, (n, (action, words))| {
        let (gap, role) = if n == 0 { ("", Role::Strong) } else { ("   ", Role::Text) };
        line.and(Role::Text, gap)
            .and(Role::Accent, cx.keymap.hint(*action))
            .and(role, format!(" {words}"))
    })
}

impl View for MonitorCard {
    fn actions(&self) -> &'static [Action] {
        &[Action::Confirm, Action::Back]
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == Action::Confirm { "monitor" } else { action.verb() }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        let yes = cx.keymap.hint(Action::Confirm);
        match action {
            Action::Confirm => self.refused(cx).or_else(|| {
                let unread = || format!("Read the card first, then press {yes}").into();
                (!self.shown).then(unread)
            }),
            Action::Open | Action::Monitor => {
                let no = cx.keymap.hint(Action::Back);
                Some(format!("Press {yes} to confirm, {no} to go back").into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, _cx: &Ctx) -> Outcome {
        match action {
            Action::Confirm => {
                let (session, seen) = (self.session.clone(), self.seen.clone());
                Outcome::Deed(DeedOrder::new(session, seen, Deed::Monitor))
            }
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        // What could not be confirmed a moment ago has to be read again.
        self.shown &= self.refused(cx).is_none();
    }

    fn shown(&mut self, cx: &Ctx) {
        self.shown = self.refused(cx).is_none();
    }

    fn covered(&mut self) {
        self.shown = false;
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = Line::of(Role::Accent, "Monitor the session?");
        let inner = frame::panel(buf, area, &title, cx.theme);
        let wrapped = |short| prose::wrap(self.lines(cx, short), inner.width);
        let rows = usize::from(inner.height);
        let mut lines = wrapped(false);
        if lines.len() > rows {
            lines = wrapped(true);
        }
        // What can be pressed has to be in sight, and so has whom it is about.
        let surplus = lines.len().saturating_sub(rows);
        lines.drain(1..=surplus.min(lines.len().saturating_sub(2)));
        prose::lines(buf, inner, &lines, 0, cx.theme);
    }
}

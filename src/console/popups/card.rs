//! The card a handoff is confirmed on: who, from where, to whom, and that it still holds.
//!
//! It keeps what was true when it was opened. If the newest floor disagrees it says so, and nothing
//! can be sent from it any more: the person decided on something else.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{about, needs};
use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{
            Ctx, Outcome, Refusal, View,
            cells::{held, score, status},
            gate, limits, words,
        },
        widgets::{clock, frame, prose, prose::Line},
    },
    domain::{
        agent::Agent,
        handoff::{HandoffOrder, Target},
        id::SessionId,
        queue::Queue,
        session::{Session, Standing},
    },
    policy::qualification::{Need, qualify},
};

/// The card.
#[derive(Debug)]
pub struct Card {
    session: SessionId,
    seen: Standing,
    target: Target,
    /// True once it has been on the screen: keys typed ahead confirm nothing that nobody has read.
    shown: bool,
}

impl Card {
    /// A card for handing `session`, as the screen shows it, to `target`.
    pub fn new(session: &Session, target: Target) -> Self {
        Self { session: session.id.clone(), seen: session.standing(), target, shown: false }
    }

    /// The order, if it still holds on the newest floor.
    pub fn order(&self, cx: &Ctx) -> Result<HandoffOrder, Refusal> {
        match gate::refuses_order(&self.session, &self.seen, &self.target, cx) {
            Some(refusal) => Err(refusal),
            None => {
                Ok(HandoffOrder::new(self.session.clone(), self.seen.clone(), self.target.clone()))
            }
        }
    }

    /// Who, to whom and what happens come first: whatever a small screen cuts off, it is not these.
    fn lines(&self, cx: &Ctx) -> Vec<Line> {
        let mut lines = vec![about(&self.session, cx)];
        lines.push(Line::field("to", Role::Strong, cx.target_name(&self.target).as_str()));
        lines.extend(match &self.target {
            Target::Agent(id) => cx.live.agent(id).map(|agent| self.agent(agent, cx)),
            Target::Queue(id) => cx.live.queue(id).map(|queue| target_queue(queue, cx)),
        });
        lines.extend(self.verdict(cx));
        if let Some(session) = cx.live.session(&self.session) {
            lines.push(Line::new());
            lines.push(Line::field("id", Role::Quiet, session.id.to_string()));
            lines.push(said(session));
            lines.push(Line::field("asks for", Role::Text, needs(session)));
        }
        lines
    }

    /// Taking a customer from an agent is not the same as helping one who waits.
    fn takes_from(&self, cx: &Ctx) -> Option<Line> {
        let agent = self.seen.agent.as_ref().and_then(|id| cx.live.agent(id))?;
        let text = format!("▲ Takes the customer away from {}.", agent.label());
        Some(Line::of(Role::Alarm, text))
    }

    /// What `y` would do, or why it would do nothing.
    fn verdict(&self, cx: &Ctx) -> Vec<Line> {
        let back = cx.keymap.hint(Action::Back);
        if let Some(Refusal(reason)) =
            gate::refuses_order(&self.session, &self.seen, &self.target, cx)
        {
            return vec![
                Line::of(Role::Alarm, format!("✗ {reason}.")),
                Line::of(Role::Accent, back).and(Role::Text, " back"),
            ];
        }
        let mut lines: Vec<Line> = self.takes_from(cx).into_iter().collect();
        lines.push(
            Line::of(Role::Accent, cx.keymap.hint(Action::Confirm))
                .and(Role::Strong, " confirm")
                .and(Role::Text, "   ")
                .and(Role::Accent, back)
                .and(Role::Text, " back"),
        );
        let call_back = cx.keymap.hint(Action::Cancel);
        lines.push(Line::of(
            Role::Quiet,
            format!("It leaves after three seconds, in which {call_back} calls it back."),
        ));
        if cx.is_stale() {
            let age = cx.data_age().map_or_else(|| "-".to_owned(), clock::short);
            lines.push(Line::of(
                Role::Warn,
                format!("◐ This is {age} old; it is read again first."),
            ));
        }
        lines
    }

    fn agent(&self, agent: &Agent, cx: &Ctx) -> Line {
        let (mut state, mut load) = (String::new(), String::new());
        let (state_role, load_role) = (status(agent, &mut state), held(agent, &mut load));
        let mut line = Line::field("", state_role, state);
        if let Some(age) = cx.age(agent.since) {
            line = line.and(Role::Text, format!(" {}", clock::short(age)));
        }
        line = line.and(Role::Quiet, "  holds ").and(load_role, load);
        if let Some(session) = cx.live.session(&self.session) {
            let mut text = String::new();
            let role =
                score(Some(&qualify(agent, Need::from(session), cx.handbook.rules)), &mut text);
            line = line.and(Role::Quiet, "  score ").and(role, text);
        }
        line
    }
}

/// What the bot made of the customer.
fn said(session: &Session) -> Line {
    let intent = session.intent.as_deref().unwrap_or("-").to_owned();
    let share = |value: Option<f64>, least| {
        value.map_or((Role::Quiet, "-".to_owned()), |value| {
            let (shape, role) = limits::at_least(value, least);
            (role, format!("{shape}{value:.2}"))
        })
    };
    let (sure_role, sure) = share(session.confidence, limits::CONFIDENCE);
    let (mood_role, mood) = share(session.sentiment, limits::SENTIMENT);
    Line::field("intent", Role::Text, intent)
        .and(Role::Quiet, "  sure ")
        .and(sure_role, sure)
        .and(Role::Quiet, "  mood ")
        .and(mood_role, mood)
}

fn target_queue(queue: &Queue, cx: &Ctx) -> Line {
    let (shape, role) = words::queue(queue.state);
    let count = |n: Option<u32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let mut line = Line::field("", role, format!("{shape} {}", queue.state.word()))
        .and(Role::Quiet, "  waiting ")
        .and(Role::Text, count(queue.waiting));
    if let Some(age) = cx.age(queue.longest_since) {
        let (shape, role) = limits::wait(age);
        line =
            line.and(Role::Quiet, "  longest ").and(role, format!("{shape}{}", clock::short(age)));
    }
    line.and(Role::Quiet, "  free ").and(Role::Text, count(queue.slots.map(|slots| slots.free)))
}

impl View for Card {
    fn actions(&self) -> &'static [Action] {
        &[Action::Confirm, Action::Back]
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Confirm if !self.shown => {
                let yes = cx.keymap.hint(Action::Confirm);
                Some(format!("Read the card first, then press {yes}").into())
            }
            Action::Confirm => self.order(cx).err(),
            Action::Open => {
                let (yes, no) = (cx.keymap.hint(Action::Confirm), cx.keymap.hint(Action::Back));
                Some(format!("Press {yes} to confirm, {no} to go back: enter sends nothing").into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, _cx: &Ctx) -> Outcome {
        match action {
            Action::Confirm => Outcome::Submit,
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, _cx: &Ctx) {}

    fn arrange(&mut self, _area: Rect) {}

    fn shown(&mut self) {
        self.shown = true;
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let kind = match self.target {
            Target::Agent(_) => "Hand off to an agent?",
            Target::Queue(_) => "Hand off to a queue?",
        };
        let inner = frame::panel(buf, area, &Line::of(Role::Accent, kind), cx.theme);
        let text = prose::wrap(self.lines(cx), inner.width);
        prose::lines(buf, inner, &text, 0, cx.theme);
    }
}

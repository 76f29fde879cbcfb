//! The card a handoff is confirmed on: who, from where, to whom, what goes along, and that it still
//! holds.
//!
//! It keeps what was true when it was opened. If the newest floor disagrees it says so, and nothing
//! can be sent from it any more: the person decided on something else.

mod checks;
mod demands;
mod draft;
mod face;
mod request;

use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    checks::{Checks, Waiver},
    demands::{Asked, Form, Step},
    draft::Draft,
    face::Face,
    request::Answered,
};
use crate::{
    console::{
        keys::{Action, Chord, Edit},
        theme::Role,
        view::{Ctx, Opening, Outcome, Refusal, View, gate},
        widgets::{frame, prompt::Prompt, prose, prose::Line},
    },
    domain::{
        detail::SessionDetail,
        handoff::{HandoffOrder, Target},
        id::{AgentId, SessionId},
        payload::Payload,
        session::{Session, Standing},
        text::Plain,
    },
    policy::{
        guard::Facts,
        qualification::{Need, qualify},
    },
};

/// The card.
#[derive(Debug)]
pub struct Card {
    session: SessionId,
    seen: Standing,
    target: Target,
    /// What a close look at the session has told.
    closely: Option<Facts>,
    summary: Draft,
    /// Why, in the person's words; empty when not said.
    reason: Plain,
    waiver: Option<Waiver>,
    typing: Option<Typing>,
    /// What is asked for beyond what the session asks for.
    asked: Asked,
    form: Option<Box<Form>>,
    /// The bot's request that it answers.
    answered: Option<Answered>,
    /// True if it was on the last frame as one that can be confirmed: keys typed ahead confirm nothing that
    /// nobody has read, or that still said why not.
    shown: bool,
}

/// What is being typed.
#[derive(Debug)]
struct Typing {
    field: Field,
    prompt: Prompt,
    /// True after trying to accept nothing where something is needed.
    blank: bool,
}

/// What can be typed on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// Why a guard is passed over.
    Waiver,
    /// The summary.
    Summary,
    /// Why the session is handed off.
    Reason,
}

impl Field {
    /// The most letters it takes.
    fn limit(self) -> usize {
        match self {
            Self::Waiver | Self::Reason => 200,
            Self::Summary => 2_000,
        }
    }
}

impl Card {
    /// A card for handing `session`, as the screen shows it, to `target`.
    pub fn new(session: &Session, target: Target) -> Self {
        Self {
            session: session.id.clone(),
            seen: session.standing(),
            target,
            closely: None,
            summary: Draft::Fetching,
            reason: Plain::default(),
            waiver: None,
            typing: None,
            asked: Asked::default(),
            form: None,
            answered: None,
            shown: false,
        }
    }

    /// The session it is for.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The agent it is for, if it is for one.
    pub fn agent(&self) -> Option<&AgentId> {
        match &self.target {
            Target::Agent(id) => Some(id),
            Target::Queue(_) => None,
        }
    }

    /// Takes what was read closely, if it is about this session.
    pub fn take_detail(&mut self, detail: &SessionDetail) {
        if detail.id == self.session {
            self.closely = Some(Facts::from(&detail.session));
        }
    }

    /// Takes the summary that was asked for, if it is about this session.
    pub fn take_summary(&mut self, session: &SessionId, found: Result<Option<String>, Plain>) {
        if *session == self.session {
            self.summary.take(found);
        }
    }

    /// The order, if it still holds on the newest floor and no guard stops it.
    pub fn order(&self, cx: &Ctx) -> Result<HandoffOrder, Refusal> {
        if let Some(refusal) = self.refused(cx) {
            return Err(refusal);
        }
        let checks = self.checks(cx);
        if let Some(reason) = checks.stopped(self.waiver.as_ref()) {
            let key = cx.keymap.hint(Action::Override);
            let text = format!("Stopped, {key} overrides with a reason: {reason}");
            return Err(text.into());
        }
        let order = HandoffOrder::new(self.session.clone(), self.seen.clone(), self.target.clone());
        let waiver = self.waiver.as_ref().filter(|_| checks.stop());
        let mut order = HandoffOrder {
            payload: Payload {
                summary: self.summary.payload(),
                history: self.asked.history.unwrap_or(order.payload.history),
                attributes: self.asked.attributes.clone(),
                ..order.payload
            },
            demands: self.asked.demands.clone(),
            reason: self.reason.clone(),
            waiver: waiver.map(|waiver| waiver.reason.clone()),
            waived: waiver.map(|waiver| waiver.kinds.clone()),
            ..order
        };
        match &self.answered {
            Some(answered) => answered.fill(&mut order),
            // One that has come since is answered by this as well.
            None => order.request = cx.free_request_for(&self.session).map(|r| r.id.clone()),
        }
        Ok(order)
    }

    /// What forbids it and can't be passed over.
    fn refused(&self, cx: &Ctx) -> Option<Refusal> {
        if let Some(refusal) = self.answered.as_ref().and_then(|answered| answered.refused(cx)) {
            return Some(refusal);
        }
        let demands = &self.asked.demands;
        if self.stays(cx) && !demands.routes() {
            let key = cx.keymap.hint(Action::EditDemands);
            return Some(format!("It waits there already: {key} asks for another place").into());
        }
        gate::refuses_order(&self.session, &self.seen, &self.target, demands, cx)
            .or_else(|| self.refuses_demands(cx))
    }

    /// Whether the session keeps its place in line.
    fn stays(&self, cx: &Ctx) -> bool {
        cx.live.session(&self.session).is_some_and(|session| gate::stays(session, &self.target))
    }

    /// Whether an agent has what is asked for here as well; of a queue nobody can tell.
    fn refuses_demands(&self, cx: &Ctx) -> Option<Refusal> {
        let (session, agent) = (cx.live.session(&self.session)?, cx.live.agent(self.agent()?)?);
        let demands = &self.asked.demands;
        let skills = [session.skills.as_slice(), demands.skills.as_slice()].concat();
        let language = demands.language.as_ref().or(session.language.as_ref());
        let verdict = qualify(agent, Need { skills: &skills, language }, cx.handbook.rules).verdict;
        (!verdict.passes()).then(|| format!("{}: {}", agent.label(), verdict.reason()).into())
    }

    fn checks(&self, cx: &Ctx) -> Checks {
        Checks::new(&self.session, self.closely, cx)
    }

    fn refuses_override(&self, cx: &Ctx) -> Option<Refusal> {
        match self.refused(cx) {
            Some(Refusal(reason)) => {
                Some(format!("Only a guard can be overridden: {reason}").into())
            }
            None if !self.checks(cx).stop() => {
                Some("No guard stops this: there is nothing to override".into())
            }
            None => None,
        }
    }

    fn begin(&mut self, field: Field) -> Outcome {
        let text = match field {
            Field::Waiver => self.waiver.as_ref().map_or("", |waiver| waiver.reason.as_str()),
            Field::Summary => self.summary.words(),
            Field::Reason => self.reason.as_str(),
        };
        let prompt = Prompt::new(text, field.limit());
        self.typing = Some(Typing { field, prompt, blank: false });
        Outcome::Done
    }

    /// Takes what was typed, unless it is nothing where something is needed.
    fn accept(&mut self, cx: &Ctx) {
        let Some(mut typing) = self.typing.take() else { return };
        let text = typing.prompt.text();
        match typing.field {
            Field::Waiver if text.is_empty() => {
                typing.blank = true;
                self.typing = Some(typing);
            }
            Field::Waiver => self.waiver = Some(Waiver::new(text, &self.checks(cx))),
            Field::Reason => self.reason = Plain::new(text),
            // What nobody has changed is still the org's.
            Field::Summary if typing.prompt.changed() => {
                self.summary = Draft::Written(text.to_owned());
            }
            Field::Summary => {}
        }
    }
}

impl View for Card {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Confirm,
            A::Back,
            A::Override,
            A::EditSummary,
            A::EditReason,
            A::EditDemands,
            A::Explain,
        ]
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Confirm => self.order(cx).err().or_else(|| {
                let yes = cx.keymap.hint(Action::Confirm);
                let unread = || format!("Read the card first, then press {yes}").into();
                (!self.shown).then(unread)
            }),
            Action::Override => self.refuses_override(cx),
            Action::Explain if self.agent().is_none() => {
                Some("Agents have a score, queues have none".into())
            }
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
            Action::Override => self.begin(Field::Waiver),
            Action::EditSummary => self.begin(Field::Summary),
            Action::EditReason => self.begin(Field::Reason),
            Action::EditDemands => {
                self.form = Some(Box::new(Form::new(&self.asked)));
                Outcome::Done
            }
            Action::Explain => match self.agent() {
                Some(agent) => Outcome::Open(Opening::Explain(self.session.clone(), agent.clone())),
                None => Outcome::Done,
            },
            _ => Outcome::Close,
        }
    }

    fn shown(&mut self, cx: &Ctx) {
        self.shown = self.order(cx).is_ok();
    }

    fn covered(&mut self) {
        self.shown = false;
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let kind = match self.target {
            Target::Agent(_) => "Hand off to an agent?",
            Target::Queue(_) => "Hand off to a queue?",
        };
        let inner = frame::panel(buf, area, &Line::of(Role::Accent, kind), cx.theme);
        let face = Face::new(self, (inner.width, inner.height), cx);
        let last = usize::from(inner.height).saturating_sub(1);
        let from = face.caret.map_or(0, |caret| caret.saturating_sub(last));
        prose::lines(buf, inner, &face.lines, from, cx.theme);
    }

    fn is_typing(&self) -> bool {
        self.typing.is_some() || self.form.is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        if let Some(form) = &mut self.form {
            match form.edit(chord, cx) {
                Step::Filling => return,
                Step::Accepted(asked) => self.asked = asked,
                Step::Dropped => {}
            }
            self.form = None;
            return;
        }
        let Some(typing) = &mut self.typing else { return };
        match chord.edit() {
            Some(Edit::Change(request)) => {
                typing.blank = false;
                typing.prompt.change(request);
            }
            Some(Edit::Keep) => self.accept(cx),
            Some(Edit::Drop) => self.typing = None,
            None => {}
        }
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        match self.form {
            Some(_) => &["accept all", "drop it", "field"],
            None => &["accept the text", "drop it"],
        }
    }

    fn most_pasted(&self) -> usize {
        let typed = self.typing.as_ref().map_or(0, |typing| typing.field.limit());
        if self.form.is_some() { demands::LONGEST } else { typed }
    }
}

//! Why an agent is where the picker has them: the score with what was taken off, the gate, what is
//! missing and what would mend it, and the rank term by term with its sources.
//!
//! It decides nothing. Score and rank stand one under the other and are never added up.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use super::needs;
use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{
            Ctx, Outcome, View,
            candidates::circumstances,
            cells::{held, status},
        },
        widgets::{clock, prose, prose::Line, scroll::Scroll},
    },
    domain::{
        agent::Agent,
        floor::seconds_since,
        handoff::Target,
        id::{AgentId, SessionId},
        session::Session,
    },
    policy::{
        lack::lack,
        language,
        qualification::{Need, Qualification, Rules, Verdict, qualify},
        rank::{Rank, Term, rank},
    },
};

/// The explanation.
#[derive(Debug)]
pub struct Explain {
    session: SessionId,
    agent: AgentId,
    scroll: Scroll,
}

impl Explain {
    /// Of `agent` for `session`.
    pub fn new(session: SessionId, agent: AgentId) -> Self {
        Self { session, agent, scroll: Scroll::default() }
    }

    /// Of whom.
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    fn lines(&self, width: u16, cx: &Ctx) -> Vec<Line> {
        let lines = match (cx.floor.agent(&self.agent), cx.floor.session(&self.session)) {
            (None, _) => vec![Line::of(Role::Alarm, "× The agent is no longer on the floor.")],
            (_, None) => vec![Line::of(Role::Alarm, "× The session has ended.")],
            (Some(agent), Some(session)) => explained(agent, session, cx),
        };
        prose::wrap(lines, width)
    }
}

fn explained(agent: &Agent, session: &Session, cx: &Ctx) -> Vec<Line> {
    let (need, rules) = (Need::from(session), cx.handbook.rules);
    let measured = qualify(agent, need, rules);
    let mut lines = vec![now(agent, cx), Line::field("asked for", Role::Text, needs(session))];
    lines.push(Line::new());
    lines.extend(score(&measured, need, rules));
    lines.extend(gate(agent, session, &measured, cx));
    lines.push(Line::new());
    let ranked = rank(agent, need, &circumstances(session, cx), &cx.handbook.weights);
    lines.extend(terms(&ranked, measured.verdict.passes(), cx));
    lines
}

fn now(agent: &Agent, cx: &Ctx) -> Line {
    let (mut state, mut load) = (String::new(), String::new());
    let (state_role, load_role) = (status(agent, &mut state), held(agent, &mut load));
    let age = cx.age(agent.since).map_or_else(|| "-".to_owned(), clock::short);
    Line::field("now", state_role, state)
        .and(Role::Text, format!(" {age}"))
        .and(Role::Quiet, "  holds ")
        .and(load_role, load)
}

/// The score, and each penalty in it.
fn score(measured: &Qualification, need: Need<'_>, rules: Rules) -> Vec<Line> {
    let shown = measured.shown().map_or_else(|| "-".to_owned(), |score| score.to_string());
    let line = Line::field("score", Role::Strong, shown);
    let text = |text: &str| line.clone().and(Role::Quiet, format!("  {text}"));
    let missing = match &measured.verdict {
        Verdict::NotKnown => return vec![text("status or skills have not been read yet")],
        Verdict::NotAvailable => return vec![text("who is not available is not measured")],
        Verdict::Insufficient { missing, .. } => missing.as_slice(),
        Verdict::Qualified | Verdict::AtCapacity { .. } => &[],
    };
    let penalty = |points: i32, what: String| {
        Line::field("", Role::Warn, format!("−{points}")).and(Role::Text, format!("  {what}"))
    };
    let mut lines = vec![text(&format!("of 100; {} with every skill passes", rules.minimum))];
    let skills = missing.iter().map(|skill| penalty(rules.skill_penalty, format!("no {skill}")));
    lines.extend(skills);
    let count = i32::try_from(missing.len()).unwrap_or(i32::MAX);
    let without_skills = 100_i32.saturating_sub(rules.skill_penalty.saturating_mul(count));
    // Whatever else was taken off was for the language.
    if let Some(wanted) = need.language.filter(|_| measured.raw != Some(without_skills)) {
        let text = format!("does not speak {}", language::called(&wanted.name));
        lines.push(penalty(rules.language_penalty, text));
    }
    lines
}

/// The gate's own words, then what is missing and what would mend it.
fn gate(agent: &Agent, session: &Session, measured: &Qualification, cx: &Ctx) -> Vec<Line> {
    let holds = session.agent.as_ref() == Some(&agent.id);
    let (role, shape) =
        if measured.verdict.passes() { (Role::Good, '✓') } else { (Role::Warn, '✗') };
    let reason = measured.verdict.reason();
    let mut lines = vec![Line::field("gate", role, format!("{shape} {reason}"))];
    if holds {
        lines.push(Line::field("", Role::Warn, "✗ has this session already"));
    }
    let need = Need::from(session);
    if let Some(lack) = lack(agent, need, measured, cx.now, cx.handbook.rules) {
        lines.push(Line::field("missing", Role::Strong, lack.short));
        lines.push(Line::field("remedy", Role::Text, lack.remedy));
    }
    lines
}

fn terms(ranked: &Rank, counts: bool, cx: &Ctx) -> Vec<Line> {
    let score = ranked.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.0}"));
    let note = match (counts, ranked.score) {
        (_, None) => "nothing it is made of is known",
        (true, _) => "of 100, the weighted mean of what is known",
        // It orders those who pass, so of this agent it says nothing yet.
        (false, _) => "of 100, which counts only for those who pass",
    };
    let head = Line::field("rank", Role::Strong, score).and(Role::Quiet, format!("  {note}"));
    [head].into_iter().chain(ranked.terms.iter().flat_map(|told| term(told, cx))).collect()
}

/// One term: what it says on one line, where that comes from on the next.
fn term(term: &Term, cx: &Ctx) -> [Line; 2] {
    let value = term.value.map_or_else(|| "   -".to_owned(), |value| format!("{value:.2}"));
    let role = if term.value.is_some() { Role::Text } else { Role::Quiet };
    let source = format!("{}, {}", term.source, age(term.read, cx));
    [
        Line::field(term.kind.word(), role, value)
            .and(Role::Quiet, format!(" × {:<4}  ", term.weight))
            .and(role, term.says.as_str()),
        Line::field("", Role::Quiet, source),
    ]
}

fn age(read: Option<Timestamp>, cx: &Ctx) -> String {
    read.map_or_else(
        || "-".to_owned(),
        |read| match seconds_since(read, cx.now) {
            seconds @ 0..60 => format!("{seconds} s ago"),
            seconds => format!("{} ago", clock::short(seconds)),
        },
    )
}

impl View for Explain {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[A::Back, A::Up, A::Down, A::PageUp, A::PageDown, A::Home, A::End]
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if action == Action::Back {
            return Outcome::Close;
        }
        let count = self.lines(self.scroll.width(), cx).len();
        self.scroll.turn(action, count);
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.scroll.arrange(area);
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let name = cx.target_name(&Target::Agent(self.agent.clone()));
        let title = Line::of(Role::Quiet, "Why ")
            .and(Role::Accent, name.as_str())
            .and(Role::Quiet, format!(" for {}", cx.guest_name(&self.session)));
        self.scroll.draw(buf, area, &title, |width| self.lines(width, cx), cx.theme);
    }
}

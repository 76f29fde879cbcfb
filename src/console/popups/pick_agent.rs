//! Choosing the agent for a handoff: who passes the gate first, then who does not and why.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{about, needs};
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{
            Ctx, Opening, Outcome, Refusal, View,
            cells::{held, score, since, status, unknown},
            gate,
        },
        widgets::{
            frame,
            grid::{Column, Grid, Rank, Sheet},
            paint, prose,
            prose::Line,
        },
    },
    domain::{
        handoff::Target,
        id::{AgentId, SessionId},
    },
    policy::qualification::{Need, Qualification, Verdict, compare, qualify},
};

/// The picker.
#[derive(Debug)]
pub struct PickAgent {
    session: SessionId,
    candidates: Vec<Candidate>,
    grid: Grid<CandidateSheet>,
    /// True once the person has chosen a row, or has seen one who fits under the cursor. Before, the
    /// cursor stands for "the best there is"; afterwards it stays on its agent whatever becomes of
    /// them: enter must never choose somebody else than was read.
    settled: bool,
    /// True once the cursor has left its agent by itself, until the person has taken note.
    slipped: bool,
}

/// An agent, measured against the session.
#[derive(Debug)]
pub struct Candidate {
    agent: AgentId,
    measured: Qualification,
    /// Whether the agent has the session already.
    holds: bool,
}

impl Candidate {
    fn fits(&self) -> bool {
        !self.holds && self.measured.verdict.passes()
    }
}

/// How candidates fill the table.
#[derive(Debug)]
pub struct CandidateSheet;

/// Agents the engine is asked to read closely: more than fit would cost requests for nothing.
pub const ATTENDED: usize = 20;

impl Sheet for CandidateSheet {
    type Row = Candidate;
    type Key = AgentId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::number("score", 6, 0).unsorted(),
        Column::text("agent", 14, 26, 0).unsorted(),
        Column::text("status", 13, 14, 0).unsorted(),
        Column::number("for", 8, 2).unsorted(),
        Column::number("held", 5, 1).unsorted(),
        Column::text("fit", 16, 60, 0).unsorted(),
    ];

    fn key(row: &Candidate) -> AgentId {
        row.agent.clone()
    }

    fn rank(_row: &Candidate, _column: usize, _cx: &Ctx) -> Option<Rank> {
        // They come ranked; rows that rank equal stay as they came.
        None
    }

    fn cell(row: &Candidate, column: usize, cx: &Ctx, out: &mut String) -> Role {
        if column == 0 && row.holds {
            return unknown(out);
        }
        if column == 0 {
            return score(Some(&row.measured), out);
        }
        let Some(agent) = cx.floor.agent(&row.agent) else {
            out.push('-');
            return Role::Quiet;
        };
        match column {
            1 => {
                out.push_str(&agent.label());
                Role::Text
            }
            2 => status(agent, out),
            3 => since(agent, cx, out),
            4 => held(agent, out),
            _ if row.holds => {
                out.push_str("has it");
                Role::Quiet
            }
            _ => fit(&row.measured.verdict, out),
        }
    }

    fn faint(row: &Candidate, _cx: &Ctx) -> bool {
        !row.fits()
    }
}

/// The one thing that is missing, in few words; the gate's full text comes with the refusal.
fn fit(verdict: &Verdict, out: &mut String) -> Role {
    match verdict {
        Verdict::Qualified => out.push_str("✓ fits"),
        Verdict::NotAvailable => out.push_str("not available"),
        Verdict::AtCapacity { .. } => out.push_str("at capacity"),
        Verdict::NotKnown => out.push_str("not read yet"),
        Verdict::Insufficient { missing, language } => {
            if !missing.is_empty() {
                out.push_str("lacks ");
                out.push_str(&missing.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", "));
            }
            if !language {
                out.push_str(if missing.is_empty() { "lacks the language" } else { " + language" });
            }
        }
    }
    if verdict.passes() { Role::Good } else { Role::Quiet }
}

impl PickAgent {
    /// A picker for `session`, with the cursor on `wanted` if given.
    pub fn new(session: SessionId, wanted: Option<&AgentId>, cx: &Ctx) -> Self {
        let settled = wanted.is_some();
        let (candidates, grid) = (Vec::new(), Grid::new(0));
        let mut picker = Self { session, candidates, grid, settled, slipped: false };
        picker.observe(cx);
        if let Some(wanted) = wanted {
            picker.grid.select(wanted, &picker.candidates);
        }
        picker
    }

    /// The agents on screen, best first, whose capacity and skills decide something now.
    pub fn attended(&self) -> Vec<AgentId> {
        self.grid.visible(&self.candidates).take(ATTENDED).map(|c| c.agent.clone()).collect()
    }

    fn rank(&mut self, cx: &Ctx) {
        let Some(session) = cx.floor.session(&self.session) else { return };
        let need = Need::from(session);
        let mut measured: Vec<_> =
            cx.floor.agents.iter().map(|a| (a, qualify(a, need, cx.handbook.rules))).collect();
        measured.sort_unstable_by(|(a, p), (b, q)| compare((a, p), (b, q)));
        let candidate = |(agent, measured): (&crate::domain::agent::Agent, _)| Candidate {
            agent: agent.id.clone(),
            measured,
            holds: session.agent.as_ref() == Some(&agent.id),
        };
        self.candidates = measured.into_iter().map(candidate).collect();
        // Whoever has it can't be given it: not among those who fit, and the rest stays in order.
        self.candidates.sort_by_key(|candidate| candidate.holds);
    }

    fn is_on_one_who_fits(&self) -> bool {
        let fits = |c: &Candidate| Some(&c.agent) == self.grid.selected() && c.fits();
        self.candidates.iter().any(fits)
    }

    fn refuses_choice(&self, cx: &Ctx) -> Option<Refusal> {
        let Some(id) = self.grid.selected() else {
            return Some("There is no agent to choose".into());
        };
        let Some(session) = cx.floor.session(&self.session) else {
            return Some("The session has ended".into());
        };
        gate::refuses_target(&cx.floor, session, &Target::Agent(id.clone()), cx)
    }
}

impl View for PickAgent {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[A::Open, A::Back, A::Filter, A::Up, A::Down, A::PageUp, A::PageDown, A::Home, A::End]
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == Action::Open { "choose" } else { action.verb() }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Open => self.refuses_choice(cx),
            Action::Confirm => {
                Some("Choose an agent with enter first; y confirms on the card".into())
            }
            Action::Sort | Action::Reverse => {
                Some("Candidates stay in the order in which they fit".into())
            }
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no agents to choose from".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &self.candidates, cx) {
            self.settled |= action.is_movement();
            self.slipped &= !action.is_movement();
            return Outcome::Done;
        }
        match (action, self.grid.selected()) {
            (Action::Open, Some(_)) if std::mem::take(&mut self.slipped) => {
                let key = cx.keymap.hint(action);
                let text = format!("The cursor has moved by itself: move it or press {key} again");
                Refusal::from(text).into()
            }
            (Action::Open, Some(id)) => {
                Outcome::Open(Opening::Card(self.session.clone(), Target::Agent(id.clone())))
            }
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.rank(cx);
        let slip = self.grid.observe(&self.candidates, cx);
        if self.settled {
            self.slipped |= slip.is_some();
            return;
        }
        if !self.is_on_one_who_fits() {
            self.grid.handle(Action::Home, &self.candidates, cx);
        }
        self.settled = self.is_on_one_who_fits();
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.height.saturating_sub(6));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let passing = self.candidates.iter().filter(|c| c.fits()).count();
        let title = Line::of(Role::Accent, "Hand off to an agent")
            .and(Role::Quiet, format!("  {passing} of {} fit", self.candidates.len()));
        let inner = frame::panel(buf, area, &self.grid.filter_line(title), cx.theme);
        prose::line(buf, inner.x, inner.y, inner.width, &about(&self.session, cx), cx.theme);
        if let Some(session) = cx.floor.session(&self.session) {
            let asks = Line::of(Role::Quiet, format!("asks for {}", needs(session)));
            prose::line(buf, inner.x, inner.y + 1, inner.width, &asks, cx.theme);
        }
        let table = Rect { y: inner.y + 3, height: inner.height.saturating_sub(3), ..inner };
        self.grid.draw(&self.candidates, table, cx, cx.look(true), buf);
        if self.grid.is_empty() && table.height > 1 {
            let quiet = cx.theme.style(Role::Quiet);
            paint::text(buf, table.x + 2, table.y + 1, table.width, "No agent here.", quiet);
        }
    }

    fn is_typing(&self) -> bool {
        self.grid.typing().is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &self.candidates, cx);
    }
}

//! Choosing the agent for a handoff: who passes the gate, by rank, and on demand who does not and why.

mod sheet;

use ratatui::{buffer::Buffer, layout::Rect};

pub use self::sheet::CandidateSheet;
use self::sheet::RANK;
use super::{about, needs, table};
use crate::{
    console::{
        keys::{Action, Chord, pointer::Pointer},
        theme::Role,
        view::{
            Ctx, Opening, Outcome, Refusal, View,
            candidates::{Candidate, Candidates},
            gate,
        },
        widgets::{
            frame,
            grid::{Grid, Table},
            paint, prose,
            prose::Line,
        },
    },
    domain::{
        handoff::Target,
        id::{AgentId, SessionId},
    },
    policy::qualification::Qualification,
};

/// The picker.
#[derive(Debug)]
pub struct PickAgent {
    session: SessionId,
    rows: Vec<Row>,
    grid: Grid<CandidateSheet>,
    /// How many fit, and of how many.
    fitting: usize,
    total: usize,
    /// What is lacking most, while nobody fits.
    shortage: Option<String>,
    /// True once the person has asked to see those who do not fit.
    everybody: bool,
    /// True once the person has chosen a row, or has seen one who fits under the cursor. Before, the
    /// cursor stands for "the best there is"; afterwards it stays on its agent whatever becomes of
    /// them: enter must never choose somebody else than was read.
    settled: bool,
    /// True once the cursor has left its agent by itself, until the person has taken note.
    slipped: bool,
}

/// An agent, measured against the session.
#[derive(Debug)]
pub struct Row {
    session: SessionId,
    agent: AgentId,
    measured: Qualification,
    rank: Option<f64>,
    /// Whether the agent has the session already.
    holds: bool,
}

impl Row {
    fn new(session: &SessionId, candidate: Candidate<'_>) -> Self {
        let Candidate { agent, measured, rank, holds } = candidate;
        Self { session: session.clone(), agent: agent.id.clone(), measured, rank, holds }
    }

    fn fits(&self) -> bool {
        !self.holds && self.measured.verdict.passes()
    }
}

/// Agents the engine is asked to read closely: more than fit would cost requests for nothing.
pub const ATTENDED: usize = 20;

impl PickAgent {
    /// The session it is for.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// A picker for `session`, with the cursor on `wanted` if given.
    pub fn new(session: SessionId, wanted: Option<&AgentId>, cx: &Ctx) -> Self {
        let mut picker = Self {
            session,
            rows: Vec::new(),
            grid: Grid::new(RANK).steady(),
            fitting: 0,
            total: 0,
            shortage: None,
            everybody: false,
            settled: wanted.is_some(),
            slipped: false,
        };
        picker.rank(wanted, cx);
        picker.look(cx);
        picker.grid.hold_from(cx.now);
        if let Some(wanted) = wanted {
            picker.grid.select(wanted, &picker.rows);
        }
        picker
    }

    /// The agents on screen, best first, whose capacity and skills decide something now.
    pub fn attended(&self) -> Vec<AgentId> {
        self.grid.visible(&self.rows).take(ATTENDED).map(|row| row.agent.clone()).collect()
    }

    /// Measures everybody again. Those who do not fit are listed if somebody wants to see them or
    /// there is nobody else; `kept` is listed in any case.
    fn rank(&mut self, kept: Option<&AgentId>, cx: &Ctx) {
        let Some(session) = cx.floor.session(&self.session) else { return };
        let mut candidates = Candidates::of(session, cx);
        self.fitting = candidates.fit.len();
        self.total = self.fitting + candidates.rest.len();
        self.shortage =
            (self.fitting == 0 && self.total > 0).then(|| candidates.shortage(session, cx));
        if !self.everybody && self.fitting > 0 {
            candidates.rest.retain(|candidate| Some(&candidate.agent.id) == kept);
        }
        let row = |candidate| Row::new(&self.session, candidate);
        self.rows = candidates.everybody().into_iter().map(row).collect();
    }

    /// Fills the table, and puts the cursor on the best while it stands for nobody.
    fn look(&mut self, cx: &Ctx) {
        if !self.settled {
            // Nobody has been read under the cursor: there is nothing to hold.
            self.grid.release();
        }
        let slip = self.grid.observe(&self.rows, cx);
        if self.settled {
            self.slipped |= slip.is_some();
            return;
        }
        if !self.is_on_one_who_fits() {
            self.grid.go_home(&self.rows);
        }
        self.settled = self.is_on_one_who_fits();
        if self.settled {
            self.grid.hold_from(cx.now);
        }
    }

    /// Shows those who do not fit, or hides them again. Whoever is under the cursor stays there if
    /// they are still listed; else it is on the best again.
    fn toggle(&mut self, cx: &Ctx) {
        self.everybody = !self.everybody;
        self.rank(None, cx);
        self.grid.release();
        if self.grid.observe(&self.rows, cx).is_some() {
            self.grid.go_home(&self.rows);
        }
        self.grid.hold_from(cx.now);
        self.settled = self.everybody || self.is_on_one_who_fits();
    }

    /// Keeps in mind what the person has put where it is.
    fn heed(&mut self, action: Action) {
        self.settled |= action.is_movement();
        self.slipped &= !action.is_movement();
    }

    /// Why the table is empty.
    fn vacancy(&self, cx: &Ctx) -> String {
        let filter = self.grid.filter().text().trim();
        if filter.is_empty() {
            return "No agent here.".into();
        }
        if self.rows.len() == self.total {
            return format!("Nobody holds “{filter}”.");
        }
        let key = cx.keymap.hint(Action::NextPane);
        format!("Nobody who fits holds “{filter}”; {key} shows the others.")
    }

    fn is_on_one_who_fits(&self) -> bool {
        let fits = |row: &Row| Some(&row.agent) == self.grid.selected() && row.fits();
        self.rows.iter().any(fits)
    }

    fn title(&self, cx: &Ctx) -> Line {
        let (fitting, total) = (self.fitting, self.total);
        let key = cx.keymap.hint(Action::NextPane);
        let more = match self.refuses_toggle() {
            Some(_) => String::new(),
            None if self.everybody => format!(", {key} hides the others"),
            None => format!(", {key} shows the others"),
        };
        Line::of(Role::Accent, "Hand off to an agent")
            .and(Role::Quiet, format!("  {fitting} of {total} fit{more}"))
    }

    fn refuses_toggle(&self) -> Option<Refusal> {
        match (self.fitting, self.total) {
            (_, 0) => Some("There are no agents to show".into()),
            (0, _) => Some("Nobody fits, so all are shown".into()),
            (fitting, total) if fitting == total => Some("All of them fit".into()),
            _ => None,
        }
    }

    /// What stands between the session and the table, if anything has to be said.
    fn note(&self) -> Option<Line> {
        let shortage = self.shortage.as_ref()?;
        Some(Line::of(Role::Warn, format!("▲ Nobody fits: {shortage}")))
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
        &[
            A::Open,
            A::Back,
            A::NextPane,
            A::Explain,
            A::Filter,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
        ]
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::Open => "choose",
            Action::NextPane if self.everybody => "hide others",
            Action::NextPane => "show all",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Open => self.refuses_choice(cx),
            Action::NextPane => self.refuses_toggle(),
            Action::Explain if self.grid.selected().is_none() => {
                Some("There is no agent to explain".into())
            }
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
        if self.grid.handle(action, &self.rows, cx) {
            self.heed(action);
            return Outcome::Done;
        }
        match (action, self.grid.selected()) {
            (Action::NextPane, _) => {
                self.toggle(cx);
                Outcome::Done
            }
            (Action::Explain, Some(id)) => {
                Outcome::Open(Opening::Explain(self.session.clone(), id.clone()))
            }
            (Action::Open, Some(_)) if std::mem::take(&mut self.slipped) => {
                super::has_slipped(action, cx)
            }
            (Action::Open, Some(id)) => {
                Outcome::Open(Opening::Card(self.session.clone(), Target::Agent(id.clone())))
            }
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        // Whoever was read under the cursor stays there, fit or not.
        let kept = self.grid.selected().filter(|_| self.settled).cloned();
        self.rank(kept.as_ref(), cx);
        self.look(cx);
    }

    fn point(&mut self, pointer: Pointer, area: Rect, _cx: &Ctx) -> Outcome {
        let done = self.grid.pick(pointer, table(area, 3), &self.rows);
        done.into_iter().for_each(|action| self.heed(action));
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width.saturating_sub(4), area.height.saturating_sub(6));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = self.title(cx);
        let inner = frame::panel(buf, area, &self.grid.popup_title(title.clone(), area), cx.theme);
        prose::line(buf, inner.x, inner.y, inner.width, &about(&self.session, cx), cx.theme);
        if let Some(session) = cx.floor.session(&self.session) {
            let asks = Line::of(Role::Quiet, format!("asks for {}", needs(&cx.as_asked(session))));
            prose::line(buf, inner.x, inner.y + 1, inner.width, &asks, cx.theme);
        }
        if let Some(note) = self.note() {
            prose::line(buf, inner.x, inner.y + 2, inner.width, &note, cx.theme);
        }
        let table = table(area, 3);
        self.grid.draw(&self.rows, table, cx, cx.look(true), buf);
        if self.grid.is_empty() && table.height > 1 {
            let quiet = cx.theme.style(Role::Quiet);
            paint::text(
                buf,
                table.x + 2,
                table.y + 1,
                table.width.saturating_sub(2),
                &self.vacancy(cx),
                quiet,
            );
        }
        self.grid.draw_below(buf, inner, title, cx.theme);
    }

    fn table(&self) -> Option<&dyn Table> {
        Some(&self.grid)
    }

    fn table_mut(&mut self) -> Option<&mut dyn Table> {
        Some(&mut self.grid)
    }

    fn is_typing(&self) -> bool {
        self.grid.is_typing()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &self.rows, cx);
    }
}

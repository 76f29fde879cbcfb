//! Choosing one agent for all marked sessions: who can take the most of them first. The plan comes
//! next, and says which the agent has no place for.

use std::{cmp::Reverse, collections::HashMap, fmt::Write};

use ratatui::{buffer::Buffer, layout::Rect};

use super::{about_all, pick_agent::ATTENDED};
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{
            Aim, Ctx, Opening, Outcome, Refusal, View, agent_fields, batch,
            cells::{held, since, status},
            fields::Passes,
        },
        widgets::{
            frame,
            grid::{Column, Grid, Rank, Sheet, Table, UNSORTED},
            prose,
            prose::Line,
        },
    },
    domain::{
        agent::Agent,
        handoff::Target,
        id::{AgentId, SessionId},
        query::Field,
        session::Session,
    },
    policy::{
        lack::lack,
        qualification::{Need, qualify},
    },
};

/// The picker.
#[derive(Debug)]
pub struct AgentForAll {
    sessions: Vec<SessionId>,
    candidates: Vec<Candidate>,
    grid: Grid<CandidateSheet>,
    /// True once the cursor has left its agent by itself, until the person has taken note.
    slipped: bool,
}

/// An agent, measured against all of the sessions.
#[derive(Debug)]
pub struct Candidate {
    agent: AgentId,
    /// Of how many the agent passes the gate.
    fits: usize,
    /// How many there are.
    of: usize,
    /// How many the agent could be given.
    takes: usize,
    /// What the agent lacks for the first of them.
    lacks: Option<String>,
}

/// How candidates fill the table.
#[derive(Debug)]
pub struct CandidateSheet;

impl Sheet for CandidateSheet {
    type Row = Candidate;
    type Key = AgentId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::number("takes", 6, 0).unsorted(),
        Column::text("agent", 14, 26, 0).unsorted(),
        Column::text("status", 13, 14, 0).unsorted(),
        Column::number("for", 8, 2).unsorted(),
        Column::number("held", 5, 1).unsorted(),
        Column::text("fit", 22, 60, 0).unsorted(),
    ];

    const FIELDS: &'static [Field] = &agent_fields::FIELDS;

    fn key(row: &Candidate) -> AgentId {
        row.agent.clone()
    }

    fn rank(_row: &Candidate, _column: usize, _cx: &Ctx) -> Option<Rank> {
        // They come ranked; rows that rank equal stay as they came.
        None
    }

    fn cell(row: &Candidate, column: usize, cx: &Ctx, out: &mut String) -> Role {
        let Some(agent) = cx.floor.agent(&row.agent) else {
            out.push('-');
            return Role::Quiet;
        };
        match column {
            0 => {
                let written = write!(out, "{}", row.takes);
                debug_assert!(written.is_ok());
                if row.takes > 0 { Role::Strong } else { Role::Quiet }
            }
            1 => {
                out.push_str(&agent.label());
                Role::Text
            }
            2 => status(agent, out),
            3 => since(agent, cx, out),
            4 => held(agent, out),
            _ => fit(row, out),
        }
    }

    fn text(row: &Candidate, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
        cx.floor.agent(&row.agent).is_some_and(|agent| agent_fields::text(agent, field, cx, passes))
    }

    fn number(row: &Candidate, field: &str, cx: &Ctx) -> Option<f64> {
        agent_fields::number(cx.floor.agent(&row.agent)?, field, cx)
    }

    fn faint(row: &Candidate, _cx: &Ctx) -> bool {
        row.takes == 0
    }
}

fn fit(row: &Candidate, out: &mut String) -> Role {
    if row.fits == 0 {
        out.push_str(row.lacks.as_deref().unwrap_or("has them"));
        return Role::Quiet;
    }
    let written = write!(out, "✓ fits {} of {}", row.fits, row.of);
    debug_assert!(written.is_ok());
    Role::Good
}

impl AgentForAll {
    /// For how many sessions.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    /// A picker for these sessions.
    pub fn new(sessions: Vec<SessionId>, cx: &Ctx) -> Self {
        let (candidates, grid) = (Vec::new(), Grid::new(UNSORTED).steady());
        let mut picker = Self { sessions, candidates, grid, slipped: false };
        picker.observe(cx);
        picker.grid.hold_from(cx.now);
        picker
    }

    /// The agents on screen, whose capacity and skills decide something now.
    pub fn attended(&self) -> Vec<AgentId> {
        self.grid.visible(&self.candidates).take(ATTENDED).map(|c| c.agent.clone()).collect()
    }

    fn rank(&mut self, cx: &Ctx) {
        let sessions: Vec<&Session> =
            self.sessions.iter().filter_map(|id| cx.floor.session(id)).collect();
        let needs = Needs::of(&sessions);
        self.candidates = cx.floor.agents.iter().map(|agent| needs.measure(agent, cx)).collect();
        self.candidates.sort_by_key(|c| (Reverse(c.takes), Reverse(c.fits)));
    }

    fn refuses_choice(&self, cx: &Ctx) -> Option<Refusal> {
        let Some(id) = self.grid.selected() else {
            return Some("There is no agent to choose".into());
        };
        let chosen = self.candidates.iter().find(|c| c.agent == *id)?;
        let name = cx.target_name(&Target::Agent(id.clone()));
        let why = chosen.lacks.as_deref().unwrap_or("has them already");
        (chosen.takes == 0).then(|| format!("{name} can be given none of these: {why}").into())
    }
}

/// What the sessions ask for. Many ask for the same, and each agent is asked once for that.
struct Needs<'a> {
    /// Each need, and how many have it.
    each: Vec<(Need<'a>, usize)>,
    /// The needs of the sessions that an agent has already, by their place in `each`.
    held: HashMap<&'a AgentId, Vec<usize>>,
    of: usize,
}

impl<'a> Needs<'a> {
    fn of(sessions: &[&'a Session]) -> Self {
        let mut needs = Self { each: Vec::new(), held: HashMap::new(), of: sessions.len() };
        for session in sessions {
            let need = Need::from(*session);
            let known = needs.each.iter().position(|(known, _)| *known == need);
            let at = known.unwrap_or_else(|| {
                needs.each.push((need, 0));
                needs.each.len() - 1
            });
            needs.each[at].1 += 1;
            if let Some(agent) = &session.agent {
                needs.held.entry(agent).or_default().push(at);
            }
        }
        needs
    }

    fn measure(&self, agent: &Agent, cx: &Ctx) -> Candidate {
        let rules = cx.handbook.rules;
        let held = self.held.get(&agent.id).map_or(&[][..], Vec::as_slice);
        let mut fits = 0;
        let mut lacks = None;
        for (at, (need, count)) in self.each.iter().enumerate() {
            let measured = qualify(agent, *need, rules);
            if measured.verdict.passes() {
                fits += count - held.iter().filter(|held| **held == at).count();
            } else if lacks.is_none() {
                lacks = lack(agent, *need, &measured, cx.now, rules).map(|lack| lack.short);
            }
        }
        let places = usize::try_from(super::plan::places(agent)).unwrap_or(usize::MAX);
        let takes = fits.min(places);
        Candidate { agent: agent.id.clone(), fits, of: self.of, takes, lacks }
    }
}

impl View for AgentForAll {
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
                Some("Choose an agent with enter first; y confirms on the plan".into())
            }
            Action::Sort | Action::Reverse => {
                Some("Candidates stay in the order of how many they can take".into())
            }
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no agents to choose from".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &self.candidates, cx) {
            self.slipped &= !action.is_movement();
            return Outcome::Done;
        }
        match (action, self.grid.selected()) {
            (Action::Open, Some(_)) if std::mem::take(&mut self.slipped) => {
                super::has_slipped(action, cx)
            }
            (Action::Open, Some(id)) => {
                let aim = Aim::To(Target::Agent(id.clone()));
                Outcome::Open(Opening::Plan(self.sessions.clone(), aim))
            }
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.rank(cx);
        self.slipped |= self.grid.observe(&self.candidates, cx).is_some();
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width.saturating_sub(4), area.height.saturating_sub(5));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let fit = self.candidates.iter().filter(|c| c.takes > 0).count();
        let count = batch::sessions(self.sessions.len());
        let title = Line::of(Role::Accent, format!("Hand {count} off to an agent"))
            .and(Role::Quiet, format!("  {fit} of {} can take some", self.candidates.len()));
        let inner = frame::panel(buf, area, &self.grid.popup_title(title.clone(), area), cx.theme);
        prose::line(buf, inner.x, inner.y, inner.width, &about_all(&self.sessions, cx), cx.theme);
        let table = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
        self.grid.draw(&self.candidates, table, cx, cx.look(true), buf);
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
        self.grid.edit(chord, &self.candidates, cx);
    }
}

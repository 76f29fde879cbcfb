//! The agents, each with the score for the session under the cursor.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Dressing, PaneId};
use crate::{
    console::{
        keys::{Action, Chord, pointer::Pointer},
        theme::Role,
        view::{
            Ctx, Opening, Outcome, Refusal, Subject, View,
            agent_fields::{self, ranked},
            candidates::missing,
            cells::{held, number, rank, score, since, status, unknown},
            fields::Passes,
            figures::{self, Teller, Told, Topic, told},
            gate, words,
        },
        widgets::{
            grid::{Column, Grid, Rank, Sheet, Table},
            prose::Line,
        },
    },
    domain::{
        agent::{Agent, RoutingStatus},
        id::{AgentId, SessionId},
        query::Field,
        text::Plain,
    },
};

/// The pane.
#[derive(Debug)]
pub struct Agents {
    grid: Grid<AgentSheet>,
    /// True once the person has moved the cursor. Before, it stands for nobody and stays on top.
    moved: bool,
    /// The session the order is for.
    measured: Option<SessionId>,
}

/// How agents fill the table.
#[derive(Debug)]
pub struct AgentSheet;

const SCORE: usize = 0;
const RANK: usize = 1;
const STATUS: usize = 3;
const LACKS: usize = 6;

impl Sheet for AgentSheet {
    type Row = Agent;
    type Key = AgentId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::number("score", 6, 0),
        // By score is by rank among those who pass.
        Column::number("rank", 4, 2).unsorted(),
        Column::text("agent", 14, 26, 0),
        Column::text("status", 13, 14, 0),
        Column::number("for", 9, 1),
        Column::number("held", 5, 3).rising(),
        // A filter for a skill must not find those who lack it.
        Column::text("lacks", 14, 30, 4).unsorted().unsearched(),
        Column::text("languages", 9, 24, 6).unsorted(),
        Column::text("skills", 12, 44, 5).unsorted(),
        Column::number("queues", 7, 7),
    ];

    const FIELDS: &'static [Field] = &agent_fields::FIELDS;

    fn key(row: &Agent) -> AgentId {
        row.id.clone()
    }

    fn rank(row: &Agent, column: usize, cx: &Ctx) -> Option<Rank> {
        match column {
            // Who passes comes before who does not, whatever the score.
            SCORE => fitness(row, cx),
            2 => row.name.clone().map(Rank::Name),
            STATUS => {
                // The nameless come after every name.
                let name = row.name.as_deref().unwrap_or("\u{10ffff}").to_lowercase();
                Some(Rank::Text(format!("{}{name}", words::readiness(row))))
            }
            4 => row.since.map(|since| Rank::Number(-since.as_second())),
            5 => row.sessions.map(|held| Rank::Number(i64::from(held))),
            _ => i64::try_from(row.queues.len()).ok().map(Rank::Number),
        }
    }

    fn cell(row: &Agent, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            SCORE => score(cx.score(row).as_ref(), out),
            RANK => rank(ranked(row, cx), out),
            2 => {
                out.push_str(&row.label());
                if row.name.is_some() { Role::Text } else { Role::Quiet }
            }
            STATUS => status(row, out),
            4 => since(row, cx, out),
            5 => held(row, out),
            LACKS => lacks(row, cx, out),
            7 => list(row.languages.as_ref().map(|l| l.iter().map(|l| &l.name)), out),
            8 => list(row.skills.as_ref().map(|s| s.iter().map(|s| &s.name)), out),
            _ => number(u32::try_from(row.queues.len()).ok(), out),
        }
    }

    fn text(row: &Agent, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
        agent_fields::text(row, field, cx, passes)
    }

    fn number(row: &Agent, field: &str, cx: &Ctx) -> Option<f64> {
        agent_fields::number(row, field, cx)
    }

    fn word(row: &Agent, cx: &Ctx, _lent: &mut String, passes: Passes<'_>) -> bool {
        agent_fields::word(row, cx, passes)
    }

    fn faint(row: &Agent, _cx: &Ctx) -> bool {
        row.on_queue() == Some(false)
    }
}

/// The picker's order ([`order`](crate::policy::rank::order)) as one number, the best greatest: a
/// table of thousands is sorted by what was measured once for each row. Of those who pass the rank
/// decides, of the others how little they lack; then who has been at it longest.
fn fitness(row: &Agent, cx: &Ctx) -> Option<Rank> {
    let measured = cx.score(row)?;
    let idle = row.routing == Some(RoutingStatus::Idle);
    let (merit, since) = if measured.verdict.passes() {
        let rank = ranked(row, cx);
        // 0 is for those of whom nothing is known; 24 bits hold the 10,000,001 of the best.
        let merit = rank.map_or(0, |rank| (rank * 100_000.0).round() as i64 + 1);
        ((1 << 24) + merit, row.since.filter(|_| idle))
    } else {
        let raw = i64::from(measured.raw?).clamp(-1_000, 1_000) + 1_000;
        let free = row.free().map_or(0, |free| i64::from(free).min(254) + 1);
        ((((raw << 1) + i64::from(idle)) << 8) + free, row.since)
    };
    // Seconds since 1970 fit into 36 bits until the year 4147; the unknown comes last.
    let latest = (1 << 36) - 1;
    let since = since.map_or(latest, |since| since.as_second().clamp(0, latest));
    Some(Rank::Number((merit << 36) + latest - since))
}

/// The one thing that an agent who does not pass is missing.
fn lacks(row: &Agent, cx: &Ctx, out: &mut String) -> Role {
    let lack = cx
        .current()
        .zip(cx.score(row))
        .and_then(|(session, measured)| missing(row, &measured, session, cx));
    out.push_str(lack.as_deref().unwrap_or_default());
    Role::Quiet
}

/// Names, one after the other; `-` while they have not been read.
fn list<'a>(names: Option<impl Iterator<Item = &'a Plain>>, out: &mut String) -> Role {
    let Some(names) = names else { return unknown(out) };
    for (n, name) in names.enumerate() {
        if n > 0 {
            out.push_str(", ");
        }
        out.push_str(name);
    }
    Role::Text
}

impl Agents {
    /// The pane before anything is read.
    pub fn new() -> Self {
        Self { grid: Grid::new(STATUS).steady(), moved: false, measured: None }
    }

    /// The agent under the cursor.
    pub fn selected(&self) -> Option<&AgentId> {
        self.grid.selected()
    }

    /// Puts the cursor on `id`. False if it is not among the rows shown.
    pub fn go(&mut self, id: &AgentId, cx: &Ctx) -> bool {
        self.grid.select(id, &cx.floor.agents);
        self.moved = true;
        self.grid.selected() == Some(id)
    }

    /// Lets every row be shown again.
    pub fn unfilter(&mut self, cx: &Ctx) {
        if !self.grid.filter().is_empty() {
            self.grid.handle(Action::Back, &cx.floor.agents, cx);
        }
    }

    /// True if the order is for another session than the one under the cursor.
    pub fn lags(&self, cx: &Ctx) -> bool {
        (!self.grid.is_ordered() || self.grid.sorted_by() == SCORE) && self.measured != cx.session
    }

    /// Keeps in mind what the person has put where it is.
    fn heed(&mut self, action: Action) {
        self.moved |= action.is_movement();
    }

    /// True if what is to be explained is the score: the column the table is sorted by.
    fn asks_for_score(&self) -> bool {
        self.grid.sorted_by() == SCORE
    }

    fn figures(&self, agent: &AgentId) -> Opening {
        let topic = Topic::Row(Subject::Agent(agent.clone()));
        Opening::Figures(topic, Some(self.grid.sorted_by()), Teller(tell))
    }

    /// For whom the scores are.
    fn measured_for(&self, cx: &Ctx) -> Line {
        let Some(session) = cx.current() else { return Line::new() };
        let mut needs: Vec<&str> = session.skills.iter().map(|skill| &*skill.name).collect();
        needs.extend(session.language.as_ref().map(|language| &*language.name));
        let needs = if needs.is_empty() { "anyone".to_owned() } else { needs.join(", ") };
        Line::of(Role::Quiet, "  for ")
            .and(Role::Text, session.label().as_str())
            .and(Role::Quiet, format!(": {needs}"))
    }
}

/// The figures of an agent.
fn tell(topic: &Topic, cx: &Ctx) -> Vec<Told> {
    let Topic::Row(Subject::Agent(id)) = topic else { return Vec::new() };
    cx.floor
        .agent(id)
        .map(|agent| told::<AgentSheet>(agent, figures::AGENT, cx))
        .unwrap_or_default()
}

impl Default for Agents {
    fn default() -> Self {
        Self::new()
    }
}

impl View for Agents {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Open,
            A::HandoffAgent,
            A::Explain,
            A::Filter,
            A::Sort,
            A::Reverse,
            A::Back,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
            A::Confirm,
        ]
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::HandoffAgent => match &cx.session {
                Some(id) => gate::refuses_session(id, cx)
                    .or_else(|| gate::refuses_way(action, Some(id), cx)),
                None => Some("There is no session under the cursor".into()),
            },
            Action::Open if self.selected().is_none() => Some("There is no agent to open".into()),
            Action::Confirm if self.selected().is_none() => Some(super::NO_ROW.into()),
            Action::Explain if self.selected().is_none() => {
                Some("There is no agent to explain".into())
            }
            Action::Back if self.grid.filter().is_empty() => Some("Nothing to go back from".into()),
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no agents to move among".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &cx.floor.agents, cx) {
            self.heed(action);
            return Outcome::Done;
        }
        let chosen = self.selected().filter(|_| self.moved || action != Action::HandoffAgent);
        match (action, chosen, &cx.session) {
            (Action::Confirm, Some(id), _) => Outcome::Copy(id.to_string()),
            (Action::Open, Some(id), _) => {
                Outcome::Open(Opening::Detail(Subject::Agent(id.clone())))
            }
            (Action::Explain, Some(agent), Some(_)) if !self.asks_for_score() => {
                Outcome::Open(self.figures(agent))
            }
            (Action::Explain, Some(agent), Some(session)) => {
                Outcome::Open(Opening::Explain(session.clone(), agent.clone()))
            }
            (Action::Explain, Some(agent), None) => Outcome::Open(self.figures(agent)),
            (Action::HandoffAgent, agent, Some(session)) => {
                Outcome::Open(Opening::PickAgent(session.clone(), agent.cloned()))
            }
            _ => Refusal::from("That means nothing among agents").into(),
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        // Until a person chooses an order it is by score where there is a session to score for.
        if !self.grid.is_ordered() {
            self.grid.order_by(if cx.current().is_some() { SCORE } else { STATUS });
        }
        if self.measured != cx.session {
            // For another session another order is what was asked for.
            self.grid.release();
        }
        self.measured.clone_from(&cx.session);
        self.grid.observe(&cx.floor.agents, cx);
        if !self.moved {
            self.grid.go_home(&cx.floor.agents);
        }
    }

    fn point(&mut self, pointer: Pointer, area: Rect, cx: &Ctx) -> Outcome {
        let done = self.grid.point(pointer, super::table(area), &cx.floor.agents, cx);
        done.into_iter().for_each(|action| self.heed(action));
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width, area.height.saturating_sub(2));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool) {
        let loading = cx.floor.loading;
        let mut extra = self.measured_for(cx);
        if loading.profiles < loading.agents {
            let loaded = format!("  {} of {} loaded", loading.profiles, loading.agents);
            extra = extra.and(Role::Quiet, loaded);
        }
        let dressing = Dressing {
            id: PaneId::Agents,
            known: loading.agents_known,
            empty: "No agent is a member of a queue.",
            noun: "agent",
            extra,
        };
        super::draw(&self.grid, &cx.floor.agents, dressing, (area, focused), cx, buf);
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
        self.grid.edit(chord, &cx.floor.agents, cx);
    }
}

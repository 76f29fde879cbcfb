//! The agents, each with the score for the session under the cursor.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Dressing, PaneId};
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{
            Ctx, Opening, Outcome, Refusal, Subject, View,
            cells::{held, number, score, since, status, unknown},
            gate, words,
        },
        widgets::{
            grid::{Column, Grid, Rank, Sheet},
            prose::Line,
        },
    },
    domain::{agent::Agent, id::AgentId, text::Plain},
};

/// The pane.
#[derive(Debug)]
pub struct Agents {
    grid: Grid<AgentSheet>,
}

/// How agents fill the table.
#[derive(Debug)]
pub struct AgentSheet;

const SCORE: usize = 0;
const STATUS: usize = 2;

impl Sheet for AgentSheet {
    type Row = Agent;
    type Key = AgentId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::number("score", 6, 0),
        Column::text("agent", 14, 26, 0),
        Column::text("status", 13, 14, 0),
        Column::number("for", 9, 1),
        Column::number("held", 5, 2).rising(),
        Column::text("languages", 9, 24, 4).unsorted(),
        Column::text("skills", 12, 44, 3).unsorted(),
        Column::number("queues", 7, 5),
    ];

    fn key(row: &Agent) -> AgentId {
        row.id.clone()
    }

    fn rank(row: &Agent, column: usize, cx: &Ctx) -> Option<Rank> {
        match column {
            // Who passes comes before who does not, whatever the score.
            SCORE => cx.score(row).and_then(|q| {
                q.raw
                    .map(|raw| Rank::Number(i64::from(raw) + 1_000 * i64::from(q.verdict.passes())))
            }),
            1 => row.name.as_ref().map(|name| Rank::text(name)),
            STATUS => {
                // The nameless come after every name.
                let name = row.name.as_deref().unwrap_or("\u{10ffff}").to_lowercase();
                Some(Rank::Text(format!("{}{name}", words::readiness(row))))
            }
            3 => row.since.map(|since| Rank::Number(-since.as_second())),
            4 => row.sessions.map(|held| Rank::Number(i64::from(held))),
            _ => i64::try_from(row.queues.len()).ok().map(Rank::Number),
        }
    }

    fn cell(row: &Agent, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            SCORE => score(cx.score(row).as_ref(), out),
            1 => {
                out.push_str(&row.label());
                if row.name.is_some() { Role::Text } else { Role::Quiet }
            }
            STATUS => status(row, out),
            3 => since(row, cx, out),
            4 => held(row, out),
            5 => list(row.languages.as_ref().map(|l| l.iter().map(|l| &l.name)), out),
            6 => list(row.skills.as_ref().map(|s| s.iter().map(|s| &s.name)), out),
            _ => number(u32::try_from(row.queues.len()).ok(), out),
        }
    }

    fn faint(row: &Agent, _cx: &Ctx) -> bool {
        row.on_queue() == Some(false)
    }
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
        Self { grid: Grid::new(STATUS) }
    }

    /// The agent under the cursor.
    pub fn selected(&self) -> Option<&AgentId> {
        self.grid.selected()
    }

    /// True if the order depends on which session is under the cursor.
    pub fn follows_session(&self) -> bool {
        self.grid.sorted_by() == SCORE
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
        ]
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::HandoffAgent => match &cx.session {
                Some(id) => gate::refuses_session(id, cx),
                None => Some("There is no session under the cursor".into()),
            },
            Action::Open if self.selected().is_none() => Some("There is no agent to open".into()),
            Action::Back if self.grid.filter().is_empty() => Some("Nothing to go back from".into()),
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no agents to move among".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &cx.floor.agents, cx) {
            return Outcome::Done;
        }
        match (action, self.selected(), &cx.session) {
            (Action::Open, Some(id), _) => {
                Outcome::Open(Opening::Detail(Subject::Agent(id.clone())))
            }
            (Action::HandoffAgent, agent, Some(session)) => {
                Outcome::Open(Opening::PickAgent(session.clone(), agent.cloned()))
            }
            _ => Refusal::from("That means nothing among agents").into(),
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.grid.observe(&cx.floor.agents, cx);
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.height.saturating_sub(2));
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

    fn is_typing(&self) -> bool {
        self.grid.typing().is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &cx.floor.agents, cx);
    }
}

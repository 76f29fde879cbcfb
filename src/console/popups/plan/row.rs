//! One session on a plan: where it is to go, and why it would not.

use std::fmt::Write;

use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{
            Ctx, Refusal,
            cells::{score, unknown},
            gate, limits, words,
        },
        widgets::{
            clock,
            grid::{Column, Rank, Sheet},
        },
    },
    domain::{
        agent::Agent,
        handoff::{Demands, HandoffOrder, Target},
        id::{AgentId, BatchId, SessionId},
        session::{Session, SessionState, Standing},
        text::Plain,
    },
    policy::{
        guard::{Guard, GuardKind, GuardOutcome, stopping},
        qualification::{Need, qualify},
        rank::{Circumstances, rank},
    },
};

/// A row of the plan.
#[derive(Debug)]
pub struct Row {
    /// Its session.
    pub session: SessionId,
    /// The guest's name, which can still be said when the session has ended.
    pub guest: Plain,
    /// How it stood when the plan was made.
    seen: Standing,
    /// Where it is to go.
    pub target: Option<Target>,
    /// The agent's rank for it.
    rank: Option<f64>,
    /// Why it was given no target.
    why_not: Option<String>,
    /// Why it would not be sent, on the newest floor.
    pub trouble: Option<String>,
}

impl Row {
    /// A row without a target yet.
    pub fn new(session: &Session) -> Self {
        Self {
            session: session.id.clone(),
            guest: session.label(),
            seen: session.standing(),
            target: None,
            rank: None,
            why_not: None,
            trouble: None,
        }
    }

    /// Gives it a target.
    pub fn aim(&mut self, target: Target, rank: Option<f64>) {
        (self.target, self.rank, self.why_not) = (Some(target), rank, None);
    }

    /// Leaves it without a target, and says why.
    pub fn leave(&mut self, why: String) {
        (self.target, self.rank, self.why_not) = (None, None, Some(why));
    }

    /// The agent it is to go to.
    pub fn agent(&self) -> Option<&AgentId> {
        match &self.target {
            Some(Target::Agent(id)) => Some(id),
            _ => None,
        }
    }

    /// Why there is no agent to explain.
    pub fn refuses_explain(&self, cx: &Ctx) -> Option<Refusal> {
        match &self.target {
            Some(Target::Agent(_)) => None,
            Some(target @ Target::Queue(_)) => {
                let queue = cx.target_name(target);
                Some(format!("{} goes to {queue}: there is no agent to explain", self.guest).into())
            }
            None => {
                let why = self.trouble.as_deref().unwrap_or_default();
                Some(format!("There is no agent for {}: {why}", self.guest).into())
            }
        }
    }

    /// True if it would be sent.
    pub fn is_ready(&self) -> bool {
        self.target.is_some() && self.trouble.is_none()
    }

    /// Its order, as a part of `batch`.
    pub fn order(&self, batch: &BatchId) -> Option<HandoffOrder> {
        let target = self.target.clone().filter(|_| self.is_ready())?;
        let mut order = HandoffOrder::new(self.session.clone(), self.seen.clone(), target);
        order.batch = Some(batch.clone());
        Some(order)
    }

    /// Why it would not be sent, on the newest floor; places that other rows take left aside.
    pub fn refusal(&self, cx: &Ctx) -> Option<String> {
        let Some(target) = &self.target else {
            let refused = gate::refuses_session(&self.session, cx).map(|r| r.0.into_owned());
            let why = refused.or_else(|| self.guard(cx)).or_else(|| self.why_not.clone());
            // What kept it out when the plan was made is over, but nobody was looked for since.
            let later = || format!("no target yet: {} chooses one", cx.keymap.hint(Action::Open));
            return Some(why.unwrap_or_else(later));
        };
        match gate::refuses_order(&self.session, &self.seen, target, &Demands::default(), cx) {
            Some(refusal) => {
                let reason = refusal.0.strip_prefix("Not sent: ").unwrap_or(&refusal.0);
                Some(reason.to_owned())
            }
            None => self.guard(cx),
        }
    }

    /// The agent it would be taken away from.
    pub fn taken_from(&self) -> Option<&AgentId> {
        self.seen.agent.as_ref().filter(|_| self.is_ready())
    }

    /// Why it would not be sent, or what one should know before it is.
    pub fn note(&self, cx: &Ctx) -> Option<(Role, String)> {
        if let Some(trouble) = &self.trouble {
            return Some((Role::Warn, format!("✗ {trouble}")));
        }
        if let Some(agent) = self.taken_from() {
            let name = cx.target_name(&Target::Agent(agent.clone()));
            return Some((Role::Alarm, format!("▲ taken from {name}")));
        }
        let unread = self.unread(cx);
        let text = || format!("? {} not known yet", unread.join(", "));
        (!unread.is_empty()).then(|| (Role::Quiet, text()))
    }

    /// True if a guard is why it would not be sent.
    pub fn is_stopped(&self) -> bool {
        self.trouble.as_ref().is_some_and(|why| why.starts_with(GUARD))
    }

    /// What guards look at and nobody knows of a row that would be sent: it is read right before, and may stop
    /// it then. How sure a bot was decides nothing about whoever waits after it.
    pub fn unread(&self, cx: &Ctx) -> Vec<&'static str> {
        let Some(session) = cx.live.session(&self.session).filter(|_| self.is_ready()) else {
            return Vec::new();
        };
        let name = |guard: &Guard| match (guard.kind, guard.outcome) {
            (GuardKind::Depth, GuardOutcome::Unknown) => Some("depth"),
            (GuardKind::Sentiment, GuardOutcome::Unknown) => Some("sentiment"),
            _ => None,
        };
        gate::guards_of(session, cx).iter().filter_map(name).collect()
    }

    fn guard(&self, cx: &Ctx) -> Option<String> {
        cx.live.session(&self.session).and_then(|session| refuses_guard(session, cx))
    }
}

/// What the reason of a guard begins with.
const GUARD: &str = "guard: ";

/// Why a guard keeps the session out of a batch. Passing a guard over takes a reason of its own, which
/// is asked for where sessions are handed off one by one.
pub fn refuses_guard(session: &Session, cx: &Ctx) -> Option<String> {
    let says = stopping(&gate::guards_of(session, cx)).next()?.says.clone();
    let singly = cx.keymap.hint(Action::HandoffAgent);
    Some(format!("{GUARD}{says}; hand off singly with {singly}"))
}

/// How well `agent` ranks for `session`.
pub fn rank_of(agent: &Agent, session: &Session, cx: &Ctx) -> Option<f64> {
    let c = Circumstances { last_agent: session.last_agent.as_ref(), ..circumstances(cx) };
    rank(agent, Need::from(session), &c, &cx.handbook.weights).score
}

/// What holds besides agents and sessions.
pub fn circumstances(cx: &Ctx) -> Circumstances<'_> {
    Circumstances {
        now: cx.now,
        last_agent: None,
        last_agent_read: None,
        handed: &cx.pulse.handed,
        data_from: cx.pulse.data_from,
    }
}

/// How rows fill the table.
#[derive(Debug)]
pub struct RowSheet;

impl Sheet for RowSheet {
    type Row = Row;
    type Key = SessionId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::text("guest", 12, 24, 0).unsorted(),
        Column::text("state", 9, 14, 3).unsorted(),
        Column::number("time", 8, 0).unsorted(),
        Column::text("→ to", 12, 24, 0).unsorted(),
        Column::number("score", 6, 2).unsorted(),
        Column::number("rank", 4, 1).unsorted(),
        // Why a row stays is worth more than how well the others fit.
        Column::text("note", 21, 400, 0).unsorted(),
    ];

    fn key(row: &Row) -> SessionId {
        row.session.clone()
    }

    fn rank(_row: &Row, _column: usize, _cx: &Ctx) -> Option<Rank> {
        // They stand in the order in which they are begun.
        None
    }

    fn cell(row: &Row, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            0 => {
                out.push_str(&row.guest);
                Role::Text
            }
            1 => state(row, cx, out),
            2 => time(row, cx, out),
            3 => target(row, cx, out),
            4 => fit(row, cx, out),
            5 => place(row, out),
            _ => note(row, cx, out),
        }
    }

    fn faint(row: &Row, _cx: &Ctx) -> bool {
        !row.is_ready()
    }
}

fn state(row: &Row, cx: &Ctx, out: &mut String) -> Role {
    let Some(session) = cx.live.session(&row.session) else {
        out.push_str("× ended");
        return Role::Quiet;
    };
    let (shape, role) = words::session(session.state);
    let written = write!(out, "{shape} {}", session.state.word());
    debug_assert!(written.is_ok());
    role
}

fn time(row: &Row, cx: &Ctx, out: &mut String) -> Role {
    let session = cx.live.session(&row.session);
    let age = session.and_then(|session| Some((session.state, cx.age(session.since)?)));
    let Some((state, age)) = age else { return unknown(out) };
    let (shape, role) = match state {
        SessionState::Waiting => limits::wait(age),
        _ => ("", Role::Text),
    };
    out.push_str(shape);
    clock::span(age, out);
    role
}

fn target(row: &Row, cx: &Ctx, out: &mut String) -> Role {
    let Some(target) = &row.target else { return unknown(out) };
    out.push_str(&cx.target_name(target));
    if row.is_ready() { Role::Strong } else { Role::Text }
}

fn fit(row: &Row, cx: &Ctx, out: &mut String) -> Role {
    let session = cx.live.session(&row.session);
    let agent = row.agent().and_then(|id| cx.live.agent(id));
    let measured = agent.zip(session).map(|(a, s)| qualify(a, Need::from(s), cx.handbook.rules));
    score(measured.as_ref(), out)
}

fn place(row: &Row, out: &mut String) -> Role {
    let Some(rank) = row.rank else { return unknown(out) };
    let written = write!(out, "{rank:.0}");
    debug_assert!(written.is_ok());
    Role::Text
}

fn note(row: &Row, cx: &Ctx, out: &mut String) -> Role {
    let Some((role, note)) = row.note(cx) else { return Role::Text };
    out.push_str(&note);
    role
}

//! The tree itself: what is below what, and how that looks as lines.

use std::sync::Arc;

use super::{super::detail::stayed, Records};
use crate::{
    console::{
        theme::Role,
        view::{Ctx, Subject, limits, words},
        widgets::{clock, prose::Line},
    },
    domain::{
        audit::AuditRecord,
        detail::{Participant, Purpose, SessionDetail},
        handoff::Target,
        id::{AgentId, HandoffId, ParticipantId, QueueId, SessionId},
        session::{Session, SessionState},
    },
};

/// What a branch is known by, whatever comes and goes around it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The queue at the root; none for sessions that have none.
    Queue(Option<QueueId>),
    /// A session.
    Session(SessionId),
    /// Somebody in a session, by what they are there.
    Party(SessionId, &'static str),
    /// Somebody's stay in a session.
    Stay(ParticipantId),
    /// A handoff.
    Handoff(HandoffId),
    /// A record.
    Record(i64),
}

/// Something with what hangs below it.
#[derive(Debug)]
pub struct Branch {
    /// What it is known by.
    pub key: Key,
    /// What it says.
    said: Line,
    /// The row that stands for it.
    goes: Option<Subject>,
    /// What hangs below it.
    pub children: Vec<Branch>,
}

impl Branch {
    fn leaf(key: Key, said: Line, goes: Option<Subject>) -> Self {
        Self { key, said, goes, children: Vec::new() }
    }
}

/// A line of the tree.
#[derive(Debug)]
pub struct Row {
    /// What it is known by.
    pub key: Key,
    /// The row that stands for it.
    pub goes: Option<Subject>,
    /// True if something hangs below it.
    pub folds: bool,
    stem: String,
    said: Line,
}

impl Row {
    /// As it is drawn, with a mark under the cursor.
    pub fn line(&self, selected: bool) -> Line {
        let mark = if selected { "▌" } else { " " };
        let line = Line::of(Role::Accent, mark).and(Role::Quiet, self.stem.as_str());
        self.said.pieces().fold(line, |line, (text, role)| line.and(*role, text.as_str()))
    }
}

/// The tree of a queue or a session; `None` if it has gone.
pub fn tree(
    subject: &Subject,
    records: &Records,
    detail: Option<&SessionDetail>,
    cx: &Ctx,
) -> Option<Branch> {
    let (queue, sessions): (Option<QueueId>, Vec<&Session>) = match subject {
        Subject::Queue(id) => {
            cx.floor.queue(id)?;
            let here = |session: &&Session| session.queue.as_ref() == Some(id);
            (Some(id.clone()), cx.floor.sessions.iter().filter(here).collect())
        }
        Subject::Session(id) => {
            let session = cx.floor.session(id)?;
            (session.queue.clone(), vec![session])
        }
        Subject::Agent(_) | Subject::Record(_) => return None,
    };
    let mut sessions = sessions;
    sessions.sort_by_key(|session| (words::urgency(session.state), session.since));
    let children = sessions.iter().map(|session| held(session, records, detail, cx)).collect();
    Some(Branch {
        said: root(queue.as_ref(), cx),
        goes: queue.clone().map(Subject::Queue),
        key: Key::Queue(queue),
        children,
    })
}

fn root(queue: Option<&QueueId>, cx: &Ctx) -> Line {
    let Some(id) = queue else { return Line::of(Role::Quiet, "in no queue") };
    let line = Line::of(Role::Strong, cx.queue_name(id).as_str());
    let Some(queue) = cx.floor.queue(id) else { return line };
    let (shape, role) = words::queue(queue.state);
    let count = |n: Option<u32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    line.and(role, format!("  {shape} {}", queue.state.word()))
        .and(Role::Quiet, "  waiting ")
        .and(Role::Text, count(queue.waiting))
        .and(Role::Quiet, "  talking ")
        .and(Role::Text, count(queue.interacting))
}

fn held(session: &Session, records: &Records, detail: Option<&SessionDetail>, cx: &Ctx) -> Branch {
    let (shape, role) = words::session(session.state);
    let mut said = Line::of(role, format!("{shape} {}  ", session.state.word()))
        .and(Role::Strong, session.label().as_str());
    if let Some(age) = cx.age(session.since) {
        let (shape, role) = match session.state {
            SessionState::Waiting => limits::wait(age),
            _ => ("", Role::Text),
        };
        said = said.and(role, format!("  {shape}{}", clock::short(age)));
    }
    let mut children = match detail {
        Some(detail) => stays(detail, cx),
        None => parties(session, cx),
    };
    let told = records.get(&session.id).map(Vec::as_slice).unwrap_or_default();
    children.extend(handoffs(told, cx));
    let goes = Some(Subject::Session(session.id.clone()));
    Branch { key: Key::Session(session.id.clone()), said, goes, children }
}

/// Who is, or was, in a session, as far as the floor knows.
fn parties(session: &Session, cx: &Ctx) -> Vec<Branch> {
    let party = |role: &'static str, said: String, goes: Option<&AgentId>| {
        let line = Line::of(Role::Quiet, format!("{role:<9} ")).and(Role::Text, said);
        let goes = goes.map(|id| Subject::Agent(id.clone()));
        Branch::leaf(Key::Party(session.id.clone(), role), line, goes)
    };
    let name = |id: &AgentId| cx.target_name(&Target::Agent(id.clone())).to_string();
    let channel = session.channel.as_deref().unwrap_or("-");
    let mut all = vec![party("customer", format!("{} on {channel}", session.label()), None)];
    if session.state == SessionState::Bot || session.flow.is_some() {
        let intent = session.intent.as_deref().unwrap_or("unknown");
        let sure = session.confidence.map_or_else(|| "-".to_owned(), |sure| format!("{sure:.2}"));
        all.push(party("bot", format!("believes {intent}, {sure} sure"), None));
    }
    let last = session.last_agent.as_ref().filter(|last| session.agent.as_ref() != Some(last));
    all.extend(last.map(|id| party("before", name(id), Some(id))));
    let word = if session.state == SessionState::Alerting { "rings at" } else { "agent" };
    all.extend(session.agent.as_ref().map(|id| party(word, name(id), Some(id))));
    all
}

/// Everybody who took part, in their order: who left for the next, and who is there.
fn stays(detail: &SessionDetail, cx: &Ctx) -> Vec<Branch> {
    let stay = |party: &Participant| {
        let goes = match party.purpose {
            Purpose::Queue => party.queue.clone().map(Subject::Queue),
            _ => party.agent.clone().map(Subject::Agent),
        };
        Branch::leaf(Key::Stay(party.id.clone()), stayed(party, cx), goes)
    };
    detail.participants.iter().map(stay).collect()
}

/// The handoffs of a session, each with its records, and what belongs to none.
fn handoffs(records: &[Arc<AuditRecord>], cx: &Ctx) -> Vec<Branch> {
    let mut all: Vec<Branch> = Vec::new();
    for record in records {
        let leaf = written(record, cx);
        let Some(id) = &record.handoff else {
            all.push(leaf);
            continue;
        };
        let key = Key::Handoff(id.clone());
        match all.iter_mut().find(|branch| branch.key == key) {
            Some(handoff) => {
                handoff.said = handed(record, cx);
                handoff.children.push(leaf);
            }
            None => all.push(Branch {
                key,
                said: handed(record, cx),
                goes: Some(Subject::Record(record.seq)),
                children: vec![leaf],
            }),
        }
    }
    all
}

/// Where a handoff went, and how it stands by its newest record.
fn handed(record: &AuditRecord, cx: &Ctx) -> Line {
    let (shape, role) = words::event(&record.event);
    let agent = record.agent.clone().map(Target::Agent);
    let target = agent.or_else(|| record.queue.clone().map(Target::Queue));
    let target = target.map_or_else(|| "-".to_owned(), |to| cx.target_name(&to).to_string());
    let status = record.status.as_deref().unwrap_or_default();
    Line::of(Role::Quiet, "handoff   ")
        .and(Role::Text, format!("→ {target}  "))
        .and(role, format!("{shape} {status}"))
}

fn written(record: &AuditRecord, cx: &Ctx) -> Branch {
    let (shape, role) = words::event(&record.event);
    let said = Line::of(Role::Quiet, format!("{} ", cx.time_of_day(record.timestamp)))
        .and(role, format!("{shape} {}", record.event))
        .and(Role::Quiet, format!("  {}", record.status.as_deref().unwrap_or_default()));
    Branch::leaf(Key::Record(record.seq), said, Some(Subject::Record(record.seq)))
}

/// The lines of what is not folded away.
pub fn flatten(tree: &Branch, folded: &dyn Fn(&Branch) -> bool) -> Vec<Row> {
    let mut rows = Vec::new();
    grow(tree, (String::new(), String::new()), folded, &mut rows);
    rows
}

/// Adds a branch whose own line begins with `stem`, and those below it with `below`.
fn grow(
    branch: &Branch,
    (stem, below): (String, String),
    folded: &dyn Fn(&Branch) -> bool,
    rows: &mut Vec<Row>,
) {
    let folds = !branch.children.is_empty();
    let closed = folds && folded(branch);
    let mark = match (folds, closed) {
        (true, true) => "▸ ",
        (true, false) => "▾ ",
        (false, _) => "",
    };
    rows.push(Row {
        key: branch.key.clone(),
        goes: branch.goes.clone(),
        folds,
        stem: format!("{stem}{mark}"),
        said: branch.said.clone(),
    });
    if closed {
        return;
    }
    let last = branch.children.len().saturating_sub(1);
    for (at, child) in branch.children.iter().enumerate() {
        let (knot, rail) = if at == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        grow(child, (format!("{below}{knot}"), format!("{below}{rail}")), folded, rows);
    }
}

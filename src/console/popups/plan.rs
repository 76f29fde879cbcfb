//! The plan that a batch is confirmed on: for each session where it goes, or why it stays.
//!
//! As on the card, what was true when it was made is kept, and each row is held against the newest
//! floor: again with every floor, and once more when it is confirmed. A row that no longer holds stays
//! on the plan, says why and is not sent. Only while the number of a large batch is being typed does
//! the plan stand still: on a busy floor it would otherwise never be the number that was asked for.

mod draft;
mod draw;
mod row;
mod waits;

use std::collections::{HashMap, HashSet};

use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::Input;

pub use self::draft::places;
use self::{
    draft::draft,
    row::{Row, RowSheet, rank_of},
    waits::Waits,
};
use crate::{
    console::{
        keys::{Action, Chord, Edit},
        view::{Aim, Ctx, Opening, Outcome, Refusal, View, batch, gate},
        widgets::grid::{Grid, UNSORTED},
    },
    domain::{
        handoff::{Batch, Target},
        id::{AgentId, BatchId, SessionId},
        text::Plain,
    },
};

/// The plan.
#[derive(Debug)]
pub struct Plan {
    rows: Vec<Row>,
    /// The sessions that the filter of their pane hid when it was made.
    hidden: HashSet<SessionId>,
    grid: Grid<RowSheet>,
    aim: Aim,
    waits: Waits,
    stop_after: Option<usize>,
    /// True once it has been on the screen as it is: keys typed ahead confirm nothing that nobody
    /// has read.
    shown: bool,
    /// The number that is being typed to confirm a large batch.
    count: Option<Input>,
    /// What came of typing it.
    typed: Outcome,
}

/// A row that was to be sent and no longer holds.
#[derive(Debug)]
pub struct Dropped {
    /// Whose.
    pub guest: Plain,
    /// Why.
    pub why: String,
}

/// How many may be under way at a time.
const AT_ONCE: usize = 4;

/// After how many failures a batch stops: what one can choose, from the first on.
const STOPS: [Option<usize>; 5] = [Some(3), Some(5), Some(10), None, Some(1)];

impl Plan {
    /// A plan for these sessions, of which a filter hides `hidden`.
    pub fn new(ids: &[SessionId], aim: Aim, hidden: HashSet<SessionId>, cx: &Ctx) -> Self {
        let mut plan = Self {
            rows: draft(ids, &aim, cx),
            hidden,
            grid: Grid::new(UNSORTED),
            aim,
            waits: Waits::default(),
            stop_after: STOPS[0],
            shown: false,
            count: None,
            typed: Outcome::Done,
        };
        plan.observe(cx);
        plan
    }

    /// Holds every row against the newest floor.
    fn check(&mut self, cx: &Ctx) {
        let mut taken: HashMap<AgentId, u32> = HashMap::new();
        for row in &mut self.rows {
            row.trouble = row.refusal(cx).or_else(|| overfull(row, &mut taken, cx));
        }
        self.waits = Waits::of(&self.rows, cx);
    }

    /// The last look before it is sent: what was confirmed and does not hold any more. What has come
    /// to hold since stays out, because nobody has confirmed it.
    pub fn settle(&mut self, cx: &Ctx) -> Vec<Dropped> {
        let seen: Vec<Option<String>> = self.rows.iter().map(|row| row.trouble.clone()).collect();
        self.check(cx);
        let mut dropped = Vec::new();
        for (row, seen) in self.rows.iter_mut().zip(seen) {
            match (seen, &row.trouble) {
                (Some(seen), _) => row.trouble = Some(seen),
                (None, Some(why)) => {
                    dropped.push(Dropped { guest: row.guest.clone(), why: why.clone() });
                }
                (None, None) => {}
            }
        }
        dropped
    }

    /// How many would be sent.
    pub fn count_ready(&self) -> usize {
        self.rows.iter().filter(|row| row.is_ready()).count()
    }

    /// The batch, of what holds.
    pub fn batch(&self) -> Batch {
        let id = BatchId::random();
        let orders = self.rows.iter().filter_map(|row| row.order(&id)).collect();
        Batch { id, orders, at_once: AT_ONCE, stop_after: self.stop_after }
    }

    /// Agents whose places decide something on the plan.
    pub fn attended(&self) -> Vec<AgentId> {
        let mut seen = HashSet::new();
        let agents = self.rows.iter().filter_map(Row::agent);
        agents.filter(|id| seen.insert(*id)).take(super::pick_agent::ATTENDED).cloned().collect()
    }

    /// Gives one row another target.
    ///
    /// # Errors
    /// Says so if the plan has filled the target already.
    pub fn retarget(
        &mut self,
        session: &SessionId,
        target: &Target,
        cx: &Ctx,
    ) -> Result<(), Refusal> {
        if let Target::Agent(id) = target {
            self.refuses_agent(session, id, cx).map_or(Ok(()), Err)?;
        }
        let agent = match target {
            Target::Agent(id) => cx.live.agent(id),
            Target::Queue(_) => None,
        };
        let rank = agent.zip(cx.live.session(session)).and_then(|(a, s)| rank_of(a, s, cx));
        if let Some(row) = self.rows.iter_mut().find(|row| row.session == *session) {
            row.aim(target.clone(), rank);
        }
        self.shown = false;
        self.check(cx);
        Ok(())
    }

    fn refuses_agent(&self, session: &SessionId, id: &AgentId, cx: &Ctx) -> Option<Refusal> {
        let agent = cx.live.agent(id)?;
        let others = self.rows.iter().filter(|row| row.session != *session && row.is_ready());
        let planned = others.filter(|row| row.agent() == Some(id)).count();
        let places = places(agent);
        let full = u32::try_from(planned).is_ok_and(|planned| planned >= places);
        let room = if places == 1 { "1 place".to_owned() } else { format!("{places} places") };
        full.then(|| format!("{} has {room} left, and the plan fills them", agent.label()).into())
    }

    /// The row under the cursor.
    fn current(&self) -> Option<&Row> {
        let id = self.grid.selected()?;
        self.rows.iter().find(|row| row.session == *id)
    }

    /// Opens a picker for the row under the cursor: the kind that was asked for, or else that of its
    /// target.
    fn pick(&self, action: Action) -> Outcome {
        let Some(row) = self.current() else { return Refusal::from(EMPTY).into() };
        let (agent, queue) = match &row.target {
            Some(Target::Agent(id)) => (Some(id.clone()), None),
            Some(Target::Queue(id)) => (None, Some(id.clone())),
            None => (None, None),
        };
        let to_queue =
            queue.is_some() || (agent.is_none() && matches!(self.aim, Aim::To(Target::Queue(_))));
        let session = row.session.clone();
        Outcome::Open(match action {
            Action::HandoffQueue => Opening::PickQueue(session, queue),
            Action::Open if to_queue => Opening::PickQueue(session, queue),
            _ => Opening::PickAgent(session, agent),
        })
    }

    fn explain(&self) -> Outcome {
        let row = self.current().and_then(|row| Some((row.session.clone(), row.agent()?.clone())));
        match row {
            Some((session, agent)) => Outcome::Open(Opening::Explain(session, agent)),
            None => Refusal::from(EMPTY).into(),
        }
    }

    fn remove(&mut self, cx: &Ctx) {
        let Some(id) = self.grid.selected().cloned() else { return };
        self.rows.retain(|row| row.session != id);
        self.shown = false;
        self.observe(cx);
    }

    /// The next choice of when to stop.
    fn stop_later(&mut self) {
        let at = STOPS.iter().position(|stop| *stop == self.stop_after).unwrap_or(0);
        self.stop_after = STOPS[(at + 1) % STOPS.len()];
    }

    /// Not a refusal, which would take the key off the first frame: that one is not read yet.
    fn confirm(&mut self, cx: &Ctx) -> Outcome {
        if !self.shown {
            let yes = cx.keymap.hint(Action::Confirm);
            return Refusal::from(format!("Read the plan first, then press {yes}")).into();
        }
        if self.count_ready() <= cx.typed_above {
            return Outcome::Submit;
        }
        self.count = Some(Input::default());
        Outcome::Done
    }

    /// What enter makes of the typed number.
    fn judge(&self, cx: &Ctx) -> Outcome {
        if let Some(refusal) = self.refuses_confirm(cx) {
            return refusal.into();
        }
        let ready = self.count_ready();
        let typed = self.count.as_ref().map_or("", |input| input.value().trim());
        if typed.parse() == Ok(ready) {
            return Outcome::Submit;
        }
        let sessions = batch::sessions(ready);
        Refusal::from(format!("Nothing was sent: {sessions} would go, which is not “{typed}”"))
            .into()
    }

    fn refuses_confirm(&self, cx: &Ctx) -> Option<Refusal> {
        if let Some(refusal) = gate::refuses_any(cx) {
            return Some(refusal);
        }
        if cx.batch.as_ref().is_some_and(batch::BatchRun::is_running) {
            let key = cx.keymap.hint(Action::Batch);
            return Some(format!("Another batch is under way: {key} shows it").into());
        }
        (self.count_ready() == 0).then(|| "Nothing on this plan can be sent".into())
    }
}

const EMPTY: &str = "There is nothing left on the plan";

/// Says so if the rows before have taken all of its agent's places; takes one of them if not.
fn overfull(row: &Row, taken: &mut HashMap<AgentId, u32>, cx: &Ctx) -> Option<String> {
    let agent = cx.live.agent(row.agent()?)?;
    let taken = taken.entry(agent.id.clone()).or_default();
    if *taken >= places(agent) {
        return Some(format!("{} is full by then", agent.label()));
    }
    *taken += 1;
    None
}

impl View for Plan {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Confirm,
            A::Back,
            A::Open,
            A::Remove,
            A::Explain,
            A::StopAfter,
            A::HandoffAgent,
            A::HandoffQueue,
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
            Action::Open => "change",
            Action::HandoffAgent => "to agent",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        use Action as A;
        match (action, self.grid.selected()) {
            (A::Confirm, _) => self.refuses_confirm(cx),
            (A::Open | A::HandoffAgent | A::HandoffQueue, Some(id)) => {
                gate::refuses_session(id, cx)
            }
            (A::Open | A::HandoffAgent | A::HandoffQueue | A::Remove | A::Explain, None) => {
                Some(EMPTY.into())
            }
            (A::Explain, Some(_)) => self.current().and_then(|row| row.refuses_explain(cx)),
            (action, None) if action.is_movement() => Some(EMPTY.into()),
            (A::Sort | A::Reverse, _) => {
                Some("The plan stays in the order in which it is gone through".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        match action {
            Action::Confirm => return self.confirm(cx),
            Action::Open | Action::HandoffAgent | Action::HandoffQueue => return self.pick(action),
            Action::Explain => return self.explain(),
            Action::Remove => self.remove(cx),
            Action::StopAfter => self.stop_later(),
            Action::Back => return Outcome::Close,
            action => _ = self.grid.handle(action, &self.rows, cx),
        }
        Outcome::Done
    }

    fn observe(&mut self, cx: &Ctx) {
        if self.count.is_none() {
            self.check(cx);
        }
        self.grid.observe(&self.rows, cx);
    }

    fn arrange(&mut self, area: Rect) {
        let table = draw::table(area);
        self.grid.resize(table.width, table.height.saturating_sub(1));
    }

    fn shown(&mut self, _cx: &Ctx) {
        self.shown = true;
    }

    fn covered(&mut self) {
        self.shown = false;
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        self.draw_all(buf, area, cx);
    }

    fn is_typing(&self) -> bool {
        self.count.is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        match (chord.edit(), &mut self.count) {
            (Some(Edit::Change(request)), Some(input)) => _ = input.handle(request),
            (Some(Edit::Keep), Some(_)) => {
                self.typed = self.judge(cx);
                self.count = None;
                // What was confirmed stays as it was read: it is settled when it is sent.
                if self.typed != Outcome::Submit {
                    self.observe(cx);
                }
            }
            (Some(Edit::Drop), Some(_)) => {
                self.count = None;
                self.observe(cx);
            }
            _ => {}
        }
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        &["hand off", "back"]
    }

    fn take_typed(&mut self) -> Outcome {
        std::mem::replace(&mut self.typed, Outcome::Done)
    }
}

//! The queues: who waits, for how long, and who is there to take it.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Dressing, PaneId};
use crate::{
    console::{
        keys::{Action, Chord, pointer::Pointer},
        view::{
            Ctx, Opening, Outcome, Refusal, Subject, View,
            figures::{self, Teller, Told, Topic, told},
            gate,
            queue_sheet::{QueueSheet, WAITING},
        },
        widgets::{
            grid::{Grid, Table},
            prose::Line,
        },
    },
    domain::id::QueueId,
};

/// The pane.
#[derive(Debug)]
pub struct Queues {
    grid: Grid<QueueSheet>,
}

impl Queues {
    /// The pane before anything is read.
    pub fn new() -> Self {
        Self { grid: Grid::new(WAITING).steady() }
    }

    /// The queue under the cursor.
    pub fn selected(&self) -> Option<&QueueId> {
        self.grid.selected()
    }

    /// Puts the cursor on `id`. False if it is not among the rows shown.
    pub fn go(&mut self, id: &QueueId, cx: &Ctx) -> bool {
        self.grid.select(id, &cx.floor.queues);
        self.grid.selected() == Some(id)
    }

    /// Lets every row be shown again.
    pub fn unfilter(&mut self, cx: &Ctx) {
        if !self.grid.filter().is_empty() {
            self.grid.handle(Action::Back, &cx.floor.queues, cx);
        }
    }
}

/// The figures of a queue.
fn tell(topic: &Topic, cx: &Ctx) -> Vec<Told> {
    let Topic::Row(Subject::Queue(id)) = topic else { return Vec::new() };
    let queue = cx.floor.queue(id);
    queue.map(|queue| told::<QueueSheet>(queue, figures::QUEUE, cx)).unwrap_or_default()
}

impl Default for Queues {
    fn default() -> Self {
        Self::new()
    }
}

impl View for Queues {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Open,
            A::HandoffQueue,
            A::Explain,
            A::Xray,
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
            Action::HandoffQueue => match &cx.session {
                Some(id) => gate::refuses_session(id, cx)
                    .or_else(|| gate::refuses_way(action, Some(id), cx)),
                None => Some("There is no session under the cursor".into()),
            },
            Action::Open if self.selected().is_none() => Some("There is no queue to open".into()),
            Action::Explain | Action::Xray if self.selected().is_none() => {
                Some("There is no queue under the cursor".into())
            }
            Action::Confirm if self.selected().is_none() => Some(super::NO_ROW.into()),
            Action::Back if self.grid.filter().is_empty() => Some("Nothing to go back from".into()),
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no queues to move among".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &cx.floor.queues, cx) {
            return Outcome::Done;
        }
        match (action, self.selected(), &cx.session) {
            (Action::Confirm, Some(id), _) => Outcome::Copy(id.to_string()),
            (Action::Open, Some(id), _) => {
                Outcome::Open(Opening::Detail(Subject::Queue(id.clone())))
            }
            (Action::Explain, Some(id), _) => {
                let topic = Topic::Row(Subject::Queue(id.clone()));
                Outcome::Open(Opening::Figures(topic, Some(self.grid.sorted_by()), Teller(tell)))
            }
            (Action::Xray, Some(id), _) => Outcome::Open(Opening::Xray(Subject::Queue(id.clone()))),
            (Action::HandoffQueue, queue, Some(session)) => {
                Outcome::Open(Opening::PickQueue(session.clone(), queue.cloned()))
            }
            _ => Refusal::from("That means nothing among queues").into(),
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.grid.observe(&cx.floor.queues, cx);
    }

    fn point(&mut self, pointer: Pointer, area: Rect, cx: &Ctx) -> Outcome {
        self.grid.point(pointer, super::table(area), &cx.floor.queues, cx);
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width, area.height.saturating_sub(2));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool) {
        let dressing = Dressing {
            id: PaneId::Queues,
            known: cx.floor.loading.queues_known,
            empty: "This org has no queues that you may see.",
            noun: "queue",
            extra: Line::new(),
        };
        super::draw(&self.grid, &cx.floor.queues, dressing, (area, focused), cx, buf);
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
        self.grid.edit(chord, &cx.floor.queues, cx);
    }
}

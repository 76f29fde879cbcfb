//! What the figures of a row mean: the formula of each, the source, and how old it is. The one the table
//! is sorted by comes first.
//!
//! It decides nothing and reads nothing; why an agent scores as they do for a session is
//! [`Explain`](super::Explain)'s.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    keys::Action,
    theme::Role,
    view::{
        Ctx, Outcome, Subject, View,
        figures::{Teller, Topic},
        requests,
    },
    widgets::{prose, prose::Line, scroll::Scroll},
};

/// The explanation.
#[derive(Debug)]
pub struct Meaning {
    topic: Topic,
    /// The column the table is sorted by, if it is a table.
    sorted: Option<usize>,
    teller: Teller,
    scroll: Scroll,
}

impl Meaning {
    /// Of what `teller` tells of `topic`.
    pub fn new(topic: Topic, sorted: Option<usize>, teller: Teller) -> Self {
        Self { topic, sorted, teller, scroll: Scroll::default() }
    }

    /// Whose figures they are, if they are those of a row.
    pub fn subject(&self) -> Option<&Subject> {
        match &self.topic {
            Topic::Row(subject) => Some(subject),
            Topic::Request(_) | Topic::Health => None,
        }
    }

    fn lines(&self, width: u16, cx: &Ctx) -> Vec<Line> {
        let told = (self.teller.0)(&self.topic, cx);
        if told.is_empty() {
            return vec![Line::of(Role::Alarm, "× It is no longer on the floor.")];
        }
        let mut order: Vec<usize> = (0..told.len()).collect();
        order.sort_by_key(|at| Some(*at) != self.sorted);
        let one = |at: usize| told[at].lines(Some(at) == self.sorted, cx);
        prose::wrap(order.into_iter().flat_map(one).collect(), width)
    }

    fn title(&self, cx: &Ctx) -> Line {
        let line = Line::of(Role::Quiet, "What is told of ");
        let name = match &self.topic {
            Topic::Health => "the console's health and the floor's sums".to_owned(),
            Topic::Request(id) => match cx.request(id) {
                Some(request) => format!("what a bot asks for {}", requests::guest(request, cx)),
                None => "a bot's request".to_owned(),
            },
            Topic::Row(Subject::Queue(id)) => cx.queue_name(id).to_string(),
            Topic::Row(Subject::Session(id)) => cx.guest_name(id).to_string(),
            Topic::Row(Subject::Agent(id)) => {
                let target = crate::domain::handoff::Target::Agent(id.clone());
                cx.target_name(&target).to_string()
            }
            Topic::Row(Subject::Record(seq)) => format!("record {seq}"),
        };
        line.and(Role::Accent, name)
    }
}

impl View for Meaning {
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
        self.scroll.draw(buf, area, &self.title(cx), |width| self.lines(width, cx), cx.theme);
    }
}

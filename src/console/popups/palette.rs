//! The palette: every action, pane, queue, agent, session and context by a few letters of its name.
//!
//! It does nothing itself. What is chosen is done where one was before it opened, and what can't be done
//! there stands here with its reason.

mod contexts;
mod finder;
mod index;
mod row;

use std::sync::Arc;

use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::Input;

use self::{
    finder::{Asks, Finder},
    index::{Entry, Index, Kind},
    row::Row,
};
use crate::{
    console::{
        keys::{Action, Chord, Edit},
        orgs::Org,
        theme::Role,
        view::{Ctx, Outcome, Refusal, Subject, View, words},
        widgets::{frame, paint, prompt, prose, prose::Line},
    },
    domain::{floor::Floor, id::SessionId, text::Plain},
};

/// An action as it stands where one is.
#[derive(Debug)]
pub struct Offer {
    /// Which.
    pub action: Action,
    /// What it is called there.
    pub verb: &'static str,
    /// Why it can't be done now.
    pub lacks: Option<Refusal>,
    /// Its place while nothing is typed, the least first.
    pub place: usize,
}

/// The palette.
#[derive(Debug)]
pub struct Palette {
    floor: Arc<Floor>,
    orgs: Arc<[Org]>,
    /// By their places while nothing is typed.
    offers: Vec<Offer>,
    input: Input,
    /// Made once the palette is on the screen, or when the first letter comes before that.
    finder: Option<Finder>,
    /// The rows where only contexts are looked for.
    only: Option<Vec<(Kind, usize)>>,
    cursor: usize,
    top: usize,
    page: usize,
    typed: Outcome,
}

/// What a row stands for, whatever becomes of the rows around it.
#[derive(Clone, Debug, PartialEq)]
enum Thing {
    Action(Action),
    Subject(Subject),
    Org(Plain),
}

impl Palette {
    /// The palette over `floor`, with these orgs and actions.
    pub fn new(floor: Arc<Floor>, orgs: Arc<[Org]>, mut offers: Vec<Offer>) -> Self {
        offers.sort_by_key(|offer| offer.place);
        let (cursor, top, page, typed) = (0, 0, 1, Outcome::Done);
        let (input, finder, only) = (Input::default(), None, None);
        Self { floor, orgs, offers, input, finder, only, cursor, top, page, typed }
    }

    /// The same, with this typed already.
    pub fn typed(mut self, text: &str) -> Self {
        self.input = Input::from(text);
        if !self.query().is_empty() {
            self.search();
        }
        self
    }

    /// Takes in what can be done by now. The rows stay where they are.
    pub fn reoffer(&mut self, offers: Vec<Offer>) {
        for offer in offers {
            if let Some(known) = self.offers.iter_mut().find(|known| known.action == offer.action) {
                (known.lacks, known.verb) = (offer.lacks, offer.verb);
            }
        }
    }

    fn query(&self) -> &str {
        self.input.value().trim()
    }

    fn search(&mut self) {
        self.only = contexts::asked(self.query()).map(|words| self.contexts(words));
        if self.only.is_some() {
            return;
        }
        let Self { floor, orgs, offers, input, finder, .. } = self;
        let finder = finder.get_or_insert_with(|| Finder::new(index(floor, orgs, offers)));
        let asks = Asks {
            has_id: &|entry, start| has_id(floor, entry, start),
            is_quiet: &|entry| {
                let offer = offers.get(entry.row as usize);
                entry.kind == Kind::Action && offer.is_some_and(|offer| offer.lacks.is_some())
            },
        };
        finder.search(input.value().trim(), &asks);
    }

    /// The contexts that hold these words; where one can go to none, what says why.
    fn contexts(&self, words: &str) -> Vec<(Kind, usize)> {
        if !self.orgs.is_empty() {
            return contexts::fitting(&self.orgs, words);
        }
        let why = self.offers.iter().position(|offer| offer.action == Action::Context);
        why.map(|row| (Kind::Action, row)).into_iter().collect()
    }

    fn len(&self) -> usize {
        match (&self.only, &self.finder) {
            (Some(only), _) => only.len(),
            (None, Some(finder)) if !self.query().is_empty() => finder.len(),
            _ => self.offers.len(),
        }
    }

    /// Which thing stands in the nth row: its kind, and which of them.
    fn at(&self, place: usize) -> Option<(Kind, usize)> {
        match (&self.only, &self.finder) {
            (Some(only), _) => only.get(place).copied(),
            (None, Some(finder)) if !self.query().is_empty() => {
                finder.best(place).map(|entry| (entry.kind, entry.row as usize))
            }
            _ => (place < self.offers.len()).then_some((Kind::Action, place)),
        }
    }

    fn thing(&self, place: usize) -> Option<Thing> {
        let (kind, row) = self.at(place)?;
        let floor = &self.floor;
        Some(match kind {
            Kind::Action => Thing::Action(self.offers.get(row)?.action),
            Kind::Queue => Thing::Subject(Subject::Queue(floor.queues.get(row)?.id.clone())),
            Kind::Agent => Thing::Subject(Subject::Agent(floor.agents.get(row)?.id.clone())),
            Kind::Session => Thing::Subject(Subject::Session(floor.sessions.get(row)?.id.clone())),
            Kind::Context => Thing::Org(self.orgs.get(row)?.name.clone()),
        })
    }

    fn choose(&self) -> Outcome {
        match self.thing(self.cursor) {
            None => Refusal::from("There is nothing of that name").into(),
            Some(Thing::Subject(subject)) => Outcome::Visit(subject),
            Some(Thing::Org(name)) => match self.orgs.iter().any(|it| it.here && it.name == name) {
                true => Refusal::from(format!("You are in {name} already")).into(),
                false => Outcome::GoTo(name),
            },
            Some(Thing::Action(action)) => {
                let offer = self.offers.iter().find(|offer| offer.action == action);
                match offer.and_then(|offer| offer.lacks.clone()) {
                    Some(refusal) => refusal.into(),
                    None => Outcome::Act(action),
                }
            }
        }
    }

    fn go(&mut self, place: usize) {
        self.cursor = place.min(self.len().saturating_sub(1));
        let lowest = (self.cursor + 1).saturating_sub(self.page);
        self.top = self.top.clamp(lowest, self.cursor.max(lowest));
    }

    fn row(&self, kind: Kind, row: usize, cx: &Ctx) -> Row {
        match kind {
            Kind::Context => self.orgs.get(row).map(row::of_context).unwrap_or_default(),
            kind => row::row(kind, row, &self.offers, &self.floor, cx),
        }
    }

    fn title(&self) -> Line {
        let line = Line::of(Role::Accent, "Find");
        let count = |n: usize| words::grouped(u64::try_from(n).unwrap_or(u64::MAX));
        match (&self.only, &self.finder) {
            (Some(_), _) if self.orgs.is_empty() => line,
            (Some(only), _) => {
                let of = format!("  {} of {} contexts", only.len(), self.orgs.len());
                line.and(Role::Quiet, of)
            }
            (None, Some(finder)) if !self.query().is_empty() => {
                let of = format!("  {} of {}", count(finder.found()), count(finder.total()));
                line.and(Role::Quiet, of)
            }
            _ => {
                let all = "  an action, pane, queue, agent, session or context by its name";
                line.and(Role::Quiet, all)
            }
        }
    }

    /// Why what is under the cursor can't be done, in full; else what follows the rows on the screen, and
    /// what is too much to be ranked.
    fn draw_edge(&self, buf: &mut Buffer, area: Rect, cx: &Ctx) {
        let on = self.at(self.cursor).filter(|(kind, _)| *kind == Kind::Action);
        let offer = on.and_then(|(_, row)| self.offers.get(row));
        if let Some(refusal) = offer.and_then(|offer| offer.lacks.as_ref()) {
            let text = Line::of(Role::Warn, format!(" ⊘ {} ", refusal.0));
            return frame::note(buf, area, &text, cx.theme);
        }
        let all = self.query().is_empty() || self.only.is_some();
        let unranked = self.finder.as_ref().filter(|_| !all);
        let unranked = unranked.map_or(0, |finder| finder.found() - finder.len());
        let below = self.len().saturating_sub(self.top + self.page);
        match unranked {
            0 => frame::more(buf, area, below, cx.theme),
            n => {
                let more = words::grouped(u64::try_from(n + below).unwrap_or(u64::MAX));
                let text = Line::of(Role::Quiet, format!(" ▾ {more} more: type on "));
                frame::note(buf, area, &text, cx.theme);
            }
        }
    }
}

/// All names there are.
fn index(floor: &Floor, orgs: &[Org], offers: &[Offer]) -> Index {
    let mut index = Index::default();
    for (row, offer) in offers.iter().enumerate() {
        index.push(Kind::Action, row, &row::searched(offer));
        index.tell(offer.action.help());
    }
    for (row, queue) in floor.queues.iter().enumerate() {
        index.push(Kind::Queue, row, &queue.name);
    }
    for (row, agent) in floor.agents.iter().enumerate() {
        match &agent.name {
            Some(name) => index.push(Kind::Agent, row, name),
            None => agent.id.with_str(|id| index.push(Kind::Agent, row, id)),
        }
    }
    for (row, session) in floor.sessions.iter().enumerate() {
        match &session.guest {
            Some(guest) => index.push(Kind::Session, row, guest),
            None => session.id.with_str(|id| index.push(Kind::Session, row, id)),
        }
    }
    contexts::push(orgs, &mut index);
    index
}

fn has_id(floor: &Floor, entry: &Entry, start: &str) -> bool {
    let begins = |id: &str| id.get(..start.len()).is_some_and(|id| id.eq_ignore_ascii_case(start));
    let row = entry.row as usize;
    match entry.kind {
        Kind::Action | Kind::Context => false,
        Kind::Queue => floor.queues.get(row).is_some_and(|queue| queue.id.with_str(begins)),
        Kind::Agent => floor.agents.get(row).is_some_and(|agent| agent.id.with_str(begins)),
        Kind::Session => {
            let id: Option<&SessionId> = floor.sessions.get(row).map(|session| &session.id);
            id.is_some_and(|id| id.with_str(begins))
        }
    }
}

impl View for Palette {
    fn actions(&self) -> &'static [Action] {
        &[Action::Up, Action::Down, Action::PageUp, Action::PageDown]
    }

    fn handle(&mut self, action: Action, _cx: &Ctx) -> Outcome {
        let last = self.len().saturating_sub(1);
        self.go(prose::scrolled(self.cursor, action, self.page, last));
        Outcome::Done
    }

    fn observe(&mut self, cx: &Ctx) {
        let on = self.thing(self.cursor);
        self.floor = Arc::clone(&cx.floor);
        self.finder = None;
        if self.query().is_empty() {
            return;
        }
        self.search();
        let place = (0..self.len()).find(|place| self.thing(*place) == on);
        self.go(place.unwrap_or(self.cursor));
    }

    fn arrange(&mut self, area: Rect) {
        // The first line is what is typed.
        self.page = usize::from(frame::inside(area).height.saturating_sub(1)).max(1);
        self.go(self.cursor);
    }

    fn shown(&mut self, _cx: &Ctx) {
        let Self { floor, orgs, offers, finder, .. } = self;
        finder.get_or_insert_with(|| Finder::new(index(floor, orgs, offers)));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let inner = frame::panel(buf, area, &self.title(), cx.theme);
        if inner.height == 0 {
            return;
        }
        let typed = prompt::typed(Line::of(Role::Accent, "❯ "), &self.input, Role::Accent);
        prose::line(buf, inner.x, inner.y, inner.width, &typed, cx.theme);
        for (y, place) in ((inner.y + 1)..inner.bottom()).zip(self.top..) {
            let Some((kind, row)) = self.at(place) else { break };
            let line = Rect { y, height: 1, ..inner };
            row::draw(buf, line, &self.row(kind, row, cx), cx);
            if place == self.cursor {
                let body = Rect { x: line.x + 1, width: line.width.saturating_sub(1), ..line };
                buf.set_style(body, cx.theme.style(Role::Selected));
                paint::put(buf, line.x, y, '▌', cx.theme.style(Role::Accent));
            }
        }
        if self.len() == 0 && inner.height > 2 {
            let none = match self.only {
                Some(_) => "No context of the configuration has such a name.",
                None => "Nothing on this floor has such a name.",
            };
            let none = Line::of(Role::Quiet, none);
            prose::line(buf, inner.x + 2, inner.y + 2, inner.width - 2, &none, cx.theme);
        }
        self.draw_edge(buf, area, cx);
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        match chord.edit() {
            Some(Edit::Change(request)) => {
                let before = self.query().to_owned();
                self.input.handle(request);
                if self.query() != before {
                    self.search();
                    (self.cursor, self.top) = (0, 0);
                }
            }
            Some(Edit::Keep) => self.typed = self.choose(),
            Some(Edit::Drop) => self.typed = Outcome::Close,
            // The key that opened it closes it.
            None if cx.keymap.action(chord) == Some(Action::Palette) => self.typed = Outcome::Close,
            None => {}
        }
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        &["do it, or go there", "close", "move"]
    }

    fn take_typed(&mut self) -> Outcome {
        std::mem::replace(&mut self.typed, Outcome::Done)
    }
}

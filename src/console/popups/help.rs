//! Every action with its keys, made of the keymap and what the actions say of themselves, and searched by
//! any words of that.

use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::Input;

use crate::console::{
    keys::{Action, Chord, Edit, Keymap},
    theme::Role,
    view::{Ctx, Outcome, View},
    widgets::{frame, prompt, prose, prose::Line, scroll::Scroll},
};

/// The columns of one list with its frame, and of two side by side.
const NARROW: u16 = 90;
const WIDE: u16 = 180;

/// The columns and rows that show every action at once, where there is room for that.
pub fn size(room: u16) -> (u16, u16) {
    let rows =
        |actions| u16::try_from(actions).map_or(u16::MAX, |rows: u16| rows.saturating_add(2));
    match room >= WIDE {
        true => (WIDE, rows(Action::ALL.len().div_ceil(2))),
        false => (NARROW, rows(Action::ALL.len())),
    }
}

/// The help.
#[derive(Debug)]
pub struct Help {
    /// What the view below takes: its actions stand out.
    here: &'static [Action],
    /// The actions that hold every word looked for.
    shown: Vec<Action>,
    words: String,
    typing: Option<Input>,
    scroll: Scroll,
}

impl Help {
    /// The help, opened over a view that takes these actions.
    pub fn new(here: &'static [Action]) -> Self {
        let shown = Action::ALL.to_vec();
        Self { here, shown, words: String::new(), typing: None, scroll: Scroll::default() }
    }

    fn look_for(&mut self, words: &str, keymap: &Keymap) {
        words.clone_into(&mut self.words);
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let holds = |action: &Action| {
            let (name, verb, help) = (action.name(), action.verb(), action.help());
            let text = format!("{} {name} {verb} {help}", keys(*action, keymap)).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        self.shown = Action::ALL.iter().copied().filter(holds).collect();
        self.scroll.rewind();
    }

    /// Lists that stand side by side.
    fn lists(&self) -> usize {
        if self.scroll.area().width >= WIDE { 2 } else { 1 }
    }

    /// Lines of a list.
    fn rows(&self) -> usize {
        self.shown.len().div_ceil(self.lists())
    }

    fn line(&self, action: Action, cx: &Ctx) -> Line {
        let role = if self.here.contains(&action) { Role::Strong } else { Role::Text };
        Line::of(Role::Accent, format!("{:<16} ", keys(action, &cx.keymap)))
            .and(role, format!("{:<10} ", action.verb()))
            .and(Role::Quiet, action.help())
    }

    fn title(&self, cx: &Ctx) -> Line {
        let key = |action| cx.keymap.hint(action);
        let line = Line::of(Role::Accent, "Keys");
        if let Some(input) = &self.typing {
            return prompt::typed(line.and(Role::Accent, " /"), input, Role::Accent);
        }
        let scrolls = match self.rows() > self.scroll.page() {
            true => format!("  {} {} scroll,", key(Action::Down), key(Action::Up)),
            false => " ".to_owned(),
        };
        let (search, back) = (key(Action::Filter), key(Action::Back));
        match self.words.is_empty() {
            true => line.and(Role::Quiet, format!("{scrolls} {search} searches, {back} closes")),
            false => line
                .and(Role::Accent, format!(" /{}", self.words))
                .and(Role::Quiet, format!("  {} of {},", self.shown.len(), Action::ALL.len()))
                .and(Role::Quiet, format!("{scrolls} {back} shows all")),
        }
    }
}

/// The keys of an action, or how it is found without one.
fn keys(action: Action, keymap: &Keymap) -> String {
    match keymap.chords(action) {
        [] => keymap.hint(action),
        chords => chords.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

impl View for Help {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[A::Filter, A::Back, A::Up, A::Down, A::PageUp, A::PageDown, A::Home, A::End]
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == Action::Filter { "search" } else { action.verb() }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        match action {
            Action::Filter => self.typing = Some(self.words.as_str().into()),
            Action::Back if self.words.is_empty() => return Outcome::Close,
            Action::Back => self.look_for("", &cx.keymap),
            action => self.scroll.turn(action, self.rows()),
        }
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.scroll.arrange(area);
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let inner = frame::panel(buf, area, &self.title(cx), cx.theme);
        let (rows, lists) = (self.rows(), self.lists());
        let width = inner.width / u16::try_from(lists).unwrap_or(1);
        for (list, x) in
            self.shown.chunks(rows.max(1)).zip((inner.x..).step_by(width.max(1).into()))
        {
            let lines: Vec<Line> = list.iter().map(|action| self.line(*action, cx)).collect();
            let place = Rect { x, width, ..inner };
            prose::lines(buf, place, &lines, self.scroll.first(rows), cx.theme);
        }
        if self.shown.is_empty() {
            let none = Line::of(Role::Quiet, "No key does anything that is called so.");
            prose::line(buf, inner.x, inner.y, inner.width, &none, cx.theme);
        }
        self.scroll.draw_more(buf, area, rows, cx.theme);
    }

    fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        let Some(input) = &mut self.typing else { return };
        match chord.edit() {
            Some(Edit::Change(request)) => {
                input.handle(request);
                let words = input.value().to_owned();
                self.look_for(&words, &cx.keymap);
            }
            Some(Edit::Keep) => self.typing = None,
            Some(Edit::Drop) => {
                self.typing = None;
                self.look_for("", &cx.keymap);
            }
            None => {}
        }
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        &["keep it", "show all", "move"]
    }
}

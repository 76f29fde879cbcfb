//! For how long an alarm is snoozed: 5, 15 or 60 minutes, or as many as are typed.

use std::ops::RangeInclusive;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    keys::{Action, Chord},
    theme::Role,
    view::{
        Ctx, Outcome, Refusal, View,
        alarms::{self, Key},
    },
    widgets::{
        form::{Form, Press},
        frame, minutes, prose,
        prose::Line,
    },
};

/// The prompt.
#[derive(Debug)]
pub struct SnoozePrompt {
    key: Key,
    form: Form<1>,
    /// What is wrong with what was to be accepted.
    wrong: Option<(usize, String)>,
    typed: Outcome,
    /// True once it has been on the screen: keys typed ahead snooze nothing that nobody has read.
    shown: bool,
}

/// Pauses that the arrows go through, in minutes.
const MINUTES: [u32; 3] = [5, 15, 60];

/// At most a day: who is not to hear of an alarm for longer takes it out.
const BOUNDS: RangeInclusive<u32> = 0..=1_440;

/// Columns of the field's name.
const NAME: u16 = 12;

impl SnoozePrompt {
    /// Asks for how long this alarm is to be snoozed.
    pub fn new(key: Key) -> Self {
        let form = offering(MINUTES[1]);
        Self { key, form, wrong: None, typed: Outcome::Done, shown: false }
    }

    fn accept(&mut self, cx: &Ctx) {
        if !self.shown {
            self.typed = Refusal::from("Read it first, then press enter").into();
            return;
        }
        if let Some(refusal) = alarms::refuses(Action::Snooze, Some(&self.key), cx) {
            self.typed = refusal.into();
            return;
        }
        match minutes::read(self.form.text(0), &BOUNDS) {
            Ok(minutes) => self.typed = Outcome::Snooze(self.key.clone(), minutes),
            Err(why) => self.wrong = Some((0, why)),
        }
    }

    fn lines(&self, width: u16, cx: &Ctx) -> Vec<Line> {
        let mut lines = vec![Line::of(Role::Strong, alarms::title(&self.key, cx))];
        if let Some(Refusal(why)) = alarms::refuses(Action::Snooze, Some(&self.key), cx) {
            lines.push(Line::of(Role::Alarm, format!("✗ {why}.")));
        }
        lines.push(Line::new());
        let (form, _) = self.form.lines((width, NAME), self.wrong.as_ref(), &[], &cx.keymap);
        lines.extend(form);
        lines
    }
}

/// A form that offers so many minutes; typing takes their place.
fn offering(minutes: u32) -> Form<1> {
    let label = ("snooze for", "minutes: 5, 15 or 60 with ↑ ↓, or type; 0 wakes it");
    Form::new([label], [minutes.to_string()], 4).offering()
}

impl View for SnoozePrompt {
    fn actions(&self) -> &'static [Action] {
        &[Action::Up, Action::Down]
    }

    fn handle(&mut self, action: Action, _cx: &Ctx) -> Outcome {
        if let Some(next) = minutes::step(self.form.text(0), &MINUTES, action == Action::Up) {
            self.form = offering(next);
            self.wrong = None;
        }
        Outcome::Done
    }

    fn shown(&mut self, _cx: &Ctx) {
        self.shown = true;
    }

    fn covered(&mut self) {
        self.shown = false;
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = Line::of(Role::Accent, "Snooze the alarm?");
        let inner = frame::panel(buf, area, &title, cx.theme);
        let lines = prose::wrap(self.lines(inner.width, cx), inner.width);
        // What is typed is at the end, and has to be in sight.
        let from = lines.len().saturating_sub(usize::from(inner.height));
        prose::lines(buf, inner, &lines, from, cx.theme);
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        if minutes::is_letter(chord) {
            return;
        }
        match self.form.press(chord, &cx.keymap, None) {
            Press::Filling => self.wrong = None,
            Press::Drop => self.typed = Outcome::Close,
            Press::Keep => self.accept(cx),
        }
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        &["snooze it", "back", "5, 15, 60"]
    }

    fn take_typed(&mut self) -> Outcome {
        std::mem::replace(&mut self.typed, Outcome::Done)
    }
}

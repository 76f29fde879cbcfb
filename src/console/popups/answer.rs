//! The second step of putting a bot's request off, or declining it: after how long, or why.

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{
            Answer, Ctx, Outcome, Refusal, View,
            requests::{self, DEFERRABLE, REASON},
        },
        widgets::{
            form::{Form, Press},
            frame, minutes, prose,
            prose::Line,
        },
    },
    domain::{id::RequestId, text::Plain},
};

/// The prompt.
#[derive(Debug)]
pub struct AnswerPrompt {
    request: RequestId,
    kind: Kind,
    form: Form<1>,
    /// What is wrong with what was to be accepted.
    wrong: Option<(usize, String)>,
    typed: Outcome,
    /// True once it has been on the screen: keys typed ahead answer nothing that nobody has read.
    shown: bool,
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Defer,
    Decline,
}

/// Pauses that the arrows go through, in minutes.
const MINUTES: [u32; 4] = [1, 5, 15, 30];

/// Columns of the field's name.
const NAME: u16 = 12;

impl AnswerPrompt {
    /// Asks after how long the request is to be asked about again.
    pub fn defer(request: RequestId) -> Self {
        Self::new(request, Kind::Defer, offering(MINUTES[1]))
    }

    /// Asks why the request is declined.
    pub fn decline(request: RequestId) -> Self {
        let label = ("because", "it is audited, in these words");
        Self::new(request, Kind::Decline, Form::new([label], [String::new()], REASON))
    }

    fn new(request: RequestId, kind: Kind, form: Form<1>) -> Self {
        Self { request, kind, form, wrong: None, typed: Outcome::Done, shown: false }
    }

    /// The answer as it is typed; or what is wrong with it.
    fn answer(&self) -> Result<Answer, String> {
        let (id, text) = (self.request.clone(), self.form.text(0));
        match self.kind {
            Kind::Decline if text.is_empty() => Err("Declining needs a reason".into()),
            Kind::Decline => Ok(Answer::Decline(id, Plain::new(text))),
            Kind::Defer => minutes::read(text, &DEFERRABLE)
                .map(|minutes| Answer::Defer(id, Duration::from_secs(60 * u64::from(minutes)))),
        }
    }

    fn accept(&mut self, cx: &Ctx) {
        if !self.shown {
            self.typed = Refusal::from("Read it first, then press enter").into();
            return;
        }
        if let Some(refusal) = requests::refuses_answer(&self.request, cx) {
            self.typed = refusal.into();
            return;
        }
        match self.answer() {
            Ok(answer) => self.typed = Outcome::Answer(answer),
            Err(why) => self.wrong = Some((0, why)),
        }
    }

    fn lines(&self, width: u16, cx: &Ctx) -> Vec<Line> {
        let Some(request) = cx.request(&self.request) else {
            return vec![Line::of(Role::Alarm, "✗ It is no longer in the inbox.")];
        };
        let mut lines = vec![
            requests::about(request, cx),
            // The question itself has to stay in sight, however long a reason is.
            Line::of(
                Role::Text,
                Plain::cut(&requests::reason(request, cx), 2 * usize::from(width)).as_str(),
            ),
        ];
        if let Some(Refusal(why)) = requests::refuses_answer(&self.request, cx) {
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
    let label = ("again in", "minutes: 1, 5, 15 or 30 with ↑ ↓, or type 1 to 240");
    Form::new([label], [minutes.to_string()], 3).offering()
}

impl View for AnswerPrompt {
    fn actions(&self) -> &'static [Action] {
        match self.kind {
            Kind::Defer => &[Action::Up, Action::Down],
            Kind::Decline => &[],
        }
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
        let title = match self.kind {
            Kind::Defer => "Ask again later?",
            Kind::Decline => "Decline the request?",
        };
        let inner = frame::panel(buf, area, &Line::of(Role::Accent, title), cx.theme);
        let mut lines = prose::wrap(self.lines(inner.width, cx), inner.width);
        // What is typed is at the end and has to be in sight, and so has whom it is about.
        let surplus = lines.len().saturating_sub(usize::from(inner.height));
        lines.drain(1..=surplus.min(lines.len().saturating_sub(1)));
        prose::lines(buf, inner, &lines, 0, cx.theme);
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        if self.kind == Kind::Defer && minutes::is_letter(chord) {
            return;
        }
        match self.form.press(chord, &cx.keymap, None) {
            Press::Filling => self.wrong = None,
            Press::Drop => self.typed = Outcome::Close,
            Press::Keep => self.accept(cx),
        }
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Defer => &["ask again then", "back", "1, 5, 15, 30"],
            Kind::Decline => &["decline it", "back"],
        }
    }

    fn most_pasted(&self) -> usize {
        REASON
    }

    fn take_typed(&mut self) -> Outcome {
        std::mem::replace(&mut self.typed, Outcome::Done)
    }
}

//! What is asked before a session is ended, or left to end by itself, or many are kept at once, or a
//! bot's request is tried again.

use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::Input;

use super::{about, about_all};
use crate::{
    console::{
        keys::{Action, Chord, Edit},
        theme::Role,
        view::{About, Answer, Ctx, Outcome, Refusal, View, gate, requests},
        widgets::{frame, prose, prose::Line},
    },
    domain::{
        handoff::Target,
        id::{RequestId, SessionId},
        session::{Session, Standing},
    },
};

/// A question about sessions that are kept, or are to be.
#[derive(Debug)]
pub struct Question {
    about: About,
    /// Where the session stands that is to be ended, as it was when that was asked.
    seen: Option<Standing>,
    /// True once it has been on the screen: keys typed ahead answer nothing that nobody has read.
    shown: bool,
    /// The word that is being typed, where one key is not enough.
    word: Option<Input>,
    /// What came of typing it.
    typed: Outcome,
}

/// Whoever types this means it.
const WORD: &str = "end";

impl Question {
    /// The question, not yet read by anybody.
    pub fn new(about: About, cx: &Ctx) -> Self {
        let seen = match &about {
            About::End(id) => cx.live.session(id).map(Session::standing),
            _ => None,
        };
        Self { about, seen, shown: false, word: None, typed: Outcome::Done }
    }

    /// The session that is to be ended.
    pub fn session(&self) -> Option<&SessionId> {
        match &self.about {
            About::End(id) => Some(id),
            _ => None,
        }
    }

    /// Its rows, with its frame.
    pub fn rows(&self) -> u16 {
        match &self.about {
            About::End(_) => 11,
            About::EndHere(ids) => u16::try_from(ids.len().min(NAMED)).unwrap_or(0) + 8,
            About::Release(_) => 8,
            About::Replay(_) => 10,
            About::Keep(..) => 6,
            About::Unlock => 7,
        }
    }

    /// True if it asks whether to unlock the console.
    pub fn unlocks(&self) -> bool {
        matches!(self.about, About::Unlock)
    }

    fn title(&self) -> &'static str {
        match self.about {
            About::End(_) => "End the session?",
            About::EndHere(_) => "End these sessions and leave?",
            About::Release(_) => "Keep it alive no longer?",
            About::Replay(_) => "Hand it over after all?",
            About::Keep(..) => "Which?",
            About::Unlock => "Unlock this console?",
        }
    }

    fn lines(&self, cx: &Ctx) -> Vec<Line> {
        let mut lines = self.question(cx);
        if let (Some(word), Some(keys)) = (&self.word, lines.last_mut()) {
            *keys = Line::of(Role::Strong, format!("Type {WORD} and press enter: "))
                .and(Role::Accent, word.value())
                .and(Role::Caret, " ");
        }
        lines
    }

    /// What nobody can undo is not done by one key.
    fn is_grave(&self) -> bool {
        matches!(self.about, About::End(_) | About::EndHere(_))
    }

    /// What the typed word makes of it.
    fn judge(&self, cx: &Ctx) -> Outcome {
        let typed = self.word.as_ref().map_or("", |word| word.value().trim());
        if !typed.eq_ignore_ascii_case(WORD) {
            let nothing = format!("Nothing was ended: “{typed}” is not “{WORD}”");
            return Refusal::from(nothing).into();
        }
        if let Some(refusal) = self.refuses(Action::Confirm, cx) {
            return refusal.into();
        }
        match &self.about {
            About::End(id) => Outcome::End(id.clone()),
            About::EndHere(ids) => Outcome::EndAndLeave(ids.clone()),
            _ => Outcome::Close,
        }
    }

    /// Why the session can't be ended by this question: somebody has it by now whom nobody was asked about.
    fn changed(&self, id: &SessionId, cx: &Ctx) -> Option<Refusal> {
        if let Some(refusal) = gate::refuses_ending(id, cx) {
            return Some(refusal);
        }
        let session = cx.live.session(id)?;
        let now = (self.seen != Some(session.standing())).then(|| gate::standing(session, cx))?;
        Some(format!("Nothing was ended: {} is now {now}", session.label()).into())
    }

    fn question(&self, cx: &Ctx) -> Vec<Line> {
        match &self.about {
            About::End(id) => end(id, self.changed(id, cx), cx),
            About::EndHere(ids) => end_here(ids, cx),
            About::Release(ids) => release(ids, cx),
            About::Replay(id) => replay(id, cx),
            About::Keep(one, all) => which(one, all, cx),
            About::Unlock => unlock(cx),
        }
    }
}

/// A key and what it does.
fn key(action: Action, words: &str, cx: &Ctx) -> Line {
    Line::of(Role::Accent, cx.keymap.hint(action)).and(Role::Strong, format!(" {words}"))
}

/// So many are told apart by a line each.
const NAMED: usize = 8;

fn end_here(ids: &[SessionId], cx: &Ctx) -> Vec<Line> {
    let mut lines: Vec<Line> = ids.iter().take(NAMED).map(|id| told(id, cx)).collect();
    if ids.len() > NAMED {
        lines.push(Line::of(Role::Text, format!("and {} more", ids.len() - NAMED)));
    }
    let them = if ids.len() == 1 { "The guest is" } else { "These guests are" };
    lines.push(Line::new());
    lines.push(Line::of(Role::Warn, format!("△ {them} disconnected at once.")));
    lines.push(Line::new());
    lines.push(
        key(Action::Confirm, &format!("end {} and leave", ids.len()), cx)
            .and(Role::Text, "   ")
            .and(Role::Accent, cx.keymap.hint(Action::Back))
            .and(Role::Text, " back"),
    );
    lines
}

/// A session in a line, with the beginning of its id: several guests may have one name.
fn told(id: &SessionId, cx: &Ctx) -> Line {
    about(id, cx).and(Role::Quiet, format!("  {}", id.short()))
}

fn end(id: &SessionId, refused: Option<Refusal>, cx: &Ctx) -> Vec<Line> {
    let mut lines = vec![told(id, cx), Line::new()];
    if let Some(refusal) = refused {
        let text = format!("✗ {}.", refusal.0);
        return vec![Line::of(Role::Alarm, text), key(Action::Back, "back", cx)];
    }
    let agent = cx.live.session(id).and_then(|session| session.agent.clone());
    if let Some(agent) = agent {
        let agent = cx.target_name(&Target::Agent(agent));
        lines.push(Line::of(Role::Alarm, format!("▲ It is with {agent}: both are cut off.")));
    }
    if let Some(kept) = cx.kept(id).filter(|kept| !kept.here) {
        let keeper = &kept.it.keeper;
        let text = format!("△ {} (pid {}) keeps it.", keeper.host, keeper.pid);
        lines.push(Line::of(Role::Warn, text));
    }
    lines
        .push(Line::of(Role::Text, "The guest is disconnected at once. Nothing brings them back."));
    lines.push(Line::new());
    lines.push(
        key(Action::Confirm, "end it", cx)
            .and(Role::Text, "   ")
            .and(Role::Accent, cx.keymap.hint(Action::Back))
            .and(Role::Text, " back"),
    );
    lines
}

fn replay(id: &RequestId, cx: &Ctx) -> Vec<Line> {
    let about = cx.request(id).map(|request| requests::about(request, cx));
    let mut lines: Vec<Line> = about.into_iter().chain([Line::new()]).collect();
    if let Some(refusal) = requests::refuses_replay(id, cx) {
        lines.push(Line::of(Role::Alarm, format!("✗ {}.", refusal.0)));
        lines.push(key(Action::Back, "back", cx));
        return lines;
    }
    let guest = requests::named(id, cx);
    let queue = cx.request(id).and_then(|request| request.queue.as_ref());
    let to = queue.map_or_else(|| "-".into(), |queue| cx.queue_name(queue));
    lines.push(Line::of(Role::Strong, format!("{guest} → {to}")));
    let text = "By the same rules as at first, and only if a bot or a queue still holds them.";
    lines.push(Line::of(Role::Text, text));
    lines.push(Line::new());
    lines.push(
        key(Action::Confirm, "hand it over", cx)
            .and(Role::Text, "   ")
            .and(Role::Accent, cx.keymap.hint(Action::Back))
            .and(Role::Text, " back"),
    );
    lines
}

fn release(ids: &[SessionId], cx: &Ctx) -> Vec<Line> {
    let text = match ids {
        [_] => "△ It stays open, and no floorwalker keeps it: it ends by itself.",
        _ => "△ They stay open, and no floorwalker keeps them: they end by themselves.",
    };
    vec![
        about_all(ids, cx),
        Line::new(),
        Line::of(Role::Warn, text),
        Line::new(),
        key(Action::Confirm, "keep no longer", cx)
            .and(Role::Text, "   ")
            .and(Role::Accent, cx.keymap.hint(Action::Back))
            .and(Role::Text, " back"),
    ]
}

fn unlock(cx: &Ctx) -> Vec<Line> {
    vec![
        Line::of(Role::Text, "From then on keys hand customers off again, in ")
            .with(&cx.named_org())
            .and(Role::Text, "."),
        Line::new(),
        key(Action::Confirm, "unlock", cx)
            .and(Role::Text, "   ")
            .and(Role::Accent, cx.keymap.hint(Action::Back))
            .and(Role::Text, " stay locked"),
    ]
}

fn which(one: &SessionId, all: &[SessionId], cx: &Ctx) -> Vec<Line> {
    let ours = |id: &SessionId| cx.kept(id).is_some_and(|kept| kept.here);
    let does = |leaves: bool| if leaves { "leave" } else { "watch" };
    let (this, count) = (cx.guest_name(one), all.len());
    let every = does(all.iter().all(ours));
    vec![
        key(Action::Supervise, &format!("{} only {this}", does(ours(one))), cx),
        key(Action::MarkAll, &format!("{every} all {count} that the filter shows"), cx),
        key(Action::Back, "none", cx),
    ]
}

impl View for Question {
    fn actions(&self) -> &'static [Action] {
        match self.about {
            About::Keep(..) => &[Action::Supervise, Action::MarkAll, Action::Back],
            _ => &[Action::Confirm, Action::Back],
        }
    }

    fn verb(&self, action: Action) -> &'static str {
        match (&self.about, action) {
            // What comes of the key is another question: nothing is ended by it alone.
            (About::End(_) | About::EndHere(_), Action::Confirm) => "type end",
            (About::Release(_), Action::Confirm) => "keep no longer",
            (About::Replay(_), Action::Confirm) => "hand it over",
            (About::Unlock, Action::Confirm) => "unlock",
            (About::Keep(..), Action::Supervise) => "only this",
            (About::Keep(..), Action::MarkAll) => "all shown",
            (_, action) => action.verb(),
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match (action, &self.about) {
            (Action::Confirm | Action::Supervise | Action::MarkAll, _) if !self.shown => {
                let yes = cx.keymap.hint(action);
                Some(format!("Read the question first, then press {yes}").into())
            }
            (Action::Confirm, About::End(id)) => self.changed(id, cx),
            (Action::Confirm, About::EndHere(_)) => cx.refuses_acts("ends no session"),
            (Action::Confirm, About::Replay(id)) => requests::refuses_replay(id, cx),
            (Action::Confirm, About::Release(_)) | (_, About::Keep(..))
                if action != Action::Back =>
            {
                gate::refuses_keeping(cx)
            }
            (Action::Open, about) if !matches!(about, About::Keep(..)) => {
                let (yes, no) = (cx.keymap.hint(Action::Confirm), cx.keymap.hint(Action::Back));
                Some(format!("Press {yes} to confirm, {no} to go back").into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, _cx: &Ctx) -> Outcome {
        match (action, &self.about) {
            (Action::Confirm, _) if self.is_grave() => {
                self.word = Some(Input::default());
                Outcome::Done
            }
            (Action::Confirm, About::Unlock) => Outcome::Unlock,
            (Action::Confirm, About::Release(ids)) => Outcome::Release(ids.clone()),
            (Action::Confirm, About::Replay(id)) => Outcome::Answer(Answer::Replay(id.clone())),
            (Action::Supervise, About::Keep(one, _)) => Outcome::Supervise(vec![one.clone()]),
            (Action::MarkAll, About::Keep(_, all)) => Outcome::Supervise(all.clone()),
            _ => Outcome::Close,
        }
    }

    fn shown(&mut self, _cx: &Ctx) {
        self.shown = true;
    }

    fn covered(&mut self) {
        self.shown = false;
    }

    fn is_typing(&self) -> bool {
        self.word.is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        match (chord.edit(), &mut self.word) {
            (Some(Edit::Change(request)), Some(word)) => _ = word.handle(request),
            (Some(Edit::Keep), Some(_)) => {
                self.typed = self.judge(cx);
                self.word = None;
            }
            (Some(Edit::Drop), Some(_)) => self.word = None,
            _ => {}
        }
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        &["end", "back"]
    }

    fn take_typed(&mut self) -> Outcome {
        std::mem::replace(&mut self.typed, Outcome::Done)
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = Line::of(Role::Accent, self.title());
        let inner = frame::panel(buf, area, &title, cx.theme);
        let lines = prose::wrap(self.lines(cx), inner.width);
        prose::lines(buf, inner, &lines, 0, cx.theme);
    }
}

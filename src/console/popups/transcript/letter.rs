//! What the connected agent writes at the foot of the transcript: typed, shown as it will be sent, sent once.
//!
//! ```text
//!   Off ─▶ Writing ─▶ Ready ─▶ Sent ─┬▶ Off          it is among the messages
//!            ▲          │        │    ├▶ Writing      it was certainly not sent: the words are still there
//!            └──────────┘        └────┴▶ Doubt        nobody knows: they are not offered again
//! ```

use tui_input::InputRequest;

use crate::{
    console::{
        keys::{Action, Chord, Edit},
        popups::monitor::keys,
        theme::Role,
        view::{Ctx, deeds},
        widgets::{
            prompt::Prompt,
            prose::{self, Line},
        },
    },
    domain::{
        deed::{Deed, DeedNews, DeedOrder, DeedStage, Saying},
        id::{DeedId, SessionId},
        session::Session,
        text::Plain,
    },
    policy::deed::{most_letters, saying},
};

/// Rows of what is being written.
const ROWS: usize = 4;
/// Rows over it that stay for the session and what was said last.
const MESSAGES: usize = 2;

/// The letter.
#[derive(Debug, Default)]
pub struct Letter {
    stage: Stage,
    /// What was typed and not sent.
    draft: String,
}

#[derive(Debug, Default)]
enum Stage {
    /// Nobody writes.
    #[default]
    Off,
    /// It is being typed; why it could not be sent as it is, or was not.
    Writing(Prompt, Option<String>),
    /// It is shown as it will be sent; true once that has been on the screen.
    Ready(Saying, bool),
    /// It is on its way.
    Sent(DeedId, Saying),
    /// It may have been sent, and nobody knows.
    Doubt(Saying, Plain),
}

impl Letter {
    /// True while presses are text.
    pub fn is_typing(&self) -> bool {
        matches!(self.stage, Stage::Writing(..))
    }

    /// True if it is shown and waits to be confirmed.
    pub fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Ready(..))
    }

    /// True if it may be confirmed: it has been on the screen.
    pub fn is_read(&self) -> bool {
        matches!(self.stage, Stage::Ready(_, true))
    }

    /// Begins to write, with what was typed before.
    pub fn begin(&mut self, session: Option<&Session>) {
        let most = most_letters(session.and_then(|it| it.channel.as_deref()));
        self.stage = Stage::Writing(Prompt::new(&self.draft, most), None);
    }

    /// Back from the words as they would be sent to where they are typed. False if there is nothing to go
    /// back from.
    pub fn back(&mut self, session: Option<&Session>) -> bool {
        let goes = self.is_ready();
        if goes {
            self.begin(session);
        } else if matches!(self.stage, Stage::Doubt(..)) {
            self.stage = Stage::Off;
            return true;
        }
        goes
    }

    /// A press while it is typed.
    pub fn edit(&mut self, chord: Chord, session: Option<&Session>) {
        let Stage::Writing(prompt, wrong) = &mut self.stage else { return };
        match chord.edit() {
            Some(Edit::Change(request)) => {
                let full = prompt.is_full() && matches!(request, InputRequest::InsertChar(_));
                prompt.change(request);
                *wrong = full.then(|| format!("{}: what is beyond is left out", prompt.fill()));
            }
            Some(Edit::Keep) => {
                self.draft = prompt.text().to_owned();
                let channel = session.and_then(|it| it.channel.as_deref());
                match saying(&self.draft, channel) {
                    Ok(text) => self.stage = Stage::Ready(text, false),
                    Err(why) => *wrong = Some(why.to_string()),
                }
            }
            Some(Edit::Drop) => {
                self.draft = prompt.text().to_owned();
                self.stage = Stage::Off;
            }
            _ => {}
        }
    }

    /// The order, once; from then on it is on its way.
    pub fn order(&mut self, id: &SessionId, cx: &Ctx) -> Option<DeedOrder> {
        let Stage::Ready(text, true) = &self.stage else { return None };
        let seen = cx.live.session(id)?.standing();
        let text = text.clone();
        let order = DeedOrder::new(id.clone(), seen, Deed::Say(text.clone()));
        self.stage = Stage::Sent(order.id.clone(), text);
        Some(order)
    }

    /// What has become of it.
    pub fn observe(&mut self, news: &DeedNews, session: Option<&Session>) {
        let Stage::Sent(id, text) = &self.stage else { return };
        if *id != news.order.id {
            return;
        }
        match &news.stage {
            DeedStage::Asked | DeedStage::Requesting | DeedStage::Doubtful => {}
            DeedStage::Done => {
                self.draft.clear();
                self.stage = Stage::Off;
            }
            DeedStage::Rejected { reason } | DeedStage::Failed { reason } => {
                let why = format!("Not sent: {reason}");
                self.begin(session);
                if let Stage::Writing(_, wrong) = &mut self.stage {
                    *wrong = Some(why);
                }
            }
            // They must not be sent a second time by a key pressed again.
            DeedStage::Unknown { reason } => {
                self.draft.clear();
                self.stage = Stage::Doubt(text.clone(), reason.clone());
            }
        }
    }

    /// The engine was not asked: nothing has left.
    pub fn unsent(&mut self, order: &DeedOrder, session: Option<&Session>) {
        let reason = "the engine does not take orders".into();
        let stage = DeedStage::Rejected { reason };
        self.observe(&DeedNews { order: order.clone(), stage }, session);
    }

    /// It has been on the screen.
    pub fn shown(&mut self) {
        if let Stage::Ready(_, shown) = &mut self.stage {
            *shown = true;
        }
    }

    /// Something else has been, in its place.
    pub fn covered(&mut self) {
        if let Stage::Ready(_, shown) = &mut self.stage {
            *shown = false;
        }
    }

    /// Its rows at the foot of a transcript of so many columns and rows.
    pub fn lines(
        &self,
        session: Option<&Session>,
        (width, height): (u16, u16),
        cx: &Ctx,
    ) -> Vec<Line> {
        let (Some(head), Some(tail)) = (self.head(session), self.tail(cx)) else {
            return Vec::new();
        };
        let (mut lines, tail) = (prose::wrap(vec![head], width), prose::wrap(vec![tail], width));
        let room = usize::from(height).saturating_sub(MESSAGES + lines.len() + tail.len()).max(1);
        let words = |role, text: &Saying, rows| {
            let text = Line::of(role, Plain::new(text.expose()).as_str());
            prose::shortened(&text, width, rows)
        };
        lines.extend(match &self.stage {
            Stage::Off => Vec::new(),
            Stage::Writing(prompt, _) => prompt.lines(width, room.min(ROWS)),
            // All of it, where there is room: this is what will be sent.
            Stage::Ready(text, _) => words(Role::Strong, text, room),
            Stage::Sent(_, text) => words(Role::Quiet, text, room.min(ROWS)),
            Stage::Doubt(text, _) => words(Role::Text, text, room.min(ROWS)),
        });
        lines.extend(tail);
        lines
    }

    /// Whom it is to, and how it stands.
    fn head(&self, session: Option<&Session>) -> Option<Line> {
        let guest = session.map_or_else(|| "the customer".into(), Session::label);
        Some(match &self.stage {
            Stage::Off => return None,
            Stage::Writing(..) => Line::of(Role::Heading, format!("To {guest}")),
            Stage::Ready(..) => {
                let channel = session.and_then(|it| it.channel.clone());
                let by = channel.map(|it| format!(" by {it}")).unwrap_or_default();
                Line::of(Role::Heading, format!("To {guest}{by}:"))
            }
            Stage::Sent(..) => Line::of(Role::Accent, format!("◌ Sending to {guest}…")),
            Stage::Doubt(_, why) => {
                let text = format!("▲ Nobody knows whether {guest} has this: {why}.");
                Line::of(Role::Alarm, text)
            }
        })
    }

    /// What can be done with it, or why it can't be.
    fn tail(&self, cx: &Ctx) -> Option<Line> {
        Some(match &self.stage {
            Stage::Off => return None,
            Stage::Writing(_, Some(why)) => Line::of(Role::Alarm, format!("✗ {why}")),
            Stage::Writing(prompt, None) => Line::of(Role::Quiet, prompt.fill()),
            Stage::Ready(text, _) => {
                let (letters, me) = (text.letters(), deeds::my_name(cx));
                let all = if letters == 1 { "character" } else { "characters" };
                keys(&[(Action::Confirm, "send it"), (Action::Back, "change it")], cx)
                    .and(Role::Quiet, format!("   {letters} {all} as {me}"))
            }
            Stage::Sent(..) => Line::of(Role::Quiet, "it is sent once, whatever is pressed"),
            Stage::Doubt(..) => keys(&[(Action::Back, "put it away")], cx),
        })
    }
}

//! Asking once before leaving while handoffs run, or sessions are kept here.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{About, Ctx, Opening, Outcome, Refusal, View, Way, deeds},
        widgets::{frame, prose, prose::Line},
    },
    domain::{handoff::Progress, id::SessionId, lease::Kept},
};

const WIDTH: u16 = 74;

/// The question.
#[derive(Debug)]
pub struct Leave {
    way: Way,
    /// Rows that it takes, with its frame.
    rows: u16,
    /// What is kept here is being ended; then the console is left.
    ending: bool,
    /// True once it has been on the screen: keys typed ahead leave nobody behind.
    shown: bool,
}

impl Leave {
    /// The question, as things are now.
    pub fn new(way: Way, cx: &Ctx) -> Self {
        let lines = prose::wrap(becomes(true, cx), WIDTH - 4);
        // The frame, a gap, what is being done, and keys that take two rows.
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(6);
        Self { way, rows, ending: false, shown: false }
    }

    /// Its columns and rows.
    pub fn size(&self) -> (u16, u16) {
        (WIDTH, self.rows)
    }

    /// What answers it, for a key that does not.
    pub fn answers(&self, cx: &Ctx) -> Refusal {
        if !self.shown {
            return unread(Action::Confirm, cx);
        }
        let (yes, no) = (cx.keymap.hint(Action::Confirm), cx.keymap.hint(Action::Back));
        format!("Press {yes} to leave, {no} to stay").into()
    }

    /// Where to.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Waits until what was opened here has ended.
    pub fn wait(&mut self) {
        self.ending = true;
    }

    /// True while it waits for sessions to end.
    pub fn is_ending(&self) -> bool {
        self.ending
    }
}

impl View for Leave {
    fn actions(&self) -> &'static [Action] {
        &[Action::Confirm, Action::EndSession, Action::Back]
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::Confirm => "leave",
            Action::EndSession => "end them",
            Action::Back => "stay",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Confirm | Action::EndSession if !self.shown => Some(unread(action, cx)),
            Action::Open => Some(self.answers(cx)),
            Action::EndSession if self.ending => Some("They are being ended already".into()),
            Action::EndSession if !cx.acts() => cx.refuses_acts("ends no session"),
            Action::EndSession if opened(cx).is_empty() => {
                Some("No session that a floorwalker has opened is kept here".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        match action {
            Action::Confirm => Outcome::Leave(self.way.clone()),
            Action::EndSession => Outcome::Open(Opening::Question(About::EndHere(opened(cx)))),
            _ => Outcome::Close,
        }
    }

    fn shown(&mut self, _cx: &Ctx) {
        self.shown = true;
    }

    fn covered(&mut self) {
        self.shown = false;
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = match &self.way {
            Way::Out => "Leave?".to_owned(),
            Way::To(org) => format!("Leave {} for {org}?", cx.context),
        };
        let inner = frame::panel(buf, area, &Line::of(Role::Accent, title), cx.theme);
        let whole = |named: bool| {
            let mut lines = becomes(named, cx);
            lines.push(Line::new());
            if self.ending {
                lines.push(Line::of(Role::Accent, "◌ Ending them, then leaving…"));
            }
            lines.push(self.keys(cx));
            prose::wrap(lines, inner.width)
        };
        // The keys, and what else is at stake, count for more than names.
        let all = Some(whole(true)).filter(|lines| lines.len() <= usize::from(inner.height));
        prose::lines(buf, inner, &all.unwrap_or_else(|| whole(false)), 0, cx.theme);
    }
}

/// What becomes of all that is under way; of handoffs with whose they are, if it is `named`.
fn becomes(named: bool, cx: &Ctx) -> Vec<Line> {
    [handoffs(named, cx), as_person(cx), opening(cx), kept(cx)].concat()
}

impl Leave {
    fn keys(&self, cx: &Ctx) -> Line {
        let mut line = Line::new();
        let leave = if self.ending { "leave at once" } else { "leave" };
        let all = [
            (Action::Confirm, leave),
            (Action::EndSession, "end them, then leave"),
            (Action::Back, "stay"),
        ];
        for (action, words) in all {
            let means_something = action != Action::EndSession || !opened(cx).is_empty();
            let unread = !self.shown && means_something;
            if unread || self.refuses(action, cx).is_none() {
                let gap = if line.is_empty() { "" } else { "   " };
                line = line
                    .and(Role::Text, gap)
                    .and(Role::Accent, cx.keymap.hint(action))
                    .and(Role::Strong, format!(" {words}"));
            }
        }
        line
    }
}

/// That a key was pressed before anybody can have read the question.
fn unread(action: Action, cx: &Ctx) -> Refusal {
    format!("Read the question first, then press {}", cx.keymap.hint(action)).into()
}

/// So many handoffs are named.
const NAMED: usize = 4;

/// What becomes of the handoffs that run.
fn handoffs(named: bool, cx: &Ctx) -> Vec<Line> {
    let count = cx.handoffs.count_running();
    let running = match count {
        0 => return Vec::new(),
        1 => "One handoff has not ended yet.".to_owned(),
        n => format!("{n} handoffs have not ended yet."),
    };
    let mut lines = vec![Line::of(Role::Warn, format!("▲ {running}"))];
    let one = |progress: &Progress| {
        let (role, becomes) = match progress.stage.can_cancel() {
            true => (Role::Accent, "waits, and is called back"),
            false => (Role::Text, "has left"),
        };
        let order = &progress.order;
        let (guest, target) = (cx.guest_name(&order.session), cx.target_name(&order.target));
        Line::of(Role::Strong, format!("  {guest} → {target}: ")).and(role, becomes)
    };
    if named {
        lines.extend(cx.handoffs.all_running().take(NAMED).map(one));
    }
    if named && count > NAMED {
        lines.push(Line::of(Role::Text, format!("  and {} more", count - NAMED)));
    }
    lines.extend([
        Line::of(Role::Text, "Handoffs not yet sent are called back. What has left goes on at"),
        Line::of(Role::Text, "Genesys Cloud and is followed for up to five seconds more."),
    ]);
    lines
}

/// What becomes of what the person does in sessions themselves.
fn as_person(cx: &Ctx) -> Vec<Line> {
    let mut lines = Vec::new();
    if cx.deeds.count() > 0 {
        lines.extend([
            Line::of(Role::Warn, "▲ What you asked for in a session has not been answered yet."),
            Line::of(Role::Text, "It is not called back; the audit log will tell how it ended."),
        ]);
    }
    let monitored: Vec<String> = deeds::monitored(cx).map(|it| it.label().to_string()).collect();
    if !monitored.is_empty() {
        let (names, key) = (monitored.join(", "), cx.keymap.hint(Action::Monitor));
        lines.extend([
            Line::of(Role::Warn, format!("◉ You go on monitoring {names} in Genesys Cloud.")),
            Line::of(Role::Text, format!("Stay and press {key} there to leave it first.")),
        ]);
    }
    lines
}

/// What becomes of sessions that are being opened.
fn opening(cx: &Ctx) -> Vec<Line> {
    if cx.opening.is_empty() {
        return Vec::new();
    }
    vec![
        Line::of(Role::Warn, "▲ A session is being opened."),
        Line::of(Role::Text, "Nobody may find it if you leave before that is done."),
    ]
}

/// Who keeps the sessions that are kept here.
fn kept(cx: &Ctx) -> Vec<Line> {
    let (alive, watched): (Vec<&Kept>, Vec<&Kept>) =
        cx.kept_here().partition(|kept| kept.it.hold.keeps_alive());
    if alive.is_empty() && watched.is_empty() {
        return Vec::new();
    }
    if let Some(heir) = cx.pulse.ward.as_ref().and_then(|ward| ward.heirs.first()) {
        let all = count(alive.len() + watched.len());
        let text = format!("{} (pid {}) goes on with {all} kept here.", heir.host, heir.pid);
        return vec![Line::of(Role::Text, text)];
    }
    let mut lines = Vec::new();
    if !alive.is_empty() {
        let all = count(alive.len());
        let (it, itself) =
            if alive.len() == 1 { ("it ends", "itself") } else { ("they end", "themselves") };
        lines.extend([
            Line::of(Role::Warn, format!("▲ Nobody else keeps {all} kept here alive.")),
            Line::of(
                Role::Text,
                format!(
                    "Left alone, {it} by {itself}, unless floorwalker serve or a console on this \
                     store goes on in time."
                ),
            ),
        ]);
    }
    if !watched.is_empty() {
        let text =
            format!("{} only watched here: leaving changes nothing there.", are(watched.len()));
        lines.push(Line::of(Role::Text, text));
    }
    lines
}

/// What was opened by a floorwalker, is kept here, and is not being ended yet.
fn opened(cx: &Ctx) -> Vec<SessionId> {
    let ours = cx.kept_here().filter(|kept| kept.it.opened_here && !kept.ending);
    ours.map(|kept| kept.it.id.clone()).collect()
}

fn count(sessions: usize) -> String {
    if sessions == 1 { "the one session".into() } else { format!("the {sessions} sessions") }
}

fn are(sessions: usize) -> String {
    if sessions == 1 { "One session is".into() } else { format!("{sessions} sessions are") }
}

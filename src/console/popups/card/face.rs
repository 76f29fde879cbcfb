//! What a card says, line by line. Who, to whom, the guards and what `y` would do come first: whatever
//! a small screen cuts off, it is not these.

use super::{Card, Field};
use crate::{
    console::{
        keys::Action,
        popups::{about, needs},
        theme::Role,
        view::{
            Ctx, Refusal, View,
            candidates::scorer,
            cells::{held, rank, score, status},
            limits, words,
        },
        widgets::{clock, prose, prose::Line},
    },
    domain::{
        agent::Agent,
        handoff::Target,
        queue::{Queue, QueueState},
        session::{Session, SessionState},
    },
    policy::{
        payload::MAX_VALUE,
        qualification::{Need, qualify},
    },
};

/// The lines of a card.
#[derive(Debug)]
pub struct Face {
    /// The lines, each no wider than the card.
    pub lines: Vec<Line>,
    /// Where text is being typed, which has to be in sight.
    pub caret: Option<usize>,
}

/// Below this many rows only what has to be there is shown.
const SMALL: u16 = 9;

/// Rows that a text being typed takes at most.
const TYPING_ROWS: usize = 5;

/// Columns of a field's name.
const NAME: u16 = 12;

impl Face {
    /// A card's face on a place of this size.
    pub fn new(card: &Card, (width, height): (u16, u16), cx: &Ctx) -> Self {
        let mut face = Self { lines: Vec::new(), caret: None };
        let roomy = height >= SMALL;
        face.push(about(&card.session, cx), width);
        face.push(Line::field("to", Role::Strong, cx.target_name(&card.target).as_str()), width);
        if let Some(line) = target(card, cx).filter(|_| roomy) {
            face.push(line, width);
        }
        if let Some(words) = card.asked.words() {
            face.push(Line::field("asks for", Role::Strong, words), width);
        }
        for line in card.checks(cx).lines() {
            face.push(line, width);
        }
        face.waiver(card, width, cx);
        for line in verdict(card, cx) {
            // While text is typed these keys are letters.
            face.push(if card.is_typing() { quietened(&line) } else { line }, width);
        }
        face.push(Line::new(), width);
        if let Some(form) = &card.form {
            let (lines, caret) = form.lines(width, NAME, cx);
            face.caret = Some(face.lines.len() + caret);
            face.lines.extend(lines);
            return face;
        }
        // Of a card that is small the rest is what it can do without.
        let rows = if height > 18 { 6 } else { 3 };
        face.summary(card, width, rows, cx);
        face.reason(card, width, cx);
        if let Some(answered) = &card.answered {
            face.lines.extend(answered.lines((width, rows - 1), cx));
        }
        for line in known(card, cx) {
            face.push(line, width);
        }
        face
    }

    fn push(&mut self, line: Line, width: u16) {
        self.lines.extend(prose::wrap(vec![line], width));
    }

    /// True if `field` is being typed; then its prompt is on the card.
    fn typed(&mut self, card: &Card, field: Field, name: &str, width: u16) -> bool {
        let Some(typing) = card.typing.as_ref().filter(|typing| typing.field == field) else {
            return false;
        };
        for (n, line) in
            typing.prompt.lines(width.saturating_sub(NAME), TYPING_ROWS).into_iter().enumerate()
        {
            let name = if n == 0 { name } else { "" };
            let line = line
                .pieces()
                .fold(Line::field(name, Role::Text, ""), |l, (text, role)| l.and(*role, text));
            self.lines.push(line);
        }
        let (role, hint) = match (typing.blank, field) {
            (true, _) => (Role::Alarm, "✗ An override needs a reason".to_owned()),
            (false, Field::Waiver) => {
                (Role::Quiet, format!("say why; it is audited   {}", typing.prompt.fill()))
            }
            (false, Field::Summary) => travels(typing.prompt.letters()),
            (false, Field::Reason) => (Role::Quiet, typing.prompt.fill()),
        };
        self.lines.push(Line::field("", role, hint));
        self.caret = Some(self.lines.len() - 1);
        true
    }

    fn waiver(&mut self, card: &Card, width: u16, cx: &Ctx) {
        if self.typed(card, Field::Waiver, "override", width) {
            return;
        }
        if let Some(waiver) = card.waiver.as_ref().filter(|_| card.checks(cx).stop()) {
            let text = format!("△ overridden: {}", waiver.reason);
            self.push(Line::field("", Role::Warn, text), width);
        }
    }

    fn summary(&mut self, card: &Card, width: u16, rows: usize, cx: &Ctx) {
        if self.typed(card, Field::Summary, "summary", width) {
            return;
        }
        let (remark, text) = card.summary.shown(cx.handbook.masking);
        let role = if remark { Role::Quiet } else { Role::Text };
        self.lines.extend(prose::shortened(&Line::field("summary", role, text), width, rows));
    }

    fn reason(&mut self, card: &Card, width: u16, cx: &Ctx) {
        if self.typed(card, Field::Reason, "because", width) {
            return;
        }
        // A bot may have quoted the guest.
        let reason = cx.handbook.masking.plain(&card.reason);
        let line = match reason.is_empty() {
            true => Line::field("because", Role::Quiet, "-"),
            false => Line::field("because", Role::Text, reason.as_str()),
        };
        self.lines.extend(prose::shortened(&line, width, 3));
    }
}

/// How much of a summary of so many letters gets there where it travels as an attribute. The whole of
/// it is kept here.
fn travels(letters: usize) -> (Role, String) {
    let text = format!("{letters} of {MAX_VALUE}; ");
    match letters > MAX_VALUE {
        true => (Role::Warn, format!("△ {text}as an attribute it is cut there, with a mark")),
        false => (Role::Quiet, format!("{text}what is longer is cut, with a mark")),
    }
}

/// A line whose keys do nothing now.
fn quietened(line: &Line) -> Line {
    line.pieces().fold(Line::new(), |line, (text, role)| match role {
        Role::Accent | Role::Strong => line.and(Role::Quiet, text),
        role => line.and(*role, text),
    })
}

/// What `y` would do, or why it would do nothing.
fn verdict(card: &Card, cx: &Ctx) -> Vec<Line> {
    let key = |action, words: &str| {
        Line::of(Role::Accent, cx.keymap.hint(action)).and(Role::Text, format!(" {words}"))
    };
    if let Some(Refusal(reason)) = card.refused(cx) {
        return vec![Line::of(Role::Alarm, format!("✗ {reason}.")), key(Action::Back, "back")];
    }
    if let Some(reason) = card.checks(cx).stopped(card.waiver.as_ref()) {
        let keys = key(Action::Override, "override, with a reason")
            .and(Role::Text, "   ")
            .and(Role::Accent, cx.keymap.hint(Action::Back))
            .and(Role::Text, " back");
        return vec![Line::of(Role::Alarm, format!("▲ Stopped: {reason}.")), keys];
    }
    let mut lines: Vec<Line> = takes_from(card, cx)
        .into_iter()
        .chain(starts_again(card, cx))
        .chain(full(card, cx))
        .collect();
    lines.push(
        Line::of(Role::Accent, cx.keymap.hint(Action::Confirm))
            .and(Role::Strong, " confirm")
            .and(Role::Text, "   ")
            .and(Role::Accent, cx.keymap.hint(Action::Back))
            .and(Role::Text, " back"),
    );
    lines.push(Line::of(Role::Quiet, leaves(cx)));
    if cx.is_stale() {
        let age = cx.data_age().map_or_else(|| "-".to_owned(), clock::short);
        let text = format!("◐ This is {age} old; it is read again first.");
        lines.push(Line::of(Role::Warn, text));
    }
    lines
}

/// How long there is to think again.
fn leaves(cx: &Ctx) -> String {
    let call_back = cx.keymap.hint(Action::Cancel);
    match cx.grace.as_secs() {
        0 => format!("It leaves at once; while it rings, {call_back} takes it back."),
        1 => format!("It leaves after one second, in which {call_back} calls it back."),
        3 => format!("It leaves after three seconds, in which {call_back} calls it back."),
        grace => format!("It leaves after {grace} seconds, in which {call_back} calls it back."),
    }
}

/// A full queue takes nobody now.
fn full(card: &Card, cx: &Ctx) -> Option<Line> {
    let Target::Queue(id) = &card.target else { return None };
    let full = cx.live.queue(id).is_some_and(|queue| queue.state == QueueState::Full);
    let text = "△ It is full: the customer stays in place until there is room, for some minutes.";
    full.then(|| Line::of(Role::Warn, text))
}

/// Taking a customer from an agent is not the same as helping one who waits.
fn takes_from(card: &Card, cx: &Ctx) -> Option<Line> {
    let agent = card.seen.agent.as_ref().and_then(|id| cx.live.agent(id))?;
    let text = format!("▲ Takes the customer away from {}.", agent.label());
    Some(Line::of(Role::Alarm, text))
}

/// Another queue counts the wait from its own beginning.
fn starts_again(card: &Card, cx: &Ctx) -> Option<Line> {
    let waits = card.seen.state == SessionState::Waiting;
    if !waits || card.stays(cx) || !matches!(card.target, Target::Queue(_)) {
        return None;
    }
    let waited = clock::short(cx.age(cx.live.session(&card.session)?.since)?);
    Some(Line::of(Role::Warn, format!("△ Its {waited} in line starts again at 0.")))
}

/// What the target is doing.
fn target(card: &Card, cx: &Ctx) -> Option<Line> {
    match &card.target {
        Target::Agent(id) => {
            cx.live.agent(id).map(|agent| to_agent(agent, cx.live.session(&card.session), cx))
        }
        Target::Queue(id) => cx.live.queue(id).map(|queue| to_queue(queue, cx)),
    }
}

fn to_agent(agent: &Agent, session: Option<&Session>, cx: &Ctx) -> Line {
    let (mut state, mut load) = (String::new(), String::new());
    let (state_role, load_role) = (status(agent, &mut state), held(agent, &mut load));
    let mut line = Line::field("", state_role, state);
    if let Some(age) = cx.age(agent.since) {
        line = line.and(Role::Text, format!(" {}", clock::short(age)));
    }
    line = line.and(Role::Quiet, "  holds ").and(load_role, load);
    let Some(session) = session else { return line };
    let need = Need::from(session);
    let measured = qualify(agent, need, cx.handbook.rules);
    let passes = measured.verdict.passes();
    let ranked = passes.then(|| scorer(session, cx).score(agent, need)).flatten();
    let (mut scored, mut placed) = (String::new(), String::new());
    let (score_role, rank_role) = (score(Some(&measured), &mut scored), rank(ranked, &mut placed));
    line.and(Role::Quiet, "  score ")
        .and(score_role, scored)
        .and(Role::Quiet, "  rank ")
        .and(rank_role, placed)
}

fn to_queue(queue: &Queue, cx: &Ctx) -> Line {
    let (shape, role) = words::queue(queue.state);
    let count = |n: Option<u32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let mut line = Line::field("", role, format!("{shape} {}", queue.state.word()))
        .and(Role::Quiet, "  waiting ")
        .and(Role::Text, count(queue.waiting));
    if let Some(age) = cx.age(queue.longest_since) {
        let (shape, role) = limits::wait(age);
        line =
            line.and(Role::Quiet, "  longest ").and(role, format!("{shape}{}", clock::short(age)));
    }
    line.and(Role::Quiet, "  free ").and(Role::Text, count(queue.slots.map(|slots| slots.free)))
}

/// What else is known of the session.
fn known(card: &Card, cx: &Ctx) -> Vec<Line> {
    let Some(session) = cx.live.session(&card.session) else { return Vec::new() };
    // What is asked for here stands above, under that name.
    let asks = if card.asked.words().is_some() { "needs" } else { "asks for" };
    vec![
        Line::field("intent", Role::Text, session.intent.as_deref().unwrap_or("-")),
        Line::field(asks, Role::Text, needs(session)),
        Line::field("id", Role::Quiet, session.id.to_string()),
    ]
}

//! A session: its row, who took part, what was written last.

use jiff::Timestamp;

use super::super::{about, needs};
use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{Ctx, deeds, handoffs, limits, requests},
        widgets::{clock, prose::Line},
    },
    domain::{
        detail::{Attendance, Participant, Purpose, SessionDetail, Speaker, Utterance},
        floor::seconds_since,
        id::SessionId,
        session::Session,
        supervision::OnLoss,
        text::Plain,
    },
    policy::heartbeat::FAILURES,
};

/// The session, and what has been read of it.
pub fn lines(
    id: &SessionId,
    read: Option<&Result<Box<SessionDetail>, Plain>>,
    cx: &Ctx,
) -> Vec<Line> {
    let mut lines = vec![about(id, cx), Line::field("id", Role::Quiet, id.to_string())];
    if let Some(progress) = cx.handoffs.of(id) {
        let mut text = String::new();
        let role = handoffs::badge(progress, cx, &mut text);
        lines.push(Line::field("handoff", role, text));
        lines.extend(progress.stage.reason().map(|why| Line::field("", Role::Text, why.as_str())));
        lines.extend(handoffs::steps(progress).map(|took| Line::field("took", Role::Quiet, took)));
    }
    let detail = read.and_then(|read| read.as_ref().ok());
    if let Some(session) = cx.floor.session(id).or(detail.map(|detail| &detail.session)) {
        lines.extend(row(session, cx));
        lines.extend(kept(id, cx));
        lines.extend(deeds::line(session, cx));
    }
    lines.extend(asked(id, cx));
    lines.push(Line::new());
    match read {
        None => lines.push(Line::of(Role::Quiet, "reading…")),
        Some(Err(reason)) => lines.push(Line::of(Role::Warn, format!("▲ {reason}"))),
        Some(Ok(detail)) => lines.extend(closely(detail, cx)),
    }
    lines
}

/// What its bot has asked for.
fn asked(id: &SessionId, cx: &Ctx) -> Option<Line> {
    let request = cx.request_for(id)?;
    let mut state = String::new();
    let role = requests::standing(request, cx, &mut state);
    let (waited, key) = (requests::waited(request, cx), cx.keymap.hint(Action::PaneInbox));
    let text = format!(" for {}: {}", clock::short(waited), requests::reason(request, cx));
    let line = Line::field("bot asks", role, state).and(Role::Text, text);
    Some(line.and(Role::Quiet, format!("  {key} shows it")))
}

fn row(session: &Session, cx: &Ctx) -> Vec<Line> {
    let text = |text: Option<&Plain>| text.map_or_else(|| "-".to_owned(), |t| t.to_string());
    let share = |name, value: Option<f64>, least| match value {
        Some(value) => {
            let (shape, role) = limits::at_least(value, least);
            Line::field(name, role, format!("{shape}{value:.2}"))
        }
        None => Line::field(name, Role::Quiet, "-"),
    };
    let age = cx.age(session.started).map_or_else(|| "-".to_owned(), clock::short);
    let moves = session.depth.map_or_else(|| "-".to_owned(), |depth| depth.to_string());
    vec![
        Line::field("channel", Role::Text, text(session.channel.as_ref()))
            .and(Role::Quiet, "  open for ")
            .and(Role::Text, age)
            .and(Role::Quiet, "  moves ")
            .and(Role::Text, moves),
        left(session, cx),
        Line::field("intent", Role::Text, text(session.intent.as_ref())),
        share("sure", session.confidence, limits::CONFIDENCE),
        share("mood", session.sentiment, limits::SENTIMENT),
        Line::field("asks for", Role::Text, needs(session)),
    ]
}

fn ending(seconds: u64) -> String {
    let mut out = String::new();
    clock::left(seconds, &mut out);
    out
}

/// How long the org lets the session be if nobody writes.
fn left(session: &Session, cx: &Ctx) -> Line {
    let Some(((ends, why), seconds)) = cx.ends(session).zip(cx.left(session)) else {
        return Line::field("left", Role::Quiet, "-");
    };
    let (shape, role) = limits::left(seconds);
    // A time of day alone would be read as today's.
    let (at, today) = (cx.zone.to_datetime(ends), cx.zone.to_datetime(cx.now).date());
    let day = if at.date() == today { String::new() } else { format!("{} ", at.date()) };
    Line::field("left", role, format!("{shape}{}", ending(seconds)))
        .and(Role::Quiet, format!("  ends {} at {day}{}", why.words(), cx.time_of_day(ends)))
}

/// What keeps the session, or who only watches it, and how that goes.
fn kept(id: &SessionId, cx: &Ctx) -> Vec<Line> {
    let Some(kept) = cx.kept(id) else { return Vec::new() };
    let it = &kept.it;
    let role = match (kept.ending || it.paused, it.hold.keeps_alive()) {
        (true, _) => Role::Warn,
        (false, true) => Role::Good,
        (false, false) => Role::Text,
    };
    let seconds = |at: Timestamp| clock::short(seconds_since(cx.now, at));
    let mut line = Line::field("heartbeat", role, kept.words())
        .and(Role::Quiet, format!("  every {}", clock::short(it.interval.as_secs())));
    if let Some(age) = kept.age(cx.now) {
        line = line.and(Role::Quiet, format!(", the last {} ago", clock::short(age.as_secs())));
    }
    if let Some(due) = it.due.filter(|due| *due > cx.now && !it.paused && !kept.ending) {
        line = line.and(Role::Quiet, format!(", the next in {}", seconds(due)));
    }
    let keeper = match kept.here {
        true => "this console".to_owned(),
        false => format!("{} (pid {})", it.keeper.host, it.keeper.pid),
    };
    let mut lines = vec![line, Line::field("", Role::Quiet, format!("by {keeper}"))];
    if it.failures > 0 {
        let then = match it.on_loss {
            OnLoss::Disconnect => "then it is ended",
            OnLoss::Ask => "then a person is asked",
            OnLoss::Keep => "it is kept on all the same",
        };
        let text = format!("▲ {} of {FAILURES} in a row have failed; {then}", it.failures);
        lines.push(Line::field("", Role::Alarm, text));
    }
    if kept.asks {
        let (end, keep) = (cx.keymap.hint(Action::EndSession), cx.keymap.hint(Action::Supervise));
        let text = format!("End it? {end} ends it, {keep} keeps it on");
        lines.push(Line::field("", Role::Alarm, text));
    }
    lines
}

fn closely(detail: &SessionDetail, cx: &Ctx) -> Vec<Line> {
    let mut lines: Vec<Line> =
        detail.gaps.iter().map(|gap| Line::of(Role::Warn, format!("▲ {gap}"))).collect();
    if let Some(summary) = &detail.summary {
        lines.push(Line::of(Role::Heading, "Summary"));
        lines.push(Line::of(Role::Text, summary.as_str()));
        lines.push(Line::new());
    }
    lines.push(Line::of(Role::Heading, "Messages"));
    match detail.messages.as_slice() {
        [] => lines.push(Line::of(Role::Quiet, "none")),
        messages => lines.extend(messages.iter().map(|message| said(message, cx))),
    }
    lines.push(Line::new());
    lines.push(Line::of(Role::Heading, "Who took part"));
    lines.extend(detail.participants.iter().map(|participant| stayed(participant, cx)));
    lines.push(Line::new());
    let age = clock::short(seconds_since(detail.read_at, cx.now));
    lines.push(Line::of(Role::Quiet, format!("read {age} ago")));
    lines
}

fn said(message: &Utterance, cx: &Ctx) -> Line {
    let role = match message.by {
        Speaker::Guest => Role::Strong,
        Speaker::Bot => Role::Quiet,
        Speaker::Agent => Role::Accent,
    };
    Line::of(Role::Quiet, format!("{} ", cx.time_of_day(message.at)))
        .and(role, format!("{:<6}", message.by.word()))
        .and(Role::Text, message.text.shown())
}

/// From when to when somebody took part, and how that ended.
pub fn stayed(participant: &Participant, cx: &Ctx) -> Line {
    let (shape, role) = match participant.presence {
        Attendance::Alerting => ("◎", Role::Warn),
        Attendance::Connected => ("●", Role::Good),
        Attendance::Parked => ("‖", Role::Quiet),
        Attendance::Gone => ("×", Role::Quiet),
    };
    let at = |at: Option<Timestamp>, none: &str| {
        at.map_or_else(|| none.to_owned(), |at| cx.time_of_day(at))
    };
    // Of who has gone it may not be known when.
    let until = at(participant.until, if participant.is_there() { "now" } else { "-" });
    let name = match (&participant.name, &participant.queue) {
        (Some(name), _) => name.to_string(),
        (None, Some(queue)) if participant.purpose == Purpose::Queue => {
            cx.queue_name(queue).to_string()
        }
        _ => participant.id.short(),
    };
    let mut line = Line::of(Role::Quiet, format!("{} – {until:<8} ", at(participant.from, "-")))
        .and(role, format!("{shape} {:<9}", participant.purpose.word()))
        .and(Role::Text, name);
    if let Some(why) = &participant.ended_by {
        line = line.and(Role::Quiet, format!("  {why}"));
    }
    line
}

//! What the health pane tells, a function for each section.

use jiff::Timestamp;

use super::figures::figures;
use crate::{
    console::{
        theme::Role,
        view::{Ctx, words, words::grouped},
        widgets::{clock, prose::Line},
    },
    domain::{floor::seconds_since, inbox::State, text::Plain},
    engine::{Anchored, Link, Mailbox, Me, Ward},
};

/// The sections for a pane of so many columns, in their order on the screen.
pub const ALL: &[fn(&Ctx, u16) -> Vec<Line>] =
    &[link, budget, beats, intake, inbox, post, store, figures];

/// Columns for a value that is told outside the pane: there it is wrapped.
const ALONE: u16 = 400;

/// What is told under this name, in words, and how it looks. All that other systems are told counts as one.
pub fn value(name: &str, cx: &Ctx) -> (Role, String) {
    if name == OUTBOX {
        return outbox(cx);
    }
    let lines = || ALL.iter().flat_map(|section| section(cx, ALONE));
    let told = lines().find(|line| line.pieces().next().is_some_and(|it| it.0.trim() == name));
    let pieces: Vec<_> = told.iter().flat_map(Line::pieces).skip(1).collect();
    // How it is shows in the first of them that is more than words between values.
    let role = pieces.iter().map(|it| it.1).find(|role| *role != Role::Quiet);
    (role.unwrap_or(Role::Quiet), pieces.iter().map(|it| it.0.as_str()).collect())
}

fn outbox(cx: &Ctx) -> (Role, String) {
    let Some(post) = &cx.pulse.post else { return (Role::Quiet, String::new()) };
    let dead = post.targets.iter().any(|mailbox| mailbox.dead > 0);
    let told = post.targets.iter().map(|mailbox| match &mailbox.host {
        None => format!("{} no address", mailbox.name),
        Some(_) => {
            let Mailbox { name, waiting, told, dead, .. } = mailbox;
            let counts = [waiting, told, dead].map(|count| grouped(*count));
            format!("{name} waiting {} told {} dead {}", counts[0], counts[1], counts[2])
        }
    });
    let told = told.collect::<Vec<_>>().join("; ");
    let text = if told.is_empty() { NO_TARGETS.to_owned() } else { told };
    (if dead { Role::Alarm } else { Role::Text }, text)
}

/// What is told of other systems, whatever they are called.
const OUTBOX: &str = "outbox";

const NO_TARGETS: &str = "no other system is told anything";

/// What is not known, under its name.
pub(super) fn unknown(name: &str) -> Vec<Line> {
    vec![Line::field(name, Role::Quiet, "-")]
}

/// How long until `at`.
fn until(at: Timestamp, cx: &Ctx) -> String {
    clock::short(seconds_since(cx.now, at))
}

/// Why something fails, under what fails.
fn trouble(why: &Plain) -> Line {
    Line::field("", Role::Alarm, format!("✗ {why}"))
}

/// Between two parts of a field.
const GAP: &str = "  ";

/// A field of several parts, none of which is torn apart.
pub(super) fn parts(name: &str, parts: Vec<Line>, width: u16) -> Vec<Line> {
    let mut lines = vec![Line::field(name, Role::Text, "")];
    for part in parts {
        let used = lines.last().map_or(0, Line::columns);
        let blank = Line::field("", Role::Text, "");
        let follows = used > blank.columns();
        let fits = used + GAP.len() as u16 + part.columns() <= width;
        if follows && !fits {
            lines.push(blank);
        }
        if let Some(line) = lines.pop() {
            let line = if follows && fits { line.and(Role::Text, GAP) } else { line };
            lines.push(part.pieces().fold(line, |l, (text, role)| l.and(*role, text.as_str())));
        }
    }
    lines
}

/// `640 B`, `12.4 MB`: what takes place on a disk is counted in thousands.
fn bytes(count: u64) -> String {
    let (mut rest, mut unit) = (count, 0);
    while rest >= 1_000_000 && unit < 3 {
        (rest, unit) = (rest / 1_000, unit + 1);
    }
    match (rest, unit) {
        (rest @ 0..1_000, 0) => format!("{rest} B"),
        (rest, unit) => {
            let tenths = rest / 100;
            format!("{}.{} {}", tenths / 10, tenths % 10, ["kB", "MB", "GB", "TB"][unit])
        }
    }
}

fn link(cx: &Ctx, _width: u16) -> Vec<Line> {
    let age = cx.data_age().map_or_else(|| "-".to_owned(), clock::short);
    let (role, state, why) = match &cx.pulse.link {
        Link::Connecting => (Role::Accent, "◌ connecting".to_owned(), None),
        Link::Live => match cx.awaited() {
            Some(awaited) => (Role::Warn, format!("◌ no answer {}", clock::short(awaited)), None),
            None => (Role::Good, "● live".to_owned(), None),
        },
        Link::Stale { reason } => (Role::Warn, "◐ stale".to_owned(), Some(reason)),
        Link::Retrying { at, reason } => {
            (Role::Alarm, format!("✗ again in {}", until(*at, cx)), Some(reason))
        }
    };
    let org = cx.pulse.org.as_ref().unwrap_or(&cx.context);
    let token = cx.pulse.token_until.map_or_else(|| "-".to_owned(), |at| until(at, cx));
    let mut lines = vec![
        Line::field("link", role, state)
            .and(Role::Quiet, "  data ")
            .and(Role::Text, age)
            .and(Role::Quiet, " old  org ")
            .and(Role::Text, org.as_str()),
    ];
    lines.extend(why.map(|why| Line::field("", role, why.as_str())));
    if let Some(pause) = &cx.pulse.waiting {
        let text = format!("△ {} again in {}: ", pause.what, until(pause.until, cx));
        lines.push(Line::field("", Role::Warn, text).and(Role::Text, pause.why.as_str()));
    }
    let token = Line::field("token", Role::Quiet, "replaced in ").and(Role::Text, token);
    lines.push(match &cx.pulse.me {
        Some(Me::Person(account)) => {
            token.and(Role::Quiet, ", you are ").and(Role::Strong, account.label().as_str())
        }
        _ => token,
    });
    lines
}

/// In the order of the budget's lanes, each as wide as those below it where three stand in a row.
const LANES: [(&str, usize); 5] =
    [("operator", 8), ("beats", 10), ("screen", 6), ("looks", 8), ("background", 10)];

/// Cells of a lane's bar.
const BAR: u32 = 5;

fn budget(cx: &Ctx, width: u16) -> Vec<Line> {
    let gauge = cx.pulse.gauge;
    if gauge.allowed == 0 {
        return unknown("budget");
    }
    let (spent, left) = (gauge.spent, gauge.left);
    let role = if left.saturating_mul(5) < gauge.allowed { Role::Alarm } else { Role::Text };
    let shape = if role == Role::Alarm { "▲ " } else { "" };
    let sum = Line::field("budget", role, format!("{shape}{left} of {} left", gauge.allowed))
        .and(Role::Quiet, format!(", {spent} spent in the last minute"));
    let lanes = LANES.into_iter().zip(gauge.lanes);
    let lanes = lanes.map(|(named, spent)| lane(named, spent, gauge.allowed)).collect();
    [vec![sum], parts("", lanes, width)].concat()
}

/// What a lane has spent of what all of them may.
fn lane((name, wide): (&str, usize), spent: u32, allowed: u32) -> Line {
    let full = spent.saturating_mul(BAR).div_ceil(allowed).min(BAR);
    let cells = |count: u32, cell: &str| cell.repeat(usize::try_from(count).unwrap_or(0));
    Line::of(Role::Quiet, format!("{name:<wide$} "))
        .and(Role::Text, format!("{spent:>4} {}", cells(full, "▰")))
        .and(Role::Quiet, cells(BAR - full, "▱"))
}

fn beats(cx: &Ctx, _width: u16) -> Vec<Line> {
    let Some(ward) = &cx.pulse.ward else { return unknown("heartbeats") };
    let here = ward.kept.values().filter(|kept| kept.here).count();
    let elsewhere = ward.kept.len() - here;
    let asks = ward.kept.values().filter(|kept| kept.asks).count();
    let mut line = Line::field("heartbeats", Role::Text, format!("{here} kept here"))
        .and(Role::Quiet, format!(", {elsewhere} by others"));
    if asks > 0 {
        line = line.and(Role::Alarm, format!("  ▲ {asks} lost"));
    }
    let mut lines = vec![line, sent(ward)];
    if let Some(why) = &ward.paused {
        lines.push(Line::field("", Role::Warn, format!("‖ paused: {why}")));
    }
    lines
}

fn sent(ward: &Ward) -> Line {
    let beats = ward.beats;
    let failed = if beats.failed > 0 { Role::Warn } else { Role::Text };
    let line = Line::field("", Role::Quiet, "sent ")
        .and(Role::Text, grouped(beats.sent))
        .and(Role::Quiet, "  late ")
        .and(Role::Text, grouped(beats.late))
        .and(Role::Quiet, "  failed ")
        .and(failed, grouped(beats.failed))
        .and(Role::Quiet, "  intervals ");
    match ward.stretch {
        stretch if stretch > 1.005 => line.and(Role::Warn, format!("△ {stretch:.2}× as long")),
        stretch if stretch > 0.0 => line.and(Role::Text, "as set"),
        _ => line.and(Role::Quiet, "-"),
    }
}

fn intake(cx: &Ctx, _width: u16) -> Vec<Line> {
    let mut lines = vec![match &cx.pulse.intake {
        Some(address) => Line::field("intake", Role::Text, address.as_str()),
        None => Line::field("intake", Role::Quiet, "no webhooks are taken in here"),
    }];
    lines.extend(shut(&cx.withheld.intake).filter(|_| cx.pulse.intake.is_none()));
    lines
}

/// Why a door is shut that the configuration has for another org.
fn shut(why: &Option<String>) -> Option<Line> {
    why.as_ref().map(|why| Line::field("", Role::Quiet, why.as_str()))
}

fn inbox(cx: &Ctx, width: u16) -> Vec<Line> {
    let Some(inbox) = &cx.pulse.inbox else { return unknown("inbox") };
    if inbox.requests.is_empty() {
        return vec![Line::field("inbox", Role::Quiet, "empty")];
    }
    let counted = State::WORDS.into_iter().filter_map(|word| {
        let all = || inbox.requests.iter().filter(|request| request.state.word() == word);
        let (shape, role) = words::request(&all().next()?.state);
        Some(Line::of(role, format!("{shape} {} {word}", all().count())))
    });
    parts("inbox", counted.collect(), width)
}

fn post(cx: &Ctx, width: u16) -> Vec<Line> {
    let Some(post) = &cx.pulse.post else { return unknown(OUTBOX) };
    let mut lines: Vec<Line> =
        post.targets.iter().flat_map(|mailbox| target(mailbox, width, cx)).collect();
    if post.targets.is_empty() {
        lines.push(Line::field(OUTBOX, Role::Quiet, NO_TARGETS));
    }
    let told = post.targets.iter().any(|mailbox| mailbox.host.is_some());
    lines.extend(shut(&cx.withheld.outbox).filter(|_| !told));
    lines
}

fn target(mailbox: &Mailbox, width: u16, cx: &Ctx) -> Vec<Line> {
    let name = mailbox.name;
    let Some(host) = &mailbox.host else {
        return vec![Line::field(name, Role::Quiet, "is told nothing: it has no address")];
    };
    let count = |name: &str, count: u64, role: Role| {
        let role = if count > 0 { role } else { Role::Text };
        Line::of(Role::Quiet, format!("{name} ")).and(role, grouped(count))
    };
    let mut waiting = count("waiting", mailbox.waiting, Role::Strong);
    if let Some(oldest) = mailbox.oldest {
        let age = clock::short(seconds_since(oldest, cx.now));
        waiting = waiting.and(Role::Quiet, format!(", oldest {age}"));
    }
    let average = mailbox.latency_ms.map_or_else(|| "-".to_owned(), clock::took);
    let told = count("told", mailbox.told, Role::Text)
        .and(Role::Quiet, ", each in ")
        .and(Role::Text, average);
    let host = Line::of(Role::Text, host.as_str());
    let dead = count("dead", mailbox.dead, Role::Alarm);
    let mut lines = parts(name, vec![host, waiting, dead, told], width);
    if let Some(why) = &mailbox.trouble {
        let again = mailbox.again.map(|at| format!("; again in {}", until(at, cx)));
        lines.push(trouble(why).and(Role::Text, again.unwrap_or_default()));
    }
    lines
}

fn store(cx: &Ctx, _width: u16) -> Vec<Line> {
    let Some(store) = &cx.pulse.store else { return unknown("store") };
    let size = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), bytes);
    let records = u64::try_from(store.records).map_or_else(|_| "-".to_owned(), grouped);
    let mut lines = vec![
        Line::field("store", Role::Text, records)
            .and(Role::Quiet, " audit records  takes ")
            .and(Role::Text, size(store.bytes))
            .and(Role::Quiet, "  free ")
            .and(Role::Text, size(store.free)),
    ];
    lines.extend(store.trouble.as_ref().map(trouble));
    lines.extend(cx.pulse.anchored.as_ref().and_then(unsigned));
    lines
}

/// Why the log's head is not signed, or must not be.
fn unsigned(anchored: &Anchored) -> Option<Line> {
    let Anchored { trouble: why, bad, .. } = anchored;
    let why = why.as_ref().map(|why| format!("✗ checkpoints: {why}"));
    let bad = bad.as_ref().map(|bad| format!("✗ the audit log is not as it was written: {bad}"));
    why.or(bad).map(|text| Line::field("", Role::Alarm, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_can_be_read() {
        assert_eq!([0, 999, 1_204, 1_000_000].map(grouped), ["0", "999", "1,204", "1,000,000"]);
        let sizes = [640, 1_500, 999_999, 12_430_000, 40_000_000_000, 2_500_000_000_000];
        let read = sizes.map(bytes);
        assert_eq!(read, ["640 B", "1.5 kB", "999.9 kB", "12.4 MB", "40.0 GB", "2.5 TB"]);
    }
}

//! The header: whose floor this is, whether it can be believed, and how it is doing.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        theme::Role,
        view::{
            Ctx, alarms, requests,
            sums::{LONGEST, Sum, sums},
        },
        widgets::{clock, prose, prose::Line},
    },
    domain::floor::seconds_since,
    engine::Link,
};

/// Draws it: on one line where there is room for everything, else on two. A part that does not fit is left out
/// whole: half of one would be taken for another.
pub fn draw(buf: &mut Buffer, area: Rect, cx: &Ctx, engine_gone: bool) {
    let brief = state(cx, engine_gone);
    let right = right(cx, area.width.saturating_sub(brief.columns() + LEAST_NAME));
    let taken = right.columns();
    let at = area.right().saturating_sub(taken);
    prose::line(buf, at, area.y, taken, &right, cx.theme);
    let room = area.width.saturating_sub(taken + 2);
    let fits = |line: &Line, least: u16| line.columns() + least <= room;
    let full = waiting(brief.clone(), cx);
    let link = if fits(&full, LEAST_NAME) { full } else { brief };
    let name = prose::shortened(&cx.named_org(), room.saturating_sub(link.columns() + 4), 1);
    let name = name.into_iter().next().unwrap_or_default().and(Role::Text, "  ");
    let link = name.with(&link);
    // The bar only repeats the figures.
    let budgets = [true, false].map(|bar| budget(link.clone().and(Role::Text, "  "), cx, bar));
    let left = budgets.into_iter().find(|line| fits(line, 0)).unwrap_or(link);
    let (line, from, room) = match area.height {
        1 => (0, left.and(Role::Quiet, "  │  "), room),
        _ => {
            prose::line(buf, area.x + 1, area.y, room, &left, cx.theme);
            (1, Line::new(), area.width.saturating_sub(2))
        }
    };
    let roomy = figures(cx, true).into_iter().fold(from.clone(), |line, it| line.with(&it));
    let sums = match roomy.columns() <= room {
        true => roomy,
        false => as_many(from, figures(cx, false), room),
    };
    let shift = shift(sums.clone(), cx);
    let sums = if shift.columns() <= room { shift } else { sums };
    prose::line(buf, area.x + 1, area.y + line, room, &sums, cx.theme);
}

/// `line` with as many of `parts` as fit in `room`, the first ones first.
fn as_many(line: Line, parts: Vec<Line>, room: u16) -> Line {
    let mut line = line;
    for part in parts {
        let longer = line.clone().with(&part);
        // The gap behind the last one needs no room.
        if longer.columns() > room + 1 {
            break;
        }
        line = longer;
    }
    line
}

/// What stands at the right in so many columns. Whether the rows can be believed is worth more than what time
/// it is, then than what somebody knows already; that nothing is done from here, and that the picture stands
/// still, is said in any case.
fn right(cx: &Ctx, room: u16) -> Line {
    let parts = doings(cx);
    let all = parts.iter().fold(Line::new(), |line, (_, it)| line.with(it));
    let timed = clocked(all, cx);
    if timed.columns() <= room {
        return timed;
    }
    let mut least = parts.len();
    loop {
        let kept = parts.iter().filter(|(rank, _)| *rank < least);
        let line = kept.fold(Line::new(), |line, (_, it)| line.with(it));
        if line.columns() <= room || least <= 1 {
            return line;
        }
        least -= 1;
    }
}

/// How handoffs have fared in the last hours, where there is room to say it.
fn shift(line: Line, cx: &Ctx) -> Line {
    let Some(stats) = &cx.pulse.figures else { return line };
    let took = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), clock::took);
    let accepted = stats.acceptance.map(|share| format!("{:.0}%", share * 100.0));
    line.and(Role::Quiet, "  │  8 h: accepted ")
        .and(Role::Text, accepted.unwrap_or_else(|| "-".to_owned()))
        .and(Role::Quiet, "  to a human ")
        .and(Role::Text, took(stats.time_to_human_ms.p50))
}

/// So many columns of the org's name, with what stands around it, are left of it at least.
const LEAST_NAME: u16 = 14;

pub(super) fn state_and_clock(cx: &Ctx) -> Line {
    clocked(doings(cx).into_iter().fold(Line::new(), |line, (_, it)| line.with(&it)), cx)
}

fn clocked(line: Line, cx: &Ctx) -> Line {
    if !cx.clock {
        return line;
    }
    let time = cx.zone.to_datetime(cx.now).time();
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let clock = match cx.low_bandwidth {
        true => format!("{hour:02}:{minute:02} "),
        false => format!("{hour:02}:{minute:02}:{second:02} "),
    };
    line.and(Role::Text, clock)
}

/// What keeps the console from acting, or asks for somebody to, each part with its rank: what counts for less
/// has a greater one.
fn doings(cx: &Ctx) -> Vec<(usize, Line)> {
    let mut parts = Vec::new();
    if cx.read_only {
        parts.push((0, Line::of(Role::Warn, "⊘ read-only  ")));
    } else if cx.locked {
        parts.push((0, Line::of(Role::Warn, "⊘ locked  ")));
    }
    if let Some(since) = cx.frozen {
        let age = clock::short(cx.shown(seconds_since(since, cx.now)));
        parts.push((0, Line::of(Role::Warn, format!("‖ FROZEN {age}  "))));
    }
    // How many alarms are raised that nobody has acknowledged, and how many hold that somebody has.
    let told = [(1, Role::Alarm, alarms::headline(cx)), (3, Role::Quiet, alarms::known_of(cx))];
    parts.extend(
        told.into_iter()
            .filter_map(|(rank, role, text)| Some((rank, Line::of(role, format!("{}  ", text?))))),
    );
    parts.extend(asked(cx).map(|line| (2, line)));
    parts
}

/// How many wait for a person, by what the longest of them has waited.
fn asked(cx: &Ctx) -> Option<Line> {
    let requests = || cx.pulse.inbox.iter().flat_map(|inbox| inbox.proposed());
    let longest = requests().map(|request| requests::waited(request, cx)).max()?;
    let (shape, role) = requests::urgency(longest);
    Some(Line::of(role, format!("{shape} {} asked  ", requests().count())))
}

pub(super) fn link(cx: &Ctx, engine_gone: bool) -> Line {
    cx.named_org().and(Role::Text, "  ").with(&waiting(state(cx, engine_gone), cx))
}

/// Whether what is shown can be believed, and how old it is.
fn state(cx: &Ctx, engine_gone: bool) -> Line {
    let line = Line::new();
    if engine_gone {
        return line.and(Role::Alarm, "✗ stopped");
    }
    let (role, state) = match &cx.pulse.link {
        Link::Connecting => (Role::Accent, "◌ connecting".to_owned()),
        // Between an answer and the time limit of the next one a floor that stands still looks alive.
        Link::Live => match cx.awaited() {
            Some(awaited) if cx.clock => {
                (Role::Warn, format!("◌ no answer {}", clock::short(awaited)))
            }
            Some(_) => (Role::Warn, "◌ no answer".to_owned()),
            None => (Role::Good, "● live".to_owned()),
        },
        Link::Stale { .. } => (Role::Warn, "◐ stale".to_owned()),
        Link::Retrying { at, .. } => {
            let left = seconds_since(cx.now, *at);
            let when = match left {
                0 => "now".to_owned(),
                left => format!("in {}", clock::short(left)),
            };
            (Role::Alarm, format!("✗ retrying {when}"))
        }
    };
    let counts_down =
        matches!(cx.pulse.link, Link::Retrying { .. }) || cx.awaited().is_some_and(|_| cx.clock);
    let line = line.and(role, state);
    match cx.data_age() {
        // Without a clock an age would soon be wrong: a time of day is not.
        Some(_) if !cx.clock => match cx.pulse.data_from.filter(|_| cx.is_stale()) {
            Some(from) => line.and(role, format!(", data of {}", cx.time_of_day(from))),
            None => line,
        },
        // Two durations side by side would read as one.
        Some(age) if counts_down => line.and(role, format!(", {} old", clock::short(age))),
        // While all is well it goes up and down between two reads: a bound says as much, and stands still.
        Some(age) if cx.pulse.link == Link::Live => {
            line.and(role, format!(" <{}", clock::short((age / 10 + 1) * 10)))
        }
        Some(age) => line.and(role, format!(" {}", clock::short(age))),
        None => line,
    }
}

/// What is tried again in a moment: a person who has pressed a key must see why nothing moves. Not where the
/// link itself says so, and not without a clock or an age.
fn waiting(line: Line, cx: &Ctx) -> Line {
    let counts_down =
        matches!(cx.pulse.link, Link::Retrying { .. }) || cx.awaited().is_some_and(|_| cx.clock);
    let told = cx.clock && !counts_down && cx.data_age().is_some();
    match cx.pulse.waiting.as_ref().filter(|_| told) {
        Some(pause) => {
            let left = clock::short(seconds_since(cx.now, pause.until));
            line.and(Role::Warn, format!("  △ {} again in {left}", pause.what))
        }
        None => line,
    }
}

/// Requests left of those allowed in a minute, in tenths and, with room, as a bar; to the last one when
/// there are few.
fn budget(line: Line, cx: &Ctx, bar: bool) -> Line {
    let gauge = cx.pulse.gauge;
    let line = line.and(Role::Quiet, "API ");
    if gauge.allowed == 0 {
        return line.and(Role::Quiet, "-");
    }
    let left = gauge.left.min(gauge.allowed);
    let share = left.saturating_mul(100) / gauge.allowed;
    let (shape, role) = match share {
        0..20 => ("▲", Role::Alarm),
        20..40 => ("△", Role::Warn),
        _ => ("", Role::Text),
    };
    let tenths = (share + 5) / 10;
    let line = match share {
        0..40 => line.and(role, format!("{shape}{} of {} left", gauge.left, gauge.allowed)),
        _ => line.and(role, format!("{}% left", tenths * 10)),
    };
    if !bar {
        return line;
    }
    let full = usize::try_from(tenths).unwrap_or(0);
    line.and(role, format!(" {}", "▰".repeat(full)))
        .and(Role::Quiet, "▱".repeat(10_usize.saturating_sub(full)))
}

/// The sums; closer together for a large floor on a narrow screen.
fn figures(cx: &Ctx, roomy: bool) -> Vec<Line> {
    let gap = if roomy { "  " } else { " " };
    let named = |sum: Sum| {
        // What is wrong with it shows that it is a time.
        let name =
            if sum.name == LONGEST && !roomy { String::new() } else { format!("{} ", sum.name) };
        Line::of(Role::Quiet, name).and(sum.role, sum.value).and(Role::Text, gap)
    };
    sums(cx).into_iter().map(named).collect()
}

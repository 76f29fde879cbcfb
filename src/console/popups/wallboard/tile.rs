//! One figure of the wallboard, with its name and what is wrong with it in words.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    theme::Role,
    view::{Ctx, Handed, limits},
    widgets::{clock, digits, paint, prose, prose::Line},
};

/// A figure.
#[derive(Debug)]
pub struct Tile {
    name: &'static str,
    /// The figure itself.
    pub figure: String,
    /// How it is.
    role: Role,
    /// What is wrong, or else worth knowing.
    note: String,
}

impl Tile {
    fn new(name: &'static str, figure: Option<String>) -> Self {
        let role = if figure.is_some() { Role::Strong } else { Role::Quiet };
        let figure = figure.unwrap_or_else(|| "-".to_owned());
        Self { name, figure, role, note: String::new() }
    }

    fn noted(self, role: Role, note: impl Into<String>) -> Self {
        Self { role, note: note.into(), ..self }
    }

    /// Draws name, note and figure; the figure as plain text where blocks have no room.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, scale: (u16, u16), cx: &Ctx) {
        let role = if cx.is_stale() { Role::Quiet } else { self.role };
        let line = Line::of(Role::Text, self.name).and(role, format!("  {}", self.note));
        let width = area.width.saturating_sub(2);
        let x = area.x + 1;
        let mut y = area.y;
        prose::line(buf, x, y, width, &line, cx.theme);
        y += 1;
        let blocks = digits::blocks(&self.figure) * scale.0;
        if scale.1 == 0 || blocks > width {
            paint::text(buf, x, y, width, &self.figure, cx.theme.style(role));
            return;
        }
        let height = digits::HEIGHT * scale.1;
        digits::draw(buf, Rect { x, y, width, height }, &self.figure, scale, cx.theme.style(role));
    }
}

/// All of them, in the order in which they are read.
pub fn tiles(handed: Option<Handed>, cx: &Ctx) -> [Tile; 6] {
    [waiting(cx), longest(cx), in_time(cx), agents(cx), bots(cx), handoffs(handed)]
}

/// True if the sums over sessions are those of the floor.
fn counted(cx: &Ctx) -> bool {
    cx.floor.loading.sessions_known && cx.lists_sessions
}

fn waiting(cx: &Ctx) -> Tile {
    let figures = &cx.floor.figures;
    let tile = Tile::new("waiting", counted(cx).then(|| figures.waiting.to_string()));
    let unserved = cx.floor.loading.agents_known && figures.idle == 0;
    match counted(cx) && figures.waiting > 0 && unserved {
        true => tile.noted(Role::Alarm, "▲ nobody is free"),
        false => tile,
    }
}

fn longest(cx: &Ctx) -> Tile {
    let since = cx.floor.figures.longest_since.filter(|_| counted(cx));
    let Some(age) = cx.age(since) else {
        let nobody = counted(cx).then(|| "0s".to_owned());
        return Tile::new("longest wait", nobody);
    };
    let mut figure = String::new();
    clock::span(age, &mut figure);
    let tile = Tile::new("longest wait", Some(figure));
    match limits::wait(age) {
        (shape, Role::Alarm) => tile.noted(Role::Alarm, format!("{shape}too long")),
        (shape, Role::Warn) => tile.noted(Role::Warn, format!("{shape}long")),
        _ => tile,
    }
}

fn in_time(cx: &Ctx) -> Tile {
    let level = cx.floor.figures.service_level;
    let tile = Tile::new("in time", level.map(|level| format!("{:.0}%", level * 100.0)));
    let misses = |queue: &&crate::domain::queue::Queue| {
        let level = queue.service_level.and_then(|level| level.ratio().zip(level.target));
        level.is_some_and(|(ratio, target)| ratio < target)
    };
    match cx.floor.queues.iter().filter(misses).count() {
        0 => tile,
        n => tile.noted(Role::Warn, format!("▾ {n} below goal")),
    }
}

fn agents(cx: &Ctx) -> Tile {
    let (figures, known) = (&cx.floor.figures, cx.floor.loading.agents_known);
    let figure = known.then(|| format!("{}/{}", figures.idle, figures.on_queue));
    let tile = Tile::new("free/on queue", figure);
    match (figures.idle, figures.on_queue) {
        _ if !known => tile,
        (_, 0) => tile.noted(Role::Alarm, "▲ nobody"),
        (0, _) => tile.noted(Role::Alarm, "▲ none"),
        _ => tile,
    }
}

fn bots(cx: &Ctx) -> Tile {
    let asked = cx.pulse.inbox.iter().flat_map(|inbox| inbox.proposed()).count();
    let tile = Tile::new("with bots", counted(cx).then(|| cx.floor.figures.bots.to_string()));
    if asked > 0 { tile.noted(Role::Warn, format!("△ {asked} asked for")) } else { tile }
}

fn handoffs(handed: Option<Handed>) -> Tile {
    let figure = handed.map(|Handed { count, whole }| match whole {
        true => count.to_string(),
        false => format!("{count}+"),
    });
    let tile = Tile::new("handoffs, 1 h", figure);
    match handed {
        Some(Handed { whole: false, .. }) => tile.noted(Role::Strong, "at least"),
        _ => tile,
    }
}

//! The floor for a second screen: figures that can be read across a room, and the last hour below.
//!
//! It takes the whole screen and no keys: whichever is pressed, the console is back. What colours say
//! stands in words beside the figure, and a figure that is not known is `-`.

mod tile;

use jiff::{SignedDuration, Timestamp};
use ratatui::{buffer::Buffer, layout::Rect};

use self::tile::{Tile, tiles};
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{Ctx, Handed, Outcome, View},
        widgets::{
            chart::{Chart, round_top},
            digits,
            prose::Line,
        },
    },
    domain::trend::Sample,
};

/// Tiles side by side, and one under the other.
const TILES: (u16, u16) = (3, 2);

/// Rows at the top that are the app's: whose floor, and what is wrong.
pub const HEAD: u16 = 2;

/// Rows of a tile besides its figure.
const AROUND: u16 = 2;

/// The least rows that charts are drawn on.
const CHARTS: u16 = 5;

/// Blocks that every figure is given room for, so that none changes its size with every digit.
const USUAL: u16 = 17;

/// The wallboard.
#[derive(Debug, Default)]
pub struct Wallboard {
    handed: Option<Handed>,
    left: bool,
}

impl Wallboard {
    /// Takes in how many were handed off; `None` while nobody knows.
    pub fn tell(&mut self, handed: Option<Handed>) {
        self.handed = handed;
    }
}

/// Where the figures stand, and the room below them.
fn split(area: Rect) -> (Vec<Rect>, u16, Rect) {
    let body = area.height.saturating_sub(HEAD);
    // Nearly half of the screen is for the figures, and the rest for the hour.
    let high = (area.height * 9 / 20 / TILES.1).saturating_sub(AROUND) / digits::HEIGHT;
    let fits = body >= TILES.1 * (digits::HEIGHT + AROUND);
    let scale = if fits { high.max(1) } else { 0 };
    let height = if fits { scale * digits::HEIGHT + AROUND } else { (body / TILES.1).min(3) };
    let width = area.width / TILES.0;
    let place = |n: u16| Rect {
        x: area.x + n % TILES.0 * width,
        y: area.y + HEAD + n / TILES.0 * height,
        width,
        height,
    };
    let used = HEAD + TILES.1 * height;
    let below = Rect {
        y: area.y + used.min(area.height),
        height: area.height.saturating_sub(used),
        ..area
    };
    ((0..TILES.0 * TILES.1).map(place).collect(), scale, below)
}

/// Cells of a block across: as many as the widest figure has room for, and no more than look good.
fn across(tiles: &[Tile], width: u16, down: u16) -> u16 {
    let widest = tiles.iter().map(|tile| digits::blocks(&tile.figure)).max().unwrap_or(0);
    (width.saturating_sub(3) / widest.max(USUAL)).clamp(1, (2 * down).max(1))
}

/// Both charts, side by side where there is room for two.
fn draw_charts(buf: &mut Buffer, area: Rect, cx: &Ctx) {
    if area.height < CHARTS {
        return;
    }
    let until = cx.trends.until(cx.picture());
    let hour = cx.trends.whole().hour(until);
    let clock = |at: Timestamp| cx.time_of_day(at).chars().take(5).collect::<String>();
    let (from, to) = (clock(until - SignedDuration::from_mins(59)), clock(until));
    let values = |value: fn(&Sample) -> Option<u32>| hour.each_ref().map(value);
    let waiting = values(|sample| sample.waiting.map(u32::from));
    let levels = values(|sample| sample.level.map(u32::from));
    let both = area.width >= 60;
    let width = if both { area.width / 2 - 1 } else { area.width };
    let place = |x: u16| Rect { x, width: width.saturating_sub(1), ..area };
    let role = if cx.is_stale() { Role::Quiet } else { Role::Text };
    let chart = |name: &str, values, top, unit| Chart {
        title: titled(name, values, unit),
        values,
        top,
        unit,
        ends: (&from, &to),
        role,
    };
    let most = round_top(waiting.iter().flatten().max().copied().unwrap_or(0));
    chart("waiting", &waiting, most, "").draw(buf, place(area.x), cx.theme);
    if both {
        let right = place(area.x + area.width / 2);
        chart("in time", &levels, 100, "%").draw(buf, right, cx.theme);
    }
}

/// What a chart is of, with its ends in figures.
fn titled(name: &str, values: &[Option<u32>], unit: &str) -> Line {
    let line = Line::of(Role::Strong, format!(" {name}")).and(Role::Quiet, ", the last hour");
    let known = || values.iter().flatten();
    match (known().min(), known().max()) {
        (Some(least), Some(most)) => {
            line.and(Role::Quiet, format!(": {least}{unit} to {most}{unit}"))
        }
        _ => line.and(Role::Quiet, ": not known yet"),
    }
}

impl View for Wallboard {
    fn actions(&self) -> &'static [Action] {
        &[]
    }

    fn handle(&mut self, _action: Action, _cx: &Ctx) -> Outcome {
        Outcome::Close
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let tiles = tiles(self.handed, cx);
        let (places, down, below) = split(area);
        let width = places.first().map_or(0, |place| place.width);
        let scale = (across(&tiles, width, down), down);
        for (tile, place) in tiles.iter().zip(places) {
            tile.draw(buf, place, scale, cx);
        }
        draw_charts(buf, below, cx);
    }

    /// Every press is taken as text is: none may mean anything that is not on the screen.
    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, _chord: Chord, _cx: &Ctx) {
        self.left = true;
    }

    fn take_typed(&mut self) -> Outcome {
        if std::mem::take(&mut self.left) { Outcome::Close } else { Outcome::Done }
    }

    fn most_pasted(&self) -> usize {
        0
    }
}

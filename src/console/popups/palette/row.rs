//! A row of the palette: what it is, its name, what there is to know of it, and its keys.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Offer, index::Kind};
use crate::{
    console::{
        orgs::Org,
        theme::Role,
        view::{Ctx, cells, gate, words},
        widgets::{clock, paint, prose, prose::Line},
    },
    domain::{agent::Agent, floor::Floor, queue::Queue, session::Session},
};

/// What a row shows.
#[derive(Debug, Default)]
pub struct Row {
    kind: &'static str,
    name: Line,
    told: Line,
    keys: String,
}

/// The columns of what it is and of its name; a gap is in them.
const KIND: u16 = 9;
const NAME: u16 = 24;

/// What an action is called: by its name in the keymap, or by what it does here alone.
fn called(offer: &Offer) -> String {
    let action = offer.action;
    match offer.verb == action.verb() && !action.is_pane() {
        true => action.name().replace('-', " "),
        false => offer.verb.to_owned(),
    }
}

/// What an action is found by.
pub fn searched(offer: &Offer) -> String {
    let (called, name) = (called(offer), offer.action.name());
    format!("{called} {name} {}", offer.action.verb())
}

/// The row of the nth thing of a kind.
pub fn row(kind: Kind, nth: usize, offers: &[Offer], floor: &Floor, cx: &Ctx) -> Row {
    let row = match kind {
        Kind::Action => offers.get(nth).map(|offer| of_action(offer, cx)),
        Kind::Queue => floor.queues.get(nth).map(|queue| of_queue(queue, cx)),
        Kind::Agent => floor.agents.get(nth).map(of_agent),
        Kind::Session => floor.sessions.get(nth).map(|session| of_session(session, cx)),
        // They are not of this floor.
        Kind::Context => None,
    };
    row.unwrap_or_default()
}

fn of_action(offer: &Offer, cx: &Ctx) -> Row {
    let (role, told) = match &offer.lacks {
        Some(refusal) => (Role::Quiet, format!("⊘ {}", refusal.0)),
        None => (Role::Strong, offer.action.help().to_owned()),
    };
    let chords = cx.keymap.chords(offer.action);
    Row {
        kind: if offer.action.is_pane() { "pane" } else { "action" },
        name: Line::of(role, called(offer)),
        told: Line::of(Role::Quiet, told),
        keys: chords.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

fn of_queue(queue: &Queue, cx: &Ctx) -> Row {
    let (shape, role) = words::queue(queue.state);
    let mut told = Line::of(role, format!("{shape} {}", queue.state.word()));
    if let Some(waiting) = queue.waiting {
        told = told.and(Role::Text, format!("  {waiting} waiting"));
    }
    if let Some(age) = cx.age(queue.longest_since) {
        told = told.and(Role::Text, format!(", the longest {}", clock::short(age)));
    }
    Row { kind: "queue", name: Line::of(Role::Text, queue.name.as_str()), told, ..Row::default() }
}

fn of_agent(agent: &Agent) -> Row {
    let (mut status, mut held) = (String::new(), String::new());
    let told = Line::of(cells::status(agent, &mut status), status);
    let role = cells::held(agent, &mut held);
    let told = told.and(Role::Quiet, "  holds ").and(role, held);
    Row {
        kind: "agent",
        name: Line::of(Role::Text, agent.label().as_str()),
        told,
        ..Row::default()
    }
}

fn of_session(session: &Session, cx: &Ctx) -> Row {
    let (shape, role) = words::session(session.state);
    let mut told = Line::of(role, format!("{shape} {}", gate::standing(session, cx)));
    if let Some(age) = cx.age(session.since) {
        told = told.and(Role::Text, format!(" {}", clock::short(age)));
    }
    let name = Line::of(Role::Text, session.label().as_str());
    Row { kind: "session", name, told, keys: session.id.short() }
}

/// The row of an org of the configuration.
pub fn of_context(org: &Org) -> Row {
    let role = org.colour.map_or(Role::Strong, Role::Org);
    let name = Line::of(role, format!(" {} ", org.name));
    let mut told = Line::of(Role::Text, org.place.as_str());
    if org.read_only {
        told = told.and(Role::Warn, "  ⊘ read-only");
    }
    if org.here {
        told = told.and(Role::Good, "  ● you are here");
    }
    Row { kind: "context", name, told, ..Row::default() }
}

/// Draws it after the mark of the cursor.
pub fn draw(buf: &mut Buffer, line: Rect, row: &Row, cx: &Ctx) {
    let (x, y) = (line.x + 2, line.y);
    let width = line.width.saturating_sub(2);
    paint::text(buf, x, y, KIND.min(width), row.kind, cx.theme.style(Role::Quiet));
    let room = width.saturating_sub(KIND);
    prose::line(buf, x + KIND.min(width), y, NAME.saturating_sub(2).min(room), &row.name, cx.theme);
    let room = room.saturating_sub(NAME);
    let keys = paint::columns(&row.keys).min(room);
    paint::right(buf, x + width - keys, y, keys, &row.keys, cx.theme.style(Role::Accent));
    let room = room.saturating_sub(if keys > 0 { keys + 2 } else { 0 });
    if room > 0 {
        prose::line(buf, x + KIND + NAME, y, room, &row.told, cx.theme);
    }
}

//! The line that says what would help most now, and the keys that go there.
//!
//! It stands where the status line has nothing to say, so no row is given up for it. A move keeps its
//! key for as long as it is one of the best: a line whose entries change places can't be pressed by. A
//! key opens the card as choosing by hand would; nothing is sent by it. And it opens it only for a move
//! that has been in sight for a moment: under a notice nobody reads what a key has come to mean.

use jiff::{SignedDuration, Timestamp};
use unicode_segmentation::UnicodeSegmentation;

use super::{App, Offer};
use crate::{
    console::{
        keys::Action,
        panes::PaneId,
        theme::Role,
        view::{
            Opening, Outcome, gate, limits,
            moves::{MOVES, Move, moves},
        },
        widgets::{clock, paint, prose::Line},
    },
    domain::{handoff::Target, text::Plain},
    engine::Level,
};

/// The keys, in the order in which the moves stand.
const KEYS: [Action; MOVES] = [Action::NextFirst, Action::NextSecond, Action::NextThird];

/// For so long a move has to be in sight before its key is believed: the hand was on its way.
const SETTLES: SignedDuration = SignedDuration::from_millis(1_000);

/// Waits grow while no floor differs: after so long it is looked again.
const AGAIN: SignedDuration = SignedDuration::from_secs(15);

/// Below so many columns for each the words of a move stand together.
const TIGHT: u16 = 30;

/// The moves on their keys.
#[derive(Debug, Default)]
pub struct Next {
    slots: [Option<Move>; MOVES],
    /// Since when a move is in sight, or was long enough, as what its key means now.
    sight: [Option<Timestamp>; MOVES],
    /// When it was last looked; `None` if that has to be done.
    looked: Option<Timestamp>,
}

impl Next {
    /// What there was is no longer what there is.
    pub fn lag(&mut self) {
        self.looked = None;
    }

    /// Takes the moves of now in: each keeps its key while it is among them.
    fn settle(&mut self, mut moves: Vec<Move>) {
        let before = std::mem::take(&mut self.slots);
        for (slot, old) in self.slots.iter_mut().zip(&before) {
            let kept = old.as_ref().and_then(|old| {
                moves.iter().position(|new| new.session == old.session).map(|at| moves.remove(at))
            });
            *slot = kept;
        }
        let mut new = moves.into_iter();
        for slot in self.slots.iter_mut().filter(|slot| slot.is_none()) {
            *slot = new.next();
        }
        for ((slot, old), sight) in self.slots.iter().zip(before).zip(&mut self.sight) {
            if *slot != old {
                *sight = None;
            }
        }
    }

    /// Notes which moves are `in_sight` at `now`. What went out of sight before it could be read has not
    /// been seen.
    fn note_sight(&mut self, in_sight: [bool; MOVES], now: Timestamp) {
        for (sight, shows) in self.sight.iter_mut().zip(in_sight) {
            if shows {
                sight.get_or_insert(now);
            } else {
                *sight = sight.filter(|since| has_settled(*since, now));
            }
        }
    }
}

fn has_settled(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) >= SETTLES
}

impl App {
    /// Looks for the moves anew, where they are to be seen and something has changed.
    pub(super) fn look_ahead(&mut self) {
        let now = self.cx.now;
        let due = self.next.looked.is_none_or(|at| now.duration_since(at) >= AGAIN);
        if due && self.shows_next() {
            let before = self.next.slots.clone();
            self.next.settle(moves(&self.cx));
            self.next.looked = Some(now);
            self.dirty |= self.next.slots != before;
            let gone = |it: &&Move| !self.next.slots.contains(&Some((*it).clone()));
            let gone: Vec<Move> = before.iter().flatten().filter(gone).cloned().collect();
            gone.into_iter().for_each(|it| self.retract(&Offer::Move(it)));
        }
    }

    /// Notes which moves a person can read on the frame that has just been drawn: those on the line, or
    /// the one that a notice in its place names.
    pub(super) fn note_moves_in_sight(&mut self) {
        let offered = self.notices.current().map(|current| current.offer);
        let line = !self.layout.too_small
            && self.shows_next()
            && offered.is_none()
            && self.seeking.is_none()
            && self.before_next().is_none();
        let shows = |it: &Option<Move>| {
            let open = |it: &Move| gate::refuses_session(&it.session, &self.cx).is_none();
            let told = |it: &Move| offered.flatten() == Some(&Offer::Move(it.clone()));
            it.as_ref().is_some_and(|it| (line && open(it)) || told(it))
        };
        let in_sight = self.next.slots.each_ref().map(shows);
        self.next.note_sight(in_sight, self.cx.now);
    }

    /// True where the moves stand: among the sessions.
    fn shows_next(&self) -> bool {
        self.focus == PaneId::Sessions && self.popups.is_empty()
    }

    /// Goes to the session of a move and opens the card for its agent.
    pub(super) fn make_move(&mut self, action: Action) {
        let Some(slot) = KEYS.iter().position(|key| *key == action) else { return };
        if self.is_move_unread(slot) {
            return self.tell_unread(slot);
        }
        if let Some(reason) = self.refuses_move(slot) {
            return self.say(Level::Warn, reason);
        }
        let Some(Move { session, agent, .. }) = self.next.slots[slot].clone() else { return };
        let here = self.place();
        self.panes.sessions.go(&session, &self.cx);
        if self.panes.sessions.selected() != Some(&session) {
            let (guest, back) = (self.cx.guest_name(&session), self.cx.keymap.hint(Action::Back));
            let text = format!("{guest} is hidden by the filter; {back} clears it");
            return self.say(Level::Warn, text);
        }
        self.has_left(here);
        self.follow();
        self.carry_out(Outcome::Open(Opening::Card(session, Target::Agent(agent))));
    }

    fn refuses_move(&self, slot: usize) -> Option<String> {
        let cx = &self.cx;
        if !self.popups.is_empty() {
            return Some(format!("{} closes this first", cx.keymap.hint(Action::Back)));
        }
        if self.focus != PaneId::Sessions {
            let key = cx.keymap.hint(Action::PaneSessions);
            return Some(format!("The next moves stand among the sessions: {key} goes there"));
        }
        let Some(chosen) = &self.next.slots[slot] else {
            let reason = gate::refuses_any(cx).map(|refusal| refusal.0.into_owned());
            let none = "No such move: of those who wait too long there is none whom somebody fits";
            return Some(reason.unwrap_or_else(|| none.to_owned()));
        };
        gate::refuses_session(&chosen.session, cx).map(|refusal| refusal.0.into_owned())
    }

    /// True for a move that could be made, had anybody had the time to read what it is.
    fn is_move_unread(&self, slot: usize) -> bool {
        let since = self.next.sight[slot];
        self.refuses_move(slot).is_none()
            && since.is_none_or(|since| !has_settled(since, self.cx.now))
    }

    /// Names the move, so that the same key makes it once that has been read.
    fn tell_unread(&mut self, slot: usize) {
        let Some(it) = self.next.slots[slot].clone() else { return };
        let guest = self.cx.guest_name(&it.session);
        let agent = self.cx.target_name(&Target::Agent(it.agent.clone()));
        let key = self.cx.keymap.hint(KEYS[slot]);
        let text = format!("{key} is {guest} → {agent} now: look, then press it again");
        self.offer(Offer::Move(it), &text);
    }

    /// The line; empty where there is nothing to say or it says nothing here. What has no key is not offered.
    pub(super) fn next_line(&self, width: u16) -> Line {
        let slots = self.next.slots.iter().zip(KEYS);
        let told: Vec<(&Move, Action)> = slots
            .filter_map(|(slot, key)| Some((slot.as_ref()?, key)))
            .filter(|(_, key)| !self.cx.keymap.chords(*key).is_empty())
            .filter(|(it, _)| gate::refuses_session(&it.session, &self.cx).is_none())
            .collect();
        if !self.shows_next() || told.is_empty() {
            return Line::new();
        }
        let head = Line::of(Role::Quiet, "next ");
        let count = u16::try_from(told.len()).unwrap_or(1);
        let room = width.saturating_sub(head.columns() + GAP * (count - 1));
        let parts: Vec<Parts> =
            told.into_iter().map(|(it, key)| self.parts(it, key, room / count < TIGHT)).collect();
        let fixed: u16 = parts.iter().map(Parts::fixed).sum();
        let names = parts.iter().flat_map(|it| [&it.guest, &it.agent]).map(|it| paint::columns(it));
        let each = share(&names.collect::<Vec<_>>(), room.saturating_sub(fixed));
        parts.into_iter().enumerate().fold(head, |line, (at, it)| {
            let line = if at > 0 { line.and(Role::Text, "  ") } else { line };
            it.on(line, each)
        })
    }

    /// One move: its key, how long who has waited, and who is to take them; closer together where it is tight.
    fn parts(&self, it: &Move, key: Action, tight: bool) -> Parts {
        let cx = &self.cx;
        let waited = cx.floor.session(&it.session).and_then(|session| cx.age(session.since));
        let waited = waited.unwrap_or(0);
        // Who is not late yet will be: that is why they stand here.
        let (shape, role) = match limits::wait(waited) {
            (_, Role::Text) => ("△ ", Role::Warn),
            marked => marked,
        };
        let (shape, arrow) = if tight { (shape.trim_end(), "→") } else { (shape, " → ") };
        Parts {
            key: cx.keymap.hint(key),
            time: format!(" {shape}{} ", clock::short(waited)),
            role,
            guest: cx.guest_name(&it.session),
            arrow,
            agent: cx.target_name(&Target::Agent(it.agent.clone())),
            stopped: match (it.stopped, tight) {
                (false, _) => "",
                (true, true) => "⊘",
                (true, false) => " ⊘ guard",
            },
        }
    }
}

/// Between two moves.
const GAP: u16 = 2;

/// What is said of a move.
struct Parts {
    key: String,
    time: String,
    role: Role,
    guest: Plain,
    arrow: &'static str,
    agent: Plain,
    /// That a guard would stop it.
    stopped: &'static str,
}

impl Parts {
    /// The columns of all but the names.
    fn fixed(&self) -> u16 {
        [self.key.as_str(), &self.time, self.arrow, self.stopped].map(paint::columns).iter().sum()
    }

    /// `line` with it, each name in at most so many columns.
    fn on(self, line: Line, each: u16) -> Line {
        line.and(Role::Accent, self.key)
            .and(self.role, self.time)
            .and(Role::Text, short(&self.guest, each))
            .and(Role::Quiet, self.arrow)
            .and(Role::Text, short(&self.agent, each))
            .and(Role::Warn, self.stopped)
    }
}

/// The most columns that each of `names` may take so that all of them fit in `room`: what a short one leaves is
/// for the others.
fn share(names: &[u16], room: u16) -> u16 {
    let taken = |each: u16| names.iter().map(|name| u32::from(*name.min(&each))).sum::<u32>();
    let most = names.iter().copied().max().unwrap_or(0);
    (1..=most).rev().find(|each| taken(*each) <= u32::from(room)).unwrap_or(1)
}

/// As much of a name as fits, with a mark where it is cut.
fn short(name: &Plain, columns: u16) -> String {
    if paint::columns(name) <= columns {
        return name.to_string();
    }
    let room = columns.saturating_sub(1);
    let mut cut = String::new();
    for letter in name.graphemes(true) {
        if paint::columns(&cut) + paint::columns(letter) > room {
            break;
        }
        cut.push_str(letter);
    }
    format!("{}…", cut.trim_end())
}

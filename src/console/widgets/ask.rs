//! What is looked for in a table: a query as it is typed, saved under a name, and recalled.
//!
//! ```text
//!   typed ──read──▶ query      what holds; while the text can't be read, what could be read last
//!     │  └────────▶ misread    why not, and below which letter
//!     ├─ tab ─────▶ completed  names of fields, their values, names of what was saved
//!     └─ ctrl-s ──▶ saved      under a name, which @name recalls
//! ```
//! It knows no rows: whoever has them tests them by the query.

mod complete;
mod sight;

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::{Input, InputRequest};

use super::{paint, prompt, prose, prose::Line};
use crate::{
    console::{
        keys::{Chord, Edit},
        theme::{Role, Theme},
    },
    domain::query::{Field, Misread, Query, Saved, find},
};

use complete::Offer;
pub use complete::Values;
use sight::Sight;
pub use sight::{LEAST, Spot};

/// Longer names nobody types again.
const LONGEST_NAME: usize = 24;

/// What is looked for.
#[derive(Debug)]
pub struct Ask {
    fields: &'static [Field],
    saved: Saved,
    input: Option<Input>,
    /// The name, while one is typed to save it under.
    naming: Option<Input>,
    offer: Option<Offer>,
    text: String,
    query: Query,
    /// What `query` was read of.
    read: String,
    misread: Option<Misread>,
    /// True once what can't be read was to be kept: it is no longer only unfinished.
    insists: bool,
    told: Option<Told>,
}

/// What has come of a press, besides another query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Something was saved, or forgotten.
    Kept(String),
    /// It was not, and why.
    Refused(&'static str),
}

impl Ask {
    /// Nothing is looked for yet, among what has `fields`.
    pub fn among(fields: &'static [Field]) -> Self {
        Self {
            fields,
            saved: Saved::new(),
            input: None,
            naming: None,
            offer: None,
            text: String::new(),
            query: Query::default(),
            read: String::new(),
            misread: None,
            insists: false,
            told: None,
        }
    }

    /// What a query can name.
    pub fn fields(&self) -> &'static [Field] {
        self.fields
    }

    /// Begins to type.
    pub fn open(&mut self) {
        self.input = Some(self.text.as_str().into());
    }

    /// True while it is typed.
    pub fn is_typing(&self) -> bool {
        self.input.is_some()
    }

    /// True while the name is typed under which it is to be saved.
    pub fn is_naming(&self) -> bool {
        self.naming.is_some()
    }

    /// What tab would make of the word that is being typed, if that is the beginning of a field's name.
    pub fn begun(&self) -> Option<String> {
        let input =
            self.input.as_ref().filter(|_| self.naming.is_none() && self.offer.is_none())?;
        complete::begun(input, self.fields)
    }

    /// True if it can't be read only because its end is still to be typed.
    fn is_unfinished(&self) -> bool {
        let end = self.text.chars().count();
        let at_end = self.misread.as_ref().is_some_and(|misread| misread.at >= end);
        at_end && self.input.is_some() && self.naming.is_none() && !self.insists
    }

    /// True if nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.query.is_all()
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What holds, as it was typed: while something that can't be read is typed, what could be read last.
    pub fn holding(&self) -> &str {
        &self.read
    }

    /// What holds.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Why it can't be read.
    pub fn misread(&self) -> Option<&Misread> {
        self.misread.as_ref()
    }

    /// What was saved.
    pub fn saved(&self) -> &Saved {
        &self.saved
    }

    /// Knows what was saved before.
    pub fn know(&mut self, saved: Saved) {
        self.saved = saved;
    }

    /// What has come of the last press; asked once.
    pub fn take_told(&mut self) -> Option<Told> {
        self.told.take()
    }

    /// A press while it is typed. True if something else is looked for now.
    pub fn edit(&mut self, chord: Chord, now: Timestamp, values: Values<'_>) -> bool {
        if self.naming.is_some() {
            return self.edit_name(chord, now);
        }
        let Some(input) = &mut self.input else { return false };
        if chord.completes() {
            return self.complete(now, values);
        }
        self.offer = None;
        if chord.saves() {
            self.name();
            return false;
        }
        match chord.edit() {
            Some(Edit::Change(request)) => {
                input.handle(request);
                let text = input.value().to_owned();
                self.look_for(text, now)
            }
            // What holds would be something else than what stands there.
            Some(Edit::Keep) if self.misread.is_some() => {
                self.insists = true;
                false
            }
            Some(Edit::Keep) => {
                self.input = None;
                false
            }
            Some(Edit::Drop) => {
                self.input = None;
                self.look_for(String::new(), now)
            }
            None => false,
        }
    }

    /// Looks for something else. True if that is not what was looked for; what can't be read changes
    /// nothing.
    pub fn look_for(&mut self, text: String, now: Timestamp) -> bool {
        if text == self.text {
            return false;
        }
        (self.text, self.insists) = (text, false);
        match Query::read(&self.text, self.fields, &self.saved, now) {
            Ok(query) => {
                self.misread = None;
                self.hold(query, self.text.clone())
            }
            Err(misread) => {
                self.misread = Some(misread);
                let before = self.before_name().and_then(|before| {
                    let query = Query::read(before, self.fields, &self.saved, now).ok()?;
                    Some((query, before.to_owned()))
                });
                before.is_some_and(|(query, text)| self.hold(query, text))
            }
        }
    }

    fn hold(&mut self, query: Query, text: String) -> bool {
        let differs = query != self.query;
        (self.query, self.read) = (query, text);
        differs
    }

    /// What stands before the last word that could be read, if that has just become a name (a field's, or one
    /// that is none), or the beginning of one: nobody has meant it as a word.
    fn before_name(&self) -> Option<&str> {
        let (before, word) = match self.read.char_indices().rfind(|(_, c)| !c.is_alphanumeric()) {
            Some((at, c)) => self.read.split_at(at + c.len_utf8()),
            None => ("", self.read.as_str()),
        };
        let rest = self.text.strip_prefix(&self.read);
        let named = rest.is_some_and(|rest| {
            let end = rest.trim_start_matches(char::is_alphanumeric);
            find(self.fields, word).is_some() || end.starts_with([':', '<', '>', '=', '!'])
        });
        named.then_some(before)
    }

    fn complete(&mut self, now: Timestamp, values: Values<'_>) -> bool {
        let Some(input) = &self.input else { return false };
        let offer = match self.offer.take() {
            Some(offer) => offer.next(),
            None => Offer::new(input, self.fields, &self.saved, values),
        };
        let Some(offer) = offer else { return false };
        let completed = offer.put(input);
        let text = completed.value().to_owned();
        self.input = Some(completed);
        // One that is alone is done with.
        self.offer = Some(offer).filter(Offer::is_open);
        self.look_for(text, now)
    }

    /// Asks for a name to save it under.
    fn name(&mut self) {
        if self.misread.is_some() {
            self.told = Some(Told::Refused("What can't be read can't be saved"));
            return;
        }
        self.naming = Some(Input::default());
    }

    fn edit_name(&mut self, chord: Chord, now: Timestamp) -> bool {
        let Some(input) = &mut self.naming else { return false };
        match chord.edit() {
            Some(Edit::Change(InputRequest::InsertChar(c))) if !is_of_name(c, input) => false,
            Some(Edit::Change(request)) => {
                input.handle(request);
                false
            }
            Some(Edit::Keep) => self.keep(now),
            Some(Edit::Drop) => {
                self.naming = None;
                false
            }
            None => false,
        }
    }

    /// Saves it under the name that was typed; with nothing looked for, forgets what was saved there.
    fn keep(&mut self, now: Timestamp) -> bool {
        let name = self.naming.take().map(|input| input.value().to_owned()).unwrap_or_default();
        if name.is_empty() {
            self.told = Some(Told::Refused("Without a name nothing is saved"));
            return false;
        }
        if self.text.trim().is_empty() {
            self.told = Some(match self.saved.remove(&name) {
                Some(_) => Told::Kept(format!("Forgotten: @{name}")),
                None => Told::Refused("Nothing is saved under this name"),
            });
            return false;
        }
        let before = self.saved.insert(name.clone(), self.text.clone());
        // What uses its own name leads nowhere.
        if Query::read(&format!("@{name}"), self.fields, &self.saved, now).is_err() {
            match before {
                Some(before) => _ = self.saved.insert(name, before),
                None => _ = self.saved.remove(&name),
            }
            self.told = Some(Told::Refused("It can't be saved under a name that it uses itself"));
            return false;
        }
        self.told = Some(Told::Kept(format!("Saved: @{name} stands for {}", self.text.trim())));
        false
    }

    /// `line` with the query, and the caret while it is typed, in at most `width` columns; and where on it
    /// the query stands.
    pub fn line(&self, line: Line, width: u16) -> (Line, Spot) {
        let role = if self.is_wrong() { Role::Alarm } else { Role::Accent };
        let line = match &self.naming {
            // The name first: what it is to stand for is known.
            Some(name) => prompt::typed(line.and(Role::Text, " save as @"), name, Role::Accent)
                .and(Role::Quiet, " /"),
            None if self.input.is_none() && self.text.is_empty() => return (line, Spot::default()),
            None => line.and(role, " /"),
        };
        let spot = Spot { at: line.columns(), room: width.saturating_sub(line.columns()) };
        let role = if self.naming.is_some() { Role::Quiet } else { role };
        (self.sight(spot.room).on(line, role), spot)
    }

    /// What of it is in sight: the caret, or else what can't be read.
    fn sight(&self, room: u16) -> Sight {
        let input = self.input.as_ref().filter(|_| self.naming.is_none());
        let caret = input.map(Input::cursor);
        let wrong = self.misread.as_ref().map(|misread| misread.at);
        let seen = if self.insists { wrong.or(caret) } else { caret.or(wrong) };
        Sight::new(&self.text, seen.unwrap_or(0), caret, room)
    }

    /// True if it can't be read, and not only because its end is still to be typed.
    pub fn is_wrong(&self) -> bool {
        self.misread.is_some() && !self.is_unfinished()
    }

    /// Why it can't be read, for the line where the console says what is wrong.
    pub fn trouble(&self) -> Option<Line> {
        let misread = self.misread.as_ref().filter(|_| self.offer.is_none())?;
        // Nothing is wrong yet with what is still being typed.
        Some(match self.is_wrong() {
            true => Line::of(Role::Alarm, format!("▲ {misread}")),
            false => Line::of(Role::Quiet, format!("… {}", misread.message)),
        })
    }

    /// Below the query, which stands in its `spot` of the line above `area`: a mark under the letter that
    /// can't be read, or what it can be completed to. No row is covered by it.
    pub fn draw_below(&self, buf: &mut Buffer, area: Rect, spot: Spot, theme: Theme) {
        if area.height < 3 {
            return;
        }
        match (&self.offer, &self.misread) {
            (Some(offer), _) => {
                paint::clear(buf, Rect { height: 1, ..area });
                let width = area.width.saturating_sub(2);
                prose::line(buf, area.x + 1, area.y, width, &offer.line(width), theme);
            }
            (None, Some(misread)) => {
                let x = area.x + spot.at + self.sight(spot.room).place(misread.at);
                let x = x.min(area.right().saturating_sub(1));
                // It stands alone among what is there.
                let around =
                    Rect { x: x.saturating_sub(1).max(area.x), width: 3, height: 1, ..area };
                paint::clear(buf, around.intersection(area));
                paint::put(buf, x, area.y, '▴', theme.style(Role::Alarm));
            }
            (None, None) => {}
        }
    }
}

fn is_of_name(c: char, name: &Input) -> bool {
    let letter = c.is_alphanumeric() || c == '-' || c == '_';
    letter && name.value().chars().count() < LONGEST_NAME
}

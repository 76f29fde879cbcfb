//! Alarms: once a second it is looked which are to be raised; they are told, gone to, acknowledged and
//! snoozed.
//!
//! The newest floor is looked at, also while an older one stands still on the screen. What is not known, and
//! what is no longer read, neither raises nor ends anything.

mod tally;

use std::sync::Arc;

use super::{App, Effect};
use crate::{
    config::alarms::Alarm,
    console::{
        keys::Action,
        popups::{AlarmList, Popup, missing_queues as missing},
        view::{
            Ctx, Opening, Outcome, Refusal, Subject, View,
            alarms::{self, At, Key, Tally},
        },
        widgets::{clock, paint},
    },
    domain::{
        alarm::Standing,
        floor::{Floor, seconds_since},
    },
    engine::{Level, Pulse},
};

/// What can be done about alarms wherever one is.
pub const ALARMS: [Action; 5] =
    [Action::Alarms, Action::NextAlarm, Action::PreviousAlarm, Action::Acknowledge, Action::Snooze];

/// So many are named at once to whom they are told.
const NAMED: usize = 3;

/// Columns of the line that are none of the text's: its margins, and the shape before it.
const ROUND: u16 = 4;

/// What was found when it was last looked.
#[derive(Debug)]
pub struct Looked {
    second: i64,
    /// What it was looked at.
    floor: Arc<Floor>,
    pulse: Arc<Pulse>,
    /// What each alarm found, if its rows were known.
    tallies: Vec<Option<Tally>>,
}

impl Looked {
    /// What the nth found, where nothing has come since.
    fn take(&mut self, nth: usize, cx: &Ctx) -> Option<Tally> {
        let same = Arc::ptr_eq(&self.floor, &cx.live) && Arc::ptr_eq(&self.pulse, &cx.pulse);
        self.tallies.get_mut(nth).filter(|_| same)?.take()
    }
}

impl App {
    /// Looks which alarms are to be raised: once in a second, for spans are in seconds.
    pub(super) fn watch_alarms(&mut self) {
        let second = self.cx.now.as_second();
        let is_done = self.alarms_looked.as_ref().is_some_and(|looked| looked.second == second);
        if self.cx.alarms.is_empty() || is_done {
            return;
        }
        let (gone, mut before) = (self.engine_gone, self.alarms_looked.take());
        let tallies: Vec<Option<Tally>> = self.cx.as_it_is(|cx| {
            let before = |nth| before.as_mut().and_then(|looked| looked.take(nth, cx));
            tally::all(cx, gone, before)
        });
        if tallies.iter().all(Option::is_none) {
            // Nothing is known: it is looked again as soon as something is.
            return;
        }
        self.tell_missing_queues();
        let counted = |cx: &Ctx| (cx.alarms.raised().count(), cx.alarms.acknowledged().count());
        let before = counted(&self.cx);
        let mut rings = Vec::new();
        for (nth, tally) in tallies.iter().enumerate() {
            rings.extend(self.cx.alarms.take(nth, tally.as_ref(), self.cx.now));
        }
        let (floor, pulse) = (Arc::clone(&self.cx.live), Arc::clone(&self.cx.pulse));
        self.alarms_looked = Some(Looked { second, floor, pulse, tallies });
        self.cx.alarms.tell(&mut rings);
        self.dirty |= before != counted(&self.cx);
        self.tell_list();
        self.raise(&rings);
    }

    /// Says once that an alarm names a queue that is not there: it would never be raised.
    fn tell_missing_queues(&mut self) {
        if self.alarms_named || !self.cx.live.loading.queues_known {
            return;
        }
        self.alarms_named = true;
        let told: Vec<String> = (self.cx.alarms.all().iter())
            .filter_map(|armed| {
                let why = missing(&armed.alarm, &self.cx)?;
                Some(format!("The alarm {}: {why}", armed.alarm.name))
            })
            .collect();
        told.into_iter().for_each(|text| self.say(Level::Warn, text));
    }

    /// Lets an open list look again.
    fn tell_list(&mut self) {
        for popup in &mut self.popups {
            if let Popup::Alarms(list) = popup {
                list.observe(&self.cx);
                self.dirty = true;
            }
        }
    }

    /// Tells of those that have just been raised: one bell and one word to the desktop for all of them.
    fn raise(&mut self, rings: &[Key]) {
        let Some(first) = rings.first() else { return };
        self.dirty = true;
        let asks = |wants: fn(&Alarm) -> bool| -> Vec<&Key> {
            rings.iter().filter(|key| self.cx.alarms.of(key).is_some_and(wants)).collect()
        };
        let (bells, notices) = (asks(|alarm| alarm.bell), asks(|alarm| alarm.notify));
        let notice = (!notices.is_empty()).then(|| Effect::Notify(told(&notices, &self.cx)));
        let bell = (!bells.is_empty()).then_some(Effect::Bell);
        self.effects.extend(bell.into_iter().chain(notice));
        // How to call back what has just been sent is worth more, and so is the answer to a press; the header
        // counts alarms.
        if self.notices.offers() || self.notices.answers() {
            return;
        }
        let next = self.cx.keymap.hint(Action::NextAlarm);
        // The key first: whatever is cut, it is not the way there.
        let text = match rings.len() {
            1 => format!("{next} goes to {}", one(first, &self.cx)),
            n => {
                let begin = format!("{next} goes through {n} alarms: ");
                let titles = rings.iter().map(|key| alarms::title(key, &self.cx));
                let room = self.size.width.saturating_sub(ROUND + paint::columns(&begin));
                format!("{begin}{}", listed(titles, room))
            }
        };
        self.say(Level::Warn, text);
    }

    /// Why `action` can't be done about any alarm, if so.
    pub(super) fn lacks_alarm(&self, action: Action) -> Option<Refusal> {
        let cx = &self.cx;
        match action {
            Action::Alarms => cx.alarms.is_empty().then(alarms::none_set),
            Action::NextAlarm | Action::PreviousAlarm => {
                let none = || cx.alarms.next(action).is_none().then(|| alarms::none_raised(cx));
                let empty = cx.alarms.is_empty().then(alarms::none_set);
                empty.or_else(none).or_else(|| self.refuses_leaving_list())
            }
            action => alarms::refuses(action, cx.alarms.current(), cx),
        }
    }

    /// As [`refuses_leaving`](Self::refuses_leaving); the list is left by going to what stands in it.
    fn refuses_leaving_list(&self) -> Option<Refusal> {
        let in_list = |popup: &Popup| matches!(popup, Popup::Alarms(_) | Popup::Palette(_));
        if self.popups.iter().all(in_list) { None } else { self.refuses_leaving() }
    }

    /// Does what is asked for about alarms, or says why not.
    pub(super) fn act_on_alarms(&mut self, action: Action) {
        match action {
            Action::Alarms => self.open_alarms(),
            Action::Acknowledge | Action::Snooze => self.decide_on_alarm(action),
            _ => self.next_alarm(action),
        }
    }

    /// Opens the list of all alarms.
    fn open_alarms(&mut self) {
        if let Some(refusal) = self.lacks_alarm(Action::Alarms) {
            return self.say(Level::Info, refusal.0);
        }
        self.popups.push(Popup::Alarms(AlarmList::new(&self.cx)));
        self.arrange();
    }

    /// Goes to the next alarm, or the one before.
    fn next_alarm(&mut self, action: Action) {
        if let Some(refusal) = self.lacks_alarm(action) {
            return self.say(Level::Info, refusal.0);
        }
        if let Some(key) = self.cx.alarms.next(action).cloned() {
            self.heed_alarm(key);
        }
    }

    /// Goes to the worst row of an alarm, and says what it is.
    pub(super) fn heed_alarm(&mut self, key: Key) {
        if let Some(refusal) = self.refuses_leaving_list() {
            return self.say(Level::Info, refusal.0);
        }
        let found = self.cx.alarms.at(&key).and_then(|seen| seen.found.clone());
        let text = self.standing_of(&key);
        self.cx.alarms.go(key);
        let Some(found) = found else {
            return self.say(Level::Info, format!("{text}; no row matches now"));
        };
        let filtered = self.hidden_rows();
        let there = match &found.worst {
            At::Session(id) => self.visits(&Subject::Session(id.clone())),
            At::Queue(id) => self.visits(&Subject::Queue(id.clone())),
            At::Agent(id) => self.visits(&Subject::Agent(id.clone())),
            At::Request(id) => self.visit_request(id),
        };
        let note = match (there, filtered && !self.hidden_rows()) {
            (true, false) => "",
            (true, true) => "; the filter that hid it is cleared",
            (false, _) if self.cx.frozen.is_some() => {
                "; it is not in the picture that stands still"
            }
            (false, _) => "; its row is no longer there",
        };
        let (ack, snooze) =
            [Action::Acknowledge, Action::Snooze].map(|action| self.cx.keymap.hint(action)).into();
        self.say(Level::Warn, format!("{text}{note}; {ack} acknowledges, {snooze} snoozes"));
    }

    fn visits(&mut self, subject: &Subject) -> bool {
        self.visit(subject);
        self.is_on(subject)
    }

    /// True if a filter may hide rows of the pane that has the focus.
    fn hidden_rows(&self) -> bool {
        self.panes.view(self.focus).table().is_some_and(|table| !table.ask().is_empty())
    }

    /// What it is and how it is doing, in a sentence.
    fn standing_of(&self, key: &Key) -> String {
        let cx = &self.cx;
        let standing = cx.alarms.at(key).map_or(Standing::Quiet, |seen| seen.watch.standing());
        let (_, word, _) = alarms::look(standing);
        let since = match (standing, alarms::moment(standing)) {
            (Standing::Raised(_), Some(at)) => {
                format!(" for {}", clock::short(seconds_since(at, cx.now)))
            }
            _ => format!(", {word}"),
        };
        format!("{}{since}", one(key, cx))
    }

    /// Acknowledges the alarm that was gone to last, or asks for how long to snooze it.
    fn decide_on_alarm(&mut self, action: Action) {
        let key = self.cx.alarms.current().cloned();
        if let Some(refusal) = alarms::refuses(action, key.as_ref(), &self.cx) {
            return self.say(Level::Warn, refusal.0);
        }
        match (action, key) {
            (Action::Acknowledge, Some(key)) => self.acknowledge(&key),
            (_, Some(key)) => self.carry_out(Outcome::Open(Opening::Snooze(key))),
            (_, None) => {}
        }
    }

    /// Somebody knows of it.
    pub(super) fn acknowledge(&mut self, key: &Key) {
        if let Some(refusal) = alarms::refuses(Action::Acknowledge, Some(key), &self.cx) {
            return self.say(Level::Warn, refusal.0);
        }
        self.cx.alarms.acknowledge(key);
        let title = alarms::title(key, &self.cx);
        self.say(Level::Info, format!("Acknowledged: {title}, until it ends or grows"));
        self.decided();
    }

    /// It is not to be seen for so many minutes.
    pub(super) fn snooze(&mut self, key: &Key, minutes: u32) {
        self.popups.pop_if(|popup| matches!(popup, Popup::Snooze(_)));
        if let Some(refusal) = alarms::refuses(Action::Snooze, Some(key), &self.cx) {
            return self.say(Level::Warn, refusal.0);
        }
        let until = alarms::later(self.cx.now, minutes);
        self.cx.alarms.snooze(key, until);
        let (title, time) = (alarms::title(key, &self.cx), self.cx.time_of_day(until));
        let text = match minutes {
            0 => format!("Snoozed no longer: {title}"),
            _ => format!("Snoozed for {minutes} min, until {time}: {title}"),
        };
        self.say(Level::Info, text);
        self.decided();
    }

    /// At once: who has just decided it does not want to be told again.
    fn decided(&mut self) {
        self.effects.push(Effect::Remember);
        self.tell_list();
    }
}

/// One, with where it is and how many rows match.
fn one(key: &Key, cx: &Ctx) -> String {
    let title = alarms::title(key, cx);
    let found = cx.alarms.at(key).and_then(|seen| seen.found.as_ref());
    match found.zip(cx.alarms.of(key)) {
        Some((found, alarm)) => format!("{title}: {}", alarms::rows(alarm, found.count)),
        None => title,
    }
}

/// As many of these as there is room for, and a mark if those are not all.
fn listed(all: impl Iterator<Item = String>, room: u16) -> String {
    let mut text = String::new();
    let mut rest = all.peekable();
    while let Some(one) = rest.next() {
        let gap = if text.is_empty() { "" } else { ", " };
        // Where more follow there has to be room to say so.
        let more = if rest.peek().is_some() { ", …" } else { "" };
        let longer = format!("{text}{gap}{one}");
        if !text.is_empty() && paint::columns(&longer) + paint::columns(more) > room {
            return format!("{text}, …");
        }
        text = longer;
    }
    text
}

/// Several, for the desktop.
fn told(keys: &[&Key], cx: &Ctx) -> String {
    let mut all: Vec<String> = keys.iter().take(NAMED).map(|key| one(key, cx)).collect();
    if keys.len() > NAMED {
        all.push(format!("{} more", keys.len() - NAMED));
    }
    all.join("; ")
}

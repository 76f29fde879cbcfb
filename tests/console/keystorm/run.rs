//! One console in a storm: a list of steps is gone through, and what must hold is looked at after each.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use floorwalker::{
    config::Safety,
    console::{
        Settings,
        app::{Effect, Message},
        keys::pointer::{Gesture, Pointer},
    },
    engine::{Command, Event, supervision::Turn},
};
use jiff::SignedDuration;
use ratatui::layout::{Position, Size};

use super::{
    cursors::{Cursors, Known},
    seen::Seen,
    step::{Dice, Kind, Step, What},
    world::World,
    writes::{self, Pressed},
};
use crate::harness::{Harness, settings};

/// Steps of one console's life, at most.
pub const LENGTH: usize = 300;

/// After so many steps everything is drawn, whatever is open.
const DRAWN: usize = 12;

/// What did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// At which step.
    pub at: usize,
    /// Which rule.
    pub rule: &'static str,
    /// How it was broken.
    pub told: String,
}

/// How often what has left.
pub type Tally = BTreeMap<String, usize>;

/// What does not hold of this list, if anything does not.
pub fn fails(seed: u64, steps: &[Step]) -> Option<Failure> {
    go_through(seed, steps).err()
}

/// Goes through a list, and tells what has left meanwhile.
///
/// # Errors
/// Says what does not hold.
pub fn go_through(seed: u64, steps: &[Step]) -> Result<Tally, Failure> {
    let mut at = 0;
    let gone = catch_unwind(AssertUnwindSafe(|| {
        let mut storm = Storm::new(seed);
        for step in steps {
            storm.go(step, at)?;
            at += 1;
        }
        storm.leave_all()?;
        Ok(storm.sent)
    }));
    let (rule, told) = match gone {
        Ok(Ok(sent)) => return Ok(sent),
        Ok(Err(broken)) => broken,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            ("nothing panics", text.unwrap_or_default())
        }
    };
    Err(Failure { at, rule, told })
}

/// The shortest list that breaks the same rule, as far as leaving steps out finds one.
pub fn shortest(seed: u64, steps: &[Step], failure: Failure) -> (Vec<Step>, Failure) {
    let (mut steps, mut failure) = (steps.to_vec(), failure);
    steps.truncate(failure.at + 1);
    let mut size = steps.len() / 2;
    while size > 0 {
        let (mut from, mut less) = (0, false);
        while from < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(from..(from + size).min(steps.len()));
            match fails(seed, &fewer).filter(|it| it.rule == failure.rule) {
                Some(found) => (steps, failure, less) = (fewer, found, true),
                None => from += size,
            }
        }
        size = if less { size.min(steps.len()) } else { size / 2 };
    }
    (steps, failure)
}

/// A rule, and how it was broken.
pub type Broken = (&'static str, String);

struct Storm {
    harness: Harness,
    settings: Settings,
    size: Size,
    world: World,
    known: Known,
    seen: Seen,
    sent: Tally,
}

/// How the console of this seed is set up.
fn settings_of(seed: u64) -> Settings {
    let dice = &mut Dice::new(seed);
    Settings {
        read_only: dice.once_in(12),
        lists_sessions: !dice.once_in(8),
        bell: dice.once_in(2),
        ascii: dice.once_in(6),
        mouse: dice.once_in(2),
        low_bandwidth: dice.once_in(6),
        safety: Safety {
            lock_after: dice.once_in(3).then_some(Duration::from_secs(60)),
            typed_above: dice.below(4),
            colour: None,
        },
        ..settings()
    }
}

impl Storm {
    fn new(seed: u64) -> Self {
        let (settings, size) = (settings_of(seed), Size { width: 100, height: 30 });
        let mut world = World::new();
        let harness = begin(&settings, size, &mut world);
        let seen = Seen::of(&harness, size);
        Self { harness, settings, size, world, known: Known::default(), seen, sent: Tally::new() }
    }

    /// Takes one step, and looks at what must hold.
    fn go(&mut self, step: &Step, at: usize) -> Result<(), Broken> {
        let pressed = Pressed::of(step, &self.harness.app);
        let before = Cursors::of(&self.harness.app);
        self.happen(step);
        let effects = self.harness.take_effects();
        let sent: Vec<&Command> = effects.iter().filter_map(command).collect();
        writes::check(&sent, &pressed, &self.seen, &self.harness, &self.world)?;
        let after = Cursors::of(&self.harness.app);
        self.known.check(&before, &after, &pressed, &sent, &self.harness.app)?;
        for command in sent {
            self.world.hear(command);
            let name = format!("{command:?}")
                .split(|c: char| !c.is_alphabetic())
                .next()
                .unwrap_or_default()
                .to_owned();
            *self.sent.entry(name).or_default() += 1;
        }
        if effects.contains(&Effect::Quit) {
            self.harness = begin(&self.settings, self.size, &mut self.world);
            self.known = Known::default();
        }
        if !step.unseen || effects.contains(&Effect::Quit) {
            self.seen = Seen::of(&self.harness, self.size);
            self.seen.shows_what_it_confirms(&self.harness)?;
        }
        if at.is_multiple_of(DRAWN) {
            self.harness.buffer();
        }
        Ok(())
    }

    fn happen(&mut self, step: &Step) {
        let message = match step.what {
            What::Press(chord) => Message::Press(chord),
            What::Other(kind, n) => match self.message(kind, n) {
                Some(message) => message,
                None => return,
            },
        };
        match step.unseen {
            true => _ = self.harness.type_ahead(message),
            false => _ = self.harness.tell(message),
        }
    }

    /// What of another kind happens; nothing more where it has happened already.
    fn message(&mut self, kind: Kind, n: u64) -> Option<Message> {
        Some(match kind {
            Kind::Floor => Message::Floor(self.world.floor(n).into()),
            Kind::Pulse => Message::Pulse(self.world.pulse(n).into()),
            Kind::Event => {
                let event = self.world.event(n);
                if let Event::Supervision(news) = &event
                    && matches!(news.turn, Turn::Opened { .. })
                {
                    self.known.opened(news.session.as_ref());
                }
                Message::Engine(event)
            }
            Kind::Wait => {
                let spans = [40, 300, 1_100, 2_500, 6_000, 16_000, 70_000];
                self.harness.now += SignedDuration::from_millis(*Dice::new(n).of(&spans));
                Message::Tick
            }
            Kind::Size => {
                self.size = size(n);
                self.harness.resize(self.size.width, self.size.height);
                return None;
            }
            Kind::Paste => Message::Paste(Dice::new(n).of(PASTED).to_string()),
            Kind::Click => Message::Pointer(self.pointer(Gesture::Click, n)),
            Kind::Wheel if n.is_multiple_of(2) => {
                Message::Pointer(self.pointer(Gesture::WheelUp, n))
            }
            Kind::Wheel => Message::Pointer(self.pointer(Gesture::WheelDown, n)),
            Kind::Unsent => Message::Unsent(self.world.unsent(n)),
            Kind::Stopping => Message::Stopping,
            Kind::Gone => Message::EngineGone,
            Kind::Escape => Message::Press("esc".parse().unwrap()),
        })
    }

    /// Somewhere on the screen, and often where the keys are named.
    fn pointer(&self, gesture: Gesture, n: u64) -> Pointer {
        let dice = &mut Dice::new(n);
        let x = u16::try_from(dice.below(self.size.width.into())).unwrap();
        let y = u16::try_from(dice.below(self.size.height.into())).unwrap();
        let footer = self.size.height.saturating_sub(1);
        let y = if dice.once_in(4) { footer } else { y };
        Pointer { at: Position { x, y }, gesture }
    }

    /// Out of whatever is open: a text, a filter in a popup, and the popup take one press each.
    fn leave_all(&mut self) -> Result<(), Broken> {
        self.harness.resize(100, 30);
        for _ in 0..64 {
            if self.harness.app.popups().is_empty() {
                return Ok(());
            }
            self.harness.press("esc");
        }
        Err(("esc leads out of everything", self.harness.screen()))
    }
}

/// A console that has just been started.
fn begin(settings: &Settings, size: Size, world: &mut World) -> Harness {
    let mut harness = Harness::with(settings, size.width, size.height);
    harness.pulse(world.pulse(1)).floor(world.floor(100));
    let first = harness.take_effects();
    first.iter().filter_map(command).for_each(|command| world.hear(command));
    harness
}

fn command(effect: &Effect) -> Option<&Command> {
    match effect {
        Effect::Send(command) => Some(command),
        _ => None,
    }
}

/// Mostly one that somebody may have, and now and then the extremes.
fn size(n: u64) -> Size {
    let dice = &mut Dice::new(n);
    let (width, height) = match dice.below(12) {
        0 => (1 + dice.below(300), 1 + dice.below(100)),
        1 => (1 + dice.below(49), 1 + dice.below(12)),
        2 => (50, 12),
        3 => (300, 100),
        4 | 5 => (159 + dice.below(3), 38 + dice.below(6)),
        6..9 => (80, 24),
        _ => (50 + dice.below(100), 12 + dice.below(30)),
    };
    Size { width: u16::try_from(width).unwrap(), height: u16::try_from(height).unwrap() }
}

const PASTED: &[&str] =
    &["y", "y\r\n", "end\n", "waiting", "\u{1b}[31mé字", "q\u{3}", "", "3 4 5 y"];

//! What can happen to a console, as one word each, and endless lists of it.
//!
//! A step says all there is to say of itself: a list of them without some of its members is a list still,
//! so that the shortest one which fails can be looked for.

use std::{fmt, str::FromStr};

use floorwalker::console::keys::{Action, Chord, Keymap};

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What.
    pub what: What,
    /// True if nothing is drawn after it: the next one comes before anybody has seen what it did.
    pub unseen: bool,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A key is pressed.
    Press(Chord),
    /// Something else, of which the number says all.
    Other(Kind, u64),
}

macro_rules! kinds {
    ($($name:ident $word:literal $weight:literal $help:literal)+) => {
        /// What happens besides presses.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $(#[doc = $help] $name),+ }

        /// Each with its word, and how often it comes.
        const KINDS: &[(Kind, &str, u64)] = &[$((Kind::$name, $word, $weight)),+];
    };
}

kinds! {
    Floor "floor" 40 "The floor has changed."
    Pulse "pulse" 14 "The link, the inbox or what is kept has changed."
    Event "event" 40 "The engine has news."
    Wait "wait" 20 "Time passes."
    Size "size" 8 "The terminal has another size."
    Paste "paste" 5 "A text is pasted."
    Click "click" 12 "The mouse is clicked."
    Wheel "wheel" 5 "The mouse's wheel is turned."
    Unsent "unsent" 2 "A command could not be sent."
    Escape "escape" 1 "Somebody wants out of whatever is open."
    Stopping "stopping" 1 "The process is about to be stopped."
    Gone "gone" 1 "The engine is gone."
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unseen = if self.unseen { "~" } else { "" };
        match &self.what {
            What::Press(chord) => write!(f, "{unseen}{chord}"),
            What::Other(kind, n) => {
                let word = KINDS.iter().find(|(known, ..)| known == kind).map_or("", |it| it.1);
                write!(f, "{unseen}@{word}:{n}")
            }
        }
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seen = text.strip_prefix('~').filter(|rest| !rest.is_empty());
        let (unseen, text) = (seen.is_some(), seen.unwrap_or(text));
        let what = match text.strip_prefix('@').and_then(|rest| rest.split_once(':')) {
            Some((word, n)) => {
                let kind = KINDS.iter().find(|it| it.1 == word).ok_or(format!("no step {text}"))?.0;
                What::Other(kind, n.parse().map_err(|_| format!("no number in {text}"))?)
            }
            None => What::Press(text.parse().map_err(|why| format!("{text}: {why}"))?),
        };
        Ok(Self { what, unseen })
    }
}

/// Numbers that come in the same order for the same seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Those of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one (SplitMix64).
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What hands do that know what they want: without these nothing would ever be confirmed.
const PHRASES: &[&str] = &[
    "3 h enter y",
    "3 H enter y",
    "3 a y",
    "esc esc 3 g a y u",
    "g a y",
    "2 j h enter y",
    "1 j H enter y",
    "3 enter h enter y",
    "3 space space a y",
    "3 * a y",
    "3 space space space h enter y 3 enter",
    "3 * H enter y 4 enter y",
    "3 * a y 2 enter",
    "3 space a enter enter y",
    "3 D y e n d enter",
    "3 enter D y e n d enter",
    "3 w",
    "3 w w",
    "3 / w a i t enter w *",
    "3 / s t a t e : b o t enter",
    "/ a enter",
    "/ z z enter esc",
    "2 / i d l e enter j h enter",
    "ctrl-n enter",
    "ctrl-n ctrl-u B i l l i n g enter esc",
    "5 h enter y",
    "5 a y",
    "5 d enter",
    "5 d 3 0 enter",
    "5 x n o enter",
    "5 enter x b a d enter",
    "5 j R y",
    "f5 y",
    "f6 y",
    "3 a i space m o r e enter y",
    "3 a o space m e enter y",
    "3 h enter c space w h y enter y",
    "3 h enter d B i l l i n g enter y",
    "L",
    "esc esc L L y",
    "esc esc L L y",
    "esc esc esc L L y",
    "esc esc g w y",
    "esc esc 3 g a y",
    "esc esc 3 g space j space a y",
    "esc esc 3 j w y w y",
    "esc esc 1 g 3 j H j j enter y",
    "esc esc 5 g R y",
    "esc esc 5 / f a i l e d enter g R y esc",
    "esc esc 5 / f a i l e d enter g R y esc",
    "q",
    "q y",
    "q D y e n d enter",
    "3 a : w esc y",
    "3 a W x y",
    "3 T j enter h enter y",
    "1 T enter",
    "3 enter t esc esc",
    ": w a t c h enter",
    ": A d a enter",
    ": I r i s enter h enter y",
    "4 j j J h enter y",
    "3 J j J",
    "4 / e v e n t : enter esc",
    "C space enter",
    "3 v j j v h enter y",
    "v j j enter",
    "p",
    "p 3 h enter y p",
    "esc esc 3 / ctrl-u c o n n e c t e d enter M y M / ctrl-u enter",
    "esc esc 3 / ctrl-u c o n n e c t e d enter M y M / ctrl-u enter",
    "esc esc 3 / ctrl-u c o n n e c t e d enter M y M / ctrl-u enter",
    "esc esc 3 / ctrl-u r o b i n enter t I h i enter y esc esc / ctrl-u enter",
    "esc esc 3 / ctrl-u r o b i n enter t I h i enter y esc esc / ctrl-u enter",
    "esc esc 3 j enter M y esc",
    "esc esc 3 G M y",
    "esc esc 3 G k M y",
    "esc esc 3 G k k M y",
    "esc esc 3 G k k k M y",
    "esc esc 3 g j j j M y",
    "esc esc 3 g j j j j M y",
    "esc esc 3 / ctrl-u s t a t e : c o n n e c t e d enter G M y esc",
    "esc esc 3 g w w",
    "3 e esc s s S",
    "2 s j S",
    "B esc X u",
    "u",
    "[ [ ]",
    "m",
    "6 e esc",
];

/// An endless list.
pub struct Steps {
    dice: Dice,
    keys: Vec<Chord>,
    /// What the hand that has begun something goes on with.
    going_on: Vec<Chord>,
}

impl Steps {
    /// That of this seed.
    pub fn new(seed: u64) -> Self {
        let keymap = Keymap::embedded();
        let bound = Action::ALL.iter().flat_map(|action| keymap.chords(*action).to_vec());
        let others = "a b 1 9 0 % @ # é 字 : , . left right backspace delete ctrl-u ctrl-w ctrl-s alt-x \
                      f12 shift-up tab shift-tab ctrl-e";
        let others = others.split_whitespace().map(|key| key.parse().unwrap());
        let keys = bound.chain(others).collect();
        Self { dice: Dice::new(seed ^ 0x5eed), keys, going_on: Vec::new() }
    }

    fn what(&mut self) -> What {
        let dice = &mut self.dice;
        if dice.once_in(6) {
            let sum: u64 = KINDS.iter().map(|it| it.2).sum();
            let mut at = dice.roll() % sum;
            let kind = KINDS.iter().find(|it| {
                let here = at < it.2;
                at = at.saturating_sub(it.2);
                here
            });
            return What::Other(kind.unwrap().0, dice.roll() % 100_000);
        }
        if self.going_on.is_empty() && !dice.once_in(4) {
            let phrase = dice.of(PHRASES).split_whitespace().rev();
            self.going_on = phrase.map(|key| key.parse().unwrap()).collect();
        }
        // A hand may err in the middle of something.
        let next = if dice.once_in(25) { None } else { self.going_on.pop() };
        What::Press(next.unwrap_or_else(|| *dice.of(&self.keys)))
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let what = self.what();
        Some(Step { what, unseen: self.dice.once_in(10) })
    }
}

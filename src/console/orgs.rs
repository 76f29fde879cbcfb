//! The orgs that one can go to from here without leaving the screen: the contexts of the configuration.
//!
//! Names and what is told of them alone. How one of them is made ready is for whoever begins consoles.

use std::sync::Arc;

use crate::{config::Colour, domain::text::Plain};

/// The orgs that one can go to.
#[derive(Clone, Debug)]
pub struct Orgs {
    /// All of them, the one that is here included, by their names.
    pub all: Arc<[Org]>,
    /// Why none can be gone to, where that is so; then there are none.
    pub lack: Option<Plain>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Org {
    /// Its name in the configuration.
    pub name: Plain,
    /// Where it is, for people.
    pub place: Plain,
    /// The colour that it is known by.
    pub colour: Option<Colour>,
    /// True if nothing could be changed there.
    pub read_only: bool,
    /// True for the one that is on the screen.
    pub here: bool,
}

impl Orgs {
    /// No other org, and why.
    pub fn none(why: impl Into<Plain>) -> Self {
        Self { all: Arc::default(), lack: Some(why.into()) }
    }

    /// These, which are several.
    pub fn of(all: Vec<Org>) -> Self {
        Self { all: all.into(), lack: None }
    }
}

impl Default for Orgs {
    fn default() -> Self {
        Self::none("There is no other org to go to from here")
    }
}

/// Where a console comes from that takes another one's place on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What the org is called that was left.
    pub from: Plain,
    /// True if nothing could be done from there until somebody unlocks it: from here neither.
    pub locked: bool,
    /// Whose handoffs could still be called back there, and are.
    pub called_back: Vec<Plain>,
    /// Whose handoffs had left there, and are seen to their end first.
    pub followed: Vec<Plain>,
}

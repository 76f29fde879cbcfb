//! What the console remembers of a person from one time to the next: layout, filters, sort, columns, marks
//! and what was decided about alarms of each org, and the filters that were saved under names.
//!
//! Plain names and texts, for a file that people can read: what they mean is the app's to say. Nothing of
//! customers is in it but the ids of marked sessions, and what somebody has typed to find them.

mod file;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::{
    id::{QueueId, SessionId},
    query::Saved,
};

pub use file::Keeper;

/// What is remembered for one org.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// How it looked.
    pub look: Look,
    /// Filters that were saved, by the pane and their names.
    pub filters: BTreeMap<String, Saved>,
}

/// How the console looked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The pane with the focus.
    pub focus: Option<String>,
    /// The panes that stood in the places which several share, those at the back first.
    pub beside: Vec<String>,
    /// The sessions that were marked.
    pub marks: Vec<SessionId>,
    /// The alarms that were acknowledged or snoozed.
    pub alarms: Vec<Mark>,
    /// What was chosen about each pane's table.
    pub panes: BTreeMap<String, Standing>,
}

/// An alarm about which something was decided.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Mark {
    /// The alarm's name.
    pub name: String,
    /// The queue that it is about, if it is about one.
    pub queue: Option<QueueId>,
    /// Since when that holds which was acknowledged.
    pub acknowledged: Option<Timestamp>,
    /// How many rows matched when it was.
    pub rows: Option<u32>,
    /// Until when it is snoozed.
    pub snoozed: Option<Timestamp>,
}

/// What was chosen about a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// What was looked for.
    pub filter: Option<String>,
    /// The column it was sorted by.
    pub sort: Option<String>,
    /// Whether the other way round.
    pub reversed: bool,
    /// The columns that showed.
    pub columns: Option<Vec<String>>,
}

impl Standing {
    /// True if nothing was chosen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

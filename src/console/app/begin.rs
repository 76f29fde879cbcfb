//! What the console is told to begin with: by the command line and the configuration, before anything is on
//! the screen.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    config::alarms::{Alarm, Of},
    console::{
        panes::{self, PaneId},
        view::{View, alarms::Armed},
        widgets::grid::{Choice, Column, read_choices},
    },
    domain::{
        nearest::advice_of_all,
        query::{Kind, Query, Saved},
    },
};

/// What to begin with.
#[derive(Clone, Debug, Default)]
pub struct Begin {
    /// What is looked for in which pane.
    pub filters: Vec<(PaneId, String)>,
    /// Which columns which pane has.
    pub columns: Vec<(PaneId, Vec<Choice>)>,
    /// What a supervisor is to be told as soon as it is so.
    pub alarms: Vec<Armed>,
    /// True for a tour.
    pub tour: bool,
}

impl Begin {
    /// The columns that a pane begins with, if they are given.
    pub fn columns_of(&self, id: PaneId) -> Option<&[Choice]> {
        self.columns.iter().find(|(pane, _)| *pane == id).map(|(_, choices)| choices.as_slice())
    }

    /// What a pane is asked to look for, if it is: the last of several holds.
    pub fn filter_of(&self, id: PaneId) -> Option<&str> {
        self.filters.iter().rfind(|(pane, _)| *pane == id).map(|(_, text)| text.as_str())
    }

    /// Takes `PANE=QUERY`, or a query for the sessions.
    ///
    /// # Errors
    /// If it can't be read, with the column in the query.
    pub fn filter(&mut self, text: &str, now: Timestamp) -> Result<(), String> {
        let named =
            text.split_once('=').and_then(|(name, rest)| Some((PaneId::named(name)?, rest)));
        let (id, query) = named.unwrap_or((PaneId::Sessions, text));
        let pane = id.name();
        let fields = with_table(id, |view| Some(view.table()?.ask().fields()));
        let Some(fields) = fields else { return Err(format!("{pane} can't be filtered")) };
        Query::read(query, fields, &Saved::new(), now)
            .map_err(|misread| format!("the filter of {pane}, {misread}: {query}"))?;
        self.filters.push((id, query.to_owned()));
        Ok(())
    }

    /// Takes the columns of panes, as the configuration has them.
    ///
    /// # Errors
    /// If there is no such pane or column.
    pub fn columns(&mut self, written: &BTreeMap<String, Vec<String>>) -> Result<(), String> {
        for (name, names) in written {
            let columns = PaneId::named(name).and_then(|id| Some((id, columns_in(id)?)));
            let Some((id, columns)) = columns else {
                let panes = PaneId::ALL.into_iter().filter(|id| columns_in(*id).is_some());
                let advice = advice_of_all(name, panes.map(PaneId::name));
                let why = format!("no pane with columns is called so{advice}");
                return Err(format!("console.columns.{name}: {why}"));
            };
            let choices = read_choices(columns, names)
                .map_err(|why| format!("console.columns.{name}: {why}"))?;
            self.columns.push((id, choices));
        }
        Ok(())
    }

    /// Takes the alarms, as the configuration has them.
    ///
    /// # Errors
    /// If the filter of one can't be read, or looks at what the person does; with its place in the file.
    pub fn alarms(&mut self, written: &[Alarm], now: Timestamp) -> Result<(), String> {
        for alarm in written {
            let fields = with_table(pane_of(alarm.of), |view| Some(view.table()?.ask().fields()));
            let fields = fields.unwrap_or_default();
            let query = Query::read(&alarm.when, fields, &Saved::new(), now)
                .map_err(|misread| alarm.misread(misread.at, &misread.message))?;
            let names = query.names();
            if let Some(field) = names.iter().find(|name| PERSONAL.contains(name)) {
                let why =
                    format!("{field} goes by your cursor or your marks, and not by the floor");
                return Err(alarm.misread(alarm.when.find(field).unwrap_or(0), &why));
            }
            let spans = fields.iter().filter(|field| matches!(field.kind, Kind::Span { .. }));
            let ages = spans.map(|field| field.name).any(|name| names.contains(name));
            self.alarms.push(Armed { alarm: alarm.clone(), query, ages });
        }
        Ok(())
    }
}

/// Fields that differ from one person who looks to another.
const PERSONAL: [&str; 3] = ["marked", "score", "rank"];

/// The pane that has the rows of an alarm.
fn pane_of(of: Of) -> PaneId {
    match of {
        Of::Sessions => PaneId::Sessions,
        Of::Queues => PaneId::Queues,
        Of::Agents => PaneId::Agents,
        Of::Inbox => PaneId::Inbox,
    }
}

/// The columns that a pane has; `None` for one without any.
fn columns_in(id: PaneId) -> Option<&'static [Column]> {
    with_table(id, |view| Some(view.table()?.columns()))
}

/// Asks something of a pane as it is at first.
fn with_table<T>(id: PaneId, ask: impl Fn(&dyn View) -> Option<T>) -> Option<T> {
    match id {
        PaneId::Queues => ask(&panes::queues::Queues::new()),
        PaneId::Agents => ask(&panes::agents::Agents::new()),
        PaneId::Sessions => ask(&panes::sessions::Sessions::new()),
        PaneId::Audit => ask(&panes::audit::Audit::new()),
        PaneId::Inbox => ask(&panes::inbox::Inbox::new()),
        PaneId::Health => ask(&panes::health::Health::default()),
    }
}

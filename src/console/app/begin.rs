//! What the console is told to begin with: by the command line and the configuration, before anything is on
//! the screen.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    console::{
        panes::{self, PaneId},
        view::View,
        widgets::grid::{Choice, read_choices},
    },
    domain::query::{Query, Saved},
};

/// What to begin with.
#[derive(Clone, Debug, Default)]
pub struct Begin {
    /// What is looked for in which pane.
    pub filters: Vec<(PaneId, String)>,
    /// Which columns which pane has.
    pub columns: Vec<(PaneId, Vec<Choice>)>,
}

impl Begin {
    /// The columns that a pane begins with, if they are given.
    pub fn columns_of(&self, id: PaneId) -> Option<&[Choice]> {
        self.columns.iter().find(|(pane, _)| *pane == id).map(|(_, choices)| choices.as_slice())
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
            let columns = PaneId::named(name)
                .and_then(|id| Some((id, with_table(id, |v| Some(v.table()?.columns()))?)));
            let Some((id, columns)) = columns else {
                return Err(format!("console.columns.{name}: no pane with columns is called so"));
            };
            let choices = read_choices(columns, names)
                .map_err(|why| format!("console.columns.{name}: {why}"))?;
            self.columns.push((id, choices));
        }
        Ok(())
    }
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

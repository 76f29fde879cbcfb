//! What all tables have in common for the app: an order that is held settles once the hand is gone; columns
//! are chosen; and what was chosen is remembered.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::App;
use crate::{
    console::{
        Settings,
        keys::Action,
        memory::{Look, Memory, Standing},
        panes::PaneId,
        popups::{Columns, Popup},
        view::{Ctx, View},
        widgets::grid::{Choice, Table, choices, read_choices, write_choices},
    },
    engine::Level,
};

impl App {
    /// When the first table's order is to settle.
    pub(super) fn settles(&self) -> Option<Timestamp> {
        let panes = PaneId::ALL.into_iter().filter_map(|id| self.table(id));
        let popups = self.popups.iter().filter_map(|popup| popup.view().table());
        panes.chain(popups).filter_map(Table::held_until).min()
    }

    /// Settles what is due.
    pub(super) fn settle_tables(&mut self) {
        for id in PaneId::ALL {
            self.dirty |= settle(self.panes.view_mut(id), &self.cx);
        }
        for popup in &mut self.popups {
            self.dirty |= settle(popup.view_mut(), &self.cx);
        }
    }

    /// Opens the choice of the focused table's columns.
    pub(super) fn open_columns(&mut self) {
        if !self.popups.is_empty() {
            let back = self.cx.keymap.hint(Action::Back);
            return self.say(Level::Info, format!("{back} closes this first"));
        }
        let Some(table) = self.panes.view(self.focus).table() else {
            return self.say(Level::Warn, "There are no columns here");
        };
        let popup = Columns::new(self.focus.title(), table);
        self.popups.push(Popup::Columns(popup));
        self.arrange();
    }

    /// The popup, with the names that the pane with the same rows has saved filters under.
    pub(super) fn lend_saved(&self, mut popup: Popup) -> Popup {
        let saved =
            same_rows(&popup).and_then(|pane| self.table(pane)).map(|own| own.ask().saved());
        if let (Some(saved), Some(table)) = (saved, popup.view_mut().table_mut()) {
            table.ask_mut().know(saved.clone());
        }
        popup
    }

    pub(super) fn choose_columns(&mut self, choices: Vec<Choice>) {
        if let Some(table) = self.panes.view_mut(self.focus).table_mut() {
            table.choose(choices);
        }
    }

    /// What was asked for at the start.
    pub(super) fn begin_as(&mut self, settings: &Settings) {
        for (id, choices) in &settings.begin.columns {
            if let Some(table) = self.panes.view_mut(*id).table_mut() {
                table.choose(choices.clone());
            }
        }
        self.filter_as(&settings.begin.filters);
    }

    fn filter_as(&mut self, filters: &[(PaneId, String)]) {
        for (id, text) in filters {
            if let Some(table) = self.panes.view_mut(*id).table_mut() {
                table.look_for(text.clone(), self.cx.now);
            }
        }
    }

    /// Brings back what is remembered, but for what was asked for at the start.
    pub fn recall(&mut self, memory: &Memory, settings: &Settings) {
        for id in PaneId::ALL {
            let Some(table) = self.panes.view_mut(id).table_mut() else { continue };
            if let Some(saved) = memory.filters.get(id.name()) {
                table.ask_mut().know(saved.clone());
            }
            if let Some(standing) = memory.look.panes.get(id.name()) {
                recall_table(table, standing, self.cx.now);
            }
        }
        let remembered = |id: PaneId| {
            let standing = memory.look.panes.get(id.name())?;
            Some((id, standing.filter.clone()?))
        };
        let asked = settings.begin.filters.iter().map(|(id, _)| *id);
        self.displaced = asked.filter_map(remembered).collect();
        self.filter_as(&settings.begin.filters);
        let look = &memory.look;
        let named = |name: &String| PaneId::named(name);
        look.beside.iter().filter_map(named).for_each(|id| self.places.show(id));
        if let Some(focus) = look.focus.as_ref().and_then(named) {
            self.places.show(focus);
            self.focus = focus;
        }
        self.panes.sessions.recall_marks(look.marks.clone());
        self.cx.alarms.recall(&look.alarms, self.cx.now);
        self.dirty = true;
        self.arrange();
        self.ask_audit();
    }

    /// What is to be remembered.
    pub fn memory(&self, settings: &Settings) -> Memory {
        let tables =
            PaneId::ALL.into_iter().filter_map(|id| Some((id, self.panes.view(id).table()?)));
        let standing = |(id, table): (PaneId, &dyn Table)| {
            let mut it = standing(table, settings.begin.columns_of(id));
            // What was asked for at the start holds for this time alone, until somebody changes it.
            if settings.begin.filter_of(id).is_some_and(|asked| asked == table.ask().text()) {
                let displaced = self.displaced.iter().find(|(pane, _)| *pane == id);
                it.filter = displaced.map(|(_, filter)| filter.clone());
            }
            (id.name().to_owned(), it)
        };
        let panes: BTreeMap<_, _> = tables.clone().map(standing).collect();
        let saved = tables.map(|(id, table)| (id.name().to_owned(), table.ask().saved().clone()));
        let filters = saved.filter(|(_, saved)| !saved.is_empty()).collect();
        let places = [self.places.left, self.places.right, self.places.beside];
        let look = Look {
            focus: Some(self.focus.name().to_owned()),
            beside: places.map(|id| id.name().to_owned()).into(),
            marks: self.panes.sessions.marks_to_remember(),
            alarms: self.cx.alarms.decided(),
            panes: panes.into_iter().filter(|(_, standing)| !standing.is_empty()).collect(),
        };
        Memory { look, filters }
    }
}

/// Settles the order of a view's table, if that is due.
fn settle(view: &mut dyn View, cx: &Ctx) -> bool {
    let until = view.table().and_then(Table::held_until);
    let due = until.is_some_and(|until| until <= cx.now);
    if due {
        view.observe(cx);
    }
    due
}

fn recall_table(table: &mut dyn Table, standing: &Standing, now: Timestamp) {
    // A column that is no more, in a later version, takes the rest of the choice with it.
    if let Some(columns) = &standing.columns
        && let Ok(choices) = read_choices(table.columns(), columns)
    {
        table.choose(choices);
    }
    let named = |name: &String| table.columns().iter().position(|column| column.name == *name);
    if let Some(column) = standing.sort.as_ref().and_then(named) {
        table.sort_as(column, standing.reversed);
    }
    if let Some(filter) = &standing.filter {
        table.look_for(filter.clone(), now);
    }
}

/// What was chosen about a table that began with these columns.
fn standing(table: &dyn Table, began: Option<&[Choice]>) -> Standing {
    let columns = table.columns();
    let began = began.map_or_else(|| choices(columns), <[Choice]>::to_vec);
    let (now, before) = (write_choices(columns, table.choices()), write_choices(columns, &began));
    let sorting = table.sorting();
    let sort = sorting.and_then(|(column, _)| columns.get(column)).map(|c| c.name.to_owned());
    let filter = table.ask().holding();
    Standing {
        filter: (!filter.is_empty()).then(|| filter.to_owned()),
        sort,
        reversed: sorting.is_some_and(|(_, reversed)| reversed),
        columns: (now != before).then_some(now),
    }
}

/// The pane with the same rows as a popup in which one of them is chosen.
pub(super) fn same_rows(popup: &Popup) -> Option<PaneId> {
    match popup {
        Popup::PickAgent(_) | Popup::AgentForAll(_) => Some(PaneId::Agents),
        Popup::PickQueue(_) | Popup::QueueForAll(_) => Some(PaneId::Queues),
        _ => None,
    }
}

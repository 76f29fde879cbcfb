//! How alarms fill the list.

use crate::{
    config::alarms::{Alarm, Each, Of},
    console::{
        theme::Role,
        view::{
            Ctx,
            alarms::{self, Key},
            fields::Passes,
        },
        widgets::{
            clock,
            grid::{Column, Rank, Sheet},
        },
    },
    domain::{
        alarm::Standing,
        floor::seconds_since,
        query::{Field, Kind},
    },
};

/// An alarm in one place; or one of which there is nothing to be told anywhere.
#[derive(Debug)]
pub struct Row {
    key: Key,
    standing: Standing,
    name: String,
    place: String,
    /// How many rows match, where that is known.
    count: Option<u32>,
}

/// How alarms fill the table.
#[derive(Debug)]
pub struct AlarmSheet;

/// The column of where they stand.
pub const STATE: usize = 0;

const FIELDS: [Field; 5] = [
    Field::new("state", Kind::Text, "raised, pending, acknowledged, snoozed, ended, quiet")
        .among(&["raised", "pending", "acknowledged", "snoozed", "ended", "quiet"]),
    Field::new("name", Kind::Text, "what it is called").or(&["alarm"]),
    Field::new("queue", Kind::Text, "where it is"),
    Field::new("since", Kind::Span { unit: 1_000 }, "for how long").or(&["time", "for"]),
    Field::new("match", Kind::Number, "how many rows match").or(&["count"]),
];

impl Sheet for AlarmSheet {
    type Row = Row;
    type Key = Key;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::text("state", 14, 14, 0),
        Column::text("alarm", 14, 40, 0).named("name"),
        Column::text("queue", 12, 30, 0),
        Column::number("since", 10, 0),
        Column::number("match", 6, 1),
    ];

    const FIELDS: &'static [Field] = &FIELDS;

    fn key(row: &Row) -> Key {
        row.key.clone()
    }

    fn rank(row: &Row, column: usize, cx: &Ctx) -> Option<Rank> {
        match column {
            STATE => Some(Rank::Number(urgency(row.standing))),
            1 => Some(Rank::text(&row.name)),
            2 => Some(Rank::text(&row.place)),
            3 => lasts(row, cx).map(|seconds| Rank::Number(i64::try_from(seconds).unwrap_or(0))),
            _ => row.count.map(|count| Rank::Number(i64::from(count))),
        }
    }

    fn cell(row: &Row, column: usize, cx: &Ctx, out: &mut String) -> Role {
        let (shape, word, role) = alarms::look(row.standing);
        match column {
            STATE => {
                out.extend([shape, " ", word]);
                role
            }
            1 => {
                out.push_str(&row.name);
                if role == Role::Alarm { Role::Strong } else { Role::Text }
            }
            2 => {
                out.push_str(&row.place);
                Role::Text
            }
            3 => match lasts(row, cx) {
                Some(seconds) => {
                    out.push_str(&clock::short(seconds));
                    let snoozed = matches!(row.standing, Standing::Snoozed(_));
                    out.push_str(if snoozed { " left" } else { "" });
                    Role::Text
                }
                None => crate::console::view::cells::unknown(out),
            },
            _ => match row.count {
                Some(count) => {
                    out.push_str(&count.to_string());
                    Role::Text
                }
                None => crate::console::view::cells::unknown(out),
            },
        }
    }

    fn text(row: &Row, field: &str, _cx: &Ctx, passes: Passes<'_>) -> bool {
        match field {
            "state" => passes(alarms::look(row.standing).1),
            "name" => passes(&row.name),
            "queue" => passes(&row.place),
            _ => false,
        }
    }

    fn number(row: &Row, field: &str, cx: &Ctx) -> Option<f64> {
        match field {
            "since" => crate::console::view::fields::seconds(lasts(row, cx)),
            "match" => row.count.map(f64::from),
            _ => None,
        }
    }

    fn faint(row: &Row, _cx: &Ctx) -> bool {
        matches!(row.standing, Standing::Quiet | Standing::Ended(_))
    }
}

/// What wants somebody first.
fn urgency(standing: Standing) -> i64 {
    match standing {
        Standing::Raised(_) => 0,
        Standing::Pending(_) => 1,
        Standing::Acknowledged(_) => 2,
        Standing::Snoozed(_) => 3,
        Standing::Ended(_) => 4,
        Standing::Quiet => 5,
    }
}

/// Seconds since it stands so; of what is snoozed, seconds until it is no longer.
fn lasts(row: &Row, cx: &Ctx) -> Option<u64> {
    let at = alarms::moment(row.standing)?;
    Some(match row.standing {
        Standing::Snoozed(_) => seconds_since(cx.now, at),
        _ => seconds_since(at, cx.now),
    })
}

/// Every alarm: in each place where there is something to be told of it, or else once.
pub fn rows(cx: &Ctx) -> Vec<Row> {
    let mut rows: Vec<Row> = cx
        .alarms
        .seen()
        .filter(|(_, seen)| seen.watch.standing() != Standing::Quiet)
        .map(|(key, seen)| Row {
            key: key.clone(),
            standing: seen.watch.standing(),
            name: cx.alarms.of(key).map(|alarm| alarm.name.to_string()).unwrap_or_default(),
            place: place(key, cx),
            count: seen.found.as_ref().map(|found| found.count),
        })
        .collect();
    for (nth, armed) in cx.alarms.all().iter().enumerate() {
        if !rows.iter().any(|row| row.key.nth == nth) {
            rows.push(quiet(nth, &armed.alarm));
        }
    }
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows
}

fn place(key: &Key, cx: &Ctx) -> String {
    let everywhere = || cx.alarms.of(key).map(whole).unwrap_or_default();
    alarms::place(key, cx).map_or_else(everywhere, |place| place.to_string())
}

/// One that is raised nowhere.
fn quiet(nth: usize, alarm: &Alarm) -> Row {
    let place = match alarm.each {
        Each::Queue if alarm.queues.is_empty() => "every queue".to_owned(),
        Each::Queue | Each::Floor => whole(alarm),
    };
    let key = Key { nth, queue: None };
    Row { key, standing: Standing::Quiet, name: alarm.name.to_string(), place, count: None }
}

/// All that it looks at together.
fn whole(alarm: &Alarm) -> String {
    match alarm.queues.is_empty() {
        true => "the floor".to_owned(),
        false => crate::domain::text::Plain::new(&alarm.queues.join(", ")).to_string(),
    }
}

/// What it looks at.
pub fn kind(alarm: &Alarm) -> &'static str {
    match alarm.of {
        Of::Sessions => "sessions",
        Of::Queues => "queues",
        Of::Agents => "agents",
        Of::Inbox => "inbox",
    }
}

//! The plan, shown to whoever is asked whether it should be carried out. On standard error: what is
//! printed on standard output is results and nothing else.

use std::io::{self, Write};

use jiff::Timestamp;

use super::{
    orders::{Fate, Item, Items},
    wish::Wish,
};
use crate::{
    commands::{Failure, listing::Reader, prompt},
    domain::floor::seconds_since,
};

/// Shows the plan and asks. False if the answer is no.
pub fn confirm(items: &Items, wish: &Wish) -> Result<bool, Failure> {
    let failed = |e: io::Error| Failure::other(format!("Nobody can be asked: {e}"));
    let count = planned(items).count();
    tell(&mut io::stderr().lock(), items, wish).map_err(failed)?;
    prompt::agrees(&format!("Hand off {count} session{}?", if count == 1 { "" } else { "s" }))
}

fn planned(items: &Items) -> impl Iterator<Item = &Item> {
    items.list.iter().filter(|item| matches!(item.fate, Fate::Order(_)))
}

fn tell(out: &mut impl Write, items: &Items, wish: &Wish) -> io::Result<()> {
    let now = Timestamp::now();
    for item in &items.list {
        writeln!(out, "{}", line(item))?;
    }
    if let Some(since) = planned(items).filter_map(|item| item.waiting).min() {
        let longest = Reader::Person.seconds(seconds_since(since, now));
        writeln!(out, "The longest wait among them is {longest}.")?;
    }
    if let Some(reason) = &wish.waiver {
        writeln!(out, "Guards that fail are overridden: {reason}")?;
    }
    Ok(())
}

fn line(item: &Item) -> String {
    let guest = item.head.guest.as_deref().unwrap_or("-");
    let rest = match &item.fate {
        Fate::Order(_) => {
            let score = item.score.map(|score| format!(" (rank {score:.0})")).unwrap_or_default();
            format!("→ {}{score}", item.head.target().unwrap_or_default())
        }
        Fate::Ended(end) => {
            let reason = end.reason.as_ref().map(|r| format!(": {r}")).unwrap_or_default();
            format!("not handed off, {}{reason}", end.outcome)
        }
    };
    format!("{}  {guest}  {rest}", item.head.id)
}

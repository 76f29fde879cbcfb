//! The console by its keys and its screen.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic")]

#[path = "support/floor.rs"]
mod floor;
#[path = "support/guide.rs"]
mod guide;
#[path = "support/harness.rs"]
mod harness;
#[path = "support/seen.rs"]
mod seen;

/// Compares the text and the styles of a console, or of what was seen of several, with the snapshots of `name`.
macro_rules! assert_screen {
    ($name:expr, $seen:expr) => {{
        let (name, seen) = ($name, $seen.seen());
        insta::assert_snapshot!(format!("{name}_styles"), seen.styles);
        insta::assert_snapshot!(name, seen.text);
    }};
}

#[path = "console/alarms.rs"]
mod alarms;
#[path = "console/answers.rs"]
mod answers;
#[path = "console/asked.rs"]
mod asked;
#[path = "console/audit.rs"]
mod audit;
#[path = "console/batch.rs"]
mod batch;
#[path = "console/best.rs"]
mod best;
#[path = "console/card.rs"]
mod card;
#[path = "console/columns.rs"]
mod columns;
#[path = "console/contexts.rs"]
mod contexts;
#[path = "console/cursor.rs"]
mod cursor;
#[path = "console/deeds.rs"]
mod deeds;
#[path = "console/details.rs"]
mod details;
#[path = "console/filters.rs"]
mod filters;
#[path = "console/guests.rs"]
mod guests;
#[path = "console/handoffs.rs"]
mod handoffs;
#[path = "console/health.rs"]
mod health;
#[path = "console/hour.rs"]
mod hour;
#[path = "console/inbox.rs"]
mod inbox;
#[path = "console/keys.rs"]
mod keys;
#[path = "console/keystorm.rs"]
mod keystorm;
#[path = "console/left.rs"]
mod left;
#[path = "console/letters.rs"]
mod letters;
#[path = "console/meaning.rs"]
mod meaning;
#[path = "console/memory.rs"]
mod memory;
#[path = "console/mouse.rs"]
mod mouse;
#[path = "console/next.rs"]
mod next;
#[path = "console/odds.rs"]
mod odds;
#[path = "console/order.rs"]
mod order;
#[path = "console/palette.rs"]
mod palette;
#[path = "console/places.rs"]
mod places;
#[path = "console/progress.rs"]
mod progress;
#[path = "console/rights.rs"]
mod rights;
#[path = "console/safety.rs"]
mod safety;
#[path = "console/screens.rs"]
mod screens;
#[path = "console/tables.rs"]
mod tables;
#[path = "console/terminals.rs"]
mod terminals;
#[path = "console/tour.rs"]
mod tour;
#[path = "console/transcript.rs"]
mod transcript;
#[path = "console/unseen.rs"]
mod unseen;
#[path = "console/walk.rs"]
mod walk;
#[path = "console/wallboard.rs"]
mod wallboard;
#[path = "console/wards.rs"]
mod wards;

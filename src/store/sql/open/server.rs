//! What is said of a server that can't be used: which one it is, and its own words. Never who wanted to use
//! it, nor by which password.

use std::cmp::Ordering;

use sqlx::{PgPool, migrate::MigrateError, postgres::PgConnectOptions};

use super::servers;
use crate::store::sql::said;

/// Leases and claims of several machines are held against their clocks.
const MOST_APART_MS: i64 = 2_000;

/// `floorwalker on db.example:5432: `, to be said before what went wrong. Nothing, where the URL may have been
/// torn apart in the wrong places: then a piece of a password stands where a name should.
pub fn named(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None if options.get_host().starts_with('/') => options.get_host().to_owned(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let database = options.get_database().unwrap_or_default();
    let plain = |text: &str, more: &str| {
        text.chars().all(|c| c.is_alphanumeric() || "._-".contains(c) || more.contains(c))
    };
    match (plain(&host, "/:[]"), plain(database, "")) {
        (true, true) if database.is_empty() => format!("{host}: "),
        (true, true) => format!("{database} on {host}: "),
        _ => String::new(),
    }
}

/// How far a server's clock is from ours, in seconds, where that is too far. It was asked at `before` and had
/// answered at `after`: it may have read its clock at any time between. All in ms since 1970.
pub fn apart(before: i64, theirs: i64, after: i64) -> Option<f64> {
    let fits = before - MOST_APART_MS..=after + MOST_APART_MS;
    let nearest = theirs - theirs.clamp(before, after);
    (!fits.contains(&theirs)).then_some(nearest as f64 / 1000.0)
}

/// Whether our tables are there, in this program's version; false where there are none, and we may make them.
pub async fn are_ours(pool: &PgPool) -> Result<bool, String> {
    let there = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    let there: bool = sqlx::query_scalar(there).fetch_one(pool).await.map_err(|e| said(&e))?;
    if !there {
        let may = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)";
        let may: bool = sqlx::query_scalar(may).fetch_one(pool).await.map_err(|e| said(&e))?;
        return match may {
            true => Ok(false),
            false => Err("there are no tables yet, and this role may not make any".into()),
        };
    }
    let newest = "SELECT max(version) FROM _sqlx_migrations WHERE success";
    let newest: Option<i64> =
        sqlx::query_scalar(newest).fetch_one(pool).await.map_err(|e| said(&e))?;
    let ours = servers().iter().map(|step| step.version).max();
    match newest.cmp(&ours) {
        Ordering::Equal => Ok(true),
        Ordering::Less => Err("its tables are of an older version".into()),
        Ordering::Greater => Err("its tables are of a newer version of floorwalker".into()),
    }
}

/// Why the tables can't be made.
pub fn unmade(error: &MigrateError) -> String {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => said(error),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_be_two_seconds_apart_and_an_answer_may_take_its_time() {
        for (before, theirs, after, found) in [
            (10_000, 10_000, 10_000, None),
            (10_000, 8_000, 10_000, None),
            (10_000, 7_999, 10_000, Some(-2.001)),
            (10_000, 12_000, 10_000, None),
            (10_000, 12_500, 10_000, Some(2.5)),
            // It took three seconds to answer, and may have looked at any of them.
            (10_000, 15_000, 13_000, None),
            (10_000, 8_000, 13_000, None),
            (10_000, 15_001, 13_000, Some(2.001)),
            (10_000, 7_000, 13_000, Some(-3.0)),
        ] {
            assert_eq!(apart(before, theirs, after), found, "{before} {theirs} {after}");
        }
    }

    #[test]
    fn a_name_is_told_only_where_it_can_be_nothing_else() {
        for (url, name) in [
            ("postgres://ada:x@db.example/floor", "floor on db.example:5432: "),
            ("postgres://ada:x@db.example:5433", "db.example:5433: "),
            ("postgres://ada:x@[::1]/floor", "floor on ::1:5432: "),
            ("postgres://ada@localhost/floor?host=%2Frun%2Fpg", "floor on /run/pg: "),
            ("postgres://ada:1/hunter2@db.example/floor", ""),
        ] {
            let options: PgConnectOptions = url.parse().unwrap();
            assert_eq!(named(&options).replace(['[', ']'], ""), name, "{url}");
        }
    }
}

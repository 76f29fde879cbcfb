//! A store on a PostgreSQL server.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    server,
    site::{Report, Site},
};

const READS: &str = "reads_alone";

fn look(site: &Site, url: &str) -> Report {
    site.look(&mut site.configured(&format!("store = '{url}'\n")))
}

#[test]
fn a_server_whose_tables_are_ours_a_role_that_only_reads_and_tables_of_another_version() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(url) = runtime.block_on(server::database()) else { return };
    let does = |sql: &str| {
        runtime.block_on(async {
            let mut server = PgConnection::connect(&url).await.unwrap();
            server.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        });
    };
    let site = Site::open(&[]);
    let report = look(&site, &url);
    assert_eq!((report.failed(), report.code), (Vec::new(), Some(0)), "{}", report.out);
    for (check, says) in [
        ("store", "it can be written"),
        ("audit log", "0 records, the newest unchanged"),
        ("letters", "0 wait to be told, 0 were given up"),
    ] {
        let (state, said, _) = report.line(check);
        assert!(state == "ok" && said.contains(says), "{check} is {state}: {said}");
    }

    does(&format!(
        "CREATE ROLE {READS} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READS}"
    ));
    let report = look(&site, &url.replacen("//floorwalker@", &format!("//{READS}@"), 1));
    report.fails_alone("store", "can't be written: permission denied", "let this role write", 1);
    assert_eq!(report.line("audit log").0, "ok");

    does("UPDATE _sqlx_migrations SET version = version + 1000");
    let report = look(&site, &url);
    report.fails_alone("store", "its tables are of a newer version", "install that version", 1);
    assert_eq!(report.line("audit log").0, "skipped");

    does("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    let report = look(&site, &url);
    let (state, says, _) = report.line("store");
    assert!(state == "ok" && says.contains("made at the first start"), "{state}: {says}");
    let report = look(&site, &url.replacen("//floorwalker@", &format!("//{READS}@"), 1));
    report.fails_alone("store", "there are no tables yet, and this role may not make any", "", 1);
}

//! Somebody who can write the database was at it. A tail that was cut off, and a chain that was computed
//! anew, take a checkpoint to be found.

use floorwalker::{
    domain::audit::{Checkpoint, Fault, Finding, Head, Part, Sealed},
    engine::proof::{Claimed, verify},
    store::{Journal, Store},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tokio::sync::watch;

use super::{
    all, checked, entry, now,
    stores::{Home, in_both_engines},
};

in_both_engines! {
    #[tokio::test]
    each_crime_is_found_where_it_was_done
    a_record_that_would_be_searched_for_in_vain_is_found
    a_tail_that_was_cut_and_a_chain_computed_anew_are_found_by_what_was_signed
    the_database_itself_refuses_them
}

/// Runs it as whoever may do anything with the database, what forbids it put away first.
async fn run(home: &Home, crime: &str) {
    let server = matches!(home, Home::Server(_));
    let put_away: &[&str] = match server {
        true => {
            &["ALTER TABLE audit DISABLE TRIGGER ALL", "ALTER TABLE purges DISABLE TRIGGER ALL"]
        }
        false => &[
            "DROP TRIGGER IF EXISTS audit_is_never_changed",
            "DROP TRIGGER IF EXISTS audit_is_never_shortened",
            "DROP TRIGGER IF EXISTS audit_has_no_gap",
        ],
    };
    let statements = put_away.iter().copied().chain(crime.split(';'));
    for statement in statements {
        assert_eq!(refused(home, statement).await, None, "{statement}");
    }
}

/// Why the database refuses a statement, if it does.
async fn refused(home: &Home, statement: &str) -> Option<String> {
    let sql = AssertSqlSafe(statement.to_owned());
    let done = match home {
        Home::File(_) => {
            let mut file = SqliteConnection::connect(&home.place()).await.unwrap();
            file.execute(sql).await.map(drop)
        }
        Home::Server(url) => {
            let mut server = PgConnection::connect(url).await.unwrap();
            server.execute(sql).await.map(drop)
        }
    };
    done.err().map(|error| error.to_string())
}

/// Exchanges what stands under two numbers.
const SWAP: &str = "UPDATE audit SET seq = 999 WHERE seq = 12;
    UPDATE audit SET seq = 12 WHERE seq = 15;
    UPDATE audit SET seq = 15 WHERE seq = 999";
/// Makes room, and puts a copy of record 11 there.
const INSERT: &str = "UPDATE audit SET seq = seq + 1000 WHERE seq >= 12;
    UPDATE audit SET seq = seq - 999 WHERE seq >= 1000;
    INSERT INTO audit SELECT 12, at, top, event, record, personal, hash FROM audit WHERE seq = 11";

async fn each_crime_is_found_where_it_was_done(home: Home) {
    let store = home.open().await;
    for n in 0..20 {
        store.append(entry(&format!("reason {n}")), now()).await.unwrap();
    }
    checked(&store).await.unwrap();
    let crimes = [
        // The last first: what was done before is not mended in between.
        (20, Fault::Changed(Part::Columns), "UPDATE audit SET event = 'x' WHERE seq = 20"),
        (19, Fault::Changed(Part::Columns), "UPDATE audit SET at = at - 1 WHERE seq = 19"),
        (18, Fault::Missing, "DELETE FROM audit WHERE seq = 18"),
        (
            17,
            Fault::Changed(Part::Personal),
            "UPDATE audit SET personal = replace(personal, 'mara', 'nora') WHERE seq = 17",
        ),
        (
            16,
            Fault::Changed(Part::Public),
            "UPDATE audit SET record = replace(record, 'acme', 'acne') WHERE seq = 16",
        ),
        (12, Fault::Displaced { by: 15 }, SWAP),
        (12, Fault::Displaced { by: 11 }, INSERT),
        (3, Fault::Missing, "DELETE FROM audit WHERE seq IN (3, 4)"),
    ];
    for (seq, fault, crime) in crimes {
        run(&home, crime).await;
        assert_eq!(checked(&store).await, Err(Finding { seq, fault }), "{crime}");
    }
}

async fn the_database_itself_refuses_them(home: Home) {
    let store = home.open().await;
    for n in 0..20 {
        store.append(entry(&format!("reason {n}")), now()).await.unwrap();
    }
    let crimes = [
        "UPDATE audit SET event = 'x' WHERE seq = 20",
        "UPDATE audit SET record = replace(record, 'acme', 'acne') WHERE seq = 16",
        "UPDATE audit SET personal = NULL WHERE seq = 16",
        "DELETE FROM audit WHERE seq = 20",
        "UPDATE log SET name = 'another'",
        "DELETE FROM log",
        "INSERT INTO audit SELECT 22, at, top, event, record, personal, hash FROM audit WHERE seq = 20",
        "INSERT INTO audit SELECT -5, at, top, event, record, personal, hash FROM audit WHERE seq = 20",
    ];
    for crime in crimes {
        let why = refused(&home, crime).await.unwrap();
        let told = ["append-only", "keeps its name", "has no gap"];
        assert!(told.iter().any(|told| why.contains(told)), "{crime}: {why}");
    }
    checked(&store).await.unwrap();
}

async fn a_record_that_would_be_searched_for_in_vain_is_found(home: Home) {
    let store = std::sync::Arc::new(home.open().await);
    for n in 0..20 {
        store.append(entry(&format!("reason {n}")), now()).await.unwrap();
    }
    let proved = async || {
        let claimed = Claimed { from: 1, checkpoints: Vec::new() };
        verify(&store, &claimed, &watch::Sender::default()).await.unwrap().finding
    };
    assert_eq!(proved().await, None);
    // A time up to here that is too late hides what comes behind it from whoever looks for a time.
    run(&home, "UPDATE audit SET top = top + 5000 WHERE seq = 7").await;
    assert_eq!(proved().await, Some(Finding { seq: 7, fault: Fault::Changed(Part::Columns) }));
}

async fn a_tail_that_was_cut_and_a_chain_computed_anew_are_found_by_what_was_signed(home: Home) {
    let store = std::sync::Arc::new(home.open().await);
    let mut signed = Vec::new();
    for n in 0..20 {
        store.append(entry(&format!("reason {n}")), now()).await.unwrap();
        if n == 9 || n == 19 {
            signed.push(Checkpoint { head: store.head().await.unwrap(), at: now() });
        }
    }
    let proved = async || {
        let claimed = Claimed { from: 1, checkpoints: signed.clone() };
        verify(&store, &claimed, &watch::Sender::default()).await.unwrap().finding
    };
    assert_eq!(proved().await, None);
    // Record 15 never was like this; what follows is sealed anew.
    let mut forged = all(&store).await;
    for n in 14..20 {
        let mut record = forged[n].read().unwrap();
        if n == 14 {
            record.reason = Some("another".into());
        }
        forged[n] = Sealed::new(&record, &"0".repeat(32), forged[n - 1].hash);
    }
    let Head { log, .. } = store.head().await.unwrap();
    run(&home, "DELETE FROM audit WHERE seq > 16").await;
    let cut = Finding { seq: 17, fault: Fault::Truncated { signed: 20 } };
    assert_eq!(proved().await, Some(cut));
    run(&home, "DELETE FROM audit").await;
    let end = Head { log, size: 20, hash: forged[19].hash };
    store.adopt(&end, &forged).await.unwrap();
    checked(&store).await.unwrap();
    let anew = Finding { seq: 20, fault: Fault::Recomputed { sound: 10 } };
    assert_eq!(proved().await, Some(anew));
}

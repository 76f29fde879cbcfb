//! The audit log of a server is followed by the real binary while the server goes away and comes back. A
//! test of its own: whoever else is on that server would miss it too.

#[cfg(test)]
#[path = "audit/desk.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "what only tests of the commands need")]
mod desk;
#[cfg(test)]
#[path = "support/postgres.rs"]
mod server;

use floorwalker::store::{Database, Journal};

use desk::{Desk, Followed, signal, until};

#[test]
fn nothing_is_lost_and_nothing_comes_twice_when_the_server_was_away() {
    let Some(desk) = Desk::on_server() else { return };
    desk.write(1..=30);
    let mut all = Followed::start(&desk, &["tail", "-f", "-n", "2"]);
    let mut some = Followed::start(&desk, &["tail", "-f", "-n", "1", "event:failed"]);
    assert_eq!([all.next(), all.next(), some.next()], [29, 30, 30]);
    let mut written = 30;
    for _ in 0..3 {
        // Some right before it goes, and some right after it is back.
        desk.write(written + 1..=written + 4);
        server::restart();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let url = desk.1.as_deref().unwrap();
        until("the server is back", || runtime.block_on(Database::connect(url)).ok());
        desk.write(written + 5..=written + 6);
        for n in written + 1..=written + 6 {
            assert_eq!(all.next(), n);
        }
        for n in [written + 2, written + 4, written + 6] {
            assert_eq!(some.next(), n);
        }
        written += 6;
    }
    desk.on_store(async |store| assert_eq!(store.head().await.unwrap().size, written));
    for followed in [&mut all, &mut some] {
        signal(&followed.0, "TERM");
        assert_eq!(followed.code(), Some(0));
    }
}

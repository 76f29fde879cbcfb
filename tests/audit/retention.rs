//! What a store keeps of people, and what it forgets, in both engines.

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        deed::{Deed, DeedFlight, DeedOrder, Saying, Seat},
        flight::Owner,
        inbox::{Asked, Mode, Plea, Route as Door, Said, State},
        lease::Tenancy,
        outbox::{CrmState, Destination, Letter},
        session::{SessionState, Standing},
    },
    engine::deeds::lapse_all,
    policy::privacy::{Kept, Privacy},
    store::{
        Call, Deeds, Forgotten, Journal, Outbox, Received, Requests, Retention, Store,
        TurnedRequest, deliveries::Route,
    },
};
use jiff::ToSpan;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use crate::{
    desk::{at, entry, is_in},
    stores::{Home, in_both_engines},
};

const ALL: Privacy = Privacy {
    names: Kept::Whole,
    texts: Kept::Whole,
    addresses: Kept::Whole,
    messages: Kept::Whole,
};
const NOTHING: Privacy = Privacy {
    names: Kept::Nothing,
    texts: Kept::Nothing,
    addresses: Kept::Nothing,
    messages: Kept::Nothing,
};

async fn what_is_dropped_was_never_in_the_log(home: Home) {
    let kept = home.open().await.with_privacy(ALL);
    kept.append(entry(1), at(1)).await.unwrap();
    let dropping = kept.clone().with_privacy(NOTHING);
    let written = dropping.append(entry(2), at(2)).await.unwrap();
    let read = kept.page(None, 10).await.unwrap();
    assert_eq!(read[0], written, "what is shown is what was kept");
    assert_eq!((&read[0].actor, &read[0].reason), (&Actor::default(), &None));
    assert_eq!((&*read[1].actor.user, &*read[1].actor.host), ("mara", "desk-1"));
    let sealed = kept.sealed(2, 1).await.unwrap().remove(0);
    assert!(!format!("{sealed:?}").contains("mara"));
}

#[tokio::test]
async fn nothing_of_what_is_dropped_or_masked_is_in_a_file() {
    let home = Home::file();
    let store = home.open().await.with_privacy(NOTHING);
    store.append(entry(1), at(1)).await.unwrap();
    let Home::File(folder) = &home else { panic!() };
    let words = ["mara", "desk-1", "/dev/pts/3", "192.0.2.7", "refund"];
    assert!(is_in(folder.path(), "session-1"), "the record is there");
    for word in words {
        assert!(!is_in(folder.path(), word), "{word}");
    }
    let masked = Privacy {
        names: Kept::Masked,
        texts: Kept::Masked,
        addresses: Kept::Masked,
        messages: Kept::Masked,
    };
    let store = store.with_privacy(masked);
    let called = AuditEntry { reason: Some("call 0171/1234567".into()), ..entry(2) };
    store.append(called, at(2)).await.unwrap();
    assert!(is_in(folder.path(), "192.0.2.0/24"));
    for word in ["mara", "desk-1", "192.0.2.7", "1234567"] {
        assert!(!is_in(folder.path(), word), "{word}");
    }
}

fn org() -> Tenancy {
    Tenancy { context: "acme".into(), dialect: "gateway".into() }
}

/// A letter that was given up, and one that waits.
async fn letters(store: &impl Store) {
    let letter = |n: i64| {
        let session = format!("c{n}").as_str().into();
        Letter::session(&"acme".into(), &session, CrmState::Connected, at(n), json!({}))
    };
    store.post(&letter(1)).await.unwrap();
    let route = Route { context: "acme".into(), to: Destination::CrmSession };
    let entry =
        |_| AuditEntry::of(AuditEvent::CrmSyncFailed, Actor::default(), "acme".into(), "gateway");
    store.lapse(&route, at(5), entry, at(10)).await.unwrap().unwrap();
    store.post(&letter(20)).await.unwrap();
}

/// What a bot asks for.
async fn ask(store: &impl Store, n: u8) -> Option<floorwalker::domain::id::RequestId> {
    let said =
        Said::Turn { event: Some("message".into()), intent: None, text: Some("Oldword".into()) };
    let (key, session) = ([n; 32], format!("c{n}").as_str().into());
    let asked = Asked { key, digest: key, route: Door::Messaging, session, said };
    let plea = Plea { reason: "Oldword".into(), ..Plea::default() };
    let verdict = floorwalker::policy::intake::Verdict::Ask {
        queue: Some("q".into()),
        mode: Mode::Auto,
        plea: Box::new(plea),
    };
    let call = Call { asked, verdict, expires: at(1_800) };
    match store.receive(&org(), &[call], at(i64::from(n))).await.unwrap().remove(0) {
        Received::Waits(id) => Some(id),
        _ => None,
    }
}

async fn what_is_over_is_forgotten_and_what_is_under_way_is_not(home: Home) {
    let store = home.open().await;
    letters(&store).await;
    for n in [1, 2] {
        let id = ask(&store, n).await.unwrap();
        let state = State::Failed { reason: "Oldword".into() };
        let turn = TurnedRequest::new(id, &["queued"], state);
        store.turn_request(turn, at(30 + i64::from(n))).await.unwrap().unwrap();
    }
    let open = ask(&store, 3).await.unwrap();
    let before = at(0) + 24.hours();
    let forgotten = store.forget(before, before).await.unwrap();
    assert_eq!((forgotten.letters, forgotten.requests), (1, 2), "{forgotten:?}");
    assert!(forgotten.turns > 0 && forgotten.overwritten, "{forgotten:?}");
    assert_eq!(store.letters(0, 10).await.unwrap().len(), 1, "the one that waits");
    let left = store.changes(&org(), 0, 10).await.unwrap();
    assert_eq!(
        left.iter().map(|it| it.request.id.clone()).collect::<Vec<_>>(),
        std::slice::from_ref(&open)
    );
    // The newest of all is kept for its number, with nothing in it.
    let turn = TurnedRequest::new(open, &["queued"], State::Failed { reason: "Oldword".into() });
    store.turn_request(turn, at(40)).await.unwrap().unwrap();
    let again = store.forget(before, before).await.unwrap();
    assert_eq!(again, Forgotten { overwritten: true, ..Forgotten::default() });
    let left = store.changes(&org(), 0, 10).await.unwrap();
    assert_eq!((left.len(), &left[0].request.plea), (1, &Plea::default()));
    if let Home::File(folder) = &home {
        assert!(!is_in(folder.path(), "Oldword"), "nothing of it is in any file");
    }
}

/// Words to a customer, which a person asked to be sent then.
fn words(taken: i64) -> DeedFlight {
    let seen = Standing { state: SessionState::Connected, queue: None, agent: Some("a".into()) };
    let seat = Seat {
        me: "a".into(),
        participant: "p".into(),
        agent: None,
        communication: None,
        known: Vec::new(),
    };
    DeedFlight {
        order: DeedOrder::new("c".into(), seen, Deed::Say(Saying::new("Oldword".into()))),
        seat,
        taken: at(taken),
        owner: Owner { host: "gone".into(), pid: 1, mark: "x".into() },
        context: "renamed".into(),
        dialect: "platform".into(),
    }
}

/// Changes what is kept behind the store's back.
async fn meddle(home: &Home, sql: String) {
    let place = home.place();
    match home {
        Home::File(_) => {
            let mut file = SqliteConnection::connect(&place).await.unwrap();
            // As the store's own: what was there before leaves no trace.
            file.execute("PRAGMA secure_delete = ON").await.unwrap();
            file.execute(AssertSqlSafe(sql)).await.unwrap();
            file.close().await.unwrap();
        }
        Home::Server(_) => {
            let mut server = PgConnection::connect(&place).await.unwrap();
            server.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }
}

async fn words_that_never_got_an_end_get_one_and_leave(home: Home) {
    let store = home.open().await.with_privacy(NOTHING);
    let [ended, lapsed, unread, fresh] = [1, 2, 3, 7_000].map(words);
    for flight in [&ended, &lapsed, &unread, &fresh] {
        store.begin_deed(entry(1), flight, flight.taken).await.unwrap();
    }
    assert!(store.finish_deed(entry(2), &ended.order.id, at(3)).await.unwrap().is_some());
    let now = at(7_300);
    let actor = Actor { user: "mara".into(), ..Actor::default() };
    // A row of another version, that nobody here can read: it gets no end, and is forgotten.
    let spoil = format!(
        "UPDATE deeds SET order_json = '{{\"text\":\"Oldword\"}}' WHERE id = '{}'",
        unread.order.id
    );
    meddle(&home, spoil).await;
    assert_eq!(lapse_all(&store, &actor, now).await.unwrap(), 1);
    assert_eq!(lapse_all(&store, &actor, now).await.unwrap(), 0, "once");
    let record = store.page(None, 1).await.unwrap().remove(0);
    assert_eq!(
        (record.event.as_str(), record.status.as_deref()),
        ("message_failed", Some("unknown"))
    );
    assert_eq!((&*record.context, &record.details["letters"]), ("renamed", &json!(7)));
    let forgotten = store.forget(now, now).await.unwrap();
    assert_eq!(forgotten.deeds, 1, "{forgotten:?}");
    assert_eq!(
        store.deeds().await.unwrap(),
        std::slice::from_ref(&fresh),
        "it may be followed yet"
    );
    store.finish_deed(entry(3), &fresh.order.id, now).await.unwrap().unwrap();
    store.forget(now, now).await.unwrap();
    if let Home::File(folder) = &home {
        assert!(!is_in(folder.path(), "Oldword"), "nothing of it is in any file");
    }
}

in_both_engines! {
    #[tokio::test]
    words_that_never_got_an_end_get_one_and_leave
    what_is_dropped_was_never_in_the_log
    what_is_over_is_forgotten_and_what_is_under_way_is_not
}

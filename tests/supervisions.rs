//! Supervisions in the store: who keeps which session, whoever else wants it (SPEC section 9).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on should stop there")]

use std::{collections::HashSet, convert::Infallible, time::Duration};

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        flight::Owner,
        id::SessionId,
        lease::{Lease, Phase, Realm, Renewal, Tenancy},
        outbox::{CrmState, Letter},
        supervision::{End, Ended, Hold, OnLoss, Supervised},
        text::Plain,
    },
    store::{Asking, Begun, Closed, Database, Outbox, Place, Store, Supervisions, Turned},
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use self::stores::{Home, in_both_engines};

#[cfg(test)]
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "what only tests that restart the server need")]
mod server;
#[cfg(test)]
#[path = "support/stores.rs"]
#[expect(dead_code, reason = "what only tests that start others need")]
mod stores;

fn now() -> Timestamp {
    "2026-11-21T10:00:00.123Z".parse().unwrap()
}

fn owner(n: u32) -> Owner {
    Owner { host: "desk".into(), pid: n, mark: Plain::new(&format!("mark {n}")) }
}

fn org() -> Tenancy {
    Tenancy { context: "test".into(), dialect: "gateway".into() }
}

fn realm(n: u32) -> Realm {
    Realm { owner: owner(n), org: org(), look: Duration::from_secs(2), sockets: true }
}

fn entry(event: AuditEvent) -> AuditEntry {
    AuditEntry::of(event, Actor::default(), "test".into(), "gateway")
}

fn begun() -> AuditEntry {
    entry(AuditEvent::SupervisionBegun)
}

/// A session of half an hour that begins now.
fn lease(session: &str, keeper: u32) -> Lease {
    let it = Supervised {
        id: session.into(),
        token: Some("jwt_0123456789".to_owned().into()),
        guest: Some("Ines".into()),
        opened_here: true,
        hold: Hold::Patch,
        started: now(),
        limit: Some(Duration::from_secs(1800)),
        interval: Duration::from_secs(30),
        on_loss: OnLoss::Disconnect,
        sequence: 0,
        failures: 0,
        due: None,
        paused: false,
        keeper: owner(keeper),
        end: None,
    };
    let until = realm(keeper).until(it.interval, now());
    Lease { it, org: org(), until, beaten: None, phase: Phase::Open }
}

/// Everything does.
fn fits(_: &[Asking]) -> Result<(), Infallible> {
    Ok(())
}

async fn adopt(store: &Database, n: u32, at: Timestamp) -> Vec<SessionId> {
    adopt_from(store, n, at, |_| false).await
}

async fn adopt_from(
    store: &Database,
    n: u32,
    at: Timestamp,
    gone: impl Fn(&Owner) -> bool + Send + Sync,
) -> Vec<SessionId> {
    let entry = |_: &Lease| entry(AuditEvent::SupervisionTakenOver);
    let adopted = store.adopt(&realm(n), gone, entry, at).await.unwrap();
    adopted.into_iter().map(|one| one.lease.it.id).collect()
}

async fn of_two_who_begin_to_keep_a_session_one_has_it(home: Home) {
    let (one, other) = (home.open().await, home.open().await);
    for n in 0..20 {
        let name = format!("s{n}");
        let (a, b) = (lease(&name, 1), lease(&name, 2));
        let (a, b) = tokio::join!(
            one.supervise(&a, fits, begun(), now()),
            other.supervise(&b, fits, begun(), now())
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        let winner = match (&a, &b) {
            (Begun::Ours(..), Begun::Theirs(keeper)) => (keeper, owner(1)),
            (Begun::Theirs(keeper), Begun::Ours(..)) => (keeper, owner(2)),
            both => panic!("{both:?}"),
        };
        assert_eq!(*winner.0, winner.1, "the loser is told who has it");
    }
    assert_eq!(one.page(None, 100).await.unwrap().len(), 20, "one announcement each");
}

async fn the_501st_session_is_refused_however_many_ask_at_once(home: Home) {
    let stores = [home.open().await, home.open().await];
    let mut asking = tokio::task::JoinSet::new();
    for n in 0..520_u32 {
        let store = stores[n as usize % 2].clone();
        asking.spawn(async move {
            let place = Lease { phase: Phase::Opening, ..lease(&format!("p{n}"), n % 2) };
            store
                .reserve(&place, 500, fits, entry(AuditEvent::SessionInitialized), now())
                .await
                .unwrap()
        });
    }
    let all = asking.join_all().await;
    let ours = all.iter().filter(|place| matches!(place, Place::Ours(_))).count();
    let full = all.iter().filter(|place| **place == Place::Full(500)).count();
    assert_eq!((ours, full), (500, 20));
    assert_eq!(stores[0].page(None, 1000).await.unwrap().len(), 500, "a refusal announces nothing");
    let ended = Ended { at: now(), why: End::Over };
    let kept = stores[0].leases(&org()).await.unwrap();
    let one = stores[0].end(&kept[0].it.id, None, ended, None, None, now()).await.unwrap();
    assert_eq!(one, Closed::Now(None));
    assert_eq!(stores[1].open_sessions(&org(), now()).await.unwrap(), 499);
    // One that is let go is open still.
    let released = stores[1].turn(&kept[1].it.id, None, Phase::Released, begun(), now()).await;
    assert!(matches!(released.unwrap(), Turned::Now(..)));
    assert_eq!(stores[0].open_sessions(&org(), now()).await.unwrap(), 499);
    let later = now().checked_add(31.minutes()).unwrap();
    assert_eq!(stores[1].open_sessions(&org(), later).await.unwrap(), 0, "their time is up");
}

async fn sessions_that_others_opened_and_those_of_another_org_take_no_place(home: Home) {
    let store = home.open().await;
    let mut theirs = lease("a", 1);
    theirs.it.opened_here = false;
    store.supervise(&theirs, fits, begun(), now()).await.unwrap();
    let mut elsewhere = lease("b", 1);
    elsewhere.org.context = "elsewhere".into();
    store.supervise(&elsewhere, fits, begun(), now()).await.unwrap();
    let place = Lease { phase: Phase::Opening, ..lease("c", 1) };
    let reserved = store.reserve(&place, 1, fits, begun(), now()).await.unwrap();
    assert!(matches!(reserved, Place::Ours(_)));
    let more = Lease { phase: Phase::Opening, ..lease("d", 1) };
    assert_eq!(store.reserve(&more, 1, fits, begun(), now()).await.unwrap(), Place::Full(1));
    let later = now().checked_add(1.hours()).unwrap();
    assert_eq!(adopt(&store, 2, later).await.len(), 2, "not the one of another org");
}

async fn what_nobody_keeps_is_taken_over_once(home: Home) {
    let store = home.open().await;
    for n in 0..50 {
        store.supervise(&lease(&format!("s{n}"), 1), fits, begun(), now()).await.unwrap();
    }
    let just_before = now().checked_add(27.seconds()).unwrap();
    assert!(adopt(&store, 2, just_before).await.is_empty(), "the lease still holds");
    let after = now().checked_add(28.seconds()).unwrap();
    let mut asking = tokio::task::JoinSet::new();
    for n in 2..6 {
        let store = home.open().await;
        asking.spawn(async move { adopt(&store, n, after).await });
    }
    let all: Vec<SessionId> = asking.join_all().await.into_iter().flatten().collect();
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (50, 50));
    let records = store.page(None, 1000).await.unwrap();
    let taken = records.iter().filter(|r| r.event.as_str() == "supervision_taken_over").count();
    assert_eq!(taken, 50, "each is announced once");
    let kept = [Renewal { it: lease("s7", 1).it, beaten: None }];
    let lost = store.keep(&realm(1), &kept, after).await.unwrap();
    assert_eq!(lost, ["s7".into()], "who kept it before is told");
}

async fn who_has_certainly_gone_is_not_waited_for_and_the_token_goes_along(home: Home) {
    let store = home.open().await;
    store.supervise(&lease("s", 1), fits, begun(), now()).await.unwrap();
    let gone = |whose: &Owner| *whose == owner(1);
    let entry = |_: &Lease| entry(AuditEvent::SupervisionTakenOver);
    let adopted = store.adopt(&realm(2), gone, entry, now()).await.unwrap();
    let it = &adopted[0].lease.it;
    assert_eq!(adopted[0].from, owner(1));
    assert_eq!((&it.keeper, &it.token), (&owner(2), &lease("s", 1).it.token));
    assert_eq!(it.guest, lease("s", 1).it.guest, "and what people know the guest by");
    let due = now().checked_add(30.seconds()).unwrap().as_millisecond();
    assert_eq!(it.due.unwrap().as_millisecond(), due, "an interval after its last beat");
    assert!(adopt_from(&store, 2, now(), |_| true).await.is_empty(), "ours is not taken from us");
}

async fn a_sequence_never_goes_back_and_a_lease_is_renewed(home: Home) {
    let store = home.open().await;
    store.supervise(&lease("s", 1), fits, begun(), now()).await.unwrap();
    let at = |seconds: i64| now().checked_add(seconds.seconds()).unwrap();
    for (seconds, sequence, failures) in [(10, 900, 0), (20, 400, 2)] {
        let it = Supervised { sequence, failures, ..lease("s", 1).it };
        let kept = [Renewal { it, beaten: (failures == 0).then(|| at(seconds)) }];
        assert!(store.keep(&realm(1), &kept, at(seconds)).await.unwrap().is_empty());
    }
    let kept = store.leases(&org()).await.unwrap().remove(0);
    assert_eq!((kept.it.sequence, kept.it.failures), (900, 2));
    assert_eq!(kept.beaten.unwrap().as_millisecond(), at(10).as_millisecond());
    assert_eq!(kept.until.as_millisecond(), at(48).as_millisecond());
    store.hand_over(&realm(1), |_| begun(), at(21)).await.unwrap();
    assert_eq!(adopt(&store, 2, at(21)).await, ["s".into()], "at once");
}

async fn a_beat_is_known_before_it_leaves_to_whoever_takes_over(home: Home) {
    let store = home.open().await;
    store.supervise(&lease("s", 1), fits, begun(), now()).await.unwrap();
    let at = |seconds: i64| now().checked_add(seconds.seconds()).unwrap();
    let sent = at(20).as_millisecond();
    assert!(store.beating(&owner(1), &"s".into(), sent).await.unwrap());
    assert_eq!(adopt_from(&store, 2, at(21), |_| true).await, ["s".into()], "it was killed");
    let kept = store.leases(&org()).await.unwrap().remove(0);
    assert_eq!((kept.it.sequence, kept.beaten), (sent, None), "above all that was sent");
    assert_eq!(kept.it.due.unwrap().as_millisecond(), at(50).as_millisecond(), "not once more");
    assert!(!store.beating(&owner(1), &"s".into(), sent + 1).await.unwrap(), "it is another's");
    let kept = store.leases(&org()).await.unwrap().remove(0);
    assert_eq!(kept.it.sequence, sent);
}

async fn a_session_ends_once_and_its_secret_with_it(home: Home) {
    let store = home.open().await;
    let place = Lease { phase: Phase::Opening, ..lease("place", 1) };
    store.reserve(&place, 500, fits, entry(AuditEvent::SessionInitialized), now()).await.unwrap();
    let told = |state| Letter::session(&"test".into(), &"s".into(), state, now(), json!({}));
    let (connected, terminated) = (told(CrmState::Connected), told(CrmState::Terminated));
    store
        .fill(&"place".into(), &owner(1), &lease("s", 1), begun(), &connected, now())
        .await
        .unwrap();
    assert_eq!(store.open_sessions(&org(), now()).await.unwrap(), 1, "the place is the session's");
    let token = store.leases(&org()).await.unwrap().remove(0).it.token.unwrap();
    assert_eq!(token.expose(), "jwt_0123456789", "whoever takes it over needs it");
    let end = Ended { at: now(), why: End::Expired };
    let announced = || entry(AuditEvent::SessionTerminated);
    let (ending, session) = (Phase::Ending(End::Expired), SessionId::from("s"));
    let (ours, other) = (owner(1), owner(2));
    let turn = |by| store.turn(&session, by, ending, announced(), now());
    assert_eq!(turn(Some(&other)).await.unwrap(), Turned::NotOurs);
    assert!(matches!(turn(Some(&ours)).await.unwrap(), Turned::Now(..)));
    assert_eq!(turn(None).await.unwrap(), Turned::Before);
    assert_eq!(store.leases(&org()).await.unwrap()[0].phase, Phase::Ending(End::Expired));
    let closed = store.end(&"s".into(), None, end, None, Some(&terminated), now()).await.unwrap();
    assert_eq!(closed, Closed::Now(None));
    let again = store.end(&"s".into(), None, end, Some(announced()), Some(&connected), now()).await;
    assert_eq!(again.unwrap(), Closed::Before);
    assert!(store.leases(&org()).await.unwrap().is_empty());
    let posted = store.letters(0, 10).await.unwrap();
    let bodies: Vec<_> = posted.iter().map(|(_, letter)| letter.body["state"].clone()).collect();
    assert_eq!(bodies, ["connected", "terminated"]);
    assert_eq!(store.letters(posted[0].0, 10).await.unwrap(), posted[1..]);
    let log = format!("{:?}", store.page(None, 10).await.unwrap());
    assert!(!log.contains("jwt_"), "{log}");
}

async fn keepers_say_that_they_are_there_until_they_leave(home: Home) {
    let store = home.open().await;
    store.attend(&realm(1), now()).await.unwrap();
    store.attend(&realm(1), now().checked_add(5.seconds()).unwrap()).await.unwrap();
    store.attend(&realm(2), now()).await.unwrap();
    assert_eq!(store.keepers(&org()).await.unwrap().len(), 2);
    store.depart_keeper(&owner(1)).await.unwrap();
    let left: Vec<_> = store.keepers(&org()).await.unwrap().into_iter().map(|k| k.0).collect();
    assert_eq!(left, [owner(2)]);
}

async fn one_that_is_let_go_is_taken_over_by_nobody_and_kept_again_whole(home: Home) {
    let store = home.open().await;
    store.supervise(&lease("s", 1), fits, begun(), now()).await.unwrap();
    let session = SessionId::from("s");
    let released = store.turn(&session, None, Phase::Released, begun(), now()).await.unwrap();
    assert!(matches!(released, Turned::Now(..)));
    assert!(adopt_from(&store, 2, now(), |_| true).await.is_empty());
    assert!(store.hand_over(&realm(1), |_| begun(), now()).await.unwrap().is_empty());
    let mut asked = lease("s", 3);
    (asked.it.token, asked.it.opened_here, asked.it.limit) = (None, false, None);
    let unfit = store.supervise(&asked, |all| Err(all.to_vec()), begun(), now()).await.unwrap();
    assert_eq!(unfit, Begun::Unfit(Vec::new()), "it takes no part in the budget");
    let begun = store.supervise(&asked, fits, begun(), now()).await.unwrap();
    let Begun::Ours(ours, _) = begun else { panic!("{begun:?}") };
    let (known, it) = (lease("s", 1).it, &ours.it);
    assert_eq!((&it.keeper, &it.token, it.limit), (&owner(3), &known.token, known.limit));
    assert!(it.opened_here);
    assert_eq!(store.leases(&org()).await.unwrap()[0].phase, Phase::Open);
}

async fn a_place_stays_with_whoever_opens_it(home: Home) {
    let store = home.open().await;
    let place = Lease { phase: Phase::Opening, ..lease("place", 1) };
    store.reserve(&place, 500, fits, begun(), now()).await.unwrap();
    assert!(store.hand_over(&realm(1), |_| begun(), now()).await.unwrap().is_empty());
    assert!(adopt(&store, 2, now()).await.is_empty(), "the request may be on its way");
    let ending = Phase::Ending(End::Released);
    let turned = store.turn(&"place".into(), None, ending, begun(), now()).await.unwrap();
    assert_eq!(turned, Turned::Before, "nobody knows it yet");
}

async fn a_place_is_filled_by_whoever_has_it_and_once(home: Home) {
    let store = home.open().await;
    let place = Lease { phase: Phase::Opening, ..lease("place", 1) };
    store.reserve(&place, 500, fits, begun(), now()).await.unwrap();
    let (org, session) = ("test".into(), "s".into());
    let letter = Letter::session(&org, &session, CrmState::Connected, now(), json!({}));
    let place = SessionId::from("place");
    for (by, done) in [(2, false), (1, true), (1, false)] {
        let (owner, session) = (owner(by), lease("s", by));
        let filled = store.fill(&place, &owner, &session, begun(), &letter, now()).await.unwrap();
        assert_eq!(filled.is_some(), done, "{by}");
    }
    assert_eq!(store.letters(0, 10).await.unwrap().len(), 1, "nobody is told twice");
}

async fn a_socket_is_left_to_those_who_can_hold_one(home: Home) {
    let store = home.open().await;
    let mut echo = lease("s", 1);
    echo.it.hold = Hold::Echo;
    store.supervise(&echo, fits, begun(), now()).await.unwrap();
    let without = Realm { sockets: false, ..realm(2) };
    let entry = |_: &Lease| entry(AuditEvent::SupervisionTakenOver);
    let adopted = store.adopt(&without, |_| true, entry, now()).await.unwrap();
    assert!(adopted.is_empty(), "it would take every beat for lost, and end the session");
    assert_eq!(adopt_from(&store, 3, now(), |_| true).await.len(), 1);
}

in_both_engines! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    of_two_who_begin_to_keep_a_session_one_has_it
    the_501st_session_is_refused_however_many_ask_at_once
    sessions_that_others_opened_and_those_of_another_org_take_no_place
    what_nobody_keeps_is_taken_over_once
    who_has_certainly_gone_is_not_waited_for_and_the_token_goes_along
    a_sequence_never_goes_back_and_a_lease_is_renewed
    a_beat_is_known_before_it_leaves_to_whoever_takes_over
    a_session_ends_once_and_its_secret_with_it
    keepers_say_that_they_are_there_until_they_leave
    one_that_is_let_go_is_taken_over_by_nobody_and_kept_again_whole
    a_place_stays_with_whoever_opens_it
    a_place_is_filled_by_whoever_has_it_and_once
    a_socket_is_left_to_those_who_can_hold_one
}

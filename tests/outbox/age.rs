//! What grows too old is given up, listed, and told after all.

use std::time::Duration;

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        outbox::{Posted, Whereabouts},
    },
    engine::{Mailbox, Post, batch::Inward, outbox::OutboxTerms},
    store::{
        Deliveries,
        deliveries::{Choice, Replayed},
    },
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use crate::desk::{Crm, Desk, Mood, held, owner, terms};
use crate::stores::{Home, in_both_engines};

const HOUR: Duration = Duration::from_secs(3600);

fn short() -> OutboxTerms {
    OutboxTerms { max_age: HOUR, ..terms() }
}

async fn replay(desk: &Desk, choice: Choice) -> Replayed {
    let entry = |posted: &Posted| AuditEntry {
        session: Some(posted.conversation.clone()),
        ..AuditEntry::of(AuditEvent::OutboxReplayed, Actor::default(), "test".into(), "none")
    };
    held(desk.store.replay(&choice, entry, desk.clock.now())).await.unwrap()
}

/// The newest of what is told of the first session's target.
async fn shown(news: &mut mpsc::Receiver<Inward>, wanted: impl Fn(&Mailbox) -> bool) -> Mailbox {
    loop {
        if let Inward::Post(post) = news.recv().await.expect("it runs") {
            let Post { targets } = &*post;
            assert_eq!(targets.len(), 3);
            let mailbox = targets.iter().find(|mailbox| mailbox.host.is_some()).unwrap();
            if wanted(mailbox) {
                return mailbox.clone();
            }
        }
    }
}

async fn what_nobody_takes_is_given_up_at_its_age_and_told_when_somebody_asks(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Says(404)));
    let written = Instant::now();
    let (one, two) = (desk.write("c", 1).await, desk.write("c", 2).await);
    let mut teller = desk.teller_with(owner("a"), &crm, short()).await;
    let waits = shown(&mut teller.news, |mailbox| mailbox.trouble.is_some()).await;
    assert_eq!((waits.name, waits.waiting, waits.dead), ("crm_session", 2, 0));
    assert_eq!(
        (waits.host, waits.trouble),
        (Some("crm.example".into()), Some("the answer was 404".into()))
    );
    shown(&mut teller.news, |mailbox| mailbox.dead == 2 && mailbox.waiting == 0).await;
    let age = written.elapsed();
    assert!(age >= HOUR && age < HOUR + Duration::from_secs(5), "{age:?}");
    let dead = desk.untold().await;
    assert!(dead.iter().all(|letter| letter.state == Whereabouts::Dead));
    assert_eq!((dead[0].status, dead[0].error.as_deref()), (Some(404), Some("the answer was 404")));
    let failed = desk.records("crm_sync_failed").await;
    let words: Vec<_> = failed.iter().filter_map(|record| record.status.as_deref()).collect();
    assert_eq!(words, ["tried again", "given up", "given up"]);
    assert_eq!(failed[2].details["event"], two.as_str());

    crm.state().mood = Mood::Up;
    let unknown = Choice::Events(vec![one.clone(), "nobody".into()]);
    assert_eq!(replay(&desk, unknown).await, Replayed::Unknown("nobody".into()));
    assert_eq!(desk.untold().await, dead, "all or none");
    assert!(matches!(replay(&desk, Choice::AllDead).await, Replayed::Done(l) if l.len() == 2));
    desk.until_empty(Duration::from_secs(5)).await;
    let told: Vec<_> = crm.taken().into_iter().map(|call| call.id).collect();
    assert_eq!(told, [one.clone(), two], "under the ids they had, in order");
    let again = replay(&desk, Choice::Events(vec![one])).await;
    assert!(matches!(again, Replayed::NotDead(letter) if letter.state == Whereabouts::Delivered));
    assert_eq!(desk.records("outbox_replayed").await.len(), 2);
    let now = shown(&mut teller.news, |mailbox| mailbox.told == 2).await;
    assert_eq!((now.dead, now.trouble, now.again, now.latency_ms), (0, None, None, Some(20.0)));
}

async fn what_grew_old_with_nobody_to_tell_it_is_one_line_in_the_log(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    for n in 0..150 {
        desk.write(&format!("c{n}"), 1).await;
    }
    sleep(HOUR).await;
    desk.write("young", 1).await;
    let _teller = desk.teller_with(owner("a"), &crm, short()).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(crm.told().keys().collect::<Vec<_>>(), ["young"]);
    assert_eq!(desk.untold().await.len(), 150);
    let failed = desk.records("crm_sync_failed").await;
    assert_eq!((failed.len(), &failed[0].details["letters"]), (1, &150.into()));
}

async fn who_is_not_named_is_not_told_and_nothing_of_theirs_is_counted(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    desk.write("c", 1).await;
    let mut nobody = desk.teller_with(owner("a"), &crm, OutboxTerms::default()).await;
    let Some(Inward::Post(post)) = nobody.news.recv().await else { panic!("nothing is shown") };
    let bare = |mailbox: &Mailbox| mailbox.host.is_none() && mailbox.waiting == 0;
    assert!(post.targets.len() == 3 && post.targets.iter().all(bare), "{post:?}");
    sleep(HOUR).await;
    assert_eq!(desk.untold().await[0].state, Whereabouts::Waiting);
    // Somebody names them within the letter's time.
    let _named = desk.teller(owner("b"), &crm).await;
    desk.until_empty(Duration::from_secs(5)).await;
    assert_eq!(crm.told()["c"], [1]);
}

in_both_engines! {
    #[tokio::test(start_paused = true)]
    what_nobody_takes_is_given_up_at_its_age_and_told_when_somebody_asks
    what_grew_old_with_nobody_to_tell_it_is_one_line_in_the_log
    who_is_not_named_is_not_told_and_nothing_of_theirs_is_counted
}

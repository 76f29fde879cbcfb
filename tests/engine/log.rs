//! The audit log as the console is told of it: what others write too, each once; found, proved, exported.
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

use std::time::Duration;

use floorwalker::{
    domain::{
        audit::{
            Actor, AuditEntry, AuditEvent, AuditRecord, Checkpoint, Fault, Finding, Head, LogName,
            SignerKey,
        },
        query::Query,
        stats::Outcomes,
    },
    engine::{
        Command, Count, Event, Handle, LogAsk, LogNews, Proved, Pulse, Wanted, Witness, Work,
        anchoring::place::append, reading::export::export,
    },
    store::Journal,
};

use crate::{
    NO_GRACE,
    fake::{Fake, order, ready},
};

/// Longer than anything is told after, by the paused clock.
const LONG: Duration = Duration::from_secs(120);

/// Another process writes a record about this agent.
fn elsewhere(fake: &Fake, event: AuditEvent, reason: &str) {
    let actor = Actor { user: "noor".into(), host: "desk-2".into(), ..Actor::default() };
    let mut entry = AuditEntry::of(event, actor, "acme".into(), "platform");
    entry.reason = Some(reason.into());
    entry.agent = Some(crate::agent_id(1));
    entry.status = Some("accepted");
    let now = fake.clock().now();
    let mut state = fake.state();
    let seq = state.records.len() as i64 + 1;
    state.records.push(AuditRecord { seq, ..entry.dated(now) });
}

async fn ask(handle: &Handle, ask: LogAsk) {
    handle.commands.send(Command::Log(ask)).await.unwrap();
}

/// The next news of the log.
async fn news(handle: &mut Handle) -> LogNews {
    loop {
        let event = tokio::time::timeout(LONG, handle.events.recv()).await.unwrap();
        if let Event::Log(news) = event.unwrap() {
            return news;
        }
    }
}

/// Numbers of records that have come, until there are so many.
async fn come(handle: &mut Handle, count: usize) -> Vec<i64> {
    let mut seen = Vec::new();
    while seen.len() < count {
        if let LogNews::Grown(records) = news(handle).await {
            seen.extend(records.iter().map(|record| record.seq));
        }
    }
    seen
}

async fn page(handle: &mut Handle) -> usize {
    handle.commands.send(Command::Audit { before: None }).await.unwrap();
    loop {
        if let Event::AuditPage { records, .. } = handle.events.recv().await.unwrap() {
            return records.len();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_writes_each_record_comes_once_and_none_is_left_out() {
    let fake = Fake::new(3, 10, 5);
    (0..3).for_each(|_| elsewhere(&fake, AuditEvent::CrmSynced, "before"));
    let mut handle = ready(&fake, NO_GRACE).await;
    assert_eq!(page(&mut handle).await, 3);
    elsewhere(&fake, AuditEvent::CrmSynced, "theirs");
    let told = tokio::time::Instant::now();
    assert_eq!(come(&mut handle, 1).await, [4]);
    assert!(told.elapsed() < Duration::from_secs(1), "{:?}", told.elapsed());
    handle.commands.send(Command::Handoff(Box::new(order(1, 4)))).await.unwrap();
    assert_eq!(come(&mut handle, 2).await, [5, 6], "ours come too, and as often");
    let nothing = Outcomes::default();
    let ended = handle.pulse.wait_for(|pulse| pulse.ended != nothing).await.unwrap().ended;
    elsewhere(&fake, AuditEvent::HandoffCompleted, "theirs");
    assert_eq!(come(&mut handle, 1).await, [7]);
    // What others hand over counts for a fair share too, and not among what this process has done.
    let agent = crate::agent_id(1);
    let pulse = handle.pulse.wait_for(|pulse| pulse.handed.get(&agent) == Some(&1)).await.unwrap();
    assert_eq!(pulse.ended, ended);
}

#[tokio::test]
async fn what_matches_is_in_a_file_of_its_own_and_never_over_another() {
    let fake = Fake::new(1, 1, 1);
    for reason in ["refund", "other", "refund"] {
        elsewhere(&fake, AuditEvent::HandoffFailed, reason);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let (news, mut told) = tokio::sync::mpsc::channel(16);
    let query = Query::parse::<AuditRecord>("refund", fake.clock().now()).unwrap();
    let store = std::sync::Arc::new(fake);
    for _ in 0..2 {
        let (query, path) = (query.clone(), path.clone());
        export(&store, query, Ok(path), &news).await;
    }
    drop(news);
    let mut ends = Vec::new();
    while let Some(news) = told.recv().await {
        ends.extend((!matches!(news, LogNews::Exporting(_))).then_some(news));
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().filter(|line| line.contains(r#""reason":"refund""#)).count(), 2);
    assert_eq!(text.lines().count(), 2);
    let [LogNews::Exported { records: 2, .. }, LogNews::NotExported(_)] = ends.as_slice() else {
        panic!("{ends:?}");
    };
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_leaves_no_gap() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    assert_eq!(page(&mut handle).await, 0);
    fake.state().log_broken = true;
    (0..4).for_each(|_| elsewhere(&fake, AuditEvent::CrmSynced, "unseen"));
    tokio::time::sleep(Duration::from_secs(20)).await;
    fake.state().log_broken = false;
    assert_eq!(come(&mut handle, 4).await, [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn what_is_looked_for_is_found_counted_and_searched_on() {
    let fake = Fake::new(1, 1, 1);
    for n in 0..900 {
        let reason = if n % 3 == 0 { "refund" } else { "other" };
        elsewhere(&fake, AuditEvent::HandoffFailed, reason);
    }
    let mut handle = ready(&fake, NO_GRACE).await;
    let query = Query::parse::<AuditRecord>("refund", fake.clock().now()).unwrap();
    let wanted =
        Wanted { id: 7, work: Work::Filter, query, below: Some(891), most: 100, count: true };
    ask(&handle, LogAsk::Find(wanted.clone())).await;
    let LogNews::Found { id: 7, records, rest: Some(rest), done: true } = news(&mut handle).await
    else {
        panic!("a page of what was looked for");
    };
    assert_eq!((records.len(), records[0].seq), (100, 889));
    assert_eq!(news(&mut handle).await, LogNews::Counted { id: 7, count: Count::Exactly(197) });
    ask(&handle, LogAsk::Find(Wanted { below: Some(rest), count: false, ..wanted })).await;
    let LogNews::Found { records: further, .. } = news(&mut handle).await else { panic!("more") };
    assert_eq!(further[0].seq, records[99].seq - 3);
}

#[tokio::test(start_paused = true)]
async fn a_record_is_told_with_its_place_in_the_chain_and_the_chain_is_proved() {
    let fake = Fake::new(1, 1, 1);
    (0..20).for_each(|_| elsewhere(&fake, AuditEvent::CrmSynced, "x"));
    let mut handle = ready(&fake, NO_GRACE).await;
    ask(&handle, LogAsk::Record(1)).await;
    let LogNews::Record(first) = news(&mut handle).await else { panic!("record 1") };
    ask(&handle, LogAsk::Record(2)).await;
    let LogNews::Record(second) = news(&mut handle).await else { panic!("record 2") };
    assert_eq!((second.record.seq, second.previous), (2, first.hash));
    ask(&handle, LogAsk::Record(21)).await;
    assert!(matches!(news(&mut handle).await, LogNews::NoRecord { seq: 21, .. }));
    ask(&handle, LogAsk::Verify).await;
    let verified = loop {
        match news(&mut handle).await {
            LogNews::Verified(proved) => break proved.verified,
            LogNews::Verifying(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((verified.sound, verified.finding), (20, None));
}

/// What has come of a proof.
async fn proved(handle: &mut Handle) -> Proved {
    ask(handle, LogAsk::Verify).await;
    loop {
        if let LogNews::Verified(proved) = news(handle).await {
            return *proved;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_proof_holds_the_log_against_the_checkpoints_that_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("anchors");
    let key = |name, seed| SignerKey::drawn(name, &[seed; 32]).unwrap();
    let (ours, theirs) = (key("floorwalker/desk-1", 1), key("floorwalker/desk-7", 7));
    let fake = Fake::new(1, 1, 1);
    let keys = vec![ours.verifier().clone()];
    fake.state().witness = Witness { file: Some(file.clone()), keys };
    let grow = || (0..20).for_each(|_| elsewhere(&fake, AuditEvent::CrmSynced, "x"));
    let mut handle = ready(&fake, NO_GRACE).await;
    grow();
    let bare = proved(&mut handle).await;
    assert_eq!((bare.verified.finding, bare.verified.agreed, bare.refused), (None, 0, vec![]));
    for (key, log) in
        [(&ours, None), (&theirs, None), (&ours, Some(LogName::drawn(0xdead))), (&ours, None)]
    {
        let head = fake.head().await.unwrap();
        let log = log.unwrap_or_else(|| head.log.clone());
        let checkpoint = Checkpoint { head: Head { log, ..head }, at: fake.clock().now() };
        append(&file, &checkpoint.sign(key)).unwrap();
        grow();
    }
    let whole = proved(&mut handle).await;
    assert_eq!((whole.verified.finding, whole.verified.sound), (None, 100));
    assert_eq!((whole.verified.agreed, whole.verified.signed), (2, Some(80)));
    let refused: Vec<&str> = whole.refused.iter().map(|why| why.as_str()).collect();
    let refused = refused.join("\n");
    assert!(refused.contains("line 8: it is signed by floorwalker/desk-7+"), "{refused}");
    assert!(
        refused.contains("of 60 records is of the log floorwalker.audit/")
            && refused.contains("dead")
    );
    // Somebody changes a record, and computes everything behind it anew.
    fake.state().records[30].reason = Some("nothing to see here".into());
    let finding = proved(&mut handle).await.verified.finding;
    assert_eq!(finding, Some(Finding { seq: 80, fault: Fault::Recomputed { sound: 20 } }));
}

#[tokio::test(start_paused = true)]
async fn who_reads_the_log_goes_on_after_a_panic_and_says_of_what_was_asked_that_it_failed() {
    let fake = Fake::new(3, 10, 5);
    elsewhere(&fake, AuditEvent::CrmSynced, "before");
    let mut handle = ready(&fake, NO_GRACE).await;
    assert_eq!(page(&mut handle).await, 1);
    elsewhere(&fake, AuditEvent::CrmSynced, "seen");
    assert_eq!(come(&mut handle, 1).await, [2]);
    fake.state().log_panics = true;
    (0..3).for_each(|_| elsewhere(&fake, AuditEvent::CrmSynced, "unseen"));
    let query = Query::parse::<AuditRecord>("unseen", fake.clock().now()).unwrap();
    let wanted = Wanted {
        id: 7,
        work: Work::Filter,
        query: query.clone(),
        below: None,
        most: 9,
        count: false,
    };
    ask(&handle, LogAsk::Find(wanted)).await;
    assert!(matches!(news(&mut handle).await, LogNews::NotFound { id: 7, .. }));
    ask(&handle, LogAsk::Verify).await;
    let ended = loop {
        match news(&mut handle).await {
            LogNews::Verifying(_) => {}
            ended => break ended,
        }
    };
    assert!(matches!(&ended, LogNews::NotVerified(why) if why.contains("defect")), "{ended:?}");
    ask(&handle, LogAsk::Record(1)).await;
    assert!(matches!(news(&mut handle).await, LogNews::NoRecord { seq: 1, .. }));
    fake.state().log_panics = false;
    assert_eq!(come(&mut handle, 3).await, [3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn that_a_log_was_found_to_be_changed_is_told_until_it_is_found_otherwise() {
    let fake = Fake::new(1, 1, 1);
    (0..3).for_each(|_| elsewhere(&fake, AuditEvent::CrmSynced, "x"));
    fake.state().records[1].seq = 7;
    let mut handle = ready(&fake, NO_GRACE).await;
    let bad = |pulse: &Pulse| {
        let anchored = pulse.anchored.as_ref();
        anchored.and_then(|anchored| anchored.bad.as_ref()).map(|bad| bad.seq)
    };
    assert_eq!(bad(&handle.pulse.borrow()), None);
    ask(&handle, LogAsk::Verify).await;
    let found = handle.pulse.wait_for(|pulse| bad(pulse) == Some(2));
    tokio::time::timeout(LONG, found).await.unwrap().unwrap();
    fake.state().records[1].seq = 2;
    ask(&handle, LogAsk::Verify).await;
    let mended = handle.pulse.wait_for(|pulse| bad(pulse).is_none());
    tokio::time::timeout(LONG, mended).await.unwrap().unwrap();
}

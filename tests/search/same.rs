//! Whatever is asked, and however far the index goes: what is found is what matches, the newest first.

use std::time::Duration;

use fastrand::Rng;
use floorwalker::{
    domain::audit::AuditRecord,
    engine::search::{self, Count, Quest},
    store::{Index, Journal, Search, Unindexed},
};

use crate::{
    asked::{LONG, found, matching, query},
    log::Log,
    stores::{Home, in_both_engines},
};

in_both_engines! {
    #[tokio::test]
    an_index_changes_nothing_but_the_time
    the_index_names_few_records_that_do_not_match
    many_terms_are_looked_up_at_once
}

/// The log's first `count` records, filed.
async fn filed(log: &Log, index: &Index, count: usize) {
    index.renew(&log.head().await.unwrap()).await.unwrap();
    let records = log.records()[..count].to_vec();
    for batch in records.chunks(97) {
        let after = index.indexed().await.unwrap().unwrap();
        assert!(index.file(&after, batch).await.unwrap());
    }
}

/// A query about things that are in the log, or nearly.
fn invented(rng: &mut Rng, log: &[AuditRecord], depth: u32) -> String {
    let record = &log[rng.usize(..log.len())];
    let id = record.session.as_ref().map(ToString::to_string).unwrap_or_default();
    let (from, length) = (rng.usize(..30), rng.usize(1..7));
    let piece = &id[from..from + length.min(36 - from)];
    let words =
        ["refund", "a", "asks for a", "RÜCK", "佐藤", "請求", "7731-ab", "is below", "spani", "zz"];
    let word = words[rng.usize(..words.len())];
    match rng.u8(..if depth > 0 { 20 } else { 14 }) {
        0 => format!("session:{piece}"),
        1 => format!("\"{piece}\""),
        2 => format!("conversation={id}"),
        3 => format!("\"{word}\""),
        4 => format!("reason:\"{word}\""),
        5 => format!("user:{}", &record.actor.user),
        6 => format!("user!={}", &record.actor.user),
        7 => format!("latency>{}", 25_000 + rng.u32(..7000)),
        8 => format!("request<={}", rng.u32(20..60)),
        9 => format!("since:{}m", rng.u32(..60)),
        10 => format!("until:{}m", rng.u32(..60)),
        11 => format!("seq>{}", rng.u32(..400)),
        12 => format!("event:{}", ["handoff", "failed", "x", "re", "completed"][rng.usize(..5)]),
        13 => format!("queue:{}", record.queue.as_ref().unwrap().short()),
        14 | 15 => format!("!{}", invented(rng, log, depth - 1)),
        16 | 17 => {
            format!("({} or {})", invented(rng, log, depth - 1), invented(rng, log, depth - 1))
        }
        _ => format!("({} {})", invented(rng, log, depth - 1), invented(rng, log, depth - 1)),
    }
}

async fn an_index_changes_nothing_but_the_time(home: Home) {
    let index = home.open().await.index().await;
    assert!(index.is_some());
    for (seed, size, filed_upto) in [(1, 400, 0), (2, 400, 250), (3, 400, 400), (4, 2400, 2000)] {
        let log = Log::invented(size, seed);
        filed(&log, &index, filed_upto).await;
        let records = log.read();
        let mut rng = Rng::with_seed(seed);
        for _ in 0..if size > 1000 { 15 } else { 50 } {
            let text = invented(&mut rng, &records, 3);
            let page = rng.usize(1..200);
            let expected = matching(&records, &text);
            assert_eq!(found(&log, &index, &text, page).await, expected, "log {seed}: {text}");
        }
    }
}

async fn the_index_names_few_records_that_do_not_match(home: Home) {
    let log = Log::invented(2400, 9);
    let index = home.open().await.index().await;
    filed(&log, &index, 2400).await;
    let session = log.records()[77].read().unwrap().session.unwrap().to_string();
    for text in [
        format!("session={session}"),
        format!("session:{}", &session[3..20]),
        "zeppelin or \"did not answer\"".into(),
        "user:mara event:failed".into(),
        "latency>30500".into(),
        "queue:nowhere or latency<0".into(),
        "tty:zz".into(),
    ] {
        let plan = index.plan(&query(&text).narrow()).await.unwrap();
        let named = index.candidates(&plan, 1..=2400, 2400).await.unwrap();
        assert_eq!(named, Some(matching(&log.read(), &text)), "{text}");
    }
}

async fn many_terms_are_looked_up_at_once(home: Home) {
    let log = Log::invented(3600, 10);
    let index = home.open().await.index().await;
    filed(&log, &index, 3600).await;
    index.tidy().await.unwrap();
    let records = log.read();
    // Nearly as many terms as a plan may name.
    let text = "session:\"-4\" or session:a0 or correlation:a1 or handoff:f3";
    let plan = index.plan(&query(text).narrow()).await.unwrap();
    assert_ne!(plan.reach, floorwalker::store::Reach::All);
    assert_eq!(found(&log, &index, text, 40).await, matching(&records, text));
}

#[tokio::test]
async fn without_an_index_everything_is_read() {
    let log = Log::invented(700, 5);
    let records = log.read();
    for text in ["", "refund", "event:failed or user:zoë", "since:30m !mara", "nothing-of-the-kind"]
    {
        assert_eq!(found(&log, &Unindexed, text, 50).await, matching(&records, text), "{text}");
    }
}

#[tokio::test]
async fn a_search_whose_time_is_over_goes_on_from_there() {
    let log = Log::invented(6000, 6);
    let query = query("event:failed");
    let mut quest = Quest { query: &query, below: None, patience: Duration::ZERO };
    let mut numbers = Vec::new();
    let mut pages = 0;
    loop {
        let found = search::page(&log, &Unindexed, quest, 1000).await.unwrap();
        numbers.extend(found.records.iter().map(|record| record.seq));
        pages += 1;
        let Some(rest) = found.rest else { break };
        quest.below = Some(rest);
    }
    assert_eq!(numbers, matching(&log.read(), "event:failed"));
    assert!(pages > 1);
    quest.below = None;
    let count = search::count(&log, &Unindexed, quest, 1_000_000).await.unwrap();
    assert!(matches!(count, Count::AtLeast(n) if n < numbers.len() as u64), "{count:?}");
    quest.patience = LONG;
    assert_eq!(search::count(&log, &Unindexed, quest, 5).await, Ok(Count::AtLeast(5)));
}

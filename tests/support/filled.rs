//! A log as a contact centre fills it, as long as it is wanted.

use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent, AuditRecord, Head, Sealed},
    store::{Database, Journal},
};
use jiff::Timestamp;

/// Records that are written at a time.
const BATCH: i64 = 10_000;

/// Seconds from one record to the next: some thousand a day.
const PACE: i64 = 30;

/// Fills an empty log with so many records, the last of them written just now.
pub async fn fill(store: &Database, count: i64) {
    let first = Timestamp::now().as_second() - count * PACE;
    let mut head = store.head().await.unwrap();
    while head.size < count {
        let mut sealed = Vec::new();
        let mut end = head.clone();
        for _ in 0..BATCH.min(count - head.size) {
            let next = record(&end, first);
            end = Head { size: next.seq, hash: next.hash, ..end };
            sealed.push(next);
        }
        store.adopt(&head, &sealed).await.unwrap();
        head = end;
    }
}

/// A record as a handoff writes it.
fn record(after: &Head, first: i64) -> Sealed {
    let seq = after.size + 1;
    let actor = Actor { user: "mara".into(), host: "desk-1".into(), ..Actor::default() };
    let event = AuditEvent::HandoffCompleted;
    let mut entry = AuditEntry::of(event, actor, "api.mypurecloud.de".into(), "platform");
    let conversation = format!("7f8e9d0c-1111-4222-8333-{seq:012x}");
    entry.session = Some(conversation.as_str().into());
    entry.queue = Some("0b1c2d3e-1111-4222-8333-444455556666".into());
    entry.transfer = Some("replace_queue".into());
    entry.status = Some("queued");
    entry.latency_ms = Some(4000 + seq.unsigned_abs() % 900);
    entry.request_ms = Some(61.25);
    entry.reason = Some("wants a person".into());
    entry.details =
        serde_json::json!({ "history": 50, "steps_ms": { "claim": 0.41, "transfer": 61.2 } });
    let at = Timestamp::from_second(first + seq * PACE).unwrap();
    let record = AuditRecord { seq, ..entry.dated(at) };
    Sealed::new(&record, &format!("{seq:032x}"), after.hash)
}

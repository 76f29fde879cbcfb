//! Closer looks, and the audit pane.

use floorwalker::{
    domain::{
        audit::{Actor, AuditRecord},
        detail::{Attendance, Participant, Purpose, SessionDetail, Speaker, Utterance},
    },
    engine::{Command, Event, LogNews},
};

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::Harness,
};

const EVENTS: [(&str, &str); 4] = [
    ("handoff_completed", "accepted"),
    ("handoff_initiated", "recorded"),
    ("handoff_failed", "failed"),
    ("handoff_rejected", "rejected"),
];

/// A record of the sample log.
pub fn record(seq: i64) -> AuditRecord {
    let n = usize::try_from(seq).unwrap();
    let (event, status) = EVENTS[n % 4];
    AuditRecord {
        seq,
        timestamp: floor::ago(3_600 - seq * 60),
        event: event.into(),
        actor: Actor { user: "mira".into(), host: "ops-1".into(), ..Actor::default() },
        context: "contoso".into(),
        dialect: "platform".into(),
        handoff: None,
        session: Some(session_id(n)),
        participant: None,
        agent: (n % 2 == 0).then(|| agent_id(n)),
        queue: (n % 2 == 1).then(|| queue_id(n % 6)),
        transfer: Some("replace_agent".into()),
        status: Some(status.into()),
        latency_ms: (n % 4 == 0).then_some(4_210),
        request_ms: (n % 4 == 0).then_some(182.37),
        error_code: None,
        error: (n % 4 == 2).then(|| "403: the role lacks conversation:participant:replace".into()),
        reason: None,
        waiver: None,
        correlation: Some("6f1c".into()),
        details: serde_json::json!({ "steps": { "claim": 2, "audit": 5 }, "note": "a\u{1b}[31mb" }),
        purged: false,
    }
}

/// The newest page of the sample log.
pub fn audit_page() -> Event {
    Event::AuditPage { records: (1..=9).rev().map(record).collect(), complete: true }
}

/// The nth session, read closely.
pub fn detail(n: usize) -> SessionDetail {
    let party = |purpose, name: &str, presence| Participant {
        id: name.into(),
        purpose,
        name: Some(name.into()),
        agent: None,
        queue: None,
        presence,
        from: Some(floor::ago(300)),
        connected: None,
        until: None,
        ended_by: None,
        communication: None,
    };
    let say = |seconds, by, text: &str| Utterance {
        at: floor::ago(seconds),
        by,
        author: None,
        text: text.into(),
    };
    SessionDetail {
        id: session_id(n),
        session: floor::session(n),
        participants: vec![
            party(Purpose::Customer, "Anna", Attendance::Connected),
            party(Purpose::Bot, "Concierge", Attendance::Gone),
            party(Purpose::Queue, "VIP", Attendance::Connected),
        ],
        message_ids: vec![],
        messages: vec![
            say(
                280,
                Speaker::Guest,
                "Hello, I was charged twice for the same order and nobody could tell me why so far.",
            ),
            say(270, Speaker::Bot, "I can help with that. What is the order number?"),
            say(200, Speaker::Guest, "注文番号は \u{1b}[2J 12345 です"),
        ],
        guest: None,
        summary: Some("The customer was charged twice.".into()),
        gaps: vec!["agent names: 403, the role lacks directory:user:view".into()],
        read_at: floor::ago(1),
    }
}

#[test]
fn a_session_is_read_closely_while_its_detail_is_open() {
    let mut harness = Harness::live(80, 24);
    let id = harness.app.cx().session.clone().unwrap();
    harness.take_effects();
    harness.press("enter");
    let sent = harness.commands();
    assert!(
        matches!(sent.as_slice(), [Command::Attend(a)] if a.detail.as_ref() == Some(&id)),
        "{sent:?}"
    );
    assert!(harness.screen().contains("reading…"));
    // News of another session is not shown here.
    harness.event(Event::Detail(Box::new(detail(1))));
    assert!(harness.screen().contains("reading…"));
    harness.event(Event::Detail(Box::new(detail(34))));
    assert_screen!("detail_session", harness);
    assert_screen!("detail_session_scrolled", harness.press("G"));
    harness.take_effects();
    harness.press("esc");
    let sent = harness.commands();
    assert!(matches!(sent.as_slice(), [Command::Attend(a)] if a.detail.is_none()), "{sent:?}");
}

#[test]
fn a_detail_that_cannot_be_read_says_why() {
    let mut harness = Harness::live(80, 24);
    let id = harness.app.cx().session.clone().unwrap();
    harness.press("enter");
    harness.event(Event::NoDetail { session: id, reason: "403: ask for conversation:view".into() });
    assert!(harness.screen().contains("▲ 403: ask for conversation:view"));
}

#[test]
fn an_open_detail_stays_with_its_session() {
    let mut harness = Harness::live(80, 24);
    harness.press("enter");
    assert!(harness.screen().contains("Anna 34"));
    let floor = floor::sample();
    let rest = floor.sessions.iter().filter(|s| s.id != session_id(34)).cloned().collect();
    harness.floor(floor::build(floor.queues.clone(), floor.agents.clone(), rest));
    let screen = harness.screen();
    assert!(screen.contains("has ended") && screen.contains(&session_id(34).short()), "{screen}");
    harness.press("h");
    assert!(harness.status().contains("The session has ended"), "{}", harness.status());
}

#[test]
fn from_a_detail_to_a_handoff_and_back() {
    let mut harness = Harness::live(80, 24);
    harness.press("enter h");
    assert!(harness.screen().contains("Hand off to an agent"));
    harness.press("esc");
    assert!(harness.screen().contains("reading…"));
    harness.press("h enter y");
    assert_eq!(harness.orders().len(), 1);
    assert!(harness.screen().contains("⠿ →"), "{}", harness.screen());
}

#[test]
fn queues_agents_and_records_have_details_too() {
    let mut harness = Harness::live(80, 24);
    harness.event(audit_page());
    assert_screen!("detail_queue", harness.press("1 enter"));
    assert_screen!("detail_agent", harness.press("esc 2 j enter"));
    assert_screen!("detail_record", harness.press("esc 4 j enter"));
}

#[test]
fn the_log_is_asked_for_at_the_start_and_further_near_its_end() {
    let mut harness = Harness::bare(80, 24);
    assert_eq!(
        harness.tell(floorwalker::console::app::Message::Tick).commands(),
        [Command::Audit { before: None }]
    );
    harness.take_effects();
    let page = |from: i64, to: i64, complete| Event::AuditPage {
        records: (from..=to).rev().map(record).collect(),
        complete,
    };
    harness.event(page(101, 200, false));
    assert!(harness.take_effects().is_empty());
    harness.press("4 G");
    assert_eq!(harness.commands(), [Command::Audit { before: Some(101) }]);
    // Asked once, however often a key is pressed.
    harness.press("k j k j");
    assert_eq!(harness.commands().len(), 1);
    harness.event(page(1, 100, true)).press("G");
    assert_eq!(harness.commands().len(), 1);
    assert!(harness.screen().contains("Audit 200"));
}

#[test]
fn new_records_come_on_top_and_the_cursor_follows_only_there() {
    let mut harness = Harness::live(80, 24);
    harness.event(audit_page()).press("4");
    harness.event(Event::Log(LogNews::Grown(vec![record(10)])));
    assert!(harness.cursor_row().contains("13:13:27"), "{}", harness.screen());
    harness.press("j j");
    let row = harness.cursor_row();
    harness.event(Event::Log(LogNews::Grown(vec![record(11)])));
    assert_eq!(harness.cursor_row(), row);
    // The same record twice, once by page and once by news, is one record.
    harness.event(Event::Log(LogNews::Grown(vec![record(11)])));
    assert!(harness.screen().contains("Audit 11"), "{}", harness.screen());
}

#[test]
fn what_was_read_earlier_does_not_replace_what_is_known() {
    let mut harness = Harness::live(80, 24);
    harness.press("enter");
    let id = harness.app.cx().session.clone().unwrap();
    let n = (0..40).find(|n| session_id(*n) == id).unwrap();
    let read = |seconds, text: &str| {
        let mut detail = detail(n);
        detail.messages.truncate(1);
        detail.messages[0].text = text.into();
        detail.read_at = floor::ago(seconds);
        Event::Detail(Box::new(detail))
    };
    harness.event(read(1, "newer")).event(read(2, "older")).press("G");
    assert!(harness.screen().contains("newer"), "{}", harness.screen());
    assert!(!harness.screen().contains("older"));
}

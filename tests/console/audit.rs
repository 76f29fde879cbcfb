//! The audit pane: it follows, finds, proves, exports, copies, and leads to sessions and back.

use std::path::PathBuf;

use floorwalker::{
    console::{
        Settings,
        app::{Effect, Message},
    },
    domain::{
        audit::{AuditRecord, Fault, Finding, Hash, Head, LogName, Told},
        text::Plain,
    },
    engine::{
        Command, Count, Event, Level, Link, Linked, LogAsk, LogNews, LogProgress, Notice, Proved,
        Verified, Wanted, Work, proof::Stranger,
    },
};

use crate::{
    details::{audit_page, record},
    floor,
    harness::{Harness, pulse, settings},
};

/// The log's newest page of many.
fn long_log() -> Harness {
    let mut harness = Harness::live(120, 40);
    let records = (801..=1_000).rev().map(record).collect();
    harness.event(Event::AuditPage { records, complete: false }).press("4");
    harness.take_effects();
    harness
}

fn short_log() -> Harness {
    let mut harness = Harness::live(80, 24);
    harness.event(audit_page()).press("4");
    harness.take_effects();
    harness
}

fn grown(records: Vec<AuditRecord>) -> Event {
    Event::Log(LogNews::Grown(records))
}

fn title(harness: &Harness) -> String {
    harness.line("▸ 4 Audit").unwrap_or_default()
}

/// What was asked of the log, and nothing else.
fn asked(harness: &mut Harness) -> Vec<LogAsk> {
    let commands = harness.commands().into_iter().filter_map(|command| match command {
        Command::Log(ask) => Some(ask),
        _ => None,
    });
    let asked = commands.collect();
    harness.take_effects();
    asked
}

fn wanted(harness: &mut Harness) -> Wanted {
    let find = |ask| match ask {
        LogAsk::Find(wanted) => Some(wanted),
        _ => None,
    };
    let asked = asked(harness);
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked.into_iter().find_map(find).unwrap()
}

#[test]
fn following_stops_on_scrolling_away_and_home_takes_it_up_again() {
    let mut harness = long_log();
    assert!(title(&harness).contains("following"), "{}", harness.screen());
    harness.press("j");
    let row = harness.cursor_row();
    harness.event(grown(vec![record(1_001), record(1_002)])).event(grown(vec![record(1_003)]));
    assert_eq!(harness.cursor_row(), row);
    assert!(title(&harness).contains("follow off · 3 new"), "{}", title(&harness));
    harness.press("g");
    assert!(title(&harness).contains("1,003"), "{}", title(&harness));
    assert!(!title(&harness).contains("new"), "{}", title(&harness));
    harness.event(grown(vec![record(1_004)]));
    assert!(title(&harness).contains("1,004") && title(&harness).contains("following"));
}

#[test]
fn what_is_loaded_is_found_at_once_and_the_store_is_asked_after_a_pause() {
    let mut harness = long_log();
    harness.press("/").type_text("event:handoff_failed");
    assert!(title(&harness).contains("50… of 1,000 /event:handoff_failed"), "{}", harness.screen());
    assert!(asked(&mut harness).is_empty(), "not while the hand is over the keys");
    harness.wait(1);
    let first = wanted(&mut harness);
    assert_eq!((first.work, first.below, first.count), (Work::Filter, Some(801), true));
    assert!(title(&harness).contains("searching below 801…"), "{}", title(&harness));
    let found = |id, records, rest, done| Event::Log(LogNews::Found { id, records, rest, done });
    harness.event(found(first.id, vec![record(798), record(794)], Some(600), false));
    assert!(title(&harness).contains("52… of 1,000"), "{}", title(&harness));
    assert!(title(&harness).contains("searching below 600…"), "{}", title(&harness));
    harness.event(found(first.id, vec![record(598)], Some(598), true));
    let count = Count::AtLeast(100_000);
    harness.event(Event::Log(LogNews::Counted { id: first.id, count }));
    assert!(title(&harness).contains("≥ 100,053 of 1,000"), "{}", title(&harness));
    // What comes is tested too, and what was asked before means nothing any more.
    harness.event(grown(vec![record(1_001), record(1_002)]));
    assert!(title(&harness).contains("≥ 100,054"), "{}", title(&harness));
    harness.press("backspace").wait(1);
    let second = wanted(&mut harness);
    assert_ne!(second.id, first.id);
    harness.event(found(first.id, vec![record(1)], None, true));
    assert!(title(&harness).contains("51… of 1,002"), "{}", title(&harness));
    harness.press("enter esc");
    assert!(title(&harness).contains("4 Audit 1,002  following"), "{}", title(&harness));
}

#[test]
fn near_the_end_of_what_was_found_more_is_looked_for() {
    let mut harness = long_log();
    harness.press("/").type_text("mira").press("enter");
    let first = wanted(&mut harness);
    let records = (701..=800).rev().map(record).collect();
    let news = LogNews::Found { id: first.id, records, rest: Some(701), done: true };
    harness.event(Event::Log(news));
    assert!(asked(&mut harness).is_empty());
    harness.press("G");
    let next = wanted(&mut harness);
    assert_eq!((next.id, next.below, next.count), (first.id, Some(701), false));
}

#[test]
fn a_query_that_cannot_be_read_is_marked_where_it_is_wrong() {
    let mut harness = short_log();
    harness.press("/").type_text("mira sesion:1").wait(1);
    let screen = harness.screen();
    let rows: Vec<&str> = screen.lines().collect();
    let at = rows.iter().position(|row| row.contains("/mira sesion:1")).unwrap();
    let column = |row: &str, mark: &str| {
        row.find(mark).map(|at| row[..at].chars().count()).unwrap_or_else(|| panic!("{screen}"))
    };
    assert_eq!(column(rows[at + 1], "▴"), column(rows[at], "sesion"), "{screen}");
    assert!(harness.status().contains("did you mean session?"), "{screen}");
    // What stands before it still holds, and esc drops all of it.
    assert!(title(&harness).contains("9 of 9"), "{screen}");
    harness.press("esc");
    assert!(title(&harness).contains("Audit 9"), "{}", harness.screen());
}

#[test]
fn a_record_has_its_hashes_and_a_purged_one_says_so() {
    let mut harness = Harness::live(120, 40);
    harness.event(audit_page()).press("4 enter");
    assert_eq!(asked(&mut harness), [LogAsk::Record(9)]);
    let hash = |byte| Hash([byte; 32]);
    let mut purged = record(9);
    (purged.purged, purged.actor.user) = (true, "".into());
    let linked = Linked { record: purged, previous: hash(1), hash: hash(2) };
    harness.event(Event::Log(LogNews::Record(Box::new(linked)))).press("G");
    let screen = harness.screen();
    for text in [&hash(1).to_string(), &hash(2).to_string(), "removed: who it was"] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
}

#[test]
fn a_check_runs_behind_can_be_called_off_and_what_is_wrong_stays() {
    let mut harness = short_log();
    harness.press("V");
    assert_eq!(asked(&mut harness), [LogAsk::Verify]);
    let progress = LogProgress { checked: 450, of: 1_000 };
    harness.event(Event::Log(LogNews::Verifying(progress)));
    assert!(title(&harness).contains("checked 45 %"), "{}", harness.screen());
    harness.press("V");
    assert_eq!(asked(&mut harness), [LogAsk::Stop(Work::Proof)]);
    harness.event(Event::Log(LogNews::Verifying(progress)));
    assert!(!title(&harness).contains("checked"), "{}", harness.screen());
    let log = LogName::drawn(7);
    let head = Head { log, size: 9, hash: Hash([171; 32]) };
    let verified =
        |sound, finding| proved(Verified { sound, finding, ..whole(head.clone()) }, Vec::new());
    harness.press("V").event(verified(9, None));
    let said = "✓ 9 records verified; head abababab…; no checkpoint to hold them against";
    assert!(says(&harness, said), "{}", harness.screen());
    harness.press("V").event(verified(3, Some(Finding { seq: 4, fault: Fault::Missing })));
    harness.wait(120).press("1 4");
    assert!(title(&harness).contains("✗ record 4: missing"), "{}", harness.screen());
    // What was seen here before has to be there, whatever the chain says of itself.
    let head = Head { size: 7, ..head.clone() };
    harness.press("V").event(proved(whole(head), Vec::new()));
    assert!(title(&harness).contains("✗ record 8: truncated"), "{}", harness.screen());
    let said = "the log was truncated: record 8 is missing, 9 records are vouched for; 7 records are sound";
    assert!(says(&harness, said), "{}", harness.screen());
}

#[test]
fn nothing_stands_over_the_result_of_a_check_and_an_answer_over_an_error() {
    let mut harness = short_log();
    let head = Head { log: LogName::drawn(7), size: 9, hash: Hash([171; 32]) };
    harness.tell(Message::Trouble("The disk is slow".into())).press("V");
    assert!(!harness.status().contains("The disk"), "{}", harness.status());
    harness.event(proved(whole(head), Vec::new()));
    assert!(harness.status().contains("✓ 9 records verified"), "{}", harness.status());
    let notice = Notice { level: Level::Warn, text: "Somebody else has said something".into() };
    harness.event(Event::Notice(notice)).wait(9);
    assert!(harness.status().contains("✓ 9 records verified"), "{}", harness.status());
    // The error has its time afterwards, and no more than that.
    harness.wait(3);
    assert!(harness.status().contains("The disk is slow"), "{}", harness.status());
    harness.press("x");
    assert!(!harness.status().contains("The disk"), "{}", harness.status());
    harness.wait(8);
    assert!(harness.status().contains("The disk is slow"), "{}", harness.status());
    harness.wait(10);
    assert!(!harness.status().contains("The disk"), "{}", harness.status());
}

/// A log that is as it was written.
pub fn whole(head: Head) -> Verified {
    Verified {
        from: 1,
        sound: head.size,
        trust: floorwalker::engine::proof::Trust::Beginning,
        signed: None,
        agreed: 0,
        strangers: Vec::new(),
        told: Told::default(),
        finding: None,
        head,
    }
}

pub fn proved(verified: Verified, refused: Vec<Plain>) -> Event {
    Event::Log(LogNews::Verified(Box::new(Proved { verified, refused })))
}

/// True if the screen says this, however it is broken into lines.
fn says(harness: &Harness, text: &str) -> bool {
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    letters(&harness.screen()).contains(&letters(text))
}

#[test]
fn a_check_says_which_checkpoints_agree_and_nothing_of_it_is_cut() {
    let mut harness = short_log();
    let head = Head { log: LogName::drawn(7), size: 9, hash: Hash([171; 32]) };
    let signed = Verified { signed: Some(8), agreed: 1_234, ..whole(head.clone()) };
    harness.press("V").event(proved(signed.clone(), Vec::new()));
    let text = "✓ 9 records verified; head abababab…; 1,234 checkpoints agree, newest: \
                record 8";
    assert!(says(&harness, text), "{}", harness.screen());
    let stranger =
        "line 8: it is signed by floorwalker/desk-7+0badcafe, whose key is not known here";
    harness.press("V").event(proved(signed, vec![stranger.into()]));
    assert!(says(&harness, &format!("left aside: {stranger}")), "{}", harness.screen());
    // Whoever puts another log in its place can compute that as a whole.
    let (of, here) = (LogName::drawn(8), LogName::drawn(7));
    let strangers = vec![Stranger { count: 3, size: 9, of: of.clone(), here }];
    harness.wait(60).press("V");
    harness.event(proved(Verified { strangers, ..whole(head) }, vec!["other".into()]));
    assert!(title(&harness).contains("✗ not the signed log"), "{}", harness.screen());
    let text = format!("3 checkpoints, of up to 9 records, are of the log {of}");
    assert!(says(&harness, &text), "{}", harness.screen());
}

#[test]
fn what_is_shown_is_exported_and_the_file_named() {
    let mut harness = short_log();
    harness.press("/").type_text("status=failed").press("enter E");
    let asked = asked(&mut harness);
    let [LogAsk::Export(query)] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(query.matches(&record(2)) && !query.matches(&record(1)));
    harness.event(Event::Log(LogNews::Exporting(LogProgress { checked: 1, of: 4 })));
    assert!(title(&harness).contains("exported 25 %"), "{}", harness.screen());
    let path = PathBuf::from("/tmp/floorwalker-audit-x.jsonl");
    harness.event(Event::Log(LogNews::Exported { path, records: 2 }));
    assert!(harness.status().contains("2 records are in /tmp/floorwalker-audit-x.jsonl"));
    assert!(!title(&harness).contains("exported"), "{}", harness.screen());
}

#[test]
fn an_incident_is_copied_whole_as_markdown() {
    let mut harness = short_log();
    harness.press("Y");
    let wanted = wanted(&mut harness);
    let mut first = record(8);
    (first.session, first.handoff) = (record(9).session, record(9).handoff);
    first.error = Some("no | such <queue>".into());
    assert!(wanted.query.matches(&record(9)) && !wanted.query.matches(&record(8)));
    let (id, records) = (wanted.id, vec![record(9), first]);
    harness.event(Event::Log(LogNews::Found { id, records, rest: None, done: true }));
    let effects = harness.take_effects();
    let copied = effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    insta::assert_snapshot!("incident", copied.unwrap());
    assert!(harness.status().contains("2 records, copied"), "{}", harness.status());
}

#[test]
fn a_record_leads_to_its_session_and_back() {
    let mut harness = short_log();
    harness.press("j j");
    let row = harness.cursor_row();
    let session = record(7).session.unwrap();
    harness.press("J");
    assert_eq!(harness.app.cx().session.as_ref(), Some(&session), "{}", harness.screen());
    harness.press("J");
    assert_eq!(harness.cursor_row(), row);
    // Another session leads to its own records.
    harness.press("3 G J");
    let here = harness.app.cx().session.clone().unwrap();
    assert!(title(&harness).contains(&format!("/session={here}")), "{}", harness.screen());
}

#[test]
fn a_session_that_has_gone_is_still_told_of_by_its_records() {
    let mut harness = short_log();
    harness.floor(floor::build(vec![], vec![], vec![])).press("j J");
    let session = record(8).session.unwrap();
    assert!(
        title(&harness).contains(&format!("1 of 9 /session={session}")),
        "{}",
        harness.screen()
    );
    assert!(harness.status().contains("not on the floor any more"), "{}", harness.status());
}

#[test]
fn what_was_done_in_another_org_is_told_apart() {
    let records: Vec<_> = (1..=3).rev().map(record).collect();
    let test = AuditRecord { context: "test".into(), ..record(2) };
    let page = vec![records[0].clone(), test, records[2].clone()];
    let console = |named| {
        let context = "contoso".into();
        let mut harness = Harness::with(&Settings { context, named, ..settings() }, 120, 30);
        harness.pulse(pulse(Link::Live)).floor(floor::build(vec![], vec![], vec![]));
        harness.event(Event::AuditPage { records: page.clone(), complete: true }).press("4");
        harness
    };
    let mut harness = console(true);
    assert!(harness.line("  org").is_some(), "{}", harness.screen());
    let shows =
        |harness: &Harness, org: &str| harness.screen().matches(&format!(" {org} ")).count();
    assert_eq!(shows(&harness, "test"), 1, "{}", harness.screen());
    assert_eq!(shows(&harness, "here"), 2, "{}", harness.screen());
    harness.press("j J");
    let said = harness.status();
    assert!(said.contains("is a session of test, and you are in contoso"), "{said}");
    // With one org in the configuration there is nothing to be told apart.
    assert_eq!(shows(&console(false), "test"), 0);
}

#[test]
fn a_query_that_cannot_be_read_is_no_answer() {
    let mut harness = short_log();
    harness.press("/").type_text("event:none-is-so latncy>5");
    let screen = harness.screen();
    assert!(screen.contains("no field"), "{screen}");
    assert!(screen.contains("Nothing is looked for"), "{screen}");
    assert!(!screen.contains("No record is like that"), "{screen}");
}

/// Grows the log to `last`, as fast as the engine tells it.
fn burst(harness: &mut Harness, first: i64, last: i64) {
    for from in (first..=last).step_by(256) {
        harness.event(grown((from..(from + 256).min(last + 1)).map(record).collect()));
    }
}

/// The number of the record under the cursor.
fn under_cursor(harness: &mut Harness) -> i64 {
    asked(harness);
    harness.press("enter");
    let asked = asked(harness);
    harness.press("esc");
    let read = asked.iter().find_map(|ask| match ask {
        LogAsk::Record(seq) => Some(*seq),
        _ => None,
    });
    read.unwrap()
}

#[test]
fn what_a_burst_pushes_out_of_the_pane_is_still_found() {
    let mut harness = long_log();
    harness.press("/").type_text("event:handoff_failed").press("enter");
    let id = wanted(&mut harness).id;
    let records = (402..=798).rev().step_by(4).map(record).collect();
    harness.event(Event::Log(LogNews::Found { id, records, rest: Some(402), done: true }));
    let count = Count::Exactly(100);
    harness.event(Event::Log(LogNews::Counted { id, count }));
    assert!(title(&harness).contains("250 of 1,000"), "{}", title(&harness));
    burst(&mut harness, 1_001, 7_000);
    assert!(title(&harness).contains("1,750 of 7,000"), "{}", title(&harness));
    // All of them are there, one behind the other.
    harness.press("G");
    let next = wanted(&mut harness);
    assert_eq!((next.id, next.below), (id, Some(402)));
    for expected in (402..3_000).step_by(4) {
        assert_eq!(under_cursor(&mut harness), expected);
        harness.press("k");
    }
}

#[test]
fn where_all_was_loaded_nothing_is_lost_and_not_all_is_kept() {
    let mut harness = short_log();
    harness.press("/").type_text("mira").press("enter");
    burst(&mut harness, 10, 20_010);
    assert!(title(&harness).contains("20,010 of 20,010"), "{}", title(&harness));
    asked(&mut harness);
    harness.press("G");
    let next = wanted(&mut harness);
    let below = next.below.unwrap();
    assert_eq!(under_cursor(&mut harness), below, "what is not kept is asked for again");
    assert!((2_000..15_000).contains(&below), "{below}");
    let records = (1..below).rev().map(record).collect();
    harness.event(Event::Log(LogNews::Found { id: next.id, records, rest: None, done: true }));
    assert!(title(&harness).contains("20,010 of 20,010"), "{}", title(&harness));
    assert_eq!(under_cursor(harness.press("G")), 1);
}

//! The language by table: what is read, what is not and why, and what it finds.

use proptest::prelude::*;

use super::*;
use crate::domain::audit::{Actor, AuditEntry, AuditEvent, AuditRecord, LogName, Sealed};

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn query(text: &str) -> Query {
    Query::parse::<AuditRecord>(text, now()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Nora's handoff of half an hour ago, that was refused.
fn record() -> AuditRecord {
    let actor = Actor { user: "nora".into(), host: "desk-7".into(), ..Actor::default() };
    let mut entry =
        AuditEntry::of(AuditEvent::HandoffFailed, actor, "acme.example".into(), "platform");
    entry.session = Some("f47ac10b-58cc-4372-a567-0e02b2c3d479".into());
    entry.queue = Some("Billing (EU)".into());
    entry.status = Some("refused");
    entry.reason = Some("The customer asks for a \"Rückerstattung\"".into());
    entry.latency_ms = Some(4200);
    entry.details = serde_json::json!({"steps": ["claim", {"history": 50}], "share": 0.25});
    let record = entry.dated("2026-11-21T11:30:15.250Z".parse().unwrap());
    AuditRecord { seq: 42, ..record }
}

#[test]
fn a_query_finds_what_it_says() {
    let table = [
        ("", true),
        ("   ", true),
        ("NORA", true),
        ("nor desk", true),
        ("nora mara", false),
        ("nora or mara", true),
        ("mara or nora desk-9", false),
        ("(mara or nora) desk-7", true),
        ("nora and not mara", true),
        ("NOT mara", true),
        ("!nora", false),
        ("!!nora", true),
        ("! (mara or nora)", false),
        ("\"asks for a\"", true),
        ("\"for asks\"", false),
        ("\"\\\"rück\"", true),
        ("RÜCKERSTATTUNG", true),
        ("user:nor", true),
        ("user=nor", false),
        ("USER=Nora", true),
        ("user!=nora", false),
        ("user!=mara", true),
        ("error!=x", true),
        ("error:x", false),
        ("queue:\"billing (eu)\"", true),
        ("queue = \"billing (eu)\"", true),
        ("queue:desk", false),
        ("conversation:c10b-58", true),
        ("c10b-58cc", true),
        ("details:history", true),
        ("details:50", true),
        ("details:25", false),
        ("claim", true),
        ("4200", false),
        ("latency>4199", true),
        ("latency>4.2s", false),
        ("latency >= 4.2s", true),
        ("latency_ms:4200", true),
        ("latency!=4200", false),
        ("latency<1m", true),
        ("request<1m", false),
        ("!request<1m", true),
        ("seq=42", true),
        ("seq<42 or seq>42", false),
        ("since:1h", true),
        ("since:29m", false),
        ("until:29m", true),
        ("until:1h", false),
        ("since:today until:now", true),
        ("since:yesterday until:yesterday", false),
        ("since:2026-11-21", true),
        ("until:2026-11-21", true),
        ("until:2026-11-20", false),
        ("at:2026-11-21", true),
        ("at>2026-11-21", false),
        ("at<=2026-11-21", true),
        ("at>2026-11-21T11:30Z", true),
        ("at:2026-11-21T11:30", true),
        ("at:2026-11-21T11:31Z", false),
        ("at:2026-11-21T11:30:15Z", true),
        ("at:2026-11-21T11:30:15.249Z", false),
        ("at!=2026-11-21T12:30+01:00", false),
        ("until:2026-11-21T11:30:15.250Z", true),
        ("at<2026-11-21T11:30:15.250Z", false),
        ("android or order", false),
        ("\"and\" or \"or\"", true),
        ("12:30", false),
        ("<", false),
    ];
    for (text, expected) in table {
        assert_eq!(query(text).matches(&record()), expected, "{text}");
    }
    assert!(query(" ").is_all() && !query("x").is_all());
}

#[test]
fn what_can_t_be_read_is_told_at_its_column() {
    let deep = "(".repeat(70);
    let long = "x".repeat(5000);
    let table = [
        ("nora sesion:x", 5, "no field \"sesion\"; did you mean session?"),
        ("https://x", 0, "no field \"https\"; put it in quotes to look for the text"),
        ("ü !\"open", 3, "this quote is not closed"),
        ("(a or (b)", 0, "this ( is not closed"),
        ("a) b", 1, "this ) closes nothing"),
        ("a ()", 3, "something has to stand before this )"),
        ("or a", 0, "something has to stand before `or`"),
        ("a and or b", 6, "something has to stand before `or`"),
        ("a and", 2, "something has to follow this"),
        ("a !", 2, "something has to follow this"),
        ("queue:", 6, "queue needs a value, such as a word or \"a phrase\""),
        ("a latency> ", 10, "latency needs a value, such as 500ms or 5m"),
        ("(since:)", 7, "since needs a value, such as 2h, 2026-11-21 or 2026-11-21T10:00Z"),
        ("latency>fast", 8, "latency takes 500ms or 5m, not \"fast\""),
        ("seq > 5m", 6, "seq takes 12 or 0.75, not \"5m\""),
        ("since:soon", 6, "since takes 2h, 2026-11-21 or 2026-11-21T10:00Z, not \"soon\""),
        ("at:2026-13-01", 3, "at takes 2h, 2026-11-21 or 2026-11-21T10:00Z, not \"2026-13-01\""),
        ("since>2h", 5, "since takes a colon; at can be compared"),
        ("user<nora", 4, "user is text: it takes user:… or user=…"),
        (&deep, 64, "nested too deeply"),
        (&long, 4096, "a query has at most 4096 characters"),
    ];
    for (text, at, message) in table {
        let misread = Query::parse::<AuditRecord>(text, now()).unwrap_err();
        assert_eq!((misread.at, &*misread.message), (at, message), "{text}");
    }
}

#[test]
fn a_query_tells_the_times_that_it_is_about() {
    let hour = 3.6e6;
    let noon = now().as_millisecond() as f64;
    let table = [
        ("since:1h", noon - hour, f64::INFINITY),
        ("since:2h until:1h nora", noon - 2.0 * hour, noon - hour),
        ("at:3h or since:1h", noon - 3.0 * hour, f64::INFINITY),
        ("since:1h or nora", f64::NEG_INFINITY, f64::INFINITY),
        ("!since:1h", f64::NEG_INFINITY, f64::INFINITY),
        ("since:1h until:2h", f64::INFINITY, f64::NEG_INFINITY),
    ];
    for (text, least, greatest) in table {
        let span = query(text).span("at");
        assert_eq!((span.least(), span.greatest()), (least, greatest), "{text}");
    }
}

/// True if a thing with these terms may match, as an index would have it.
fn may(narrow: &Narrow, record: &AuditRecord) -> bool {
    let name = |place: usize| AuditRecord::FIELDS.get(place).map(|field| field.name);
    match narrow {
        Narrow::All => true,
        Narrow::Term(field, piece) => terms::of(record).iter().any(|(place, term)| {
            let here = field.is_none_or(|field| name(*place) == Some(field));
            let found = if piece.whole { *term == piece.text } else { term.contains(&piece.text) };
            here && found
        }),
        Narrow::Number(field, range) => record.number(field).is_some_and(|n| range.holds(n)),
        Narrow::And(all) => all.iter().all(|narrow| may(narrow, record)),
        Narrow::Or(any) => any.iter().any(|narrow| may(narrow, record)),
    }
}

#[test]
fn a_look_at_what_is_written_tells_what_can_not_match() {
    let sealed = Sealed::new(&record(), "0f", LogName::drawn(1).genesis());
    for (text, expected) in [
        ("desk-7", true),
        ("DESK-7 refused", true),
        ("refused or zeppelin", true),
        ("refused zeppelin", false),
        ("!refused", true),
        ("latency>500000", true),
        ("rücker", true),
    ] {
        let seen = query(text).narrow().may_be_in(&[&sealed.record, "{\"host\":\"desk-7\"}"]);
        assert_eq!(seen, expected, "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused_at_a_column(text in r#"[ -~üß\t]{0,40}"#) {
        if let Err(misread) = Query::parse::<AuditRecord>(&text, now()) {
            prop_assert!(misread.at <= text.chars().count());
        }
    }

    #[test]
    fn any_text_in_quotes_is_looked_for(text in ".{0,40}") {
        let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let needle = Needle::within(&text);
        prop_assert_eq!(query(&quoted).root, Node::Word(needle));
    }

    #[test]
    fn an_index_never_narrows_too_much(text in ".{0,120}", at in 0usize..120, length in 1usize..50, whole: bool) {
        let mut record = record();
        record.reason = Some(text.as_str().into());
        let plain: Vec<char> = record.reason.as_deref().unwrap_or_default().chars().collect();
        let piece: String = match whole {
            true => plain.iter().collect(),
            false => plain.iter().skip(at.min(plain.len())).take(length).collect(),
        };
        let needle = if whole { Needle::whole(&piece) } else { Needle::within(&piece) };
        let query = Query { root: Node::Text { field: "reason", needle } };
        if query.matches(&record) {
            prop_assert!(may(&query.narrow(), &record));
            let sealed = Sealed::new(&record, "0f", LogName::drawn(1).genesis());
            let texts = [&*sealed.record, sealed.personal.as_deref().unwrap_or_default()];
            prop_assert!(query.narrow().may_be_in(&texts));
        }
    }
}

#[test]
fn a_name_stands_for_what_was_saved_under_it() {
    let saved: Saved = [("mine", "nora or mara"), ("a", "@b"), ("b", "x @a"), ("odd", "user:")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    let read = |text: &str| Query::read(text, AuditRecord::FIELDS, &saved, now());
    assert!(read("desk-7 @mine").unwrap().matches(&record()));
    assert!(!read("desk-9 @mine").unwrap().matches(&record()));
    assert!(!read("!@mine").unwrap().matches(&record()));
    for (text, at, message) in [
        ("desk @yours", 5, "no filter is saved as @yours"),
        ("@a", 0, "leads back to itself"),
        ("x @odd", 2, "@odd: user needs a value"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.at, at, "{text}");
        assert!(error.message.contains(message), "{error}");
    }
    // Without names it is only a letter.
    assert!(!query("@mine").matches(&record()));
}

#[test]
fn names_that_lead_to_others_many_times_over_come_to_an_end() {
    let many = |name: &str| format!("{name} ").repeat(60);
    let saved: Saved = [("a", "@b"), ("b", "@c"), ("c", "@d"), ("d", "x")]
        .map(|(name, text)| (name.to_owned(), many(text)))
        .into();
    let error = Query::read("y @a", AuditRecord::FIELDS, &saved, now()).unwrap_err();
    assert_eq!(error.at, 2);
    assert!(error.message.ends_with("it comes to more than 4096 words"), "{error}");
    assert!(Query::read("y @c", AuditRecord::FIELDS, &saved, now()).is_ok());
}

#[test]
fn queries_that_nest_deeply_are_held_against_each_other_only_so_long() {
    let nested = |depth: usize| {
        let (open, close) = ("(a (b or ".repeat(depth), "))".repeat(depth));
        query(&format!("{open}c{close}"))
    };
    assert!(nested(2).implies(&nested(2)));
    // More ways than there is time for: a careful guess is no.
    assert!(!nested(30).implies(&query("x")));
    _ = nested(30).implies(&nested(30));
}

#[test]
fn whatever_implies_another_finds_no_more() {
    let implied = [
        ("nora", ""),
        ("nora", "no"),
        ("nora desk", "nora"),
        ("nora and desk", "desk nora"),
        ("nora", "nora or mara"),
        ("!no", "!nora"),
        ("user:nora", "user:no"),
        ("user=nora", "user:no"),
        ("latency>500", "latency>50"),
        ("latency>50", "latency>=50"),
        ("latency=60", "latency>50"),
        ("(nora or mara) desk", "mara or nora"),
    ];
    for (narrow, wide) in implied {
        assert!(query(narrow).implies(&query(wide)), "{narrow} ⊆ {wide}");
    }
    let other = [
        ("", "nora"),
        ("no", "nora"),
        ("!nora", "!no"),
        ("nora or x", "nora"),
        ("latency>50", "latency>500"),
        ("latency>=50", "latency>50"),
        ("latency<500", "latency>5"),
        ("user:nora", "user=nora"),
        ("user:nora", "host:nora"),
    ];
    for (a, b) in other {
        assert!(!query(a).implies(&query(b)), "{a} ⊄ {b}");
    }
}

//! What is looked for in tables and in the log: typed, configured, saved under names.
//!
//! A document is a query, and below it what was saved under names: `name=query`.

use std::sync::LazyLock;

use floorwalker::domain::{
    audit::{Actor, AuditEntry, AuditEvent, AuditRecord, LogName, Sealed},
    query::{Field, Kind, Query, Saved, Subject},
};
use jiff::Timestamp;
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::json;

use crate::{
    bend::Grammar,
    odd,
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "filter",
    grammar: Grammar::Text,
    besides: &[],
    words: &[
        "reason",
        "user:",
        "session=",
        "latency",
        "seq",
        "at",
        "since:",
        "until:",
        ">",
        "<=",
        "!=",
        ":",
        "=",
        "!",
        "not ",
        " and ",
        " or ",
        "(",
        ")",
        "\"",
        "\\",
        "@a",
        "@b",
        "1h30m",
        "0.75",
        "2026-11-21",
        "2026-11-21T10:00Z",
        "today",
        "now",
        "\na=",
        "\nb=",
        " ",
    ],
    check,
    more: &[what_is_written_is_what_is_meant, whatever_is_saved_is_no_trap],
    few: 150,
};

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

/// Records to look for things in, and what is written of each.
static RECORDS: LazyLock<Vec<(AuditRecord, Sealed)>> = LazyLock::new(|| {
    let record = |seq: i64| {
        let actor = Actor { user: "Nora".into(), host: "desk-7".into(), ..Actor::default() };
        let event = [AuditEvent::HandoffCompleted, AuditEvent::HandoffFailed][seq as usize % 2];
        let mut entry = AuditEntry::of(event, actor, "acme".into(), "gateway");
        entry.reason = Some(["wants a refund", "ÄRGER, K", "x\"y\\z"][seq as usize % 3].into());
        entry.latency_ms = (seq > 1).then_some(seq as u64 * 500);
        entry.request_ms = Some(0.1 + 0.2 * seq as f64);
        entry.session = Some("8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c".into());
        entry.details = json!({"through": seq, "deep": {"skills": ["Billing", 7]}});
        let at = Timestamp::from_second(1_795_255_262 - seq * 3_000).unwrap();
        let record = AuditRecord { seq, ..entry.dated(at) };
        let sealed = Sealed::new(&record, &"0f".repeat(16), LogName::drawn(1).genesis());
        (record, sealed)
    };
    (1..=6).map(record).collect()
});

fn read(text: &str, saved: &Saved) -> Result<Query, floorwalker::domain::query::Misread> {
    Query::read(text, AuditRecord::FIELDS, saved, now())
}

fn check(document: &[u8]) {
    let document = String::from_utf8_lossy(document);
    let mut lines = document.split('\n');
    let typed = lines.next().unwrap_or_default();
    let named = lines.filter_map(|line| line.split_once('='));
    let saved: Saved = named.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let others: Vec<Query> = saved.values().filter_map(|text| read(text, &saved).ok()).collect();
    match read(typed, &saved) {
        Ok(query) => sound(&query, &others),
        Err(misread) => {
            assert!(misread.at <= typed.chars().count(), "{typed:?}: {misread}");
            assert!(odd::is_tame(&misread.message) && !misread.message.is_empty(), "{misread:?}");
        }
    }
}

fn sound(query: &Query, others: &[Query]) {
    let [at, latency] = ["at", "latency"].map(|field| query.span(field));
    for (record, sealed) in RECORDS.iter().filter(|(record, _)| query.matches(record)) {
        let texts = [&*sealed.record, sealed.personal.as_deref().unwrap_or_default()];
        assert!(query.narrow().may_be_in(&texts), "an index leaves nothing out: {query:?}");
        assert!(at.holds(record.number("at").unwrap()), "{query:?}");
        assert!(record.number("latency").is_none_or(|ms| latency.holds(ms)), "{query:?}");
    }
    for other in others.iter().chain([query, &Query::default()]) {
        let found = RECORDS.iter().filter(|(record, _)| query.matches(record));
        let lost = found.filter(|(record, _)| !other.matches(record)).count();
        assert!(lost == 0 || !query.implies(other), "{query:?} finds more than {other:?}");
    }
}

/// What somebody means.
#[derive(Clone, Debug)]
enum Meant {
    Word(String),
    Text(&'static Field, bool, String),
    Number(&'static Field, &'static str, i32),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

fn meant() -> impl Strategy<Value = Meant> {
    let of = |kind: fn(&Kind) -> bool| {
        let fields = AuditRecord::FIELDS.iter().filter(|field| kind(&field.kind));
        proptest::sample::select(fields.collect::<Vec<_>>())
    };
    let texts = of(|kind| matches!(kind, Kind::Text));
    let numbers = of(|kind| matches!(kind, Kind::Number | Kind::Span { .. }));
    let word = || {
        let known = ["refund", "NORA", "desk", "k", "ärger", "x\"y", "\\z", "handoff_failed", "7"];
        prop_oneof![proptest::sample::select(known.to_vec()).prop_map(str::to_owned), odd::text()]
    };
    let operator = proptest::sample::select(vec!["<", "<=", ">", ">=", "=", "!=", ":"]);
    let leaf = prop_oneof![
        word().prop_map(Meant::Word),
        (texts, any::<bool>(), word()).prop_map(|(field, whole, w)| Meant::Text(field, whole, w)),
        (numbers, operator, -1..3_001).prop_map(|(field, op, n)| {
            // Nothing lasts less than nothing.
            let least = if matches!(field.kind, Kind::Span { .. }) { 0 } else { n };
            Meant::Number(field, op, n.max(least))
        }),
    ];
    leaf.prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|node| Meant::Not(node.into())),
            vec(inner.clone(), 2..4).prop_map(Meant::All),
            vec(inner, 2..4).prop_map(Meant::Any),
        ]
    })
}

impl Meant {
    /// As somebody may write it: `ways` chooses among spellings.
    fn written(&self, ways: &mut dyn FnMut(usize) -> usize) -> String {
        let quoted =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        match self {
            Self::Word(text) => quoted(text),
            Self::Text(field, whole, text) => {
                format!("{}{}{}", name(field, ways), if *whole { "=" } else { ":" }, quoted(text))
            }
            Self::Number(field, operator, number) => {
                let apart = if *operator == ":" { "" } else { ["", " "][ways(2)] };
                format!("{}{apart}{operator}{apart}{number}", name(field, ways))
            }
            Self::Not(node) => {
                format!("{}({})", ["!", "not ", "NOT "][ways(3)], node.written(ways))
            }
            Self::All(nodes) => {
                let between = [" ", " and ", "\tAND  "][ways(3)];
                nodes.iter().map(|node| node.closed(ways)).collect::<Vec<_>>().join(between)
            }
            Self::Any(nodes) => {
                nodes.iter().map(|node| node.closed(ways)).collect::<Vec<_>>().join(" or ")
            }
        }
    }

    /// Within others: in as many parentheses as it takes, or more.
    fn closed(&self, ways: &mut dyn FnMut(usize) -> usize) -> String {
        let needed = matches!(self, Self::All(_) | Self::Any(_));
        let many = usize::from(needed) + ways(2);
        format!("{}{}{}", "(".repeat(many), self.written(ways), ")".repeat(many))
    }

    /// Whether a record is meant.
    fn holds(&self, record: &AuditRecord) -> bool {
        let small = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
        match self {
            Self::Word(word) => {
                AuditRecord::FIELDS.iter().filter(|field| field.kind == Kind::Text).any(|field| {
                    record.text(field.name, &mut |text| small(text).contains(&small(word)))
                })
            }
            Self::Text(field, true, word) => {
                record.text(field.name, &mut |text| small(text) == small(word))
            }
            Self::Text(field, false, word) => {
                record.text(field.name, &mut |text| small(text).contains(&small(word)))
            }
            Self::Number(field, operator, number) => {
                let number = f64::from(*number);
                let known = record.number(field.name);
                let is = |test: fn(&f64, &f64) -> bool| known.is_some_and(|it| test(&it, &number));
                match *operator {
                    "<" => is(f64::lt),
                    "<=" => is(f64::le),
                    ">" => is(f64::gt),
                    ">=" => is(f64::ge),
                    "!=" => !is(f64::eq),
                    _ => is(f64::eq),
                }
            }
            Self::Not(node) => !node.holds(record),
            Self::All(nodes) => nodes.iter().all(|node| node.holds(record)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(record)),
        }
    }
}

/// One of a field's names, in one case or the other.
fn name(field: &'static Field, ways: &mut dyn FnMut(usize) -> usize) -> String {
    let names: Vec<&str> = field.names().collect();
    let name = names[ways(names.len())];
    if ways(2) == 0 { name.to_owned() } else { name.to_uppercase() }
}

/// What somebody means, written in whatever way, is read as that; and two ways are one query.
fn what_is_written_is_what_is_meant(hand: &mut Hand) {
    let ways = || vec(any::<Index>(), 1..20);
    hand.all(&(meant(), ways(), ways()), |(meant, one, other)| {
        let [one, other] = [one, other].map(|choices| {
            let mut next = choices.iter().cycle();
            meant.written(&mut |of| next.next().unwrap().index(of))
        });
        if one.chars().count() > 4_096 || other.chars().count() > 4_096 {
            return;
        }
        let none = Saved::new();
        let query = read(&one, &none).unwrap_or_else(|misread| panic!("{one}: {misread}"));
        assert_eq!(Ok(&query), read(&other, &none).as_ref(), "{one}\n{other}");
        for (record, _) in RECORDS.iter() {
            assert_eq!(query.matches(record), meant.holds(record), "{one} of {record:?}");
        }
        sound(&query, &[]);
    });
}

/// Names that lead to each other, and to each other many times over, come to an end.
fn whatever_is_saved_is_no_trap(hand: &mut Hand) {
    let piece = prop_oneof![Just("@a"), Just("@b"), Just("@c"), Just("x"), Just("or"), Just("(")];
    let text = vec(piece, 0..40).prop_map(|pieces| pieces.join(" "));
    hand.all(&(text.clone(), text.clone(), text.clone(), text), |(typed, a, b, c)| {
        check(format!("{typed}\na={a}\nb={b}\nc={c}").as_bytes());
    });
}

//! A log that comes in: the lines of an export, as anybody may have written them.

use floorwalker::{
    domain::audit::{
        Actor, Arrival, AuditEntry, AuditEvent, AuditRecord, Brought, Details, Hash, Head, Line,
        LogName, Sealed, Verifier,
    },
    engine::export::{Format, Scribe},
};
use jiff::Timestamp;
use proptest::{collection::vec, option, prelude::*, sample::Index};
use serde_json::{Value, json};

use crate::{
    bend::Grammar,
    odd,
    run::{self, Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "import",
    grammar: Grammar::Lines,
    besides: &[],
    words: &[
        "\"hash\":",
        "\"log\":",
        "\"previous\":",
        "\"seq\":",
        "\"personal\":",
        "\"salt\":",
        "\"user\":",
        "\"details\":{\"through\":1}",
        "audit_purged",
        "floorwalker.audit/",
        "{",
        "}",
        ",",
        "\n",
    ],
    check,
    more: &[what_is_exported_comes_in, what_was_changed_does_not, a_table_holds_no_formula],
    few: 100,
};

fn nothing() -> Head {
    let log = LogName::drawn(9);
    Head { size: 0, hash: log.genesis(), log }
}

/// The lines that come in where the log ends so; `None` if one is refused, and then nothing is taken.
fn taken(here: Head, text: &str) -> Option<Vec<Line>> {
    let mut arrival = Arrival::at(here);
    let mut new = Vec::new();
    for line in text.lines() {
        let line: Line = line.trim_end().parse().ok()?;
        if arrival.check(&line).ok()? == Brought::New {
            new.push(line);
        }
    }
    arrival.robbed().is_none().then_some(new)
}

fn check(document: &[u8]) {
    let text = String::from_utf8_lossy(document);
    for line in text.lines() {
        match line.parse::<Line>() {
            Ok(line) => readable(&line),
            Err(why) => assert!(odd::is_tame(&why.0), "{:?}", why.0),
        }
    }
    if let Some(lines) = taken(nothing(), &text) {
        verified(None, &lines);
    }
    // Where some of it is here already.
    let good = chain(3, &[json!({"through": 1})], &[]);
    let here = Head { log: log(), size: 2, hash: good[1].hash };
    if let Some(lines) = taken(here.clone(), &text) {
        verified(Some(&here), &lines);
    }
}

/// Whatever it is, it can be shown, and is written again as what it is.
fn readable(line: &Line) {
    let shown = line.sealed.shown();
    let Details { guards, steps, rest } = Details::of(&shown.details);
    assert!(guards.len() + steps.len() + rest.len() < 100_000);
    let again = line.sealed.line(&line.log, line.previous);
    assert!(odd::is_tame(&again), "{again:?}");
    assert_eq!(again.parse().as_ref(), Ok(line), "{again}");
}

/// What came in is a chain that `verify` finds whole.
fn verified(here: Option<&Head>, lines: &[Line]) {
    let Some(first) = lines.first() else { return };
    let (from, previous) = match here {
        Some(here) => (here.size + 1, here.hash),
        None => (1, first.log.genesis()),
    };
    let mut verifier = Verifier::new(from, previous);
    for line in lines {
        assert_eq!(verifier.check(&line.sealed), Ok(()), "{line:?}");
        assert_eq!(line.log, first.log);
    }
    assert_eq!(verifier.told().robbed(), None);
}

fn log() -> LogName {
    LogName::drawn(7)
}

/// A chain with these details, one after the other, and records whose personal part is gone.
fn chain(many: i64, details: &[Value], bare: &[i64]) -> Vec<Sealed> {
    let mut previous = log().genesis();
    let sealed = |seq: i64| {
        let event = if seq == 3 { AuditEvent::AuditPurged } else { AuditEvent::HandoffInitiated };
        let actor = Actor { user: "mara".into(), host: "desk-1".into(), ..Actor::default() };
        let mut entry = AuditEntry::of(event, actor, "acme".into(), "gateway");
        entry.reason = Some("\"quoted\"\n€".into());
        entry.request_ms = Some(12.5);
        let nth = usize::try_from(seq).unwrap_or_default() % details.len().max(1);
        entry.details = details.get(nth).cloned().unwrap_or_else(|| json!({}));
        let at = Timestamp::from_millisecond(1_795_276_667_953 + seq).unwrap();
        let record = AuditRecord { seq, ..entry.dated(at) };
        let mut sealed = Sealed::new(&record, &"0f".repeat(16), previous);
        previous = sealed.hash;
        if bare.contains(&seq) {
            sealed.personal = None;
        }
        sealed
    };
    (1..=many).map(sealed).collect()
}

fn exported(chain: &[Sealed]) -> String {
    let mut scribe = Scribe::begin(Format::Jsonl, &log());
    let mut out = Vec::new();
    scribe.write(chain, |_| true, &mut out);
    String::from_utf8(out).unwrap()
}

fn plain() -> impl Strategy<Value = Option<String>> {
    option::of(odd::text())
}

/// Any record that could be written.
fn record() -> impl Strategy<Value = AuditRecord> {
    let words = (plain(), plain(), plain(), plain(), plain(), odd::text(), odd::text());
    let ids = (plain(), plain(), plain(), plain(), plain());
    let at = Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond();
    let numbers = (at, option::of(0..1_u64 << 53), option::of(any::<f64>()));
    let details = vec((odd::text(), odd::json()), 0..4);
    (words, ids, numbers, details).prop_map(|(words, ids, numbers, details)| {
        let (tty, error, reason, waiver, correlation, user, host) = words;
        let text = |text: Option<String>| text.map(Into::into);
        let actor = Actor {
            user: user.into(),
            host: host.into(),
            tty: text(tty),
            ssh_origin: None,
            account: None,
        };
        let mut entry = AuditEntry::of(AuditEvent::HandoffFailed, actor, "acme".into(), "gateway");
        (entry.error, entry.reason, entry.waiver) = (text(error), text(reason), text(waiver));
        entry.correlation = text(correlation);
        entry.session = ids.0.map(|id| id.as_str().into());
        entry.agent = ids.1.map(|id| id.as_str().into());
        entry.queue = ids.2.map(|id| id.as_str().into());
        entry.transfer = ids.3.map(Into::into);
        entry.error_code = ids.4.map(Into::into);
        (entry.latency_ms, entry.request_ms) = (numbers.1, numbers.2);
        entry.details = Value::Object(details.into_iter().collect());
        AuditRecord { seq: 1, ..entry.dated(Timestamp::from_millisecond(numbers.0).unwrap()) }
    })
}

/// Whatever is written down here comes in elsewhere, letter by letter.
fn what_is_exported_comes_in(hand: &mut Hand) {
    hand.all(&record(), |record| {
        let sealed = Sealed::new(record, &"0f".repeat(16), log().genesis());
        let text = exported(std::slice::from_ref(&sealed));
        let lines = taken(nothing(), &text).unwrap_or_else(|| panic!("refused: {text}"));
        assert_eq!(lines[0].sealed, sealed, "{text}");
        let read = sealed.read().unwrap();
        let again = Sealed::new(&read, &"0f".repeat(16), log().genesis());
        assert_eq!(again, sealed, "{text}");
        readable(&lines[0]);
    });
}

/// One thing done to a log by whoever can write all of it but what is here, and computes all anew behind it.
fn what_was_changed_does_not(hand: &mut Hand) {
    let details = vec(odd::json().prop_map(|it| json!({"through": 0, "x": it})), 1..3);
    let strategy = (2..9_i64, details, any::<Index>(), any::<Index>(), 0..4_u8);
    hand.all(&strategy, |(many, details, at, cut, how)| {
        let good = chain(*many, details, &[]);
        let at = at.index(good.len());
        let mut bad = good.clone();
        match how {
            0 => drop(bad.remove(at)),
            1 => bad.swap(at, (at + 1) % good.len()),
            2 => bad[at].personal = None,
            _ => bad[at].record = bad[at].record.replace("acme", "acne"),
        }
        if bad != good && *how != 0 {
            assert!(taken(nothing(), &exported(&bad)).is_none(), "{how} {at}");
        }
        // Computed anew from there on.
        let mut previous = at.checked_sub(1).map_or(log().genesis(), |before| good[before].hash);
        bad.clone_from(&good);
        bad[at].record = bad[at].record.replace("acme", "acne");
        for record in &mut bad[at..] {
            record.hash = previous.then(&record.record);
            previous = record.hash;
        }
        assert!(taken(nothing(), &exported(&bad)).is_some(), "a chain alone can't show it");
        let size = 1 + cut.index(good.len());
        let here = Head { log: log(), size: size as i64, hash: good[size - 1].hash };
        // What is here is compared by its hash; so it is enough to begin where it ends.
        let rest = exported(&bad);
        let new = taken(here, &rest);
        assert!(new.is_none_or(|new| size <= at || new.is_empty()), "{size} {at}");
    });
}

/// A table for spreadsheets: whatever stands in a cell, nothing computes it, and it moves no cursor.
fn a_table_holds_no_formula(hand: &mut Hand) {
    hand.all(&record(), |record| {
        let sealed = Sealed::new(record, &"0f".repeat(16), log().genesis());
        let mut scribe = Scribe::begin(Format::Csv, &log());
        let mut out = scribe.header();
        scribe.write(&[sealed], |_| true, &mut out);
        let mut table = csv::Reader::from_reader(&out[..]);
        let width = table.headers().unwrap().len();
        for row in table.records() {
            let row = row.unwrap();
            assert_eq!(row.len(), width);
            for cell in &row {
                let first = cell.trim_start().chars().next().unwrap_or(' ');
                let number = cell.parse::<f64>().is_ok();
                assert!(number || !"=+-@\t\r".contains(first), "{cell:?}");
                assert!(odd::is_tame(cell), "{cell:?}");
            }
        }
    });
}

/// The tests' own dependencies ask for numbers that are read to their last digit; the program has to ask by
/// itself, or it would refuse its own exports.
#[test]
fn the_program_reads_numbers_to_their_last_digit() {
    let manifest = include_str!("../../Cargo.toml");
    let ours = manifest.split("[dev-dependencies]").next().unwrap();
    let line = ours.lines().find(|line| line.starts_with("serde_json ")).unwrap();
    assert!(line.contains("float_roundtrip"), "{line}");
    let number = "0.7596222149620753";
    assert_eq!(serde_json::from_str::<Value>(number).unwrap().to_string(), number);
}

/// So that a hash is of what it says: the corpus is made by the program itself.
#[test]
fn the_corpus_is_a_log_of_this_program() {
    let good = chain(4, &[json!({"through": 1, "share": 0.1 + 0.2})], &[1]);
    let text = exported(&good);
    run::is_made(DECODER.name, "purged.jsonl", &text);
    assert!(taken(nothing(), &text).is_some());
    assert_ne!(good[0].hash, Hash::of(b""));
}

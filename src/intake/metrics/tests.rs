//! The exposition, read by a parser that knows nothing of the encoder.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::*;
use crate::{
    domain::{
        audit::{Fault, Finding},
        floor::Loading,
        inbox::Route,
        queue::{Queue, QueueState},
        stats::{Line, OTHER, Tally},
    },
    engine::{Mailbox, supervision::Beats},
};

/// A sample: its name, its labels and its number.
type Sample = (String, BTreeMap<String, String>, f64);

/// What the text says. Panics at the first line that is not in the format.
struct Read {
    kinds: BTreeMap<String, String>,
    samples: Vec<Sample>,
}

fn is_name(text: &str) -> bool {
    let head = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    text.starts_with(head) && text.chars().all(|c| head(c) || c.is_ascii_digit())
}

/// `name{label="value",…} number`
fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no number: {line}"));
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(is_name(label), "{line}");
            let (value, after) = quoted(value);
            assert!(labels.insert(label.to_owned(), value).is_none(), "twice: {line}");
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => {
                    rest = after.strip_prefix('}').unwrap_or_else(|| panic!("{line}"));
                    break;
                }
            }
        }
    }
    let number = rest.strip_prefix(' ').unwrap_or_else(|| panic!("{line}"));
    let value: f64 = number.parse().unwrap_or_else(|_| panic!("{line}"));
    assert!(value.is_finite(), "{line}");
    (name.to_owned(), labels, value)
}

/// The value up to its closing quote, and what comes after that.
fn quoted(text: &str) -> (String, &str) {
    let (mut value, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.push(match chars.next() {
                Some((_, 'n')) => '\n',
                Some((_, c @ ('"' | '\\'))) => c,
                other => panic!("no such escape: {other:?} in {text}"),
            }),
            _ => value.push(c),
        }
    }
    panic!("no closing quote: {text}")
}

/// What the samples of a family of this kind may be called besides.
fn suffixes(kind: &str) -> &'static [&'static str] {
    match kind {
        "counter" => &["_total"],
        "gauge" => &[""],
        "histogram" => &["_bucket", "_sum", "_count"],
        "info" => &["_info"],
        other => panic!("unknown kind {other}"),
    }
}

fn read(text: &str) -> Read {
    let body = text.strip_suffix("# EOF\n").expect("the mark at the end");
    let (mut helped, mut kinds) = (BTreeSet::new(), BTreeMap::new());
    let (mut samples, mut seen) = (Vec::new(), BTreeSet::new());
    let mut current = String::new();
    for line in body.lines() {
        let Some(about) = line.strip_prefix("# ") else {
            let (name, labels, value) = sample(line);
            let kind: &String = kinds.get(&current).expect("a kind before the samples");
            let of = |suffix: &&str| name == format!("{current}{suffix}");
            assert!(suffixes(kind).iter().any(of), "{name} is none of {current}'s");
            assert!(seen.insert((name.clone(), labels.clone())), "twice: {line}");
            samples.push((name, labels, value));
            continue;
        };
        let words: Vec<&str> = about.splitn(3, ' ').collect();
        let [word, name, rest] = words[..] else { panic!("{line}") };
        assert!(is_name(name) && name.starts_with("floorwalker_") && !rest.is_empty(), "{line}");
        match word {
            "HELP" => assert!(helped.insert(name.to_owned()), "helped twice: {name}"),
            "TYPE" => {
                assert!(helped.contains(name), "no help: {name}");
                assert!(kinds.insert(name.to_owned(), rest.to_owned()).is_none(), "{name}");
                current = name.to_owned();
            }
            "UNIT" => assert!(name == current && name.ends_with(&format!("_{rest}")), "{line}"),
            _ => panic!("{line}"),
        }
    }
    assert_eq!(helped.len(), kinds.len());
    Read { kinds, samples }
}

impl Read {
    /// The one sample of this name whose labels include these.
    fn one(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let name = format!("floorwalker_{name}");
        let fits = |(of, has, _): &&Sample| {
            *of == name && labels.iter().all(|(k, v)| has.get(*k).is_some_and(|found| found == v))
        };
        let found: Vec<&Sample> = self.samples.iter().filter(fits).collect();
        assert_eq!(found.len(), 1, "{name} {labels:?}");
        found[0].2
    }

    fn count(&self, name: &str) -> usize {
        let name = format!("floorwalker_{name}");
        self.samples.iter().filter(|(of, ..)| *of == name).count()
    }
}

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn queue(n: usize, name: &str, waiting: u32) -> Queue {
    Queue {
        id: format!("queue-{n}").as_str().into(),
        name: name.into(),
        state: QueueState::Open,
        waiting: Some(waiting),
        longest_since: None,
        alerting: None,
        interacting: None,
        staff: None,
        slots: None,
        service_level: None,
        manual_assignment: false,
        alerting_timeout: None,
    }
}

fn floor(queues: Vec<Queue>) -> Floor {
    let loading = Loading { queues_known: true, ..Loading::default() };
    Floor::new(queues, Vec::new(), Vec::new(), loading)
}

/// Figures of one handoff for each of these reasons.
fn figures(reasons: &[String]) -> Arc<Stats> {
    let mut tally = Tally::default();
    for reason in reasons {
        tally.take(&Line {
            event: "handoff_completed",
            status: Some("accepted"),
            latency_ms: Some(4000),
            request_ms: Some(61.25),
            human_ms: Some(4000),
            reason: Some(reason),
            ..Line::default()
        });
    }
    Arc::new(tally.finish(now(), now()))
}

fn exposed(pulse: &Pulse, floor: &Floor) -> Read {
    read(&expose_at(pulse, floor, &Counters::default(), now()))
}

#[test]
fn a_log_that_was_changed_is_told_and_one_that_nobody_checked_is_not() {
    let told = |anchored: Option<Anchored>| {
        exposed(&Pulse { anchored, ..Pulse::default() }, &Floor::default())
    };
    assert_eq!(told(None).count("audit_intact"), 0);
    let unread = Anchored { trouble: Some("no connection".into()), ..Anchored::default() };
    assert_eq!(told(Some(unread)).count("audit_intact"), 0);
    let signed = Anchored { at: Some(now()), ..Anchored::default() };
    assert_eq!(told(Some(signed.clone())).one("audit_intact", &[]), 1.0);
    let bad = Some(Finding { seq: 7, fault: Fault::Missing });
    assert_eq!(told(Some(Anchored { bad, ..signed })).one("audit_intact", &[]), 0.0);
}

#[test]
fn every_line_is_in_the_format_before_anything_is_known() {
    let read = exposed(&Pulse::default(), &Floor::default());
    assert_eq!(read.one("link_up", &[]), 0.0);
    let build = [("version", env!("CARGO_PKG_VERSION")), ("commit", env!("FLOORWALKER_COMMIT"))];
    assert_eq!(read.one("build_info", &build), 1.0);
    // What is not known is not told as nothing.
    for name in ["acceptance_ratio", "handoffs_window", "data_age_seconds", "store_up"] {
        assert_eq!(read.count(name), 0, "{name}");
        assert!(read.kinds.contains_key(&format!("floorwalker_{name}")), "{name}");
    }
}

#[test]
fn the_figures_of_the_pulse_are_told_in_base_units() {
    let minute_ago = now() - jiff::SignedDuration::from_mins(1);
    let mailbox = Mailbox {
        name: "crm",
        host: Some("crm.example".into()),
        waiting: 3,
        oldest: Some(minute_ago),
        dead: 1,
        told: 7,
        latency_ms: None,
        trouble: None,
        again: None,
    };
    let beats = Beats { sent: 9, late: 2, failed: 1 };
    let trouble = Some("the disk is full".into());
    let pulse = Pulse {
        link: Link::Live,
        data_from: Some(minute_ago),
        gauge: Gauge { allowed: 300, left: 291, spent: 9, lanes: [1, 2, 4, 1, 1] },
        figures: Some(figures(&["billing".to_owned(), "billing".to_owned()])),
        ward: Some(Arc::new(Ward { beats, ..Ward::default() })),
        inbox: Some(Arc::default()),
        post: Some(Arc::new(Post { targets: vec![mailbox] })),
        store: Some(StoreHealth { records: 12, bytes: Some(4096), free: None, trouble }),
        ..Pulse::default()
    };
    let read = exposed(&pulse, &floor(vec![queue(1, "Billing", 4)]));
    for (name, labels, value) in [
        ("handoffs_window", ("outcome", "accepted"), 2.0),
        ("handoffs_by_reason_window", ("outcome", "accepted"), 2.0),
        ("handoff_latency_seconds", ("quantile", "0.95"), 4.0),
        ("handoff_request_seconds", ("quantile", "0.5"), 0.06125),
        ("time_to_human_seconds", ("quantile", "0.5"), 4.0),
        ("heartbeats_total", ("outcome", "late"), 2.0),
        ("supervised_sessions", ("keeper", "here"), 0.0),
        ("budget_requests", ("lane", "screen"), 4.0),
        ("budget_requests", ("lane", "look"), 1.0),
        ("inbox_requests", ("state", "proposed"), 0.0),
        ("outbox_waiting", ("target", "crm"), 3.0),
        ("outbox_dead", ("target", "crm"), 1.0),
        ("outbox_oldest_seconds", ("target", "crm"), 60.0),
        ("queue_waiting_sessions", ("queue", "Billing"), 4.0),
    ] {
        assert_eq!(read.one(name, &[labels]), value, "{name}");
    }
    for (name, value) in [
        ("acceptance_ratio", 1.0),
        ("disconnection_ratio", 0.0),
        ("abnormal_disconnection_ratio", 0.0),
        ("budget_allowed_requests", 300.0),
        ("link_up", 1.0),
        ("data_age_seconds", 60.0),
        ("store_up", 0.0),
        ("store_bytes", 4096.0),
        ("audit_records_total", 12.0),
    ] {
        assert_eq!(read.one(name, &[]), value, "{name}");
    }
    assert_eq!(read.kinds["floorwalker_handoffs_window"], "gauge", "it can fall again");
    assert_eq!(read.kinds["floorwalker_handoffs"], "counter");
}

#[test]
fn no_name_breaks_out_of_its_label() {
    let odd = "a\"b\\c\nd} 1\u{1b}[31m\u{202e}x\r\n# TYPE y gauge";
    let plain = Plain::new(odd);
    let pulse = Pulse { figures: Some(figures(&[odd.to_owned()])), ..Pulse::default() };
    let read = exposed(&pulse, &floor(vec![queue(1, odd, 4)]));
    assert_eq!(read.one("queue_waiting_sessions", &[("queue", &plain)]), 4.0);
    let labels = [("reason", &*plain), ("outcome", "accepted")];
    assert_eq!(read.one("handoffs_by_reason_window", &labels), 1.0);
    // Nothing that comes from outside may hold a line break; the encoding could carry it all the same.
    let value = Rows::from([(vec![("word", "a\n\"\\".into())], 1.0)]);
    let mut page = Page::new();
    page.gauge("odd", None, "Odd", value);
    let mut text = String::new();
    encode(&mut text, &page.registry).unwrap();
    assert!(text.contains("floorwalker_odd{word=\"a\\n\\\"\\\\\"} 1\n"), "{text}");
}

#[test]
fn labels_are_bounded_and_nothing_is_left_out_of_the_sums() {
    let names: Vec<String> = (0..1000).map(|n| format!("name {n:04}")).collect();
    let queues = names.iter().enumerate().map(|(n, name)| queue(n, name, 2));
    // Two of one name, and one that is called as the rest is.
    let twins = [queue(2000, "name 0000", 5), queue(2001, OTHER, 7)];
    let figures = figures(&[names.as_slice(), &[OTHER.to_owned()]].concat());
    let pulse = Pulse { figures: Some(figures), ..Pulse::default() };
    let read = exposed(&pulse, &floor(queues.chain(twins).collect()));
    assert_eq!(read.count("queue_waiting_sessions"), 201);
    assert_eq!(read.one("queue_waiting_sessions", &[("queue", "name 0000")]), 7.0);
    assert_eq!(read.one("queue_waiting_sessions", &[("queue", OTHER)]), 1607.0);
    let outcomes = crate::domain::stats::Outcome::ALL.len();
    assert_eq!(read.count("handoffs_by_reason_window"), 21 * outcomes);
    let rest = [("reason", OTHER), ("outcome", "accepted")];
    assert_eq!(read.one("handoffs_by_reason_window", &rest), 981.0);
}

#[test]
fn answers_are_counted_by_route_and_status() {
    let counters = Counters::default();
    let ms = Duration::from_millis;
    counters.answered(Some(Route::BotHandoff), 200, ms(2));
    counters.clone().answered(Some(Route::BotHandoff), 200, ms(700));
    counters.answered(Some(Route::Messaging), 503, ms(1));
    counters.answered(None, 418, Duration::from_secs(60));
    let read = read(&expose_at(&Pulse::default(), &Floor::default(), &counters, now()));
    let of =
        |route, status| read.one("intake_requests_total", &[("route", route), ("status", status)]);
    assert_eq!([of("bot_handoff", "200"), of("messaging", "503")], [2.0, 1.0]);
    assert_eq!([of("other", "other"), of("other", "200")], [1.0, 0.0]);
    let bucket =
        |le| read.one("intake_duration_seconds_bucket", &[("route", "bot_handoff"), ("le", le)]);
    assert_eq!(
        [bucket("0.001"), bucket("0.0025"), bucket("1.0"), bucket("+Inf")],
        [0.0, 1.0, 2.0, 2.0]
    );
    assert_eq!(read.one("intake_duration_seconds_count", &[("route", "other")]), 1.0);
}

#[test]
fn ready_is_whoever_has_a_floor_and_can_write() {
    let store = |trouble: Option<&str>| {
        Some(StoreHealth { trouble: trouble.map(Plain::new), ..StoreHealth::default() })
    };
    let well = Pulse { store: store(None), ..Pulse::default() };
    let known = floor(Vec::new());
    assert_eq!(is_ready(&well, &known), Ok(()));
    let why = |pulse: &Pulse, floor: &Floor| is_ready(pulse, floor).unwrap_err();
    assert_eq!(why(&well, &Floor::default()), "there is no floor yet");
    let link = Link::Stale { reason: "no answer".into() };
    let stale = Pulse { link, ..well.clone() };
    assert_eq!(why(&stale, &Floor::default()), "there is no floor yet: no answer");
    assert_eq!(is_ready(&stale, &known), Ok(()), "what is old is still a floor");
    assert!(why(&Pulse::default(), &known).contains("not looked at"));
    let full = Pulse { store: store(Some("disk full")), ..Pulse::default() };
    assert_eq!(why(&full, &known), "the store can't be written: disk full");
    let unwritten = Pulse { audit_trouble: Some("no space".into()), ..well };
    assert_eq!(why(&unwritten, &known), "the store can't be written: no space");
}

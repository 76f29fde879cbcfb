//! The health pane: what goes wrong can be read there, and what is not known is no number.

use std::{collections::BTreeMap, sync::Arc};

use floorwalker::{
    console::Settings,
    domain::audit::{Account, Fault, Finding, Part},
    engine::{Anchored, Link, Mailbox, Me, Post, Pulse, StoreHealth, Ward, supervision::Beats},
};
use jiff::SignedDuration;

use crate::{
    floor,
    harness::{Harness, pulse, settings},
    inbox,
    seen::Seen,
    wards,
};

fn crm() -> Mailbox {
    Mailbox {
        name: "crm",
        host: Some("crm.example.net".into()),
        waiting: 3,
        oldest: Some(floor::ago(245)),
        dead: 1,
        told: 1_042,
        latency_ms: Some(18.4),
        trouble: None,
        again: None,
    }
}

fn wfm() -> Mailbox {
    let mailbox = Mailbox { name: "wfm", host: None, waiting: 0, oldest: None, ..crm() };
    Mailbox { dead: 0, told: 0, latency_ms: None, ..mailbox }
}

fn ward() -> Ward {
    let kept = [wards::kept(0, true), wards::kept(1, true), wards::kept(2, false)];
    let kept: BTreeMap<_, _> = kept.into_iter().map(|kept| (kept.it.id.clone(), kept)).collect();
    let beats = Beats { sent: 12_345, late: 2, failed: 1 };
    Ward { kept, beats, stretch: 1.0, ..Ward::default() }
}

/// All is well.
pub fn well() -> Pulse {
    Pulse {
        ward: Some(Arc::new(ward())),
        inbox: Some(Arc::new(inbox::sample())),
        intake: Some("http://127.0.0.1:8790".into()),
        post: Some(Arc::new(Post { targets: vec![crm(), wfm()] })),
        store: Some(StoreHealth {
            records: 18_204,
            bytes: Some(12_430_000),
            free: Some(40_200_000_000),
            trouble: None,
        }),
        token_until: Some(floor::now() + SignedDuration::from_secs(724)),
        ..pulse(Link::Live)
    }
}

/// Everything that can be wrong, is.
fn unwell() -> Pulse {
    let later = |seconds| Some(floor::now() + SignedDuration::from_secs(seconds));
    let trouble = Some("503 Service Unavailable".into());
    let crm = Mailbox { trouble, again: later(12), ..crm() };
    let mut ward = Ward { stretch: 1.5, paused: Some("the link is down".into()), ..ward() };
    ward.kept.values_mut().for_each(|kept| kept.asks = true);
    let mut pulse = Pulse {
        ward: Some(Arc::new(ward)),
        post: Some(Arc::new(Post { targets: vec![crm, wfm()] })),
        link: Link::Stale { reason: "sessions: 429, too many requests".into() },
        ..well()
    };
    pulse.gauge.left = 12;
    if let Some(store) = &mut pulse.store {
        store.trouble = Some("disk full".into());
    }
    let bad = Finding { seq: 4_711, fault: Fault::Changed(Part::Public) };
    let trouble = Some(format!("nothing is signed any more: {bad}").into());
    pulse.anchored = Some(Anchored { trouble, bad: Some(bad), ..Anchored::default() });
    pulse
}

fn console(pulse: Pulse, width: u16, height: u16) -> Harness {
    let mut harness = Harness::bare(width, height);
    harness.pulse(pulse).floor(floor::sample()).press("6");
    harness
}

#[test]
fn how_it_looks() {
    for (name, pulse) in [("well", well()), ("unwell", unwell()), ("unknown", Pulse::default())] {
        let small = Seen::default().and(&console(pulse.clone(), 80, 24));
        assert_screen!(format!("health_{name}"), small.and(&console(pulse, 200, 60)));
    }
}

#[test]
fn what_does_not_fit_can_be_scrolled_to() {
    let mut harness = console(unwell(), 80, 20);
    assert!(!harness.screen().contains("disk full"), "{}", harness.screen());
    assert!(harness.screen().contains("below"), "{}", harness.screen());
    harness.press("G");
    assert!(harness.screen().contains("disk full"), "{}", harness.screen());
    harness.press("g");
    assert!(harness.screen().contains("replaced in 12m"), "{}", harness.screen());
    // When there is less to tell, none of it stays out of sight.
    harness.press("G").pulse(pulse(Link::Live));
    assert!(harness.screen().contains("● live"), "{}", harness.screen());
}

#[test]
fn a_log_that_was_changed_is_named_with_its_record() {
    let bad = Finding { seq: 12, fault: Fault::Missing };
    let found = Anchored { bad: Some(bad), ..Anchored::default() };
    let harness = console(Pulse { anchored: Some(found), ..well() }, 200, 60);
    let line = harness.line("not as it was written").unwrap();
    assert!(line.contains("record 12 is missing"), "{line}");
    let screen = console(unwell(), 200, 60).screen();
    assert!(screen.contains("nothing is signed any more: record 4711 was changed"), "{screen}");
}

#[test]
fn what_is_not_known_is_no_number() {
    let harness = console(Pulse::default(), 80, 24);
    for name in ["budget", "heartbeats", "inbox", "outbox", "store"] {
        let line = harness.line(&format!("  {name}")).unwrap();
        assert!(line.ends_with(" -"), "{line}");
    }
    let nobody_counted = Pulse { ward: Some(Arc::default()), ..Pulse::default() };
    let line = console(nobody_counted, 80, 24).line("intervals").unwrap();
    assert!(line.ends_with("intervals -"), "{line}");
}

#[test]
fn each_lane_has_its_figure_and_its_bar() {
    let mut told = well();
    told.gauge.lanes = [150, 0, 20, 4, 400];
    let screen = console(told, 80, 24).screen();
    for lane in [
        "operator  150 ▰▰▰▱▱  beats         0 ▱▱▱▱▱  screen   20 ▰▱▱▱▱",
        "looks       4 ▰▱▱▱▱  background  400 ▰▰▰▰▰",
    ] {
        assert!(screen.contains(lane), "{lane}\n{screen}");
    }
}

#[test]
fn it_moves_on_while_one_looks() {
    let mut harness = console(well(), 80, 24);
    assert!(harness.line("token").unwrap().contains("12m"), "{}", harness.screen());
    harness.wait(5);
    assert!(harness.line("token").unwrap().contains("11m"), "{}", harness.screen());
}

#[test]
fn it_says_as_whom_things_are_done() {
    let account = Account { id: "robin".into(), name: Some("Robin Vale".into()) };
    let me = Some(Me::Person(account));
    let harness = console(Pulse { me, ..well() }, 80, 24);
    assert!(harness.line("token").unwrap().contains("you are Robin Vale"), "{}", harness.screen());
}

#[test]
fn a_server_that_says_nothing_is_told_before_the_time_limit() {
    let silent = |clock: bool| {
        let settings = Settings { clock, ..settings() };
        let mut harness = Harness::with(&settings, 80, 24);
        harness.pulse(pulse(Link::Live)).floor(floor::sample());
        let awaited = Some(floor::ago(4));
        harness.pulse(Pulse { awaited, data_from: Some(floor::ago(9)), ..pulse(Link::Live) });
        harness
    };
    let header = |harness: &Harness| harness.screen().lines().next().unwrap().to_owned();
    let mut harness = silent(true);
    assert!(header(&harness).contains("◌ no answer 4s, 9s old"), "{}", header(&harness));
    harness.wait(2);
    assert!(header(&harness).contains("◌ no answer 6s, 11s old"), "{}", header(&harness));
    harness.press("6");
    assert!(harness.screen().contains("◌ no answer 6s  data 11s old"), "{}", harness.screen());
    harness.pulse(pulse(Link::Live));
    assert!(header(&harness).contains("● live"), "{}", header(&harness));
    assert!(header(&silent(false)).contains("◌ no answer  "), "{}", header(&silent(false)));
}

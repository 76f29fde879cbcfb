//! Every pane at three sizes: with a floor, without, with trouble, and with old data.

use floorwalker::{console::Settings, domain::floor::Floor, engine::Link};

use crate::{
    floor,
    harness::{Harness, pulse, settings},
    seen::Seen,
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
const PANES: [(&str, &str); 4] =
    [("1", "queues"), ("2", "agents"), ("3", "sessions"), ("4", "audit")];

/// The three sizes of what `prepare` makes, one under the other.
fn sizes(pane: &str, prepare: impl Fn(&mut Harness)) -> Seen {
    SIZES.iter().fold(Seen::default(), |seen, &(width, height)| {
        let mut harness = Harness::bare(width, height);
        prepare(&mut harness);
        harness.press(pane).wait(30);
        seen.and(&harness)
    })
}

fn live(harness: &mut Harness) {
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    harness.event(crate::details::audit_page());
}

#[test]
fn with_a_floor() {
    for (key, name) in PANES {
        assert_screen!(format!("{name}_live"), sizes(key, live));
    }
}

#[test]
fn before_the_first_floor() {
    for (key, name) in PANES {
        assert_screen!(format!("{name}_connecting"), sizes(key, |_| {}));
    }
}

#[test]
fn on_an_empty_floor() {
    for (key, name) in PANES {
        let screens = sizes(key, |harness| {
            harness.pulse(pulse(Link::Live)).floor(floor::build(vec![], vec![], vec![]));
            harness
                .event(floorwalker::engine::Event::AuditPage { records: vec![], complete: true });
        });
        assert_screen!(format!("{name}_empty"), screens);
    }
}

#[test]
fn when_nothing_can_be_read() {
    for (key, name) in PANES {
        let screens = sizes(key, |harness| {
            let at = floor::now() + jiff::SignedDuration::from_secs(47);
            let reason = "queues: 403, the role lacks routing:queue:view".into();
            let mut pulse = pulse(Link::Retrying { at, reason });
            pulse.data_from = None;
            harness.pulse(pulse).floor(Floor::default());
        });
        assert_screen!(format!("{name}_error"), screens);
    }
}

#[test]
fn when_the_data_is_old() {
    for (key, name) in PANES {
        let screens = sizes(key, |harness| {
            live(harness);
            let mut pulse =
                pulse(Link::Stale { reason: "sessions: 429, too many requests".into() });
            pulse.data_from = Some(floor::ago(42));
            pulse.gauge.left = 12;
            harness.pulse(pulse);
        });
        assert_screen!(format!("{name}_stale"), screens);
    }
}

#[test]
fn the_steps_of_a_handoff() {
    let mut harness = Harness::live(80, 24);
    assert_screen!("handoff_1_agents", harness.press("h"));
    assert_screen!("handoff_2_card", harness.press("enter"));
    assert_screen!("handoff_3_enter", harness.press("enter"));
    assert_screen!("handoff_4_taken", harness.press("y"));
    assert_screen!("handoff_5_queues", harness.press("H"));
    assert_screen!("handoff_6_queue_card", harness.press("j enter"));
    assert_screen!("handoff_7_leave", harness.press("esc esc q"));
}

#[test]
fn the_help_at_80_and_200() {
    let mut harness = Harness::live(80, 24);
    assert_screen!("help_80", harness.press("?"));
    assert_screen!("help_200", harness.resize(200, 60));
}

#[test]
fn the_figures_of_a_large_floor_fit_on_a_narrow_screen() {
    let mut harness = Harness::live(80, 24);
    harness.floor(floor::floor(60, 5_000, 9_000));
    let line = harness.line("waiting").unwrap();
    assert!(line.contains("waiting 3375 ▲") && line.ends_with("SL 80%"), "{line}");
}

#[test]
fn no_color_means_no_colour() {
    use floorwalker::console::{app::App, theme::Theme};
    use ratatui::{buffer::Buffer, layout::Rect, layout::Size, style::Color};

    let settings = Settings { theme: Theme::Mono, ..settings() };
    let mut app = App::new(&settings, Size::new(200, 60), floor::now());
    let floor = std::sync::Arc::new(floor::sample());
    app.update(floorwalker::console::app::Message::Floor(floor), floor::now());
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    app.draw(&mut buffer);
    assert!(buffer.content.iter().all(|c| c.fg == Color::Reset && c.bg == Color::Reset));
}

#[test]
fn a_long_reason_and_its_hint_can_be_read_on_a_narrow_screen() {
    let reason = "read agents: 403 Unable to perform the requested action. You are missing the \
                  following permission(s): routing:queue:view [0c7cb5c2-5d4e] — Give the client's \
                  role this permission.";
    for known in [false, true] {
        let mut harness = Harness::bare(80, 24);
        let mut pulse = pulse(Link::Retrying { at: floor::now(), reason: reason.into() });
        if known {
            harness.floor(floor::sample());
        } else {
            pulse.data_from = None;
        }
        let screen = harness.pulse(pulse).screen();
        let times = if known { 1 } else { 2 };
        for text in ["routing:queue:view", "this permission."] {
            assert_eq!(screen.matches(text).count(), times, "{text}\n{screen}");
        }
        // Where there is nothing to say, the rows are the pane's again, and the last says what is next.
        let live = harness.pulse(crate::harness::pulse(Link::Live)).screen();
        let status = live.lines().rev().nth(1).unwrap();
        assert_eq!(status.starts_with(" next f5 "), known, "{live}");
        assert!(!live.lines().rev().nth(2).unwrap().contains("permission"), "{live}");
    }
}

#[test]
fn how_to_leave_is_always_said() {
    for pane in ["1", "2", "3", "4", "5", "6", "3 h", "3 enter"] {
        let mut harness = Harness::live(80, 24);
        let screen = harness.press(pane).screen();
        assert!(screen.ends_with("q quit  ? help"), "{pane}\n{screen}");
    }
}

#[test]
fn what_nothing_lists_is_not_counted() {
    let settings = Settings { lists_sessions: false, ..settings() };
    let mut harness = Harness::with(&settings, 80, 24);
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    let said = harness.line("waiting -").unwrap();
    assert!(said.contains("bot -  talking -") && !said.contains("longest"), "{said}");
    assert!(said.contains("on queue "), "{said}");
    harness.floor(floor::build(vec![], vec![], vec![]));
    assert!(harness.screen().contains("This org lists no sessions"), "{}", harness.screen());
}

//! The time a session has left: in the table where there is room, always in its detail.

use floorwalker::domain::session::{Session, SessionState};
use jiff::SignedDuration;
use ratatui::{buffer::Buffer, layout::Rect, style::Color};

use crate::{
    floor::{self, session_id},
    harness::Harness,
};

/// A floor of waiting sessions whose ends are so many seconds away.
fn ending(width: u16, height: u16, seconds: &[Option<i64>]) -> Harness {
    let session = |(n, left): (usize, &Option<i64>)| Session {
        guest: Some(format!("guest-{n}").as_str().into()),
        since: Some(floor::ago(10 + i64::try_from(seconds.len() - n).unwrap())),
        expires: left.map(|left| floor::now() + SignedDuration::from_secs(left)),
        ..Session::bare(session_id(n), SessionState::Waiting)
    };
    let mut harness = Harness::live(width, height);
    let sessions = seconds.iter().enumerate().map(session).collect();
    harness.floor(floor::build(vec![floor::queue(0)], vec![], sessions));
    harness
}

/// What the column `left` says of each guest, from the top.
fn told(harness: &Harness, count: usize) -> Vec<String> {
    let told = |n: usize| {
        let row = harness.line(&format!("guest-{n} "))?;
        let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|c| !c.is_empty()).collect();
        let time = cells
            .iter()
            .position(|cell| cell.ends_with(['s', 'm']) && cell.contains(char::is_numeric))?;
        cells.get(time + 1).map(|cell| (*cell).to_owned())
    };
    (0..count).filter_map(told).collect()
}

/// The guests' numbers from the top.
fn order(harness: &Harness) -> Vec<String> {
    let screen = harness.screen();
    let rows = screen.lines().filter(|line| line.contains("○ waiting"));
    let names = rows.filter_map(|line| line.split("guest-").nth(1));
    names.map(|rest| rest.chars().take(1).collect()).collect()
}

const ENDS: [Option<i64>; 7] =
    [Some(4_000), Some(299), Some(300), None, Some(59), Some(60), Some(-31)];

#[test]
fn the_last_minutes_are_counted_down_with_a_mark() {
    let mut harness = ending(200, 60, &ENDS);
    assert_eq!(told(&harness, 7), ["1h06", "△ 4:59", "5m", "-", "▲ 59s", "△ 1:00", "-"]);
    // A second later, without news.
    harness.wait(1);
    assert_eq!(told(&harness, 7), ["1h06", "△ 4:58", "△ 4:59", "-", "▲ 58s", "▲ 59s", "-"]);
    // At its end it may be listed for a moment; one that outlives it has been written in.
    harness.wait(58);
    assert_eq!(told(&harness, 7)[4], "▲ 0s");
    harness.wait(31);
    assert_eq!(told(&harness, 7)[4], "-");
}

#[test]
fn the_mark_has_the_colour_of_what_it_says() {
    let harness = ending(200, 60, &ENDS);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    harness.app.draw(&mut buffer);
    let colour = |time: &str| {
        let mut rows = buffer.content.chunks(200);
        rows.find_map(|row| {
            let symbols: Vec<&str> = row.iter().map(|cell| cell.symbol()).collect();
            let wanted: Vec<String> = time.chars().map(|c| c.to_string()).collect();
            let at = symbols.windows(wanted.len()).position(|w| w.iter().eq(wanted.iter()))?;
            Some(row[at].fg)
        })
    };
    assert_eq!(
        [colour("△ 4:59"), colour("▲ 59s"), colour(" 5m")],
        [Some(Color::Yellow), Some(Color::Red), Some(Color::Reset)]
    );
}

#[test]
fn who_ends_first_comes_first_and_the_unknown_last() {
    let mut harness = ending(200, 60, &ENDS);
    assert_eq!(order(&harness), ["0", "1", "2", "3", "4", "5", "6"]);
    harness.press("s s s");
    assert!(harness.screen().contains("left▴"), "{}", harness.screen());
    assert_eq!(order(&harness)[..5], ["4", "5", "1", "2", "0"]);
    harness.press("S");
    assert_eq!(order(&harness)[..5], ["0", "2", "1", "5", "4"]);
}

#[test]
fn a_narrow_screen_says_it_in_the_detail() {
    let mut harness = ending(80, 24, &ENDS);
    assert!(!harness.line("state").unwrap().contains("left"), "{}", harness.screen());
    harness.press("j enter");
    let line = harness.line("│ left").unwrap();
    assert!(line.contains("left        △ 4:59  ends by inactivity at 14:08:26"), "{line}");
    let mut harness = ending(80, 24, &[Some(72 * 3_600)]);
    harness.press("enter");
    let line = harness.line("│ left").unwrap();
    assert!(line.contains("3d00h  ends by inactivity at 2026-03-05 14:03:27"), "{line}");
    let mut harness = ending(80, 24, &[None]);
    assert!(harness.press("enter").line("│ left        - ").is_some(), "{}", harness.screen());
}

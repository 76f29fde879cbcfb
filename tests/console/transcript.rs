//! The transcript: who said what, following the newest, and unmoved by what strangers write.

use std::time::{Duration, Instant};

use floorwalker::{
    domain::{
        detail::{SessionDetail, Speaker, Utterance},
        session::Session,
    },
    engine::{Command, Event, Link},
    policy::{Handbook, mask::Masking},
};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

use crate::{
    floor::{self, session_id},
    harness::{Harness, pulse, settings},
};

const SPEAKERS: [Speaker; 3] = [Speaker::Guest, Speaker::Bot, Speaker::Agent];

/// The nth thing said, ten seconds after the one before.
fn said(n: usize, text: &str) -> Utterance {
    let at = floor::ago(3_600 - 10 * i64::try_from(n).unwrap());
    Utterance { at, by: SPEAKERS[n % 3], author: None, text: text.into() }
}

fn numbered(from: usize, to: usize) -> Vec<Utterance> {
    (from..to).map(|n| said(n, &format!("message {n}."))).collect()
}

fn read(messages: Vec<Utterance>) -> SessionDetail {
    SessionDetail {
        id: session_id(34),
        session: floor::session(34),
        participants: vec![],
        message_ids: vec![],
        messages,
        guest: None,
        summary: None,
        gaps: vec![],
        read_at: floor::ago(1),
    }
}

fn news(messages: Vec<Utterance>) -> Event {
    Event::Detail(Box::new(read(messages)))
}

/// The transcript of the first session, which is `session_id(34)`, with these messages.
fn open(width: u16, height: u16, messages: Vec<Utterance>) -> Harness {
    let mut harness = Harness::live(width, height);
    harness.press("t").event(news(messages));
    harness
}

#[test]
fn guest_bot_and_agent_are_told_apart_on_every_screen() {
    for (name, width, height) in [("80", 80, 24), ("50", 50, 12), ("200", 200, 60)] {
        let messages = vec![
            said(0, "Hello, I was charged twice for the same order and nobody could tell me why."),
            said(1, "I can help with that. What is the order number?"),
            said(2, "This is Zoë, I have taken over from the bot."),
            said(3, "注文番号は 12345 です。よろしくお願いします。注文番号は 12345 です。"),
        ];
        let harness = open(width, height, messages);
        assert_screen!(format!("transcript_{name}"), harness);
    }
}

#[test]
fn the_engine_reads_closely_while_it_is_open() {
    let mut harness = Harness::live(80, 24);
    harness.take_effects();
    harness.press("t");
    let attended = |harness: &Harness| match harness.commands().as_slice() {
        [Command::Attend(attention)] => attention.detail.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(attended(&harness), Some(session_id(34)));
    assert!(harness.screen().contains("reading…"), "{}", harness.screen());
    // What is said elsewhere is not shown here.
    let mut other = read(numbered(0, 1));
    other.id = session_id(1);
    harness.event(Event::Detail(Box::new(other)));
    assert!(harness.screen().contains("reading…"));
    harness.event(news(vec![]));
    assert!(harness.screen().contains("Nothing has been written yet."), "{}", harness.screen());
    harness.take_effects();
    harness.press("esc");
    assert_eq!(attended(&harness), None);
    assert!(!harness.screen().contains("Transcript"));
}

#[test]
fn from_a_detail_it_begins_with_what_is_known_there() {
    let mut harness = Harness::live(80, 24);
    harness.press("enter").event(news(numbered(0, 3))).press("t");
    let screen = harness.screen();
    assert!(screen.contains("Transcript Anna 34  3 newest messages, read 1s ago"), "{screen}");
    assert!(screen.contains("message 2."), "{screen}");
    harness.press("esc");
    assert!(harness.screen().contains("Session Anna 34"), "{}", harness.screen());
}

#[test]
fn it_follows_the_newest_until_somebody_scrolls_up() {
    let mut harness = open(80, 24, numbered(0, 30));
    assert!(harness.screen().contains("message 29.") && !harness.screen().contains("message 0."));
    harness.event(news(numbered(2, 32)));
    assert!(harness.screen().contains("message 31."), "{}", harness.screen());
    // What an earlier read told is still there, though the last one did not tell it.
    assert!(harness.screen().contains("  32 newest messages"), "{}", harness.screen());
    harness.press("pageup");
    let before = harness.line("message 16.").unwrap();
    let row = |harness: &Harness| harness.screen().lines().position(|l| l.contains("message 16."));
    let at = row(&harness);
    harness.event(news(numbered(5, 35)));
    assert_eq!((harness.line("message 16.").unwrap(), row(&harness)), (before, at));
    assert!(harness.screen().contains("▾ 3 new below, end follows"), "{}", harness.screen());
    assert!(!harness.screen().contains("message 34."));
    harness.press("G");
    assert!(harness.screen().contains("message 34.") && !harness.screen().contains("new below"));
    harness.event(news(numbered(6, 36)));
    assert!(harness.screen().contains("message 35."), "{}", harness.screen());
    harness.press("g");
    assert!(harness.screen().contains("message 0."), "{}", harness.screen());
}

#[test]
fn coming_down_to_the_newest_by_hand_follows_again() {
    let mut harness = open(80, 24, numbered(0, 30));
    harness.press("k k").event(news(numbered(1, 31)));
    assert!(harness.screen().contains("▾ 1 new below"), "{}", harness.screen());
    harness.press("j j j").event(news(numbered(2, 32)));
    assert!(harness.screen().contains("message 31."), "{}", harness.screen());
    assert!(!harness.screen().contains("follows"), "{}", harness.screen());
}

#[test]
fn after_another_size_it_still_scrolls_row_by_row() {
    let mut harness = open(80, 24, numbered(0, 30));
    harness.resize(50, 12).press("k");
    assert!(!harness.screen().contains("message 29."), "{}", harness.screen());
    assert!(harness.screen().contains("message 28."), "{}", harness.screen());
    assert!(harness.screen().contains("▾ end follows the newest"), "{}", harness.screen());
    harness.press("j");
    assert!(harness.screen().contains("message 29.") && !harness.screen().contains("follows"));
}

#[test]
fn one_long_message_scrolls_row_by_row() {
    let long = (0..200).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    let mut harness = open(50, 12, vec![said(0, &long)]);
    assert!(harness.screen().contains("word199"), "{}", harness.screen());
    harness.press("g");
    assert!(harness.screen().contains("word0 "), "{}", harness.screen());
    harness.press("j");
    assert!(!harness.screen().contains("word0 "), "{}", harness.screen());
    // Whose words these are is said at the top of the view too.
    assert!(harness.line("▸ guest").is_some_and(|line| line.contains("word")));
    // A wider screen has fewer rows for it.
    harness.press("G k").resize(200, 60);
    assert!(harness.screen().contains("word0 ") && harness.screen().contains("word199"));
}

#[test]
fn what_could_not_be_read_is_said() {
    let mut harness = Harness::live(80, 24);
    harness.press("t");
    let reason = "messages: 403, the role lacks conversation:message:view";
    harness.event(Event::NoDetail { session: session_id(34), reason: reason.into() });
    assert!(harness.screen().contains(&format!("▲ {reason}")), "{}", harness.screen());
    // One that has no words is no gap, and still not left out in silence.
    let mut detail = read(numbered(0, 2));
    detail.message_ids = ["a", "b", "c"].map(Into::into).to_vec();
    detail.gaps = vec!["summary: 403, not allowed".into()];
    harness.event(Event::Detail(Box::new(detail.clone())));
    let screen = harness.screen();
    assert!(screen.contains("▲ summary: 403") && !screen.contains("lacks"), "{screen}");
    assert!(screen.contains("1 of the newest messages holds no text"), "{screen}");
    // A read that fails, or tells no messages, takes nothing away.
    detail.messages.clear();
    detail.gaps = vec!["messages: timed out".into()];
    harness.event(Event::Detail(Box::new(detail)));
    let screen = harness.screen();
    assert!(screen.contains("▲ messages: timed out") && screen.contains("message 1."), "{screen}");
    assert!(!screen.contains("holds no text"), "{screen}");
    harness.event(Event::NoDetail { session: session_id(34), reason: "it is down".into() });
    let screen = harness.screen();
    assert!(screen.contains("▲ it is down; ") && screen.contains("message 1."), "{screen}");
}

#[test]
fn where_one_read_does_not_reach_the_one_before_that_is_said() {
    let mut harness = open(80, 24, numbered(0, 4));
    assert!(!harness.screen().contains("missing"));
    harness.event(news(numbered(8, 12)));
    let screen = harness.screen();
    let at = |text: &str| screen.lines().position(|line| line.contains(text)).unwrap();
    assert!(at("message 3.") < at("▲ messages may be missing here"), "{screen}");
    assert!(at("▲ messages may be missing here") < at("message 8."), "{screen}");
    assert!(screen.contains("  8 newest messages"), "{screen}");
}

const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mEve\u{7}\u{9b}31m\u{1b}]0;title\u{7}",
    "line\none\r\ttwo\u{2028}three",
    "rtl\u{202e}gnp.exe\u{2066}\u{200f}",
    "مرحبا أنا محمد وأريد استرداد المبلغ من فضلك لأنني دفعت مرتين عن نفس الطلب قبل أسبوع",
    "שלום קוראים לי דנה ואני רוצה לבטל את החוזה שלי כי הוא לא מתאים לי יותר בכלל",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} z\u{335}\u{336}\u{337}\u{338}\u{310}a\u{301}lgo",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 family 🇨🇭 ﷺ ꧅ 𒐫",
    "新規契約新規契約新規契約新規契約新規契約新規契約新規契約新規契約新規契約新規契約新規契約",
    "",
    "   ",
];

/// Where the popup's edges are, cell by cell: every row has both.
fn edges_hold(harness: &Harness, width: u16, height: u16) {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    harness.app.draw(&mut buffer);
    let at = |x, y| buffer[(x, y)].symbol().to_owned();
    let find = |corner: &str| {
        let mut cells = area.positions();
        cells.find(|p| at(p.x, p.y) == corner).unwrap()
    };
    let (from, to) = (find("╭"), find("╯"));
    for y in from.y + 1..to.y {
        assert_eq!((at(from.x, y), at(to.x, y)), ("│".into(), "│".into()), "{}", harness.screen());
        // A wide letter next to the edge would be drawn over it.
        assert!(at(to.x - 1, y).width() < 2, "{}", harness.screen());
    }
    let screen = harness.screen();
    let harmful = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(screen.chars().find(harmful), None, "{screen}");
}

#[test]
fn what_strangers_write_stays_inside_and_colours_nothing() {
    for (width, height) in [(50, 12), (80, 24), (81, 25), (200, 60)] {
        let all: Vec<Utterance> = (0..40).map(|n| said(n, HOSTILE[n % HOSTILE.len()])).collect();
        let mut harness = open(width, height, all);
        let guest = |s: &Session| Session { guest: Some(HOSTILE[0].into()), ..s.clone() };
        let floor = floor::sample();
        let sessions = floor.sessions.iter().map(guest).collect();
        harness.floor(floor::build(floor.queues.clone(), floor.agents.clone(), sessions));
        edges_hold(&harness, width, height);
        for _ in 0..30 {
            harness.press("k");
            edges_hold(&harness, width, height);
        }
        harness.press("g");
        edges_hold(&harness, width, height);
    }
    let harness = open(80, 24, vec![said(0, HOSTILE[0])]);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    harness.app.draw(&mut buffer);
    let eve =
        buffer.content.windows(3).find(|w| w.iter().map(|cell| cell.symbol()).eq(["E", "v", "e"]));
    let eve = eve.unwrap_or_else(|| panic!("{}", harness.screen()));
    assert!(eve.iter().all(|cell| cell.fg == ratatui::style::Color::Reset));
}

#[test]
fn a_message_without_a_space_is_broken_and_loses_no_letter() {
    let text: String = (0..10_000).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
    let mut harness = open(80, 24, vec![said(0, &text)]);
    harness.press("g");
    let mut shown = String::new();
    for _ in 0..2_000 {
        let screen = harness.screen();
        let row = screen.lines().find(|line| line.contains("▸ guest")).unwrap();
        let letters = row.split("guest").nth(1).unwrap().replace([' ', '│'], "");
        shown.push_str(&letters);
        harness.press("j");
        if harness.screen() == screen {
            break;
        }
    }
    assert!(shown.len() > 9_000 && text.starts_with(&shown), "{} {shown:.60}", shown.len());
    edges_hold(&harness, 80, 24);
}

#[test]
fn a_thousand_long_messages_cost_no_more_than_what_is_seen() {
    let long = "word ".repeat(2_000);
    let frames = |count: usize| {
        let mut harness = open(200, 60, (0..count).map(|n| said(n, &long)).collect());
        harness.press("pageup");
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let begun = Instant::now();
            for _ in 0..3 {
                let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
                harness.app.draw(&mut buffer);
            }
            best = best.min(begun.elapsed());
        }
        best
    };
    let (few, many) = (frames(10), frames(1_000));
    assert!(many < few * 10, "10 messages: {few:?}, 1,000: {many:?}");
}

#[test]
fn a_handoff_can_begin_where_the_trouble_is_read() {
    let mut harness = open(80, 24, numbered(0, 3));
    harness.press("h");
    assert!(harness.screen().contains("Hand off to an agent"), "{}", harness.screen());
    harness.press("esc");
    assert!(harness.screen().contains("message 2."));
    harness.press("t");
    assert!(harness.status().contains("This is the transcript"), "{}", harness.status());
    // The session goes; what was said stays to be read.
    let floor = floor::sample();
    let rest = floor.sessions.iter().filter(|s| s.id != session_id(34)).cloned().collect();
    harness.floor(floor::build(floor.queues.clone(), floor.agents.clone(), rest));
    let screen = harness.screen();
    assert!(screen.contains("has ended") && screen.contains("message 2."), "{screen}");
}

#[test]
fn without_a_session_there_is_nothing_to_read() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).press("t");
    assert!(harness.status().contains("There is no session"), "{}", harness.status());
    harness.press("1 t");
    assert!(harness.status().contains("There is nothing to read here"), "{}", harness.status());
}

/// Both looks at what guest, bot and agent have written, with these settings.
fn looks(masking: Masking, detail: &SessionDetail) -> [String; 2] {
    ["t", "enter"].map(|key| {
        let handbook = Handbook { masking, ..Handbook::default() };
        let settings = floorwalker::console::Settings { handbook, ..settings() };
        let mut harness = Harness::with(&settings, 80, 24);
        harness.floor(floor::sample()).pulse(pulse(Link::Live)).press("3").press(key);
        harness.event(Event::Detail(Box::new(detail.clone()))).press("G");
        harness.screen()
    })
}

#[test]
fn a_card_number_never_reaches_the_screen_whoever_wrote_it() {
    let mut detail = read(vec![
        said(0, "My card is 4111 1111 1111 1111, the order ORD-48213."),
        said(1, "Is it ٤١١١١١١١١١١١١١١١?"),
        said(2, "I have 4111-1111-1111-1111 here, and maria@shop.example."),
    ]);
    detail.summary = Some("The guest's card is 4111111111111111.".into());
    for screen in looks(Masking::On, &detail) {
        for part in ["4111", "1111 1111", "١١١١١", "maria"] {
            assert!(!screen.contains(part), "{part}: {screen}");
        }
        for part in ["•••• •••• •••• 1111, the order ORD-48213.", "•••• ١١١١?", "m•••@•••.example"]
        {
            assert!(screen.contains(part), "{part}: {screen}");
        }
    }
    let [transcript, look] = looks(Masking::Off, &detail);
    assert!(transcript.contains("My card is 4111 1111 1111 1111,"), "{transcript}");
    assert!(look.contains("My card is 4111 1111 1111 1111,"), "{look}");
    assert!(look.contains("The guest's card is 4111111111111111."), "{look}");
}

#[test]
fn a_transcript_that_begins_with_what_a_detail_knows_tells_no_more() {
    let mut harness = Harness::live(80, 24);
    harness.press("enter").event(news(vec![said(0, "4111111111111111")])).press("t");
    let screen = harness.screen();
    assert!(screen.contains("Transcript") && screen.contains("•••• •••• •••• 1111"), "{screen}");
    assert!(!screen.contains("41111"), "{screen}");
}

#[test]
fn whoever_has_gone_keeps_their_name_while_one_reads() {
    for key in ["t", "enter"] {
        let mut harness = Harness::live(160, 48);
        let session = harness.app.cx().session.clone().unwrap();
        let guest = floor::sample().session(&session).unwrap().label();
        harness.press(key).floor(floor::build(vec![], vec![], vec![]));
        let (screen, id) = (harness.screen(), session.short());
        assert!(screen.contains(&format!("✗ {guest} has ended")), "{guest}\n{screen}");
        assert!(screen.contains(&format!("Sessions › {guest}")), "{guest}\n{screen}");
        assert!(!screen.contains(&format!("Transcript {id}")), "{screen}");
    }
}

//! Terminals of every kind: without colours, without Unicode, behind a slow line, and with names that take
//! more or less room than they have letters.

use floorwalker::{
    console::{
        Settings,
        app::Effect,
        theme::{Depth, Theme},
    },
    domain::{agent::Agent, floor::Floor, inbox::Inbox, queue::Queue, session::Session},
    engine::{Event, Level, Link, Notice, Pulse},
};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Color,
};

use crate::{
    floor,
    harness::{Harness, pulse, settings},
    seen::legend,
};

/// Everywhere a person gets with a few keys.
pub const PLACES: &[&str] = &[
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "?",
    "3 enter",
    "3 t",
    "3 h",
    "3 h enter",
    "3 H",
    "3 H enter",
    "1 enter",
    "2 enter",
    "4 enter",
    "5 enter",
    "2 e",
    "3 * a",
    "3 * h",
    "3 * H",
    "3 n",
    "3 D",
    "5 x",
    "5 d",
    "3 /",
    "4 /",
];

fn cells(harness: &Harness, width: u16, height: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    harness.app.draw(&mut buffer);
    buffer
}

/// What goes well and what goes badly, all at once.
pub fn troubled(inbox: Inbox) -> Pulse {
    let mut pulse = pulse(Link::Stale { reason: "sessions: 429, too many requests".into() });
    pulse.gauge.left = 70;
    pulse.inbox = Some(inbox.into());
    pulse
}

fn console(settings: &Settings, floor: Floor, (width, height): (u16, u16)) -> Harness {
    let mut harness = Harness::with(settings, width, height);
    harness.pulse(troubled(crate::inbox::sample())).floor(floor);
    harness.event(crate::details::audit_page());
    harness
}

/// The same floor with the names that `name` gives.
pub fn named(name: impl Fn(usize) -> String) -> Floor {
    let all = floor::sample();
    let queue = |(n, row): (usize, &Queue)| Queue { name: name(n).as_str().into(), ..row.clone() };
    let agent = |(n, row): (usize, &Agent)| Agent {
        name: row.name.as_ref().map(|_| name(n).as_str().into()),
        ..row.clone()
    };
    let session = |(n, row): (usize, &Session)| Session {
        guest: row.guest.as_ref().map(|_| name(n).as_str().into()),
        ..row.clone()
    };
    floor::build(
        all.queues.iter().enumerate().map(queue).collect(),
        all.agents.iter().enumerate().map(agent).collect(),
        all.sessions.iter().enumerate().map(session).collect(),
    )
}

#[test]
fn a_terminal_without_unicode_is_sent_none() {
    let settings = Settings { ascii: true, ..settings() };
    for size in [(80, 24), (200, 60)] {
        for keys in PLACES {
            for floor in [named(|n| format!("Name {n}")), floor::sample()] {
                let mut harness = console(&settings, floor, size);
                harness.press(keys);
                let other = |cell: &&Cell| !cell.symbol().is_ascii();
                let found = cells(&harness, size.0, size.1);
                let found: Vec<&str> =
                    found.content.iter().filter(other).map(Cell::symbol).collect();
                assert!(found.is_empty(), "{keys}: {found:?}\n{}", harness.screen());
            }
        }
    }
    harness_too_small(&settings);
}

fn harness_too_small(settings: &Settings) {
    let mut harness = console(settings, floor::sample(), (80, 24));
    assert!(harness.resize(20, 5).screen().contains("20x5, needs"), "{}", harness.screen());
}

#[test]
fn names_that_ascii_does_not_have_can_be_told_apart() {
    let floor = floor::sample();
    let names = ["佐藤", "王小明", "Chloé Dupont", "Łukasz Ångström"];
    let (mut sessions, mut agents) = (floor.sessions[..4].to_vec(), floor.agents[..4].to_vec());
    let mut queues = floor.queues[..2].to_vec();
    for ((session, agent), name) in sessions.iter_mut().zip(&mut agents).zip(names) {
        (session.guest, agent.name) = (Some(name.into()), Some(name.into()));
    }
    // Ids as they are in life: they differ from their first letters on.
    for (session, id) in sessions.iter_mut().zip(["a1", "b2", "c3", "d4"]) {
        session.id = format!("{id}1f2e3d-0000-4000-8000-000000000000").as_str().into();
    }
    (queues[0].name, queues[1].name) = ("新規契約".into(), "お客様".into());
    let floor = floor::build(queues, agents, sessions);
    let mut plain = console(&Settings { ascii: true, ..settings() }, floor.clone(), (120, 40));
    let screen = plain.screen();
    for told in ["a11f2e3d ????", "b21f2e3d ??????", "Chloe Dupont", "Lukasz Angstrom"] {
        assert!(screen.contains(told), "{told}\n{screen}");
    }
    assert!(!screen.contains("c31f2e3d Chloe"), "{screen}");
    let first = floor.queues[0].id.short();
    let screen = plain.press("1").screen();
    assert!(screen.matches(&format!("{first} ??????")).count() == 2, "{screen}");
    let screen = console(&settings(), floor, (120, 40)).screen();
    assert!(screen.contains("佐藤") && !screen.contains("a11f2e3d"), "{screen}");
}

#[test]
fn every_glyph_of_ours_has_a_stand_in_and_no_place_changes() {
    let all = |ascii| {
        let settings = Settings { ascii, ..settings() };
        console(&settings, named(|n| format!("Name {n}")), (120, 40)).screen()
    };
    let (full, plain) = (all(false), all(true));
    let questions = |text: &str| text.matches('?').count();
    assert_eq!(questions(&full), questions(&plain), "{plain}");
    let columns =
        |text: &str| -> Vec<usize> { text.lines().map(|line| line.chars().count()).collect() };
    assert_eq!(columns(&full), columns(&plain));
    assert!(plain.contains("% stale") && plain.contains("o waiting"), "{plain}");
}

/// Text of one colour that means something, as it stands on the screen: `(column, line, text)`.
fn coloured(buffer: &Buffer, theme: Theme) -> Vec<(u16, u16, String)> {
    use floorwalker::console::theme::Role;
    let news = [Role::Good, Role::Warn, Role::Alarm].map(|role| theme.style(role).fg);
    let is_news = |cell: &Cell| news.contains(&Some(cell.fg)) && cell.fg != Color::Reset;
    let mut found: Vec<(u16, u16, String)> = Vec::new();
    for y in 0..buffer.area.height {
        let mut before: Option<Color> = None;
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            match found.last_mut().filter(|_| before == Some(cell.fg)) {
                Some((_, _, text)) if is_news(cell) => text.push_str(cell.symbol()),
                _ if is_news(cell) => found.push((x, y, cell.symbol().to_owned())),
                _ => {}
            }
            before = is_news(cell).then_some(cell.fg);
        }
    }
    found
}

/// Shapes that say by themselves what the colour says.
const SHAPES: &str = "✗▲△✓●◐◑◎○⇄■⊘↩▾×‖…♥−?!←→‼";

/// What is coloured and has no shape, because it is a word or a figure that says it.
fn says_it_itself(text: &str) -> bool {
    let words = ["follow off", "paused", "ending", "end?"];
    // A place of none left, and all of those there are.
    let full = text.split_once('/').is_some_and(|(left, right)| left == right || left == "0");
    // A value below what it should be says so.
    full || text.contains(" < ") || words.iter().any(|word| text.starts_with(word))
}

#[test]
fn no_colour_stands_alone() {
    for theme in [Theme::Terminal, Theme::Dark(Depth::Many), Theme::Light(Depth::Sixteen)] {
        let settings = Settings { theme, ..settings() };
        let mut seen = 0;
        for size in [(80, 24), (200, 60)] {
            for keys in PLACES {
                let mut harness = console(&settings, floor::sample(), size);
                let text = "The transfer was refused".into();
                harness.event(Event::Notice(Notice { level: Level::Error, text }));
                harness.press(keys);
                let buffer = cells(&harness, size.0, size.1);
                let runs = coloured(&buffer, theme);
                seen += runs.len();
                for (n, (x, y, text)) in runs.iter().enumerate() {
                    // What a popup's edge cuts has its beginning under it.
                    if *x > 0 && "│╮╯".contains(buffer[(*x - 1, *y)].symbol()) {
                        continue;
                    }
                    // What comes after others is joined to them.
                    let text = text.trim_start_matches([' ', ',', ';']).trim_end();
                    let starts = text.chars().next().is_none_or(|c| SHAPES.contains(c));
                    // A sentence goes on under its beginning.
                    let goes_on = runs[..n].iter().any(|(_, above, _)| above + 1 == *y)
                        && text.split(' ').count() > 2;
                    assert!(
                        starts || goes_on || says_it_itself(text),
                        "{theme:?} {keys}: {text:?} at {x}, {y}\n{}",
                        harness.screen()
                    );
                }
            }
        }
        assert!(seen > 500, "{theme:?}: {seen}");
    }
}

#[test]
fn without_colours_the_same_words_and_shapes_are_there() {
    for keys in PLACES {
        let [mono, colours] = [Theme::Mono, Theme::Terminal].map(|theme| {
            let mut harness =
                console(&Settings { theme, ..settings() }, floor::sample(), (120, 40));
            harness.press(keys).screen()
        });
        assert_eq!(mono, colours, "{keys}");
    }
}

/// Where `text` stands on the screen.
pub fn place(harness: &Harness, text: &str) -> (u16, u16) {
    let screen = harness.screen();
    let at = screen.lines().enumerate().find_map(|(y, line)| Some((line.find(text)?, y, line)));
    let (x, y, line) = at.unwrap();
    let x = line[..x].chars().count();
    (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
}

#[test]
fn y_copies_the_id_of_the_row() {
    let mut harness = Harness::live(80, 24);
    harness.event(crate::details::audit_page()).take_effects();
    let mut copied = |keys: &str| match harness.press(keys).take_effects().pop() {
        Some(Effect::Copy(text)) => text,
        other => panic!("{keys}: {other:?}"),
    };
    assert_eq!(copied("3 y"), floor::session_id(34).to_string());
    assert!(copied("2 y").starts_with("a6e00000-"));
    assert!(copied("1 y").starts_with("90e00000-"));
    assert_eq!(copied("4 y"), floor::session_id(9).to_string());
    assert!(harness.status().contains("Copied 5e550000-"), "{}", harness.status());
    harness.press("5 y");
    assert!(harness.status().contains("no row under the cursor"), "{}", harness.status());
}

#[test]
fn a_slow_line_is_told_the_minute_and_coarse_ages() {
    let settings = Settings { low_bandwidth: true, ..settings() };
    let mut harness = Harness::with(&settings, 80, 24);
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    let screen = harness.screen();
    let header = screen.lines().next().unwrap();
    assert!(header.ends_with("14:03") && header.contains("● live <10s"), "{header}");
    // Who has waited 12 s and who 53 s, in tens; beyond a minute, in minutes.
    assert!(screen.contains(" 10s ") && screen.contains(" 50s "), "{screen}");
    let times = screen.lines().filter(|line| line.contains("○ waiting") && line.contains("▲"));
    assert!(times.clone().count() > 3 && times.clone().all(|l| l.contains("m ")), "{screen}");
    let before = harness.screen();
    harness.wait(1);
    assert_eq!(harness.screen(), before, "a second later");
}

/// Letters without width, with two columns, with marks, and from right to left.
const ODD: &[&str] = &[
    "佐藤 花子",
    "김민준",
    "👩\u{200d}👩\u{200d}👧 家族",
    "🇨🇭 Zoë e\u{301}a\u{308}",
    "דנה לוי 12",
    "محمد العلي",
    "नमस्ते क्षि",
    "\u{202e}Evil\u{2066}",
    "ﷺﷺﷺﷺ",
    "司徒司徒司徒司徒司徒司徒司徒司徒司徒司徒司徒司徒",
];

/// The columns under these headings differ with the names; the others must not.
const NAMED: [&str; 6] = ["guest", "queue", "agent", "session", "→target", "wanted"];

#[test]
fn odd_names_leave_every_other_column_where_it_is() {
    for key in ["1", "2", "3", "4", "5"] {
        // Names that rank alike, so that the rows are the same.
        let draw = |floor: Floor| {
            let mut harness = console(&settings(), floor, (80, 24));
            harness.press(key);
            (cells(&harness, 80, 24), harness.screen(), place(&harness, "▌").1 - 1)
        };
        let (plain, plain_screen, heading) = draw(named(|_| "Name".into()));
        for odd in ODD {
            let (buffer, screen, _) = draw(named(|_| (*odd).to_owned()));
            let starts = starts(&plain, heading);
            for y in heading..22 {
                for (n, (x, word)) in starts.iter().enumerate() {
                    let end = starts.get(n + 1).map_or(79, |(next, _)| *next);
                    let named = NAMED.iter().any(|name| word.starts_with(name));
                    // The last letter of a column of names ends before the gap to the next.
                    let from = if named { end - 1 } else { *x };
                    for x in from..end {
                        let (a, b) = (&plain[(x, y)], &buffer[(x, y)]);
                        assert_eq!(
                            a.symbol(),
                            b.symbol(),
                            "{odd} {key} {x},{y}\n{plain_screen}\n{screen}"
                        );
                    }
                }
            }
        }
    }
}

/// Where the columns begin, by their headings, which all but the right-aligned stand at their left edge.
fn starts(buffer: &Buffer, y: u16) -> Vec<(u16, String)> {
    let mut found: Vec<(u16, String)> = Vec::new();
    let symbol = |x: u16| buffer[(x, y)].symbol();
    for x in 2..79 {
        if symbol(x) == " " {
            continue;
        }
        // A heading may have two words.
        let goes_on = symbol(x - 1) != " " || symbol(x - 2) != " ";
        match found.last_mut().filter(|_| goes_on) {
            Some((_, word)) => word.push_str(symbol(x)),
            None => found.push((x, symbol(x).to_owned())),
        }
    }
    found
}

#[test]
fn a_large_screen_is_used() {
    let mut harness = console(&settings(), floor::sample(), (300, 100));
    assert_screen!("large", harness.press("3"));
}

#[test]
fn each_role_has_its_look_in_each_theme() {
    let depths = [Depth::Sixteen, Depth::Many];
    let themes = depths.into_iter().flat_map(|depth| [Theme::Dark(depth), Theme::Light(depth)]);
    let legends = [Theme::Terminal, Theme::Mono].into_iter().chain(themes).map(legend);
    insta::assert_snapshot!("themes", legends.collect::<Vec<_>>().join("\n\n"));
}

/// Two letters that a font joins are two cells: the name of a queue ends with its last letter where there is room.
#[test]
fn a_name_whose_letters_are_joined_is_whole_where_there_is_room() {
    let name = "خدمة العملاء";
    let mut floor = floor::floor(1, 1, 1);
    floor = floor::build(
        vec![Queue { name: name.into(), ..floor.queues[0].clone() }],
        floor.agents.clone(),
        floor.sessions.clone(),
    );
    let mut harness = console(&settings(), floor, (120, 40));
    for keys in ["1", "1 enter", "esc 3 H"] {
        let screen = harness.press(keys).screen();
        assert!(screen.contains(name), "{keys}\n{screen}");
    }
}

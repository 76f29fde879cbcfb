//! Whatever changes, the terminal shows what it would show had all of it been drawn anew.
//!
//! Random pictures, one after the other, go out as the changes from the one before, into an emulator. One that
//! is drawn as a whole goes into another, and both have to look alike.

use proptest::{collection::vec, prelude::*, test_runner::RngSeed};
use ratatui::style::{Color, Style};

use super::*;
use crate::console::widgets::paint;

const SIZE: Size = Size { width: 24, height: 5 };

/// Up to here there are signs of which the emulator believes that they take other columns than we do. Beyond it
/// they would run over the edge into the next line; terminals are told not to do that, and this one can't be.
const ANY: u16 = 14;

/// Narrow and wide letters, letters with marks, letters from right to left, and emoji that take the columns that
/// we believe.
const SURE: [&str; 14] =
    ["a", "Z", "7", " ", "佐", "王", "e\u{301}", "ש", "م", "\u{1f44d}", "\u{2b50}", "✓", "…", "ｱ"];

/// Those about which an emulator may disagree.
const UNSURE: [&str; 6] = [
    "का",
    "\u{260e}",
    "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{1f1e9}\u{1f1ea}",
    "\u{1f44d}\u{1f3fd}",
    "\u{263a}\u{fe0f}",
];

/// What is put over what was there, as a popup is: emptied first.
#[derive(Clone, Debug)]
struct Patch {
    area: Rect,
    signs: Vec<usize>,
    style: usize,
}

fn styles() -> [Style; 7] {
    let plain = Style::new();
    [
        plain,
        plain.red(),
        plain.bold(),
        plain.reversed().green(),
        plain.on_blue(),
        plain.dim().fg(Color::Indexed(203)),
        plain.underlined().bg(Color::Rgb(1, 2, 3)),
    ]
}

impl Patch {
    fn put(&self, buffer: &mut Buffer) {
        let Rect { x, y, width, height } = self.area;
        let sure = x + width > ANY;
        let known: Vec<&str> =
            if sure { SURE.to_vec() } else { [SURE.as_slice(), UNSURE.as_slice()].concat() };
        let text: String = self.signs.iter().map(|sign| known[sign % known.len()]).collect();
        paint::clear(buffer, self.area);
        for y in y..y + height {
            paint::text(buffer, x, y, width, &text, styles()[self.style]);
        }
    }
}

fn patch() -> impl Strategy<Value = Patch> {
    let area = (0..SIZE.width, 0..SIZE.height, 1..SIZE.width, 1..SIZE.height);
    let signs = vec(0..SURE.len() * UNSURE.len(), 0..16);
    (area, signs, 0..styles().len()).prop_map(|((x, y, width, height), signs, style)| {
        let area = Rect::new(x, y, width, height).intersection(area_of_all());
        Patch { area, signs, style }
    })
}

fn area_of_all() -> Rect {
    area(SIZE)
}

/// A screen and the emulator that takes its bytes.
struct Seen {
    screen: Screen<Vec<u8>>,
    emulator: vt100::Parser,
}

impl Seen {
    fn new() -> Self {
        let cells = |count: u16| count.try_into().unwrap();
        let emulator = vt100::Parser::new(cells(SIZE.height), cells(SIZE.width), 0);
        Self { screen: Screen::on(Vec::new(), SIZE), emulator }
    }

    fn show(&mut self, picture: &Buffer) {
        self.screen.next.clone_from(picture);
        self.screen.send().unwrap();
        self.emulator.process(&std::mem::take(&mut self.screen.out));
    }

    /// Every cell as it is seen: of a blank, what of its pen shows.
    fn cells(&self) -> Vec<String> {
        let places = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (y, x)));
        let seen = |(y, x): (u16, u16)| {
            let cell = self.emulator.screen().cell(y, x).unwrap();
            if cell.is_wide_continuation() {
                return "<".to_owned();
            }
            let ground = (cell.bgcolor(), cell.inverse(), cell.underline());
            let reversed = cell.inverse().then(|| cell.fgcolor());
            match cell.contents() {
                "" | " " => format!("blank {ground:?} {reversed:?}"),
                text => {
                    let marks = (cell.bold(), cell.dim(), cell.italic());
                    format!("{text} {ground:?} {:?} {marks:?}", cell.fgcolor())
                }
            }
        };
        places.map(seen).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_has_changed_looks_like_all_of_it_drawn_anew(frames in vec(vec(patch(), 1..4), 1..8)) {
        let (mut changing, mut picture) = (Seen::new(), Buffer::empty(area_of_all()));
        for frame in frames {
            frame.iter().for_each(|patch| patch.put(&mut picture));
            changing.show(&picture);
            let mut whole = Seen::new();
            whole.screen.forget();
            whole.show(&picture);
            prop_assert_eq!(changing.cells(), whole.cells(), "{:?}", picture);
        }
    }
}

#[test]
fn a_wide_letter_over_the_first_half_of_another_leaves_nothing_of_that() {
    let area = |x, width| Rect { x, y: 0, width, height: 1 };
    let wide = SURE.iter().position(|sign| *sign == "佐").unwrap();
    let first = Patch { area: area(9, 6), signs: vec![wide], style: 0 };
    let then = Patch { area: area(8, 2), signs: vec![wide], style: 3 };
    let (mut changing, mut picture) = (Seen::new(), Buffer::empty(area_of_all()));
    for patch in [first, then] {
        patch.put(&mut picture);
        changing.show(&picture);
    }
    let mut whole = Seen::new();
    whole.show(&picture);
    assert_eq!(changing.cells(), whole.cells());
}

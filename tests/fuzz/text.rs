//! What strangers write, on its way to a terminal: names, messages, errors.

use floorwalker::{
    args::Output,
    commands::listing::{Reader, Row, write},
    console::widgets::{paint, prose},
    domain::text::Plain,
    policy::mask::masked,
};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    bend::Grammar,
    odd,
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "text",
    grammar: Grammar::Text,
    besides: &[],
    words: &[
        "\u{1b}[2J",
        "\u{1b}]0;x\u{7}",
        "\u{9b}",
        "\u{202e}",
        "\u{200d}",
        "\u{301}",
        "佐藤",
        "👩\u{200d}🚒",
        "🇩🇪",
        "דנה",
        "لا",
        "क्षि",
        "\t",
        "\n",
        "=",
        ",",
        "\"",
        "4111 1111 1111 1111",
        "maria@shop.example",
        "password: ",
    ],
    check,
    more: &[nothing_of_a_sequence_is_left],
    few: 300,
};

/// A row of a list, with a stranger's name in it.
#[derive(Serialize)]
struct Named {
    id: String,
    name: String,
    mood: f64,
}

impl Row for Named {
    const COLUMNS: &'static [&'static str] = &["id", "name", "mood"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        vec![Some(self.id.clone()), Some(self.name.clone()), Some(self.mood.to_string())]
    }
}

fn check(document: &[u8]) {
    let raw = String::from_utf8_lossy(document);
    let plain = Plain::new(&raw);
    assert!(odd::is_tame(&plain), "{plain:?}");
    assert_eq!(Plain::new(&plain), plain, "once is enough");
    let limit = raw.len() % 97;
    let cut = Plain::cut(&raw, limit);
    assert!(odd::is_tame(&cut) && cut.chars().count() <= limit + 1, "{cut:?}");
    assert_eq!(Plain::cut(&cut, limit), cut);
    assert!(odd::is_tame(&masked(&plain)));
    // Drawn as it came as well: whoever forgets to tame a text must not have it reach a terminal.
    [&*raw, &*plain].into_iter().for_each(drawn);
    listed(&raw, &plain);
}

/// Drawn into a few columns, it stays in them.
fn drawn(text: &str) {
    let width = u16::try_from(1 + text.len() % 30).unwrap();
    let mut buf = Buffer::empty(Rect::new(0, 0, 40, 1));
    let used = paint::text(&mut buf, 2, 0, width, text, Style::new());
    assert!(used <= width, "{text:?} takes {used} of {width}");
    for (x, cell) in buf.content.iter().enumerate() {
        let inside = (2..2 + usize::from(width)).contains(&x);
        assert!(inside || cell.symbol() == " ", "{text:?} is at {x} of {width}");
        // What joins letters into one sign stays with them.
        let tame = |c: char| !odd::is_wild(c) || c == '\u{200d}';
        assert!(cell.symbol().chars().all(tame), "{:?} of {text:?}", cell.symbol());
    }
    let short: String = text.chars().take(400).collect();
    for row in prose::rows(&short, width) {
        // One sign is never parted.
        let signs = row.graphemes(true).filter(|sign| paint::columns(sign) > 0).count();
        let fits = paint::columns(row) <= width || signs == 1;
        assert!(fits, "{row:?} of {text:?} in {width}");
    }
}

/// In a list for people and for programs.
fn listed(raw: &str, plain: &str) {
    let rows =
        [raw, plain].map(|name| Named { id: raw.to_owned(), name: name.to_owned(), mood: -0.5 });
    let printed = |output| {
        let mut out = Vec::new();
        write(&mut out, output, &rows).unwrap();
        String::from_utf8(out).unwrap()
    };
    let table = printed(Output::Table);
    assert_eq!(table.lines().count(), 3, "{table:?}");
    assert!(table.lines().all(odd::is_tame), "{table:?}");
    let sheet = printed(Output::Csv);
    let mut sheet = csv::Reader::from_reader(sheet.as_bytes());
    for row in sheet.records() {
        let row = row.unwrap();
        assert_eq!((row.len(), &row[2]), (3, "-0.5"));
        for cell in row.iter().take(2) {
            let first = cell.trim_start().chars().next().unwrap_or(' ');
            assert!(cell.parse::<f64>().is_ok() || !"=+-@".contains(first), "{cell:?}");
            assert!(odd::is_tame(cell), "{cell:?}");
        }
    }
    for output in [Output::Json, Output::Jsonl] {
        let json = printed(output);
        assert!(json.lines().all(odd::is_tame), "{json:?}");
        // A program gets what it was, letter by letter.
        let lines = if output == Output::Json {
            json
        } else {
            format!("[{}]", json.trim().replace('\n', ","))
        };
        let told: serde_json::Value = serde_json::from_str(&lines).unwrap();
        assert_eq!(told[0]["id"], raw);
    }
}

/// Whatever a sequence holds, its letters may be left, and nothing that makes a terminal heed them.
fn nothing_of_a_sequence_is_left(hand: &mut Hand) {
    let begin = proptest::sample::select(vec![
        "\u{1b}[", "\u{1b}]", "\u{1b}P", "\u{1b}^", "\u{1b}_", "\u{1b}X", "\u{9b}", "\u{9d}",
        "\u{90}", "\u{1b}(", "\u{1b}#", "\u{1b}c", "\r", "\u{8}", "\u{e}", "\u{18}", "\u{85}",
        "\u{2028}",
    ]);
    let end = proptest::sample::select(vec!["m", "J", "\u{7}", "\u{1b}\\", "\u{9c}", "", "h"]);
    hand.all(&(begin, "[ -~]{0,20}", end, odd::text()), |(begin, inner, end, around)| {
        check(format!("{around}{begin}{inner}{end}{around}").as_bytes());
    });
}

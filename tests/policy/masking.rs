//! Masking, held against what nobody thought of.

use floorwalker::policy::mask::masked;
use proptest::{collection::vec, prelude::*};

/// Pieces that numbers, secrets and their neighbours are made of.
const PIECES: &[&str] = &[
    "4111111111111111",
    "4111 1111 1111 1111",
    "4222222222222",
    "079 123 45 67",
    "+41791234567",
    "1",
    "12",
    "123",
    "4567",
    "0",
    "00",
    "2026",
    "482913",
    "2026-11-21",
    "21.11.26",
    " ",
    "  ",
    "-",
    " - ",
    ".",
    "/",
    "(",
    ")",
    "_",
    ":",
    "+",
    "@",
    "=",
    "#",
    ",",
    "!",
    "\n",
    "•",
    "••••",
    "a",
    "m",
    "é",
    "ñ",
    "注文",
    "٤",
    "４",
    "\u{200b}",
    "\u{301}",
    "x@y.de",
    "maria@shop.example",
    ".code",
    "code",
    "PIN",
    "password",
    "password: ",
    "is",
    "error",
    "mot de passe ",
    "Bearer ",
    "jwt_",
    "eyJ",
    "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 00",
    "CH93",
    "EUR",
    "€",
    "ORD-",
    "550e8400-e29b-41d4-a716-446655440000",
    "d41d8cd98f00b204e9800998ecf8427e",
    "aB3xY9kQ2mN7pL5w",
    "hunter2",
];

fn written() -> impl Strategy<Value = String> {
    let pieces = vec(proptest::sample::select(PIECES.to_vec()), 0..14).prop_map(|p| p.concat());
    let digits = vec(proptest::sample::select(b"0123456789 -".to_vec()), 0..60)
        .prop_map(|all| all.into_iter().map(char::from).collect());
    prop_oneof![4 => pieces, 2 => digits, 1 => any::<String>()]
}

/// ISO/IEC 7812: every second digit from the right counts double.
fn is_card(digits: &[u32]) -> bool {
    let worth = |(n, d): (usize, &u32)| match (n % 2, d * 2) {
        (0, _) => *d,
        (_, double) if double > 9 => double - 9,
        (_, double) => double,
    };
    (13..=19).contains(&digits.len())
        && digits.iter().rev().enumerate().map(worth).sum::<u32>() % 10 == 0
}

/// A card in groups of digits that a space, a dash or nothing at all holds together.
fn has_card(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit() && c != ' ' && c != '-').any(|part| {
        let single =
            part.replace("  ", "x").replace("--", "x").replace("- ", "x").replace(" -", "x");
        single.split('x').any(|part| {
            let groups: Vec<Vec<u32>> = part
                .split([' ', '-'])
                .map(|group| group.chars().filter_map(|c| c.to_digit(10)).collect())
                .collect();
            let windows = (0..groups.len())
                .flat_map(|from| (from + 1..=groups.len()).map(move |to| from..to));
            windows.filter(|w| w.len() < 20).any(|w| is_card(&groups[w].concat()))
        })
    })
}

/// A date or an id parts what stands around it, and a date among digits may be one by chance.
fn has_parting(text: &str) -> bool {
    let is_dated = |part: &str| part.matches('-').count() >= 2;
    text.contains("21.11.26")
        || text.contains("550e8400-e29b")
        || text.split(|c: char| !c.is_ascii_digit() && c != '-').any(is_dated)
}

#[test]
fn the_look_for_cards_finds_them() {
    for text in ["4111111111111111", "a4222222222222b", "12 4111 1111-1111 1111 7"] {
        assert!(has_card(text), "{text}");
    }
    assert!(!has_card("4111111111111112 and 411111111111"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn no_card_is_left_and_a_second_time_changes_nothing(text in written()) {
        let once = masked(&text).into_owned();
        prop_assert_eq!(masked(&once), once.as_str());
        prop_assert!(has_parting(&once) || !has_card(&once), "{:?} shows {:?}", text, once);
    }

    #[test]
    fn a_card_is_found_wherever_it_stands(
        before in "[^0-9]{0,20}", after in "[^0-9]{0,20}", digits in "[1-9][0-9]{11,17}", gap in "[ -]?",
    ) {
        let mut card: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(10)).collect();
        card.push(0);
        let check = (0..10).find(|d| is_card(&[&card[..card.len() - 1], &[*d]].concat()));
        *card.last_mut().unwrap() = check.unwrap();
        let groups: Vec<String> =
            card.chunks(4).map(|g| g.iter().map(u32::to_string).collect()).collect();
        let text = format!("{before} {} {after}", groups.join(&gap));
        let shown = masked(&text);
        prop_assert!(!has_card(&shown), "{:?} shows {:?}", text, shown);
        prop_assert!(shown.contains('•'));
    }
}

//! Numbers in one or more groups: payment cards and phones; and ids and dates, which are neither.

use super::scan::{BULLET, Scan};

/// The digits of a payment card.
const LEAST: usize = 13;
const MOST: usize = 19;
/// So many digits in groups are a phone number, and a few less after a `+`.
const PHONE: usize = 9;
const ABROAD: usize = 8;
const CURRENCIES: &[&str] = &[
    "chf", "eur", "euro", "euros", "usd", "gbp", "jpy", "sek", "nok", "dkk", "pln", "czk", "huf",
    "cad", "aud", "inr", "brl", "mxn", "fr", "kr", "zl",
];

/// Groups of digits, each of one script, with nothing but separators in between.
struct Number {
    groups: Vec<(usize, usize)>,
}

impl Number {
    fn from(&self) -> usize {
        self.groups.first().map_or(0, |group| group.0)
    }

    fn to(&self) -> usize {
        self.groups.last().map_or(0, |group| group.1)
    }

    fn places(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.groups.iter().flat_map(|(from, to)| *from..*to)
    }
}

/// UUIDs and dates stay as they are, and part what stands around them.
pub fn keep_ids_and_dates(scan: &mut Scan) {
    let mut at = 0;
    while at < scan.len() {
        match uuid(scan, at).or_else(|| date(scan, at)) {
            Some(to) => {
                scan.keep(at, to);
                at = to;
            }
            None => at += 1,
        }
    }
}

/// The end of the UUID that begins here.
fn uuid(scan: &Scan, from: usize) -> Option<usize> {
    if scan.before(from).is_alphanumeric() {
        return None;
    }
    let mut at = from;
    for (n, width) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if n > 0 {
            at += 1;
            (scan.at(at - 1) == '-').then_some(())?;
        }
        (at..at + width).all(|at| scan.at(at).is_ascii_hexdigit()).then_some(())?;
        at += width;
    }
    (!scan.at(at).is_alphanumeric()).then_some(at)
}

/// The end of the date that begins here: year, month and day in either order, between one and the same
/// sign, and no more of it before or after.
fn date(scan: &Scan, from: usize) -> Option<usize> {
    let (mut at, mut parts, sign) = (from, Vec::new(), |c| matches!(c, '-' | '.' | '/'));
    let before = scan.before(from);
    if before.is_ascii_digit() || !scan.is_digit(from) {
        return None;
    }
    let goes_on = sign(before) && from > 1 && scan.is_digit(from - 2);
    let between = (from..from + 5).map(|at| scan.at(at)).find(|c| !c.is_ascii_digit())?;
    while parts.len() < 3 {
        let to = (at..at + 5).find(|at| !scan.is_digit(*at))?;
        let value = (at..to).fold(0, |v, at| v * 10 + scan.at(at).to_digit(10).unwrap_or(0));
        parts.push((to - at, value));
        at = to;
        if parts.len() < 3 {
            (sign(between) && scan.at(at) == between).then_some(())?;
            at += 1;
        }
    }
    let more = scan.at(at) == between && scan.is_digit(at + 1);
    let likely = matches!(parts[..], [a, b, c] if is_date(a, b, c) || is_date(c, b, a));
    (likely && !more && !goes_on).then_some(at)
}

/// Each part with its width.
fn is_date(year: (usize, u32), month: (usize, u32), day: (usize, u32)) -> bool {
    let years = match year.0 {
        4 => (1900..2100).contains(&year.1),
        width => width == 2,
    };
    let narrow = (1..=2).contains(&month.0) && (1..=2).contains(&day.0);
    let (low, high) = (month.1.min(day.1), month.1.max(day.1));
    years && narrow && (1..=12).contains(&low) && high <= 31
}

fn numbers(scan: &Scan) -> Vec<Number> {
    let (mut all, mut at) = (Vec::new(), 0);
    while at < scan.len() {
        if !scan.is_digit(at) {
            at += 1;
            continue;
        }
        let mut groups = Vec::new();
        let mut next = Some(at);
        while let Some(from) = next {
            at = scan.same_script(from);
            groups.push((from, at));
            next = if scan.is_digit(at) { Some(at) } else { scan.separator(at) };
        }
        all.push(Number { groups });
    }
    all
}

/// With a card goes what stands beside it: expiry and security code. Its last four are kept.
pub fn mask_cards(scan: &mut Scan) {
    for number in numbers(scan) {
        let starts = 0..number.groups.len();
        let Some(card) = starts.map(|n| &number.groups[n..]).find_map(|g| card(scan, g)) else {
            continue;
        };
        let last: String = match scan.reads_on(number.to()) {
            true => "••••".into(),
            false => card.iter().map(|at| scan.written(*at, at + 1)).collect(),
        };
        scan.cut(number.from(), number.to(), format!("•••• •••• •••• {last}"));
    }
}

/// The last four places of the longest card that begins with the first group.
fn card(scan: &Scan, groups: &[(usize, usize)]) -> Option<Vec<usize>> {
    // The sums in which every digit at an even, or odd, place counts double.
    let (mut sums, mut places, mut best) = ([0, 0], Vec::new(), None);
    for (from, to) in groups {
        for at in *from..*to {
            if places.len() == MOST {
                return best;
            }
            let digit = scan.at(at).to_digit(10).unwrap_or(0);
            let double = if digit > 4 { digit * 2 - 9 } else { digit * 2 };
            sums[places.len() % 2] += double;
            sums[1 - places.len() % 2] += digit;
            places.push(at);
        }
        let count = places.len();
        if count >= LEAST && sums[count % 2].is_multiple_of(10) {
            best = places.get(count - 4..).map(<[usize]>::to_vec);
        }
    }
    best
}

/// The last two are kept.
pub fn mask_phones(scan: &mut Scan) {
    for number in numbers(scan) {
        if !is_phone(scan, &number) {
            continue;
        }
        let to = number.to();
        let from = opening(scan, number.from());
        let mut last: Vec<usize> = number.places().rev().take(2).collect();
        last.reverse();
        let kept: String = match scan.reads_on(to) {
            true => "••".into(),
            false => last.iter().map(|at| scan.written(*at, at + 1)).collect(),
        };
        scan.cut(from, to, format!("•••••••{kept}"));
    }
}

/// With the `+` or the bracket before it.
fn opening(scan: &Scan, from: usize) -> usize {
    from - usize::from(matches!(scan.before(from), '+' | '('))
}

fn is_phone(scan: &Scan, number: &Number) -> bool {
    let (from, groups) = (number.from(), number.groups.len());
    let digits = number.places().count();
    let head: Vec<char> = number.places().take(3).map(|at| scan.at(at)).collect();
    if scan.before(from) == '+' && digits >= ABROAD {
        return true;
    }
    if is_part_of_id(scan, from) {
        return false;
    }
    match head.as_slice() {
        ['0', '0', next] if *next != '0' && digits > PHONE => return true,
        ['0', next, _] if *next != '0' && (10..=12).contains(&digits) => return true,
        _ => {}
    }
    let grouped = groups > 1 && digits >= PHONE && groups * 2 <= digits;
    grouped && (head.first() == Some(&'0') || !is_price(scan, from, number.to()))
}

/// `ORD-2026-000123`, `#100-200-300`: letters, or a sign that hangs the number on some.
fn is_part_of_id(scan: &Scan, from: usize) -> bool {
    match scan.before(from) {
        '#' => true,
        '-' | '_' | '/' => from > 1 && scan.at(from - 2).is_ascii_alphanumeric(),
        c => c.is_ascii_alphabetic(),
    }
}

/// A currency stands before or after it.
fn is_price(scan: &Scan, from: usize, to: usize) -> bool {
    let before = from - usize::from(scan.before(from) == ' ');
    let after = to + usize::from(scan.at(to) == ' ');
    let is_sign = |c| matches!(c, '€' | '$' | '£' | '¥' | '₹' | '₽' | '₺' | '₩' | '₣');
    if is_sign(scan.before(before)) || is_sign(scan.at(after)) {
        return true;
    }
    let word = |places: &mut dyn Iterator<Item = usize>| -> String {
        let letters =
            places.map(|at| scan.at(at)).take_while(|c| c.is_alphabetic() && *c != BULLET);
        letters.take(6).map(|c| c.to_ascii_lowercase()).collect()
    };
    let ahead: String = word(&mut (0..before).rev()).chars().rev().collect();
    [ahead, word(&mut (after..scan.len()))].iter().any(|w| CURRENCIES.contains(&w.as_str()))
}

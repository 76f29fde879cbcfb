//! Account numbers with a checksum: the country and the last four are kept.

use super::scan::Scan;

/// The shortest and the longest there are.
const LEAST: usize = 15;
const MOST: usize = 34;
/// Every country has more digits than this, and few words of a sentence have.
const DIGITS: usize = 8;

pub fn mask(scan: &mut Scan) {
    let mut at = 0;
    while at < scan.len() {
        let Some((to, last)) = found(scan, at) else {
            at += 1;
            continue;
        };
        let country = match scan.continues(at) {
            true => "••".to_owned(),
            false => scan.written(at, at + 2),
        };
        let last = if scan.reads_on(to) { "••••".to_owned() } else { last };
        scan.cut(at, to, format!("{country}•• •••• •••• {last}"));
        at = to;
    }
}

/// The end of the one that begins here, and its last four.
fn found(scan: &Scan, from: usize) -> Option<(usize, String)> {
    let letter = |at| scan.at(at).is_ascii_alphabetic();
    let begins = letter(from) && letter(from + 1) && !scan.before(from).is_alphabetic();
    if !begins || !scan.is_digit(from + 2) || !scan.is_digit(from + 3) {
        return None;
    }
    let (mut letters, mut places, mut at, mut best) = (Vec::new(), Vec::new(), from, None);
    while letters.len() < MOST {
        let c = scan.at(at);
        if !c.is_ascii_alphanumeric() {
            break;
        }
        letters.push(c);
        places.push(at);
        at += 1;
        let next = scan.at(at);
        // A word may be glued on, but nobody's number goes on.
        if !next.is_alphanumeric() || (c.is_ascii_digit() && next.is_alphabetic()) {
            if letters.len() >= LEAST && is_valid(&letters) {
                let four = places.iter().rev().take(4).rev();
                best = Some((at, four.map(|at| scan.written(*at, at + 1)).collect()));
            }
            at += usize::from(matches!(next, ' ' | '-' | '.'));
        }
    }
    best
}

/// ISO 13616: as a number with the first four at its end, one more than a multiple of 97.
fn is_valid(letters: &[char]) -> bool {
    let digits = letters.iter().filter(|c| c.is_ascii_digit()).count();
    let (head, body) = letters.split_at(4);
    let rest = body.iter().chain(head).fold(0, |rest, c| match c.to_digit(36) {
        Some(value) if value > 9 => (rest * 100 + value) % 97,
        value => (rest * 10 + value.unwrap_or(0)) % 97,
    });
    digits >= DIGITS && rest == 1
}

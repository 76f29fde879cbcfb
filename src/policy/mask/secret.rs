//! Tokens: what begins like one, and long runs that no person would write.

use super::scan::{Scan, is_joint};

const MASK: &str = "••••••••";
/// The shortest that is a token because of how it begins.
const NAMED: usize = 12;
const HEX: usize = 32;
const DIGITS: usize = 20;
/// In so many characters the kind changes this often only where nobody meant a word.
const WINDOW: usize = 24;
const CHANGES: usize = 6;

pub fn mask(scan: &mut Scan) {
    let mut at = 0;
    while at < scan.len() {
        if !is_joint(scan.at(at)) {
            at += 1;
            continue;
        }
        let to = scan.end(at, is_joint);
        at = run(scan, at, to);
    }
}

/// Looks at the run of joints between the two, and says where to look on.
fn run(scan: &mut Scan, from: usize, to: usize) -> usize {
    for at in from..to {
        let starts = at == from || !scan.at(at - 1).is_ascii_alphabetic();
        let kept = match starts {
            true if is(scan, at, "jwt_") => 4,
            true if is(scan, at, "eyj") => 0,
            _ => continue,
        };
        let end = scan.end(at, is_token);
        if end - at >= NAMED {
            scan.cut(at + kept, end, MASK.into());
            if is_random(scan, from, at + kept) {
                scan.cut(from, at + kept, MASK.into());
            }
            return end;
        }
    }
    if is_random(scan, from, to) {
        scan.cut(from, to, MASK.into());
    }
    to
}

fn is(scan: &Scan, at: usize, word: &str) -> bool {
    word.chars().enumerate().all(|(n, c)| scan.at(at + n).to_ascii_lowercase() == c)
}

/// With what parts the three pieces of some.
pub fn is_token(c: char) -> bool {
    is_joint(c) || matches!(c, '.' | '~')
}

/// Some stretch of it is long hex, more digits than any number has, or changes its kind all the time.
/// Judged by stretches, so that no part of what passes is ever found wanting.
fn is_random(scan: &Scan, from: usize, to: usize) -> bool {
    let (mut hex, mut digits, mut hex_digit) = (0, 0, 0);
    let (mut changes, mut seen) = (0, 0);
    for at in from..to {
        let c = scan.at(at);
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        hex = if c.is_ascii_hexdigit() { hex + 1 } else { 0 };
        hex_digit = if c.is_ascii_digit() { at + 1 } else { hex_digit };
        changes += usize::from(at > from && is_change(scan.at(at - 1), c));
        seen += usize::from(c.is_ascii_digit());
        if at >= from + WINDOW {
            let (gone, next) = (scan.at(at - WINDOW), scan.at(at + 1 - WINDOW));
            changes -= usize::from(is_change(gone, next));
            seen -= usize::from(gone.is_ascii_digit());
        }
        let dense = at + 1 >= from + WINDOW && changes >= CHANGES && seen > 0;
        if dense || digits >= DIGITS || (hex >= HEX && hex_digit + hex > at + 1) {
            return true;
        }
    }
    false
}

/// Between kinds of letters, but not from the capital that begins a word.
fn is_change(a: char, b: char) -> bool {
    let kind = |c: char| match c {
        'a'..='z' => 1,
        'A'..='Z' => 2,
        '0'..='9' => 3,
        _ => 0,
    };
    match (kind(a), kind(b)) {
        (0, _) | (_, 0) | (2, 1) => false,
        (a, b) => a != b,
    }
}

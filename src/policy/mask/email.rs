//! E-mail addresses: the first letter and the last part of the domain are kept.

use super::scan::Scan;

pub fn mask(scan: &mut Scan) {
    for at in 0..scan.len() {
        if scan.any(at) != '@' {
            continue;
        }
        // No other `@` is in between, so nothing is looked at more than twice.
        let mut from = at;
        while from > 0 && is_local(scan.at(from - 1)) {
            from -= 1;
        }
        while from < at && !scan.at(from).is_alphanumeric() {
            from += 1;
        }
        let Some((last, to)) = domain(scan, at + 1).filter(|_| from < at) else { continue };
        let first = scan.written(from, from + 1);
        let shows = scan.at(from).is_ascii_alphabetic() && !scan.continues(from);
        let first = if shows { first.as_str() } else { "" };
        let last = if scan.reads_on(to) { String::new() } else { scan.written(last, to) };
        scan.cut(from, to, format!("{first}•••@•••{last}"));
    }
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '=' | '/' | '#' | '&')
}

/// Where the domain's last part begins, with its dot, and where it ends.
fn domain(scan: &Scan, from: usize) -> Option<(usize, usize)> {
    let end = scan.end(from, |c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    let (mut found, mut at) = (None, from);
    while at < end {
        if scan.at(at) == '.' && at > from {
            let to = scan.end(at + 1, char::is_alphabetic);
            found = if to > at + 2 { Some((at, to)) } else { found };
        }
        at += 1;
    }
    found
}

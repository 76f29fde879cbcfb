//! What stands directly after "code", "PIN", "password" and the like in a few languages, and after "Bearer".

use super::{
    scan::{BULLET, Scan},
    secret::is_token,
};

const MASK: &str = "••••";
/// Words that a number follows.
const CODES: &[&str] = &[
    "code", "codes", "codigo", "codice", "kode", "pin", "pins", "nip", "puk", "tan", "mtan", "otp",
    "totp", "cvv", "cvc", "passcode",
];
/// Words that anything follows.
const PASSWORDS: &[&str] = &[
    "password",
    "passwords",
    "passwort",
    "kennwort",
    "passphrase",
    "pwd",
    "contrasena",
    "clave",
    "senha",
    "wachtwoord",
    "secret",
    "token",
];
/// A code of these is no secret.
const OPEN: &[&str] = &[
    "error",
    "status",
    "postal",
    "post",
    "zip",
    "country",
    "area",
    "promo",
    "product",
    "item",
    "order",
    "tracking",
    "bar",
    "qr",
    "source",
    "exit",
    "voucher",
    "discount",
    "fehler",
    "gutschein",
    "rabatt",
    "postleit",
    "artikel",
];
/// What may stand between the word and its secret.
const LINKS: &[&str] =
    &["is", "was", "are", "ist", "lautet", "war", "es", "est", "era", "e", "number", "nummer"];
const LINKED: usize = 3;
const WIDEST: usize = 6;
/// A longer secret is none that a person types.
const LONGEST: usize = 128;
const LONGEST_WORD: usize = 24;
/// The shortest token.
const TOKEN: usize = 8;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Password,
    Bearer,
}

pub fn mask(scan: &mut Scan) {
    // The last two words and where the last one ends: "mot de" before "passe", "error" before "code".
    let (mut before, mut last, mut at) = (String::new(), (String::new(), 0), 0);
    while at < scan.len() {
        if !scan.any(at).is_alphabetic() {
            at += 1;
            continue;
        }
        let (from, mut to) = (at, at);
        while scan.any(to).is_alphabetic() {
            to += 1;
        }
        let word = lower(scan, from, to);
        if let Some(kind) = kind(&word, &before, &last.0) {
            let near = from <= last.1 + 2 && !scan.any_taken(last.1.saturating_sub(1), last.1);
            if !(kind == Kind::Code && near && OPEN.contains(&last.0.as_str())) {
                after(scan, to, kind);
            }
        }
        before = std::mem::replace(&mut last, (word, to)).0;
        at = to;
    }
}

/// In small letters; nothing if it is longer than any word that is looked for.
fn lower(scan: &Scan, from: usize, to: usize) -> String {
    if to - from > LONGEST_WORD {
        return String::new();
    }
    (from..to).flat_map(|at| scan.any(at).to_lowercase()).collect()
}

fn kind(word: &str, before: &str, last: &str) -> Option<Kind> {
    let compound = |stem: &str| !stem.is_empty() && !OPEN.contains(&stem.trim_end_matches('s'));
    match word {
        "passe" if before == "mot" && last == "de" => Some(Kind::Password),
        "bearer" => Some(Kind::Bearer),
        word if PASSWORDS.contains(&word) => Some(Kind::Password),
        word if CODES.contains(&word) || word.strip_suffix("code").is_some_and(compound) => {
            Some(Kind::Code)
        }
        _ => None,
    }
}

/// Masks what follows a word that ends at `from`, if it can be a secret.
fn after(scan: &mut Scan, from: usize, kind: Kind) {
    let (mut at, mut told) = (from, false);
    for _ in 0..=LINKED {
        let gap = (at..=at + WIDEST).find(|at| !is_filler(scan.at(*at))).unwrap_or(at);
        told |= (at..gap).any(|at| matches!(scan.at(at), ':' | '='));
        at = gap;
        let to = (at..at + LONGEST_WORD).find(|at| !scan.at(*at).is_alphabetic()).unwrap_or(at);
        if to == at || !LINKS.contains(&lower(scan, at, to).as_str()) || scan.at(to) == '\0' {
            break;
        }
        at = to;
    }
    let end = match kind {
        Kind::Code => code(scan, at),
        Kind::Password => password(scan, at, told),
        Kind::Bearer => bearer(scan, at),
    };
    if let Some(end) = end {
        scan.cut(at, end, MASK.into());
    }
}

fn is_filler(c: char) -> bool {
    matches!(c, ' ' | ':' | '=' | '#' | '-' | '"' | '\'' | '“' | '”' | '„' | '«' | '»' | '(')
}

/// The end of a code: digits, in equal groups or not, or a word with digits in it.
fn code(scan: &Scan, from: usize) -> Option<usize> {
    let most = from + LONGEST;
    let end = |from: usize, is: &dyn Fn(char) -> bool| {
        (from..most).find(|at| !is(scan.at(*at))).unwrap_or(most)
    };
    let mut to = end(from, &|c| c.is_alphanumeric() || c == '-');
    while to > from && scan.at(to - 1) == '-' {
        to -= 1;
    }
    if scan.any(to) == BULLET || scan.any_taken(to, to + 1) {
        return None;
    }
    // An order's number: letters, a dash, digits.
    let letters = end(from, &|c| c.is_alphabetic());
    if letters >= from + 2 && scan.at(letters) == '-' {
        return None;
    }
    let first = end(from, &|c| c.is_ascii_digit());
    while first == to && scan.at(to) == ' ' {
        let next = end(to + 1, &|c| c.is_ascii_digit());
        if next - to - 1 != first - from || next - from > 12 {
            break;
        }
        to = next;
    }
    let digits = (from..to).filter(|at| scan.is_digit(*at)).count();
    ((3..=12).contains(&digits) && to - from <= 16).then_some(to)
}

/// The end of a password: after a colon anything, else what no word looks like.
fn password(scan: &Scan, from: usize, told: bool) -> Option<usize> {
    let mut to = from;
    while to < (from + LONGEST).min(scan.len()) && scan.any(to) != ' ' {
        if scan.any(to) == BULLET || scan.any_taken(to, to + 1) {
            return None;
        }
        to += 1;
    }
    let closes =
        |c| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')' | '"' | '\'' | '”' | '»' | '“');
    while to > from && closes(scan.at(to - 1)) {
        to -= 1;
    }
    let is_odd = |c: char| {
        c.is_ascii_digit()
            || (c.is_ascii_punctuation() && !matches!(c, '-' | '\'' | '.' | '/' | ','))
    };
    let odd = to - from >= 4 && (from..to).any(|at| is_odd(scan.at(at)));
    (odd || (told && to - from >= 3)).then_some(to)
}

/// The end of a token. One without a digit near its beginning is a sentence, and not read to its end.
fn bearer(scan: &Scan, from: usize) -> Option<usize> {
    let mut near = (from..from + LONGEST).take_while(|at| is_token(scan.at(*at)));
    near.any(|at| scan.is_digit(at)).then_some(())?;
    let to = scan.end(from, is_token);
    (to - from >= TOKEN).then_some(to)
}

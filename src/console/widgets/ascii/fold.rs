//! Letters of Latin scripts as ASCII has them, and what of a name is left in it.

use unicode_normalization::char::decompose_canonical;

use crate::domain::text::Plain;

/// The letter without its marks, if it is one of ASCII then: `é` is an `e`, `ß` an `s`. One letter for one, so
/// that no column moves.
pub fn latin(letter: char) -> Option<char> {
    let mut base = None;
    decompose_canonical(letter, |part| _ = base.get_or_insert(part));
    base.filter(char::is_ascii_alphabetic).or_else(|| undivided(letter))
}

/// Those that are no letter and its marks.
fn undivided(letter: char) -> Option<char> {
    Some(match letter {
        'Æ' | 'Ⱥ' => 'A',
        'æ' | 'ª' => 'a',
        'Ð' | 'Đ' | 'Ɖ' => 'D',
        'ð' | 'đ' => 'd',
        'Ħ' => 'H',
        'ħ' => 'h',
        'ı' => 'i',
        'Ł' => 'L',
        'ł' => 'l',
        'Ŋ' => 'N',
        'ŋ' => 'n',
        'Ø' | 'Œ' => 'O',
        'ø' | 'œ' | 'º' => 'o',
        'ẞ' => 'S',
        'ß' | 'ſ' => 's',
        'Þ' | 'Ŧ' => 'T',
        'þ' | 'ŧ' => 't',
        'Ə' => 'E',
        'ə' => 'e',
        _ => return None,
    })
}

/// True if most letters of a name can't be shown: two of them would look alike.
fn is_lost(name: &str) -> bool {
    if name.is_ascii() {
        return false;
    }
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    let (mut all, mut lost) = (0_usize, 0_usize);
    for letter in letters {
        all += 1;
        lost += usize::from(!letter.is_ascii() && latin(letter).is_none());
    }
    lost * 2 > all
}

/// The name with the beginning of an id before it, where the name alone tells nobody apart.
pub fn told_apart(name: &Plain, id: impl FnOnce() -> String) -> Option<Plain> {
    is_lost(name).then(|| Plain::new(&format!("{} {name}", id())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lose_their_marks_and_names_that_are_lost_have_an_id() {
        let folded = |text: &str| text.chars().map(|c| latin(c).unwrap_or(c)).collect::<String>();
        assert_eq!(folded("Bjørn Ångström, Łukasz"), "Bjorn Angstrom, Lukasz");
        assert_eq!(folded("Nguyễn Thị Mai, Straße"), "Nguyen Thi Mai, Strase");
        assert_eq!(latin('佐'), None);
        assert_eq!(latin('Ω'), None);
        let told = |name: &str| told_apart(&name.into(), || "5e550000".to_owned());
        assert_eq!(told("佐藤"), Some("5e550000 佐藤".into()));
        assert_eq!(told("Олена 12"), Some("5e550000 Олена 12".into()));
        assert_eq!(told("Nguyễn Thị Mai"), None);
        assert_eq!(told("Ada"), None);
        assert_eq!(told(""), None);
    }
}

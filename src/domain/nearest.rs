//! Which of the words that can be written is most like the one that was.

/// How many letters have to be changed, added, left out or swapped with their neighbour to make `a` into
/// `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let changed = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

/// The one `among` them that is most like `word`; the first of several.
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    among.into_iter().min_by_key(|candidate| distance(word, candidate))
}

/// As [`nearest`], if that is more like `word` than not.
pub fn alike<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(word, among).filter(|found| distance(word, found) * 2 <= word.chars().count().max(2))
}

/// What to say to whoever wrote `word` where one of a few was wanted: the one that is like it, or all of them.
pub fn advice<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = among.into_iter().collect();
    match alike(word, all.iter().copied()) {
        Some(like) => format!("; did you mean {like:?}?"),
        None => format!(": there is {}", all.join(", ")),
    }
}

/// As [`advice`], with all of them in any case.
pub fn advice_of_all<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = among.into_iter().collect();
    let known = all.join(", ");
    match alike(word, all) {
        Some(like) => format!("; did you mean {like}? There are {known}"),
        None => format!("; there are {known}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slip_of_a_finger_counts_once() {
        for (a, b, slips) in [
            ("quit", "quit", 0),
            ("quti", "quit", 1),
            ("qit", "quit", 1),
            ("quiit", "quit", 1),
            ("wuit", "quit", 1),
            ("", "up", 2),
            ("handof-agnet", "handoff-agent", 2),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (slips, slips), "{a} {b}");
        }
    }

    #[test]
    fn what_is_like_nothing_is_not_guessed() {
        assert_eq!(alike("pagup", ["up", "pageup"]), Some("pageup"));
        assert_eq!(alike("hyper", ["ctrl", "alt"]), None);
        assert_eq!(nearest("hyper", []), None);
    }

    #[test]
    fn advice_is_the_word_that_is_meant_or_all_there_are() {
        assert_eq!(advice("norht", ["north", "south"]), "; did you mean \"north\"?");
        assert_eq!(advice("nope", ["north", "south"]), ": there is north, south");
        let all = "There are north, south";
        assert_eq!(
            advice_of_all("norht", ["north", "south"]),
            format!("; did you mean north? {all}")
        );
        assert_eq!(advice_of_all("nope", ["north", "south"]), "; there are north, south");
    }
}

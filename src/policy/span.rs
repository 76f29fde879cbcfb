//! How long something has lasted, in the words of a card.

/// `0:42`, `4:05`, `1:02:33`; hours go on counting.
pub fn span(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{minutes}:{rest:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn hours_appear_with_the_first_one() {
        let all = [0, 42, 3 * 60 + 12, 3599, 3600, 49 * 3600 + 62].map(span);
        assert_eq!(all, ["0:00", "0:42", "3:12", "59:59", "1:00:00", "49:01:02"]);
    }
}

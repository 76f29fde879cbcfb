//! A row of small bars: how a number has moved. What is not known is a blank.

/// From the least to the greatest; the least is a bar as well, because 0 is something that is known.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The height of `value` where `top` is the greatest, 0 to 7. Up to 7 each value has a height of its
/// own: what is small does not look large.
fn height(value: u32, top: u32) -> usize {
    let steps = (BARS.len() - 1) as u64;
    let top = u64::from(top).max(steps);
    let scaled = (u64::from(value).min(top) * steps).div_ceil(top);
    usize::try_from(scaled).unwrap_or(BARS.len() - 1)
}

/// Writes `values`, the oldest first, as at most `width` bars. Where there are more values than bars, a
/// bar is the greatest of several, cut where `last`, the number of the last value, says: so bars stay
/// what they are while the row moves on.
pub fn write(values: &[Option<u32>], last: i64, width: u16, top: u32, out: &mut String) {
    let count = i64::try_from(values.len()).unwrap_or(0);
    let width = width.max(1);
    let each = values.len().div_ceil(usize::from(width)).max(1);
    let each = i64::try_from(each).unwrap_or(1);
    let first = last - count + 1;
    let mut bar = last.div_euclid(each) - i64::from(width) + 1;
    bar = bar.max(first.div_euclid(each));
    while bar <= last.div_euclid(each) {
        let numbers = (bar * each).max(first)..((bar + 1) * each).min(last + 1);
        let at = |number: i64| usize::try_from(number - first).ok();
        let greatest = numbers.filter_map(|n| *values.get(at(n)?)?).max();
        out.push(greatest.map_or(' ', |value| BARS[height(value, top)]));
        bar += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(values: &[Option<u32>], last: i64, width: u16, top: u32) -> String {
        let mut out = String::new();
        write(values, last, width, top, &mut out);
        out
    }

    #[test]
    fn a_bar_each_and_blanks_for_the_unknown() {
        let values = [Some(0), Some(1), None, Some(7), Some(9)];
        assert_eq!(drawn(&values, 4, 5, 7), "▁▂ ██");
        assert_eq!(drawn(&[Some(0), Some(1), Some(100)], 2, 3, 100), "▁▂█");
    }

    #[test]
    fn several_in_a_bar_are_the_greatest_of_them() {
        let values = [Some(1), Some(3), None, None, Some(7), Some(0)];
        assert_eq!(drawn(&values, 5, 3, 7), "▄ █");
    }

    #[test]
    fn bars_stay_what_they_are_while_the_row_moves_on() {
        let values: Vec<Option<u32>> = (0..12).map(|n| Some(n % 8)).collect();
        let (now, later) = (drawn(&values[..11], 10, 4, 7), drawn(&values[1..], 11, 4, 7));
        assert_eq!(now, "▃▆█▃");
        assert_eq!(later, "▃▆█▄");
    }
}

//! Ids in paths.

use std::fmt::Write as _;

/// A part of a path. Ids may be any text, and somebody may have typed it: it must name a thing and never
/// another route.
pub fn part(id: &impl ToString) -> String {
    let mut part = String::new();
    let id = id.to_string();
    if id.is_empty() {
        // With nothing between two slashes it could be another route.
        return "-".into();
    }
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                part.push(char::from(byte));
            }
            // Two dots alone would be a step up. Writing to a String can't fail.
            _ => drop(write!(part, "%{byte:02X}")),
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_part_of_a_path() {
        let uuid = "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c";
        assert_eq!(part(&uuid), uuid);
        assert_eq!(part(&""), "-", "not another route");
        assert_eq!(part(&"billing-support-queue-id"), "billing-support-queue-id");
        assert_eq!(part(&"../x?y#z é"), "%2E%2E%2Fx%3Fy%23z%20%C3%A9");
    }
}

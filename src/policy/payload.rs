//! What a handoff may carry (SPEC section 7). Everything is checked before anything leaves, and refused
//! rather than bent into shape; only a summary is cut, because the whole of it is kept here.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::domain::{handoff::Target, id::SessionId};

/// The least and the most messages of history that can be asked for.
const HISTORY: std::ops::RangeInclusive<i64> = 1..=500;

/// The most attributes.
pub const MAX_ATTRIBUTES: usize = 50;

/// The most characters in the name of an attribute.
pub const MAX_KEY: usize = 64;

/// The most characters in the value of an attribute.
pub const MAX_VALUE: usize = 256;

/// The most bytes of a request body.
pub const MAX_BODY: usize = 512_000;

/// Bytes of a summary, as JSON spells it, that leave room in a body for everything else: fifty
/// attributes take at most 50 · 6 · (64 + 256) = 96,000 bytes where every character is escaped, and
/// ids and key names not nearly the rest.
pub const MAX_SUMMARY: usize = MAX_BODY - 112_000;

/// What is sent where there is no summary.
pub const NO_SUMMARY: &str = "Automated context summary";

/// Stands where a summary was cut.
const CUT: &str = " […]";

/// Why a handoff can't be sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// The conversation's id is no UUID.
    #[error("Invalid conversation ID format: {0}")]
    ConversationId(String),
    /// The history is no integer from 1 to 500.
    #[error("History size {0} exceeds gateway limits. Must be between 1 and 500.")]
    History(String),
    /// The target is neither a user nor a queue.
    #[error("Invalid target type: {0}. Must be user or queue.")]
    TargetType(String),
    /// The target has no id, and is a queue.
    #[error("Missing required queue ID for routing metadata update")]
    MissingQueue,
    /// The target has no id, and is a user.
    #[error("Missing required user ID for transfer")]
    MissingUser,
    /// Too many attributes.
    #[error("{0} attributes exceed the limit of {MAX_ATTRIBUTES}")]
    Attributes(usize),
    /// An attribute without a name.
    #[error("An attribute has an empty name")]
    EmptyKey,
    /// The name of an attribute is too long.
    #[error("The name of attribute {0} exceeds the limit of {MAX_KEY} characters")]
    LongKey(String),
    /// The value of an attribute is too long.
    #[error("The value of attribute {key} has {characters} characters, the limit is {MAX_VALUE}")]
    LongValue {
        /// The attribute's name.
        key: String,
        /// Characters in its value.
        characters: usize,
    },
    /// The body is too long.
    #[error("The request body has {0} bytes, the limit is {MAX_BODY}")]
    Body(usize),
}

/// A conversation's id is a UUID, in any case.
///
/// # Errors
/// Refuses anything else.
pub fn check_conversation(id: &str) -> Result<SessionId, PayloadError> {
    let session = SessionId::from(id);
    if session.is_uuid() { Ok(session) } else { Err(PayloadError::ConversationId(id.into())) }
}

/// A history has 1 to 500 messages.
///
/// # Errors
/// Refuses anything else; nothing is clamped.
pub fn check_history(size: i64) -> Result<u16, PayloadError> {
    u16::try_from(size)
        .ok()
        .filter(|_| HISTORY.contains(&size))
        .ok_or_else(|| PayloadError::History(size.to_string()))
}

/// As [`check_history`], for what somebody has typed.
///
/// # Errors
/// Refuses what is no integer, and says what it was.
pub fn parse_history(text: &str) -> Result<u16, PayloadError> {
    let text = text.trim();
    let size = text.parse().map_err(|_| PayloadError::History(text.into()))?;
    check_history(size)
}

/// A target is a user or a queue, and has an id.
///
/// # Errors
/// Says which of the two is wrong.
pub fn check_target(kind: &str, id: &str) -> Result<Target, PayloadError> {
    let blank = id.trim().is_empty();
    match kind {
        "queue" if blank => Err(PayloadError::MissingQueue),
        "user" if blank => Err(PayloadError::MissingUser),
        "queue" => Ok(Target::Queue(id.into())),
        "user" => Ok(Target::Agent(id.into())),
        _ => Err(PayloadError::TargetType(kind.into())),
    }
}

/// At most 50 attributes, with names of 1 to 64 characters and values of at most 256.
///
/// # Errors
/// Names the first attribute that is wrong.
pub fn check_attributes(attributes: &BTreeMap<String, String>) -> Result<(), PayloadError> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(PayloadError::Attributes(attributes.len()));
    }
    for (key, value) in attributes {
        if key.is_empty() {
            return Err(PayloadError::EmptyKey);
        }
        if key.chars().count() > MAX_KEY {
            return Err(PayloadError::LongKey(key.clone()));
        }
        let characters = value.chars().count();
        if characters > MAX_VALUE {
            return Err(PayloadError::LongValue { key: key.clone(), characters });
        }
    }
    Ok(())
}

/// A body has at most 512,000 bytes.
///
/// # Errors
/// Refuses a longer one.
pub fn check_body(bytes: usize) -> Result<(), PayloadError> {
    if bytes > MAX_BODY { Err(PayloadError::Body(bytes)) } else { Ok(()) }
}

/// A summary that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// What is sent.
    pub sent: String,
    /// True if that is not all of it.
    pub cut: bool,
}

/// Cuts `text` so that JSON spells it in at most `max_bytes` bytes (without the quotes), which is what
/// counts in a body, and marks where it was cut. A blank summary is sent as [`NO_SUMMARY`].
pub fn fit_summary(text: &str, max_bytes: usize) -> Fitted {
    let text = if text.trim().is_empty() { NO_SUMMARY } else { text };
    if fitting(text, max_bytes) == text.len() {
        return Fitted { sent: text.into(), cut: false };
    }
    let sent = match max_bytes.checked_sub(CUT.len()) {
        Some(room) => format!("{}{CUT}", &text[..fitting(text, room)]),
        // No room for the mark: what there is goes to the text.
        None => text[..fitting(text, max_bytes)].into(),
    };
    Fitted { sent, cut: true }
}

/// Where the longest start of `text` ends that JSON spells in `room` bytes.
fn fitting(text: &str, room: usize) -> usize {
    let mut spelt = 0_usize;
    let over = text.char_indices().find(|&(_, c)| {
        spelt = spelt.saturating_add(in_json(c));
        spelt > room
    });
    over.map_or(text.len(), |(at, _)| at)
}

fn in_json(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c";

    fn text<T>(result: Result<T, PayloadError>) -> String {
        result.err().expect("a refusal").to_string()
    }

    #[test]
    fn a_conversation_id_is_a_uuid_in_any_case() {
        assert!(check_conversation(ID).is_ok());
        assert!(check_conversation(&ID.to_uppercase()).is_ok());
        for bad in ["", "chat-1", &ID.replace('-', ""), &format!("{{{ID}}}"), &format!("{ID}0")] {
            let expected = format!("Invalid conversation ID format: {bad}");
            assert_eq!(text(check_conversation(bad)), expected);
        }
    }

    #[test]
    fn a_history_has_1_to_500_messages() {
        assert_eq!((check_history(1), check_history(500)), (Ok(1), Ok(500)));
        for bad in [0, 501, -1, i64::MIN, i64::MAX] {
            let expected =
                format!("History size {bad} exceeds gateway limits. Must be between 1 and 500.");
            assert_eq!(text(check_history(bad)), expected);
        }
    }

    #[test]
    fn a_history_is_an_integer() {
        assert_eq!((parse_history("1"), parse_history(" 500 ")), (Ok(1), Ok(500)));
        for bad in ["0", "501", "NaN", "1.5", "many", "", "99999999999999999999"] {
            let expected =
                format!("History size {bad} exceeds gateway limits. Must be between 1 and 500.");
            assert_eq!(text(parse_history(bad)), expected);
        }
    }

    #[test]
    fn a_target_is_a_user_or_a_queue_with_an_id() {
        assert_eq!(check_target("user", "a"), Ok(Target::Agent("a".into())));
        assert_eq!(check_target("queue", "q"), Ok(Target::Queue("q".into())));
        let missing = "Missing required queue ID for routing metadata update";
        assert_eq!(text(check_target("queue", "")), missing);
        assert_eq!(text(check_target("queue", " ")), missing);
        assert_eq!(text(check_target("user", "")), "Missing required user ID for transfer");
        let unknown = "Invalid target type: skill. Must be user or queue.";
        assert_eq!(text(check_target("skill", "s")), unknown);
    }

    fn attributes(count: usize, key: &str, value: &str) -> BTreeMap<String, String> {
        (0..count).map(|n| (format!("{n:02}{key}"), value.into())).collect()
    }

    #[test]
    fn there_are_at_most_50_attributes() {
        assert_eq!(check_attributes(&attributes(50, "", "")), Ok(()));
        let expected = "51 attributes exceed the limit of 50";
        assert_eq!(text(check_attributes(&attributes(51, "", ""))), expected);
    }

    #[test]
    fn an_attribute_has_at_most_256_characters_of_any_script() {
        assert_eq!(check_attributes(&attributes(1, "", &"é".repeat(256))), Ok(()));
        let expected = "The value of attribute 00 has 257 characters, the limit is 256";
        assert_eq!(text(check_attributes(&attributes(1, "", &"é".repeat(257)))), expected);
    }

    #[test]
    fn the_name_of_an_attribute_has_1_to_64_characters() {
        assert_eq!(check_attributes(&attributes(1, &"k".repeat(62), "")), Ok(()));
        let long = check_attributes(&attributes(1, &"k".repeat(63), ""));
        assert!(text(long).ends_with("exceeds the limit of 64 characters"));
        let empty = BTreeMap::from([(String::new(), "v".into())]);
        assert_eq!(text(check_attributes(&empty)), "An attribute has an empty name");
    }

    #[test]
    fn a_body_has_at_most_512_000_bytes() {
        assert_eq!(check_body(512_000), Ok(()));
        let expected = "The request body has 512001 bytes, the limit is 512000";
        assert_eq!(text(check_body(512_001)), expected);
    }

    fn fit(text: &str, max: usize) -> (String, bool) {
        let Fitted { sent, cut } = fit_summary(text, max);
        (sent, cut)
    }

    #[test]
    fn a_blank_summary_has_a_text() {
        assert_eq!(fit("", MAX_SUMMARY), ("Automated context summary".into(), false));
        assert_eq!(fit(" \n", MAX_SUMMARY), ("Automated context summary".into(), false));
    }

    #[test]
    fn a_summary_that_fits_is_sent_as_it_is() {
        assert_eq!(fit("0123456789", 10), ("0123456789".into(), false));
    }

    #[test]
    fn a_long_summary_is_cut_between_characters_and_marked() {
        assert_eq!(fit("0123456789", 9), ("012 […]".into(), true));
        assert_eq!(fit("éééééé", 10), ("éé […]".into(), true));
        assert_eq!(fit("0123456789", 3), ("012".into(), true));
        assert_eq!(fit("é", 1), (String::new(), true));
        assert_eq!(fit("", 0), (String::new(), true));
    }

    #[test]
    fn what_json_has_to_escape_counts_as_it_is_spelt() {
        let text: String = (0..300).filter_map(char::from_u32).chain("\"\\…𝄞".chars()).collect();
        let spelt = serde_json::to_string(&text).unwrap().len() - 2;
        assert_eq!(text.chars().map(in_json).sum::<usize>(), spelt);
        assert_eq!(fit("a\n\n\n\n", 8), ("a […]".into(), true));
    }

    #[test]
    fn the_longest_summary_leaves_room_for_the_fullest_body() {
        let hostile = "\u{1}".repeat(MAX_BODY);
        let summary = fit_summary(&hostile, MAX_SUMMARY).sent;
        let context: BTreeMap<String, String> = (0..MAX_ATTRIBUTES)
            .map(|n| {
                let key = format!("{}{n:02}", "\u{1}".repeat(MAX_KEY - 2));
                (key, "\u{1}".repeat(MAX_VALUE))
            })
            .collect();
        assert_eq!(check_attributes(&context), Ok(()));
        let body = serde_json::json!({
            "transferTo": { "id": ID, "type": "user" },
            "historySize": 500,
            "includeHistory": true,
            "summary": summary,
            "reason": "r".repeat(10_000),
            "customContext": context,
        });
        assert_eq!(check_body(serde_json::to_vec(&body).unwrap().len()), Ok(()));
    }
}

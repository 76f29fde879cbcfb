//! Whether a bot's confidence is a reason to hand its session to a person (SPEC section 6, from S2).
//!
//! Strictly below the threshold means handoff. What can't be read means handoff too: a person who is
//! asked once too often costs less than a customer left with a bot that is lost.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

use serde_json::Value;

use crate::domain::{id::QueueId, text::Plain};

/// Below this a bot hands over, unless a queue or an intent has a threshold of its own.
pub const THRESHOLD: f64 = 0.75;

/// Characters kept of what could not be read.
const EXCERPT: usize = 40;

/// A share, 0 to 1, as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A number, perhaps out of range.
    Known(f64),
    /// Nothing.
    Missing,
    /// Something that is no share: its start, made harmless.
    Invalid(String),
}

/// Reads a share, which bots send as a number or as text.
pub fn share(value: &Value) -> Reading {
    let number = match value {
        Value::Null => return Reading::Missing,
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.trim().is_empty() => return Reading::Missing,
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match number {
        Some(number) if is_share(number) => Reading::Known(number),
        _ => Reading::Invalid(match value {
            Value::String(text) => excerpt(text),
            other => excerpt(&other.to_string()),
        }),
    }
}

fn excerpt(text: &str) -> String {
    Plain::cut(text, EXCERPT).as_str().into()
}

/// False for `NaN` as well.
fn is_share(number: f64) -> bool {
    (0.0..=1.0).contains(&number)
}

/// What follows from a bot's confidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// True if a person has to take over.
    pub handoff: bool,
    /// Why, or why not, in S2's words. It holds the intent as it came.
    pub reason: String,
    /// What was wrong with the confidence or the threshold, if anything.
    pub warning: Option<String>,
}

/// Decides on `confidence` in `intent` (`unknown` if the bot named none). A missing confidence is 0.
pub fn evaluate_trigger(intent: Option<&str>, confidence: &Reading, threshold: f64) -> Decision {
    let intent = intent.unwrap_or("unknown");
    let number = match confidence {
        Reading::Known(number) if is_share(*number) => *number,
        Reading::Known(number) => return invalid(intent, &as_javascript(*number)),
        Reading::Missing => 0.0,
        Reading::Invalid(text) => return invalid(intent, text),
    };
    // A threshold that is no number is not met by anything.
    let meets = matches!(number.partial_cmp(&threshold), Some(Ordering::Equal | Ordering::Greater));
    let said = as_javascript(number);
    let reason = if meets {
        format!("Intent '{intent}' confidence {said} meets threshold")
    } else {
        let threshold = as_javascript(threshold);
        format!("Intent '{intent}' confidence {said} is below threshold {threshold}")
    };
    let warning = (!is_share(threshold))
        .then(|| format!("The threshold {} is no number from 0 to 1", as_javascript(threshold)));
    Decision { handoff: !meets, reason, warning }
}

fn invalid(intent: &str, confidence: &str) -> Decision {
    Decision {
        handoff: true,
        reason: format!("Intent '{intent}' confidence {confidence} is invalid"),
        warning: Some(format!("The confidence {confidence} is no number from 0 to 1")),
    }
}

/// A number as S2's template prints it: `0.6`, `1`, `0`, `1e-7`.
fn as_javascript(number: f64) -> String {
    let size = number.abs();
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else if size == 0.0 {
        // Of either sign.
        "0".into()
    } else if size >= 1e21 {
        format!("{number:e}").replace('e', "e+")
    } else if size < 1e-6 {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

/// The thresholds of an org.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// Where nothing else is said.
    pub default: f64,
    /// Of single queues.
    pub queues: HashMap<QueueId, f64>,
    /// Of single intents, as the bot spells them.
    pub intents: BTreeMap<String, f64>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { default: THRESHOLD, queues: HashMap::new(), intents: BTreeMap::new() }
    }
}

impl Thresholds {
    /// The threshold for a session: the intent's, else the queue's, else the default.
    pub fn of(&self, queue: Option<&QueueId>, intent: Option<&str>) -> f64 {
        let by_intent = intent.and_then(|intent| self.intents.get(intent));
        let by_queue = || queue.and_then(|queue| self.queues.get(queue));
        by_intent.or_else(by_queue).copied().unwrap_or(self.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decide(confidence: Reading) -> Decision {
        evaluate_trigger(Some("x"), &confidence, THRESHOLD)
    }

    #[test]
    fn below_the_threshold_is_a_handoff() {
        let decision = decide(Reading::Known(0.6));
        assert!(decision.handoff);
        assert_eq!(decision.reason, "Intent 'x' confidence 0.6 is below threshold 0.75");
        assert_eq!(decision.warning, None);
        assert!(decide(Reading::Known(0.749_999_999)).handoff);
    }

    #[test]
    fn the_threshold_itself_continues_the_bot() {
        let decision = decide(Reading::Known(0.75));
        assert!(!decision.handoff);
        assert_eq!(decision.reason, "Intent 'x' confidence 0.75 meets threshold");
        let above = decide(Reading::Known(0.9)).reason;
        assert_eq!(above, "Intent 'x' confidence 0.9 meets threshold");
    }

    #[test]
    fn nothing_is_0_and_nobody_is_unknown() {
        let decision = evaluate_trigger(None, &Reading::Missing, THRESHOLD);
        assert!(decision.handoff);
        assert_eq!(decision.reason, "Intent 'unknown' confidence 0 is below threshold 0.75");
        assert_eq!(decision.warning, None);
    }

    #[test]
    fn the_ends_are_valid() {
        let (zero, one) = (decide(Reading::Known(0.0)), decide(Reading::Known(1.0)));
        assert_eq!((zero.handoff, zero.warning), (true, None));
        assert_eq!((one.handoff, one.warning), (false, None));
        assert_eq!(one.reason, "Intent 'x' confidence 1 meets threshold");
    }

    #[test]
    fn what_is_no_share_is_a_handoff_with_a_warning() {
        for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1.000_001, -0.1] {
            let decision = decide(Reading::Known(bad));
            assert!(decision.handoff && decision.warning.is_some(), "{bad}");
        }
        let decision = decide(Reading::Invalid("high".into()));
        assert!(decision.handoff);
        assert_eq!(decision.reason, "Intent 'x' confidence high is invalid");
        let warning = "The confidence high is no number from 0 to 1";
        assert_eq!(decision.warning.as_deref(), Some(warning));
    }

    #[test]
    fn a_threshold_that_is_no_number_is_met_by_nothing() {
        let decision = evaluate_trigger(Some("x"), &Reading::Known(1.0), f64::NAN);
        assert!(decision.handoff && decision.warning.is_some());
    }

    #[test]
    fn a_share_is_a_number_or_a_number_in_text() {
        for (value, number) in
            [(json!(0.32), 0.32), (json!("0.32"), 0.32), (json!(" 1 "), 1.0), (json!(0), 0.0)]
        {
            assert_eq!(share(&value), Reading::Known(number), "{value}");
        }
        for value in [json!(null), json!(""), json!("  ")] {
            assert_eq!(share(&value), Reading::Missing, "{value}");
        }
        for value in [json!("high"), json!("NaN"), json!("inf"), json!(1.5), json!(-1), json!(true)]
        {
            assert!(matches!(share(&value), Reading::Invalid(_)), "{value}");
        }
        assert_eq!(share(&json!([1])), Reading::Invalid("[1]".into()));
        assert_eq!(share(&json!("85%")), Reading::Invalid("85%".into()));
    }

    #[test]
    fn what_can_not_be_read_is_kept_short_and_harmless() {
        let Reading::Invalid(text) = share(&json!("\u{1b}[2J".repeat(100))) else { panic!() };
        assert!(text.chars().count() <= EXCERPT + 1 && !text.contains('\u{1b}'));
    }

    #[test]
    fn numbers_are_printed_as_javascript_does() {
        let all = [0.6, 1.0, 0.0, -0.0, 1e-7, 1.5e-7, 1e-6, 1e21, -1.5e300, 1e20, f64::NAN];
        let printed = [
            "0.6",
            "1",
            "0",
            "0",
            "1e-7",
            "1.5e-7",
            "0.000001",
            "1e+21",
            "-1.5e+300",
            "100000000000000000000",
            "NaN",
        ];
        assert_eq!(all.map(as_javascript), printed);
        assert_eq!([f64::INFINITY, -f64::INFINITY].map(as_javascript), ["Infinity", "-Infinity"]);
    }

    #[test]
    fn an_intent_beats_a_queue_and_a_queue_beats_the_default() {
        let thresholds = Thresholds {
            queues: HashMap::from([("q".into(), 0.6)]),
            intents: BTreeMap::from([("refund".into(), 0.9)]),
            ..Thresholds::default()
        };
        let (queue, other) = (QueueId::from("q"), QueueId::from("r"));
        let of = |queue, intent| thresholds.of(queue, intent).to_string();
        assert_eq!(of(Some(&queue), Some("refund")), "0.9");
        assert_eq!(of(Some(&queue), Some("other")), "0.6");
        assert_eq!(of(Some(&other), None), "0.75");
        assert_eq!(of(None, None), "0.75");
    }
}

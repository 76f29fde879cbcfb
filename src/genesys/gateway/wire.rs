//! What the routes share: fields that may be anything, listings.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

pub use crate::genesys::path::part;

/// Entities per page of a listing.
pub const PAGE: usize = 100;

/// Reads a field whatever it is; what does not fit is unknown.
pub fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

/// Reads a list, and of it what fits.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Array(items) => {
            items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()
        }
        _ => Vec::new(),
    })
}

/// Reads a number that may have come as text (`"0.32"`); what can't be read is unknown.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(number_of(&Value::deserialize(from)?))
}

/// The number that a value is or spells.
pub fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    number.filter(|n: &f64| n.is_finite())
}

/// Reads a time; what can't be read is unknown.
pub fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Value::deserialize(from)?.as_str().and_then(|text| text.parse().ok()))
}

/// A count: whole, and not below zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of the type first"
)]
pub fn whole(value: Option<f64>) -> Option<u32> {
    value.filter(|v| *v >= 0.0).map(|v| v.min(f64::from(u32::MAX)).round() as u32)
}

/// A page of a listing. What tells whether another follows differs from gateway to gateway.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
pub struct Listing<T> {
    /// The page's entities: a listing has them, so what has none is no listing.
    #[serde(deserialize_with = "list")]
    pub entities: Vec<T>,
    #[serde(default, deserialize_with = "lenient", alias = "next_uri")]
    next_uri: Option<String>,
    #[serde(default, deserialize_with = "number", alias = "page_count")]
    page_count: Option<f64>,
}

impl<T> Listing<T> {
    /// True if page `number` is not the last one.
    pub fn goes_on(&self, number: u32) -> bool {
        let more = match whole(self.page_count) {
            Some(pages) => number < pages,
            // Where nothing tells, a full page is followed by a look at the next.
            None => self.next_uri.is_some() || self.entities.len() >= PAGE,
        };
        more && !self.entities.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Probe {
        #[serde(default, deserialize_with = "number")]
        n: Option<f64>,
        #[serde(default, deserialize_with = "time")]
        t: Option<Timestamp>,
        #[serde(default, deserialize_with = "lenient")]
        s: Option<String>,
        #[serde(default, deserialize_with = "list")]
        l: Vec<u8>,
    }

    #[test]
    fn what_can_be_read_is_read_and_the_rest_is_unknown() {
        let probe = |json: &str| serde_json::from_str::<Probe>(json).unwrap();
        let all = probe(r#"{"n":"0.32","t":"2026-11-20T09:31:02Z","s":"x","l":[1,"2",3,900]}"#);
        assert_eq!((all.n, all.t.is_some(), all.s.as_deref()), (Some(0.32), true, Some("x")));
        assert_eq!(all.l, [1, 3]);
        for json in [
            "{}",
            r#"{"n":null,"t":null,"s":null,"l":null}"#,
            r#"{"n":"NaN","t":5,"s":{"a":1},"l":{}}"#,
            r#"{"n":[1],"t":"soon","s":7,"l":"x"}"#,
        ] {
            let none = probe(json);
            assert_eq!((none.n, none.t, none.s, none.l.len()), (None, None, None, 0), "{json}");
        }
    }

    #[test]
    fn a_listing_tells_its_end_in_one_way_or_another() {
        let page = |json: &str| serde_json::from_str::<Listing<u8>>(json).unwrap();
        assert!(page(r#"{"entities":[1],"pageCount":2}"#).goes_on(1));
        assert!(!page(r#"{"entities":[1],"pageCount":"2"}"#).goes_on(2));
        assert!(page(r#"{"entities":[1],"nextUri":"/x"}"#).goes_on(1));
        assert!(!page(r#"{"entities":[1]}"#).goes_on(1));
        assert!(!page(r#"{"entities":[],"pageCount":9}"#).goes_on(1));
        let full = format!(r#"{{"entities":{:?}}}"#, [1_u8; PAGE]);
        assert!(page(&full).goes_on(1));
        assert!(serde_json::from_str::<Listing<u8>>("{}").is_err());
    }
}

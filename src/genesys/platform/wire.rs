//! What several routes share: listings, lenient numbers and times.

use std::{collections::HashMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};

use crate::genesys::{Error, client::unreadable, transport::Answer};

/// What an analytics answer may say beside its rows.
const BESIDES: [&str; 4] =
    ["aggregations", "entityIdDimension", "systemToOrganizationMappings", "totalHits"];

/// The rows of an analytics answer. One that has found nothing may leave them out; but JSON of somebody
/// else must not pass for an org in which nothing happens.
pub fn rows<R>(
    operation: &'static str,
    answer: &Answer,
    rows: Option<Vec<R>>,
) -> Result<Vec<R>, Error> {
    if let Some(rows) = rows {
        return Ok(rows);
    }
    let fields: HashMap<String, de::IgnoredAny> =
        serde_json::from_str(&answer.body.lossy()).unwrap_or_default();
    match fields.keys().find(|field| !BESIDES.contains(&field.as_str())) {
        None => Ok(Vec::new()),
        Some(_) => Err(unreadable(operation, answer, ": it has no rows")),
    }
}

/// An entity listing; only what paging needs beside the entities.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
pub struct Listing<T> {
    /// The page's entities.
    #[serde(default = "Vec::new")]
    pub entities: Vec<T>,
    /// The next page; truncated listings have no page count.
    pub next_uri: Option<String>,
    /// Which page it is: every listing tells, so what does not is no listing.
    page_number: u32,
    /// How many pages there are, where the listing tells.
    pub page_count: Option<u32>,
}

impl<T> Listing<T> {
    /// True if page `number`, of at most `size` entities, is not the last one.
    pub fn goes_on(&self, number: u32, size: usize) -> bool {
        match self.page_count {
            Some(pages) => number.max(self.page_number) < pages,
            None => self.next_uri.is_some() && self.entities.len() >= size,
        }
    }
}

/// A reference to something with a name.
#[derive(Deserialize)]
pub struct Named {
    pub name: Option<String>,
}

/// Reads a number that may have come as text (`"0.32"`, SPEC section 4). What can't be read, and
/// what is not a number at all, is unknown.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    from.deserialize_any(NumberVisitor)
}

/// Reads a time; what can't be read is unknown.
pub fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    from.deserialize_any(TimeVisitor)
}

struct NumberVisitor;

impl<'de> de::Visitor<'de> for NumberVisitor {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value).filter(|v| v.is_finite()))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts and scores, far below 2^52")]
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts and scores, far below 2^52")]
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value as f64))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(value.trim().parse().ok().filter(|v: &f64| v.is_finite()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

struct TimeVisitor;

impl<'de> de::Visitor<'de> for TimeVisitor {
    type Value = Option<Timestamp>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(value.parse().ok())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        NumberVisitor.visit_map(map).map(|_| None)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        NumberVisitor.visit_seq(seq).map(|_| None)
    }
}

/// A count that came as a number: whole, and not below zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of the type first"
)]
pub fn whole(value: Option<f64>) -> Option<u32> {
    value.filter(|v| *v >= 0.0).map(|v| v.min(f64::from(u32::MAX)).round() as u32)
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
    }

    fn probe(json: &str) -> Probe {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn numbers_may_come_as_text_and_what_is_none_is_unknown() {
        assert_eq!(probe(r#"{"n":0.32}"#).n, Some(0.32));
        assert_eq!(probe(r#"{"n":"0.32"}"#).n, Some(0.32));
        assert_eq!(probe(r#"{"n":3}"#).n, Some(3.0));
        for json in
            [r#"{"n":"many"}"#, r#"{"n":null}"#, "{}", r#"{"n":"NaN"}"#, r#"{"n":{"x":[1]}}"#]
        {
            assert_eq!(probe(json).n, None, "{json}");
        }
    }

    #[test]
    fn rows_may_be_missing_but_not_something_else_in_their_place() {
        let found = |body: &str| {
            let answer = Answer { status: 200, body: body.into(), ..Answer::default() };
            rows::<u8>("test", &answer, None)
        };
        assert!(found("{}").unwrap().is_empty());
        assert!(found(r#"{"totalHits":0}"#).unwrap().is_empty());
        let error = found(r#"{"entities":[],"message":"hello"}"#).unwrap_err();
        assert!(error.message.contains("of another shape"), "{error}");
    }

    #[test]
    fn a_time_that_is_none_is_unknown() {
        assert!(probe(r#"{"t":"2026-11-20T09:31:02.114Z"}"#).t.is_some());
        assert!(probe(r#"{"t":"yesterday"}"#).t.is_none());
        for none in ["null", "5", "-5", "0.5", "true", r#"{"x":[1]}"#, r#"[{"x":1}]"#] {
            assert!(probe(&format!(r#"{{"t":{none}}}"#)).t.is_none(), "{none}");
        }
    }
}

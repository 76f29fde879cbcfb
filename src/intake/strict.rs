//! JSON from strangers: what could be read in two ways is refused.
//!
//! Of a key that is given twice, one reader takes the first value and the next the last: two systems would
//! mean two customers. Numbers that no float holds and nesting without end are the reader's own errors.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// Reads one JSON text, and nothing after it.
///
/// # Errors
/// Says where it is wrong.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Reader(DEPTH).deserialize(&mut reader);
    read.and_then(|value| reader.end().map(|()| value)).map_err(|error| error.to_string())
}

/// Lists and objects within each other. What is kept and sent on is wrapped in more, and has to be read
/// back by readers with limits of their own.
const DEPTH: usize = 16;

/// Reads a value in which so many more may stand within each other.
struct Reader(usize);

impl Reader {
    fn within<E: Error>(&self) -> Result<Self, E> {
        let more = self.0.checked_sub(1).map(Self);
        more.ok_or_else(|| E::custom(format!("more than {DEPTH} levels of nesting")))
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(self.within()?)? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.within()?)?;
            if all.insert(key, value).is_some() {
                return Err(A::Error::custom("a key is given twice"));
            }
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_unambiguous_is_read_as_it_is() {
        let text = br#" {"b": [1, -2, 3.5, true, null, "\u00e9"], "a": {}} "#;
        assert_eq!(parse(text).unwrap(), json!({"a": {}, "b": [1, -2, 3.5, true, null, "é"]}));
        assert_eq!(parse(b"18446744073709551615").unwrap(), json!(u64::MAX));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        assert!(parse(br#"{"a": 1, "a": 1}"#).unwrap_err().contains("given twice"));
        assert!(parse(br#"{"x": [{"a": 1, "\u0061": 2}]}"#).unwrap_err().contains("given twice"));
        assert!(parse(b"1e400").unwrap_err().contains("out of range"));
        assert!(parse(b"{} {}").unwrap_err().contains("trailing"));
        assert!(parse(b"\"\xff\"").is_err() && parse(b"NaN").is_err() && parse(b"").is_err());
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).unwrap_err().contains("levels of nesting"));
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(DEPTH).as_bytes()).is_ok());
        assert!(parse(nested(DEPTH + 1).as_bytes()).is_err());
    }
}

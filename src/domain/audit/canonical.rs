//! JSON in its one canonical form: RFC 8785, the JSON Canonicalization Scheme.
//!
//! No white space, the names of an object in the order of their UTF-16 code units, strings with the
//! shortest escapes, numbers as ECMAScript prints them. A number that a double can't hold is rounded to
//! one that it can, as the scheme asks.

use std::{
    cmp::Ordering,
    fmt::{Display, Write},
};

use serde_json::Value;

/// Whole numbers up to here are doubles too, and are written as they are.
const EXACT: u64 = 1 << 53;

/// `value` in its canonical form, appended to `out`.
pub fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => self::number(number, out),
        Value::String(text) => self::text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|(a, _), (b, _)| by_utf16(a, b));
            out.push('{');
            for (n, (name, value)) in fields.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                text(name, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn by_utf16(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

fn number(number: &serde_json::Number, out: &mut String) {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) if whole.unsigned_abs() <= EXACT => _ = write!(out, "{whole}"),
        (_, Some(double)) => self::double(double, out),
        // serde_json knows no number that is neither.
        (_, None) => out.push_str("null"),
    }
}

/// A double as ECMAScript prints it; JSON has no others than finite ones.
pub fn double(double: f64, out: &mut String) {
    match double.is_finite() {
        true => out.push_str(ryu_js::Buffer::new().format_finite(double)),
        false => out.push_str("null"),
    }
}

/// A string with its quotes.
pub fn text(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            b'\t' => "\\t",
            b'\n' => "\\n",
            0x0c => "\\f",
            b'\r' => "\\r",
            0x00..=0x1f => "",
            _ => continue,
        };
        // Only ASCII is escaped, so these are borders of characters.
        out.push_str(text.get(plain..at).unwrap_or_default());
        plain = at + 1;
        match short {
            "" => _ = write!(out, "\\u{byte:04x}"),
            short => out.push_str(short),
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

/// An object that is written field by field, in the order of their names.
pub struct Object<'a> {
    out: &'a mut String,
    last: &'static str,
}

impl<'a> Object<'a> {
    /// Begins an object at the end of `out`.
    pub fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, last: "" }
    }

    /// Where the value of the next field goes. Names have to come in ascending order.
    pub fn field(&mut self, name: &'static str) -> &mut String {
        debug_assert!(self.last < name, "{name} comes before {}", self.last);
        if !self.last.is_empty() {
            self.out.push(',');
        }
        self.last = name;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    /// A text, unless there is none.
    pub fn text(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            text(value, self.field(name));
        }
    }

    /// What is written as a text, unless there is none.
    pub fn shown(&mut self, name: &'static str, value: Option<&impl Display>) {
        if let Some(value) = value {
            text(&value.to_string(), self.field(name));
        }
    }

    /// A whole number, unless there is none.
    pub fn whole(&mut self, name: &'static str, value: Option<i64>) {
        if let Some(value) = value {
            _ = write!(self.field(name), "{value}");
        }
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(json: &str) -> String {
        let mut out = String::new();
        write(&serde_json::from_str(json).unwrap(), &mut out);
        out
    }

    #[test]
    fn values_are_written_as_rfc_8785_writes_them() {
        let table = [
            (r#"{ "b" : 1, "a" : [ true, null, false ] }"#, r#"{"a":[true,null,false],"b":1}"#),
            (
                "[333333333.33333329, 1E30, 4.50, 2e-3, 1e-27]",
                "[333333333.3333333,1e+30,4.5,0.002,1e-27]",
            ),
            ("[-0.0, 5.0, 1e21, 1e20, -7]", "[0,5,1e+21,100000000000000000000,-7]"),
            ("[9007199254740993, 18446744073709551615]", "[9007199254740992,18446744073709552000]"),
            (
                r#""\u20ac$\u000F\u000aA'B\u0022\u005c\\\"\/""#,
                "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"",
            ),
            (r#""\b\t\f\r\u0000\u007f""#, "\"\\b\\t\\f\\r\\u0000\u{7f}\""),
            // By code units an emoji comes before the private use area; by characters it does not.
            (r#"{"\ue000":1,"😀":2,"1":3,"":4}"#, "{\"\":4,\"1\":3,\"😀\":2,\"\u{e000}\":1}"),
        ];
        for (json, expected) in table {
            assert_eq!(canonical(json), expected, "{json}");
        }
    }
}

//! Values and texts that nobody expects, and places to put them.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

/// Texts that have broken programs before.
const TEXTS: &[&str] = &[
    "",
    " ",
    "\0",
    "\u{7}",
    "\u{1b}[2J",
    "\u{1b}]52;c;bsOp\u{7}",
    "\u{9b}31m",
    "\u{9d}0;x\u{9c}",
    "\u{7f}",
    "\r\n",
    "\n",
    "\t",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "\u{ad}",
    "\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "e\u{301}",
    "👩\u{200d}🚒",
    "🇩🇪",
    "佐藤",
    "דנה",
    "لا",
    "\u{1d11e}",
    "\u{e0041}",
    "\u{fffd}",
    "\u{10ffff}",
    "ß",
    "İ",
    "ǅ",
    "K",
    "=HYPERLINK(\"x\")",
    "+1",
    "-1",
    "@SUM(A1)",
    "%s",
    "%2e%2e%2f",
    "%",
    "%+f",
    "%zz",
    "../..",
    "/",
    "?a=b&c",
    "#",
    "null",
    "true",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1e-999",
    "0x10",
    "00",
    "-0",
    "1.",
    ".5",
    "1e5",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0.30000000000000004",
    "5e-324",
    "1.7976931348623157e308",
    "\\u0000",
    "\\ud800",
    "\\udc00\\ud800",
    "\\",
    "\\\"",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "`",
    "$(x)",
    "#{x}",
    "2026-11-21T10:00:00Z",
    "2026-02-30T25:61:61Z",
    "-009999-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "2026-11-21T10:00:00+23:59",
    "2026-11-21T10:00:00+01:00[Europe/Berlin]",
    "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c",
    "8F4A2B1C-9D7E-4F3A-B2C1-0E5D6F7A8B9C",
    "8f4a2b1c9d7e4f3ab2c10e5d6f7a8b9c",
    "{8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c}",
    "00000000-0000-0000-0000-000000000000",
];

/// A text: one of those, any at all, or a long one.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(TEXTS).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => (proptest::sample::select(TEXTS), 1..700_usize).prop_map(|(t, n)| t.repeat(n)),
    ]
}

/// A number, among them the ends of every range.
pub fn number() -> impl Strategy<Value = Value> {
    let ends = [
        json!(0),
        json!(-0.0),
        json!(-1),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(u32::MAX),
        json!(f64::MAX),
        json!(f64::MIN),
        json!(f64::MIN_POSITIVE),
        json!(5e-324),
        json!(9_007_199_254_740_993_i64),
        json!(0.1 + 0.2),
        json!(1e300),
        json!(-1e300),
        json!(253_402_300_800_i64),
    ];
    prop_oneof![
        3 => proptest::sample::select(ends.to_vec()),
        1 => any::<f64>().prop_map(|n| json!(n)),
        1 => any::<i64>().prop_map(|n| json!(n)),
    ]
}

/// A JSON value of any kind.
pub fn json() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        3 => number(),
        4 => text().prop_map(Value::String),
    ];
    plain.prop_recursive(3, 12, 4, |inner| {
        let fields = vec((text(), inner.clone()), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::Array),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Every place in a value, as pointers; the whole of it first.
pub fn places(value: &Value) -> Vec<String> {
    fn gather(value: &Value, at: &str, all: &mut Vec<String>) {
        all.push(at.to_owned());
        match value {
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(n, item)| gather(item, &format!("{at}/{n}"), all));
            }
            Value::Object(fields) => fields.iter().for_each(|(name, inner)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                gather(inner, &format!("{at}/{name}"), all);
            }),
            _ => {}
        }
    }
    let mut all = Vec::new();
    gather(value, "", &mut all);
    all
}

/// True if a text can be shown: on one line, moving no cursor, hiding and turning nothing.
pub fn is_tame(text: &str) -> bool {
    !text.chars().any(is_wild)
}

/// What must not reach a terminal from outside. Written down once more, not taken from what is tried.
pub fn is_wild(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{e0000}'..='\u{e007f}')
}

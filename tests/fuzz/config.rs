//! `config.toml`, and the environment in place of it.
//!
//! A document is a file. What it says wrong is told by line; what may be a secret is never told.

use std::collections::BTreeMap;

use floorwalker::config::{Config, ConfigError, alarms};
use proptest::{prelude::*, sample::Index};
use toml::Value;

use crate::{
    bend::Grammar,
    odd,
    run::{self, Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "config",
    grammar: Grammar::Text,
    besides: &["assets/config.toml", "tests/config/valid", "tests/config/invalid"],
    words: &[
        "[contexts.prod]\n",
        "region",
        "base_url",
        "client_id",
        "client_secret_file",
        "client_secret_env",
        "dialect",
        "[network]\n",
        "proxy",
        "[intake]\n",
        "secret",
        "token",
        "[intake.modes]\n",
        "[outbox]\n",
        "[[alarms]]\n",
        "name",
        "when",
        "[gate]\n",
        "minimum",
        "[rank]\n",
        "store",
        "postgres://",
        "env:",
        "file:",
        "command:",
        "https://",
        "http://",
        "= ",
        "\"",
        "'''",
        "\"\"\"",
        "[",
        "]",
        "{",
        "}",
        "\n",
        "#",
        "true",
        "nan",
        "inf",
        "-1",
        "0x10",
        "1979-05-27T07:32:00Z",
        "9223372036854775807",
    ],
    check,
    more: &[
        a_value_of_any_kind,
        a_secret_is_never_told,
        the_environment_is_heeded,
        keys_within_keys,
    ],
    few: 120,
};

fn check(document: &[u8]) {
    let text = String::from_utf8_lossy(document);
    told(&text, Config::read(&text, "config.toml", &home));
    told(&text, alarms::parse(&text, "config.toml"));
}

fn home(name: &str) -> Option<String> {
    (name == "HOME").then(|| "/home/nobody".into())
}

/// What is wrong is of a line that is there.
fn told<T>(text: &str, read: Result<T, ConfigError>) {
    let Err(error) = read else { return };
    if let ConfigError::Wrong { faults, .. } = &error {
        let lines = text.lines().count().max(1);
        let there = |line: usize| (1..=lines + 1).contains(&line);
        assert!(!faults.is_empty() && faults.iter().filter_map(|it| it.line).all(there), "{error}");
    }
    assert!(!error.to_string().is_empty());
}

/// The documents of the corpus that are TOML.
fn tables() -> Vec<toml::Table> {
    let seeds = run::seeds(&DECODER).into_iter();
    seeds.filter_map(|(_, text)| toml::from_str(&String::from_utf8(text).ok()?).ok()).collect()
}

/// A value of any kind in TOML.
fn value() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        4 => odd::text().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => (-2..70_i64).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ];
    plain.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            (odd::text(), inner)
                .prop_map(|(name, it)| Value::Table([(name, it)].into_iter().collect())),
        ]
    })
}

/// Every key of a table with the keys that lead to it.
fn keys(table: &toml::Table) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (name, value) in table {
        all.push(vec![name.clone()]);
        if let Value::Table(inner) = value {
            let below = keys(inner).into_iter();
            all.extend(below.map(|path| [vec![name.clone()], path].concat()));
        }
    }
    all
}

/// Puts a value where the keys lead.
fn put(table: &mut toml::Table, path: &[String], value: Value) {
    let (last, before) = path.split_last().unwrap();
    let inner = before.iter().fold(table, |at, name| at[name].as_table_mut().unwrap());
    inner.insert(last.clone(), value);
}

fn a_value_of_any_kind(hand: &mut Hand) {
    let tables = tables();
    hand.all(&(any::<Index>(), any::<Index>(), value()), |(which, key, value)| {
        let mut table = which.get(&tables).clone();
        let keys = keys(&table);
        if let Some(path) = (!keys.is_empty()).then(|| key.get(&keys)) {
            put(&mut table, path, value.clone());
        }
        check(toml_of(&table).as_bytes());
    });
}

/// Who writes a secret where it is fetched from, or where none belongs, does not find it in a message.
fn a_secret_is_never_told(hand: &mut Hand) {
    let secret = "[a-zA-Z0-9+/]{16,40}";
    let places = [
        "client_secret = 'S'",
        "[contexts.prod]\nclient_secret = 'S'",
        "[contexts.prod]\nregion = 'Dublin'\nclient_id = 'x'\nsecret = 'S'",
        "[intake]\nsecret = 'S'",
        "[intake]\ntoken = 'S'",
        "[intake]\nsecret = S",
        "[intake]\nsecret = 'S",
        "[intake]\nsecret = ['S']",
        "[outbox]\nsecret = 'S'",
        "[outbox]\nsecret = \"S\\q\"",
        "[outbox]\nwfm = 'http://crm.example/S'",
        "[outbox]\nwfm = 'https://ops:S@crm.example/'",
        "store = 'postgres://ops:S@db.example/floorwalker'",
        "store = 'postgres://ops:S@[db.example/floorwalker'",
        "[network]\nproxy = 'http://ops:S@proxy.example:3128'",
        "[network]\nproxy = 'ops:S@proxy'",
        "[contexts.prod]\nregion = 'Dublin'\nbase_url = 'https://a:S@api.example'",
        "[contexts.prod]\nbase_url = 'https://a:S@api.example'",
        "[contexts.prod]\nlogin_url = 'https://a:S@login.example'",
        "[contexts.prod.network]\nproxy = 'http://ops:S@proxy.example:3128'",
    ];
    let place = proptest::sample::select(places.to_vec());
    hand.all(&(place, secret), |(place, secret)| {
        let text = place.replace('S', secret);
        if let Err(error) = Config::read(&text, "config.toml", &home) {
            assert!(!error.to_string().contains(secret.as_str()), "{place}: {error}");
        }
    });
}

/// Variables that stand for lines of the file: whatever they hold is taken, or told.
fn the_environment_is_heeded(hand: &mut Hand) {
    const NAMES: [&str; 6] = [
        "TARGET_QUEUE_ID",
        "HANDOFF_QUEUE_ID",
        "HANDOFF_SKILL_ID",
        "CRM_WEBHOOK_URL",
        "WFM_WEBHOOK_URL",
        "HOME",
    ];
    let url = "https?://[a-z:@.\\[\\]0-9/]{0,20}";
    let said = prop_oneof![2 => odd::text().boxed(), 1 => url.boxed()];
    let tables = tables();
    let said =
        proptest::collection::btree_map(proptest::sample::select(NAMES.to_vec()), said, 0..4);
    hand.all(&(any::<Index>(), said), |(which, said): &(Index, BTreeMap<&str, String>)| {
        let text = toml_of(which.get(&tables));
        let read = Config::read(&text, "config.toml", &|name| said.get(name).cloned());
        let queue = ["TARGET_QUEUE_ID", "HANDOFF_QUEUE_ID"].iter().filter_map(|it| said.get(it));
        if let (Ok(config), Some(queue)) =
            (&read, queue.map(|it| it.trim()).find(|it| !it.is_empty()))
        {
            let told = config.overrides.value("intake.queue").map(|it| it.value.as_str());
            assert_eq!(told, Some(queue));
        }
        told(&text, read);
    });
}

/// A key within a key within a key, as dots write it.
fn keys_within_keys(hand: &mut Hand) {
    hand.all(&(0..9_u8, 1..2_000_usize), |(how, deep)| {
        let keys = "a.".repeat(*deep);
        check(
            match how % 3 {
                0 => format!("{keys}a = 1"),
                1 => format!("[{keys}a]\nb = 1"),
                _ => format!("[[{keys}a]]\nb = 1\n[[{keys}a.b]]"),
            }
            .as_bytes(),
        );
    });
}

/// A table as TOML, section by section.
fn toml_of(table: &toml::Table) -> String {
    use floorwalker::config::quoted::quoted;
    fn spelled(value: &Value) -> String {
        match value {
            Value::String(text) => quoted(text),
            Value::Array(items) => {
                format!("[{}]", items.iter().map(spelled).collect::<Vec<_>>().join(", "))
            }
            Value::Table(fields) => {
                let fields =
                    fields.iter().map(|(name, it)| format!("{} = {}", quoted(name), spelled(it)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            Value::Float(number) if number.is_finite() => format!("{number:?}"),
            Value::Float(number) => number.to_string().to_lowercase(),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(truth) => truth.to_string(),
            Value::Datetime(at) => at.to_string(),
        }
    }
    let lines =
        table.iter().map(|(name, value)| format!("{} = {}\n", quoted(name), spelled(value)));
    lines.collect()
}

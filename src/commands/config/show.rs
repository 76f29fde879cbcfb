//! `floorwalker config show`: what holds in the end, and who has said it. No secret is among it.

use serde::Serialize;
use serde_json::{Value, json};

use super::Place;
use crate::{
    args::{Looks, Org, Output},
    commands::{
        Failure, context,
        listing::{Reader, Row, show},
    },
    config::{
        Config,
        origin::Origin,
        shown::{Setting, settings},
    },
    domain::text::Plain,
};

/// Prints what holds.
pub fn run(org: &Org, at: &Place, looks: Looks, output: Output) -> Result<(), Failure> {
    let text = at.text()?.unwrap_or_default();
    let config = Config::read(&text, &at.name(), &context::variable)?;
    let org = context::resolve(org, &config)?;
    let mut all = settings(&config, &org, &text);
    all.iter_mut().for_each(|setting| asked(setting, looks));
    let file = at.name();
    let lines: Vec<Line> = all.into_iter().map(|setting| Line::of(setting, &file)).collect();
    show(output, &lines)
}

/// What the command line says of the console's looks counts before the file.
fn asked(setting: &mut Setting, looks: Looks) {
    let said = match setting.key.as_str() {
        "console.theme" => looks.theme.map(|theme| (json!(theme.name()), "--theme")),
        "console.ascii" => looks.ascii.map(|ascii| (json!(ascii), "--ascii")),
        "console.low_bandwidth" => looks.low_bandwidth.then_some((json!(true), "--low-bandwidth")),
        _ => None,
    };
    if let Some((value, flag)) = said {
        (setting.value, setting.origin) = (value, Origin::Flag(flag));
    }
}

#[derive(Serialize)]
struct Line {
    key: String,
    value: Value,
    from: String,
}

impl Line {
    fn of(setting: Setting, file: &str) -> Self {
        let Setting { key, value, origin } = setting;
        Self { key, value, from: origin.said(file) }
    }
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &["key", "value", "from"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        let value = match &self.value {
            Value::Null => None,
            Value::String(text) => Some(Plain::new(text).to_string()),
            Value::Array(all) => {
                let texts = all.iter().map(|it| it.as_str().map_or(it.to_string(), str::to_owned));
                Some(Plain::new(&texts.collect::<Vec<_>>().join(", ")).to_string())
            }
            other => Some(other.to_string()),
        };
        let value = value.filter(|text| !text.is_empty());
        vec![Some(Plain::new(&self.key).to_string()), value, Some(self.from.clone())]
    }
}

//! What a record tells beside its fields, in lines for people. Nothing is left out, and nothing is proved by
//! it: the record as it was written is JSON, see [`chain`](super::chain).

use serde_json::{Map, Value};

use crate::domain::handoff::Step;

/// Where the engine keeps what came of each guard.
const GUARDS: &str = "guards";
/// Where it keeps the time of each step, in ms.
const STEPS: &str = "steps_ms";

/// The steps in which a handoff goes.
const ORDER: [Step; 9] = [
    Step::Claim,
    Step::Record,
    Step::Check,
    Step::Summary,
    Step::Grace,
    Step::Context,
    Step::Transfer,
    Step::Outcome,
    Step::Reason,
];

/// The details of a record, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// What came of each guard.
    pub guards: Vec<Guarded>,
    /// What each step has taken, in ms, in the order in which they are taken.
    pub steps: Vec<(String, f64)>,
    /// The rest: what it is called, and what it is.
    pub rest: Vec<(String, String)>,
}

/// What came of a guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// Which.
    pub name: String,
    /// In a word.
    pub outcome: String,
    /// With the numbers.
    pub says: String,
}

impl Details {
    /// Takes them apart. What is not as the engine writes it is among the rest.
    pub fn of(details: &Value) -> Self {
        let Some(mut rest) = details.as_object().cloned() else { return Self::default() };
        let guards = rest.get(GUARDS).and_then(guards);
        let steps = rest.get(STEPS).and_then(steps);
        guards.is_some().then(|| rest.remove(GUARDS));
        steps.is_some().then(|| rest.remove(STEPS));
        let mut lines = Vec::new();
        spread("", &rest, &mut lines);
        Self { guards: guards.unwrap_or_default(), steps: steps.unwrap_or_default(), rest: lines }
    }
}

fn guards(told: &Value) -> Option<Vec<Guarded>> {
    let one = |guard: &Value| {
        let text = |name: &str| guard.get(name)?.as_str().map(str::to_owned);
        Some(Guarded {
            name: spelled(&text("guard")?),
            outcome: text("outcome")?,
            says: text("says")?,
        })
    };
    told.as_array()?.iter().map(one).collect()
}

fn steps(told: &Value) -> Option<Vec<(String, f64)>> {
    let one = |(name, took): (&String, &Value)| Some((name.clone(), took.as_f64()?));
    let mut steps: Vec<_> = told.as_object()?.iter().map(one).collect::<Option<_>>()?;
    // One that is not known comes last.
    let place = |name: &str| ORDER.iter().position(|step| step.word() == name);
    steps.sort_by_key(|(name, _)| place(name).unwrap_or(ORDER.len()));
    Some(steps)
}

/// A line for each of these, under names that begin with `above`.
fn spread(above: &str, values: &Map<String, Value>, lines: &mut Vec<(String, String)>) {
    for (name, value) in values {
        let name = format!("{above}{}", spelled(name));
        match value {
            Value::Object(inner) if !inner.values().all(is_plain) => {
                spread(&format!("{name} "), inner, lines);
            }
            Value::Array(all) if !all.iter().all(is_plain) => {
                for (n, value) in all.iter().enumerate() {
                    let one = Map::from_iter([((n + 1).to_string(), value.clone())]);
                    spread(&format!("{name} "), &one, lines);
                }
            }
            // A time: its unit belongs to the number.
            Value::Number(ms) if name.ends_with(" ms") => {
                let name = name.trim_end_matches(" ms").to_owned();
                lines.push((name, format!("{ms} ms")));
            }
            value => {
                let text = written(value);
                lines.extend((!text.is_empty()).then_some((name, text)));
            }
        }
    }
}

fn is_plain(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// A value in which nothing lies deeper than one step.
fn written(value: &Value) -> String {
    let joined = |parts: Vec<String>| match parts.is_empty() {
        true => "none".to_owned(),
        false => parts.join(", "),
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) => joined(all.iter().map(written).collect()),
        Value::Object(all) => {
            let known = all.iter().filter(|(_, value)| !value.is_null());
            joined(known.map(|(name, v)| format!("{} {}", spelled(name), written(v))).collect())
        }
        value => value.to_string(),
    }
}

/// `summary_characters` as a person writes it.
fn spelled(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_is_told_has_a_line() {
        let details = json!({
            "guards": [{"guard": "depth", "outcome": "fails", "says": "Depth 3 of 3"}],
            "steps_ms": {"transfer": 61.2, "brewing": 1, "claim": 0.5},
            "seen": {"state": "waiting", "agent": null},
            "demands": {"skills": [{"name": "billing", "level": 3}], "language": null},
            "attributes": [],
            "share": 0.25,
            "nothing": null,
            "time_to_human_ms": 87947,
        });
        let told = Details::of(&details);
        let guard = |name: &str, outcome: &str, says: &str| Guarded {
            name: name.into(),
            outcome: outcome.into(),
            says: says.into(),
        };
        assert_eq!(told.guards, [guard("depth", "fails", "Depth 3 of 3")]);
        let steps: Vec<(&str, f64)> = told.steps.iter().map(|(n, ms)| (n.as_str(), *ms)).collect();
        assert_eq!(steps, [("claim", 0.5), ("transfer", 61.2), ("brewing", 1.0)]);
        let rest: Vec<_> = told.rest.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let expected = [
            ("attributes", "none"),
            ("demands skills 1", "level 3, name billing"),
            ("seen", "state waiting"),
            ("share", "0.25"),
            ("time to human", "87947 ms"),
        ];
        assert_eq!(rest, expected);
    }

    #[test]
    fn what_is_of_another_shape_is_not_lost() {
        let odd = json!({"guards": ["depth"], "steps_ms": {"claim": "soon"}});
        let told = Details::of(&odd);
        assert!(told.guards.is_empty() && told.steps.is_empty());
        assert_eq!(
            told.rest,
            [
                ("guards".to_owned(), "depth".to_owned()),
                ("steps ms".to_owned(), "claim soon".to_owned()),
            ]
        );
        assert_eq!(Details::of(&json!(null)), Details::default());
    }
}

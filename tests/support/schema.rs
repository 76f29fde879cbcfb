//! The project's own description of the API, `tests/schema/platform.json`, held against what a client
//! is answered. Not the client: it knows nothing of what the answers are used for.

use std::{collections::HashMap, sync::LazyLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// An answer as a client sees it.
pub struct Seen<'a> {
    pub method: &'a str,
    /// With or without its query.
    pub path: &'a str,
    pub status: u16,
    pub headers: Headers,
    pub body: &'a [u8],
}

/// The headers.
pub struct Headers {
    /// Texts by names in lower case.
    pub map: Map<String, Value>,
    /// False for those that a transport hands on, which say nothing of the others.
    pub complete: bool,
}

struct Operation {
    name: String,
    status: u64,
    /// `None` for an empty body.
    body: Option<Validator>,
}

struct Schema {
    operations: Vec<Operation>,
    error: Validator,
    token_refusal: Validator,
    headers: HashMap<String, Validator>,
    codes: Value,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::load);

/// What is wrong with an answer.
pub fn check(seen: &Seen) -> Result<(), String> {
    let path = seen.path.split('?').next().unwrap_or_default();
    let what = format!("{} {path} answered {}", seen.method, seen.status);
    SCHEMA.check(seen, path).map_err(|violation| format!("{what}: {violation}"))
}

/// True for the bodies that the simulator spoils on purpose: HTML, cut off, far too large.
pub fn is_spoilt(body: &[u8]) -> bool {
    let cut = || {
        serde_json::from_slice::<Value>(body).is_err_and(|error| error.is_eof()) && !body.is_empty()
    };
    body.starts_with(b"<!DOCTYPE html>") || body.len() >= 5_000_000 || cut()
}

impl Schema {
    fn load() -> Self {
        let text = include_str!("../schema/platform.json");
        let mut file: Value = serde_json::from_str(text).expect("the schema is JSON");
        let definitions = file["$defs"].take();
        let compile = |part: &Value| {
            let mut part = part.clone();
            part["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
            part["$defs"] = definitions.clone();
            jsonschema::validator_for(&part).expect("the schema is one")
        };
        let operation = |(name, entry): (&String, &Value)| Operation {
            name: name.clone(),
            status: entry["status"].as_u64().expect("a status"),
            body: entry["body"].is_object().then(|| compile(&entry["body"])),
        };
        let part = |name: &str| file[name].as_object().expect("an object");
        Self {
            operations: part("operations").iter().map(operation).collect(),
            error: compile(&json!({"$ref": "#/$defs/Error"})),
            token_refusal: compile(&json!({"$ref": "#/$defs/TokenRefusal"})),
            headers: part("headers").iter().map(|(n, s)| (n.clone(), compile(s))).collect(),
            codes: file["errors"].clone(),
        }
    }

    /// Among several that fit, the one with fewer variable segments.
    fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let fits = |operation: &&Operation| {
            let (asked, template) = operation.name.split_once(' ').unwrap_or_default();
            asked == method && fits(template, path)
        };
        self.operations.iter().filter(fits).min_by_key(|found| found.name.matches('{').count())
    }

    fn check(&self, seen: &Seen, path: &str) -> Result<(), String> {
        self.check_headers(seen, path)?;
        let operation = self.operation(seen.method, path);
        match (operation, seen.status) {
            (Some(operation), 200..=299) => operation.check(seen),
            (None, 401 | 404 | 405) | (Some(_), 400..=599) => self.check_refusal(seen, path),
            (None, _) => Err("no such operation is documented".into()),
            (Some(_), _) => Err("neither a success nor a refusal".into()),
        }
    }

    fn check_headers(&self, seen: &Seen, path: &str) -> Result<(), String> {
        let map = Value::Object(seen.headers.map.clone());
        let mut parts = vec!["every"];
        if seen.status < 300 && path != "/oauth/token" {
            parts.push("success");
        }
        if seen.status == 429 {
            parts.push("too many");
        }
        if seen.headers.complete {
            parts.push(if seen.body.is_empty() { "without body" } else { "with body" });
        }
        parts.iter().try_for_each(|part| validate(&self.headers[*part], &map, "header "))
    }

    fn check_refusal(&self, seen: &Seen, path: &str) -> Result<(), String> {
        let body = json(seen.body)?;
        if path == "/oauth/token" && matches!(seen.status, 400 | 401) {
            return validate(&self.token_refusal, &body, "");
        }
        validate(&self.error, &body, "")?;
        if body["status"] != seen.status {
            return Err(format!("/status: {} in the body", body["status"]));
        }
        if seen.headers.map.get("inin-correlation-id") != Some(&body["contextId"]) {
            return Err("/contextId is not the correlation id of the header".into());
        }
        let known = self.codes[seen.status.to_string()].as_array();
        match known.is_some_and(|codes| codes.contains(&body["code"])) {
            true => Ok(()),
            false => Err(format!("/code: {} is not documented for this status", body["code"])),
        }
    }
}

impl Operation {
    fn check(&self, seen: &Seen) -> Result<(), String> {
        if self.status != u64::from(seen.status) {
            return Err(format!("{} is documented", self.status));
        }
        match &self.body {
            Some(schema) => validate(schema, &json(seen.body)?, ""),
            None if seen.body.is_empty() => Ok(()),
            None => Err(format!("an empty body is documented, not {}", quote(seen.body))),
        }
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.trim_end_matches('/').split('/'));
    let pairs: Vec<_> = template.clone().zip(path.clone()).collect();
    template.count() == path.count()
        && pairs.iter().all(|(expected, given)| expected.starts_with('{') || expected == given)
}

fn json(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| format!("no JSON ({error}): {}", quote(body)))
}

fn validate(schema: &Validator, value: &Value, what: &str) -> Result<(), String> {
    let Some(error) = schema.iter_errors(value).next() else { return Ok(()) };
    let place = error.instance_path().to_string();
    let found = quote(value.pointer(&place).unwrap_or(value).to_string().as_bytes());
    let (rule, text) = (error.schema_path().to_string(), quote(error.to_string().as_bytes()));
    Err(format!("{what}{place}: {text}\n  it is {found}\n  rule {rule}"))
}

fn quote(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned()
}

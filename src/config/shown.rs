//! What holds in the end, each value with where it comes from: for people who wonder why. Nothing of it is a
//! secret.

use std::collections::BTreeMap;

use reqwest::Url;
use serde_json::{Value, json};

use super::{
    Config, Context, DEFAULTS, doors,
    fault::{Places, dotted},
    origin::{Given, Origin},
    secret::SecretSource,
    store::StoreAt,
};

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its key, as the file spells it.
    pub key: String,
    /// What it is; null where there is none.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// Addresses whose path or query may hold a key.
const ADDRESSES: [&str; 3] = ["outbox.crm_handoff", "outbox.crm_session", "outbox.wfm"];

/// What holds of the org, and then everything else by its key. `text` is what `config` was read from.
pub fn settings(config: &Config, context: &Context, text: &str) -> Vec<Setting> {
    let mut all = vec![contexts(config, text)];
    all.extend(of_org(context));
    let mut rest = written(text);
    if !config.contexts.is_about(context.label()) {
        withhold(&mut rest);
    }
    rest.extend(own_sections(context, text));
    for (key, said) in config.overrides.all() {
        rest.insert(key.to_owned(), (json!(said.value), said.origin));
    }
    if let Some(store) = &context.store {
        rest.insert("store".into(), (json!(place(&store.value)), store.origin));
    }
    if let (Some(_), Some(colour)) = (context.label(), &context.colour) {
        let name = colour.value.map_or("none", super::Colour::name);
        rest.insert("safety.colour".into(), (json!(name), colour.origin));
    }
    let masked = rest.into_iter().map(|(key, (value, origin))| {
        let value = masked(&key, value);
        Setting { key, value, origin }
    });
    all.extend(masked);
    all
}

/// Which orgs the file names.
fn contexts(config: &Config, text: &str) -> Setting {
    let names: Vec<&str> = config.contexts.names().collect();
    let line = Places::of(text).ok().and_then(|(places, _)| places.line_of("contexts"));
    let origin = line.map_or(Origin::Default, Origin::File);
    Setting { key: "contexts".into(), value: json!(names), origin }
}

fn of_org(context: &Context) -> Vec<Setting> {
    let texts =
        |given: &Option<Given<String>>| given.as_ref().map(|it| (json!(it.value), it.origin));
    let host = context.host.as_ref();
    let base = host.map(|it| (json!(it.value.base_url), it.origin));
    let region = host.and_then(|it| Some((json!(it.value.region?.name), it.origin)));
    let secret = context.secret.as_ref();
    let secret = secret.map(|it| (json!(it.value.to_string()), it.origin));
    let given = |value: Value, origin: Origin| Some((value, origin));
    [
        ("context", texts(&context.name)),
        ("context.region", region),
        ("context.base_url", base),
        ("context.login_url", texts(&context.login_url)),
        ("context.dialect", given(json!(context.dialect.value.name()), context.dialect.origin)),
        ("context.sign_in", given(json!(context.sign_in.value.name()), context.sign_in.origin)),
        ("context.client_id", texts(&context.client_id)),
        ("context.client_secret", secret),
        ("context.queues", given(json!(context.queues.value), context.queues.origin)),
        ("context.watch", given(json!(context.watch.value), context.watch.origin)),
        (
            "context.requests_per_minute",
            given(json!(context.requests_per_minute.value), context.requests_per_minute.origin),
        ),
        ("context.read_only", given(json!(context.read_only.value), context.read_only.origin)),
    ]
    .into_iter()
    .map(|(key, value)| {
        let (value, origin) = value.unwrap_or((Value::Null, Origin::Default));
        Setting { key: key.into(), value, origin }
    })
    .collect()
}

/// What the file says, over the defaults.
fn written(text: &str) -> BTreeMap<String, (Value, Origin)> {
    let mut all = BTreeMap::new();
    flatten("", &toml::from_str(DEFAULTS).unwrap_or_default(), &|_| Origin::Default, &mut all);
    if let (Ok((places, _)), Ok(table)) = (Places::of(text), toml::from_str(text)) {
        let line = |key: &str| Origin::File(places.line_of(key).unwrap_or(1));
        flatten("", &table, &line, &mut all);
    }
    // These are told in other words.
    all.retain(|key, _| key != "default_context" && !key.starts_with("contexts."));
    all
}

/// Takes out what names something of another org.
fn withhold(all: &mut BTreeMap<String, (Value, Origin)>) {
    all.retain(|key, (value, origin)| match origin {
        Origin::File(line) if doors::is_of_one_org(key) && *value != json!("") => {
            *origin = Origin::OfAnother(*line);
            // What has no default is not there.
            let text = value.is_string() && key.matches('.').count() == 1;
            *value = json!("");
            text
        }
        _ => true,
    });
}

/// What the org's own sections say.
fn own_sections(context: &Context, text: &str) -> BTreeMap<String, (Value, Origin)> {
    let mut all = BTreeMap::new();
    if let (Ok((places, _)), Ok(table)) = (Places::of(text), toml::from_str(text)) {
        let line = |key: &str| Origin::File(places.line_of(key).unwrap_or(1));
        flatten("", &table, &line, &mut all);
    }
    let before = context.label().map(|name| format!("contexts.{name}."));
    let own = |key: &String| Some(key.strip_prefix(before.as_deref()?)?.to_owned());
    let own = all.into_iter().filter_map(|(key, value)| Some((own(&key)?, value)));
    let is_of_section = |key: &str| {
        let section = key.split('.').next().unwrap_or_default();
        section == "network" || doors::SECTIONS.contains(&section)
    };
    own.filter(|(key, _)| is_of_section(key) && key.contains('.')).collect()
}

fn flatten(
    before: &str,
    table: &toml::Table,
    origin: &impl Fn(&str) -> Origin,
    into: &mut BTreeMap<String, (Value, Origin)>,
) {
    for (key, value) in table {
        let key = dotted(before, key);
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, origin, into),
            value => {
                let value_of = serde_json::to_value(value).unwrap_or_default();
                into.insert(key.clone(), (value_of, origin(&key)));
            }
        }
    }
}

/// The same without anything that may be a secret.
fn masked(key: &str, value: Value) -> Value {
    match value {
        Value::String(text) if ADDRESSES.contains(&key) && !text.is_empty() => json!(host(&text)),
        Value::String(text) if text.starts_with("command:") => {
            let line = text.trim_start_matches("command:").trim();
            json!(SecretSource::Command(line.into()).to_string())
        }
        Value::Array(words) if key == "audit.checkpoint.command" && words.len() > 1 => {
            json!([words.first(), "…"])
        }
        other => other,
    }
}

fn host(text: &str) -> String {
    let Ok(url) = Url::parse(text) else { return "…".into() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}/…", url.scheme(), url.host_str().unwrap_or_default())
}

fn place(store: &StoreAt) -> String {
    match store {
        StoreAt::Here => String::new(),
        StoreAt::File(path) => path.display().to_string(),
        StoreAt::Server(url) => url.clone(),
        StoreAt::Secret(source) => source.to_string(),
    }
}

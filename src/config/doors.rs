//! What of the configuration names something of one org: the deployment of its guests, where its bots call and
//! whom its handoffs are told to. What was meant for one org must not be acted on in another, so of these
//! sections addresses and ids hold for the one org that the file is about, and elsewhere only where that
//! org's context says so itself:
//!
//! ```text
//!   [intake] ──┬─ addresses, ids ──▶ the default context's (or the only one's)
//!              └─ the rest ────────▶ everybody's
//!   [contexts.NAME.intake] ────────▶ laid over that, for NAME alone
//! ```

use std::{collections::BTreeMap, marker::PhantomData};

use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use super::{
    Contexts, Messaging, Overrides, Telling, door, environment::put, intake, outbox,
    secret::SecretSource,
};

/// The sections that a context may have of its own.
pub(super) const SECTIONS: [&str; 3] = ["messaging", "intake", "outbox"];

/// Addresses and ids: what names something of one org.
const OF_ONE_ORG: [&str; 11] = [
    "messaging.deployment",
    "messaging.origin",
    "messaging.socket_url",
    "intake.listen",
    "intake.queue",
    "intake.skill",
    "intake.modes",
    "intake.routes",
    "outbox.crm_handoff",
    "outbox.crm_session",
    "outbox.wfm",
];

/// True if this key, or one that it stands below, names something of one org.
pub(super) fn is_of_one_org(key: &str) -> bool {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with('.');
    OF_ONE_ORG.iter().any(|one| key.strip_prefix(one).is_some_and(ends))
}

/// Why a section's addresses and ids, which the file has, do not hold for an org; `None` where they do, or
/// where there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Of `[messaging]`.
    pub messaging: Option<String>,
    /// Of `[intake]`.
    pub intake: Option<String>,
    /// Of `[outbox]`.
    pub outbox: Option<String>,
}

impl Withheld {
    /// All that is withheld.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let Self { messaging, intake, outbox } = self;
        [messaging, intake, outbox].into_iter().filter_map(Option::as_deref)
    }
}

/// The doors of one org.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Doors {
    pub(super) messaging: Option<Messaging>,
    pub(super) intake: intake::Intake,
    pub(super) outbox: Telling,
    pub(super) withheld: Withheld,
}

/// The doors of every org that the file names, and of one that it does not name; nothing where it names none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Own {
    named: BTreeMap<String, Doors>,
    others: Doors,
}

impl Own {
    /// Those of the org that is known by this name, or by none; `None` where the file names no org at all.
    pub(super) fn of(&self, label: Option<&str>) -> Option<&Doors> {
        let own = label.and_then(|name| self.named.get(name));
        own.or(Some(&self.others)).filter(|_| !self.named.is_empty())
    }

    /// Wherever a secret comes from.
    pub(super) fn secrets(&mut self) -> impl Iterator<Item = &mut SecretSource> {
        let all = self.named.values_mut().chain([&mut self.others]);
        all.flat_map(|doors| secrets(&mut doors.intake, &mut doors.outbox))
    }

    /// What is withheld from the orgs that the file names, each with the org's name.
    pub fn withheld(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.named.iter();
        all.flat_map(|(name, doors)| doors.withheld.all().map(|why| (name.as_str(), why)))
    }
}

/// Wherever a secret of these two comes from.
pub(super) fn secrets<'a>(
    intake: &'a mut intake::Intake,
    outbox: &'a mut Telling,
) -> impl Iterator<Item = &'a mut SecretSource> {
    let all = [&mut intake.secret, &mut intake.token, &mut outbox.secret];
    all.into_iter().filter_map(Option::as_mut)
}

/// Puts what the environment says in place of what the file says.
pub(super) fn overrule(
    intake: &mut intake::Written,
    outbox: &mut outbox::Outbox,
    said: &Overrides,
) {
    put(&mut intake.queue, said.value("intake.queue"));
    put(&mut intake.skill, said.value("intake.skill"));
    put(&mut outbox.crm_handoff, said.value("outbox.crm_handoff"));
    put(&mut outbox.wfm, said.value("outbox.wfm"));
}

/// Reads a section of a context for its kinds alone: it is laid over another one before it says anything.
pub(super) fn checked<'de, D, T>(deserializer: D) -> Result<PhantomData<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(|_| PhantomData)
}

/// Reads the doors of the orgs that `text` names.
///
/// # Errors
/// With the key that can't be used.
pub(super) fn read(text: &str, contexts: &Contexts, said: &Overrides) -> Result<Own, String> {
    let mut own = Own::default();
    if contexts.names().next().is_none() {
        return Ok(own);
    }
    // It has been read before.
    let file: Table = toml::from_str(text).unwrap_or_default();
    let all = sections(&file);
    let everybodys = without(&all);
    for name in contexts.names() {
        let of_context = file.get("contexts").and_then(|it| it.get(name));
        let of_context = of_context.and_then(Value::as_table).map(sections).unwrap_or_default();
        let about = contexts.is_about(Some(name));
        let withheld = match about {
            true => Withheld::default(),
            false => withheld(contexts, Some(name), |section| {
                names_an_org(&all, section) && !names_an_org(&of_context, section)
            }),
        };
        let base = if about { &all } else { &everybodys };
        let doors = settled(laid_over(&of_context, base), &format!("contexts.{name}."), said)?;
        own.named.insert(name.to_owned(), Doors { withheld, ..doors });
    }
    let withheld = withheld(contexts, None, |section| names_an_org(&all, section));
    own.others = Doors { withheld, ..settled(everybodys, "", said)? };
    Ok(own)
}

/// Why those of these sections hold for another org alone that are withheld from this one.
fn withheld(contexts: &Contexts, name: Option<&str>, is: impl Fn(&str) -> bool) -> Withheld {
    let whose = match contexts.about() {
        Some(owner) => format!("is for {owner} alone"),
        None => "is for the default_context, which is not said".into(),
    };
    let why = |section: &str| {
        is(section).then(|| match name {
            Some(name) => {
                format!("[{section}] {whose}; {name} needs a [contexts.{name}.{section}]")
            }
            None => format!("[{section}] {whose}, and this is another org"),
        })
    };
    Withheld { messaging: why("messaging"), intake: why("intake"), outbox: why("outbox") }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    messaging: door::Door,
    intake: intake::Written,
    outbox: outbox::Outbox,
}

/// What these sections come to; faults begin with `before` and the key.
fn settled(sections: Table, before: &str, said: &Overrides) -> Result<Doors, String> {
    let written = sections.try_into::<Written>();
    let Written { messaging, mut intake, mut outbox } =
        written.map_err(|error| format!("{before}: {}", error.message()))?;
    overrule(&mut intake, &mut outbox, said);
    let at = |what: String| format!("{before}{what}");
    Ok(Doors {
        messaging: messaging.validate().map_err(at)?,
        intake: intake.validate().map_err(at)?,
        outbox: outbox.validate().map_err(at)?,
        withheld: Withheld::default(),
    })
}

/// The three sections of a table.
fn sections(table: &Table) -> Table {
    let ours = table.iter().filter(|(key, _)| SECTIONS.contains(&key.as_str()));
    ours.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The same without what names something of one org.
fn without(sections: &Table) -> Table {
    let mut all = sections.clone();
    for (section, value) in &mut all {
        if let Some(keys) = value.as_table_mut() {
            keys.retain(|key, _| !is_of_one_org(&format!("{section}.{key}")));
        }
    }
    all
}

/// True if something of one org is named in this section.
fn names_an_org(sections: &Table, section: &str) -> bool {
    let keys = sections.get(section).and_then(Value::as_table).into_iter().flatten();
    let says = |value: &Value| match value {
        Value::String(text) => !text.is_empty(),
        Value::Table(inner) => !inner.is_empty(),
        _ => true,
    };
    keys.into_iter().any(|(key, value)| is_of_one_org(&format!("{section}.{key}")) && says(value))
}

/// `upper` over `lower`: of a key that both have the upper one's value counts.
fn laid_over(upper: &Table, lower: &Table) -> Table {
    let mut all = lower.clone();
    for (key, value) in upper {
        let value = match (value, lower.get(key)) {
            (Value::Table(upper), Some(Value::Table(lower))) => {
                Value::Table(laid_over(upper, lower))
            }
            _ => value.clone(),
        };
        all.insert(key.clone(), value);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, context::Asked},
        domain::outbox::Destination,
    };

    const FILE: &str = r#"
[contexts.east]
region = "Dublin"

[contexts.west]
region = "Dublin"

[contexts.west.intake]
listen = "127.0.0.1:8702"
modes.w = "off"

[contexts.other]
region = "Dublin"

[messaging]
deployment = "east's"
origin = "https://east.example"
greeting = "Good day"

[intake]
listen = "127.0.0.1:8701"
token = "env:BOTS"
queue = "east's"
wait_seconds = 20
modes.e = "auto"

[outbox]
wfm = "https://wfm.example/east"
timeout_seconds = 9
"#;

    fn in_org(text: &str, asked: Asked, said: Option<(&str, &str)>) -> Config {
        let env = |name: &str| {
            said.filter(|(variable, _)| *variable == name).map(|(_, value)| value.to_owned())
        };
        let config = Config::read(text, "config.toml", &env).unwrap();
        let org = config.contexts.resolve(&asked, &env).unwrap();
        config.in_context(&org)
    }

    fn of(name: &str) -> Config {
        let asked = Asked { context: Some(name.into()), ..Asked::default() };
        in_org(&format!("default_context = 'east'\n{FILE}"), asked, None)
    }

    #[test]
    fn addresses_and_ids_are_of_the_org_that_the_file_is_about() {
        let east = of("east");
        assert_eq!(east.messaging.unwrap().deployment, "east's");
        assert_eq!(east.intake.listen.unwrap().port(), 8701);
        assert_eq!(east.intake.rules.queue, Some("east's".into()));
        assert!(east.outbox.targets.contains_key(&Destination::Wfm));
        assert_eq!(east.withheld, Withheld::default());
    }

    #[test]
    fn another_org_has_none_of_them_and_is_told_why() {
        let other = of("other");
        assert_eq!((other.messaging, other.intake.listen), (None, None));
        assert_eq!(other.intake.rules, crate::policy::intake::Rules::default());
        assert!(other.outbox.targets.is_empty());
        let why = other.withheld.intake.unwrap();
        assert_eq!(why, "[intake] is for east alone; other needs a [contexts.other.intake]");
        // What shuts doors, and how long things take, is everybody's.
        assert!(other.intake.token.is_some());
        assert_eq!((other.intake.wait.as_secs(), other.outbox.timeout.as_secs()), (20, 9));
    }

    #[test]
    fn what_a_context_says_itself_holds_for_it_over_what_is_everybodys() {
        let west = of("west");
        assert_eq!(west.intake.listen.unwrap().port(), 8702);
        assert_eq!((west.intake.wait.as_secs(), west.intake.token.is_some()), (20, true));
        let rules = &west.intake.rules;
        assert_eq!(rules.modes.keys().collect::<Vec<_>>(), [&"w".into()]);
        assert_eq!((&rules.queue, &west.withheld.intake), (&None, &None));
        assert!(west.withheld.messaging.is_some() && west.withheld.outbox.is_some());
        // Over all of it where the file is about that org.
        let text = format!("default_context = 'west'\n{FILE}");
        let named = Asked { context: Some("west".into()), ..Asked::default() };
        let west = in_org(&text, named, None);
        assert_eq!(west.intake.listen.unwrap().port(), 8702);
        assert_eq!((west.intake.rules.modes.len(), west.messaging.is_some()), (2, true));
    }

    #[test]
    fn without_a_default_context_they_are_of_none_of_several_and_of_the_only_one() {
        let named = |name: &str| Asked { context: Some(name.into()), ..Asked::default() };
        let east = in_org(FILE, named("east"), None);
        assert_eq!((east.messaging, east.intake.listen), (None, None));
        assert!(east.withheld.messaging.unwrap().contains("default_context, which is not said"));
        let only = "[contexts.east]\nregion = 'Dublin'\n[intake]\nlisten = '127.0.0.1:8701'";
        assert!(in_org(only, named("east"), None).intake.listen.is_some());
        let elsewhere = Asked { base_url: Some("https://x.example".into()), ..named("east") };
        assert_eq!(in_org(only, elsewhere, None).intake.listen, None);
        let none = "[intake]\nlisten = '127.0.0.1:8701'";
        assert!(in_org(none, Asked::default(), None).intake.listen.is_some());
    }

    #[test]
    fn the_environment_is_about_the_org_that_this_process_is_told_of() {
        let named = Asked { context: Some("other".into()), ..Asked::default() };
        let said = ("WFM_WEBHOOK_URL", "https://wfm.example/other");
        let other = in_org(FILE, named, Some(said));
        assert_eq!(other.outbox.targets[&Destination::Wfm].as_str(), said.1);
    }

    #[test]
    fn what_is_wrong_in_a_context_is_named_with_its_place() {
        for (text, expected) in [
            ("[contexts.a.intake]\nwait_seconds = 61", ":3: contexts.a.intake.wait_seconds is 61"),
            ("[contexts.a.intake]\nwait_seconds = 'x'", ":3: contexts.a.intake.wait_seconds: it"),
            ("[contexts.a.intake]\nlissten = 'x'", ":3: there is no option contexts.a.intake.liss"),
            ("[contexts.a.intake.modes]\nq = 'always'", ":3: "),
            ("[contexts.a.messaging]\ndeployment = 'd'", ":2: contexts.a.messaging needs both"),
            ("[contexts.a.outbox]\nwfm = 'http://x.example'", ":3: contexts.a.outbox.wfm is refus"),
            ("[contexts.a.outbox]\nsecret = 'hunter2'", ":3: contexts.a.outbox.secret must be env"),
        ] {
            let text = format!("[contexts.a]\n{text}");
            let error = Config::parse(&text, "config.toml").unwrap_err().to_string();
            assert!(error.starts_with("config.toml:") && error.contains(expected), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

//! Reading the file: what is wrong with it is told with its place, as far as it can be.

use std::{fs, io, mem, path::Path};

use thiserror::Error;

use super::{
    Colour, Config, Context, DEFAULTS, Fault, Overrides, Written, alarms, context, doors,
    fault::Places,
    network::Network,
    origin::Environment,
    secret::{self, SecretSource},
};

/// Why a configuration can't be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It can't be read.
    #[error("{path} can't be read: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Something in it is unknown, of another kind, or nothing that a rule can work with.
    #[error("{}", said(path, faults))]
    Wrong {
        /// Which file.
        path: String,
        /// All that is wrong, as far as it can be told.
        faults: Vec<Fault>,
    },
    /// What the environment says in place of the file can't be used.
    #[error("{variable}: {what}")]
    Environment {
        /// Which variable.
        variable: &'static str,
        /// What it has to be.
        what: String,
    },
}

fn said(path: &str, faults: &[Fault]) -> String {
    faults.iter().map(|fault| fault.said(path).to_string()).collect::<Vec<_>>().join("\n")
}

impl Config {
    /// Reads a file; without one, the defaults. What the environment says counts for more.
    ///
    /// # Errors
    /// Names the file, and the place in it.
    pub fn load(path: Option<&Path>, env: Environment<'_>) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Self::read("", "the environment", env) };
        let shown = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: shown.clone(), source })?;
        Self::read(&text, &shown, env)
    }

    /// Reads `text`, the file that is known as `path`.
    ///
    /// # Errors
    /// Names the place in it, for all that is wrong.
    pub fn read(text: &str, path: &str, env: Environment<'_>) -> Result<Self, ConfigError> {
        let wrong = |mut faults: Vec<Fault>| {
            faults.sort_by_key(|fault| fault.line);
            ConfigError::Wrong { path: path.to_owned(), faults }
        };
        let (places, table) = Places::of(text).map_err(|fault| wrong(vec![fault]))?;
        let unknown = unknown(&places, table.get_ref());
        if !unknown.is_empty() {
            return Err(wrong(unknown));
        }
        let mut written: Written =
            toml::from_str(text).map_err(|error| wrong(vec![places.unread(&error)]))?;
        let alarms = alarms::read(mem::take(&mut written.alarms), alarms::Source { text, path });
        let alarms = alarms.map_err(|fault| wrong(vec![fault]))?;
        let overrides = Overrides::of(env);
        written.put(&overrides);
        let (default, named) =
            (mem::take(&mut written.default_context), mem::take(&mut written.contexts));
        let default = Some(default).filter(|name| !name.is_empty());
        let home = env("HOME");
        let network = mem::take(&mut written.network).read("network", home.as_deref());
        let network = network.map_err(|what| wrong(vec![places.unusable(what)]))?;
        let contexts = context::read(default, named, &places, home.as_deref());
        let config = written.validate().map_err(|what| match overrides.blamed(&what) {
            Some(variable) => ConfigError::Environment { variable, what },
            None => wrong(vec![places.unusable(what)]),
        })?;
        let mut contexts = contexts.map_err(wrong)?;
        contexts.network = Network::default().with(&network);
        let own = doors::read(text, &contexts, &overrides);
        let own = own.map_err(|what| wrong(vec![places.unusable(what)]))?;
        Ok(Self { alarms, contexts, overrides, own, ..config }.sealed())
    }

    /// The same, with every variable that a secret is in hidden from whatever is started.
    fn sealed(mut self) -> Self {
        let mut names: Vec<String> = secret::VARIABLES.map(str::to_owned).into();
        names.extend(self.secrets().filter_map(|it| it.variable().map(str::to_owned)));
        self.secrets().for_each(|source| source.hide(&names));
        Self { hidden: names, ..self }
    }

    /// Wherever a secret comes from.
    fn secrets(&mut self) -> impl Iterator<Item = &mut SecretSource> {
        let Self { contexts, intake, outbox, own, store, .. } = self;
        let doors = doors::secrets(intake, outbox).chain(own.secrets());
        contexts.secrets().chain(doors).chain(store.secret())
    }

    #[cfg(test)]
    pub(super) fn parse(text: &str, path: &str) -> Result<Self, ConfigError> {
        Self::read(text, path, &|_| None)
    }

    /// The same, as it is for one org: what is particular about that counts for more.
    #[must_use]
    pub fn in_context(mut self, context: &Context) -> Self {
        if let Some(store) = &context.store {
            self.store = store.value.clone();
        }
        self.safety.colour = self.colour_of(context);
        if let Some(doors) = self.own.of(context.label()).cloned() {
            (self.messaging, self.intake, self.outbox) =
                (doors.messaging, doors.intake, doors.outbox);
            self.withheld = doors.withheld;
        }
        self
    }

    /// The colour that one org is known by.
    pub fn colour_of(&self, context: &Context) -> Option<Colour> {
        // The colour of one org must not be worn by another.
        match (context.label(), &context.colour) {
            (Some(_), Some(colour)) => colour.value,
            _ => self.safety.colour,
        }
    }
}

/// The keys that are none.
fn unknown(places: &Places<'_>, table: &toml::de::DeTable<'_>) -> Vec<Fault> {
    // The embedded file names every option; what has none of its own is free.
    let mut known: toml::Table = toml::from_str(DEFAULTS).unwrap_or_default();
    let sections = known.clone();
    let keys = || {
        context::KEYS.map(|key| {
            // Some are sections that all contexts have in common, but for what each says itself.
            let section = sections.get(key).filter(|it| it.is_table()).cloned();
            (key.to_owned(), section.unwrap_or(toml::Value::Boolean(true)))
        })
    };
    let named = table.get("contexts").and_then(|it| it.get_ref().as_table());
    let contexts = named.into_iter().flatten();
    let contexts =
        contexts.map(|(name, _)| (name.get_ref().to_string(), keys().into_iter().collect()));
    let contexts = contexts.map(|(name, keys)| (name, toml::Value::Table(keys))).collect();
    known.insert("contexts".into(), toml::Value::Table(contexts));
    // Each of them looks at its own.
    known.insert("alarms".into(), toml::Value::Boolean(true));
    places.unknown("", table, &known)
}

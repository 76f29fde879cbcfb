//! One org by a name: where it is, as whom, and what is particular about it.
//!
//! ```text
//!   command line ─┐
//!   environment ──┼─▶ Context: each value with where it comes from
//!   the file ─────┘
//! ```
//! What stands further up counts for more. Nothing is read or asked here: a secret is where it can be had,
//! and the environment is a function.

#[cfg(test)]
mod tests;
mod written;

use serde::Deserialize;

use super::{
    network::Network,
    origin::{Environment, Given, Origin, variable},
    region::Region,
    safety::Colour,
    secret::{self, SecretSource},
    store::StoreAt,
};
use crate::domain::nearest::advice;

pub use self::written::{Contexts, Entry, KEYS};
pub(super) use self::written::{Written, read};
pub use crate::domain::dialect::Dialect;

/// Requests a minute that a token of Genesys Cloud may make.
pub const REQUESTS_PER_MINUTE: u32 = 300;

const REGION: [&str; 2] = ["GENESYS_REGION", "GENESYSCLOUD_REGION"];
const BASE_URL: [&str; 1] = ["GENESYS_BASE_URL"];
const LOGIN_URL: [&str; 1] = ["GENESYS_LOGIN_URL"];
const CLIENT_ID: [&str; 2] = ["GENESYS_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"];
const CLIENT_SECRET: [&str; 2] = [secret::VARIABLES[0], secret::VARIABLES[1]];

/// Who signs in with the OAuth client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignIn {
    /// The client itself, with its secret.
    #[default]
    Client,
    /// A person, by `floorwalker login`.
    Person,
}

impl SignIn {
    /// As the file spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Person => "person",
        }
    }
}

/// What the command line says of an org.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Which of the file's contexts.
    pub context: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Its API host.
    pub base_url: Option<String>,
    /// Its login host.
    pub login_url: Option<String>,
    /// Its routes.
    pub dialect: Option<Dialect>,
    /// Sessions to keep on the floor.
    pub watch: Vec<String>,
    /// Requests a minute that the client may make.
    pub requests_per_minute: Option<u32>,
    /// True if nothing may be changed.
    pub read_only: bool,
}

impl Asked {
    /// What it says where the org is another of the file's: whatever it says of the one that it names holds
    /// for that alone, but what keeps a hand from slipping holds for all.
    pub fn elsewhere(&self, name: &str) -> Self {
        Self { context: Some(name.to_owned()), read_only: self.read_only, ..Self::default() }
    }
}

/// Where an org is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its API host.
    pub base_url: String,
    /// The region that says so, if one does.
    pub region: Option<&'static Region>,
}

/// One org: everything that is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Its name in the file, if it is one of those.
    pub name: Option<Given<String>>,
    /// Where it is.
    pub host: Option<Given<Host>>,
    /// The login host, where it does not follow from the API's.
    pub login_url: Option<Given<String>>,
    /// Which routes it speaks.
    pub dialect: Given<Dialect>,
    /// Who signs in.
    pub sign_in: Given<SignIn>,
    /// The OAuth client.
    pub client_id: Option<Given<String>>,
    /// Where the client's secret can be had.
    pub secret: Option<Given<SecretSource>>,
    /// The only queues on the floor, by id or name; all where it is empty.
    pub queues: Given<Vec<String>>,
    /// Sessions to keep on the floor: a gateway lists none.
    pub watch: Given<Vec<String>>,
    /// Requests a minute that the client may make.
    pub requests_per_minute: Given<u32>,
    /// True if nothing may be changed.
    pub read_only: Given<bool>,
    /// The colour that the console shows its name in.
    pub colour: Option<Given<Option<Colour>>>,
    /// The store, where it has one of its own.
    pub store: Option<Given<StoreAt>>,
    /// How it is reached.
    pub network: Network,
    /// The names of the file's contexts, where nobody has said which of them is meant.
    pub unchosen: Vec<String>,
}

impl Contexts {
    /// The context of this name.
    ///
    /// # Errors
    /// If there is none; names the one that is most like it.
    pub fn find(&self, name: &str) -> Result<&Entry, String> {
        self.named.get(name).ok_or_else(|| {
            match self.named.is_empty() {
                false => format!("there is no context {name:?}{}", advice(name, self.names())),
                true => format!(
                    "there is no context {name:?}: the configuration has none; `floorwalker config init` \
                     makes one"
                ),
            }
        })
    }

    /// The org that the file is about: the one that is taken unasked, or the only one.
    pub fn about(&self) -> Option<&str> {
        let only = self.named.keys().next().filter(|_| self.named.len() == 1);
        let name = self.default.as_ref().map(|default| &default.value).or(only);
        name.map(String::as_str)
    }

    /// Whether the file is about the org that is known by this name, or by none. One that names no org is about
    /// any.
    pub fn is_about(&self, label: Option<&str>) -> bool {
        self.named.is_empty() || label.is_some() && label == self.about()
    }

    /// The names of all contexts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// Everything that is said of the org which the command line, the environment or the file names.
    ///
    /// # Errors
    /// If there is no context of that name, or something can't be used; says who has said it.
    pub fn resolve(&self, asked: &Asked, env: Environment<'_>) -> Result<Context, String> {
        let name = flag("--context", asked.context.as_ref())
            .or_else(|| variable(env, &["FLOORWALKER_CONTEXT"]))
            .or_else(|| self.default.clone());
        let entry = match &name {
            Some(name) => self.find(&name.value).map_err(|why| by(name.origin, &why))?.clone(),
            None => Entry::default(),
        };
        let host = host(asked, env, &entry)?;
        let login = login(asked, env, &entry, host.as_ref());
        // Another host is not shown this org's certificate.
        let own = Some(&entry.network).filter(|_| !is_elsewhere(host.as_ref()));
        let network = own.map_or(self.network.clone(), |own| self.network.clone().with(own));
        let dialect = asked.dialect.map(|it| Given::from(Origin::Flag("--dialect"), it));
        let secret = variable(env, &CLIENT_SECRET).map(named);
        let watch = Some(&asked.watch).filter(|all| !all.is_empty());
        let watch = watch.map(|all| Given::from(Origin::Flag("--watch"), all.clone()));
        let allowed = asked.requests_per_minute;
        let allowed = allowed.map(|n| Given::from(Origin::Flag("--requests-per-minute"), n));
        let unchosen = self.names().filter(|_| name.is_none()).map(str::to_owned).collect();
        Ok(Context {
            name,
            host,
            login_url: login,
            dialect: dialect.or(entry.dialect).unwrap_or(Given::default(Dialect::default())),
            sign_in: entry.sign_in.unwrap_or(Given::default(SignIn::default())),
            client_id: variable(env, &CLIENT_ID).or(entry.client_id),
            secret: secret.or(entry.secret),
            queues: entry.queues.unwrap_or(Given::default(Vec::new())),
            watch: watch.or(entry.watch).unwrap_or(Given::default(Vec::new())),
            requests_per_minute: allowed
                .or(entry.requests_per_minute)
                .unwrap_or(Given::default(REQUESTS_PER_MINUTE)),
            read_only: read_only(asked.read_only, entry.read_only),
            colour: entry.colour,
            store: entry.store,
            network,
            unchosen,
        })
    }
}

impl Context {
    /// The name by which the org is known here: on the screen, in the audit log, in the store. Where the
    /// command line or the environment says that it is elsewhere, it is not the org of that name.
    pub fn label(&self) -> Option<&str> {
        let elsewhere = is_elsewhere(self.host.as_ref());
        self.name.as_ref().filter(|_| !elsewhere).map(|name| name.value.as_str())
    }

    /// True if nothing may be changed.
    pub fn read_only(&self) -> bool {
        self.read_only.value
    }

    /// The context of the file that says so, if nothing may be changed; `None` where the command line says it, or
    /// nobody does.
    pub fn read_only_in(&self) -> Option<&str> {
        let of_file = self.read_only.value && matches!(self.read_only.origin, Origin::File(_));
        self.name.as_ref().filter(|_| of_file).map(|name| name.value.as_str())
    }

    /// Who says that nothing may be changed, to whoever has asked for a change.
    pub fn read_only_by(&self) -> String {
        match self.read_only_in() {
            Some(name) => format!("read_only of the context {name} in the configuration"),
            None => "--read-only".to_owned(),
        }
    }

    /// That one of the file's contexts has to be chosen, and how; `None` where one is, or there is none.
    pub fn choice(&self) -> Option<String> {
        let all = (!self.unchosen.is_empty()).then(|| self.unchosen.join(", "))?;
        Some(format!(
            "None of the configuration's contexts is chosen: --context NAME; there is {all}"
        ))
    }

    /// The option or the variable that says where the org is, or as whom, if one does: every context would be
    /// that org, and another one's host would be shown its secret.
    pub fn overruled_by(&self) -> Option<&'static str> {
        let said = [
            self.host.as_ref().map(|it| it.origin),
            self.login_url.as_ref().map(|it| it.origin),
            self.client_id.as_ref().map(|it| it.origin),
            self.secret.as_ref().map(|it| it.origin),
        ];
        said.into_iter().flatten().find_map(|origin| match origin {
            Origin::Flag(name) | Origin::Env(name) => Some(name),
            Origin::Default | Origin::File(_) | Origin::OfAnother(_) => None,
        })
    }
}

/// True if the command line or the environment says where the org is.
fn is_elsewhere(host: Option<&Given<Host>>) -> bool {
    host.is_some_and(|it| it.origin.rank() > FILE.rank())
}

/// Any line of a file.
const FILE: Origin = Origin::File(0);

fn flag(name: &'static str, value: Option<&String>) -> Option<Given<String>> {
    value.map(|value| Given::from(Origin::Flag(name), value.clone()))
}

/// What is wrong, by who has said it.
fn by(origin: Origin, why: &str) -> String {
    match origin {
        Origin::Flag(name) | Origin::Env(name) => format!("{name}: {why}"),
        Origin::Default | Origin::File(_) | Origin::OfAnother(_) => why.to_owned(),
    }
}

/// A secret stays in the variable that holds it.
fn named(secret: Given<String>) -> Given<SecretSource> {
    let name = if let Origin::Env(name) = secret.origin { name } else { "" };
    Given::from(secret.origin, SecretSource::Env(name.into()))
}

/// Neither the command line nor the file can make the other's read-only undone.
fn read_only(asked: bool, entry: Option<Given<bool>>) -> Given<bool> {
    match asked {
        true => Given::from(Origin::Flag("--read-only"), true),
        false => entry.unwrap_or(Given::default(false)),
    }
}

/// Where the org is: by a base URL or a region, whichever is said by who counts for more.
fn host(asked: &Asked, env: Environment<'_>, entry: &Entry) -> Result<Option<Given<Host>>, String> {
    let region = |text: Given<String>| {
        let region = Region::named(&text.value).map_err(|why| by(text.origin, &why))?;
        Ok::<_, String>(Given::from(text.origin, region))
    };
    let flags =
        (flag("--region", asked.region.as_ref()), flag("--base-url", asked.base_url.as_ref()));
    let variables = (variable(env, &REGION), variable(env, &BASE_URL));
    for (place, base) in [flags, variables] {
        if place.is_some() || base.is_some() {
            return one(place.map(region).transpose()?, base).map(Some);
        }
    }
    match (entry.region.clone(), entry.base_url.clone()) {
        (None, None) => Ok(None),
        (region, base) => one(region, base).map(Some),
    }
}

/// A base URL, a region, or both if they say the same.
fn one(
    region: Option<Given<&'static Region>>,
    base: Option<Given<String>>,
) -> Result<Given<Host>, String> {
    match (region, base) {
        (region, Some(base)) => {
            if let Some(region) = &region {
                written::agree(region.value, &base.value).map_err(|why| by(base.origin, &why))?;
            }
            let region = region.map(|it| it.value);
            Ok(Given::from(base.origin, Host { base_url: base.value, region }))
        }
        (Some(region), None) => {
            let host = Host { base_url: region.value.base_url(), region: Some(region.value) };
            Ok(Given::from(region.origin, host))
        }
        (None, None) => Err("neither a region nor a base URL is given".into()),
    }
}

/// The login host. One that was said for another API host would give that one's secret away.
fn login(
    asked: &Asked,
    env: Environment<'_>,
    entry: &Entry,
    host: Option<&Given<Host>>,
) -> Option<Given<String>> {
    let said = flag("--login-url", asked.login_url.as_ref())
        .or_else(|| variable(env, &LOGIN_URL))
        .or_else(|| entry.login_url.clone());
    let least = host.map_or(0, |host| host.origin.rank().min(ENVIRONMENT.rank()));
    said.filter(|said| said.origin.rank() >= least)
}

/// Any variable.
const ENVIRONMENT: Origin = Origin::Env("");

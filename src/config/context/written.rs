//! `[contexts.*]`: the orgs that the file names, each with what it is reached by.

use std::{collections::BTreeMap, marker::PhantomData};

use serde::Deserialize;
use toml::Spanned;

use super::{Dialect, SignIn};
use crate::{
    config::{
        door::Door,
        doors,
        fault::{Fault, Places},
        intake, network,
        origin::{Given, Origin},
        outbox::Outbox,
        region::Region,
        safety::{Colour, Shade},
        secret::SecretSource,
        store::StoreAt,
    },
    policy::address::Address,
};

/// The keys of a context, as the file spells them.
pub const KEYS: [&str; 19] = [
    "region",
    "base_url",
    "login_url",
    "dialect",
    "sign_in",
    "client_id",
    "client_secret_env",
    "client_secret_file",
    "client_secret_command",
    "queues",
    "watch",
    "requests_per_minute",
    "read_only",
    "colour",
    "store",
    "network",
    "messaging",
    "intake",
    "outbox",
];

/// The orgs that the file names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contexts {
    /// Which is taken where none is asked for.
    pub default: Option<Given<String>>,
    /// All of them, by name.
    pub named: BTreeMap<String, Entry>,
    /// How all of them are reached, but for what each says of it.
    pub network: network::Network,
}

/// One org, as the file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    pub(super) region: Option<Given<&'static Region>>,
    pub(super) base_url: Option<Given<String>>,
    pub(super) login_url: Option<Given<String>>,
    pub(super) dialect: Option<Given<Dialect>>,
    pub(super) sign_in: Option<Given<SignIn>>,
    pub(super) client_id: Option<Given<String>>,
    pub(super) secret: Option<Given<SecretSource>>,
    pub(super) queues: Option<Given<Vec<String>>>,
    pub(super) watch: Option<Given<Vec<String>>>,
    pub(super) requests_per_minute: Option<Given<u32>>,
    pub(super) read_only: Option<Given<bool>>,
    pub(super) colour: Option<Given<Option<Colour>>>,
    pub(super) store: Option<Given<StoreAt>>,
    pub(in crate::config) network: network::Said,
}

/// A context, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Written {
    region: Option<Spanned<String>>,
    base_url: Option<Spanned<String>>,
    login_url: Option<Spanned<String>>,
    dialect: Option<Spanned<Dialect>>,
    sign_in: Option<Spanned<SignIn>>,
    client_id: Option<Spanned<String>>,
    client_secret_env: Option<Spanned<String>>,
    client_secret_file: Option<Spanned<String>>,
    client_secret_command: Option<Spanned<String>>,
    queues: Option<Spanned<Vec<String>>>,
    watch: Option<Spanned<Vec<String>>>,
    requests_per_minute: Option<Spanned<u32>>,
    read_only: Option<Spanned<bool>>,
    colour: Option<Spanned<Shade>>,
    store: Option<Spanned<String>>,
    network: Option<network::Written>,
    #[serde(default, deserialize_with = "doors::checked")]
    messaging: PhantomData<Door>,
    #[serde(default, deserialize_with = "doors::checked")]
    intake: PhantomData<intake::Written>,
    #[serde(default, deserialize_with = "doors::checked")]
    outbox: PhantomData<Outbox>,
}

/// Reads the contexts of a file.
///
/// # Errors
/// Everything that is wrong with them.
pub(in crate::config) fn read(
    default: Option<String>,
    written: BTreeMap<String, Written>,
    places: &Places<'_>,
    home: Option<&str>,
) -> Result<Contexts, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut named = BTreeMap::new();
    for (name, written) in written {
        let mut reader = Reader { name: &name, places, home, faults: &mut faults };
        let entry = reader.entry(written);
        named.insert(name, entry);
    }
    let line = places.line_of("default_context").unwrap_or(1);
    let contexts = Contexts {
        default: default.map(|name| Given::from(Origin::File(line), name)),
        named,
        ..Contexts::default()
    };
    if let Some(Err(what)) = contexts.default.as_ref().map(|it| contexts.find(&it.value)) {
        faults.push(Fault::at(line, format!("default_context: {what}")));
    }
    if faults.is_empty() { Ok(contexts) } else { Err(faults) }
}

/// Reads one context, and notes what is wrong.
struct Reader<'a> {
    name: &'a str,
    places: &'a Places<'a>,
    home: Option<&'a str>,
    faults: &'a mut Vec<Fault>,
}

impl Reader<'_> {
    fn entry(&mut self, mut written: Written) -> Entry {
        self.check_name();
        self.check_secrets(&written);
        let network = self.network(written.network.take());
        let secret = self.secret(&written);
        let entry = Entry {
            region: self.given("region", written.region, |text| Region::named(&text)),
            base_url: self.given("base_url", written.base_url, address),
            login_url: self.given("login_url", written.login_url, address),
            dialect: self.given("dialect", written.dialect, Ok),
            sign_in: self.given("sign_in", written.sign_in, Ok),
            client_id: self.given("client_id", written.client_id, filled),
            secret,
            queues: self.given("queues", written.queues, Ok),
            watch: self.given("watch", written.watch, Ok),
            requests_per_minute: self.given(
                "requests_per_minute",
                written.requests_per_minute,
                at_least_one,
            ),
            read_only: self.given("read_only", written.read_only, Ok),
            colour: self.given("colour", written.colour, |shade| Ok(shade.colour())),
            store: self.given("store", written.store, |text| {
                StoreAt::parse(&text).map_err(|why| why.trim_start_matches("store ").to_owned())
            }),
            network,
        };
        let speaks = entry.dialect.as_ref().map(|dialect| dialect.value).unwrap_or_default();
        self.check_sign_in(&entry, speaks);
        if let (Some(region), Some(base)) = (&entry.region, &entry.base_url)
            && let Err(why) = agree(region.value, &base.value)
        {
            self.fault("base_url", base.origin, &why);
        }
        entry
    }

    fn network(&mut self, written: Option<network::Written>) -> network::Said {
        let section = format!("contexts.{}.network", self.name);
        let read = written.unwrap_or_default().read(&section, self.home);
        read.unwrap_or_else(|what| {
            self.faults.push(self.places.unusable(what));
            network::Said::default()
        })
    }

    fn check_name(&mut self) {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(fits) {
            let line = self.places.line_of(&format!("contexts.{}", self.name));
            let what = format!(
                "contexts.{}: the name of a context is 1 to 64 letters, digits, -, _ and .",
                self.name
            );
            self.faults.push(Fault { line, what });
        }
    }

    /// A person proves who they are to the login host, with a client that has no secret.
    fn check_sign_in(&mut self, entry: &Entry, speaks: Dialect) {
        let person = |it: &&Given<SignIn>| it.value == SignIn::Person;
        let Some(sign_in) = entry.sign_in.as_ref().filter(person) else { return };
        if speaks == Dialect::Gateway {
            self.fault(
                "sign_in",
                sign_in.origin,
                "is \"client\" for a gateway: persons sign in to none",
            );
        }
        if entry.secret.is_some() {
            let why = "is \"person\", whose client has no secret: leave client_secret_… out";
            self.fault("sign_in", sign_in.origin, why);
        }
    }

    /// Two ways at once would leave open which of the two secrets is meant.
    fn check_secrets(&mut self, written: &Written) {
        let ways = [
            ("client_secret_env", &written.client_secret_env),
            ("client_secret_file", &written.client_secret_file),
            ("client_secret_command", &written.client_secret_command),
        ];
        let given: Vec<_> = ways.iter().filter_map(|(k, way)| Some((*k, way.as_ref()?))).collect();
        if let [(first, _), .., (last, way)] = given.as_slice() {
            let line = self.places.line(way.span().start);
            let why = format!("{first} is given too; give one of them");
            self.fault(last, Origin::File(line), &why);
        }
    }

    fn secret(&mut self, written: &Written) -> Option<Given<SecretSource>> {
        let env = self.given("client_secret_env", written.client_secret_env.clone(), |name| {
            filled(name).map(SecretSource::Env)
        });
        let home = self.home.map(str::to_owned);
        let file = self.given("client_secret_file", written.client_secret_file.clone(), |text| {
            whole(&text, home.as_deref())
        });
        let line = written.client_secret_command.clone();
        let command = self.given("client_secret_command", line, |line| {
            filled(line).map(|line| SecretSource::Command(line.as_str().into()))
        });
        env.or(file).or(command)
    }

    /// What the file says for this key; what is wrong with it is noted.
    fn given<T, U>(
        &mut self,
        key: &str,
        written: Option<Spanned<T>>,
        read: impl FnOnce(T) -> Result<U, String>,
    ) -> Option<Given<U>> {
        let written = written?;
        let origin = Origin::File(self.places.line(written.span().start));
        match read(written.into_inner()) {
            Ok(value) => Some(Given { value, origin }),
            Err(why) => {
                self.fault(key, origin, &why);
                None
            }
        }
    }

    fn fault(&mut self, key: &str, origin: Origin, why: &str) {
        let line = if let Origin::File(line) = origin { Some(line) } else { None };
        // What begins with a verb goes on from the key.
        let verb = ["is ", "must ", "holds "].iter().any(|verb| why.starts_with(verb));
        let joint = if verb { "" } else { ":" };
        let what = format!("contexts.{}.{key}{joint} {why}", self.name);
        self.faults.push(Fault { line, what });
    }
}

/// A base URL beside a region has to be of that region.
pub(super) fn agree(region: &Region, base: &str) -> Result<(), String> {
    let theirs = region.base_url();
    if base.trim_end_matches('/') == theirs {
        return Ok(());
    }
    Err(format!("it contradicts the region {}, which is {theirs}; give one of them", region.name))
}

fn address(text: String) -> Result<String, String> {
    Address::parse(&text).map(|_| text.trim_end_matches('/').to_owned())
}

fn filled(text: String) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("is empty".into()) } else { Ok(text.to_owned()) }
}

fn at_least_one(many: u32) -> Result<u32, String> {
    if many == 0 { Err("is 0: it must be at least 1".into()) } else { Ok(many) }
}

/// The file of a secret, by its whole path.
fn whole(text: &str, home: Option<&str>) -> Result<SecretSource, String> {
    let path = match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => format!("{}/{rest}", home.trim_end_matches('/')),
        _ => text.to_owned(),
    };
    match path.starts_with('/') {
        true => Ok(SecretSource::File(path.into())),
        false => Err("must be a path that begins with / or ~/".into()),
    }
}

impl Contexts {
    /// Wherever a secret of an org comes from.
    pub(in crate::config) fn secrets(&mut self) -> impl Iterator<Item = &mut SecretSource> {
        let Self { named, network, .. } = self;
        let own = named.values_mut().flat_map(|entry| {
            let secret = entry.secret.as_mut().map(|it| &mut it.value);
            let store = entry.store.as_mut().and_then(|it| it.value.secret());
            secret.into_iter().chain(store).chain(entry.network.secret())
        });
        own.chain(network.secret())
    }

    /// What is wrong with the files of secrets that the contexts name. Nothing is fetched: a program may
    /// ask its owner for a password.
    pub fn unfit_secrets(&self) -> Vec<Fault> {
        let secrets = self.named.iter().filter_map(|(name, it)| Some((name, it.secret.as_ref()?)));
        let unfit = secrets.filter_map(|(name, secret)| {
            let why = secret.value.look().err()?;
            let line = if let Origin::File(line) = secret.origin { Some(line) } else { None };
            let what = format!("contexts.{name}.client_secret_file: {why}");
            Some(Fault { line, what })
        });
        unfit.collect()
    }
}

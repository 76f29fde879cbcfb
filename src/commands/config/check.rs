//! `floorwalker config check`: whether it can be used, and what of it others overrule.

use jiff::Timestamp;

use super::Place;
use crate::{
    args::Org,
    commands::{Failure, context, keymap, listing::put},
    config::{Config, Context, Fault, context::Asked, origin::Origin},
    console::app::begin::Begin,
    domain::text::Plain,
    intake::OpenError,
};

/// Checks file, contexts, files of secrets and keymap, and says what it found. Nothing is asked or sent.
pub fn run(org: &Org, at: &Place) -> Result<(), Failure> {
    let file = at.name();
    let text = at.text()?;
    let written = text.as_deref().unwrap_or_default();
    let config = Config::read(written, &file, &context::variable)?;
    let mut begin = Begin::default();
    let mut unfit = config.contexts.unfit_secrets();
    unfit.extend(config.contexts.unfit_network_files(written));
    unfit.extend(begin.columns(&config.columns).err().map(|why| Fault::of(written, why)));
    unfit.extend(exposed(&config, written));
    unfit.sort_by_key(|fault| fault.line);
    if !unfit.is_empty() {
        let lines: Vec<String> = unfit.iter().map(|fault| fault.said(&file).to_string()).collect();
        return Err(Failure::usage(lines.join("\n")));
    }
    begin.alarms(&config.alarms, Timestamp::now()).map_err(Failure::usage)?;
    let org = context::resolve(org, &config)?;
    keymap::load(Some(&at.path))?;
    let mut found = vec![match text {
        Some(_) => format!("{file}: nothing is wrong with it"),
        None => format!("{file}: there is none, so the defaults hold"),
    }];
    found.extend(contexts(&config));
    found.extend(config.own.withheld().map(|(name, why)| format!("{name}: {why}")));
    found.extend(overruled(&config, &org));
    put(|out| found.iter().try_for_each(|line| writeln!(out, "{}", Plain::new(line))))
}

/// The listeners that would not be opened, since anybody could call them: of the orgs that the file names, or else
/// of any. One that is only looked at takes nothing in.
fn exposed(config: &Config, written: &str) -> Vec<Fault> {
    let refused = |listen| OpenError::Unguarded(listen).to_string();
    if config.contexts.names().next().is_none() {
        let listen = config.intake.exposed();
        return listen.map(|at| Fault::of(written, refused(at))).into_iter().collect();
    }
    let of_org = |name: &str| {
        let asked = Asked { context: Some(name.to_owned()), ..Asked::default() };
        let org = config.contexts.resolve(&asked, &|_| None).ok()?;
        let listen = config.clone().in_context(&org).intake.exposed();
        let what = refused(listen.filter(|_| !org.read_only())?);
        // What it does not say itself it has from the section that is everybody's.
        let own = Fault::of(written, format!("contexts.{name}.{what}"));
        Some(if own.line.is_some() { own } else { Fault::of(written, what) })
    };
    config.contexts.names().filter_map(of_org).collect()
}

fn contexts(config: &Config) -> Vec<String> {
    let names: Vec<&str> = config.contexts.names().collect();
    match (names.as_slice(), &config.contexts.default) {
        ([], _) => vec!["no context; `floorwalker config init` makes one".into()],
        (names, None) => vec![format!("contexts: {}; none is taken unasked", names.join(", "))],
        (names, Some(it)) => {
            vec![format!("contexts: {}; {} is taken unasked", names.join(", "), it.value)]
        }
    }
}

/// What the environment says in place of the file.
fn overruled(config: &Config, org: &Context) -> Vec<String> {
    let name = org.name.as_ref().map(|name| format!("contexts.{}.", name.value));
    let said = |key: &str, origin: Option<Origin>| match (&name, origin) {
        (Some(name), Some(Origin::Env(variable))) => Some((variable, format!("{name}{key}"))),
        _ => None,
    };
    let region = org.host.as_ref().is_some_and(|host| host.value.region.is_some());
    let of_org = [
        said(if region { "region" } else { "base_url" }, org.host.as_ref().map(|it| it.origin)),
        said("login_url", org.login_url.as_ref().map(|it| it.origin)),
        said("client_id", org.client_id.as_ref().map(|it| it.origin)),
        said("client_secret", org.secret.as_ref().map(|it| it.origin)),
    ];
    let rest = config.overrides.all().filter_map(|(key, given)| match given.origin {
        Origin::Env(variable) => Some((variable, key.to_owned())),
        _ => None,
    });
    let all = of_org.into_iter().flatten().chain(rest);
    all.map(|(variable, key)| format!("{variable} in the environment counts before {key}"))
        .collect()
}

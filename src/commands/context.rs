//! Which org this process is told of: the command line, this process's environment and the file together. And
//! which others there are.

use std::path::{Path, PathBuf};

use super::{Failure, keymap};
use crate::{
    args::{Looks, Org},
    config::{
        Config, Context, Overrides,
        context::{Asked, Host},
        origin::Environment,
    },
    console::{
        keys::Keymap,
        orgs::{self, Orgs},
    },
};

/// The org that `org`, the environment and the file name. Nothing is asked or sent yet.
///
/// # Errors
/// If they name none of the file's, or something that can't be used.
pub fn resolve(org: &Org, config: &Config) -> Result<Context, Failure> {
    find(&asked(org)?, config)
}

fn asked(org: &Org) -> Result<Asked, Failure> {
    org.asked().ok_or_else(|| {
        Failure::usage("--dialect both is for the built-in contact centre: an org speaks one")
    })
}

fn find(asked: &Asked, config: &Config) -> Result<Context, Failure> {
    config.contexts.resolve(asked, &variable).map_err(Failure::usage)
}

/// What a variable of this process's environment holds.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where orgs are looked for, each time anew: what is corrected in the file holds for the next one.
#[derive(Clone, Debug)]
pub struct Atlas {
    asked: Asked,
    at: Option<PathBuf>,
    looks: Looks,
    /// The one that this process was started on: what the file calls it by now says nothing of that.
    started: Option<String>,
}

/// One org as it was found.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The org.
    pub org: Context,
    /// The configuration as it is for that.
    pub config: Config,
    /// The orgs that can be gone to from there.
    pub orgs: Orgs,
}

impl Atlas {
    /// By this command line and the file `at`.
    ///
    /// # Errors
    /// If the command line is not about an org.
    pub fn of(org: &Org, at: Option<&Path>, looks: Looks) -> Result<Self, Failure> {
        Ok(Self { asked: asked(org)?, at: at.map(Path::to_owned), looks, started: None })
    }

    /// The org that this process was started for.
    ///
    /// # Errors
    /// If something in the file can't be used, or no context is called so.
    pub fn first(&mut self) -> Result<Spot, Failure> {
        let config = self.config(&variable)?;
        let org = find(&self.asked, &config)?;
        self.started = org.name.as_ref().map(|name| name.value.clone());
        Ok(self.spot(org, config))
    }

    /// The org of this name.
    ///
    /// # Errors
    /// As [`first`](Self::first); and if an option or a variable says of every context which org it is.
    pub fn named(&self, name: &str) -> Result<Spot, Failure> {
        // Whom to tell, and where to hand over to, was said of the first org too.
        let config = match self.started_on(name) {
            true => self.config(&variable)?,
            false => self.config(&Overrides::left_out(&variable))?,
        };
        let org = find(&self.asked_of(name), &config)?;
        match org.overruled_by() {
            Some(who) => Err(Failure::usage(overruled(who))),
            None => Ok(self.spot(org, config)),
        }
    }

    fn spot(&self, org: Context, config: Config) -> Spot {
        // Before the configuration is that of one org, whose colour another must not wear.
        let orgs = self.orgs(&org, &config);
        let config = config.in_context(&org);
        Spot { org, config, orgs }
    }

    /// The person's keys.
    ///
    /// # Errors
    /// If they can't be used.
    pub fn keymap(&self) -> Result<Keymap, Failure> {
        keymap::load(self.at.as_deref())
    }

    /// The orgs that can be gone to from `here`.
    fn orgs(&self, here: &Context, config: &Config) -> Orgs {
        if let Some(who) = here.overruled_by() {
            return Orgs::none(overruled(who));
        }
        let org = |name| {
            let it = config.contexts.resolve(&self.asked_of(name), &variable).ok()?;
            Some(orgs::Org {
                name: name.into(),
                place: place(it.host.as_ref().map(|host| &host.value)).into(),
                colour: config.colour_of(&it),
                read_only: it.read_only(),
                here: here.label() == Some(name),
            })
        };
        let all: Vec<orgs::Org> = config.contexts.names().filter_map(org).collect();
        match all.as_slice() {
            [] => {
                Orgs::none("The configuration names no context: floorwalker config init makes one")
            }
            [only] => Orgs::none(format!(
                "{} is the only context of the configuration: floorwalker config init makes another",
                only.name
            )),
            _ => Orgs::of(all),
        }
    }

    fn config(&self, env: Environment<'_>) -> Result<Config, Failure> {
        let mut config = Config::load(self.at.as_deref(), env)?;
        self.looks.change(&mut config.console);
        Ok(config)
    }

    fn started_on(&self, name: &str) -> bool {
        self.started.as_deref() == Some(name)
    }

    /// What the command line says of the org of this name: what it says of the one that it names is of no
    /// other.
    fn asked_of(&self, name: &str) -> Asked {
        match self.started_on(name) {
            true => Asked { context: Some(name.to_owned()), ..self.asked.clone() },
            false => self.asked.elsewhere(name),
        }
    }
}

fn overruled(who: &str) -> String {
    format!("{who} says of every context which org it is: start without it to go to another")
}

/// Where an org is, for people.
fn place(host: Option<&Host>) -> String {
    match host {
        None => "nobody says where it is".to_owned(),
        Some(Host { region: Some(region), .. }) => format!("{}, {}", region.place, region.name),
        Some(Host { base_url, .. }) => {
            base_url.split_once("://").map_or(base_url.as_str(), |(_, host)| host).to_owned()
        }
    }
}

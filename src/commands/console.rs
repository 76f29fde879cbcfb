//! `floorwalker`: the console on an org, and on the next one that is gone to from there; and what it shares
//! with the demo.

mod engines;
mod work;

use std::{
    collections::HashMap,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{
    Failure, audit,
    context::{Atlas, Spot},
    paths, who,
};
use crate::{
    args::Filters,
    config::{Config, secret::Manner},
    console::{
        self, Ending, Left, Prepare, Seat, Settings, app::begin::Begin, keys::Keymap, orgs::Orgs,
    },
    domain::{audit::Account, flight::Owner, text::Plain},
    engine::{self, Handle, Witness, clock::Clock, outbox::OutboxTerms, reception::Terms},
    genesys::Dialect,
    intake::Server,
};

pub use self::{
    engines::{Backstage, Engines},
    work::{Work, watch, work},
};

/// Opens the console on the org of the command line, and then on each that is gone to from there.
///
/// # Errors
/// If there is no terminal, or something is missing that no waiting would bring.
pub fn run(mut atlas: Atlas, filters: &Filters) -> Result<ExitCode, Failure> {
    let spot = atlas.first()?;
    let (begin, keymap) = (begin(&spot.config, filters)?, atlas.keymap()?);
    require_terminal()?;
    let mut next = Visit::to(spot, begin, keymap, Manner::AtTerminal)?;
    let people = Arc::new(People::default());
    let known = Arc::clone(&people);
    let prepare: Prepare<Visit> =
        Arc::new(move |name| visit(&atlas, name, &known).map_err(on_a_line));
    let (mut seat, mut engines) = (seat(&next.settings)?, Engines::default());
    loop {
        let Visit { work, settings } = next;
        people.note(work.org().0, work.account());
        let handle = engines.begin(|backstage| work.begin(backstage))?;
        match seat.run(handle, &settings, &prepare).map_err(unusable)? {
            Left::Ended(ending) => {
                drop(seat);
                let code = farewell(ending);
                engines.leave();
                return Ok(code);
            }
            Left::For(ready, arrival) => {
                next = ready;
                next.settings.arrival = Some(arrival);
            }
        }
    }
}

/// As whom each org was opened on this screen. Whoever signs in meanwhile at another terminal of the same account
/// must not find themselves acting here as if they were the one who began.
#[derive(Debug, Default)]
struct People(Mutex<HashMap<Plain, Account>>);

impl People {
    /// Notes as whom an org is opened; the first one counts.
    fn note(&self, org: Plain, who: Option<Account>) {
        if let Some(who) = who {
            self.known().entry(org).or_insert(who);
        }
    }

    /// Fails if it is somebody else than the last time.
    fn check(&self, org: &Plain, now: Option<Account>) -> Result<(), Failure> {
        let known = self.known();
        match known.get(org).zip(now) {
            Some((before, now)) if before.id != now.id => Err(Failure::usage(format!(
                "{} has signed in to {org} here meanwhile, and you were {}: leave, and start again as them",
                now.label(),
                before.label()
            ))),
            _ => Ok(()),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Plain, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An org that is ready to be gone to.
struct Visit {
    work: Work,
    settings: Settings,
}

impl Visit {
    fn to(spot: Spot, begin: Begin, keymap: Keymap, manner: Manner) -> Result<Self, Failure> {
        let Spot { org, config, orgs } = spot;
        let work = Work::on(&org, &config, manner)?;
        if !org.read_only() {
            audit::key::settle();
        }
        let (context, dialect) = work.org();
        let opened =
            Opened { begin, memory: paths::memory(), keymap, named: org.label().is_some() };
        let settings = on_screen(context, (dialect, org.read_only()), &config, opened);
        let read_only_in = org.read_only_in().map(Plain::new);
        Ok(Self { work, settings: Settings { orgs, read_only_in, ..settings } })
    }
}

/// Makes the org of this name ready, while another one's console has the terminal.
fn visit(atlas: &Atlas, name: &str, people: &People) -> Result<Visit, Failure> {
    let spot = atlas.named(name)?;
    // What the command line looks for is looked for at the start alone.
    let begin = begin(&spot.config, &Filters::default())?;
    let visit = Visit::to(spot, begin, atlas.keymap()?, Manner::Apart)?;
    people.check(&visit.work.org().0, visit.work.account())?;
    visit.work.tried()?;
    Ok(visit)
}

/// Why an org is not ready, as the console says it.
fn on_a_line(failure: Failure) -> String {
    failure.message.lines().map(str::trim).collect::<Vec<_>>().join(" — ")
}

/// Where webhooks are taken in, for people.
pub fn at(server: &Server) -> Plain {
    Plain::new(&format!("http://{}", server.address()))
}

/// A console needs a screen and keys.
pub fn require_terminal() -> Result<(), Failure> {
    console::ensure_terminal().map_err(|e| Failure::usage(e.to_string()))
}

fn seat(settings: &Settings) -> Result<Seat, Failure> {
    Seat::take(settings).map_err(unusable)
}

fn unusable(error: console::ConsoleError) -> Failure {
    Failure::other(error.to_string())
}

/// What an engine of this process is told. It tells nobody else, unless somebody names them.
pub fn settings(context: Plain, owner: Owner, config: Config) -> engine::Settings {
    engine::Settings {
        actor: who::actor(),
        owner,
        context,
        grace: config.grace,
        defer: config.defer,
        late: config.late,
        handbook: config.handbook,
        intake: Terms {
            rules: config.intake.rules,
            wait: config.intake.wait,
            expire: config.intake.expire,
            ..Terms::default()
        },
        outbox: OutboxTerms::default(),
        witness: Witness::default(),
        clock: Clock::System,
    }
}

/// The only console on this terminal.
pub fn on_terminal(handle: Handle, settings: &Settings) -> Result<ExitCode, Failure> {
    console::run(handle, settings).map(farewell).map_err(unusable)
}

/// Says how the console ended, where that was not by a key.
fn farewell(ending: Ending) -> ExitCode {
    if let Some(said) = ending.farewell() {
        // Who has no terminal any more need not hear it.
        let _ = writeln!(
            io::stderr(),
            "floorwalker: {said}; what had not left by then was called back"
        );
    }
    ExitCode::from(ending.exit_code())
}

/// How the console begins.
pub struct Opened {
    /// What it was told.
    pub begin: Begin,
    /// Where it remembers; `None` for nowhere.
    pub memory: Option<PathBuf>,
    /// Keys to actions.
    pub keymap: Keymap,
    /// Whether the org is known by the name of its context.
    pub named: bool,
}

/// What the command line and the configuration tell the console to begin with.
///
/// # Errors
/// If a filter or an alarm can't be read, or a column is none.
pub fn begin(config: &Config, filters: &Filters) -> Result<Begin, Failure> {
    let mut begin = Begin::default();
    begin.columns(&config.columns).map_err(Failure::usage)?;
    begin.alarms(&config.alarms, Timestamp::now()).map_err(Failure::usage)?;
    for text in &filters.filter {
        let read = begin.filter(text, Timestamp::now());
        read.map_err(|why| Failure::usage(format!("--filter: {why}")))?;
    }
    Ok(begin)
}

/// How the console of an org is to be, by the configuration as it is for that.
fn on_screen(
    context: Plain,
    (dialect, read_only): (Dialect, bool),
    config: &Config,
    opened: Opened,
) -> Settings {
    let mut withheld = config.withheld.clone();
    if dialect == Dialect::Gateway {
        // Its guests come through no deployment.
        withheld.messaging = None;
    }
    Settings {
        read_only,
        withheld,
        // A gateway has no route for it.
        lists_sessions: dialect == Dialect::Platform,
        handbook: config.handbook.clone(),
        grace: config.grace,
        bell: config.intake.bell,
        safety: config.safety,
        keymap: opened.keymap,
        begin: opened.begin,
        memory: opened.memory,
        named: opened.named,
        ..Settings::new(context).on_this_terminal(config.console)
    }
}

/// Shows a console at once, and does everything that takes time behind it. `front` is where it is shown.
pub fn show<F>(
    context: Plain,
    spoken: (Dialect, bool),
    (config, opened): (&Config, Opened),
    front: impl FnOnce(Handle, &Settings) -> Result<ExitCode, Failure>,
    backstage: impl FnOnce(Backstage) -> F + Send + 'static,
) -> Result<ExitCode, Failure>
where
    F: Future<Output = ()>,
{
    let mut engines = Engines::default();
    let handle = engines.begin(backstage)?;
    let orgs =
        Orgs::none("The demo is the only contact centre here: orgs are in the configuration");
    let settings = on_screen(context, spoken, config, opened);
    let code = front(handle, &Settings { orgs, ..settings })?;
    engines.leave();
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_org_is_gone_back_to_as_whom_it_was_opened_or_not_at_all() {
        let account = |id: &str| Some(Account { id: id.into(), name: None });
        let (people, prod) = (People::default(), Plain::new("prod"));
        people.check(&prod, account("sam")).unwrap();
        for who in [None, account("robin"), account("sam")] {
            people.note(prod.clone(), who);
        }
        for who in [None, account("robin")] {
            people.check(&prod, who).unwrap();
        }
        let why = people.check(&prod, account("sam")).unwrap_err().message;
        assert!(why.starts_with("sam has signed in to prod here meanwhile"), "{why}");
        assert!(why.contains("you were robin"), "{why}");
        people.check(&"test".into(), account("sam")).unwrap();
    }
}

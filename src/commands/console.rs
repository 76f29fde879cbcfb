//! `floorwalker`: the console on an org; and what it shares with the demo.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
    sync::mpsc::{RecvTimeoutError, channel},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use super::{
    Connection, Failure, audit, intake, intake::Closed, listing, outbox, paths, store, who,
};
use crate::{
    args::Filters,
    config::{Config, Context},
    console::{self, Settings, app::begin::Begin, keys::Keymap},
    domain::{flight::Owner, id::SessionId, text::Plain},
    engine::{
        self, Command, Handle, Level, Notice, Ports, Witness, clock::Clock, outbox::OutboxTerms,
        reception::Terms,
    },
    genesys::{Dialect, Genesys},
    intake::{Doors, Server},
    store::{Store, Unusable},
};

/// How long the process waits, once the screen is given back, for handoffs that have left: a little
/// longer than the engine itself does.
const LAST_WAIT: Duration = Duration::from_secs(6);

/// Opens the console on the org of the command line.
///
/// # Errors
/// If there is no terminal, or something is missing that no waiting would bring.
pub fn run(
    org: &Context,
    config: &Config,
    (keymap, filters): (Keymap, &Filters),
) -> Result<ExitCode, Failure> {
    let begin = begin(config, filters)?;
    require_terminal()?;
    let work = Work::on(org, config)?;
    let spoken = (work.connection.dialect, org.read_only());
    let opened = Opened { begin, memory: paths::memory(), keymap, named: org.label().is_some() };
    let context = work.connection.context.clone();
    show(context, spoken, (config, opened), on_terminal, move |backstage| work.begin(backstage))
}

/// Everything that an engine for one org is made of. It is made anew for each org that is gone to.
pub struct Work {
    connection: Connection,
    place: store::Place,
    telling: OutboxTerms,
    witness: Witness,
    rules: Config,
    watched: Vec<SessionId>,
    read_only: bool,
}

impl Work {
    /// For the org of a context, by the configuration as it is for that. Nothing is sent yet.
    ///
    /// # Errors
    /// If something is missing that no waiting would bring.
    pub fn on(org: &Context, config: &Config) -> Result<Self, Failure> {
        let connection = Connection::of(org)?.with_messaging(config.messaging.as_ref())?;
        let mut rules = config.clone();
        // To take a session over is to send its heartbeats.
        rules.handbook.heartbeat.adopts = !org.read_only();
        let mut telling = outbox::terms(config, org.read_only())?;
        telling.reach = connection.reach.clone();
        Ok(Self {
            connection,
            place: store::place(config)?,
            telling,
            witness: audit::keep::witness(&config.checkpoints),
            rules,
            watched: listing::watched(org, &[]),
            read_only: org.read_only(),
        })
    }

    /// Works until the console has gone.
    pub async fn begin(self, backstage: Backstage) {
        let Backstage { ports, commands, doors } = backstage;
        watch(commands, self.watched);
        let intake = take_in(&self.rules, self.read_only, doors, &ports).await;
        let mut settings = settings(self.connection.context.clone(), who::owner(), self.rules);
        settings.actor = self.connection.actor();
        settings.outbox = self.telling;
        settings.intake.at = intake.as_ref().map(at);
        settings.intake.acts = !self.read_only;
        settings.witness = self.witness;
        match (self.connection.open_as(&settings.owner), self.place.open().await) {
            (Ok(genesys), Ok(store)) => work(genesys, store, ports, settings).await,
            (Ok(genesys), Err(error)) => work(genesys, Unusable(error), ports, settings).await,
            (Err(failure), _) => ports.fail(Plain::new(&failure.message)).await,
        }
        if let Some(intake) = intake {
            intake.stop().await;
        }
    }
}

/// Takes webhooks in beside the console. That it can't be done is no reason not to show the floor.
async fn take_in(config: &Config, read_only: bool, doors: Doors, ports: &Ports) -> Option<Server> {
    // To take one in is to promise that something becomes of it.
    if read_only {
        return None;
    }
    match intake::open(&config.intake, doors).await {
        Ok(server) => server,
        Err(Closed::Taken(at)) => {
            // A service with the same configuration is as it should be.
            let text = format!("{at} is in use: another floorwalker takes the webhooks in");
            ports.tell(Notice { level: Level::Info, text: Plain::new(&text) }).await;
            None
        }
        Err(Closed::Failed(failure)) => {
            let text = Plain::new(&failure.message);
            ports.tell(Notice { level: Level::Error, text }).await;
            None
        }
    }
}

/// Where webhooks are taken in, for people.
pub fn at(server: &Server) -> Plain {
    Plain::new(&format!("http://{}", server.address()))
}

/// A console needs a screen and keys.
pub fn require_terminal() -> Result<(), Failure> {
    console::ensure_terminal().map_err(|e| Failure::usage(e.to_string()))
}

/// Runs the engine on an org until the console has gone.
pub async fn work<G: Genesys, S: Store>(
    genesys: G,
    store: S,
    ports: Ports,
    settings: engine::Settings,
) {
    engine::run(genesys.into(), store.into(), ports, settings).await;
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

/// Names sessions to the engine, once it listens.
pub fn watch(commands: Sender<Command>, sessions: Vec<SessionId>) {
    tokio::spawn(async move {
        // A sender that was kept would keep the engine from seeing that the console has gone.
        for session in sessions {
            if commands.send(Command::Watch(session)).await.is_err() {
                return;
            }
        }
    });
}

/// What works behind the screen.
pub struct Backstage {
    /// The engine's ends of the channels.
    pub ports: Ports,
    /// The console's way to command, for what is to be done at the start.
    pub commands: Sender<Command>,
    /// The ways in for webhooks.
    pub doors: Doors,
}

/// The console on this terminal.
pub fn on_terminal(handle: Handle, settings: &Settings) -> Result<ExitCode, Failure> {
    let ending = console::run(handle, settings).map_err(|e| Failure::other(e.to_string()))?;
    if let Some(said) = ending.farewell() {
        // Who has no terminal any more need not hear it.
        let _ = writeln!(
            io::stderr(),
            "floorwalker: {said}; what had not left by then was called back"
        );
    }
    Ok(ExitCode::from(ending.exit_code()))
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

/// Shows the console at once, and does everything that takes time behind it. `front` is where it is shown.
pub fn show<F>(
    context: Plain,
    (dialect, read_only): (Dialect, bool),
    (config, opened): (&Config, Opened),
    front: impl FnOnce(Handle, &Settings) -> Result<ExitCode, Failure>,
    backstage: impl FnOnce(Backstage) -> F + Send + 'static,
) -> Result<ExitCode, Failure>
where
    F: Future<Output = ()>,
{
    let (handle, ports) = engine::channels();
    let (commands, doors) = (handle.commands.clone(), intake::doors(&handle));
    let all = Backstage { ports, commands, doors };
    let (done, ended) = channel::<()>();
    let worker = std::thread::Builder::new().name("engine".into()).spawn(move || {
        // Dropped when everything is done, which ends the wait below.
        let _done = done;
        match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
            Ok(runtime) => runtime.block_on(backstage(all)),
            Err(error) => tracing::error!(%error, "no runtime"),
        }
    });
    worker.map_err(|e| Failure::other(format!("The engine can't be started: {e}")))?;
    let settings = Settings {
        read_only,
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
    };
    let code = front(handle, &settings)?;
    if ended.recv_timeout(LAST_WAIT) == Err(RecvTimeoutError::Timeout) {
        tracing::warn!("left with a handoff under way; its claim ends by itself");
    }
    Ok(code)
}

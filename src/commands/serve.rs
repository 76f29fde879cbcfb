//! `floorwalker serve`: the engine with no terminal, as a service manager runs it.
//!
//! It says `ready` once it keeps sessions, and READY=1 to the manager that asks for it. Told to stop, it
//! begins nothing more: sessions are handed over at once, what has left is seen to its end or left to
//! whoever recovers it.

use std::{env, io::Write, os::unix::net::UnixDatagram, process::ExitCode, time::Duration};

use tokio::sync::{mpsc, watch};

use super::{
    Connection, Failure, audit, console, intake, outbox, runtime::runtime_of_two, stop::Stop,
    store, who,
};
use crate::{
    args::Serve,
    config::{Config, Context, secret::Manner},
    domain::text::Plain,
    engine::{self, Event, Handle, Level, Pulse},
    intake::Server,
};

/// There is no console whose terminal it would be.
const AT_TERMINAL: Manner = Manner::AtTerminal;

/// How long the end may take, whatever hangs: longer than the engine itself waits.
const LAST_WAIT: Duration = Duration::from_secs(8);

/// Serves until it is told to stop.
///
/// # Errors
/// If something is missing that no waiting would bring.
pub fn run(serve: &Serve, org: &Context, config: &Config) -> Result<ExitCode, Failure> {
    let connection = Connection::of(org)?.with_messaging(config.messaging.as_ref())?;
    let place = store::place(config, AT_TERMINAL)?;
    let mut telling = outbox::terms(config, org.read_only(), AT_TERMINAL)?;
    telling.reach = connection.reach.clone();
    let runtime = runtime_of_two()?;
    let written = config;
    let mut config = config.clone();
    config.intake.listen = serve.listen.or(config.intake.listen);
    let read_only = org.read_only();
    config.handbook.heartbeat.adopts = !read_only;
    let watched: Vec<_> = org.watch.value.iter().map(|id| id.as_str().into()).collect();
    let served = runtime.block_on(async {
        let store = place.open().await?;
        let kept = store.clone();
        let owner = who::owner();
        let (context, actor) = (connection.context.clone(), connection.actor());
        let genesys = connection.open_as(&owner)?;
        for why in shut(&config) {
            tracing::warn!("{why}");
        }
        if read_only {
            tracing::warn!("read-only: nothing is kept, and nothing taken over");
        }
        tracing::info!(org = %context, pid = owner.pid, mark = %owner.mark, "starting");
        let (handle, ports) = engine::channels();
        console::watch(handle.commands.clone(), watched);
        let intake = match read_only {
            true => None,
            false => intake::open(&config.intake, intake::doors(&handle), AT_TERMINAL).await?,
        };
        let mut settings = console::settings(context, owner, config);
        settings.intake.at = intake.as_ref().map(console::at);
        settings.actor = actor;
        settings.outbox = telling;
        settings.intake.acts = !read_only;
        if let Some(at) = &settings.intake.at {
            tracing::info!(%at, "webhooks are taken in");
        }
        let signing = match read_only {
            true => None,
            false => audit::keep::begin(store.clone(), written, ports.anchored())?,
        };
        let engine = tokio::spawn(console::work(genesys, store, ports, settings));
        let attended = attend(handle, engine, intake).await;
        if let Some(signing) = signing {
            signing.end().await;
        }
        kept.leave().await;
        attended
    });
    // What still hangs is not waited for.
    runtime.shutdown_background();
    served
}

/// Why doors are shut that the configuration has for another org.
fn shut(config: &Config) -> impl Iterator<Item = &String> {
    let intake = config.withheld.intake.iter().filter(|_| config.intake.listen.is_none());
    let outbox = config.withheld.outbox.iter().filter(|_| config.outbox.targets.is_empty());
    intake.chain(outbox)
}

async fn attend(
    handle: Handle,
    mut engine: tokio::task::JoinHandle<()>,
    intake: Option<Server>,
) -> Result<ExitCode, Failure> {
    let mut stop = Stop::listen()?;
    let Handle { commands, events, pulse, floor, arrivals } = handle;
    tokio::spawn(log(events));
    let ready = tokio::spawn(say_ready(pulse));
    tokio::select! {
        () = stop.asked() => {}
        _ = &mut engine => return Err(Failure::other("The engine has stopped")),
    }
    tracing::info!("stopping: sessions are handed over, handoffs under way are seen to their end");
    notify("STOPPING=1");
    ready.abort();
    // Nothing new comes in; what waits for an answer is told that it takes longer.
    if let Some(intake) = intake {
        tokio::spawn(intake.stop());
    }
    // Its other end is how the engine learns that it is to leave.
    drop((commands, floor, arrivals));
    if tokio::time::timeout(LAST_WAIT, engine).await.is_err() {
        tracing::warn!("left with work under way; whoever starts next recovers it");
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Says that sessions are kept, once the store has been looked at.
async fn say_ready(mut pulse: watch::Receiver<std::sync::Arc<Pulse>>) {
    if pulse.wait_for(|pulse| pulse.ward.is_some()).await.is_err() {
        return;
    }
    tracing::info!("ready");
    notify("READY=1");
    let mut out = std::io::stdout();
    // Whoever started us may not want to know.
    let _ = writeln!(out, "ready").and_then(|()| out.flush());
}

/// Tells the service manager, if there is one that asks (sd_notify's protocol).
fn notify(state: &str) {
    let Some(name) = env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&name, state) {
        tracing::warn!(%error, "the service manager is not told");
    }
}

fn send(name: &std::ffi::OsStr, state: &str) -> std::io::Result<()> {
    use std::os::{linux::net::SocketAddrExt, unix::ffi::OsStrExt, unix::net::SocketAddr};
    let socket = UnixDatagram::unbound()?;
    let address = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(name)?,
    };
    socket.send_to_addr(state.as_bytes(), &address).map(drop)
}

/// What a console would show goes to the log.
async fn log(mut events: mpsc::Receiver<Event>) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Notice(notice) => write(notice.level, &notice.text),
            Event::Supervision(news) => {
                let notice = news.notice();
                write(notice.level, &notice.text);
            }
            Event::Audited(record) => {
                let session = record.session.as_ref().map(tracing::field::display);
                tracing::info!(seq = record.seq, event = %record.event, session, "audited");
            }
            Event::Handoff(progress) => {
                let (session, stage) = (&progress.order.session, progress.stage.word());
                tracing::info!(%session, stage, "handoff");
            }
            _ => {}
        }
    }
}

fn write(level: Level, text: &Plain) {
    match level {
        Level::Info => tracing::info!("{text}"),
        Level::Warn => tracing::warn!("{text}"),
        Level::Error => tracing::error!("{text}"),
    }
}

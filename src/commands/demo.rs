//! `floorwalker demo`: the console on a contact centre of its own, over real HTTP.

mod picture;
mod webhooks;

use std::{io::Write, process::ExitCode, time::Duration};

use tempfile::TempDir;

use super::{
    Connection, Failure,
    console::{
        Backstage, Opened, at, begin, on_terminal, require_terminal, settings, show, watch, work,
    },
    paths,
    simulate::options,
    who,
};
use crate::{
    args::{Demo, Org, spoken},
    config::{Config, Messaging, alarms},
    console::{Settings, app::begin::Begin, keys::Keymap},
    domain::{id::SessionId, text::Plain},
    engine::Handle,
    genesys::Dialect,
    intake::{Doors, Server},
    simulator::{Options, Running, Simulator},
    store::Database,
};

/// So many sessions are named to a gateway's client at most: each is a request every now and then.
const NAMED: usize = 60;

/// A contact centre in which nobody who waits longest is as upset as a guard minds: a tour begins with what works.
const TOURED: u64 = 8;

/// Opens the console on the built-in contact centre. Nothing is kept.
///
/// # Errors
/// If there is no terminal.
pub fn run(demo: &Demo, org: &Org, config: &Config, keymap: Keymap) -> Result<ExitCode, Failure> {
    let config = &with_alarms(config)?;
    // Nothing is kept of a demo.
    let begin = Begin { tour: demo.tour, ..begin(config, &demo.filters)? };
    let opened = Opened { begin, memory: None, keymap, named: false };
    let scene = demo.picture.as_ref().map(|path| picture::wished(demo, path)).transpose()?;
    if scene.is_none() {
        require_terminal()?;
    }
    webhooks::check(demo.intake)?;
    let (demo, org, rules) = (demo.clone(), org.clone(), config.clone());
    let asked = (spoken(org.dialect()).unwrap_or_default(), org.read_only);
    let front = move |handle: Handle, settings: &Settings| match scene {
        Some(scene) => scene.take(handle, settings),
        None => on_terminal(handle, settings),
    };
    show("demo".into(), asked, (config, opened), front, move |backstage| async move {
        if let Err(failure) = play(&demo, &org, rules, backstage).await {
            tracing::error!(%failure, "the demo has ended early");
        }
    })
}

/// The alarms of a demo, unless there are others.
const ALARMS: &str = include_str!("../../assets/demo/alarms.toml");

/// The configuration, with something that a newcomer is alarmed by.
fn with_alarms(config: &Config) -> Result<Config, Failure> {
    let alarms = match config.alarms.is_empty() {
        true => alarms::parse(ALARMS, "assets/demo/alarms.toml")?,
        false => config.alarms.clone(),
    };
    Ok(Config { alarms, ..config.clone() })
}

async fn play(
    demo: &Demo,
    org: &Org,
    mut config: Config,
    backstage: Backstage,
) -> Result<(), Failure> {
    let Backstage { ports, commands, doors } = backstage;
    match set_up(demo, org, doors).await {
        Ok(Stage { running, connection, store, folder, intake }) => {
            let dialect = connection.dialect;
            let owner = who::owner();
            let genesys = connection.open_as(&owner)?;
            let mut named: Vec<SessionId> = org.watch.iter().map(|id| id.as_str().into()).collect();
            if dialect == Dialect::Gateway {
                named.extend(open_sessions(running.base_url()).await);
            }
            watch(commands, named);
            config.intake = webhooks::terms(&running, &config.intake);
            let store = store.with_privacy(config.privacy);
            let mut settings = settings("demo".into(), owner, config);
            settings.intake.at = intake.as_ref().map(at);
            settings.intake.acts = !org.read_only;
            work(genesys, store, ports, settings).await;
            if let Some(intake) = intake {
                intake.stop().await;
            }
            running.stop().await;
            drop(folder);
            Ok(())
        }
        Err(failure) => {
            // The console's own sender alone says when the person has left.
            drop(commands);
            ports.fail(Plain::new(&failure.message)).await;
            Err(failure)
        }
    }
}

/// The sessions that are open as the demo begins. A gateway lists none; on a real floor the webhooks of
/// the bots name them.
async fn open_sessions(base: &str) -> Vec<SessionId> {
    let world: serde_json::Value = match fetch(&format!("{base}/_simulator/world")).await {
        Ok(body) => serde_json::from_slice(&body).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "the demo's sessions are not known");
            return Vec::new();
        }
    };
    let sessions = world["sessions"].as_array().into_iter().flatten();
    sessions.filter_map(|s| s["id"].as_str()).take(NAMED).map(SessionId::from).collect()
}

async fn fetch(url: &str) -> Result<Vec<u8>, reqwest::Error> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()?;
    let answer = client.get(url).send().await?.error_for_status()?;
    Ok(answer.bytes().await?.into())
}

/// All that a demo needs.
struct Stage {
    running: Running,
    connection: Connection,
    store: Database,
    /// Goes with all that is in it.
    folder: TempDir,
    /// Nothing is taken in by who only looks.
    intake: Option<Server>,
}

/// The contact centre, the way to it, its bots' way back, and a store that goes with its folder.
async fn set_up(demo: &Demo, org: &Org, doors: Doors) -> Result<Stage, Failure> {
    let intake = match org.read_only {
        true => None,
        false => Some(webhooks::open(demo.intake, doors).await?),
    };
    // The bots have to know where to call before there are any.
    let webhooks = intake.as_ref().map(webhooks::calls);
    let mut options = Options { webhooks, ..options(&demo.world, org.dialect()) };
    if demo.tour && demo.world.seed.is_none() {
        options.seed = TOURED;
    }
    let running = Simulator::start(options).await.map_err(|e| failed(&e))?;
    let folder = tempfile::tempdir().map_err(|e| failed(&e))?;
    let store = Database::open(&folder.path().join("demo.db")).await.map_err(|e| failed(&e))?;
    let connection = connect(&running, org)?;
    if let Some(path) = &demo.ready_file {
        let mut ready = running.ready();
        ready["intake"] = intake.as_ref().map(|server| at(server).to_string()).into();
        // It holds a secret, if only of a contact centre that ends with the demo.
        paths::private(path, false)
            .and_then(|mut f| writeln!(f, "{ready}"))
            .map_err(|e| failed(&e))?;
    }
    Ok(Stage { running, connection, store, folder, intake })
}

fn connect(running: &Running, org: &Org) -> Result<Connection, Failure> {
    let (id, secret) = (running.client_id().to_owned(), running.client_secret().to_owned());
    // A contact centre that speaks both is looked at by the published dialect.
    let dialect = spoken(org.dialect()).unwrap_or_default();
    let (base, allowed) = (running.base_url(), org.requests_per_minute());
    let guests = running.deployment().map(|deployment| Messaging {
        deployment: deployment.to_owned(),
        origin: "https://demo.example".into(),
        socket_url: None,
        greeting: "Hello".into(),
    });
    Connection::new(dialect, base, None, id, secret.as_str().into(), allowed)?
        .with_messaging(guests.as_ref())
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::other(format!("The demo can't start: {error}"))
}

//! `floorwalker demo`: the console on a contact centre of its own, over real HTTP.

use std::{io::Write, process::ExitCode, time::Duration};

use super::{
    Connection, Failure,
    connection::spoken,
    console::{Backstage, require_terminal, settings, show, watch, work},
    paths,
    simulate::options,
    who,
};
use crate::{
    args::{Demo, Org},
    config::{Config, Messaging},
    domain::{id::SessionId, text::Plain},
    genesys::Dialect,
    simulator::{Running, Simulator},
    store::Sqlite,
};

/// So many sessions are named to a gateway's client at most: each is a request every now and then.
const NAMED: usize = 60;

/// Opens the console on the built-in contact centre. Nothing is kept.
///
/// # Errors
/// If there is no terminal.
pub fn run(demo: &Demo, org: &Org, config: &Config) -> Result<ExitCode, Failure> {
    require_terminal()?;
    let (demo, org, rules) = (demo.clone(), org.clone(), config.clone());
    let asked = (spoken(org.dialect).unwrap_or_default(), org.read_only);
    show("demo".into(), asked, config, move |backstage| async move {
        if let Err(failure) = play(&demo, &org, rules, backstage).await {
            tracing::error!(%failure, "the demo has ended early");
        }
    })
}

async fn play(demo: &Demo, org: &Org, config: Config, backstage: Backstage) -> Result<(), Failure> {
    let Backstage { ports, commands, .. } = backstage;
    match set_up(demo, org).await {
        Ok((running, connection, store, folder)) => {
            let dialect = connection.dialect;
            let owner = who::owner();
            let genesys = connection.open_as(&owner)?;
            let mut named: Vec<SessionId> = org.watch.iter().map(|id| id.as_str().into()).collect();
            if dialect == Dialect::Gateway {
                named.extend(open_sessions(running.base_url()).await);
            }
            watch(commands, named);
            work(genesys, store, ports, settings("demo".into(), owner, config)).await;
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

/// The contact centre, the way to it, and a store that goes with its folder.
async fn set_up(
    demo: &Demo,
    org: &Org,
) -> Result<(Running, Connection, Sqlite, tempfile::TempDir), Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::other(format!("The demo can't start: {e}"));
    let options = options(&demo.world, org.dialect);
    let running = Simulator::start(options).await.map_err(|e| failed(&e))?;
    let folder = tempfile::tempdir().map_err(|e| failed(&e))?;
    let store = Sqlite::open(&folder.path().join("demo.db")).await.map_err(|e| failed(&e))?;
    let (id, secret) = (running.client_id().to_owned(), running.client_secret().to_owned());
    // A contact centre that speaks both is looked at by the published dialect.
    let dialect = spoken(org.dialect).unwrap_or_default();
    let (base, allowed) = (running.base_url(), org.requests_per_minute);
    let guests = running.deployment().map(|deployment| Messaging {
        deployment: deployment.to_owned(),
        origin: "https://demo.example".into(),
        socket_url: None,
        greeting: "Hello".into(),
    });
    let connection = Connection::new(dialect, base, None, id, secret.into(), allowed)?
        .with_messaging(guests.as_ref())?;
    if let Some(path) = &demo.ready_file {
        let line = format!("{}\n", running.ready_line());
        // It holds a secret, if only of a contact centre that ends with the demo.
        paths::private(path, false)
            .and_then(|mut f| f.write_all(line.as_bytes()))
            .map_err(|e| failed(&e))?;
    }
    Ok((running, connection, store, folder))
}

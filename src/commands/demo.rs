//! `floorwalker demo`: the console on a contact centre of its own, over real HTTP.

use std::{io::Write, process::ExitCode};

use super::{
    Connection, Failure,
    console::{require_terminal, show, work},
    paths,
    simulate::options,
};
use crate::{
    args::{Demo, Org},
    domain::text::Plain,
    engine::Ports,
    simulator::{Running, Simulator},
    store::Sqlite,
};

/// Opens the console on the built-in contact centre. Nothing is kept.
///
/// # Errors
/// If there is no terminal.
pub fn run(demo: &Demo, org: &Org) -> Result<ExitCode, Failure> {
    require_terminal()?;
    let (demo, allowed) = (demo.clone(), org.requests_per_minute);
    show("demo".into(), org.read_only, move |ports| async move {
        if let Err(failure) = play(&demo, allowed, ports).await {
            tracing::error!(%failure, "the demo has ended early");
        }
    })
}

async fn play(demo: &Demo, allowed: u32, ports: Ports) -> Result<(), Failure> {
    match set_up(demo, allowed).await {
        Ok((running, connection, store, folder)) => {
            work(connection.platform()?, store, ports, "demo".into()).await;
            running.stop().await;
            drop(folder);
            Ok(())
        }
        Err(failure) => {
            ports.fail(Plain::new(&failure.message)).await;
            Err(failure)
        }
    }
}

/// The contact centre, the way to it, and a store that goes with its folder.
async fn set_up(
    demo: &Demo,
    allowed: u32,
) -> Result<(Running, Connection, Sqlite, tempfile::TempDir), Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::other(format!("The demo can't start: {e}"));
    let running = Simulator::start(options(&demo.world)).await.map_err(|e| failed(&e))?;
    let folder = tempfile::tempdir().map_err(|e| failed(&e))?;
    let store = Sqlite::open(&folder.path().join("demo.db")).await.map_err(|e| failed(&e))?;
    let (id, secret) = (running.client_id().to_owned(), running.client_secret().to_owned());
    let connection = Connection::new(running.base_url(), None, id, secret.into(), allowed)?;
    if let Some(path) = &demo.ready_file {
        let line = format!("{}\n", running.ready_line());
        // It holds a secret, if only of a contact centre that ends with the demo.
        paths::private(path, false)
            .and_then(|mut f| f.write_all(line.as_bytes()))
            .map_err(|e| failed(&e))?;
    }
    Ok((running, connection, store, folder))
}

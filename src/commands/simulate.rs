//! `floorwalker simulate`: the built-in contact centre as a server of its own.

use std::{
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::{
    args::{Simulate, World},
    simulator::{Dialect, Options, Permissions, Simulator, Webhooks},
};

/// Serves until it is told to stop.
///
/// # Errors
/// If it can't listen.
pub fn run(arguments: &Simulate, dialect: Dialect) -> Result<ExitCode, Failure> {
    let webhooks = arguments.webhooks.clone().map(|url| Webhooks { url, secret: secret() });
    let (listen, world) = (arguments.listen, options(&arguments.world, dialect));
    let options = Options { listen, webhooks, ..world };
    let failed = |e: &dyn std::fmt::Display| Failure::other(e.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| failed(&e))?;
    runtime.block_on(async {
        let running = Simulator::start(options).await.map_err(|e| failed(&e))?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", running.ready_line())
            .and_then(|()| out.flush())
            .map_err(|e| failed(&e))?;
        let mut terminate = signal(SignalKind::terminate()).map_err(|e| failed(&e))?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// What webhooks are signed with; unset and empty are the same.
fn secret() -> Option<SecretString> {
    let text = std::env::var("FLOORWALKER_WEBHOOK_SECRET").ok();
    text.filter(|text| !text.is_empty()).map(SecretString::from)
}

/// The contact centre that nobody has chosen.
const SEED: u64 = 1;

/// The simulator's options for a world, on a free port of the loopback address.
pub fn options(world: &World, dialect: Dialect) -> Options {
    Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        dialect,
        seed: world.seed.unwrap_or(SEED),
        queues: world.queues,
        agents: world.agents,
        sessions: world.sessions,
        speed: world.speed,
        token_ttl: Duration::from_secs(world.token_ttl),
        rate_limit: world.rate_limit,
        latency: world.latency.0..=world.latency.1,
        faults: world.faults.clone(),
        permissions: Permissions::all_but(world.denied.iter().cloned()),
        frozen: world.frozen,
        webhooks: None,
    }
}

//! The demo's webhooks: where they are taken in, what its bots sign them with, what becomes of them. Its own,
//! whatever the user's configuration says of an org's.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::{
    commands::Failure,
    config::intake::Intake,
    domain::inbox::Mode,
    intake::{Doors, Keys, Limits, OpenError, Server, Settings},
    policy::{
        intake::Rules,
        signature::{Key, WINDOW},
    },
    simulator::{Running, Webhooks},
};

/// Where they are taken in unless told otherwise.
const USUAL: SocketAddr = SocketAddr::V4(std::net::SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8700));
/// Secret and token, for everybody to know: only this machine can call.
const KEY: &str = "demo";
/// How long an answer waits for a handoff by rule: the bots of the contact centre wait for five seconds.
const WAIT: Duration = Duration::from_secs(4);
/// The queue of those of whom the bots say nothing that is known, and the one where no person is asked.
const GENERAL: &str = "General";
const BY_RULE: &str = "Billing";

/// Refuses an address that others can reach.
pub(super) fn check(listen: Option<SocketAddr>) -> Result<(), Failure> {
    match listen.filter(|at| !at.ip().is_loopback()) {
        None => Ok(()),
        Some(at) => Err(Failure::usage(format!(
            "--intake is {at}: the demo's token is known to everybody, so it has to be this machine's \
             own address, as {USUAL}"
        ))),
    }
}

/// Begins to take them in.
pub(super) async fn open(listen: Option<SocketAddr>, doors: Doors) -> Result<Server, Failure> {
    match begin(listen.unwrap_or(USUAL), doors.clone()).await {
        Err(OpenError::Listen { .. }) if listen.is_none() => {
            begin(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), doors).await
        }
        opened => opened,
    }
    .map_err(|error| super::failed(&error))
}

async fn begin(listen: SocketAddr, doors: Doors) -> Result<Server, OpenError> {
    let keys = Keys { secret: Key::new(&KEY.into()).ok(), token: Some(KEY.into()), window: WINDOW };
    Server::open(Settings { listen, keys, limits: Limits::of(WAIT) }, doors).await
}

/// Whom the bots of the contact centre call.
pub(super) fn calls(server: &Server) -> Webhooks {
    Webhooks { url: format!("http://{}", server.address()), secret: Some(KEY.into()) }
}

/// What becomes of what they say: each word leads to the queue of its topic, a person decides, and for one
/// queue a rule.
pub(super) fn terms(running: &Running, own: &Intake) -> Intake {
    let by_rule = running.queue(BY_RULE).map(|id| (id.into(), Mode::Auto));
    let routes = running.routes().iter();
    Intake {
        rules: Rules {
            queue: running.queue(GENERAL).map(Into::into),
            modes: by_rule.into_iter().collect(),
            routes: routes.map(|(word, id)| (word.clone(), id.as_str().into())).collect(),
            ..Rules::default()
        },
        wait: WAIT,
        bell: own.bell,
        ..Intake::default()
    }
}

//! Guests' sessions that are opened here, over real sockets against the simulator: what is heard on them,
//! what a beat is, how they end and who may go on with them.

#[cfg(test)]
#[path = "guest/ends.rs"]
mod ends;
#[cfg(test)]
#[path = "guest/host.rs"]
mod host;
#[cfg(test)]
#[path = "guest/odd.rs"]
mod odd;
#[cfg(test)]
#[path = "guest/pace.rs"]
mod pace;
#[cfg(test)]
#[path = "guest/proxied.rs"]
mod proxied;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/simulated.rs"]
#[expect(dead_code, reason = "what only the simulator's own tests use")]
mod simulated;
#[cfg(test)]
#[path = "guest/talk.rs"]
mod talk;

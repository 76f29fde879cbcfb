//! The client of a messaging gateway: what it would send, against the documents; and with the real engine
//! against the simulator over loopback, what it reads and moves.

#[cfg(test)]
#[path = "gateway/back.rs"]
mod back;
#[cfg(test)]
#[path = "support/checked.rs"]
#[expect(dead_code, reason = "the gateway has no published schema to be held against")]
mod checked;
#[cfg(test)]
#[path = "gateway/doubt.rs"]
mod doubt;
#[cfg(test)]
#[path = "gateway/handoffs.rs"]
mod handoffs;
#[cfg(test)]
#[path = "gateway/plans.rs"]
mod plans;
#[cfg(test)]
#[path = "gateway/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "gateway/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "gateway/secrets.rs"]
mod secrets;
#[cfg(test)]
#[path = "support/simulated.rs"]
#[expect(dead_code, reason = "what only the simulator's own tests use")]
mod simulated;
#[cfg(test)]
#[path = "support/site.rs"]
#[expect(dead_code, reason = "what only the published dialect's tests use")]
mod site;
#[cfg(test)]
#[path = "gateway/spy.rs"]
mod spy;

//! The figures (SPEC section 13): what the store tells of a span, to the digit; and how a running engine
//! keeps them, no more often than somebody would notice.

#[cfg(test)]
#[path = "support/checked.rs"]
mod checked;
#[path = "support/fake.rs"]
#[expect(dead_code, reason = "what only tests of handoffs use")]
mod fake;
#[cfg(test)]
#[path = "figures/live.rs"]
mod live;
#[cfg(test)]
#[path = "figures/running.rs"]
mod running;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/simulated.rs"]
#[expect(dead_code, reason = "what only the simulator's own tests use")]
mod simulated;
#[cfg(test)]
#[path = "support/site.rs"]
#[expect(dead_code, reason = "what only tests of handoffs use")]
mod site;
#[cfg(test)]
#[path = "figures/stored.rs"]
mod stored;

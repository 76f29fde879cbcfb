//! Webhooks over real sockets, with the real engine and store behind them and a contact centre behind
//! those: what is answered, what is kept, what reaches Genesys Cloud (SPEC section 10).

#[cfg(test)]
#[path = "support/checked.rs"]
#[expect(dead_code, reason = "the gateway has no published schema to be held against")]
mod checked;
#[cfg(test)]
#[path = "intake/decisions.rs"]
mod decisions;
#[cfg(test)]
#[path = "intake/hall.rs"]
mod hall;
#[cfg(test)]
#[path = "intake/same.rs"]
mod same;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/simulated.rs"]
#[expect(dead_code, reason = "what only the simulator's own tests use")]
mod simulated;
#[cfg(test)]
#[path = "support/site.rs"]
#[expect(dead_code, reason = "what only other tests use")]
mod site;
#[cfg(test)]
#[path = "gateway/spy.rs"]
#[expect(dead_code, reason = "what only the gateway's own tests use")]
mod spy;
#[cfg(test)]
#[path = "intake/strangers.rs"]
mod strangers;
#[cfg(test)]
#[path = "intake/table.rs"]
mod table;

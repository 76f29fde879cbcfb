//! The real client and engine against the simulator over loopback: what is read, what is moved, and what
//! trouble does to both. Every answer is held against the project's schema of the API.

#[cfg(test)]
#[path = "platform/again.rs"]
mod again;
#[cfg(test)]
#[path = "platform/back.rs"]
mod back;
#[cfg(test)]
#[path = "support/checked.rs"]
#[expect(dead_code, reason = "what only measuring uses")]
mod checked;
#[cfg(test)]
#[path = "platform/doubt.rs"]
mod doubt;
#[cfg(test)]
#[path = "platform/handoffs.rs"]
mod handoffs;
#[cfg(test)]
#[path = "platform/persons.rs"]
mod persons;
#[cfg(test)]
#[path = "platform/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "platform/rights.rs"]
mod rights;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/simulated.rs"]
#[expect(dead_code, reason = "what only the simulator's own tests use")]
mod simulated;
#[cfg(test)]
#[path = "support/site.rs"]
mod site;
#[cfg(test)]
#[path = "platform/trouble.rs"]
mod trouble;

//! The simulator over a real socket, as a client that is not ours sees it.

#[cfg(test)]
#[path = "simulator/contract.rs"]
mod contract;
#[cfg(test)]
#[path = "simulator/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "simulator/gateway.rs"]
mod gateway;
#[cfg(test)]
#[path = "simulator/guest.rs"]
mod guest;
#[cfg(test)]
#[path = "simulator/handoffs.rs"]
mod handoffs;
#[cfg(test)]
#[path = "simulator/inactivity.rs"]
mod inactivity;
#[cfg(test)]
#[path = "simulator/persons.rs"]
mod persons;
#[cfg(test)]
#[path = "simulator/protocol.rs"]
mod protocol;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/simulated.rs"]
mod simulated;
#[cfg(test)]
#[path = "simulator/webhooks.rs"]
mod webhooks;

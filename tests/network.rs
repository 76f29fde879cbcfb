//! How other machines are reached: whom TLS believes, who proves what, by which proxy, and what a token never does.
//! Over real sockets on loopback; what concerns the configuration, with the real binary.

#[cfg(test)]
#[path = "network/bounds.rs"]
mod bounds;
#[path = "network/centre.rs"]
mod centre;
#[path = "config/processes.rs"]
#[expect(dead_code, reason = "the home alone is needed")]
mod processes;
#[path = "network/servers.rs"]
mod servers;
#[cfg(test)]
#[path = "network/ways.rs"]
mod ways;

//! Heartbeats on a paused clock: when they are sent, what their failures lead to, what the budget
//! carries (SPEC section 9).

#[cfg(test)]
#[path = "heartbeat/crowd.rs"]
mod crowd;
#[cfg(test)]
#[path = "heartbeat/desk.rs"]
mod desk;
#[cfg(test)]
#[path = "heartbeat/failures.rs"]
mod failures;
#[cfg(test)]
#[path = "heartbeat/limits.rs"]
mod limits;
#[cfg(test)]
#[path = "heartbeat/pace.rs"]
mod pace;
#[cfg(test)]
#[path = "heartbeat/trouble.rs"]
mod trouble;

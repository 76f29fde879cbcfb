//! The real binary as a process, against `floorwalker simulate` as another, through a proxy that checks
//! every answer: what is printed, with which exit code, and what never is.

#[cfg(test)]
#[path = "commands/failures.rs"]
mod failures;
#[cfg(test)]
#[path = "commands/lists.rs"]
mod lists;
#[cfg(test)]
#[path = "commands/processes.rs"]
mod processes;
#[cfg(test)]
#[path = "support/proxy.rs"]
mod proxy;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;

//! Known secrets, by every way that there is, through real processes with everything logged that can be logged,
//! with what goes right and what goes wrong: and then every byte that they have written, said, been started
//! with and handed on is looked through.
//!
//! What somebody sets in a process's own environment is there for whoever may read that; it is handed to no
//! program that is started from it. A person's tokens, the key of checkpoints, and the token of a guest whose
//! session is open are each in one file, for its owner alone.

#[cfg(test)]
#[path = "secrets/clients.rs"]
mod clients;
#[cfg(test)]
#[path = "secrets/ear.rs"]
mod ear;
#[cfg(test)]
#[path = "secrets/persons.rs"]
mod persons;
#[path = "config/processes.rs"]
#[expect(dead_code, reason = "a contact centre with an ear before it stands in for another")]
mod processes;
#[path = "support/pty.rs"]
#[expect(dead_code, reason = "a console that is only looked at")]
mod pty;
#[cfg(test)]
#[path = "secrets/services.rs"]
mod services;
#[cfg(test)]
#[path = "secrets/site.rs"]
mod site;

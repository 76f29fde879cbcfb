//! Signing in as a person, as the real binary does it with the built-in contact centre: there and back by the
//! browser or by hand, what is turned away, renewal, revocation, and what the audit log says then.

#[cfg(test)]
#[path = "login/another.rs"]
mod another;
#[cfg(test)]
#[path = "login/choosing.rs"]
mod choosing;
#[cfg(test)]
#[path = "login/coming_back.rs"]
mod coming_back;
#[cfg(test)]
#[path = "login/deeds.rs"]
mod deeds;
#[path = "login/desk.rs"]
mod desk;
#[cfg(test)]
#[path = "login/lasting.rs"]
mod lasting;
#[path = "config/processes.rs"]
#[expect(dead_code, reason = "nothing is shown of the configuration here")]
mod processes;
#[path = "support/pty.rs"]
#[expect(dead_code, reason = "nobody changes its size or cuts its line here")]
mod pty;

//! `floorwalker doctor` as a process against `floorwalker simulate` as another, with each thing broken in
//! turn: the right line fails, and says what to do.

#[cfg(test)]
#[path = "doctor/broken.rs"]
mod broken;
#[cfg(test)]
#[path = "doctor/rights.rs"]
mod rights;
#[cfg(test)]
#[path = "doctor/served.rs"]
mod served;
#[cfg(test)]
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "what only tests that restart the server need")]
mod server;
#[cfg(test)]
#[path = "doctor/signed_out.rs"]
mod signed_out;
#[cfg(test)]
#[path = "doctor/site.rs"]
mod site;

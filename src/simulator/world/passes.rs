//! The pass with which a guest reads the history of their session: given on their socket, shown to the API.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::World;
use super::guests::{Guest, GuestKey, Refused};
use crate::simulator::stamp::Millis;

/// In seconds.
const GOOD_FOR: f64 = 3600.0;

/// Why a pass does not open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stale {
    Unknown,
    Expired,
}

impl World {
    /// A new pass, and until when it is good.
    pub(crate) fn issue_pass(&mut self, key: GuestKey) -> Result<(String, Millis), Refused> {
        let until = self.now + self.paced(GOOD_FOR);
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({"alg": "HS256", "typ": "JWT"}));
        let body = part(json!({"exp": until.div_euclid(1000), "sub": self.moves.id()}));
        let seal: String = (0..43).map(|_| self.moves.rng.alphanumeric()).collect();
        let guest = self.guests.get_mut(&key).ok_or(Refused::NotFound)?;
        let pass = format!("{head}.{body}.{seal}");
        guest.pass = Some((pass.clone(), until));
        Ok((pass, until))
    }

    /// The guest whose pass this is; only the newest is good.
    pub(crate) fn holder_of(&self, pass: &str) -> Result<&Guest, Stale> {
        let own = |guest: &&Guest| guest.pass.as_ref().is_some_and(|(own, _)| own == pass);
        let guest = self.guests.values().find(own).ok_or(Stale::Unknown)?;
        let good = guest.pass.as_ref().is_some_and(|(_, until)| *until > self.now);
        if good { Ok(guest) } else { Err(Stale::Expired) }
    }
}

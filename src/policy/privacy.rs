//! What the audit log keeps of people: their names, their words, and where they are.
//!
//! Applied to a record before it is sealed, so that what is not kept was never in the log. What is shown
//! to people is masked elsewhere ([`super::mask`]); ids stay, for they say what was done.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value};

use super::mask::masked;
use crate::domain::{
    audit::{Account, Actor, AuditEntry, AuditRecord},
    text::Plain,
};

/// How much of one kind is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of it.
    Whole,
    /// As much as tells one from another.
    Masked,
    /// Nothing.
    Nothing,
}

/// What the log keeps of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privacy {
    /// Who acted, and names in the details. Masked: the first letter.
    pub names: Kept,
    /// Reasons, error messages and what else is written freely. Masked: as in a transcript.
    pub texts: Kept,
    /// Machines, terminals and where an SSH session came from. Masked: the network, the first letter.
    pub addresses: Kept,
    /// What was written to customers from here. Masked: as in a transcript.
    pub messages: Kept,
}

impl Default for Privacy {
    fn default() -> Self {
        let (names, addresses) = (Kept::Whole, Kept::Whole);
        Self { names, texts: Kept::Masked, addresses, messages: Kept::Nothing }
    }
}

/// Details that are figures, ids and words of this program, with all that is in them.
const FACTS: [&str; 26] = [
    "asked",
    "attempts",
    "batch",
    "before",
    "capabilities",
    "deed",
    "demands",
    "destination",
    "duration",
    "event",
    "guard",
    "history",
    "hold",
    "letters",
    "locale",
    "message_id",
    "opening",
    "outcome",
    "records",
    "request",
    "seen",
    "status",
    "steps_ms",
    "through",
    "until",
    "why",
];
/// Details that name people.
const NAMES: [&str; 4] = ["agent_name", "guest", "name", "user"];
/// What was written to a customer.
const MESSAGE: &str = "message";
/// Details that say where somebody is.
const ADDRESSES: [&str; 5] = ["address", "from", "host", "ssh_origin", "tty"];

impl Privacy {
    /// `entry` with as much as may be kept.
    #[must_use]
    pub fn fit(self, entry: AuditEntry) -> AuditEntry {
        AuditEntry {
            actor: self.actor(entry.actor),
            error: self.words(entry.error),
            reason: self.words(entry.reason),
            waiver: self.words(entry.waiver),
            details: self.object(entry.details),
            ..entry
        }
    }

    /// A record from before there was a chain, with as much as may be kept.
    #[must_use]
    pub fn fit_record(self, record: AuditRecord) -> AuditRecord {
        AuditRecord {
            actor: self.actor(record.actor),
            error: self.words(record.error),
            reason: self.words(record.reason),
            waiver: self.words(record.waiver),
            details: self.object(record.details),
            ..record
        }
    }

    fn actor(self, actor: Actor) -> Actor {
        let Actor { user, host, tty, ssh_origin, account } = actor;
        let account = account.map(|account| Account {
            name: account.name.and_then(|name| self.name(&name)),
            ..account
        });
        Actor {
            user: self.name(&user).unwrap_or_default(),
            host: self.address(&host).unwrap_or_default(),
            tty: tty.and_then(|tty| self.address(&tty)),
            ssh_origin: ssh_origin.and_then(|origin| self.address(&origin)),
            account,
        }
    }

    fn words(self, words: Option<Plain>) -> Option<Plain> {
        words.and_then(|words| self.text(&words))
    }

    fn name(self, name: &Plain) -> Option<Plain> {
        part(self.names, name, |name| Plain::new(&first_letter(name)))
    }

    fn text(self, text: &Plain) -> Option<Plain> {
        part(self.texts, text, |text| Plain::new(&masked(text)))
    }

    fn message(self, text: &Plain) -> Option<Plain> {
        part(self.messages, text, |text| Plain::new(&masked(text)))
    }

    fn address(self, address: &Plain) -> Option<Plain> {
        part(self.addresses, address, |address| Plain::new(&network(address)))
    }

    fn object(self, details: Value) -> Value {
        match details {
            Value::Object(fields) => Value::Object(self.fields(fields)),
            other => other,
        }
    }

    fn fields(self, fields: Map<String, Value>) -> Map<String, Value> {
        let fit = |(key, value): (String, Value)| {
            let value = match FACTS.contains(&key.as_str()) {
                true => Some(value),
                false => self.value(&key, value),
            };
            value.map(|value| (key, value))
        };
        fields.into_iter().filter_map(fit).collect()
    }

    /// What stands under `key`. Words under a name that nobody has thought of are taken for words.
    fn value(self, key: &str, value: Value) -> Option<Value> {
        match value {
            Value::String(text) => {
                let text = Plain::from(text);
                let kept = match key {
                    MESSAGE => self.message(&text),
                    _ if NAMES.contains(&key) => self.name(&text),
                    _ if ADDRESSES.contains(&key) => self.address(&text),
                    _ => self.text(&text),
                };
                kept.map(|text| Value::String(text.to_string()))
            }
            Value::Array(items) => {
                Some(items.into_iter().filter_map(|item| self.value(key, item)).collect())
            }
            Value::Object(fields) => Some(Value::Object(self.fields(fields))),
            figure => Some(figure),
        }
    }
}

fn part(kept: Kept, text: &Plain, mask: impl FnOnce(&Plain) -> Plain) -> Option<Plain> {
    match kept {
        Kept::Whole => Some(text.clone()),
        Kept::Masked => Some(mask(text)),
        Kept::Nothing => None,
    }
}

fn first_letter(name: &str) -> String {
    name.chars().next().map(|first| format!("{first}…")).unwrap_or_default()
}

/// Where somebody is, without the one machine.
fn network(address: &str) -> String {
    if let Ok(ip) = address.parse() {
        return match ip {
            IpAddr::V4(ip) => v4(ip),
            IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| v6(ip), v4),
        };
    }
    // A terminal's number says nothing of where it is.
    if address.starts_with("/dev/") {
        return address.to_owned();
    }
    match address.rsplit_once(" on ") {
        // «the floorwalker with pid 7 on desk-1».
        Some((who, host)) => format!("{who} on {}", first_letter(host)),
        None => first_letter(address),
    }
}

fn v4(ip: Ipv4Addr) -> String {
    let [a, b, c, _] = ip.octets();
    format!("{a}.{b}.{c}.0/24")
}

fn v6(ip: Ipv6Addr) -> String {
    let [a, b, c, ..] = ip.segments();
    format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::audit::AuditEvent;

    fn entry(host: &str, origin: &str) -> AuditEntry {
        let actor = Actor {
            user: "mara".into(),
            host: host.into(),
            tty: Some("/dev/pts/3".into()),
            ssh_origin: Some(origin.into()),
            account: None,
        };
        AuditEntry {
            reason: Some("call 0171/1234567".into()),
            error: Some("maria@example.com is unknown".into()),
            waiver: Some("the lead agreed".into()),
            details: json!({
                "seen": {"state": "waiting", "queue": "q"},
                "history": 50,
                "attributes": ["tier", "4111111111111111"],
                "guards": [{"guard": "depth", "outcome": "waived", "says": "PIN 4711"}],
                "from": "the floorwalker with pid 7 on desk-1",
                "guest": "Zoë",
            }),
            ..AuditEntry::of(AuditEvent::HandoffFailed, actor, "org".into(), "platform")
        }
    }

    fn all(kept: Kept) -> Privacy {
        Privacy { names: kept, texts: kept, addresses: kept, messages: kept }
    }

    #[test]
    fn what_was_written_to_a_customer_is_kept_only_where_that_is_wanted() {
        let said = |privacy: Privacy| {
            let details =
                json!({"deed": "d", "letters": 25, "message": "Your card 4111111111111111"});
            privacy.fit(AuditEntry { details, ..entry("desk-1", "192.0.2.7") }).details
        };
        assert_eq!(said(Privacy::default()), json!({"deed": "d", "letters": 25}));
        let keeps = |messages| Privacy { messages, ..Privacy::default() };
        assert_eq!(said(keeps(Kept::Masked))["message"], "Your card •••• •••• •••• 1111");
        assert_eq!(said(keeps(Kept::Whole))["message"], "Your card 4111111111111111");
    }

    #[test]
    fn all_of_it_is_kept_where_that_is_wanted() {
        let whole = all(Kept::Whole);
        assert_eq!(whole.fit(entry("desk-1", "192.0.2.7")), entry("desk-1", "192.0.2.7"));
    }

    #[test]
    fn as_much_is_kept_as_tells_one_from_another() {
        let masked = all(Kept::Masked);
        let fit = masked.fit(entry("desk-1.example", "192.0.2.7"));
        assert_eq!((&*fit.actor.user, &*fit.actor.host), ("m…", "d…"));
        assert_eq!(fit.actor.tty.as_deref(), Some("/dev/pts/3"));
        assert_eq!(fit.actor.ssh_origin.as_deref(), Some("192.0.2.0/24"));
        assert_eq!(fit.reason.as_deref(), Some("call •••••••67"));
        assert_eq!(fit.error.as_deref(), Some("m•••@•••.com is unknown"));
        assert_eq!(fit.waiver.as_deref(), Some("the lead agreed"));
        let expected = json!({
            "seen": {"state": "waiting", "queue": "q"},
            "history": 50,
            "attributes": ["tier", "•••• •••• •••• 1111"],
            "guards": [{"guard": "depth", "outcome": "waived", "says": "PIN ••••"}],
            "from": "the floorwalker with pid 7 on d…",
            "guest": "Z…",
        });
        assert_eq!(fit.details, expected);
        for (origin, network) in [
            ("2001:db8:1:2::7", "2001:db8:1::/48"),
            ("::ffff:192.0.2.7", "192.0.2.0/24"),
            ("gate.example", "g…"),
        ] {
            assert_eq!(self::network(origin), network);
        }
    }

    #[test]
    fn nothing_is_kept_but_what_was_done() {
        let none = all(Kept::Nothing);
        let fit = none.fit(entry("desk-1", "192.0.2.7"));
        assert_eq!(fit.actor, Actor::default());
        assert_eq!((&fit.reason, &fit.error, &fit.waiver), (&None, &None, &None));
        let expected = json!({
            "seen": {"state": "waiting", "queue": "q"},
            "history": 50,
            "attributes": [],
            "guards": [{"guard": "depth", "outcome": "waived"}],
        });
        assert_eq!(fit.details, expected);
    }

    #[test]
    fn by_default_only_what_nobody_needs_to_read_is_masked() {
        let fit = Privacy::default().fit(entry("desk-1", "192.0.2.7"));
        assert_eq!(fit.actor, entry("desk-1", "192.0.2.7").actor);
        assert_eq!(fit.reason.as_deref(), Some("call •••••••67"));
        assert_eq!(fit.details["guest"], "Zoë");
    }
}

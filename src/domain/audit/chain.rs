//! The chain: what a record is as bytes, how records hang together, and how to check it.
//!
//! This page is enough to write a verifier, in any language, for what `floorwalker audit export --format
//! jsonl` prints.
//!
//! # The log
//!
//! A log has a name, `floorwalker.audit/` and 32 hexadecimal digits, drawn when it begins. Its records are
//! numbered 1, 2, 3 … without a gap. Each has a *public part*, a *personal part* and a *hash*.
//!
//! # The two parts
//!
//! Both are JSON objects in the canonical form of RFC 8785 (JSON Canonicalization Scheme), as UTF-8. A
//! field that is not known is left out; `null` is never written.
//!
//! The **personal part** holds what may be personal and can be purged: `details` (an object), `error`,
//! `host`, `override`, `reason`, `salt`, `ssh_origin`, `tty`, `user`. The salt is 32 random hexadecimal
//! digits, so that nobody can find out what was purged by trying what it may have been.
//!
//! The **public part** holds the rest: `agent`, `context`, `conversation`, `correlation`, `dialect`,
//! `error_code`, `event`, `handoff`, `latency_ms`, `participant`, `queue`, `request_ms`, `seq` (the number),
//! `status`, `timestamp` (UTC, `2026-11-21T16:00:00.123Z`), `transfer`, and `personal`: the SHA-256 of the
//! personal part's bytes, in lower-case hexadecimal digits. So a record's hash stays what it is when its
//! personal part is purged.
//!
//! # The hash
//!
//! ```text
//! hash(0) = SHA-256(the log's name, as UTF-8)
//! hash(n) = SHA-256(hash(n − 1), its 32 bytes, then the bytes of the public part of record n)
//! ```
//!
//! # An exported line
//!
//! One JSON object: the fields of both parts side by side, and `log` (the name), `previous` (the hash of
//! the record before) and `hash`, both in hexadecimal digits. Whatever is not a field of the personal part
//! and none of these three belongs to the public part, also a field that this page does not know. To check
//! a line, sort its fields into the two parts, write each in the canonical form, and compare the digests. A
//! record whose personal part was purged has none of its fields; only its link can be checked. A purge is a
//! record itself, `audit_purged`, whose `details.through` is the last number it purged and whose own
//! personal part is never purged; a record without its personal part that no purge speaks of was robbed.
//!
//! # Checkpoints
//!
//! What a chain alone can't show, that its tail was cut or that it was computed anew, a signed head shows:
//! see [`checkpoint`](super::checkpoint).

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Actor, AuditEntry, AuditEvent, AuditRecord, canonical};
use crate::domain::text::{Plain, json_shown};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of the record after this one, whose public part is `record`.
    #[must_use]
    pub fn then(self, record: &str) -> Self {
        let mut digest = Sha256::new();
        digest.update(self.0);
        digest.update(record);
        Self(digest.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            for (digit, value) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *digit = DIGITS.get(usize::from(value)).copied().unwrap_or_default();
            }
        }
        f.write_str(std::str::from_utf8(&hex).unwrap_or_default())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = Unreadable;

    fn from_str(hex: &str) -> Result<Self, Unreadable> {
        let mut hash = [0; 32];
        let lower = |c: &u8| c.is_ascii_digit() || (b'a'..=b'f').contains(c);
        if hex.len() != 64 || !hex.as_bytes().iter().all(lower) {
            return Err(Unreadable("a hash is 64 hexadecimal digits".into()));
        }
        for (n, byte) in hash.iter_mut().enumerate() {
            let pair = hex.get(2 * n..2 * n + 2).unwrap_or_default();
            *byte = u8::from_str_radix(pair, 16).map_err(Unreadable::because)?;
        }
        Ok(Self(hash))
    }
}

/// What a log is called, everywhere and for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogName(String);

impl LogName {
    const BEGINS: &str = "floorwalker.audit/";

    /// A new name, from 128 random bits.
    pub fn drawn(bits: u128) -> Self {
        Self(format!("{}{bits:032x}", Self::BEGINS))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash that the first record follows.
    pub fn genesis(&self) -> Hash {
        Hash::of(self.0.as_bytes())
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LogName {
    type Err = Unreadable;

    fn from_str(name: &str) -> Result<Self, Unreadable> {
        let digits = name.strip_prefix(Self::BEGINS).unwrap_or_default();
        let lower = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        match digits.len() == 32 && digits.bytes().all(lower) {
            true => Ok(Self(name.to_owned())),
            false => Err(Unreadable(format!("{:?} is not the name of a log", Plain::new(name)))),
        }
    }
}

/// Where a log ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which log.
    pub log: LogName,
    /// How many records it has: the number of the last.
    pub size: i64,
    /// The last record's hash; that of the name while there is none.
    pub hash: Hash,
}

/// A record as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its number.
    pub seq: i64,
    /// When it was written, in ms since 1970: what the store finds it by.
    pub at: i64,
    /// What happened: what the store finds it by.
    pub event: String,
    /// The public part, canonical.
    pub record: String,
    /// The personal part, canonical; `None` once it was purged.
    pub personal: Option<String>,
    /// Its hash.
    pub hash: Hash,
}

/// A record in its place in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The record.
    pub sealed: Sealed,
    /// The latest time of all records up to this one, in ms since 1970, where the store keeps that to find
    /// a span of time by.
    pub top: Option<i64>,
}

/// What is in the log, or came from elsewhere, is not what this page says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Unreadable {
    fn because(error: impl fmt::Display) -> Self {
        Self(Plain::new(&error.to_string()).to_string())
    }
}

/// The fields of the personal part, in their order.
const PERSONAL: [&str; 9] =
    ["details", "error", "host", "override", "reason", "salt", "ssh_origin", "tty", "user"];
/// The fields of an exported line that belong to neither part.
const AROUND: [&str; 3] = ["hash", "log", "previous"];

impl Sealed {
    /// Seals `record` into the chain behind `previous`. The salt is 32 random hexadecimal digits.
    pub fn new(record: &AuditRecord, salt: &str, previous: Hash) -> Self {
        Self::with(record, Words::of(record, salt), previous)
    }

    /// Seals `record`, whose personal part is sealed already, into the chain behind `previous`.
    pub fn with(record: &AuditRecord, words: Words, previous: Hash) -> Self {
        let public = public_part(record, words.digest);
        let hash = previous.then(&public);
        let event = record.event.to_string();
        let at = record.timestamp.as_millisecond();
        Self { seq: record.seq, at, event, record: public, personal: Some(words.text), hash }
    }

    /// The record to be read. Who did it and in which words is empty once it was purged.
    ///
    /// # Errors
    /// If what is kept is no record.
    pub fn read(&self) -> Result<AuditRecord, Unreadable> {
        let public: Public = serde_json::from_str(&self.record).map_err(Unreadable::because)?;
        let personal = self.personal.as_deref().map(serde_json::from_str::<Personal>);
        let personal = personal.transpose().map_err(Unreadable::because)?;
        Ok(public.with(personal))
    }

    /// The record to be shown, also where it can't be read: then with its number, its time, and why.
    pub fn shown(&self) -> AuditRecord {
        self.read().unwrap_or_else(|error| {
            let event = AuditEvent::HandoffFailed;
            let entry = AuditEntry::of(event, Actor::default(), Plain::default(), "");
            let at = Timestamp::from_millisecond(self.at).unwrap_or_default();
            AuditRecord {
                seq: self.seq,
                event: Plain::new(&self.event),
                error: Some(Plain::new(&format!("this record can't be read: {error}"))),
                ..entry.dated(at)
            }
        })
    }

    /// The exported line, without its end. `previous` is the hash of the record before.
    pub fn line(&self, log: &LogName, previous: Hash) -> String {
        let mut line = String::with_capacity(self.record.len() + 700);
        line.push_str(self.record.strip_suffix('}').unwrap_or_default());
        if let Some(personal) = &self.personal {
            line.push(',');
            let fields = personal.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            line.push_str(fields.unwrap_or_default());
        }
        line.push_str(&format!(
            r#","log":"{log}","previous":"{previous}","hash":"{}"}}"#,
            self.hash
        ));
        json_shown(line)
    }
}

/// A personal part and its digest: neither needs the record's number or time.
#[derive(Clone, Debug)]
pub struct Words {
    text: String,
    digest: Hash,
}

impl Words {
    /// Of this record. The salt is 32 random hexadecimal digits.
    pub fn of(record: &AuditRecord, salt: &str) -> Self {
        let text = personal_part(record, salt);
        let digest = Hash::of(text.as_bytes());
        Self { text, digest }
    }
}

fn personal_part(record: &AuditRecord, salt: &str) -> String {
    let mut out = String::with_capacity(256);
    let mut part = canonical::Object::begin(&mut out);
    if record.details.as_object().is_some_and(|details| !details.is_empty()) {
        canonical::write(&record.details, part.field("details"));
    }
    part.text("error", record.error.as_deref());
    part.text("host", Some(&record.actor.host));
    part.text("override", record.waiver.as_deref());
    part.text("reason", record.reason.as_deref());
    part.text("salt", Some(salt));
    part.text("ssh_origin", record.actor.ssh_origin.as_deref());
    part.text("tty", record.actor.tty.as_deref());
    part.text("user", Some(&record.actor.user));
    part.end();
    out
}

fn public_part(record: &AuditRecord, personal: Hash) -> String {
    let mut out = String::with_capacity(512);
    let mut part = canonical::Object::begin(&mut out);
    part.shown("agent", record.agent.as_ref());
    part.text("context", Some(&record.context));
    part.shown("conversation", record.session.as_ref());
    part.text("correlation", record.correlation.as_deref());
    part.text("dialect", Some(&record.dialect));
    part.text("error_code", record.error_code.as_deref());
    part.text("event", Some(&record.event));
    part.shown("handoff", record.handoff.as_ref());
    part.whole("latency_ms", record.latency_ms.and_then(|ms| i64::try_from(ms).ok()));
    part.shown("participant", record.participant.as_ref());
    part.text("personal", Some(&personal.to_string()));
    part.shown("queue", record.queue.as_ref());
    if let Some(ms) = record.request_ms.filter(|ms| ms.is_finite()) {
        canonical::double(ms, part.field("request_ms"));
    }
    part.whole("seq", Some(record.seq));
    part.text("status", record.status.as_deref());
    part.text("timestamp", Some(&format!("{:.3}", record.timestamp)));
    part.text("transfer", record.transfer.as_deref());
    part.end();
    out
}

/// A line of an export: the record, and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The log that it is of.
    pub log: LogName,
    /// The hash of the record before.
    pub previous: Hash,
    /// The record, with the hash that the line tells.
    pub sealed: Sealed,
}

impl FromStr for Line {
    type Err = Unreadable;

    fn from_str(line: &str) -> Result<Self, Unreadable> {
        let mut public: Map<String, Value> =
            serde_json::from_str(line).map_err(Unreadable::because)?;
        let mut take = |name: &str| match public.remove(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(Unreadable(format!("{name} is missing"))),
        };
        let [hash, log, previous] = AROUND.map(&mut take);
        let (hash, log, previous) = (hash?.parse()?, log?.parse()?, previous?.parse()?);
        let personal: Map<String, Value> =
            PERSONAL.iter().filter_map(|&name| public.remove_entry(name)).collect();
        let personal = (!personal.is_empty()).then(|| written(Value::Object(personal)));
        let record = written(Value::Object(public));
        let outline: Outline = serde_json::from_str(&record).map_err(Unreadable::because)?;
        let (seq, at, event) = (outline.seq, outline.at()?, outline.event.into_owned());
        Ok(Self { log, previous, sealed: Sealed { seq, at, event, record, personal, hash } })
    }
}

fn written(value: Value) -> String {
    let mut out = String::new();
    canonical::write(&value, &mut out);
    out
}

/// What has to be known of a public part to check it.
#[derive(Deserialize)]
pub(super) struct Outline<'a> {
    pub(super) seq: i64,
    #[serde(borrow)]
    timestamp: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    pub(super) personal: std::borrow::Cow<'a, str>,
}

impl Outline<'_> {
    /// When it was written, in ms since 1970.
    pub(super) fn at(&self) -> Result<i64, Unreadable> {
        let timestamp: Timestamp = self.timestamp.parse().map_err(Unreadable::because)?;
        Ok(timestamp.as_millisecond())
    }
}

#[derive(Deserialize)]
struct Public {
    seq: i64,
    timestamp: Timestamp,
    event: String,
    context: String,
    dialect: String,
    handoff: Option<String>,
    conversation: Option<String>,
    participant: Option<String>,
    agent: Option<String>,
    queue: Option<String>,
    transfer: Option<String>,
    status: Option<String>,
    latency_ms: Option<u64>,
    request_ms: Option<f64>,
    error_code: Option<String>,
    correlation: Option<String>,
}

#[derive(Default, Deserialize)]
struct Personal {
    user: String,
    host: String,
    tty: Option<String>,
    ssh_origin: Option<String>,
    error: Option<String>,
    reason: Option<String>,
    #[serde(rename = "override")]
    waiver: Option<String>,
    #[serde(default)]
    details: Map<String, Value>,
}

impl Public {
    fn with(self, personal: Option<Personal>) -> AuditRecord {
        let plain = |text: Option<String>| text.map(Plain::from);
        let purged = personal.is_none();
        let personal = personal.unwrap_or_default();
        AuditRecord {
            seq: self.seq,
            timestamp: self.timestamp,
            event: self.event.into(),
            actor: Actor {
                user: personal.user.into(),
                host: personal.host.into(),
                tty: plain(personal.tty),
                ssh_origin: plain(personal.ssh_origin),
                account: None,
            },
            context: self.context.into(),
            dialect: self.dialect.into(),
            handoff: self.handoff.map(|id| id.as_str().into()),
            session: self.conversation.map(|id| id.as_str().into()),
            participant: self.participant.map(|id| id.as_str().into()),
            agent: self.agent.map(|id| id.as_str().into()),
            queue: self.queue.map(|id| id.as_str().into()),
            transfer: plain(self.transfer),
            status: plain(self.status),
            latency_ms: self.latency_ms,
            request_ms: self.request_ms,
            error_code: plain(self.error_code),
            error: plain(personal.error),
            reason: plain(personal.reason),
            waiver: plain(personal.waiver),
            correlation: plain(self.correlation),
            details: Value::Object(personal.details),
            purged,
        }
    }
}

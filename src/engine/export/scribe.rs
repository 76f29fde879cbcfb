//! Records as lines of JSON, or as rows for a spreadsheet.

use serde_json::{Map, Value};

use crate::domain::{
    audit::{Hash, LogName, Sealed},
    text::in_a_sheet,
};

/// How records are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line, as the page on the chain has it: another log can take them over.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

/// The columns: the fields of both parts, by their names in the chain, and what stands around them.
const COLUMNS: [&str; 27] = [
    "seq",
    "timestamp",
    "event",
    "status",
    "user",
    "host",
    "tty",
    "ssh_origin",
    "context",
    "dialect",
    "handoff",
    "conversation",
    "participant",
    "agent",
    "queue",
    "transfer",
    "latency_ms",
    "request_ms",
    "error_code",
    "error",
    "reason",
    "override",
    "correlation",
    "details",
    "personal",
    "salt",
    "purged",
];
/// What stands around a record.
const AROUND: [&str; 3] = ["log", "previous", "hash"];

/// Writes records down that follow each other.
#[derive(Clone, Debug)]
pub struct Scribe {
    format: Format,
    log: LogName,
    previous: Hash,
}

impl Scribe {
    /// One who begins with the first record of a log.
    pub fn begin(format: Format, log: &LogName) -> Self {
        Self::after(format, log, log.genesis())
    }

    /// One who begins behind the record with this hash.
    pub fn after(format: Format, log: &LogName, previous: Hash) -> Self {
        Self { format, log: log.clone(), previous }
    }

    /// Goes on behind the record with this hash.
    pub fn follow(&mut self, hash: Hash) {
        self.previous = hash;
    }

    /// What comes before the first record.
    pub fn header(&self) -> Vec<u8> {
        match self.format {
            Format::Jsonl => Vec::new(),
            Format::Csv => {
                let mut table = csv::Writer::from_writer(Vec::new());
                put(&mut table, COLUMNS.iter().chain(&AROUND));
                table.into_inner().unwrap_or_default()
            }
        }
    }

    /// Writes those of `records`, which come next, that pass. How many.
    pub fn write(
        &mut self,
        records: &[Sealed],
        passes: impl Fn(&Sealed) -> bool,
        out: &mut Vec<u8>,
    ) -> u64 {
        let mut table = csv::Writer::from_writer(Vec::new());
        let mut written = 0;
        for sealed in records {
            let previous = std::mem::replace(&mut self.previous, sealed.hash);
            if !passes(sealed) {
                continue;
            }
            written += 1;
            match self.format {
                Format::Jsonl => {
                    out.extend_from_slice(sealed.line(&self.log, previous).as_bytes());
                    out.push(b'\n');
                }
                Format::Csv => {
                    let around =
                        [self.log.to_string(), previous.to_string(), sealed.hash.to_string()];
                    put(&mut table, cells(sealed).into_iter().chain(around));
                }
            }
        }
        out.extend(table.into_inner().unwrap_or_default());
        written
    }
}

/// Puts a row into a table in memory, which takes every row.
fn put(table: &mut csv::Writer<Vec<u8>>, row: impl IntoIterator<Item = impl AsRef<[u8]>>) {
    _ = table.write_record(row);
}

/// The cells of a record; empty where nothing is known. One that can't be read has its number and event.
fn cells(sealed: &Sealed) -> [String; COLUMNS.len()] {
    let mut cells: [String; COLUMNS.len()] = Default::default();
    let mut put = |name: &str, text: String| {
        let place = COLUMNS.iter().position(|column| *column == name);
        if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
            *cell = text;
        }
    };
    for part in [sealed.personal.as_deref(), Some(&sealed.record)].into_iter().flatten() {
        let part: Map<String, Value> = serde_json::from_str(part).unwrap_or_default();
        for (name, value) in part {
            put(&name, written(value));
        }
    }
    put("seq", sealed.seq.to_string());
    put("event", in_a_sheet(&sealed.event));
    put("purged", sealed.personal.is_none().to_string());
    cells
}

fn written(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        // Words of strangers.
        Value::String(text) => in_a_sheet(&text),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => in_a_sheet(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::audit::{Actor, AuditEntry, AuditEvent, AuditRecord};

    fn chain() -> Vec<Sealed> {
        let mut previous = log().genesis();
        let sealed = |seq: i64| {
            let actor =
                Actor { user: "=HYPERLINK(1)".into(), host: "desk".into(), ..Actor::default() };
            let mut entry =
                AuditEntry::of(AuditEvent::HandoffFailed, actor, "org".into(), "platform");
            entry.error = Some("  @SUM(A1)".into());
            entry.reason = Some("a \"reason\", with more".into());
            entry.latency_ms = Some(42);
            let record = entry.dated(Timestamp::UNIX_EPOCH);
            let sealed = Sealed::new(&AuditRecord { seq, ..record }, &"0f".repeat(16), previous);
            previous = sealed.hash;
            sealed
        };
        (1..=3).map(sealed).collect()
    }

    fn log() -> LogName {
        LogName::drawn(7)
    }

    #[test]
    fn a_table_has_all_fields_and_no_formula() {
        let mut chain = chain();
        chain[1].personal = None;
        let mut scribe = Scribe::begin(Format::Csv, &log());
        let mut out = scribe.header();
        assert_eq!(scribe.write(&chain, |_| true, &mut out), 3);
        let mut table = csv::Reader::from_reader(&out[..]);
        let names = table.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
        let cell = |row: usize, name: &str| {
            rows[row].get(names.iter().position(|column| column == name).unwrap()).unwrap()
        };
        assert_eq!((cell(0, "user"), cell(0, "error")), ("'=HYPERLINK(1)", "'  @SUM(A1)"));
        assert_eq!((cell(0, "latency_ms"), cell(0, "purged")), ("42", "false"));
        assert_eq!(cell(0, "reason"), "a \"reason\", with more");
        assert_eq!((cell(1, "user"), cell(1, "purged"), cell(1, "seq")), ("", "true", "2"));
        assert_eq!(cell(2, "previous"), cell(1, "hash"));
        // Whatever the chain's page names is a column, and nothing else is.
        let line: Map<String, Value> =
            serde_json::from_str(&chain[0].line(&log(), log().genesis())).unwrap();
        assert!(line.keys().all(|field| names.iter().any(|column| column == field)), "{line:?}");
    }

    #[test]
    fn what_is_left_out_is_still_what_the_next_one_follows() {
        let chain = chain();
        let mut scribe = Scribe::begin(Format::Jsonl, &log());
        let mut out = Vec::new();
        assert_eq!(scribe.write(&chain, |sealed| sealed.seq == 3, &mut out), 1);
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, format!("{}\n", chain[2].line(&log(), chain[1].hash)));
    }
}

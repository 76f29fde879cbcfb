//! The sessions' ids, from the command line and from standard input.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Read},
};

use serde::Deserialize;

use crate::{commands::Failure, domain::id::SessionId, policy::payload::check_conversation};

/// What our own `sessions -o jsonl` prints, as far as it is needed here.
#[derive(Deserialize)]
struct Row {
    id: String,
}

/// All that were given, each once, in their order.
pub fn sessions(given: &[String], stdin: bool) -> Result<Vec<SessionId>, Failure> {
    let mut texts = given.to_vec();
    if stdin {
        texts.extend(listed(std::io::stdin().lock())?);
    }
    let mut seen = HashSet::new();
    let mut ids = Vec::new();
    for text in &texts {
        // Two spellings of one conversation are one session.
        let id = check_conversation(text.trim())?.canonical();
        if seen.insert(id.clone()) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// One id a line, plain or as a JSON object; blank lines and comments say nothing.
fn listed(from: impl Read) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for line in BufReader::new(from).lines() {
        let line =
            line.map_err(|e| Failure::usage(format!("Standard input can't be read: {e}")))?;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        ids.push(if line.starts_with('{') { id_of(line)? } else { line.to_owned() });
    }
    Ok(ids)
}

fn id_of(line: &str) -> Result<String, Failure> {
    let row: Row = serde_json::from_str(line).map_err(|e| {
        Failure::usage(format!("A line of standard input is no JSON object with \"id\": {e}"))
    })?;
    Ok(row.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_ids_or_rows_and_the_rest_says_nothing() {
        let text = "\n# two of them\n  a \n{\"id\":\"b\",\"state\":\"bot\"}\r\n\n";
        assert_eq!(listed(text.as_bytes()).unwrap(), ["a", "b"]);
        assert!(listed("{\"state\":\"bot\"}".as_bytes()).is_err());
    }

    #[test]
    fn two_spellings_of_one_session_are_one() {
        let given =
            ["0B7E4C1E-6C7F-4E6F-9A53-0D3F5A1F2B3C", "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c"]
                .map(str::to_owned);
        assert_eq!(sessions(&given, false).unwrap().len(), 1);
        let error = sessions(&["chat-12".to_owned()], false).unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str()),
            (2, "Invalid conversation ID format: chat-12")
        );
    }
}

//! The events of a session (S3): what was said, and how often it was passed on.

use jiff::Timestamp;
use serde::Deserialize;

use super::wire::{lenient, list, part, time};
use crate::{
    domain::{
        detail::{Purpose, SessionDetail, Speaker, Utterance},
        payload::Guest,
        text::Plain,
    },
    genesys::{
        Error, Lane,
        client::{Call, Client},
        transport::Transport,
    },
};

/// Events on a page.
const PAGE: usize = 250;
/// Pages that are read at most: a screen shows a few messages, and ten thousand events are no
/// conversation.
const PAGES: usize = 40;
/// Messages that the detail shows.
const MESSAGES: usize = 30;

#[derive(Deserialize)]
struct Page {
    /// A page has events, so what has none is no page.
    #[serde(deserialize_with = "list")]
    events: Vec<Event>,
    #[serde(default, deserialize_with = "lenient", alias = "nextPageCursor")]
    next_page_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient", alias = "from_")]
    from: Option<From>,
    #[serde(default, deserialize_with = "lenient")]
    text: Option<Plain>,
    #[serde(default, deserialize_with = "time")]
    timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
struct From {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<String>,
}

/// Adds messages and depth. What can't be read becomes a gap.
pub async fn add<T: Transport>(client: &Client<T>, detail: &mut SessionDetail, lane: Lane) {
    let mut events = Vec::new();
    match read(client, detail, lane, &mut events).await {
        Ok(true) => {
            let transfers = events.iter().filter(|e| e.is("transfer")).count();
            detail.session.depth = u32::try_from(transfers).ok();
        }
        Ok(false) => {
            let text = format!("Only the first {} events were read", events.len());
            detail.gaps.push(text.into());
        }
        Err(error) => detail.gaps.push(error.explained()),
    }
    let mut said: Vec<Utterance> = events.iter().filter_map(|e| e.said(detail)).collect();
    let from = said.len().saturating_sub(MESSAGES);
    detail.messages = said.split_off(from);
}

/// Reads page after page; false if there are more than are read.
async fn read<T: Transport>(
    client: &Client<T>,
    detail: &SessionDetail,
    lane: Lane,
    events: &mut Vec<Event>,
) -> Result<bool, Error> {
    let path = format!("/api/v2/conversations/{}/events?pageSize={PAGE}", part(&detail.id));
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let next = cursor.as_ref().map(|c| format!("&cursor={}", part(c))).unwrap_or_default();
        let call = Call::get("read the events", lane, format!("{path}{next}"));
        let page: Page = client.fetch(call).await?;
        events.extend(page.events);
        let next = page.next_page_cursor.filter(|next| !next.is_empty());
        // A cursor that leads to itself would lead nowhere.
        if next.is_none() || next == cursor {
            return Ok(true);
        }
        cursor = next;
    }
    Ok(false)
}

impl Event {
    fn is(&self, kind: &str) -> bool {
        self.kind.as_deref().is_some_and(|k| k.eq_ignore_ascii_case(kind))
    }

    /// What somebody said; the system's own notes are nobody's words.
    fn said(&self, detail: &SessionDetail) -> Option<Utterance> {
        let from = self.from.as_ref().and_then(|f| f.id.as_deref())?;
        if !self.is("message") || from == "system" {
            return None;
        }
        let text = self.text.clone().filter(|t| !t.is_empty())?;
        let by = speaker(from, detail);
        Some(Utterance { at: self.timestamp?, by, author: None, text: text.into() })
    }
}

/// By whom: the guest and the agents are known by their ids, and who is neither is the bot.
fn speaker(from: &str, detail: &SessionDetail) -> Speaker {
    let is = |id: &Option<crate::domain::id::AgentId>| {
        id.as_ref().is_some_and(|id| id.with_str(|id| id == from))
    };
    let party = detail
        .participants
        .iter()
        .find(|p| p.id.with_str(|id| id == from) || is(&p.agent))
        .map(|p| &p.purpose);
    match party {
        Some(Purpose::Customer) => Speaker::Guest,
        Some(Purpose::Agent) => Speaker::Agent,
        _ if detail.guest.as_ref().and_then(Guest::id) == Some(from) => Speaker::Guest,
        _ => Speaker::Bot,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn either_spelling_of_the_cursor_is_read() {
        for name in ["nextPageCursor", "next_page_cursor"] {
            let page: Page = serde_json::from_value(json!({"events": [], name: "x"})).unwrap();
            assert_eq!(page.next_page_cursor.as_deref(), Some("x"));
        }
        let last: Page =
            serde_json::from_value(json!({"events": [7], "nextPageCursor": null})).unwrap();
        assert!(last.next_page_cursor.is_none() && last.events.is_empty());
    }
}

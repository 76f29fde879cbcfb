//! The events of a session, oldest first, by cursor: what was said, what the system noted, and each
//! transfer. They are not kept but drawn from the session's history; what is new is always last, so a
//! cursor stays good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{session_wire, sessions};
use crate::simulator::call::{Answer, Call, Failure, tidy};
use crate::simulator::routes::rest_wire;
use crate::simulator::stamp::{Millis, Stamp};
use crate::simulator::world::World;
use crate::simulator::world::participants::{Disconnect, Participant, Purpose};
use crate::simulator::world::sessions::{Key, Session, Utterance};

/// So many events on a page.
const MOST: usize = 250;

type Event = (Millis, Value);

pub(super) fn page(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let session = sessions::session(call, world)?;
    let size = call.query.count("pageSize", MOST, MOST)?;
    let start = match call.query.one("cursor") {
        None => 0,
        Some(text) => read_cursor(text, session.key).ok_or_else(|| {
            Failure::new(400, "invalid.query.param.value", "The cursor is not valid")
        })?,
    };
    let all = events(session, world);
    let next = start.saturating_add(size);
    let page: Vec<&Value> = all.iter().skip(start).take(size).map(|(_, event)| event).collect();
    let cursor = (next < all.len()).then(|| cursor(session.key, next));
    Answer::ok(&json!({"events": page, "nextPageCursor": cursor}))
}

/// A cursor is good for one session only.
fn cursor(key: Key, offset: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("{key}:{offset}"))
}

fn read_cursor(text: &str, key: Key) -> Option<usize> {
    let decoded = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (of, offset) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    (of.parse() == Ok(key)).then(|| offset.parse().ok()).flatten()
}

fn events(session: &Session, world: &World) -> Vec<Event> {
    let mut events: Vec<Event> =
        session.utterances.iter().map(|utterance| said(session, utterance, world)).collect();
    let parties = session.participants.iter().enumerate();
    events.extend(parties.clone().filter_map(|(_, party)| noted(session, party, world)));
    events.extend(parties.filter_map(|(place, party)| passed_on(session, place, party, world)));
    events.sort_by_key(|(at, _)| *at);
    events
}

fn said(session: &Session, utterance: &Utterance, world: &World) -> Event {
    let speaker = &session.participants[utterance.speaker];
    let from = match (speaker.purpose, speaker.agent) {
        (Purpose::Customer, _) => session_wire::guest_id(session),
        (_, Some(agent)) => world.agents[agent].id.clone(),
        (_, None) => "bot".to_owned(),
    };
    let text = world.words(session, utterance);
    let event = json!({
        "id": utterance.id, "type": "message", "from": {"id": from}, "text": text, "timestamp": Stamp(utterance.at),
    });
    (utterance.at, event)
}

/// What the guest is told by nobody in particular when somebody new takes over.
fn noted(session: &Session, party: &Participant, world: &World) -> Option<Event> {
    let name = rest_wire::name(session, party, world);
    let (at, text) = match party.purpose {
        Purpose::Customer => (party.start, "The conversation has started.".to_owned()),
        Purpose::Acd => (party.start, format!("You are now in line for {name}.")),
        Purpose::Agent => (party.connected?, format!("{name} has joined the conversation.")),
        Purpose::Bot | Purpose::Supervisor => return None,
    };
    let event = json!({
        "id": party.id, "type": "message", "from": {"id": "system"}, "text": text, "timestamp": Stamp(at),
    });
    Some((at, event))
}

/// A transfer is a bot or an agent passing the session on, or somebody taking it out of a queue by hand;
/// routing from a queue to its own agents is none.
fn passed_on(session: &Session, place: usize, party: &Participant, world: &World) -> Option<Event> {
    let at = party.end.filter(|_| party.disconnect == Some(Disconnect::Transfer))?;
    let by_hand = || world.handoffs.iter().any(|handoff| handoff.participant == party.id);
    let counts = match party.purpose {
        Purpose::Bot | Purpose::Agent => party.connected.is_some(),
        Purpose::Acd => by_hand(),
        Purpose::Customer | Purpose::Supervisor => false,
    };
    let next = session.participants.get(place + 1).filter(|_| counts)?;
    let agent = next.agent.map(|agent| json!({"id": world.agents[agent].id, "type": "user"}));
    let queue = || next.queue.map(|queue| json!({"id": world.queues[queue].id, "type": "queue"}));
    let event = tidy(json!({
        "id": party.communication, "type": "transfer", "from": {"id": "system"}, "to": agent.or_else(queue),
        "timestamp": Stamp(at),
    }));
    Some((at, event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_session() {
        assert_eq!(read_cursor(&cursor(7, 250), 7), Some(250));
        assert_eq!(read_cursor(&cursor(7, 250), 8), None);
        assert_eq!(read_cursor("250", 7), None);
        assert_eq!(read_cursor("ä%", 7), None);
    }
}

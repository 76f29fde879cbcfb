//! What was said: messages by their ids, in bulk.

use serde_json::{Value, json};

use super::conversations::session;
use super::people_wire::{self, Expand};
use crate::simulator::call::{Answer, Call, Failure, tidy};
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::participants::Purpose;
use crate::simulator::world::sessions::{Session, Utterance};

/// The API takes so many ids in one call.
const MOST: usize = 1000;

pub(super) fn bulk(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let session = session(call, world)?;
    let body = call.json()?;
    let ids = body
        .as_array()
        .ok_or_else(|| Failure::bad_request("The request body must be a list of message ids"))?;
    if ids.len() > MOST {
        return Err(Failure::bad_request(format!("At most {MOST} message ids can be requested")));
    }
    let wanted: Vec<&str> = ids.iter().filter_map(Value::as_str).collect();
    // Newest first: the API promises no order, so a client must not count on one.
    let found =
        session.utterances.iter().rev().filter(|utterance| wanted.contains(&utterance.id.as_str()));
    let entities: Vec<Value> = found.map(|utterance| message(session, utterance, world)).collect();
    Answer::ok(&json!({"entities": entities}))
}

fn platform(channel: &str) -> &'static str {
    match channel {
        "whatsapp" => "Whatsapp",
        "open" => "Open",
        _ => "WebMessaging",
    }
}

/// One message.
pub(super) fn message(session: &Session, utterance: &Utterance, world: &World) -> Value {
    let speaker = &session.participants[utterance.speaker];
    let inbound = speaker.purpose == Purpose::Customer;
    let mood = match utterance.sentiment {
        mood if mood > 0.25 => "Positive",
        mood if mood < -0.25 => "Negative",
        _ => "Neutral",
    };
    let human = json!({"id": session.address, "idType": "Opaque", "nickname": session.guest});
    let house = json!({"id": world.organization.id, "idType": "Opaque"});
    let (from, to) = if inbound { (human, house) } else { (house, human) };
    let enrichment =
        inbound.then(|| json!({"sentimentV2": {"tag": mood}, "language": {"language": "und"}}));
    let author = speaker
        .agent
        .map(|agent| people_wire::user(&world.agents[agent], world, Expand::default()));
    tidy(json!({
        "id": utterance.id, "conversationId": session.id, "providerMessageId": utterance.id, "timestamp": Stamp(utterance.at),
        "direction": if inbound { "inbound" } else { "outbound" }, "messengerType": session.channel,
        "fromAddress": from["id"], "toAddress": to["id"], "status": if inbound { "received" } else { "delivery-success" },
        "createdBy": author,
        "normalizedMessage": {
            "id": utterance.id, "type": "Text", "text": world.words(session, utterance),
            "direction": if inbound { "Inbound" } else { "Outbound" },
            "originatingEntity": speaker.purpose.entity(),
            "channel": {
                "platform": platform(session.channel), "type": "Private", "messageId": utterance.id,
                "time": Stamp(utterance.at), "from": from, "to": to,
            },
            "content": [], "enrichment": enrichment,
        },
        "normalizedReceipts": [],
        "selfUri": format!("/api/v2/conversations/messages/{}/messages/{}", session.id, utterance.id),
    }))
}

//! Handles on guests and on what is said: cut a connection, let somebody speak, end a conversation, read all
//! of it.

use serde_json::{Value, json};

use super::Fields;
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::server::Stand;
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::guests::GuestKey;
use crate::simulator::world::participants::{Disconnect, Purpose};
use crate::simulator::world::post::{Post, Told};
use crate::simulator::world::sessions::Key;

fn text<'a>(body: &'a Fields, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str)
}

fn conversation(body: &Fields, world: &World) -> Result<Key, Failure> {
    let id = text(body, "conversation").unwrap_or_default();
    world.session(id).ok_or_else(|| Failure::not_found("conversation"))
}

/// The guest whom a token or a conversation names.
fn guest(body: &Fields, world: &World) -> Result<GuestKey, Failure> {
    let named = match text(body, "token") {
        Some(token) => world.guest(token),
        None => world.sessions.get(&conversation(body, world)?).and_then(|one| one.origin.guest()),
    };
    named.ok_or_else(|| Failure::not_found("guest"))
}

/// Ends a guest's connections: breaks them, or asks the guest to come again.
pub(super) fn cut(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let mut world = stand.present();
    let guest = guest(&body, &world)?;
    let gentle = body.get("gentle").and_then(Value::as_bool).unwrap_or(false);
    let reason = text(&body, "reason").unwrap_or("The server asks to reconnect");
    let post = if gentle { Post::Closed(reason.to_owned()) } else { Post::Cut };
    let lines = world.guests.get(&guest).map_or(0, |guest| guest.lines());
    world.post(guest, &post);
    Answer::ok(&json!({"connections": lines}))
}

/// Lets whoever serves a session say a text.
pub(super) fn say(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let mut world = stand.present();
    let key = conversation(&body, &world)?;
    let words = text(&body, "text").ok_or_else(|| Failure::bad_request("'text' is required"))?;
    let said = world.speak(key, words.to_owned());
    let (id, at) =
        said.ok_or_else(|| Failure::new(409, "conversation.ended", "The conversation is over"))?;
    Answer::ok(&json!({"id": id, "at": Stamp(at)}))
}

/// Ends a conversation, by whom it is said.
pub(super) fn end(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let mut world = stand.present();
    let key = conversation(&body, &world)?;
    let (customer, server) = match text(&body, "by").unwrap_or("agent") {
        "agent" => (Disconnect::Peer, Disconnect::Client),
        "customer" => (Disconnect::Client, Disconnect::Peer),
        "system" => (Disconnect::System, Disconnect::System),
        other => {
            let message = format!("'{other}' is not agent, customer or system");
            return Err(Failure::bad_request(message));
        }
    };
    world.close(key, customer, server);
    Answer::ok(&json!({}))
}

/// Everything that was said in a conversation, in its order.
pub(super) fn transcript(stand: &Stand, id: &str) -> Result<Answer, Failure> {
    let world = stand.present();
    let session = world.session(id).and_then(|key| world.sessions.get(&key));
    let session = session.ok_or_else(|| Failure::not_found("conversation"))?;
    let row = |told: Told| {
        let inbound = told.from == Purpose::Customer;
        json!({
            "id": told.id, "at": Stamp(told.at), "by": told.from.name(), "text": told.text,
            "direction": if inbound { "Inbound" } else { "Outbound" },
        })
    };
    let messages: Vec<Value> =
        session.utterances.iter().map(|said| row(world.told(session, said))).collect();
    Answer::ok(&json!({
        "conversation": session.id, "state": session.stage.name(), "messages": messages,
    }))
}

//! Handles on bots: let one call a webhook now, and find a conversation to try one with.

use serde_json::{Value, json};

use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::server::Stand;
use crate::simulator::world::notices::Hook;

pub(super) const PICK: &str = "/_simulator/pick/";

/// Lets the bot of a conversation call a webhook now.
pub(super) fn ask(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let world = stand.present();
    let key = text("conversation").and_then(|id| world.session(id));
    let key = key.ok_or_else(|| Failure::not_found("conversation"))?;
    let hook = text("route").and_then(Hook::named);
    let hook = hook.ok_or_else(|| Failure::bad_request("'route' is bot_handoff or messaging"))?;
    let confidence = body.get("confidence").and_then(Value::as_f64);
    let told = world.tell_now(key, hook, confidence, text("reason"));
    let nobody = || Failure::new(409, "nobody.told", "No webhook is called, or too many wait");
    Answer::ok(&json!({"id": told.ok_or_else(nobody)?}))
}

/// The bare id of a session in a state to try something with.
pub(super) fn pick(stand: &Stand, state: &str) -> Result<Answer, Failure> {
    let picked = stand.present().pick(state);
    let id = picked.ok_or_else(|| Failure::not_found("conversation"))?;
    Ok(Answer { body: id.into_bytes(), ..Answer::empty() })
}

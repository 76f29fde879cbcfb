//! What a guest reads over HTTP, with the pass that their socket gave them.

use serde_json::Value;

use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::guest::wire;
use crate::simulator::paging::Page;
use crate::simulator::world::World;
use crate::simulator::world::passes::Stale;
use crate::simulator::world::post::Told;

/// The messages of the guest's session, newest first.
pub(super) fn history(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let bearer = call.header("authorization").and_then(|text| text.split_once(' '));
    let pass = bearer.map_or("", |(_, pass)| pass.trim());
    let guest = world.holder_of(pass).map_err(|stale| match stale {
        Stale::Unknown => Failure::new(401, "bad.credentials", "Invalid login credentials."),
        Stale::Expired => Failure::new(401, "credentials.expired", "The credentials have expired."),
    })?;
    let page = Page::read(call, 500)?;
    let session = guest.conversation.and_then(|key| world.sessions.get(&key));
    let said: Vec<Told> = session
        .map(|session| session.utterances.iter().rev().map(|said| world.told(session, said)))
        .into_iter()
        .flatten()
        .collect();
    let entities: Vec<Value> = page.of(&said).iter().map(wire::message).collect();
    Answer::ok(&page.listing(call, entities, said.len()))
}

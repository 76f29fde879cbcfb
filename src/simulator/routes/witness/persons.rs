//! The handles on persons: what they hold ends before its time, and what they do elsewhere.

use serde_json::Value;

use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::persons::Who;
use crate::simulator::server::{Stand, lock};
use crate::simulator::world::World;
use crate::simulator::world::agents::Presence;

pub(super) fn act(stand: &Stand, call: &Call) -> Result<Answer, Failure> {
    let body = call.object()?;
    let asked = |key: &str| body.get(key).and_then(Value::as_str);
    if let Some(what) = asked("end") {
        return end(stand, what);
    }
    if let Some(who) = asked("signs_in") {
        return signs_in(stand, who);
    }
    let mut world = lock(&stand.world);
    let (Some(person), Some(colleague)) = (world.person(), world.colleague()) else {
        return Err(Failure::not_found("user"));
    };
    match (asked("takes"), asked("listens"), asked("presence")) {
        (Some(id), ..) => {
            let key = session(&world, id)?;
            world.take(key, person);
        }
        (_, Some(id), _) => {
            let key = session(&world, id)?;
            let holder = world.sessions[&key].holder().id.clone();
            let listens = world.monitor(key, &holder, colleague);
            listens.map_err(|why| Failure::bad_request(format!("{why:?}")))?;
        }
        (.., Some(name)) => {
            let presence = Presence::ALL.into_iter().find(|it| it.analytics() == name);
            let presence = presence.ok_or_else(|| Failure::bad_request("no such presence"))?;
            world.agents[person].presence = presence;
        }
        _ => {
            return Err(Failure::bad_request(
                "'end' must be codes, tokens or sign_ins; or 'signs_in', 'takes', 'listens', 'presence'",
            ));
        }
    }
    Ok(Answer::empty())
}

fn session(world: &World, id: &str) -> Result<u32, Failure> {
    world.session(id).ok_or_else(|| Failure::not_found("conversation"))
}

/// Whose browser comes from now on.
fn signs_in(stand: &Stand, who: &str) -> Result<Answer, Failure> {
    let who = match who {
        "person" => Who::Person,
        "colleague" => Who::Colleague,
        _ => return Err(Failure::bad_request("'signs_in' must be person or colleague")),
    };
    lock(&stand.access).persons.next = who;
    Ok(Answer::empty())
}

/// Ends what persons hold: codes before their time, access tokens before theirs, whole sign-ins.
fn end(stand: &Stand, what: &str) -> Result<Answer, Failure> {
    let mut access = lock(&stand.access);
    match what {
        "codes" => access.persons.expire_codes(),
        "tokens" => access.expire_persons(),
        "sign_ins" => access.revoke_persons(),
        _ => return Err(Failure::bad_request("'end' must be codes, tokens or sign_ins")),
    }
    Ok(Answer::empty())
}

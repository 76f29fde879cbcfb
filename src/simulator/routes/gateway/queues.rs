//! A queue with its state and its load, and its members with theirs.

use serde_json::{Value, json};

use super::{add_missing, people};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::paging::Page;
use crate::simulator::routes::queues::{self as published, Roll};
use crate::simulator::world::World;
use crate::simulator::world::agents::Agent;

/// So many members on a page.
const MEMBERS_MOST: usize = 100;

pub(super) fn one(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    Answer::ok(&entity(published::index(call, world)?, world))
}

pub(super) fn one_of_both(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let index = published::index(call, world)?;
    let mut queue = published::entity(&world.queues[index], world);
    add_missing(&mut queue, entity(index, world));
    Answer::ok(&queue)
}

fn entity(index: usize, world: &World) -> Value {
    let (queue, load) = (&world.queues[index], world.load(index));
    json!({
        "id": queue.id, "name": queue.name, "state": if world.takes_more(index) { "available" } else { "unavailable" },
        "capacity": load.capacity, "current_load": load.current,
        "status": if queue.paused { "inactive" } else { "active" }, "members_count": queue.members.len(),
    })
}

/// Members with their status, and how many there are.
pub(super) fn members(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let index = published::index(call, world)?;
    let page = Page::read(call, MEMBERS_MOST)?;
    let mut found: Vec<&Agent> =
        world.queues[index].members.iter().map(|agent| &world.agents[*agent]).collect();
    found.sort_by_key(|agent| (&agent.name, &agent.id));
    let row = |agent: &&Agent| json!({"id": agent.id, "name": agent.name, "status": status(agent, index)});
    let entities: Vec<Value> = page.of(&found).iter().map(row).collect();
    Answer::ok(&json!({
        "entities": entities, "pageSize": page.size, "pageNumber": page.number,
        "pageCount": found.len().div_ceil(page.size), "total": found.len(),
    }))
}

pub(super) fn members_of_both(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let roll = Roll::read(call, world)?;
    let mut listing = roll.page(call, world);
    let rows = listing["entities"].as_array_mut().into_iter().flatten();
    for (row, (agent, _)) in rows.zip(roll.page.of(&roll.found)) {
        row["status"] = json!(status(agent, roll.queue));
    }
    let total = roll.found.len();
    add_missing(&mut listing, json!({"pageCount": total.div_ceil(roll.page.size), "total": total}));
    Answer::ok(&listing)
}

/// A member who has not joined this queue is not there for it, whatever they do elsewhere.
fn status(agent: &Agent, queue: usize) -> String {
    match people::state(agent) {
        "Available" | "Busy" if !agent.joined(queue) => "away".to_owned(),
        state => state.to_ascii_lowercase(),
    }
}

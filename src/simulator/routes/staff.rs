//! Agents now: the routing activity query, one group a queue, one entity a membership. An agent of three
//! queues appears three times, as in the real API.

use std::collections::BTreeMap;

use serde::Serialize;

use super::activity::{Asked, Datum, Group, Results};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::filter::Filter;
use crate::simulator::stamp::Stamp;
use crate::simulator::vocabulary::{STAFF_DIMENSIONS, STAFF_GROUPS, STAFF_METRICS};
use crate::simulator::world::World;
use crate::simulator::world::agents::{Agent, Presence, RoutingStatus};

pub(super) const STATUSES: [RoutingStatus; 4] = [
    RoutingStatus::OffQueue,
    RoutingStatus::Idle,
    RoutingStatus::Interacting,
    RoutingStatus::NotResponding,
];

/// An agent as a member of a queue.
pub(super) struct Seat<'a> {
    agent: &'a Agent,
    pub(super) joined: bool,
    queue: &'a str,
    presence_id: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    activity_date: Stamp,
    user_id: &'a str,
    queue_id: &'a str,
    routing_status: &'static str,
    routing_status_date: Stamp,
    system_presence: &'static str,
    organization_presence_id: &'a str,
    presence_date: Stamp,
    queue_membership_status: &'static str,
}

impl<'a> Seat<'a> {
    fn membership(&self) -> &'static str {
        if self.joined { "ACTIVE" } else { "INACTIVE" }
    }

    pub(super) fn is_on_queue(&self) -> bool {
        self.joined && self.agent.presence == Presence::OnQueue
    }

    fn passes(&self, filter: &Filter) -> bool {
        filter.admits(&|dimension| {
            let value = match dimension {
                "queueId" => Some(self.queue),
                "userId" => Some(self.agent.id.as_str()),
                "routingStatus" => Some(self.agent.status.name()),
                "systemPresence" => Some(self.agent.presence.analytics()),
                "organizationPresenceId" => Some(self.presence_id),
                "queueMembershipStatus" => Some(self.membership()),
                _ => None,
            };
            value.into()
        })
    }

    fn entity(&self) -> Entity<'a> {
        Entity {
            activity_date: Stamp(self.agent.status_since.max(self.agent.presence_since)),
            user_id: &self.agent.id,
            queue_id: self.queue,
            routing_status: self.agent.status.name(),
            routing_status_date: Stamp(self.agent.status_since),
            system_presence: self.agent.presence.analytics(),
            organization_presence_id: self.presence_id,
            presence_date: Stamp(self.agent.presence_since),
            queue_membership_status: self.membership(),
        }
    }
}

/// The members of a queue.
pub(super) fn seats(world: &World, queue: usize) -> impl Iterator<Item = Seat<'_>> {
    world.queues[queue].members.iter().map(move |agent| {
        let agent = &world.agents[*agent];
        let joined = agent.queues.iter().any(|(member, joined)| *member == queue && *joined);
        Seat {
            agent,
            joined,
            queue: &world.queues[queue].id,
            presence_id: &world.presences[agent.presence as usize],
        }
    })
}

pub(super) fn query(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let asked = Asked::read(call, &body, STAFF_METRICS, STAFF_GROUPS)?;
    let filter = Filter::read(body.get("filter"), STAFF_DIMENSIONS)?;
    let world = &*world;
    let groups = (0..world.queues.len()).filter_map(|queue| {
        let seats: Vec<Seat> = seats(world, queue).filter(|seat| seat.passes(&filter)).collect();
        (!seats.is_empty()).then_some((world.queues[queue].id.as_str(), seats))
    });
    let page = asked.page(groups.collect());
    let results = page.iter().map(|(queue, seats)| group(&asked, queue, seats, world)).collect();
    Answer::ok(&Results { results })
}

fn group<'a>(
    asked: &'a Asked,
    queue: &'a str,
    seats: &[Seat<'a>],
    world: &'a World,
) -> Group<'a, Entity<'a>> {
    let data = asked.metrics.iter().flat_map(|(metric, _)| data(metric, seats, world)).collect();
    let detailed = asked.metrics.iter().any(|(_, details)| *details);
    let entities = if detailed { seats.iter().map(Seat::entity).collect() } else { Vec::new() };
    Group { group: BTreeMap::from([("queueId", queue)]), data, entities }
}

/// The counts of a metric: one, or one for each qualifier.
pub(super) fn data<'a>(metric: &'a str, seats: &[Seat], world: &'a World) -> Vec<Datum<'a>> {
    let count = |wanted: &dyn Fn(&Seat) -> bool| seats.iter().filter(|seat| wanted(seat)).count();
    let datum = |qualifier, count| Datum {
        metric,
        qualifier,
        count: Some(count),
        calculated_metric_value: None,
    };
    let qualified: Vec<(&str, usize)> = match metric {
        "oOnQueueUsers" | "oUserRoutingStatuses" => STATUSES
            .iter()
            .filter(|status| metric != "oOnQueueUsers" || **status != RoutingStatus::OffQueue)
            .map(|status| {
                (status.name(), count(&|seat: &Seat| seat.joined && seat.agent.status == *status))
            })
            .collect(),
        "oUserPresences" => Presence::ALL
            .iter()
            .map(|presence| {
                (
                    world.presences[*presence as usize].as_str(),
                    count(&|seat: &Seat| seat.agent.presence == *presence),
                )
            })
            .collect(),
        "oMemberUsers" => return vec![datum(None, seats.len())],
        "oActiveUsers" => return vec![datum(None, count(&|seat: &Seat| seat.joined))],
        _ => return vec![datum(None, count(&|seat: &Seat| seat.joined && !seat.is_on_queue()))],
    };
    qualified
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(qualifier, count)| datum(Some(qualifier), count))
        .collect()
}

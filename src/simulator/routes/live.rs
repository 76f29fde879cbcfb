//! Live sessions: the conversations' activity (waiting, alerting, interacting) and the flows' (with a
//! bot). Not agents: staff.

use std::collections::BTreeMap;

use serde::Serialize;

use super::activity::{Asked, Datum, Group, Results};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::filter::{Facet, Filter};
use crate::simulator::stamp::Stamp;
use crate::simulator::vocabulary::{
    FLOW_DIMENSIONS, FLOW_METRICS, LIVE_DIMENSIONS, LIVE_METRICS, Words,
};
use crate::simulator::world::World;
use crate::simulator::world::sessions::{Session, Stage};

/// A session in a live query.
struct Sight<'a> {
    session: &'a Session,
    world: &'a World,
    metric: &'static str,
    skills: Vec<&'a str>,
}

/// A session on the wire. A flow's entity has a flow, a conversation's has none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    activity_date: Stamp,
    metric: &'static str,
    conversation_id: &'a str,
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_type: Option<&'a str>,
    media_type: &'static str,
    direction: &'static str,
    address_from: &'a str,
    participant_name: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    requested_routing_skill_ids: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_language_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used_routing: Option<&'static str>,
}

impl<'a> Sight<'a> {
    fn new(session: &'a Session, world: &'a World) -> Option<Self> {
        // A parked session neither waits nor interacts: the live queries do not show it.
        let metric = match session.stage {
            Stage::Bot => "oFlow",
            Stage::Waiting => "oWaiting",
            Stage::Alerting => "oAlerting",
            Stage::Connected => "oInteracting",
            Stage::Parked | Stage::Closed => return None,
        };
        let skills = session.skills.iter().map(|skill| world.skills[*skill].id.as_str()).collect();
        Some(Self { session, world, metric, skills })
    }

    fn is_flow(&self) -> bool {
        self.session.stage == Stage::Bot
    }

    fn queue(&self) -> Option<&'a str> {
        self.session.queue.map(|queue| self.world.queues[queue].id.as_str())
    }

    fn user(&self) -> Option<&'a str> {
        self.session.agent.map(|agent| self.world.agents[agent].id.as_str())
    }

    fn language(&self) -> Option<&'a str> {
        (!self.is_flow()).then(|| self.world.languages[self.session.language].id.as_str())
    }

    fn routing(&self) -> Option<&'static str> {
        self.session.agent.map(|_| if self.session.manual { "Manual" } else { "Standard" })
    }

    fn flow(&self) -> Option<(&'a str, &'a str)> {
        let flow = &self.world.flows[self.session.flow];
        self.is_flow().then_some((flow.id.as_str(), flow.kind.as_str()))
    }

    fn value(&self, dimension: &str) -> Option<&'a str> {
        match dimension {
            "queueId" => self.queue(),
            "userId" => self.user(),
            "mediaType" => Some("message"),
            "conversationId" => Some(&self.session.id),
            "sessionId" => Some(&self.session.holder().communication),
            "direction" => Some("inbound"),
            "addressFrom" => Some(&self.session.address),
            "participantName" => Some(&self.session.guest),
            "requestedLanguageId" => self.language(),
            "requestedRoutingSkillId" => {
                self.session.skills.first().map(|skill| self.world.skills[*skill].id.as_str())
            }
            "requestedRouting" => self.queue().map(|_| "Standard"),
            "usedRouting" => self.routing(),
            "flowId" => self.flow().map(|(id, _)| id),
            "flowType" => self.flow().map(|(_, kind)| kind),
            _ => None,
        }
    }

    fn passes(&self, filter: &Filter) -> bool {
        filter.admits(&|dimension| match dimension {
            "requestedRoutingSkillId" => Facet::Among(&self.skills),
            other => self.value(other).into(),
        })
    }

    fn entity(&self) -> Entity<'_> {
        let in_queue = self.session.queue.is_some();
        Entity {
            activity_date: Stamp(self.session.since),
            metric: self.metric,
            conversation_id: &self.session.id,
            session_id: &self.session.holder().communication,
            queue_id: self.queue(),
            user_id: self.user(),
            flow_id: self.flow().map(|(id, _)| id),
            flow_type: self.flow().map(|(_, kind)| kind),
            media_type: "message",
            direction: "inbound",
            address_from: &self.session.address,
            participant_name: &self.session.guest,
            requested_routing_skill_ids: &self.skills,
            requested_language_id: self.language(),
            routing_priority: in_queue.then_some(self.session.priority),
            used_routing: self.routing(),
        }
    }
}

pub(super) fn conversations(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    activity(call, world, LIVE_METRICS, LIVE_DIMENSIONS, false)
}

pub(super) fn flows(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    activity(call, world, FLOW_METRICS, FLOW_DIMENSIONS, true)
}

fn activity(
    call: &Call,
    world: &World,
    metrics: Words,
    dimensions: Words,
    flows: bool,
) -> Result<Answer, Failure> {
    let body = call.object()?;
    let asked = Asked::read(call, &body, metrics, dimensions)?;
    let filter = Filter::read(body.get("filter"), dimensions)?;
    let sights: Vec<Sight> =
        world.open_sessions().filter_map(|session| Sight::new(session, world)).collect();
    let mut groups: BTreeMap<Vec<&str>, Vec<&Sight>> = BTreeMap::new();
    for sight in sights.iter().filter(|sight| sight.is_flow() == flows && sight.passes(&filter)) {
        let values = asked
            .group_by
            .iter()
            .map(|dimension| sight.value(dimension).unwrap_or_default())
            .collect();
        groups.entry(values).or_default().push(sight);
    }
    let groups = groups.into_iter().collect();
    let results = asked
        .page(groups)
        .into_iter()
        .map(|(values, members)| group(&asked, &values, &members, world.now))
        .collect();
    Answer::ok(&Results { results })
}

fn group<'a>(
    asked: &'a Asked,
    values: &[&'a str],
    members: &[&'a Sight<'a>],
    now: i64,
) -> Group<'a, Entity<'a>> {
    let named = asked.group_by.iter().map(String::as_str).zip(values.iter().copied());
    let data = asked.metrics.iter().filter_map(|(metric, _)| datum(metric, members, now)).collect();
    let detailed = members.iter().filter(|sight| asked.details(sight.metric));
    Group {
        group: named.filter(|(_, value)| !value.is_empty()).collect(),
        data,
        entities: detailed.map(|sight| sight.entity()).collect(),
    }
}

/// A metric at zero is absent, as the API is free to leave it.
fn datum<'a>(metric: &'a str, members: &[&Sight], now: i64) -> Option<Datum<'a>> {
    let counted = match metric {
        "oLongestWaiting" => "oWaiting",
        "oLongestInteracting" => "oInteracting",
        other => other,
    };
    let these = || members.iter().filter(|sight| sight.metric == counted);
    let longest = these().map(|sight| now - sight.session.since).max()?;
    let is_longest = counted != metric;
    let count = (!is_longest).then(|| these().count());
    Some(Datum {
        metric,
        qualifier: None,
        count,
        calculated_metric_value: is_longest.then_some(longest),
    })
}

/// Which live metric counts a session, if any.
pub(super) fn metric_of(session: &Session) -> Option<&'static str> {
    match session.stage {
        Stage::Waiting => Some("oWaiting"),
        Stage::Alerting => Some("oAlerting"),
        Stage::Connected => Some("oInteracting"),
        Stage::Bot | Stage::Parked | Stage::Closed => None,
    }
}

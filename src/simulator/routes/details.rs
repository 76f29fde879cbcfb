//! The history of conversations: the details query. It finds what started on a day that the interval
//! touches, and it lags, as the real index does: reconcile with it, do not refresh from it.

use serde_json::{Value, json};

use super::analytics_wire::{self, ended};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::filter::{Facet, Filter};
use crate::simulator::stamp::{self, Millis};
use crate::simulator::vocabulary::{CONVERSATION_DIMENSIONS, SEGMENT_DIMENSIONS, Words};
use crate::simulator::world::World;
use crate::simulator::world::participants::{Participant, Segment};
use crate::simulator::world::sessions::Session;

const DAY: Millis = 86_400_000;
/// How far the index is behind.
const LAG: Millis = 4_000;
/// The API's longest intervals, without and with a filter.
const DAYS_UNFILTERED: Millis = 7;
const DAYS_FILTERED: Millis = 31;
const PAGE_MOST: u64 = 100;

pub(super) fn query(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let conversations = filters(body.get("conversationFilters"), CONVERSATION_DIMENSIONS)?;
    let segments = filters(body.get("segmentFilters"), SEGMENT_DIMENSIONS)?;
    let filtered = conversations.iter().chain(&segments).any(|filter| !filter.is_everything());
    let (start, end) = interval(body.get("interval"), filtered)?;
    let (size, number) = paging(body.get("paging"))?;
    let as_of = world.now - LAG;
    let on_these_days = |session: &&Session| {
        (start.div_euclid(DAY)..=end.div_euclid(DAY)).contains(&session.start.div_euclid(DAY))
    };
    let admitted = |session: &&Session| {
        conversations.iter().all(|filter| conversation_passes(filter, session, world, as_of))
            && segments.iter().all(|filter| some_segment_passes(filter, session, world, as_of))
    };
    let seen = world.sessions.values().filter(|session| session.start <= as_of);
    let mut found: Vec<&Session> = seen.filter(on_these_days).filter(admitted).collect();
    let by_end = body.get("orderBy").and_then(Value::as_str).is_some_and(|by| by.ends_with("End"));
    found.sort_by_key(|session| {
        (if by_end { session.end.unwrap_or(Millis::MAX) } else { session.start }, session.key)
    });
    if body.get("order").and_then(Value::as_str) == Some("desc") {
        found.reverse();
    }
    let page = found.iter().skip((number - 1).saturating_mul(size)).take(size);
    let rows: Vec<Value> =
        page.map(|session| analytics_wire::conversation(session, world, as_of)).collect();
    // A page without anything has no list at all, only the count.
    match rows.is_empty() {
        true => Answer::ok(&json!({"totalHits": found.len()})),
        false => Answer::ok(&json!({"conversations": rows, "totalHits": found.len()})),
    }
}

fn filters(value: Option<&Value>, dimensions: Words) -> Result<Vec<Filter>, Failure> {
    let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|filter| Filter::read(Some(filter), dimensions)).collect()
}

fn interval(value: Option<&Value>, filtered: bool) -> Result<(Millis, Millis), Failure> {
    let text = value
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::bad_request("'interval' is required"))?;
    let (start, end) = stamp::interval(text)
        .ok_or_else(|| Failure::new(400, "invalid.date", format!("'{text}' is not an interval")))?;
    let days = if filtered { DAYS_FILTERED } else { DAYS_UNFILTERED };
    if end - start > days * DAY {
        return Err(Failure::bad_request(format!(
            "The interval must not be longer than {days} days"
        )));
    }
    Ok((start, end))
}

fn paging(value: Option<&Value>) -> Result<(usize, usize), Failure> {
    let Some(paging) = value.filter(|value| !value.is_null()) else { return Ok((25, 1)) };
    let number =
        |field: &str| paging.get(field).and_then(Value::as_u64).filter(|number| *number >= 1);
    match (number("pageSize").filter(|size| *size <= PAGE_MOST), number("pageNumber")) {
        (Some(size), Some(page)) => {
            Ok((usize::try_from(size).unwrap_or(25), usize::try_from(page).unwrap_or(1)))
        }
        _ => Err(Failure::bad_request(format!(
            "paging: pageSize must be from 1 to {PAGE_MOST} and pageNumber at least 1"
        ))),
    }
}

fn conversation_passes(filter: &Filter, session: &Session, world: &World, as_of: Millis) -> bool {
    filter.admits(&|dimension| {
        let value = match dimension {
            "conversationId" => Some(session.id.as_str()),
            "conversationEnd" => ended(session.end, as_of).map(|_| "ended"),
            "conversationStart" => Some("started"),
            "conversationInitiator" => Some("customer"),
            "customerParticipation" => Some("true"),
            "divisionId" => Some(world.division.id.as_str()),
            "externalTag" => session.tag.as_deref(),
            "originatingDirection" => Some("inbound"),
            _ => None,
        };
        value.into()
    })
}

/// A segment filter wants one segment that meets all of it.
fn some_segment_passes(filter: &Filter, session: &Session, world: &World, as_of: Millis) -> bool {
    let parties = session.participants.iter().filter(|party| party.start <= as_of);
    let mut segments =
        parties.flat_map(|party| party.segments.iter().map(move |segment| (party, segment)));
    segments.any(|(party, segment)| {
        segment.start <= as_of
            && filter.admits(&|dimension| facet(dimension, session, party, segment, world, as_of))
    })
}

fn facet<'a>(
    dimension: &str,
    session: &'a Session,
    party: &'a Participant,
    segment: &Segment,
    world: &'a World,
    as_of: Millis,
) -> Facet<'a> {
    use crate::simulator::world::participants::Purpose;
    let flow = || (party.purpose == Purpose::Bot).then(|| &world.flows[session.flow]);
    let value = match dimension {
        "mediaType" => Some("message"),
        "messageType" => Some(session.channel),
        "direction" => Some("inbound"),
        "queueId" => party.queue.map(|queue| world.queues[queue].id.as_str()),
        "userId" => party.agent.map(|agent| world.agents[agent].id.as_str()),
        "purpose" => Some(party.purpose.name()),
        "segmentType" => Some(segment.kind.analytics()),
        "segmentStart" => Some("started"),
        "segmentEnd" => ended(segment.end, as_of).map(|_| "ended"),
        "disconnectType" => segment
            .disconnect
            .filter(|_| ended(segment.end, as_of).is_some())
            .map(|disconnect| disconnect.analytics()),
        "flowId" => flow().map(|flow| flow.id.as_str()),
        "flowName" => flow().map(|flow| flow.name.as_str()),
        "flowType" => flow().map(|flow| flow.kind.as_str()),
        "sessionId" => Some(party.communication.as_str()),
        "addressFrom" => Some(session.address.as_str()),
        "requestedLanguageId" => {
            (party.purpose == Purpose::Acd).then(|| world.languages[session.language].id.as_str())
        }
        "provider" => Some("PureCloud Messaging"),
        _ => None,
    };
    value.into()
}

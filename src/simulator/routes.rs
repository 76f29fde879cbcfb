//! The table of routes: each operation of the published API that is spoken here, and the permissions it
//! asks for. Not their work: one file per family does that. A gateway's routes have a table of their own.

mod activity;
mod aggregates;
mod analytics_wire;
mod conversations;
mod deeds;
mod details;
pub(super) mod gateway;
mod live;
mod messages;
mod observations;
mod org;
mod people_wire;
mod queues;
mod rest_wire;
mod speech;
mod staff;
mod transfers;
mod users;
mod webmessaging;
pub(super) mod witness;

use std::collections::BTreeSet;

use axum::http::Method;

use super::call::{Answer, Call, Failure, decode};
use super::options::{Dialect, Permissions};
use super::world::World;

/// What a route does, with the world to itself.
type Handler = fn(&Call, &mut World) -> Result<Answer, Failure>;

/// Which rights a route asks for.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Nothing,
    /// No token of a client, but a guest's own pass.
    Guest,
    Any(&'static [&'static str]),
    All(&'static [&'static str]),
}

use Rule::{All, Any, Nothing};

/// One operation.
pub(super) struct Route {
    /// Method and path, with `{…}` for what varies.
    name: &'static str,
    rule: Rule,
    pub(super) handler: Handler,
}

/// What a request's method and path lead to.
pub(super) enum Found {
    /// By the name of its route.
    Token(&'static str),
    /// The end of the token that asks for it, by the name of its route.
    Revocation(&'static str),
    Route(&'static Route, Vec<String>),
    WrongMethod,
    Unknown,
    /// Not under `/api` at all.
    Outside,
}

impl Found {
    /// The name under which the ledger counts the request.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Token(name) | Self::Revocation(name) => name,
            Self::Route(route, _) => route.name,
            Self::WrongMethod => "wrong method",
            Self::Unknown | Self::Outside => "unknown route",
        }
    }

    pub(super) fn parameters(&self) -> Vec<String> {
        match self {
            Self::Route(_, parameters) => parameters.clone(),
            Self::Token(_)
            | Self::Revocation(_)
            | Self::WrongMethod
            | Self::Unknown
            | Self::Outside => Vec::new(),
        }
    }
}

const QUEUE_VIEW: &[&str] = &[
    "routing:queue:view",
    "routing:queue:edit",
    "routing:queue:readonly",
    "routing:queueMember:manage",
];
const OBSERVE: &[&str] = &["analytics:queueObservation:view"];
const BLIND: &[&str] = &["conversation:communication:blindTransfer"];
const BLIND_AGENT: &[&str] =
    &["conversation:communication:blindTransfer", "conversation:communication:blindTransferAgent"];
const BLIND_QUEUE: &[&str] =
    &["conversation:communication:blindTransfer", "conversation:communication:blindTransferQueue"];
const DETAIL: &[&str] =
    &["analytics:conversationDetail:view", "analytics:agentConversationDetail:view"];
const ASSIGN: &[&str] = &[
    "conversation:call:pull",
    "conversation:call:assign",
    "conversation:callback:pull",
    "conversation:callback:assign",
    "conversation:webchat:pull",
    "conversation:webchat:assign",
    "conversation:email:pull",
    "conversation:email:assign",
    "conversation:message:pull",
    "conversation:message:assign",
];
/// What no route names: the vendor's own page asks for it, of whoever is taken into a conversation.
const TAKEN_IN: &[&str] = &["conversation:message:accept"];
const LEAVE: &[&str] =
    &["conversation:communication:disconnect", "conversation:participant:wrapup"];
const WRITE: &[&str] = &["conversation:message:create", "conversation:webmessaging:create"];

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    route("GET /api/v2/tokens/me", Nothing, org::token),
    route("GET /api/v2/authorization/subjects/me", Nothing, org::subject),
    route("GET /api/v2/oauth/clients", Any(&["oauth:client:view"]), org::clients),
    route("GET /api/v2/routing/queues", Any(&["routing:queue:view"]), queues::list),
    route("GET /api/v2/routing/queues/{queueId}", All(&["routing:queue:view"]), queues::one),
    route("GET /api/v2/routing/queues/{queueId}/members", Any(QUEUE_VIEW), queues::members),
    route("GET /api/v2/routing/queues/{queueId}/mediatypes/{mediaType}/estimatedwaittime", All(&["routing:queue:view"]), queues::estimated_wait),
    route("GET /api/v2/routing/skills", Any(&["routing:skill:view"]), org::skills),
    route("GET /api/v2/routing/languages", Nothing, org::languages),
    route("GET /api/v2/routing/users/{userId}/utilization", Any(&["routing:utilization:manage", "routing:utilization:view"]), users::utilization),
    route("PATCH /api/v2/routing/conversations/{conversationId}", Any(&["routing:conversation:edit"]), transfers::reroute),
    route("GET /api/v2/users", Nothing, users::list),
    route("POST /api/v2/users/search", Any(&["directory:user:view"]), users::search),
    route("GET /api/v2/users/me", Nothing, users::me),
    route("GET /api/v2/users/{userId}", Nothing, users::one),
    route("GET /api/v2/users/{userId}/routingskills", Nothing, users::skills),
    route("GET /api/v2/users/{userId}/routinglanguages", Nothing, users::languages),
    route("GET /api/v2/users/{userId}/routingstatus", Nothing, users::status),
    route("POST /api/v2/analytics/queues/observations/query", Any(OBSERVE), observations::query),
    route("POST /api/v2/analytics/conversations/activity/query", Any(OBSERVE), live::conversations),
    route("POST /api/v2/analytics/flows/activity/query", Any(&["analytics:flowObservation:view"]), live::flows),
    route("POST /api/v2/analytics/routing/activity/query", Any(OBSERVE), staff::query),
    route("POST /api/v2/analytics/conversations/details/query", Any(DETAIL), details::query),
    route("POST /api/v2/analytics/conversations/aggregates/query", Any(&["analytics:conversationAggregate:view"]), aggregates::query),
    route("GET /api/v2/analytics/botflows/{botFlowId}/divisions/reportingturns", Any(&["analytics:botFlowDivisionAwareReportingTurn:view"]), speech::turns),
    route("GET /api/v2/conversations/messages/{conversationId}", Nothing, conversations::message),
    route("PATCH /api/v2/conversations/messages/{conversationId}", Any(&["conversation:communication:disconnect", "conversation:message:park"]), conversations::update),
    route("POST /api/v2/conversations/messages/{conversationId}/messages/bulk", Any(&["conversation:message:view", "conversation:webmessaging:view"]), messages::bulk),
    route("POST /api/v2/conversations/messages/{conversationId}/participants/{participantId}/replace", Any(BLIND), transfers::either),
    route("PATCH /api/v2/conversations/messages/{conversationId}/participants/{participantId}/attributes", Nothing, conversations::message_attributes),
    route("POST /api/v2/conversations/messages/{conversationId}/participants/{participantId}/monitor", Any(&["conversation:message:monitor"]), deeds::monitor),
    route("PATCH /api/v2/conversations/messages/{conversationId}/participants/{participantId}", Any(LEAVE), deeds::leave),
    route("POST /api/v2/conversations/messages/{conversationId}/communications/{communicationId}/messages", Any(WRITE), deeds::say),
    route("GET /api/v2/conversations/{conversationId}", Any(&["conversation:communication:view"]), conversations::one),
    route("POST /api/v2/conversations/{conversationId}/participants/{participantId}/replace", Any(BLIND), transfers::either),
    route("POST /api/v2/conversations/{conversationId}/participants/{participantId}/replace/agent", Any(BLIND_AGENT), transfers::to_agent),
    route("POST /api/v2/conversations/{conversationId}/participants/{participantId}/replace/queue", Any(BLIND_QUEUE), transfers::to_queue),
    route("PATCH /api/v2/conversations/{conversationId}/participants/{participantId}/attributes", Nothing, conversations::attributes),
    route("POST /api/v2/conversations/{conversationId}/assign", Any(ASSIGN), transfers::assign),
    route("POST /api/v2/conversations/{conversationId}/disconnect", Any(&["conversation:communication:disconnect"]), conversations::disconnect),
    route("PUT /api/v2/conversations/{conversationId}/tags", Any(&["conversation:externalTag:edit"]), conversations::tag),
    route("GET /api/v2/conversations/{conversationId}/summaries", All(&["conversation:summary:view"]), speech::summaries),
    route("GET /api/v2/speechandtextanalytics/conversations/{conversationId}", All(&["recording:recording:view", "speechAndTextAnalytics:data:view"]), speech::sentiment),
    route("GET /api/v2/speechandtextanalytics/conversations/{conversationId}/summaries", All(&["speechAndTextAnalytics:aiSummary:view"]), speech::virtual_agent),
    route("GET /api/v2/webmessaging/messages", Rule::Guest, webmessaging::history),
];

/// Every right that some route of the published API asks for.
fn known() -> BTreeSet<&'static str> {
    let asked = |route: &Route| match route.rule {
        Nothing | Rule::Guest => &[],
        Any(rights) | All(rights) => rights,
    };
    ROUTES.iter().flat_map(asked).chain(TAKEN_IN).copied().collect()
}

const fn route(name: &'static str, rule: Rule, handler: Handler) -> Route {
    Route { name, rule, handler }
}

/// Finds the route of a request; among several that fit, the one with fewer variable segments.
pub(super) fn find(dialect: Dialect, method: &Method, path: &str) -> Found {
    let token = match path {
        "/oauth/token" => Some("POST /oauth/token"),
        gateway::TOKEN_PATH if dialect.speaks_gateway() => Some(gateway::TOKEN),
        _ => None,
    };
    if let Some(name) = token {
        return if *method == Method::POST { Found::Token(name) } else { Found::WrongMethod };
    }
    if !path.starts_with("/api/") {
        return Found::Outside;
    }
    if *method == Method::DELETE && path == "/api/v2/tokens/me" && dialect.speaks_platform() {
        return Found::Revocation("DELETE /api/v2/tokens/me");
    }
    let mut wrong_method = false;
    for route in tables(dialect).into_iter().flatten() {
        let Some((asked, pattern)) = route.name.split_once(' ') else { continue };
        let Some(parameters) = fit(pattern, path) else { continue };
        if asked == method.as_str() {
            return Found::Route(route, parameters);
        }
        wrong_method = true;
    }
    if wrong_method { Found::WrongMethod } else { Found::Unknown }
}

/// The routes of a dialect. In both, what they share comes first: of two that fit, the first is found.
fn tables(dialect: Dialect) -> [&'static [Route]; 3] {
    match dialect {
        Dialect::Platform => [ROUTES, &[], &[]],
        Dialect::Gateway => [gateway::ROUTES, &[], &[]],
        Dialect::Both => [gateway::SHARED, gateway::ROUTES, ROUTES],
    }
}

fn fit(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut expected, mut given) = (pattern.split('/'), path.trim_end_matches('/').split('/'));
    let mut parameters = Vec::new();
    loop {
        match (expected.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(segment), Some(value)) if segment.starts_with('{') && !value.is_empty() => {
                parameters.push(decode(value))
            }
            (Some(segment), Some(value)) if segment == value => {}
            _ => return None,
        }
    }
}

impl Route {
    /// Whether guests ask here, who are no clients.
    pub(super) fn is_for_guests(&self) -> bool {
        matches!(self.rule, Rule::Guest)
    }

    /// Refuses with the names of the rights that are missing.
    pub(super) fn permit(&self, permissions: &Permissions) -> Result<(), Failure> {
        let (missing, code, rule): (Vec<_>, _, _) = match self.rule {
            Nothing | Rule::Guest => return Ok(()),
            Any(rights) if rights.iter().any(|right| permissions.hold(right)) => return Ok(()),
            Any(rights) => (rights.to_vec(), "missing.any.permissions", "at least one"),
            All(rights) => (
                rights.iter().filter(|right| !permissions.hold(right)).copied().collect(),
                "missing.permissions",
                "all",
            ),
        };
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        let message = format!(
            "Unable to perform the requested action. You must have {rule} of the following permissions assigned: [{missing}]"
        );
        Err(Failure::new(403, code, message).param("permissions", missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_route_and_its_parameters() {
        let label = |method: Method, path: &str| find(Dialect::Platform, &method, path).label();
        assert_eq!(
            label(Method::GET, "/api/v2/conversations/x"),
            "GET /api/v2/conversations/{conversationId}"
        );
        assert_eq!(
            label(Method::GET, "/api/v2/conversations/messages/x"),
            "GET /api/v2/conversations/messages/{conversationId}"
        );
        assert_eq!(label(Method::DELETE, "/api/v2/conversations/x"), "wrong method");
        assert_eq!(label(Method::GET, "/api/v2/moon"), "unknown route");
        let found = find(Dialect::Platform, &Method::GET, "/api/v2/routing/queues/a%20b/members");
        assert_eq!(found.parameters(), ["a b"]);
    }
}

//! The simulator against the project's own schema of the API: each operation once, and what the schema
//! must refuse. The other tests here hold every further answer against it.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::schema::{self, Headers, Seen};
use crate::simulated::{Floor, frozen};

/// What one call needs to know of the floor.
struct Cast {
    connected: String,
    waiting: String,
    bot: String,
    queue: String,
    other_queue: String,
    agent: String,
    flow: String,
}

impl Cast {
    async fn of(floor: &Floor) -> Self {
        let first = async |state: &str| floor.sessions(state).await[0].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let waiting = first("waiting").await;
        let world = floor.world().await;
        let queues = world["queues"].as_array().unwrap();
        let other = queues.iter().find(|queue| queue["id"] != waiting["queue"]).unwrap();
        let body =
            json!({"metrics": [{"metric": "oFlow", "details": true}], "groupBy": ["flowId"]});
        let flows = floor.post("/api/v2/analytics/flows/activity/query", body).await.json();
        Self {
            connected: text(&first("connected").await["id"]),
            waiting: text(&waiting["id"]),
            bot: text(&first("bot").await["id"]),
            queue: text(&waiting["queue"]),
            other_queue: text(&other["id"]),
            agent: floor.agents("status", "IDLE").await[0].clone(),
            flow: text(&flows["results"][0]["group"]["flowId"]),
        }
    }

    /// The path of an operation, with its variables filled in.
    fn path(&self, template: &str, session: &str, participant: &str) -> String {
        template
            .replace("{conversationId}", session)
            .replace("{participantId}", participant)
            .replace("{communicationId}", participant)
            .replace("{queueId}", &self.queue)
            .replace("{userId}", &self.agent)
            .replace("{mediaType}", "message")
            .replace("{botFlowId}", &self.flow)
    }

    /// A body that the operation takes.
    fn body(&self, name: &str) -> Value {
        let live = |metric: &str, by: &str| json!({"metrics": [{"metric": metric, "details": true}], "groupBy": [by]});
        let today = "2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z";
        match name.rsplit_once("/api/v2/").map_or("", |(_, rest)| rest) {
            "users/search" => json!({"query": [{"type": "MATCH_ALL"}], "expand": ["presence"]}),
            "analytics/queues/observations/query" => json!({
                "filter": {"type": "and", "predicates": []}, "detailMetrics": ["oWaiting"],
                "metrics": ["oWaiting", "oLongestWaiting", "oUserRoutingStatuses", "oUserPresences", "oMemberUsers"],
            }),
            "analytics/conversations/activity/query" => live("oInteracting", "queueId"),
            "analytics/flows/activity/query" => live("oFlow", "flowId"),
            "analytics/routing/activity/query" => live("oOnQueueUsers", "queueId"),
            "analytics/conversations/details/query" => json!({"interval": today}),
            "analytics/conversations/aggregates/query" => json!({
                "interval": "2026-01-01T00:00:00.000Z/2036-01-01T00:00:00.000Z", "groupBy": ["queueId", "mediaType"],
                "metrics": ["nOffered", "nOverSla", "oServiceLevel", "tWait", "tHandle", "tAbandon"],
            }),
            _ if name.ends_with("/bulk") => json!([]),
            _ if name.ends_with("/messages") => json!({"textBody": "Good day"}),
            _ if name.ends_with("/attributes") => json!({"attributes": {"k": "v"}}),
            _ if name.ends_with("/replace/agent") => json!({"userId": self.agent}),
            _ if name.ends_with("/replace/queue") || name.ends_with("/replace") => {
                json!({"queueId": self.other_queue})
            }
            _ if name.ends_with("/assign") => json!({"id": self.agent}),
            _ if name.ends_with("/tags") => json!({"externalTag": "tag"}),
            _ if name.starts_with("PATCH /api/v2/routing") => json!({"priority": 1}),
            _ if name.starts_with("PATCH") => json!({"state": "disconnected"}),
            _ => Value::Null,
        }
    }
}

/// Sessions that wait where they may be assigned.
async fn assignable(floor: &Floor) -> String {
    for session in floor.sessions("waiting").await {
        let queue = session["queue"].as_str().unwrap();
        let queue = floor.get(&format!("/api/v2/routing/queues/{queue}")).await.json();
        if queue["enableManualAssignment"] == true {
            return session["id"].as_str().unwrap().to_owned();
        }
    }
    panic!("some queue of this floor allows it")
}

/// Calls one operation on a floor of its own and returns the status; the client checks the rest.
async fn call(name: &str) -> u64 {
    let floor = Floor::open(frozen()).await;
    let cast = Cast::of(&floor).await;
    let session = match name {
        _ if name.ends_with("/assign") => assignable(&floor).await,
        _ if name.starts_with("PATCH /api/v2/routing") => cast.waiting.clone(),
        _ if name.contains("/replace") => cast.bot.clone(),
        _ => cast.connected.clone(),
    };
    let whole = floor.get(&format!("/api/v2/conversations/{session}")).await.json();
    let serving =
        whole["participants"].as_array().unwrap().iter().rfind(|p| p["endTime"].is_null());
    let (method, template) = name.split_once(' ').unwrap();
    let path = cast.path(template, &session, serving.unwrap()["id"].as_str().unwrap());
    let body = cast.body(name).to_string();
    let reply = floor.send(method.parse().unwrap(), &path, "application/json", body).await.unwrap();
    u64::from(reply.status.as_u16())
}

#[tokio::test]
async fn each_operation_answers_as_it_is_documented() {
    let file: Value = serde_json::from_str(include_str!("../schema/platform.json")).unwrap();
    for (name, documented) in file["operations"].as_object().unwrap() {
        // A token is asked for with every floor; what only a person does is tried with a person's elsewhere.
        let expected = match name.as_str() {
            "POST /oauth/token" => continue,
            "PATCH /api/v2/conversations/messages/{conversationId}/participants/{participantId}" => {
                403
            }
            _ if name.ends_with("/monitor") || name.ends_with("{communicationId}/messages") => 403,
            _ => documented["status"].as_u64().unwrap(),
        };
        assert_eq!(call(name).await, expected, "{name}");
    }
}

#[tokio::test]
async fn expanded_users_and_members_answer_as_documented() {
    let floor = Floor::open(frozen()).await;
    let all =
        "routingStatus,presence,conversationSummary,skills,languages,dateLastLogin,outOfOffice";
    let users = floor.get(&format!("/api/v2/users?expand={all}")).await.json();
    let fields: BTreeSet<&str> =
        all.split(',').filter(|field| users["entities"][0].get(field).is_some()).collect();
    assert_eq!(fields.len(), 7);
    let queue = floor.world().await["queues"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v2/routing/queues/{queue}/members?expand={all}");
    assert!(floor.get(&path).await.json()["entities"][0]["routingStatus"].is_object());
}

/// The words of a violation of a changed answer.
fn violation(name: &str, change: impl Fn(&mut Value, &mut Map<String, Value>, &mut u16)) -> String {
    let status = json!({"userId": "u", "status": "IDLE", "startTime": "2026-11-21T10:00:00.000Z"});
    let Value::Object(headers) = json!({
        "inin-correlation-id": "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c", "content-type": "application/json",
        "inin-ratelimit-count": "1", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "60",
    }) else {
        unreachable!("an object")
    };
    let (mut body, mut headers, mut code) = (status, headers, 200);
    change(&mut body, &mut headers, &mut code);
    let (method, path) = name.split_once(' ').unwrap();
    let (text, headers) = (body.to_string(), Headers { map: headers, complete: true });
    let seen = Seen { method, path, status: code, headers, body: text.as_bytes() };
    schema::check(&seen).err().unwrap_or_default()
}

#[test]
fn the_schema_refuses_what_is_not_documented() {
    const STATUS: &str = "GET /api/v2/users/u/routingstatus";
    assert_eq!(violation(STATUS, |_, _, _| {}), "", "the sample itself is fine");
    let says = |text: &str, part: &str| assert!(text.contains(part), "{text}");
    says(&violation(STATUS, |body, _, _| body["mood"] = json!(1)), "mood");
    says(&violation(STATUS, |body, _, _| body["status"] = json!("DREAMING")), "/status");
    says(
        &violation(STATUS, |body, _, _| body["startTime"] = json!("2026-11-21T10:00:00Z")),
        "/startTime",
    );
    says(&violation(STATUS, |body, _, _| *body = json!({"status": "IDLE"})), "required");
    says(&violation(STATUS, |_, _, code| *code = 202), "200 is documented");
    says(&violation(STATUS, |_, headers, _| drop(headers.remove("inin-correlation-id"))), "header");
    says(
        &violation(STATUS, |_, headers, _| drop(headers.remove("inin-ratelimit-reset"))),
        "header",
    );
    says(&violation(STATUS, |_, headers, _| drop(headers.remove("content-type"))), "header");
    says(&violation(STATUS, |_, _, code| *code = 404), "required");
    says(&violation("GET /api/v2/moon", |_, _, _| {}), "no such operation");
    let replaced = "POST /api/v2/conversations/c/participants/p/replace/agent";
    says(&violation(replaced, |_, _, code| *code = 202), "an empty body");
}

#[tokio::test]
async fn a_refusal_has_the_shape_of_one_whatever_the_method() {
    let floor = Floor::open(frozen()).await;
    for (method, path, status) in [
        (Method::GET, "/api/v2/conversations/none", 404),
        (Method::PUT, "/api/v2/conversations/none/tags", 404),
        (Method::POST, "/api/v2/conversations/none/assign", 404),
        (Method::DELETE, "/api/v2/routing/queues", 405),
        (Method::GET, "/nowhere", 404),
    ] {
        let reply = floor.send(method, path, "application/json", "{}".into()).await.unwrap();
        assert_eq!(reply.status, status, "{path}");
    }
}

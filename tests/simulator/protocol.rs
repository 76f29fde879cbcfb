//! Access, protocol, listings and queries. Handoffs and faults have files of their own.

use std::time::Duration;

use crate::simulated::{Floor, frozen, until};
use floorwalker::simulator::{Options, Permissions};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_ready_line_is_all_a_client_needs() {
    let floor = Floor::open(frozen()).await;
    let line: Value = serde_json::from_str(&floor.running.ready_line()).unwrap();
    assert_eq!(line["listening"], floor.running.base_url());
    let (id, secret) =
        (line["client_id"].as_str().unwrap(), line["client_secret"].as_str().unwrap());
    assert_eq!(floor.token(id, secret).await.json()["token_type"], "bearer");
    assert_eq!(floor.ledger().await["tokens"], 2);
}

#[tokio::test]
async fn a_wrong_client_is_told_apart_from_a_wrong_secret() {
    let floor = Floor::open(frozen()).await;
    let unknown = floor.token("somebody", "else").await;
    assert_eq!(
        (unknown.status.as_u16(), &unknown.json()["description"]),
        (400, &json!("client not found"))
    );
    let wrong = floor.token(floor.running.client_id(), "else").await;
    assert_eq!(
        (wrong.status.as_u16(), &wrong.json()["description"]),
        (401, &json!("authentication failed"))
    );
}

#[tokio::test]
async fn a_token_expires() {
    let floor = Floor::open(Options { token_ttl: Duration::from_secs(1), ..frozen() }).await;
    assert_eq!(floor.get("/api/v2/tokens/me").await.status, 200);
    let refused = until("the token expires", || async {
        Some(floor.get("/api/v2/tokens/me").await).filter(|reply| reply.status == 401)
    });
    assert_eq!(refused.await.code(), "credentials.expired");
}

#[tokio::test]
async fn no_token_and_a_wrong_token_are_refused() {
    let mut floor = Floor::open(frozen()).await;
    floor.token = "made-up".to_owned();
    let reply = floor.get("/api/v2/users").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (401, "bad.credentials"));
    let bare = floor.anonymous("/api/v2/users").await;
    assert_eq!((bare.status.as_u16(), bare.code().as_str()), (401, "authentication.required"));
}

#[tokio::test]
async fn the_rate_limit_counts_down_and_then_refuses() {
    let floor = Floor::open(Options { rate_limit: 5, ..frozen() }).await;
    let first = floor.get("/api/v2/tokens/me").await;
    assert_eq!(first.header("inin-ratelimit-allowed"), Some("5"));
    assert!(first.header("inin-correlation-id").is_some());
    // At a minute's turn the count starts again, so more than six may be needed.
    let refused = until("a refusal", || async {
        Some(floor.get("/api/v2/tokens/me").await).filter(|reply| reply.status == 429)
    })
    .await;
    assert_eq!(refused.json()["limit"]["value"], 5);
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
}

#[tokio::test]
async fn a_missing_right_is_named() {
    let denied = ["conversation:communication:view", "analytics:conversationDetail:view"];
    let floor =
        Floor::open(Options { permissions: Permissions::all_but(denied), ..frozen() }).await;
    let id = floor.sessions("bot").await[0]["id"].as_str().unwrap().to_owned();
    let refused = floor.get(&format!("/api/v2/conversations/{id}")).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "missing.any.permissions")
    );
    assert!(refused.json()["messageParams"]["permissions"].as_str().unwrap().contains(denied[0]));
    // One of two rights is enough where any of them is asked for.
    let body = json!({"interval": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"});
    assert_eq!(floor.post("/api/v2/analytics/conversations/details/query", body).await.status, 200);
}

#[tokio::test]
async fn published_clients_are_taken_as_they_are() {
    let floor = Floor::open(frozen()).await;
    let users = floor
        .send(Method::GET, "/api/v2/users?pageSize=3", "application/json", "null".to_owned())
        .await
        .unwrap()
        .json();
    let ids: Vec<&str> = users["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["id"].as_str().unwrap())
        .collect();
    let joined = floor
        .get(&format!("/api/v2/users?id={}&expand=presence%2Cskills", ids.join(",")))
        .await
        .json();
    assert_eq!(joined["total"], 3);
    assert!(
        joined["entities"][0]["presence"].is_object() && joined["entities"][0]["skills"].is_array()
    );
    let repeated = floor.get(&format!("/api/v2/users?id={}&id={}", ids[0], ids[1])).await.json();
    assert_eq!(repeated["total"], 2);
    assert!(repeated["entities"][0].get("presence").is_none(), "not expanded, not there");
}

#[tokio::test]
async fn listings_page_to_their_end() {
    let floor = Floor::open(frozen()).await;
    let mut names = Vec::new();
    let mut next = Some("/api/v2/routing/queues?pageSize=5".to_owned());
    while let Some(path) = next {
        let page = floor.get(&path).await.json();
        assert_eq!((&page["total"], &page["pageCount"]), (&json!(12), &json!(3)));
        names.extend(
            page["entities"]
                .as_array()
                .unwrap()
                .iter()
                .map(|queue| queue["name"].as_str().unwrap().to_lowercase()),
        );
        next = page["nextUri"].as_str().map(str::to_owned);
    }
    assert_eq!(names.len(), 12);
    assert!(names.is_sorted());
    let some = floor.get("/api/v2/routing/queues?name=*ill*").await.json();
    assert_eq!(some["entities"][0]["name"], "Billing");
    assert_eq!(floor.get("/api/v2/routing/queues?name=Bill").await.json()["total"], 0);
}

#[tokio::test]
async fn members_come_without_a_total() {
    let floor = Floor::open(frozen()).await;
    let queue = floor.get("/api/v2/routing/queues?pageSize=1").await.json()["entities"][0].clone();
    let path = format!("/api/v2/routing/queues/{}/members", queue["id"].as_str().unwrap());
    let mut seen = 0;
    let mut next = Some(format!("{path}?pageSize=4&expand=routingStatus&expand=presence"));
    while let Some(path) = next {
        let page = floor.get(&path).await.json();
        assert!(page.get("total").is_none() && page.get("pageCount").is_none());
        let members = page["entities"].as_array().unwrap();
        assert!(
            members.iter().all(|member| member["user"]["presence"].is_object()),
            "a next page expands too"
        );
        seen += members.len();
        next = page["nextUri"].as_str().map(str::to_owned);
    }
    assert_eq!(queue["memberCount"], seen);
    assert_eq!(floor.get(&format!("{path}?pageSize=101")).await.status, 400);
    let idle = floor
        .get(&format!("{path}?pageSize=100&routingStatus=IDLE&joined=true&expand=routingStatus"))
        .await
        .json();
    assert!(
        idle["entities"]
            .as_array()
            .unwrap()
            .iter()
            .all(|member| member["routingStatus"]["status"] == "IDLE")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let floor = Floor::open(frozen()).await;
    let send = async |method, path: &str, kind, body: String| {
        floor.send(method, path, kind, body).await.unwrap()
    };
    let search = "/api/v2/users/search";
    let cases = [
        (
            send(Method::GET, "/api/v2/moon", "application/json", String::new()).await,
            404,
            "not.found",
        ),
        (
            send(Method::DELETE, "/api/v2/users", "application/json", String::new()).await,
            405,
            "method.not.allowed",
        ),
        (send(Method::POST, search, "application/json", "{".to_owned()).await, 400, "bad.request"),
        (
            send(Method::POST, search, "text/plain", "{}".to_owned()).await,
            415,
            "unsupported.media.type",
        ),
        (
            send(Method::POST, search, "application/json", "x".repeat(512_001)).await,
            413,
            "request.entity.too.large",
        ),
        (
            send(Method::GET, "/api/v2/users/nobody", "application/json", String::new()).await,
            404,
            "not.found",
        ),
        (
            send(Method::GET, "/api/v2/routing/queues/none", "application/json", String::new())
                .await,
            404,
            "resource.not.found",
        ),
    ];
    for (reply, status, code) in cases {
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code));
        assert_eq!(reply.json()["contextId"].as_str(), reply.header("inin-correlation-id"));
    }
    let many = format!("/api/v2/users?id={}", vec!["x"; 101].join(","));
    assert_eq!(floor.get(&many).await.code(), "max.user.ids");
}

fn live(metrics: &[&str]) -> Value {
    let metrics: Vec<Value> =
        metrics.iter().map(|metric| json!({"metric": metric, "details": true})).collect();
    json!({"metrics": metrics, "groupBy": ["queueId"]})
}

fn ids<'a>(rows: impl IntoIterator<Item = &'a Value>, field: &str) -> Vec<String> {
    let mut ids: Vec<String> =
        rows.into_iter().map(|row| row[field].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn entities(results: &Value) -> Vec<Value> {
    let groups = results["results"].as_array().unwrap();
    groups.iter().filter_map(|group| group["entities"].as_array()).flatten().cloned().collect()
}

#[tokio::test]
async fn the_live_queries_show_the_true_floor() {
    let floor = Floor::open(frozen()).await;
    let activity = "/api/v2/analytics/conversations/activity/query";
    let waiting = entities(&floor.post(activity, live(&["oWaiting"])).await.json());
    let truth = floor.sessions("waiting").await;
    assert_eq!(ids(&waiting, "conversationId"), ids(&truth, "id"));
    let body = json!({"metrics": [{"metric": "oFlow", "details": true}], "groupBy": ["flowId"]});
    let bots = entities(&floor.post("/api/v2/analytics/flows/activity/query", body).await.json());
    assert_eq!(ids(&bots, "conversationId"), ids(&floor.sessions("bot").await, "id"));
    // A filter on one queue narrows to it.
    let queue = truth[0]["queue"].clone();
    let mut body = live(&["oWaiting"]);
    body["filter"] = json!({"type": "and", "predicates": [{"type": "dimension", "dimension": "queueId", "operator": "matches", "value": queue}]});
    let groups = floor.post(activity, body).await.json();
    assert_eq!(groups["results"].as_array().unwrap().len(), 1);
    assert!(entities(&groups).iter().all(|entity| entity["queueId"] == queue));
    let body = json!({"filter": {"type": "or", "predicates": [{"dimension": "queueId", "value": queue}]}, "metrics": ["oWaiting"]});
    let rows = floor.post("/api/v2/analytics/queues/observations/query", body).await.json();
    let expected = truth.iter().filter(|session| session["queue"] == queue).count();
    assert_eq!(rows["results"][0]["data"][0]["stats"]["count"], expected);
}

#[tokio::test]
async fn every_agent_appears_once_for_each_queue() {
    let floor = Floor::open(frozen()).await;
    let reply = floor
        .post("/api/v2/analytics/routing/activity/query", live(&["oUserRoutingStatuses"]))
        .await
        .json();
    let rows = entities(&reply);
    let mut users = ids(&rows, "userId");
    assert!(users.len() > 120);
    users.dedup();
    assert_eq!(users.len(), 120);
    let truth = floor.world().await;
    for agent in truth["agents"].as_array().unwrap() {
        let row = rows.iter().find(|row| row["userId"] == agent["id"]).unwrap();
        assert_eq!(
            (&row["routingStatus"], &row["systemPresence"]),
            (&agent["status"], &agent["presence"])
        );
    }
}

#[tokio::test]
async fn the_history_finds_only_what_began_in_its_interval() {
    let floor = Floor::open(frozen()).await;
    let parked = floor.sessions("parked").await;
    let now: jiff::Timestamp = floor.world().await["now"].as_str().unwrap().parse().unwrap();
    let open = async |hours: i64| {
        let interval = format!("{}/{now}", now - jiff::SignedDuration::from_hours(hours));
        let body = json!({
            "interval": interval, "paging": {"pageSize": 100, "pageNumber": 1},
            "conversationFilters": [{"type": "and", "predicates": [{"type": "dimension", "dimension": "conversationEnd", "operator": "notExists"}]}],
        });
        floor.post("/api/v2/analytics/conversations/details/query", body).await.json()
    };
    let old = parked
        .iter()
        .find(|session| {
            session["start"].as_str()
                < Some(&(now - jiff::SignedDuration::from_hours(22)).to_string())
        })
        .unwrap();
    let holds = |found: &Value| {
        found["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["conversationId"] == old["id"])
    };
    let month = open(31 * 24).await;
    assert!(holds(&month), "a month reaches back to it");
    assert!(!holds(&open(1).await), "an hour does not");
    assert_eq!(
        month["totalHits"].as_u64().unwrap() as usize,
        month["conversations"].as_array().unwrap().len()
    );
}

#[tokio::test]
async fn what_was_said_can_be_read() {
    let floor = Floor::open(frozen()).await;
    let sessions = floor.sessions("connected").await;
    let id = sessions[0]["id"].as_str().unwrap();
    let whole = floor.get(&format!("/api/v2/conversations/{id}")).await.json();
    let said = whole["participants"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|party| party["messages"][0]["messages"].as_array().unwrap());
    let ids: Vec<&str> = said.map(|message| message["messageId"].as_str().unwrap()).collect();
    let bulk = floor
        .post(&format!("/api/v2/conversations/messages/{id}/messages/bulk"), json!(ids))
        .await
        .json();
    assert_eq!(bulk["entities"].as_array().unwrap().len(), ids.len());
    let one = &bulk["entities"][0]["normalizedMessage"];
    assert!(!one["text"].as_str().unwrap().is_empty());
    assert!(
        floor.get(&format!("/api/v2/conversations/{id}/summaries")).await.json()["summary"]["text"]
            .is_string()
    );
}

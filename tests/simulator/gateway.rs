//! The gateway dialect as its clients see it: access, and which routes there are. Reading and handing over
//! have files of their own.

#[path = "gateway/guests.rs"]
mod guests;
#[path = "gateway/reading.rs"]
mod reading;
#[path = "gateway/reports.rs"]
mod reports;
#[path = "gateway/transfers.rs"]
mod transfers;

use std::time::Duration;

use floorwalker::simulator::{Dialect, Options, Permissions};
use reqwest::Method;
use serde_json::{Value, json};

use crate::simulated::{Floor, Reply, frozen, until};

/// A floor that stands still and speaks the gateway dialect.
fn gateway() -> Options {
    Options { dialect: Dialect::Gateway, ..frozen() }
}

fn both() -> Options {
    Options { dialect: Dialect::Both, ..frozen() }
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

fn status(reply: &Reply) -> u16 {
    reply.status.as_u16()
}

fn message(reply: &Reply) -> String {
    reply.json()["message"].as_str().unwrap_or_default().to_owned()
}

/// The path of a session as the gateway knows it.
fn messaging(session: &Value) -> String {
    format!("/api/v2/conversations/messaging/{}", id(session))
}

impl Floor {
    async fn seen(&self, session: &Value) -> Value {
        let reply = self.get(&messaging(session)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// A queue of the floor in a state, other than the named one.
    async fn queue(&self, state: &str, but: &Value) -> Value {
        let world = self.world().await;
        for queue in world["queues"].as_array().unwrap() {
            let path = format!("/api/v2/routing/queues/{}", id(queue));
            let queue = self.get(&path).await.json();
            if queue["state"] == state && queue["id"] != *but {
                return queue;
            }
        }
        panic!("no queue is {state}")
    }

    async fn pause(&self, queue: &Value, paused: bool) {
        let body = json!({"id": queue["id"], "paused": paused});
        assert_eq!(self.post("/_simulator/queue", body).await.status, 200);
    }

    /// The ledger's handoffs of a session, once all of them are settled.
    async fn settled(&self, session: &Value) -> Vec<Value> {
        until("the handoff is settled", || async {
            let ledger = self.ledger().await;
            let all = ledger["handoffs"].as_array().unwrap().iter();
            let own: Vec<Value> =
                all.filter(|handoff| handoff["conversation"] == session["id"]).cloned().collect();
            own.iter().all(|handoff| handoff["outcome"].is_string()).then_some(own)
        })
        .await
    }
}

async fn token(floor: &Floor, path: &str, form: String) -> Reply {
    let sent = floor.send(Method::POST, path, "application/x-www-form-urlencoded", form).await;
    sent.unwrap()
}

#[tokio::test]
async fn a_token_is_given_at_both_paths_for_credentials_in_the_form() {
    let floor = Floor::open(gateway()).await;
    let (client, secret) = (floor.running.client_id(), floor.running.client_secret());
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    for path in ["/oauth/token", "/api/v2/oauth/token"] {
        let given = token(&floor, path, form.clone()).await;
        assert_eq!(given.status, 200, "{}", given.text);
        assert!(given.json()["scope"].as_str().unwrap().contains("webchat:transfer"));
    }
    let asked = format!("{form}&scope=conversation:transfer+made:up");
    let narrow = token(&floor, "/oauth/token", asked).await;
    assert_eq!(narrow.json()["scope"], "conversation:transfer");
}

#[tokio::test]
async fn the_client_is_told_its_scopes() {
    let permissions = Permissions::all_but(["webchat:transfer"]);
    let floor = Floor::open(Options { permissions, ..gateway() }).await;
    let client = floor.get("/api/v2/oauth/client").await.json();
    assert!(client["id"].is_string() && client["name"].is_string());
    let scopes = client["scopes"].as_array().unwrap();
    assert!(scopes.contains(&json!("messaging:conversation:transfer")));
    assert!(!scopes.contains(&json!("webchat:transfer")));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let denied = [
        "messaging:conversation:transfer",
        "conversation:messaging:read",
        "routing:agent:read",
        "analytics:events:write",
        "conversation:webchat:write",
        "routing:conversation:write",
        "conversation:transfer",
        "conversation:read",
        "conversation:view",
    ];
    let permissions = Permissions::all_but(denied);
    let floor = Floor::open(Options { permissions, ..gateway() }).await;
    let session = &floor.sessions("bot").await[0];
    let conversation = format!("/api/v2/conversations/{}", id(session));
    let asked = [
        (Method::POST, format!("/api/v2/messaging/conversations/{}/transfer", id(session))),
        (Method::GET, messaging(session)),
        (Method::GET, "/api/v2/routing/users/nobody/availability".to_owned()),
        (Method::POST, "/api/v2/analytics/events".to_owned()),
        (Method::POST, format!("{conversation}/actions/transfer")),
        (Method::PUT, messaging(session)),
        (Method::POST, format!("{conversation}/participants/nobody/transfer")),
        (Method::POST, format!("{conversation}/summary")),
        (Method::GET, format!("{conversation}/events")),
    ];
    for ((method, path), scope) in asked.into_iter().zip(denied) {
        let reply = floor.send(method, &path, "application/json", "{}".to_owned()).await.unwrap();
        assert_eq!(status(&reply), 403, "{path}");
        assert!(message(&reply).contains(scope), "{path}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_scope_that_two_documents_name_differently_is_enough_in_either_name() {
    let of = |denied: &[&str]| Permissions::all_but(denied.iter().copied());
    let path = "/api/v2/routing/queues";
    let permissions = of(&["routing:queue:read"]);
    let floor = Floor::open(Options { permissions, ..gateway() }).await;
    assert_eq!(floor.get(path).await.status, 200);
    let permissions = of(&["routing:queue:read", "routing:queue:view"]);
    let floor = Floor::open(Options { permissions, ..gateway() }).await;
    assert_eq!(floor.get(path).await.status, 403);
}

#[tokio::test]
async fn what_remains_of_the_minute_is_told_and_faults_strike() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let good = floor.get(&messaging(session)).await;
    let remaining: u32 = good.header("x-ratelimit-remaining").unwrap().parse().unwrap();
    let count: u32 = good.header("inin-ratelimit-count").unwrap().parse().unwrap();
    assert_eq!(remaining, 100_000 - count);
    for (fault, expected) in [("429=1", 429), ("503=1", 503), ("500=1", 500), ("401=1", 401)] {
        floor.faults(&[fault]).await;
        let struck = floor.get(&messaging(session)).await;
        assert_eq!(status(&struck), expected);
        assert_eq!(struck.header("retry-after").is_some(), expected == 429);
    }
    floor.faults(&["reset=1"]).await;
    let path = messaging(session);
    assert!(floor.send(Method::GET, &path, "application/json", String::new()).await.is_err());
    floor.faults(&[]).await;
    let ledger = floor.ledger().await;
    let route = "GET /api/v2/conversations/messaging/{conversationId}";
    let rows = ledger["requests"].as_array().unwrap().iter();
    assert!(rows.filter(|row| row["route"] == route).count() >= 5);
}

#[tokio::test]
async fn a_token_expires_on_the_gateway_too() {
    let ttl = Duration::from_secs(1);
    let floor = Floor::open(Options { token_ttl: ttl, ..gateway() }).await;
    let refused = until("the token expires", || async {
        Some(floor.get("/api/v2/oauth/client").await).filter(|reply| reply.status == 401)
    });
    assert_eq!(refused.await.code(), "credentials.expired");
}

#[tokio::test]
async fn a_handoff_that_got_no_good_answer_may_have_happened() {
    let floor = Floor::open(gateway()).await;
    let agents = floor.agents("status", "IDLE").await;
    let bots = floor.sessions("bot").await;
    floor.faults(&["500=1"]).await;
    for (session, agent) in bots.iter().zip(agents.iter().cycle()) {
        let body = json!({
            "transferTo": {"id": agent, "type": "user"}, "historySize": 1, "includeHistory": true,
            "summary": "", "reason": "r",
        });
        let path = format!("/api/v2/messaging/conversations/{}/transfer", id(session));
        assert_eq!(floor.post(&path, body).await.status, 500);
    }
    floor.faults(&[]).await;
    let applied = floor.ledger().await["handoffs"].as_array().unwrap().len();
    assert!(applied > 0 && applied < bots.len(), "{applied} of {}", bots.len());
}

#[tokio::test]
async fn a_limit_counts_on_the_gateway_too() {
    let floor = Floor::open(Options { rate_limit: 2, ..gateway() }).await;
    let refused = until("a refusal", || async {
        Some(floor.get("/api/v2/oauth/client").await).filter(|reply| reply.status == 429)
    })
    .await;
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn each_dialect_has_its_own_routes_and_no_other() {
    let paths = |session: &Value| {
        let published = [
            "/api/v2/tokens/me".to_owned(),
            "/api/v2/users".to_owned(),
            format!("/api/v2/conversations/messages/{}", id(session)),
        ];
        let gateway = [
            "/api/v2/oauth/client".to_owned(),
            messaging(session),
            format!("/api/v2/conversations/{}/events", id(session)),
        ];
        (published, gateway)
    };
    for (options, speaks) in [(frozen(), (200, 404)), (gateway(), (404, 200)), (both(), (200, 200))]
    {
        let dialect = options.dialect;
        let floor = Floor::open(options).await;
        let session = &floor.sessions("bot").await[0];
        let (published, gateway) = paths(session);
        for path in published {
            assert_eq!(status(&floor.get(&path).await), speaks.0, "{dialect:?} {path}");
        }
        for path in gateway {
            assert_eq!(status(&floor.get(&path).await), speaks.1, "{dialect:?} {path}");
        }
    }
}

#[tokio::test]
async fn the_platform_gives_no_token_and_no_header_of_the_gateway() {
    let floor = Floor::open(frozen()).await;
    assert!(floor.get("/api/v2/tokens/me").await.header("x-ratelimit-remaining").is_none());
    let reply = token(&floor, "/api/v2/oauth/token", String::new()).await;
    assert_eq!(reply.status, 404);
}

#[tokio::test]
async fn where_both_share_a_path_the_published_answer_has_the_fields_of_both() {
    let floor = Floor::open(both()).await;
    let queues = floor.get("/api/v2/routing/queues").await.json();
    let path = format!("/api/v2/routing/queues/{}", id(&queues["entities"][0]));
    let queue = floor.get(&path).await.json();
    assert!(queue["mediaSettings"].is_object() && queue["state"].is_string());
    let members = floor.get(&format!("{path}/members?pageSize=2")).await.json();
    assert!(members["nextUri"].is_string() && members["total"].is_u64());
    let member = &members["entities"][0];
    assert!(member["joined"].is_boolean() && member["status"].is_string());
    let user = format!("/api/v2/users/{}", id(member));
    assert!(floor.get(&user).await.json()["languages"][0].is_string());
    let expanded = floor.get(&format!("{user}?expand=languages")).await.json();
    assert!(expanded["languages"][0]["proficiency"].is_number());
    let session = &floor.sessions("bot").await[0];
    let whole = floor.get(&format!("/api/v2/conversations/{}", id(session))).await.json();
    assert!(whole["participants"][1]["messages"].is_array());
    assert_eq!((&whole["state"], &whole["type"]), (&json!("bot"), &json!("messaging")));
}

//! Each kind of trouble as a client sees it, and what the ledger knows of the truth.

use std::time::{Duration, Instant};

use crate::simulated::{Floor, frozen, participant};
use reqwest::Method;
use serde_json::{Value, json};

const ME: &str = "/api/v2/tokens/me";

#[tokio::test]
async fn refusals_look_like_the_real_ones_and_end_with_the_bad_day() {
    let floor = Floor::open(frozen()).await;
    for (fault, status, code) in [
        ("429=1", 429, "too.many.requests"),
        ("500=1", 500, "internal.server.error"),
        ("503=1.0", 503, "service.unavailable"),
        ("401=1", 401, "credentials.expired"),
    ] {
        floor.faults(&[fault]).await;
        let reply = floor.get(ME).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code));
        if status == 429 {
            assert!(["1", "2", "3"].contains(&reply.header("retry-after").unwrap()));
            assert!(reply.json()["limit"]["value"].is_u64());
        }
    }
    floor.faults(&[]).await;
    assert_eq!(floor.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_bad_day_can_be_one_routes_alone() {
    let floor = Floor::open(frozen()).await;
    let body = json!({"faults": ["503=1"], "routes": ["/routing/"]});
    assert_eq!(floor.post("/_simulator/fault", body).await.status, 200);
    assert_eq!(floor.get("/api/v2/routing/queues").await.status, 503);
    assert_eq!(floor.get(ME).await.status, 200);
}

#[tokio::test]
async fn answers_can_be_spoilt() {
    let floor = Floor::open(frozen()).await;
    floor.faults(&["truncated=1"]).await;
    let cut = floor.get(ME).await;
    assert_eq!(cut.status, 200);
    assert!(serde_json::from_str::<Value>(&cut.text).is_err());
    floor.faults(&["html=1"]).await;
    let page = floor.get(ME).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html")));
    floor.faults(&["huge=1"]).await;
    assert!(floor.get(ME).await.text.len() > 5_000_000);
}

#[tokio::test]
async fn a_reset_breaks_the_connection() {
    let floor = Floor::open(frozen()).await;
    floor.faults(&["reset=1"]).await;
    // The witness itself is never struck.
    let broken = floor.send(Method::GET, ME, "application/json", String::new()).await;
    assert!(broken.is_err());
    floor.faults(&[]).await;
    assert_eq!(floor.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_slow_answer_trickles_and_a_hanging_one_never_comes() {
    let floor = Floor::open(frozen()).await;
    for fault in ["slow=1", "timeout=1"] {
        floor.faults(&[fault]).await;
        let request = floor.send(Method::GET, ME, "application/json", String::new());
        assert!(
            tokio::time::timeout(Duration::from_millis(1500), request).await.is_err(),
            "{fault}"
        );
    }
    let started = Instant::now();
    let Floor { running, .. } = floor;
    running.stop().await;
    assert!(started.elapsed() < Duration::from_secs(3), "it stops although requests hang");
}

#[tokio::test]
async fn a_write_that_got_no_good_answer_may_have_happened() {
    let floor = Floor::open(frozen()).await;
    let agents = floor.agents("status", "IDLE").await;
    let bots = floor.sessions("bot").await;
    for fault in ["500=1", "reset=1"] {
        let before = floor.ledger().await["handoffs"].as_array().unwrap().len();
        floor.faults(&[fault]).await;
        let mut sent = 0;
        for (session, agent) in bots.iter().zip(agents.iter().cycle()) {
            let path = format!("{}/attributes", participant(session));
            let _ = floor
                .send(
                    Method::PATCH,
                    &path,
                    "application/json",
                    json!({"attributes": {"a": "b"}}).to_string(),
                )
                .await;
            let path = format!("{}/replace/agent", participant(session));
            let _ = floor
                .send(Method::POST, &path, "application/json", json!({"userId": agent}).to_string())
                .await;
            sent += 1;
        }
        floor.faults(&[]).await;
        let applied = floor.ledger().await["handoffs"].as_array().unwrap().len() - before;
        assert!(applied > 0 && applied < sent, "{fault}: {applied} of {sent}");
    }
}

#[tokio::test]
async fn the_ledger_counts_requests_by_route_and_status() {
    let floor = Floor::open(frozen()).await;
    floor.get(ME).await;
    floor.get("/api/v2/users/nobody").await;
    floor.faults(&["503=1"]).await;
    floor.get(ME).await;
    let ledger = floor.ledger().await;
    let count = |route: &str, status: u16| {
        let rows = ledger["requests"].as_array().unwrap().iter();
        rows.filter(|row| row["route"] == route && row["status"] == status)
            .map(|row| row["count"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(count("GET /api/v2/tokens/me", 200), 1);
    assert_eq!(count("GET /api/v2/tokens/me", 503), 1);
    assert_eq!(count("GET /api/v2/users/{userId}", 404), 1);
    assert_eq!(ledger["faults"], json!({"503": 1}));
    let wrong = floor.post("/_simulator/fault", json!({"faults": ["504=1"]})).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.json()["message"].as_str().unwrap().contains("503"));
}

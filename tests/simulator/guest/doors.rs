//! Getting in: the socket's door, a deployment's page, the pass to the history.

use floorwalker::simulator::Dialect;

use super::*;

#[tokio::test]
async fn only_a_page_with_an_origin_and_a_known_deployment_gets_in() {
    let floor = Floor::open(frozen()).await;
    let world = floor.world().await;
    let known = world["deployments"][0]["id"].as_str().unwrap();
    let good = format!("?deploymentId={known}");
    let origin = Some("https://anything.example");
    assert!(dial(&floor, &good, origin).await.is_ok());
    assert_eq!(dial(&floor, &good, None).await.err(), Some(403));
    assert_eq!(dial(&floor, "", origin).await.err(), Some(400));
    let unknown = format!("?deploymentId={}", uuid::Uuid::new_v4());
    assert_eq!(dial(&floor, &unknown, origin).await.err(), Some(404));
    assert_eq!(read(&floor, &format!("/v1{good}"), None).await.status, 403, "no socket at all");
    let ledger = floor.ledger().await;
    let rows = ledger["requests"].as_array().unwrap();
    let count = |status: u16| {
        let of = |row: &&Value| row["route"] == "GET /v1" && row["status"] == status;
        rows.iter().filter(of).map(|row| row["count"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((count(101), count(403), count(400), count(404)), (1, 2, 1, 1));
}

#[tokio::test]
async fn a_gateway_has_no_guests() {
    let floor = Floor::open(Options { dialect: Dialect::Gateway, ..frozen() }).await;
    let world = floor.world().await;
    let query = format!("?deploymentId={}", world["deployments"][0]["id"].as_str().unwrap());
    assert_eq!(dial(&floor, &query, Some("https://x.example")).await.err(), Some(404));
}

#[tokio::test]
async fn a_deployments_page_says_where_the_socket_is() {
    let floor = Floor::open(frozen()).await;
    let world = floor.world().await;
    let mut modes = std::collections::BTreeSet::new();
    for door in world["deployments"].as_array().unwrap() {
        let path =
            format!("/webdeployments/v1/deployments/{}/config.json", door["id"].as_str().unwrap());
        let page = read(&floor, &path, None).await.json();
        assert_eq!(page["id"], door["id"]);
        let apps = &page["messenger"]["apps"]["conversations"];
        let socket = floor.running.base_url().replace("http", "ws");
        assert_eq!(apps["messagingEndpoint"], socket.as_str());
        assert_eq!(page["apiEndpoint"], floor.running.base_url());
        assert_eq!(apps["autoStart"]["enabled"], door["autoStart"]);
        let mode = apps["conversationDisconnect"]["type"].as_str().unwrap().to_owned();
        assert_eq!(mode == "ReadOnly", door["readOnly"] == true);
        modes.insert(mode);
    }
    assert_eq!(modes.len(), 2, "there are both kinds");
    let path = "/webdeployments/v1/deployments/none/config.json";
    assert_eq!(read(&floor, path, None).await.status, 404);
}

#[tokio::test]
async fn a_pass_opens_the_guests_own_history_and_nothing_else() {
    let floor = Floor::open(frozen()).await;
    let (mut one, mut two) =
        (Guest::arrive(&floor, QUEUE).await, Guest::arrive(&floor, QUEUE).await);
    one.say("mine").await;
    two.say("yours").await;
    assert_eq!(one.history(&floor, 25).await[0]["text"], "mine");
    assert_eq!(two.history(&floor, 25).await[0]["text"], "yours");
    const HISTORY: &str = "/api/v2/webmessaging/messages";
    assert_eq!(read(&floor, HISTORY, None).await.status, 401);
    assert_eq!(read(&floor, HISTORY, Some("made.up.pass")).await.code(), "bad.credentials");
    assert_eq!(read(&floor, HISTORY, Some(&floor.token)).await.status, 401, "a client is no guest");
    let told = one.ask(json!({"action": "getJwt", "tracingId": "j"})).await;
    assert_eq!(told["tracingId"], "j");
    let pass = told["body"]["jwt"].as_str().unwrap().to_owned();
    assert_eq!(
        read(&floor, "/api/v2/users", Some(&pass)).await.status,
        401,
        "a guest is no client"
    );
    floor.step(3600).await;
    assert_eq!(read(&floor, HISTORY, Some(&pass)).await.code(), "credentials.expired");
}

#[tokio::test]
async fn faults_strike_the_door_too() {
    let floor = Floor::open(frozen()).await;
    let world = floor.world().await;
    let query = format!("?deploymentId={}", world["deployments"][0]["id"].as_str().unwrap());
    let origin = Some("https://x.example");
    pull(&floor, "fault", json!({"faults": ["503=1"], "routes": ["GET /v1"]})).await;
    assert_eq!(dial(&floor, &query, origin).await.err(), Some(503));
    pull(&floor, "fault", json!({"faults": []})).await;
    assert!(dial(&floor, &query, origin).await.is_ok());
}

//! How a guest's session ends and begins again.

use super::*;

#[tokio::test]
async fn a_session_tells_how_long_it_lives_and_ends_then() {
    let floor = Floor::open(frozen()).await;
    let token = uuid::Uuid::new_v4().to_string();
    let mut guest = Guest::dial(&floor, QUEUE, &token).await;
    let told = guest.configure(json!({"tracingId": "c"})).await;
    assert_eq!((&told["class"], &told["tracingId"]), (&json!("SessionResponse"), &json!("c")));
    let body = told["body"].clone();
    assert_eq!((&body["durationSeconds"], &body["readOnly"]), (&json!(600), &json!(false)));
    let now: jiff::Timestamp = floor.world().await["now"].as_str().unwrap().parse().unwrap();
    let left = body["expirationDate"].as_i64().unwrap() - now.as_second();
    assert!((598..=601).contains(&left), "{left}");
    guest.join().await;
    let id = guest.conversation(&floor).await;
    floor.step(600).await;
    guest.find("the end", |frame| frame["class"] == "SessionExpiredEvent").await;
    let whole = floor.get(&format!("/api/v2/conversations/{id}")).await.json();
    let customer = &whole["participants"][0];
    assert_eq!(customer["messages"][0]["disconnectType"], "session.expired");
    assert_eq!(guest.say("anybody there").await["code"], 4006);
    assert_eq!(guest.configure(json!({})).await["code"], 4006);
    let fresh = guest.configure(json!({"startNew": true})).await;
    assert_eq!(
        (&fresh["body"]["newSession"], &fresh["body"]["clearedExistingSession"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(guest.say("again").await["code"], 200);
    assert_ne!(guest.conversation(&floor).await, id);
}

#[tokio::test]
async fn when_the_agent_leaves_it_can_only_be_read_until_a_new_one_is_begun() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, QUEUE).await;
    guest.join().await;
    let id = guest.conversation(&floor).await;
    hand_over(&floor, &id).await;
    pull(&floor, "say", json!({"conversation": id, "text": "good bye"})).await;
    pull(&floor, "end", json!({"conversation": id})).await;
    let gone = guest
        .find("the end", |frame| frame["body"]["events"][0]["presence"]["type"] == "Disconnect");
    assert_eq!(gone.await["body"]["direction"], "Outbound");
    let told = guest.next().await.unwrap();
    assert_eq!(
        (&told["class"], &told["body"]["readOnly"]),
        (&json!("SessionResponse"), &json!(true))
    );
    assert_eq!(guest.say("wait").await["code"], 4007);
    let (mut guest, told) = guest.again(&floor, QUEUE).await;
    assert_eq!(
        (&told["body"]["readOnly"], &told["body"]["newSession"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(guest.history(&floor, 25).await[0]["text"], "good bye", "it is still there to read");
    let fresh = guest.configure(json!({"startNew": true})).await;
    assert_eq!(
        (&fresh["body"]["readOnly"], &fresh["body"]["newSession"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(guest.say("another thing").await["code"], 200);
    assert_ne!(guest.conversation(&floor).await, id);
}

#[tokio::test]
async fn a_supervisor_who_disconnects_ends_it_for_the_guest() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, BOT).await;
    guest.join().await;
    let path = format!("/api/v2/conversations/messages/{}", guest.conversation(&floor).await);
    assert_eq!(floor.patch(&path, json!({"state": "disconnected"})).await.status, 200);
    guest.find("read-only", |frame| frame["body"]["readOnly"] == true).await;
}

#[tokio::test]
async fn where_it_is_not_kept_for_reading_the_next_message_begins_another() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, REOPENS).await;
    guest.join().await;
    let id = guest.conversation(&floor).await;
    pull(&floor, "end", json!({"conversation": id, "by": "system"})).await;
    assert_eq!(guest.say("I was not done").await["code"], 200);
    assert_ne!(guest.conversation(&floor).await, id);
}

#[tokio::test]
async fn to_start_anew_leaves_what_is_open() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, BOT).await;
    guest.join().await;
    let id = guest.conversation(&floor).await;
    let fresh = guest.configure(json!({"startNew": true})).await;
    assert_eq!(fresh["body"]["clearedExistingSession"], true);
    let whole = floor.get(&format!("/api/v2/conversations/{id}")).await.json();
    assert_eq!(whole["participants"][0]["messages"][0]["disconnectType"], "client");
}

#[tokio::test]
async fn the_server_may_ask_to_come_again() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, BOT).await;
    guest.join().await;
    let id = guest.conversation(&floor).await;
    pull(&floor, "cut", json!({"token": guest.token, "gentle": true, "reason": "moving house"}))
        .await;
    let asked = guest.find("the wish", |frame| frame["class"] == "ConnectionClosedEvent").await;
    assert_eq!(asked["body"]["reason"], "moving house");
    assert_eq!(guest.next().await, None);
    let (guest, told) = guest.again(&floor, BOT).await;
    assert_eq!(told["body"]["newSession"], false);
    assert_eq!(guest.conversation(&floor).await, id);
}

#[tokio::test]
async fn a_guest_closes_one_connection_or_all_of_them_and_the_conversation_stays() {
    let floor = Floor::open(frozen()).await;
    let mut one = Guest::arrive(&floor, BOT).await;
    one.join().await;
    let (mut two, _) = one.again(&floor, BOT).await;
    let (mut three, _) = one.again(&floor, BOT).await;
    one.send(json!({"action": "closeSession"})).await;
    one.find("the end", |frame| frame["class"] == "ConnectionClosedEvent").await;
    assert_eq!(one.next().await, None);
    until("one is gone", || async { (two.truth(&floor).await["connections"] == 2).then_some(()) })
        .await;
    two.send(json!({"action": "closeSession", "closeAllConnections": true})).await;
    for guest in [&mut two, &mut three] {
        guest.find("the end", |frame| frame["class"] == "ConnectionClosedEvent").await;
        assert_eq!(guest.next().await, None);
    }
    assert!(row_in(&floor, &one.conversation(&floor).await, "bot").await);
}

#[tokio::test]
async fn a_queues_inactivity_timer_ends_it_for_the_guest() {
    let floor = Floor::open(Options { agents: 0, sessions: 0, ..frozen() }).await;
    let mut guest = Guest::arrive(&floor, QUIET).await;
    guest.say("hello").await;
    let id = guest.conversation(&floor).await;
    let path = format!("/api/v2/conversations/{id}");
    let deadline = async || floor.get(&path).await.json()["inactivityTimeout"].clone();
    let first = deadline().await;
    assert!(first.is_string());
    floor.step(600).await;
    guest.say("still here").await;
    assert!(deadline().await.as_str() > first.as_str());
    floor.step(600).await;
    assert!(row_in(&floor, &id, "waiting").await);
    floor.step(300).await;
    guest.find("read-only", |frame| frame["body"]["readOnly"] == true).await;
    let whole = floor.get(&path).await.json();
    assert_eq!(whole["participants"][0]["messages"][0]["disconnectType"], "inactivity");
}

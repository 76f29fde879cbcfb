//! What is said: by the guest, a bot, an agent; seen from both sides, and through broken connections.

use super::*;

#[tokio::test]
async fn a_first_message_begins_a_conversation_that_every_route_shows() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, BOT).await;
    assert_eq!(guest.truth(&floor).await.get("conversation"), None, "nothing was said yet");
    let message = json!({
        "type": "Text", "text": "hello \u{1F600}",
        "channel": {"metadata": {"customAttributes": {"order": "4711"}}},
    });
    guest.send(json!({"action": "onMessage", "tracingId": "t1", "message": message})).await;
    let told = guest.next().await.unwrap();
    assert_eq!((&told["type"], &told["class"]), (&json!("message"), &json!("StructuredMessage")));
    assert_eq!((&told["code"], &told["tracingId"]), (&json!(200), &json!("t1")));
    let body = &told["body"];
    assert_eq!((&body["direction"], &body["text"]), (&json!("Inbound"), &json!("hello \u{1F600}")));
    let id = guest.conversation(&floor).await;
    let whole = floor.get(&format!("/api/v2/conversations/{id}")).await.json();
    let customer = &whole["participants"][0];
    assert_eq!(customer["address"], body["channel"]["from"]["id"]);
    assert_eq!(customer["attributes"]["order"], "4711");
    assert_eq!(customer["messages"][0]["type"], "webmessaging");
    assert_eq!(customer["messages"][0]["messages"][0]["messageId"], body["id"]);
    assert!(!whole.to_string().contains(&guest.token), "the token is the guest's own");
    let path = format!("/api/v2/conversations/messages/{id}/messages/bulk");
    let bulk = floor.post(&path, json!([body["id"]])).await.json();
    assert_eq!(bulk["entities"][0]["normalizedMessage"]["text"], "hello \u{1F600}");
    let by = json!({"metrics": [{"metric": "oFlow", "details": true}], "groupBy": ["flowId"]});
    let flows = floor.post("/api/v2/analytics/flows/activity/query", by).await;
    assert!(flows.text.contains(&id), "it is with a bot");
}

#[tokio::test]
async fn a_bot_answers_and_calls_for_a_human_after_a_while() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, BOT).await;
    for n in 0..3 {
        let said = guest.say(&format!("message {n}")).await;
        assert_eq!(said["code"], 200, "{said}");
        let answer =
            guest.find("an answer of the bot", |frame| frame["body"]["direction"] == "Outbound");
        assert_eq!(answer.await["body"]["originatingEntity"], "Bot");
        floor.step(1).await;
    }
    let id = guest.conversation(&floor).await;
    let world = floor.world().await;
    until("it waits in line", || async { row_in(&floor, &id, "waiting").await.then_some(()) })
        .await;
    let queue = row(&floor, &id).await.unwrap()["queue"].clone();
    assert_eq!(queue, world["deployments"][BOT]["queue"]);
}

#[tokio::test]
async fn an_agent_to_whom_it_is_handed_over_speaks_as_a_human() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, QUEUE).await;
    guest.join().await;
    let id = guest.conversation(&floor).await;
    assert!(row_in(&floor, &id, "waiting").await, "this door has no bot");
    let told = pull(&floor, "say", json!({"conversation": id, "text": "please wait"})).await;
    let wait = guest.find("a text in line", |frame| frame["body"]["text"] == "please wait").await;
    assert_eq!(
        (&wait["body"]["originatingEntity"], &wait["body"]["id"]),
        (&json!("Bot"), &told["id"])
    );
    hand_over(&floor, &id).await;
    pull(&floor, "say", json!({"conversation": id, "text": "how can I help"})).await;
    let said = guest.find("the agent", |frame| frame["body"]["text"] == "how can I help").await;
    assert_eq!(said["body"]["originatingEntity"], "Human");
    assert_eq!(said["body"]["direction"], "Outbound");
    guest.say("my order").await;
    let typing = guest.find("typing", |frame| frame["body"]["type"] == "Event").await;
    assert_eq!(typing["body"]["events"][0]["typing"]["type"], "On");
    let answer = guest.find("an answer", |frame| frame["body"]["type"] == "Text").await;
    assert_eq!(answer["body"]["originatingEntity"], "Human");
}

#[tokio::test]
async fn as_time_passes_an_agent_takes_it_and_it_stays() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, BOT).await;
    for n in 0..3 {
        floor.step(3).await;
        guest.say(&format!("message {n}")).await;
    }
    let id = guest.conversation(&floor).await;
    until("an agent takes it", || async {
        floor.step(30).await;
        row_in(&floor, &id, "connected").await.then_some(())
    })
    .await;
    floor.step(1800).await;
    assert!(row_in(&floor, &id, "connected").await, "nobody ends it by chance");
    guest.find("a human", |frame| frame["body"]["originatingEntity"] == "Human").await;
    // Nobody puts words into a guest's mouth.
    let said = transcript(&floor, &id).await;
    assert_eq!(said.iter().filter(|row| row["by"] == "customer").count(), 3);
    assert!(said.iter().any(|row| row["by"] == "agent"));
}

#[tokio::test]
async fn through_five_cuts_nothing_is_lost_and_nothing_comes_twice() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, QUEUE).await;
    guest.join().await;
    let id = guest.conversation(&floor).await;
    let mut live = Vec::new();
    for n in 0..5 {
        floor.step(1).await;
        live.push(guest.say(&format!("guest {n}")).await["body"].clone());
        let how =
            if n % 2 == 0 { json!({"conversation": id}) } else { json!({"token": guest.token}) };
        assert_eq!(pull(&floor, "cut", how).await["connections"], 1);
        assert!(guest.breaks().await, "without a word");
        let text = format!("missed {n}");
        pull(&floor, "say", json!({"conversation": id, "text": text})).await;
        let (back, told) = guest.again(&floor, QUEUE).await;
        guest = back;
        assert_eq!(
            (&told["body"]["newSession"], &told["body"]["connected"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(guest.conversation(&floor).await, id);
        let text = format!("heard {n}");
        pull(&floor, "say", json!({"conversation": id, "text": text})).await;
        live.push(
            guest.find("a text", |frame| frame["body"]["text"] == text.as_str()).await["body"]
                .clone(),
        );
    }
    let mut history = guest.history(&floor, 4).await;
    history.sort_by_key(|message| message["channel"]["time"].as_str().unwrap().to_owned());
    let truth = transcript(&floor, &id).await;
    assert_eq!(truth.len(), 15);
    let line =
        |id: &Value, text: &Value, direction: &Value| (id.clone(), text.clone(), direction.clone());
    let read: Vec<_> =
        history.iter().map(|m| line(&m["id"], &m["text"], &m["direction"])).collect();
    let real: Vec<_> = truth.iter().map(|m| line(&m["id"], &m["text"], &m["direction"])).collect();
    assert_eq!(read, real);
    for message in live {
        assert!(history.contains(&message), "the same on the socket and in the history: {message}");
    }
}

#[tokio::test]
async fn all_connections_of_a_guest_hear_the_same() {
    let floor = Floor::open(frozen()).await;
    let mut one = Guest::arrive(&floor, QUEUE).await;
    let (mut other, _) = one.again(&floor, QUEUE).await;
    let said = one.say("from the first").await;
    assert_eq!(other.next().await.unwrap(), said);
    assert_eq!(one.truth(&floor).await["connections"], 2);
}

#[tokio::test]
async fn typing_is_noted_and_is_no_message() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, QUEUE).await;
    guest.join().await;
    let event = json!({"eventType": "Typing", "typing": {"type": "On", "duration": 5000}});
    let message = json!({"type": "Event", "events": [event]});
    guest.send(json!({"action": "onMessage", "message": message})).await;
    until("typing is noted", || async { (guest.truth(&floor).await["typed"] == 1).then_some(()) })
        .await;
    assert_eq!(transcript(&floor, &guest.conversation(&floor).await).await, Vec::<Value>::new());
}

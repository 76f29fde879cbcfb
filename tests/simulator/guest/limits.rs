//! What a guest may ask for, how often, and in which words they are refused.

use super::*;

#[tokio::test]
async fn a_third_message_within_a_second_is_too_many() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, QUEUE).await;
    for n in 0..2 {
        assert_eq!(guest.say(&format!("m{n}")).await["type"], "message");
    }
    let message = json!({"type": "Text", "text": "m2"});
    let refused =
        guest.ask(json!({"action": "onMessage", "tracingId": "x", "message": message})).await;
    assert_eq!(
        (&refused["class"], &refused["code"]),
        (&json!("TooManyRequestsErrorMessage"), &json!(429))
    );
    assert_eq!(
        (&refused["body"]["retryAfter"], &refused["body"]["errorCode"]),
        (&json!(1), &json!(4029))
    );
    assert!(refused["body"]["errorMessage"].is_string() && refused["tracingId"] == "x");
    floor.step(1).await;
    assert_eq!(guest.say("m3").await["type"], "message");
    let id = guest.conversation(&floor).await;
    let said = transcript(&floor, &id).await;
    let texts: Vec<_> =
        said.iter().filter(|row| row["by"] == "customer").map(|row| row["text"].clone()).collect();
    assert_eq!(texts, ["m0", "m1", "m3"]);
}

#[tokio::test]
async fn an_echo_is_answered_once_in_thirty_seconds_and_is_no_message() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, QUEUE).await;
    guest.join().await;
    let ping = |tracing: &str| json!({"action": "echo", "tracingId": tracing, "message": {"type": "Text", "text": "ping"}});
    guest.send(ping("beat-1")).await;
    let answer = guest.find("the echo", |frame| frame["tracingId"] == "beat-1").await;
    assert_eq!((&answer["class"], &answer["code"]), (&json!("StructuredMessage"), &json!(200)));
    assert_eq!(
        (&answer["body"]["text"], &answer["body"]["direction"]),
        (&json!("ping"), &json!("Inbound"))
    );
    let refused = guest.ask(ping("beat-2")).await;
    assert_eq!((&refused["code"], &refused["tracingId"]), (&json!(429), &json!("beat-2")));
    assert!((1..=30).contains(&refused["body"]["retryAfter"].as_i64().unwrap()));
    floor.step(30).await;
    guest.send(ping("beat-3")).await;
    guest.find("the echo", |frame| frame["tracingId"] == "beat-3").await;
    let id = guest.conversation(&floor).await;
    assert_eq!(transcript(&floor, &id).await, Vec::<Value>::new());
    let ledger = floor.ledger().await;
    let rows = ledger["beats"].as_array().unwrap().iter();
    let echoes: Vec<_> = rows.filter(|row| row["conversation"] == id.as_str()).collect();
    assert_eq!((echoes.len(), &echoes[0]["received"]), (1, &json!(2)), "what was refused is none");
    let times = echoes[0]["beats"].as_array().unwrap();
    assert!(times[1]["at"].as_i64().unwrap() - times[0]["at"].as_i64().unwrap() >= 30_000);
}

#[tokio::test]
async fn a_fast_floor_takes_echoes_as_much_more_often() {
    let floor = Floor::open(Options { speed: 1000.0, ..frozen() }).await;
    let mut guest = Guest::arrive(&floor, BOT).await;
    for n in 0..3 {
        let (tracing, started) = (format!("beat-{n}"), std::time::Instant::now());
        let ping = json!({
            "action": "echo", "tracingId": tracing, "message": {"type": "Text", "text": "ping"},
        });
        loop {
            guest.send(ping.clone()).await;
            match guest.next().await.unwrap()["code"].as_u64() {
                Some(429) => assert!(started.elapsed() < Duration::from_secs(10)),
                code => break assert_eq!(code, Some(200)),
            }
        }
    }
}

#[tokio::test]
async fn every_refusal_has_its_code() {
    let floor = Floor::open(frozen()).await;
    let mut guest = Guest::arrive(&floor, QUEUE).await;
    let stranger = uuid::Uuid::new_v4();
    let text = |text: &str| json!({"type": "Text", "text": text});
    let heavy = json!({"type": "Text", "text": "t", "channel": {"metadata": {"customAttributes": {"k": "v".repeat(3000)}}}});
    for (request, code) in [
        (json!({"action": "onMessage"}), 4020),
        (json!({"action": "onMessage", "message": {"type": "Text"}}), 4020),
        (json!({"action": "onMessage", "message": {"type": "Poem"}}), 4020),
        (json!({"action": "onMessage", "message": {"type": "Event", "events": []}}), 4020),
        (json!({"action": "onMessage", "token": "me", "message": text("t")}), 4020),
        (json!({"action": "onMessage", "token": stranger, "message": text("t")}), 4007),
        (json!({"action": "echo", "token": stranger, "message": text("t")}), 4007),
        (json!({"action": "getJwt", "token": stranger}), 4007),
        (json!({"action": "closeSession", "token": stranger}), 4007),
        (json!({"action": "configureSession"}), 4020),
        (json!({"action": "configureSession", "deploymentId": stranger}), 4007),
        (json!({"action": "echo"}), 4020),
        (json!({"action": "onAttachment"}), 4000),
        (json!({"message": text("no action")}), 4020),
        (json!({"action": "onMessage", "message": text(&"x".repeat(4097))}), 4011),
        (json!({"action": "onMessage", "message": heavy}), 4013),
    ] {
        floor.step(1).await;
        let refused = guest.ask(request.clone()).await;
        assert_eq!(
            (&refused["code"], &refused["class"]),
            (&json!(code), &json!("string")),
            "{request}"
        );
        assert!(refused["body"].is_string());
    }
    guest.raw("not json").await;
    assert_eq!(guest.next().await.unwrap()["code"], 4020);
    assert_eq!(guest.truth(&floor).await.get("conversation"), None, "nothing was begun");
}

#[tokio::test]
async fn a_message_before_the_session_is_configured_finds_none() {
    let floor = Floor::open(frozen()).await;
    let token = uuid::Uuid::new_v4().to_string();
    let mut guest = Guest::dial(&floor, BOT, &token).await;
    assert_eq!(guest.say("too early").await["code"], 4007);
}

//! Token, budget and retry, on a paused clock (SPEC section 3).

#[path = "client/person.rs"]
mod person;
#[path = "support/script.rs"]
mod script;

use std::time::Duration;

use floorwalker::genesys::{
    Lane,
    client::{Call, Client},
    error::{Error, Kind},
    transport::{Failure, Method},
};
use script::{Script, lost, ok, retry_after, status, token};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

fn read() -> Call {
    Call::get("read a thing", Lane::Operator, "/api/v2/thing".into())
}

fn write() -> Call {
    Call::write("move a thing", Method::Post, "/api/v2/move".into(), &json!({}))
}

async fn outcome(client: &Client<Script>, call: Call) -> Result<Value, Error> {
    client.fetch(call).await
}

#[tokio::test(start_paused = true)]
async fn one_token_however_many_wait() {
    let script = Script::default();
    let client = std::sync::Arc::new(script.client(300));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        tasks.spawn(async move { outcome(&client, read()).await.is_ok() });
    }
    assert!(tasks.join_all().await.into_iter().all(|ok| ok));
    assert_eq!((script.tokens().len(), script.calls().len()), (1, 50));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_replaced_a_minute_before_its_end() {
    let script = Script::default();
    script.grant(token(300));
    let client = script.client(300);
    for (at, tokens) in [(0, 1), (230, 1), (245, 2)] {
        tokio::time::sleep_until(
            script.tokens().first().copied().unwrap_or(Instant::now()) + Duration::from_secs(at),
        )
        .await;
        outcome(&client, read()).await.unwrap();
        assert_eq!(script.tokens().len(), tokens, "after {at} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_token_is_used_for_half_its_life() {
    let script = Script::default();
    script.grant(token(20)).grant(token(20));
    let client = script.client(300);
    outcome(&client, read()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(9)).await;
    outcome(&client, read()).await.unwrap();
    assert_eq!(script.tokens().len(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    outcome(&client, read()).await.unwrap();
    assert_eq!(script.tokens().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once_and_the_call_repeated_once() {
    let script = Script::default();
    script.answer(status(401, r#"{"code":"credentials.expired"}"#)).answer(ok(r#"{"n":1}"#));
    let client = script.client(300);
    assert_eq!(outcome(&client, write()).await.unwrap(), json!({"n": 1}));
    assert_eq!((script.tokens().len(), script.calls().len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_twice_is_an_error_and_no_loop() {
    let script = Script::default();
    for _ in 0..5 {
        script.answer(status(401, r#"{"code":"bad.credentials","message":"Invalid"}"#));
    }
    let client = script.client(300);
    let error = outcome(&client, read()).await.unwrap_err();
    assert_eq!((error.kind, script.calls().len()), (Kind::Auth, 2));
    assert!(error.hint().contains("same region"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_told_to_all_who_wait_and_asked_once() {
    let script = Script::default();
    let body = r#"{"error":"invalid_client","error_description":"authentication failed"}"#;
    script.grant(status(401, body));
    let client = std::sync::Arc::new(script.client(300));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let client = client.clone();
        tasks.spawn(async move { outcome(&client, read()).await.unwrap_err().kind });
    }
    assert!(tasks.join_all().await.into_iter().all(|kind| kind == Kind::Auth));
    assert_eq!((script.tokens().len(), script.calls().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_429_waits_as_long_as_the_server_says_and_the_wait_is_visible() {
    let script = Script::default();
    let body = r#"{"code":"too.many.requests","message":"Rate limit exceeded","limit":{"key":"client.credentials.token.rate.per.minute"}}"#;
    script.answer(retry_after(429, 7, body)).answer(ok("{}"));
    let client = script.client(300);
    let mut traffic = client.traffic();
    let (done, seen) = tokio::join!(outcome(&client, write()), async {
        let waiting = traffic.wait_for(|t| t.waiting.is_some()).await.unwrap();
        waiting.waiting.clone().unwrap()
    });
    done.unwrap();
    assert_eq!(seen.operation, "move a thing");
    assert!(seen.why.contains("429"), "{}", seen.why);
    let calls = script.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls[1] - calls[0] >= Duration::from_secs(7));
    assert!(client.traffic().borrow().waiting.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_429_of_the_token_holds_back_everybody() {
    let script = Script::default();
    script.answer(retry_after(429, 5, r#"{"limit":{"key":"token.rate.per.minute"}}"#));
    let client = script.client(300);
    let (first, second) = tokio::join!(outcome(&client, read()), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        outcome(&client, read()).await
    });
    first.unwrap();
    second.unwrap();
    let calls = script.calls();
    assert!(calls[1..].iter().all(|at| *at - calls[0] >= Duration::from_secs(5)));
}

#[tokio::test(start_paused = true)]
async fn a_429_of_one_endpoint_holds_back_that_call_alone() {
    let script = Script::default();
    script.answer(retry_after(429, 5, r#"{"limit":{"key":"analytics.query.rate"}}"#));
    let client = script.client(300);
    let (first, second) = tokio::join!(outcome(&client, read()), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        outcome(&client, read()).await
    });
    first.unwrap();
    second.unwrap();
    let calls = script.calls();
    assert!(calls[1] - calls[0] < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_429_storm_ends_in_an_error() {
    let script = Script::default();
    for _ in 0..10 {
        script.answer(retry_after(429, 2, "{}"));
    }
    let error = outcome(&script.client(300), read()).await.unwrap_err();
    assert_eq!((error.kind, error.status, script.calls().len()), (Kind::RateLimited, Some(429), 3));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_may_have_happened_is_not_sent_again() {
    for reply in [
        status(500, "{}"),
        status(503, "{}"),
        status(504, "{}"),
        lost(Failure::Timeout),
        lost(Failure::Broken("reset".into())),
    ] {
        let script = Script::default();
        script.answer(reply);
        let error = outcome(&script.client(300), write()).await.unwrap_err();
        assert!(error.may_have_happened(), "{error}");
        assert_eq!(script.calls().len(), 1, "{error}");
    }
}

/// Whatever has become of the request for a token, what it was for has not left.
#[tokio::test(start_paused = true)]
async fn a_write_for_which_no_token_is_had_has_not_happened() {
    for reply in [
        status(500, "{}"),
        status(504, "{}"),
        ok("<html>"),
        lost(Failure::Timeout),
        lost(Failure::Broken("reset".into())),
    ] {
        let script = Script::default();
        script.grant(reply.clone());
        let error = outcome(&script.client(300), write()).await.unwrap_err();
        assert!(!error.may_have_happened() && !error.may_still_happen(), "{error}");
        assert_eq!(script.calls().len(), 0);
        // The same where a token was had, and was refused.
        let script = Script::default();
        script.answer(status(401, "{}")).grant(token(3600)).grant(reply);
        let error = outcome(&script.client(300), write()).await.unwrap_err();
        assert!(!error.may_have_happened() && !error.may_still_happen(), "{error}");
        assert_eq!((script.calls().len(), script.tokens().len()), (1, 2), "{error}");
    }
    let script = Script::default();
    script.grant(lost(Failure::Timeout));
    let error = outcome(&script.client(300), write()).await.unwrap_err();
    assert!(error.hint().contains("nothing was sent"), "{}", error.explained());
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_never_sent_is_tried_again() {
    let script = Script::default();
    script.answer(lost(Failure::Unreachable("refused".into()))).answer(ok("{}"));
    outcome(&script.client(300), write()).await.unwrap();
    assert_eq!(script.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_read_gets_over_a_bad_gateway() {
    for code in [502, 503, 504] {
        let script = Script::default();
        script.answer(status(code, "<html>bad</html>")).answer(ok("{}"));
        outcome(&script.client(300), read()).await.unwrap();
        assert_eq!(script.calls().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_used_up_budget_is_an_error_that_says_nothing_was_sent() {
    let script = Script::default();
    let client = script.client(2);
    outcome(&client, read()).await.unwrap();
    outcome(&client, read()).await.unwrap();
    let call = Call { lane: Lane::Screen, ..read() };
    let error = outcome(&client, call).await.unwrap_err();
    assert_eq!(error.kind, Kind::RateLimited);
    assert!(error.message.contains("nothing was sent"));
    assert_eq!(script.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_api_says_what_it_is() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Thing {
        entities: Vec<Inner>,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Inner {
        id: u32,
    }
    for (body, says) in [
        ("<!DOCTYPE html><title>Sign in</title>", "an HTML page"),
        (r#"{"entities":[{"id":1},{"#, "cut off"),
        ("", "read a thing"),
        (r#"{"entities":[{"id":1},{"id":"x"}]}"#, "at entities[1].id"),
        ("\u{1b}[2Jhello", "begin"),
    ] {
        let script = Script::default();
        script.answer(ok(body));
        let error = script.client(300).fetch::<Thing>(read()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Decode, "{body}");
        let text = error.explained().to_string();
        assert!(text.contains(says), "{text}");
        assert!(text.contains("check the base URL"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_names_permission_status_and_correlation_id() {
    let script = Script::default();
    let body = r#"{"message":"Unable to perform the requested action. You are missing the following permission(s): routing:queue:view","code":"missing.permissions","status":403,"contextId":"c-1"}"#;
    script.answer(status(403, body));
    let error = outcome(&script.client(300), read()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Permission);
    let text = error.explained();
    for part in ["routing:queue:view", "403", "[c-1]", "add the permission"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_message_is_bounded() {
    let script = Script::default();
    script.answer(status(400, &json!({"message": "x".repeat(10_000)}).to_string()));
    let error = outcome(&script.client(300), read()).await.unwrap_err();
    assert!(error.message.chars().count() <= 501);
}

#[tokio::test(start_paused = true)]
async fn a_body_is_sent_as_json_and_a_secret_is_not_in_the_address() {
    let script = Script::default();
    outcome(&script.client(300), write()).await.unwrap();
    let request = script.last();
    assert_eq!(request.url, "https://api.test/api/v2/move");
    assert_eq!(format!("{:?}", request.credentials), "Credentials(…)");
}

#[tokio::test(start_paused = true)]
async fn any_lifetime_of_a_token_is_survived() {
    for (life, tokens) in
        [("18446744073709551615", 1), ("1e300", 1), ("\"3600\"", 1), ("-5", 2), ("\"soon\"", 2)]
    {
        let script = Script::default();
        let body = format!(r#"{{"access_token":"t","expires_in":{life}}}"#);
        script.grant(ok(&body)).grant(ok(&body));
        let client = script.client(300);
        outcome(&client, read()).await.unwrap();
        outcome(&client, read()).await.unwrap();
        assert_eq!(script.tokens().len(), tokens, "{life}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_stays_visible_while_others_are_answered() {
    let script = Script::default();
    script.answer(retry_after(429, 30, r#"{"limit":{"key":"one.endpoint"}}"#));
    let client = script.client(300);
    let (first, ()) = tokio::join!(outcome(&client, write()), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        outcome(&client, read()).await.unwrap();
        let waiting = client.traffic().borrow().waiting.clone();
        assert_eq!(waiting.map(|w| w.operation), Some("move a thing"));
    });
    first.unwrap();
    assert!(client.traffic().borrow().waiting.is_none());
}

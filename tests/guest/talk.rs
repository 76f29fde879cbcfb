//! What is heard of a guest's conversation, through whatever happens to the connection.

use floorwalker::{
    domain::{
        guest::{GuestOrder, GuestToken},
        supervision::Sign,
    },
    genesys::Genesys as _,
};
use serde_json::json;

use crate::{
    host::{BOT, Host, JOINED, QUEUE, REOPENS, beat, complete, order, shown},
    simulated::{frozen, until},
};

#[tokio::test]
async fn a_session_begins_with_the_guests_words_and_is_found_wherever_it_went() {
    for (door, state) in [(BOT, "bot"), (QUEUE, "waiting")] {
        let host = Host::open(frozen(), door).await;
        let platform = host.platform();
        let (order, token) = order();
        let id = platform.open_guest(&order).await.unwrap();
        assert_eq!(host.row(&id).await.unwrap()["state"], state);
        let guest = host.guest(&id).await;
        assert_eq!((&guest["token"], &guest["connections"]), (&json!(token.expose()), &json!(1)));
        let whole = host.floor.get(&format!("/api/v2/conversations/{id}")).await.json();
        let attributes = &whole["participants"][0]["attributes"];
        assert_eq!(attributes["floorwalker_queue"], "a-queue");
        assert!(!attributes.to_string().contains("Ada"), "no personal data: {attributes}");
        assert_eq!(shown(&platform, &id).await[0], ("guest".into(), "Hello".into()));
    }
}

#[tokio::test]
async fn a_session_waits_in_the_queue_that_was_asked_for_where_the_flow_heeds_it() {
    for door in [QUEUE, JOINED] {
        let host = Host::open(frozen(), door).await;
        let world = host.floor.world().await;
        let behind = &world["deployments"][door]["queue"];
        let queues = world["queues"].as_array().unwrap();
        let other = queues.iter().map(|queue| &queue["id"]).find(|id| *id != behind).unwrap();
        let (queue, token) = (other.as_str().unwrap().into(), GuestToken::random());
        let order = GuestOrder { queue, token, ..order().0 };
        let id = host.platform().open_guest(&order).await.unwrap();
        assert_eq!(host.row(&id).await.unwrap()["queue"], *other);
    }
}

#[tokio::test]
async fn two_sessions_that_begin_together_are_not_taken_for_each_other() {
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    let ((one, first), (other, second)) = (order(), order());
    let (a, b) = tokio::join!(platform.open_guest(&one), platform.open_guest(&other));
    for (id, token) in [(a.unwrap(), first), (b.unwrap(), second)] {
        assert_eq!(host.guest(&id).await["token"], token.expose());
    }
}

#[tokio::test]
async fn through_five_cuts_the_transcript_is_complete_and_in_order() {
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    host.say(&id, "please wait").await;
    host.hand_over(&id).await;
    for n in 0..5 {
        host.floor.step(2).await;
        host.speak(&token, &format!("guest {n}")).await;
        host.connected(&id, 1).await;
        host.say(&id, &format!("before {n}")).await;
        host.cut(&id, n % 2 == 1).await;
        for part in 0..5 {
            host.say(&id, &format!("missed {n}.{part}")).await;
        }
        assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Alive), "it waits for the next");
        host.connected(&id, 1).await;
        host.say(&id, &format!("heard {n}")).await;
    }
    complete(&host, &platform, &id).await;
    assert!(host.truth(&id).await.len() > 40, "more than the API's last messages");
    host.cut(&id, false).await;
    host.say(&id, "good bye").await;
    host.end(&id).await;
    until("the end is heard of", async || {
        (beat(&platform, &id, &token).await == Ok(Sign::Over)).then_some(())
    })
    .await;
    complete(&host, &platform, &id).await;
}

#[tokio::test]
async fn what_strangers_say_moves_no_cursor_and_an_echo_is_no_word() {
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Alive));
    assert_eq!(host.echoes(&id).await, 1);
    host.say(&id, "\u{1b}[2J\u{202e}x\ny").await;
    let said = until("it is heard", async || {
        let said = shown(&platform, &id).await;
        (said.len() == 2).then_some(said)
    })
    .await;
    assert_eq!(said[1], ("bot".into(), "\u{fffd}[2Jx y".into()));
}

#[tokio::test]
async fn whoever_has_the_token_goes_on_with_the_same_conversation() {
    let host = Host::open(frozen(), QUEUE).await;
    let first = host.platform();
    let (order, token) = order();
    let id = first.open_guest(&order).await.unwrap();
    host.say(&id, "one").await;
    let second = host.platform();
    assert_eq!(beat(&second, &id, &token).await, Ok(Sign::Alive));
    host.connected(&id, 2).await;
    drop(first);
    host.connected(&id, 1).await;
    host.say(&id, "two").await;
    complete(&host, &second, &id).await;
    assert_eq!(host.guest(&id).await["token"], token.expose(), "no other has begun");
    assert_eq!(host.truth(&id).await.len(), 3, "and nobody was greeted again");
}

#[tokio::test]
async fn a_token_is_in_no_log_and_no_debug_text() {
    #[derive(Clone, Default)]
    struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For all threads: one's own would miss what other tests have called first, without a log.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    host.cut(&id, false).await;
    assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Alive));
    // A service that says the token back.
    host.pull("cut", json!({"conversation": id, "gentle": true, "reason": token.expose()})).await;
    host.connected(&id, 1).await;
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("opened anew") && logged.contains("connect anew: ••"), "{logged}");
    assert!(!logged.contains(token.expose()));
    assert!(!format!("{platform:?} {order:?}").contains(token.expose()));
}

#[tokio::test]
async fn a_socket_that_knows_of_no_session_is_not_believed_against_a_conversation_that_is_open() {
    let host = Host::open(frozen(), QUEUE).await;
    let first = host.platform();
    let (order, token) = order();
    let id = first.open_guest(&order).await.unwrap();
    drop(first);
    // Configured for another deployment, whose socket begins a session of its own.
    let mut elsewhere = Host { deployment: String::new(), ..host };
    let doors = elsewhere.floor.world().await["deployments"].clone();
    elsewhere.deployment = doors[REOPENS]["id"].as_str().unwrap().to_owned();
    let second = elsewhere.platform();
    for _ in 0..3 {
        let sign = beat(&second, &id, &token).await;
        assert_ne!(sign, Ok(Sign::Over), "the customer still waits");
    }
    assert_eq!(elsewhere.row(&id).await.unwrap()["state"], "waiting");
}

//! Who may call, and those who mean no good or do not know better: each is told so, and nobody else waits
//! for them.

use std::time::{Duration, Instant};

use floorwalker::{
    domain::inbox::Mode,
    intake::{Doors, Limits, OpenError, Server, Settings},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::hall::{BOT_HANDOFF, Hall, JSON, MESSAGING, answer, keys, request, serve, turn};

/// Base64 of HMAC-SHA256 over `id.time.body`, as a caller makes it.
fn sign(secret: &str, text: &str) -> String {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    base64::prelude::BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_signed_or_carries_the_token() {
    let hall = Hall::with(Mode::Propose, keys(Some("shared"), Some("sesame")), |_| {}).await;
    let body = turn(&hall.bots[0], 0.9).to_string();
    let now = Timestamp::now().as_second();
    let signed = |id: &str, at: i64, secret: &str, over: &str| {
        let code = sign(secret, &format!("{id}.{at}.{over}"));
        vec![
            JSON.to_owned(),
            format!("webhook-id: {id}"),
            format!("webhook-timestamp: {at}"),
            format!("webhook-signature: v1,bm90IGl0 v1,{code}"),
        ]
    };
    let rows = [
        ("nothing", vec![JSON.to_owned()], 401),
        ("the token", vec![JSON.into(), "authorization: Bearer sesame".into()], 200),
        ("another token", vec![JSON.into(), "authorization: Bearer sesam".into()], 401),
        ("a signature", signed("a", now, "shared", &body), 200),
        ("the same again", signed("a", now, "shared", &body), 200),
        ("another secret", signed("b", now, "guessed", &body), 401),
        ("another body", signed("c", now, "shared", "{}"), 401),
        ("an hour ago", signed("d", now - 3_600, "shared", &body), 401),
        ("in an hour", signed("e", now + 3_600, "shared", &body), 401),
    ];
    for (what, headers, status) in rows {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let told = hall.call("POST", MESSAGING, &headers, body.as_bytes()).await;
        assert_eq!(told.status, status, "{what}: {told:?}");
        if status == 401 {
            assert_eq!(told.header("www-authenticate"), Some("Bearer"));
            assert!(!told.body.contains("shared") && !told.body.contains("sesame"));
        }
    }
    assert_eq!(hall.history(&hall.bots[0]).await.len(), 2, "one with the token, one signed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_others_reach_needs_a_key() {
    let hall = Hall::open(Mode::Off).await;
    let doors = Doors {
        arrivals: hall.handle.arrivals.clone(),
        pulse: hall.handle.pulse.clone(),
        floor: hall.handle.floor.clone(),
    };
    let settings = |keys| Settings {
        listen: "0.0.0.0:0".parse().unwrap(),
        keys,
        limits: Limits::of(Duration::from_secs(1)),
    };
    let refused = Server::open(settings(keys(None, None)), doors.clone()).await;
    assert!(matches!(refused, Err(OpenError::Unguarded(_))));
    drop(Server::open(settings(keys(None, Some("t"))), doors).await.unwrap());
}

/// Short times, so that a test can wait for them.
async fn hasty(hall: &Hall) -> Server {
    let (head, body) = (Duration::from_millis(700), Duration::from_millis(700));
    serve(
        &hall.handle,
        keys(None, None),
        Limits { head, body, ..Limits::of(Duration::from_secs(10)) },
    )
    .await
}

async fn ends(stream: &mut tokio::net::TcpStream) -> String {
    let mut all = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut all)).await;
    // A connection that is cut off may end in an error.
    let _ = read.expect("it is not left open");
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_dribbles_is_cut_off_and_nobody_waits_for_them() {
    let hall = Hall::open(Mode::Propose).await;
    let server = hasty(&hall).await;
    let mut slow_body = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let whole = request("POST", BOT_HANDOFF, &[JSON], &vec![b' '; 10_000]);
    slow_body.write_all(&whole[..whole.len() - 9_000]).await.unwrap();
    let mut slow_head = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    slow_head.write_all(b"POST /webhooks/bot-handoff HTTP/1.1\r\nhost: ").await.unwrap();
    let silent = tokio::net::TcpStream::connect(server.address()).await.unwrap();

    let mut quick = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let body = turn(&hall.bots[0], 0.9).to_string();
    let started = Instant::now();
    quick.write_all(&request("POST", MESSAGING, &[JSON], body.as_bytes())).await.unwrap();
    assert_eq!(answer(&mut quick).await.status, 200);
    assert!(started.elapsed() < Duration::from_secs(5), "it waited for others");

    // One byte now and then does not buy more time.
    let dribble = async {
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if slow_body.write_all(b" ").await.is_err() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(3), dribble).await;
    let told = ends(&mut slow_body).await;
    assert!(told.starts_with("HTTP/1.1 408") || told.is_empty(), "{told}");
    ends(&mut slow_head).await;
    let mut silent = silent;
    ends(&mut silent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_is_refused_before_its_end() {
    let hall = Hall::open(Mode::Propose).await;
    let mut stream = hall.connect().await;
    let head = format!(
        "POST {BOT_HANDOFF} HTTP/1.1\r\nhost: t\r\n{JSON}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 65_536], b"\r\n"].concat();
    let mut sent = 0;
    while sent < 100 && stream.write_all(&chunk).await.is_ok() {
        sent += 1;
    }
    let told = ends(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 413") || sent < 100, "{sent} chunks: {told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_come_in_one_piece_are_answered_one_by_one() {
    let hall = Hall::open(Mode::Propose).await;
    let session = &hall.bots[0];
    let mut all = Vec::new();
    for n in 0..20 {
        let body = json!({"conversationId": session, "event": format!("turn {n}"), "intent": {"confidence": 0.9}});
        all.extend(request("POST", MESSAGING, &[JSON], body.to_string().as_bytes()));
    }
    let mut stream = hall.connect().await;
    stream.write_all(&all).await.unwrap();
    for _ in 0..20 {
        assert_eq!(answer(&mut stream).await.status, 200);
    }
    let heard = hall.history(session).await;
    let events: Vec<&str> = heard.iter().map(|line| line["event"].as_str().unwrap()).collect();
    let expected: Vec<String> = (0..20).map(|n| format!("turn {n}")).collect();
    assert_eq!(events, expected, "none lost, in their order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_call_does_not_spoil_the_next_on_its_connection() {
    let hall = Hall::open(Mode::Propose).await;
    let mut stream = hall.connect().await;
    for (body, status) in [("{", 400), ("[]", 400)] {
        stream.write_all(&request("POST", BOT_HANDOFF, &[JSON], body.as_bytes())).await.unwrap();
        assert_eq!(answer(&mut stream).await.status, status);
    }
    let body = hall.handoff(&hall.bots[0]).to_string();
    stream.write_all(&request("POST", BOT_HANDOFF, &[JSON], body.as_bytes())).await.unwrap();
    assert_eq!(answer(&mut stream).await.status, 202);
    for garbage in [b"GET\r\n\r\n".as_slice(), b"\x16\x03\x01\x02\x00\x01", &[b'A'; 200_000]] {
        let mut stream = hall.connect().await;
        let _ = stream.write_all(garbage).await;
        let told = ends(&mut stream).await;
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 4"), "{told}");
    }
    let _: Value = hall.post(MESSAGING, &turn(&hall.bots[1], 0.9)).await.json();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_keeps_the_newest_500() {
    let hall = Hall::open(Mode::Propose).await;
    let session = &hall.bots[0];
    let mut all = Vec::new();
    for n in 0..520 {
        let body =
            json!({"conversationId": session, "text": n.to_string(), "intent": {"confidence": 1}});
        all.extend(request("POST", MESSAGING, &[JSON], body.to_string().as_bytes()));
    }
    let mut stream = hall.connect().await;
    let (mut read, mut write) = stream.split();
    let reading = async {
        let mut seen = 0;
        let mut buffer = vec![0; 65_536];
        while seen < 520 {
            let n = read.read(&mut buffer).await.unwrap();
            assert_ne!(n, 0, "it has ended after {seen}");
            seen += buffer[..n].windows(8).filter(|w| *w == b"HTTP/1.1").count();
        }
    };
    let (written, ()) = tokio::join!(write.write_all(&all), reading);
    written.unwrap();
    let heard = hall.history(session).await;
    assert_eq!(
        (heard.len(), &heard[0]["text"], &heard[499]["text"]),
        (500, &json!("20"), &json!("519"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_things_are_is_told_at_their_own_addresses() {
    let hall = Hall::with(Mode::Propose, keys(None, Some("sesame")), |_| {}).await;
    let ready = hall.call("GET", "/readyz", &[], b"").await;
    assert_eq!((ready.status, ready.body.as_str()), (200, "ready\n"));
    hall.call("POST", BOT_HANDOFF, &[JSON], b"{}").await;
    let token = "authorization: Bearer sesame";
    hall.call("POST", MESSAGING, &[JSON, token], b"{}").await;
    let told = hall.call("GET", "/metrics", &[], b"").await;
    let kind = told.header("content-type").unwrap();
    assert!(told.status == 200 && kind.starts_with("application/openmetrics-text"), "{kind}");
    for line in [
        "floorwalker_intake_requests_total{route=\"bot_handoff\",status=\"401\"} 1",
        "floorwalker_intake_requests_total{route=\"messaging\",status=\"400\"} 1",
        "floorwalker_link_up 1",
        "# EOF",
    ] {
        assert!(told.body.lines().any(|told| told == line), "{line} in\n{}", told.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_keys_nobody_calls_through_this_machine() {
    let hall = Hall::with(Mode::Propose, keys(None, None), |_| {}).await;
    let body = turn(&"11111111-2222-4333-8444-555555555555".into(), 0.9).to_string();
    for strange in ["host: floor.example", "x-forwarded-for: 192.0.2.1", "forwarded: for=192.0.2.1"]
    {
        let told = hall.call("POST", MESSAGING, &[JSON, strange], body.as_bytes()).await;
        assert_eq!(told.status, 403, "{strange}: {told:?}");
        assert!(told.body.contains("only this machine itself may call"), "{told:?}");
        assert_eq!(hall.call("GET", "/metrics", &[strange], b"").await.status, 401, "{strange}");
    }
    assert_ne!(hall.call("POST", MESSAGING, &[JSON], body.as_bytes()).await.status, 403);

    let hall = Hall::with(Mode::Propose, keys(None, Some("sesame")), |_| {}).await;
    let relayed = ["x-forwarded-for: 192.0.2.1", "authorization: Bearer sesame", JSON];
    assert_ne!(hall.call("POST", MESSAGING, &relayed, body.as_bytes()).await.status, 403);
    assert_eq!(hall.call("GET", "/metrics", &relayed, b"").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_there_is_a_floor_nothing_is_ready() {
    let (handle, ports) = floorwalker::engine::channels();
    let limits = Limits::of(Duration::from_millis(100));
    let server = serve(&handle, keys(None, None), limits).await;
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    for (path, status) in [("/readyz", 503), ("/healthz", 200)] {
        stream.write_all(&request("GET", path, &[], b"")).await.unwrap();
        let told = answer(&mut stream).await;
        assert_eq!(told.status, status, "{told:?}");
        assert!(!told.body.is_empty());
    }
    // Nobody takes calls in any more: whoever calls is told to come again.
    drop(ports);
    let body = turn(&"11111111-2222-4333-8444-555555555555".into(), 0.9).to_string();
    stream.write_all(&request("POST", MESSAGING, &[JSON], body.as_bytes())).await.unwrap();
    let told = answer(&mut stream).await;
    assert_eq!((told.status, told.header("retry-after")), (503, Some("1")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_read_is_not_answered_for_ever() {
    let hall = Hall::open(Mode::Propose).await;
    let server = hasty(&hall).await;
    let mut deaf = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let many: Vec<u8> =
        std::iter::repeat_n(request("GET", "/metrics", &[], b""), 10_000).flatten().collect();
    // Far more answers than any socket buffers: it is not served on, and then cut off.
    let write = tokio::time::timeout(Duration::from_secs(30), async {
        for _ in 0..50 {
            deaf.write_all(&many).await?;
        }
        Ok::<_, std::io::Error>(())
    });
    let written = write.await.expect("it is cut off in time");
    assert!(written.is_err(), "all of it was taken, and answered into nothing");
    // Others are served as before.
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(&request("GET", "/healthz", &[], b"")).await.unwrap();
    assert_eq!(answer(&mut stream).await.status, 200);
}

//! Over real sockets: what arrives, and to whom.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use floorwalker::{
    domain::{
        audit::Actor,
        outbox::{Destination, Letter, Tried},
    },
    engine::{
        batch::Inward,
        clock::Clock,
        outbox::{OutboxTerms, Postman, run, wire::Http},
    },
    policy::{address::Address, signature::Key},
    store::{Database, Outbox},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::desk::owner;

const SECRET: &str = "a secret of both";

type Got = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;
type Answer = fn(usize, SocketAddr) -> Response;

/// A server that notes what it gets and answers as it is told: by how many it had before, and by where
/// somebody else is.
async fn target(answer: Answer, other: SocketAddr) -> (SocketAddr, Got) {
    let got = Got::default();
    let noted = Arc::clone(&got);
    let handle = move |State(got): State<Got>, headers: HeaderMap, body: Bytes| async move {
        let before = {
            let mut got = got.lock().unwrap();
            got.push((headers, body));
            got.len() - 1
        };
        answer(before, other)
    };
    let app = Router::new().fallback(handle).with_state(noted);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, got)
}

fn nobody() -> SocketAddr {
    "127.0.0.1:9".parse().unwrap()
}

/// Somebody who tells `url` of one handoff.
struct Telling {
    store: Database,
    news: mpsc::Receiver<Inward>,
    _folder: tempfile::TempDir,
}

async fn tell(url: &str, secret: Option<&str>) -> Telling {
    let folder = tempfile::tempdir().unwrap();
    let store = Database::open(&folder.path().join("store.db")).await.unwrap();
    let letters = Letter::of(&Tried {
        context: "test".into(),
        session: "c".into(),
        participant: None,
        target: floorwalker::domain::handoff::Target::Queue("q".into()),
        history: 10,
        latency_ms: None,
        http_status: None,
        result: Err("Zoë did not answer".into()),
        at: Timestamp::now(),
    });
    store.post(&letters[0]).await.unwrap();
    let (inward, news) = mpsc::channel(64);
    let terms = OutboxTerms {
        targets: [(Destination::Wfm, Address::parse(url).unwrap())].into(),
        key: secret.map(|secret| Arc::new(Key::new(&secret.into()).unwrap())),
        timeout: Duration::from_millis(700),
        ..OutboxTerms::default()
    };
    let postman = Postman {
        store: Arc::new(store.clone()),
        wire: Arc::new(Http::new().unwrap()),
        clock: Clock::System,
        actor: Actor::default(),
        owner: owner("a"),
        context: "test".into(),
        dialect: "platform",
        terms,
        inward,
    };
    tokio::spawn(run(postman, Arc::new(Notify::new()), CancellationToken::new()));
    Telling { store, news, _folder: folder }
}

impl Telling {
    /// Waits for the next record: its event, and why it failed.
    async fn record(&mut self) -> (String, String) {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let news = timeout_at(end, self.news.recv()).await.expect("a record");
            if let Inward::Audited(record) = news.expect("somebody who tells") {
                let error = record.error.as_deref().unwrap_or_default().to_owned();
                return (record.event.to_string(), error);
            }
        }
    }
}

/// The scheme once more, from its description and not from our code.
fn signed(headers: &HeaderMap, body: &[u8]) -> String {
    let text = |name| headers[name].to_str().unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text("webhook-id").as_bytes());
    mac.update(b".");
    mac.update(text("webhook-timestamp").as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_is_signed_and_the_same_to_the_byte_at_each_try() {
    let answer: Answer = |before, _| match before {
        0 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        1 => StatusCode::NOT_FOUND.into_response(),
        _ => StatusCode::ACCEPTED.into_response(),
    };
    let (address, got) = target(answer, nobody()).await;
    let mut telling = tell(&format!("http://{address}/hook?key=k3y"), Some(SECRET)).await;
    let failed = telling.record().await;
    assert_eq!(failed, ("wfm_sync_failed".into(), "the answer was 500".into()));
    assert_eq!(telling.record().await.0, "wfm_synced");
    let got = got.lock().unwrap().clone();
    assert_eq!(got.len(), 3);
    let letter = &telling.store.letters(0, 10).await.unwrap()[0].1;
    for (headers, body) in &got {
        assert_eq!(*body, letter.body.to_string());
        assert_eq!(headers["webhook-id"], letter.event.as_str());
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["webhook-signature"], signed(headers, body));
        let at: i64 = headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
        assert!(at.abs_diff(Timestamp::now().as_second()) < 60);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_secret_nothing_is_signed() {
    let (address, got) = target(|_, _| StatusCode::OK.into_response(), nobody()).await;
    let port = address.port();
    let mut telling = tell(&format!("http://localhost:{port}/"), None).await;
    assert_eq!(telling.record().await.0, "wfm_synced");
    let (headers, _) = got.lock().unwrap()[0].clone();
    assert!(headers.contains_key("webhook-id") && !headers.contains_key("webhook-signature"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_because_a_target_points_at_them() {
    let (other, overheard) = target(|_, _| StatusCode::OK.into_response(), nobody()).await;
    for status in ["301", "302", "307", "308"] {
        let answer: Answer = match status {
            "301" => |_, other| elsewhere(301, other),
            "302" => |_, other| elsewhere(302, other),
            "307" => |_, other| elsewhere(307, other),
            _ => |_, other| elsewhere(308, other),
        };
        let (address, got) = target(answer, other).await;
        let mut telling = tell(&format!("http://{address}/"), None).await;
        let failed = telling.record().await;
        assert_eq!(failed, ("wfm_sync_failed".into(), format!("the answer was {status}")));
        assert!(!got.lock().unwrap()[0].1.is_empty());
    }
    assert_eq!(overheard.lock().unwrap().len(), 0);
}

fn elsewhere(status: u16, other: SocketAddr) -> Response {
    let place = format!("http://{other}/");
    (StatusCode::from_u16(status).unwrap(), [(LOCATION, place)]).into_response()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_does_not_answer_is_given_its_time_and_no_more() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let silent = tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            open.push(listener.accept().await.unwrap());
        }
    });
    let mut telling = tell(&format!("http://{address}/hook/k3y"), None).await;
    let (event, error) = telling.record().await;
    assert_eq!(
        (event.as_str(), error),
        ("wfm_sync_failed", format!("{address} did not answer in time"))
    );
    silent.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_not_there_is_said_to_be_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut telling = tell(&format!("http://{address}/hook/k3y"), None).await;
    let (event, error) = telling.record().await;
    assert_eq!(event, "wfm_sync_failed");
    assert!(error.contains("can't be reached") && !error.contains("k3y"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_end_is_good_as_soon_as_its_status_is() {
    let answer: Answer = |_, _| {
        let drops = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"and more ")), ()))
        });
        Body::from_stream(drops).into_response()
    };
    let (address, got) = target(answer, nobody()).await;
    let mut telling = tell(&format!("http://{address}/"), None).await;
    assert_eq!(telling.record().await.0, "wfm_synced");
    assert_eq!(got.lock().unwrap().len(), 1);
}

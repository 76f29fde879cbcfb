//! What a request never does: follow a redirect with its token, or read without an end. And what is negotiated.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{body::Body as Page, response::Response};
use floorwalker::genesys::{
    reach::Reach,
    transport::{
        Answer, BODY_LIMIT, Body, Credentials, ERROR_BODY_LIMIT, Failure, Http, Method, Request,
        Transport as _,
    },
};
use hyper::{
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;

use crate::servers::{Authority, Seen, answering, tls};

async fn asked(http: &Http, url: String) -> Result<Answer, Failure> {
    let credentials = Credentials::Bearer("hunter2".into());
    let timeout = Duration::from_secs(30);
    let body = Body::Json(b"{}".to_vec());
    http.exchange(Request { method: Method::Post, url, credentials, body, timeout }).await
}

#[tokio::test]
async fn a_redirect_takes_no_token_to_another_host() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let (other, elsewhere) = answering(ok.into(), 0);
    let http = Http::new().unwrap();
    for status in ["301", "302", "303", "307", "308"] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nLocation: http://localhost:{}/api\r\nContent-Length: 0\r\n\r\n",
            other.port()
        );
        let (at, seen) = answering(answer, 0);
        let answer = asked(&http, format!("http://{at}/api")).await.unwrap();
        assert_eq!(answer.status.to_string(), status);
        assert!(seen.lock().unwrap()[0].contains("hunter2"), "it was sent where it was meant for");
    }
    assert!(elsewhere.lock().unwrap().is_empty());
    // The other one is there for whoever means it.
    assert_eq!(asked(&http, format!("http://{other}/api")).await.unwrap().status, 200);
    assert_eq!(elsewhere.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_is_read_so_far_and_no_further() {
    let head = |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 99999999999\r\n\r\n");
    let http = Http::new().unwrap();
    let (at, _) = answering(head("200 OK"), 2 * BODY_LIMIT);
    let outcome = asked(&http, format!("http://{at}/")).await;
    assert_eq!(outcome.unwrap_err(), Failure::TooLarge(BODY_LIMIT));
    let (at, _) = answering(head("500 No"), 2 * BODY_LIMIT);
    let answer = asked(&http, format!("http://{at}/")).await.unwrap();
    assert!(answer.status == 500 && answer.body.as_sent().len() <= ERROR_BODY_LIMIT);
}

/// A server that speaks both kinds of HTTP, and which of them was agreed on.
fn both(mut config: ServerConfig) -> (std::net::SocketAddr, Seen) {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let at = tls(config, move |stream| {
        let agreed = stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec();
        noted.lock().unwrap().push(String::from_utf8(agreed.clone()).unwrap());
        let page = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Page::from("{}"))) });
        async move {
            let io = TokioIo::new(stream);
            let _ = match agreed.as_slice() {
                b"h2" => http2::Builder::new(TokioExecutor::new()).serve_connection(io, page).await,
                _ => http1::Builder::new().serve_connection(io, page).await,
            };
        }
    });
    (at, seen)
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_does_and_nobody_forbids_it() {
    let authority = Authority::new();
    let (at, seen) = both(authority.server(&["127.0.0.1"], false));
    for (http2, expected) in [(true, "h2"), (false, "http/1.1")] {
        let reach = Reach { roots: vec![authority.der()], http2, ..Reach::default() };
        let http = Http::by(&reach).unwrap();
        for _ in 0..2 {
            let answer = asked(&http, format!("https://{at}/")).await.unwrap();
            assert_eq!((answer.status, answer.body.as_sent()), (200, b"{}".as_slice()));
        }
        let agreed = std::mem::take(&mut *seen.lock().unwrap());
        assert!(!agreed.is_empty() && agreed.iter().all(|it| it == expected), "{agreed:?}");
    }
}

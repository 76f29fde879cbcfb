//! A reverse proxy that keeps every request as it was sent: what a dry run has promised is held against
//! what then went out.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use serde_json::{Value, json};

/// The recorder; its thread ends with the test's process.
pub struct Recorder {
    address: SocketAddr,
    tape: Arc<Tape>,
}

struct Tape {
    upstream: String,
    http: reqwest::Client,
    writes: Mutex<Vec<Value>>,
}

impl Recorder {
    pub fn start(upstream: String) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tape =
            Arc::new(Tape { upstream, http: reqwest::Client::new(), writes: Mutex::default() });
        let (told, address) = mpsc::channel();
        let router = Router::new().fallback(pass_on).with_state(Arc::clone(&tape));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { address: address.recv().unwrap(), tape }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that changes something, in order, as a dry run prints it.
    pub fn writes(&self) -> Vec<Value> {
        self.tape.writes.lock().unwrap().clone()
    }
}

async fn pass_on(State(tape): State<Arc<Tape>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.to_string();
    let reads = parts.method == "GET" || path.contains("/analytics/") || path.contains("/oauth/");
    if !reads {
        let header = |name: &str| parts.headers.get(name).map(|v| v.to_str().unwrap().to_owned());
        let bearer = header("authorization").is_some_and(|v| v.starts_with("Bearer "));
        tape.writes.lock().unwrap().push(json!({
            "method": parts.method.as_str(),
            "url": format!("http://{}{path}", header("host").unwrap()),
            "headers": {
                "Authorization": if bearer { "Bearer ****" } else { "-" },
                "Accept": header("accept"),
                "Content-Type": header("content-type"),
            },
            "body": serde_json::from_slice::<Value>(&body).unwrap(),
        }));
    }
    let mut headers = parts.headers;
    headers.remove("host");
    let sent = tape.http.request(parts.method, format!("{}{path}", tape.upstream));
    let answer = sent.headers(headers).body(body).send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(answer.bytes().await.unwrap()));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

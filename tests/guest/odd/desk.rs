//! A service that does what a test tells it to: a socket that answers request by request, and an API
//! that knows one conversation and one guest's history.

use std::sync::{Arc, Mutex};

use floorwalker::{
    domain::id::SessionId,
    genesys::{
        auth,
        client::Settings,
        platform::{Platform, guest::Door},
        retry::Policy,
        transport::{Answer, Failure, Request, Transport},
    },
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// What the socket does next.
pub enum Act {
    Say(Value),
    Raw(String),
    /// Drops the connection.
    Break,
}

/// What a request is answered with: it and how many of its kind came before.
type Answers = dyn Fn(&Value, usize) -> Vec<Act> + Send + Sync;

#[derive(Clone)]
pub struct Desk(Arc<Inside>);

struct Inside {
    answers: Box<Answers>,
    requests: Mutex<Vec<Value>>,
    api: Mutex<Api>,
}

#[derive(Default)]
struct Api {
    /// Newest first.
    history: Vec<Value>,
    failing: usize,
    ended: bool,
}

impl Desk {
    /// The desk and a client of it.
    pub async fn open(
        answers: impl Fn(&Value, usize) -> Vec<Act> + Send + Sync + 'static,
    ) -> (Self, Platform<Self>) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, api) = (Mutex::default(), Mutex::default());
        let desk = Self(Arc::new(Inside { answers: Box::new(answers), requests, api }));
        let serving = desk.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        let door = Door::new(&base_url, "d", "https://shop.example", None, "Hello").unwrap();
        let client = auth::Client {
            token_url: format!("{base_url}/oauth/token"),
            id: "id".into(),
            secret: "secret".into(),
        };
        let timeout = std::time::Duration::from_secs(15);
        let retry = Policy::default();
        let (allowed, token_timeout) = (10_000, timeout);
        let settings = Settings { base_url, client, allowed, retry, timeout, token_timeout };
        (desk.clone(), Platform::new(desk, settings).with_door(door))
    }

    /// The conversation of the guest.
    pub fn conversation() -> SessionId {
        "c-1".into()
    }

    /// The guest's history, oldest first; so many reads of it fail before.
    pub fn remember(&self, oldest_first: Vec<Value>, failing: usize) {
        let mut api = self.0.api.lock().unwrap();
        api.history = oldest_first.into_iter().rev().collect();
        api.failing = failing;
    }

    pub fn end(&self) {
        self.0.api.lock().unwrap().ended = true;
    }

    /// The requests on the socket so far of an action, and of a kind of message.
    pub fn asked(&self, action: &str, kind: Option<&str>) -> usize {
        let of = |r: &&Value| {
            r["action"] == action && kind.is_none_or(|kind| r["message"]["type"] == kind)
        };
        self.0.requests.lock().unwrap().iter().filter(of).count()
    }

    async fn serve(self, stream: TcpStream) {
        let mut socket = accept_async(stream).await.unwrap();
        while let Some(Ok(Message::Text(text))) = socket.next().await {
            let request: Value = serde_json::from_str(&text).unwrap();
            let before = {
                let mut requests = self.0.requests.lock().unwrap();
                let same = |r: &&Value| {
                    let kind = |r: &Value| r["message"]["type"].clone();
                    r["action"] == request["action"] && kind(r) == kind(&request)
                };
                let before = requests.iter().filter(same).count();
                requests.push(request.clone());
                before
            };
            for act in (self.0.answers)(&request, before) {
                let frame = match act {
                    Act::Say(frame) => frame.to_string(),
                    Act::Raw(text) => text,
                    Act::Break => return,
                };
                socket.send(Message::text(frame)).await.unwrap();
            }
        }
    }

    fn answer(&self, url: &str) -> (u16, Value) {
        let mut api = self.0.api.lock().unwrap();
        if url.ends_with("/oauth/token") {
            return (200, json!({"access_token": "t", "token_type": "bearer", "expires_in": 3600}));
        }
        if let Some((_, page)) = url.split_once("/webmessaging/messages?pageSize=100&pageNumber=") {
            if api.failing > 0 {
                api.failing -= 1;
                return (500, json!({}));
            }
            let page: usize = page.parse().unwrap();
            let entities: Vec<&Value> =
                api.history.iter().skip((page - 1) * 100).take(100).collect();
            return (200, json!({"entities": entities}));
        }
        if url.contains("/conversations/activity/query") {
            return (200, json!({"results": [{"entities": [{"conversationId": "c-1"}]}]}));
        }
        if url.ends_with("/api/v2/conversations/c-1") {
            let end = api.ended.then_some("2026-11-21T11:00:00Z");
            return (200, json!({"id": "c-1", "participants": [], "endTime": end}));
        }
        (404, json!({}))
    }
}

impl Transport for Desk {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        let (status, body) = self.answer(&request.url);
        Ok(Answer { status, body: body.to_string().into(), ..Answer::default() })
    }
}

/// A good answer to a request.
pub fn response(request: &Value, class: &str, body: Value) -> Act {
    let tracing = &request["tracingId"];
    Act::Say(
        json!({"type": "response", "class": class, "code": 200, "body": body, "tracingId": tracing}),
    )
}

/// A request's refusal.
pub fn refusal(request: &Value, code: u32) -> Act {
    let tracing = &request["tracingId"];
    Act::Say(
        json!({"type": "response", "class": "string", "code": code, "body": "no", "tracingId": tracing}),
    )
}

/// A refusal for haste.
pub fn haste(request: &Value, seconds: u32) -> Act {
    let (class, body) = ("TooManyRequestsErrorMessage", json!({"retryAfter": seconds}));
    let tracing = &request["tracingId"];
    Act::Say(
        json!({"type": "response", "class": class, "code": 429, "body": body, "tracingId": tracing}),
    )
}

/// A request told back as a message, with its text.
pub fn told(request: &Value) -> Act {
    let mut body = line("own", 0, "Inbound", request["message"]["text"].as_str().unwrap_or(""));
    body["events"] = request["message"]["events"].as_array().cloned().unwrap_or_default().into();
    message(&body, request["tracingId"].clone())
}

pub fn message(body: &Value, tracing: Value) -> Act {
    let class = "StructuredMessage";
    Act::Say(
        json!({"type": "message", "class": class, "code": 200, "body": body, "tracingId": tracing}),
    )
}

/// A message as the API writes it.
pub fn line(id: &str, second: i64, direction: &str, text: &str) -> Value {
    let at = jiff::Timestamp::from_second(1_795_000_000 + second).unwrap().to_string();
    let from = (direction == "Inbound").then(|| json!({"id": "address-1"}));
    json!({
        "id": id, "type": "Text", "text": text, "direction": direction,
        "channel": {"time": at, "messageId": id, "from": from},
    })
}

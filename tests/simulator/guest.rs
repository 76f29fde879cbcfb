//! Web messaging as a guest's own program sees it: a client over a real socket. What is tried with it has
//! files of its own.

#[path = "guest/doors.rs"]
mod doors;
#[path = "guest/life.rs"]
mod life;
#[path = "guest/limits.rs"]
mod limits;
#[path = "guest/talk.rs"]
mod talk;

use std::time::Duration;

use floorwalker::simulator::Options;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::simulated::{Floor, Reply, frozen, until};

/// The doors of every floor, by what is behind them.
const BOT: usize = 0;
const QUEUE: usize = 1;
const QUIET: usize = 2;
const REOPENS: usize = 3;

/// A guest at a socket.
struct Guest {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    deployment: String,
    token: String,
}

/// What came of opening a socket.
async fn dial(
    floor: &Floor,
    query: &str,
    origin: Option<&str>,
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, u16> {
    let url = format!("{}/v1{query}", floor.running.base_url().replace("http", "ws"));
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

impl Guest {
    /// A connection through one of the floor's doors, nothing said yet.
    async fn dial(floor: &Floor, door: usize, token: &str) -> Self {
        let deployment = floor.world().await["deployments"][door]["id"].clone();
        let deployment = deployment.as_str().unwrap().to_owned();
        let query = format!("?deploymentId={deployment}&application=test");
        let socket = dial(floor, &query, Some("https://shop.example")).await.unwrap();
        Self { socket, deployment, token: token.to_owned() }
    }

    /// A new guest with a session.
    async fn arrive(floor: &Floor, door: usize) -> Self {
        let token = uuid::Uuid::new_v4().to_string();
        let mut guest = Self::dial(floor, door, &token).await;
        let told = guest.configure(json!({})).await;
        assert_eq!(told["body"]["newSession"], true, "{told}");
        guest
    }

    /// The same guest on another connection.
    async fn again(&self, floor: &Floor, door: usize) -> (Self, Value) {
        let mut guest = Self::dial(floor, door, &self.token).await;
        let told = guest.configure(json!({})).await;
        (guest, told)
    }

    async fn send(&mut self, mut request: Value) {
        if request.get("token").is_none() {
            request["token"] = json!(self.token);
        }
        self.raw(&request.to_string()).await;
    }

    async fn raw(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next frame; `None` when the connection is gone.
    async fn next(&mut self) -> Option<Value> {
        let frame = tokio::time::timeout(Duration::from_secs(10), self.socket.next()).await;
        match frame.expect("a frame within ten seconds") {
            Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            Some(Ok(other)) => panic!("{other:?}"),
        }
    }

    /// Whether the connection ends in the middle and not by a word of the server.
    async fn breaks(&mut self) -> bool {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(10), self.socket.next()).await;
            match frame.expect("an end within ten seconds") {
                Some(Ok(Message::Close(_))) | None => return false,
                Some(Ok(_)) => {}
                Some(Err(_)) => return true,
            }
        }
    }

    /// The next frame of a kind; those before it are passed over.
    async fn find(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("gone before {what}"));
            if wanted(&frame) {
                return frame;
            }
        }
    }

    /// What a request is answered with at once.
    async fn ask(&mut self, request: Value) -> Value {
        self.send(request).await;
        self.find("an answer", |frame| frame["type"] == "response").await
    }

    async fn configure(&mut self, with: Value) -> Value {
        let mut request = json!({"action": "configureSession", "deploymentId": self.deployment});
        request.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        self.ask(request).await
    }

    /// Says something and waits until it is told back.
    async fn say(&mut self, text: &str) -> Value {
        self.send(json!({"action": "onMessage", "message": {"type": "Text", "text": text}})).await;
        let told = self.find("the echo of a text", |frame| {
            frame["body"]["text"] == text || frame["type"] == "response"
        });
        told.await
    }

    async fn join(&mut self) {
        let event = json!({"eventType": "Presence", "presence": {"type": "Join"}});
        let message = json!({"type": "Event", "events": [event]});
        self.send(json!({"action": "onMessage", "tracingId": "join", "message": message})).await;
        let joined = self.find("the join", |frame| frame["tracingId"] == "join").await;
        assert_eq!(joined["body"]["events"][0]["presence"]["type"], "Join", "{joined}");
        assert_eq!(joined["body"]["direction"], "Inbound");
    }

    /// What the witness knows of this guest.
    async fn truth(&self, floor: &Floor) -> Value {
        let world = floor.world().await;
        let guests = world["guests"].as_array().unwrap();
        guests.iter().find(|guest| guest["token"] == self.token.as_str()).unwrap().clone()
    }

    async fn conversation(&self, floor: &Floor) -> String {
        self.truth(floor).await["conversation"].as_str().unwrap().to_owned()
    }

    /// The whole history, newest first, with its pages of a size.
    async fn history(&mut self, floor: &Floor, size: usize) -> Vec<Value> {
        let told = self.ask(json!({"action": "getJwt"})).await;
        assert_eq!(told["class"], "JwtResponse");
        assert!(told["body"]["exp"].as_i64().unwrap() > 0);
        let pass = told["body"]["jwt"].as_str().unwrap().to_owned();
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("/api/v2/webmessaging/messages?pageSize={size}&pageNumber={page}");
            let reply = read(floor, &path, Some(&pass)).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let listing = reply.json();
            all.extend(listing["entities"].as_array().unwrap().clone());
            if listing.get("nextUri").is_none() {
                assert_eq!(listing["total"], all.len());
                break;
            }
        }
        all
    }
}

/// A request by a guest, who has no client's token.
async fn read(floor: &Floor, path: &str, pass: Option<&str>) -> Reply {
    let mut request = floor.http.get(format!("{}{path}", floor.running.base_url()));
    if let Some(pass) = pass {
        request = request.bearer_auth(pass);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Reply { status, headers, text: response.text().await.unwrap() }
}

/// A handle of the witness.
async fn pull(floor: &Floor, handle: &str, body: Value) -> Value {
    let reply = floor.post(&format!("/_simulator/{handle}"), body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

async fn transcript(floor: &Floor, conversation: &str) -> Vec<Value> {
    let told = floor.get(&format!("/_simulator/transcript/{conversation}")).await.json();
    told["messages"].as_array().unwrap().clone()
}

/// Hands a conversation to an agent, who accepts.
async fn hand_over(floor: &Floor, conversation: &str) -> String {
    let agent = floor.agents("status", "IDLE").await[0].clone();
    floor.answers(&["accepted"]).await;
    let row = row(floor, conversation).await.unwrap();
    assert_eq!(floor.to_agent(&row, &agent).await.status, 202);
    until("the agent accepts", || async {
        row_in(floor, conversation, "connected").await.then_some(())
    })
    .await;
    agent
}

/// The session of a conversation on the true floor, while it is open.
async fn row(floor: &Floor, conversation: &str) -> Option<Value> {
    let world = floor.world().await;
    let rows = world["sessions"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == conversation).cloned()
}

async fn row_in(floor: &Floor, conversation: &str, state: &str) -> bool {
    row(floor, conversation).await.is_some_and(|row| row["state"] == state)
}

//! A contact centre with guests' doors, a client that opens sessions through one of them, and the guest's
//! own voice beside it on another connection.

use std::time::Duration;

use floorwalker::{
    domain::{
        detail::Utterance,
        guest::{GuestOrder, GuestToken},
        id::SessionId,
        supervision::{Hold, Sign},
    },
    genesys::{
        Genesys, auth,
        client::Settings,
        error::Error,
        platform::{Platform, guest::Door},
        retry::Policy,
        transport::Http,
    },
    simulator::Options,
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::simulated::{Floor, until};

/// The doors of every floor, by what is behind them.
pub const BOT: usize = 0;
pub const QUEUE: usize = 1;
pub const JOINED: usize = 2;
pub const REOPENS: usize = 3;

pub struct Host {
    pub floor: Floor,
    pub deployment: String,
}

impl Host {
    /// Guests come through one of a floor's doors.
    pub async fn open(options: Options, door: usize) -> Self {
        let floor = Floor::open(options).await;
        let deployment = floor.world().await["deployments"][door]["id"].clone();
        Self { floor, deployment: deployment.as_str().unwrap().to_owned() }
    }

    pub fn door(&self) -> Door {
        let base = self.floor.running.base_url();
        Door::new(base, &self.deployment, "https://shop.example", None, "Hello").unwrap()
    }

    pub fn settings(&self) -> Settings {
        let base_url = self.floor.running.base_url().to_owned();
        let client = auth::Client {
            token_url: format!("{base_url}/oauth/token"),
            id: self.floor.running.client_id().to_owned(),
            secret: self.floor.running.client_secret().into(),
        };
        let (allowed, timeout) = (10_000, Duration::from_secs(15));
        let (retry, token_timeout) = (Policy::default(), timeout);
        Settings { base_url, client, allowed, retry, timeout, token_timeout }
    }

    pub fn plain(&self) -> Platform<Http> {
        Platform::new(Http::new().unwrap(), self.settings())
    }

    pub fn platform(&self) -> Platform<Http> {
        self.plain().with_door(self.door())
    }

    /// The witness's row of the guest of a conversation.
    pub async fn guest(&self, id: &SessionId) -> Value {
        let world = self.floor.world().await;
        let guests = world["guests"].as_array().unwrap().iter();
        let of = |guest: &&Value| guest["conversation"] == id.to_string().as_str();
        guests.into_iter().find(of).cloned().expect("a guest of this conversation")
    }

    pub async fn pull(&self, handle: &str, body: Value) -> Value {
        let reply = self.floor.post(&format!("/_simulator/{handle}"), body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// Lets whoever serves the guest say something.
    pub async fn say(&self, id: &SessionId, text: &str) {
        self.pull("say", json!({"conversation": id, "text": text})).await;
    }

    pub async fn cut(&self, id: &SessionId, gentle: bool) {
        let cut = self.pull("cut", json!({"conversation": id, "gentle": gentle})).await;
        assert_eq!(cut["connections"], 1);
    }

    pub async fn end(&self, id: &SessionId) {
        self.pull("end", json!({"conversation": id})).await;
    }

    /// What was said, as the witness knows it.
    pub async fn truth(&self, id: &SessionId) -> Vec<(String, String)> {
        let told = self.floor.get(&format!("/_simulator/transcript/{id}")).await.json();
        let by = |row: &Value| match row["by"].as_str().unwrap() {
            "customer" => "guest",
            "agent" => "agent",
            _ => "bot",
        };
        let row = |row: &Value| (by(row).to_owned(), row["text"].as_str().unwrap().to_owned());
        told["messages"].as_array().unwrap().iter().map(row).collect()
    }

    /// The echoes of a conversation's guest that were answered.
    pub async fn echoes(&self, id: &SessionId) -> u64 {
        let ledger = self.floor.ledger().await;
        let rows = ledger["beats"].as_array().unwrap().iter();
        let of = |row: &&Value| row["conversation"] == id.to_string().as_str();
        rows.into_iter().find(of).map_or(0, |row| row["received"].as_u64().unwrap())
    }

    /// Waits until the guest has so many connections.
    pub async fn connected(&self, id: &SessionId, count: u64) {
        until("so many connections", || async {
            (self.guest(id).await["connections"] == count).then_some(())
        })
        .await;
    }

    /// Hands a conversation to an agent, who accepts.
    pub async fn hand_over(&self, id: &SessionId) {
        let agent = self.floor.agents("status", "IDLE").await[0].clone();
        self.floor.answers(&["accepted"]).await;
        let row = self.row(id).await.expect("an open session");
        assert_eq!(self.floor.to_agent(&row, &agent).await.status, 202);
        until("the agent accepts", || async {
            self.row(id).await.filter(|row| row["state"] == "connected").map(drop)
        })
        .await;
    }

    pub async fn row(&self, id: &SessionId) -> Option<Value> {
        let world = self.floor.world().await;
        let rows = world["sessions"].as_array().unwrap().iter();
        rows.into_iter().find(|row| row["id"] == id.to_string().as_str()).cloned()
    }

    /// The guest says something on a connection of their own, which ends then.
    pub async fn speak(&self, token: &GuestToken, text: &str) {
        let url = format!(
            "{}/v1?deploymentId={}",
            self.floor.running.base_url().replace("http", "ws"),
            self.deployment
        );
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("origin", "https://shop.example".parse().unwrap());
        let (mut socket, _) = connect_async(request).await.unwrap();
        let token = token.expose();
        for request in [
            json!({"action": "configureSession", "deploymentId": self.deployment, "token": token}),
            json!({"action": "onMessage", "token": token, "message": {"type": "Text", "text": text}}),
        ] {
            socket.send(Message::text(request.to_string())).await.unwrap();
        }
        let end = Instant::now() + Duration::from_secs(10);
        while let Ok(Some(Ok(frame))) = timeout_at(end, socket.next()).await {
            if frame.to_text().is_ok_and(|frame| frame.contains(text)) {
                return socket.close(None).await.unwrap();
            }
        }
        panic!("«{text}» was not told back");
    }
}

/// An order, and the token that it holds.
pub fn order() -> (GuestOrder, GuestToken) {
    let token = GuestToken::from(uuid::Uuid::new_v4().to_string());
    let order = GuestOrder {
        id: uuid::Uuid::new_v4().into(),
        name: "Ada".into(),
        token: token.clone(),
        queue: "a-queue".into(),
        duration: 1800,
        locale: "en-US".into(),
        capabilities: Vec::new(),
    };
    (order, token)
}

pub async fn beat(
    platform: &Platform<Http>,
    id: &SessionId,
    token: &GuestToken,
) -> Result<Sign, Error> {
    platform.beat(id, Hold::Echo, 1, Some(token)).await
}

/// What a client shows of a conversation.
pub async fn shown(platform: &Platform<Http>, id: &SessionId) -> Vec<(String, String)> {
    let said = platform.detail(id).await.unwrap().messages;
    let row = |said: &Utterance| (said.by.word().to_owned(), said.text.expose().to_string());
    said.iter().map(row).collect()
}

/// Waits until a client shows what was really said.
pub async fn complete(host: &Host, platform: &Platform<Http>, id: &SessionId) {
    let truth = host.truth(id).await;
    let mut seen = Vec::new();
    for _ in 0..500 {
        seen = shown(platform, id).await;
        if seen == truth {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(seen, truth);
}

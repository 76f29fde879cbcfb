//! A contact centre behind a gateway, an engine on it that takes webhooks in, and a caller who writes
//! bytes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use floorwalker::{
    domain::{
        id::{QueueId, SessionId},
        inbox::{Inbox, Mode, Request},
        lease::Tenancy,
    },
    engine::{Event, Handle, Level},
    genesys::gateway::Gateway,
    intake::{Doors, Keys, Limits, Server, Settings},
    policy::{intake::Rules, signature::Key},
    simulator::Options,
    store::Requests,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    site::{Site, live},
    spy::{Spy, small},
};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(40);

pub struct Hall {
    pub site: Site,
    pub spy: Spy,
    pub handle: Handle,
    pub server: Server,
    /// Sessions that a bot holds.
    pub bots: Vec<SessionId>,
    pub queue: QueueId,
    /// The guests of the first of them, as the gateway knows them.
    guests: HashMap<SessionId, Value>,
}

/// What was answered.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

pub fn keys(secret: Option<&str>, token: Option<&str>) -> Keys {
    let key = |secret: &str| Key::new(&secret.into()).unwrap();
    Keys { secret: secret.map(key), token: token.map(Into::into), window: 300 }
}

impl Hall {
    /// With every request for the first queue decided in this way.
    pub async fn open(mode: Mode) -> Self {
        Self::with(mode, Keys::default(), |_| {}).await
    }

    /// … and with these keys, and a site that is changed before it is used.
    pub async fn with(mode: Mode, keys: Keys, change: impl FnOnce(&mut Site)) -> Self {
        // A large floor takes a gateway's client seconds to read.
        let mut site = Site::open(Options { sessions: 32, ..small() }).await;
        site.allowed = 100_000;
        let world = site.floor.anonymous("/_simulator/world").await.json();
        let ids = |state: &str| -> Vec<SessionId> {
            let all = world["sessions"].as_array().unwrap().iter();
            let of = all.filter(|session| session["state"] == state);
            of.map(|session| session["id"].as_str().unwrap().into()).collect()
        };
        let queue = open_queue(&site, &world).await;
        let rules = Rules { queue: Some(queue.clone()), mode, ..Rules::default() };
        site.intake.rules = rules;
        // How the guests feel is for the test that asks.
        site.handbook.limits.min_sentiment = 0.0;
        change(&mut site);
        let spy = Spy::new();
        let mut handle = site.engine_on(Gateway::new(spy.clone(), site.settings()));
        live(&mut handle).await;
        let server = serve(&handle, keys, Limits::of(site.intake.wait)).await;
        let (bots, mut guests) = (ids("bot"), HashMap::new());
        for bot in bots.iter().take(6) {
            let path = format!("/api/v2/conversations/messaging/{bot}");
            let told = site.floor.get(&path).await.json();
            guests.insert(bot.clone(), told["guestInfo"].clone());
        }
        Self { site, spy, handle, server, bots, queue, guests }
    }

    /// The inbox once something holds of it.
    pub async fn inbox(&mut self, holds: impl Fn(&Inbox) -> bool) -> Arc<Inbox> {
        let wait =
            self.handle.pulse.wait_for(|pulse| pulse.inbox.as_ref().is_some_and(|i| holds(i)));
        let found = tokio::time::timeout(PATIENCE, wait).await.expect("such an inbox").unwrap();
        found.inbox.clone().unwrap()
    }

    /// The only request of a conversation, once it stands like this.
    pub async fn request(&mut self, session: &SessionId, word: &str) -> Request {
        let of = |inbox: &Inbox| {
            let mut all = inbox.requests.iter().filter(|r| r.session == *session);
            all.next().filter(|_| all.next().is_none()).map(|r| Request::clone(r))
        };
        let is = |request: &Request| request.state.word() == word;
        let inbox = self.inbox(|inbox| of(inbox).as_ref().is_some_and(is)).await;
        of(&inbox).unwrap()
    }

    /// S1's body, with the guest whose conversation it is.
    pub fn handoff(&self, session: &SessionId) -> Value {
        let mut body = bot_handoff(session);
        if let Some(guest) = self.guests.get(session) {
            body["guestInfo"] = guest.clone();
        }
        body
    }

    /// Posts a body as a bot does.
    pub async fn post(&self, path: &str, body: &Value) -> Told {
        self.call("POST", path, &[JSON], body.to_string().as_bytes()).await
    }

    pub async fn call(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Told {
        let mut stream = self.connect().await;
        stream.write_all(&request(method, path, headers, body)).await.unwrap();
        answer(&mut stream).await
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.server.address()).await.unwrap()
    }

    /// The next notice that is no mere information.
    pub async fn warning(&mut self) -> String {
        loop {
            let event = tokio::time::timeout(PATIENCE, self.handle.events.recv()).await;
            match event.expect("a warning").unwrap() {
                Event::Notice(notice) if notice.level != Level::Info => {
                    return notice.text.to_string();
                }
                _ => {}
            }
        }
    }

    /// What a bot has told of a conversation, by its words.
    pub async fn history(&self, session: &SessionId) -> Vec<Value> {
        let org = Tenancy { context: "test".into(), dialect: "gateway".into() };
        let heard = self.site.store.history(&org, session).await.unwrap();
        heard.iter().map(|line| serde_json::to_value(line).unwrap()).collect()
    }
}

/// A queue that takes sessions.
async fn open_queue(site: &Site, world: &Value) -> QueueId {
    for queue in world["queues"].as_array().unwrap() {
        let id = queue["id"].as_str().unwrap();
        let told = site.floor.get(&format!("/api/v2/routing/queues/{id}")).await.json();
        let number = |field: &str| told[field].as_i64().unwrap();
        if told["state"] == "available" && number("current_load") + 8 < number("capacity") {
            return id.into();
        }
    }
    panic!("no queue has room");
}

pub async fn serve(handle: &Handle, keys: Keys, limits: Limits) -> Server {
    let doors = Doors {
        arrivals: handle.arrivals.clone(),
        pulse: handle.pulse.clone(),
        floor: handle.floor.clone(),
    };
    let listen = "127.0.0.1:0".parse().unwrap();
    Server::open(Settings { listen, keys, limits }, doors).await.unwrap()
}

/// What most calls say of their body.
pub const JSON: &str = "content-type: application/json";

pub fn request(method: &str, path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let named = headers.iter().any(|header| header.starts_with("host: "));
    let host = if named { "" } else { "host: localhost\r\n" };
    let mut bytes = format!("{method} {path} HTTP/1.1\r\n{host}").into_bytes();
    for header in headers {
        bytes.extend_from_slice(format!("{header}\r\n").as_bytes());
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Reads one answer, and nothing of the next.
pub async fn answer(stream: &mut TcpStream) -> Told {
    tokio::time::timeout(PATIENCE, read(stream)).await.expect("an answer")
}

async fn read(stream: &mut TcpStream) -> Told {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer, not an end"));
    }
    let head = String::from_utf8(head).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut told = Told { status, head, body: String::new() };
    let length = told.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    told.body = String::from_utf8(body).unwrap();
    told
}

pub const BOT_HANDOFF: &str = "/webhooks/bot-handoff";
pub const MESSAGING: &str = "/webhook/messaging";

/// S1's own body, for another conversation.
pub fn bot_handoff(session: &SessionId) -> Value {
    json!({
        "conversationId": session,
        "guestInfo": {
            "id": "guest-8842-xyz", "name": "Avery Quinn", "email": "avery@example.com",
            "externalId": "crm-7",
        },
        "handoffReason": "complex_billing_dispute",
        "customContext": {
            "attempted_resolution": "refund_policy_explained", "sentiment_score": "0.62",
            "preferred_language": "en-US",
        },
    })
}

/// S2's, with this confidence.
pub fn turn(session: &SessionId, confidence: f64) -> Value {
    json!({
        "conversationId": session, "event": "message", "text": "that is not what I asked",
        "intent": {"intent": "refund", "confidence": confidence},
    })
}

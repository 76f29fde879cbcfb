//! A contact centre behind a gateway, the real client and engine on it, and a transport that writes down
//! what goes over the wire. It can also let somebody else be faster.

use std::sync::{Arc, Mutex};

use floorwalker::{
    domain::{
        agent::RoutingStatus,
        floor::Floor,
        handoff::{HandoffOrder, Target},
        id::{AgentId, SessionId},
    },
    engine::{Attention, Command, Handle},
    genesys::{
        gateway::Gateway,
        transport::{Answer, Body, Failure, Http, Method, Request, Transport},
    },
    policy::qualification::{Need, Rules, qualify},
    simulator::{Dialect, Options},
};
use serde_json::{Value, json};

use crate::{
    simulated::frozen,
    site::{Site, floor, live},
};

/// One request as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub method: &'static str,
    pub path: String,
    pub body: Value,
}

#[derive(Clone)]
pub struct Spy {
    http: Http,
    sent: Arc<Mutex<Vec<Sent>>>,
    rival: Arc<Mutex<Option<Sent>>>,
}

impl Spy {
    pub fn new() -> Self {
        Self { http: Http::new().expect("TLS"), sent: Arc::default(), rival: Arc::default() }
    }

    /// Everything that was sent, oldest first.
    pub fn all(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// What was sent that changes something at this session, or reports it.
    pub fn writes(&self, session: &SessionId) -> Vec<Sent> {
        let about = |s: &Sent| {
            let told =
                s.path.ends_with("/events") && s.body.to_string().contains(&session.to_string());
            s.path.contains(&session.to_string()) || told
        };
        let mut all = self.all();
        all.retain(|s| s.method != "GET" && !s.path.ends_with("/summary") && about(s));
        all
    }

    /// Sends this right before the next request that hands something over.
    pub fn let_somebody_be_faster(&self, rival: Sent) {
        *self.rival.lock().unwrap() = Some(rival);
    }

    async fn go_first(&self, request: &Request) {
        let moves = request.url.contains("/transfer") || matches!(request.method, Method::Put);
        let rival = if moves { self.rival.lock().unwrap().take() } else { None };
        let Some(rival) = rival else { return };
        let host = &request.url[..request.url.find("/api/").unwrap()];
        let rival = Request {
            method: Method::Post,
            url: format!("{host}{}", rival.path),
            credentials: request.credentials.clone(),
            body: Body::Json(rival.body.to_string().into_bytes()),
            timeout: request.timeout,
        };
        assert_eq!(self.http.exchange(rival).await.unwrap().status, 200);
    }
}

impl Transport for Spy {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        self.go_first(&request).await;
        let path = request.url.find("/api/").map_or("", |at| &request.url[at..]).to_owned();
        if !path.is_empty() {
            let body = match &request.body {
                Body::Json(bytes) => serde_json::from_slice(bytes).unwrap(),
                _ => Value::Null,
            };
            let sent = Sent { method: request.method.name(), path, body };
            self.sent.lock().unwrap().push(sent);
        }
        self.http.exchange(request).await
    }
}

/// A small contact centre behind a gateway that does not move by itself.
pub fn small() -> Options {
    Options {
        dialect: Dialect::Gateway,
        queues: 4,
        agents: 20,
        sessions: 24,
        speed: 10.0,
        ..frozen()
    }
}

/// One with an engine on it, and everything on its floor.
pub struct Scene {
    pub site: Site,
    pub spy: Spy,
    pub handle: Handle,
    pub floor: Arc<Floor>,
}

impl Scene {
    pub async fn open(options: Options) -> Self {
        let site = Site::open(options).await;
        let spy = Spy::new();
        let mut handle = site.engine_on(Gateway::new(spy.clone(), site.settings()));
        let named = named(&site).await;
        for id in &named {
            handle.commands.send(Command::Watch(id.clone())).await.unwrap();
        }
        let floor = ready(&mut handle, named.len()).await;
        Self { site, spy, handle, floor }
    }

    /// A session in a state of the floor's, and an agent whom the gate lets have it; nobody whose turn
    /// has been.
    pub fn fitting(&self, state: &str, used: &mut Vec<String>) -> (SessionId, AgentId) {
        let idle = |id: &AgentId| {
            let agent = self.floor.agent(id).unwrap();
            agent.routing == Some(RoutingStatus::Idle)
        };
        for session in self.floor.sessions.iter().filter(|s| s.state.word() == state) {
            if used.contains(&session.id.to_string()) {
                continue;
            }
            let other = |id: &AgentId| session.agent.as_ref() != Some(id);
            for agent in self.floor.agents.iter().filter(|a| idle(&a.id) && other(&a.id)) {
                let passes = qualify(agent, Need::from(session), Rules::default()).verdict.passes();
                if passes && !used.contains(&agent.id.to_string()) {
                    used.extend([session.id.to_string(), agent.id.to_string()]);
                    return (session.id.clone(), agent.id.clone());
                }
            }
        }
        panic!("no session is {state} and fits somebody")
    }

    /// A session in a state, not used before, and an open queue that it is not in.
    pub fn elsewhere(&self, state: &str, used: &mut Vec<String>) -> (SessionId, Target) {
        let mut sessions = self.floor.sessions.iter().filter(|s| s.state.word() == state);
        let session = sessions.find(|s| !used.contains(&s.id.to_string())).expect("one is left");
        used.push(session.id.to_string());
        let open = |q: &&floorwalker::domain::queue::Queue| {
            q.state.word() == "open" && session.queue.as_ref() != Some(&q.id)
        };
        let queue = self.floor.queues.iter().find(open).expect("a queue is open");
        (session.id.clone(), Target::Queue(queue.id.clone()))
    }

    /// An order as a person gives it, without a word of why. Some of the guests are in no good mood,
    /// which is another test's affair.
    pub fn order(&self, session: &SessionId, target: Target) -> HandoffOrder {
        let seen = self.floor.session(session).expect("it is on the floor").standing();
        let waiver = Some("whatever their mood".into());
        HandoffOrder { waiver, ..HandoffOrder::new(session.clone(), seen, target) }
    }

    /// The session as the gateway tells it now.
    pub async fn told(&self, session: &SessionId) -> Value {
        let path = format!("/api/v2/conversations/messaging/{session}");
        self.site.floor.get(&path).await.json()
    }

    pub async fn pause(&self, queue: &Target) {
        let Target::Queue(id) = queue else { panic!("{queue:?}") };
        let body = json!({"id": id.to_string(), "paused": true});
        assert_eq!(self.site.floor.post("/_simulator/queue", body).await.status, 200);
    }
}

/// The open sessions, as whoever takes the bots' webhooks would name them.
pub async fn named(site: &Site) -> Vec<SessionId> {
    let world = site.floor.world().await;
    let all = world["sessions"].as_array().unwrap().iter();
    all.map(|session| session["id"].as_str().unwrap().into()).collect()
}

/// The floor once everybody is on it and all skills are known, which the gate asks for.
pub async fn ready(handle: &mut Handle, sessions: usize) -> Arc<Floor> {
    live(handle).await;
    let all = floor(handle, |f| f.sessions.len() == sessions && f.agents.len() == 20).await;
    // Somebody opens a picker with all of them on it.
    let agents = all.agents.iter().map(|agent| agent.id.clone()).collect();
    let attention = Attention { agents, ..Attention::default() };
    handle.commands.send(Command::Attend(attention)).await.unwrap();
    floor(handle, |f| f.loading.profiles == 20 && f.sessions.len() == sessions).await
}

//! A Genesys Cloud stand-in over real HTTP: a contact centre that lives behind the published API, for
//! demos, tests and benches. Not the console's client, with which it shares no code: a mistake must not be
//! able to agree with itself.
//!
//! ```text
//! socket ─▶ server ─▶ routes ─▶ world        (levers on the connection let faults act below HTTP)
//!             │  access, ledger  │
//!             ▼                  ▼ a ticker lets time pass
//!           faults             lanes of events
//! ```
//!
//! It speaks the published API, a messaging gateway's own routes, or both: [`Dialect`]. With the published
//! API come guests on sockets of their own, `GET /v1?deploymentId=…`.
//!
//! With [`Options::webhooks`], some bots call: every other of them with what it made of each message, all of
//! them when they need a human. Then they wait for about two minutes before they let the customer into a
//! queue. Without, and with the other bots, the floor lives as it always does. A frozen floor calls nobody by itself.
//!
//! Beside the API there are routes of its own, without a token and never struck by faults:
//!
//! - `GET /_simulator/ledger`: the independent witness.
//!   `{"handoffs":[{"at","conversation","participant","by":"api","operation","from":{"kind","id"},
//!   "to":{"kind","id"},"outcome"?,"settled"?,"context"?}],
//!   "reroutes":[{"at","operation":"reroute","conversation","queue","skills","priority"}],"events":[…],
//!   "deeds":[{"at","conversation","operation","user","participant","message"?}],
//!   "beats":[{"conversation","opened"?,"silence"?,"until"?,"received","beats":[{"at","sequence"?,"increases",
//!   "program"?,"owner"?}],"ended"?:{"at","how"}}],"requests":[{"minute","route","status","count"}],"faults":{kind:count},
//!   "calls":[{"at","route","conversation","id","status","reply"}],"tokens":n}`. Handoffs are those
//!   asked for through the API and applied, also when the client never got the answer; `outcome` is
//!   `accepted`, `refused`, `timed_out`, `abandoned`, `recalled` or, for a queue, `queued`; `context` is what a gateway's
//!   client sent besides: `customAttributes`, `guestInfo`, `summary`, `historySize`, `reason`. Reroutes
//!   change what routing looks for and move nobody. Deeds are what persons did in conversations themselves, applied
//!   also when they never got the answer (`monitor`, `leave`, `say`, with the id of the message). Events are the reasons for handoffs that a gateway's
//!   client reported, as sent. Beats are the heartbeats of each session, and the
//!   echoes, which have no sequence, of a guest with a socket of their own; the newest 512, with times in
//!   milliseconds since 1970: `silence` is how long none may come, `until` when the session ends in any case,
//!   both only where a gateway's client opened it; `increases` is false for a sequence that is not above all
//!   before it; `program` and `owner` are the headers `user-agent` and `x-heartbeat-owner`; `how` is
//!   `disconnected` (the client said so), `inactivity` (no beats), `session.expired` (the limit) or who else
//!   ended it. A `status` of 0 means that no answer was given. Calls are what the bots were told by the
//!   webhooks they called, the newest 512; one that was asked again has the same `id`.
//! - `GET /_simulator/world`: the true floor of this moment, with the world's time and, for each session,
//!   when it last changed; the doors for guests, `"deployments":[{"id","name","queue","flow","readOnly",
//!   "autoStart","durationSeconds"}]`, and the guests, `"guests":[{"token","deployment","state","expires",
//!   "connections","typed","conversation"}]`.
//! - `GET /_simulator/transcript/<conversation>`: all that was said, in its order and with the ids that a
//!   guest's socket and history have: `{"conversation","state","messages":[{"id","at","by","direction","text"}]}`.
//! - `POST /_simulator/fault` `{"faults":["503=1.0"],"routes":["replace/"]}`: replaces the faults; with
//!   `routes`, they strike only routes of the ledger's names that have one of these texts in them.
//! - `POST /_simulator/answers` `{"next":["refused"],"always":"accepted"}`: how agents answer the next
//!   handoffs, and all after those (`accepted`, `refused`, `timed_out`; absent leaves it to them).
//! - `POST /_simulator/step` `{"ms":60000}`: lets time pass at once, also on a frozen floor.
//! - `POST /_simulator/talk` `{"conversation","exchanges":200}`: so many questions and answers at once.
//! - `POST /_simulator/say` `{"conversation","text"}`: whoever serves a session says this.
//! - `POST /_simulator/end` `{"conversation","by":"agent"}`: ends it (`agent`, `customer`, `system`).
//! - `POST /_simulator/cut` `{"token"}` or `{"conversation"}`: breaks a guest's connections; with
//!   `"gentle":true` and a `reason`, the guest is asked to connect again instead.
//! - `POST /_simulator/ask` `{"conversation","route":"bot_handoff","confidence"?,"reason"?}`: its bot calls a
//!   webhook now (`bot_handoff`, `messaging`); `{"id"}` is the call's.
//! - `GET /_simulator/pick/bot`: the bare id of a conversation in this state to try something with, each time
//!   another one: the calmest of those whose bots call nobody by themselves.
//! - `POST /_simulator/queue` `{"id","paused":true}`: pauses a queue for the gateway's clients, or opens it.
//! - `POST /_simulator/persons` `{"end":"codes"}`: lets what persons hold end before its time: the codes they
//!   were sent back with (`codes`), their access tokens (`tokens`), their sign-ins (`sign_ins`). With `{"takes":
//!   conversation}` who signs in serves the customer from now on, with `{"listens": conversation}` a colleague listens in on
//!   its agent, `{"presence": "AWAY"}` changes the presence of who signs in (only who is `AVAILABLE` may listen in),
//!   and after `{"signs_in": "colleague"}` it is the colleague who signs in (`person` again).
//!
//! A person signs in at `GET /oauth/authorize` (code with PKCE, S256 alone), with an OAuth client of its own, and is
//! sent back at once: there is no page to sign in on.

mod access;
mod call;
mod cast;
mod clock;
mod fault;
mod filter;
mod guest;
mod ledger;
mod options;
mod paging;
mod persons;
mod routes;
mod server;
mod socket;
mod stamp;
mod vocabulary;
mod webhooks;
mod world;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use fault::{Fault, FaultError, FaultKind};
pub use options::{Dialect, Options, Permissions, Webhooks};

use access::Access;
use cast::Cast;
use clock::Clock;
use ledger::Ledger;
use server::{Stand, Trouble, lock};
use socket::{Door, Lever};
use world::{Shape, World};

/// How often time passes on the floor.
const TICK: Duration = Duration::from_millis(100);
/// How long requests under way may take once the simulator is told to stop.
const GRACE: Duration = Duration::from_secs(1);

/// Slower, and the floor's past would begin before history; faster, and everything happens at once.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.01..=1000.0;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The speed is beyond what a floor can live at.
    #[error("the speed must be a number from 0.01 to 1000, not {0}")]
    Speed(f64),
    /// The bots can't call there.
    #[error("webhooks can't be called: {0}")]
    Webhooks(String),
    /// The embedded contact centre cannot be read.
    #[error("the built-in contact centre is broken: {0}")]
    Cast(#[from] toml::de::Error),
}

/// The built-in Genesys Cloud stand-in.
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Builds the floor and begins to answer.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        if !SPEEDS.contains(&options.speed) {
            return Err(StartError::Speed(options.speed));
        }
        let listen = |source| StartError::Listen { address: options.listen, source };
        let door = Door::open(options.listen).await.map_err(listen)?;
        let address = door.address().map_err(listen)?;
        let stand = Arc::new(Stand::build(options)?);
        if let Some(webhooks) = &stand.options.webhooks {
            webhooks::begin(&stand, webhooks).map_err(StartError::Webhooks)?;
        }
        let ticker = tokio::spawn(tick(Arc::clone(&stand)));
        let server = answer(door, &stand);
        let (client_id, client_secret, person_client_id) = {
            let access = lock(&stand.access);
            let persons = access.persons.client_id.clone();
            (access.client_id.clone(), access.client_secret.clone(), persons)
        };
        let (deployment, routes, queues) = {
            let world = stand.present();
            let queue = |queue: &world::queues::Queue| (queue.name.clone(), queue.id.clone());
            let queues = world.queues.iter().map(queue).collect();
            (world.front_door().map(str::to_owned), world.words_to_queues(), queues)
        };
        Ok(Running {
            base_url: format!("http://{address}"),
            client_id,
            client_secret,
            person_client_id,
            deployment,
            routes,
            queues,
            closing: stand.closing.clone(),
            server,
            ticker,
        })
    }
}

impl Stand {
    fn build(options: Options) -> Result<Self, StartError> {
        let shape = Shape {
            queues: options.queues,
            agents: options.agents,
            sessions: options.sessions,
            speed: options.speed,
        };
        // A large floor takes a moment to build; its clock must not stay behind for it.
        let born = Instant::now();
        let world = World::new(options.seed, shape, Cast::load()?, stamp::wall_clock());
        Ok(Self {
            closing: CancellationToken::new(),
            clock: Mutex::new(Clock::new(born)),
            world: Mutex::new(world),
            access: Mutex::new(Access::new(options.seed, options.token_ttl, options.rate_limit)),
            ledger: Mutex::new(Ledger::default()),
            trouble: Mutex::new(Trouble {
                faults: options.faults.clone(),
                routes: Vec::new(),
                rng: fastrand::Rng::with_seed(options.seed ^ 0xBAD_DA7),
            }),
            options,
        })
    }
}

/// Answers whoever comes, until it is told to stop.
fn answer(door: Door, stand: &Arc<Stand>) -> JoinHandle<()> {
    let router = Router::new().fallback(server::serve).with_state(Arc::clone(stand));
    let service = router.into_make_service_with_connect_info::<Lever>();
    let closing = stand.closing.clone().cancelled_owned();
    let serving = axum::serve(door, service).with_graceful_shutdown(closing);
    tokio::spawn(async move {
        if let Err(error) = serving.await {
            tracing::warn!(%error, "the simulator stopped serving");
        }
    })
}

/// Lets the world keep up with the wall clock.
async fn tick(stand: Arc<Stand>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = stand.closing.cancelled() => return,
        }
        drop(stand.present());
    }
}

/// A simulator that answers; dropping it ends it.
#[derive(Debug)]
pub struct Running {
    base_url: String,
    client_id: String,
    client_secret: String,
    person_client_id: String,
    deployment: Option<String>,
    routes: Vec<(String, String)>,
    queues: Vec<(String, String)>,
    closing: CancellationToken,
    server: JoinHandle<()>,
    ticker: JoinHandle<()>,
}

impl Running {
    /// Where it listens, `http://127.0.0.1:PORT`: both the API and the token route.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The OAuth client's id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The OAuth client's secret.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// The id of the OAuth client, without a secret, that persons sign in with.
    pub fn person_client_id(&self) -> &str {
        &self.person_client_id
    }

    /// The web messaging deployment for sessions that a client opens; `None` on a floor without queues.
    pub fn deployment(&self) -> Option<&str> {
        self.deployment.as_deref()
    }

    /// For each word by which the bots say what a customer wants, intents and reasons, the id of the queue
    /// where somebody knows about it.
    pub fn routes(&self) -> &[(String, String)] {
        &self.routes
    }

    /// The id of the queue of this name.
    pub fn queue(&self, name: &str) -> Option<&str> {
        self.queues.iter().find(|(known, _)| known == name).map(|(_, id)| id.as_str())
    }

    /// Everything a client needs.
    pub fn ready(&self) -> serde_json::Value {
        json!({
            "listening": self.base_url, "client_id": self.client_id,
            "client_secret": self.client_secret, "person_client_id": self.person_client_id,
            "deployment": self.deployment,
        })
    }

    /// The same as one line of JSON.
    pub fn ready_line(&self) -> String {
        self.ready().to_string()
    }

    /// Ends it: requests under way get a second to finish.
    pub async fn stop(mut self) {
        self.closing.cancel();
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.closing.cancel();
        self.ticker.abort();
        self.server.abort();
    }
}

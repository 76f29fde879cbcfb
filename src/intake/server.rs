//! The socket: so many connections at a time, none of them for longer than it may take.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc, watch},
    task::JoinHandle,
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    metrics::Counters,
    proof::Keys,
    routes::{Hall, SPARE, router},
};
use crate::{
    domain::floor::Floor,
    engine::{Arrival, Pulse},
};

/// Connections at a time: bots that wait for an answer hold one each.
const CONNECTIONS: usize = 512;
/// Large bodies at a time, of half a megabyte each at most.
const LARGE: usize = 32;
/// Bytes of headers, and of requests that come before the last one is answered.
const BUFFER: usize = 64 * 1024;
/// How long calls under way may take once we stop.
const LAST: Duration = Duration::from_secs(3);

/// Where and for whom.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What callers have to know.
    pub keys: Keys,
    /// How long things may take.
    pub limits: Limits,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The head of a request, and the silence before it.
    pub head: Duration,
    /// The body of a request, and a pause in reading what was answered.
    pub body: Duration,
    /// The engine's answer.
    pub answer: Duration,
}

impl Limits {
    /// For an engine whose answers take at most `wait`.
    pub fn of(wait: Duration) -> Self {
        let ten = Duration::from_secs(10);
        Self { head: ten, body: ten, answer: wait + SPARE }
    }
}

/// The ways into the engine.
#[derive(Clone, Debug)]
pub struct Doors {
    /// For calls.
    pub arrivals: mpsc::Sender<Arrival>,
    /// How things are.
    pub pulse: watch::Receiver<Arc<Pulse>>,
    /// The newest floor.
    pub floor: watch::Receiver<Arc<Floor>>,
}

/// Why nothing is taken in.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Anybody could call.
    #[error(
        "intake.listen is {0}, which others can reach: it takes a secret or a token \
         (intake.secret, intake.token)"
    )]
    Unguarded(SocketAddr),
    /// The address is taken or not ours.
    #[error("webhooks can't be taken in at {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A server that answers; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    closing: CancellationToken,
    connections: TaskTracker,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Begins to answer.
    ///
    /// # Errors
    /// If it may not, or can't, listen there.
    pub async fn open(settings: Settings, doors: Doors) -> Result<Self, OpenError> {
        let Settings { listen, keys, limits } = settings;
        if keys.is_open() && !listen.ip().is_loopback() {
            return Err(OpenError::Unguarded(listen));
        }
        let failed = |source| OpenError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (closing, connections) = (CancellationToken::new(), TaskTracker::new());
        let local = address.ip().is_loopback();
        let large = Semaphore::new(LARGE);
        let counters = Counters::default();
        let hall = Arc::new(Hall { counters, doors, keys, limits, local, large });
        let welcome = Welcome {
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            connections: connections.clone(),
            closing: closing.clone(),
            hall,
        };
        let accepting = tokio::spawn(welcome.accept(listener));
        Ok(Self { address, closing, connections, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it: calls under way get a moment to finish.
    pub async fn stop(self) {
        self.closing.cancel();
        self.connections.close();
        if tokio::time::timeout(LAST, self.connections.wait()).await.is_err() {
            tracing::warn!("some webhooks were cut off");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.cancel();
        self.accepting.abort();
    }
}

/// What every connection needs.
struct Welcome {
    places: Arc<Semaphore>,
    connections: TaskTracker,
    closing: CancellationToken,
    hall: Arc<Hall>,
}

impl Welcome {
    async fn accept(self, listener: TcpListener) {
        loop {
            // Who finds no place waits in the system's own line.
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.closing.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (hall, closing) = (Arc::clone(&self.hall), self.closing.clone());
                    self.connections.spawn(async move {
                        serve(stream, hall, closing).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Out of descriptors, most likely: some will come back.
                    tracing::warn!(%error, "a connection was not taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn serve(stream: TcpStream, hall: Arc<Hall>, closing: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let head = hall.limits.head;
    // Who does not read their answers holds a place, and what they ask for piles up.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(hall.limits.body));
    let service = TowerToHyperService::new(router(hall));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Whoever hangs up early, or never says what they want.
        tracing::debug!(%error, "a connection has ended early");
    }
}

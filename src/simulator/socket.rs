//! The listening socket, with a lever on each connection: an answer can be reset or made to trickle.
//! Not HTTP: this sees only bytes.
//!
//! Faults act here because a real network's do: below the protocol, where a client's own HTTP library,
//! and not our server's good manners, decides what comes of it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// How long a slow connection rests between two crumbs, and into how many crumbs a write is cut.
const REST: Duration = Duration::from_millis(200);
const CRUMBS: usize = 40;

/// What a request may do to the connection it came on.
#[derive(Debug, Clone, Default)]
pub(super) struct Lever(Arc<Pulled>);

#[derive(Debug, Default)]
struct Pulled {
    reset: AtomicBool,
    slow: AtomicBool,
}

impl Lever {
    /// Ends the connection with a reset as soon as something would be written.
    pub(super) fn reset(&self) {
        self.0.reset.store(true, Ordering::Release);
    }

    /// Makes everything written from now on trickle.
    pub(super) fn slow(&self) {
        self.0.slow.store(true, Ordering::Release);
    }

    /// Back to normal: the next request on this connection has done nothing wrong.
    pub(super) fn ease(&self) {
        self.0.slow.store(false, Ordering::Release);
    }
}

/// A listener whose connections carry levers.
pub(super) struct Door {
    listener: TcpListener,
}

impl Door {
    pub(super) async fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await? })
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Listener for Door {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Small answers must not wait for the peer's acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        (Line { stream, lever: Lever::default(), rest: None, crumb: 0 }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.address()
    }
}

impl Connected<IncomingStream<'_, Door>> for Lever {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().lever.clone()
    }
}

/// One connection.
pub(super) struct Line {
    stream: TcpStream,
    lever: Lever,
    rest: Option<Pin<Box<Sleep>>>,
    crumb: usize,
}

impl Line {
    fn refuse_if_reset(&self) -> io::Result<()> {
        if !self.lever.0.reset.load(Ordering::Acquire) {
            return Ok(());
        }
        // Without lingering, closing sends a reset and not an orderly end.
        self.stream.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.refuse_if_reset()?;
        if !self.lever.0.slow.load(Ordering::Acquire) {
            (self.rest, self.crumb) = (None, 0);
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        if let Some(rest) = self.rest.as_mut() {
            ready!(rest.as_mut().poll(cx));
            self.rest = None;
        }
        // The head comes in a short write, the body in a long one: the longest sets the size.
        self.crumb = self.crumb.max(bytes.len().div_ceil(CRUMBS)).max(1);
        let crumb = &bytes[..self.crumb.min(bytes.len())];
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, crumb))?;
        self.rest = Some(Box::pin(sleep(REST)));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.refuse_if_reset()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

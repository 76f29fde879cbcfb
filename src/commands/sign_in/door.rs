//! Where a browser comes back to: one page on this machine, for as long as a sign-in lasts.
//!
//! Not a web server. Whoever else knocks, or says nothing, or too much, is turned away and does not keep the
//! person out.

use std::{net::Ipv4Addr, time::Duration};

use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use crate::genesys::person::pkce::{Attempt, Turned};

/// How long somebody who knocks may take to say what they want.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest request line that is read.
const LONGEST: usize = 8 << 10;
/// How many may knock at once.
const WAITING: usize = 16;

/// The page.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    port: u16,
}

impl Door {
    /// Opens it on the loopback; port 0 takes a free one.
    ///
    /// # Errors
    /// Says why it can't be opened.
    pub async fn open(port: u16) -> Result<Self, String> {
        let said = |e: std::io::Error| format!("port {port} can't be listened on: {e}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(said)?;
        let port = listener.local_addr().map_err(said)?.port();
        Ok(Self { listener, port })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for whoever comes back from this sign-in. Who comes from elsewhere is told so, and waited past.
    ///
    /// # Errors
    /// If the login host has refused.
    pub async fn code(&mut self, attempt: &Attempt) -> Result<SecretString, Turned> {
        let (sender, mut knocks) = mpsc::channel(WAITING);
        loop {
            tokio::select! {
                Ok((stream, _)) = self.listener.accept() => {
                    // A browser opens connections that it says nothing on: each is heard on its own.
                    tokio::spawn(hear(stream, sender.clone()));
                }
                Some((target, stream)) = knocks.recv() => {
                    let outcome = attempt.code(&target);
                    answer(stream, &outcome).await;
                    if !matches!(outcome, Err(Turned::Stranger | Turned::Empty)) {
                        return outcome;
                    }
                }
            }
        }
    }
}

/// Reads the line that says what is wanted, and hands it on.
async fn hear(mut stream: TcpStream, to: mpsc::Sender<(String, TcpStream)>) {
    let mut read = Vec::new();
    let line = timeout(PATIENCE, async {
        let mut part = [0; 1024];
        while !read.contains(&b'\n') && read.len() < LONGEST {
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => return None,
                Ok(many) => read.extend_from_slice(part.get(..many)?),
            }
        }
        let text = String::from_utf8_lossy(&read).into_owned();
        let mut words = text.lines().next()?.split(' ');
        (words.next() == Some("GET")).then(|| words.next().map(str::to_owned)).flatten()
    });
    if let Ok(Some(target)) = line.await {
        // Where nobody listens any more, somebody was faster.
        let _ = to.send((target, stream)).await;
    }
}

async fn answer(mut stream: TcpStream, outcome: &Result<SecretString, Turned>) {
    let (status, text) = match outcome {
        Ok(_) => ("200 OK", "Thank you. You can close this page and go back to floorwalker."),
        Err(Turned::Denied(_)) => ("200 OK", "The sign-in was refused. floorwalker says why."),
        Err(Turned::Stranger | Turned::Empty) => {
            ("400 Bad Request", "This does not belong to the sign-in that floorwalker waits for.")
        }
    };
    let page = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    // A browser that has gone does not change what it has brought.
    let _ = timeout(PATIENCE, async {
        stream.write_all(page.as_bytes()).await?;
        stream.shutdown().await
    })
    .await;
}

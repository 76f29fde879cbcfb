//! Guests' sockets through a proxy.

use std::sync::{Arc, Mutex};

use floorwalker::{
    domain::supervision::Sign,
    genesys::{Genesys as _, error::Kind, platform::guest::Proxy},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::{
    host::{Host, QUEUE, beat, complete, order},
    simulated::frozen,
};

/// A proxy that leads everybody to one address, or says no with this status.
struct Tunnel {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    async fn open(to: Result<String, u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let told = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (to, told) = (to.clone(), told.clone());
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        request.push(stream.read_u8().await.unwrap());
                    }
                    let request = String::from_utf8(request).unwrap();
                    told.lock().unwrap().push(request.lines().next().unwrap().to_owned());
                    let status = to.as_ref().map_or_else(|status| *status, |_| 200);
                    let answer = format!("HTTP/1.1 {status} So\r\nVia: test\r\n\r\n");
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    if let Ok(to) = to {
                        let mut upstream = TcpStream::connect(to).await.unwrap();
                        let _ = copy_bidirectional(&mut stream, &mut upstream).await;
                    }
                });
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_session_is_opened_and_kept_through_the_proxy() {
    let host = Host::open(frozen(), QUEUE).await;
    let centre = host.floor.running.base_url().replace("http://", "");
    let tunnel = Tunnel::open(Ok(centre)).await;
    let mut door = host.door();
    assert_eq!(door.proxy, None, "nothing on this machine needs one");
    // A name that only the proxy knows.
    door.socket = "ws://webmessaging.invalid/v1".into();
    door.proxy = Some(Proxy::at(&tunnel.address));
    let platform = host.plain().with_door(door.clone());
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Alive));
    complete(&host, &platform, &id).await;
    assert_eq!(tunnel.asked(), ["CONNECT webmessaging.invalid:80 HTTP/1.1"]);
    door.socket = "wss://webmessaging.invalid/v1".into();
    let error = host.plain().with_door(door).open_guest(&order).await.unwrap_err();
    assert!(error.message.contains("corrupt"), "TLS as without a proxy: {error}");
    assert_eq!(tunnel.asked()[1], "CONNECT webmessaging.invalid:443 HTTP/1.1");
}

#[tokio::test]
async fn a_proxy_that_lets_nobody_through_is_named_with_its_reason() {
    let host = Host::open(frozen(), QUEUE).await;
    for (status, why) in [(407, "a name and a password (407)"), (403, "(403)")] {
        let tunnel = Tunnel::open(Err(status)).await;
        let mut door = host.door();
        door.proxy = Some(Proxy::at(&tunnel.address));
        let error = host.plain().with_door(door).open_guest(&order().0).await.unwrap_err();
        assert_eq!((error.kind, error.operation), (Kind::Unreachable, "open a session"));
        assert!(error.message.contains(&tunnel.address) && error.message.contains(why), "{error}");
    }
}

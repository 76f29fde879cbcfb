//! Servers on loopback, each on a thread of its own: TLS by an authority made up here, a proxy, and whatever a
//! test has them say.
#![expect(clippy::unwrap_used, reason = "a server of a test may fail like one")]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Who says that a server is who it claims to be.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
pub struct Signed {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "An authority of the tests");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A certificate for these names.
    pub fn signs(&self, names: &[&str]) -> Signed {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, "A party of the tests");
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Signed { certificate, key: key.serialize_pem() }
    }

    /// A server of these names; where it `asks`, for those alone who have a certificate, too.
    pub fn server(&self, names: &[&str], asks: bool) -> ServerConfig {
        let signed = self.signs(names);
        let certificate = CertificateDer::from_pem_slice(signed.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(signed.key.as_bytes()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = if asks {
            let mut roots = RootCertStore::empty();
            roots.add(self.der()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        config.with_single_cert(vec![certificate], key).unwrap()
    }
}

/// What a server has seen, one a connection.
pub type Seen = Arc<Mutex<Vec<String>>>;

/// Listens on a thread of its own and does `each` with every connection.
pub fn serve<F>(each: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let (told, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(each(stream));
            }
        });
    });
    address.recv().unwrap()
}

/// One that speaks TLS and hands what is in it to `each`.
pub fn tls<F>(
    config: ServerConfig,
    each: impl Fn(TlsStream<TcpStream>) -> F + Send + Sync + 'static,
) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let (acceptor, each) = (TlsAcceptor::from(Arc::new(config)), Arc::new(each));
    serve(move |stream| {
        let (acceptor, each) = (acceptor.clone(), Arc::clone(&each));
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                each(stream).await;
            }
        }
    })
}

/// TLS before a server at `upstream`, which speaks in the clear.
pub fn before(upstream: String, config: ServerConfig) -> SocketAddr {
    tls(config, move |mut outer| {
        let upstream = upstream.clone();
        async move {
            let mut inner = TcpStream::connect(upstream).await.unwrap();
            let _ = copy_bidirectional(&mut outer, &mut inner).await;
        }
    })
}

/// A proxy that leads everybody to `to`, whomever they ask for. It tells the heads of what it was asked.
pub fn proxy(to: SocketAddr) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let address = serve(move |mut outer| {
        let seen = Arc::clone(&noted);
        async move {
            let asked = head(&mut outer).await;
            seen.lock().unwrap().push(asked);
            let mut inner = TcpStream::connect(to).await.unwrap();
            let _ = outer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let _ = copy_bidirectional(&mut outer, &mut inner).await;
        }
    });
    (address, seen)
}

/// A server in the clear that answers everything with these bytes, followed by so many more.
pub fn answering(answer: String, more: usize) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let address = serve(move |mut stream| {
        let (seen, answer) = (Arc::clone(&noted), answer.clone());
        async move {
            let asked = head(&mut stream).await;
            seen.lock().unwrap().push(asked);
            let _ = stream.write_all(answer.as_bytes()).await;
            let chunk = vec![b'x'; 64 << 10];
            for _ in 0..more / chunk.len() {
                if stream.write_all(&chunk).await.is_err() {
                    return;
                }
            }
        }
    });
    (address, seen)
}

/// One that speaks TLS and takes in everything that is posted to it.
pub fn taking_in(config: ServerConfig) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let address = tls(config, move |mut stream| {
        let seen = Arc::clone(&noted);
        async move {
            let asked = head(&mut stream).await;
            seen.lock().unwrap().push(asked);
            let answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, seen)
}

/// The head of a request.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

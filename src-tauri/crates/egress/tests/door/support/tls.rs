//! An authority, its certificates, and a server that shows them.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Log, Part, Seen};

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server's certificate and key.
pub struct Leaf {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "test authority");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    pub fn leaf(&self, host: &str) -> Leaf {
        self.sign(CertificateParams::new(vec![host.to_owned()]).unwrap())
    }

    pub fn expired_leaf(&self, host: &str) -> Leaf {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Leaf {
        let key = KeyPair::generate().unwrap();
        Leaf { certificate: params.signed_by(&key, &self.0).unwrap().der().clone(), key }
    }
}

impl Leaf {
    pub fn self_signed(host: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        Self { certificate: params.self_signed(&key).unwrap().der().clone(), key }
    }
}

/// A server behind TLS.
pub struct TlsServer {
    pub address: SocketAddr,
    pub log: Log,
}

impl TlsServer {
    /// Speaks HTTP/1.1.
    pub async fn start(leaf: Leaf, reply: Vec<Part>) -> Self {
        let acceptor = acceptor(leaf, b"http/1.1");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, log) = (listener.local_addr().unwrap(), Log::new());
        let server_log = log.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    server_log.serve(stream, &reply).await;
                }
            }
        });
        Self { address, log }
    }

    /// Speaks HTTP/2, as the providers do; `events` go out in frames of seven bytes, and then the stream ends or is reset.
    pub async fn start_h2(leaf: Leaf, events: &'static str, reset: bool) -> Self {
        let acceptor = acceptor(leaf, b"h2");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, log) = (listener.local_addr().unwrap(), Log::new());
        let server_log = log.clone();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut connection = h2::server::handshake(acceptor.accept(stream).await.unwrap()).await.unwrap();
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let log = server_log.clone();
                tokio::spawn(async move {
                    let (head, mut incoming) = request.into_parts();
                    let mut body = Vec::new();
                    while let Some(Ok(chunk)) = incoming.data().await {
                        body.extend_from_slice(&chunk);
                        incoming.flow_control().release_capacity(chunk.len()).unwrap();
                    }
                    let headers = head.headers.iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned())).collect();
                    log.add(Seen { line: format!("{} {}", head.method, head.uri), headers, body });
                    let response = http::Response::builder().header("content-type", "text/event-stream").body(()).unwrap();
                    let mut out = respond.send_response(response, false).unwrap();
                    for frame in events.as_bytes().chunks(7) {
                        out.send_data(frame.into(), false).unwrap();
                        tokio::task::yield_now().await;
                    }
                    if reset {
                        // After what was written went out.
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        out.send_reset(h2::Reason::INTERNAL_ERROR);
                    } else {
                        out.send_data(Default::default(), true).unwrap();
                    }
                });
            }
        });
        Self { address, log }
    }
}

fn acceptor(leaf: Leaf, protocol: &[u8]) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate], key)
        .unwrap();
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

//! A server that plays back what it is given, and the way of one request to it.

pub mod sealed;
pub mod streams;
pub mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use egress::{Answer, CancellationToken, Client, Failure, Options, Outbound, Provider, Secret, SendError, Wire};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use url::Url;

/// One step of a server's reply.
#[derive(Clone)]
pub enum Part {
    /// Sends these bytes.
    Bytes(Vec<u8>),
    /// Waits.
    Pause(Duration),
    /// Waits until the other side hangs up.
    Hold,
}

/// A request as a server read it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// What happened at a server.
#[derive(Clone)]
pub struct Log {
    seen: Arc<Mutex<Vec<Seen>>>,
    hung_up: Arc<Semaphore>,
}

impl Log {
    pub fn new() -> Self {
        Self { seen: Arc::default(), hung_up: Arc::new(Semaphore::new(0)) }
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn add(&self, seen: Seen) {
        self.seen.lock().unwrap().push(seen);
    }

    /// Waits until the client hung up on a reply that holds.
    pub async fn hung_up(&self) {
        self.hung_up.acquire().await.unwrap().forget();
    }

    /// Reads one request and plays the reply.
    pub async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, reply: &[Part]) {
        let Some(seen) = read_request(&mut stream).await else { return };
        self.add(seen);
        self.play(stream, reply).await;
    }

    /// Plays a reply.
    pub async fn play(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, reply: &[Part]) {
        for part in reply {
            match part {
                Part::Bytes(bytes) => {
                    if stream.write_all(bytes).await.is_err() {
                        break;
                    }
                }
                Part::Pause(time) => tokio::time::sleep(*time).await,
                Part::Hold => {
                    while matches!(stream.read(&mut [0; 64]).await, Ok(1..)) {}
                    self.hung_up.add_permits(1);
                }
            }
        }
        // An orderly end, so that what was written is read before the connection goes.
        let _ = stream.shutdown().await;
        while matches!(stream.read(&mut [0; 64]).await, Ok(1..)) {}
    }
}

/// Reads a request; none where the connection closed before one was whole.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        match stream.read(&mut buffer).await {
            Ok(n @ 1..) => bytes.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: BTreeMap<String, String> =
        lines.map(|l| l.split_once(": ").unwrap()).map(|(k, v)| (k.to_lowercase(), v.to_owned())).collect();
    let length: usize = headers.get("content-length").map_or(0, |l| l.parse().unwrap());
    let mut body = bytes[head_end + 4..].to_vec();
    while body.len() < length {
        match stream.read(&mut buffer).await {
            Ok(n @ 1..) => body.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    }
    Some(Seen { line, headers, body })
}

/// A server on this computer.
pub struct Server {
    pub address: SocketAddr,
    pub log: Log,
}

impl Server {
    /// Plays the first reply to the first connection, and so on; the last one to all that follow.
    pub async fn start(replies: Vec<Vec<Part>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, log) = (listener.local_addr().unwrap(), Log::new());
        let server_log = log.clone();
        tokio::spawn(async move {
            let mut next = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let (log, reply) = (server_log.clone(), replies[next.min(replies.len() - 1)].clone());
                next += 1;
                tokio::spawn(async move { log.serve(stream, &reply).await });
            }
        });
        Self { address, log }
    }

    pub fn provider(&self, wire: Wire) -> Provider {
        provider(wire, &format!("http://{}", self.address))
    }
}

pub fn provider(wire: Wire, base_url: &str) -> Provider {
    Provider {
        id: "p1".into(),
        name: "test".into(),
        wire,
        base_url: Url::parse(base_url).unwrap(),
        model: "some-model.2".into(),
        key: Some(Secret::new("sk-test-key")),
    }
}

/// A port that nobody listens at, kept so that nobody else gets it.
pub fn closed_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}

/// A reply with a status, headers and a body, whole.
pub fn reply(status: u16, headers: &str, body: &str) -> Vec<Part> {
    let text = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
    vec![Part::Bytes(text.into_bytes())]
}

pub const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n";

/// An answer stream in HTTP chunks of `size` bytes.
pub fn chunked(stream: &str, size: usize) -> Vec<u8> {
    let mut bytes = format!("{STREAM_HEAD}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for chunk in stream.as_bytes().chunks(size) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// An answer stream that ends where the connection ends: nothing but its own last event says that it is whole.
pub fn until_close(stream: &[u8]) -> Vec<u8> {
    [format!("{STREAM_HEAD}connection: close\r\n\r\n").as_bytes(), stream].concat()
}

pub fn stream(stream: &str) -> Vec<Part> {
    vec![Part::Bytes(chunked(stream, 7))]
}

/// Long where a test does not want it to run out, no pause between tries.
pub fn options() -> Options {
    Options { backoff: Duration::from_millis(1), ..Options::default() }
}

/// What a send brought: its result, what was streamed meanwhile, and the bytes that were to leave.
pub struct Sent {
    pub result: Result<Answer, Failure>,
    pub streamed: String,
    pub bytes: Vec<u8>,
}

impl Sent {
    pub fn error(&self) -> SendError {
        self.result.as_ref().unwrap_err().error.clone()
    }
}

pub fn prepare(client: &Client, provider: &Provider) -> Result<Outbound, SendError> {
    client.prepare(provider, sealed::prompt())
}

pub async fn ask_with(options: &Options, provider: &Provider) -> Sent {
    let client = Client::new(options);
    let outbound = prepare(&client, provider).unwrap();
    let bytes = outbound.bytes().to_vec();
    let receipt = sealed::receipt(&outbound).await;
    let mut streamed = String::new();
    let result = client.send(outbound, receipt, &mut |text| streamed.push_str(text), &CancellationToken::new()).await;
    Sent { result, streamed, bytes }
}

pub async fn ask(provider: &Provider) -> Sent {
    ask_with(&options(), provider).await
}

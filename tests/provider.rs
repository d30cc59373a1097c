//! A provider on loopback that speaks the Chat Completions stream and keeps every request that it got.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A running provider.
pub struct Provider {
    /// Where it listens.
    pub address: SocketAddr,
    /// Every request, head and body.
    pub requests: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    /// Starts one that answers every question with `words`, a piece at a time.
    pub async fn start(words: &'static [&'static str]) -> std::io::Result<Provider> {
        Self::answering(move |_| words.iter().map(|&word| word.to_owned()).collect()).await
    }

    /// Starts one that answers with what `words` makes of the question as it came, a piece at a time.
    pub async fn answering(words: impl Fn(&str) -> Vec<String> + Send + Sync + 'static) -> std::io::Result<Provider> {
        let words = Arc::new(words);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, kept.clone(), words.clone()));
            }
        });
        Ok(Provider { address, requests })
    }
}

type Words = dyn Fn(&str) -> Vec<String> + Send + Sync;

async fn answer(mut stream: TcpStream, kept: Arc<Mutex<Vec<String>>>, words: Arc<Words>) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let read = stream.read(&mut buffer).await?;
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some(head) = text.find("\r\n\r\n") else { if read == 0 { return Ok(()) } else { continue } };
        let length = text[..head]
            .lines()
            .find_map(|l| l.to_lowercase().strip_prefix("content-length:").map(|v| v.trim().parse::<usize>().unwrap_or(0)));
        if read == 0 || request.len() >= head + 4 + length.unwrap_or(0) {
            break;
        }
    }
    kept.lock().expect("no test panics while it holds the requests").push(String::from_utf8_lossy(&request).into_owned());
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").await?;
    for piece in words(&asked(&request)) {
        let chunk = serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": piece }, "finish_reason": null }] });
        stream.write_all(format!("data: {chunk}\n\n").as_bytes()).await?;
        stream.flush().await?;
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
    stream.write_all(b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n").await?;
    stream.shutdown().await
}

/// The last message of a request.
fn asked(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let body: serde_json::Value = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok()).unwrap_or_default();
    body["messages"].as_array().and_then(|all| all.last()?["content"].as_str()).unwrap_or_default().to_owned()
}

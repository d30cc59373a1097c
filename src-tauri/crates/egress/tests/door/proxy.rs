//! The proxy is the configured one or none at all.

use std::sync::Arc;

use egress::{Options, SendError, Wire};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::support::tls::{Authority, TlsServer};
use crate::support::{Log, Part, Server, ask, ask_with, closed_port, options, provider, read_request, reply, stream, streams};

const WIRE: Wire = Wire::OpenAiChat;
const CHILD: &str = "CORDON_TEST_TARGET";

/// Runs itself again with every proxy variable set: the child must reach its target without the proxy.
#[tokio::test]
async fn n25_proxies_of_the_environment_are_ignored() {
    if let Ok(target) = std::env::var(CHILD) {
        assert!(ask(&provider(WIRE, &target)).await.result.is_ok());
        // A host outside: with the proxy it would be asked for, without it the name does not resolve.
        assert_eq!(ask(&provider(WIRE, "https://no-such-host.invalid")).await.error(), SendError::Unreachable);
        return;
    }
    let target = Server::start(vec![stream(streams::whole(WIRE).0)]).await;
    let proxy = Server::start(vec![reply(502, "", "")]).await;
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxy::n25_proxies_of_the_environment_are_ignored"]).env(CHILD, format!("http://{}", target.address));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, format!("http://{}", proxy.address));
    }
    let output = child.env_remove("NO_PROXY").env_remove("no_proxy").output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((target.log.requests().len(), proxy.log.requests().len()), (1, 0));
}

/// A proxy that connects everything to one server, and keeps what it was asked for.
async fn proxy_to(server: std::net::SocketAddr) -> (std::net::SocketAddr, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, log) = (listener.local_addr().unwrap(), Log::new());
    let proxy_log = log.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let log = proxy_log.clone();
            tokio::spawn(async move {
                let Some(seen) = read_request(&mut stream).await else { return };
                log.add(seen);
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let mut onward = TcpStream::connect(server).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut onward).await;
            });
        }
    });
    (address, log)
}

#[tokio::test]
async fn n26_the_configured_proxy_is_used_and_sees_nothing_but_the_host() {
    let authority = Arc::new(Authority::new());
    let server = TlsServer::start(authority.leaf("llm.example.test"), stream(streams::whole(WIRE).0)).await;
    let (address, log) = proxy_to(server.address).await;
    let proxy = Url::parse(&format!("http://user:word@{address}")).unwrap();
    let options = Options { proxy: Some(proxy), authorities: vec![authority.pem()], ..options() };
    let sent = ask_with(&options, &provider(WIRE, "https://llm.example.test")).await;
    assert_eq!(sent.result.unwrap().text, streams::TEXT);
    let [asked] = log.requests().try_into().unwrap();
    assert_eq!(asked.line, "CONNECT llm.example.test:443 HTTP/1.1");
    assert_eq!(asked.headers["proxy-authorization"], "Basic dXNlcjp3b3Jk", "N-27: the proxy's own sign-in");
    assert!(!format!("{asked:?}").contains("sk-test-key"));
    let [seen] = server.log.requests().try_into().unwrap();
    assert_eq!(seen.body, sent.bytes);
    assert!(!seen.headers.contains_key("proxy-authorization"), "the proxy's sign-in stays with the proxy");
}

#[tokio::test]
async fn n28_without_its_proxy_nothing_leaves() {
    let authority = Authority::new();
    let server = TlsServer::start(authority.leaf("llm.example.test"), stream(streams::whole(WIRE).0)).await;
    let nobody = closed_port();
    let closed = Url::parse(&format!("http://{}", nobody.local_addr().unwrap())).unwrap();
    let options = Options { proxy: Some(closed), authorities: vec![authority.pem()], retries: 0, ..options() };
    // The name does not resolve: going around the proxy would end in `Unreachable`.
    let sent = ask_with(&options, &provider(WIRE, "https://llm.example.test")).await;
    assert_eq!(sent.error(), SendError::Refused);
    assert!(server.log.requests().is_empty());
}

#[tokio::test]
async fn n28_this_computer_is_never_reached_through_the_proxy() {
    let target = Server::start(vec![stream(streams::whole(WIRE).0)]).await;
    let proxy = Server::start(vec![vec![Part::Hold]]).await;
    let options = Options { proxy: Some(Url::parse(&format!("http://{}", proxy.address)).unwrap()), ..options() };
    assert!(ask_with(&options, &target.provider(WIRE)).await.result.is_ok());
    assert!(proxy.log.requests().is_empty());
}

#[test]
fn n26_an_unusable_proxy_shuts_the_door() {
    for proxy in ["socks5://127.0.0.1:1080", "ftp://proxy.example", "data:x"] {
        let options = Options { proxy: Some(Url::parse(proxy).unwrap()), ..options() };
        let client = egress::Client::new(&options);
        assert_eq!(client.problem(), Some(&SendError::Setup), "{proxy}");
        let error = crate::support::prepare(&client, &provider(WIRE, "https://api.openai.com/v1")).unwrap_err();
        assert_eq!(error, SendError::Setup);
    }
}

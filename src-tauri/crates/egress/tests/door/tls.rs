//! Certificates that are not to be trusted, and the authority that an administrator added.

use egress::{Options, SendError, Wire};

use crate::support::tls::{Authority, Leaf, TlsServer};
use crate::support::{Sent, ask_with, options, provider, stream, streams};

const WIRE: Wire = Wire::Anthropic;

/// Sends to a server with this certificate, and says whether the server read anything.
async fn send(leaf: Leaf, trusted: &[&Authority]) -> (Sent, bool) {
    let server = TlsServer::start(leaf, stream(streams::whole(WIRE).0)).await;
    let options = Options { authorities: trusted.iter().map(|a| a.pem()).collect(), ..options() };
    let sent = ask_with(&options, &provider(WIRE, &format!("https://localhost:{}", server.address.port()))).await;
    (sent, !server.log.requests().is_empty())
}

#[tokio::test]
async fn n20_an_added_authority_is_trusted() {
    let authority = Authority::new();
    let (sent, reached) = send(authority.leaf("localhost"), &[&authority]).await;
    assert_eq!(sent.result.unwrap().text, streams::TEXT);
    assert!(reached);
}

#[tokio::test]
async fn http2_whole_and_reset() {
    let (events, end) = streams::whole(WIRE);
    for (events, reset) in [(events, false), (&events[..end - 40], true)] {
        let authority = Authority::new();
        let server = TlsServer::start_h2(authority.leaf("localhost"), events, reset).await;
        let options = Options { authorities: vec![authority.pem()], ..options() };
        let sent = ask_with(&options, &provider(WIRE, &format!("https://localhost:{}", server.address.port()))).await;
        let [seen] = server.log.requests().try_into().unwrap();
        assert_eq!((seen.line, seen.body), (format!("POST https://localhost:{}/v1/messages", server.address.port()), sent.bytes));
        assert_eq!(sent.streamed, streams::TEXT);
        match sent.result {
            Ok(answer) => assert!(!reset && answer.text == streams::TEXT),
            Err(failure) => assert!(reset && failure.error == SendError::CutStream && failure.partial == streams::TEXT),
        }
    }
}

#[tokio::test]
async fn n17_expired() {
    let authority = Authority::new();
    let (sent, reached) = send(authority.expired_leaf("localhost"), &[&authority]).await;
    assert_eq!((sent.error(), reached), (SendError::Tls, false));
}

#[tokio::test]
async fn n18_wrong_host() {
    let authority = Authority::new();
    let (sent, reached) = send(authority.leaf("other.example"), &[&authority]).await;
    assert_eq!((sent.error(), reached), (SendError::Tls, false));
}

#[tokio::test]
async fn n19_self_signed_or_of_another_authority() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (sent, reached) = send(Leaf::self_signed("localhost"), &[&other]).await;
    assert_eq!((sent.error(), reached), (SendError::Tls, false));
    let (sent, reached) = send(authority.leaf("localhost"), &[&other]).await;
    assert_eq!((sent.error(), reached), (SendError::Tls, false));
    let (sent, reached) = send(authority.leaf("localhost"), &[]).await;
    assert_eq!((sent.error(), reached), (SendError::Tls, false));
}

#[test]
fn n20_a_broken_authority_shuts_the_door() {
    for pem in ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no certificate at all"] {
        let options = Options { authorities: vec![pem.as_bytes().to_vec()], ..options() };
        assert_eq!(egress::Client::new(&options).problem(), Some(&SendError::Setup), "{pem}");
    }
}

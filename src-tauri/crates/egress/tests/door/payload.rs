//! What leaves, byte by byte, and what keeps it from leaving.

use std::collections::BTreeSet;
use std::time::Duration;

use egress::{CancellationToken, Client, SendError, Wire};
use sha2::{Digest, Sha256};
use url::Url;

use crate::support::{Part, Server, ask, chunked, options, prepare, provider, sealed, stream, streams};

#[tokio::test]
async fn n50_the_headers_are_these_and_no_others() {
    for wire in Wire::ALL {
        let server = Server::start(vec![stream(streams::whole(wire).0)]).await;
        let sent = ask(&server.provider(wire)).await;
        let [seen] = server.log.requests().try_into().unwrap();
        let mut expected = BTreeSet::from(["accept", "content-length", "content-type", "host", "idempotency-key", "user-agent"]);
        let (auth, value) = match wire {
            Wire::Anthropic => ("x-api-key", "sk-test-key"),
            Wire::Gemini => ("x-goog-api-key", "sk-test-key"),
            _ => ("authorization", "Bearer sk-test-key"),
        };
        expected.insert(auth);
        if wire == Wire::Anthropic {
            expected.insert("anthropic-version");
            assert_eq!(seen.headers["anthropic-version"], "2023-06-01");
        }
        assert_eq!(seen.headers.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{wire:?}");
        assert_eq!(seen.headers[auth], value);
        assert_eq!(seen.headers["user-agent"], format!("cordon/{}", env!("CARGO_PKG_VERSION")), "N-51");
        assert_eq!(seen.headers["accept"], "text/event-stream");
        assert_eq!(seen.headers["content-type"], "application/json");
        assert_eq!(seen.headers["host"], server.address.to_string());
        let key = &seen.headers["idempotency-key"];
        assert!(key.len() == 32 && key.bytes().all(|b| (b'a'..=b'p').contains(&b)), "{key}");
        assert!(!seen.line.contains("sk-test-key"), "the key never stands in the address");
        assert_eq!(seen.body, sent.bytes, "N-G4: what was announced is what left");
    }
}

#[tokio::test]
async fn n04_no_connection_stays_open_after_an_answer() {
    let whole = chunked(streams::whole(Wire::Gemini).0, 40);
    let server = Server::start(vec![vec![Part::Bytes(whole), Part::Hold]]).await;
    let client = Client::new(&options());
    let outbound = prepare(&client, &server.provider(Wire::Gemini)).unwrap();
    let receipt = sealed::receipt(&outbound).await;
    client.send(outbound, receipt, &mut |_| {}, &CancellationToken::new()).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), server.log.hung_up()).await.unwrap();
    drop(client);
}

#[test]
fn ng4_the_digest_is_of_the_bytes_that_are_shown() {
    let client = Client::new(&options());
    let outbound = prepare(&client, &provider(Wire::Anthropic, "https://api.anthropic.com/v1")).unwrap();
    assert_eq!(outbound.text().as_bytes(), outbound.bytes());
    assert_eq!(outbound.digest(), <[u8; 32]>::from(Sha256::digest(outbound.bytes())));
    assert!(outbound.text().contains("[PERSON_1]") && !outbound.text().contains("Lopez"));
    assert_eq!(format!("{outbound:?}"), format!("Outbound {{ bytes: {}, .. }}", outbound.bytes().len()));
}

#[test]
fn n41_two_requests_have_two_keys() {
    let client = Client::new(&options());
    let key = || {
        let outbound = prepare(&client, &provider(Wire::OpenAiChat, "https://api.openai.com")).unwrap();
        outbound.idempotency_key().to_owned()
    };
    assert_ne!(key(), key());
}

#[tokio::test]
async fn n49_an_original_in_the_body_or_the_address_stops_everything() {
    let server = Server::start(vec![stream(streams::whole(Wire::OpenAiChat).0)]).await;
    let client = Client::new(&options());
    for wire in Wire::ALL {
        let mut in_model = server.provider(wire);
        in_model.model = sealed::ORIGINAL.into();
        let mut in_address = server.provider(wire);
        in_address.base_url = Url::parse(&format!("http://{}/{}/v1", server.address, sealed::ORIGINAL)).unwrap();
        for leaking in [in_model, in_address] {
            let error = prepare(&client, &leaking).unwrap_err();
            assert!(matches!(error, SendError::Leak(_)), "{wire:?} {error:?}");
            assert!(!format!("{error} {error:?}").contains(sealed::ORIGINAL));
        }
    }
    assert!(server.log.requests().is_empty());
}

#[test]
fn n09_n16_addresses_that_are_not_plain_are_refused() {
    let client = Client::new(&options());
    for base in [
        "http://api.openai.com/v1",
        "http://10.0.0.4:11434/v1",
        "https://ok@evil.example/v1",
        "https://api.openai.com/v1?key=x",
        "https://xn--pi-7ka.example/v1",
    ] {
        for wire in Wire::ALL {
            let error = prepare(&client, &provider(wire, base)).unwrap_err();
            assert!(matches!(error, SendError::BadAddress(_)), "{base} {wire:?}");
        }
    }
}

#[test]
fn n09_a_model_name_cannot_lead_elsewhere() {
    let client = Client::new(&options());
    let with = |wire, model: &str| {
        let mut provider = provider(wire, "https://llm.example");
        provider.model = model.into();
        prepare(&client, &provider).map(|outbound| outbound.url().to_string())
    };
    for model in ["", "../../v1/files", "..", "a/b", "a?b", "a#b", "a%2fb", "a b", "a\nb", "@evil.example"] {
        assert_eq!(with(Wire::Gemini, model), Err(SendError::BadModel), "{model}");
    }
    assert_eq!(with(Wire::Gemini, "models/g-2"), Ok("https://llm.example/v1beta/models/g-2:streamGenerateContent?alt=sse".into()));
    assert_eq!(with(Wire::Compatible, "org/model:8b"), Ok("https://llm.example/v1/chat/completions".into()));
    assert_eq!(with(Wire::Compatible, "a\r\nb"), Err(SendError::BadModel));
}

#[test]
fn a_key_is_wanted_and_has_to_be_one() {
    let client = Client::new(&options());
    let with = |wire: Wire, key: Option<&str>| {
        let mut provider = provider(wire, wire.default_base_url());
        provider.key = key.map(egress::Secret::new);
        prepare(&client, &provider).map(|_| ())
    };
    for wire in Wire::ALL.into_iter().filter(|w| w.needs_key()) {
        assert_eq!(with(wire, None), Err(SendError::NoKey));
        assert_eq!(with(wire, Some(" \n")), Err(SendError::NoKey));
        assert_eq!(with(wire, Some("sk\r\nx-evil: 1")), Err(SendError::WrongKey));
        assert_eq!(with(wire, Some("sk-1\n")), Ok(()));
    }
    assert_eq!(with(Wire::Compatible, None), Ok(()));
}

#[tokio::test]
async fn n49_a_receipt_for_something_else_sends_nothing() {
    let server = Server::start(vec![stream(streams::whole(Wire::OpenAiChat).0)]).await;
    let (client, provider) = (Client::new(&options()), server.provider(Wire::OpenAiChat));
    let log = sealed::AuditLog::open().await;
    let (first, second) = (prepare(&client, &provider).unwrap(), prepare(&client, &provider_with_another_model(&provider)).unwrap());
    let third = prepare(&client, &provider).unwrap();
    for (outbound, receipt) in [(third, log.other_receipt().await), (first, log.receipt(&second).await)] {
        let failure = client.send(outbound, receipt, &mut |_| {}, &CancellationToken::new()).await.unwrap_err();
        assert_eq!(failure.error, SendError::WrongReceipt);
    }
    assert!(server.log.requests().is_empty());
}

fn provider_with_another_model(provider: &egress::Provider) -> egress::Provider {
    egress::Provider { model: "another-model".into(), ..provider.clone() }
}

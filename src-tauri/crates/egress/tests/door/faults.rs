//! Servers that fail, stall, wander off or never end.

use std::time::Duration;

use egress::{CancellationToken, Client, Options, Phase, SendError, Wire};

use crate::support::{Part, Server, ask, ask_with, closed_port, options, prepare, provider, reply, sealed, stream, streams};

const WIRE: Wire = Wire::OpenAiChat;

fn whole() -> Vec<Part> {
    stream(streams::whole(WIRE).0)
}

/// The code of a send to a server with these replies, and how many requests it saw.
async fn outcome(replies: Vec<Vec<Part>>) -> (Result<String, SendError>, usize) {
    let server = Server::start(replies).await;
    let sent = ask(&server.provider(WIRE)).await;
    let keys: Vec<_> = server.log.requests().iter().map(|r| r.headers["idempotency-key"].clone()).collect();
    assert!(keys.windows(2).all(|k| k[0] == k[1]), "N-41: all tries carry the same key");
    (sent.result.map(|a| a.text).map_err(|f| f.error), keys.len())
}

fn text() -> Result<String, SendError> {
    Ok(streams::TEXT.to_owned())
}

#[tokio::test]
async fn n29_refused() {
    let nobody = closed_port();
    let sent = ask(&provider(WIRE, &format!("http://{}", nobody.local_addr().unwrap()))).await;
    assert_eq!(sent.error(), SendError::Refused);
}

#[tokio::test]
async fn n30_a_name_that_does_not_resolve() {
    let sent = ask(&provider(WIRE, "https://no-such-host.invalid")).await;
    assert_eq!(sent.error(), SendError::Unreachable);
}

#[tokio::test]
async fn n31_rate_limit_with_and_without_retry_after() {
    assert_eq!(outcome(vec![reply(429, "retry-after: 0\r\n", "{}"), whole()]).await, (text(), 2));
    assert_eq!(outcome(vec![reply(429, "", "{}"), reply(429, "", ""), whole()]).await, (text(), 3));
    assert_eq!(outcome(vec![reply(429, "", "{}")]).await, (Err(SendError::RateLimited { retry_after: None }), 3));
}

#[tokio::test]
async fn n31_a_long_retry_after_is_told_instead_of_waited_for() {
    let told = SendError::RateLimited { retry_after: Some(Duration::from_secs(90)) };
    assert!(told.to_string().contains("wait 90 seconds"));
    assert_eq!(outcome(vec![reply(429, "retry-after: 90\r\n", "{}"), whole()]).await, (Err(told), 1));
}

#[tokio::test]
async fn n32_faults_of_the_server() {
    assert_eq!(outcome(vec![reply(500, "", "oops"), reply(503, "", ""), whole()]).await, (text(), 3));
    assert_eq!(outcome(vec![reply(500, "", "oops")]).await, (Err(SendError::Overloaded), 3));
    assert_eq!(outcome(vec![reply(408, "", ""), whole()]).await, (text(), 2));
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error"}}"#;
    assert_eq!(outcome(vec![reply(529, "", overloaded), whole()]).await, (text(), 2));
}

#[tokio::test]
async fn n32_what_trying_again_cannot_help_is_not_tried_again() {
    for (status, body, code) in [
        (401, r#"{"error":{"code":"invalid_api_key","message":"sk-test-key"}}"#, "wrong_key"),
        (403, "<html>", "wrong_key"),
        (404, r#"{"error":{"code":"model_not_found"}}"#, "not_found"),
        (413, "", "too_long"),
        (400, r#"{"error":{"code":"context_length_exceeded"}}"#, "too_long"),
        (422, "[{\"error\":{}}]", "bad_request"),
        (429, r#"{"error":{"code":"insufficient_quota"}}"#, "no_credit"),
    ] {
        let (result, tries) = outcome(vec![reply(status, "", body), whole()]).await;
        let error = result.unwrap_err();
        assert_eq!((error.code(), tries), (code, 1), "{status}");
        assert!(!format!("{error} {error:?}").contains("sk-test"), "{status}");
    }
}

#[tokio::test]
async fn n14_redirects_are_not_followed() {
    let other = Server::start(vec![whole()]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://{}/v1/chat/completions\r\n", other.address);
        assert_eq!(outcome(vec![reply(status, &location, "")]).await, (Err(SendError::Redirected), 1), "{status}");
    }
    assert!(other.log.requests().is_empty());
}

#[tokio::test]
async fn n37_an_answer_of_another_kind_is_malformed() {
    let page = reply(200, "content-type: text/html\r\n", "<html>Welcome to the guest network</html>");
    assert_eq!(outcome(vec![page]).await, (Err(SendError::Malformed), 1));
}

#[tokio::test]
async fn n36_silence_before_the_first_byte() {
    let short = Options { first_byte_timeout: Duration::from_millis(50), ..options() };
    for held in [vec![], vec![Part::Bytes(crate::support::until_close(b""))]] {
        let server = Server::start(vec![[held, vec![Part::Hold]].concat()]).await;
        let sent = ask_with(&short, &server.provider(WIRE)).await;
        assert_eq!(sent.error(), SendError::Timeout { phase: Phase::FirstByte });
        server.log.hung_up().await;
        assert_eq!(server.log.requests().len(), 1);
    }
}

#[tokio::test]
async fn n36_silence_in_mid_stream_and_no_second_request() {
    let begun = crate::support::until_close(b"data: {\"choices\":[{\"delta\":{\"content\":\"begun\"}}]}\n\n");
    let server = Server::start(vec![vec![Part::Bytes(begun), Part::Hold], whole()]).await;
    let short = Options { idle_timeout: Duration::from_millis(50), ..options() };
    let sent = ask_with(&short, &server.provider(WIRE)).await;
    assert_eq!(sent.error(), SendError::Timeout { phase: Phase::Idle });
    assert_eq!(sent.result.unwrap_err().partial, "begun");
    server.log.hung_up().await;
    assert_eq!(server.log.requests().len(), 1, "N-42: nothing is repeated after the first byte");
}

#[tokio::test]
async fn n39_a_slow_drip_ends_with_the_total_time() {
    let mut drip = vec![Part::Bytes(crate::support::until_close(b""))];
    for _ in 0..10_000 {
        drip.extend([Part::Bytes(b":\n".to_vec()), Part::Pause(Duration::from_millis(5))]);
    }
    let server = Server::start(vec![drip]).await;
    let short = Options { total: Duration::from_millis(300), ..options() };
    let sent = ask_with(&short, &server.provider(WIRE)).await;
    assert_eq!(sent.error(), SendError::Timeout { phase: Phase::Total });
}

#[tokio::test]
async fn n38_an_endless_answer_is_stopped() {
    let piece = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "x".repeat(64 << 10));
    let pieces = vec![Part::Bytes(crate::support::until_close(piece.repeat(160).as_bytes()))];
    let line = vec![Part::Bytes(crate::support::until_close(&vec![b'x'; 10 << 20]))];
    for (reply, kept) in [(pieces, 4 << 20), (line, 0)] {
        let server = Server::start(vec![reply]).await;
        let failure = ask(&server.provider(WIRE)).await.result.unwrap_err();
        assert_eq!((failure.error, failure.partial.len()), (SendError::TooLarge, kept));
        assert_eq!(server.log.requests().len(), 1);
    }
    // Nothing but comments.
    let server = Server::start(vec![vec![Part::Bytes(crate::support::until_close(&b":\n".repeat(50_000)))]]).await;
    let small = Options { max_answer_bytes: 1000, ..options() };
    assert_eq!(ask_with(&small, &server.provider(WIRE)).await.error(), SendError::TooLarge);
}

#[tokio::test]
async fn n39_stopped_by_the_user_in_mid_stream() {
    let begun = crate::support::until_close(b"data: {\"choices\":[{\"delta\":{\"content\":\"begun\"}}]}\n\n");
    let server = Server::start(vec![vec![Part::Bytes(begun), Part::Hold]]).await;
    let client = Client::new(&options());
    let outbound = prepare(&client, &server.provider(WIRE)).unwrap();
    let receipt = sealed::receipt(&outbound).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let failure = client.send(outbound, receipt, &mut |_| stop.cancel(), &cancel).await.unwrap_err();
    assert_eq!((failure.error, failure.partial.as_str()), (SendError::Cancelled, "begun"));
    server.log.hung_up().await;
}

#[tokio::test]
async fn n39_stopped_by_the_user_while_waiting() {
    // Before anything: nothing is sent. While the server thinks, and in the pause between two tries: at once.
    for (replies, after) in [(vec![whole()], 0), (vec![vec![Part::Hold]], 1), (vec![reply(429, "retry-after: 30\r\n", "")], 1)] {
        let server = Server::start(replies).await;
        let client = Client::new(&options());
        let outbound = prepare(&client, &server.provider(WIRE)).unwrap();
        let receipt = sealed::receipt(&outbound).await;
        let cancel = CancellationToken::new();
        let (log, stop) = (server.log.clone(), cancel.clone());
        if after == 0 {
            cancel.cancel();
        } else {
            tokio::spawn(async move {
                while log.requests().len() < after {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                stop.cancel();
            });
        }
        let failure = client.send(outbound, receipt, &mut |_| {}, &cancel).await.unwrap_err();
        assert_eq!(failure.error, SendError::Cancelled);
        assert_eq!(server.log.requests().len(), after);
    }
}

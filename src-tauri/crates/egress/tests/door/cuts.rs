//! N-G7: a stream cut at every byte ends in a legal state.

use egress::{CancellationToken, Client, Wire};

use crate::support::{Part, Server, chunked, options, prepare, sealed, streams, until_close};

/// Sends once for each cut, and checks that the answer is whole exactly where `is_whole` says so.
async fn at_every_byte(wire: Wire, replies: Vec<Vec<u8>>, is_whole: impl Fn(usize) -> Option<bool>) {
    let count = replies.len();
    let server = Server::start(replies.into_iter().map(|bytes| vec![Part::Bytes(bytes)]).collect()).await;
    let (client, provider) = (Client::new(&options()), server.provider(wire));
    let log = sealed::AuditLog::open().await;
    let mut whole = 0;
    for cut in 0..count {
        let outbound = prepare(&client, &provider).unwrap();
        let receipt = log.receipt(&outbound).await;
        let mut streamed = String::new();
        let result = client.send(outbound, receipt, &mut |text| streamed.push_str(text), &CancellationToken::new()).await;
        assert_eq!(server.log.requests().len(), cut + 1, "{wire:?} cut at {cut}: a cut answer is not asked for again");
        match &result {
            Ok(answer) => {
                whole += 1;
                assert_eq!((answer.text.as_str(), streamed.as_str()), (streams::TEXT, streams::TEXT), "{wire:?} cut at {cut}");
            }
            Err(failure) => {
                assert_eq!(failure.error.code(), "cut_stream", "{wire:?} cut at {cut}");
                assert_eq!(failure.partial, streamed, "{wire:?} cut at {cut}");
                assert!(streams::TEXT.starts_with(&streamed), "{wire:?} cut at {cut}");
            }
        }
        assert!(is_whole(cut).is_none_or(|expected| result.is_ok() == expected), "{wire:?} cut at {cut}");
    }
    assert!((1..count).contains(&whole), "{wire:?}");
}

/// The stream ends cleanly wherever it is cut: only its own last event tells.
async fn clean_cuts(wire: Wire) {
    let (stream, end) = streams::whole(wire);
    let replies = (0..=stream.len()).map(|cut| until_close(&stream.as_bytes()[..cut])).collect();
    at_every_byte(wire, replies, |cut| Some(cut >= end)).await;
}

/// The connection breaks anywhere: in the status line, the headers, a chunk's length, a character.
async fn broken_chunks(wire: Wire) {
    let bytes = chunked(streams::whole(wire).0, 40);
    let replies = (0..=bytes.len()).map(|cut| bytes[..cut].to_vec()).collect();
    at_every_byte(wire, replies, |_| None).await;
}

#[tokio::test]
async fn n33_openai_responses() {
    clean_cuts(Wire::OpenAiResponses).await;
}

#[tokio::test]
async fn n33_openai_chat() {
    clean_cuts(Wire::OpenAiChat).await;
}

#[tokio::test]
async fn n33_compatible() {
    clean_cuts(Wire::Compatible).await;
}

#[tokio::test]
async fn n33_anthropic() {
    clean_cuts(Wire::Anthropic).await;
}

#[tokio::test]
async fn n33_gemini() {
    clean_cuts(Wire::Gemini).await;
}

#[tokio::test]
async fn n34_broken_connection() {
    broken_chunks(Wire::Compatible).await;
}

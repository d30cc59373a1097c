//! Each wire format from request to answer.

use egress::{Stop, Wire};
use serde_json::{Value, json};

use crate::support::{Server, ask, sealed, stream, streams};

async fn exchange(wire: Wire) -> (String, Value) {
    let server = Server::start(vec![stream(streams::whole(wire).0)]).await;
    let sent = ask(&server.provider(wire)).await;
    let answer = sent.result.unwrap();
    assert_eq!(answer.text, streams::TEXT);
    assert_eq!(sent.streamed, streams::TEXT);
    assert_eq!((answer.input_tokens, answer.output_tokens, answer.stop), (Some(11), Some(7), Stop::Complete));
    let [seen] = server.log.requests().try_into().unwrap();
    (seen.line, serde_json::from_slice(&seen.body).unwrap())
}

fn texts() -> (String, String) {
    let prompt = sealed::prompt();
    (prompt.instruction().to_owned(), prompt.content().to_owned())
}

#[tokio::test]
async fn openai_responses() {
    let (line, body) = exchange(Wire::OpenAiResponses).await;
    let (instruction, content) = texts();
    assert_eq!(line, "POST /v1/responses HTTP/1.1");
    assert_eq!(body, json!({ "model": "some-model.2", "instructions": instruction, "input": content, "stream": true, "store": false }));
}

#[tokio::test]
async fn openai_chat() {
    let (line, body) = exchange(Wire::OpenAiChat).await;
    let (instruction, content) = texts();
    assert_eq!(line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(
        body,
        json!({
            "model": "some-model.2",
            "messages": [{ "role": "system", "content": instruction }, { "role": "user", "content": content }],
            "stream": true,
            "store": false,
            "stream_options": { "include_usage": true },
        })
    );
}

#[tokio::test]
async fn compatible() {
    let (line, body) = exchange(Wire::Compatible).await;
    let (instruction, content) = texts();
    assert_eq!(line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(
        body,
        json!({
            "model": "some-model.2",
            "messages": [{ "role": "system", "content": instruction }, { "role": "user", "content": content }],
            "stream": true,
        })
    );
}

#[tokio::test]
async fn anthropic() {
    let (line, body) = exchange(Wire::Anthropic).await;
    let (instruction, content) = texts();
    assert_eq!(line, "POST /v1/messages HTTP/1.1");
    assert_eq!(
        body,
        json!({
            "model": "some-model.2",
            "max_tokens": 8192,
            "system": instruction,
            "messages": [{ "role": "user", "content": content }],
            "stream": true,
        })
    );
}

#[tokio::test]
async fn gemini() {
    let (line, body) = exchange(Wire::Gemini).await;
    let (instruction, content) = texts();
    assert_eq!(line, "POST /v1beta/models/some-model.2:streamGenerateContent?alt=sse HTTP/1.1");
    assert_eq!(
        body,
        json!({
            "systemInstruction": { "parts": [{ "text": instruction }] },
            "contents": [{ "role": "user", "parts": [{ "text": content }] }],
        })
    );
}

/// What a stream of one wire ends in.
async fn outcome(wire: Wire, events: &str) -> Result<(String, Stop), (String, String)> {
    let server = Server::start(vec![stream(events)]).await;
    match ask(&server.provider(wire)).await.result {
        Ok(answer) => Ok((answer.text, answer.stop)),
        Err(failure) => Err((failure.error.code().to_owned(), failure.partial)),
    }
}

#[tokio::test]
async fn a_model_at_its_limit_is_told_apart() {
    let cases = [
        (
            Wire::OpenAiResponses,
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n\
             data: {\"type\":\"response.incomplete\",\"response\":{\"incomplete_details\":{\"reason\":\"max_output_tokens\"}}}\n\n",
        ),
        (Wire::OpenAiChat, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n"),
        (
            Wire::Anthropic,
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n\
             data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        (Wire::Gemini, "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"MAX_TOKENS\"}]}\n\n"),
    ];
    for (wire, events) in cases {
        assert_eq!(outcome(wire, events).await, Ok(("a".into(), Stop::Length)), "{wire:?}");
    }
}

#[tokio::test]
async fn a_content_filter_is_told_apart_and_keeps_what_came() {
    let cases = [
        (
            Wire::OpenAiResponses,
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n\
             data: {\"type\":\"response.incomplete\",\"response\":{\"incomplete_details\":{\"reason\":\"content_filter\"}}}\n\n",
        ),
        (
            Wire::OpenAiChat,
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n",
        ),
        (
            Wire::Anthropic,
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n\
             data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        (Wire::Gemini, "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"SAFETY\"}]}\n\n"),
        (
            Wire::Gemini,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n\
             data: {\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"}}\n\n",
        ),
    ];
    for (wire, events) in cases {
        assert_eq!(outcome(wire, events).await, Err(("content_filtered".into(), "a".into())), "{wire:?}");
    }
}

#[tokio::test]
async fn n38_an_error_event_after_200_is_that_error() {
    let cases = [
        (
            Wire::OpenAiResponses,
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n\
             event: error\ndata: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"x\"}\n\n",
            "rate_limited",
        ),
        (
            Wire::OpenAiResponses,
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n\
             data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"}}}\n\n",
            "overloaded",
        ),
        (
            Wire::OpenAiChat,
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"type\":\"server_error\"}}\n\ndata: [DONE]\n\n",
            "overloaded",
        ),
        (
            Wire::Compatible,
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"error\":{\"code\":400}}\n\n",
            "bad_request",
        ),
        (
            Wire::Anthropic,
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n\
             event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            "overloaded",
        ),
        (
            Wire::Gemini,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\ndata: {\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}\n\n",
            "overloaded",
        ),
    ];
    for (wire, events, code) in cases {
        assert_eq!(outcome(wire, events).await, Err((code.into(), "a".into())), "{wire:?}");
    }
}

#[tokio::test]
async fn n37_what_is_no_answer_is_malformed() {
    let cases = [
        (Wire::OpenAiChat, "data: {not json\n\n"),
        (Wire::OpenAiResponses, "data: {\"type\":\"response.output_text.delta\",\"delta\":7}\n\n"),
        (Wire::Anthropic, "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\"}}\n\n"),
        (Wire::Gemini, "data: <html>\n\n"),
    ];
    for (wire, events) in cases {
        assert_eq!(outcome(wire, events).await, Err(("malformed".into(), String::new())), "{wire:?}");
    }
}

#[tokio::test]
async fn missing_token_counts_are_unknown() {
    let server = Server::start(vec![stream("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n")]).await;
    let answer = ask(&server.provider(Wire::Compatible)).await.result.unwrap();
    assert_eq!((answer.input_tokens, answer.output_tokens, answer.stop), (None, None, Stop::Other));
}

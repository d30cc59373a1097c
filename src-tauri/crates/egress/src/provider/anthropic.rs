//! Anthropic's Messages: <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use url::Url;

use super::{Format, count, json as parse, text};
use crate::answer::{Reading, Stop};
use crate::sse::Event;
use crate::{SendError, address};

/// The format wants a limit; every model of today allows this one.
const MAX_TOKENS: u32 = 8192;

pub(super) struct Messages;

impl Format for Messages {
    fn url(&self, base: &Url, _model: &str) -> Result<Url, SendError> {
        address::endpoint(base, "/v1", &["messages"])
    }

    fn auth(&self) -> (&'static str, &'static str) {
        ("x-api-key", "")
    }

    fn headers(&self) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01"))])
    }

    fn body(&self, model: &str, instruction: &str, content: &str) -> Value {
        json!({
            "model": model,
            "max_tokens": MAX_TOKENS,
            "system": instruction,
            "messages": [{ "role": "user", "content": content }],
            "stream": true,
        })
    }

    fn read(&self, event: &Event, reading: &mut Reading<'_>) -> Result<(), SendError> {
        let value = parse(event)?;
        match text(&value, "/type").unwrap_or(&event.name) {
            "message_start" => reading.input_tokens = count(&value, "/message/usage/input_tokens"),
            "content_block_delta" if text(&value, "/delta/type") == Some("text_delta") => {
                reading.add(text(&value, "/delta/text").ok_or(SendError::Malformed)?)?;
            }
            "message_delta" => {
                reading.output_tokens = count(&value, "/usage/output_tokens").or(reading.output_tokens);
                match text(&value, "/delta/stop_reason") {
                    None => {}
                    Some("refusal") => return Err(SendError::ContentFiltered),
                    Some("end_turn" | "stop_sequence") => reading.stop = Some(Stop::Complete),
                    Some("max_tokens" | "model_context_window_exceeded") => reading.stop = Some(Stop::Length),
                    Some(_) => reading.stop = Some(Stop::Other),
                }
            }
            "message_stop" => reading.done = true,
            "error" => return Err(SendError::of_provider(200, &value, None)),
            // Pings, block ends, thinking, and whatever may be added: the format promises new kinds of events.
            _ => {}
        }
        Ok(())
    }
}

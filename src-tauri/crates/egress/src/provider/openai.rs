//! OpenAI's two formats: Responses, and Chat Completions, which most other servers speak as well.

use serde_json::{Value, json};
use url::Url;

use super::{Format, count, json as parse, text};
use crate::answer::{Reading, Stop};
use crate::sse::Event;
use crate::{SendError, address};

/// <https://platform.openai.com/docs/api-reference/responses-streaming>
pub(super) struct Responses;

impl Format for Responses {
    fn url(&self, base: &Url, _model: &str) -> Result<Url, SendError> {
        address::endpoint(base, "/v1", &["responses"])
    }

    fn auth(&self) -> (&'static str, &'static str) {
        ("authorization", "Bearer ")
    }

    fn body(&self, model: &str, instruction: &str, content: &str) -> Value {
        json!({ "model": model, "instructions": instruction, "input": content, "stream": true, "store": false })
    }

    fn read(&self, event: &Event, reading: &mut Reading<'_>) -> Result<(), SendError> {
        let value = parse(event)?;
        match text(&value, "/type").unwrap_or(&event.name) {
            "response.output_text.delta" | "response.refusal.delta" => reading.add(text(&value, "/delta").ok_or(SendError::Malformed)?)?,
            "response.completed" => reading.stop = Some(Stop::Complete),
            "response.incomplete" => match text(&value, "/response/incomplete_details/reason") {
                Some("content_filter") => return Err(SendError::ContentFiltered),
                Some("max_output_tokens") => reading.stop = Some(Stop::Length),
                _ => reading.stop = Some(Stop::Other),
            },
            "response.failed" => return Err(SendError::of_provider(200, value.get("response").unwrap_or(&Value::Null), None)),
            "error" => return Err(SendError::of_provider(200, &value, None)),
            _ => {}
        }
        if reading.stop.is_some() {
            reading.input_tokens = count(&value, "/response/usage/input_tokens");
            reading.output_tokens = count(&value, "/response/usage/output_tokens");
            reading.done = true;
        }
        Ok(())
    }
}

/// <https://platform.openai.com/docs/api-reference/chat-streaming>
pub(super) struct Chat {
    /// OpenAI itself, which knows `store` and `stream_options`; other servers may refuse what they do not know.
    pub(super) own: bool,
}

impl Format for Chat {
    fn url(&self, base: &Url, _model: &str) -> Result<Url, SendError> {
        address::endpoint(base, "/v1", &["chat", "completions"])
    }

    fn auth(&self) -> (&'static str, &'static str) {
        ("authorization", "Bearer ")
    }

    fn body(&self, model: &str, instruction: &str, content: &str) -> Value {
        let messages = json!([{ "role": "system", "content": instruction }, { "role": "user", "content": content }]);
        if self.own {
            json!({ "model": model, "messages": messages, "stream": true, "store": false, "stream_options": { "include_usage": true } })
        } else {
            json!({ "model": model, "messages": messages, "stream": true })
        }
    }

    fn read(&self, event: &Event, reading: &mut Reading<'_>) -> Result<(), SendError> {
        if event.data.trim() == "[DONE]" {
            reading.done = true;
            return Ok(());
        }
        let value = parse(event)?;
        if event.name == "error" || value.get("error").is_some_and(|e| !e.is_null()) {
            return Err(SendError::of_provider(200, &value, None));
        }
        if let Some(input) = count(&value, "/usage/prompt_tokens") {
            reading.input_tokens = Some(input);
            reading.output_tokens = count(&value, "/usage/completion_tokens");
        }
        let choices = value.get("choices").and_then(Value::as_array).into_iter().flatten();
        for choice in choices.filter(|c| count(c, "/index").unwrap_or(0) == 0) {
            for words in ["/delta/content", "/delta/refusal"].iter().filter_map(|at| text(choice, at)) {
                reading.add(words)?;
            }
            match text(choice, "/finish_reason") {
                None => {}
                Some("content_filter") => return Err(SendError::ContentFiltered),
                Some("stop") => reading.stop = Some(Stop::Complete),
                Some("length") => reading.stop = Some(Stop::Length),
                Some(_) => reading.stop = Some(Stop::Other),
            }
        }
        Ok(())
    }

    /// Some servers leave out `[DONE]`: the finish reason says as well that the text is whole.
    fn is_whole(&self, reading: &Reading<'_>) -> bool {
        reading.done || reading.stop.is_some()
    }
}

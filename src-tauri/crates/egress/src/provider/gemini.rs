//! Google's `streamGenerateContent`: <https://ai.google.dev/api/generate-content>.

use serde_json::{Value, json};
use url::Url;

use super::{Format, count, json as parse, text};
use crate::answer::{Reading, Stop};
use crate::sse::Event;
use crate::{SendError, address};

pub(super) struct Generate;

impl Format for Generate {
    /// The model stands in the path here; the key never stands in the address, though the format allows it.
    fn url(&self, base: &Url, model: &str) -> Result<Url, SendError> {
        let name = model.strip_prefix("models/").unwrap_or(model);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(plain) {
            return Err(SendError::BadModel);
        }
        let mut url = address::endpoint(base, "/v1beta", &["models", &format!("{name}:streamGenerateContent")])?;
        url.set_query(Some("alt=sse"));
        Ok(url)
    }

    fn auth(&self) -> (&'static str, &'static str) {
        ("x-goog-api-key", "")
    }

    fn body(&self, _model: &str, instruction: &str, content: &str) -> Value {
        json!({
            "systemInstruction": { "parts": [{ "text": instruction }] },
            "contents": [{ "role": "user", "parts": [{ "text": content }] }],
        })
    }

    fn read(&self, event: &Event, reading: &mut Reading<'_>) -> Result<(), SendError> {
        let value = parse(event)?;
        if value.get("error").is_some() {
            return Err(SendError::of_provider(200, &value, None));
        }
        if text(&value, "/promptFeedback/blockReason").is_some() {
            return Err(SendError::ContentFiltered);
        }
        if let Some(input) = count(&value, "/usageMetadata/promptTokenCount") {
            reading.input_tokens = Some(input);
        }
        if let Some(output) = count(&value, "/usageMetadata/candidatesTokenCount") {
            reading.output_tokens = Some(output + count(&value, "/usageMetadata/thoughtsTokenCount").unwrap_or(0));
        }
        let Some(candidate) = value.pointer("/candidates/0") else { return Ok(()) };
        let parts = candidate.pointer("/content/parts").and_then(Value::as_array).into_iter().flatten();
        for part in parts.filter(|p| p.get("thought") != Some(&Value::Bool(true))) {
            reading.add(text(part, "/text").unwrap_or(""))?;
        }
        match text(candidate, "/finishReason") {
            None => {}
            Some("STOP") => reading.stop = Some(Stop::Complete),
            Some("MAX_TOKENS") => reading.stop = Some(Stop::Length),
            Some("SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII") => {
                return Err(SendError::ContentFiltered);
            }
            Some(_) => reading.stop = Some(Stop::Other),
        }
        Ok(())
    }

    /// There is no event for the end: the finish reason stands in the last one.
    fn is_whole(&self, reading: &Reading<'_>) -> bool {
        reading.stop.is_some()
    }
}

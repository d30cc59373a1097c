//! Who answers: its address, its key, and the wire format that it speaks.

mod anthropic;
mod gemini;
mod openai;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use crate::answer::Reading;
use crate::sse::Event;
use crate::{Secret, SendError};

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// OpenAI's Responses.
    #[serde(rename = "openai_responses")]
    OpenAiResponses,
    /// OpenAI's Chat Completions; Azure's v1 addresses speak it too.
    #[serde(rename = "openai_chat")]
    OpenAiChat,
    /// Anthropic's Messages.
    Anthropic,
    /// Google's `streamGenerateContent`.
    Gemini,
    /// Chat Completions at any address: a server of the house or on this computer.
    Compatible,
}

impl Wire {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::OpenAiResponses, Self::OpenAiChat, Self::Anthropic, Self::Gemini, Self::Compatible];

    /// Its name, as it is serialized.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAiResponses => "openai_responses",
            Self::OpenAiChat => "openai_chat",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Compatible => "compatible",
        }
    }

    /// Where it is usually spoken.
    pub fn default_base_url(self) -> &'static str {
        match self {
            Self::OpenAiResponses | Self::OpenAiChat => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta",
            Self::Compatible => "http://127.0.0.1:11434/v1",
        }
    }

    /// Whether it is spoken without a key as well.
    pub fn needs_key(self) -> bool {
        self != Self::Compatible
    }

    pub(crate) fn format(self) -> &'static dyn Format {
        match self {
            Self::OpenAiResponses => &openai::Responses,
            Self::OpenAiChat => &openai::Chat { own: true },
            Self::Anthropic => &anthropic::Messages,
            Self::Gemini => &gemini::Generate,
            Self::Compatible => &openai::Chat { own: false },
        }
    }
}

/// A provider as an administrator set it up.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its id in the settings.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it speaks.
    pub wire: Wire,
    /// Its address. Without a path, the wire format's usual one is taken.
    pub base_url: Url,
    /// The model.
    pub model: String,
    /// The key.
    pub key: Option<Secret>,
}

impl Provider {
    /// The header that holds the key. It is marked sensitive, so that nothing below prints it or keeps it in a header table.
    pub(crate) fn auth(&self) -> Result<Option<(HeaderName, HeaderValue)>, SendError> {
        let Some(key) = self.key.as_ref().map(Secret::expose).filter(|key| !key.is_empty()) else {
            return if self.wire.needs_key() { Err(SendError::NoKey) } else { Ok(None) };
        };
        let (name, prefix) = self.wire.format().auth();
        let line = Zeroizing::new(format!("{prefix}{key}"));
        let mut value = HeaderValue::from_str(&line).map_err(|_| SendError::WrongKey)?;
        value.set_sensitive(true);
        Ok(Some((HeaderName::from_static(name), value)))
    }
}

/// What differs between wire formats. A request holds the model and the two texts, nothing more: no tools, no files, nothing
/// kept at the provider where it lets us say so.
pub(crate) trait Format: Send + Sync {
    /// The address of the call.
    fn url(&self, base: &Url, model: &str) -> Result<Url, SendError>;
    /// The key's header and what stands before the key.
    fn auth(&self) -> (&'static str, &'static str);
    /// Headers of this format alone.
    fn headers(&self) -> HeaderMap {
        HeaderMap::new()
    }
    /// The body.
    fn body(&self, model: &str, instruction: &str, content: &str) -> Value;
    /// Takes in one event of the answer.
    fn read(&self, event: &Event, reading: &mut Reading<'_>) -> Result<(), SendError>;
    /// Whether an answer whose stream ended now is whole.
    fn is_whole(&self, reading: &Reading<'_>) -> bool {
        reading.done
    }
}

fn json(event: &Event) -> Result<Value, SendError> {
    serde_json::from_str(&event.data).map_err(|_| SendError::Malformed)
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

fn count(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer)?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_serialized_and_addresses_parse() {
        for wire in Wire::ALL {
            assert_eq!(serde_json::to_value(wire).unwrap(), wire.name());
            crate::address::check(&Url::parse(wire.default_base_url()).unwrap()).unwrap();
        }
    }

    #[test]
    fn n50_the_key_is_marked_sensitive() {
        for wire in Wire::ALL {
            let base_url = Url::parse(wire.default_base_url()).unwrap();
            let provider =
                Provider { id: "p".into(), name: "p".into(), wire, base_url, model: "m".into(), key: Some(Secret::new("sk-test-key")) };
            let (_, value) = provider.auth().unwrap().unwrap();
            assert!(value.is_sensitive() && !format!("{value:?} {provider:?}").contains("sk-test-key"));
        }
    }
}

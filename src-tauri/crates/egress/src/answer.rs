//! What comes back: the text with its placeholders still in it, or how far it came.

use crate::SendError;

/// A whole answer. Its text is untrusted and still holds the placeholders.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The model's words.
    pub text: String,
    /// Tokens that the provider counted in the request; none where it did not say.
    pub input_tokens: Option<u64>,
    /// Tokens that the provider counted in the answer; none where it did not say.
    pub output_tokens: Option<u64>,
    /// Why the model stopped.
    pub stop: Stop,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It had said everything.
    Complete,
    /// It reached its limit: the answer is cut short by the model itself.
    Length,
    /// Another reason, or none given.
    Other,
}

/// A send that did not end in a whole answer.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// What went wrong.
    pub error: SendError,
    /// What had been received until then.
    pub partial: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("bytes", &self.text.len()).field("stop", &self.stop).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Failure").field("error", &self.error).field("partial_bytes", &self.partial.len()).finish()
    }
}

/// An answer in the making.
pub(crate) struct Reading<'t> {
    pub(crate) text: String,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) stop: Option<Stop>,
    /// The terminal event was read: nothing that follows belongs to the answer.
    pub(crate) done: bool,
    limit: usize,
    on_text: &'t mut (dyn FnMut(&str) + Send),
}

impl<'t> Reading<'t> {
    pub(crate) fn new(limit: usize, on_text: &'t mut (dyn FnMut(&str) + Send)) -> Self {
        Self { text: String::new(), input_tokens: None, output_tokens: None, stop: None, done: false, limit, on_text }
    }

    /// Adds words of the model.
    pub(crate) fn add(&mut self, piece: &str) -> Result<(), SendError> {
        if self.text.len() + piece.len() > self.limit {
            return Err(SendError::TooLarge);
        }
        if !piece.is_empty() {
            self.text.push_str(piece);
            (self.on_text)(piece);
        }
        Ok(())
    }

    pub(crate) fn ended(self, result: Result<(), SendError>) -> Result<Answer, Failure> {
        let Self { text, input_tokens, output_tokens, stop, .. } = self;
        match result {
            Ok(()) => Ok(Answer { text, input_tokens, output_tokens, stop: stop.unwrap_or(Stop::Other) }),
            Err(error) => Err(Failure { error, partial: text }),
        }
    }
}

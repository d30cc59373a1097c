//! One identifier that was found, and the two kinds of finder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::{Classification, EntityType, Span};

/// Who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "name", rename_all = "snake_case")]
pub enum Source {
    /// A rule; the name of the recognizer, such as `us_ssn`.
    Rule(String),
    /// A field of a structured format that is defined to hold it, such as `PID-5`.
    Field(String),
    /// The tagger.
    Model,
    /// The same words were found elsewhere in the record.
    Propagation,
    /// A person marked it.
    Reviewer,
}

impl Source {
    /// A short name for the command line and the log: `rule:us_ssn`, `field:PID-5`, `model`, `propagation`, `reviewer`.
    pub fn label(&self) -> String {
        match self {
            Source::Rule(name) => format!("rule:{name}"),
            Source::Field(name) => format!("field:{name}"),
            Source::Model => "model".into(),
            Source::Propagation => "propagation".into(),
            Source::Reviewer => "reviewer".into(),
        }
    }
}

/// An identifier in a record: where, what, how sure, who says so. Never the words themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Where it stands.
    pub span: Span,
    /// What it identifies.
    pub entity: EntityType,
    /// Probability that it is right, in [0, 1].
    pub confidence: f32,
    /// Who found it.
    pub source: Source,
}

/// Why a recognizer could not look.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum RecognizeError {
    /// The model's files are missing, damaged or not the ones pinned.
    #[error("the local model is not usable: {0}")]
    Model(String),
    /// The computation itself failed.
    #[error("the local model failed: {0}")]
    Inference(String),
    /// The user or a time limit stopped it.
    #[error("detection was cancelled")]
    Cancelled,
}

/// What one pass of the encoder says about a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Identifiers, ordered by start, not overlapping.
    pub detections: Vec<Detection>,
    /// The record's class.
    pub class: Classification,
}

/// A wish to stop, shared between the one who asks and the one who computes.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the computation to stop; it ends with [`RecognizeError::Cancelled`].
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Ends the computation if somebody asked.
    pub fn check(&self) -> Result<(), RecognizeError> {
        if self.0.load(Ordering::Relaxed) { Err(RecognizeError::Cancelled) } else { Ok(()) }
    }
}

/// The encoder as the pipeline sees it: plain text in, plain data out.
pub trait Encoder: Send + Sync {
    /// Tags and classifies a text in one pass.
    fn read(&self, text: &str, cancel: &Cancel) -> Result<Reading, RecognizeError>;

    /// Sentence embeddings, L2-normalised, one for each text, for ranking passages.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, RecognizeError>;

    /// Where it runs now: `cpu`, `cuda` or `metal`; a GPU that fails is left for the processor.
    fn device(&self) -> &'static str {
        "cpu"
    }
}

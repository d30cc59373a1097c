//! The two sealed values, made the only way they can be: by the pipeline and by the log.

use std::sync::Arc;

use audit::{Action, Actor, Event, Label, Log, Receipt, Role};
use deid::{
    Cancel, Classification, DeidentifiedPrompt, Detection, Encoder, EntityType, Pipeline, Reading, RecognizeError, RecordClass, Reviewed,
    Source, Span,
};
use egress::Outbound;
use tempfile::TempDir;

/// Stands in the record, and may not leave.
pub const ORIGINAL: &str = "536-22-8726";

/// Finds nothing by itself: what the record holds is marked by hand below.
struct Blind;

impl Encoder for Blind {
    fn read(&self, _text: &str, _cancel: &Cancel) -> Result<Reading, RecognizeError> {
        let class = Classification { class: RecordClass::ProgressNote, confidence: 1.0, domain_confidence: 1.0 };
        Ok(Reading { detections: Vec::new(), class })
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, RecognizeError> {
        Ok(texts.iter().map(|_| vec![1.0]).collect())
    }
}

/// A prompt over a record that names a person and a number, with characters of more than one byte and quotes.
pub fn prompt() -> DeidentifiedPrompt {
    let text = format!("Maria Lopez, SSN {ORIGINAL}.\n\"F\u{fc}hlt sich gut\" \u{1f600}\tRR 120/80.");
    let mark = |words: &str, entity| {
        let start = text.find(words).unwrap();
        Detection { span: Span::new(start, start + words.len()), entity, confidence: 1.0, source: Source::Reviewer }
    };
    let detections = [mark("Maria Lopez", EntityType::Person), mark(ORIGINAL, EntityType::UsSsn)];
    let record = Reviewed { text: &text, detections: &detections, codes: &[], released: &[] };
    Pipeline::new(Ok(Arc::new(Blind))).prepare(&record, "How does Maria Lopez feel?").unwrap().0
}

/// A log of its own.
pub struct AuditLog {
    log: Log,
    _dir: TempDir,
}

impl AuditLog {
    pub async fn open() -> Self {
        let dir = TempDir::new().unwrap();
        Self { log: Log::open(dir.path(), &[7; 32]).await.unwrap(), _dir: dir }
    }

    /// Logs something that is no intent to send.
    pub async fn other_receipt(&self) -> Receipt {
        let actor = Actor { id: Label::new("local").unwrap(), role: Role::User };
        self.log.append(Event { actor, action: Action::Deleted {}, record: None }).await.unwrap()
    }

    /// Logs the intent to send these bytes.
    pub async fn receipt(&self, outbound: &Outbound) -> Receipt {
        let label = |text| Label::new(text).unwrap();
        let action = Action::DisclosureIntent {
            provider: label("p1"),
            wire: label("test"),
            model: label("some-model.2"),
            bytes: outbound.bytes().len() as u64,
            digest: outbound.digest().into(),
        };
        let actor = Actor { id: label("local"), role: Role::User };
        self.log.append(Event { actor, action, record: None }).await.unwrap()
    }
}

pub async fn receipt(outbound: &Outbound) -> Receipt {
    AuditLog::open().await.receipt(outbound).await
}

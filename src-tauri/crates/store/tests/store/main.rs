//! The store on a real disk: encrypted, whole after a kill, true to its edits, gone when deleted.
#![allow(missing_docs, clippy::unwrap_used, clippy::string_slice, reason = "tests")]

mod cases;
mod crash;
mod files;
mod keys;
mod rows;

use deid::{Detection, EntityType, Phi, Source, Span};
use store::{NewRecord, Uuid};

pub const KEY: [u8; 32] = [9; 32];

/// A record with two findings.
pub fn record(name: &str, text: &str) -> NewRecord {
    NewRecord {
        id: Uuid::now_v7(),
        name: Phi::from(name),
        format: "text".into(),
        text: Phi::from(text),
        class: Some("progress_note".into()),
        class_confidence: 0.9,
        domain_confidence: 0.99,
        incomplete: None,
        notes: vec!["read as windows-1252".into()],
        notes_incomplete: false,
        imported_at: "2026-11-24T08:00:00.000Z".into(),
        elapsed_ms: 41,
        codes: vec![Span::new(3, 5)],
        digest: None,
        import: None,
        original: Some(Phi::new(b"%PDF-1.7 Maria Lopez".to_vec())),
    }
}

pub fn found() -> Vec<Detection> {
    let one = |start, end, entity| Detection { span: Span::new(start, end), entity, confidence: 0.5, source: Source::Rule("test".into()) };
    vec![one(0, 8, EntityType::Person), one(9, 17, EntityType::MedicalRecordNumber)]
}

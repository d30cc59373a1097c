//! Keeping what was read: the log first, then the store.

use std::time::{Duration, Instant};

use audit::Action;
use deid::{Analysis, Detection, EntityType, Phi, Span};
use formats::Record;
use store::NewRecord;
use uuid::Uuid;

use super::cancelled;
use crate::error::Result;
use crate::sample;
use crate::session::{Cordon, Open, Session, counts, label, now, store_problem};
use crate::view::RecordView;

const LONGEST_NAME: usize = 200;

/// A record that was read and looked through, still to be kept.
pub(super) struct New {
    pub name: String,
    pub record: Record,
    /// What it was read from.
    pub original: Option<Phi<Vec<u8>>>,
    /// Of the file that somebody had.
    pub digest: Option<[u8; 32]>,
    /// Its place among the files to be imported.
    pub import: Option<i64>,
    pub analysis: Analysis,
    pub start: Instant,
    /// How long the analysis took.
    pub found: Duration,
}

impl Cordon {
    /// Imports a record that was read already.
    pub async fn import_record(&self, name: &str, record: Record) -> Result<RecordView> {
        let session = self.session().await?;
        self.take_in(&session, name, record, Instant::now()).await
    }

    /// Imports pasted text.
    pub async fn import_text(&self, name: &str, text: &str) -> Result<RecordView> {
        let session = self.session().await?;
        let start = Instant::now();
        let record = self.engine().read_bytes(text.as_bytes().to_vec(), name).await?;
        self.engine().prepare_reader();
        self.take_in(&session, name, record, start).await
    }

    /// Imports the sample record.
    pub async fn load_sample(&self) -> Result<RecordView> {
        self.import_text(sample::NAME, sample::TEXT).await
    }

    async fn take_in(&self, session: &Session, name: &str, record: Record, start: Instant) -> Result<RecordView> {
        let cancel = self.begin_import();
        let finding = Instant::now();
        let analysis = self.engine().analyse(&record, cancel.clone()).await?;
        let found = finding.elapsed();
        // An import that was stopped leaves nothing behind, also not what the rules found.
        cancel.check().map_err(|_| cancelled())?;
        let new = New { name: name.into(), record, original: None, digest: None, import: None, analysis, start, found };
        let open = self.keep(session, new).await?;
        self.view(session, &open).await
    }

    /// Keeps a record, with everything about it in the log. Nothing in here is cut short.
    pub(super) async fn keep(&self, session: &Session, new: New) -> Result<Open> {
        let New { name, record, original, digest, import, analysis, start, found: took } = new;
        let bytes = record.text.expose().len() as u64;
        let id = Uuid::now_v7();
        let text = without_security_codes(&record.text, &analysis.detections);
        let erased = text != record.text;
        let mut notes: Vec<String> = record.notes.iter().map(ToString::to_string).collect();
        if erased {
            notes.push("A card security code was erased: it may not be stored (PCI DSS 3.3).".into());
        }
        let class = analysis.class;
        let new = NewRecord {
            id,
            name: Phi::new(name.chars().take(LONGEST_NAME).collect()),
            format: record.format.name().into(),
            text,
            class: class.map(|c| c.class.name().to_owned()),
            class_confidence: class.map_or(0.0, |c| c.confidence),
            domain_confidence: class.map_or(0.0, |c| c.domain_confidence),
            incomplete: analysis.incomplete.as_ref().map(ToString::to_string),
            notes,
            notes_incomplete: record.notes.iter().any(formats::Note::incomplete),
            imported_at: now(),
            elapsed_ms: start.elapsed().as_millis() as u64,
            original: original.filter(|_| !erased),
            codes: record.codes.clone(),
            // Beside the rest of the text, a digest would tell the three digits to whoever tries a thousand.
            digest: digest.filter(|_| !erased),
            import,
        };
        // The log comes first: a record that is in the store without an entry would be one that nobody knows of.
        let at = id.to_string();
        let model = self.engine().model();
        session.log(Some(&at), Action::RecordImported { format: label(record.format.name())?, bytes }).await?;
        let found = Action::Detected {
            counts: counts(&analysis.detections)?,
            model: label(&model.id)?,
            device: label(&model.device)?,
            latency_ms: took.as_millis() as u64,
            complete: analysis.incomplete.is_none(),
        };
        session.log(Some(&at), found).await?;
        if let Some(class) = class {
            let confidence_ppm = (class.confidence * 1e6) as u32;
            session.log(Some(&at), Action::Classified { class: label(class.class.name())?, confidence_ppm }).await?;
        }
        session.store.insert_record(&new, &analysis.detections).await.map_err(store_problem)?;
        let open = self.opened(session, &at).await?;
        let decision = self.decision(session, &open).await?;
        session.log(Some(&at), crate::ask::decided(&decision)?).await?;
        Ok(open)
    }
}

/// The text with the digits of card security codes overwritten: they may not be stored, not even encrypted (PCI DSS 3.3).
pub(crate) fn without_security_codes(text: &Phi<String>, detections: &[Detection]) -> Phi<String> {
    let codes: Vec<Span> = detections.iter().filter(|d| d.entity == EntityType::CardSecurityCode).map(|d| d.span).collect();
    let erased = |at: usize, c: char| codes.iter().any(|s| s.start <= at && at < s.end) && c.is_ascii_alphanumeric();
    if codes.is_empty() {
        return text.clone();
    }
    Phi::new(text.expose().char_indices().map(|(at, c)| if erased(at, c) { '*' } else { c }).collect())
}

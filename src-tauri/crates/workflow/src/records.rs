//! Records: coming in, being looked at, being reviewed, going out, being deleted.

use std::path::{Path, PathBuf};
use std::time::Instant;

use audit::{Action, EditKind};
use deid::{Applied, Cancel, Detection, EntityType, Phi, Positions, Span, Unit};
use formats::Record;
use store::NewRecord;
use uuid::Uuid;

use crate::cases::Folder;
use crate::error::{Error, ErrorCode, Result};
use crate::redact::Redacted;
use crate::review;
use crate::sample;
use crate::session::{Cordon, Open, Session, counts, label, now, parse_id, store_problem};
use crate::view::*;

const LONGEST_NAME: usize = 200;

impl Cordon {
    /// Imports files, one after the other; one that fails does not keep the others back.
    pub async fn import_files(&self, paths: &[PathBuf]) -> Vec<ImportOutcome> {
        let cancel = self.begin_import();
        let mut outcomes = Vec::new();
        for path in paths {
            let name = formats::display_name(path);
            outcomes.push(match self.import_file(path, &name, &cancel).await {
                Ok(record) => ImportOutcome { record: Some(record), name, error: None },
                Err(error) => ImportOutcome { record: None, name, error: Some(error) },
            });
        }
        outcomes
    }

    async fn import_file(&self, path: &Path, name: &str, cancel: &Cancel) -> Result<RecordSummary> {
        let start = Instant::now();
        let session = self.session().await?;
        cancel.check().map_err(|_| cancelled())?;
        let read = self.engine().read_original(path).await;
        self.engine().prepare_reader();
        match read {
            Ok((record, bytes)) => {
                let original = Some(Phi::new(bytes));
                self.take_in(&session, name, record, original, start, cancel).await.map(|open| self.summary_of(&open))
            }
            Err(error) => {
                session.log(None, Action::ImportFailed { code: label(error.code.name())? }).await?;
                Err(error)
            }
        }
    }

    /// Imports a record that was read already.
    pub async fn import_record(&self, name: &str, record: Record) -> Result<RecordView> {
        let session = self.session().await?;
        let open = self.take_in(&session, name, record, None, Instant::now(), &Cancel::default()).await?;
        self.view(&session, &open).await
    }

    /// Imports pasted text.
    pub async fn import_text(&self, name: &str, text: &str) -> Result<RecordView> {
        let session = self.session().await?;
        let start = Instant::now();
        let record = self.engine().read_bytes(text.as_bytes().to_vec(), name).await?;
        self.engine().prepare_reader();
        let open = self.take_in(&session, name, record, None, start, &self.begin_import()).await?;
        self.view(&session, &open).await
    }

    /// Imports the sample record.
    pub async fn load_sample(&self) -> Result<RecordView> {
        self.import_text(sample::NAME, sample::TEXT).await
    }

    async fn take_in(
        &self,
        session: &Session,
        name: &str,
        record: Record,
        original: Option<Phi<Vec<u8>>>,
        start: Instant,
        cancel: &Cancel,
    ) -> Result<Open> {
        let bytes = record.text.expose().len() as u64;
        let finding = Instant::now();
        let analysis = self.engine().analyse(&record, cancel.clone()).await?;
        // An import that was stopped leaves nothing behind, also not what the rules found.
        cancel.check().map_err(|_| cancelled())?;
        let latency_ms = finding.elapsed().as_millis() as u64;
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
        };
        // The log comes first: a record that is in the store without an entry would be one that nobody knows of.
        let at = id.to_string();
        let model = self.engine().model();
        session.log(Some(&at), Action::RecordImported { format: label(record.format.name())?, bytes }).await?;
        let found = Action::Detected {
            counts: counts(&analysis.detections)?,
            model: label(&model.id)?,
            device: label(&model.device)?,
            latency_ms,
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

    /// All records, newest first.
    pub async fn list_records(&self) -> Result<Vec<RecordSummary>> {
        let session = self.session().await?;
        let provider = session.selected_facts().await?;
        let ids = session.store.record_ids(500).await.map_err(store_problem)?;
        let lane = |open: &Open| crate::engine::lane(self.decide(open, provider.clone()).lane);
        Ok(self.opened_all(&session, &ids).await?.iter().map(|open| summary(open, lane(open))).collect())
    }

    fn summary_of(&self, open: &Open) -> RecordSummary {
        // Shown in a list for a moment, until the record is opened: the strictest lane that needs no provider.
        summary(open, crate::engine::lane(self.decide(open, None).lane))
    }

    /// One record.
    pub async fn open_record(&self, id: &str) -> Result<RecordView> {
        let session = self.session().await?;
        let folder = self.folder(&session, id).await?;
        self.view_in(&session, &folder).await
    }

    /// Deletes a record with its originals. The log keeps that it was here, without a word of it.
    pub async fn delete_record(&self, id: &str) -> Result<()> {
        let session = self.session().await?;
        self.cancel_ask(id);
        session.log(Some(id), Action::Deleted {}).await?;
        session.store.delete_record(parse_id(id)?).await.map_err(store_problem)
    }

    /// Changes what was found.
    pub async fn edit_record(&self, id: &str, edit: Edit) -> Result<RecordView> {
        let session = self.session().await?;
        let open = self.opened(&session, id).await?;
        self.refuse_foreign(&session, &open, &edit).await?;
        let kept = review::kept(open.text.expose(), &open.reviewed.detections, &edit)?;
        let (kind, entity) = kept.told();
        let action = Action::Edited { edit: kind, entity: label(entity.name())?, revision: open.row.revision + 1 };
        session.log(Some(id), action).await?;
        let json = serde_json::to_string(&kept).map_err(|e| Error::invalid(e.to_string()))?;
        session.store.push_edit(parse_id(id)?, &json).await.map_err(store_problem)?;
        if entity == EntityType::CardSecurityCode {
            // What held one may not be kept, whoever found it (PCI DSS 3.3).
            session.store.forget_original(parse_id(id)?).await.map_err(store_problem)?;
        }
        self.open_record(id).await
    }

    /// A finding that only another record of the case makes is changed there: here it would come back.
    async fn refuse_foreign(&self, session: &Session, open: &Open, edit: &Edit) -> Result<()> {
        let (Edit::Remove { detection } | Edit::Retype { detection, .. }) = edit else { return Ok(()) };
        let found = open.reviewed.detections.get(*detection as usize).filter(|_| open.row.case.is_some());
        let Some(found) = found else { return Ok(()) };
        let own = self.alone(session, &open.id).await?.reviewed.detections;
        if own.iter().any(|d| d.span.overlaps(&found.span) && d.entity == found.entity) {
            return Ok(());
        }
        let hint = "change it in the record that holds it, or take this record out of the case";
        Err(Error::new(ErrorCode::NotAllowed, "these words were found in another record of the case", hint))
    }

    /// Takes the last edit back.
    pub async fn undo(&self, id: &str) -> Result<RecordView> {
        let session = self.session().await?;
        if let Some(revision) = session.store.undo_edit(parse_id(id)?).await.map_err(store_problem)? {
            session.log(Some(id), Action::Undone { revision }).await?;
        }
        self.open_record(id).await
    }

    /// Makes the edit again that was taken back.
    pub async fn redo(&self, id: &str) -> Result<RecordView> {
        let session = self.session().await?;
        if let Some(revision) = session.store.redo_edit(parse_id(id)?).await.map_err(store_problem)? {
            session.log(Some(id), Action::Redone { revision }).await?;
        }
        self.open_record(id).await
    }

    /// A person approves this version of the record.
    pub async fn approve(&self, id: &str) -> Result<RecordView> {
        let session = self.session().await?;
        let open = self.opened(&session, id).await?;
        session.log(Some(id), Action::Approved { revision: open.row.revision }).await?;
        session.store.approve(parse_id(id)?, open.row.revision, open.dates.name()).await.map_err(store_problem)?;
        self.open_record(id).await
    }

    /// De-identifies a record without keeping it; in the log, where it is open.
    pub async fn redact(&self, record: &Record, bytes: &[u8], name: &str, request: &ExportRequest) -> Result<Redacted> {
        let session = if self.is_unlocked().await { Some(self.session().await?) } else { None };
        let provider = match &session {
            Some(session) => session.selected_facts().await?,
            None => None,
        };
        let seed = match &session {
            Some(session) => Some(session.seed_of(Uuid::now_v7()).await?),
            None => None,
        };
        let redacted = self.engine().redact(record, (bytes, name), request, seed, provider).await?;
        if let Some(session) = session {
            let counts = redacted.counts.iter().map(|(name, n)| Ok((label(name)?, u64::from(*n)))).collect::<Result<_>>()?;
            session.log(None, Action::Redacted { counts, bytes: redacted.text.len() as u64 }).await?;
        }
        Ok(redacted)
    }

    async fn view(&self, session: &Session, open: &Open) -> Result<RecordView> {
        let folder = self.folder(session, &open.id).await?;
        self.view_in(session, &folder).await
    }

    async fn view_in(&self, session: &Session, folder: &Folder) -> Result<RecordView> {
        let [open] = folder.meant() else { return Err(Error::not_found("record")) };
        let dates = open.dates;
        let applied = self.applied(session, folder, dates.operators()).await?;
        let applied = applied.first().ok_or_else(|| Error::not_found("record"))?;
        let decision = self.decision(session, open).await?;
        let (detections, preview) = shown(open, applied);
        Ok(RecordView {
            id: open.id.clone(),
            name: open.row.name.expose().clone(),
            format: open.row.format.clone(),
            imported_at: open.row.imported_at.clone(),
            text: open.text.expose().clone(),
            detections,
            class: open.class.map(|c| ClassView {
                label: c.class.name().into(),
                domain: c.class.domain().name().into(),
                confidence: c.confidence,
                domain_confidence: c.domain_confidence,
                laws: crate::taxonomy::laws(c.class, &open.special),
            }),
            incomplete: open.row.incomplete.clone(),
            notes: open.row.notes.clone(),
            decision: crate::engine::decision_view(&decision, open.is_reviewed()),
            preview,
            instruction: deid::instruction(&dates.operators()).into(),
            dates,
            case: open.row.case.map(|case| case.to_string()),
            can_undo: open.can_undo,
            can_redo: open.can_redo,
            elapsed_ms: open.row.elapsed_ms as u32,
            exchanges: session.exchanges(&open.id).await?,
        })
    }
}

fn shown(open: &Open, applied: &Applied) -> (Vec<DetectionView>, Vec<SegmentView>) {
    let all = &open.reviewed.detections;
    let mut placeholders = vec![String::new(); all.len()];
    let mut preview = crate::export::segments(applied);
    let mut replaced = preview.iter_mut().filter(|segment| segment.entity.is_some());
    for piece in &applied.pieces {
        let Some(segment) = replaced.next() else { break };
        if let Ok(at) = all.binary_search_by_key(&piece.original.start, |d| d.span.start) {
            segment.detection = Some(at as u32);
            if let Some(slot) = placeholders.get_mut(at) {
                slot.clone_from(&segment.text);
            }
        }
    }
    let mut positions = Positions::new(open.text.expose(), Unit::Utf16);
    let detections = open.reviewed.detections.iter().zip(placeholders).enumerate();
    let detections = detections.map(|(id, (d, placeholder))| DetectionView {
        id: id as u32,
        start: positions.of_byte(d.span.start) as u32,
        end: positions.of_byte(d.span.end) as u32,
        entity: d.entity.name().into(),
        confidence: d.confidence,
        source: d.source.label(),
        placeholder,
    });
    (detections.collect(), preview)
}

pub(crate) fn summary(open: &Open, lane: Lane) -> RecordSummary {
    RecordSummary {
        id: open.id.clone(),
        name: open.row.name.expose().clone(),
        format: open.row.format.clone(),
        class: open.class.map_or("", |c| c.class.name()).into(),
        domain: open.class.map_or("", |c| c.class.domain().name()).into(),
        lane,
        detections: open.reviewed.detections.len() as u32,
        imported_at: open.row.imported_at.clone(),
        case: open.row.case.map(|case| case.to_string()),
    }
}

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "the import was cancelled", "")
}

/// The text with the digits of card security codes overwritten: they may not be stored, not even encrypted (PCI DSS 3.3).
fn without_security_codes(text: &Phi<String>, detections: &[Detection]) -> Phi<String> {
    let codes: Vec<Span> = detections.iter().filter(|d| d.entity == EntityType::CardSecurityCode).map(|d| d.span).collect();
    let erased = |at: usize, c: char| codes.iter().any(|s| s.start <= at && at < s.end) && c.is_ascii_alphanumeric();
    if codes.is_empty() {
        return text.clone();
    }
    Phi::new(text.expose().char_indices().map(|(at, c)| if erased(at, c) { '*' } else { c }).collect())
}

/// Writes a file whole or not at all.
pub(crate) async fn write_file(path: &Path, content: impl AsRef<[u8]>) -> Result<String> {
    let failed =
        |e: std::io::Error| Error::new(ErrorCode::Unreadable, format!("the file cannot be written: {}", e.kind()), "choose another folder");
    let beside = path.with_extension("part");
    tokio::fs::write(&beside, content).await.map_err(failed)?;
    tokio::fs::rename(&beside, path).await.map_err(failed)?;
    Ok(formats::display_name(path))
}

/// What an edit is called in the log.
impl review::KeptEdit {
    fn told(&self) -> (EditKind, EntityType) {
        match self {
            review::KeptEdit::Remove { entity, .. } => (EditKind::Removed, *entity),
            review::KeptEdit::Add { entity, .. } => (EditKind::Added, *entity),
            review::KeptEdit::Retype { to, .. } => (EditKind::Retyped, *to),
        }
    }
}

//! Records: being looked at, being reviewed, going out, being deleted.

use std::path::Path;

use audit::{Action, EditKind};
use deid::{EntityType, Positions, Segment, Unit};
use formats::Record;
use uuid::Uuid;

use crate::error::{Error, ErrorCode, Result};
use crate::redact::Redacted;
use crate::review;
use crate::session::{Cordon, Open, Session, label, parse_id, store_problem};
use crate::view::*;

impl Cordon {
    /// All records, newest first.
    pub async fn list_records(&self) -> Result<Vec<RecordSummary>> {
        let session = self.session().await?;
        let provider = session.selected_facts().await?;
        let mut summaries = Vec::new();
        for id in session.store.record_ids(500).await.map_err(store_problem)? {
            let open = self.opened(&session, &id.to_string()).await?;
            let decision = self.decide(&open, provider.clone());
            summaries.push(summary(&open, crate::engine::lane(decision.lane)));
        }
        Ok(summaries)
    }

    pub(crate) fn summary_of(&self, open: &Open) -> RecordSummary {
        // Shown in a list for a moment, until the record is opened: the strictest lane that needs no provider.
        summary(open, crate::engine::lane(self.decide(open, None).lane))
    }

    /// One record.
    pub async fn open_record(&self, id: &str) -> Result<RecordView> {
        let session = self.session().await?;
        let open = self.opened(&session, id).await?;
        self.view(&session, &open).await
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
        session.store.approve(parse_id(id)?, open.row.revision).await.map_err(store_problem)?;
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
            Some(session) => Some(crate::export::seed(session, Uuid::now_v7()).await?),
            None => None,
        };
        let redacted = self.engine().redact(record, (bytes, name), request, seed, provider).await?;
        if let Some(session) = session {
            let counts = redacted.counts.iter().map(|(name, n)| Ok((label(name)?, u64::from(*n)))).collect::<Result<_>>()?;
            session.log(None, Action::Redacted { counts, bytes: redacted.text.len() as u64 }).await?;
        }
        Ok(redacted)
    }

    pub(crate) async fn view(&self, session: &Session, open: &Open) -> Result<RecordView> {
        let decision = self.decision(session, open).await?;
        let (pipeline, for_work) = (self.engine().pipeline.clone(), open.clone());
        let shown = tokio::task::spawn_blocking(move || {
            let transformed = pipeline.transform(for_work.text.expose(), &for_work.reviewed.detections);
            shown(&for_work, &transformed.segments)
        });
        let (detections, preview) = shown.await.map_err(crate::engine::stopped)?;
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
            instruction: deid::INSTRUCTION.into(),
            can_undo: open.can_undo,
            can_redo: open.can_redo,
            elapsed_ms: open.row.elapsed_ms as u32,
            exchanges: session.exchanges(&open.id).await?,
        })
    }
}

fn shown(open: &Open, segments: &[Segment]) -> (Vec<DetectionView>, Vec<SegmentView>) {
    let mut placeholders = vec![String::new(); open.reviewed.detections.len()];
    let mut preview = Vec::with_capacity(segments.len());
    for segment in segments {
        preview.push(match segment {
            Segment::Kept(text) => SegmentView { text: text.expose().clone(), entity: None, detection: None },
            Segment::Placeholder { text, entity, detection } => {
                if let Some(slot) = placeholders.get_mut(*detection) {
                    slot.clone_from(text);
                }
                SegmentView { text: text.clone(), entity: Some(entity.name().into()), detection: Some(*detection as u32) }
            }
        });
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

fn summary(open: &Open, lane: Lane) -> RecordSummary {
    RecordSummary {
        id: open.id.clone(),
        name: open.row.name.expose().clone(),
        format: open.row.format.clone(),
        class: open.class.map_or("", |c| c.class.name()).into(),
        domain: open.class.map_or("", |c| c.class.domain().name()).into(),
        lane,
        detections: open.reviewed.detections.len() as u32,
        imported_at: open.row.imported_at.clone(),
    }
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

//! Records: being looked at, being reviewed, going out, being deleted.

use std::path::Path;

use audit::{Action, EditKind};
use deid::{Applied, EntityType, Positions, Unit};
use formats::Record;
use uuid::Uuid;

use crate::cases::Folder;
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
        let ids = session.store.record_ids(500).await.map_err(store_problem)?;
        let lane = |open: &Open| crate::engine::lane(self.decide(open, provider.clone()).lane);
        Ok(self.opened_all(&session, &ids).await?.iter().map(|open| summary(open, lane(open))).collect())
    }

    pub(crate) fn summary_of(&self, open: &Open) -> RecordSummary {
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
            // It may not be kept, whoever found it, in the file as little as in the text (PCI DSS 3.3). The edit stays, and its span.
            let marked = self.opened(&session, id).await?;
            let erased = crate::import::keep::without_security_codes(&marked.text, &marked.reviewed.detections);
            session.store.overwrite_text(parse_id(id)?, &erased).await.map_err(store_problem)?;
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

    pub(crate) async fn view(&self, session: &Session, open: &Open) -> Result<RecordView> {
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

//! De-identified records as files: as text, or in the format that they came in.

use std::path::Path;

use audit::Action;
use deid::{Applied, EntityType, Operator, Operators, Plan, Preset, Seed, Span};
use formats::write::{Edit, Written};

use uuid::Uuid;

use crate::engine::stopped;
use crate::error::{Error, ErrorCode, Result};
use crate::session::{Cordon, Open, Session, label, now, parse_id, store_problem};
use crate::view::{ExportPreview, ExportRequest, Exported, PresetView, SegmentView};

/// Formats that are only read.
const NOT_WRITTEN: &[&str] = &["dicom", "msg", "doc", "xls", "ppt"];

/// Every preset that needs no question, with what it claims.
pub fn presets() -> Vec<PresetView> {
    let offered = Preset::ALL.into_iter().filter(|preset| *preset != Preset::MinimumNecessary);
    offered.map(|preset| PresetView { id: name(preset), claims: preset.claims().into() }).collect()
}

fn name(preset: Preset) -> String {
    serde_json::to_value(preset).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(crate) fn preset(name: &str) -> Result<Preset> {
    serde_json::from_value(name.into()).map_err(|_| Error::invalid("there is no such preset; choose one from the list"))
}

impl Cordon {
    /// What a preset makes of a record, and whether the record can be written in its own format.
    pub async fn preview_export(&self, id: &str, preset_name: &str) -> Result<ExportPreview> {
        let session = self.session().await?;
        let open = self.opened(&session, id).await?;
        let seed = seed(&session, parse_id(&open.id)?).await?;
        let (pipeline, for_work, preset) = (self.engine().pipeline.clone(), open.clone(), preset(preset_name)?);
        let made = tokio::task::spawn_blocking(move || {
            let released: Vec<_> = for_work.reviewed.released.iter().map(|(_, words)| words.clone()).collect();
            pipeline.preview(&reviewed(&for_work, &released), &plan(preset, Some(&seed)))
        });
        let applied = made.await.map_err(stopped)?;
        let (own_format, why) = match own_format(&session, &open).await? {
            Ok(format) => (Some(format), String::new()),
            Err(why) => (None, why.to_owned()),
        };
        Ok(ExportPreview { segments: segments(&applied), own_format, why })
    }

    /// The name that an exported file is offered.
    pub async fn export_name(&self, id: &str, request: &ExportRequest) -> Result<String> {
        let session = self.session().await?;
        let open = self.opened(&session, id).await?;
        let extension = if request.own_format { extension(&open.row.format, open.row.name.expose()) } else { "txt" };
        Ok(format!("record.redacted.{extension}"))
    }

    /// Writes the de-identified record to a file. What is written in its own format is read again first, and refused where
    /// anything of the originals is left.
    pub async fn export_record(&self, id: &str, request: &ExportRequest, path: &Path) -> Result<Exported> {
        let session = self.session().await?;
        let open = self.opened(&session, id).await?;
        if let Some(problem) = &open.row.incomplete {
            return Err(Error::new(ErrorCode::NotAllowed, "detection is incomplete, so nothing is written", problem.clone()));
        }
        let preset = preset(&request.preset)?;
        let seed = seed(&session, parse_id(&open.id)?).await?;
        let (pipeline, for_work) = (self.engine().pipeline.clone(), open.clone());
        let made = tokio::task::spawn_blocking(move || {
            let released: Vec<_> = for_work.reviewed.released.iter().map(|(_, words)| words.clone()).collect();
            pipeline.deidentify_with(&reviewed(&for_work, &released), &plan(preset, Some(&seed)))
        });
        let applied = made.await.map_err(stopped)?.map_err(|e| crate::ask::prepare_problem(&e))?;
        let (bytes, format, notes) = if request.own_format {
            let written = self.in_own_format(&session, &open, &applied).await?;
            (written.bytes, written.format.name(), written.notes.iter().map(ToString::to_string).collect())
        } else {
            (applied.text.expose().clone().into_bytes(), "text", Vec::new())
        };
        // What the file is, and by which rule: `docx/hipaa_safe_harbor`.
        let told = label(&format!("{format}/{}", name(preset)))?;
        session.log(Some(id), Action::Exported { format: told, bytes: bytes.len() as u64 }).await?;
        Ok(Exported { name: crate::records::write_file(path, bytes).await?, notes })
    }

    async fn in_own_format(&self, session: &Session, open: &Open, applied: &Applied) -> Result<Written> {
        let hint = "save it as text instead";
        own_format(session, open).await?.map_err(|why| Error::new(ErrorCode::Unsupported, why, hint))?;
        let original = session.store.original(parse_id(&open.id)?).await.map_err(store_problem)?;
        let original = original.ok_or_else(|| Error::new(ErrorCode::Unsupported, "the file was not kept", hint))?;
        let written =
            self.engine().write_back(original.expose().clone(), open.row.name.expose(), open.text.expose(), &edits(applied)).await;
        written.map_err(|e| Error::new(ErrorCode::NotAllowed, e.to_string(), hint))
    }
}

/// What has to change in the record's file.
pub(crate) fn edits(applied: &Applied) -> Vec<Edit> {
    let text = applied.text.expose();
    let changed = applied.pieces.iter().filter(|piece| piece.operator != Operator::Keep);
    changed.map(|piece| Edit { span: piece.original, replacement: piece.new.of(text).to_owned() }).collect()
}

/// The record's format where it can be written back, or why it cannot.
async fn own_format(session: &Session, open: &Open) -> Result<std::result::Result<String, &'static str>> {
    if open.reviewed.detections.iter().any(|d| d.entity == EntityType::CardSecurityCode) {
        return Ok(Err("a file with a card security code is not kept (PCI DSS 3.3)"));
    }
    if NOT_WRITTEN.contains(&open.row.format.as_str()) {
        return Ok(Err("files of this type cannot be written back"));
    }
    if !session.store.has_original(parse_id(&open.id)?).await.map_err(store_problem)? {
        return Ok(Err("the record was pasted, or is older than this version: its file was not kept"));
    }
    Ok(Ok(open.row.format.clone()))
}

/// The secret of this record's surrogates and shifted dates; its number in the case counts nothing but chance.
pub(crate) async fn seed(session: &Session, record: Uuid) -> Result<Seed> {
    let (_, number) = record.as_u64_pair();
    Ok(Seed::new(session.store.seed().await.map_err(store_problem)?).of_case(number))
}

fn reviewed<'r>(open: &'r Open, released: &'r [deid::Phi<String>]) -> deid::Reviewed<'r> {
    deid::Reviewed { text: open.text.expose(), detections: &open.reviewed.detections, codes: &open.row.codes, released }
}

pub(crate) fn plan(preset: Preset, seed: Option<&Seed>) -> Plan<'_> {
    let year = now().get(..4).and_then(|year| year.parse().ok());
    Plan { operators: Operators::from(preset), seed, year, needed: None }
}

fn segments(applied: &Applied) -> Vec<SegmentView> {
    let text = applied.text.expose();
    let kept = |from, to| SegmentView { text: Span::new(from, to).of(text).to_owned(), entity: None, detection: None };
    let mut at = 0;
    let mut segments = Vec::new();
    for piece in &applied.pieces {
        segments.push(kept(at, piece.new.start));
        segments.push(SegmentView { text: piece.new.of(text).to_owned(), entity: piece.entity.map(|e| e.name().into()), detection: None });
        at = piece.new.end;
    }
    segments.push(kept(at, text.len()));
    segments.retain(|segment| !segment.text.is_empty());
    segments
}

/// How files of a format are called; OpenDocument has several, which the record's own name tells apart.
pub(crate) fn extension<'n>(format: &'n str, name: &'n str) -> &'n str {
    if format == "open_document" {
        return ["odt", "ods", "odp"].into_iter().find(|known| name.to_lowercase().ends_with(known)).unwrap_or("odt");
    }
    if format == "image" {
        let kinds = ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "gif"];
        return name.rsplit_once('.').and_then(|(_, end)| kinds.into_iter().find(|kind| end.eq_ignore_ascii_case(kind))).unwrap_or("png");
    }
    match format {
        "text" | "swift" => "txt",
        "fhir" => "json",
        "ccda" | "iso20022" | "fhir_xml" => "xml",
        "markdown" => "md",
        "nacha" => "ach",
        "metro2" => "dat",
        other => other,
    }
}

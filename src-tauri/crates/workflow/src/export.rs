//! De-identified records as files: as text, or in the format that they came in.

use std::path::Path;

use audit::Action;
use deid::{Applied, EntityType, Operator, Operators, Plan, Seed, Span};
use formats::write::{Edit, Written};
use serde::Serialize;
use specta::Type;

use crate::cases::{Folder, empty, parse_case};
use crate::engine::stopped;
use crate::error::{Error, ErrorCode, Result};
use crate::operators::{claims, table, types};
use crate::session::{Cordon, Open, Session, label, now, parse_id, store_problem};
use crate::view::{ExportPreview, ExportRequest, Exported, SegmentView};

/// Formats that are only read.
const NOT_WRITTEN: &[&str] = &["dicom", "msg", "doc", "xls", "ppt"];

/// What became of one record of a case that was exported.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseFile {
    /// The record.
    pub record: String,
    /// The file, where it was written.
    pub written: Option<Exported>,
    /// Why it was not.
    pub error: Option<Error>,
}

impl Cordon {
    /// What a table of operators makes of a record, and whether the record can be written in its own format. The entity types
    /// are those of the record, or of its whole case.
    pub async fn preview_export(&self, id: &str, request: &ExportRequest, whole: bool) -> Result<ExportPreview> {
        let session = self.session().await?;
        let folder = self.folder(&session, id).await?;
        let operators = table(&request.preset, &request.changes)?;
        let applied = self.applied(&session, &folder, operators.clone()).await?;
        let ([open], [applied]) = (folder.meant(), applied.as_slice()) else { return Err(Error::not_found("record")) };
        let (own_format, why) = match own_format(&session, open).await? {
            Ok(format) => (Some(format), String::new()),
            Err(why) => (None, why.to_owned()),
        };
        let counted = if whole { folder.records.as_slice() } else { folder.meant() };
        let types = types(&operators, counted.iter().flat_map(|open| &open.reviewed.detections));
        let (claims, _) = claims(&operators);
        Ok(ExportPreview { segments: segments(applied), types, claims, own_format, why })
    }

    /// What the operators make of the records that are meant: to be shown.
    pub(crate) async fn applied(&self, session: &Session, folder: &Folder, operators: Operators) -> Result<Vec<Applied>> {
        let (pipeline, for_work, seed) = (self.engine().pipeline.clone(), folder.clone(), session.seed(folder).await?);
        let made = tokio::task::spawn_blocking(move || {
            let mut all = for_work.reviewed(|records| pipeline.preview_case(records, &plan(operators, Some(&seed))));
            all.truncate(for_work.about.end);
            all.split_off(for_work.about.start.min(all.len()))
        });
        made.await.map_err(stopped)
    }

    /// The name that an exported file is offered.
    pub async fn export_name(&self, id: &str, request: &ExportRequest) -> Result<String> {
        let session = self.session().await?;
        let open = self.alone(&session, id).await?;
        let extension = if request.own_format { extension(&open.row.format, open.row.name.expose()) } else { "txt" };
        Ok(format!("record.redacted.{extension}"))
    }

    /// Writes the de-identified record to a file. What is written in its own format is read again first, and refused where
    /// anything of the originals is left.
    pub async fn export_record(&self, id: &str, request: &ExportRequest, path: &Path) -> Result<Exported> {
        let session = self.session().await?;
        let folder = self.folder(&session, id).await?;
        let applied = self.deidentified(&session, &folder, request).await?;
        let ([open], [applied]) = (folder.meant(), applied.as_slice()) else { return Err(Error::not_found("record")) };
        self.write(&session, open, applied, request, path).await
    }

    /// Writes each record of a case to a file in a folder; a file that is there is not replaced. Where something is wrong with
    /// one of the records nothing is written; where a file cannot be written the others are.
    pub async fn export_case(&self, id: &str, request: &ExportRequest, to: &Path) -> Result<Vec<CaseFile>> {
        let session = self.session().await?;
        let folder = self.case_folder(&session, parse_case(id)?).await?;
        if folder.meant().is_empty() {
            return Err(empty());
        }
        let applied = self.deidentified(&session, &folder, request).await?;
        let mut files = Vec::new();
        for (number, (open, applied)) in (1..).zip(folder.meant().iter().zip(&applied)) {
            let own = request.own_format && own_format(&session, open).await?.is_ok();
            let request = ExportRequest { own_format: own, ..request.clone() };
            let ending = if own { extension(&open.row.format, open.row.name.expose()) } else { "txt" };
            let path = free(to, number, ending)?;
            let (written, error) = match self.write(&session, open, applied, &request, &path).await {
                Ok(written) => (Some(written), None),
                Err(error) => (None, Some(error)),
            };
            files.push(CaseFile { record: open.id.clone(), written, error });
        }
        Ok(files)
    }

    /// The records that are meant without what identifies people, looked at again.
    async fn deidentified(&self, session: &Session, folder: &Folder, request: &ExportRequest) -> Result<Vec<Applied>> {
        if let Some(problem) = folder.meant().iter().find_map(|open| open.row.incomplete.as_ref()) {
            return Err(Error::new(ErrorCode::NotAllowed, "detection is incomplete, so nothing is written", problem.clone()));
        }
        let operators = table(&request.preset, &request.changes)?;
        let (pipeline, for_work, seed) = (self.engine().pipeline.clone(), folder.clone(), session.seed(folder).await?);
        let made = tokio::task::spawn_blocking(move || {
            let plan = plan(operators, Some(&seed));
            for_work.reviewed(|records| pipeline.deidentify_case(records, for_work.about.clone(), &plan))
        });
        made.await.map_err(stopped)?.map_err(|e| crate::ask::prepare_problem(&e))
    }

    async fn write(&self, session: &Session, open: &Open, applied: &Applied, request: &ExportRequest, path: &Path) -> Result<Exported> {
        let (bytes, format, notes) = if request.own_format {
            let written = self.in_own_format(session, open, applied).await?;
            (written.bytes, written.format.name(), written.notes.iter().map(ToString::to_string).collect())
        } else {
            (applied.text.expose().clone().into_bytes(), "text", Vec::new())
        };
        // What the file is, and by which rule: `docx/hipaa_safe_harbor`, `text/glba_pci/changed`.
        let (_, rule) = claims(&table(&request.preset, &request.changes)?);
        let told = label(&format!("{format}/{rule}"))?;
        session.log(Some(&open.id), Action::Exported { format: told, bytes: bytes.len() as u64 }).await?;
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

/// A name in a folder that no file has: the record's own name may tell who it is about.
fn free(folder: &Path, number: usize, ending: &str) -> Result<std::path::PathBuf> {
    let names = (0..1000).map(|attempt| match attempt {
        0 => format!("record-{number}.redacted.{ending}"),
        _ => format!("record-{number}-{attempt}.redacted.{ending}"),
    });
    let free = names.map(|name| folder.join(name)).find(|path| !path.exists());
    free.ok_or_else(|| Error::unreadable("the folder holds too many results of that name".into()))
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

impl Session {
    /// The secret of the surrogates and shifted dates of a record or a case.
    pub(crate) async fn seed(&self, folder: &Folder) -> Result<Seed> {
        self.seed_of(folder.owner()?).await
    }

    /// The secret for something of that id, whose number in the case counts nothing but chance.
    pub(crate) async fn seed_of(&self, owner: uuid::Uuid) -> Result<Seed> {
        let (_, number) = owner.as_u64_pair();
        Ok(Seed::new(self.store.seed().await.map_err(store_problem)?).of_case(number))
    }
}

pub(crate) fn plan(operators: Operators, seed: Option<&Seed>) -> Plan<'_> {
    let year = now().get(..4).and_then(|year| year.parse().ok());
    Plan { operators, seed, year, needed: None }
}

pub(crate) fn segments(applied: &Applied) -> Vec<SegmentView> {
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

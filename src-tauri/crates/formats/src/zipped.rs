//! What is zipped: documents of Office and OpenDocument, or plainly files, each of which is read.

use deid::Span;

use crate::archive::Archive;
use crate::draft::Draft;
use crate::{Format, Limits, Note, Origin, ReadError, docx, inside, odf, pptx, xlsx};

/// Reads what the archive holds.
pub(crate) fn read(bytes: &[u8], limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
    let mut archive = Archive::open(bytes, Format::Zip, &mut draft.budget)?;
    let unsupported = |found: &str| Err(ReadError::Unsupported { found: found.into() });
    let format = match () {
        () if archive.has("word/document") => Format::Docx,
        () if archive.has("xl/workbook.bin") => return unsupported("xlsb"),
        () if archive.has("xl/workbook") || archive.has("xl/worksheets/") => Format::Xlsx,
        () if archive.has("ppt/presentation") || archive.has("ppt/slides/") => Format::Pptx,
        () if archive.has("content.xml") && archive.has("META-INF/manifest.xml") => Format::OpenDocument,
        () if archive.has("META-INF/container.xml") => return unsupported("epub"),
        () => Format::Zip,
    };
    archive.format = format;
    match format {
        Format::Docx => docx::read(archive, limits, draft)?,
        Format::Xlsx => drop(xlsx::read(archive, limits, draft)?),
        Format::Pptx => pptx::read(archive, limits, draft)?,
        Format::OpenDocument => odf::read(archive, limits, draft)?,
        _ => drop(files(archive, limits, draft)?),
    }
    Ok(format)
}

/// A file of an archive, and where the record says its name and its words; no words where it could not be read.
pub(crate) struct Member {
    pub name: String,
    pub called: Span,
    pub said: Option<Span>,
}

/// Every file of an archive under its name.
pub(crate) fn files(mut archive: Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<Vec<Member>, ReadError> {
    let (mut read, mut locked, mut inside, mut members) = (0, 0, 0, Vec::new());
    draft.notes.extend((archive.nameless > 0).then_some(Note::AttachmentsNotRead { count: archive.nameless }));
    for name in archive.names.clone().iter().filter(|n| !n.ends_with('/')) {
        // What systems keep for themselves beside the files.
        if name.starts_with("__MACOSX/") || name.ends_with(".DS_Store") {
            draft.notes.push(Note::PropertiesLeftOut);
            continue;
        }
        draft.end_line()?;
        draft.made("File: ")?;
        let called = draft.push(name, Origin::Path { path: name.clone() })?;
        draft.made("\n")?;
        let start = draft.text().len();
        let bytes = match archive.bytes(name, &mut draft.budget) {
            Ok(bytes) => bytes,
            Err(error @ (ReadError::PasswordNeeded | ReadError::Corrupt { .. })) => {
                locked += usize::from(error == ReadError::PasswordNeeded);
                draft.notes.push(Note::AttachmentsNotRead { count: 1 });
                members.push(Member { name: name.clone(), called, said: None });
                continue;
            }
            Err(error) => return Err(error),
        };
        let failed = inside::read(draft, limits, &bytes, name, name)?;
        match &failed {
            None => read += 1,
            Some(error) => inside += usize::from(matches!(error, ReadError::PasswordNeeded | ReadError::Encrypted)),
        }
        let said = failed.is_none().then(|| Span::new(start, draft.text().len()));
        members.push(Member { name: name.clone(), called, said });
    }
    match (read, locked, inside) {
        (0, 0, 0) => Err(ReadError::Unsupported { found: "zip without a readable file".into() }),
        // The archive's own password opens its entries, not the files that have one of theirs.
        (0, 0, _) => Err(ReadError::Encrypted),
        (0, ..) => Err(ReadError::PasswordNeeded),
        _ => Ok(members),
    }
}

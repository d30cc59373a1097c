//! Bytes to records: text, the identifiers that the format itself names, and where every character came from.
#![forbid(unsafe_code)]

mod archive;
mod biff;
mod ccda;
mod csv;
mod decode;
mod dicom;
mod doc;
mod docx;
mod draft;
mod entities;
mod error;
mod fhir;
mod fixed;
mod hl7;
mod html;
mod inside;
mod iso20022;
mod json;
mod limits;
mod mail;
mod markdown;
mod markup;
mod metro2;
mod msg;
mod nacha;
mod note;
mod number_format;
pub mod ocr;
mod odf;
mod ofx;
mod ole;
mod open;
mod pdf;
mod pdf_ink;
mod pdf_layout;
mod ppt;
mod pptx;
mod raster;
mod redact_pdf;
mod redact_scan;
mod rtf;
mod rtf_words;
mod sheet;
mod sniff;
mod source_map;
mod swift;
mod unlock;
mod vocabulary;
pub mod worker;
pub mod write;
mod x12;
mod xls;
mod xlsx;
mod xml;
mod zipped;

use deid::{Detection, Phi, Span};

pub use error::ReadError;
pub use limits::Limits;
pub use note::Note;
pub use open::{display_name, open};
pub use redact_pdf::{OnUnread, RedactError, RedactOptions, Redacted, Trace, Unread, Unreadable, redact_pdf};
pub use sniff::Format;
pub use source_map::{Origin, SourceMap, Stretch};
#[doc(hidden)]
pub use {redact_scan::burnt, unlock::unlock};

use draft::Draft;
use sniff::Shape;

/// What was read from a file.
#[derive(Debug, Clone)]
pub struct Record {
    /// What the file turned out to be, whatever it is called.
    pub format: Format,
    /// All text that was found, hidden text included.
    pub text: Phi<String>,
    /// Identifiers that the format's own structure names, as spans of `text`, ordered by start.
    pub fields: Vec<Detection>,
    /// Where the format's own structure says that a code of meaning stands, which identifies nobody: ordered and apart.
    pub codes: Vec<Span>,
    /// Where each stretch of `text` came from.
    pub source_map: SourceMap,
    /// What a person should know about the reading.
    pub notes: Vec<Note>,
}

/// Reads a record in this process. Bounded but for the memory a PDF takes while it is unpacked, which [`worker::Confined`] bounds.
/// Text on scans and pictures is not recognized here, it takes [`worker::Confined`] too. `name` is only asked where the content leaves
/// a doubt, as between a table of commas and a text with commas.
pub fn read(bytes: &[u8], name: &str, limits: &Limits) -> Result<Record, ReadError> {
    draft(bytes, name, limits).and_then(|(format, draft)| draft.finish(format))
}

/// A record whose scans are still to be recognized.
pub(crate) fn read_part(bytes: &[u8], name: &str, limits: &Limits) -> Result<(Record, Vec<ocr::Scan>), ReadError> {
    let (format, draft) = draft(bytes, name, limits)?;
    if draft.scans.is_empty() { draft.finish(format).map(|record| (record, Vec::new())) } else { Ok(draft.with_scans(format)) }
}

fn draft(bytes: &[u8], name: &str, limits: &Limits) -> Result<(Format, Draft), ReadError> {
    let mut draft = Draft::new(limits);
    let format = read_into(bytes, name, limits, &mut draft)?;
    Ok((format, draft))
}

/// Reads a file into a draft that is still empty.
fn read_into(bytes: &[u8], name: &str, limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if bytes.len() as u64 > limits.max_input {
        return Err(ReadError::TooLarge { limit: limits.max_input });
    }
    match sniff::shape(bytes)? {
        Shape::Pdf => pdf::read(bytes, limits, draft).map(|()| Format::Pdf),
        Shape::Image => ocr::scans(bytes, limits, draft).map(|()| Format::Image),
        Shape::Zip => zipped::read(bytes, limits, draft),
        Shape::Mail => mail::read(bytes, limits, draft).map(|()| Format::Eml),
        Shape::Mails => mail::read_all(bytes, limits, draft).map(|()| Format::Mbox),
        Shape::Ole => match ole::read(bytes, limits, draft) {
            Err(ReadError::PasswordNeeded) => {
                let open = unlock::unasked(bytes, limits).ok_or(ReadError::PasswordNeeded)?;
                // No deeper than this: what was opened may not be locked again.
                if sniff::shape(&open)? == Shape::Zip { zipped::read(&open, limits, draft) } else { ole::read(&open, limits, draft) }
            }
            read => read,
        },
        Shape::Dicom => dicom::read(bytes, limits, draft).map(|()| Format::Dicom),
        Shape::Text => read_text(bytes, name, limits, draft),
    }
}

fn read_text(bytes: &[u8], name: &str, limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
    let decoded = decode::decode(bytes, &mut draft.notes)?;
    let format = sniff::text_format(&decoded, name)?;
    match format {
        Format::Fhir | Format::Json => return fhir::read(&decoded, limits, draft),
        Format::Ccda => ccda::read(&decoded, limits, draft)?,
        Format::Iso20022 | Format::FhirXml | Format::Xml => xml::read(&decoded, format, limits, draft)?,
        Format::Markdown => own(draft, &decoded, markdown::notes)?,
        Format::Rtf => drop(rtf::read(&decoded, limits, draft)?),
        Format::Html => drop(html::read(&decoded, draft)?),
        Format::Hl7 => own(draft, &decoded, hl7::fields)?,
        Format::X12 => own(draft, &decoded, x12::fields)?,
        Format::Nacha => own(draft, &decoded, nacha::fields)?,
        Format::Swift => own(draft, &decoded, swift::fields)?,
        Format::Ofx => own(draft, &decoded, ofx::fields)?,
        Format::Metro2 => own(draft, &decoded, metro2::fields)?,
        Format::Csv | Format::Tsv => {
            draft.own_text(&decoded)?;
            csv::fields(draft, if format == Format::Csv { sniff::delimiter(&decoded) } else { '\t' });
        }
        _ => draft.own_text(&decoded)?,
    }
    Ok(format)
}

/// The message is its own text, and `fields` names what identifies in it.
fn own(draft: &mut Draft, decoded: &str, fields: impl Fn(&mut Draft)) -> Result<(), ReadError> {
    draft.own_text(decoded)?;
    fields(draft);
    Ok(())
}

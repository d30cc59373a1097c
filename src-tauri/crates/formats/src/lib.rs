//! Bytes to records: text, the identifiers that the format itself names, and where every character came from.
#![forbid(unsafe_code)]

mod ccda;
mod csv;
mod decode;
mod docx;
mod draft;
mod error;
mod fhir;
mod hl7;
mod json;
mod limits;
mod markup;
mod note;
mod open;
mod pdf;
mod pdf_ink;
mod pdf_layout;
mod raster;
mod redact_pdf;
mod sniff;
mod source_map;
pub mod worker;

use deid::{Detection, Phi};

pub use error::ReadError;
pub use limits::Limits;
pub use note::Note;
pub use open::{display_name, open};
pub use redact_pdf::{Edit, OnUnread, RedactError, RedactOptions, Redacted, Trace, Unread, Unreadable, redact_pdf};
pub use sniff::Format;
pub use source_map::{Origin, SourceMap, Stretch};

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
    /// Where each stretch of `text` came from.
    pub source_map: SourceMap,
    /// What a person should know about the reading.
    pub notes: Vec<Note>,
}

/// Reads a record in this process. Bounded but for the memory a PDF takes while it is unpacked, which [`worker::Confined`] bounds.
/// `name` is only asked where the content leaves a doubt, as between a table of commas and a text with commas.
pub fn read(bytes: &[u8], name: &str, limits: &Limits) -> Result<Record, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if bytes.len() as u64 > limits.max_input {
        return Err(ReadError::TooLarge { limit: limits.max_input });
    }
    let mut draft = Draft::new(limits.max_text);
    let format = match sniff::shape(bytes)? {
        Shape::Pdf => pdf::read(bytes, limits, &mut draft).map(|()| Format::Pdf)?,
        Shape::Zip => docx::read(bytes, limits, &mut draft).map(|()| Format::Docx)?,
        Shape::Text => read_text(bytes, name, limits, &mut draft)?,
    };
    draft.finish(format)
}

fn read_text(bytes: &[u8], name: &str, limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
    let decoded = decode::decode(bytes, &mut draft.notes)?;
    let format = sniff::text_format(&decoded, name)?;
    match format {
        Format::Fhir | Format::Json => return fhir::read(&decoded, limits, draft),
        Format::Ccda => ccda::read(&decoded, limits, draft)?,
        Format::Hl7 => {
            draft.own_text(&decoded)?;
            hl7::fields(draft);
        }
        Format::Csv | Format::Tsv => {
            draft.own_text(&decoded)?;
            csv::fields(draft, if format == Format::Csv { sniff::delimiter(&decoded) } else { '\t' });
        }
        Format::Text | Format::Pdf | Format::Docx => draft.own_text(&decoded)?,
    }
    Ok(format)
}

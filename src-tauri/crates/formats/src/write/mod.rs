//! Records back to files: what was found goes from the file itself, and every other byte stays.
//!
//! An edit is a span of the record's text. The source map says where each stretch of it came from; there, the bytes are replaced,
//! in the notation of the place. What a file holds that no text shows (properties, comments of the markup, pictures that were not
//! read) nobody could look at, so it goes too. What comes out is read again before it is handed over.
//! A PDF is drawn anew instead, with boxes over what was found. What shows words that were recognized takes Tesseract, and so
//! [`worker::Confined::write`](crate::worker::Confined::write).

mod ccda;
mod charset;
mod docx;
mod ground;
mod html;
mod json;
mod mail;
mod note;
mod odf;
mod package;
mod page;
mod pdf;
mod repeat;
mod rtf;
mod table;
mod tree;
mod verify;
mod xlsx;
mod xml;
mod zipped;

use std::ops::Range;

use deid::Span;
use serde::{Deserialize, Serialize};

use crate::redact_scan::Sheet;
use crate::{Format, Limits, Origin, ReadError, Record, Stretch, Trace, decode, sniff, unlock};
use charset::{Charset, Spelling};
use ground::{Change, Ground, Plain};
pub use note::WriteNote;
use verify::Search;

/// A span of a record's text, and what goes there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Bytes of the record's text; not empty.
    pub span: Span,
    /// The text that replaces it. It is escaped as the format demands.
    pub replacement: String,
}

/// What a worker is to write.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub edits: Vec<Edit>,
    pub keep_unread: bool,
    /// Whether the same words go wherever else they stand.
    pub everywhere: bool,
    /// The [`mark`] of the text that the edits belong to.
    pub text: Option<u64>,
    /// Each page whose words were recognized.
    pub sheets: Vec<Sheet>,
}

/// Tells a text from others, for two processes of one program. Nothing that an attacker may choose hangs on it.
pub(crate) fn mark(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its format, the same as before.
    pub format: Format,
    /// What a person should know about the writing.
    pub notes: Vec<WriteNote>,
}

/// Why a file could not be written. No variant holds content or a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum WriteError {
    /// It cannot be read, or what was written cannot.
    #[error(transparent)]
    Read {
        /// Why.
        error: ReadError,
    },
    /// There is no way back from its text to its bytes.
    #[error("files of this type ({format}) cannot be written back; save the de-identified text instead")]
    NotWritable {
        /// What it is.
        format: Format,
    },
    /// It shows words that take text recognition.
    #[error("this is a scan or a picture, whose words cannot be recognized here; save the de-identified text instead")]
    NotRecognized,
    /// Two edits share text.
    #[error("two edits overlap; join them")]
    Overlap,
    /// An edit is empty, cuts a character, or ends beyond the text, or the file gives another text than it did.
    #[error("an edit does not fit the record's text; read the record again")]
    Astray,
    /// What comes out is larger than allowed.
    #[error("the written file is too large, the limit is {} MiB", .limit >> 20)]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// What was written reads as another format.
    #[error("the written file reads as {found}, not as what it was; save the de-identified text instead")]
    Changed {
        /// As what it reads.
        found: Format,
    },
    /// What was to go can still be found.
    #[error("{count} of the replaced words are still in the written file; replace them everywhere")]
    Survived {
        /// How many different ones.
        count: usize,
    },
    /// A redacted PDF holds something that it should not.
    #[error("the redacted file did not pass its inspection ({found}) and was thrown away; save the de-identified text instead")]
    Inspection {
        /// Where it was found.
        found: Trace,
    },
}

impl WriteError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            WriteError::Read { error } => error.code(),
            WriteError::NotWritable { .. } => "not_writable",
            WriteError::NotRecognized => "not_recognized",
            WriteError::Overlap => "overlap",
            WriteError::Astray => "astray",
            WriteError::TooLarge { .. } => "written_too_large",
            WriteError::Changed { .. } => "written_changed",
            WriteError::Survived { .. } | WriteError::Inspection { .. } => "survived",
        }
    }
}

impl From<ReadError> for WriteError {
    fn from(error: ReadError) -> Self {
        WriteError::Read { error }
    }
}

/// A range of a text and what replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Splice {
    at: Range<usize>,
    with: String,
}

/// Writes a file with the edits made, in this process; [`worker::Confined::write`](crate::worker::Confined::write) does it in
/// another. `bytes`, `name` and `limits` are those that the record was read with.
///
/// A replacement goes to the first place that its span was read from, the other places become empty. What the reader put between
/// (labels, separators) and what parts a table or a message stays. Attachments and pictures that were not read are taken out
/// unless `keep_unread` is set.
pub fn write(bytes: &[u8], name: &str, limits: &Limits, edits: &[Edit], keep_unread: bool) -> Result<Written, WriteError> {
    make(bytes, name, limits, &Order { edits: edits.to_vec(), keep_unread, everywhere: false, text: None, sheets: Vec::new() })
}

pub(crate) fn make(bytes: &[u8], name: &str, limits: &Limits, order: &Order) -> Result<Written, WriteError> {
    let (record, scans) = crate::read_part(bytes, name, limits)?;
    // Their pixels show what no text here says.
    if !scans.iter().map(|scan| scan.page).eq(order.sheets.iter().map(|sheet| sheet.page)) {
        return Err(WriteError::NotRecognized);
    }
    if order.text.is_some_and(|text| text != mark(record.text.expose())) {
        return Err(WriteError::Astray);
    }
    let (mut edits, keep_unread) = (in_order(&order.edits, record.text.expose())?, order.keep_unread);
    let mut notes = Vec::new();
    if order.everywhere && !matches!(record.format, Format::Pdf | Format::Image) {
        let more = repeat::repeated(&record, &edits);
        notes.extend((!more.is_empty()).then_some(WriteNote::Repeated { count: more.len() }));
        edits.extend(more);
        edits.sort_by_key(|edit| edit.span.start);
    }
    let edits = &edits;
    let search = Search::of(&record, edits)?;
    let open = if sniff::shape(bytes)? == sniff::Shape::Ole { unlock::unasked(bytes, limits) } else { None };
    let bytes = open.as_deref().unwrap_or(bytes);
    let written = match record.format {
        Format::Pdf => pdf::write(bytes, limits, order, &mut notes)?,
        Format::Image => crate::redact_scan::write(bytes, limits, &order.sheets, keep_unread, &mut notes)?,
        Format::Docx | Format::Pptx => docx::write(bytes, limits, &record, edits, &search, keep_unread, &mut notes)?,
        Format::OpenDocument => odf::write(bytes, limits, &record, edits, &search, keep_unread, &mut notes)?,
        Format::Xlsx => xlsx::write(bytes, limits, &record, edits, &search, keep_unread, &mut notes)?,
        Format::Eml | Format::Mbox => mail::write(bytes, limits, &record, edits, keep_unread, &mut notes)?,
        Format::Zip => zipped::write(bytes, limits, &record, edits, keep_unread, &mut notes)?,
        _ => text(bytes, limits, &record, edits, &search, keep_unread, &mut notes)?,
    };
    let written = Written { bytes: written, format: record.format, notes };
    if written.bytes.len() as u64 > limits.max_input {
        return Err(WriteError::TooLarge { limit: limits.max_input });
    }
    // What was drawn anew was inspected as it was made.
    if !matches!(written.format, Format::Pdf | Format::Image) {
        verify::verify(&written, name, limits, &search, edits)?;
    }
    Ok(written)
}

pub(crate) fn in_order(edits: &[Edit], text: &str) -> Result<Vec<Edit>, WriteError> {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|e| (e.span.start, e.span.end));
    if edits.iter().any(|e| e.span.of(text).is_empty()) {
        return Err(WriteError::Astray);
    }
    if edits.windows(2).any(|pair| matches!(pair, [a, b] if a.span.overlaps(&b.span))) {
        return Err(WriteError::Overlap);
    }
    Ok(edits)
}

/// A file that is one text.
fn text(
    bytes: &[u8],
    limits: &Limits,
    record: &Record,
    edits: &[Edit],
    search: &Search,
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
) -> Result<Vec<u8>, WriteError> {
    let decoded = decode::decode(bytes, &mut Vec::new()).map_err(|_| WriteError::NotWritable { format: record.format })?;
    let said = record.text.expose();
    let (splices, spell): (Vec<Splice>, Spelling) = match record.format {
        Format::Json | Format::Fhir => {
            let values = crate::json::values(&decoded).ok_or(ReadError::Corrupt { format: record.format })?;
            let document = json::Document::new(&decoded, &values, record.format == Format::Fhir);
            let is_key = |origin: &Origin| matches!(origin, Origin::Bytes { start, .. } if document.is_key(*start));
            let mut splices = made(record, &assign(record, edits, is_key)?, &document)?;
            splices.extend(document.clean(keep_unread, notes));
            (splices, charset::escaped)
        }
        Format::Ccda => {
            let xml = xml::Xml::new(&decoded);
            let mut splices = ccda::edits(record, &assign(record, edits, |_| false)?, &xml)?;
            splices.extend(ccda::clean(&xml, &shown(record, ""), search, keep_unread, notes));
            (splices, charset::numeric)
        }
        Format::Html => {
            let marks = crate::html::read(&decoded, &mut crate::draft::Draft::new(limits))?;
            let page = page::Page { text: &decoded, marks: &marks };
            let mut splices = made(record, &assign(record, edits, |_| false)?, &page)?;
            let gone = page.clean(&shown(record, ""), search, keep_unread);
            notes.extend((!gone.is_empty()).then_some(WriteNote::UnseenRemoved { count: gone.len() }));
            splices.extend(gone);
            (splices, charset::numeric)
        }
        Format::Rtf => {
            let unshown = crate::rtf::read(&decoded, limits, &mut crate::draft::Draft::new(limits))?;
            let document = rtf::Rtf { text: &decoded, unshown: &unshown };
            let mut splices = made(record, &assign(record, edits, |_| false)?, &document)?;
            let (gone, unread) = document.clean(keep_unread);
            let unseen = gone.len() - unread;
            notes.extend((unread > 0).then_some(WriteNote::UnreadRemoved { count: unread }));
            notes.extend((unseen > 0).then_some(WriteNote::UnseenRemoved { count: unseen }));
            splices.extend(gone);
            (splices, charset::unspelled)
        }
        Format::Iso20022 | Format::FhirXml | Format::Xml => {
            let xml = xml::Xml::new(&decoded);
            let mut splices = tree::edits(record, &assign(record, edits, |_| false)?, &xml)?;
            splices.extend(tree::clean(&xml, &shown(record, ""), keep_unread, notes));
            (splices, charset::numeric)
        }
        Format::Csv | Format::Tsv => {
            let delimiter = if record.format == Format::Csv { sniff::delimiter(&decoded) } else { '\t' };
            let edits = table::cells(said, delimiter, edits);
            (made(record, &assign(record, &edits, |_| false)?, &Plain(&decoded))?, charset::unspelled)
        }
        Format::Hl7 => {
            let (edits, documents) = table::components(said, edits, keep_unread);
            notes.extend((documents > 0).then_some(WriteNote::UnreadRemoved { count: documents }));
            (made(record, &assign(record, &edits, |_| false)?, &Plain(&decoded))?, charset::unspelled)
        }
        Format::X12 | Format::Nacha | Format::Metro2 => {
            let edits: Vec<_> = edits.iter().map(|edit| (edit.span, edit.replacement.clone())).collect();
            let rewrite = match record.format {
                Format::X12 => crate::x12::rewrite,
                Format::Nacha => crate::nacha::rewrite,
                _ => crate::metro2::rewrite,
            };
            let with = with_line_ends(rewrite(said, &edits), &decoded);
            (vec![Splice { at: 0..decoded.len(), with }], charset::unspelled)
        }
        Format::Text | Format::Markdown | Format::Swift | Format::Ofx => {
            let edits: Vec<Edit> = edits.iter().map(|e| Edit { span: e.span, replacement: noted(record.format, e, said) }).collect();
            (made(record, &assign(record, &edits, |_| false)?, &Plain(&decoded))?, charset::unspelled)
        }
        // Each format has its own notation and its own corners.
        _ => return Err(WriteError::NotWritable { format: record.format }),
    };
    let (bytes, utf8) = Charset::of(bytes).encode(&decoded, &settle(splices), spell)?;
    notes.extend(utf8.then_some(WriteNote::Utf8));
    Ok(bytes)
}

/// A replacement in the notation of a format whose text is shown as it is written.
fn noted(format: Format, edit: &Edit, said: &str) -> String {
    let with = &edit.replacement;
    match format {
        Format::Ofx => xml::escape(with, false).replace('\n', " "),
        // Braces part blocks, and a colon or a dash at the start of a line begins or ends something.
        Format::Swift => {
            let with = with.replace('{', "(").replace('}', ")").replace(['\n', '\r'], " ");
            let starts = said.get(..edit.span.start).is_none_or(|before| before.is_empty() || before.ends_with('\n'));
            if starts && with.starts_with([':', '-']) { format!(" {with}") } else { with }
        }
        _ => with.clone(),
    }
}

/// The text with the line ends of the one that it came from.
fn with_line_ends(text: String, like: &str) -> String {
    let end = if like.contains("\r\n") { "\r\n" } else { "\r" };
    if like.contains('\r') { text.replace('\n', end) } else { text }
}

/// Whether a format is an archive of parts.
fn is_package(format: Format) -> bool {
    matches!(format, Format::Docx | Format::Xlsx | Format::Pptx | Format::OpenDocument)
}

fn is_mail(format: Format) -> bool {
    matches!(format, Format::Eml | Format::Mbox)
}

/// The changes by stretch. The replacement goes to the first stretch that has words, and to each that `repeats`.
fn assign(record: &Record, edits: &[Edit], repeats: impl Fn(&Origin) -> bool) -> Result<Vec<(Stretch, Vec<Change>)>, WriteError> {
    let text = record.text.expose();
    let mut placed = vec![false; edits.len()];
    let mut first = 0;
    let mut found = Vec::new();
    // What is shown otherwise than it is written has two stretches with one place.
    let whole = record.source_map.stretches().chunk_by(|a, b| a.origin == b.origin).filter_map(|run| run.first().zip(run.last()));
    for stretch in whole.map(|(a, b)| Stretch { span: a.span.hull(&b.span), origin: a.origin.clone() }) {
        first += edits.get(first..).unwrap_or_default().iter().take_while(|e| e.span.end <= stretch.span.start).count();
        let ahead = edits.get(first..).unwrap_or_default().iter().zip(placed.get_mut(first..).unwrap_or_default());
        let touched = ahead.take_while(|(e, _)| e.span.start < stretch.span.end);
        let mut changes = Vec::new();
        for (edit, placed) in touched {
            let cut = Span::new(edit.span.start.max(stretch.span.start), edit.span.end.min(stretch.span.end));
            let fits = !cut.of(text).trim().is_empty() || cut.end == edit.span.end;
            let with = match repeats(&stretch.origin) {
                true => edit.replacement.clone(),
                false if fits && !*placed => {
                    *placed = stretch.origin != Origin::Made;
                    edit.replacement.clone()
                }
                false => String::new(),
            };
            changes.push(Change { at: cut.start - stretch.span.start..cut.end - stretch.span.start, with });
        }
        match stretch.origin {
            _ if changes.is_empty() => {}
            Origin::Made => {}
            // Of a file inside a document, which goes as a whole.
            Origin::Page { .. } | Origin::Box { .. } | Origin::Path { .. } if is_package(record.format) => {}
            Origin::Page { .. } | Origin::Box { .. } if is_mail(record.format) => {}
            Origin::Path { .. } if is_mail(record.format) => found.push((stretch, changes)),
            Origin::Bytes { .. } | Origin::Part { .. } => found.push((stretch, changes)),
            Origin::Page { .. } | Origin::Box { .. } | Origin::Path { .. } => {
                return Err(WriteError::NotWritable { format: record.format });
            }
        }
    }
    Ok(found)
}

/// The splices of changes in stretches that were read from one text. Words that have no place there would stay: that is an error.
fn made(record: &Record, changes: &[(Stretch, Vec<Change>)], ground: &impl Ground) -> Result<Vec<Splice>, WriteError> {
    let mut all = Vec::new();
    for (stretch, changes) in changes {
        let said = stretch.span.of(record.text.expose());
        let (Origin::Bytes { start, end } | Origin::Part { start, end, .. }) = stretch.origin else { continue };
        let splices = ground.splices(said, &(start..end), changes);
        let words = changes.iter().any(|c| said.get(c.at.clone()).is_some_and(|t| t.contains(char::is_alphanumeric)));
        if splices.is_empty() && words {
            return Err(WriteError::NotWritable { format: record.format });
        }
        all.extend(splices);
    }
    Ok(all)
}

/// The places of a part that the text shows, in order and apart.
fn shown(record: &Record, part: &str) -> Vec<Range<usize>> {
    let of_part = |stretch: &Stretch| match &stretch.origin {
        Origin::Part { name, start, end } if name == part => Some(*start..*end),
        _ => None,
    };
    let mut all: Vec<_> = record.source_map.stretches().iter().filter_map(of_part).collect();
    all.sort_by_key(|at| (at.start, at.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for at in all {
        match apart.last_mut() {
            Some(last) if at.start < last.end => last.end = last.end.max(at.end),
            _ => apart.push(at),
        }
    }
    apart
}

/// Whether one of the places, in order and apart, shares a byte with a range.
fn shows(shown: &[Range<usize>], at: &Range<usize>) -> bool {
    shown.get(shown.partition_point(|s| s.end <= at.start)).is_some_and(|s| s.start < at.end)
}

/// The splices in order and apart: of two that meet, the earlier gives the text, the wider the range.
fn settle(mut splices: Vec<Splice>) -> Vec<Splice> {
    splices.sort_by_key(|s| (s.at.start, std::cmp::Reverse(s.at.end)));
    let mut apart: Vec<Splice> = Vec::new();
    for splice in splices {
        match apart.last_mut() {
            Some(last) if splice.at.start < last.at.end || splice.at == last.at => last.at.end = last.at.end.max(splice.at.end),
            _ => apart.push(splice),
        }
    }
    apart
}

/// A text with splices, which are in order and apart, made.
fn splice(text: &str, splices: &[Splice]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for Splice { at, with } in splices {
        out.push_str(text.get(done..at.start).unwrap_or_default());
        out.push_str(with);
        done = at.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

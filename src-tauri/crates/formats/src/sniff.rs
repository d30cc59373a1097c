//! What a file is, told by its content; the name only settles what content leaves open.

use serde::{Deserialize, Serialize};

use crate::ReadError;

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Plain text.
    Text,
    /// PDF with a text layer.
    Pdf,
    /// Word document.
    Docx,
    /// Values separated by commas, semicolons or bars.
    Csv,
    /// Values separated by tabs.
    Tsv,
    /// HL7 version 2 messages.
    Hl7,
    /// FHIR resources as JSON.
    Fhir,
    /// Any other JSON.
    Json,
    /// C-CDA document.
    Ccda,
    /// A picture: PNG, JPEG, TIFF, BMP or GIF.
    Image,
}

impl Format {
    /// The name that is shown and logged.
    pub fn name(&self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Pdf => "pdf",
            Format::Docx => "docx",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Hl7 => "hl7",
            Format::Fhir => "fhir",
            Format::Json => "json",
            Format::Ccda => "ccda",
            Format::Image => "image",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What the first bytes say.
#[derive(Debug, PartialEq)]
pub(crate) enum Shape {
    Pdf,
    Zip,
    Image,
    Text,
}

/// Pictures by their first bytes.
const PICTURES: &[&[u8]] = &[b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*"];

/// Types that are known by their first bytes and not read.
const REFUSED: &[(&[u8], &str)] = &[
    (b"II+\0", "bigtiff"),
    (b"MM\0+", "bigtiff"),
    (b"RIFF", "riff"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"%!PS", "postscript"),
    (b"{\\rtf", "rtf"),
    (b"SQLite format 3\0", "sqlite"),
    (b"PK\x05\x06", "empty zip"),
];

/// How far in a PDF's head may stand.
const PDF_HEAD_WITHIN: usize = 1024;

/// Tells documents from text.
pub(crate) fn shape(bytes: &[u8]) -> Result<Shape, ReadError> {
    let head = bytes.get(..bytes.len().min(PDF_HEAD_WITHIN)).unwrap_or_default();
    let unsupported = |found: &str| Err(ReadError::Unsupported { found: found.into() });
    if bytes.starts_with(b"%PDF") {
        return Ok(Shape::Pdf);
    }
    // Two letters may begin a text too: the head of a bitmap has zeros in a place where no text has any.
    if PICTURES.iter().any(|magic| bytes.starts_with(magic)) || bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        return Ok(Shape::Image);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Shape::Zip);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        // An encrypted Office document is an OLE file with a stream of that name, in UTF-16.
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        return if bytes.windows(name.len()).any(|w| w == name) {
            Err(ReadError::Encrypted)
        } else {
            unsupported("ole (doc, xls, ppt, msg)")
        };
    }
    if let Some((_, found)) = REFUSED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return unsupported(found);
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return unsupported("dicom");
    }
    if head.windows(5).any(|w| w == b"%PDF-") && head.iter().any(|b| *b == 0 || *b >= 0x80) {
        return Ok(Shape::Pdf);
    }
    Ok(Shape::Text)
}

/// Tells kinds of text apart.
pub(crate) fn text_format(text: &str, name: &str) -> Result<Format, ReadError> {
    let start = text.trim_start_matches(['\u{b}', '\u{1c}', '\u{feff}']).trim_start();
    let unsupported = |found: &str| Err(ReadError::Unsupported { found: found.into() });
    let is_hl7 = ["MSH", "FHS", "BHS"]
        .iter()
        .any(|s| start.strip_prefix(s).and_then(|r| r.chars().next()).is_some_and(|c| c.is_ascii_punctuation()));
    if is_hl7 {
        return Ok(Format::Hl7);
    }
    if start.starts_with('{') || start.starts_with("[{") || start.starts_with("[\n") {
        // What starts like JSON and is none is text, such as a note that begins with a brace.
        return Ok(if serde_json::Deserializer::from_str(start).into_iter::<serde::de::IgnoredAny>().next().is_some_and(|v| v.is_ok()) {
            if start.contains("\"resourceType\"") { Format::Fhir } else { Format::Json }
        } else if start.starts_with('{') && start.contains("\"resourceType\"") {
            return Err(ReadError::Corrupt { format: Format::Fhir });
        } else {
            Format::Text
        });
    }
    if start.starts_with('<') {
        let head: String = start.chars().take(4096).collect::<String>().to_lowercase();
        if head.contains("<clinicaldocument") || head.contains(":clinicaldocument") {
            return Ok(Format::Ccda);
        }
        // Markup may write a name in a way that no recognizer sees: `Mar&#237;a`, `Gar<b>cia</b>`. So may a piece of it.
        if is_markup(start) {
            let page = ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| head.contains(tag));
            let piece = ["<div", "<p>", "<span", "<table", "<script", "<style", "<h1", "<b>"].iter().any(|tag| head.starts_with(tag));
            return unsupported(if page || piece { "html" } else { "xml" });
        }
    }
    // So may a mail's body and its headers.
    let encodes = ["mime-version:", "content-transfer-encoding:"];
    let begins = |line: &str, with: &str| line.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    if text.lines().any(|line| encodes.iter().any(|with| begins(line, with))) {
        return unsupported("email");
    }
    Ok(table_format(start, name))
}

/// A tag or a declaration opens, and a tag is closed further on.
fn is_markup(text: &str) -> bool {
    let opens = text.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "!?".contains(c)));
    opens && ["</", "/>"].iter().any(|end| text.contains(end))
}

fn table_format(text: &str, name: &str) -> Format {
    let lower = name.to_lowercase();
    if is_table(text, '\t') || lower.ends_with(".tsv") && text.contains('\t') {
        Format::Tsv
    } else if [',', ';', '|'].iter().any(|d| is_table(text, *d)) || lower.ends_with(".csv") {
        Format::Csv
    } else {
        Format::Text
    }
}

/// The separator that parts the first line of a table best.
pub(crate) fn delimiter(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    [',', ';', '|'].into_iter().max_by_key(|d| (is_table(text, *d), first.matches(*d).count())).unwrap_or(',')
}

/// The first rows have equally many cells, more than one, and the first row looks like a heading.
fn is_table(text: &str, delimiter: char) -> bool {
    let head = text.get(..text.floor_char_boundary(64 * 1024)).unwrap_or(text);
    let complete = head.len() == text.len();
    let mut rows = crate::csv::rows(head, delimiter);
    let Some(first) = rows.next() else { return false };
    let heading = |cell: &deid::Span| {
        let cell = cell.of(head).trim();
        !cell.is_empty() && cell.len() <= 64 && !cell.contains(['\n', '.', ':']) && cell.split_whitespace().count() <= 5
    };
    let mut rest: Vec<usize> = rows.take(20).map(|r| r.len()).collect();
    if !complete && rest.len() < 20 {
        rest.pop();
    }
    first.len() > 1 && first.iter().all(heading) && !rest.is_empty() && rest.iter().all(|n| *n == first.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_and_the_name_does_not() {
        let cases = [
            ("MSH|^~\\&|A|B\rPID|1", Ok(Format::Hl7)),
            ("\u{b}MSH|^~\\&|A|B\rPID|1\r\u{1c}\r", Ok(Format::Hl7)),
            ("MSH is short for message header", Ok(Format::Text)),
            ("{\"resourceType\":\"Patient\"}", Ok(Format::Fhir)),
            ("{\"resourceType\":\"Patient\"", Err("corrupt")),
            ("{\"a\": 1}", Ok(Format::Json)),
            ("{patient} was seen", Ok(Format::Text)),
            ("<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>", Ok(Format::Ccda)),
            ("<?xml version=\"1.0\"?><note/>", Err("unsupported")),
            ("<!DOCTYPE html><html><body>Mar&iacute;a</body></html>", Err("unsupported")),
            ("<section><title>Mar&#237;a</title></section>", Err("unsupported")),
            ("<b>Mar&#237;a</b>", Err("unsupported")),
            ("<Name of the patient> was seen, Hb <8", Ok(Format::Text)),
            ("From: a@example.com\nContent-Transfer-Encoding: base64\n\nTWFyaWE=\n", Err("unsupported")),
            ("name,dob\nMaria,1961-01-01\n", Ok(Format::Csv)),
            ("name\tdob\nMaria\t1961-01-01\n", Ok(Format::Tsv)),
            ("Dear Maria,\nthank you, and goodbye.\nYours, Bob\n", Ok(Format::Text)),
            ("From: a@example.com\nMIME-Version: 1.0\n\nTWFyaWE=\n", Err("unsupported")),
        ];
        for (text, expected) in cases {
            assert_eq!(text_format(text, "x.pdf").map_err(|e| e.code()), expected, "{text:?}");
        }
    }
}

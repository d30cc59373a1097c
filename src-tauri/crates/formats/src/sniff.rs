//! What a file is, told by its content; the name only settles what content leaves open.

use serde::{Deserialize, Serialize};

use crate::{ReadError, metro2, nacha, ofx, swift, x12};

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
    /// ASC X12 interchange.
    X12,
    /// ACH file.
    Nacha,
    /// SWIFT MT messages.
    Swift,
    /// OFX and QFX, as SGML or XML.
    Ofx,
    /// Metro 2 credit reports.
    Metro2,
    /// ISO 20022 messages.
    Iso20022,
    /// FHIR resources as XML.
    FhirXml,
    /// Any other XML.
    Xml,
    /// Page of the web.
    Html,
    /// Markdown, told by its name.
    Markdown,
    /// Rich text.
    Rtf,
    /// Excel workbook.
    Xlsx,
    /// Excel workbook of 1993 to 2003.
    Xls,
    /// PowerPoint presentation.
    Pptx,
    /// PowerPoint presentation of 1997 to 2003.
    Ppt,
    /// Word document of 1997 to 2003.
    Doc,
    /// OpenDocument text, sheet or slides.
    OpenDocument,
    /// Mail.
    Eml,
    /// Several mails in one file.
    Mbox,
    /// Mail as Outlook keeps it.
    Msg,
    /// Archive of files.
    Zip,
    /// The header of a DICOM image.
    Dicom,
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
            Format::X12 => "x12",
            Format::Nacha => "nacha",
            Format::Swift => "swift",
            Format::Ofx => "ofx",
            Format::Metro2 => "metro2",
            Format::Iso20022 => "iso20022",
            Format::FhirXml => "fhir_xml",
            Format::Xml => "xml",
            Format::Html => "html",
            Format::Markdown => "markdown",
            Format::Rtf => "rtf",
            Format::Xlsx => "xlsx",
            Format::Xls => "xls",
            Format::Pptx => "pptx",
            Format::Ppt => "ppt",
            Format::Doc => "doc",
            Format::OpenDocument => "open_document",
            Format::Eml => "eml",
            Format::Mbox => "mbox",
            Format::Msg => "msg",
            Format::Zip => "zip",
            Format::Dicom => "dicom",
            Format::Image => "image",
        }
    }

    /// Whether a file of this kind without words holds something all the same, a picture for example.
    pub(crate) fn is_document(&self) -> bool {
        use Format::*;
        matches!(self, Pdf | Docx | Xlsx | Xls | Pptx | Ppt | Doc | OpenDocument | Eml | Mbox | Msg | Zip | Dicom | Image)
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
    Mail,
    Mails,
    Ole,
    Dicom,
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
        return Ok(Shape::Ole);
    }
    if let Some((_, found)) = REFUSED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return unsupported(found);
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return Ok(Shape::Dicom);
    }
    if let Some(mail) = mail(bytes) {
        return Ok(mail);
    }
    if head.windows(5).any(|w| w == b"%PDF-") && head.iter().any(|b| *b == 0 || *b >= 0x80) {
        return Ok(Shape::Pdf);
    }
    Ok(Shape::Text)
}

/// Elements that a piece of a page begins with.
const PIECES: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "body",
    "br",
    "center",
    "div",
    "em",
    "font",
    "head",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "script",
    "span",
    "strong",
    "style",
    "table",
    "tbody",
    "td",
    "tr",
    "ul",
];

/// Fields that only a mail's head has; a letter too may begin with `From:` and `To:`.
const OF_MAIL: &[&str] = &[
    "message-id",
    "mime-version",
    "received",
    "return-path",
    "content-type",
    "content-transfer-encoding",
    "delivered-to",
    "x-mailer",
    "dkim-signature",
    "x-original-to",
    "in-reply-to",
    "arc-seal",
];

/// How far a mail's head is looked at.
const HEAD_OF_MAIL: usize = 64 << 10;

/// A mail begins with fields, one of which no letter has; a file of mails with a line that says who sent the first one, and when.
fn mail(bytes: &[u8]) -> Option<Shape> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let mut lines = bytes.get(..bytes.len().min(HEAD_OF_MAIL))?.split(|b| *b == b'\n');
    let field = |line: &[u8]| {
        let name = str::from_utf8(line.split(|b| *b == b':').next().filter(|name| name.len() < line.len())?).ok()?;
        (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')).then(|| name.to_ascii_lowercase())
    };
    let first = lines.clone().next()?;
    if crate::mail::is_envelope(first) {
        lines.next();
        return lines.next().and_then(field).map(|_| Shape::Mails);
    }
    let mut of_mail = false;
    for line in lines.take_while(|line| !line.trim_ascii().is_empty()) {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = field(line)?;
            of_mail |= OF_MAIL.contains(&name.as_str());
        }
    }
    of_mail.then_some(Shape::Mail)
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
    type Begins = fn(&str) -> bool;
    let messages: [(Begins, Format); 5] = [
        (x12::begins, Format::X12),
        (nacha::begins, Format::Nacha),
        (swift::begins, Format::Swift),
        (ofx::begins, Format::Ofx),
        (metro2::begins, Format::Metro2),
    ];
    if let Some((_, format)) = messages.into_iter().find(|(begins, _)| begins(start)) {
        return Ok(format);
    }
    if start.starts_with("{\\rtf") {
        return Ok(Format::Rtf);
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
        let is_tag = |tag: &&&str| {
            let after = head.strip_prefix('<').and_then(|rest| rest.strip_prefix(**tag));
            after.is_some_and(|rest| rest.starts_with(|c: char| c.is_whitespace() || "/>".contains(c)))
        };
        let page = ["<!doctype html", "<html"].iter().any(|tag| head.contains(tag));
        let piece = PIECES.iter().find(is_tag).is_some() && (is_markup(start) || name.to_lowercase().ends_with(".html"));
        if piece && is_markdown(name) {
            return Ok(Format::Markdown);
        }
        if page || piece {
            return Ok(Format::Html);
        }
        if is_markup(start) {
            return Ok(if head.contains("urn:iso:std:iso:20022:") {
                Format::Iso20022
            } else if head.contains("\"http://hl7.org/fhir\"") || head.contains("'http://hl7.org/fhir'") {
                Format::FhirXml
            } else {
                Format::Xml
            });
        }
    }
    // So may a mail's body and its headers.
    let encodes = ["mime-version:", "content-transfer-encoding:"];
    let begins = |line: &str, with: &str| line.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    if text.lines().any(|line| encodes.iter().any(|with| begins(line, with))) {
        return unsupported("email");
    }
    Ok(if is_markdown(name) { Format::Markdown } else { table_format(start, name) })
}

fn is_markdown(name: &str) -> bool {
    let lower = name.to_lowercase();
    [".md", ".markdown", ".mdown"].iter().any(|end| lower.ends_with(end))
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
            ("<?xml version=\"1.0\"?><note/>", Ok(Format::Xml)),
            ("<!DOCTYPE html><html><body>Mar&iacute;a</body></html>", Ok(Format::Html)),
            ("<section><title>Mar&#237;a</title></section>", Ok(Format::Xml)),
            ("<b>Mar&#237;a</b>", Ok(Format::Html)),
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

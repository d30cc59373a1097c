//! Word documents: every place that holds words, in reading order, what is hidden included.

use std::io::{Cursor, Read};

use deid::EntityType;
use roxmltree::Node;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::ccda::parse;
use crate::draft::Draft;
use crate::markup::child;
use crate::{Format, Limits, Note, Origin, ReadError};

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Docx };

/// A quarter of a letter page in English Metric Units: smaller pictures are logos and signs.
const LARGE_PICTURE: u64 = 7_772_400 * 10_058_400 / 4;

/// Parts around the body, by the start of their names, and the heading under which they stand in the text.
const AROUND: &[(&str, &str)] = &[
    ("word/footer", "Footer"),
    ("word/footnotes", "Footnotes"),
    ("word/endnotes", "Endnotes"),
    ("word/comments.xml", "Comments"),
    ("word/glossary/document", "Building blocks"),
];

/// Reads a document, or says what else is in the archive.
pub(crate) fn read(bytes: &[u8], limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| CORRUPT)?;
    if archive.len() > limits.max_entries {
        return Err(ReadError::Bomb);
    }
    let mut names: Vec<String> = archive.file_names().filter_map(|n| n.ok().map(|n| n.into_owned())).collect();
    names.sort();
    let body = names.iter().find(|n| n.starts_with("word/document") && n.ends_with(".xml")).cloned().ok_or_else(|| other(&names))?;
    let mut parts = Parts { archive, left: limits.max_unpacked, limits };
    let mut reader = Reader {
        draft,
        part: String::new(),
        deleted: Vec::new(),
        codes: Vec::new(),
        pictures: 0,
        small_pictures: 0,
        objects: 0,
        hidden: false,
        damaged: 0,
    };
    let xml = |name: &&String| name.ends_with(".xml");
    for name in names.iter().filter(|n| n.starts_with("word/header")).filter(xml) {
        reader.around(&mut parts, name, "Header")?;
    }
    let content = parts.read(&body)?;
    reader.whole(&content, &body, limits)?;
    for (start, heading) in AROUND {
        for name in names.iter().filter(|n| n.starts_with(start)).filter(xml) {
            reader.around(&mut parts, name, heading)?;
        }
    }
    // Drawings keep their words in parts of their own.
    for name in names.iter().filter(|n| n.starts_with("word/diagrams/data") || n.starts_with("word/charts/chart")).filter(xml) {
        reader.around(&mut parts, name, "Drawing")?;
    }
    reader.objects += names.iter().filter(|n| n.starts_with("word/embeddings/") || n.starts_with("word/afchunk")).count();
    if names.iter().any(|n| n.starts_with("docProps/core") || n.starts_with("docProps/custom") || n.starts_with("customXml/item")) {
        reader.draft.notes.push(Note::PropertiesLeftOut);
    }
    reader.finish()
}

/// What the archive is instead.
fn other(names: &[String]) -> ReadError {
    let has = |start: &str| names.iter().any(|n| n.starts_with(start));
    let found = match () {
        () if has("xl/") => "xlsx",
        () if has("ppt/") => "pptx",
        () if has("mimetype") && has("content.xml") => "opendocument",
        () if has("META-INF/container.xml") => "epub",
        () => "zip",
    };
    ReadError::Unsupported { found: found.into() }
}

/// The archive, and how many bytes it may still unpack to.
struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
    limits: &'a Limits,
}

impl Parts<'_> {
    fn read(&mut self, name: &str) -> Result<String, ReadError> {
        let entry = self.archive.by_name(name).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => ReadError::Encrypted,
            _ => CORRUPT,
        })?;
        let mut bytes = Vec::new();
        // Counted on what comes out: an entry's own word for its size is worth nothing.
        entry.take(self.left + 1).read_to_end(&mut bytes).map_err(|_| CORRUPT)?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(ReadError::Bomb)?;
        match encoding_rs::Encoding::for_bom(&bytes) {
            Some((encoding, mark)) => Ok(encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned()),
            None => String::from_utf8(bytes).map_err(|_| CORRUPT),
        }
    }
}

struct Reader<'d> {
    draft: &'d mut Draft,
    part: String,
    deleted: Vec<(String, Origin)>,
    codes: Vec<(String, Origin)>,
    pictures: usize,
    small_pictures: usize,
    objects: usize,
    hidden: bool,
    damaged: usize,
}

impl Reader<'_> {
    fn whole(&mut self, xml: &str, name: &str, limits: &Limits) -> Result<(), ReadError> {
        let document = parse(xml, limits, Format::Docx)?;
        self.part = name.to_owned();
        self.blocks(document.root_element(), false)
    }

    /// A part beside the body: its heading goes again if the part says nothing. A damaged one is reported, not fatal.
    fn around(&mut self, parts: &mut Parts<'_>, name: &str, heading: &str) -> Result<(), ReadError> {
        let limits = parts.limits;
        let before = self.draft.text().len();
        self.draft.end_line()?;
        self.draft.made(&format!("{heading}:\n"))?;
        let begun = self.draft.text().len();
        let done = parts.read(name).and_then(|xml| self.whole(&xml, name, limits));
        if let Err(ReadError::Corrupt { .. }) = done {
            self.damaged += 1;
        } else {
            done?;
        }
        if self.draft.text().get(begun..).is_none_or(|t| t.trim().is_empty()) {
            self.draft.cut(before);
        } else if heading == "Comments" {
            self.draft.notes.push(Note::Comments);
        }
        Ok(())
    }

    /// Paragraphs and tables; inside a cell a space stands for a line end.
    fn blocks(&mut self, node: Node<'_, '_>, cell: bool) -> Result<(), ReadError> {
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "p" => self.paragraph(child, cell)?,
                "tbl" => self.table(child, cell)?,
                "comment" => {
                    if let Some(author) = child.attributes().find(|a| a.name() == "author") {
                        self.draft.made("Comment by ")?;
                        let span = self.draft.push(author.value(), self.origin(author.range_value()))?;
                        self.draft.field(span, EntityType::Person, "comment author");
                        self.draft.made(": ")?;
                    }
                    self.blocks(child, cell)?;
                }
                "altChunk" => self.objects += 1,
                "sectPr" | "tblPr" | "tblGrid" | "tcPr" | "trPr" | "sdtPr" => {}
                "r" | "t" => self.inline(child, &mut Vec::new())?,
                // Names and values of a chart.
                "v" => {
                    self.inline(child, &mut Vec::new())?;
                    self.draft.end_line()?;
                }
                _ => self.blocks(child, cell)?,
            }
        }
        Ok(())
    }

    fn paragraph(&mut self, node: Node<'_, '_>, cell: bool) -> Result<(), ReadError> {
        let mut boxes = Vec::new();
        self.inline(node, &mut boxes)?;
        self.draft.made(if cell { " " } else { "\n" })?;
        for text_box in boxes {
            self.blocks(text_box, cell)?;
        }
        Ok(())
    }

    fn table(&mut self, node: Node<'_, '_>, cell: bool) -> Result<(), ReadError> {
        self.draft.end_line()?;
        for row in named(node, "tr") {
            for (index, cell) in named(row, "tc").into_iter().enumerate() {
                if index > 0 {
                    self.draft.made(" | ")?;
                }
                let floor = self.draft.text().len();
                self.blocks(cell, true)?;
                self.draft.trim_end(floor);
            }
            self.draft.made(if cell { " " } else { "\n" })?;
        }
        Ok(())
    }

    fn inline<'a, 'i>(&mut self, node: Node<'a, 'i>, boxes: &mut Vec<Node<'a, 'i>>) -> Result<(), ReadError> {
        let name = node.tag_name().name();
        match name {
            // Drawings have paragraphs below it.
            "t" | "v" if node.children().any(|n| n.is_element()) => self.blocks(node, false)?,
            "t" | "v" => {
                for text in node.children().filter(Node::is_text) {
                    self.draft.push(text.text().unwrap_or_default(), self.origin(text.range()))?;
                }
            }
            "delText" | "delInstrText" => self.deleted.extend(self.words(node)),
            "instrText" => self.codes.extend(self.words(node)),
            "tab" => self.draft.made("\t")?,
            "br" | "cr" => self.draft.made("\n")?,
            "noBreakHyphen" => self.draft.made("-")?,
            "txbxContent" | "txbx" => boxes.push(node),
            "AlternateContent" => {
                // The same content twice, for newer and older programs.
                let choice = node
                    .children()
                    .find(|n| n.tag_name().name() == "Choice")
                    .or_else(|| node.children().find(|n| n.tag_name().name() == "Fallback"));
                choice.into_iter().try_for_each(|c| self.inline(c, boxes))?;
            }
            "moveFrom" => {
                for text in node.descendants().filter(|n| n.tag_name().name() == "t") {
                    self.deleted.extend(self.words(text));
                }
            }
            "rPr" => {
                self.hidden |= node.children().any(|n| {
                    n.tag_name().name() == "vanish"
                        && !n.attributes().any(|a| a.name() == "val" && matches!(a.value(), "0" | "false" | "off"))
                })
            }
            "pic" => {
                let frame = node.ancestors().find(|n| matches!(n.tag_name().name(), "inline" | "anchor"));
                let extent = frame.and_then(|f| child(f, "extent"));
                let side = |name| extent.and_then(|e| e.attribute(name)).and_then(|v| v.parse::<u64>().ok());
                self.picture(side("cx").zip(side("cy")).is_none_or(|(x, y)| x.saturating_mul(y) >= LARGE_PICTURE));
            }
            // The older way to show a picture says its size in words; an object's picture goes with the object.
            "imagedata" if !node.ancestors().any(|n| n.tag_name().name() == "object") => {
                let style = node.parent().and_then(|p| p.attribute("style")).unwrap_or_default();
                self.picture(length(style, "width").zip(length(style, "height")).is_none_or(|(w, h)| (w * h) as u64 >= LARGE_PICTURE));
            }
            // What is read aloud in a picture's place, and the choices of a form.
            "docPr" | "listEntry" => {
                for words in node.attributes().filter(|a| matches!(a.name(), "descr" | "title" | "val") && !a.value().trim().is_empty()) {
                    self.draft.push(words.value(), self.origin(words.range_value()))?;
                    self.draft.made(" ")?;
                }
            }
            "pPr" | "positionH" | "positionV" => {}
            _ => {
                if let Some(code) = node.attributes().find(|a| name == "fldSimple" && a.name() == "instr") {
                    self.codes.push((code.value().to_owned(), self.origin(code.range_value())));
                }
                node.children().filter(Node::is_element).try_for_each(|c| self.inline(c, boxes))?;
            }
        }
        Ok(())
    }

    /// The texts right below an element.
    fn words(&self, node: Node<'_, '_>) -> Vec<(String, Origin)> {
        let texts = node.children().filter(Node::is_text);
        texts.map(|text| (text.text().unwrap_or_default().to_owned(), self.origin(text.range()))).collect()
    }

    fn picture(&mut self, large: bool) {
        *if large { &mut self.pictures } else { &mut self.small_pictures } += 1;
    }

    fn origin(&self, range: std::ops::Range<usize>) -> Origin {
        Origin::Part { name: self.part.clone(), start: range.start, end: range.end }
    }

    fn finish(self) -> Result<(), ReadError> {
        let draft = self.draft;
        if self.deleted.iter().any(|(t, _)| !t.trim().is_empty()) {
            draft.notes.push(Note::TrackedDeletions);
        }
        // Fields that only compute say nothing; those with an address or a quoted text may.
        let telling = |(text, _): &(String, Origin)| text.contains(['"', '@']) || text.contains("://");
        let codes = self.codes.into_iter().filter(telling).collect();
        for (heading, texts) in [("Tracked deletions", self.deleted), ("Field codes", codes)] {
            if texts.iter().all(|(t, _): &(String, Origin)| t.trim().is_empty()) {
                continue;
            }
            draft.end_line()?;
            draft.made(&format!("{heading}:\n"))?;
            for (text, origin) in texts {
                draft.push(&text, origin)?;
                if heading == "Field codes" {
                    draft.made("\n")?;
                }
            }
            draft.end_line()?;
        }
        draft.notes.extend(self.hidden.then_some(Note::HiddenText));
        draft.notes.extend((self.pictures > 0).then_some(Note::ImagesNotRead { count: self.pictures }));
        draft.notes.extend((self.small_pictures > 0).then_some(Note::SmallImagesNotRead { count: self.small_pictures }));
        draft.notes.extend((self.objects > 0).then_some(Note::AttachmentsNotRead { count: self.objects }));
        draft.notes.extend((self.damaged > 0).then_some(Note::PartsNotRead { count: self.damaged }));
        Ok(())
    }
}

/// A length of a style such as `width:225pt;height:1.5in`, in English Metric Units.
fn length(style: &str, name: &str) -> Option<f64> {
    let value = style.split(';').filter_map(|part| part.split_once(':')).find(|(key, _)| key.trim() == name)?.1.trim();
    let (number, unit) = value.split_at(value.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(value.len()));
    let units = match unit {
        "pt" => 12_700.0,
        "in" => 914_400.0,
        "cm" => 360_000.0,
        "mm" => 36_000.0,
        "px" | "" => 9_525.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * units)
}

/// Rows of a table or cells of a row, also where content controls and tracked insertions wrap them.
fn named<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Vec<Node<'a, 'i>> {
    let mut found = Vec::new();
    for child in node.children().filter(Node::is_element) {
        match child.tag_name().name() {
            n if n == name => found.push(child),
            "sdt" | "sdtContent" | "ins" | "del" | "moveTo" | "customXml" | "smartTag" => found.extend(named(child, name)),
            _ => {}
        }
    }
    found
}

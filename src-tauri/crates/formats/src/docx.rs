//! Word documents: every place that holds words, in reading order, what is hidden included.

use deid::EntityType;
use roxmltree::Node;

use crate::archive::Archive;
use crate::ccda::parse;
use crate::draft::Draft;
use crate::markup::child;
use crate::{Format, Limits, Note, Origin, ReadError, inside};

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Docx };

/// A quarter of a letter page in English Metric Units: smaller pictures are logos and signs.
pub(crate) const LARGE_PICTURE: u64 = 7_772_400 * 10_058_400 / 4;

/// Parts around the body, by the start of their names, and the heading under which they stand in the text.
const AROUND: &[(&str, &str)] = &[
    ("word/footer", "Footer"),
    ("word/footnotes", "Footnotes"),
    ("word/endnotes", "Endnotes"),
    ("word/comments.xml", "Comments"),
    ("word/glossary/document", "Building blocks"),
];

/// Reads a document.
pub(crate) fn read(mut archive: Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let body = archive.names.iter().find(|n| n.starts_with("word/document") && n.ends_with(".xml")).cloned().ok_or(CORRUPT)?;
    let mut reader = Reader::new(draft, limits, Format::Docx);
    reader.all(&mut archive, "word/header", "Header")?;
    let content = archive.text(&body, &mut reader.draft.budget)?;
    reader.whole(&content, &body)?;
    for (start, heading) in AROUND {
        reader.all(&mut archive, start, heading)?;
    }
    // Drawings keep their words in parts of their own.
    reader.all(&mut archive, "word/diagrams/data", "Drawing")?;
    reader.all(&mut archive, "word/charts/chart", "Drawing")?;
    reader.embedded(&mut archive, &["word/embeddings/", "word/afchunk"])?;
    if ["docProps/core", "docProps/custom", "customXml/item"].iter().any(|start| archive.has(start)) {
        reader.draft.notes.push(Note::PropertiesLeftOut);
    }
    reader.finish()
}

/// Words of Office's own XML: paragraphs, tables and drawings of documents, slides and sheets.
pub(crate) struct Reader<'d> {
    pub draft: &'d mut Draft,
    part: String,
    deleted: Vec<(String, Origin)>,
    codes: Vec<(String, Origin)>,
    pictures: usize,
    small_pictures: usize,
    objects: usize,
    pub hidden: bool,
    damaged: usize,
    limits: &'d Limits,
    format: Format,
}

impl<'d> Reader<'d> {
    pub fn new(draft: &'d mut Draft, limits: &'d Limits, format: Format) -> Self {
        Self {
            draft,
            part: String::new(),
            deleted: Vec::new(),
            codes: Vec::new(),
            pictures: 0,
            small_pictures: 0,
            objects: 0,
            hidden: false,
            damaged: 0,
            limits,
            format,
        }
    }

    fn whole(&mut self, xml: &str, name: &str) -> Result<(), ReadError> {
        let document = parse(xml, self.limits, self.format)?;
        self.part = name.to_owned();
        // A slide that is not shown.
        self.hidden |= document.root_element().attribute("show").is_some_and(|v| matches!(v, "0" | "false"));
        self.blocks(document.root_element(), false)
    }

    /// The XML parts whose names begin so.
    pub fn all(&mut self, archive: &mut Archive<'_>, start: &str, heading: &str) -> Result<(), ReadError> {
        archive.named(start, ".xml").iter().try_for_each(|name| self.around(archive, name, heading))
    }

    /// Files inside the document, in the folders named.
    pub fn embedded(&mut self, archive: &mut Archive<'_>, folders: &[&str]) -> Result<(), ReadError> {
        let names: Vec<String> = folders.iter().flat_map(|folder| archive.named(folder, "")).filter(|n| !n.ends_with(".rels")).collect();
        for name in names {
            match archive.bytes(&name, &mut self.draft.budget) {
                Ok(bytes) => {
                    self.draft.end_line()?;
                    let before = self.draft.text().len();
                    self.draft.made("Embedded file:\n")?;
                    if inside::read(self.draft, self.limits, &bytes, &name, &name)?.is_some() {
                        self.draft.cut(before);
                    }
                }
                Err(ReadError::Corrupt { .. }) => self.objects += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A part beside the body: its heading goes again if the part says nothing. A damaged one is reported, not fatal.
    pub fn around(&mut self, archive: &mut Archive<'_>, name: &str, heading: &str) -> Result<(), ReadError> {
        let before = self.draft.text().len();
        self.draft.end_line()?;
        self.draft.made(&format!("{heading}:\n"))?;
        let begun = self.draft.text().len();
        let done = archive.text(name, &mut self.draft.budget).and_then(|xml| self.whole(&xml, name));
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
                // What a master asks to be filled in says nothing; its foot may.
                "sp" if is_prompt(&self.part, child) => {}
                "cNvPr" => {
                    self.inline(child, &mut Vec::new())?;
                    self.draft.end_line()?;
                }
                "r" | "t" | "pic" => self.inline(child, &mut Vec::new())?,
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
                // Slides and sheets say the size inside.
                let extent = frame
                    .and_then(|f| child(f, "extent"))
                    .or_else(|| node.descendants().find(|n| n.tag_name().name() == "ext" && n.has_attribute("cx")));
                let side = |name| extent.and_then(|e| e.attribute(name)).and_then(|v| v.parse::<u64>().ok());
                if let Some(words) = child(node, "nvPicPr").filter(|_| frame.is_none()) {
                    self.blocks(words, false)?;
                }
                self.picture(side("cx").zip(side("cy")).is_none_or(|(x, y)| x.saturating_mul(y) >= LARGE_PICTURE));
            }
            // The older way to show a picture says its size in words; an object's picture goes with the object.
            "imagedata" if !node.ancestors().any(|n| n.tag_name().name() == "object") => {
                let style = node.parent().and_then(|p| p.attribute("style")).unwrap_or_default();
                self.picture(length(style, "width").zip(length(style, "height")).is_none_or(|(w, h)| (w * h) as u64 >= LARGE_PICTURE));
            }
            // What is read aloud in a picture's place, and the choices of a form.
            "docPr" | "cNvPr" | "listEntry" => {
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

    pub fn finish(self) -> Result<(), ReadError> {
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
    in_units(style.split(';').filter_map(|part| part.split_once(':')).find(|(key, _)| key.trim() == name)?.1.trim())
}

/// A length such as `1.5in`, in English Metric Units.
pub(crate) fn in_units(value: &str) -> Option<f64> {
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

/// Whether a shape of a master or layout only holds the place of what its slides say.
fn is_prompt(part: &str, shape: Node<'_, '_>) -> bool {
    let place = || shape.descendants().find(|n| n.tag_name().name() == "ph");
    (part.contains("Layout") || part.contains("Master")) && place().is_some_and(|p| !matches!(p.attribute("type"), Some("ftr" | "hdr")))
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

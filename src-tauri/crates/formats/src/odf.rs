//! OpenDocument texts, sheets and slides (OASIS ODF 1.3): the body, heads and feet of pages, comments, tracked changes.

use std::collections::HashSet;

use deid::{EntityType, Span};
use roxmltree::{Document, Node};

use crate::archive::{Archive, attribute, origin, value, words};
use crate::docx::{LARGE_PICTURE, in_units};
use crate::draft::Draft;
use crate::markup::{child, children};
use crate::sheet::Sheet;
use crate::unlock::odf::{MANIFEST, is_opened_here};
use crate::{Limits, Note, Origin, ReadError, inside};

/// Cells that one entry may stand for, one after the other.
const REPEATED: usize = 16_384;

/// Attributes that say something where no text does.
const SAID: &[&str] = &["string-value", "label", "current-value", "title", "help-message"];

/// Reads a document.
pub(crate) fn read(mut archive: Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let manifest = archive.text(MANIFEST, &mut draft.budget)?;
    if archive.has("encrypted-package") || manifest.contains(":encryption-data") {
        return Err(if is_opened_here(&manifest) { ReadError::PasswordNeeded } else { ReadError::Encrypted });
    }
    let mut hidden = HashSet::new();
    let contents: Vec<String> = archive.names.iter().filter(|n| *n == "content.xml" || n.ends_with("/content.xml")).cloned().collect();
    // The document itself, then the objects inside of it.
    let (own, objects): (Vec<_>, Vec<_>) = contents.into_iter().partition(|n| n == "content.xml");
    let mut whole = Writer { part: "styles.xml".into(), ..Writer::default() };
    archive.with("styles.xml", draft, limits, |draft, document| {
        whole.hidden_styles(document, &mut hidden);
        let pages = document.descendants().filter(|n| n.tag_name().name() == "master-page");
        for node in pages.flat_map(|page| page.children()).filter(Node::is_element) {
            let before = draft.text().len();
            draft.end_line()?;
            draft.made(match node.tag_name().name() {
                name if name.starts_with("header") => "Header:\n",
                name if name.starts_with("footer") => "Footer:\n",
                _ => "Master:\n",
            })?;
            let begun = draft.text().len();
            whole.block(draft, node)?;
            if draft.text().get(begun..).is_none_or(|t| t.trim().is_empty()) {
                draft.cut(before);
            }
        }
        Ok(())
    })?;
    for part in own.iter().chain(&objects) {
        whole.part.clone_from(part);
        archive.with(part, draft, limits, |draft, document| {
            whole.hidden_styles(document, &mut hidden);
            whole.hidden.clone_from(&hidden);
            draft.end_line()?;
            child(document.root_element(), "body").into_iter().try_for_each(|body| whole.block(draft, body))
        })?;
    }
    for (heading, texts) in [("Tracked deletions", &whole.deleted), ("Formulas", &whole.formulas)] {
        if !texts.is_empty() {
            draft.end_line()?;
            draft.made(&format!("{heading}:\n"))?;
            for (text, place) in texts {
                draft.push(text, place.clone())?;
                draft.made("\n")?;
            }
        }
    }
    // Objects of other programs, and versions kept from before.
    let files =
        archive.names.iter().filter(|n| n.starts_with("Object ") && !n.contains('/') || n.starts_with("Versions/") && !n.ends_with(".xml"));
    for name in files.filter(|n| !n.ends_with('/')).cloned().collect::<Vec<_>>() {
        let bytes = archive.bytes(&name, &mut draft.budget)?;
        draft.end_line()?;
        draft.made("Embedded file:\n")?;
        inside::read(draft, limits, &bytes, &name, &name)?;
    }
    draft.notes.extend((!whole.deleted.is_empty()).then_some(Note::TrackedDeletions));
    draft.notes.extend((whole.pictures > 0).then_some(Note::ImagesNotRead { count: whole.pictures }));
    draft.notes.extend((whole.small_pictures > 0).then_some(Note::SmallImagesNotRead { count: whole.small_pictures }));
    draft.notes.extend((whole.objects > 0).then_some(Note::AttachmentsNotRead { count: whole.objects }));
    if ["meta.xml", "Basic/", "Scripts/", "Thumbnails/"].iter().any(|start| archive.has(start)) {
        draft.notes.push(Note::PropertiesLeftOut);
    }
    Ok(())
}

#[derive(Default)]
struct Writer {
    part: String,
    /// Styles that hide what has them.
    hidden: HashSet<String>,
    deleted: Vec<(String, Origin)>,
    formulas: Vec<(String, Origin)>,
    pictures: usize,
    small_pictures: usize,
    objects: usize,
}

impl Writer {
    fn hidden_styles(&self, document: &Document<'_>, found: &mut HashSet<String>) {
        let hides = |n: &Node<'_, '_>| {
            n.attributes().any(|a| {
                a.name() == "display" && matches!(a.value(), "none" | "false") || a.name() == "visibility" && a.value() == "hidden"
            })
        };
        let styles = document.descendants().filter(|n| n.tag_name().name() == "style" && n.children().any(|c| hides(&c)));
        found.extend(styles.filter_map(|n| attribute(n, "name")).map(|a| a.value().to_owned()));
    }

    fn block(&mut self, draft: &mut Draft, node: Node<'_, '_>) -> Result<(), ReadError> {
        if attribute(node, "style-name").is_some_and(|style| self.hidden.contains(style.value())) {
            draft.notes.push(Note::HiddenText);
        }
        match node.tag_name().name() {
            "p" | "h" => return self.paragraph(draft, node),
            "table" => return self.table(draft, node),
            "annotation" => return self.annotation(draft, node),
            "tracked-changes" => return self.changes(draft, node),
            "named-range" | "named-expression" | "page" => {
                if let Some(name) = attribute(node, "name") {
                    draft.end_line()?;
                    value(draft, &self.part, name)?;
                    draft.end_line()?;
                }
            }
            "title" | "desc" => {
                words(draft, &self.part, node)?;
                return draft.end_line();
            }
            "image" => self.picture(node),
            "plugin" | "applet" | "object-ole" => self.objects += 1,
            _ => {
                for said in node.attributes().filter(|a| SAID.contains(&a.name()) && !a.value().trim().is_empty()) {
                    value(draft, &self.part, said)?;
                    draft.end_line()?;
                }
            }
        }
        node.children().filter(Node::is_element).try_for_each(|c| self.block(draft, c))
    }

    fn paragraph(&mut self, draft: &mut Draft, node: Node<'_, '_>) -> Result<(), ReadError> {
        let mut beside = Vec::new();
        self.inline(draft, node, &mut beside)?;
        draft.made("\n")?;
        beside.into_iter().try_for_each(|n| self.block(draft, n))
    }

    /// Words of a paragraph; what stands beside them is collected and follows it.
    fn inline<'a, 'i>(&mut self, draft: &mut Draft, node: Node<'a, 'i>, beside: &mut Vec<Node<'a, 'i>>) -> Result<(), ReadError> {
        if attribute(node, "style-name").is_some_and(|style| self.hidden.contains(style.value())) {
            draft.notes.push(Note::HiddenText);
        }
        for child in node.children() {
            if child.is_text() {
                draft.push(child.text().unwrap_or_default(), origin(&self.part, child.range()))?;
                continue;
            }
            match child.tag_name().name() {
                "s" => {
                    let count = attribute(child, "c").and_then(|a| a.value().parse::<usize>().ok()).unwrap_or(1);
                    draft.made(&" ".repeat(count.min(80)))?;
                }
                "tab" => draft.made("\t")?,
                "line-break" => draft.made("\n")?,
                "annotation" | "note" | "frame" | "custom-shape" | "text-box" | "rect" | "ellipse" | "g" | "control" | "line" => {
                    beside.push(child)
                }
                "hidden-text" | "hidden-paragraph" | "conditional-text" => {
                    for said in child.attributes().filter(|a| a.name().starts_with("string-value")) {
                        value(draft, &self.part, said)?;
                        draft.made(" ")?;
                    }
                    draft.notes.push(Note::HiddenText);
                    self.inline(draft, child, beside)?;
                }
                _ => self.inline(draft, child, beside)?,
            }
        }
        Ok(())
    }

    fn table(&mut self, draft: &mut Draft, table: Node<'_, '_>) -> Result<(), ReadError> {
        draft.end_line()?;
        // Only a sheet's name is shown to people.
        if table.parent().is_some_and(|p| p.tag_name().name() == "spreadsheet") {
            draft.made("Sheet: ")?;
            if let Some(name) = attribute(table, "name") {
                value(draft, &self.part, name)?;
            }
            draft.made("\n")?;
        }
        let mut sheet = Sheet::default();
        let mut beside = Vec::new();
        self.rows(draft, table, &mut sheet, &mut beside)?;
        sheet.fields(draft);
        beside.into_iter().try_for_each(|n| self.block(draft, n))
    }

    fn rows<'a, 'i>(
        &mut self,
        draft: &mut Draft,
        node: Node<'a, 'i>,
        sheet: &mut Sheet,
        beside: &mut Vec<Node<'a, 'i>>,
    ) -> Result<(), ReadError> {
        for row in node.children().filter(Node::is_element) {
            if attribute(row, "visibility").is_some_and(|v| v.value() != "visible") {
                draft.notes.push(Note::HiddenText);
            }
            match row.tag_name().name() {
                "table-row" => {
                    let mut at = 0;
                    for cell in row.children().filter(|n| matches!(n.tag_name().name(), "table-cell" | "covered-table-cell")) {
                        self.cell(draft, cell, at, sheet, beside)?;
                        let repeated = attribute(cell, "number-columns-repeated").and_then(|a| a.value().parse().ok()).unwrap_or(1);
                        at = (at + repeated).min(REPEATED);
                    }
                    sheet.end_row(draft)?;
                }
                "table-header-rows" | "table-rows" | "table-row-group" | "deletion" => self.rows(draft, row, sheet, beside)?,
                "shapes" | "forms" | "title" | "desc" => beside.push(row),
                _ => {}
            }
        }
        Ok(())
    }

    fn cell<'a, 'i>(
        &mut self,
        draft: &mut Draft,
        cell: Node<'a, 'i>,
        at: usize,
        sheet: &mut Sheet,
        beside: &mut Vec<Node<'a, 'i>>,
    ) -> Result<(), ReadError> {
        if let Some(formula) = attribute(cell, "formula").filter(|a| a.value().contains('"')) {
            self.formulas.push((formula.value().to_owned(), origin(&self.part, formula.range_value())));
        }
        let has_words = cell.descendants().any(|n| n.is_text() && !n.text().unwrap_or_default().trim().is_empty());
        let bare =
            ["string-value", "date-value", "time-value", "value"].iter().find_map(|name| attribute(cell, name)).filter(|_| !has_words);
        if bare.is_none() && cell.children().all(|n| !n.is_element()) {
            return Ok(());
        }
        let before = draft.text().len();
        sheet.begin_cell(draft, at)?;
        let start = draft.text().len();
        if let Some(bare) = bare {
            value(draft, &self.part, bare)?;
        }
        for node in cell.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "p" | "h" | "list" | "section" => {
                    self.in_cell(draft, node, beside)?;
                    draft.made(" ")?;
                }
                "table" => {
                    self.table(draft, node)?;
                }
                _ => beside.push(node),
            }
        }
        draft.trim_end(start);
        if draft.text().len() == start {
            draft.cut(before);
        } else {
            sheet.end_cell(at, Span::new(start, draft.text().len()));
        }
        Ok(())
    }

    /// Paragraphs and lists of a cell, on one line.
    fn in_cell<'a, 'i>(&mut self, draft: &mut Draft, node: Node<'a, 'i>, beside: &mut Vec<Node<'a, 'i>>) -> Result<(), ReadError> {
        if matches!(node.tag_name().name(), "p" | "h") {
            return self.inline(draft, node, beside);
        }
        for child in node.children().filter(Node::is_element) {
            self.in_cell(draft, child, beside)?;
            draft.made(" ")?;
        }
        Ok(())
    }

    fn annotation(&mut self, draft: &mut Draft, node: Node<'_, '_>) -> Result<(), ReadError> {
        draft.end_line()?;
        draft.made("Comment by ")?;
        if let Some(author) = child(node, "creator") {
            let span = words(draft, &self.part, author)?;
            draft.field(span, EntityType::Person, "comment author");
        }
        draft.made(": ")?;
        node.children().filter(|n| matches!(n.tag_name().name(), "p" | "list")).try_for_each(|n| self.block(draft, n))?;
        draft.notes.push(Note::Comments);
        draft.end_line()
    }

    /// Who changed what; what was deleted stands here, what was added in the text.
    fn changes(&mut self, draft: &mut Draft, node: Node<'_, '_>) -> Result<(), ReadError> {
        // A text names its regions; a sheet has the changes themselves.
        let regions = node.children().filter(|n| n.is_element() && n.tag_name().name() != "changed-region");
        for region in regions.chain(children(node, "changed-region").flat_map(|r| r.children().filter(Node::is_element))) {
            if let Some(author) = child(region, "change-info").and_then(|info| child(info, "creator")) {
                draft.end_line()?;
                draft.made("Change by ")?;
                let span = words(draft, &self.part, author)?;
                draft.field(span, EntityType::Person, "change author");
                draft.made("\n")?;
            }
            if !matches!(region.tag_name().name(), "insertion" | "format-change") {
                let texts = region.descendants().filter(|n| n.is_text() && !n.ancestors().any(|a| a.tag_name().name() == "change-info"));
                for text in texts.filter(|t| t.text().is_some_and(|t| !t.trim().is_empty())) {
                    self.deleted.push((text.text().unwrap_or_default().to_owned(), origin(&self.part, text.range())));
                }
            }
        }
        Ok(())
    }

    fn picture(&mut self, image: Node<'_, '_>) {
        let frame = image.parent();
        // What stands in place of an object goes with the object.
        if frame.is_some_and(|f| child(f, "object").is_some()) {
            return;
        }
        let side = |name| frame.and_then(|f| attribute(f, name)).and_then(|a| in_units(a.value()));
        let large = side("width").zip(side("height")).is_none_or(|(w, h)| (w * h) as u64 >= LARGE_PICTURE);
        *if large { &mut self.pictures } else { &mut self.small_pictures } += 1;
    }
}

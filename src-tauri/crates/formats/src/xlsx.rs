//! Excel workbooks: every sheet, hidden ones too, as a person sees its cells, and all other places that hold words.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use deid::{EntityType, Span};
use roxmltree::Node;

use crate::archive::{Archive, attribute, origin, value, words};
use crate::csv::column;
use crate::docx::Reader;
use crate::draft::Draft;
use crate::markup::{child, children};
use crate::number_format::{built_in, show};
use crate::sheet::Sheet;
use crate::{Format, Limits, Note, ReadError};

pub(crate) const SHARED_STRINGS: &str = "xl/sharedStrings.xml";

/// The last column of a sheet is XFD.
const COLUMNS: usize = 16_384;

/// A piece of a string, its place in the part, and whether it says how the others are pronounced.
type Piece = (Box<str>, Range<usize>, bool);

/// A sheet's name and its place in the workbook.
type Name = (String, Range<usize>);

/// A cell that the text shows: its sheet's part, its element's place there, and its words.
pub(crate) struct Cell {
    pub part: Rc<str>,
    pub at: Range<usize>,
    pub span: Span,
}

/// What sheets refer to.
#[derive(Default)]
struct Book {
    strings: Vec<Vec<Piece>>,
    /// Format codes by style.
    styles: Vec<String>,
    since_1904: bool,
    /// Sheets in their order: the part, the name that the workbook gives it, and whether it is hidden.
    sheets: Vec<(String, Option<Name>, bool)>,
    formulas: Vec<(String, String, Range<usize>)>,
    cells: Vec<Cell>,
}

/// Reads a workbook; what comes back are its cells, in the text's order.
pub(crate) fn read(mut archive: Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<Vec<Cell>, ReadError> {
    let mut book = Book::default();
    book.workbook(&mut archive, limits, draft)?;
    book.shared(&mut archive, limits, draft)?;
    book.styles(&mut archive, limits, draft)?;
    for (part, name, hidden) in std::mem::take(&mut book.sheets) {
        book.sheet(&mut archive, limits, draft, &part, name, hidden)?;
    }
    comments(&mut archive, limits, draft)?;
    // What pivot tables and links to other books keep of their source, also where the source is gone.
    for (start, heading) in [("xl/pivotCache/", "Pivot cache"), ("xl/externalLinks/externalLink", "Linked book"), ("xl/tables/", "Tables")]
    {
        for part in archive.named(start, ".xml") {
            cached(&mut archive, limits, draft, &part, heading)?;
        }
    }
    if !book.formulas.is_empty() {
        draft.end_line()?;
        draft.made("Formulas:\n")?;
        for (part, text, range) in &book.formulas {
            draft.push(text, origin(part, range.clone()))?;
            draft.made("\n")?;
        }
    }
    let mut reader = Reader::new(draft, limits, Format::Xlsx);
    for start in ["xl/drawings/", "xl/charts/chart", "xl/diagrams/data"] {
        reader.all(&mut archive, start, "Drawing")?;
    }
    reader.embedded(&mut archive, &["xl/embeddings/"])?;
    let beside = ["docProps/core", "docProps/custom", "customXml/item", "xl/vbaProject", "xl/connections", "xl/worksheets/_rels"];
    if beside.iter().any(|start| archive.has(start)) {
        reader.draft.notes.push(Note::PropertiesLeftOut);
    }
    reader.finish()?;
    Ok(book.cells)
}

impl Book {
    fn workbook(&mut self, archive: &mut Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
        let mut targets: HashMap<String, String> = HashMap::new();
        archive.with("xl/_rels/workbook.xml.rels", draft, limits, |_, document| {
            for node in document.root_element().children().filter(Node::is_element) {
                if let Some((id, target)) = node.attribute("Id").zip(node.attribute("Target")) {
                    let target = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
                    targets.insert(id.to_owned(), target);
                }
            }
            Ok(())
        })?;
        let part = "xl/workbook.xml";
        let sheets = archive.with(part, draft, limits, |draft, document| {
            let root = document.root_element();
            self.since_1904 =
                child(root, "workbookPr").and_then(|p| p.attribute("date1904")).is_some_and(|v| matches!(v, "1" | "true" | "on"));
            let defined: Vec<Node<'_, '_>> = child(root, "definedNames").into_iter().flat_map(|n| children(n, "definedName")).collect();
            if !defined.is_empty() {
                draft.made("Defined names:\n")?;
            }
            for node in defined {
                for attribute in node.attributes().filter(|a| matches!(a.name(), "name" | "comment" | "description")) {
                    value(draft, part, attribute)?;
                    draft.made(": ")?;
                }
                words(draft, part, node)?;
                draft.made("\n")?;
            }
            let sheets = child(root, "sheets").into_iter().flat_map(|n| children(n, "sheet"));
            Ok(sheets
                .filter_map(|node| {
                    let target = attribute(node, "id").and_then(|id| targets.get(id.value()))?.clone();
                    let name = node.attributes().find(|a| a.name() == "name").map(|a| (a.value().to_owned(), a.range_value()));
                    let hidden = node.attribute("state").is_some_and(|s| s != "visible");
                    Some((target, name, hidden))
                })
                .collect::<Vec<_>>())
        })?;
        self.sheets = sheets.unwrap_or_default();
        self.sheets.retain(|(part, ..)| archive.names.contains(part));
        // Sheets that the workbook does not name are there all the same.
        for start in ["xl/worksheets/", "xl/chartsheets/", "xl/dialogsheets/", "xl/macrosheets/"] {
            for part in archive.named(start, ".xml") {
                if !self.sheets.iter().any(|(known, ..)| *known == part) {
                    self.sheets.push((part, None, true));
                }
            }
        }
        Ok(())
    }

    fn shared(&mut self, archive: &mut Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
        let strings =
            archive.with(SHARED_STRINGS, draft, limits, |_, document| Ok(children(document.root_element(), "si").map(pieces).collect()))?;
        self.strings = strings.unwrap_or_default();
        Ok(())
    }

    fn styles(&mut self, archive: &mut Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
        let styles = archive.with("xl/styles.xml", draft, limits, |_, document| {
            let root = document.root_element();
            let number = |node: Node<'_, '_>| node.attribute("numFmtId").and_then(|v| v.parse::<u32>().ok());
            let own = child(root, "numFmts").into_iter().flat_map(|n| children(n, "numFmt"));
            let own: HashMap<u32, &str> = own.filter_map(|n| number(n).zip(n.attribute("formatCode"))).collect();
            let used = child(root, "cellXfs").into_iter().flat_map(|n| children(n, "xf"));
            let code = |id| own.get(&id).copied().or_else(|| built_in(id)).unwrap_or_default().to_owned();
            Ok(used.map(|node| number(node).map(code).unwrap_or_default()).collect())
        })?;
        self.styles = styles.unwrap_or_default();
        Ok(())
    }

    fn sheet(
        &mut self,
        archive: &mut Archive<'_>,
        limits: &Limits,
        draft: &mut Draft,
        part: &str,
        name: Option<Name>,
        hidden: bool,
    ) -> Result<(), ReadError> {
        draft.end_line()?;
        draft.made(if hidden { "Hidden sheet: " } else { "Sheet: " })?;
        if let Some((name, range)) = name {
            draft.push(&name, origin("xl/workbook.xml", range))?;
        }
        draft.made("\n")?;
        draft.notes.extend(hidden.then_some(Note::HiddenText));
        archive.with(part, draft, limits, |draft, document| {
            let root = document.root_element();
            if document.descendants().any(|n| matches!(n.tag_name().name(), "row" | "col") && is_on(n.attribute("hidden"))) {
                draft.notes.push(Note::HiddenText);
            }
            let mut sheet = Sheet::default();
            let shared: Rc<str> = part.into();
            for row in child(root, "sheetData").into_iter().flat_map(|data| children(data, "row")) {
                let mut next = 0;
                for cell in children(row, "c") {
                    let at = cell.attribute("r").and_then(column_of).unwrap_or(next).min(COLUMNS);
                    next = at + 1;
                    let span = self.cell(draft, &mut sheet, part, cell, at)?;
                    self.cells.extend(span.map(|span| Cell { part: shared.clone(), at: cell.range(), span }));
                }
                sheet.end_row(draft)?;
            }
            sheet.fields(draft);
            for node in root.children().filter(Node::is_element) {
                match node.tag_name().name() {
                    "headerFooter" => node.children().filter(Node::is_element).try_for_each(|n| page(draft, part, n))?,
                    "hyperlinks" | "dataValidations" | "protectedRanges" | "scenarios" | "customSheetViews" => beside(draft, part, node)?,
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Adds a cell, and says where, if it has words.
    fn cell(&mut self, draft: &mut Draft, sheet: &mut Sheet, part: &str, cell: Node<'_, '_>, at: usize) -> Result<Option<Span>, ReadError> {
        if let Some(formula) = child(cell, "f") {
            for text in formula.children().filter(|n| n.is_text() && n.text().is_some_and(|t| t.contains('"'))) {
                self.formulas.push((part.to_owned(), text.text().unwrap_or_default().to_owned(), text.range()));
            }
        }
        let kind = cell.attribute("t").unwrap_or("n");
        if let Some(inline) = child(cell, "is") {
            return self.string(draft, sheet, part, &pieces(inline), at);
        }
        let Some(text) = child(cell, "v").into_iter().flat_map(|v| v.children()).find(Node::is_text) else { return Ok(None) };
        let raw = text.text().unwrap_or_default();
        if kind == "s" {
            let string = raw.trim().parse::<usize>().ok().and_then(|at| self.strings.get(at));
            return match string {
                Some(pieces) => self.string(draft, sheet, SHARED_STRINGS, pieces, at),
                None => Ok(None),
            };
        }
        if matches!(kind, "str" | "e" | "d") {
            return self.string(draft, sheet, part, &[(raw.into(), text.range(), false)], at);
        }
        let style = cell.attribute("s").and_then(|s| s.parse::<usize>().ok()).and_then(|s| self.styles.get(s)).map_or("", String::as_str);
        let (shown, entity) = match (kind, raw.trim().parse::<f64>()) {
            ("b", _) => (if raw.trim() == "1" { "TRUE" } else { "FALSE" }.to_owned(), None),
            (_, Ok(number)) => show(number, style, self.since_1904),
            (_, Err(_)) => (raw.to_owned(), None),
        };
        sheet.begin_cell(draft, at)?;
        let place = origin(part, text.range());
        let span = if shown == raw { draft.push(raw, place)? } else { draft.shown(&shown, place)? };
        sheet.end_cell(at, span);
        if let Some(entity) = entity {
            draft.field(span, entity, "number format");
        }
        Ok(Some(span))
    }

    fn string(&self, draft: &mut Draft, sheet: &mut Sheet, part: &str, pieces: &[Piece], at: usize) -> Result<Option<Span>, ReadError> {
        if pieces.iter().all(|(text, ..)| text.trim().is_empty()) {
            return Ok(None);
        }
        sheet.begin_cell(draft, at)?;
        let start = draft.text().len();
        pieces.iter().try_for_each(|p| piece(draft, part, p))?;
        let span = Span::new(start, draft.text().len());
        sheet.end_cell(at, span);
        Ok(Some(span))
    }
}

fn is_on(value: Option<&str>) -> bool {
    matches!(value, Some("1" | "true" | "on"))
}

/// The column of a reference such as `AB12`, counted from 0.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.chars().take_while(char::is_ascii_alphabetic).take(4);
    letters.fold(0usize, |n, c| n * 26 + (c.to_ascii_uppercase() as usize + 1 - 'A' as usize)).checked_sub(1)
}

/// The texts of a string: plain, in runs, or how it is pronounced.
fn pieces(node: Node<'_, '_>) -> Vec<Piece> {
    node.descendants().filter(|n| n.tag_name().name() == "t").flat_map(plain).collect()
}

/// Adds a piece; `_x00ED_` stands for a letter in it.
fn piece(draft: &mut Draft, part: &str, (text, range, pronounced): &Piece) -> Result<(), ReadError> {
    if *pronounced {
        draft.made(" ")?;
    }
    let place = origin(part, range.clone());
    match unescaped(text) {
        Some(text) => draft.shown(&text, place).map(drop),
        None => draft.push(text, place).map(drop),
    }
}

fn unescaped(text: &str) -> Option<String> {
    if !text.contains("_x") {
        return None;
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let code = after.get(..4).filter(|_| after.get(4..5) == Some("_")).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = after.get(5..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

/// A line at the top or foot of a printed page, without its codes (`&L`, `&P`, `&"Arial,Bold"`, `&12`, `&K000000`).
pub(crate) fn header(code: &str) -> String {
    let mut said = String::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once('&') {
        said.push_str(before);
        let mut chars = after.chars();
        let code = chars.next().unwrap_or_default();
        rest = chars.as_str();
        match code {
            '&' => said.push('&'),
            '"' => rest = rest.split_once('"').map_or("", |(_, rest)| rest),
            'K' => rest = rest.get(6..).unwrap_or_default(),
            '0'..='9' => rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()),
            'L' | 'C' | 'R' if !said.is_empty() => said.push_str(" | "),
            _ => {}
        }
    }
    said.push_str(rest);
    said
}

fn page(draft: &mut Draft, part: &str, node: Node<'_, '_>) -> Result<(), ReadError> {
    let Some(text) = node.children().find(Node::is_text) else { return Ok(()) };
    let said = header(text.text().unwrap_or_default());
    if said.chars().any(char::is_alphanumeric) {
        draft.end_line()?;
        draft.made(if node.tag_name().name().ends_with("Footer") { "Footer: " } else { "Header: " })?;
        draft.shown(&said, origin(part, text.range()))?;
        draft.made("\n")?;
    }
    Ok(())
}

/// What cells say when one points at them, and the choices they offer.
fn beside(draft: &mut Draft, part: &str, node: Node<'_, '_>) -> Result<(), ReadError> {
    for node in node.descendants().filter(Node::is_element) {
        let said = ["display", "tooltip", "prompt", "promptTitle", "error", "errorTitle", "user", "comment", "name", "val"];
        for attribute in node.attributes().filter(|a| said.contains(&a.name()) && a.value().chars().any(char::is_alphabetic)) {
            value(draft, part, attribute)?;
            draft.made("\n")?;
        }
        let name = node.tag_name().name();
        let text = node.text().unwrap_or_default();
        if name.starts_with("formula") && text.contains('"') || name.starts_with("odd") || name.starts_with("even") {
            words(draft, part, node)?;
            draft.made("\n")?;
        }
    }
    Ok(())
}

/// Notes beside cells, and the conversations of newer workbooks.
fn comments(archive: &mut Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let mut people: HashMap<String, (String, String, Range<usize>)> = HashMap::new();
    for part in archive.named("xl/persons/", ".xml") {
        archive.with(&part, draft, limits, |_, document| {
            for node in children(document.root_element(), "person") {
                let name = node.attributes().find(|a| a.name() == "displayName");
                if let Some((id, name)) = node.attribute("id").zip(name) {
                    people.insert(id.to_owned(), (part.clone(), name.value().to_owned(), name.range_value()));
                }
            }
            Ok(())
        })?;
    }
    let parts: Vec<String> = archive
        .names
        .iter()
        .filter(|n| n.starts_with("xl/") && n.ends_with(".xml") && n.to_lowercase().contains("comments"))
        .cloned()
        .collect();
    for part in parts {
        archive.with(&part, draft, limits, |draft, document| {
            let root = document.root_element();
            let authors: Vec<Node<'_, '_>> = child(root, "authors").into_iter().flat_map(|n| children(n, "author")).collect();
            for node in root.descendants().filter(|n| matches!(n.tag_name().name(), "comment" | "threadedComment")) {
                let mut author = None;
                draft.end_line()?;
                draft.made("Comment by ")?;
                if let Some((part, name, range)) = node.attribute("personId").and_then(|id| people.get(id)) {
                    author = Some(draft.push(name, origin(part, range.clone()))?);
                } else if let Some(node) = node.attribute("authorId").and_then(|id| id.parse::<usize>().ok()).and_then(|at| authors.get(at))
                {
                    author = Some(words(draft, &part, *node)?).filter(|span| !span.of(draft.text()).starts_with("tc="));
                }
                if let Some(author) = author {
                    draft.field(author, EntityType::Person, "comment author");
                }
                draft.made(": ")?;
                let text = child(node, "text");
                let text = text.map(|text| if text.children().any(|n| n.is_element()) { pieces(text) } else { plain(text) });
                text.iter().flatten().try_for_each(|p| piece(draft, &part, p))?;
                draft.end_line()?;
                draft.notes.push(Note::Comments);
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn plain(node: Node<'_, '_>) -> Vec<Piece> {
    let pronounced = node.parent().is_some_and(|p| p.tag_name().name() == "rPh");
    node.children().filter(Node::is_text).map(|t| (t.text().unwrap_or_default().into(), t.range(), pronounced)).collect()
}

/// Values in attributes `v` and elements `v` and `t`, one a line; the name of a column goes before what stands under it.
fn cached(archive: &mut Archive<'_>, limits: &Limits, draft: &mut Draft, part: &str, heading: &str) -> Result<(), ReadError> {
    archive.with(part, draft, limits, |draft, document| {
        let before = draft.text().len();
        draft.end_line()?;
        draft.made(&format!("{heading}:\n"))?;
        let begun = draft.text().len();
        let mut entity = None;
        for node in document.descendants().filter(Node::is_element) {
            match node.tag_name().name() {
                "cacheField" | "tableColumn" | "definedName" | "sheetName" => {
                    for attribute in node.attributes().filter(|a| matches!(a.name(), "name" | "val" | "totalsRowLabel")) {
                        value(draft, part, attribute)?;
                        entity = column(attribute.value());
                        draft.made("\n")?;
                    }
                }
                "s" | "n" | "d" => {
                    if let Some(attribute) = attribute(node, "v") {
                        let span = value(draft, part, attribute)?;
                        if let Some((name, entity)) = entity {
                            draft.field(span, entity, name);
                        }
                        draft.made("\n")?;
                    }
                }
                "v" | "t" => {
                    words(draft, part, node)?;
                    draft.made("\n")?;
                }
                // Rows, whose cells stand in the order of the columns.
                "r" => entity = None,
                _ => {}
            }
        }
        if draft.text().get(begun..).is_none_or(|t| t.trim().is_empty()) {
            draft.cut(before);
        } else {
            draft.notes.push(Note::HiddenText);
        }
        Ok(())
    })?;
    Ok(())
}

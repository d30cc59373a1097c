//! Workbooks, in place. A cell keeps its place, style and kind; one that shows a number as words, or shares a string with cells that
//! say something else, gets a string of its own. What computes and names what was replaced computes no more: its value stays.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::ground::{Change, Ground, Unit};
use super::package;
use super::verify::Search;
use super::xml::{self, Attribute, Kind, Xml};
use super::{Edit, Splice, WriteError, WriteNote, assign, made, shown, shows, splice};
use crate::archive::Archive;
use crate::draft::Draft;
use crate::xlsx::{self, Cell, SHARED_STRINGS};
use crate::{Format, Limits, Origin, Record, Stretch};

/// Attributes that go: who, when, where from, and what is said beside.
const REMOVED: &[&str] = &[
    "author",
    "refreshedBy",
    "refreshedDate",
    "refreshedDateIso",
    "minValue",
    "maxValue",
    "minDate",
    "maxDate",
    "userName",
    "userId",
    "providerId",
    "dT",
    "codeName",
    "tooltip",
    "help",
    "statusBar",
    "customMenu",
    "shortcutKey",
    "securityDescriptor",
    "description",
    "comment",
    "odcFile",
    "sourceFile",
    "caption",
    "customList",
    "publishToServer",
    "macro",
    "textlink",
    "href",
    "gfxdata",
    "uniqueName",
    "altText",
    "altTextSummary",
];

/// Attributes whose value goes, since a workbook without them is damaged.
const EMPTIED: &[&str] = &["descr", "title", "alt", "string", "connection", "command", "url", "ddeTopic", "text"];

/// Texts that compute.
const FORMULAS: &[&str] = &["f", "formula", "formula1", "formula2", "calculatedColumnFormula", "totalsRowFormula", "sqref", "FmlaLink"];

/// Writes a workbook with the edits made.
pub(super) fn write(
    bytes: &[u8],
    limits: &Limits,
    record: &Record,
    edits: &[Edit],
    search: &Search,
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
) -> Result<Vec<u8>, WriteError> {
    let mut draft = Draft::new(limits);
    let archive = Archive::open(bytes, Format::Xlsx, &mut draft.budget)?;
    let cells = xlsx::read(archive, limits, &mut draft)?;
    let (changes, own) = by_cell(record, &cells, assign(record, edits, |_| false)?);
    let mut people = HashMap::new();
    package::write(bytes, limits, record, &changes, keep_unread, notes, |name, xml, changes| {
        let none = HashMap::new();
        let splices = match name {
            "xl/workbook.xml" => workbook(record, changes, xml, search)?,
            _ if name.starts_with("xl/pivotCache/") => pivot(record, changes, xml)?,
            _ => sheet(record, changes, xml, own.get(name).unwrap_or(&none), search)?,
        };
        Ok((splices, clean(name, xml, &shown(record, name), search, &mut people)))
    })
}

/// What cells said and say now, by the place of their elements, for each sheet.
type Own = HashMap<String, HashMap<usize, (String, String)>>;

/// The first cell that shows a shared string decides what it becomes; cells that disagree, and cells whose value is no string, get a
/// text of their own. The changes that are left are those to make where they stand.
fn by_cell(record: &Record, cells: &[Cell], changes: Vec<(Stretch, Vec<Change>)>) -> (Vec<(Stretch, Vec<Change>)>, Own) {
    let stretches = record.source_map.stretches();
    let mut decided: HashMap<usize, Vec<(Range<usize>, String)>> = HashMap::new();
    let (mut own, mut left) = (Own::new(), Vec::new());
    let mut changes = changes.into_iter().peekable();
    for cell in cells {
        while let Some(before) = changes.next_if(|(stretch, _)| stretch.span.end <= cell.span.start) {
            left.push(before);
        }
        let mut inside = Vec::new();
        while let Some(change) = changes.next_if(|(stretch, _)| stretch.span.start < cell.span.end) {
            inside.push(change);
        }
        let first = stretches.get(stretches.partition_point(|s| s.span.end <= cell.span.start)).map(|s| &s.origin);
        let shared = match first {
            Some(Origin::Part { name, start, .. }) if name == SHARED_STRINGS => Some(*start),
            _ => None,
        };
        let within: Vec<(Range<usize>, String)> = inside
            .iter()
            .flat_map(|(stretch, changes)| {
                let base = stretch.span.start - cell.span.start;
                changes.iter().map(move |c| (base + c.at.start..base + c.at.end, c.with.clone()))
            })
            .collect();
        if let Some(string) = shared {
            match decided.get(&string) {
                None => {
                    decided.insert(string, within);
                    left.extend(inside);
                    continue;
                }
                Some(first) if *first == within => continue,
                Some(_) => {}
            }
        } else if within.is_empty() {
            continue;
        }
        let said = cell.span.of(record.text.expose());
        let edited = splice(said, &within.into_iter().map(|(at, with)| Splice { at, with }).collect::<Vec<_>>());
        own.entry(cell.part.to_string()).or_default().insert(cell.at.start, (said.to_owned(), edited));
        if shared.is_none() {
            left.extend(inside);
        }
    }
    left.extend(changes);
    (left, own)
}

/// The splices of a sheet, and of every other part with cells or texts.
fn sheet(
    record: &Record,
    changes: &[(Stretch, Vec<Change>)],
    xml: &Xml<'_>,
    own: &HashMap<usize, (String, String)>,
    search: &Search,
) -> Result<Vec<Splice>, WriteError> {
    let (mut out, mut usual, mut computing) = (Vec::new(), Vec::new(), HashMap::new());
    for (stretch, changes) in changes {
        let Origin::Part { start, end, .. } = stretch.origin else { continue };
        let said = stretch.span.of(record.text.expose());
        match xml.inside(start) {
            "f" | "formula1" | "formula2" => drop(computing.insert(start, (said, changes))),
            name if name.starts_with("odd") || name.starts_with("even") || name.starts_with("first") => {
                out.extend(Page(xml).splices(said, &(start..end), changes));
            }
            _ => usual.push((stretch.clone(), changes.clone())),
        }
    }
    out.extend(made(record, &usual, xml)?);
    let mut cell: Option<Range<usize>> = None;
    let (mut gone, mut sharing) = (BTreeSet::new(), Vec::new());
    for (index, token) in xml.tokens.iter().enumerate() {
        let Kind::Open { name, attributes, .. } = &token.kind else { continue };
        match xml.local(name) {
            "c" => {
                let at = xml.element(index);
                let Some((said, text)) = own.get(&token.at.start) else { continue };
                // A text of its own is changed where it stands.
                if !attributes.iter().any(|a| xml.of(&a.name) == "t" && xml.of(&a.value) == "inlineStr") {
                    out.push(Splice { with: inline(xml, name, attributes, &at, said, text), at: at.clone() });
                }
                cell = Some(at);
            }
            kind @ ("f" | "formula1" | "formula2") => {
                let at = xml.element(index);
                let text = xml.tokens.get(index + 1).filter(|t| t.at.end <= at.end && matches!(t.kind, Kind::Text | Kind::Data(_)));
                let place = text.map_or(at.end..at.end, |t| t.at.clone());
                let (said, changes) = match computing.get(&place.start) {
                    Some((said, changes)) => ((*said).to_owned(), changes.as_slice()),
                    None => (read(xml.of(&place)), &[][..]),
                };
                let rewritten = cell.as_ref().is_some_and(|c| at.start < c.end);
                let kept = literals(&said, changes).filter(|text| !rewritten && !search.holds(text));
                let group = attributes.iter().find(|a| xml.of(&a.name) == "si").map(|a| xml.of(&a.value));
                match kept {
                    Some(text) if !changes.is_empty() => out.push(Splice { at: place, with: xml::escape(&text, false) }),
                    Some(_) => {}
                    None if kind == "f" => {
                        out.push(Splice { at: at.clone(), with: String::new() });
                        gone.extend(group.filter(|_| !said.is_empty()));
                    }
                    None => out.push(Splice { at: place, with: "\"\"".into() }),
                }
                sharing.extend(group.map(|group| (group, at)));
            }
            _ => {}
        }
    }
    // The others of a group say nothing without its first.
    let orphans = sharing.into_iter().filter(|(group, _)| gone.contains(group));
    out.extend(orphans.map(|(_, at)| Splice { at, with: String::new() }));
    Ok(out)
}

/// A cell that holds a text itself; it stays a number where its new text is one and the old was one as it is written.
fn inline(xml: &Xml<'_>, name: &Range<usize>, attributes: &[Attribute], at: &Range<usize>, said: &str, text: &str) -> String {
    let name = xml.of(name);
    let prefix = name.strip_suffix('c').unwrap_or_default();
    let kept = |a: &&Attribute| !matches!(xml.of(&a.name), "t" | "cm" | "vm");
    let head: String = attributes.iter().filter(kept).map(|a| xml.of(&a.whole)).collect();
    let kind = attributes.iter().find(|a| xml.of(&a.name) == "t").map_or("n", |a| xml.of(&a.value));
    let plain = xml.of(at).split_once("v>").and_then(|(_, rest)| rest.split_once('<')).is_some_and(|(v, _)| v == said);
    if kind == "n" && plain && text.parse::<f64>().is_ok_and(|n| n.to_string() == text) {
        return format!("<{name}{head}><{prefix}v>{text}</{prefix}v></{name}>");
    }
    let text = xml::escape(text, false);
    format!("<{name}{head} t=\"inlineStr\"><{prefix}is><{prefix}t xml:space=\"preserve\">{text}</{prefix}t></{prefix}is></{name}>")
}

/// A formula with changes, all of which lie in its quoted texts; none where they do not.
pub(super) fn literals(said: &str, changes: &[Change]) -> Option<String> {
    let quoted = |c: &Change| {
        let quotes = said.get(..c.at.start).map(|before| before.matches('"').count());
        quotes.is_some_and(|n| n % 2 == 1) && said.get(c.at.clone()).is_some_and(|t| !t.contains('"'))
    };
    let all: Vec<Splice> = changes.iter().map(|c| Splice { at: c.at.clone(), with: c.with.replace('"', "\"\"") }).collect();
    changes.iter().all(quoted).then(|| splice(said, &all))
}

/// A formula without its quoted texts.
pub(super) fn blanked(formula: &str) -> String {
    let outside = |(index, piece): (usize, &str)| if index % 2 == 0 { piece.to_owned() } else { String::new() };
    formula.split('"').enumerate().map(outside).collect::<Vec<_>>().join("\"")
}

pub(super) fn read(text: &str) -> String {
    let mut units = Vec::new();
    xml::read(text, 0, &mut units);
    units.iter().map(|u| u.c).collect()
}

/// The workbook's own part: a sheet's name stays one that is allowed; a defined name whose name or place changed goes.
fn workbook(record: &Record, changes: &[(Stretch, Vec<Change>)], xml: &Xml<'_>, search: &Search) -> Result<Vec<Splice>, WriteError> {
    let (mut out, mut usual) = (Vec::new(), Vec::new());
    let names = |index: &usize| match xml.tokens.get(*index).map(|t| &t.kind) {
        Some(Kind::Open { name, attributes, .. }) if xml.local(name) == "sheet" => {
            attributes.iter().find(|a| xml.of(&a.name) == "name").map(|a| read(xml.of(&a.value)).to_lowercase())
        }
        _ => None,
    };
    let mut taken: BTreeSet<String> = (0..xml.tokens.len()).filter_map(|i| names(&i)).collect();
    for (stretch, changes) in changes {
        let Origin::Part { start, end, .. } = stretch.origin else { continue };
        let said = stretch.span.of(record.text.expose());
        let index = xml.token(start);
        if names(&index).is_some() {
            let edited = splice(said, &changes.iter().map(|c| Splice { at: c.at.clone(), with: c.with.clone() }).collect::<Vec<_>>());
            out.push(Splice { at: start..end, with: xml::escape(&sheet_name(&edited, &mut taken), true) });
        } else {
            usual.push((stretch.clone(), changes.clone()));
        }
    }
    let touched = |at: &Range<usize>| usual.iter().any(|(s, _)| matches!(s.origin, Origin::Part { start, .. } if at.contains(&start)));
    for (index, token) in xml.tokens.iter().enumerate() {
        if matches!(&token.kind, Kind::Open { name, .. } if xml.local(name) == "definedName") {
            let at = xml.element(index);
            if touched(&at) || search.holds(&read(xml.of(&at))) {
                out.push(Splice { at, with: String::new() });
            }
        }
    }
    out.extend(made(record, &usual, xml)?);
    Ok(out)
}

/// At most 31 characters, none of those that mean something in a formula, and no other sheet's name.
fn sheet_name(said: &str, taken: &mut BTreeSet<String>) -> String {
    let sign = |c: char| match c {
        '[' => '(',
        ']' => ')',
        ':' | '*' | '?' | '/' | '\\' | '\'' => '_',
        c if c.is_control() => ' ',
        c => c,
    };
    let said: String = said.trim().chars().map(sign).collect();
    for number in 1.. {
        let end = if number > 1 || said.is_empty() { format!(" {number}") } else { String::new() };
        let name = format!("{}{end}", said.chars().take(31 - end.chars().count()).collect::<String>()).trim().to_owned();
        if taken.insert(name.to_lowercase()) {
            return name;
        }
    }
    said
}

/// What a pivot table remembers: a number or a day that was replaced is words from then on.
fn pivot(record: &Record, changes: &[(Stretch, Vec<Change>)], xml: &Xml<'_>) -> Result<Vec<Splice>, WriteError> {
    let mut out = made(record, changes, xml)?;
    for (stretch, _) in changes {
        let Origin::Part { start, .. } = stretch.origin else { continue };
        let index = xml.token(start);
        if let Some(Kind::Open { name, empty, .. }) = xml.tokens.get(index).map(|t| &t.kind)
            && matches!(xml.local(name), "n" | "d")
        {
            out.push(Splice { at: name.end - 1..name.end, with: "s".into() });
            let end = xml.element(index).end;
            out.extend((!empty).then(|| Splice { at: end - 2..end - 1, with: "s".into() }));
        }
    }
    Ok(out)
}

/// A line at the top or foot of a page: its codes are no words, and `&` begins one.
struct Page<'x, 't>(&'x Xml<'t>);

impl Ground for Page<'_, '_> {
    fn text(&self) -> &str {
        ""
    }

    fn units(&self, range: &Range<usize>) -> Vec<Unit> {
        let mut all = Vec::new();
        xml::read(self.0.of(range), range.start, &mut all);
        let mut units = Vec::new();
        let mut rest = all.into_iter().peekable();
        while let Some(unit) = rest.next() {
            if unit.c != '&' {
                units.push(unit);
                continue;
            }
            let Some(code) = rest.next() else { break };
            match code.c {
                '&' => units.push(Unit { c: '&', at: unit.at.start..code.at.end }),
                '"' => drop(rest.by_ref().find(|u| u.c == '"')),
                'K' => rest.by_ref().take(6).for_each(drop),
                '0'..='9' => while rest.next_if(|u| u.c.is_ascii_digit()).is_some() {},
                _ => {}
            }
        }
        units
    }

    fn escape(&self, at: &Range<usize>, with: &str) -> String {
        let digit = |c: char| c.is_ascii_digit();
        // A size would go on.
        let apart = if with.starts_with(digit) && self.0.text.get(..at.start).is_some_and(|t| t.ends_with(digit)) { " " } else { "" };
        format!("{apart}{}", xml::escape(&with.replace('&', "&&"), false))
    }
}

/// Splices that take out what no text shows.
fn clean(part: &str, xml: &Xml<'_>, shown: &[Range<usize>], search: &Search, people: &mut HashMap<String, usize>) -> Vec<Splice> {
    let mut out: Vec<Splice> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut past = 0;
    for (index, token) in xml.tokens.iter().enumerate() {
        let inside = open.last().copied().unwrap_or_default();
        let mut becomes = |at: &Range<usize>, with: String| {
            if xml.of(at) != with {
                out.push(Splice { at: at.clone(), with });
            }
        };
        match &token.kind {
            Kind::Close => drop(open.pop()),
            Kind::Open { name, empty: false, .. } if token.at.start < past => open.push(xml.local(name)),
            _ if token.at.start < past => {}
            Kind::Aside if !xml.of(&token.at).starts_with("<?xml ") => becomes(&token.at, String::new()),
            Kind::Aside => {}
            Kind::Text | Kind::Data(_) => {
                let words = xml.of(&token.at).trim();
                let seen = xml.run(token.at.start).iter().any(|t| shows(shown, &t.at));
                let number = words.len() <= 64 && words.bytes().all(|b| b.is_ascii_digit() || b"-,. ".contains(&b));
                let known = matches!(words, "True" | "False" | "General") || inside == "v" && number;
                if words.is_empty() || seen || known || number && !matches!(inside, "t") && !part.starts_with("xl/richData") {
                } else if FORMULAS.contains(&inside) || inside == "formatCode" {
                    let said = read(xml.of(&token.at));
                    let kept = if search.holds(&said) { String::new() } else { blanked(&said) };
                    if kept != said {
                        becomes(&token.at, xml::escape(&kept, false));
                    }
                } else {
                    becomes(&token.at, String::new());
                }
            }
            Kind::Open { name, attributes, empty } => {
                let local = xml.local(name);
                let element = if matches!(local, "filterColumn" | "Fallback") { xml.element(index) } else { token.at.clone() };
                // A filter's choices: the rows that it hides stay hidden. The second copy of a drawing is the older one.
                if element != token.at && !shows(shown, &element) || local == "filterColumn" {
                    becomes(&element, if local == "Fallback" { format!("<{}/>", xml.of(name)) } else { String::new() });
                    past = element.end;
                } else {
                    let unseen = attributes.iter().filter(|a| !xml.of(&a.name).starts_with("xmlns") && !shows(shown, &a.value));
                    unseen.for_each(|a| attribute(part, xml, local, a, search, people, &mut out));
                }
                if !empty {
                    open.push(local);
                }
            }
        }
    }
    out
}

fn attribute(
    part: &str,
    xml: &Xml<'_>,
    element: &str,
    attribute: &Attribute,
    search: &Search,
    people: &mut HashMap<String, usize>,
    out: &mut Vec<Splice>,
) {
    let (name, said) = (xml.local(&attribute.name), xml.of(&attribute.value));
    let mut becomes = |with: String| {
        if said != with {
            out.push(Splice { at: attribute.value.clone(), with });
        }
    };
    match (element, name) {
        ("person", "displayName") | ("customWorkbookView" | "connection", "name") => {
            let next = people.len() + 1;
            becomes(format!("Name {}", people.entry(said.to_owned()).or_insert(next)));
        }
        ("cNvPr" | "oleLink" | "control", "name") => becomes(String::new()),
        ("ocxPr", "value") | ("item", "val") if part.starts_with("xl/activeX") || part.starts_with("xl/ctrlProps") => {
            becomes(String::new())
        }
        ("inputCells", "val") => becomes("0".into()),
        ("item", "n") | ("pivotField" | "dataField", "name") if part.starts_with("xl/pivotTables/") => {
            out.push(Splice { at: attribute.whole.clone(), with: String::new() });
        }
        ("hyperlink", "location") | ("worksheetSource", "sheet" | "name") if search.holds(&read(said)) => becomes(String::new()),
        ("numFmt", "formatCode") if search.holds(&read(said)) => becomes("General".into()),
        (_, name) if EMPTIED.contains(&name) => becomes(String::new()),
        (_, name) if REMOVED.contains(&name) => out.push(Splice { at: attribute.whole.clone(), with: String::new() }),
        _ => {}
    }
}

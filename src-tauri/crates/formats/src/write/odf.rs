//! OpenDocument files, in place. A cell whose words change is words from then on: its number, its day and its formula go.

use std::collections::HashMap;
use std::ops::Range;

use super::package;
use super::verify::Search;
use super::xlsx::{blanked, literals, read};
use super::xml::{self, Attribute, Kind, Xml};
use super::{Edit, Splice, WriteError, WriteNote, assign, made, shown, shows};
use crate::{Limits, Origin, Record};

/// What a cell says besides its words.
const VALUES: &[&str] = &["value", "date-value", "time-value", "string-value", "boolean-value", "currency", "formula"];

/// Attributes that go.
const REMOVED: &[&str] = &["creator-initials", "target-frame-name", "title", "print-range", "password", "help-file-name", "command"];

/// Writes a document with the edits made.
pub(super) fn write(
    bytes: &[u8],
    limits: &Limits,
    record: &Record,
    edits: &[Edit],
    search: &Search,
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
) -> Result<Vec<u8>, WriteError> {
    let mut names = HashMap::new();
    package::write(bytes, limits, record, &assign(record, edits, |_| false)?, keep_unread, notes, |part, xml, own| {
        let (mut out, mut usual, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (stretch, changes) in own {
            let Origin::Part { start, end, .. } = stretch.origin else { continue };
            let token = xml.tokens.get(xml.token(start)).map(|t| &t.kind);
            let formula = matches!(token, Some(Kind::Open { attributes, .. }) if attributes.iter().any(|a| xml.local(&a.name) == "formula" && a.value == (start..end)));
            if formula {
                let kept = literals(stretch.span.of(record.text.expose()), changes).filter(|text| !search.holds(text));
                out.push(Splice { at: start..end, with: kept.map_or_else(String::new, |text| xml::escape(&text, true)) });
            } else {
                places.push(start);
                usual.push((stretch.clone(), changes.clone()));
            }
        }
        out.extend(made(record, &usual, xml)?);
        places.sort_unstable();
        out.extend(cells(xml, &places));
        Ok((out, clean(xml, &shown(record, part), search, keep_unread, &mut names)))
    })
}

/// Cells with a change inside become words.
fn cells(xml: &Xml<'_>, places: &[usize]) -> Vec<Splice> {
    let mut out = Vec::new();
    for (index, token) in xml.tokens.iter().enumerate() {
        let Kind::Open { name, attributes, .. } = &token.kind else { continue };
        let at = match xml.local(name) {
            "table-cell" | "covered-table-cell" => xml.element(index),
            _ => continue,
        };
        if places.get(places.partition_point(|p| *p < at.start)).is_none_or(|p| *p >= at.end) {
            continue;
        }
        let bare = attributes.iter().any(|a| places.contains(&a.value.start));
        for attribute in attributes {
            match xml.local(&attribute.name) {
                "value-type" if !bare => out.push(Splice { at: attribute.value.clone(), with: "string".into() }),
                // A value that no words repeat is what was changed.
                name if VALUES.contains(&name) && !bare => out.push(Splice { at: attribute.whole.clone(), with: String::new() }),
                "formula" => out.push(Splice { at: attribute.whole.clone(), with: String::new() }),
                _ => {}
            }
        }
    }
    out
}

/// Splices that take out what no text shows.
fn clean(xml: &Xml<'_>, shown: &[Range<usize>], search: &Search, keep_unread: bool, names: &mut HashMap<String, usize>) -> Vec<Splice> {
    let mut out: Vec<Splice> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for token in &xml.tokens {
        let inside = open.last().copied().unwrap_or_default();
        let mut gone = |at: &Range<usize>| out.push(Splice { at: at.clone(), with: String::new() });
        match &token.kind {
            Kind::Close => drop(open.pop()),
            Kind::Aside if !xml.of(&token.at).starts_with("<?xml ") => gone(&token.at),
            Kind::Aside => {}
            Kind::Text | Kind::Data(_) => {
                let words = xml.of(&token.at).trim();
                let seen = xml.run(token.at.start).iter().any(|t| shows(shown, &t.at));
                let setting = matches!(words, "true" | "false")
                    || words.len() <= 12 && words.bytes().all(|b| b.is_ascii_digit() || b"-.".contains(&b));
                // What stands between the numbers of a date.
                let format = inside == "number:text" && !search.holds(&read(words));
                let kept = seen || format || inside == "config:config-item" && setting || inside.ends_with("binary-data") && keep_unread;
                if !words.is_empty() && !kept {
                    gone(&token.at);
                }
            }
            Kind::Open { name, attributes, empty } => {
                attributes
                    .iter()
                    .filter(|a| !xml.of(&a.name).starts_with("xmlns") && !shows(shown, &a.value))
                    .for_each(|a| attribute(xml, xml.local(name), a, attributes, search, names, &mut out));
                if !empty {
                    open.push(xml.of(name));
                }
            }
        }
    }
    out
}

fn attribute(
    xml: &Xml<'_>,
    element: &str,
    attribute: &Attribute,
    all: &[Attribute],
    search: &Search,
    names: &mut HashMap<String, usize>,
    out: &mut Vec<Splice>,
) {
    let (name, said) = (xml.local(&attribute.name), xml.of(&attribute.value));
    let kind = |kind: &str| all.iter().any(|a| xml.local(&a.name) == "value-type" && xml.of(&a.value) == kind);
    let mut becomes = |with: String| {
        if said != with {
            out.push(Splice { at: attribute.value.clone(), with });
        }
    };
    match name {
        "href" if said.contains(':') => becomes("about:blank".into()),
        "formula" | "condition" | "cell-range-address" => {
            let formula = read(said);
            let kept = if search.holds(&formula) { String::new() } else { blanked(&formula) };
            if kept != formula {
                becomes(xml::escape(&kept, true));
            }
        }
        "name" | "ref-name" if element.starts_with("bookmark") || element.starts_with("reference") => {
            let next = names.len() + 1;
            becomes(format!("name{}", names.entry(said.to_owned()).or_insert(next)));
        }
        "name" if matches!(element, "frame" | "custom-shape" | "rect" | "ellipse" | "g" | "line" | "text-box" | "image") => {
            becomes(String::new())
        }
        // A text that the cell does not show.
        "string-value" | "text" => out.push(Splice { at: attribute.whole.clone(), with: String::new() }),
        "value" if kind("string") => out.push(Splice { at: attribute.whole.clone(), with: String::new() }),
        name if REMOVED.contains(&name) => out.push(Splice { at: attribute.whole.clone(), with: String::new() }),
        _ => {}
    }
}

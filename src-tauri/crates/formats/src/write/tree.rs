//! XML of ISO 20022, FHIR and every other kind, in place. Comments and instructions go, and so does what is attached and no text.

use std::ops::Range;

use super::ground::Change;
use super::xml::{Kind, Xml};
use super::{Splice, WriteError, WriteNote, json, made, shows};
use crate::{Format, Origin, Record, Stretch};

/// Tokens between an attachment's kind and its data: the standard's order is kind, language, data.
const NEAR: usize = 8;

/// The splices of edits: those inside of an attachment in base64 encode it anew.
pub(super) fn edits(record: &Record, changes: &[(Stretch, Vec<Change>)], xml: &Xml<'_>) -> Result<Vec<Splice>, WriteError> {
    let (mut usual, mut out) = (Vec::new(), Vec::new());
    for (stretch, changes) in changes {
        let Origin::Part { start, .. } = stretch.origin else { continue };
        match attached(xml, start).filter(|_| record.format == Format::FhirXml) {
            Some((media, at)) => {
                let said = stretch.span.of(record.text.expose());
                let with = json::reencode(media, xml.of(&at), said, changes).map_or_else(String::new, |(with, _)| with);
                out.push(Splice { at, with });
            }
            None => usual.push((stretch.clone(), changes.clone())),
        }
    }
    out.extend(made(record, &usual, xml)?);
    Ok(out)
}

/// The media type and the place of an attachment's data.
fn attached<'t>(xml: &'t Xml<'_>, at: usize) -> Option<(&'t str, Range<usize>)> {
    let index = xml.token(at);
    let value = |index: usize, element: &str| match &xml.tokens.get(index)?.kind {
        Kind::Open { name, attributes, .. } if xml.local(name) == element => attributes.iter().find(|a| xml.of(&a.name) == "value"),
        _ => None,
    };
    let data = value(index, "data").filter(|a| a.value.start <= at && at <= a.value.end)?;
    let media = (index.saturating_sub(NEAR)..index).rev().find_map(|i| value(i, "contentType"))?;
    Some((xml.of(&media.value), data.value.clone()))
}

/// Splices that take out what no text shows.
pub(super) fn clean(xml: &Xml<'_>, shown: &[Range<usize>], keep_unread: bool, notes: &mut Vec<WriteNote>) -> Vec<Splice> {
    let (mut out, mut unread) = (Vec::new(), 0);
    for token in &xml.tokens {
        let gone = |at: &Range<usize>| Splice { at: at.clone(), with: String::new() };
        match &token.kind {
            Kind::Aside if !xml.of(&token.at).starts_with("<?xml ") => out.push(gone(&token.at)),
            Kind::Text | Kind::Data(_) => {
                let seen = || xml.run(token.at.start).iter().any(|t| shows(shown, &t.at));
                if !keep_unread && !xml.of(&token.at).trim().is_empty() && !seen() {
                    unread += 1;
                    out.push(gone(&token.at));
                }
            }
            Kind::Open { attributes, .. } => {
                for attribute in attributes.iter().filter(|a| !shows(shown, &a.value)) {
                    let (name, said) = (xml.of(&attribute.name), xml.of(&attribute.value));
                    // Names of the language; a schema may lie on somebody's disk.
                    let own = name.starts_with("xmlns") || name.starts_with("xsi:") && !said.contains("file:") && !said.contains('\\');
                    if !own && !said.trim().is_empty() && !keep_unread {
                        unread += 1;
                        out.push(gone(&attribute.whole));
                    }
                }
            }
            _ => {}
        }
    }
    let count = out.len().saturating_sub(unread);
    notes.extend((unread > 0).then_some(WriteNote::UnreadRemoved { count: unread }));
    notes.extend((count > 0).then_some(WriteNote::UnseenRemoved { count }));
    out
}

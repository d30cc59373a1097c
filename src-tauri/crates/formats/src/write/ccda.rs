//! C-CDA, in place. The coded entries repeat the narrative for machines and no text shows them: their codes stay, as far as a public
//! vocabulary has them, and measurements; what names, dates or numbers a person goes.

use std::ops::Range;

use super::ground::Change;
use super::verify::Search;
use super::xml::{Attribute, Kind, Token, Xml};
use super::{Splice, WriteError, WriteNote, json, made, shows};
use crate::vocabulary::is_public_root;
use crate::{Origin, Record, Stretch};

/// Attributes that say how a document is built.
const KEPT: &[&str] = &[
    "classCode",
    "moodCode",
    "typeCode",
    "determinerCode",
    "contextConductionInd",
    "contextControlCode",
    "inversionInd",
    "negationInd",
    "independentInd",
    "institutionSpecified",
    "inclusive",
    "operator",
    "use",
    "nullFlavor",
    "mediaType",
    "representation",
    "partType",
    "qualifier",
    "unit",
    "styleCode",
    "listType",
    "ID",
    "IDREF",
    "border",
    "width",
    "colspan",
    "rowspan",
    "align",
    "valign",
    "cellpadding",
    "cellspacing",
    "scope",
    "referencedObject",
    "valueSet",
    "valueSetVersion",
    "type",
    "space",
];

/// Elements whose code is of the standard's own and names no vocabulary.
const OWN_CODES: &[&str] = &["statusCode", "languageCode", "realmCode", "confidentialityCode", "priorityCode", "modeCode"];

/// The splices of edits: those inside of a body in base64 encode it anew.
pub(super) fn edits(record: &Record, changes: &[(Stretch, Vec<Change>)], xml: &Xml<'_>) -> Result<Vec<Splice>, WriteError> {
    let (mut usual, mut out) = (Vec::new(), Vec::new());
    for (stretch, changes) in changes {
        let Origin::Part { start, .. } = stretch.origin else { continue };
        match encoded(xml, start) {
            Some((media, at)) => {
                let said = stretch.span.of(record.text.expose());
                // What cannot be encoded anew goes as a whole.
                let with = json::reencode(&media, xml.of(&at), said, changes).map_or_else(String::new, |(with, _)| with);
                out.push(Splice { at, with });
            }
            None => usual.push((stretch.clone(), changes.clone())),
        }
    }
    out.extend(made(record, &usual, xml)?);
    Ok(out)
}

/// The media type and the place of a text in base64.
fn encoded(xml: &Xml<'_>, at: usize) -> Option<(String, Range<usize>)> {
    let run = xml.run(at);
    let place = run.first()?.at.start..run.last()?.at.end;
    let opened = xml.tokens.get(xml.tokens.partition_point(|t| t.at.end <= place.start).checked_sub(1)?)?;
    let Kind::Open { attributes, .. } = &opened.kind else { return None };
    let value = |name: &str| attributes.iter().find(|a| xml.of(&a.name) == name).map(|a| xml.of(&a.value));
    (value("representation") == Some("B64")).then(|| (value("mediaType").unwrap_or_default().to_owned(), place))
}

/// Splices that take out what no text shows, words of a public vocabulary among them where they are words that were replaced.
pub(super) fn clean(xml: &Xml<'_>, shown: &[Range<usize>], search: &Search, keep_unread: bool, notes: &mut Vec<WriteNote>) -> Vec<Splice> {
    let mut out = Vec::new();
    let mut unread = 0;
    for token in &xml.tokens {
        let gone = |at: &Range<usize>| Splice { at: at.clone(), with: String::new() };
        match &token.kind {
            Kind::Aside if !xml.of(&token.at).starts_with("<?xml ") => out.push(gone(&token.at)),
            Kind::Text | Kind::Data(_) if !xml.of(&token.at).trim().is_empty() => {
                if let Some((media, at)) = encoded(xml, token.at.start) {
                    if shows(shown, &at) {
                        out.extend(json::reencode(&media, xml.of(&at), "", &[]).map(|(with, _)| Splice { at, with }));
                    } else if !keep_unread {
                        unread += 1;
                        out.push(gone(&at));
                    }
                } else if !xml.run(token.at.start).iter().any(|t| shows(shown, &t.at)) {
                    out.push(gone(&token.at));
                }
            }
            Kind::Open { name, attributes, .. } => tag(xml, xml.local(name), attributes, shown, search, &mut out),
            _ => {}
        }
    }
    let count = out.len().saturating_sub(unread);
    notes.extend((unread > 0).then_some(WriteNote::UnreadRemoved { count: unread }));
    notes.extend((count > 0).then_some(WriteNote::UnseenRemoved { count }));
    out
}

fn tag(xml: &Xml<'_>, element: &str, attributes: &[Attribute], shown: &[Range<usize>], search: &Search, out: &mut Vec<Splice>) {
    let value = |name: &str| attributes.iter().find(|a| xml.local(&a.name) == name).map(|a| xml.of(&a.value));
    let vocabulary = value("codeSystem").is_some_and(is_public_root);
    let measured = value("unit").is_some() || matches!(value("type"), Some("PQ" | "INT" | "REAL" | "BL"));
    let is_oid = |v: &str| v.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_code = |v: &str| v.len() <= 32 && v.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    let template = matches!(element, "templateId" | "typeId");
    for attribute in attributes {
        let (name, said) = (xml.local(&attribute.name), xml.of(&attribute.value));
        let kept = match name {
            _ if xml.of(&attribute.name).starts_with("xmlns") || said.is_empty() || shows(shown, &attribute.value) => true,
            // An identifier that is its root alone names one thing, not a system of names.
            "root" if matches!(element, "id" | "setId") => is_oid(said) && value("extension").is_some(),
            "root" | "codeSystem" => is_oid(said),
            "extension" => template && is_code(said),
            "displayName" => vocabulary && !search.holds(said) && !search.names_someone(said),
            "assigningAuthorityName" | "codeSystemName" | "codeSystemVersion" => vocabulary && !search.holds(said),
            "code" => vocabulary && is_code(said) && !search.holds(said) || OWN_CODES.contains(&element) && is_code(said),
            "value" if element == "reference" => said.strip_prefix('#').is_some_and(is_code),
            "value" => {
                let number = measured && said.len() <= 12 && said.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
                number && !search.holds(said) || matches!(said, "true" | "false")
            }
            name => KEPT.contains(&name) && said.len() <= 128,
        };
        if !kept {
            let masked = name == "root" && value("extension").is_none() && value("nullFlavor").is_none();
            out.push(Splice { at: attribute.whole.clone(), with: if masked { " nullFlavor=\"MSK\"".into() } else { String::new() } });
        }
    }
}

/// What a survivor could stand in: texts, and values of attributes that are no structure.
pub(super) fn content<'t>(xml: &'t Xml<'t>) -> impl Iterator<Item = Range<usize>> {
    xml.tokens.iter().flat_map(|token: &Token| match &token.kind {
        Kind::Text => vec![token.at.clone()],
        Kind::Data(inside) => vec![inside.clone()],
        Kind::Aside => vec![token.at.clone()].into_iter().filter(|at| !xml.of(at).starts_with("<?xml ")).collect(),
        Kind::Open { name: element, attributes, .. } => attributes
            .iter()
            .filter(|a| {
                let name = xml.of(&a.name);
                let element = xml.local(element);
                let own =
                    name == "code" && OWN_CODES.contains(&element) || name == "extension" && matches!(element, "templateId" | "typeId");
                !own && !name.starts_with("xmlns")
                    && !KEPT.contains(&xml.local(&a.name))
                    && !matches!(name, "root" | "codeSystem" | "codeSystemName")
            })
            .map(|a| a.value.clone())
            .collect(),
        Kind::Close => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coded_entries_keep_their_codes_and_lose_their_people() {
        let text = r#"<?xml version="1.0"?><!-- Ana --><e><id root="1.2.3" extension="77"/><id root="9.8.7"/><effectiveTime value="20240305"/>
<value xsi:type="PQ" value="7.9" unit="g/dL"/><code code="718-7" codeSystem="2.16.840.1.113883.6.1" displayName="Hemoglobin"/>
<code code="1" codeSystem="2.16.840.1.113883.6.1" displayName="Iron, serum"/><code code="X1" codeSystem="1.2" displayName="Dr Hale"/><name>Hale</name><a value="tel:1"/></e>"#;
        let xml = Xml::new(text);
        let record = crate::read(b"Iron", "a.txt", &crate::Limits::default()).unwrap();
        let search = Search::of(&record, &[super::super::Edit { span: deid::Span::new(0, 4), replacement: String::new() }]).unwrap();
        let done = super::super::splice(text, &super::super::settle(clean(&xml, &[], &search, false, &mut Vec::new())));
        assert_eq!(
            done,
            r#"<?xml version="1.0"?><e><id root="1.2.3"/><id nullFlavor="MSK"/><effectiveTime/>
<value xsi:type="PQ" value="7.9" unit="g/dL"/><code code="718-7" codeSystem="2.16.840.1.113883.6.1" displayName="Hemoglobin"/>
<code code="1" codeSystem="2.16.840.1.113883.6.1"/><code codeSystem="1.2"/><name></name><a/></e>"#
        );
    }
}

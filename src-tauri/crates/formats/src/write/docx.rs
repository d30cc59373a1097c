//! Word documents and presentations, in place. What a page does not show goes with what was found: who wrote when, names of pictures and bookmarks,
//! the second copy of a drawing, variables, links.

use std::collections::HashMap;
use std::ops::Range;

use super::package;
use super::verify::Search;
use super::xml::{Attribute, Kind, Xml};
use super::{Edit, Splice, WriteError, WriteNote, assign, made, shown, shows};
use crate::{Limits, Record};

/// Elements that go as a whole where no text shows them.
const GONE: &[&str] = &["rsids", "docVars", "mailMerge", "dataBinding", "listItem", "fldData", "custDataLst"];

/// Attributes that go.
const REMOVED: &[&str] = &[
    "initials",
    "date",
    "dt",
    "dateUtc",
    "userId",
    "providerId",
    "tooltip",
    "docLocation",
    "gfxdata",
    "href",
    "fullDate",
    "statusText",
    "helpText",
    "ed",
    "embeddedHtml",
];

/// Attributes whose value goes, since a document without them is damaged.
const EMPTIED: &[&str] = &["descr", "title", "alt", "string"];

/// Elements whose `val` is words.
const VALUES: &[&str] = &["alias", "tag", "statusText", "helpText", "tblCaption", "tblDescription"];

/// Texts that are numbers of a layout.
const LAYOUT: &[&str] = &["posOffset", "align", "pctPosHOffset", "pctPosVOffset", "pctWidth", "pctHeight"];

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
    let mut bookmarks = HashMap::new();
    package::write(bytes, limits, record, &assign(record, edits, |_| false)?, keep_unread, notes, |name, xml, own| {
        let mut seen = shown(record, name);
        // What a master asks to be filled in is the template's, not a person's.
        if name.starts_with("ppt/slideLayouts/") || name.starts_with("ppt/") && name.contains("Master") {
            let texts = xml.tokens.iter().filter(|t| matches!(t.kind, Kind::Text) && !search.holds(xml.of(&t.at)));
            seen.extend(texts.map(|t| t.at.clone()).filter(|at| !shows(&seen, at)).collect::<Vec<_>>());
            seen.sort_by_key(|at| at.start);
        }
        Ok((made(record, own, xml)?, clean(xml, &seen, keep_unread, &mut bookmarks)))
    })
}

/// Splices that take out what no text shows.
fn clean(xml: &Xml<'_>, shown: &[Range<usize>], keep_unread: bool, bookmarks: &mut HashMap<String, usize>) -> Vec<Splice> {
    let mut out: Vec<Splice> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut past = 0;
    for (index, token) in xml.tokens.iter().enumerate() {
        let inside = open.last().copied().unwrap_or_default();
        let mut gone = |at: &Range<usize>, with: String| out.push(Splice { at: at.clone(), with });
        match &token.kind {
            Kind::Close => drop(open.pop()),
            // A part of what went.
            Kind::Open { name, empty: false, .. } if token.at.start < past => open.push(xml.local(name)),
            _ if token.at.start < past => {}
            Kind::Aside if !xml.of(&token.at).starts_with("<?xml ") => gone(&token.at, String::new()),
            Kind::Aside => {}
            Kind::Text | Kind::Data(_) => {
                let words = xml.of(&token.at).trim();
                let seen = xml.run(token.at.start).iter().any(|t| shows(shown, &t.at));
                let layout = LAYOUT.contains(&inside) && words.len() <= 16 && words.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                let computes = matches!(inside, "instrText" | "delInstrText") && computes(words);
                if !words.is_empty() && !seen && !layout && !computes {
                    gone(&token.at, String::new());
                }
            }
            Kind::Open { name, attributes, empty } => {
                let local = xml.local(name);
                let second = local == "Fallback" || GONE.contains(&local) || local == "altChunk" && !keep_unread;
                let element = if second { xml.element(index) } else { token.at.clone() };
                if second && !shows(shown, &element) {
                    // Nothing stands in for a drawing but its newer form.
                    gone(&element, if local == "Fallback" { format!("<{}/>", xml.of(name)) } else { String::new() });
                    past = element.end;
                } else {
                    attributes
                        .iter()
                        .filter(|a| !xml.of(&a.name).starts_with("xmlns") && !shows(shown, &a.value))
                        .for_each(|a| attribute(xml, local, inside, a, bookmarks, &mut out));
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
    xml: &Xml<'_>,
    element: &str,
    inside: &str,
    attribute: &Attribute,
    bookmarks: &mut HashMap<String, usize>,
    out: &mut Vec<Splice>,
) {
    let (name, said) = (xml.local(&attribute.name), xml.of(&attribute.value));
    let mut becomes = |with: String| {
        if said != with {
            out.push(Splice { at: attribute.value.clone(), with });
        }
    };
    match (element, name) {
        (_, "author") => becomes("Author".into()),
        ("bookmarkStart", "name") | ("hyperlink", "anchor") if !generated(said) => {
            let next = bookmarks.len() + 1;
            let number = *bookmarks.entry(said.to_owned()).or_insert(next);
            becomes(format!("bookmark{number}"));
        }
        // Who commented, and what parts of a presentation are called; no text shows them where nothing refers to them.
        ("cmAuthor" | "author" | "section" | "custShow", "name") => {
            let next = bookmarks.len() + 1;
            becomes(format!("Name {}", bookmarks.entry(said.to_owned()).or_insert(next)));
        }
        ("cm" | "reply", "created") => becomes("2000-01-01T00:00:00".into()),
        ("fldSimple", "instr") if !computes(said) => becomes(String::new()),
        ("cNvPr" | "docPr", "name") => becomes(String::new()),
        ("name", "val") if inside == "ffData" => becomes(String::new()),
        ("default", "val") if inside == "textInput" => becomes(String::new()),
        (element, "val") if VALUES.contains(&element) => becomes(String::new()),
        (_, name) if EMPTIED.contains(&name) => becomes(String::new()),
        (_, name) if REMOVED.contains(&name) || name.starts_with("rsid") => {
            out.push(Splice { at: attribute.whole.clone(), with: String::new() })
        }
        _ => {}
    }
}

/// Bookmarks that Word numbers itself.
fn generated(name: &str) -> bool {
    let digits = |start: &str| name.strip_prefix(start).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    name == "_GoBack" || name == "_top" || ["_Toc", "_Ref", "_Hlk"].into_iter().any(digits)
}

/// Whether a field's code is instructions alone, such as `PAGE \* MERGEFORMAT`.
fn computes(code: &str) -> bool {
    let instruction = |word: &str| {
        word.starts_with('\\') && word.len() <= 3
            || word.bytes().all(|b| b.is_ascii_digit() || b"-.*".contains(&b))
            || ["PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "TOC", "DATE", "TIME", "SEQ", "PAGEREF", "REF", "NOTEREF", "MERGEFORMAT"]
                .contains(&word)
            || ["FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN", "HYPERLINK", "STYLEREF", "CHARFORMAT", "Arabic"].contains(&word)
            || generated(word)
    };
    code.split_whitespace().all(instruction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_does_not_show_goes() {
        let text = r#"<?xml version="1.0"?><w:d><!-- Ana --><w:p w:rsidR="00A1" w:id="1"><w:ins w:author="Ana" w:date="2024-01-01"><w:t>kept</w:t></w:ins><w:bookmarkStart w:name="Ana"/><w:bookmarkStart w:name="_Toc12"/><w:hyperlink w:anchor="Ana"/><w:x>hidden</w:x><w:instrText> PAGE \* MERGEFORMAT </w:instrText><w:instrText>REF Ana</w:instrText><wp:posOffset>-12</wp:posOffset></w:p><mc:Fallback><w:t>kept</w:t></mc:Fallback></w:d>"#;
        let xml = Xml::new(text);
        let kept = text.find("kept").map(|at| at..at + 4).into_iter().collect::<Vec<_>>();
        let done = super::super::splice(text, &super::super::settle(clean(&xml, &kept, false, &mut HashMap::new())));
        assert_eq!(
            done,
            r#"<?xml version="1.0"?><w:d><w:p w:id="1"><w:ins w:author="Author"><w:t>kept</w:t></w:ins><w:bookmarkStart w:name="bookmark1"/><w:bookmarkStart w:name="_Toc12"/><w:hyperlink w:anchor="bookmark1"/><w:x></w:x><w:instrText> PAGE \* MERGEFORMAT </w:instrText><w:instrText></w:instrText><wp:posOffset>-12</wp:posOffset></w:p><mc:Fallback/></w:d>"#
        );
    }
}

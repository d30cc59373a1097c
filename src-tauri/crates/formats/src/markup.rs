//! Marked-up narrative to plain text: tags go, their line breaks and table cells stay.

use std::ops::Range;

use roxmltree::Node;

use crate::draft::Draft;
use crate::{ReadError, entities};

/// Tags that end a line.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "tr",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "caption",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "dl",
    "dt",
    "dd",
    "pre",
    "blockquote",
    "paragraph",
    "item",
    "list",
    "section",
];

/// Whether a tag ends a line, and whether it begins a table cell.
pub(crate) fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
}

/// A table's cell.
pub(crate) fn is_cell(name: &str) -> bool {
    matches!(name, "td" | "th")
}

/// Plain text of XHTML or HTML, well formed or not.
pub(crate) fn to_text(markup: &str) -> String {
    let mut out = String::new();
    let mut rest = markup;
    while let Some((before, after)) = rest.split_once('<') {
        words(&mut out, before);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        // A sign that opens no tag is text, as in `Hb <8`.
        if !after.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
            out.push('<');
            rest = after;
            continue;
        }
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        let name: String =
            tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if is_block(&name) {
            break_line(&mut out);
        } else if is_cell(&name) && !tag.starts_with('/') && !out.is_empty() && !out.ends_with('\n') {
            out.push_str(" | ");
        }
        // What stands in alt and title is read aloud, and may name someone.
        for attribute in ["alt=", "title="] {
            if let Some((_, value)) = tag.split_once(attribute)
                && let Some(quote) = value.chars().next().filter(|c| "\"'".contains(*c))
                && let Some(value) = value.split(quote).nth(1)
            {
                words(&mut out, value);
                out.push(' ');
            }
        }
        rest = after;
    }
    words(&mut out, rest);
    out.trim().to_owned()
}

fn break_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Adds text with its white space folded and its entities resolved.
fn words(out: &mut String, text: &str) {
    let (text, _) = entities::resolve(text);
    if text.starts_with(char::is_whitespace) {
        space(out);
    }
    for word in text.split_whitespace() {
        out.push_str(word);
        out.push(' ');
    }
    if !text.ends_with(char::is_whitespace) && out.ends_with(' ') && !text.is_empty() {
        out.pop();
    }
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with([' ', '\n']) {
        out.push(' ');
    }
}

/// Adds words that were read from a range of the source.
pub(crate) type Push<'a> = dyn Fn(&mut Draft, &str, Range<usize>) -> Result<(), ReadError> + 'a;

/// Adds words with marks among them as one text; `push` knows their place in the source.
pub(crate) fn narrative(draft: &mut Draft, node: Node<'_, '_>, push: &Push<'_>) -> Result<(), ReadError> {
    let floor = draft.text().len();
    for c in node.children() {
        let name = c.tag_name().name();
        if let Some(words) = c.text().filter(|_| c.is_text()) {
            let open = draft.text().ends_with([' ', '\n']) || draft.text().is_empty();
            if words.starts_with(char::is_whitespace) && !open {
                draft.made(" ")?;
            }
            let folded = words.split_whitespace().collect::<Vec<_>>().join(" ");
            push(draft, &folded, c.range())?;
            if !folded.is_empty() && words.ends_with(char::is_whitespace) {
                draft.made(" ")?;
            }
        } else if c.is_element() {
            if is_cell(name) && c.prev_siblings().skip(1).any(|p| p.is_element()) {
                draft.made(" | ")?;
            } else if is_block(name) && draft.text().len() > floor {
                draft.end_line()?;
            }
            narrative(draft, c, push)?;
            if is_block(name) {
                draft.trim_end(floor);
                draft.end_line()?;
            }
        }
    }
    Ok(())
}

/// The child elements of that name, whatever their namespace.
pub(crate) fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |n| n.is_element() && n.tag_name().name() == name)
}

/// The first child element of that name.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// Longest tag in bytes: a parser compares each attribute with all others.
const TAG: usize = 256 << 10;

/// Whether an XML text nests deeper than `limit` or has an endless tag, told without building a tree, before a parser sees it.
pub(crate) fn is_bomb(xml: &str, limit: usize) -> bool {
    let mut depth = 0usize;
    let mut rest = xml;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, r)| r);
        } else if let Some(data) = after.strip_prefix("![CDATA[") {
            rest = data.split_once("]]>").map_or("", |(_, r)| r);
        } else if after.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !after.starts_with(['?', '!']) {
            let (tag, after) = split_tag(after);
            rest = after;
            depth += usize::from(!tag.ends_with('/'));
            if depth > limit || tag.len() > TAG {
                return true;
            }
        }
    }
    false
}

/// A tag and what follows it; a sign inside quotes does not end it.
fn split_tag(text: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrative_keeps_its_lines_cells_and_signs() {
        let cases = [
            ("<div xmlns=\"x\"><p>Maria <b>Lopez</b></p><p>Hb &lt;8 &amp; M&uuml;ller&#233;</p></div>", "Maria Lopez\nHb <8 & Mülleré"),
            ("<table><tr><th>Name</th><th>Born</th></tr><tr><td>Maria</td><td>1961</td></tr></table>", "Name | Born\nMaria | 1961"),
            ("a<br/>b<!-- c -->d < 5 <img alt=\"Dr. Hale\"/>", "a\nbd < 5 Dr. Hale"),
            ("Gar<i>cia</i>, R&D", "Garcia, R&D"),
        ];
        for (markup, text) in cases {
            assert_eq!(to_text(markup), text);
        }
    }

    #[test]
    fn entities_are_looked_for_nearby() {
        assert_eq!(to_text(&"&".repeat(200_000)).len(), 200_000);
        assert_eq!(to_text("&amp;é &#x1F600; &ampersands; &;é"), "&é 😀 &ampersands; &;é");
    }

    #[test]
    fn depth_is_told_without_a_parser() {
        assert!(!is_bomb("<a x='>'><b y=\"/>\"/><b/><!-- <c><d> --></a>", 2));
        assert!(is_bomb(&"<a>".repeat(10_000), 100));
        let attributes: String = (0..60_000).map(|i| format!(" a{i}='>'")).collect();
        assert!(is_bomb(&format!("<a{attributes}/>"), 100), "a parser would compare each with all others");
    }
}

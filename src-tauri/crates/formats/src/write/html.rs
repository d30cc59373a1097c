//! Narratives in XHTML or HTML, well formed or not, as [`markup::to_text`](crate::markup::to_text) reads them.

use std::ops::Range;

use super::Splice;
use super::charset::touch;
use super::ground::{Ground, Unit};
use super::xml::{self, Kind};

/// Attributes that say how a narrative looks.
const KEPT: &[&str] = &[
    "xmlns",
    "class",
    "border",
    "colspan",
    "rowspan",
    "cellpadding",
    "cellspacing",
    "width",
    "height",
    "align",
    "valign",
    "lang",
    "xml:lang",
    "dir",
    "type",
    "start",
];

pub(super) struct Html<'t> {
    text: &'t str,
    units: Vec<Unit>,
    tags: Vec<Range<usize>>,
    asides: Vec<Range<usize>>,
}

impl<'t> Html<'t> {
    pub fn new(text: &'t str) -> Self {
        let mut html = Html { text, units: Vec::new(), tags: Vec::new(), asides: Vec::new() };
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
            let words = rest.find('<').unwrap_or(rest.len());
            if words > 0 {
                xml::read(rest.get(..words).unwrap_or_default(), at, &mut html.units);
                at += words;
                continue;
            }
            let after = rest.get(1..).unwrap_or_default();
            if after.starts_with("!--") {
                let length = rest.find("-->").map_or(rest.len(), |end| end + 3);
                html.asides.push(at..at + length);
                at += length;
            } else if after.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
                let length = rest.find('>').map_or(rest.len(), |end| end + 1);
                html.tag(rest.get(..length).unwrap_or_default(), at);
                at += length;
            } else {
                html.units.push(Unit { c: '<', at: at..at + 1 });
                at += 1;
            }
        }
        html
    }

    fn tag(&mut self, tag: &str, at: usize) {
        if tag.starts_with("<!") || tag.starts_with("<?") {
            self.asides.push(at..at + tag.len());
        } else {
            self.tags.push(at..at + tag.len());
        }
        for attribute in ["alt=", "title="] {
            let inside = tag.trim_end_matches('>');
            let Some(quote_at) = inside.find(attribute).map(|found| found + attribute.len()) else { continue };
            let Some(quote) = inside.get(quote_at..).and_then(|v| v.chars().next()).filter(|c| "\"'".contains(*c)) else { continue };
            let value = inside.get(quote_at + 1..).and_then(|v| v.split(quote).next()).unwrap_or_default();
            xml::read(value, at + quote_at + 1, &mut self.units);
        }
    }

    /// What no reader sees goes: comments, addresses of links and pictures, scripts' handlers.
    pub fn clean(&self) -> Vec<Splice> {
        let mut gone: Vec<Range<usize>> = self.asides.iter().filter(|at| !self.units.iter().any(|u| touch(&u.at, at))).cloned().collect();
        let mut shown = self.units.iter().map(|u| &u.at).peekable();
        for tag in &self.tags {
            while shown.next_if(|u| u.end <= tag.start).is_some() {}
            let shown: Vec<Range<usize>> = std::iter::from_fn(|| shown.next_if(|u| u.start < tag.end).cloned()).collect();
            let Kind::Open { attributes, .. } = xml::open(self.text.get(tag.clone()).unwrap_or_default(), tag.start).0 else { continue };
            let text = |at: &Range<usize>| self.text.get(at.clone()).unwrap_or_default();
            let kept = |a: &xml::Attribute| {
                let name = text(&a.name).to_ascii_lowercase();
                KEPT.contains(&name.as_str())
                    || name == "style" && !text(&a.value).contains(['(', '@', '\\'])
                    || matches!(name.as_str(), "alt" | "title") && shown.iter().any(|u| touch(u, &a.value))
            };
            gone.extend(attributes.iter().filter(|a| !kept(a)).map(|a| a.whole.clone()));
        }
        gone.into_iter().map(|at| Splice { at, with: String::new() }).collect()
    }
}

impl Ground for Html<'_> {
    fn text(&self) -> &str {
        self.text
    }

    fn units(&self, range: &Range<usize>) -> Vec<Unit> {
        self.units.iter().filter(|u| touch(&u.at, range)).cloned().collect()
    }

    /// Every word of it.
    fn whole(&self, _: &Range<usize>) -> Vec<Range<usize>> {
        std::iter::once(0..self.text.len()).collect()
    }

    fn escape(&self, at: &Range<usize>, with: &str) -> String {
        let tag = self.tags.partition_point(|t| t.end <= at.start);
        let quoted = self.tags.get(tag).is_some_and(|t| touch(t, at) && !(at.start <= t.start && t.end <= at.end));
        xml::escape(with, quoted)
    }
}

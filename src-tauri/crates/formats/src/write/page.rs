//! HTML pages, in place: comments, scripts, hidden values and what no text shows go; how a page looks stays.

use std::ops::Range;

use super::ground::{Ground, Unit};
use super::verify::Search;
use super::xml;
use super::{Splice, shows};
use crate::html::Mark;

/// Attributes that say how a page looks or is built.
const KEPT: &[&str] = &[
    "class",
    "lang",
    "dir",
    "type",
    "rel",
    "charset",
    "http-equiv",
    "colspan",
    "rowspan",
    "width",
    "height",
    "align",
    "valign",
    "border",
    "cellpadding",
    "cellspacing",
    "bgcolor",
    "color",
    "face",
    "size",
    "start",
    "method",
    "rows",
    "cols",
    "xmlns",
];

/// A page and its tags, in order.
pub(super) struct Page<'t> {
    pub text: &'t str,
    pub marks: &'t [Mark],
}

impl Page<'_> {
    fn of(&self, at: &Range<usize>) -> &str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    /// The sign that opens the value that a place stands in; none where it has none.
    fn quote(&self, at: &Range<usize>) -> Option<Option<char>> {
        let tag = self.marks.get(self.marks.partition_point(|m| m.at().end <= at.start))?;
        let Mark::Tag { attributes, .. } = tag else { return None };
        let (_, value) = attributes.iter().find(|(_, value)| value.start <= at.start && at.end <= value.end)?;
        Some(self.text.get(..value.start).and_then(|t| t.chars().next_back()).filter(|c| "\"'".contains(*c)))
    }

    /// Splices that take out what no text shows, and what is hidden.
    pub fn clean(&self, shown: &[Range<usize>], search: &Search, keep_unread: bool) -> Vec<Splice> {
        let mut out = Vec::new();
        for mark in self.marks {
            match mark {
                Mark::Gone(at) => out.push(Splice { at: at.clone(), with: String::new() }),
                Mark::Style(at) => {
                    let says = self.of(at).contains(['"', '\'', '(', '/']) || search.holds(self.of(at));
                    out.extend(says.then(|| Splice { at: at.clone(), with: String::new() }));
                }
                Mark::Tag { name, attributes, .. } => {
                    let value = |key: &str| attributes.iter().find(|(n, _)| n == key).map(|(_, at)| self.of(at)).unwrap_or_default();
                    let hidden = name == "input" && value("type").eq_ignore_ascii_case("hidden");
                    for (key, at) in attributes.iter().filter(|(_, at)| !at.is_empty()) {
                        let said = self.of(at);
                        let plain = !said.contains(['(', '"', '\'', '\\']) && !search.holds(said);
                        let setting = name == "meta" && matches!(key.as_str(), "content" | "name");
                        let data = said.trim_start().get(..5).is_some_and(|s| s.eq_ignore_ascii_case("data:"));
                        let kept = shows(shown, at) && !(hidden && key == "value")
                            || (KEPT.contains(&key.as_str()) || key == "style" || setting) && plain
                            || data && keep_unread;
                        if !kept {
                            let quoted = self.quote(at).flatten().is_some();
                            out.push(Splice { at: at.clone(), with: if quoted { String::new() } else { "\"\"".into() } });
                        }
                    }
                }
            }
        }
        out
    }
}

impl Ground for Page<'_> {
    fn text(&self) -> &str {
        self.text
    }

    fn units(&self, range: &Range<usize>) -> Vec<Unit> {
        let mut units = Vec::new();
        xml::read(self.of(range), range.start, &mut units);
        units
    }

    fn escape(&self, at: &Range<usize>, with: &str) -> String {
        match self.quote(at) {
            None => xml::escape(with, false),
            Some(Some(_)) => xml::escape(with, true),
            // Without quotes any sign may end a value.
            Some(None) => with.chars().map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("&#{};", u32::from(c)) }).collect(),
        }
    }
}

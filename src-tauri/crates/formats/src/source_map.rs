//! Where each stretch of a record's text came from.

use deid::Span;
use serde::{Deserialize, Serialize};

/// Where a stretch of text came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// Bytes of the file once decoded to UTF-8, byte order mark left out.
    Bytes {
        /// First byte.
        start: usize,
        /// One past the last.
        end: usize,
    },
    /// A page, counted from 1.
    Page {
        /// Its number.
        number: usize,
    },
    /// A word that was recognized on a scanned page or a picture: its place in pixels, right and bottom one past. A page of a PDF
    /// has 300 of them per inch, a picture its own once it is upright.
    Box {
        /// The page, counted from 1.
        page: usize,
        /// From the left edge.
        left: u32,
        /// From the upper edge.
        top: u32,
        /// From the left edge.
        right: u32,
        /// From the upper edge.
        bottom: u32,
        /// How sure the recognition is, in percent.
        confidence: u8,
    },
    /// Bytes of a part of an archive or of an XML file.
    Part {
        /// The part's name, such as `word/document.xml`; empty where the file has no parts.
        name: String,
        /// First byte.
        start: usize,
        /// One past the last.
        end: usize,
    },
    /// An element, such as `Patient.name[0].family`.
    Path {
        /// Its path.
        path: String,
    },
    /// Put there by the reader: labels, headings, separators, line ends.
    Made,
}

/// A stretch of text and its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The bytes of the record's text.
    pub span: Span,
    /// Where they came from.
    pub origin: Origin,
}

/// The stretches of a record's text: they touch, do not overlap, and cover all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMap(Vec<Stretch>);

impl SourceMap {
    /// Every stretch, in order.
    pub fn stretches(&self) -> &[Stretch] {
        &self.0
    }

    /// The stretches that a span touches, cut to it; origins are cut too where text and source run in step.
    pub fn lookup(&self, span: Span) -> Vec<Stretch> {
        let first = self.0.partition_point(|s| s.span.end <= span.start);
        let touched = self.0.get(first..).unwrap_or_default().iter().take_while(|s| s.span.start < span.end);
        touched.map(|s| s.cut(span)).collect()
    }

    /// Whether the stretches touch and cover a text, from character to character.
    pub(crate) fn covers(&self, text: &str) -> bool {
        let touches =
            |at: usize, s: &Stretch| (s.span.start == at && s.span.end > at && text.is_char_boundary(s.span.end)).then_some(s.span.end);
        self.0.iter().try_fold(0, touches) == Some(text.len())
    }

    pub(crate) fn push(&mut self, len: usize, origin: Origin) {
        let start = self.0.last().map_or(0, |s| s.span.end);
        if len == 0 {
            return;
        }
        let span = Span::new(start, start + len);
        match self.0.last_mut() {
            Some(last) if last.origin == origin && matches!(origin, Origin::Made | Origin::Page { .. } | Origin::Path { .. }) => {
                last.span = last.span.hull(&span)
            }
            _ => self.0.push(Stretch { span, origin }),
        }
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        while self.0.last().is_some_and(|s| s.span.start >= len) {
            self.0.pop();
        }
        if let Some(last) = self.0.last_mut()
            && last.span.end > len
        {
            *last = last.cut(Span::new(0, len));
        }
    }
}

impl Stretch {
    fn cut(&self, to: Span) -> Stretch {
        let span = Span::new(self.span.start.max(to.start), self.span.end.min(to.end));
        let (from, length) = (span.start - self.span.start, span.len());
        let mut origin = self.origin.clone();
        if let Origin::Bytes { start, end } | Origin::Part { start, end, .. } = &mut origin
            && end.saturating_sub(*start) == self.span.len()
        {
            (*start, *end) = (*start + from, *start + from + length);
        }
        Stretch { span, origin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_finds_its_sources_cut_to_size() {
        let mut map = SourceMap::default();
        map.push(6, Origin::Made);
        map.push(4, Origin::Bytes { start: 100, end: 104 });
        map.push(3, Origin::Part { name: "p".into(), start: 50, end: 58 });
        let found = map.lookup(Span::new(5, 12));
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], Stretch { span: Span::new(5, 6), origin: Origin::Made });
        assert_eq!(map.lookup(Span::new(7, 9))[0].origin, Origin::Bytes { start: 101, end: 103 });
        assert_eq!(found[2].origin, Origin::Part { name: "p".into(), start: 50, end: 58 }, "not in step: the whole source");
        map.truncate(8);
        assert_eq!(map.stretches()[1].origin, Origin::Bytes { start: 100, end: 102 });
    }
}

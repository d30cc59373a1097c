//! Half-open UTF-8 byte ranges, and what they are called at the edges (UTF-16 in the webview, characters at the command line).

use serde::{Deserialize, Serialize};

/// A half-open range of UTF-8 bytes in a record's text: `[start, end)`. Touching spans do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` to `end`, bytes; an end before the start gives an empty span.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether it covers nothing.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether the two share at least one byte.
    pub fn overlaps(&self, other: &Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(&self, other: &Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both.
    pub fn hull(&self, other: &Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The words it covers, or the empty string where it does not lie on character boundaries of `text`.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// The unit in which positions are counted outside the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// UTF-8 bytes.
    Bytes,
    /// Unicode scalar values.
    Chars,
    /// UTF-16 code units, as JavaScript counts.
    Utf16,
}

/// Converts byte positions of one text into another unit, walking the text once for positions asked in rising order.
pub struct Positions<'t> {
    text: &'t str,
    unit: Unit,
    at: usize,
    count: usize,
}

impl<'t> Positions<'t> {
    /// Positions in `text`, counted in `unit`.
    pub fn new(text: &'t str, unit: Unit) -> Self {
        Self { text, unit, at: 0, count: 0 }
    }

    /// The position of byte `byte` in the unit. Asking backwards is right too, but starts again from the front.
    pub fn of_byte(&mut self, byte: usize) -> usize {
        if self.unit == Unit::Bytes {
            return byte;
        }
        if byte < self.at {
            (self.at, self.count) = (0, 0);
        }
        for c in self.text.get(self.at..).unwrap_or("").chars() {
            if self.at >= byte {
                break;
            }
            self.at += c.len_utf8();
            self.count += if self.unit == Unit::Utf16 { c.len_utf16() } else { 1 };
        }
        self.count
    }

    /// The byte at which position `position` of the unit stands; past the end gives the text's length, and a position
    /// inside a surrogate pair the byte after it.
    pub fn to_byte(&self, position: usize) -> usize {
        if self.unit == Unit::Bytes {
            let mut byte = position.min(self.text.len());
            while !self.text.is_char_boundary(byte) {
                byte += 1;
            }
            return byte;
        }
        let mut count = 0;
        for (byte, c) in self.text.char_indices() {
            if count >= position {
                return byte;
            }
            count += if self.unit == Unit::Utf16 { c.len_utf16() } else { 1 };
        }
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_spans_do_not_overlap() {
        assert!(!Span::new(0, 3).overlaps(&Span::new(3, 5)));
        assert!(Span::new(0, 4).overlaps(&Span::new(3, 5)));
    }

    #[test]
    fn positions_count_emoji_and_accents() {
        let text = "a😀é b";
        for (byte, chars, utf16) in [(0, 0, 0), (1, 1, 1), (5, 2, 3), (7, 3, 4), (8, 4, 5), (9, 5, 6)] {
            assert_eq!(Positions::new(text, Unit::Chars).of_byte(byte), chars);
            assert_eq!(Positions::new(text, Unit::Utf16).of_byte(byte), utf16);
            assert_eq!(Positions::new(text, Unit::Utf16).to_byte(utf16), byte);
            assert_eq!(Positions::new(text, Unit::Chars).to_byte(chars), byte);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_boundary_survives_the_round_trip(text in "\\PC{0,40}", pick in 0usize..40) {
            let bytes: Vec<usize> = text.char_indices().map(|(b, _)| b).chain([text.len()]).collect();
            let byte = bytes[pick % bytes.len()];
            for unit in [Unit::Bytes, Unit::Chars, Unit::Utf16] {
                let mut positions = Positions::new(&text, unit);
                let there = positions.of_byte(byte);
                proptest::prop_assert_eq!(positions.to_byte(there), byte);
            }
        }
    }
}

//! A record in the making: text, map and fields grow together, within the text limit.

use std::ops::Range;

use deid::{Detection, EntityType, Phi, Source, Span};
use zeroize::Zeroize;

use crate::ocr::Scan;
use crate::{Format, Note, Origin, ReadError, Record, SourceMap};

/// A field that the format defines is nearly always what it says; the rest is people typing into the wrong box.
const FIELD_CONFIDENCE: f32 = 0.99;

/// Stretches that a file's own text is mapped by at most; beyond, neighbouring lines share one.
const LINES_MAPPED: usize = 500_000;

/// Text, map, fields and notes while they are collected.
pub(crate) struct Draft {
    text: String,
    map: SourceMap,
    pub fields: Vec<Detection>,
    pub notes: Vec<Note>,
    /// Pages whose text is in pictures, in order.
    pub scans: Vec<Scan>,
    max_text: usize,
}

impl Draft {
    pub fn new(max_text: usize) -> Self {
        Self { text: String::new(), map: SourceMap::default(), fields: Vec::new(), notes: Vec::new(), scans: Vec::new(), max_text }
    }

    /// Everything so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds text with its origin and says where it stands.
    pub fn push(&mut self, text: &str, origin: Origin) -> Result<Span, ReadError> {
        let start = self.text.len();
        if start.saturating_add(text.len()) > self.max_text {
            return Err(ReadError::TooLarge { limit: self.max_text as u64 });
        }
        if text.contains('\r') {
            self.text.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
        } else {
            self.text.push_str(text);
        }
        self.map.push(self.text.len() - start, origin);
        Ok(Span::new(start, self.text.len()))
    }

    /// Adds what the reader itself puts between.
    pub fn made(&mut self, text: &str) -> Result<(), ReadError> {
        self.push(text, Origin::Made).map(drop)
    }

    /// Adds a part of another record's text with its origins.
    pub fn copy(&mut self, text: &str, map: &SourceMap, part: Range<usize>) -> Result<(), ReadError> {
        map.lookup(Span::new(part.start, part.end)).into_iter().try_for_each(|s| self.push(s.span.of(text), s.origin).map(drop))
    }

    /// Says that the text of a page, counted from 1, belongs here and is still to be recognized.
    pub fn scan(&mut self, page: usize) {
        self.scans.push(Scan { page, at: self.text.len() });
    }

    /// Ends the line, if one has begun.
    pub fn end_line(&mut self) -> Result<(), ReadError> {
        if self.text.is_empty() || self.text.ends_with('\n') { Ok(()) } else { self.made("\n") }
    }

    /// Drops white space at the end, back to `floor` at most.
    pub fn trim_end(&mut self, floor: usize) {
        let kept = self.text.trim_end().len().max(floor.min(self.text.len()));
        self.text.truncate(kept);
        self.map.truncate(kept);
    }

    /// Drops everything from `len` on.
    pub fn cut(&mut self, len: usize) {
        self.text.truncate(self.text.floor_char_boundary(len));
        self.map.truncate(self.text.len());
        self.fields.retain(|d| d.span.end <= len);
    }

    /// Names an identifier that the format itself points out. Empty and blank spans are none.
    pub fn field(&mut self, span: Span, entity: EntityType, name: &str) {
        let text = span.of(&self.text);
        let (lead, body) = (text.len() - text.trim_start().len(), text.trim());
        if body.chars().any(char::is_alphanumeric) {
            let span = Span::new(span.start + lead, span.start + lead + body.len());
            self.fields.push(Detection { span, entity, confidence: FIELD_CONFIDENCE, source: Source::Field(name.into()) });
        }
    }

    /// The file's own text: line ends become `\n`, and the map keeps the offsets.
    pub fn own_text(&mut self, decoded: &str) -> Result<(), ReadError> {
        if !decoded.contains('\r') {
            return self.push(decoded, Origin::Bytes { start: 0, end: decoded.len() }).map(drop);
        }
        if decoded.len() > self.max_text {
            return Err(ReadError::TooLarge { limit: self.max_text as u64 });
        }
        let step = decoded.len() / LINES_MAPPED;
        let (mut at, mut begun, mut added) = (0usize, 0, 0);
        for piece in decoded.split_inclusive(['\r', '\n']) {
            let line_feed_of_pair = piece == "\n" && decoded.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r');
            at += piece.len();
            if !line_feed_of_pair {
                let line = piece.trim_end_matches(['\r', '\n']);
                self.text.push_str(line);
                added += line.len();
                if line.len() < piece.len() {
                    self.text.push('\n');
                    added += 1;
                }
            }
            let pair_ahead = piece.ends_with('\r') && decoded.as_bytes().get(at) == Some(&b'\n');
            if !pair_ahead && at - begun > step {
                self.map.push(added, Origin::Bytes { start: begun, end: at });
                (begun, added) = (at, 0);
            }
        }
        self.map.push(added, Origin::Bytes { start: begun, end: at });
        Ok(())
    }

    /// The record, if there is any text in it.
    pub fn finish(mut self, format: Format) -> Result<Record, ReadError> {
        if !self.text.chars().any(|c| !c.is_whitespace()) {
            return Err(if self.notes.iter().any(Note::incomplete) || matches!(format, Format::Pdf | Format::Docx | Format::Image) {
                ReadError::NoText
            } else {
                ReadError::Empty
            });
        }
        Ok(self.record(format))
    }

    /// The record and its scans, whether there is text or not.
    pub fn with_scans(mut self, format: Format) -> (Record, Vec<Scan>) {
        (self.record(format), std::mem::take(&mut self.scans))
    }

    fn record(&mut self, format: Format) -> Record {
        self.fields.sort_by_key(|d| (d.span.start, d.span.end));
        self.fields.dedup_by_key(|d| d.span);
        Record {
            format,
            text: Phi::new(std::mem::take(&mut self.text)),
            fields: std::mem::take(&mut self.fields),
            source_map: std::mem::take(&mut self.map),
            notes: std::mem::take(&mut self.notes),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

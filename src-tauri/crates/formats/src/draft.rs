//! A record in the making: text, map and fields grow together, within the text limit.

use std::ops::Range;

use deid::{Detection, EntityType, Phi, Source, Span};
use zeroize::Zeroize;

use crate::ocr::Scan;
use crate::{Format, Limits, Note, Origin, ReadError, Record, SourceMap, Stretch};

/// Files in files in files: deeper ones are named, not read.
const NESTING: usize = 3;

/// A field that the format defines is nearly always what it says; the rest is people typing into the wrong box.
const FIELD_CONFIDENCE: f32 = 0.99;

/// Stretches that a file's own text is mapped by at most; beyond, neighbouring lines share one.
const LINES_MAPPED: usize = 500_000;

/// What a reading may still unpack, shared by a file and the files inside of it.
#[derive(Clone)]
pub(crate) struct Budget {
    pub unpacked: u64,
    pub entries: usize,
    pub nesting: usize,
}

/// Text, map, fields and notes while they are collected.
pub(crate) struct Draft {
    text: String,
    map: SourceMap,
    pub fields: Vec<Detection>,
    pub codes: Vec<Span>,
    pub notes: Vec<Note>,
    /// Pages whose text is in pictures, in order.
    pub scans: Vec<Scan>,
    pub budget: Budget,
    max_text: usize,
}

impl Draft {
    pub fn new(limits: &Limits) -> Self {
        let budget = Budget { unpacked: limits.max_unpacked, entries: limits.max_entries, nesting: NESTING };
        Self::within(budget, limits.max_text)
    }

    fn within(budget: Budget, max_text: usize) -> Self {
        Self {
            text: String::new(),
            map: SourceMap::default(),
            fields: Vec::new(),
            codes: Vec::new(),
            notes: Vec::new(),
            scans: Vec::new(),
            budget,
            max_text,
        }
    }

    /// A draft for a file inside this one, within what is left; none where files nest too deep.
    pub fn inside(&self) -> Option<Self> {
        let budget = Budget { nesting: self.budget.nesting.checked_sub(1)?, ..self.budget.clone() };
        Some(Self::within(budget, self.max_text.saturating_sub(self.text.len())))
    }

    /// Takes over what was read of a file inside this one; `name` goes before the names of its parts.
    pub fn take(&mut self, mut inner: Draft, name: &str) -> Result<(), ReadError> {
        let base = self.text.len();
        self.text.push_str(&inner.text);
        for stretch in inner.map.stretches() {
            let origin = match stretch.origin.clone() {
                Origin::Bytes { start, end } => Origin::Part { name: name.to_owned(), start, end },
                Origin::Part { name: part, start, end } if part.is_empty() => Origin::Part { name: name.to_owned(), start, end },
                Origin::Part { name: part, start, end } => Origin::Part { name: format!("{name}/{part}"), start, end },
                Origin::Path { path } => Origin::Path { path: format!("{name}/{path}") },
                origin => origin,
            };
            self.map.push(stretch.span.len(), origin);
        }
        self.fields.extend(inner.fields.drain(..).map(|mut f| {
            f.span = Span::new(f.span.start + base, f.span.end + base);
            f
        }));
        self.codes.extend(inner.codes.drain(..).map(|code| Span::new(code.start + base, code.end + base)));
        self.notes.append(&mut inner.notes);
        // Only the outermost file's scans are recognized.
        self.notes.extend((!inner.scans.is_empty()).then_some(Note::ImagesNotRead { count: inner.scans.len() }));
        self.spent(&inner.budget);
        Ok(())
    }

    /// What a file inside this one unpacked is gone, whether or not it could be read.
    pub fn spent(&mut self, inner: &Budget) {
        (self.budget.unpacked, self.budget.entries) = (inner.unpacked, inner.entries);
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

    /// Adds words of the reader's own or of the format's, which identify nobody.
    pub fn label(&mut self, words: &str) -> Result<(), ReadError> {
        let span = self.push(words, Origin::Made)?;
        self.code(span);
        Ok(())
    }

    /// Adds text that stands for a source without being it, letter by letter: a date for a number of days. Its parts lead back to the
    /// whole source, also where both happen to be equally long.
    pub fn shown(&mut self, text: &str, origin: Origin) -> Result<Span, ReadError> {
        let start = self.text.len();
        let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        self.push(first, origin.clone())?;
        self.push(rest, origin)?;
        Ok(Span::new(start, self.text.len()))
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

    /// Drops blanks at the end of a line. Unlike [`Draft::trim_end`] it never looks past a line's end.
    pub fn trim_line(&mut self) {
        self.unmake(self.text.trim_end_matches([' ', '\t']).len());
    }

    /// Drops what was just made, from `len` on; no field lies there.
    pub fn unmake(&mut self, len: usize) {
        self.text.truncate(self.text.floor_char_boundary(len));
        self.map.truncate(self.text.len());
    }

    /// Drops everything from `len` on.
    pub fn cut(&mut self, len: usize) {
        self.text.truncate(self.text.floor_char_boundary(len));
        self.map.truncate(self.text.len());
        self.fields.retain(|d| d.span.end <= len);
        self.codes.retain(|code| code.end <= len);
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

    /// Names a place that holds a code of meaning. Only for what has the shape of one of the format's own codes.
    pub fn code(&mut self, span: Span) {
        if !span.is_empty() {
            self.codes.push(span);
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
        // Headings of the reader's own are not what the file says.
        let says = |stretch: &Stretch| stretch.origin != Origin::Made && !stretch.span.of(&self.text).trim().is_empty();
        if !self.map.stretches().iter().any(says) {
            return Err(if format.is_document() && self.notes.iter().any(|n| matches!(n, Note::PartsNotRead { .. })) {
                ReadError::Corrupt { format }
            } else if self.notes.iter().any(Note::incomplete) || format.is_document() {
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
        self.codes.sort_by_key(|code| (code.start, code.end));
        self.codes.dedup_by(|next, code| next.start < code.end);
        self.notes = Note::together(std::mem::take(&mut self.notes));
        Record {
            format,
            text: Phi::new(std::mem::take(&mut self.text)),
            fields: std::mem::take(&mut self.fields),
            codes: std::mem::take(&mut self.codes),
            source_map: std::mem::take(&mut self.map),
            notes: std::mem::take(&mut self.notes),
        }
    }
}

/// The shape of a code of meaning: short, of few signs, no more than four letters in a row, which a name mostly has, nor six
/// digits, which a number of somebody mostly has.
pub(crate) fn is_code(word: &str) -> bool {
    let signs = word.chars().all(|c| c.is_ascii_alphanumeric() || "_.:*+/%<>-".contains(c));
    let most = |is: fn(&char) -> bool| word.split(|c: char| !is(&c)).map(str::len).max().unwrap_or(0);
    let (letters, digits) = (most(char::is_ascii_alphabetic), most(char::is_ascii_digit));
    signs && word.len() <= 12 && digits <= 6 && (letters <= 4 || word == "Internet")
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

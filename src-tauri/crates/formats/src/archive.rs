//! Archives of XML parts: entries by name, within what the whole reading may still unpack.

use std::io::{Cursor, Read};
use std::ops::Range;

use deid::Span;
use roxmltree::{Attribute, Document, Node};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::ccda::parse;
use crate::draft::{Budget, Draft};
use crate::{Format, Limits, Origin, ReadError};

/// An archive and the names of its entries, sorted so that `slide2` stands before `slide10`.
pub(crate) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    pub names: Vec<String>,
    /// Entries whose names are no text, and that nobody can ask for.
    pub nameless: usize,
    pub format: Format,
}

impl<'a> Archive<'a> {
    /// Opens an archive; its entries count against the budget. `format` is what a damaged one is called.
    pub fn open(bytes: &'a [u8], format: Format, budget: &mut Budget) -> Result<Self, ReadError> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ReadError::Corrupt { format })?;
        budget.entries = budget.entries.checked_sub(zip.len()).ok_or(ReadError::Bomb)?;
        let mut names: Vec<String> = zip.file_names().filter_map(|n| n.ok().map(|n| n.into_owned())).collect();
        names.sort_by_cached_key(|name| in_order(name));
        let nameless = zip.len().saturating_sub(names.len());
        Ok(Self { zip, names, nameless, format })
    }

    /// The names that begin and end so.
    pub fn named(&self, start: &str, end: &str) -> Vec<String> {
        self.names.iter().filter(|n| n.starts_with(start) && n.ends_with(end)).cloned().collect()
    }

    pub fn has(&self, start: &str) -> bool {
        self.names.iter().any(|n| n.starts_with(start))
    }

    /// What an entry unpacks to.
    pub fn bytes(&mut self, name: &str, budget: &mut Budget) -> Result<Vec<u8>, ReadError> {
        let corrupt = ReadError::Corrupt { format: self.format };
        let entry = self.zip.by_name(name).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => ReadError::PasswordNeeded,
            _ => corrupt.clone(),
        })?;
        let mut bytes = Vec::new();
        // Counted on what comes out: an entry's own word for its size is worth nothing.
        entry.take(budget.unpacked + 1).read_to_end(&mut bytes).map_err(|_| corrupt)?;
        budget.unpacked = budget.unpacked.checked_sub(bytes.len() as u64).ok_or(ReadError::Bomb)?;
        Ok(bytes)
    }

    /// An entry that is XML.
    pub fn text(&mut self, name: &str, budget: &mut Budget) -> Result<String, ReadError> {
        let bytes = self.bytes(name, budget)?;
        match encoding_rs::Encoding::for_bom(&bytes) {
            Some((encoding, mark)) => Ok(encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned()),
            None => String::from_utf8(bytes).map_err(|_| ReadError::Corrupt { format: self.format }),
        }
    }

    /// Reads an entry's XML, if the entry is there. Whether it was there and sound; a damaged one is for the caller to count.
    pub fn with<T>(
        &mut self,
        name: &str,
        draft: &mut Draft,
        limits: &Limits,
        read: impl FnOnce(&mut Draft, &Document<'_>) -> Result<T, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        if !self.names.iter().any(|n| n == name) {
            return Ok(None);
        }
        let done = self.text(name, &mut draft.budget).and_then(|text| read(draft, &parse(&text, limits, self.format)?));
        match done {
            Ok(done) => Ok(Some(done)),
            Err(ReadError::Corrupt { .. }) => {
                draft.notes.push(crate::Note::PartsNotRead { count: 1 });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// A key that orders numbers by their value.
fn in_order(name: &str) -> String {
    let mut key = String::new();
    let mut digits = String::new();
    for c in name.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            key.push_str(&format!("{digits:0>8}"));
            digits.clear();
        }
        key.push(c);
    }
    key
}

/// Bytes of a part.
pub(crate) fn origin(part: &str, range: Range<usize>) -> Origin {
    Origin::Part { name: part.to_owned(), start: range.start, end: range.end }
}

/// Adds the words that stand in an element itself.
pub(crate) fn words(draft: &mut Draft, part: &str, node: Node<'_, '_>) -> Result<Span, ReadError> {
    let start = draft.text().len();
    for text in node.children().filter(Node::is_text) {
        draft.push(text.text().unwrap_or_default(), origin(part, text.range()))?;
    }
    Ok(Span::new(start, draft.text().len()))
}

/// Adds an attribute's value.
pub(crate) fn value(draft: &mut Draft, part: &str, attribute: Attribute<'_, '_>) -> Result<Span, ReadError> {
    draft.push(attribute.value(), origin(part, attribute.range_value()))
}

/// An attribute by its local name, whatever its namespace.
pub(crate) fn attribute<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Attribute<'a, 'i>> {
    node.attributes().find(|a| a.name() == name)
}

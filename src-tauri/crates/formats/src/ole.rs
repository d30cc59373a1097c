//! Compound files (MS-CFB), the container of Office before 2007 and of Outlook: which document one holds, and its streams.

use std::io::{Cursor, Read};

use cfb::CompoundFile;

use crate::draft::Draft;
use crate::{Format, Limits, Note, ReadError, doc, inside, msg, ppt, xls};

/// A compound file.
pub(crate) struct Ole<'a> {
    file: CompoundFile<Cursor<&'a [u8]>>,
    /// Every stream and storage by its path, such as `/WordDocument`.
    paths: Vec<String>,
}

/// Streams that tell what a storage holds.
const KINDS: &[(&str, Format)] = &[
    ("Workbook", Format::Xls),
    ("Book", Format::Xls),
    ("WordDocument", Format::Doc),
    ("PowerPoint Document", Format::Ppt),
    ("__properties_version1.0", Format::Msg),
];

/// How much of a file's end may be missing.
const LEFT_OUT: usize = 1 << 20;

/// Reads the document of a compound file.
pub(crate) fn read(bytes: &[u8], limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
    let mut padded = Vec::new();
    let file = match CompoundFile::open(Cursor::new(bytes)) {
        Ok(file) => file,
        Err(_) => {
            // Some programs leave the end of a file out that its table of sectors tells of.
            let sectors = u32_at(bytes, 0x2c).map_or(0, |tables| (tables as usize).saturating_mul(128));
            let missing = sectors.saturating_add(1).saturating_mul(512).saturating_sub(bytes.len());
            if missing == 0 || missing > LEFT_OUT {
                return Err(damaged(bytes));
            }
            padded.extend_from_slice(bytes);
            padded.resize(bytes.len() + missing, 0);
            CompoundFile::open(Cursor::new(&padded[..])).map_err(|_| damaged(bytes))?
        }
    };
    let paths: Vec<String> = file.walk().take(limits.max_entries + 1).map(|e| e.path().to_string_lossy().into_owned()).collect();
    draft.budget.entries = draft.budget.entries.checked_sub(paths.len()).ok_or(ReadError::Bomb)?;
    Ole { file, paths }.document("", limits, draft)
}

/// What a file is called whose directory cannot be read.
fn damaged(bytes: &[u8]) -> ReadError {
    let holds = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|w| w == name)
    };
    if holds("EncryptedPackage") {
        return ReadError::Encrypted;
    }
    let format = KINDS.iter().find(|(name, _)| holds(name)).map(|(_, format)| *format);
    format.map_or(ReadError::Unsupported { found: "ole".into() }, |format| ReadError::Corrupt { format })
}

impl Ole<'_> {
    /// Reads the document of a storage; `root` is its path, empty for the file itself.
    pub fn document(&mut self, root: &str, limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
        if self.find(root, "\u{9}DRMContent").is_some() {
            return Err(ReadError::Encrypted);
        }
        if self.find(root, "EncryptedPackage").is_some() {
            return Err(if self.find(root, "EncryptionInfo").is_some() { ReadError::PasswordNeeded } else { ReadError::Encrypted });
        }
        let format = KINDS.iter().find(|(name, _)| self.find(root, name).is_some()).map(|(_, format)| *format);
        match format {
            Some(Format::Xls) => xls::read(self, root, limits, draft)?,
            Some(Format::Doc) => doc::read(self, root, limits, draft)?,
            Some(Format::Ppt) => ppt::read(self, root, limits, draft)?,
            Some(Format::Msg) => msg::read(self, root, limits, draft)?,
            _ => return self.packed(root, limits, draft),
        }
        if format != Some(Format::Msg) {
            self.beside(root, limits, draft)?;
        }
        Ok(format.unwrap_or(Format::Doc))
    }

    /// A file that a document carries along: a newer one whole, or any with its name before it.
    fn packed(&mut self, root: &str, limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
        for name in ["Package", "CONTENTS", "EmbeddedOdf"] {
            if let Some(bytes) = self.stream(root, name, draft)? {
                return crate::read_into(&bytes, "", limits, draft);
            }
        }
        let native = self.stream(root, "\u{1}Ole10Native", draft)?;
        match native.as_deref().and_then(native_file) {
            Some(bytes) => crate::read_into(bytes, "", limits, draft),
            None => Err(ReadError::Unsupported { found: "ole".into() }),
        }
    }

    /// What a document has beside its words: objects of other programs, pictures, macros, what it says about itself.
    fn beside(&mut self, root: &str, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
        let inner: Vec<String> = self.storages(root, &["/MBD", "/ObjectPool/_"]);
        for path in inner {
            let before = draft.text().len();
            draft.end_line()?;
            draft.made("Embedded file:\n")?;
            let failed = inside::nest(draft, path.trim_start_matches('/'), |inner| self.document(&path, limits, inner).map(drop))?;
            if failed.is_some() {
                draft.cut(before);
                draft.notes.push(Note::AttachmentsNotRead { count: 1 });
            }
        }
        if ["\u{5}SummaryInformation", "_VBA_PROJECT_CUR", "Macros"].iter().any(|name| self.find(root, name).is_some()) {
            draft.notes.push(Note::PropertiesLeftOut);
        }
        Ok(())
    }

    /// Storages right below a storage whose path begins so.
    pub fn storages(&self, root: &str, starts: &[&str]) -> Vec<String> {
        let below = |path: &&String| {
            path.strip_prefix(root).is_some_and(|rest| starts.iter().any(|s| rest.strip_prefix(s).is_some_and(|name| !name.contains('/'))))
        };
        self.paths.iter().filter(below).filter(|p| self.file.is_storage(p)).cloned().collect()
    }

    /// The names of the streams and storages right below a storage.
    pub fn names(&self, root: &str) -> Vec<String> {
        let name = |p: &String| p.strip_prefix(root)?.strip_prefix('/').filter(|n| !n.is_empty() && !n.contains('/')).map(str::to_owned);
        self.paths.iter().filter_map(name).collect()
    }

    /// A path, however its letters are written.
    fn find(&self, root: &str, name: &str) -> Option<&String> {
        let path = format!("{root}/{name}");
        self.paths.iter().find(|p| p.eq_ignore_ascii_case(&path))
    }

    /// A stream's bytes, if it is there and sound.
    pub fn stream(&mut self, root: &str, name: &str, draft: &mut Draft) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(path) = self.find(root, name).cloned() else { return Ok(None) };
        let Ok(stream) = self.file.open_stream(&path) else { return Ok(None) };
        let mut bytes = Vec::new();
        if stream.take(draft.budget.unpacked + 1).read_to_end(&mut bytes).is_err() {
            draft.notes.push(Note::PartsNotRead { count: 1 });
        }
        draft.budget.unpacked = draft.budget.unpacked.checked_sub(bytes.len() as u64).ok_or(ReadError::Bomb)?;
        Ok(Some(bytes))
    }
}

/// The file of an `Ole10Native` stream: its size, a mark, name, path, two numbers, a path with its length, and the file with its.
fn native_file(stream: &[u8]) -> Option<&[u8]> {
    let after_text = |bytes: &[u8]| bytes.iter().position(|b| *b == 0).map(|end| end + 1);
    let mut rest = stream.get(6..)?;
    for _ in 0..2 {
        rest = rest.get(after_text(rest)?..)?;
    }
    let long = |bytes: &[u8]| bytes.first_chunk::<4>().map(|b| u32::from_le_bytes(*b) as usize);
    rest = rest.get(4..)?;
    rest = rest.get(4usize.checked_add(long(rest)?)?..)?;
    rest.get(4..)?.get(..long(rest)?)
}

/// Pictures among other bytes, by how their files begin.
pub(crate) fn pictures(bytes: &[u8]) -> usize {
    let begins = |at: usize, magic: &[u8]| bytes.get(at..at + magic.len()) == Some(magic);
    (0..bytes.len())
        .filter(|at| begins(*at, b"\x89PNG\r\n\x1a\n") || begins(*at, b"\xff\xd8\xff\xe0") || begins(*at, b"\xff\xd8\xff\xe1"))
        .count()
}

/// Numbers of a stream.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk::<2>().map(|b| u16::from_le_bytes(*b))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|b| u32::from_le_bytes(*b))
}

/// Text in two bytes a unit.
pub(crate) fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect();
    String::from_utf16_lossy(&units)
}

//! Scans and pictures: gray pages are made in the confined process, and Tesseract, a process of its own, reads them.

mod confine;
mod picture;
mod read;
mod tesseract;
mod tiff;
mod tsv;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::{Limits, Note, ReadError, sniff};

pub(crate) use confine::{RECOGNIZE, recognize};
pub(crate) use picture::upright;
pub use picture::{count, page};
pub(crate) use read::{Recognized, again, read, serve};
pub use tsv::{TsvError, Word, words};

/// Words that Tesseract is less sure of, in percent, are named as uncertain.
pub const UNCERTAIN: f32 = 60.0;

/// How Tesseract is installed.
pub const INSTALL: &str = "on Debian and Ubuntu: sudo apt install tesseract-ocr tesseract-ocr-osd; on macOS: brew install tesseract; \
                           on Windows: winget install UB-Mannheim.TesseractOCR";

/// A page that text has to be recognized on, and where its text belongs in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scan {
    /// Counted from 1.
    pub page: usize,
    /// Bytes of the record's text before it.
    pub at: usize,
}

/// A page as Tesseract gets it: eight bits of gray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Width and height of the upright picture that this was scaled from. Boxes of words are told in its pixels.
    pub source: (u32, u32),
    /// Row by row, 0 is black.
    pub pixels: Vec<u8>,
}

/// Names the pages of a picture, which are still to be recognized.
pub(crate) fn scans(bytes: &[u8], limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let pages = count(bytes, limits)?;
    (1..=pages).for_each(|page| draft.scan(page));
    draft.notes.push(Note::PagesWithoutText { count: pages });
    draft.notes.extend(picture::moves(bytes).then_some(Note::ImagesNotRead { count: 1 }));
    Ok(())
}

/// Whether bytes may be a scan or a picture.
pub(crate) fn may_be_needed(bytes: &[u8]) -> bool {
    matches!(sniff::shape(bytes), Ok(sniff::Shape::Image | sniff::Shape::Pdf))
}

/// Where Tesseract is installed, if it is: in the usual places, then in the folders of `PATH`.
pub fn find() -> Option<PathBuf> {
    const PLACES: &[&str] = &[
        "/usr/bin",
        "/usr/local/bin",
        "/opt/homebrew/bin",
        "/opt/local/bin",
        r"C:\Program Files\Tesseract-OCR",
        r"C:\Program Files (x86)\Tesseract-OCR",
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = PLACES.iter().map(PathBuf::from).chain(std::env::split_paths(&path));
    let name = Path::new("tesseract").with_extension(std::env::consts::EXE_EXTENSION);
    // A relative folder would be one of the place where the program happens to be started.
    folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join(&name)).find(|program| program.is_file())
}

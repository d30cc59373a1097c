//! True redaction of a PDF: a new file of page images with boxes burnt in, and of the words that survive. Nothing of the old file is
//! copied, so nothing that a page does not show can come along: no metadata, attachments, scripts, layers or earlier revisions.

mod page;
mod verify;
mod write;

use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::raster::Brush;
use crate::redact_scan::Sheet;
use crate::write::Edit;
use crate::{Limits, ReadError, pdf};

/// How a redacted PDF is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RedactOptions {
    /// Pixels per inch of the page images, from 72 to 600.
    pub dpi: f64,
    /// What becomes of what was not read.
    pub unread: OnUnread,
}

impl Default for RedactOptions {
    fn default() -> Self {
        Self { dpi: 200.0, unread: OnUnread::Refuse }
    }
}

/// What becomes of pictures, drawings and glyphs that nobody read: they may show identifiers that nobody found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnread {
    /// No file is made.
    #[default]
    Refuse,
    /// A grey box covers them.
    Cover,
    /// They stay.
    Keep,
}

/// Something on a page that is shown and was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The page, counted from 1.
    pub page: usize,
    /// What it is.
    pub what: Unreadable,
    /// How many of them.
    pub count: usize,
}

/// What cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// The whole page: something is drawn on it, but no word.
    Page,
    /// Pictures, which may be scans or photographs of text.
    Images,
    /// Glyphs that do not say which character they are.
    Glyphs,
    /// Drawings as curved as writing: a signature, text as outlines, text in a pattern.
    Drawings,
}

/// A redacted PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The new file.
    pub bytes: Vec<u8>,
    /// Its pages.
    pub pages: usize,
    /// Boxes that were painted over removed text.
    pub boxes: usize,
    /// Edits that are drawn on no page, such as values of hidden fields: absent from the new file, without a box.
    pub absent: usize,
    /// What was not read, and covered or kept.
    pub unread: Vec<Unread>,
}

/// Why no redacted PDF was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedactError {
    /// The original cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The edits do not fit the text of the file.
    #[error("the edits do not belong to this file, or overlap; read it again")]
    Edits,
    /// Something is shown that was not read.
    #[error("{} pictures, drawings or pages could not be read and may show identifiers; cover them or look at them first", .0.iter().map(|u| u.count).sum::<usize>())]
    Unread(Vec<Unread>),
    /// The new file was looked through and something was still there, or was not as it should be.
    #[error("the redacted file did not pass its inspection ({found}); it was thrown away")]
    Survived {
        /// Where it was found.
        found: Trace,
    },
}

/// Where the inspection of a new file found something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trace {
    /// In the text that our reader gets from it.
    #[error("its text")]
    Text,
    /// In its objects and streams.
    #[error("its objects")]
    Objects,
    /// In its bytes.
    #[error("its bytes")]
    Bytes,
    /// In the pixels of a box.
    #[error("the pixels of a box")]
    Pixels,
    /// It holds something else than pages.
    #[error("its structure")]
    Structure,
    /// A recognized word that was to go has no place on its page.
    #[error("the place of a word")]
    Places,
    /// In what is recognized on its pages.
    #[error("its pictures")]
    Recognized,
}

/// Makes a redacted PDF of these bytes, or nothing. Spans of the edits are those of the text that [`crate::read`] gives for the file.
/// Bounded as [`crate::read`] is; a page takes up to 300 MB while it is drawn.
pub fn redact_pdf(bytes: &[u8], limits: &Limits, edits: &[Edit], options: &RedactOptions) -> Result<Redacted, RedactError> {
    redact(bytes, limits, edits, &[], options)
}

/// The same of a file with pages that were recognized. The edits are those of its other text, the sheets say what becomes of theirs.
pub(crate) fn redact(
    bytes: &[u8],
    limits: &Limits,
    edits: &[Edit],
    sheets: &[Sheet],
    options: &RedactOptions,
) -> Result<Redacted, RedactError> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|e| (e.span.start, e.span.end));
    if edits.windows(2).any(|pair| matches!(pair, [a, b] if a.span.end > b.span.start)) {
        return Err(RedactError::Edits);
    }
    let dpi = options.dpi.clamp(72.0, 600.0);
    pdf::apart(|| {
        let file = pdf::load(bytes, limits)?;
        let mut draft = Draft::new(limits);
        let mut brush = Brush::default();
        let mut work = write::File::default();
        let (mut kept, mut unread, mut placed) = (Kept::default(), Vec::new(), vec![false; edits.len()]);
        pdf::document(
            &file,
            limits,
            &mut draft,
            Some(&mut |source, seen| {
                let number = kept.pages.len() + 1;
                let sheet = sheets.iter().find(|sheet| sheet.page == number);
                // All that is drawn on a page was looked at where it was recognized.
                let missed = if sheet.is_some() { Vec::new() } else { page::unread(&seen, number) };
                unread.extend_from_slice(&missed);
                // Once it is clear that there will be no file, the rest is only read.
                if options.unread == OnUnread::Refuse && !unread.is_empty() {
                    kept.pages.push(Vec::new());
                    return Ok(());
                }
                let mut drawn = brush.draw(source, dpi);
                let covered = if options.unread == OnUnread::Cover { missed.as_slice() } else { &[] };
                if let Some(sheet) = sheet.filter(|_| options.unread != OnUnread::Keep) {
                    page::clear(&mut drawn, &seen, sheet);
                }
                let layout = page::Layout::of(&seen, &drawn, &edits, &mut placed, covered, sheet);
                layout.boxes.iter().for_each(|b| b.paint(&mut drawn));
                work.page(&drawn, &layout);
                kept.page(layout);
                Ok(())
            }),
        )?;
        let text = draft.text();
        if edits.iter().any(|e| e.span.is_empty() || text.get(e.span.start..e.span.end).is_none()) {
            return Err(RedactError::Edits);
        }
        if options.unread == OnUnread::Refuse && !unread.is_empty() {
            return Err(RedactError::Unread(unread));
        }
        let removed: Vec<&str> = edits.iter().map(|e| e.span.of(text)).collect();
        let bytes = work.finish();
        verify::verify(&bytes, &removed, &kept, limits, dpi)?;
        let boxes = kept.pages.iter().flatten().filter(|b| b.removed).count();
        Ok(Redacted { bytes, pages: kept.pages.len(), boxes, absent: placed.iter().filter(|p| !**p).count(), unread })
    })
}

/// What the new file should hold.
#[derive(Default)]
struct Kept {
    /// Boxes of each page.
    pages: Vec<Vec<page::Block>>,
    /// Its words, labels among them.
    words: String,
}

impl Kept {
    fn page(&mut self, layout: page::Layout) {
        for word in &layout.words {
            self.words.push_str(&word.text);
            self.words.push_str(if word.blank { " " } else { "" });
        }
        self.words.push('\n');
        self.pages.push(layout.boxes);
    }
}

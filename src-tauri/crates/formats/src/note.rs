//! What a person should know about a reading.

use serde::{Deserialize, Serialize};

/// Something worth knowing about how a record was read. Holds counts, never content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Read in a character set other than UTF-8.
    Encoding {
        /// Its name in the Encoding Standard.
        name: String,
    },
    /// Bytes that are no characters were replaced.
    ReplacedBytes {
        /// How many replacement characters stand in the text.
        count: usize,
    },
    /// Pages that hold no text, scanned ones for example, or little beside a picture.
    PagesWithoutText {
        /// How many.
        count: usize,
    },
    /// Glyphs that do not say which character they are.
    UnreadableGlyphs {
        /// How many.
        count: usize,
    },
    /// Pictures that fill a good part of a page.
    ImagesNotRead {
        /// How many.
        count: usize,
    },
    /// Pictures the size of a logo or a sign.
    SmallImagesNotRead {
        /// How many.
        count: usize,
    },
    /// Files inside the file.
    AttachmentsNotRead {
        /// How many.
        count: usize,
    },
    /// Layers that are switched off.
    LayersNotRead,
    /// Parts of the document that are damaged.
    PartsNotRead {
        /// How many.
        count: usize,
    },
    /// Pages that were read from a picture: letters may be mistaken, and words that look like none may be missing.
    Ocr {
        /// How many.
        pages: usize,
    },
    /// Words that were recognized with little confidence.
    OcrUncertain {
        /// How many.
        words: usize,
        /// Of how many in all.
        of: usize,
    },
    /// Pages that no words could be recognized on.
    PagesNotRead {
        /// How many.
        count: usize,
    },
    /// Coded entries, which repeat the narrative for machines.
    EntriesLeftOut {
        /// How many.
        count: usize,
    },
    /// What the file says about itself, and what programs do with it: author, title, bookmarks, targets of links, scripts.
    PropertiesLeftOut,
    /// Text that a reader of the document does not see is part of the record.
    HiddenText,
    /// Comments are part of the record.
    Comments,
    /// Text that was deleted with tracking on is part of the record.
    TrackedDeletions,
}

impl Note {
    /// Notes of one kind as one, their counts added; the first keeps its place.
    pub(crate) fn together(notes: Vec<Note>) -> Vec<Note> {
        let mut kept: Vec<Note> = Vec::new();
        for mut note in notes {
            let kind = std::mem::discriminant(&note);
            let is_name = matches!(note, Note::Encoding { .. });
            match kept.iter_mut().find(|k| if is_name { **k == note } else { std::mem::discriminant(*k) == kind }) {
                Some(first) => first.counts().into_iter().zip(note.counts()).for_each(|(sum, count)| *sum += *count),
                None => kept.push(note),
            }
        }
        kept
    }

    fn counts(&mut self) -> Vec<&mut usize> {
        match self {
            Note::ReplacedBytes { count }
            | Note::PagesWithoutText { count }
            | Note::UnreadableGlyphs { count }
            | Note::ImagesNotRead { count }
            | Note::SmallImagesNotRead { count }
            | Note::AttachmentsNotRead { count }
            | Note::PartsNotRead { count }
            | Note::Ocr { pages: count }
            | Note::PagesNotRead { count }
            | Note::EntriesLeftOut { count } => vec![count],
            Note::OcrUncertain { words, of } => vec![words, of],
            Note::Encoding { .. }
            | Note::LayersNotRead
            | Note::PropertiesLeftOut
            | Note::HiddenText
            | Note::Comments
            | Note::TrackedDeletions => Vec::new(),
        }
    }

    /// Whether the file holds something that was not read, or not for sure.
    pub fn incomplete(&self) -> bool {
        match self {
            Note::ReplacedBytes { .. }
            | Note::PagesWithoutText { .. }
            | Note::UnreadableGlyphs { .. }
            | Note::ImagesNotRead { .. }
            | Note::AttachmentsNotRead { .. }
            | Note::LayersNotRead
            | Note::PartsNotRead { .. }
            | Note::Ocr { .. }
            | Note::OcrUncertain { .. }
            | Note::PagesNotRead { .. } => true,
            // What is left out here is in no part of the record, and so in nothing that is sent.
            Note::Encoding { .. }
            | Note::SmallImagesNotRead { .. }
            | Note::EntriesLeftOut { .. }
            | Note::PropertiesLeftOut
            | Note::HiddenText
            | Note::Comments
            | Note::TrackedDeletions => false,
        }
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Note::Encoding { name } => write!(f, "read as {name}"),
            Note::ReplacedBytes { count } => write!(f, "{count} places hold bytes that are no characters"),
            Note::PagesWithoutText { count } => write!(f, "{count} pages are scans, in whole or in part, and were not read"),
            Note::UnreadableGlyphs { count } => write!(f, "{count} glyphs do not say which character they are"),
            Note::ImagesNotRead { count } => write!(f, "{count} images were not read"),
            Note::SmallImagesNotRead { count } => write!(f, "{count} small images, such as logos, were not read"),
            Note::AttachmentsNotRead { count } => write!(f, "{count} attachments were not read"),
            Note::LayersNotRead => f.write_str("layers that are switched off were not read"),
            Note::PartsNotRead { count } => write!(f, "{count} damaged parts were not read"),
            Note::Ocr { pages } => write!(f, "{pages} pages were read from pictures, by text recognition"),
            Note::OcrUncertain { words, of } => write!(f, "{words} of {of} recognized words are uncertain"),
            Note::PagesNotRead { count } => write!(f, "no text could be recognized on {count} pages"),
            Note::EntriesLeftOut { count } => write!(f, "{count} coded entries were left out; their narrative was read"),
            Note::PropertiesLeftOut => f.write_str("document properties, bookmarks, link targets and scripts were left out"),
            Note::HiddenText => f.write_str("hidden text is included"),
            Note::Comments => f.write_str("comments are included"),
            Note::TrackedDeletions => f.write_str("tracked deletions are included"),
        }
    }
}

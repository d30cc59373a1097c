//! What is worth knowing about how a file was written.

use serde::{Deserialize, Serialize};

/// Something worth knowing about how a file was written. Holds counts, never content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum WriteNote {
    /// The file's own character set lacks a character of a replacement.
    Utf8,
    /// Files inside the file that were not read were taken out.
    UnreadRemoved {
        /// How many.
        count: usize,
    },
    /// Pictures that were not read became empty ones.
    ImagesReplaced {
        /// How many.
        count: usize,
    },
    /// Names of members that no standard knows were replaced.
    NamesRemoved {
        /// How many.
        count: usize,
    },
    /// Words that were replaced in one place stood in others too, and were replaced there.
    Repeated {
        /// How many places.
        count: usize,
    },
    /// Pages became pictures with their words beneath.
    PagesDrawn {
        /// How many.
        count: usize,
    },
    /// Pictures, drawings and glyphs on pages that were not read were covered.
    UnreadCovered {
        /// How many.
        count: usize,
    },
    /// Scanned pages keep the words that were recognized for sure, and nothing else.
    RecognizedOnly {
        /// How many pages.
        count: usize,
    },
    /// Members of an archive that cannot be written back were left out.
    MembersLeftOut {
        /// How many.
        count: usize,
    },
    /// Values that the text does not show were taken out: of properties, coded entries, links, comments of the markup.
    UnseenRemoved {
        /// How many.
        count: usize,
    },
}

impl std::fmt::Display for WriteNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WriteNote::Utf8 => f.write_str("written as UTF-8, since the file's own character set lacks a character"),
            WriteNote::UnreadRemoved { count } => write!(f, "{count} attachments that were not read were taken out"),
            WriteNote::ImagesReplaced { count } => write!(f, "{count} images that were not read were replaced by empty ones"),
            WriteNote::NamesRemoved { count } => write!(f, "{count} unknown names of members were replaced"),
            WriteNote::PagesDrawn { count } => write!(f, "{count} pages became pictures with their words beneath"),
            WriteNote::UnreadCovered { count } => write!(f, "{count} pictures and drawings that were not read were covered"),
            WriteNote::RecognizedOnly { count } => {
                write!(f, "{count} scanned pages keep the words that were recognized for sure, and nothing else")
            }
            WriteNote::MembersLeftOut { count } => write!(f, "{count} files of the archive cannot be written back and were left out"),
            WriteNote::Repeated { count } => write!(f, "the same words were replaced at {count} more places"),
            WriteNote::UnseenRemoved { count } => write!(f, "{count} values that the text does not show were taken out"),
        }
    }
}

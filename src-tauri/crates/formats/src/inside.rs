//! Files inside a file: attachments, entries of archives, embedded documents. Read like any other file, into the same record.

use crate::draft::Draft;
use crate::{Limits, Note, ReadError, sniff};

/// A picture of fewer pixels is a logo or a sign.
const SMALL_PICTURE: u64 = 300 * 150;

/// Reads a file inside the file under a heading; says why where it cannot be read, which costs the record a note.
/// `part` is its name in the source map, `name` what a person calls it. An error is one that ends the whole reading.
pub(crate) fn read(draft: &mut Draft, limits: &Limits, bytes: &[u8], part: &str, name: &str) -> Result<Option<ReadError>, ReadError> {
    if matches!(sniff::shape(bytes), Ok(sniff::Shape::Image)) {
        draft.notes.push(picture(bytes));
        return Ok(Some(ReadError::Unsupported { found: "picture".into() }));
    }
    let failed = nest(draft, part, |inner| crate::read_into(bytes, name, limits, inner).map(drop))?;
    draft.notes.extend(failed.as_ref().and_then(|error| match error {
        ReadError::Empty => None,
        ReadError::Unsupported { found } if PICTURES.contains(&found.as_str()) => Some(picture(bytes)),
        _ => Some(Note::AttachmentsNotRead { count: 1 }),
    }));
    Ok(failed)
}

/// Reads what is inside into a draft of its own, which becomes part of this one; says why where that fails.
pub(crate) fn nest(
    draft: &mut Draft,
    part: &str,
    read: impl FnOnce(&mut Draft) -> Result<(), ReadError>,
) -> Result<Option<ReadError>, ReadError> {
    let Some(mut inner) = draft.inside() else { return Ok(Some(ReadError::Unsupported { found: "files nested too deep".into() })) };
    match read(&mut inner) {
        Ok(()) => {
            draft.take(inner, part)?;
            draft.end_line()?;
            Ok(None)
        }
        Err(error @ (ReadError::Bomb | ReadError::TooLarge { .. } | ReadError::TooManyPages { .. })) => Err(error),
        Err(error) => {
            draft.spent(&inner.budget);
            Ok(Some(error))
        }
    }
}

/// Pictures that are of no kind that is read.
const PICTURES: &[&str] = &["riff", "emf", "wmf"];

/// The note for a picture, by its size in pixels where its head tells it.
pub(crate) fn picture(bytes: &[u8]) -> Note {
    let word = |at: usize| bytes.get(at..).and_then(|b| b.first_chunk::<2>()).copied();
    let long = |at: usize| bytes.get(at..).and_then(|b| b.first_chunk::<4>()).map(|b| u64::from(u32::from_be_bytes(*b)));
    let pixels = if bytes.starts_with(b"\x89PNG") {
        long(16).zip(long(20)).map(|(w, h)| w.saturating_mul(h))
    } else if bytes.starts_with(b"GIF8") {
        word(6).zip(word(8)).map(|(w, h)| u64::from(u16::from_le_bytes(w)) * u64::from(u16::from_le_bytes(h)))
    } else {
        None
    };
    match pixels {
        Some(pixels) if pixels < SMALL_PICTURE => Note::SmallImagesNotRead { count: 1 },
        _ => Note::ImagesNotRead { count: 1 },
    }
}

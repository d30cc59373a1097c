//! PowerPoint presentations of 1997 to 2003 (MS-PPT): the words of every slide, also of those that a later saving left behind.

use crate::archive::origin;
use crate::draft::Draft;
use crate::ole::{Ole, pictures, u16_at, u32_at, utf16};
use crate::{Format, Limits, Note, ReadError};

const STREAM: &str = "PowerPoint Document";

/// Records that hold words (2.9.41, 2.9.42 and 2.13.11), and those that begin a page (2.5.1 to 2.5.6) with their headings.
const TEXT_CHARS: u16 = 0x0fa0;
const TEXT_BYTES: u16 = 0x0fa8;
const STRING: u16 = 0x0fba;
const PAGES: &[(u16, &str)] = &[(0x03ee, "Slide:\n"), (0x03f0, "Notes:\n"), (0x03f8, "Master:\n")];

/// A session of encryption (2.3.7), and an object of another program (2.10.34).
const CRYPT_SESSION: u16 = 0x2f14;
const OBJECT: u16 = 0x1011;

/// Reads a presentation.
pub(crate) fn read(ole: &mut Ole<'_>, root: &str, _: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let bytes = ole.stream(root, STREAM, draft)?.unwrap_or_default();
    let user = ole.stream(root, "Current User", draft)?.unwrap_or_default();
    if u32_at(&user, 12) == Some(0xf3d1_c4df) {
        return Err(ReadError::Encrypted);
    }
    let (mut at, mut objects) = (0, 0);
    while let (Some(version), Some(kind), Some(length)) = (u16_at(&bytes, at), u16_at(&bytes, at + 2), u32_at(&bytes, at + 4)) {
        let start = at + 8;
        let end = start.saturating_add(length as usize).min(bytes.len());
        // What contains others is stepped into.
        let contains = version & 0xf == 0xf;
        at = if contains { start } else { end };
        let body = bytes.get(start..end).unwrap_or_default();
        let text = match kind {
            CRYPT_SESSION => return Err(ReadError::Encrypted),
            _ if contains => {
                if let Some((_, heading)) = PAGES.iter().find(|(page, _)| *page == kind) {
                    draft.end_line()?;
                    draft.made(heading)?;
                }
                continue;
            }
            TEXT_CHARS | STRING => utf16(body),
            TEXT_BYTES => body.iter().map(|b| char::from(*b)).collect(),
            OBJECT => {
                objects += 1;
                continue;
            }
            _ => continue,
        };
        // Names of tags, and the sign that stands for a page number.
        if text.chars().any(char::is_alphanumeric) && !text.starts_with("___PPT") {
            draft.shown(&text.replace('\u{b}', "\n"), origin(STREAM, start..end))?;
            draft.made("\n")?;
        }
    }
    let images = pictures(&ole.stream(root, "Pictures", draft)?.unwrap_or_default());
    draft.notes.extend((images > 0).then_some(Note::ImagesNotRead { count: images }));
    draft.notes.extend((objects > 0).then_some(Note::AttachmentsNotRead { count: objects }));
    if bytes.is_empty() { Err(ReadError::Corrupt { format: Format::Ppt }) } else { Ok(()) }
}

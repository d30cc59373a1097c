//! Word documents of 1997 to 2003 (MS-DOC): the text of the body, and of what stands around it, by its table of pieces.

use std::ops::Range;

use crate::archive::origin;
use crate::draft::Draft;
use crate::ole::{Ole, pictures, u16_at, u32_at};
use crate::unlock::old;
use crate::{Format, Limits, Note, ReadError};

const STREAM: &str = "WordDocument";
const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Doc };

/// Parts of the text in their order, by where the head keeps their length in characters (2.5.4), with their headings.
const PARTS: &[(usize, &str)] = &[
    (0x4c, ""),
    (0x50, "Footnotes:\n"),
    (0x54, "Headers and footers:\n"),
    (0x58, "Macros:\n"),
    (0x5c, "Comments:\n"),
    (0x60, "Endnotes:\n"),
    (0x64, "Text boxes:\n"),
    (0x68, "Text boxes of headers:\n"),
];

/// The oldest version whose text lies in pieces.
const WORD_97: u16 = 0x00c1;

/// A character and where it stands in the stream.
type Unit = (u16, usize);

/// Reads a document.
pub(crate) fn read(ole: &mut Ole<'_>, root: &str, _: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let bytes = ole.stream(root, STREAM, draft)?.unwrap_or_default();
    let flags = u16_at(&bytes, 0x0a).ok_or(CORRUPT)?;
    if flags & 0x0100 != 0 {
        return Err(if old::is_opened_here(flags) && root.is_empty() { ReadError::PasswordNeeded } else { ReadError::Encrypted });
    }
    let units = if u16_at(&bytes, 2).ok_or(CORRUPT)? < WORD_97 {
        // In older versions the text is one stretch.
        let place = |at| u32_at(&bytes, at).map(|n| n as usize).ok_or(CORRUPT);
        let start = place(0x18)?;
        bytes.get(start..place(0x1c)?).ok_or(CORRUPT)?.iter().enumerate().map(|(i, b)| (from_1252(*b), start + i)).collect()
    } else {
        let name = if flags & 0x0200 != 0 { "1Table" } else { "0Table" };
        let table = ole.stream(root, name, draft)?.ok_or(CORRUPT)?;
        pieces(&bytes, &table, draft)?
    };
    let mut codes = Vec::new();
    let (mut at, mut drawn) = (0usize, 0);
    for (place, heading) in PARTS {
        let length = if units.is_empty() { 0 } else { u32_at(&bytes, *place).unwrap_or(0) as usize };
        let part = units.get(at..at.saturating_add(length).min(units.len())).unwrap_or_default();
        at = at.saturating_add(length);
        let before = draft.text().len();
        draft.end_line()?;
        draft.made(heading)?;
        let begun = draft.text().len();
        drawn += write(draft, part, &mut codes)?;
        if draft.text().get(begun..).is_none_or(|t| t.trim().is_empty()) {
            draft.cut(before);
        } else if heading.starts_with("Comments") {
            draft.notes.push(Note::Comments);
        }
    }
    let telling = |(code, _): &&(String, Range<usize>)| code.contains(['"', '@']) || code.contains("://");
    if codes.iter().any(|c| telling(&c)) {
        draft.end_line()?;
        draft.made("Field codes:\n")?;
        for (code, range) in codes.iter().filter(telling) {
            draft.shown(code, origin(STREAM, range.clone()))?;
            draft.made("\n")?;
        }
    }
    let images = pictures(&bytes) + pictures(&ole.stream(root, "Data", draft)?.unwrap_or_default());
    let images = images.max(drawn);
    draft.notes.extend((images > 0).then_some(Note::ImagesNotRead { count: images }));
    Ok(())
}

/// The text, piece by piece (2.8.35, 2.9.38, 2.9.177).
fn pieces(bytes: &[u8], table: &[u8], draft: &mut Draft) -> Result<Vec<Unit>, ReadError> {
    let long = |at: usize| u32_at(table, at).map(|n| n as usize);
    let start = u32_at(bytes, 0x1a2).ok_or(CORRUPT)? as usize;
    let mut at = start;
    // Properties come first, each with its length.
    while table.get(at) == Some(&1) {
        at = at + 3 + usize::from(u16_at(table, at + 1).ok_or(CORRUPT)?);
    }
    if table.get(at) != Some(&2) {
        return Err(CORRUPT);
    }
    let count = long(at + 1).ok_or(CORRUPT)?.saturating_sub(4) / 12;
    let places = at + 5;
    let mut units = Vec::new();
    let mut broken = false;
    for index in 0..count {
        let place = places + index * 4;
        let descriptor = places + (count + 1) * 4 + index * 8;
        let (Some(first), Some(last), Some(packed)) = (long(place), long(place + 4), u32_at(table, descriptor + 2)) else {
            broken = true;
            break;
        };
        let (length, begin) = (last.saturating_sub(first), (packed & 0x3fff_ffff) as usize);
        let taken = if packed & 0x4000_0000 != 0 {
            let begin = begin / 2;
            let piece = bytes.get(begin..begin.saturating_add(length));
            piece.map(|piece| units.extend(piece.iter().enumerate().map(|(i, b)| (from_1252(*b), begin + i))))
        } else {
            let piece = bytes.get(begin..begin.saturating_add(length.saturating_mul(2)));
            piece.map(|piece| {
                units.extend(piece.as_chunks::<2>().0.iter().enumerate().map(|(i, b)| (u16::from_le_bytes(*b), begin + 2 * i)));
            })
        };
        broken |= taken.is_none();
        // Pieces may name the same bytes again and again.
        if units.len() > bytes.len().saturating_mul(2) {
            return Err(ReadError::Bomb);
        }
    }
    draft.notes.extend(broken.then_some(Note::PartsNotRead { count: 1 }));
    Ok(units)
}

fn from_1252(byte: u8) -> u16 {
    if byte < 0x80 {
        return u16::from(byte);
    }
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.encode_utf16().next().unwrap_or(0xfffd)
}

/// Writes paragraphs and table cells; codes of fields are collected. Says how many pictures stand in the text.
fn write(draft: &mut Draft, units: &[Unit], codes: &mut Vec<(String, Range<usize>)>) -> Result<usize, ReadError> {
    let mut drawn = 0;
    // For each field that is open: whether its code is still being given.
    let mut fields: Vec<bool> = Vec::new();
    let (mut line, mut code): (Vec<Unit>, Vec<Unit>) = (Vec::new(), Vec::new());
    let mut cells = false;
    for unit in units.iter().chain(&[(0x0d, 0)]) {
        let in_code = fields.last() == Some(&true);
        match unit.0 {
            // A cell ends; where the row does too, a second mark follows at once.
            0x07 => {
                let empty = line.is_empty();
                flush(draft, &mut line)?;
                draft.made(if empty && cells { "\n" } else { " | " })?;
                cells = !(empty && cells);
            }
            0x0b..=0x0e => {
                flush(draft, &mut line)?;
                draft.made("\n")?;
            }
            0x13 => fields.push(true),
            0x14 => {
                if let Some(open) = fields.last_mut() {
                    *open = false;
                }
                end_code(&mut code, codes);
            }
            0x15 => {
                fields.pop();
                end_code(&mut code, codes);
            }
            0x01 | 0x08 => drawn += usize::from(!in_code && unit.0 == 0x01),
            0x1e => line.push((u16::from(b'-'), unit.1)),
            0x02..=0x06 | 0x1f => {}
            0x00 => {}
            _ if in_code => code.push(*unit),
            _ => line.push(*unit),
        }
    }
    Ok(drawn)
}

fn end_code(code: &mut Vec<Unit>, codes: &mut Vec<(String, Range<usize>)>) {
    if let Some((text, range)) = said(code) {
        codes.push((text, range));
    }
    code.clear();
}

fn flush(draft: &mut Draft, line: &mut Vec<Unit>) -> Result<(), ReadError> {
    if let Some((text, range)) = said(line) {
        draft.shown(&text, origin(STREAM, range))?;
    }
    line.clear();
    Ok(())
}

/// Characters as text, and the bytes that they span.
fn said(units: &[Unit]) -> Option<(String, Range<usize>)> {
    let text = String::from_utf16_lossy(&units.iter().map(|(c, _)| *c).collect::<Vec<u16>>());
    let (start, end) = (units.iter().map(|(_, at)| *at).min()?, units.iter().map(|(_, at)| *at).max()?);
    Some((text, start..end + 1))
}

//! A text as word pieces with what an uncased vocabulary loses: shape (case, digits) and the gap before each piece (layout).

use deid::{Cancel, RecognizeError};
use tokenizers::Tokenizer;

/// One word piece of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub id: u32,
    /// Bytes in the record.
    pub start: usize,
    pub end: usize,
    pub shape: u32,
    pub gap: u32,
}

/// Texts are tokenized in blocks of about this many bytes, cut at line ends or blanks, so that a long record costs linear
/// time and bounded memory.
const BLOCK: usize = 4096;

/// Cuts `text` into word pieces.
pub(crate) fn pieces(tokenizer: &Tokenizer, text: &str, cancel: &Cancel) -> Result<Vec<Piece>, RecognizeError> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(text.len() / 4);
    let mut from = 0;
    while from < text.len() {
        cancel.check()?;
        let to = block_end(text, from);
        let block = text.get(from..to).unwrap_or("");
        let encoding = tokenizer.encode(block, false).map_err(|e| RecognizeError::Inference(e.to_string()))?;
        for (id, (start, end)) in encoding.get_ids().iter().zip(encoding.get_offsets()) {
            let (start, end) = trimmed(text, from + start, from + end);
            let before = pieces.last().map(|p| p.end);
            let gap = gap(text.get(before.unwrap_or(0)..start).unwrap_or(""), before.is_none());
            pieces.push(Piece { id: *id, start, end, shape: shape(text.get(start..end).unwrap_or("")), gap });
        }
        from = to;
    }
    Ok(pieces)
}

/// The piece without the blanks that some tokenizers make part of it; one of blanks alone is the empty place after them.
fn trimmed(text: &str, start: usize, end: usize) -> (usize, usize) {
    let piece = text.get(start..end).unwrap_or("");
    let start = start + (piece.len() - piece.trim_start().len());
    (start, start + piece.trim().len())
}

fn block_end(text: &str, from: usize) -> usize {
    let mut limit = from + BLOCK;
    if limit >= text.len() {
        return text.len();
    }
    while !text.is_char_boundary(limit) {
        limit += 1;
    }
    let block = text.get(from..limit).unwrap_or("");
    let cut = block.rfind('\n').or_else(|| block.rfind(' ')).filter(|cut| *cut > 0);
    cut.map_or(limit, |cut| from + cut + 1)
}

/// 0 nothing; 1 lower; 2 UPPER; 3 one capital; 4 Capitalised; 5 mIxed; 6 digits; 7 letters and digits; 8 anything else.
fn shape(slice: &str) -> u32 {
    let (mut letters, mut upper, mut lower, mut numeric, mut all, mut first_upper) = (0, 0, 0, 0, 0, false);
    for c in slice.chars() {
        if c.is_alphabetic() {
            letters += 1;
            if c.is_uppercase() {
                upper += 1;
                first_upper |= all == 0;
            } else {
                lower += 1;
            }
        } else if c.is_numeric() {
            numeric += 1;
        }
        all += 1;
    }
    match () {
        _ if all == 0 => 0,
        _ if letters == all && lower == all => 1,
        _ if letters == all && upper == all => {
            if all >= 2 {
                2
            } else {
                3
            }
        }
        _ if letters == all && first_upper && upper == 1 => 4,
        _ if letters == all => 5,
        _ if numeric == all => 6,
        _ if letters > 0 && numeric > 0 && letters + numeric == all => 7,
        _ => 8,
    }
}

/// 0 nothing; 1 one blank; 2 one line end; 3 more line ends or the start of the text; 4 a tab or several blanks.
fn gap(between: &str, at_start: bool) -> u32 {
    let lines = between.matches('\n').count() + between.replace("\r\n", "").matches('\r').count();
    match () {
        _ if at_start || lines >= 2 => 3,
        _ if lines == 1 => 2,
        _ if between.contains('\t') || between.chars().count() >= 2 => 4,
        _ if between.is_empty() => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_gaps() {
        let shapes = [("", 0), ("lopez", 1), ("LOPEZ", 2), ("M", 3), ("Maria", 4), ("McD", 5), ("2024", 6), ("A1", 7), ("-", 8), ("中", 1)];
        for (slice, expected) in shapes {
            assert_eq!(shape(slice), expected, "{slice}");
        }
        for (between, expected) in [("", 0), (" ", 1), ("\r\n", 2), (" \n ", 2), ("\n\n", 3), ("\t", 4), ("  ", 4)] {
            assert_eq!(gap(between, false), expected, "{between:?}");
        }
    }
}

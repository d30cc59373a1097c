//! Separated values and HL7: an edit is cut at the separators, which stay, and written in the notation of its cell.

use std::ops::Range;

use deid::Span;

use super::Edit;
use crate::hl7::Separators;

/// The edits of a table's text, by cell: each is inside of one, in its notation.
pub(super) fn cells(text: &str, delimiter: char, edits: &[Edit]) -> Vec<Edit> {
    let mut edits = edits.iter().map(|e| (e, false)).collect::<std::collections::VecDeque<_>>();
    let mut out = Vec::new();
    for cell in crate::csv::rows(text, delimiter).flatten() {
        let mut inside = Vec::new();
        while let Some((edit, placed)) = edits.front_mut() {
            let at = Span::new(edit.span.start.max(cell.start), edit.span.end.min(cell.end));
            if !at.is_empty() {
                inside.push(Edit { span: at, replacement: if *placed { String::new() } else { edit.replacement.clone() } });
                *placed = true;
            }
            if edit.span.end > cell.end {
                break;
            }
            edits.pop_front();
        }
        if !inside.is_empty() {
            out.extend(in_cell(text, cell, delimiter, inside));
        }
    }
    out
}

fn in_cell(text: &str, cell: Span, delimiter: char, mut edits: Vec<Edit>) -> Vec<Edit> {
    let raw = cell.of(text);
    let quoted = text.get(..cell.start).is_some_and(|before| before.ends_with('"'));
    if quoted && !raw.replace("\"\"", "").contains('"') {
        let pairs: Vec<usize> = raw.match_indices("\"\"").map(|(at, _)| cell.start + at + 1).collect();
        for edit in &mut edits {
            // The two signs of a pair go together.
            edit.span.start -= usize::from(pairs.binary_search(&edit.span.start).is_ok());
            edit.span.end += usize::from(pairs.binary_search(&edit.span.end).is_ok());
            edit.replacement = edit.replacement.replace('"', "\"\"");
        }
        return edits;
    }
    let splices: Vec<_> = edits
        .iter()
        .map(|e| super::Splice { at: e.span.start - cell.start..e.span.end - cell.start, with: e.replacement.clone() })
        .collect();
    let edited = super::splice(raw, &splices);
    if !quoted && !edited.starts_with('"') && edits.iter().all(|e| !e.replacement.contains([delimiter, '"', '\n', '\r'])) {
        return edits;
    }
    let end = cell.end + usize::from(quoted && text.get(cell.end..).is_some_and(|after| after.starts_with('"')));
    vec![Edit { span: Span::new(cell.start - usize::from(quoted), end), replacement: format!("\"{}\"", edited.replace('"', "\"\"")) }]
}

/// Longest escape of HL7, its two signs included.
const ESCAPE: usize = 16;

/// The edits of a message's text, by component and in its notation; names of segments and the separators' declaration stay.
/// Documents in base64 go unless they are to be kept; how many did is said.
pub(super) fn components(text: &str, edits: &[Edit], keep_unread: bool) -> (Vec<Edit>, usize) {
    let mut edits = edits.iter().map(|e| (e, false)).collect::<std::collections::VecDeque<_>>();
    let mut separators = Separators::of("MSH|^~\\&");
    let (mut out, mut documents) = (Vec::new(), 0);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start_matches(['\u{b}', '\u{1c}', '\u{feff}', ' ']).len());
        let segment = Span::new(start, at + line.len()).of(text);
        at += line.len();
        let header = ["MSH", "FHS", "BHS"].iter().any(|name| segment.starts_with(name));
        if header {
            separators = Separators::of(segment);
        }
        let fields: Vec<&str> = segment.split(separators.field).collect();
        let fixed = start
            + fields.first().filter(|name| name.len() == 3).map_or(0, |name| name.len())
            + if header { fields.get(1).map_or(0, |declared| declared.len() + 1) } else { 0 };
        let document = document(&fields, separators).filter(|d| !keep_unread && !d.is_empty()).map(|d| start + d.start..start + d.end);
        while let Some((edit, placed)) = edits.front_mut() {
            let inside = edit.span.start.max(fixed)..edit.span.end.min(at);
            for piece in pieces(text, inside, separators) {
                if !document.as_ref().is_some_and(|d| super::charset::touch(d, &piece)) {
                    let replacement = if *placed { String::new() } else { escape(&edit.replacement, separators) };
                    out.push(Edit { span: Span::new(piece.start, piece.end), replacement });
                    *placed = true;
                }
            }
            if edit.span.end > at {
                break;
            }
            edits.pop_front();
        }
        if let Some(document) = document {
            documents += 1;
            out.push(Edit { span: Span::new(document.start, document.end), replacement: String::new() });
        }
    }
    out.sort_by_key(|e| (e.span.start, e.span.end));
    (out, documents)
}

/// The data of an observation that is a document (ED: component 5), bytes of the segment.
fn document(fields: &[&str], separators: Separators) -> Option<Range<usize>> {
    if fields.first() != Some(&"OBX") || fields.get(2) != Some(&"ED") {
        return None;
    }
    let before: usize = fields.iter().take(5).map(|f| f.len() + 1).sum();
    let value = fields.get(5)?;
    let components: Vec<&str> = value.split(separators.component).collect();
    let skipped: usize = components.iter().take(4).map(|c| c.len() + 1).sum();
    let data = components.get(4)?.trim_end_matches(['\n', '\u{1c}']);
    Some(before + skipped..before + skipped + data.len())
}

/// What an edit covers between separators, widened to whole escapes.
fn pieces(text: &str, at: Range<usize>, separators: Separators) -> Vec<Range<usize>> {
    let parts = |c: char| separators.all().contains(&c) || "\n\u{b}\u{1c}".contains(c);
    let mut found = Vec::new();
    let mut start = at.start;
    for piece in text.get(at.clone()).unwrap_or_default().split(parts) {
        let end = start + piece.len();
        if !piece.is_empty() {
            let before = text.get(..start).and_then(|t| t.rsplit(parts).next()).unwrap_or_default().len();
            let after = text.get(end..).and_then(|t| t.split(parts).next()).unwrap_or_default().len();
            found.push(widened(text, start..end, start - before..end + after, separators.escape));
        }
        start = end + text.get(end..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
    }
    found
}

/// A range that ends inside of an escape takes all of it.
fn widened(text: &str, mut range: Range<usize>, cell: Range<usize>, sign: char) -> Range<usize> {
    let mut at = cell.start;
    while let Some(open) = text.get(at..cell.end).and_then(|t| t.find(sign)).map(|found| at + found) {
        let inside = open + sign.len_utf8();
        let Some(length) = text.get(inside..cell.end).and_then(|t| t.find(sign)).filter(|length| *length <= ESCAPE) else {
            at = inside;
            continue;
        };
        at = inside + length + sign.len_utf8();
        if open < range.start && range.start < at {
            range.start = open;
        }
        if open < range.end && range.end < at {
            range.end = at;
        }
    }
    range
}

/// HL7 v2.5.1, 2.7.
fn escape(text: &str, separators: Separators) -> String {
    let sign = separators.escape;
    let mut out = String::new();
    for c in text.replace("\r\n", "\n").chars() {
        let code = match c {
            c if c == separators.escape => "E",
            c if c == separators.field => "F",
            c if c == separators.component => "S",
            c if c == separators.sub => "T",
            c if c == separators.repeat => "R",
            '\n' | '\r' => ".br",
            c if c.is_control() => continue,
            c => {
                out.push(c);
                continue;
            }
        };
        out.push(sign);
        out.push_str(code);
        out.push(sign);
    }
    out
}

//! Archives of files: each member is written back by the writer of its own kind, under a name with the edits made.
//!
//! A member that cannot be written back (a picture, a scan, a format that is only read, one that did not pass its own inspection) is left
//! out, and a line of ours stands in its place. To refuse the whole archive would keep nobody safer, since nothing of that member comes
//! along, and would cost everything else: nearly every archive of a practice has a scan in it.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use deid::Span;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Edit, WriteError, WriteNote, write as write_member};
use crate::archive::Archive;
use crate::draft::Draft;
use crate::zipped::{Member, files};
use crate::{Format, Limits, ReadError, Record};

/// What stands in the place of a member that was left out, in a file of its name with this ending.
const LEFT_OUT: (&str, &str) = (".left-out.txt", "This file could not be written without what identifies people, and was left out.\n");

/// Ending of a name at most, in bytes.
const ENDING: usize = 8;

/// The archive anew: no times, rights, comments or folders of the old one, nor what systems keep in it for themselves.
pub(super) fn write(
    bytes: &[u8],
    limits: &Limits,
    record: &Record,
    edits: &[Edit],
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
) -> Result<Vec<u8>, WriteError> {
    let mut draft = Draft::new(limits);
    let members = files(Archive::open(bytes, Format::Zip, &mut draft.budget)?, limits, &mut draft)?;
    if draft.text() != record.text.expose() {
        return Err(WriteError::Astray);
    }
    let mut budget = Draft::new(limits).budget.clone();
    let mut archive = Archive::open(bytes, Format::Zip, &mut budget)?;
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let (mut taken, mut left_out) = (BTreeSet::new(), 0);
    for member in &members {
        let content = match archive.bytes(&member.name, &mut budget) {
            Ok(bytes) => written(&bytes, member, draft.text(), limits, edits, keep_unread, notes)?,
            Err(ReadError::PasswordNeeded | ReadError::Corrupt { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let mut name = called(member, draft.text(), edits);
        let content = content.unwrap_or_else(|| {
            left_out += 1;
            name.push_str(LEFT_OUT.0);
            LEFT_OUT.1.into()
        });
        out.start_file(free(name, &mut taken), SimpleFileOptions::default()).map_err(|_| ReadError::Worker)?;
        out.write_all(&content).map_err(|_| ReadError::Worker)?;
    }
    notes.extend((left_out > 0).then_some(WriteNote::MembersLeftOut { count: left_out }));
    Ok(out.finish().map_err(|_| ReadError::Worker)?.into_inner())
}

/// A member's new content; none where it has to be left out.
fn written(
    bytes: &[u8],
    member: &Member,
    text: &str,
    limits: &Limits,
    edits: &[Edit],
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
) -> Result<Option<Vec<u8>>, WriteError> {
    let Some(said) = member.said else { return Ok((keep_unread || bytes.is_empty()).then(|| bytes.to_vec())) };
    // Its own text, which the reader may have ended with a line end.
    let Ok(own) = crate::read(bytes, &member.name, limits) else { return Ok(None) };
    let own = own.text.expose().len();
    let rest = said.of(text).get(own..);
    if !matches!(rest, Some("" | "\n")) {
        return Ok(None);
    }
    let edits = within(edits, Span::new(said.start, said.start + own));
    match write_member(bytes, &member.name, limits, &edits, keep_unread) {
        Ok(written) => {
            notes.extend(written.notes);
            Ok(Some(written.bytes))
        }
        // The edits are at fault, and not the member.
        Err(error @ (WriteError::Overlap | WriteError::Astray)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The edits of a part of the text, in that part; the replacement stands where an edit begins.
fn within(edits: &[Edit], part: Span) -> Vec<Edit> {
    let first = edits.partition_point(|e| e.span.end <= part.start);
    let touched = edits.iter().skip(first).take_while(|e| e.span.start < part.end);
    let cut = touched.map(|e| Edit {
        span: Span::new(e.span.start.max(part.start) - part.start, e.span.end.min(part.end) - part.start),
        replacement: if e.span.start >= part.start { e.replacement.clone() } else { String::new() },
    });
    cut.filter(|e| !e.span.is_empty()).collect()
}

/// A member's name with the edits made. It names no other folder, and ends as before, since readers go by that.
fn called(member: &Member, text: &str, edits: &[Edit]) -> String {
    let old = member.called.of(text);
    let (mut name, mut at) = (String::new(), 0);
    for edit in within(edits, member.called) {
        name.push_str(old.get(at..edit.span.start).unwrap_or_default());
        name.extend(edit.replacement.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }));
        at = edit.span.end;
    }
    name.push_str(old.get(at..).unwrap_or_default());
    let ending = old.rsplit('/').next().and_then(|last| last.rsplit_once('.')).map(|(_, ending)| ending);
    let ending = ending.filter(|e| e.len() <= ENDING && e.bytes().all(|b| b.is_ascii_alphabetic()));
    if let Some(ending) = ending.filter(|e| !name.ends_with(&format!(".{e}"))) {
        name = format!("{name}.{ending}");
    }
    let steps = name.split(['/', '\\']).filter(|step| !matches!(*step, "" | "." | ".."));
    let name = steps.collect::<Vec<_>>().join("/");
    if name.is_empty() { "file".into() } else { name }
}

/// The name, or the next one that no other member has.
fn free(name: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = |n: usize| match name.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') => format!("{stem} ({n}).{ending}"),
        _ => format!("{name} ({n})"),
    };
    let mut free = name.clone();
    for n in 2.. {
        // Some systems take capitals for the same letters.
        if taken.insert(free.to_lowercase()) {
            break;
        }
        free = numbered(n);
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_identifies_and_keep_their_ending() {
        let text = "ward/Maria Lopez.pdf";
        let member = Member { name: text.into(), called: Span::new(0, text.len()), said: None };
        let name = |from, to, with: &str| called(&member, text, &[Edit { span: Span::new(from, to), replacement: with.into() }]);
        assert_eq!(name(5, 16, "[PERSON_1]"), "ward/[PERSON_1].pdf");
        assert_eq!(name(5, 20, "[PERSON_1]"), "ward/[PERSON_1].pdf");
        assert_eq!(name(5, 16, "../a\\b"), "ward/.._a_b.pdf");
        assert_eq!(name(0, 20, ""), ".pdf");
        let mut taken = BTreeSet::new();
        let names = ["a.txt", "A.txt", "a.txt", "b"].map(|n| free(n.into(), &mut taken));
        assert_eq!(names, ["a.txt", "A (2).txt", "a (3).txt", "b"]);
    }
}

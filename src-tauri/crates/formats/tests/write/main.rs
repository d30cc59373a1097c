//! Files written back: what was found goes, everything else stays byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice, clippy::panic, reason = "tests")]

#[path = "../made/mod.rs"]
mod made;
mod mail;
mod messages;
mod office;
mod outside;
mod properties;
mod texts;
mod zipped;

use std::io::Read;

use deid::Span;
use formats::write::{Edit, Written, write};
use formats::{Limits, Origin, Record, read};

fn record(bytes: impl AsRef<[u8]>, name: &str) -> Record {
    read(bytes.as_ref(), name, &Limits::default()).unwrap()
}

fn edit(start: usize, end: usize, replacement: &str) -> Edit {
    Edit { span: Span::new(start, end), replacement: replacement.into() }
}

fn done(bytes: impl AsRef<[u8]>, name: &str, edits: &[Edit]) -> Written {
    write(bytes.as_ref(), name, &Limits::default(), edits, false).unwrap()
}

/// Every place of these words in the record's text, each with its replacement.
fn everywhere(record: &Record, words: &[(&str, &str)]) -> Vec<Edit> {
    let text = record.text.expose();
    words.iter().flat_map(|(find, with)| text.match_indices(find).map(|(at, _)| edit(at, at + find.len(), with))).collect()
}

/// The file with these words replaced everywhere.
fn replaced(file: &[u8], name: &str, words: &[(&str, &str)]) -> String {
    String::from_utf8(done(file, name, &everywhere(&record(file, name), words)).bytes).unwrap()
}

/// The text with the edits made, the sorted edits being apart.
fn edited(text: &str, edits: &[Edit]) -> String {
    let mut out = text.to_owned();
    edits.iter().rev().for_each(|e| out.replace_range(e.span.start..e.span.end, &e.replacement));
    out
}

/// A placeholder for each field of the record, and for further words; none overlaps another.
fn all(record: &Record, words: &[&str]) -> Vec<Edit> {
    let text = record.text.expose();
    let mut edits: Vec<Edit> = Vec::new();
    let fields = record.fields.iter().map(|f| f.span);
    // What the format names is found everywhere.
    let named: Vec<&str> = record.fields.iter().map(|f| f.span.of(text)).filter(|w| w.len() > 2).collect();
    let found = named.iter().chain(words).flat_map(|w| text.match_indices(*w).map(|(at, _)| Span::new(at, at + w.len())));
    let made = |span: &Span| record.source_map.lookup(*span).iter().all(|s| s.origin == Origin::Made);
    for span in fields.chain(found).collect::<Vec<_>>() {
        if !edits.iter().any(|e| e.span.overlaps(&span)) && !made(&span) {
            edits.push(Edit { span, replacement: format!("[P{}]", edits.len() + 1) });
        }
    }
    edits.sort_by_key(|e| e.span.start);
    edits
}

fn part(bytes: &[u8], name: &str) -> Option<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).ok()?.read_to_string(&mut text).unwrap();
    Some(text)
}

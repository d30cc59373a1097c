//! Checks that hold for a record of any format.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use deid::EntityType;
use formats::{Limits, Origin, Record, read};

/// Reads a message; its fields have to lie in its text, and text that has bytes has to be those bytes.
pub fn record(message: &str, name: &str) -> Record {
    let record = read(message.as_bytes(), name, &Limits::default()).unwrap();
    let text = record.text.expose();
    let mut at = 0;
    for stretch in record.source_map.stretches() {
        assert_eq!(stretch.span.start, at);
        at = stretch.span.end;
        if let Origin::Bytes { start, end } = stretch.origin {
            assert_eq!(stretch.span.of(text), message.get(start..end).unwrap().replace("\r\n", "\n").replace('\r', "\n"));
        }
    }
    assert_eq!(at, text.len());
    assert!(record.fields.is_sorted_by_key(|f| f.span.start));
    record
}

pub fn found(record: &Record) -> Vec<(EntityType, &str)> {
    record.fields.iter().map(|f| (f.entity, f.span.of(record.text.expose()))).collect()
}

/// All of these are named, and none of those words is part of what is.
#[track_caller]
pub fn names(record: &Record, expected: &[(EntityType, &str)], not: &[&str]) {
    let found = found(record);
    for pair in expected {
        assert!(found.contains(pair), "{pair:?} is missing from {found:?}");
    }
    for words in not {
        assert!(record.text.expose().contains(words), "{words:?} is in the text");
        assert!(!found.iter().any(|(_, f)| f == words), "{words:?} identifies nobody: {found:?}");
    }
}

/// What the map says of words, read in the file: exact, where they are written as they read.
pub fn source<'m>(record: &Record, message: &'m str, words: &str) -> &'m str {
    let at = record.text.expose().find(words).unwrap();
    let stretches = record.source_map.lookup(deid::Span::new(at, at + words.len()));
    let Origin::Part { name, start, end } = &stretches[0].origin else { panic!("{stretches:?}") };
    assert!(name.is_empty() && stretches.len() == 1);
    message.get(*start..*end).unwrap()
}

/// The map's stretches touch and cover the text; fields lie in it, in order, from character to character.
pub fn covered(record: &Record) {
    let text = record.text.expose();
    let mut at = 0;
    for stretch in record.source_map.stretches() {
        assert_eq!(stretch.span.start, at);
        at = stretch.span.end;
        assert!(text.is_char_boundary(at));
    }
    assert_eq!(at, text.len());
    for field in &record.fields {
        assert!(text.get(field.span.start..field.span.end).unwrap().chars().any(char::is_alphanumeric));
    }
    assert!(record.fields.is_sorted_by_key(|f| f.span.start));
}

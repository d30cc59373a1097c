//! What has to hold for whatever bytes a reader is given.

use formats::{Limits, Origin, Record};

/// Reads the bytes within small limits and checks the record, if there is one.
pub fn read(bytes: &[u8], name: &str) {
    let limits = Limits { max_input: 1 << 20, max_text: 4 << 20, max_unpacked: 16 << 20, max_pages: 50, ..Limits::default() };
    match formats::read(bytes, name, &limits) {
        Ok(record) => check(&record),
        Err(error) => assert!(!error.code().is_empty()),
    }
}

/// The map covers the text without a gap, in order; fields are not empty, stand in order and on character boundaries.
pub fn check(record: &Record) {
    let text = record.text.expose();
    let mut at = 0;
    for stretch in record.source_map.stretches() {
        assert_eq!(stretch.span.start, at);
        assert!(text.get(stretch.span.start..stretch.span.end).is_some_and(|t| !t.is_empty()));
        if let Origin::Bytes { start, end } | Origin::Part { start, end, .. } = stretch.origin {
            assert!(start <= end);
        }
        at = stretch.span.end;
    }
    assert_eq!(at, text.len());
    for field in &record.fields {
        assert!(text.get(field.span.start..field.span.end).is_some_and(|t| t.chars().any(char::is_alphanumeric)));
    }
    assert!(record.fields.is_sorted_by_key(|f| f.span.start));
}

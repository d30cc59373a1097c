//! What has to hold for whatever bytes a reader is given.

use deid::Span;
use formats::write::{Edit, write};
use formats::{Limits, Origin, Record};

fn limits() -> Limits {
    Limits { max_input: 1 << 20, max_text: 4 << 20, max_unpacked: 16 << 20, max_pages: 50, ..Limits::default() }
}

/// A panic of a decoder is caught and means a damaged file; one of ours is a finding.
pub fn only_ours() {
    std::panic::set_hook(Box::new(|panic| {
        if panic.location().is_none_or(|at| at.file().contains("crates/formats") || !at.file().starts_with('/')) {
            eprintln!("{panic}");
            std::process::abort();
        }
    }));
}

/// Reads the bytes within small limits and checks the record, if there is one.
pub fn read(bytes: &[u8], name: &str) {
    match formats::read(bytes, name, &limits()) {
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

/// Writes the file with one edit, at two places told in 256ths and bytes. What is written can be read, and what was replaced does not
/// survive: the writer's own word for it is checked against the text that is read again.
pub fn written(file: &[u8], name: &str, first: u8, second: u8) {
    let Ok(record) = formats::read(file, name, &limits()) else { return };
    let text = record.text.expose();
    let boundary = |at: usize| text.floor_char_boundary(at.min(text.len()));
    let start = boundary(text.len() * usize::from(first) / 256);
    let span = Span::new(start, boundary(start + 1 + usize::from(second) % 32));
    if span.is_empty() {
        return;
    }
    let Ok(written) = write(file, name, &limits(), &[Edit { span, replacement: "[|\"&<\\]".into() }], false) else { return };
    let again = formats::read(&written.bytes, name, &limits()).unwrap();
    check(&again);
    let original = span.of(text);
    let words = original.chars().filter(|c| c.is_alphanumeric()).count() > 8 && original.chars().all(|c| c.is_alphanumeric());
    let made = record.source_map.lookup(span).iter().any(|s| s.origin == Origin::Made);
    if words && !made {
        let as_word = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == original);
        assert!(!as_word(again.text.expose()));
    }
}

/// An archive of these parts, not packed; the bytes are parted by zero bytes, for archives are too hard for a fuzzer to write.
pub fn archive(bytes: &[u8], parts: &[&str]) -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, part) in parts.iter().zip(bytes.splitn(parts.len(), |b| *b == 0)) {
        archive.start_file(*name, stored).unwrap();
        archive.write_all(part).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A compound file of these streams.
pub fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
            file.create_storage_all(folder).unwrap();
        }
        file.create_stream(path).unwrap().write_all(bytes).unwrap();
    }
    file.into_inner().into_inner()
}

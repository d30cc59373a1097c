//! Files written back: two numbers that say where the edits stand, a format, the file. Nothing panics, nothing that was replaced
//! survives (the writer's own word for it is checked against the text that is read again).
#![no_main]

use deid::Span;
use formats::write::{Edit, write};
use formats::{Limits, Origin};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(([first, second, name], file)) = bytes.split_first_chunk::<3>() else { return };
    let name = ["a.txt", "a.csv", "a.tsv", "a.hl7", "a.json", "a.xml"][usize::from(*name) % 6];
    let limits = Limits { max_input: 1 << 20, max_text: 4 << 20, max_unpacked: 16 << 20, max_pages: 50, ..Limits::default() };
    let Ok(record) = formats::read(file, name, &limits) else { return };
    let text = record.text.expose();
    let boundary = |at: usize| text.floor_char_boundary(at.min(text.len()));
    let start = boundary(text.len() * usize::from(*first) / 256);
    let span = Span::new(start, boundary(start + 1 + usize::from(*second) % 32));
    if span.is_empty() {
        return;
    }
    let Ok(written) = write(file, name, &limits, &[Edit { span, replacement: "[|\"&<\\]".into() }], false) else { return };
    let again = formats::read(&written.bytes, name, &limits).unwrap();
    cordon_fuzz::check(&again);
    let original = span.of(text);
    let words = original.chars().filter(|c| c.is_alphanumeric()).count() > 8 && original.chars().all(|c| c.is_alphanumeric());
    let made = record.source_map.lookup(span).iter().any(|s| s.origin == Origin::Made);
    if words && !made && !"[|\"&<\\]".contains(original) {
        let as_word = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == original);
        assert!(!as_word(again.text.expose()));
    }
});

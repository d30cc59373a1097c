//! The streams inside: the length of the table in two bytes, the table, the document.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let (table, document) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
    cordon_fuzz::read(&cordon_fuzz::compound(&[("/WordDocument", document), ("/0Table", table), ("/1Table", table)]), "record.doc");
});

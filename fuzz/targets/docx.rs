//! The XML inside: two parts, parted by a zero byte.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cordon_fuzz::read(&cordon_fuzz::archive(bytes, &["word/document.xml", "word/comments.xml"]), "record.docx");
});

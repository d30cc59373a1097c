//! The XML inside: archives are too hard for a fuzzer to write. Two parts, parted by a zero byte.
#![no_main]

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, part) in ["word/document.xml", "word/comments.xml"].iter().zip(bytes.splitn(2, |b| *b == 0)) {
        archive.start_file(*name, stored).unwrap();
        archive.write_all(part).unwrap();
    }
    cordon_fuzz::read(archive.finish().unwrap().get_ref(), "record.docx");
});
